"""Three lanes and turns within them: nobody's bulk stands before another's code, and nobody starves."""

from collections import Counter
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from gonets.flow.turns import LOOK_AGAIN, Turns
from gonets.model.message import Draft, PartId, Priority, RouteId, State
from gonets.model.results import Deferred, Sent, Settled
from gonets.model.times import micros
from gonets.ports.stores import PutOff
from gonets.stores.claiming import Claimer
from tests.clocks import START
from tests.contract.house import BANK, RUSSIA, SHOP, UKRAINE, House, first, later, told


async def drafts(house: House, count: int, **said: object) -> list[Draft]:
    """So many at next to no price, accepted."""
    made = [await house.draft(price=1, **said) for _ in range(count)]  # type: ignore[arg-type]
    await house.take(*made)
    return made


@pytest.mark.parametrize("priority", list(Priority))
def test_the_next_part_of_another_account_is_among_the_first_claimed(
    house: House, priority: Priority
) -> None:
    @told
    async def story() -> None:
        await drafts(house, 120, payer=SHOP, priority=priority)
        [code] = await drafts(house, 1, payer=BANK, priority=priority)
        claimed = [part.id for part in await house.claim(10)]
        assert len(claimed) == 10
        assert first(code) in claimed[:2]

    story()


@told
async def test_two_accounts_of_the_same_priority_share_evenly(house: House) -> None:
    await drafts(house, 300, payer=SHOP)
    late = {first(each) for each in await drafts(house, 300, payer=BANK)}
    for limit in (1, 2, 7, 50, 51, 1, 1, 1):
        await house.claim(limit)
    gone = Counter(house.rows("SELECT account_id FROM parts WHERE state = :s", s=State.CLAIMED))
    assert sum(gone.values()) == 114
    assert abs(gone[(SHOP,)] - gone[(BANK,)]) <= 2
    assert late


@told
async def test_what_one_account_has_no_use_for_the_others_get(house: House) -> None:
    await drafts(house, 3, payer=BANK)
    await drafts(house, 100, payer=SHOP)
    claimed = await house.claim(50)
    assert len(claimed) == 50
    assert len(await house.claim(100)) == 53


@told
async def test_each_account_keeps_its_own_order(house: House) -> None:
    mine = [first(each) for each in await drafts(house, 20, payer=SHOP)]
    theirs = [first(each) for each in await drafts(house, 20, payer=BANK)]
    claimed: list[PartId] = []
    for _ in range(8):
        claimed += [part.id for part in await house.claim(5)]
    assert [each for each in claimed if each in mine] == mine
    assert [each for each in claimed if each in theirs] == theirs


@told
async def test_one_account_on_two_routes_has_one_share(house: House) -> None:
    for route in (RUSSIA, UKRAINE):
        await drafts(house, 50, payer=SHOP, route=route)
    bank = {first(each) for each in await drafts(house, 50, payer=BANK)}
    claimed = [part.id for part in await house.claim(40)]
    assert sum(each in bank for each in claimed) == 20


@told
async def test_bulk_gets_a_small_share_while_codes_keep_a_link_full(house: House) -> None:
    await drafts(house, 400, priority=Priority.REALTIME)
    bulk = {first(each) for each in await drafts(house, 100, priority=Priority.LOW)}
    normal = {first(each) for each in await drafts(house, 100, priority=Priority.NORMAL)}
    claimed = [part.id for _ in range(20) for part in await house.claim(10)]
    assert sum(each in bulk for each in claimed) == 10
    assert sum(each in normal for each in claimed) == 20


@told
async def test_a_link_with_room_for_one_part_at_a_time_starves_no_lane(house: House) -> None:
    await drafts(house, 100, priority=Priority.HIGH)
    bulk = {first(each) for each in await drafts(house, 10, priority=Priority.LOW)}
    claimed = [part.id for _ in range(45) for part in await house.claim(1)]
    assert sum(each in bulk for each in claimed) == 2


# ---- turns


@told
async def test_a_part_that_has_to_wait_for_an_earlier_one_is_put_off_and_no_try_is_used_up(
    house: House,
) -> None:
    one, two = await drafts(house, 2, route=UKRAINE)
    turns = Turns()
    claim = house.store.messages.claim
    assert [part.id for part in await claim("alpha", [UKRAINE], 1, START, turns=turns)] == [first(one)]
    assert await claim("beta", [UKRAINE], 1, START, turns=turns) == []
    rows = house.rows("SELECT state, due_at, attempts FROM parts WHERE id = :id", id=two.id)
    assert rows == [(State.DEFERRED, micros(START) + LOOK_AGAIN, 0)]


@told
async def test_what_has_to_wait_does_not_hold_up_what_is_behind_it(house: House) -> None:
    [blocked] = await drafts(house, 1, route=UKRAINE)
    turns = Turns()
    claim = house.store.messages.claim
    await claim("alpha", [UKRAINE], 1, START, turns=turns)
    await drafts(house, 30, route=UKRAINE)
    free = replace(await house.draft(route=UKRAINE), recipient="380671234567")
    await house.take(free)
    assert [part.id for part in await claim("beta", [UKRAINE], 5, START, turns=turns)] == [first(free)]
    assert house.states(blocked.id) == [State.CLAIMED]


@told
async def test_settling_tells_which_parts_are_tried_again_and_when(house: House) -> None:
    one, two = await drafts(house, 2)
    await house.claim()
    settled = [Settled(first(one), Sent("a")), Settled(first(two), Deferred(220, 30.0))]
    told_of = await house.store.messages.settle("alpha", settled, START)
    assert list(told_of) == [PutOff(first(two), micros(later(30)))]


def lay(
    house: House, accounts: int, routes: int, parts_each: int, priority: Priority, first: int = 100_000
) -> None:
    """Let parts of very many accounts wait on very many routes."""
    rows = [
        (account, route)
        for _ in range(parts_each)
        for account in range(1, accounts + 1)
        for route in range(1, routes + 1)
    ]
    with house.engine.begin() as connection:
        for number, (account, route) in enumerate(rows, start=first):
            said = {"id": number, "account": account, "route": route, "priority": priority.value}
            connection.execute(
                text(
                    "INSERT INTO messages (id, account_id, protocol, profile, channel, sender, recipient, text,"
                    " encoding, parts, price, refund_undelivered, accepted_at)"
                    " VALUES (:id, :account, 'mfms', '', 'sms', 'Shop', :id, '', 0, 1, 1, 0, 0)"
                ),
                said,
            )
            connection.execute(
                text(
                    "INSERT INTO parts (id, message_id, number, state, status_at, error, route_id, priority,"
                    " attempts, refunded, account_id) VALUES (:id, :id, 1, 20, 0, 0, :route, :priority, 0, 0, :account)"
                ),
                said,
            )


@told
async def test_very_many_accounts_on_many_routes_all_have_their_turn(house: House) -> None:
    lay(house, accounts=100, routes=25, parts_each=1, priority=Priority.REALTIME)
    routes = [RouteId(each) for each in range(1, 26)]
    for _ in range(20):
        assert len(await house.claim(40, routes=routes)) == 40
    gone = Counter(house.rows("SELECT account_id FROM parts WHERE state = :s", s=State.CLAIMED))
    assert len(gone) == 100


@told
async def test_those_beyond_the_accounts_that_are_looked_at_come_next(house: House) -> None:
    lay(house, accounts=600, routes=1, parts_each=2, priority=Priority.REALTIME)
    lay(house, accounts=600, routes=1, parts_each=2, priority=Priority.HIGH, first=200_000)
    for _ in range(2):
        assert len(await house.claim(500, routes=[RUSSIA])) == 500
    gone = Counter(house.rows("SELECT account_id FROM parts WHERE state = :s", s=State.CLAIMED))
    assert len(gone) == 600


@told
async def test_all_that_very_many_accounts_wait_with_is_claimed_in_the_end(house: House) -> None:
    lay(house, accounts=150, routes=2, parts_each=2, priority=Priority.LOW)
    routes = [RouteId(1), RouteId(2)]
    counts = [len(await house.claim(7, routes=routes)) for _ in range(86)]
    assert counts == [7] * 85 + [5]
    assert await house.claim(7, routes=routes) == []


def steps_of_a_claim(house: House) -> int:
    """How much SQLite does for a claim of one part."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    with house.engine.begin() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(step, 10)
        [[part]] = Claimer().claim(connection, [("alpha", [RUSSIA], 1, 10**18, False, None, None)])
        driver.set_progress_handler(None, 10)
    assert part.account
    return steps


@told
async def test_a_claim_costs_the_same_however_many_accounts_wait(house: House) -> None:
    lay(house, accounts=50, routes=1, parts_each=1, priority=Priority.NORMAL)
    few = steps_of_a_claim(house)
    with house.engine.begin() as connection:
        connection.execute(text("DELETE FROM parts"))
        connection.execute(text("DELETE FROM messages"))
    lay(house, accounts=1000, routes=1, parts_each=1, priority=Priority.NORMAL)
    assert steps_of_a_claim(house) < 2 * few
