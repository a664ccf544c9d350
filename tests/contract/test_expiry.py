"""Messages that outlive their validity while nobody takes them: the client learns it and has the money back."""

import re

from gonets.model.ledger import EntryKind
from gonets.model.message import State
from gonets.model.money import ONE
from gonets.model.times import micros
from gonets.stores import going
from gonets.stores.store import transaction
from tests.contract.house import BANK, House, later, told
from tests.contract.test_query_plans import HOT, plans_of


@told
async def test_what_waits_past_its_validity_expires_though_no_connector_claims_it(house: House) -> None:
    late = await house.draft(parts=2, payer=BANK, expires_at=later(60))
    good = await house.draft(expires_at=later(61))
    endless = await house.draft()
    await house.take(late, good, endless)
    assert await house.store.messages.expire(10, later(60)) == 2
    assert house.states(late.id, late.id + 1, good.id, endless.id) == [State.EXPIRED] * 2 + [State.QUEUED] * 2
    assert [entry.amount for entry in house.entries(EntryKind.REFUND, BANK)] == [ONE, ONE]
    assert await house.mail() == [(late.id, State.EXPIRED, 0)]
    assert await house.store.messages.expire(10, later(60)) == 0
    assert house.flaws() == []


@told
async def test_what_has_left_or_is_yet_to_come_does_not_expire_here(house: House) -> None:
    away = await house.draft(expires_at=later(60))
    await house.take(away)
    await house.claim()
    coming = await house.draft(start_at=later(50), expires_at=later(60))
    await house.take(coming)
    assert await house.store.messages.expire(10, later(1e6)) == 0
    assert house.states(away.id, coming.id) == [State.CLAIMED, State.SCHEDULED]


@told
async def test_what_was_claimed_between_looking_and_writing_does_not_expire(house: House) -> None:
    draft = await house.draft(expires_at=later(60))
    await house.take(draft)
    [claimed] = await house.claim(at=later(59))
    with transaction(house.engine) as connection:
        assert going.expire(connection, [([claimed.id], micros(later(60)))]) == [0]
    assert house.states(draft.id) == [State.CLAIMED]


@told
async def test_no_more_expire_at_once_than_asked_for(house: House) -> None:
    await house.take(await house.draft(parts=5, expires_at=later(60)))
    assert [await house.store.messages.expire(2, later(60)) for _ in range(4)] == [2, 2, 1, 0]


def test_looking_for_what_has_expired_reads_only_what_waits(house: House) -> None:
    plan = plans_of(house, lambda connection: going.outlived(connection, [(10**18, 10)]))
    assert plan
    assert not [step for step in plan if HOT.match(step)]
    assert any(re.search(r"INDEX parts_queued", step) for step in plan)
