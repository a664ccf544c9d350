"""Group commit: one thread owns one connection, and calls that arrive while a transaction is written share the next.

A caller's future resolves after its commit. Work is a function `(connection, items) -> results` that gets every item
waiting for it at once; it runs in the thread and must not touch the event loop.

Refuses: work that has a patience, once what waits has waited too long for it to be answered in time. A failed
transaction fails every call in it with `StoreUnavailable` when the database cannot write;
any other error is looked for call by call, so that one bad call costs only itself.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from gonets.ports.stores import StoreUnavailable
from gonets.stores.database import be_quick

T = TypeVar("T")
R = TypeVar("R")

Work = Callable[[Connection, Sequence[T]], Sequence[R]]

_MOST_JOBS = 2000
_PACE_S = 0.005
"""From the start of a transaction that served `_PACED_JOBS` calls or more to the start of the next, in seconds.

A transaction costs a millisecond before it holds anything. Paced so, a half loaded gateway needs two thirds of the
processor and answers its slowest clients sooner; calls that come alone or in twos and threes do not wait.
"""
_PACED_JOBS = 4

log = structlog.get_logger()


class _Job(NamedTuple):
    work: Work[Any, Any]
    item: Any
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop
    turn: list[None] | None = None
    """One token, which the thread takes before it begins or its caller when it gives up: whoever has it decides what
    becomes of the job. None: nobody gives up."""


class _Waiting(NamedTuple):
    job: _Job
    since: float
    """Of the loop's time."""
    patience: float


_LOOK_S = 0.25
"""Between two looks at who has waited too long."""
_TOO_BUSY = "more is asked of the store than it can do in time"


class Committer:
    """A writer (or, with `writes=False`, a reader) thread over one connection of an engine."""

    def __init__(
        self,
        engine: Engine,
        *,
        writes: bool = True,
        on_commit: Callable[[float, int], None] | None = None,
    ) -> None:
        """`on_commit` gets the seconds a transaction took and how many calls shared it, in the thread."""
        self._engine = engine
        # Statements run past SQLAlchemy raise the driver's own errors; it has loaded its driver by now.
        driver: Any = engine.dialect.dbapi
        self._driver_error: type[Exception] = driver.OperationalError
        self._writes = writes
        self._on_commit = on_commit
        self._jobs: SimpleQueue[list[_Job] | None] = SimpleQueue()
        self._gathered: list[_Job] = []
        self._waiting: deque[_Waiting] = deque()
        self._watching: asyncio.AbstractEventLoop | None = None
        """The loop that will look at who waits."""
        self.well = True
        """False once a transaction could not be committed; whoever then sees a write succeed sets it again."""
        self._closed = False
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="writer" if writes else "reader", daemon=True)
        self._thread.start()

    async def do(self, work: Work[T, R], item: T, patience: float | None = None) -> R:
        """Have `item` worked on in the next transaction; returns its result after the commit.

        Raises StoreUnavailable when it could not be made durable, and nothing of it has happened. `patience`: seconds
        after which it is given up, unless its transaction has begun; it is not even begun to wait while others have
        waited for half as long. None: it waits.
        """
        if self._closed:
            raise StoreUnavailable("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        job = _Job(work, item, future, loop)
        if patience is not None:
            job = self._wait_with(job, patience)
        if not self._gathered or self._gathered[-1].loop is not loop:
            loop.call_soon(self._hand_over)
        self._gathered.append(job)
        return await future

    def _wait_with(self, job: _Job, patience: float) -> _Job:
        """Stand in the line of those who do not wait for ever. Raises StoreUnavailable where it is too long."""
        now = job.loop.time()
        waiting = self._waiting
        while waiting and (waiting[0].job.future.done() or waiting[0].job.loop is not job.loop):
            waiting.popleft()
        if waiting and now - waiting[0].since > patience / 2:
            raise StoreUnavailable(_TOO_BUSY)
        job = job._replace(turn=[None])
        waiting.append(_Waiting(job, now, patience))
        if self._watching is not job.loop:
            self._watching = job.loop
            job.loop.call_later(_LOOK_S, self._give_up)
        return job

    def _give_up(self) -> None:
        """End the wait of those whose patience is over and whose turn has not come."""
        self._watching = None
        waiting = self._waiting
        while waiting:
            job, since, patience = waiting[0]
            if not job.future.done():
                if job.loop.time() - since < patience:
                    break
                if job.turn is not None and _takes(job.turn):
                    job.future.set_exception(StoreUnavailable(_TOO_BUSY))
            waiting.popleft()
        if waiting:
            self._watching = waiting[0].job.loop
            self._watching.call_later(_LOOK_S, self._give_up)

    def _hand_over(self) -> None:
        """Wake the thread once for all the calls of one turn of the loop."""
        jobs, self._gathered = self._gathered, []
        if jobs:
            self._jobs.put(jobs)

    async def close(self) -> None:
        """Finish what was asked and end the thread."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)

    # ---- in the thread

    def _run(self) -> None:
        ending = paced = False
        started = 0.0
        while not ending:
            jobs: list[_Job] = []
            first = self._jobs.get()
            if first is None:
                break
            jobs.extend(first)
            if paced:
                time.sleep(max(0.0, started + _PACE_S - time.perf_counter()))
            while len(jobs) < _MOST_JOBS:
                try:
                    more = self._jobs.get_nowait()
                except Empty:
                    break
                if more is None:
                    ending = True
                    break
                jobs.extend(more)
            started = time.perf_counter()
            paced = self._writes and len(jobs) >= _PACED_JOBS
            self._answer(jobs)
        self._drop_connection()

    def _answer(self, jobs: list[_Job]) -> None:
        started = time.perf_counter()
        try:
            results = self._transaction(jobs)
        except (OperationalError, self._driver_error) as error:
            log.error("store cannot write", action="store_unavailable", error=_said(error))
            self.well = False
            self._drop_connection()
            unavailable = StoreUnavailable(_said(error))
            results = [(job, None, unavailable) for job in jobs]
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                self._drop_connection()
            if len(jobs) > 1:
                for job in jobs:
                    self._answer([job])
                return
            log.error("call failed in the store", action="store_call_failed", exc_info=error)
            results = [(jobs[0], None, error)]
        else:
            if self._on_commit is not None:
                self._on_commit(time.perf_counter() - started, len(jobs))
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Job, Any, Exception | None]]] = {}
        for result in results:
            by_loop.setdefault(result[0].loop, []).append(result)
        for loop, theirs in by_loop.items():
            try:
                loop.call_soon_threadsafe(_resolve, theirs)
            except RuntimeError:  # that loop has ended; nobody waits any more
                continue

    def _transaction(self, jobs: list[_Job]) -> list[tuple[_Job, Any, Exception | None]]:
        """Do them; once it has begun, those that were given up before are no longer among `jobs`."""
        connection = self._connection
        if connection is None:
            connection = self._engine.connect().execution_options(gonets_reads=not self._writes)
            be_quick(connection)
            self._connection = connection
        done: list[tuple[_Job, Any, Exception | None]] = []
        with connection.begin():
            jobs[:] = [job._replace(turn=None) for job in jobs if job.turn is None or _takes(job.turn)]
            by_work: dict[Work[Any, Any], list[_Job]] = {}
            for job in jobs:
                by_work.setdefault(job.work, []).append(job)
            for work, group in by_work.items():
                results = work(connection, [job.item for job in group])
                done.extend((job, result, None) for job, result in zip(group, results, strict=True))
        return done

    def _drop_connection(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                connection.invalidate()
                connection.close()
            except DBAPIError:
                pass


def _takes(turn: list[None]) -> bool:
    """Whether the token was still there; taking it is one step, which no other thread comes between."""
    try:
        turn.pop()
    except IndexError:
        return False
    return True


def _said(error: Exception) -> str:
    """What the driver said, without SQLAlchemy's wrapping."""
    return str(error.orig if isinstance(error, DBAPIError) else error)


def _resolve(results: list[tuple[_Job, Any, Exception | None]]) -> None:
    for job, result, error in results:
        if job.future.done():  # its caller was cancelled
            continue
        if error is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(error)
