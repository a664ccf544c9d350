"""What a part costs: set by connector, channel and prefix, and kept by each part when its upstream takes it."""

import msgspec
import pytest
from sqlalchemy import text

from gonets.model.costs import Cost, Costs
from gonets.model.message import Channel, PartId, State
from gonets.model.money import ONE, Millionths
from gonets.model.results import Deferred, Receipt, SendResult, Sent, Settled
from gonets.stores import costs
from gonets.stores.settings import SettingRefused
from gonets.stores.snapshot import tables
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import House, later, told

EVERYWHERE = Cost("alpha", Channel.SMS, "", Millionths(ONE))
MOBILE = Cost("alpha", Channel.SMS, "7903", Millionths(2 * ONE), "USD")


def put(house: House, *wanted: Cost) -> Costs:
    """Set them; returns those of alpha as a process then knows them."""
    with transaction(house.engine) as connection:
        for each in wanted:
            costs.put_cost(connection, each)
        return tables(connection, 0).costs.get("alpha", {})


def costs_written(house: House) -> list[tuple[int | None, str | None]]:
    with transaction(house.engine) as connection:
        rows = connection.execute(text("SELECT cost, cost_currency FROM parts ORDER BY id"))
        return [(row.cost, row.cost_currency) for row in rows]


async def settle(house: House, known: Costs | None, part: PartId, result: SendResult) -> None:
    await house.store.messages.settle("alpha", [Settled(part, result)], later(1), known)


def test_a_cost_takes_the_place_of_what_was_said_of_the_same_prefix(house: House) -> None:
    put(house, EVERYWHERE, MOBILE)
    found = put(house, Cost("alpha", Channel.SMS, "", Millionths(7), "UAH"))
    assert found == {"sms": {"": Cost("alpha", Channel.SMS, "", Millionths(7), "UAH"), "7903": MOBILE}}


def test_what_is_not_there_has_no_cost_to_set_or_to_remove(house: House) -> None:
    with pytest.raises(SettingRefused, match="no connector 'nowhere'"):
        put(house, Cost("nowhere", Channel.SMS, "", Millionths(1)))
    with pytest.raises(SettingRefused, match="no sms cost"), transaction(house.engine) as connection:
        costs.remove_cost(connection, "alpha", Channel.SMS, "7")


@told
async def test_a_part_that_is_taken_keeps_the_cost_of_its_longest_prefix(house: House) -> None:
    known = put(house, EVERYWHERE, MOBILE)
    for recipient in ("79031234567", "79161234567"):
        await house.take(msgspec.structs.replace(await house.draft(), recipient=recipient))
    for part in await house.claim():
        await settle(house, known, part.id, Sent(f"r{part.id}"))
    assert costs_written(house) == [(2 * ONE, "USD"), (ONE, "RUB")]


@told
async def test_a_part_of_a_channel_without_a_cost_or_put_off_costs_nothing_known(house: House) -> None:
    known = put(house, Cost("alpha", Channel.MMS, "", Millionths(ONE)))
    await house.take(await house.draft(), await house.draft())
    first, second = await house.claim()
    await settle(house, known, first.id, Sent("r1"))
    await settle(house, put(house, EVERYWHERE), second.id, Deferred(0, 1.0))
    assert costs_written(house) == [(None, None), (None, None)]


@told
async def test_a_cost_stays_with_its_part_whatever_is_heard_or_set_later(house: House) -> None:
    known = put(house, EVERYWHERE)
    await house.take(await house.draft())
    [part] = await house.claim()
    await settle(house, known, part.id, Sent("r1"))
    put(house, Cost("alpha", Channel.SMS, "", Millionths(9 * ONE)))
    await house.store.messages.apply("alpha", [Receipt("r1", State.DELIVERED, 0, START)], later(2))
    assert costs_written(house) == [(ONE, "RUB")]
