"""The HTTP client for pushes against real sockets on loopback."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from gonets.connectors.http_client import LARGEST_BODY, AiohttpClient
from gonets.ports.edges import HttpClient, NoReply
from gonets.rules.hosts import parse_networks
from gonets.wire.http import Reply, Request

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """A server that answers every request with the same bytes, and remembers what it was asked.

    Without an answer it hears the request out and says nothing.
    """

    def __init__(self, answer: bytes | None = OK, hang_up: bool = False) -> None:
        self.answer = answer
        self.requests: list[tuple[bytes, bytes]] = []
        self.connections = 0
        self.asked = asyncio.Event()
        self.url = ""
        self._hang_up = hang_up

    @asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["Peer"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
                self.requests.append((head, body))
                self.asked.set()
                if self.answer is not None:
                    writer.write(self.answer)
                    await writer.drain()
                if self._hang_up:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def pushing(peer: Peer, story: Callable[[AiohttpClient], Awaitable[None]], timeout: float = 10.0) -> None:
    """Run a story with a client and a peer that listens."""

    async def run() -> None:
        async with peer.listening(), AiohttpClient(timeout) as client:
            await story(client)

    asyncio.run(run())


def test_a_client_that_never_sent_has_nothing_to_close() -> None:
    client = AiohttpClient()
    port: HttpClient = client
    asyncio.run(client.close())
    assert isinstance(asyncio.run(port.send(Request("GET", "http://127.0.0.1/"))), NoReply)


def test_a_get_goes_out_as_its_url_is_written() -> None:
    peer = Peer()

    async def story(client: AiohttpClient) -> None:
        reply = await client.send(Request("GET", peer.url + "/in/?a%5B0%5D=1&b[0]=x%20y&date=10:00+%D0%B0"))
        assert reply == Reply(200, b"ok", "text/plain")

    pushing(peer, story)
    head, body = peer.requests[0]
    assert head.startswith(b"GET /in/?a%5B0%5D=1&b[0]=x%20y&date=10:00+%D0%B0 HTTP/1.1\r\n")
    assert body == b""


def test_a_query_of_its_own_is_added_to_the_url() -> None:
    peer = Peer()

    async def story(client: AiohttpClient) -> None:
        await client.send(Request("GET", peer.url + "/in", b"a=1"))
        await client.send(Request("GET", peer.url + "/in?key=7", b"a=1"))

    pushing(peer, story)
    lines = [head.split(b"\r\n")[0] for head, _ in peer.requests]
    assert lines == [b"GET /in?a=1 HTTP/1.1", b"GET /in?key=7&a=1 HTTP/1.1"]


def test_a_url_that_could_break_a_request_is_encoded_first() -> None:
    peer = Peer()

    async def story(client: AiohttpClient) -> None:
        await client.send(Request("GET", peer.url + "/in?who=Пётр Первый"))
        await client.send(Request("GET", peer.url + "/in?x=1 HTTP/1.1\r\nEvil: yes\r\n\r\n"))

    pushing(peer, story)
    assert peer.requests[0][0].startswith(
        b"GET /in?who=%D0%9F%D1%91%D1%82%D1%80+%D0%9F%D0%B5%D1%80%D0%B2%D1%8B%D0%B9 HTTP/1.1\r\n"
    )
    assert all(b"\r\nEvil" not in head for head, _ in peer.requests)


def test_a_post_carries_its_body_and_type() -> None:
    peer = Peer()

    async def story(client: AiohttpClient) -> None:
        await client.send(
            Request("POST", peer.url + "/in", content_type="application/json", body=b'{"a": 1}')
        )

    pushing(peer, story)
    head, body = peer.requests[0]
    assert head.startswith(b"POST /in HTTP/1.1\r\n")
    assert b"content-type: application/json\r\n" in head.lower()
    assert body == b'{"a": 1}'


def test_connections_are_kept_alive() -> None:
    peer = Peer()

    async def story(client: AiohttpClient) -> None:
        for _ in range(5):
            await client.send(Request("GET", peer.url))

    pushing(peer, story)
    assert len(peer.requests) == 5
    assert peer.connections == 1


@pytest.mark.parametrize("status", [204, 301, 404, 500, 503])
def test_every_status_is_a_reply(status: int) -> None:
    peer = Peer(b"HTTP/1.1 %d What\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status)

    async def story(client: AiohttpClient) -> None:
        reply = await client.send(Request("GET", peer.url))
        assert isinstance(reply, Reply)
        assert reply.status == status

    pushing(peer, story)
    assert len(peer.requests) == 1


def test_no_cookie_comes_back() -> None:
    peer = Peer(OK.replace(b"\r\nContent-Length", b"\r\nSet-Cookie: id=7\r\nContent-Length"))

    async def story(client: AiohttpClient) -> None:
        await client.send(Request("GET", peer.url))
        await client.send(Request("GET", peer.url))

    pushing(peer, story)
    assert all(b"cookie" not in head.lower() for head, _ in peer.requests)


def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    size = 40 * LARGEST_BODY
    peer = Peer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)

    async def story(client: AiohttpClient) -> None:
        reply = await client.send(Request("GET", peer.url))
        assert isinstance(reply, Reply)
        assert len(reply.body) == LARGEST_BODY
        again = await client.send(Request("GET", peer.url))
        assert isinstance(again, Reply)

    pushing(peer, story)
    assert peer.connections == 2


def test_a_packed_answer_is_not_unpacked() -> None:
    peer = Peer(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")

    async def story(client: AiohttpClient) -> None:
        reply = await client.send(Request("GET", peer.url))
        assert isinstance(reply, Reply)
        assert reply.body == b"abc"

    pushing(peer, story)


def test_a_peer_that_says_nothing_is_no_reply_after_the_timeout() -> None:
    peer = Peer(None)

    async def story(client: AiohttpClient) -> None:
        assert isinstance(await client.send(Request("GET", peer.url)), NoReply)

    pushing(peer, story, timeout=0.05)
    assert len(peer.requests) == 1


def test_a_peer_that_stops_in_the_middle_is_no_reply() -> None:
    peer = Peer(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", hang_up=True)

    async def story(client: AiohttpClient) -> None:
        assert isinstance(await client.send(Request("POST", peer.url, body=b"x")), NoReply)

    pushing(peer, story)


def test_a_peer_that_talks_nonsense_is_no_reply() -> None:
    peer = Peer(b"220 mail.example ESMTP\r\n\r\n", hang_up=True)

    async def story(client: AiohttpClient) -> None:
        assert isinstance(await client.send(Request("POST", peer.url, body=b"x")), NoReply)

    pushing(peer, story)


def test_a_peer_that_is_not_there_is_no_reply() -> None:
    async def run() -> None:
        async with Peer().listening() as peer:
            pass
        async with AiohttpClient() as client:
            assert isinstance(await client.send(Request("GET", peer.url)), NoReply)

    asyncio.run(run())


@pytest.mark.parametrize(
    "url", ["", "/in", "ftp://127.0.0.1/", "http://", "http://[::1", "http://127.0.0.1:99999/"]
)
def test_what_is_no_http_url_is_no_reply(url: str) -> None:
    async def run() -> None:
        async with AiohttpClient() as client:
            assert isinstance(await client.send(Request("GET", url)), NoReply)

    asyncio.run(run())


def test_a_connection_that_died_between_two_requests_is_replaced() -> None:
    peer = Peer(hang_up=True)

    async def story(client: AiohttpClient) -> None:
        for _ in range(3):
            assert isinstance(await client.send(Request("GET", peer.url)), Reply)

    pushing(peer, story)


def test_a_certificate_that_the_system_does_not_trust_is_no_reply(tmp_path: Path) -> None:
    peer = Peer()

    async def run() -> None:
        async with peer.listening(own_certificate(tmp_path)), AiohttpClient() as client:
            assert isinstance(await client.send(Request("GET", peer.url)), NoReply)

    asyncio.run(run())
    assert peer.requests == []


def test_a_closed_client_has_no_replies() -> None:
    peer = Peer(None)

    async def story(client: AiohttpClient) -> None:
        under_way = asyncio.create_task(client.send(Request("POST", peer.url, body=b"x")))
        await peer.asked.wait()
        await client.close()
        assert isinstance(await under_way, NoReply)
        assert isinstance(await client.send(Request("GET", peer.url)), NoReply)
        await client.close()

    pushing(peer, story)


def test_one_that_is_closed_while_a_name_is_looked_up_has_sent_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        asked, answered = asyncio.Event(), threading.Event()

        def hanging(*_: object, **__: object) -> list[object]:
            loop.call_soon_threadsafe(asked.set)
            answered.wait(10)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", hanging)
        client = AiohttpClient(repeats=False)
        sending = asyncio.create_task(client.send(Request("GET", "http://sms.example.net/")))
        await asked.wait()
        await client.close()
        try:
            assert await sending == NoReply("closed", sent=False)
        finally:
            answered.set()

    asyncio.run(story())


def test_the_log_names_the_host_and_never_the_url() -> None:
    async def run() -> list[Any]:
        async with Peer().listening() as peer:
            pass
        with capture_logs() as logs:
            async with AiohttpClient() as client:
                await client.send(Request("GET", peer.url + "/secret?password=secret", b"key=secret"))
                await client.send(Request("GET", "secret://user:secret@peer.example/secret"))
        return logs

    logs = asyncio.run(run())
    assert [entry["host"] for entry in logs] == ["127.0.0.1", "peer.example"]
    assert "secret" not in str(logs)


def own_certificate(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that nobody signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(encoding))
    (folder / "key.pem").write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("127.0.0.1", "address not allowed"),
        ("localhost", "address not allowed"),
        ("0x7f000001", "address not allowed"),
        ("[::ffff:127.0.0.1]", "address not allowed"),
        ("127.1", "no proper URL"),
        ("2130706433", "no proper URL"),
        ("0177.0.0.1", "no proper URL"),
    ],
)
def test_this_machine_is_not_called_in_whatever_spelling(host: str, words: str) -> None:
    peer = Peer()

    async def story(client: AiohttpClient) -> None:
        url = peer.url.replace("127.0.0.1", host)
        assert await client.send(Request("GET", url)) == NoReply(words, sent=False)

    guarding(peer, story, ())
    assert peer.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001"])
def test_a_network_that_is_allowed_is_called(host: str) -> None:
    peer = Peer()

    async def story(client: AiohttpClient) -> None:
        reply = await client.send(Request("GET", peer.url.replace("127.0.0.1", host)))
        assert isinstance(reply, Reply)

    guarding(peer, story, ("127.0.0.0/8",))
    assert len(peer.requests) == 1


def guarding(peer: Peer, story: Callable[[AiohttpClient], Awaitable[None]], allow: tuple[str, ...]) -> None:
    """Run a story with a client that connects to the public internet and to these networks only."""

    async def run() -> None:
        async with peer.listening(), AiohttpClient(10.0, parse_networks(allow)) as client:
            await story(client)

    asyncio.run(run())
