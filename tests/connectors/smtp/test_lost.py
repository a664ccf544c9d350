"""How far a mail had come when its session was lost, against a server that stops where a test says."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

from gonets.model.results import Returned, SendResult, Uncertain
from tests.connectors.smtp.server import Link, mail
from tests.contract.house import told

LARGE: Final = "A line that is written again and again.\r\n" * 200_000
"""More than the buffers between two sockets hold."""


@asynccontextmanager
async def stopping(at: bytes, greeting: bytes = b"220 mx.test") -> AsyncIterator[int]:
    """A server on a free port that says yes to everything, until a line that begins with `at`; then it hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(greeting + b"\r\n")
            within = False
            while line := await reader.readline():
                if line.startswith(at):
                    break
                if line == b".\r\n":
                    within = False
                if not within:
                    within = line == b"DATA\r\n"
                    writer.write(b"354 go on\r\n" if within else b"250 ok\r\n")
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listening.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(serve, sock=listening)
    async with server:
        yield listening.getsockname()[1]


@pytest.mark.parametrize(
    ("at", "text", "result"),
    [
        (b"MAIL", "Hello", Returned()),
        (b"RCPT", "Hello", Returned()),
        (b"DATA", "Hello", Returned()),
        (b"A line", LARGE, Returned()),
        (b".\r\n", "Hello", Uncertain()),
        (b".\r\n", LARGE, Uncertain()),
    ],
)
def test_what_was_lost_before_its_last_line_never_left_and_after_it_nobody_knows(
    at: bytes, text: str, result: SendResult
) -> None:
    @told
    async def story() -> None:
        async with stopping(at) as port, Link(port) as link:
            assert await link.sent(mail(1, text=text)) == [result]

    story()


def test_a_close_while_a_mail_is_handed_over_says_of_it_what_is_true() -> None:
    @told
    async def story() -> None:
        async with stopping(b"nothing") as port, Link(port) as link:
            await link.up()
            link.smtp.send([mail(1, text=LARGE), mail(2)])
            await asyncio.sleep(0)
            await link.smtp.close()
            while heard := await link.smtp.hear():
                link.events += heard
            assert link.results() == {mail(1).id: Returned(), mail(2).id: Returned()}
            assert link.smtp.window() == (0, 0)

    story()


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH", b"554 go away", b"\xff\xfe"])
def test_whoever_is_no_mail_server_gets_no_mail(greeting: bytes) -> None:
    @told
    async def story() -> None:
        async with stopping(b"nothing", greeting) as port, Link(port) as link:
            async with asyncio.timeout(20):
                while link.clock.sleepers < 2:  # noqa: ASYNC110 - its look, and its wait to try again
                    await asyncio.sleep(0)
            assert link.smtp.room() == 0

    story()
