"""A receipt finds its part however the network writes ids, and ends a doubt where it can be of nothing else."""

import pytest

from gonets.model.ledger import EntryKind
from gonets.model.message import State
from gonets.model.results import Receipt, Sent, Uncertain
from tests.clocks import START
from tests.contract.house import Counted, House, later, told

PHONE = "79031234567"
"""The recipient of `House.draft`."""


def reported(
    remote_id: str, state: State = State.DELIVERED, recipient: str = PHONE, others: tuple[str, ...] = ()
) -> Receipt:
    return Receipt(remote_id, state, 0, START, recipient, others)


async def sent(house: House, remote_id: str) -> int:
    """A part that was taken under this id."""
    draft = await house.draft()
    await house.take(draft)
    await house.claim()
    await house.settle((draft.id, Sent(remote_id)))
    return draft.id


async def doubted(house: House, count: int = 1) -> list[int]:
    """Parts that were never answered."""
    drafts = [await house.draft() for _ in range(count)]
    await house.take(*drafts)
    await house.claim()
    await house.settle(*((draft.id, Uncertain()) for draft in drafts))
    return [draft.id for draft in drafts]


@pytest.mark.parametrize(
    ("answer", "receipt"),
    [("1001", "1001"), ("00AbC9", "abc9"), ("abc9", "0000ABC9"), ("f" * 64, "F" * 64), ("1001", "0001001")],
)
@pytest.mark.parametrize("early", [False, True])
def test_letters_and_zeros_make_no_difference(house: House, answer: str, receipt: str, early: bool) -> None:
    @told
    async def story() -> None:
        if early:
            assert await house.store.messages.apply("alpha", [reported(receipt)], START) == Counted(0, 1, 0)
        part = await sent(house, answer)
        if not early:
            assert await house.store.messages.apply("alpha", [reported(receipt)], START) == Counted(1, 0, 0)
        assert house.states(part) == [State.DELIVERED]
        assert house.parked() == 0
        assert house.rows("SELECT remote_id FROM parts") == [(answer,)]

    story()


@told
async def test_of_two_ids_that_differ_in_letters_the_very_one_counts(house: House) -> None:
    small, large = await sent(house, "ab"), await sent(house, "AB")
    await house.store.messages.apply("alpha", [reported("ab")], START)
    assert house.states(small, large) == [State.DELIVERED, State.SENT]


@told
async def test_another_id_that_is_meant_is_believed_for_the_same_recipient_only(house: House) -> None:
    part = await sent(house, "3E9")
    apply = house.store.messages.apply
    assert await apply(
        "alpha", [reported("1001", recipient="79990000000", others=("3e9",))], START
    ) == Counted(0, 1, 0)
    assert house.states(part) == [State.SENT]
    assert await apply("alpha", [reported("1001", others=("3e9",))], START) == Counted(1, 0, 0)
    assert house.states(part) == [State.DELIVERED]


@told
async def test_the_id_as_it_is_counts_before_another_that_is_meant(house: House) -> None:
    same, other = await sent(house, "1001"), await sent(house, "3e9")
    await house.store.messages.apply("alpha", [reported("1001", others=("3e9",))], START)
    assert house.states(same, other) == [State.DELIVERED, State.SENT]


@told
async def test_an_answer_without_an_id_takes_nobodys_receipts(house: House) -> None:
    await house.store.messages.apply("alpha", [reported("000")], START)
    part = await sent(house, "")
    assert house.states(part) == [State.SENT]
    assert house.parked() == 1


# ---- doubts


@told
async def test_a_receipt_of_an_unknown_id_ends_the_only_doubt_about_its_recipient(house: House) -> None:
    [part] = await doubted(house)
    apply = house.store.messages.apply
    assert await apply("alpha", [reported("77", State.ACCEPTED)], later(5)) == Counted(1, 0, 0)
    assert house.states(part) == [State.ACCEPTED]
    assert house.rows("SELECT remote_id FROM parts") == [("77",)]
    assert await apply("alpha", [reported("77"), reported("77")], later(6)) == Counted(1, 0, 1)
    assert house.states(part) == [State.DELIVERED]
    assert house.flaws() == []


@told
async def test_steps_of_an_unknown_id_may_come_in_one_batch(house: House) -> None:
    [part] = await doubted(house)
    both = [reported("77", State.ACCEPTED), reported("77", State.UNDELIVERED)]
    assert await house.store.messages.apply("alpha", both, later(5)) == Counted(2, 0, 0)
    assert house.states(part) == [State.UNDELIVERED]
    assert house.flaws() == []


@told
async def test_a_refund_that_ends_a_doubt_is_made_once(house: House) -> None:
    [part] = await doubted(house)
    for at in (5, 6):
        await house.store.messages.apply("alpha", [reported("77", State.REJECTED)], later(at))
    assert house.states(part) == [State.REJECTED]
    assert len(house.entries(EntryKind.REFUND)) == 1
    assert house.flaws() == []


@pytest.mark.parametrize("recovered", [False, True])
def test_a_receipt_that_came_before_the_doubt_ends_it(house: House, recovered: bool) -> None:
    @told
    async def story() -> None:
        draft = await house.draft()
        await house.take(draft)
        await house.claim()
        steps = [reported("77", State.ACCEPTED), reported("77"), reported("78", recipient="79990000000")]
        assert await house.store.messages.apply("alpha", steps, START) == Counted(0, 3, 0)
        if recovered:
            assert await house.store.messages.recover(["alpha"], later(5)) == 1
        else:
            await house.settle((draft.id, Uncertain()))
        assert house.states(draft.id) == [State.DELIVERED]
        assert house.rows("SELECT remote_id FROM parked") == [("78",)]
        assert house.flaws() == []

    story()


@told
async def test_of_two_doubts_about_one_recipient_none_is_ended(house: House) -> None:
    parts = await doubted(house, 2)
    assert await house.store.messages.apply("alpha", [reported("77")], later(5)) == Counted(0, 1, 0)
    assert house.states(*parts) == [State.UNCERTAIN] * 2


@told
async def test_one_doubt_is_ended_by_one_id_only(house: House) -> None:
    [part] = await doubted(house)
    both = [reported("77"), reported("78", State.UNDELIVERED)]
    assert await house.store.messages.apply("alpha", both, later(5)) == Counted(1, 1, 0)
    assert house.states(part) == [State.DELIVERED]


@told
async def test_while_another_part_waits_for_its_answer_a_doubt_stays(house: House) -> None:
    [part] = await doubted(house)
    waiting = await house.draft()
    await house.take(waiting)
    await house.claim()
    assert await house.store.messages.apply("alpha", [reported("77")], later(5)) == Counted(0, 1, 0)
    assert house.states(part, waiting.id) == [State.UNCERTAIN, State.CLAIMED]
    await house.settle((waiting.id, Sent("77")))
    assert house.states(part, waiting.id) == [State.UNCERTAIN, State.DELIVERED]


@pytest.mark.parametrize(("answered", "reported_as"), [("1234", "4d2"), ("4D2", "1234")])
def test_a_doubt_is_not_ended_by_a_receipt_of_another_part_in_another_base(
    house: House, answered: str, reported_as: str
) -> None:
    @told
    async def story() -> None:
        first, second = await house.draft(), await house.draft()
        await house.take(first)
        await house.claim()
        early = [reported(reported_as)]
        assert await house.store.messages.apply("alpha", early, START) == Counted(0, 1, 0)
        await house.settle((first.id, Sent(answered)))
        await house.take(second)
        await house.claim()
        await house.settle((second.id, Uncertain()))
        assert house.states(first.id, second.id) == [State.DELIVERED, State.UNCERTAIN]
        assert house.parked() == 0
        assert house.flaws() == []

    story()


@pytest.mark.parametrize(("by", "recipient"), [("beta", PHONE), ("alpha", "79990000000"), ("alpha", "")])
def test_a_doubt_is_not_ended_by_what_another_link_says_or_of_another(
    house: House, by: str, recipient: str
) -> None:
    @told
    async def story() -> None:
        [part] = await doubted(house)
        assert await house.store.messages.apply(
            by, [reported("77", recipient=recipient)], later(5)
        ) == Counted(0, 1, 0)
        assert house.states(part) == [State.UNCERTAIN]

    story()


@told
async def test_after_three_days_a_recipient_is_no_sign_any_more(house: House) -> None:
    [part] = await doubted(house)
    assert await house.store.messages.apply("alpha", [reported("77")], later(73 * 3600)) == Counted(0, 1, 0)
    assert house.states(part) == [State.UNCERTAIN]
