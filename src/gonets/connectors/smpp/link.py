"""An SMPP upstream as a connector: any number of sessions, fed evenly, opened again when they end.

Theory of operation
-------------------

Parts wait here only for their turn: at most what the windows of the open sessions have room for, and at most one
second's worth of the rate. Whatever waits when its session ends goes to another one; where there is none it was
certainly not sent and goes back at once: another link may take it. Whatever was written and not answered is uncertain.

*Order.* All parts of one recipient that are here at the same time go through one session, in the order in which they
came. What the upstream puts off goes back to the store and may be overtaken by what is sent meanwhile: the
connector does not retry.

*Acknowledging.* A deliver_sm is answered when what it says is durable, and at once where it says nothing that has
to be kept.

*Asking.* What the upstream has taken and not reported on is asked after where the link is set so (`querying`).

*Pace.* `rules.pacing` decides; the answers teach it.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from math import ceil, inf
from random import random
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import structlog

from gonets.connectors.smpp.connection import Connection
from gonets.connectors.smpp.ids import IdForms
from gonets.connectors.smpp.incoming import event_of
from gonets.connectors.smpp.outgoing import Writer
from gonets.connectors.smpp.querying import Asked, Queries, is_unknown_question
from gonets.connectors.smpp.settings import BindMode, SmppSettings
from gonets.model.message import Outgoing
from gonets.model.results import Deferred, Event, Receipt, Returned, SendResult, Sent, Settled, Uncertain
from gonets.model.times import micros
from gonets.ports.clock import Clock
from gonets.ports.stores import Away
from gonets.rules.pacing import Pacing, reconnect_after
from gonets.wire.smpp.codes import Status
from gonets.wire.smpp.pdu import DataSm, DeliverSm, Pdu, QuerySmResp
from gonets.wire.smpp.roles import Mode

_MODES: Final = {
    BindMode.TRANSCEIVER: (Mode.TRANSCEIVER,),
    BindMode.PAIR: (Mode.TRANSMITTER, Mode.RECEIVER),
}
_NOT_SENT: Final = Returned()
_LOOK_S: Final = 1.0
"""Between two looks at what is due."""
_SOON_S: Final = 0.002
_MOST_TOLD: Final = 8
"""Receipts about one recipient that may have to be told again."""
_PARTING_S: Final = 1.0
"""For what was heard to be written before the sessions are ended, and then for the upstream to agree."""

log = structlog.get_logger()


class _Owed(NamedTuple):
    """An answer to a deliver_sm or data_sm."""

    event: Event
    connection: Connection
    command_id: int
    sequence_number: int


class _Home:
    """The session that a recipient's parts go through while some of them are here."""

    __slots__ = ("line", "parts", "told")

    def __init__(self, line: "Line") -> None:
        self.line = line
        self.parts = 0
        self.told: deque[Receipt] = deque(maxlen=_MOST_TOLD)
        """Receipts about that recipient since then."""


class Line:
    """A session that is kept open: one connection after another."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        self.connection: Connection | None = None
        self.waiting: deque[Outgoing] = deque()
        """Parts for its next turn."""

    @property
    def sends(self) -> bool:
        return self.connection is not None and self.connection.sends

    @property
    def load(self) -> int:
        """Parts that wait for their turn or for their answers."""
        return len(self.waiting) + (0 if self.connection is None else len(self.connection.sent))

    @property
    def busy(self) -> int:
        """Those, and the questions that wait for theirs."""
        return self.load + (0 if self.connection is None else len(self.connection.asked))


class Smpp:
    """Implements `ports.edges.Connector` and `ports.edges.Following`."""

    def __init__(
        self, name: str, settings: SmppSettings, clock: Clock, chance: Callable[[], float] = random
    ) -> None:
        """`chance` gives numbers in [0, 1), which spread reconnections."""
        self.name = name
        self.whole = False
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._writer = Writer(settings)
        self._ids = IdForms(settings.ids)
        self._queries = Queries(settings.query_after)
        self._zone = ZoneInfo(settings.zone)
        self._pacing = Pacing(settings.window, settings.rate, clock.now())
        self._lines = [Line(mode) for mode in _MODES[settings.bind] for _ in range(settings.binds)]
        self._senders = [line for line in self._lines if line.mode is not Mode.RECEIVER]
        self._homes: dict[str, _Home] = {}
        self._context = _tls_context(settings) if settings.tls else None
        self._running: asyncio.Task[None] | None = None
        self._closing = self._closed = False
        self._heard: list[Event] = []
        self._hearer: asyncio.Future[None] | None = None
        self._owed: dict[int, _Owed] = {}  # by the id() of the event, which it holds
        self._settled: asyncio.Future[None] | None = None  # done once nothing is owed any more
        self._looker: asyncio.Future[None] | None = None

    # ---- the port

    async def start(self) -> None:
        self._running = asyncio.create_task(self._run(), name=f"link {self.name}")

    def room(self) -> int:
        if self._closing:
            return 0
        now = self._clock.now()
        window = self._pacing.window(now)
        here = sum(line.busy for line in self._senders)
        room = window * sum(line.sends for line in self._senders) - here
        rate = self._pacing.rate(now)
        if rate < inf:
            room = min(room, ceil(rate) - sum(len(line.waiting) for line in self._senders))
        return max(0, room)

    def window(self) -> tuple[int, int]:
        size = self._pacing.window(self._clock.now()) * sum(line.sends for line in self._senders)
        return sum(line.load for line in self._senders), size

    def send(self, parts: Sequence[Outgoing]) -> None:
        for part in parts:
            self._wait_in_line(part)
        self._feed()
        self._wake()

    async def hear(self) -> Sequence[Event]:
        while not self._heard and not self._closed:
            self._hearer = asyncio.get_running_loop().create_future()
            try:
                await self._hearer
            finally:
                self._hearer = None
        heard, self._heard = self._heard, []
        return heard

    def acknowledge(self, events: Sequence[Event]) -> None:
        self._answer(events, Status.ESME_ROK)

    def refuse(self, events: Sequence[Event]) -> None:
        self._answer(events, Status.ESME_RX_T_APPN)

    def follow(self, away: Sequence[Away]) -> None:
        """Ask after these too, when their time has come; not after those that were never answered: they have no id."""
        now, at = self._clock.now(), micros(self._clock.at())
        for each in away:
            if each.remote_id:
                asked = Asked(each.part, each.remote_id, each.recipient)
                self._queries.took(asked, now, (at - each.left_at) / 1_000_000)

    async def close(self) -> None:
        """Parts that were not written are put off, those not answered by now are uncertain."""
        self._closing = True
        for line in self._lines:
            self._put_off(line)
        self._wake()
        if self._owed:
            self._settled = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._settled], timeout=_PARTING_S)
        open_ones = [line.connection for line in self._lines if line.connection is not None]
        for connection in open_ones:
            connection.part()
        if open_ones:
            await asyncio.wait([each.ended for each in open_ones], timeout=_PARTING_S)
        for connection in open_ones:
            connection.abort()
        if open_ones:
            await asyncio.wait([each.ended for each in open_ones])
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        self._closed = True
        self._wake()

    # ---- feeding

    def _wait_in_line(self, part: Outgoing) -> None:
        home = self._homes.get(part.recipient)
        if home is None or not home.line.sends:
            line = min((line for line in self._senders if line.sends), key=_load, default=None)
            if line is None or self._closing:
                self._settle(part, _NOT_SENT)
                return
            if home is None:
                home = self._homes[part.recipient] = _Home(line)
            home.line = line
        home.parts += 1
        home.line.waiting.append(part)

    def _feed(self) -> None:
        """Write what windows and rate have room for."""
        now = self._clock.now()
        allowed = self._pacing.allowed(now)
        window = self._pacing.window(now)
        for line in self._senders:
            connection = line.connection
            if not line.waiting or connection is None or not connection.sends:
                continue
            count = int(min(len(line.waiting), window - connection.busy, allowed))
            if count > 0:
                allowed -= count
                self._pacing.left(count, now)
                connection.send([line.waiting.popleft() for _ in range(count)])
        if self._heard:
            self._let_hear()

    def _ask(self) -> None:
        """Ask after parts whose receipts are late, with at most half of the room that no part has a use for."""
        if not self._queries.asks:
            return
        now = self._clock.now()
        window = self._pacing.window(now)
        for line in self._senders:
            connection = line.connection
            if connection is None or not connection.sends or line.waiting or connection.asked:
                continue
            room = min(window - connection.busy, connection.session.room())
            due = self._queries.due(now, (room + 1) // 2)
            if due:
                connection.query(due)

    def _left(self, part: Outgoing) -> None:
        """One part of its recipient less is here."""
        home = self._homes.get(part.recipient)
        if home is not None:
            home.parts -= 1
            if home.parts <= 0:
                del self._homes[part.recipient]

    def _put_off(self, line: Line) -> None:
        """What waits in a line leaves it: for another, or back into the store."""
        waiting, line.waiting = line.waiting, deque()
        for part in waiting:
            self._left(part)
        for part in waiting:
            self._wait_in_line(part)

    def _settle(self, part: Outgoing, result: SendResult) -> None:
        self._heard.append(Settled(part.id, result))

    # ---- what connections tell

    def answered(
        self, connection: Connection, part: Outgoing, result: SendResult, answer: Pdu | None
    ) -> None:
        home = self._homes.get(part.recipient)
        self._left(part)
        self._settle(part, result)
        now = self._clock.now()
        match result:
            case Sent(remote_id):
                self._pacing.taken(1, now)
                self._heard.extend(self._ids.answered(remote_id, part.recipient))
                if self._queries.asks:
                    source = self._writer.source(part)
                    self._queries.took(Asked(part.id, remote_id, part.recipient, source), now)
            case Deferred() if answer is not None:
                if answer.command_status == Status.ESME_RTHROTTLED:
                    self._pacing.throttled(now)
                elif answer.command_status == Status.ESME_RMSGQFUL:
                    self._pacing.full(now)
            case Uncertain() if home is not None:
                # A receipt may have come over another session while the answer was still waited for, and was about
                # nothing that was known then. It ends the doubt now.
                self._heard.extend(msgspec.structs.replace(each) for each in home.told)
            case _:
                pass

    def queried(self, asked: Asked, answer: Pdu | None) -> None:
        if answer is None or not self._queries.asks:
            return
        if is_unknown_question(answer):
            self._queries.stop()
            log.warning("upstream knows no query_sm", action="queries_stopped", connector=self.name)
        elif isinstance(answer, QuerySmResp):
            news = self._queries.news(asked, answer, self._clock.at())
            if news is not None:
                self._heard.append(news)

    def delivered(self, connection: Connection, request: DeliverSm | DataSm) -> None:
        event = event_of(request, self._clock.at(), self._zone)
        if event is None:
            connection.answer(request.command_id, request.sequence_number)
            return
        events: Sequence[Event] = self._ids.reported(event) if isinstance(event, Receipt) else (event,)
        # It is answered once the last of them is durable, which is the one that it says itself.
        last = events[-1]
        for each in events:
            if isinstance(each, Receipt):
                self._queries.told(each)
        if isinstance(last, Receipt) and last.recipient in self._homes:
            self._homes[last.recipient].told.append(last)
        self._owed[id(last)] = _Owed(last, connection, request.command_id, request.sequence_number)
        self._heard.extend(events)

    def turned(self) -> None:
        for line in self._senders:
            if line.waiting and not line.sends:
                self._put_off(line)
        self._feed()
        self._ask()

    def _answer(self, events: Sequence[Event], status: int) -> None:
        if not self._owed:
            return
        written: dict[int, Connection] = {}
        for event in events:
            owed = self._owed.pop(id(event), None)
            if owed is not None:
                owed.connection.answer(owed.command_id, owed.sequence_number, status)
                written[id(owed.connection)] = owed.connection
        for connection in written.values():
            connection.flush()
        if not self._owed and self._settled is not None and not self._settled.done():
            self._settled.set_result(None)

    # ---- running

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for line in self._lines:
                tasks.create_task(self._keep_up(partial(self._keep, line)), name=f"line {self.name}")
            tasks.create_task(self._keep_up(self._look), name=f"timers {self.name}")

    async def _keep_up(self, work: Callable[[], Awaitable[None]]) -> None:
        while not self._closing:
            try:
                await work()
            except Exception:  # the door of a connector
                log.exception("link failed", action="link_failed", connector=self.name)
                await self._clock.sleep(_LOOK_S)

    async def _keep(self, line: Line) -> None:
        """Open a line, and open it again when it ends."""
        failures = 0
        while not self._closing:
            connection = await self._connect(line)
            if connection is None:
                failures += 1
            else:
                line.connection = connection
                self._wake()
                await connection.ended
                line.connection = None
                self._put_off(line)
                self.turned()
                failures = 0 if connection.was_bound else failures + 1
            await self._clock.sleep(reconnect_after(failures, self._chance()))

    async def _connect(self, line: Line) -> Connection | None:
        settings = self._settings
        connection = Connection(self, line.mode, settings, self._writer, self._clock)
        try:
            async with asyncio.timeout(settings.connect_timeout):
                await asyncio.get_running_loop().create_connection(
                    lambda: connection,
                    settings.host,
                    settings.port,
                    ssl=self._context,
                    server_hostname=(settings.server_name or settings.host) if settings.tls else None,
                )
        except (OSError, TimeoutError, UnicodeError) as error:
            connection.abort()
            log.warning(
                "upstream cannot be reached",
                action="upstream_unreachable",
                connector=self.name,
                error=str(error) or type(error).__name__,
            )
            return None
        except asyncio.CancelledError:
            connection.abort()
            raise
        return connection

    async def _look(self) -> None:
        """Let timers run, and feed what the rate has held back."""
        while True:
            now = self._clock.now()
            due = now + _LOOK_S
            for line in self._lines:
                connection = line.connection
                if connection is not None:
                    if connection.session.due() <= now:
                        connection.tick(now)
                    due = min(due, connection.session.due())
            self._feed()
            self._ask()
            due = min(due, max(self._queries.next_at(), now + _SOON_S * 50))
            if any(line.waiting for line in self._senders):
                due = min(due, self._pacing.next_at(now))
            await self._rest(max(_SOON_S, due - now))

    async def _rest(self, seconds: float) -> None:
        """Return after that time, or when something new waits."""
        self._looker = looker = asyncio.get_running_loop().create_future()
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        timer.add_done_callback(lambda _: _done(looker))
        try:
            await looker
        finally:
            self._looker = None
            timer.cancel()

    def _wake(self) -> None:
        if self._looker is not None and any(line.waiting for line in self._senders):
            _done(self._looker)
        if self._heard or self._closed:
            self._let_hear()

    def _let_hear(self) -> None:
        if self._hearer is not None:
            _done(self._hearer)


def _load(line: Line) -> int:
    return line.load


def _tls_context(settings: SmppSettings) -> ssl.SSLContext:
    """Verifies the upstream. Raises OSError or ValueError where the CA file cannot be used."""
    return ssl.create_default_context(cafile=settings.ca_file or None)


def _done(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)
