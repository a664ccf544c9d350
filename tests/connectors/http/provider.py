"""A provider on a real socket that does as tests say, and a link to it.

It answers as MFMS HPG does, unless told otherwise. The link's clock only moves when a test says so; what has to cross a
socket is waited for.
"""

import asyncio
import re
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import unquote_plus

import msgspec

from gonets.connectors.http import Http, HttpSettings
from gonets.connectors.http.settings import tls_context
from gonets.connectors.http_client import AiohttpClient
from gonets.model.message import Channel, Encoding, MessageId, Outgoing, PartId, Picture
from gonets.model.results import Event, Receipt, SendResult, Settled
from gonets.ports.edges import Sending
from gonets.protocols.mfms.client import HpgSending, HpgSettings
from gonets.protocols.osonsms.client import OsonSending, OsonSettings
from tests.clocks import TravelClock, settle

PATIENCE_S: Final = 20.0
PASSWORD: Final = "hunter-two"

_KEY: Final = re.compile(r"address\[(\d+)\]")
_ID: Final = re.compile(r"providerId\[\d+\]=([^&]+)")


class Does(Enum):
    """What it does with a request instead of answering it."""

    CLOSES_UNREAD = "closes the connection before it has read anything"
    CLOSES = "reads it and closes the connection"
    HANGS = "reads it and says nothing"


class Cut(bytes):
    """An answer after which the connection is closed, though it may say more."""


class Provider:
    """Listens; `async with Provider() as provider`."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[str] = []
        """Target and body of each, with escapes undone."""
        self.connections = 0
        self.then: deque[Does | bytes] = deque()
        """What it does with the next requests, one each; bytes are an answer as it stands."""
        self.states: dict[str, str] = {}
        """By providerId, the word in a status row."""
        self.holding = asyncio.Event()
        """Until this is set, nothing is answered. It is, unless a test clears it."""
        self.holding.set()
        self.came = asyncio.Condition()
        self.port = 0
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.holding.set()
        for writer in self._writers:
            writer.close()

    def stop(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()

    async def asked(self, count: int) -> None:
        """Until it was asked so often."""
        async with asyncio.timeout(PATIENCE_S), self.came:
            await self.came.wait_for(lambda: len(self.requests) >= count)

    def sends(self) -> list[str]:
        """Those requests that send."""
        return [request for request in self.requests if "/send" in request]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while not (self.then and self.then[0] is Does.CLOSES_UNREAD and self.then.popleft()):
                if not await self._answer(reader, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read one request and do what is to be done; returns whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"(?i)content-length: (\d+)", head)
        body = (await reader.readexactly(int(length[1]))).decode() if length else ""
        request = unquote_plus(head.split(" ")[1] + body)
        does = self.then.popleft() if self.then else None
        async with self.came:
            self.requests.append(request)
            self.came.notify_all()
        await self.holding.wait()
        match does:
            case Does.CLOSES | Does.CLOSES_UNREAD:
                return False
            case Does.HANGS:
                await reader.read()
                return False
            case bytes():
                writer.write(does)
                await writer.drain()
                return not isinstance(does, Cut)
            case None:
                writer.write(answer(self._rows(request)))
        await writer.drain()
        return True

    def _rows(self, request: str) -> str:
        if "/status" in request:
            ids = _ID.findall(request)
            return "\n".join(
                f"ok;{each};{self.states.get(each, 'sent')};2026.03.02 09:31:00;" for each in ids
            )
        return "\n".join(f"ok;{key};r{key}" for key in _KEY.findall(request))


def answer(body: str, status: str = "200 OK", *fields: str, length: int | None = None) -> bytes:
    """An HTTP answer; `length`: what it says of its length, where that is not so."""
    written = body.encode()
    said = len(written) if length is None else length
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {said}", *fields, "", "")
    return "\r\n".join(lines).encode() + written


def mfms(url: str, clock: TravelClock) -> Sending:
    return HpgSending(HpgSettings(url=url, client="CLIENT", password=PASSWORD), clock)


def oson(url: str, clock: TravelClock) -> Sending:
    return OsonSending(OsonSettings(url=url, login="oson", pass_salt_hash=PASSWORD))


async def no_pictures(name: str) -> Picture | None:
    return None


class Wired:
    """A provider and a link to it; what the link says is collected."""

    def __init__(
        self,
        speaks: Callable[[str, TravelClock], Sending] = mfms,
        *,
        provider: Provider | None = None,
        acknowledges: bool = True,
        pictures: Callable[[str], object] = no_pictures,
        **settings: object,
    ) -> None:
        self.provider = provider or Provider()
        self.clock = TravelClock()
        self.heard: list[Event] = []
        self.ended = False
        self._speaks = speaks
        self._acknowledges = acknowledges
        self._pictures = pictures
        self._settings = msgspec.convert(settings, HttpSettings)
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        await self.provider.__aenter__()
        settings = self._settings
        client = AiohttpClient(
            settings.timeout, repeats=False, trusts=tls_context(settings), proxy=settings.proxy
        )
        self.sending = self._speaks(self.provider.url, self.clock)
        self.link = Http(
            "far",
            settings,
            self.sending,
            client,
            self.clock,
            self._pictures,  # type: ignore[arg-type]
            lambda: 0.0,
        )
        await self.link.start()
        self._hearing = asyncio.create_task(self._hear())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.link.close()
        await self._hearing
        await self.provider.__aexit__(kind, error, trace)

    async def _hear(self) -> None:
        while events := await self.link.hear():
            if self._acknowledges:
                self.link.acknowledge(events)
            async with self._news:
                self.heard += events
                self._news.notify_all()
        self.ended = True

    async def send(self, *parts: Outgoing) -> None:
        """Send these, and let requests leave."""
        self.link.send(parts)
        await self.clock.advance(0.02)

    async def settled(self, *parts: int) -> list[SendResult]:
        """The only result of each of these parts, once all have one."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: set(parts) <= self.results().keys())
        await settle()
        results = self.results()
        assert all(len(results[part]) == 1 for part in parts), results
        return [results[part][0] for part in parts]

    async def told(self, count: int) -> Sequence[Receipt]:
        """The receipts, once there are so many."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: len(self.receipts()) >= count)
        return self.receipts()

    def results(self) -> dict[int, list[SendResult]]:
        """What was said of each part, in order."""
        found: dict[int, list[SendResult]] = {}
        for event in self.heard:
            if isinstance(event, Settled):
                found.setdefault(event.part, []).append(event.result)
        return found

    def receipts(self) -> list[Receipt]:
        return [event for event in self.heard if isinstance(event, Receipt)]


def wired(story: Callable[[Wired], Awaitable[None]], **settings: Any) -> None:
    """Run a story with a link and its provider."""

    async def told() -> None:
        async with Wired(**settings) as it:
            await story(it)

    asyncio.run(told())


def part(part_id: int, recipient: str = "", text: str = "Hello", **rest: object) -> Outgoing:
    """A message of one part, unless told otherwise, to a number of its own."""
    facts: dict[str, object] = {
        "message": MessageId(part_id),
        "number": 1,
        "total": 1,
        "sender": "Gonets",
        "encoding": Encoding.GSM7,
        "attempts": 1,
        "expires_at": None,
        "channel": Channel.SMS,
        **rest,
    }
    to = recipient or f"7916{part_id:07}"
    return Outgoing(id=PartId(part_id), recipient=to, text=text, **facts)  # type: ignore[arg-type]


def parts_of(message: int, total: int, **rest: object) -> list[Outgoing]:
    """All parts of one message."""
    return [
        part(
            message + n,
            "79161234567",
            f"part {n + 1} ",
            message=MessageId(message),
            number=n + 1,
            total=total,
            **rest,
        )
        for n in range(total)
    ]
