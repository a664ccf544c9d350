"""A scripted SMSC in this process, on a real socket: tests say what it answers, and when.

Nothing waits longer than `PATIENCE_S` for the other side; nothing sleeps.
"""

import asyncio
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TypeVar

import msgspec

from gonets.connectors.smpp import Smpp, SmppSettings
from gonets.model.message import Channel, Encoding, MessageId, Outgoing, PartId
from gonets.model.results import Event, Inbound, Receipt, SendResult, Settled
from gonets.wire.smpp.codec import encode
from gonets.wire.smpp.codes import ESM_RECEIPT, Status
from gonets.wire.smpp.events import Closed, Refused, Unanswered, Unexpected, Unreadable
from gonets.wire.smpp.pdu import Bind, DeliverSm, Pdu, SubmitSm, SubmitSmResp, Tlv, answer_to
from gonets.wire.smpp.roles import Role, State
from gonets.wire.smpp.session import Limits, Session
from gonets.wire.smpp.timers import Timers
from tests.clocks import TravelClock

T = TypeVar("T")

PATIENCE_S: Final = 20.0
_TURNS: Final = 100_000
_UNTIMED: Final = Limits(10_000, 10_000, Timers(None, None, None, None))


async def until(condition: Callable[[], T]) -> T:
    """Let everything run until this is true."""
    for _ in range(_TURNS):
        found = condition()
        if found:
            return found
        await asyncio.sleep(0)
    raise AssertionError("it never came true")


class Peer(asyncio.Protocol):
    """One connection of the SMSC."""

    def __init__(self, smsc: "Smsc") -> None:
        self.smsc = smsc
        self.session = Session(Role.SMSC, 0.0, _UNTIMED)
        self.bind: Bind | None = None
        self.submitted: asyncio.Queue[SubmitSm] = asyncio.Queue()
        """What came and was not looked at yet."""
        self.answered: asyncio.Queue[Pdu] = asyncio.Queue()
        """Answers to what was delivered."""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.smsc.peers.append(self)

    def data_received(self, data: bytes) -> None:
        for event in self.session.receive(data, 0.0):
            match event:
                case Bind():
                    self.bind = event
                    self.smsc.answer_bind(self, event)
                case SubmitSm():
                    self.submitted.put_nowait(event)
                case Closed() | Refused() | Unanswered() | Unexpected() | Unreadable():
                    self.smsc.odd.append(event)
                case _:
                    self.answered.put_nowait(event)
        self.flush()
        if self.session.state is State.CLOSED and self._transport is not None:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.session.gone()
        if not self.ended.done():
            self.ended.set_result(None)

    # ---- what tests do

    async def gets(self) -> SubmitSm:
        """The next message."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.submitted.get()

    async def hears(self) -> Pdu:
        """The next answer to what it delivered."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.answered.get()

    async def ends(self) -> None:
        """Until the connection is over."""
        async with asyncio.timeout(PATIENCE_S):
            await self.ended

    def take(self, submit: SubmitSm, message_id: str) -> None:
        """It is taken."""
        self.answers(SubmitSmResp(submit.sequence_number, message_id=message_id))

    def refuse(self, submit: SubmitSm, status: int) -> None:
        self.answers(SubmitSmResp(submit.sequence_number, status))

    def answers(self, response: Pdu) -> None:
        self.session.answer(response)
        self.flush()

    def deliver(self, request: Pdu) -> int:
        """Hand something over; its sequence_number."""
        number = self.session.ask(request, 0.0)
        self.flush()
        return number

    def report(
        self,
        message_id: str,
        stat: str = "DELIVRD",
        recipient: str = "79161234567",
        tlvs: tuple[Tlv, ...] = (),
    ) -> int:
        """Hand over a receipt."""
        dates = "submit date:2611251820 done date:2611251821"
        text = f"id:{message_id} sub:001 dlvrd:001 {dates} stat:{stat} err:006 text:"
        return self.deliver(
            DeliverSm(source_addr=recipient, esm_class=ESM_RECEIPT, short_message=text.encode(), tlvs=tlvs)
        )

    def writes(self, data: bytes) -> None:
        """Octets as they are."""
        assert self._transport is not None
        self._transport.write(data)

    def drop(self) -> None:
        """Cut the connection."""
        assert self._transport is not None
        self._transport.abort()

    def flush(self) -> None:
        octets = self.session.octets()
        if octets and self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)


class Smsc:
    """Listens; `async with Smsc() as smsc`."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.peers: list[Peer] = []
        """Every connection there was."""
        self.odd: list[object] = []
        """What sessions complained of, and how they ended."""
        self.bind_status: int = Status.ESME_ROK
        """What binds are answered with; -1: nothing at all."""
        self.port = 0
        self._context = context
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Peer(self), "127.0.0.1", self.port, ssl=self._context
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for peer in self.peers:
            if not peer.ended.done():
                peer.drop()
                await peer.ended

    def answer_bind(self, peer: Peer, bind: Bind) -> None:
        if self.bind_status >= 0:
            peer.session.answer(answer_to(bind.command_id, bind.sequence_number, self.bind_status))

    async def connected(self, count: int = 1) -> list[Peer]:
        """So many connections, all of them bound."""
        await until(lambda: [p.bind for p in self.peers].count(None) == 0 and len(self.peers) >= count)
        return self.peers


class Wired:
    """An SMSC and a link to it, under a clock that only moves when a test says so; what the link says is collected."""

    def __init__(
        self, smsc: Smsc | None = None, *, lines: int = 1, bound: bool = True, **settings: object
    ) -> None:
        self.smsc = smsc or Smsc()
        self.clock = TravelClock()
        self.heard: list[Event] = []
        self.acknowledges = True
        self._settings = settings
        self._lines = lines
        self._bound = bound
        self._hearing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.smsc.__aenter__()
        settings = {"host": "127.0.0.1", "port": self.smsc.port, "system_id": "gonets", "password": "secret"}
        self.link = Smpp(
            "alpha", msgspec.convert({**settings, **self._settings}, SmppSettings), self.clock, lambda: 0.0
        )
        await self.link.start()
        self._hearing = asyncio.create_task(self._hear())
        if self._bound:
            await self.up(self._lines)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.link.close()
        assert self._hearing is not None
        await self._hearing
        await self.smsc.__aexit__(kind, error, trace)

    async def _hear(self) -> None:
        while events := await self.link.hear():
            self.heard += events
            if self.acknowledges:
                self.link.acknowledge(events)

    async def up(self, connections: int = 1) -> Peer:
        """The newest connection, once so many were made and parts may be sent."""
        await self.smsc.connected(connections)
        await until(lambda: self.link.window()[1] > 0)
        return self.smsc.peers[-1]

    @property
    def peer(self) -> Peer:
        return self.smsc.peers[-1]

    def results(self) -> dict[int, list[SendResult]]:
        """What was said of each part, in order."""
        found: dict[int, list[SendResult]] = {}
        for event in self.heard:
            if isinstance(event, Settled):
                found.setdefault(event.part, []).append(event.result)
        return found

    def receipts(self) -> list[Receipt]:
        return [event for event in self.heard if isinstance(event, Receipt)]

    def inbound(self) -> list[Inbound]:
        return [event for event in self.heard if isinstance(event, Inbound)]

    async def settled(self, *parts: int) -> list[SendResult]:
        """The only result of each of these parts, once all have one."""
        await until(lambda: all(part in self.results() for part in parts))
        results = self.results()
        assert all(len(results[part]) == 1 for part in parts), results
        return [results[part][0] for part in parts]


def part(part_id: int, recipient: str = "79161234567", text: str = "Hello", **rest: object) -> Outgoing:
    """A message of one part, unless told otherwise."""
    facts: dict[str, object] = {
        "message": MessageId(part_id),
        "number": 1,
        "total": 1,
        "sender": "Gonets",
        "encoding": Encoding.GSM7,
        "attempts": 1,
        "expires_at": None,
        "channel": Channel.SMS,
    }
    return Outgoing(id=PartId(part_id), recipient=recipient, text=text, **{**facts, **rest})  # type: ignore[arg-type]


def octets(*given: Pdu) -> bytes:
    out = bytearray()
    for each in given:
        encode(out, each)
    return bytes(out)
