"""Cancelling: what has not left ends and is refunded, what has left goes on."""

import asyncio

import msgspec
import pytest

from gonets.model.message import MessageId, State
from gonets.model.money import ONE
from gonets.model.reasons import Reason
from gonets.model.results import Cancelled, Deferred, Refused, Sent
from tests.clocks import START
from tests.contract.house import BANK, SHOP, House, later, told


@told
async def test_parts_that_wait_are_cancelled_refunded_and_told(house: House) -> None:
    queued, scheduled = (
        await house.draft(payer=BANK, parts=2),
        await house.draft(payer=BANK, start_at=later(9)),
    )
    await house.take(queued, scheduled)
    results = await house.store.messages.cancel(BANK, [queued.id, scheduled.id], later(1))
    assert results == [Cancelled(queued.id, 2, 0), Cancelled(scheduled.id, 1, 0)]
    assert house.states(queued.id, queued.id + 1, scheduled.id) == [State.CANCELLED] * 3
    assert house.balance(BANK) == 100 * ONE
    assert sorted(await house.mail()) == [
        (queued.id, State.CANCELLED, 0),
        (scheduled.id, State.CANCELLED, 0),
    ]
    assert await house.claim(at=later(60)) == []
    assert await house.store.messages.due(later(60), 10) == ([], None)
    assert house.flaws() == []


@told
async def test_a_part_that_was_put_off_can_be_cancelled(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    await house.claim()
    await house.settle((draft.id, Deferred(1, 0.0)))
    assert await house.store.messages.cancel(SHOP, [draft.id], later(1)) == [Cancelled(draft.id, 1, 0)]
    assert house.balance() == 100 * ONE


@told
async def test_what_has_left_goes_on(house: House) -> None:
    draft = await house.draft(parts=3)
    await house.take(draft)
    await house.claim(2)
    await house.settle((draft.id, Sent("r")))
    assert await house.store.messages.cancel(SHOP, [draft.id], later(1)) == [Cancelled(draft.id, 1, 2)]
    assert house.states(*range(draft.id, draft.id + 3)) == [State.SENT, State.CLAIMED, State.CANCELLED]
    assert house.balance() == 98 * ONE
    assert house.flaws() == []


@told
async def test_cancelling_twice_refunds_once(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    cancel = house.store.messages.cancel
    answers = await asyncio.gather(*(cancel(SHOP, [draft.id, draft.id], later(1)) for _ in range(3)))
    assert answers[0] == [Cancelled(draft.id, 1, 0)] * 2
    assert answers[1] == answers[2] == [Cancelled(draft.id, 0, 1)] * 2
    assert house.balance() == 100 * ONE
    assert house.flaws() == []


@told
async def test_nobody_cancels_a_message_of_another(house: House) -> None:
    draft = await house.draft(payer=BANK)
    await house.take(draft)
    results = await house.store.messages.cancel(SHOP, [draft.id, MessageId(5)], later(1))
    assert [each.reason for each in results if isinstance(each, Refused)] == [Reason.UNKNOWN_MESSAGE] * 2
    assert house.states(draft.id) == [State.QUEUED]
    assert await house.store.messages.cancel(None, [draft.id], later(1)) == [Cancelled(draft.id, 1, 0)]


@told
async def test_a_part_is_either_claimed_or_cancelled(house: House) -> None:
    drafts = [await house.draft(price=1) for _ in range(20)]
    await house.take(*drafts)
    ids = [draft.id for draft in drafts]
    calls = [house.claim(5), house.store.messages.cancel(SHOP, ids[::2], later(1)), house.claim(20)]
    await asyncio.gather(*calls)
    assert set(house.rows("SELECT state, attempts FROM parts")) <= {(State.CLAIMED, 1), (State.CANCELLED, 0)}
    assert house.flaws() == []


@pytest.mark.parametrize("owner", [SHOP, None])
def test_what_waits_is_found_by_owner_age_and_pages(house: House, owner: int | None) -> None:
    @told
    async def story() -> None:
        payer = None if owner is None else SHOP
        mine = [await house.draft(parts=2, price=1) for _ in range(4)]
        theirs = await house.draft(payer=BANK)
        await house.take(*mine[:3], theirs, at=START)
        await house.take(mine[3], at=later(60))
        waiting = house.store.messages.waiting
        old = [draft.id for draft in mine[:3]] + ([] if owner else [theirs.id])
        assert list(await waiting(payer, later(60), MessageId(0), 100)) == old
        assert list(await waiting(payer, later(60), old[0], 1)) == [old[1]]
        await house.store.messages.cancel(None, old, later(61))
        assert list(await waiting(payer, later(61), MessageId(0), 100)) == [mine[3].id]

    story()


@told
async def test_what_waits_between_two_addresses_is_found(house: House) -> None:
    mine, other, sent, theirs, elsewhere = [await house.draft(parts=2) for _ in range(5)]
    await house.send(sent)
    await house.take(
        mine,
        msgspec.structs.replace(other, sender="Other"),
        msgspec.structs.replace(theirs, account=BANK),
        msgspec.structs.replace(elsewhere, recipient="79031234568"),
    )
    between = house.store.messages.between
    assert await between(SHOP, "Sender", "79031234567") == [mine.id]
    assert await between(SHOP, "", "79031234567") == [mine.id, other.id]
    assert await between(SHOP, "Nobody", "79031234567") == []
    await house.store.messages.cancel(SHOP, [mine.id], later(1))
    assert await between(SHOP, "Sender", "79031234567") == []
