"""The door for what providers report: bounded, closed to strangers, and honest about what it could not write."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gonets.servers.connection import Limits
from gonets.servers.http import HttpServer
from gonets.servers.reports import ReportDoor
from gonets.servers.site import Site
from gonets.servers.sockets import Listener
from gonets.wire.http import Reply, Request
from tests.stories.http.served import run, say


class Heard:
    """Implements `ports.edges.Reports`: knows `far` with the token `t0ken`, and keeps what it is told."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def __call__(self, connector: str, token: str, request: Request) -> Reply | None:
        if (connector, token) != ("far", "t0ken"):
            return None
        self.requests.append(request)
        if b"broken" in request.body:
            raise ValueError("of no use to a provider")
        return Reply(200, b"thanks")


@asynccontextmanager
async def serving(heard: Heard) -> AsyncIterator[int]:
    site = Site({}, reports=ReportDoor(heard))
    server = HttpServer(site, [Listener("127.0.0.1", 0)], Limits(), site.too_long)
    async with server:
        yield server.ports[0]


def asked(method: str, path: str, body: bytes = b"") -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: gate\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (asked("GET", "/receipts/far/t0ken?id=1"), 200),
        (asked("POST", "/receipts/far/t0ken", b"id=1"), 200),
        (asked("POST", "/receipts/far/t0ken", b"broken"), 503),
        (asked("POST", "/receipts/far/t0ken", b"x" * 70_000), 413),
        (asked("HEAD", "/receipts/far/t0ken"), 405),
        (asked("PUT", "/receipts/far/t0ken", b"id=1"), 405),
        (asked("GET", "/receipts/far/token"), 404),
        (asked("GET", "/receipts/far/t0ken/more"), 404),
        (asked("GET", "/receipts/near/t0ken"), 404),
        (asked("GET", "/receipts/"), 404),
        (asked("GET", "/receipts"), 404),
    ],
)
def test_a_report_is_answered_by_what_became_of_it(request_: bytes, status: int) -> None:
    async def story() -> None:
        heard = Heard()
        async with serving(heard) as port:
            answer = await say(port, request_)
            assert answer.split()[1] == str(status).encode()
            assert b"of no use" not in answer
            assert (await say(port, asked("GET", "/receipts/far/t0ken"))).endswith(b"thanks")
        assert len(heard.requests) == (2 if status in {200, 503} else 1)

    run(story)
