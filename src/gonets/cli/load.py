"""The load client of `gonets bench`: a peer in a process of its own that sends messages and hears statuses.

Connections are kept alive, one request is in flight on each (over SMPP a window of them), and every answer is checked
for its form. Final statuses are heard at an HTTP server of its own, as receipts over SMPP, or polled when all is sent.
It imports nothing of the gateway.

To its parent it says `SinkOpen`, is given a `Plan`, tells its `Progress`, and ends with a `Report`, or with
`Trouble` where the peer is no working gateway: a refused or broken connection, an unreadable answer, silence.
"""

import asyncio
import gc
import sys
import time
from collections import deque
from collections.abc import Sequence
from math import ceil
from typing import NoReturn

import msgspec
import uvloop

from gonets.cli.bind import Bind
from gonets.cli.talk import (
    STATUS_BATCH,
    Line,
    LoadBroken,
    Plan,
    Progress,
    Report,
    Sink,
    SinkDoor,
    SinkOpen,
    Speaker,
    Talk,
    Trouble,
    Wire,
)
from gonets.cli.tongues import Mfms, tongue


class Load:
    """One run of a plan."""

    def __init__(self, plan: Plan, sink: Sink) -> None:
        self.accepted: set[bytes] = set()
        self.answered = 0
        self._plan = plan
        self._sink = sink
        self._tongue = tongue(plan)
        self._talks: list[Speaker] = []
        self._idle: deque[Speaker] = deque()
        self._asked = 0
        self._latencies: list[float] = []
        self._refused = 0
        self._malformed = 0
        self._examples: list[str] = []
        self._started_at = 0.0
        self._last_answer_at = 0.0
        self._over = False
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._sent: asyncio.Future[None] = loop.create_future()
        self._heard: asyncio.Future[None] = loop.create_future()
        sink.on_news = self._news

    async def run(self) -> Report:
        """Send all of it, hear what becomes of it. Raises LoadBroken."""
        self._loop.set_exception_handler(self._broken)
        try:
            return await self._run()
        finally:
            self._over = True
            for talk in self._talks:
                if talk.transport is not None:
                    talk.transport.abort()

    async def _run(self) -> Report:
        plan = self._plan
        for _ in range(min(plan.connections, ceil(plan.count / plan.per_request))):
            try:
                await self._open()
            except OSError as error:
                raise LoadBroken(f"cannot connect to the gateway: {error.strerror}") from None
        cpu = time.process_time()
        self._started_at = self._sink.last_at = time.perf_counter()
        if plan.rate:
            self._idle.extend(self._talks * plan.window)
            self._pace()
        else:
            for talk in (self._talks * plan.window)[: ceil(plan.count / plan.per_request)]:
                self._ask(talk, time.perf_counter())
        await self._patiently(self._sent)
        if plan.push:
            self._news()
            await self._patiently(self._heard)
        else:
            await self._poll()
        self._over = True
        return self._report(time.process_time() - cpu)

    def progress(self) -> Progress:
        """So far."""
        return Progress(self.answered, len(self._sink.final))

    async def _open(self) -> None:
        """One more connection that is ready to ask. Raises OSError, LoadBroken."""
        plan = self._plan
        if plan.protocol is not Wire.SMPP:
            _, talk = await self._loop.create_connection(
                lambda: Talk(self._answered, self._lost), "127.0.0.1", plan.port
            )
            self._talks.append(talk)
            return
        _, bind = await self._loop.create_connection(
            lambda: Bind(self._answered, self._lost, self._sink), "127.0.0.1", plan.port
        )
        self._talks.append(bind)
        bind.bind(plan.login, plan.password)
        try:
            await asyncio.wait_for(bind.bound, plan.patience_s)
        except TimeoutError:
            raise LoadBroken("the gateway does not answer a bind") from None

    # -- sending

    def _ask(self, talk: Speaker, at: float) -> None:
        first = self._asked
        size = min(self._plan.per_request, self._plan.count - first)
        self._asked = first + size
        talk.first, talk.size, talk.at = first, size, at
        talk.ask(self._tongue.send(first, size))

    def _pace(self) -> None:
        """Ask for what is due by now, as far as connections are free; latency counts from when it was due."""
        rate, count = self._plan.rate, self._plan.count
        due = (time.perf_counter() - self._started_at) * rate
        while self._idle and self._asked < count and self._asked <= due:
            self._ask(self._idle.popleft(), self._started_at + self._asked / rate)
        if self._asked < count:
            self._loop.call_later(0.001, self._pace)

    def _answered(self, talk: Speaker, status: bytes, body: bytes) -> None:
        now = time.perf_counter()
        self._latencies.append(now - talk.at)
        self._last_answer_at = now
        self.answered += talk.size
        answers = self._tongue.read(talk.first, talk.size, status, body)
        for given in answers.ids:
            if given in self.accepted:
                self._malformed += 1
                self._example(f"the id {given.decode()} was given twice")
            self.accepted.add(given)
        self._refused += len(answers.refused)
        self._malformed += len(answers.malformed)
        for sentence in answers.refused[:1] + answers.malformed[:1]:
            self._example(sentence)
        if self._asked < self._plan.count:
            if not self._plan.rate:
                self._ask(talk, now)
                return
            self._idle.append(talk)
            if self._asked <= (now - self._started_at) * self._plan.rate:
                self._ask(self._idle.popleft(), self._started_at + self._asked / self._plan.rate)
        elif self.answered >= self._plan.count and not self._sent.done():
            self._sent.set_result(None)

    # -- hearing

    def _news(self) -> None:
        """Whether all that was accepted has its final status."""
        final = self._sink.final
        if self._heard.done() or not self._sent.done() or len(final) < len(self.accepted):
            return
        if self.accepted <= final.keys():
            self._heard.set_result(None)

    async def _poll(self) -> None:
        """Ask for the statuses until all are final, or none has become so for long."""
        talk = self._talks[0]
        if not isinstance(self._tongue, Mfms) or not isinstance(talk, Talk):
            raise LoadBroken("statuses are polled in MFMS only")
        replies: asyncio.Queue[tuple[bytes, bytes]] = asyncio.Queue()
        talk.on_answer = lambda _, status, body: replies.put_nowait((status, body))
        while open_ids := sorted(self.accepted - self._sink.final.keys()):
            for start in range(0, len(open_ids), STATUS_BATCH):
                talk.ask(self._tongue.status(open_ids[start : start + STATUS_BATCH]))
                try:
                    status, body = await asyncio.wait_for(replies.get(), self._plan.patience_s)
                except TimeoutError:
                    raise LoadBroken("the gateway does not answer when asked for statuses") from None
                if status != b"200":
                    raise LoadBroken(
                        f"asked for statuses, the gateway answered {status.decode()}: {body[:120]!r}"
                    )
                rows = [row.split(b";") for row in body.split(b"\n")]
                self._sink.hear([(row[1], row[2]) for row in rows if len(row) == 5 and row[0] == b"ok"])
            if time.perf_counter() - max(self._sink.last_at, self._last_answer_at) > self._plan.patience_s:
                return
            await asyncio.sleep(0.1)

    # -- ending

    async def _patiently(self, goal: asyncio.Future[None]) -> None:
        """Wait for it as long as there is news."""
        patience = self._plan.patience_s
        while not goal.done():
            await asyncio.wait([goal], timeout=min(patience, 0.5))
            if goal.done():
                await goal
            elif time.perf_counter() - max(self._sink.last_at, self._last_answer_at) > patience:
                if goal is self._sent:
                    raise LoadBroken(f"no answer for {patience:g} seconds, {self.answered} came before")
                return

    def _lost(self) -> None:
        self._fail(LoadBroken(f"the gateway closed a connection after {self.answered} answers"))

    def _broken(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        self._fail(error if isinstance(error, Exception) else LoadBroken(str(context.get("message"))))

    def _fail(self, error: Exception) -> None:
        if not self._over:
            self._over = True
            goal = self._heard if self._sent.done() else self._sent
            goal.set_exception(error)

    def _example(self, sentence: str) -> None:
        if len(self._examples) < 10:
            self._examples.append(sentence)

    def _report(self, cpu_s: float) -> Report:
        final = self._sink.final
        lost = self.accepted - final.keys()
        for each in sorted(lost)[:5]:
            self._example(f"the message {each.decode()} has no final status")
        statuses: dict[str, int] = {}
        for each in self.accepted & final.keys():
            word = final[each].decode()
            statuses[word] = statuses.get(word, 0) + 1
        latencies = sorted(self._latencies)
        return Report(
            accepted=len(self.accepted),
            refused=self._refused,
            malformed=self._malformed + len(self._sink.malformed),
            lost=len(lost),
            accept_s=self._last_answer_at - self._started_at,
            end_to_end_s=self._sink.last_at - self._started_at,
            p50_ms=percentile(latencies, 0.50) * 1000,
            p99_ms=percentile(latencies, 0.99) * 1000,
            longest_ms=latencies[-1] * 1000,
            statuses=statuses,
            cpu_s=cpu_s,
            examples=self._examples + self._sink.malformed[:5],
        )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed (nearest rank, nothing interpolated)."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


# ---- the process


def say(line: Line) -> None:
    """One line to the parent."""
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


async def _serve_and_load() -> Report:
    loop = asyncio.get_running_loop()
    sink = Sink()
    door = await loop.create_server(lambda: SinkDoor(sink), "127.0.0.1", 0, backlog=512)
    say(SinkOpen(door.sockets[0].getsockname()[1]))
    given = await loop.run_in_executor(None, sys.stdin.buffer.readline)
    if not given:
        raise LoadBroken("no plan was given")
    load = Load(msgspec.json.decode(given, type=Plan), sink)
    gc.disable()  # a short life with few cycles: pauses here would look like the gateway's
    telling = asyncio.create_task(_tell(load))
    try:
        return await load.run()
    finally:
        telling.cancel()
        door.close()


async def _tell(load: Load) -> NoReturn:
    while True:
        await asyncio.sleep(0.2)
        say(load.progress())


def main() -> None:
    """Be the load client: one plan, then the end."""
    try:
        say(uvloop.run(_serve_and_load()))
    except LoadBroken as broken:
        say(Trouble(str(broken)))
        sys.exit(1)


if __name__ == "__main__":
    main()
