"""What was sent, and what it brought and cost: added up currency by currency, over the ids of a period alone."""

from datetime import datetime

import msgspec

from gonets.model.costs import By, Cost, Totals
from gonets.model.message import Channel, State
from gonets.model.money import ONE, Millionths
from gonets.model.results import Receipt, Sent, Settled
from gonets.stores import costs
from gonets.stores.margins import AHEAD, period, sums
from gonets.stores.snapshot import tables
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, SHOP, House, later, told


async def sent(house: House, recipient: str, *costs_of_alpha: Cost, at: datetime = START, **how: int) -> None:
    """One message that alpha took at these costs, for 1.00 a part."""
    with transaction(house.engine) as connection:
        for each in costs_of_alpha:
            costs.put_cost(connection, each)
        known = tables(connection, 0).costs.get("alpha")
    draft = await house.draft(refund_undelivered=True, **how)  # type: ignore[arg-type]
    await house.take(msgspec.structs.replace(draft, recipient=recipient), at=at)
    settled = [Settled(part.id, Sent(f"r{part.id}")) for part in await house.claim(at=at)]
    await house.store.messages.settle("alpha", settled, at, known)


def cost(millionths: int, currency: str = "RUB") -> Cost:
    return Cost("alpha", Channel.SMS, "", Millionths(millionths), currency)


def totals(parts: int, charged: int, cost: int = 0, cost_currency: str | None = "RUB") -> Totals:
    return Totals("RUB", cost_currency, parts, Millionths(charged), Millionths(cost))


def counted(house: House, by: By, since: datetime = START) -> list[tuple[str, Totals]]:
    with transaction(house.engine) as connection:
        return sorted(sums(connection, by, since, *period(connection, since)), key=str)


@told
async def test_parts_that_were_taken_are_added_up_by_what_is_asked_for(house: House) -> None:
    await sent(house, "79031234567", cost(ONE // 4), parts=2, payer=SHOP)
    await sent(house, "77011234567", payer=BANK)
    await house.take(await house.draft())  # it waits, and counts nowhere
    quarter = ONE // 4
    assert counted(house, By.ACCOUNT) == [
        ("bank", totals(1, ONE, quarter)),
        ("shop", totals(2, 2 * ONE, 2 * quarter)),
    ]
    assert counted(house, By.ROUTE) == [("russia", totals(3, 3 * ONE, 3 * quarter))]
    assert counted(house, By.CONNECTOR) == [("alpha", totals(3, 3 * ONE, 3 * quarter))]
    assert counted(house, By.PREFIX_COUNTRY) == [
        ("KZ +7", totals(1, ONE, quarter)),
        ("RU +7", totals(2, 2 * ONE, 2 * quarter)),
    ]


@told
async def test_what_was_given_back_is_not_charged_but_was_paid_for(house: House) -> None:
    await sent(house, "79031234567", cost(ONE // 4))
    [(remote_id,)] = house.rows("SELECT remote_id FROM parts")
    await house.store.messages.apply("alpha", [Receipt(remote_id, State.UNDELIVERED, 0, START)], later(1))
    [(_, found)] = counted(house, By.CONNECTOR)
    assert (found, found.margin, found.margin_percent) == (totals(1, 0, ONE // 4), -ONE // 4, None)


@told
async def test_currencies_are_not_mixed_and_an_unknown_cost_is_no_cost_of_nothing(house: House) -> None:
    await sent(house, "79031234567")
    await sent(house, "79031234567", cost(ONE // 4))
    await sent(house, "79031234567", cost(ONE // 8, "USD"))
    found = {each.cost_currency: each for _, each in counted(house, By.CONNECTOR)}
    assert found == {
        None: totals(1, ONE, 0, None),
        "RUB": totals(1, ONE, ONE // 4),
        "USD": totals(1, ONE, ONE // 8, "USD"),
    }
    assert [found[each].margin for each in (None, "RUB", "USD")] == [None, 3 * ONE // 4, None]
    assert found["RUB"].margin_percent == 75.0


@told
async def test_a_period_is_found_in_the_middle_of_a_history(house: House) -> None:
    for number in range(8):
        await house.store.messages.reserve(2 * AHEAD)
        await sent(house, "79031234567", at=later(number))
    ids = [row[0] for row in house.rows("SELECT id FROM messages ORDER BY id")]
    for number in range(8):
        with transaction(house.engine) as connection:
            after, last = period(connection, later(number))
        assert last == ids[-1]
        assert after < ids[number]
        assert number == 0 or after > ids[number - 1] - AHEAD - 1
        [(_, found)] = counted(house, By.CONNECTOR, later(number))
        assert found.parts == 8 - number


@told
async def test_a_message_whose_id_was_reserved_long_before_it_is_counted(house: House) -> None:
    early = await house.draft()
    await house.store.messages.reserve(AHEAD - 10)
    await sent(house, "79031234567", at=later(0))
    await house.take(early, at=later(5))
    settled = [Settled(part.id, Sent("r")) for part in await house.claim(at=later(5))]
    await house.store.messages.settle("alpha", settled, later(5))
    [(_, found)] = counted(house, By.CONNECTOR, later(1))
    assert found.parts == 1


@told
async def test_nothing_sent_is_nothing_to_add_up(house: House) -> None:
    assert [counted(house, by) for by in By] == [[], [], [], []]
