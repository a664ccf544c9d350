"""A real server on a free port, and the plainest of clients."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final
from zoneinfo import ZoneInfo

import uvloop

from gonets.model.account import Profile
from gonets.model.calls import Call, Query, Submit
from gonets.model.message import AccountId, MessageId
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Outcome, Refused
from gonets.protocols.mfms.server import HpgServer
from gonets.servers.connection import Limits
from gonets.servers.http import Answer, Dialect, HttpServer
from gonets.servers.sockets import Listener

SEND: Final = "/CLIENT/connectorX/send"
STATUS: Final = "/CLIENT/connectorX/status"
QUERY: Final = "login=CLIENT&password=P@ssw0rd&subject[0]=SUBJECT&address[0]=79031111111&text[0]=Hello"
GET: Final = f"GET {SEND}?{QUERY} HTTP/1.1\r\nHost: gate\r\n\r\n".encode()
LAST: Final = GET.replace(b"Host:", b"Connection: close\r\nHost:")
"""The same, and the server is to close afterwards."""
TAKEN: Final = b"ok;0;1001"
ENOUGH: Final = 20.0
"""Seconds after which a test has hung."""


async def accept_all(call: Call) -> Outcome:
    """A stand-in for the intake: right password, then ids from 1001 on, and no message is known."""
    if call.who.password != "P@ssw0rd":
        return Refused(Reason.BAD_CREDENTIALS)
    match call.what:
        case Submit(items):
            return tuple(
                item if isinstance(item, Refused) else Accepted(MessageId(1001 + place), 1)
                for place, item in enumerate(items)
            )
        case Query(messages):
            return tuple(Refused(Reason.UNKNOWN_MESSAGE) for _ in messages)
        case _:
            raise AssertionError("MFMS asks for nothing else")


def dialect(answer: Answer = accept_all) -> Dialect:
    profile = Profile(AccountId(1), "CLIENT", "connectorX")
    wanted = ("CLIENT", "connectorX")
    hpg = HpgServer(lambda client, name: profile if (client, name) == wanted else None, ZoneInfo("UTC"))
    return Dialect(hpg, answer)


def server(answer: Answer = accept_all, limits: Limits | None = None) -> HttpServer:
    app = dialect(answer)
    return HttpServer(app, [Listener("127.0.0.1", 0)], limits or Limits(), app.too_long)


@asynccontextmanager
async def serving(answer: Answer = accept_all, limits: Limits | None = None) -> AsyncIterator[int]:
    """A running server's port."""
    running = server(answer, limits)
    async with running:
        yield running.ports[0]


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        if writer.transport.get_write_buffer_size():
            writer.transport.abort()
        writer.close()
        try:
            await writer.wait_closed()
        except ConnectionError:
            pass


async def rest(reader: asyncio.StreamReader) -> bytes:
    """All the server says until it closes."""
    return await asyncio.wait_for(reader.read(), ENOUGH)


async def reply(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next answer on a connection."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), ENOUGH)
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
    body = await asyncio.wait_for(reader.readexactly(int(fields[b"content-length"])), ENOUGH)
    return int(head.split(b" ")[1]), body


async def say(port: int, octets: bytes) -> bytes:
    """Send that on a connection of its own; all that comes until the server closes."""
    async with connected(port) as (reader, writer):
        writer.write(octets)
        return await rest(reader)


async def until(true: Callable[[], bool]) -> None:
    """Wait for what the kernel or a timer of the server brings about; fails when it does not."""
    for _ in range(round(ENOUGH / 0.01)):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


async def still_serves(port: int) -> bool:
    """Whether the next client is served as if nothing had been."""
    return (await say(port, LAST)).endswith(TAKEN)


def run(story: Callable[[], Awaitable[None]]) -> None:
    """Run a story in the event loop that the product runs in."""

    async def told() -> None:
        await asyncio.wait_for(story(), 3 * ENOUGH)

    uvloop.run(told())
