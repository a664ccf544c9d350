"""A claim that chooses: what is for others stays in the lane, and no claim looks at all of a long one."""

import msgspec

from gonets.flow.choices import Cheapest
from gonets.model.costs import Cost
from gonets.model.message import Channel, Outgoing, State
from gonets.model.money import Millionths
from gonets.model.routing import Strategy
from gonets.model.tables import Tables
from gonets.stores import costs
from gonets.stores.snapshot import tables
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, UKRAINE, House, told

MOBILE = "79031234567"
"""Cheaper by alpha."""
OTHER = "380441234567"
"""Cheaper by beta."""


def priced(house: House) -> Tables:
    """Each of the two is the cheaper for one prefix."""
    with transaction(house.engine) as connection:
        for name, prefix, cost in (("alpha", "7", 1), ("alpha", "", 4), ("beta", "7", 2), ("beta", "", 3)):
            costs.put_cost(connection, Cost(name, Channel.SMS, prefix, Millionths(cost)))
        return tables(connection, 0)


async def wait(house: House, *recipients: str, **how: int) -> None:
    """A message to each waits in the lane that both serve."""
    drafts = [
        msgspec.structs.replace(await house.draft(route=UKRAINE, **how), recipient=each)  # type: ignore[arg-type]
        for each in recipients
    ]
    await house.take(*drafts)


async def claim(
    house: House, name: str, known: Tables, *takers: str, limit: int = 100, whole: bool = False
) -> list[Outgoing]:
    [route] = [each for each in known.each_route() if each.id == UKRAINE]
    by_cost = msgspec.structs.replace(route, strategy=Strategy.COST)
    choice = Cheapest(by_cost, name, takers, known)
    return list(await house.store.messages.claim(name, [UKRAINE], limit, START, whole, None, choice))


@told
async def test_each_takes_what_is_cheapest_by_it_and_leaves_the_rest(house: House) -> None:
    known = priced(house)
    await wait(house, MOBILE, OTHER, MOBILE, OTHER)
    assert [part.recipient for part in await claim(house, "beta", known, "alpha")] == [OTHER, OTHER]
    assert await claim(house, "beta", known, "alpha") == []
    assert [part.recipient for part in await claim(house, "alpha", known, "beta")] == [MOBILE, MOBILE]


@told
async def test_while_the_cheaper_one_takes_nothing_the_next_takes_its_parts_in_order(house: House) -> None:
    known = priced(house)
    await wait(house, MOBILE, OTHER, MOBILE)
    assert [part.recipient for part in await claim(house, "beta", known, "alpha", limit=1)] == [OTHER]
    taken = await claim(house, "beta", known)
    assert [part.recipient for part in taken] == [MOBILE, MOBILE]
    assert taken[0].id < taken[1].id


@told
async def test_a_message_stays_whole_and_the_room_is_kept(house: House) -> None:
    known = priced(house)
    await wait(house, OTHER, MOBILE, parts=2)
    await wait(house, *([OTHER] * 5), payer=BANK)
    taken = await claim(house, "beta", known, "alpha", limit=3, whole=True)
    assert {part.recipient for part in taken} == {OTHER}
    assert sum(part.total == 2 for part in taken) == 2
    rest = await claim(house, "beta", known, "alpha", limit=100)
    assert len(taken) + len(rest) == 7


@told
async def test_behind_a_long_queue_for_another_a_part_is_found_within_a_bounded_look_each(
    house: House,
) -> None:
    known = priced(house)
    await wait(house, *([MOBILE] * 3_000), OTHER, price=1)
    claims = 0
    while not (taken := await claim(house, "beta", known, "alpha", limit=10)):
        claims += 1
        assert claims < 30
    assert [part.recipient for part in taken] == [OTHER]
    assert claims >= 2
    await wait(house, OTHER, price=1)
    for _ in range(30):
        taken = await claim(house, "beta", known, "alpha", limit=10) or taken
    assert house.rows("SELECT count(*) FROM parts WHERE state = :state", state=State.CLAIMED.value) == [(2,)]
    first = await claim(house, "beta", known, limit=1)  # alpha takes no more: it begins at the head
    assert [part.id for part in first] == [1001]
