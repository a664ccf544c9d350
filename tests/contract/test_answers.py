"""What the answers of upstreams make of parts."""

import asyncio

import pytest

from gonets.model.ledger import EntryKind
from gonets.model.message import PartId, State
from gonets.model.money import ONE
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred, Rejected, SendResult, Sent, Uncertain
from gonets.ports.stores import Placement
from tests.clocks import START
from tests.contract.house import BANK, RUSSIA, House, later, told


async def claimed(house: House, **kind: object) -> int:
    """A part that waits for its answer."""
    draft = await house.draft(**kind)  # type: ignore[arg-type]
    await house.take(draft)
    await house.claim()
    return int(draft.id)


async def again(house: House, part: int, at: float) -> None:
    """Put a deferred part into its lane and claim it."""
    assert await house.store.messages.place([Placement(PartId(part), RUSSIA)], later(at)) == 1
    assert [each.id for each in await house.claim(at=later(at))] == [part]


@pytest.mark.parametrize(
    ("result", "state", "error", "refunds"),
    [
        (Sent("abc"), State.SENT, 0, 0),
        (Deferred(88, 0.0), State.DEFERRED, 88, 0),
        (Rejected(11), State.REJECTED, 11, 1),
        (Uncertain(0), State.UNCERTAIN, 0, 0),
        (Uncertain(7), State.UNCERTAIN, 7, 0),
    ],
)
def test_an_answer_moves_its_part(
    house: House, result: SendResult, state: State, error: int, refunds: int
) -> None:
    @told
    async def story() -> None:
        part = await claimed(house)
        await house.settle((part, result), at=later(5))
        assert house.states(part) == [state]
        assert house.rows("SELECT error FROM parts") == [(error,)]
        assert len(house.entries(EntryKind.REFUND)) == refunds
        assert house.balance() == (99 + refunds) * ONE
        assert house.flaws() == []

    story()


@told
async def test_a_batch_may_hold_every_kind_of_answer(house: House) -> None:
    parts = [await claimed(house) for _ in range(4)]
    results: list[SendResult] = [Sent("a"), Deferred(1, 0.0), Rejected(2), Uncertain()]
    await house.settle(*zip(parts, results, strict=True))
    assert house.states(*parts) == [State.SENT, State.DEFERRED, State.REJECTED, State.UNCERTAIN]
    assert house.balance() == 97 * ONE


@pytest.mark.parametrize("first", [Sent("abc"), Deferred(88, 5.0), Rejected(11)])
@pytest.mark.parametrize("second", [Sent("abc"), Sent("xyz"), Deferred(1, 0.0), Rejected(2), Uncertain()])
@pytest.mark.parametrize("together", [True, False])
def test_a_second_answer_changes_nothing(
    house: House, first: SendResult, second: SendResult, together: bool
) -> None:
    @told
    async def story() -> None:
        part = await claimed(house)
        if together:
            await house.settle((part, first), (part, second))
        else:
            await house.settle((part, first))
            before = house.rows("SELECT * FROM parts"), house.balance()
            await house.settle((part, second), at=later(60))
            assert (house.rows("SELECT * FROM parts"), house.balance()) == before
        assert house.states(part) == [
            {Sent: State.SENT, Deferred: State.DEFERRED, Rejected: State.REJECTED}[type(first)]
        ]
        assert house.rows("SELECT remote_id FROM parts") == [
            (first.remote_id if isinstance(first, Sent) else None,)
        ]
        assert house.flaws() == []

    story()


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("late", "state"),
    [(Sent("abc"), State.SENT), (Rejected(2), State.REJECTED), (Deferred(3, 0.0), State.DEFERRED)],
)
def test_an_answer_that_comes_after_all_ends_the_doubt(
    house: House, late: SendResult, state: State, together: bool
) -> None:
    @told
    async def story() -> None:
        part = await claimed(house)
        if together:
            await asyncio.gather(house.settle((part, Uncertain())), house.settle((part, late)))
        else:
            await house.settle((part, Uncertain()))
            assert house.states(part) == [State.UNCERTAIN]
            await house.settle((part, late), at=later(60))
        assert house.states(part) == [state]

    story()


@told
async def test_an_answer_to_what_was_never_sent_changes_nothing(house: House) -> None:
    waiting = await house.draft()
    await house.take(waiting)
    await house.settle((waiting.id, Sent("abc")), (5, Rejected(1)))
    assert house.states(waiting.id) == [State.QUEUED]
    assert house.balance() == 99 * ONE


@told
async def test_no_answers_are_no_work(house: House) -> None:
    await house.settle()
    assert house.flaws() == []


@told
async def test_each_wait_is_longer_than_the_one_before(house: House) -> None:
    part = await claimed(house)
    await house.settle((part, Deferred(88, 0.0)))
    _, next_at = await house.store.messages.due(START, 1)
    assert next_at is not None
    assert later(9) <= next_at <= later(11)
    await again(house, part, 20)
    await house.settle((part, Deferred(88, 0.0)), at=later(20))
    _, next_at = await house.store.messages.due(later(20), 1)
    assert next_at is not None
    assert later(20 + 18) <= next_at <= later(20 + 22)


@told
async def test_a_part_that_was_put_off_says_how_often_it_was_tried(house: House) -> None:
    part = await claimed(house)
    await house.settle((part, Deferred(88, 0.0)))
    await house.store.messages.place([Placement(PartId(part), RUSSIA)], later(20))
    [outgoing] = await house.claim(at=later(20))
    assert outgoing.attempts == 2


@told
async def test_when_the_tries_are_used_up_the_part_fails_with_refund_and_notice(house: House) -> None:
    part = await claimed(house, payer=BANK)
    await house.settle((part, Deferred(88, 0.0)))
    await again(house, part, 20)
    await house.settle((part, Deferred(0, 0.0)), at=later(20))
    await again(house, part, 60)
    assert house.balance(BANK) == 99 * ONE
    await house.settle((part, Deferred(20, 0.0)), at=later(60))
    assert house.states(part) == [State.FAILED]
    assert house.balance(BANK) == 100 * ONE
    assert await house.mail() == [(part, State.FAILED, 20)]
    assert house.flaws() == []


@told
async def test_a_failure_without_a_code_of_the_network_is_ours(house: House) -> None:
    part = await claimed(house)
    for at in (20, 60, 120):
        await house.settle((part, Deferred(0, 0.0)), at=later(at))
        if at != 120:
            await again(house, part, at + 40)
    assert house.rows("SELECT state, error FROM parts") == [(State.FAILED, PLATFORM_ERROR)]


@told
async def test_nothing_is_put_off_beyond_its_validity(house: House) -> None:
    part = await claimed(house, expires_at=later(15))
    await house.settle((part, Deferred(88, 60.0)))
    assert await house.store.messages.due(START, 1) == ([], later(15))
    assert await house.store.messages.place([Placement(PartId(part), RUSSIA)], later(15)) == 1
    assert await house.claim(at=later(15)) == []
    assert house.states(part) == [State.EXPIRED]
    assert house.balance() == 100 * ONE
    assert house.flaws() == []


@told
async def test_answers_that_share_a_transaction_are_all_written(house: House) -> None:
    parts = [await claimed(house, price=1) for _ in range(40)]
    await asyncio.gather(*(house.settle((part, Sent(f"r{part}"))) for part in parts))
    assert set(house.states(*parts)) == {State.SENT}
    found = house.rows("SELECT id, remote_id FROM parts ORDER BY id")
    assert found == [(part, f"r{part}") for part in parts]
