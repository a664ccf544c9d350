"""For upstreams that take messages and not parts: all parts of one leave together, wait together, end together."""

from gonets.model.message import Draft, PartId, State
from gonets.model.results import Deferred, Receipt, Returned, Sent, Uncertain
from gonets.ports.stores import Away, Placement
from tests.clocks import START
from tests.contract.house import BANK, RUSSIA, SHOP, House, later, told
from tests.contract.test_pictures import AUTUMN, SPRING, mms


async def whole(house: House, limit: int = 100, at: float = 0.0) -> list[int]:
    """The ids of what is claimed whole."""
    claimed = await house.store.messages.claim("alpha", [RUSSIA], limit, later(at), True)
    return [part.id for part in claimed]


async def taken(house: House, *parts: int) -> list[Draft]:
    drafts = [await house.draft(parts=count, payer=BANK) for count in parts]
    await house.take(*drafts)
    return drafts


@told
async def test_a_limit_in_the_middle_of_a_message_brings_all_of_it(house: House) -> None:
    await taken(house, 1, 3, 1)
    assert await whole(house, 2) == [1001, 1002, 1003, 1004]
    assert await whole(house, 2) == [1005]


@told
async def test_a_message_of_which_a_part_is_still_to_come_due_waits_for_it(house: House) -> None:
    await taken(house, 2, 1)
    await house.claim(limit=1)
    await house.settle((1001, Deferred(1, 0)))
    assert await whole(house) == [1003]
    assert await house.store.messages.place([Placement(PartId(1001), RUSSIA)], later(20)) == 1
    assert await whole(house) == [1001, 1002]


@told
async def test_a_message_of_which_a_part_went_another_way_leaves_without_it(house: House) -> None:
    await taken(house, 3)
    await house.claim(limit=1)
    await house.settle((1001, Sent("a")))
    assert await whole(house) == [1002, 1003]


@told
async def test_parts_that_are_put_off_together_are_due_together(house: House) -> None:
    chances = iter((0.1, 0.9, 0.3))
    house.store.messages._settle.__self__._chance = lambda: next(chances)  # type: ignore[attr-defined]
    await taken(house, 3)
    await house.settle(*((part, Deferred(1, 0)) for part in await whole(house)))
    assert len(house.rows("SELECT DISTINCT due_at FROM parts")) == 1


@told
async def test_what_is_returned_is_due_at_once_and_it_was_no_try(house: House) -> None:
    await taken(house, 1)
    for _ in range(5):  # more than there are tries
        assert await whole(house) == [1001]
        await house.settle((1001, Returned()))
        assert house.states(1001) == [State.DEFERRED]
        due, _ = await house.store.messages.due(START, 10)
        assert [each.part for each in due] == [1001]
        assert await house.store.messages.place([Placement(PartId(1001), RUSSIA)], START) == 1
    assert house.rows("SELECT attempts FROM parts") == [(0,)]


@told
async def test_a_receipt_of_an_id_that_all_parts_share_is_of_all_of_them(house: House) -> None:
    await taken(house, 3)
    await house.settle(*((part, Sent("m1")) for part in await whole(house)))
    receipt = Receipt("m1", State.DELIVERED, 0, later(5))
    applied = await house.store.messages.apply("alpha", [receipt], later(5))
    assert (applied.matched, applied.early, applied.unchanged) == (1, 0, 0)
    assert house.states(1001, 1002, 1003) == [State.DELIVERED] * 3
    assert await house.mail() == [(1001, State.DELIVERED, 0)]


@told
async def test_a_receipt_that_came_before_an_id_that_all_parts_share_is_of_all_of_them(house: House) -> None:
    await taken(house, 3)
    claimed = await whole(house)
    await house.store.messages.apply("alpha", [Receipt("m1", State.DELIVERED, 0, START)], START)
    await house.settle(*((part, Sent("m1")) for part in claimed))
    assert house.states(1001, 1002, 1003) == [State.DELIVERED] * 3


@told
async def test_of_an_id_that_was_given_again_a_receipt_is_of_the_newest_message(house: House) -> None:
    for _ in range(2):
        await taken(house, 1)
        await house.settle(*((part, Sent("m1")) for part in await whole(house)))
    await house.store.messages.apply("alpha", [Receipt("m1", State.DELIVERED, 0, START)], START)
    assert house.states(1001, 1002) == [State.SENT, State.DELIVERED]


@told
async def test_what_is_away_is_told_as_it_left_and_page_by_page(house: House) -> None:
    await taken(house, 2, 1, 1, 1)
    await house.settle(*((part, Sent("m1")) for part in await whole(house, 2, at=1)), at=later(1))
    await whole(house, 1, at=2)
    await house.settle((1003, Uncertain()), at=later(2))
    await whole(house, at=3)
    await house.settle((1004, Sent("m4")), (1005, Deferred(1, 0)), at=later(3))
    read = house.store.messages.away
    page = await read("alpha", None, 3)
    assert [(each.part, each.remote_id, each.recipient) for each in page] == [
        (1001, "m1", "79031234567"),
        (1002, "m1", "79031234567"),
        (1003, "", "79031234567"),
    ]
    rest = await read("alpha", page[-1], 3)
    assert [(each.part, each.remote_id) for each in rest] == [(1004, "m4")]
    assert rest[0].left_at == page[0].left_at + 2_000_000
    assert await read("alpha", rest[0], 3) == []
    assert await read("beta", None, 3) == []
    assert isinstance(rest[0], Away)


@told
async def test_a_picture_is_found_by_its_hash(house: House) -> None:
    await house.take(await mms(house), await mms(house, AUTUMN))
    assert await house.store.messages.picture(SPRING.hash) == SPRING
    assert await house.store.messages.picture(AUTUMN.hash) == AUTUMN
    assert await house.store.messages.picture("0" * 64) is None
    assert house.balance(SHOP) == 98_000_000
