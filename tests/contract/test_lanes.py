"""From being due to being claimed."""

import asyncio

import msgspec

from gonets.model.ledger import EntryKind
from gonets.model.message import Encoding, PartId, Priority, RouteId, State, UserData
from gonets.model.money import ONE
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred
from gonets.model.times import micros
from gonets.ports.stores import Depth, Due, Placement
from gonets.stores.store import open_store
from tests.clocks import START
from tests.contract.house import BANK, RUSSIA, SHOP, UKRAINE, House, first, later, told

# ---- due


@told
async def test_a_scheduled_part_is_due_at_its_time_and_not_before(house: House) -> None:
    draft = await house.draft(start_at=later(60))
    await house.take(draft)
    assert await house.store.messages.due(later(59.999_999), 10) == ([], later(60))
    found, next_at = await house.store.messages.due(later(60), 10)
    assert list(found) == [Due(first(draft), SHOP, "79031234567", draft.sender, draft.channel, "")]
    [asked], _ = await house.store.messages.due(later(60), 10, True)
    assert asked.text == draft.text, "its text comes where it is asked for"
    assert next_at is None


@told
async def test_what_is_due_comes_oldest_first_and_no_more_than_asked(house: House) -> None:
    drafts = [await house.draft(start_at=later(seconds)) for seconds in (30, 10, 20, 90)]
    await house.take(*drafts)
    found, next_at = await house.store.messages.due(later(60), 2)
    assert [each.part for each in found] == [first(drafts[1]), first(drafts[2])]
    assert next_at == later(90)


@told
async def test_what_waits_in_a_lane_is_not_due(house: House) -> None:
    await house.take(await house.draft())
    assert await house.store.messages.due(later(1e6), 10) == ([], None)


@told
async def test_a_deferred_part_is_due_when_its_wait_is_over(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    await house.claim()
    await house.settle((draft.id, Deferred(88, after=30.0)))
    assert house.states(draft.id) == [State.DEFERRED]
    assert await house.store.messages.due(later(29.9), 10) == ([], later(30))
    found, _ = await house.store.messages.due(later(30), 10)
    assert [each.part for each in found] == [first(draft)]


# ---- placed


@told
async def test_a_placed_part_can_be_claimed_on_its_new_route(house: House) -> None:
    draft = await house.draft(start_at=later(60), route=RUSSIA)
    await house.take(draft)
    assert await house.store.messages.place([Placement(first(draft), UKRAINE)], later(60)) == 1
    assert house.states(draft.id) == [State.QUEUED]
    assert await house.claim(routes=[RUSSIA]) == []
    assert [part.id for part in await house.claim(routes=[UKRAINE])] == [first(draft)]


@told
async def test_a_part_is_placed_once(house: House) -> None:
    draft = await house.draft(start_at=later(60))
    await house.take(draft)
    placement = [Placement(first(draft), RUSSIA)]
    place = house.store.messages.place
    counts = await asyncio.gather(*(place(placement, later(60)) for _ in range(5)))
    assert sorted(counts) == [0, 0, 0, 0, 1]
    await house.claim()
    assert await place(placement, later(61)) == 0
    assert house.states(draft.id) == [State.CLAIMED]


@told
async def test_placing_nothing_or_what_does_not_exist_does_nothing(house: House) -> None:
    assert await house.store.messages.place([], START) == 0
    assert await house.store.messages.place([Placement(PartId(5), RUSSIA)], START) == 0
    assert await house.store.messages.place([Placement(PartId(5), None)], START) == 0


@told
async def test_a_part_that_no_route_serves_any_more_fails_and_is_refunded(house: House) -> None:
    lost, kept = await house.draft(start_at=later(60)), await house.draft(start_at=later(60))
    await house.take(lost, kept)
    placements = [Placement(first(lost), None), Placement(first(kept), RUSSIA)]
    assert await house.store.messages.place(placements, later(60)) == 2
    assert house.states(lost.id, kept.id) == [State.FAILED, State.QUEUED]
    assert house.rows("SELECT error FROM parts WHERE id = :id", id=lost.id) == [(PLATFORM_ERROR,)]
    assert house.balance() == 99 * ONE
    assert await house.store.messages.place(placements, later(61)) == 0
    assert house.balance() == 99 * ONE
    assert house.flaws() == []


# ---- claimed


@told
async def test_the_most_urgent_leave_first_and_then_the_oldest(house: House) -> None:
    order = (Priority.LOW, Priority.NORMAL, Priority.REALTIME, Priority.NORMAL, Priority.HIGH)
    drafts = [await house.draft(priority=priority) for priority in order]
    await house.take(*reversed(drafts))
    claimed = await house.claim()
    assert [part.id for part in claimed] == [first(drafts[n]) for n in (2, 4, 1, 3, 0)]


@told
async def test_the_order_holds_over_several_routes(house: House) -> None:
    plan = [
        (UKRAINE, Priority.NORMAL),
        (RUSSIA, Priority.NORMAL),
        (UKRAINE, Priority.HIGH),
        (RUSSIA, Priority.HIGH),
        (UKRAINE, Priority.LOW),
    ]
    drafts = [await house.draft(route=route, priority=priority) for route, priority in plan]
    await house.take(*drafts)
    ids = [first(draft) for draft in drafts]
    assert [part.id for part in await house.claim(3)] == [ids[2], ids[3], ids[0]]
    assert [part.id for part in await house.claim(3)] == [ids[1], ids[4]]


@told
async def test_no_more_are_claimed_than_asked_for_and_only_on_the_routes_named(house: House) -> None:
    await house.take(*[await house.draft(route=route) for route in (RUSSIA, UKRAINE) * 5])
    assert await house.claim(0) == []
    assert await house.claim(routes=[]) == []
    assert await house.claim(routes=[RouteId(9)]) == []
    assert len(await house.claim(3, routes=[UKRAINE])) == 3
    assert len(await house.claim(100, routes=[UKRAINE])) == 2
    assert len(await house.claim(100)) == 5


@told
async def test_a_claimed_part_says_all_that_a_connector_needs(house: House) -> None:
    draft = await house.draft(parts=2, expires_at=later(600))
    await house.take(draft)
    one, two = await house.claim()
    assert (one.id, one.message, one.number, one.total) == (first(draft), draft.id, 1, 2)
    assert (two.id, two.message, two.number, two.total) == (first(draft) + 1, draft.id, 2, 2)
    assert (one.text, two.text) == ("1.", "2.")
    assert (one.sender, one.recipient, one.encoding) == ("Sender", "79031234567", draft.encoding)
    assert (one.attempts, one.expires_at) == (1, micros(later(600)))
    rows = house.rows("SELECT state, connector, left_at, attempts FROM parts WHERE id = :id", id=one.id)
    assert rows == [(State.CLAIMED, "alpha", micros(START), 1)]


@told
async def test_what_is_past_its_validity_expires_instead_of_leaving(house: House) -> None:
    late, good = await house.draft(expires_at=later(60)), await house.draft(expires_at=later(61))
    await house.take(late, good)
    assert [part.id for part in await house.claim(at=later(60))] == [first(good)]
    assert house.states(late.id, good.id) == [State.EXPIRED, State.CLAIMED]
    [refund] = house.entries(EntryKind.REFUND)
    assert (refund.part, refund.amount) == (first(late), ONE)
    assert house.flaws() == []


@told
async def test_what_expires_does_not_hold_up_what_waits_behind_it(house: House) -> None:
    late = [await house.draft(expires_at=later(60)) for _ in range(5)]
    good = await house.draft()
    await house.take(*late, good)
    assert [part.id for part in await house.claim(2, at=later(60))] == [first(good)]


@told
async def test_claims_at_once_never_get_the_same_part(house: House) -> None:
    other = open_store(house.url)
    await house.take(*[await house.draft(price=1, route=UKRAINE) for _ in range(60)])
    claims = await asyncio.gather(
        *(
            (house.store, other)[n % 2].messages.claim(("alpha", "beta")[n % 2], [UKRAINE], 7, START)
            for n in range(12)
        )
    )
    await other.close()
    claimed = [part.id for claim in claims for part in claim]
    assert len(claimed) == len(set(claimed)) == 60


# ---- depths


@told
async def test_depths_count_what_waits_by_route_and_priority(house: House) -> None:
    assert await house.store.messages.depths() == []
    urgent = await house.draft(priority=Priority.REALTIME, payer=BANK)
    await house.take(urgent, at=later(1))
    await house.take(await house.draft(parts=2), at=later(2))
    await house.take(await house.draft(), await house.draft(start_at=later(60)), at=later(3))
    assert sorted(await house.store.messages.depths(), key=lambda depth: depth.priority) == [
        Depth(RUSSIA, Priority.REALTIME, 1, micros(later(1))),
        Depth(RUSSIA, Priority.NORMAL, 3, micros(later(2))),
    ]
    await house.claim()
    assert await house.store.messages.depths() == []


@told
async def test_a_part_that_its_client_made_ready_is_claimed_as_it_came(house: House) -> None:
    headed = UserData(b"\x04\x16\xd8", Encoding.UCS2, bytes.fromhex("050003070201"))
    bare = UserData(b"\0\xff", Encoding.OCTETS)
    for ready in (headed, bare):
        draft = msgspec.structs.replace(await house.draft(), user_data=ready, encoding=ready.encoding)
        await house.take(draft)
    await house.take(await house.draft())
    assert [(each.encoding, each.header, each.octets) for each in await house.claim()] == [
        (Encoding.UCS2, "050003070201", "0416d8"),
        (Encoding.OCTETS, "", "00ff"),
        (Encoding.GSM7, "", ""),
    ]
