"""The SMPP side of `gonets smsc`: listening, and one connection as the asyncio shell round `wire.smpp.session`.

What one read brings is judged together, kept in the journal, and answered by one write. Refused: submit_multi,
query_sm, cancel_sm and replace_sm, each with the command_status that says so.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final, cast

import msgspec

from gonets.cli.smsc import journal
from gonets.cli.smsc.faults import Fate
from gonets.cli.smsc.network import UNKNOWN, Network, Report, Telling, Verdict, state_of
from gonets.model.times import micros
from gonets.servers.sockets import BACKLOG, bound
from gonets.wire.smpp import tlvs
from gonets.wire.smpp.codes import INTERFACE_VERSION, Command, Status, Tag
from gonets.wire.smpp.events import Closed, Event, Refused, Unanswered, Unreadable
from gonets.wire.smpp.pdu import (
    Bind,
    BindResp,
    CancelSm,
    DataSm,
    DataSmResp,
    DeliverSmResp,
    GenericNack,
    Pdu,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
    answer_to,
)
from gonets.wire.smpp.roles import Mode, Role, State
from gonets.wire.smpp.session import Limits, Session

SYSTEM_ID: Final = "gonets-smsc"
"""What we say of ourselves in the answer to a bind."""

_TICK_S: Final = 0.5
_GRACE_S: Final = 1.0
"""For clients to agree to the end."""
_RECEIPTS: Final = 1_000
"""Unanswered on one session at most."""

_NOT_DONE: Final = {
    Command.SUBMIT_MULTI: Status.ESME_RINVCMDID,
    Command.QUERY_SM: Status.ESME_RQUERYFAIL,
    Command.CANCEL_SM: Status.ESME_RCANCELFAIL,
    Command.REPLACE_SM: Status.ESME_RREPLACEFAIL,
}


class Connection(asyncio.Protocol):
    """One connection; `network.Receiver` while a receiver or transceiver is bound on it."""

    def __init__(self, network: Network, lines: "set[Connection]", window: int) -> None:
        """`lines`: all connections there are. `window`: messages that may wait for their answers."""
        self._network = network
        self._lines = lines
        self._transport: asyncio.Transport | None = None
        self.session = Session(Role.SMSC, time.monotonic(), Limits(_RECEIPTS, window))
        self.ended = asyncio.get_running_loop().create_future()
        """Done when the connection is."""
        self._number = 0
        self._system_id = ""
        self._full = False
        self._telling: dict[int, Telling] = {}
        """Receipts that wait for their answers, by sequence_number."""
        self._untold: deque[Telling] = deque()

    # ---- the socket's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._lines.add(self)
        self._network.counts.connections += 1
        self._number = self._network.counts.connections

    def data_received(self, data: bytes) -> None:
        self._handle(self.session.receive(data, time.monotonic()))

    def pause_writing(self) -> None:
        self._full = True
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._full = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        self._go_on()

    def connection_lost(self, error: Exception | None) -> None:
        self._handle(self.session.gone())
        self._transport = None
        self._lines.discard(self)
        self.ended.set_result(None)

    # ---- what the server does

    def tick(self, now: float) -> None:
        """Do what is due."""
        if self.session.due() <= now:
            self._handle(self.session.tick(now))

    def part(self) -> None:
        """Say goodbye."""
        self._handle(self.session.unbind(time.monotonic()))

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    # ---- events

    def _handle(self, events: Sequence[Event]) -> None:
        messages: list[SubmitSm | DataSm] = []
        heard: list[tuple[int, int]] = []
        for event in events:
            match event:
                case SubmitSm() | DataSm():
                    messages.append(event)
                case DeliverSmResp() | DataSmResp() | GenericNack():
                    heard.append((event.sequence_number, event.command_status))
                case Bind():
                    self._bind(event)
                case SubmitMulti() | QuerySm() | CancelSm() | ReplaceSm():
                    self._network.counts.not_done += 1
                    status = _NOT_DONE[Command(event.command_id)]
                    self._answer(answer_to(event.command_id, event.sequence_number, status))
                case Unanswered() | Unreadable():
                    self._tell_again(event.sequence_number)
                case Refused():
                    self._network.counts.malformed += 1
                case Closed(why):
                    self._closed(why.value)
                case _:
                    continue  # an answer to nothing
        if heard:
            self._heard(heard)
        if messages:
            self._take(messages)
        self._flush()

    def _bind(self, bind: Bind) -> None:
        counts = self._network.counts
        status = self._network.welcomes(bind)
        self._keep_one(
            journal.Bound(_at(), self._number, bind.system_id, Command(bind.command_id).name.lower(), status)
        )
        answer = answer_to(bind.command_id, bind.sequence_number, status)
        assert isinstance(answer, BindResp)
        version = (
            (tlvs.tlv(Tag.SC_INTERFACE_VERSION, INTERFACE_VERSION),)
            if bind.interface_version >= INTERFACE_VERSION
            else ()
        )
        self._answer(msgspec.structs.replace(answer, system_id=SYSTEM_ID, tlvs=version))
        if self.session.state is not State.BOUND:
            counts.binds_refused += 1
            return
        counts.binds += 1
        self._system_id = bind.system_id
        self._flush()
        if self.listens:
            self._network.join(bind.system_id, self)

    def _closed(self, why: str) -> None:
        if self.session.mode is not None:
            self._network.leave(self._system_id, self)
            self._keep_one(journal.Ended(_at(), self._number, why))
            untold = [*self._telling.values(), *self._untold]
            self._telling.clear()
            self._untold.clear()
            if untold:
                self._network.counts.receipts_again += len(untold)
                self._network.tell(self._system_id, untold)
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        octets = self.session.octets()
        if octets and self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)

    # ---- messages

    def _take(self, messages: Sequence[SubmitSm | DataSm]) -> None:
        verdicts = self._network.judge(messages)
        if self._network.keeps:
            at = _at()
            self._network.keep(
                [
                    journal.submitted(
                        verdict.message,
                        at=at,
                        session=self._number,
                        system_id=self._system_id,
                        fate=verdict.fate,
                        command_status=verdict.command_status,
                        message_id=verdict.answered,
                    )
                    for verdict in verdicts
                ]
            )
        delay = self._network.faults.delay
        if delay:
            asyncio.get_running_loop().call_later(delay, self._settle, verdicts)
        else:
            self._settle(verdicts)

    def _settle(self, verdicts: Sequence[Verdict]) -> None:
        """Answer, with receipts before or after; what was taken is reported whatever has become of the session."""
        self._network.report(verdicts, self._system_id, self, first=True)
        for verdict in verdicts:
            number = verdict.message.sequence_number
            match verdict.fate:
                case Fate.DROPPED:
                    self._drop()
                    break
                case Fate.NACKED:
                    self._answer(GenericNack(number, verdict.command_status))
                case Fate.LOST:
                    self._waive(verdict.message)
                case _:
                    self._answer(self._answer_to(verdict))
                    if verdict.fate is Fate.DROPPED_AFTER:
                        self._drop()
        self._flush()
        self._network.report(verdicts, self._system_id, self, first=False)

    def _answer_to(self, verdict: Verdict) -> Pdu:
        kind = SubmitSmResp if isinstance(verdict.message, SubmitSm) else DataSmResp
        unknown = UNKNOWN if self._network.faults.unknown_tlvs else ()
        return kind(verdict.message.sequence_number, verdict.command_status, unknown, verdict.answered)

    def _answer(self, answer: Pdu) -> None:
        if self.session.state is not State.CLOSED:
            self._handle_end(self.session.answer(answer))

    def _waive(self, message: Pdu) -> None:
        if self.session.state is not State.CLOSED:
            self._handle_end(self.session.waive(message))

    def _handle_end(self, events: Sequence[Event]) -> None:
        """The last answer that was owed may end a session."""
        if events:
            self._handle(events)

    def _drop(self) -> None:
        """End the connection, with no word of SMPP, once what was answered before has left."""
        self._flush()
        self._handle(self.session.gone())

    # ---- receipts

    @property
    def listens(self) -> bool:
        """Whether receipts can be sent over this."""
        return self.session.state is State.BOUND and self.session.mode is not Mode.TRANSMITTER

    def tell(self, reports: Sequence[Telling]) -> None:
        """See `network.Receiver`."""
        self._untold.extend(reports)
        self._go_on()

    def _go_on(self) -> None:
        if self._full or not self._untold:
            return
        now = time.monotonic()
        for _ in range(min(self.session.room(), len(self._untold))):
            report = self._untold.popleft()
            self._telling[self.session.ask(self._network.delivery(report), now)] = report
            if isinstance(report, Report):
                self._network.counts.receipts_sent += 1
        self._flush()

    def _heard(self, answers: Sequence[tuple[int, int]]) -> None:
        network = self._network
        lines: list[journal.Line] = []
        at = _at()
        for number, status in answers:
            report = self._telling.pop(number, None)
            if report is None:
                continue
            if network.keeps and isinstance(report, Report):
                lines.append(journal.told(at, self._number, report.message_id, state_of(report), status))
            if status:
                network.refused(self._system_id, report, status, self)
            elif isinstance(report, Report):
                network.counts.receipts_taken += 1
            else:
                network.counts.said_taken += 1
        if lines:
            network.keep(lines)
        self._go_on()

    def _tell_again(self, number: int) -> None:
        report = self._telling.pop(number, None)
        if report is not None:
            self._untold.append(report)
            if self.session.state is not State.CLOSED:
                self._network.counts.receipts_again += 1
                self._go_on()

    def _keep_one(self, line: journal.Line) -> None:
        if self._network.keeps:
            self._network.keep([line])


def _at() -> int:
    return micros(datetime.now(UTC))


@asynccontextmanager
async def listening(network: Network, host: str, port: int, window: int) -> AsyncIterator[int]:
    """Serve on a port, and give it; at the end say goodbye to all. Raises CannotListen."""
    loop = asyncio.get_running_loop()
    lines: set[Connection] = set()
    sock = bound(host, port)
    server = await loop.create_server(lambda: Connection(network, lines, window), sock=sock, backlog=BACKLOG)

    async def tick() -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            now = time.monotonic()
            for line in tuple(lines):
                line.tick(now)

    ticking = asyncio.create_task(tick())
    try:
        yield sock.getsockname()[1]
    finally:
        ticking.cancel()
        server.close()
        for line in tuple(lines):
            line.part()
        await _gone(lines, _GRACE_S)
        for line in tuple(lines):
            line.abort()
        await _gone(lines, _GRACE_S)


async def _gone(lines: set[Connection], at_most: float) -> None:
    """Wait for all connections to end, or that many seconds."""
    ended = [line.ended for line in lines]
    if ended:
        await asyncio.wait(ended, timeout=at_most)
