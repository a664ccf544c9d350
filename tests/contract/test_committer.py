"""Group commit: what shares a transaction, and what a failure in one costs."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, text

from gonets.model.message import AccountId
from gonets.model.money import ONE
from gonets.model.results import Accepted, Rejected
from gonets.ports.stores import StoreUnavailable
from gonets.stores.committer import Committer
from gonets.stores.store import open_store, transaction
from tests.clocks import START, settle
from tests.contract.house import SHOP, House, told


class Gate:
    """Work that holds the writer thread until the gate is opened, so that calls gather behind it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._held = threading.Event()

    def hold(self, connection: Connection, items: Sequence[None]) -> list[None]:
        self._held.set()
        assert self._open.wait(30)
        return [None] * len(items)

    async def held(self) -> None:
        assert await asyncio.to_thread(self._held.wait, 30)

    def open(self) -> None:
        self._open.set()


def insert_notes(connection: Connection, notes: Sequence[str]) -> list[str]:
    """Write each down as a counter's name; `bad` cannot be."""
    for note in notes:
        if note == "bad":
            raise ValueError(note)
        connection.execute(text("INSERT INTO counters VALUES (:note, 0)"), {"note": note})
    return [f"{note} done" for note in notes]


def notes(house: House) -> set[str]:
    found = house.rows("SELECT name FROM counters WHERE name NOT IN ('id', 'revision', 'stop_revision')")
    return {row[0] for row in found}


@told
async def test_calls_that_arrive_during_a_transaction_share_the_next(house: House) -> None:
    commits: list[int] = []
    committer = Committer(house.engine, on_commit=lambda seconds, calls: commits.append(calls))
    gate = Gate()
    first = asyncio.ensure_future(committer.do(gate.hold, None))
    await gate.held()
    rest = [asyncio.ensure_future(committer.do(insert_notes, str(n))) for n in range(50)]
    await settle()
    gate.open()
    assert await asyncio.gather(*rest) == [f"{n} done" for n in range(50)]
    await first
    await committer.close()
    assert commits == [1, 50]


@told
async def test_one_bad_call_in_a_shared_transaction_costs_only_itself(house: House) -> None:
    committer = Committer(house.engine)
    gate = Gate()
    first = asyncio.ensure_future(committer.do(gate.hold, None))
    await gate.held()
    calls = [asyncio.ensure_future(committer.do(insert_notes, note)) for note in ("a", "bad", "b")]
    await settle()
    gate.open()
    results = await asyncio.gather(*calls, return_exceptions=True)
    await first
    await committer.close()
    assert [results[0], results[2]] == ["a done", "b done"]
    assert isinstance(results[1], ValueError)
    assert notes(house) == {"a", "b"}


@told
async def test_a_bad_draft_is_refused_alone_by_the_database_too(house: House) -> None:
    good, twice = await house.draft(), await house.draft()
    await house.take(twice)
    results = await asyncio.gather(
        house.store.messages.accept([twice], START),
        house.store.messages.accept([good], START),
        return_exceptions=True,
    )
    assert isinstance(results[0], Exception)
    assert results[1] == [Accepted(good.id, 1)]
    assert house.balance() == 98 * ONE
    assert house.flaws() == []


@told
async def test_an_answer_is_given_after_the_commit(house: House) -> None:
    committer = Committer(house.engine)
    await committer.do(insert_notes, "a")
    assert notes(house) == {"a"}
    await committer.close()


@told
async def test_a_caller_that_was_cancelled_disturbs_nobody(house: House) -> None:
    committer = Committer(house.engine)
    gate = Gate()
    first = asyncio.ensure_future(committer.do(gate.hold, None))
    await gate.held()
    gone = asyncio.ensure_future(committer.do(insert_notes, "gone"))
    stays = asyncio.ensure_future(committer.do(insert_notes, "stays"))
    await settle()
    gone.cancel()
    gate.open()
    assert await stays == "stays done"
    await first
    assert gone.cancelled()
    assert await committer.do(insert_notes, "later") == "later done"
    await committer.close()


@told
async def test_a_call_whose_turn_does_not_come_in_time_is_given_up_and_does_nothing(house: House) -> None:
    committer = Committer(house.engine)
    gate = Gate()
    first = asyncio.ensure_future(committer.do(gate.hold, None, 0.01))
    await gate.held()
    with pytest.raises(StoreUnavailable, match="in time"):
        await committer.do(insert_notes, "late", 0.01)
    gate.open()
    await first  # its turn had come, however long it took
    assert await committer.do(insert_notes, "later", 0.01) == "later done"
    await committer.close()
    assert notes(house) == {"later"}


@told
async def test_while_others_have_waited_for_long_a_call_that_cannot_wait_is_refused_at_once(
    house: House,
) -> None:
    committer = Committer(house.engine)
    gate = Gate()
    first = asyncio.ensure_future(committer.do(gate.hold, None))
    await gate.held()
    patient = asyncio.ensure_future(committer.do(insert_notes, "patient"))
    waiting = asyncio.ensure_future(committer.do(insert_notes, "waiting", 60.0))
    await settle()
    with pytest.raises(StoreUnavailable, match="in time"):
        await committer.do(insert_notes, "impatient", 0.0)
    gate.open()
    await asyncio.gather(first, patient, waiting)
    await committer.close()
    assert notes(house) == {"patient", "waiting"}


@told
async def test_close_finishes_what_was_asked(house: House) -> None:
    committer = Committer(house.engine)
    gate = Gate()
    first = asyncio.ensure_future(committer.do(gate.hold, None))
    await gate.held()
    asked = [asyncio.ensure_future(committer.do(insert_notes, str(n))) for n in range(20)]
    await settle()
    closing = asyncio.ensure_future(committer.close())
    await settle()
    gate.open()
    await closing
    assert await asyncio.gather(*asked) == [f"{n} done" for n in range(20)]
    await first


@told
async def test_a_closed_store_is_unavailable(house: House) -> None:
    await house.store.close()
    with pytest.raises(StoreUnavailable):
        await house.store.messages.reserve(1)
    with pytest.raises(StoreUnavailable):
        await house.store.messages.find(SHOP, [])
    await house.store.close()


def test_a_caller_whose_loop_has_ended_disturbs_nobody(house: House) -> None:
    gate = Gate()
    committer = Committer(house.engine)

    async def ask_and_leave() -> None:
        task = asyncio.ensure_future(committer.do(gate.hold, None))
        await gate.held()
        task.cancel()

    asyncio.run(ask_and_leave())
    gate.open()

    @told
    async def another() -> None:
        assert await committer.do(insert_notes, "a") == "a done"
        await committer.close()

    another()


@told
async def test_a_failed_call_leaves_nothing_of_itself(house: House) -> None:
    stranger = await house.draft(payer=AccountId(99))
    [result] = await house.store.messages.accept([stranger], START)
    assert not isinstance(result, Accepted)
    draft = await house.draft()
    await house.take(draft)
    await house.claim()
    house.tamper("UPDATE accounts SET entries = 0 WHERE id = 1")
    with pytest.raises(Exception, match=r"(?i)unique"):
        await house.settle((draft.id, Rejected(1)))
    house.tamper("UPDATE accounts SET entries = 2 WHERE id = 1")
    assert house.rows("SELECT state, refunded FROM parts") == [(30, 0)]
    assert house.flaws() == []


@told
async def test_a_long_look_at_the_store_keeps_nobody_from_writing(house: House) -> None:
    with transaction(house.engine.execution_options(gonets_reads=True)) as connection:
        before = connection.execute(text("SELECT count(*) FROM messages")).scalar_one()
        await house.take(await house.draft())
        assert connection.execute(text("SELECT count(*) FROM messages")).scalar_one() == before


@told
async def test_the_store_can_tell_that_it_is_writable(house: House) -> None:
    await house.store.probe()


@told
async def test_every_transaction_is_reported_with_its_time_and_its_calls(house: House) -> None:
    seen: list[tuple[float, int]] = []
    store = open_store(house.url, on_commit=lambda seconds, calls: seen.append((seconds, calls)))
    await store.messages.reserve(1)
    await store.close()
    [(seconds, calls)] = seen
    assert seconds > 0
    assert calls == 1
