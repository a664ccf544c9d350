"""What the load client of `gonets bench` says and hears: to and from its parent, and the gateway.

To the parent it speaks JSON lines, to the gateway HTTP/1.1 by hand (`bind` has SMPP), so that what is
measured is the gateway and not a client library. Refused (`LoadBroken`): an answer without a length, or more than was
asked for.
"""

import asyncio
import re
import socket
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final, Protocol, cast

import msgspec

STATUS_BATCH: Final = 100
"""Ids in one status request at most."""


class Wire(StrEnum):
    """Protocols that the load client speaks."""

    MFMS = "mfms"
    SMS2 = "sms2"
    SMSCLUB = "smsclub"
    SMSCLUB_XML = "smsclub-xml"
    SMSCLUB_SOAP = "smsclub-soap"
    OSONSMS = "osonsms"
    SMPP = "smpp"

    @property
    def protocol(self) -> str:
        """As the gateway names it: three of these are one protocol's."""
        return self.value.partition("-")[0]


class Upstream(StrEnum):
    """Where the gateway sends to."""

    SIMULATOR = "simulator"
    """The network in its own process."""
    SMPP = "smpp"
    """`gonets smsc` in a process of its own."""


class SinkOpen(msgspec.Struct, frozen=True, tag="sink"):
    """The port where statuses are heard, on 127.0.0.1."""

    port: int


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to send and how."""

    port: int
    """The gateway's, on 127.0.0.1."""
    path: str
    """Of MFMS, what comes before `/send` and `/status`: `/client/connector`."""
    login: str
    password: str
    count: int
    connections: int
    rate: float
    """Messages a second offered whatever the answers do; 0: the next request goes when an answer has come."""
    per_request: int
    push: bool
    """False: statuses are polled at the end."""
    patience_s: float
    """Seconds without any news until what is missing counts as lost."""
    protocol: Wire = Wire.MFMS
    window: int = 1
    """Requests in flight on each connection; more than one over SMPP only."""


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """So far."""

    answered: int
    final: int


class Report(msgspec.Struct, frozen=True, tag="report"):
    """What came of a load."""

    accepted: int
    refused: int
    """Messages that were answered by an error of the protocol."""
    malformed: int
    """Answers and pushes that were not of the protocol's form, and ids that were given before."""
    lost: int
    """Accepted and without a final status."""
    accept_s: float
    """From the first request to the last answer."""
    end_to_end_s: float
    """From the first request to the last final status."""
    p50_ms: float
    p99_ms: float
    longest_ms: float
    statuses: dict[str, int]
    """How many accepted messages ended in each final status."""
    cpu_s: float
    """Of this process, user and system."""
    examples: list[str]
    """A few refusals, malformed answers and lost ids, to look into."""


class Trouble(msgspec.Struct, frozen=True, tag="trouble"):
    """The load could not go on."""

    sentence: str


Line = SinkOpen | Progress | Report | Trouble
"""What the client says, one JSON object in a line."""


class LoadBroken(Exception):
    """The sentence says what the peer did."""


# ---- one connection to the gateway

_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)[ \t]*\r\n", re.IGNORECASE)


class Speaker(Protocol):
    """A connection as the load sees it: which messages it asks for, or was answered about."""

    transport: asyncio.Transport | None
    first: int
    """The number of the first."""
    size: int
    at: float
    """When the request was to go, `perf_counter` seconds."""

    def ask(self, request: bytes) -> None:
        """Write a request; its answer goes to the owner's `on_answer`."""


OnAnswer = Callable[[Any, bytes, bytes], None]
"""Gets the connection (a Speaker), the status in decimal digits and the body."""


class Talk(asyncio.Protocol):
    """A connection with one request in flight at most."""

    __slots__ = ("transport", "on_answer", "on_lost", "first", "size", "at", "_held")

    def __init__(self, on_answer: OnAnswer, on_lost: Callable[[], None]) -> None:
        self.transport: asyncio.Transport | None = None
        self.on_answer = on_answer
        self.on_lost = on_lost
        self.first = 0
        self.size = 0
        self.at = 0.0
        """When the request was to go, `perf_counter` seconds."""
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        hurry(transport)
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance

    def ask(self, request: bytes) -> None:
        """Write a request; its answer goes to `on_answer`."""
        assert self.transport is not None
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._held:
            data = self._held + data
        head = data.find(b"\r\n\r\n")
        if head >= 0:
            length = _LENGTH.search(data, 0, head + 2)
            if length is None or not data.startswith(b"HTTP/1.1 "):
                raise LoadBroken(f"the gateway answered {data[:120]!r}")
            end = head + 4 + int(length[1])
            if len(data) > end:
                raise LoadBroken(f"the gateway answered more than was asked: {data[end : end + 120]!r}")
            if len(data) == end:
                self._held = b""
                self.on_answer(self, data[9:12], data[head + 4 :])
                return
        self._held = data

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self.on_lost()


def hurry(transport: asyncio.BaseTransport) -> None:
    """Send small segments at once (RFC 1122 §4.2.3.4 lets them wait for more)."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


# ---- where statuses are heard

FINAL: Final = frozenset({b"delivered", b"undelivered", b"failed", b"cancelled"})
"""The protocol's words after which nothing more is expected."""

_PUSHED: Final = re.compile(
    rb"[?&]providerId(?:%5B|\[)\d+(?:%5D|\])=(\d+)&status(?:%5B|\[)\d+(?:%5D|\])=([a-z]+)"
)
_TOLD: Final = re.compile(rb'"message":(\d+),"status":"([a-z_]+)"')
"""The same in the JSON of a webhook."""
_TAKEN: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_NOT_TAKEN: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


class Sink:
    """The final status of every message that was told, and when the last new one was."""

    def __init__(self) -> None:
        self.final: dict[bytes, bytes] = {}
        self.malformed: list[str] = []
        self.last_at = 0.0
        self.on_news: Callable[[], None] = lambda: None

    def hear(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """(id, status word) of some messages; what is not final is not kept."""
        before = len(self.final)
        self.final.update(row for row in rows if row[1] in FINAL)
        if len(self.final) > before:
            self.last_at = time.perf_counter()
            self.on_news()


class SinkDoor(asyncio.Protocol):
    """One connection on which the gateway pushes statuses: any path, GET or a webhook's POST, pipelined or not."""

    __slots__ = ("_sink", "_transport", "_held")

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        hurry(transport)
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        data = self._held + data
        start = 0
        while (end := data.find(b"\r\n\r\n", start)) >= 0:
            line = data[start : data.index(b"\r\n", start)]
            length = _LENGTH.search(data, start, end + 2)
            after = end + 4 + (int(length[1]) if length else 0)
            if after > len(data):
                break
            rows = _PUSHED.findall(line) if line.startswith(b"GET ") else _TOLD.findall(data, end, after)
            if rows:
                self._sink.hear(rows)
                self._transport.write(_TAKEN)
            else:
                self._sink.malformed.append(f"a push was {line[:120]!r}")
                self._transport.write(_NOT_TAKEN)
            start = after
        self._held = data[start:]
