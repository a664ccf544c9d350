"""Several dialects behind one door: whose a request is, who really asks, and answers too long to be held."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import pytest

from gonets.model.calls import Balance, Call, Login
from gonets.model.money import Millionths
from gonets.model.results import Funds, Outcome, Refused
from gonets.rules.hosts import parse_networks
from gonets.servers.connection import Limits
from gonets.servers.http import Dialect, HttpServer
from gonets.servers.site import Forwarded, Site
from gonets.servers.sockets import Listener
from gonets.wire.http import Reply, Request
from tests.stories.http.served import ENOUGH, connected, rest, run, say, until


class Mirror:
    """A dialect that answers with its name and what it was asked; `ports.edges.Serving`."""

    def __init__(self, name: str, *paths: str) -> None:
        self._name = name
        self._paths = paths
        self.pieces: list[bytes] = []
        """What follows the answer, piece by piece."""
        self.written = 0
        self.broken = False
        """Whether the last piece cannot be read."""

    def serves(self, path: str) -> bool:
        return path in self._paths

    def parse(self, request: Request) -> Call:
        return Call(Login(self._name, "", "", "", request.address), Balance())

    def render(self, request: Request, call: Call | None, outcome: Outcome) -> Reply:
        if isinstance(outcome, Refused):
            return Reply(200, f"{self._name} {outcome.reason}".encode())
        said = (self._name, request.scheme, request.host, request.address, request.path)
        body = " ".join(said).encode()
        return Reply(200, body, rest=self._rest() if self.pieces else None)

    async def _rest(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            await asyncio.sleep(0)
            yield piece
            self.written += 1
        if self.broken:
            raise ValueError("of no use to a client")


async def answer(call: Call) -> Outcome:
    return Funds(Millionths(0), Millionths(0), "RUB")


@asynccontextmanager
async def serving(
    *mirrors: Mirror, hosts: dict[str, str] | None = None, proxies: Sequence[str] = ()
) -> AsyncIterator[int]:
    site = Site({mirror._name: Dialect(mirror, answer) for mirror in mirrors}, hosts)
    app = Forwarded(site, parse_networks(proxies)) if proxies else site
    server = HttpServer(app, [Listener("127.0.0.1", 0)], Limits(), site.too_long)
    async with server:
        yield server.ports[0]


def get(path: str, *fields: str, host: str = "gate", version: str = "1.1") -> bytes:
    lines = [f"GET {path} HTTP/{version}", f"Host: {host}", "Connection: close", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


async def told(port: int, request: bytes) -> str:
    """The body of the answer."""
    head, _, body = (await say(port, request)).partition(b"\r\n\r\n")
    return f"{head.split()[1].decode()} {body.decode()}"


def test_a_request_goes_to_the_dialect_of_its_path_however_many_slashes_it_has() -> None:
    async def story() -> None:
        async with serving(Mirror("a", "/a.php", "/c/d"), Mirror("b", "/b.cgi", "/a.php")) as port:
            assert await told(port, get("/a.php")) == "200 a http gate 127.0.0.1 /a.php"
            assert await told(port, get("//b.cgi?x=1")) == "200 b http gate 127.0.0.1 //b.cgi"
            assert await told(port, get("/c//d")) == "200 a http gate 127.0.0.1 /c//d"
            assert await told(port, get("/nobody")) == "404 There is no such script here."

    run(story)


def test_what_is_too_long_is_refused_by_the_dialect_of_its_path() -> None:
    async def story() -> None:
        async with serving(Mirror("a", "/a.php")) as port:
            long = "x" * 70_000
            assert await told(port, get(f"/a.php?{long}")) == "200 a bad_request"
            assert await told(port, get(f"/nobody?{long}")) == "404 There is no such script here."

    run(story)


@pytest.mark.parametrize("host", ["b.example", "B.Example:8080", "b.example."])
def test_a_host_of_its_own_has_one_dialect_at_every_path(host: str) -> None:
    async def story() -> None:
        async with serving(Mirror("a", "/a.php"), Mirror("b"), hosts={"b.example": "b"}) as port:
            assert await told(port, get("/a.php", host=host)) == f"200 b http {host} 127.0.0.1 /a.php"
            assert await told(port, get("/a.php", host="other")) == "200 a http other 127.0.0.1 /a.php"
            assert await told(port, get("/a.php", host="[::1]:80")) == "200 a http [::1]:80 127.0.0.1 /a.php"

    run(story)


FORWARDED: Final[tuple[tuple[list[str], str], ...]] = (
    (["X-Forwarded-For: 192.0.2.7"], "http gate 192.0.2.7"),
    (["X-Forwarded-For: 203.0.113.9, 192.0.2.7"], "http gate 192.0.2.7"),
    (["X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 192.0.2.7:4711"], "http gate 192.0.2.7"),
    (["X-Forwarded-For: 192.0.2.7, 127.0.0.9"], "http gate 192.0.2.7"),
    (["X-Forwarded-For: [2001:db8::7]:4711"], "http gate 2001:db8::7"),
    (["X-Forwarded-For: 2001:db8::7"], "http gate 2001:db8::7"),
    (["X-Forwarded-For: nobody knows"], "http gate nobody knows"),
    (["X-Forwarded-Proto: https", "X-Forwarded-Host: sms.example"], "https sms.example 127.0.0.1"),
    (["X-Forwarded-Proto: gopher"], "http gate 127.0.0.1"),
    ([], "http gate 127.0.0.1"),
)


@pytest.mark.parametrize(("fields", "seen"), FORWARDED)
def test_a_proxy_that_is_trusted_is_believed_and_nobody_before_it(fields: list[str], seen: str) -> None:
    async def story() -> None:
        async with serving(Mirror("a", "/a"), proxies=["127.0.0.0/8"]) as port:
            assert await told(port, get("/a", *fields)) == f"200 a {seen} /a"
        for strangers in ([], ["10.0.0.0/8"]):
            async with serving(Mirror("a", "/a"), proxies=strangers) as port:
                assert await told(port, get("/a", *fields)) == "200 a http gate 127.0.0.1 /a"

    run(story)


def test_a_long_answer_is_written_while_it_is_read() -> None:
    async def story() -> None:
        mirror = Mirror("a", "/a")
        mirror.pieces = [b"\n1", b"\n2"]
        async with serving(mirror) as port:
            said = await say(port, get("/a"))
            head, _, body = said.partition(b"\r\n\r\n")
            assert b"transfer-encoding: chunked" in head.lower()
            assert body == b"18\r\na http gate 127.0.0.1 /a\r\n2\r\n\n1\r\n2\r\n\n2\r\n0\r\n\r\n"
            whole = await told(port, get("/a", version="1.0"))
            assert whole == "200 a http gate 127.0.0.1 /a\n1\n2"

    run(story)


def test_a_long_answer_waits_for_a_client_that_does_not_read() -> None:
    async def story() -> None:
        mirror = Mirror("a", "/a")
        mirror.pieces = [b"x" * 65_536] * 1_000
        async with serving(mirror) as port, connected(port) as (reader, writer):
            writer.write(get("/a"))
            await until(lambda: mirror.written > 0)
            for _ in range(10 * len(mirror.pieces)):  # turns enough to write all of it
                await asyncio.sleep(0)
            assert mirror.written < 500
            assert len(await asyncio.wait_for(rest(reader), ENOUGH)) > 65_536_000

    run(story)


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    async def story() -> None:
        mirror = Mirror("a", "/a")
        mirror.pieces, mirror.broken = [b"\n1"], True
        async with serving(mirror) as port:
            said = await say(port, get("/a"))
            assert said.endswith(b"\n1\r\n")
            assert b"of no use" not in said

    run(story)


def test_an_answer_that_breaks_off_is_a_fault_for_a_client_that_was_told_nothing_yet(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        mirror = Mirror("a", "/a")
        mirror.pieces, mirror.broken = [b"\n1"], True
        async with serving(mirror) as port:
            assert await told(port, get("/a", version="1.0")) == "200 a store_unavailable"
        assert caplog.records == []

    run(story)
