"""A provider over HTTP as a connector: messages leave in requests, several at a time, and states are asked for.

Theory of operation
-------------------

*Whole messages.* What is claimed together of one message is handed on as one `OutgoingMessage`; the provider may take
it as one, or say of each part what became of it. Every part is settled once, whatever a reply holds.

*Waiting.* Messages wait here only for their turn: at most as many as the requests that may be under way would carry,
and at most one second's worth of the rate. A request that could carry more waits a few milliseconds for it.

*Order.* Of one recipient only one message is under way at a time, unless one request carries several in their order.

*Failing.* Where no byte of a request can have arrived, its messages go back at once (`Returned`): another link may
have them. Where it may have arrived they are uncertain, unless the provider knows again what it is sent twice. Either
way the link pauses (`backing`), and all that waits goes back. Nothing is repeated here.

*States* are asked for by `asking`, of what was sent and of what `follow` brings.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import groupby
from math import ceil, inf
from operator import attrgetter
from random import random
from typing import Final, Protocol, assert_never

import structlog

from gonets.connectors.http.asking import Asking
from gonets.connectors.http.backing import Backing
from gonets.connectors.http.settings import HttpSettings
from gonets.connectors.http.waking import Waker
from gonets.model.message import Encoding, MessageId, Outgoing, OutgoingMessage, PartId, Picture
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import (
    Deferred,
    Event,
    Receipt,
    Rejected,
    Returned,
    SendResult,
    Sent,
    Settled,
    Uncertain,
)
from gonets.model.times import micros
from gonets.ports.clock import Clock
from gonets.ports.edges import HttpClient, NoReply, Sending
from gonets.ports.stores import Away, StoreUnavailable
from gonets.rules.pacing import Pacing, reconnect_after
from gonets.wire.http import Reply

_FILL_S: Final = 0.01
"""How long a request that has room waits for more."""
_MOST_CARRIED: Final = 100
"""Messages that one request is tried with."""
_QUEUE_FULL: Final = 220
"""The error of what was put off because there was too much of it (`model.reasons`)."""
_REST_S: Final = 1.0
_PARTING_S: Final = 1.0
"""For requests under way to end once their connections are closed."""

_LATER: Final = Deferred(PLATFORM_ERROR, 0.0)
_AGAIN: Final = Deferred(PLATFORM_ERROR, 0.0, doubtful=True)
_PLAIN: Final = Outgoing(
    PartId(1),
    MessageId(1),
    1,
    1,
    "Gonets",
    "79000000000",
    "Hello",
    Encoding.GSM7,
    attempts=1,
    expires_at=None,
)

Said = SendResult | tuple[SendResult, ...]

log = structlog.get_logger()


class Client(HttpClient, Protocol):
    """The client of one link, which closes it."""

    async def close(self) -> None:
        """Let all connections go."""


class Http:
    """Implements `ports.edges.Connector` and `ports.edges.Following` for any `ports.edges.Sending`."""

    def __init__(
        self,
        name: str,
        settings: HttpSettings,
        sending: Sending,
        client: Client,
        clock: Clock,
        pictures: Callable[[str], Awaitable[Picture | None]],
        chance: Callable[[], float] = random,
    ) -> None:
        """`pictures` finds a picture by its hash, and may raise StoreUnavailable. `chance` gives numbers in [0, 1)."""
        self.name = name
        self.whole = True
        self.sending = sending
        self.trouble = ""
        """Why nothing is sent for a while, as the upstream says it; empty: nothing of that sort."""
        self._settings = settings
        self._client = client
        self._clock = clock
        self._pictures = pictures
        self._chance = chance
        # What one request carries of messages that are all alike.
        self._batch = max(1, sending.fits([OutgoingMessage((_PLAIN,))] * _MOST_CARRIED))
        self._pacing = Pacing(1, settings.rate, clock.now())
        self._backing = Backing(chance)
        self._asking = Asking(settings.first_poll, settings.longest_poll)
        self._waiting: deque[OutgoingMessage] = deque()
        self._since = 0.0  # when the first of these came
        self._here = 0  # parts that are here and not settled
        self._flights: dict[asyncio.Task[None], Sequence[OutgoingMessage]] = {}
        self._loading: dict[asyncio.Task[None], OutgoingMessage] = {}
        self._questions = 0
        self._busy: Counter[str] = Counter()  # messages under way, by recipient
        self._heard: list[Event] = []
        self._reported: dict[int, asyncio.Future[bool]] = {}  # by the id() of the event, which `report` holds
        self._hearer, self._feeder, self._asker = Waker(clock), Waker(clock), Waker(clock)
        self._tasks: asyncio.TaskGroup | None = None
        self._running: asyncio.Task[None] | None = None
        self._closing = self._closed = False

    # ---- the port

    async def start(self) -> None:
        started = asyncio.get_running_loop().create_future()
        self._running = asyncio.create_task(self._run(started), name=f"link {self.name}")
        await started

    def room(self) -> int:
        now = self._clock.now()
        if self._closing or self._tasks is None or now < self._backing.until():
            return 0
        room = self._most_here() - self._here
        rate = self._pacing.rate(now)
        if rate < inf:
            room = min(room, ceil(rate) - sum(len(message.parts) for message in self._waiting))
        return max(0, room)

    def window(self) -> tuple[int, int]:
        down = self._closing or self._clock.now() < self._backing.until()
        return self._here, 0 if down else self._most_here()

    def send(self, parts: Sequence[Outgoing]) -> None:
        self._here += len(parts)
        for _, group in groupby(parts, attrgetter("message")):
            message = OutgoingMessage(tuple(group))
            if self._tasks is None or self._closing:
                self._settle(message, Returned())
            elif message.first.picture:
                self._loading[self._tasks.create_task(self._load(message))] = message
            elif (result := self._take(message)) is not None:
                self._settle(message, result)
        self._feeder.wake()

    def follow(self, away: Sequence[Away]) -> None:
        now = self._clock.now()
        for each in away:
            if self.sending.most_asked and (each.remote_id or self.sending.repeats_safely):
                self._asking.add(each, now, soon=True)
        self._asker.wake()

    async def hear(self) -> Sequence[Event]:
        while not self._heard and not self._closed:
            await self._hearer.rest()
        heard, self._heard = self._heard, []
        return heard

    async def report(self, receipts: Sequence[Receipt]) -> bool:
        """Hand on what the upstream told of its own accord; whether all of it is durable now."""
        if self._closing or self._tasks is None:
            return False
        loop = asyncio.get_running_loop()
        waiting = [self._reported.setdefault(id(each), loop.create_future()) for each in receipts]
        self._heard += receipts
        self._hearer.wake()
        try:
            return all([await each for each in waiting])
        finally:
            for each in receipts:
                self._reported.pop(id(each), None)

    def _answer(self, event: Event, written: bool) -> None:
        waiting = self._reported.get(id(event)) if self._reported else None
        if waiting is not None and not waiting.done():
            waiting.set_result(written)

    def acknowledge(self, events: Sequence[Event]) -> None:
        for event in events:
            self._answer(event, True)
            if isinstance(event, Receipt):
                self._asking.written(event)

    def refuse(self, events: Sequence[Event]) -> None:
        for event in events:
            self._answer(event, False)
            if isinstance(event, Receipt):
                self._asking.unwritten(event, self._clock.now())
        self._asker.wake()

    async def close(self) -> None:
        """What waits goes back, what is under way is uncertain unless it may be sent twice."""
        self._closing = True
        self._give_back()
        await self._client.close()
        if self._flights:
            await asyncio.wait(list(self._flights), timeout=_PARTING_S)
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        # What was ended before it began.
        self._waiting.extend(self._loading.values())
        for batch in self._flights.values():
            self._waiting.extend(batch)
        self._give_back()
        self._closed = True
        self._hearer.wake()

    # ---- feeding

    def _most_here(self) -> int:
        """Parts under way, and as many again that wait; while it has to show that it goes again, one request's."""
        return self._batch if self._backing.tries else 2 * self._batch * self._settings.concurrency

    def _most_flights(self) -> int:
        return 1 if self._backing.tries else self._settings.concurrency

    async def _load(self, message: OutgoingMessage) -> None:
        """With its picture it waits for its turn; one that is gone cannot be sent any more."""
        result: SendResult | None = Returned()
        try:
            picture = await self._pictures(message.first.picture)
            if picture is None:
                result = Rejected(PLATFORM_ERROR)
            else:
                result = self._take(OutgoingMessage(message.parts, picture))
        except StoreUnavailable:
            pass
        except Exception:  # the door of a connector
            log.exception("picture not loaded", action="link_failed", connector=self.name)
            result = _LATER
        finally:
            del self._loading[_this_task()]
            if result is not None:
                self._settle(message, result)
        self._feeder.wake()

    def _take(self, message: OutgoingMessage) -> SendResult | None:
        """Let it wait for its turn; else why not."""
        now = self._clock.now()
        if self._closing or now < self._backing.until():
            return Returned()
        try:
            unable = self.sending.unable(message)
        except Exception:  # the door of a connector
            log.exception("message not looked at", action="link_failed", connector=self.name)
            return _LATER
        if unable is None:
            if not self._waiting:
                self._since = now
            self._waiting.append(message)
        return unable

    async def _run(self, started: "asyncio.Future[None]") -> None:
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            started.set_result(None)
            for work in (self._feed, self._ask):
                tasks.create_task(self._keep_up(work), name=f"{work.__name__} {self.name}")

    async def _keep_up(self, work: Callable[[asyncio.TaskGroup], Awaitable[None]]) -> None:
        while self._tasks is not None:
            try:
                await work(self._tasks)
            except Exception:  # the door of a connector
                log.exception("link failed", action="link_failed", connector=self.name)
                await self._clock.sleep(_REST_S)

    async def _feed(self, tasks: asyncio.TaskGroup) -> None:
        """Let requests leave as long as there are some, and wait for more."""
        while True:
            await self._feeder.rest(self._launch(tasks))

    def _launch(self, tasks: asyncio.TaskGroup) -> float:
        """Send what may leave now; returns the seconds until more may, or infinity: once there is more."""
        now = self._clock.now()
        while self._waiting and len(self._flights) < self._most_flights():
            if self._pacing.allowed(now) < 1:
                return max(_FILL_S, self._pacing.next_at(now) - now)
            full = self._since + _FILL_S
            if self._batch > 1 and len(self._waiting) < self._batch and now < full:
                return full - now
            batch = self._next_batch()
            if not batch:
                return inf  # for who is under way to those recipients
            parts = sum(len(message.parts) for message in batch)
            self._pacing.left(parts, now)
            self._busy.update(message.first.recipient for message in batch)
            self._flights[tasks.create_task(self._fly(batch))] = batch
        return inf

    def _next_batch(self) -> list[OutgoingMessage]:
        """Those of the oldest that one request carries, but for recipients to whom something is under way."""
        free = [message for message in self._waiting if message.first.recipient not in self._busy]
        free = free[:_MOST_CARRIED]
        if not free:
            return []
        try:
            count = max(1, self.sending.fits(free))
        except Exception:  # the door of a connector
            log.exception("messages not measured", action="link_failed", connector=self.name)
            count = 1
        batch = free[:count]
        taken = set(map(id, batch))
        self._waiting = deque(message for message in self._waiting if id(message) not in taken)
        return batch

    async def _fly(self, batch: Sequence[OutgoingMessage]) -> None:
        """Send a request, and settle what it carried."""
        said: Sequence[Said] = ()
        left = False
        try:
            request = self.sending.ask(batch)
            left = True
            reply = await self._client.send(request)
            said = self._said(batch, reply)
        except Exception:  # the door of a connector
            log.exception("request failed", action="link_failed", connector=self.name)
        finally:
            del self._flights[_this_task()]
            self._busy -= Counter(message.first.recipient for message in batch)
            unsaid = self._unanswered() if left else _LATER
            for number, message in enumerate(batch):
                self._settle(message, said[number] if number < len(said) else unsaid)
        self._feeder.wake()

    def _unanswered(self) -> SendResult:
        return _AGAIN if self.sending.repeats_safely else Uncertain()

    def _said(self, batch: Sequence[OutgoingMessage], reply: Reply | NoReply) -> Sequence[Said]:
        """What a reply, or none, says of these messages, and of the link."""
        now = self._clock.now()
        if isinstance(reply, NoReply):
            self._backing.unreached(now)
            log.warning(
                "upstream does not answer",
                action="upstream_unreachable",
                connector=self.name,
                error=reply.error,
                sent=reply.sent,
            )
            self._give_back()
            return [self._unanswered() if reply.sent else Returned()] * len(batch)
        said = self.sending.hear(batch, reply)
        trouble = self.sending.trouble(reply)
        if trouble != self.trouble:
            if trouble:
                log.error(
                    "upstream takes nothing", action="upstream_troubled", connector=self.name, error=trouble
                )
            else:
                log.info("upstream takes messages again", action="upstream_well", connector=self.name)
            self.trouble = trouble
        if trouble:
            self._backing.troubled(now)
            self._give_back()
        else:
            self._backing.answered()
        return said

    def _give_back(self) -> None:
        """All that waits here: others may take it."""
        waiting, self._waiting = self._waiting, deque()
        for message in waiting:
            self._settle(message, Returned())

    # ---- what is heard

    def _settle(self, message: OutgoingMessage, said: Said) -> None:
        """Say of each part what became of it; whatever is said too little of is in doubt."""
        parts = message.parts
        self._here -= len(parts)
        results: Sequence[SendResult]
        if isinstance(said, tuple):
            results = (*said[: len(parts)], *[self._unanswered()] * (len(parts) - len(said)))
        else:
            results = [said] * len(parts)
        self._heard += [Settled(part.id, result) for part, result in zip(parts, results, strict=True)]
        now = self._clock.now()
        for part, result in zip(parts, results, strict=True):
            match result:
                case Sent(remote_id):
                    self._pacing.taken(1, now)
                    if remote_id and self.sending.most_asked:
                        left_at = micros(self._clock.at())
                        self._asking.add(Away(part.id, remote_id, part.recipient, left_at), now)
                case Deferred(error) if error == _QUEUE_FULL:
                    self._pacing.throttled(now)
                case Deferred() | Rejected() | Uncertain() | Returned():
                    pass
                case _:
                    assert_never(result)
        self._asker.wake()
        self._hearer.wake()

    # ---- asking

    async def _ask(self, tasks: asyncio.TaskGroup) -> None:
        """Ask for states as they come due."""
        while True:
            now = self._clock.now()
            due = self._asking.next_due()
            free = self._questions < self._settings.concurrency
            if due is None or not free:
                await self._asker.rest()
            elif due > now:
                await self._asker.rest(due - now)
            else:
                taken = self._asking.take(self.sending.most_asked, now, micros(self._clock.at()))
                if taken:
                    self._questions += 1
                    tasks.create_task(self._question(taken))

    async def _question(self, taken: Sequence[Away]) -> None:
        """Ask for the states of these. Where there is no reply, whoever asks next waits a little."""
        told: Sequence[Settled | Receipt] = ()
        pause = 0.0
        try:
            reply = await self._client.send(self.sending.poll(taken))
            if isinstance(reply, NoReply):
                pause = reconnect_after(1, self._chance())
            else:
                told = self.sending.told(taken, reply, self._clock.at())
        except Exception:  # the door of a connector
            log.exception("states not asked for", action="link_failed", connector=self.name)
            pause = _REST_S
        self._heard += self._asking.hear(taken, told, self._clock.now(), micros(self._clock.at()))
        self._hearer.wake()
        if pause:
            await self._clock.sleep(pause)
        self._questions -= 1
        self._asker.wake()


def _this_task() -> "asyncio.Task[None]":
    task = asyncio.current_task()
    assert task is not None
    return task
