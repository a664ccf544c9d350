"""Looking without taking: what the store would say of a draft, and how much waits to be cancelled."""

import random

import msgspec

from gonets.model.message import AccountId, MessageId
from gonets.model.money import ONE
from gonets.model.results import Accepted, Refused
from gonets.model.times import micros
from gonets.rules.guarding import DUPLICATE, FLOOD, SEEN
from gonets.stores import cancelling, coming, settings
from gonets.stores.coming import NO_CREDIT
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, POOR, SHOP, House, later, told


def guard(house: House, name: str) -> None:
    """Let an account have every guard of the store."""
    with transaction(house.engine) as connection:
        guarded = msgspec.structs.replace(
            settings.find_account(connection, name), duplicate_s=30, flood_most=3, flood_gap_s=10
        )
        settings.change_account(connection, guarded)


@told
async def test_what_is_said_of_a_draft_is_what_becomes_of_it(house: House) -> None:
    guard(house, "shop")
    chance = random.Random(17)
    seen: set[Refused] = set()
    seconds = 0.0
    for _ in range(200):
        seconds += chance.choice((0.0, 1.0, 5.0, 15.0))
        payer, parts = chance.choice((SHOP, POOR)), chance.choice((1, 2))
        client_id = chance.choice((None, "a", "b", str(seconds)))
        draft = msgspec.structs.replace(
            await house.draft(payer=payer, parts=parts, client_id=client_id),
            text=chance.choice(("Hi", "Hello", str(seconds))),
            recipient=chance.choice(("79031111111", "79032222222")),
            once=f"mfms login {client_id}" if chance.random() < 0.5 and client_id else "",
        )
        with transaction(house.engine.execution_options(gonets_reads=True)) as connection:
            said = coming.weigh(connection, draft, micros(later(seconds)))
        (became,) = await house.store.messages.accept([draft], later(seconds))
        assert said == (None if isinstance(became, Accepted) else became)
        if said is not None:
            seen.add(said)
    assert seen == {SEEN, DUPLICATE, FLOOD, NO_CREDIT}
    assert house.flaws() == []


@told
async def test_asking_takes_nothing(house: House) -> None:
    draft = msgspec.structs.replace(await house.draft(client_id="a"), once="mfms shop a")
    with transaction(house.engine) as connection:
        assert [coming.weigh(connection, draft, micros(START)) for _ in range(3)] == [None] * 3
    assert house.balance() == 100 * ONE
    assert house.rows("SELECT count(*) FROM seen") == [(0,)]


@told
async def test_as_many_are_counted_as_can_be_cancelled(house: House) -> None:
    drafts = [
        await house.draft(payer=payer, parts=parts, start_at=start_at)
        for payer, parts, start_at in ((SHOP, 3, None), (SHOP, 1, later(60)), (BANK, 2, None))
    ]
    await house.take(*drafts)
    await house.claim(1)
    await house.take(await house.draft(), at=later(10))

    def counted(payer: AccountId | None, seconds: float) -> tuple[int, int]:
        with transaction(house.engine) as connection:
            return cancelling.count_waiting(connection, payer, micros(later(seconds)))

    assert counted(SHOP, 5) == (2, 3)
    assert counted(SHOP, 20) == (3, 4)
    assert counted(BANK, 20) == (1, 2)
    assert counted(None, 20) == (4, 6)
    assert counted(None, 0) == (0, 0)
    found = await house.store.messages.waiting(None, later(20), MessageId(0), 100)
    assert len(found) == 4
