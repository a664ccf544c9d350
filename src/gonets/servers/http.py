"""HTTP: the ASGI application that a dialect is served by, and the listening sockets of one or several
applications.

A dialect is two pure functions (`ports.edges.Serving`); `Dialect` reads a request within bounds, lets it be
answered, and writes what the dialect renders. Refused here: methods other than GET, HEAD and POST (HTTP 405),
and a query and body that are together too long (the dialect's own answer to what it cannot read). There is no
access log: passwords stand in query strings.
"""

import asyncio
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from email.utils import formatdate
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog import get_logger

from gonets.model.calls import Call
from gonets.model.reasons import Reason
from gonets.model.results import Outcome, Refused
from gonets.ports.edges import Serving
from gonets.servers.connection import Connection, Limits, Traffic
from gonets.servers.sockets import BACKLOG, CannotListen, Listener, bound
from gonets.wire.http import Reply, Request

log = get_logger()

Answer = Callable[[Call], Awaitable[Outcome]]
"""What a call comes to; raises nothing for what a client can do wrong."""

_NOT_ALLOWED: Final = Reply(405, b"Use GET or POST.")
_BROKEN: Final = Reply(500, b"An error on our side, try again later.")
_TOO_LONG: Final = Refused(Reason.BAD_REQUEST, "The request is too long.")
_NO_EFFECT: Final = Refused(Reason.BAD_REQUEST, "Use GET or POST.")
_CLOSE: Final = ((b"connection", b"close"),)
"""With the rest of a body unread there is no next request on the connection."""
_FAULT: Final = Refused(Reason.STORE_UNAVAILABLE, "An error on our side, try again later.")


class Dialect:
    """The ASGI application of one dialect."""

    def __init__(self, serving: Serving, answer: Answer, payload: int = Limits().payload) -> None:
        """`payload`: octets that query and body may have together."""
        self._serving = serving
        self._answer = answer
        self._payload = payload

    def serves(self, path: str) -> bool:
        """Whether a path, without doubled slashes, is one of this dialect's."""
        return self._serving.serves(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Whatever goes wrong on our side costs this request only.

        A HEAD is answered like something unreadable and has no effect: its sender could never learn the ids.
        """
        method: str = scope["method"]
        if method not in {"GET", "POST", "HEAD"}:
            await respond(send, _NOT_ALLOWED, (b"allow", b"GET, HEAD, POST"))
            return
        call: Call | None = None
        fields: tuple[tuple[bytes, bytes], ...] = ()
        request = Request(method, scope["path"])
        try:
            read = await read_request(scope, receive, self._payload)
            if read is None:
                return
            if isinstance(read, Refused):
                outcome: Outcome = read
                fields = _CLOSE
            elif method == "HEAD":
                request = read
                outcome = _NO_EFFECT
            else:
                request = read
                parsed = self._serving.parse(request)
                if isinstance(parsed, Refused):
                    outcome = parsed
                else:
                    call = parsed
                    outcome = await self._answer(call)
            reply = self._serving.render(request, call, outcome)
            if reply.rest is not None and scope["http_version"] == "1.0":
                reply = await _whole(reply, reply.rest)
        except asyncio.CancelledError:
            # The server stops and has waited long enough; the connection has gone already.
            log.warning("request cut off", action="request_cut_off")
            return
        except Exception as error:  # noqa: BLE001 - the door of a request
            log_fault(error)
            reply = self._fault(request, call)
        if reply.rest is None:
            await respond(send, reply, *fields)
        else:
            await _respond_at_length(send, reply, reply.rest)

    def too_long(self, path: str) -> Reply:
        """The answer to a request whose query is over the limit and was not read."""
        return self._serving.render(Request("GET", path), None, _TOO_LONG)

    def _fault(self, request: Request, call: Call | None) -> Reply:
        try:
            return self._serving.render(request, call, _FAULT)
        except Exception as error:  # noqa: BLE001 - the same door: it was the rendering that failed
            log_fault(error)
            return _BROKEN


class HttpServer:
    """Listening sockets that share one application, and the connections they accept, in the running event
    loop.

    `async with server:` binds, starts and stops it. The loop is expected to be uvloop's, which sets
    TCP_NODELAY.
    """

    def __init__(
        self,
        app: ASGIApp,
        listeners: Sequence[Listener],
        limits: Limits = Limits(),  # noqa: B008 - frozen
        too_long: Callable[[str], Reply] | None = None,
    ) -> None:
        """`too_long` answers, by path, requests whose query is over `limits.head`; without it they get HTTP
        431."""
        self._listeners = listeners
        self._limits = limits
        self._traffic = Traffic(limits, too_long or _head_too_long)
        self._config = uvicorn.Config(
            app,
            interface="asgi3",
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
        )
        self._config.load()
        self._sockets: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._ticking: asyncio.TimerHandle | None = None

    @property
    def ports(self) -> tuple[int, ...]:
        """The bound ports, in the order of the listeners; empty before `bind`."""
        return tuple(sock.getsockname()[1] for sock in self._sockets)

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._traffic.connections)

    def bind(self) -> None:
        """Take the ports, all or none. From here on peers can connect; they are served once it is started.

        Raises CannotListen.
        """
        try:
            for listener in self._listeners:
                self._sockets.append(bound(listener.host, listener.port))
        except CannotListen:
            self._close_sockets()
            raise

    async def start(self) -> None:
        """Serve; binds first if that was not done. Raises CannotListen."""
        if not self._sockets:
            self.bind()
        loop = asyncio.get_running_loop()
        for sock, listener in zip(self._sockets, self._listeners, strict=True):
            patience = None if listener.context is None else self._limits.head_s
            server = await loop.create_server(
                lambda: Connection(self._config, self._traffic),
                sock=sock,
                ssl=listener.context,
                backlog=BACKLOG,
                ssl_handshake_timeout=patience,
                ssl_shutdown_timeout=patience,
            )
            self._servers.append(server)
        self._tick()

    async def stop(self) -> None:
        """Accept nothing more, let requests in flight finish for `grace_s` seconds, then cut them off."""
        for server in self._servers:
            server.close()
        traffic = self._traffic
        connections = [each for each in traffic.connections if isinstance(each, Connection)]
        for connection in connections:
            connection.shutdown()
        await self._gone(self._limits.grace_s)
        for connection in connections:
            if connection in traffic.connections:
                connection.transport.abort()
        await self._gone(1.0)
        unfinished = list(traffic.tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        if self._ticking is not None:
            self._ticking.cancel()
        self._servers.clear()
        self._close_sockets()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _gone(self, at_most: float) -> None:
        """Wait until no connection is left, or that many seconds."""
        if not self._traffic.connections:
            return
        self._traffic.drained.clear()
        try:
            await asyncio.wait_for(self._traffic.drained.wait(), at_most)
        except TimeoutError:
            pass

    def _tick(self) -> None:
        """Several times within the shortest limit, at least once a second: write the date, end what is
        overdue."""
        loop = asyncio.get_running_loop()
        limits = self._limits
        shortest = min(limits.head_s, limits.body_s, limits.idle_s, limits.stuck_s, limits.linger_s)
        self._ticking = loop.call_later(max(0.01, min(1.0, shortest / 4)), self._tick)
        self._traffic.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        now = loop.time()
        for connection in tuple(self._traffic.connections):
            if isinstance(connection, Connection):
                connection.overdue(now)

    def _close_sockets(self) -> None:
        for sock in self._sockets:
            sock.close()
        self._sockets.clear()


async def read_request(scope: Scope, receive: Receive, payload: int) -> Request | Refused | None:
    """The whole request; None when the peer has gone. One whose query and body have more than `payload` octets together
    is not waited for."""
    query: bytes = scope["query_string"]
    room = payload - len(query)
    length = 0
    content_type = host = authorization = ""
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding":
            length = 1
        elif name == b"content-type":
            content_type = value.decode("latin-1")
        elif name == b"host":
            host = value.decode("latin-1")
        elif name == b"authorization":
            authorization = value.decode("latin-1")
    if length > room:
        return _TOO_LONG
    body = bytearray()
    more = length > 0
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message["body"]
        if len(body) > room:
            return _TOO_LONG
        more = message["more_body"]
    return Request(
        scope["method"],
        scope["path"],
        query,
        content_type,
        bytes(body),
        address_of(scope),
        host,
        scope["scheme"],
        authorization,
    )


async def respond(send: Send, reply: Reply, *fields: tuple[bytes, bytes]) -> None:
    """Send a whole reply, with these header fields besides its own."""
    headers = [
        (b"content-type", reply.content_type.encode("latin-1")),
        (b"content-length", b"%d" % len(reply.body)),
        *fields,
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _whole(reply: Reply, rest: AsyncIterator[bytes]) -> Reply:
    """A reply with all that follows, for a client of HTTP/1.0: it knows no chunks."""
    body = bytearray(reply.body)
    async for piece in rest:
        body += piece
    return Reply(reply.status, bytes(body), reply.content_type)


async def _respond_at_length(send: Send, reply: Reply, rest: AsyncIterator[bytes]) -> None:
    """Send a reply while it is read."""
    headers = [(b"content-type", reply.content_type.encode("latin-1"))]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": True})
    try:
        async for piece in rest:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    except Exception as error:  # noqa: BLE001 - the door of a request; the client sees that it was cut short
        log_fault(error)
        return
    await send({"type": "http.response.body", "body": b""})


def log_fault(error: Exception) -> None:
    """Log what broke and where, without the error's text: it may quote what the client sent."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    log.error("request failed", action="request_failed", error=type(error).__name__, trace=places)


def _head_too_long(path: str) -> Reply:
    return Reply(431, b"The head of the request is too long.")


def address_of(scope: Scope) -> str:
    """The peer's address; that of an IPv4 peer on an IPv6 socket in its own form."""
    client: tuple[str, int] | None = scope["client"]
    return client[0].removeprefix("::ffff:") if client else ""
