"""What receipts say of parts, whenever they come."""

import asyncio
from datetime import datetime

import pytest

from gonets.model.ledger import EntryKind
from gonets.model.message import State, Status
from gonets.model.money import ONE
from gonets.model.results import Deferred, Receipt, Rejected, Sent, Uncertain
from gonets.ports.stores import Applied
from tests.clocks import START
from tests.contract.house import BANK, SHOP, Counted, House, first, later, receipt, told

ENDS = (State.DELIVERED, State.UNDELIVERED, State.EXPIRED, State.REJECTED, State.FAILED, State.CANCELLED)


async def apply(house: House, *receipts: Receipt, by: str = "alpha", at: datetime = START) -> Applied:
    return await house.store.messages.apply(by, receipts, at)


@pytest.mark.parametrize("state", [*ENDS, State.ACCEPTED])
def test_a_receipt_moves_its_part(house: House, state: State) -> None:
    @told
    async def story() -> None:
        draft = await house.draft()
        await house.send(draft)
        assert await apply(house, receipt(draft.id, state, 6), at=later(9)) == Counted(1, 0, 0)
        [found] = await house.store.messages.find(SHOP, [draft.id])
        assert found is not None
        assert (found.status, found.error, found.at) == (state.status, 6, later(9))
        assert house.flaws() == []

    story()


@pytest.mark.parametrize(
    ("state", "refunds_undelivered", "refunded"),
    [
        (State.DELIVERED, True, 0),
        (State.UNDELIVERED, False, 0),
        (State.UNDELIVERED, True, 1),
        (State.EXPIRED, True, 0),
        (State.REJECTED, False, 1),
        (State.FAILED, False, 1),
        (State.CANCELLED, False, 1),
        (State.ACCEPTED, True, 0),
        (State.NO_REPORT, True, 0),
    ],
)
def test_money_goes_back_for_what_the_tariff_and_the_rules_say(
    house: House, state: State, refunds_undelivered: bool, refunded: int
) -> None:
    @told
    async def story() -> None:
        draft = await house.draft(refund_undelivered=refunds_undelivered)
        await house.send(draft)
        await apply(house, receipt(draft.id, state))
        assert house.balance() == (99 + refunded) * ONE
        assert [entry.part for entry in house.entries(EntryKind.REFUND)] == [first(draft)] * refunded
        assert house.flaws() == []

    story()


@told
async def test_the_same_receipt_twice_changes_nothing_the_second_time(house: House) -> None:
    draft = await house.draft(refund_undelivered=True)
    await house.send(draft)
    twice = receipt(draft.id, State.UNDELIVERED, 1)
    assert await apply(house, twice, twice) == Counted(1, 0, 1)
    assert await apply(house, twice, at=later(60)) == Counted(0, 0, 1)
    assert house.balance() == 100 * ONE
    [found] = await house.store.messages.find(SHOP, [draft.id])
    assert found is not None
    assert found.at == START
    assert house.flaws() == []


@pytest.mark.parametrize("end", [end for end in ENDS if end is not State.EXPIRED])
@pytest.mark.parametrize("after", [*ENDS, State.ACCEPTED, State.NO_REPORT, State.SENT, State.QUEUED])
def test_a_status_never_goes_back(house: House, end: State, after: State) -> None:
    @told
    async def story() -> None:
        draft = await house.draft()
        await house.send(draft)
        await apply(house, receipt(draft.id, end))
        balance = house.balance()
        assert await apply(house, receipt(draft.id, after)) == Counted(0, 0, 1)
        assert house.states(draft.id) == [end]
        assert house.balance() == balance

    story()


@pytest.mark.parametrize("believed", [State.NO_REPORT, State.UNCERTAIN, State.EXPIRED])
def test_a_late_receipt_corrects_what_was_only_believed(house: House, believed: State) -> None:
    @told
    async def story() -> None:
        draft = await house.draft()
        await house.send(draft)
        house.tamper("UPDATE parts SET state = :state", state=int(believed))
        assert await apply(house, receipt(draft.id, State.DELIVERED)) == Counted(1, 0, 0)
        assert house.states(draft.id) == [State.DELIVERED]

    story()


@told
async def test_a_receipt_may_come_step_by_step_in_one_batch(house: House) -> None:
    draft = await house.draft()
    await house.send(draft)
    steps = [receipt(draft.id, state) for state in (State.ACCEPTED, State.ACCEPTED, State.DELIVERED)]
    assert await apply(house, *steps) == Counted(2, 0, 1)
    assert house.states(draft.id) == [State.DELIVERED]


@told
async def test_receipts_of_two_parts_of_one_message_move_each_its_own(house: House) -> None:
    draft = await house.draft(parts=2)
    await house.send(draft)
    await apply(house, receipt(draft.id, State.DELIVERED), receipt(draft.id + 1, State.ACCEPTED))
    assert house.states(draft.id, draft.id + 1) == [State.DELIVERED, State.ACCEPTED]
    [found] = await house.store.messages.find(SHOP, [draft.id])
    assert found is not None
    assert found.status is Status.ACCEPTED
    await apply(house, receipt(draft.id + 1, State.DELIVERED))
    [found] = await house.store.messages.find(SHOP, [draft.id])
    assert found is not None
    assert found.status is Status.DELIVERED


@told
async def test_an_id_of_another_connector_is_not_ours(house: House) -> None:
    draft = await house.draft()
    await house.send(draft)
    assert await apply(house, receipt(draft.id, State.DELIVERED), by="beta") == Counted(0, 1, 0)
    assert house.states(draft.id) == [State.SENT]


@told
async def test_no_receipts_are_no_work(house: House) -> None:
    assert await apply(house) == Counted(0, 0, 0)


@told
async def test_when_an_upstream_uses_an_id_again_the_receipt_is_of_the_newest_part(house: House) -> None:
    old, new = await house.draft(), await house.draft()
    await house.send(old)
    await house.take(new)
    await house.claim()
    await house.settle((new.id, Sent(f"r{old.id}")))
    await apply(house, receipt(old.id, State.DELIVERED))
    assert house.states(old.id, new.id) == [State.SENT, State.DELIVERED]


# ---- before the answer


@told
async def test_a_receipt_that_came_before_its_answer_is_kept_for_it(house: House) -> None:
    draft = await house.draft(payer=BANK)
    await house.take(draft)
    await house.claim()
    assert await apply(house, receipt(draft.id, State.UNDELIVERED, 6)) == Counted(0, 1, 0)
    assert (house.states(draft.id), house.parked()) == ([State.CLAIMED], 1)
    await house.settle((draft.id, Sent(f"r{draft.id}")), at=later(1))
    assert (house.states(draft.id), house.parked()) == ([State.UNDELIVERED], 0)
    assert await house.mail() == [(draft.id, State.UNDELIVERED, 6)]
    assert await apply(house, receipt(draft.id, State.UNDELIVERED, 6)) == Counted(0, 0, 1)
    assert house.flaws() == []


@told
async def test_receipts_that_came_early_are_taken_in_the_order_they_were_heard(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    await house.claim()
    await apply(house, receipt(draft.id, State.ACCEPTED))
    await apply(house, receipt(draft.id, State.DELIVERED), receipt(draft.id, State.UNDELIVERED))
    await house.settle((draft.id, Sent(f"r{draft.id}")))
    assert (house.states(draft.id), house.parked()) == ([State.DELIVERED], 0)


@told
async def test_a_refund_asked_for_by_an_early_receipt_is_made_with_the_answer(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    await house.claim()
    await apply(house, receipt(draft.id, State.REJECTED))
    assert house.balance() == 99 * ONE
    await house.settle((draft.id, Sent(f"r{draft.id}")))
    assert house.balance() == 100 * ONE
    assert house.rows("SELECT state, remote_id FROM parts") == [(State.REJECTED, f"r{draft.id}")]
    assert house.flaws() == []


@told
async def test_an_early_receipt_of_another_connector_stays_parked(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    await house.claim()
    await apply(house, receipt(draft.id, State.DELIVERED), by="beta")
    await house.settle((draft.id, Sent(f"r{draft.id}")))
    assert (house.states(draft.id), house.parked()) == ([State.SENT], 1)


@told
async def test_a_receipt_ends_the_doubt_once_the_late_answer_names_its_part(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    await house.claim()
    await house.settle((draft.id, Uncertain()))
    await apply(house, receipt(draft.id, State.DELIVERED))
    assert house.states(draft.id) == [State.UNCERTAIN]
    await house.settle((draft.id, Sent(f"r{draft.id}")), at=later(60))
    assert house.states(draft.id) == [State.DELIVERED]


@pytest.mark.parametrize("swap", [True, False])
def test_an_answer_and_its_receipt_may_share_a_transaction_in_either_order(house: House, swap: bool) -> None:
    @told
    async def story() -> None:
        drafts = [await house.draft(price=1) for _ in range(20)]
        await house.take(*drafts)
        await house.claim()
        for draft in drafts:
            both = [
                house.settle((draft.id, Sent(f"r{draft.id}"))),
                apply(house, receipt(draft.id, State.DELIVERED)),
            ]
            await asyncio.gather(*(reversed(both) if swap else both))
        assert set(house.states(*(draft.id for draft in drafts))) == {State.DELIVERED}
        assert house.parked() == 0

    story()


@told
async def test_a_rejected_or_deferred_part_takes_no_parked_receipts(house: House) -> None:
    drafts = [await house.draft(), await house.draft()]
    await house.take(*drafts)
    await house.claim()
    await apply(house, *(receipt(draft.id, State.DELIVERED) for draft in drafts))
    await house.settle((drafts[0].id, Rejected(1)), (drafts[1].id, Deferred(1, 0.0)))
    assert house.states(drafts[0].id, drafts[1].id) == [State.REJECTED, State.DEFERRED]
    assert house.parked() == 2


# ---- parked for nothing


@told
async def test_what_was_parked_before_a_moment_is_forgotten(house: House) -> None:
    await apply(house, Receipt("old", State.DELIVERED, 0, START), at=START)
    await apply(house, Receipt("new", State.DELIVERED, 0, START), at=later(60))
    assert await house.store.messages.forget_parked(later(60)) == 1
    assert house.rows("SELECT remote_id FROM parked") == [("new",)]
    assert await house.store.messages.forget_parked(later(60)) == 0
