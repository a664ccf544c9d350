"""One connection to an upstream: a `wire.smpp` session with its octets carried, and the parts that wait in it.

What is written is written at once for all that came of one turn. A part is answered once; one whose answer did not
come in time is uncertain, and if the answer comes after all it is told then. Nothing that an upstream sends ends
the connection but a broken stream.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Protocol, cast

import structlog

from gonets.connectors.smpp.answers import result_of
from gonets.connectors.smpp.outgoing import Writer
from gonets.connectors.smpp.querying import Asked
from gonets.connectors.smpp.settings import SmppSettings
from gonets.model.message import Outgoing
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Rejected, Returned, SendResult, Uncertain
from gonets.model.times import micros
from gonets.ports.clock import Clock
from gonets.wire.smpp.codes import Command, Status, named, status_sentence
from gonets.wire.smpp.events import Closed, Event, NotNow, Refused, Unanswered, Unexpected, Unreadable
from gonets.wire.smpp.pdu import (
    BindReceiver,
    BindResp,
    BindTransceiver,
    BindTransmitter,
    DataSm,
    DeliverSm,
    GenericNack,
    Malformed,
    Pdu,
    QuerySm,
    QuerySmResp,
    SubmitSmResp,
    answer_to,
)
from gonets.wire.smpp.roles import Mode, Role, State
from gonets.wire.smpp.session import Limits, Session
from gonets.wire.smpp.timers import Timers

_BINDS: Final = {
    Mode.TRANSMITTER: BindTransmitter,
    Mode.RECEIVER: BindReceiver,
    Mode.TRANSCEIVER: BindTransceiver,
}
_THEIR_WINDOW: Final = 1000
"""Receipts and messages that may wait to become durable; beyond them the upstream is told to wait."""
_MOST_LATE: Final = 10_000
"""Parts whose answers are still recognised when they come late."""
_UNWRITABLE: Final = Rejected(PLATFORM_ERROR)
_NOT_SENT: Final = Returned()

log = structlog.get_logger()


class Owner(Protocol):
    """Whose connection it is."""

    name: str

    def answered(
        self, connection: "Connection", part: Outgoing, result: SendResult, answer: Pdu | None
    ) -> None:
        """What became of a part, and by which answer."""

    def queried(self, asked: Asked, answer: Pdu | None) -> None:
        """What the upstream says of a part that it was asked after; None: nothing that could be read."""

    def delivered(self, connection: "Connection", request: DeliverSm | DataSm) -> None:
        """The upstream hands something over; it is owed an answer."""

    def turned(self) -> None:
        """All of one turn was told."""


class Connection(asyncio.Protocol):
    """Made for each connection anew; `ended` is done when it is over."""

    def __init__(
        self, owner: Owner, mode: Mode, settings: SmppSettings, writer: Writer, clock: Clock
    ) -> None:
        self.mode = mode
        self.sent: dict[int, Outgoing] = {}
        """Parts that wait for their answers, by sequence_number."""
        self.asked: dict[int, Asked] = {}
        """Parts that the upstream is asked after, likewise."""
        self.was_bound = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timers = Timers(
            session_init=settings.connect_timeout,
            enquire_link=settings.enquire_after,
            inactivity=settings.enquire_after + 2 * settings.answer_timeout,
            response=settings.answer_timeout,
        )
        self.session = Session(Role.ESME, clock.now(), Limits(settings.window, _THEIR_WINDOW, timers))
        self._owner = owner
        self._settings = settings
        self._writer = writer
        self._clock = clock
        self._late: OrderedDict[int, Outgoing] = OrderedDict()
        self._transport: asyncio.Transport | None = None

    # ---- what the owner does

    @property
    def sends(self) -> bool:
        """Whether parts may be sent now."""
        return self.session.state is State.BOUND and self.mode is not Mode.RECEIVER

    def send(self, parts: Sequence[Outgoing]) -> None:
        """Write these, which the window has room for."""
        now, at = self._clock.now(), micros(self._clock.at())
        for part in parts:
            request = self._writer.pdu(part, at)
            if isinstance(request, Rejected):
                self._owner.answered(self, part, request, None)
                continue
            try:
                self.sent[self.session.ask(request, now)] = part
            except Malformed:
                self._owner.answered(self, part, _UNWRITABLE, None)
            except NotNow:
                self._owner.answered(self, part, _NOT_SENT, None)
        self.flush()

    @property
    def busy(self) -> int:
        """How much of the window is in use."""
        return len(self.sent) + len(self.asked)

    def query(self, parts: Sequence[Asked]) -> None:
        """Ask after these, which the window has room for."""
        now = self._clock.now()
        for part in parts:
            ton, npi, source = part.source
            try:
                self.asked[self.session.ask(QuerySm(0, 0, (), part.remote_id, ton, npi, source), now)] = part
            except (Malformed, NotNow):
                self._owner.queried(part, None)
        self.flush()

    def answer(self, command_id: int, sequence_number: int, status: int = Status.ESME_ROK) -> None:
        """Answer what was delivered; written by the next `flush`."""
        self._heard(self.session.answer(answer_to(command_id, sequence_number, status)))

    def tick(self, now: float) -> None:
        """Do what is due."""
        self._heard(self.session.tick(now))
        self._end_turn()

    def part(self) -> None:
        """Unbind; the connection ends when the upstream has agreed."""
        self._heard(self.session.unbind(self._clock.now()))
        self._end_turn()

    def abort(self) -> None:
        """End it at once."""
        if self._transport is not None:
            self._transport.abort()

    def flush(self) -> None:
        """Write all that is to be written."""
        octets = self.session.octets()
        if octets and self._transport is not None:
            self._transport.write(octets)

    # ---- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is of no class of asyncio's
        found = transport.get_extra_info("socket")
        if found is not None:
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        settings = self._settings
        bind = _BINDS[self.mode](
            system_id=settings.system_id,
            password=settings.password,
            system_type=settings.system_type,
            addr_ton=settings.addr_ton,
            addr_npi=settings.addr_npi,
            address_range=settings.address_range,
        )
        try:
            self.session.ask(bind, self._clock.now())
        except Malformed as wrong:
            log.error(
                "bind cannot be written", action="bind_refused", connector=self._owner.name, error=str(wrong)
            )
            self._transport.abort()
            return
        self.flush()

    def data_received(self, data: bytes) -> None:
        self._heard(self.session.receive(data, self._clock.now()))
        self._end_turn()

    def pause_writing(self) -> None:
        # Who does not read is not read from either: what we owe them would only pile up.
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._heard(self.session.gone())
        if not self.ended.done():
            self.ended.set_result(None)
        self._owner.turned()

    # ---- what is heard

    def _end_turn(self) -> None:
        if self.session.state is State.OPEN:
            self._heard(
                self.session.unbind(self._clock.now())
            )  # the bind was refused, or its answer unreadable
        self._owner.turned()
        self.flush()
        if self.session.state is State.CLOSED and self._transport is not None:
            self._transport.close()

    def _heard(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, SubmitSmResp | GenericNack | QuerySmResp):
                self._answered(event)
            elif isinstance(event, DeliverSm | DataSm):
                self._delivered(event)
            else:
                self._else(event)

    def _answered(self, answer: Pdu) -> None:
        part = self.sent.pop(answer.sequence_number, None)
        if part is not None:
            self._owner.answered(self, part, result_of(answer), answer)
            return
        asked = self.asked.pop(answer.sequence_number, None)
        if asked is not None:
            self._owner.queried(asked, answer)

    def _delivered(self, request: DeliverSm | DataSm) -> None:
        try:
            self._owner.delivered(self, request)
        except Exception:  # the door of a connector
            log.exception("delivery not understood", action="delivery_failed", connector=self._owner.name)
            self.answer(request.command_id, request.sequence_number, Status.ESME_RX_T_APPN)

    def _else(self, event: Event) -> None:
        name = self._owner.name
        match event:
            case BindResp(command_status=Status.ESME_ROK):
                self.was_bound = True
                log.info("bound", action="bound", connector=name, mode=self.mode.value, to=event.system_id)
            case BindResp(command_status=status):
                log.error(
                    "bind refused",
                    action="bind_refused",
                    connector=name,
                    status=named(Status, status),
                    error=status_sentence(status),
                )
            case Unanswered(_, number) | Unreadable(_, number, expected=True):
                self._unanswered(number)
            case Unexpected(answer):
                self._came_late(answer)
            case Closed(why, detail):
                log.info("session ended", action="session_ended", connector=name, why=why.value, error=detail)
            case Refused(command_id, _, status, detail):
                log.warning(
                    "request refused",
                    action="request_refused",
                    connector=name,
                    command=named(Command, command_id),
                    status=named(Status, status),
                    error=detail,
                )
            case _:
                pass  # an alert or an outbind, which nobody waits for; a broken answer to nothing

    def _unanswered(self, sequence_number: int) -> None:
        asked = self.asked.pop(sequence_number, None)
        if asked is not None:
            self._owner.queried(asked, None)
        part = self.sent.pop(sequence_number, None)
        if part is not None:
            self._late[sequence_number] = part
            if len(self._late) > _MOST_LATE:
                self._late.popitem(last=False)
            self._owner.answered(self, part, Uncertain(), None)

    def _came_late(self, answer: Pdu) -> None:
        if isinstance(answer, SubmitSmResp | GenericNack):
            part = self._late.pop(answer.sequence_number, None)
            if part is not None:
                self._owner.answered(self, part, result_of(answer), answer)
