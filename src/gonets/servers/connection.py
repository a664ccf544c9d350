"""One HTTP connection, held to bounds that uvicorn's own protocol does not have.

uvicorn parses, queues pipelined requests and speaks ASGI; this class stands between it and the socket. It
keeps each of these from costing more than the request it belongs to:

- a head that is too long or never ends, a body that never ends, a peer that takes no answer, idle connections;
- thousands of requests in one packet: no more of a connection is parsed than may be waiting;
- input that is no HTTP: what was asked before it on the same connection is still answered, in order;
- half a connection closed by a client that is done asking and still listens.

`_stage` says how far the newest request was read and `_late_at` when that has taken too long; `overdue`,
called a few times a second for every connection, acts on it. No timer is made per request.

After a refusal the rest of what the peer sends is read and dropped for a moment before the socket closes:
closing with input unread makes the kernel reset the connection, and the peer would lose the answer.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

import httptools
import msgspec
import uvicorn
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from gonets.wire.http import Reply

_HEAD, _BODY, _DONE = range(3)
"""Of the newest request: inside its head, inside its body, all of it read (or there was none yet)."""

_PIECE: Final = 16 * 1024
"""Octets parsed at a time: between two pieces the queue of pipelined requests is looked at."""
_WAITING: Final = 16
"""Pipelined requests that may wait before more input is parsed."""
_FIELDS: Final = 100
"""Header fields of one request."""
_URL: Final = 65_535
"""The longest URL that httptools takes apart."""
_UNNAMED: Final = b"HTTP/1.1 599 \r\n"
_NAMED: Final = b"HTTP/1.1 599 Network Connect Timeout Error\r\n"
"""The same with the phrase that is usual where this status is used."""
_NO_ASCII: Final = re.compile(rb"[\x80-\xff]")
_UPGRADE: Final = re.compile(rb"\r\nupgrade:", re.IGNORECASE)


class Limits(msgspec.Struct, frozen=True):
    """What a connection may cost; sizes in octets, times in seconds."""

    payload: int = 64 * 1024
    """Query and body of a request together."""
    head: int = 64 * 1024
    """Request line and header fields together."""
    head_s: float = 30.0
    """From the first octet of a request, or from the connection, to the end of the request's head."""
    body_s: float = 30.0
    """From there to the end of its body."""
    idle_s: float = 75.0
    """Between an answer and the next request on the connection."""
    stuck_s: float = 30.0
    """While a peer takes nothing of its answer."""
    linger_s: float = 2.0
    """For dropping what a refused peer still sends."""
    grace_s: float = 10.0
    """For requests in flight when the server stops."""
    connections: int = 2_000
    """At a time; one more is answered with HTTP 503 and closed."""


class Traffic(ServerState):
    """What the connections of one server share."""

    def __init__(self, limits: Limits, too_long: Callable[[str], Reply]) -> None:
        """`too_long` answers a request whose query is over the limit; it gets the path, percent-decoded."""
        super().__init__()
        self.limits = limits
        self.too_long = too_long
        self.drained = asyncio.Event()
        """Set whenever the last connection goes."""


class Connection(HttpToolsProtocol):
    """uvicorn's protocol within `Limits`."""

    def __init__(self, config: uvicorn.Config, traffic: Traffic) -> None:
        super().__init__(config, traffic, {}, asyncio.get_running_loop())
        self._traffic = traffic
        self._limits = traffic.limits
        self._gate = _Gate(self)
        self.url = b""
        self._stage = _DONE
        self._late_at: float | None = None
        """None: it is not the peer's turn."""
        self._head_size = 0
        """Octets of the head that the parser has handed over."""
        self._head_unseen = 0
        """Octets received since the piece in which the head began; the parser may hold them back."""
        self._in_line = False
        """Whether a request line has begun and not ended."""
        self._fresh = False
        """A head began in the piece that is being parsed."""
        self._held = b""
        """Input that waits until pipelined requests have been answered."""
        self._deaf = False
        """What the peer still sends is dropped."""
        self._parting = False
        """The last answer is out; the socket closes soon."""
        self._running: RequestResponseCycle | None = None
        self._stuck_size = 0
        self._stuck_at = 0.0

    # ---- the socket's side

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = _Flow(transport, self)
        self._late_at = self.loop.time() + self._limits.head_s
        if len(self.connections) > self._limits.connections:
            self._say(_plain(503, "Too many connections, try again later."))
            self._deaf = self._parting = True
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._deaf = True
        self._held = b""
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()
        if not self.connections:
            self._traffic.drained.set()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Keep the way back open while an answer is under way; TLS knows no half-closed connections."""
        if self._parting or self.scheme == "https" or self._stage == _BODY or self._answered():
            return None
        self.cycle.keep_alive = False
        self._deaf = True
        return True

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._held or len(data) > _PIECE:
            self._held += data
            self._parse_held()
        else:
            self._parse(data)

    def takes_input(self) -> bool:
        """Whether there is room for more: nothing waits, or it is dropped anyway."""
        return self._deaf or not (self.pipeline or self._held)

    def _parse_held(self) -> None:
        while self._held and not self._deaf and len(self.pipeline) < _WAITING:
            piece, self._held = self._held[:_PIECE], self._held[_PIECE:]
            self._parse(piece)

    def _parse(self, data: bytes) -> None:
        self._fresh = False
        if self._in_line or self._stage == _DONE:
            data = self._escaped(data)
        if self._stage != _BODY and b"pgrade:" in data:
            data = _without_upgrade(data)
        try:
            while data:
                try:
                    self.parser.feed_data(data)
                    break
                except httptools.HttpParserUpgrade as upgrade:
                    # Nothing else is spoken here, so what follows is the next request.
                    data = data[upgrade.args[0] :]
        except httptools.HttpParserError:
            self._break_off(self._refusal())
            return
        if self._stage == _HEAD and not self._fresh:
            self._head_unseen += len(data)
            if self._head_unseen > self._limits.head:
                self._break_off(self._refusal())
                return
        if self._late_at is None:
            self._watch()

    def _escaped(self, data: bytes) -> bytes:
        """What begins with a request line or goes on with one, its octets that are no ASCII escaped.

        RFC 3986 §2.1 has clients escape them, and the parser refuses them. There are clients that do not, and servers
        that do not mind.
        """
        blank = len(data) - len(data.lstrip(b"\r\n"))
        end = data.find(b"\n", blank)
        self._in_line = end < 0
        if data.isascii():
            return data
        if end < 0:
            end = len(data)
        return _NO_ASCII.sub(lambda octet: b"%%%02X" % ord(octet[0]), data[:end]) + data[end:]

    def _watch(self) -> None:
        """Say when the stage that was reached has lasted too long."""
        if self._stage == _HEAD:
            self._late_at = self.loop.time() + self._limits.head_s
        elif self._stage == _BODY:
            self._late_at = self.loop.time() + self._limits.body_s
        elif self._answered():
            self._late_at = self.loop.time() + self._limits.idle_s

    # ---- the parser's side

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._stage = _HEAD
        self._late_at = None
        self._head_size = self._head_unseen = 0
        self._fresh = True

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))
        if len(self.url) > _URL:
            raise _TooLong

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field, or a trailer after a chunked body."""
        self._count(len(name) + len(value) + 4)
        if len(self.headers) == _FIELDS:
            self._head_size = self._limits.head + 1
            raise _TooLong
        super().on_header(name, value)

    def _count(self, octets: int) -> None:
        self._head_size += octets
        if self._head_size > self._limits.head:
            raise _TooLong

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.cycle.transport = self._gate
        self._stage = _BODY
        self._late_at = None

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stage = _DONE
        self._late_at = None

    # ---- the application's side

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """An answer is out: begin the next request in line, or wait for one."""
        self._gate.flush()
        self._traffic.total_requests += 1
        if self._parting or self.transport.is_closing():
            return
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        self._parse_held()
        self.flow.resume_reading()
        if self._late_at is None:
            self._watch()

    def part(self) -> None:
        """Close once the answers are out, without losing them to a peer that is still sending."""
        if self.transport.is_closing():
            return
        self._deaf = self._parting = True
        self._held = b""
        if self._stage == _DONE:
            self.transport.close()
            return
        self._late_at = self.loop.time() + self._limits.linger_s
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()

    # ---- the server's side

    def shutdown(self) -> None:
        """Finish what is in flight, take nothing new, and close."""
        if self._stage != _BODY:
            self._deaf = True
            self._held = b""
        super().shutdown()

    def overdue(self, now: float) -> None:
        """End the connection if the peer has taken too long; `now` is the loop's time."""
        waiting = self.transport.get_write_buffer_size()
        if waiting:
            if waiting != self._stuck_size:
                self._stuck_size, self._stuck_at = waiting, now + self._limits.stuck_s
            elif now >= self._stuck_at:
                self.transport.abort()
            return
        self._stuck_size = 0
        if self._late_at is None or now < self._late_at or self.transport.is_closing():
            return
        if self._parting or self._stage == _DONE:
            self.transport.close()
        elif self.flow.read_paused:
            self._late_at = None  # it is we who do not read
            self._watch()
        else:
            self._break_off(_plain(408, "The request took too long to arrive."))

    # ---- refusing

    def _answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _refusal(self) -> Reply:
        """What to say to a request that the parser or a limit has stopped."""
        if max(self._head_size, self._head_unseen) <= self._limits.head and len(self.url) <= _URL:
            return _plain(400, "This is not a valid HTTP request.")
        if 2 * len(self.url) > self._limits.head and self.url.startswith(b"/"):
            return self._traffic.too_long(unquote(self.url.partition(b"?")[0].decode("latin-1")))
        return _plain(431, "The head of the request is too long.")

    def _break_off(self, reply: Reply) -> None:
        """Read no further, refuse the request that is being read, and still answer those before it."""
        self._deaf = True
        self._held = b""
        before: RequestResponseCycle | None = self.cycle
        if self._stage == _BODY:
            if self.pipeline and self.pipeline[0][0] is self.cycle:
                self.pipeline.popleft()
                before = self.pipeline[0][0] if self.pipeline else self._running
            else:
                self.cycle.disconnected = True
                self.cycle.message_event.set()
                before = None
        if before is None or before.response_complete:
            self._say(reply)
            self._stage = _HEAD  # the rest of it may still come
            self.part()
        else:
            before.keep_alive = False
            self.cycle = before

    def _say(self, reply: Reply) -> None:
        """Write an answer that no application was asked for."""
        fields = [
            *self._traffic.default_headers,
            (b"content-type", reply.content_type.encode("latin-1")),
            (b"content-length", b"%d" % len(reply.body)),
            (b"connection", b"close"),
        ]
        head = b"".join(b"%b: %b\r\n" % field for field in fields)
        self.transport.write(STATUS_LINE[reply.status] + head + b"\r\n" + reply.body)


class _TooLong(Exception):
    """Stops the parser inside a head that is over a limit."""


class _Flow(FlowControl):
    """Reads on only when there is room; uvicorn would after every answer, however many requests wait."""

    def __init__(self, transport: asyncio.Transport, connection: Connection) -> None:
        super().__init__(transport)
        self._connection = connection

    def resume_reading(self) -> None:
        if self._connection.takes_input():
            super().resume_reading()


class _Gate(asyncio.Transport):
    """The transport as a request's answer sees it: closing it is parting from the peer.

    The head of an answer waits for its body: two writes would be two system calls, and often two packets. A status
    that HTTP has no name for gets one: there are clients that read no status line without.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._head = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._head and data[:9] == b"HTTP/1.1 " and data[9:12] != b"100":
            head = bytes(data)
            self._head = _NAMED + head[len(_UNNAMED) :] if head.startswith(_UNNAMED) else head
            return
        head, self._head = self._head, b""
        self._connection.transport.write(head + data)

    def flush(self) -> None:
        """Write a head that no body came for."""
        if self._head:
            head, self._head = self._head, b""
            self._connection.transport.write(head)

    def is_closing(self) -> bool:
        return self._connection.transport.is_closing()

    def close(self) -> None:
        self.flush()
        self._connection.part()


def _without_upgrade(data: bytes) -> bytes:
    """The same with the first head's wish to speak another protocol under a name that means nothing.

    Java's client adds one to every request (RFC 7540 §3.2), and the parser would take no body after it.
    """
    head, blank, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nignored:", head) + blank + rest


def _plain(status: int, sentence: str) -> Reply:
    return Reply(status, sentence.encode())
