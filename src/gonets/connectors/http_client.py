"""The HTTP client through which statuses are pushed to clients, and through which links over HTTP speak.

It sends what it is given and hands back what came. It refuses to follow redirects, to keep cookies, to
use a proxy that the environment names, to read more of an answer than anybody needs, and to trust a
certificate that the system does not. URLs hold clients' secrets: they never reach a log, only the name of the
host does.

Where it may connect to is looked at when it connects, and by the address: whatever a name resolves to at that moment,
in whatever spelling an address was written. Names are looked up in threads of its own, so that a name server that hangs
holds up nobody else.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace, TracebackType
from typing import Final, Self

import structlog
from aiohttp import (
    AddrInfoType,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    ServerDisconnectedError,
    StreamReader,
    TCPConnector,
    TraceConfig,
    TraceRequestHeadersSentParams,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from gonets.model.tables import Network
from gonets.ports.edges import NoReply
from gonets.rules.targets import may_be_called
from gonets.wire.http import Reply, Request

LARGEST_BODY: Final = 64 * 1024
"""Bytes of an answer that are read; the rest is dropped, and the connection with it."""

_PER_HOST: Final = 32
"""Connections to one host; there is no limit over all, for hosts that hang would use it up."""
_LOOKING_UP: Final = 32
"""Names that are looked up at the same time."""
_IDLE_S: Final = 30.0
_SHORTLY_S: Final = 4.0
"""Seconds that a connection is kept for what is never repeated: servers close theirs after 5 seconds and more, and what
is written at that very moment is in doubt."""

log = structlog.get_logger()


class AiohttpClient:
    """Implements `ports.edges.HttpClient`; connections are kept alive between requests.

    Use it with `async with`, or call `close`. A closed client has no replies.
    """

    def __init__(
        self,
        timeout: float = 10.0,
        allowed: Sequence[Network] | None = None,
        *,
        repeats: bool = True,
        trusts: ssl.SSLContext | None = None,
        proxy: str = "",
        per_host: int = _PER_HOST,
    ) -> None:
        """`timeout`: seconds for a whole request, from looking up the host to the last byte of the answer.

        `allowed`: networks that it connects to beside the public internet; None: it connects to anything.
        `repeats`: whether a request that asks for nothing to be done, as HTTP sees it (a GET), is sent a second time
        when a connection that was kept alive ends before the answer. What sends messages must not be.
        `trusts`: whom TLS trusts; None: whom the system trusts. `proxy`: the URL of one to go through.
        """
        self._timeout = ClientTimeout(total=timeout)
        self._allowed = allowed
        self._repeats = repeats
        self._trusts: ssl.SSLContext | bool = True if trusts is None else trusts
        self._proxy = proxy or None
        self._per_host = per_host
        self._session: ClientSession | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let all connections go; requests under way have no reply."""
        self._closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, request: Request) -> Reply | NoReply:
        """The reply, whatever its status, or why none came: no such host, refused, cut off, too slow.

        `request.path` is the whole URL, sent as it stands; `request.query` is added to it.
        """
        if self._closed:
            return NoReply("closed", sent=False)
        if self._session is None:
            self._session = self._open()
        host = None
        traced = SimpleNamespace(sent=False)
        try:
            url = _url(request)
            host = url.host
            headers = dict(request.headers)
            if request.content_type:
                headers["Content-Type"] = request.content_type
            if request.authorization:
                headers["Authorization"] = request.authorization
            async with self._session.request(
                request.method,
                url,
                data=request.body or None,
                headers=headers,
                allow_redirects=False,
                proxy=self._proxy,
                trace_request_ctx=traced,
            ) as response:
                body = await _read(response.content)
                if not response.content.at_eof():
                    response.close()
                return Reply(response.status, body, response.headers.get("Content-Type", ""))
        except (ClientError, OSError, ValueError) as error:
            log.debug("no reply", action="callback_unanswered", host=host, error=type(error).__name__)
            return NoReply(_words(error), sent=traced.sent)
        except asyncio.CancelledError:
            if not self._ended_it():
                raise
            return NoReply("closed", sent=traced.sent)

    def _ended_it(self) -> bool:
        """Whether it was `close` that ended a request, whose name was still looked up, and nobody ended its task."""
        task = asyncio.current_task()
        return self._closed and task is not None and not task.cancelling()

    def _socket(self, place: AddrInfoType) -> socket.socket:
        """A socket for a connection to that place. Raises OSError where there may be none."""
        family, kind, protocol, _, address = place
        if self._allowed is not None and not may_be_called(str(address[0]), self._allowed):
            raise PermissionError(errno.EPERM, "address not allowed")
        return socket.socket(family=family, type=kind, proto=protocol)

    def _open(self) -> ClientSession:
        trace = TraceConfig()
        trace.on_request_headers_sent.append(_mark_sent)
        return ClientSession(
            trace_configs=[trace],
            connector=TCPConnector(
                limit=0,
                limit_per_host=self._per_host,
                keepalive_timeout=_IDLE_S if self._repeats else _SHORTLY_S,
                ttl_dns_cache=60,
                ssl=self._trusts,
                resolver=_Resolver(),
                socket_factory=self._socket,
            ),
            middlewares=() if self._repeats else (_once,),
            timeout=self._timeout,
            cookie_jar=DummyCookieJar(),
            headers={"User-Agent": "Gonets", "Accept": "*/*", "Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=False,
        )


class _CutOff(ClientError):
    """A connection ended before the answer; no error after which aiohttp would send the request a second time."""


async def _once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    try:
        return await handler(request)
    except ClientConnectorError:
        raise  # nothing was sent, and aiohttp leaves it at that
    except (ClientOSError, ServerDisconnectedError) as error:
        raise _CutOff from error


class _Resolver(AbstractResolver):
    """`getaddrinfo` in threads that nobody else waits for."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKING_UP, "names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """All addresses of a host. Raises OSError."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads,
            lambda: socket.getaddrinfo(
                host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
            ),
        )
        return [
            ResolveResult(
                hostname=host,
                host=_written(place),
                port=int(place[1]),
                family=each,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for each, _, protocol, _, place in found
        ]

    async def close(self) -> None:
        """Look nothing up any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _written(place: Sequence[str | int | bytes]) -> str:
    """The address of a socket's place; a link-local one with its zone."""
    address = str(place[0])
    zone = int(place[3]) if len(place) > 3 else 0
    return f"{address}%{zone}" if zone and "%" not in address else address


async def _mark_sent(
    session: ClientSession, context: SimpleNamespace, sent: TraceRequestHeadersSentParams
) -> None:
    context.trace_request_ctx.sent = True


def _words(error: ClientError | OSError | ValueError) -> str:
    """What went wrong, without the address that it went wrong with."""
    match error:
        case TimeoutError():
            return "timed out"
        case ClientConnectorDNSError():
            return "no such host"
        case ClientSSLError():
            return "no trustworthy TLS"
        case ClientConnectorError() if error.os_error.errno == errno.EPERM:
            return "address not allowed"
        case ClientConnectorError():
            return (error.os_error.strerror or "not reached").lower()
        case InvalidURL():
            return "no proper URL"
        case ClientError():
            return "cut off"
        case _:
            return type(error).__name__


def _url(request: Request) -> URL:
    """Raises ValueError when it cannot be read as one."""
    text = request.path
    if request.query:
        text += ("&" if "?" in text else "?") + request.query.decode("ascii", "replace")
    # What is a proper URL goes out as it was written; a blank or a Cyrillic letter in one is encoded first.
    return URL(text, encoded=text.isascii() and text.isprintable() and " " not in text)


async def _read(content: StreamReader) -> bytes:
    """The body, or as much of it as anybody needs."""
    body = bytearray()
    while len(body) < LARGEST_BODY:
        chunk = await content.read(LARGEST_BODY - len(body))
        if not chunk:
            break
        body += chunk
    return bytes(body)
