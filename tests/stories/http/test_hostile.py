"""What clients send that they should not: it costs the request it belongs to, and never more."""

import asyncio
from typing import cast

import pytest
from starlette.types import Receive, Scope, Send

from gonets.model.calls import Call
from gonets.model.results import Outcome
from gonets.servers.connection import Limits
from gonets.servers.http import HttpServer
from gonets.servers.sockets import Listener
from tests.stories.http.served import (
    ENOUGH,
    GET,
    LAST,
    QUERY,
    SEND,
    TAKEN,
    accept_all,
    connected,
    reply,
    rest,
    run,
    say,
    server,
    serving,
    still_serves,
    until,
)

SHORT = Limits(head_s=0.08, body_s=0.08, idle_s=0.08, stuck_s=0.08, linger_s=0.2)


def posted(length: int, *fields: str) -> bytes:
    """The head of a POST that announces so many octets."""
    head = [f"POST {SEND} HTTP/1.1", "Host: gate", *fields, f"Content-Length: {length}"]
    return "\r\n".join([*head, "", ""]).encode()


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_a_query_that_is_too_long_has_the_dialects_answer() -> None:
    async def story() -> None:
        async with serving() as port:
            for length in (66_000, 70_000, 3_000_000):
                text = "x" * length
                answer = await say(port, f"GET {SEND}?{QUERY}{text} HTTP/1.1\r\nHost: gate\r\n\r\n".encode())
                expected = b"ok;0;1001" if length < 65_000 else b"error-syntax"
                assert status_of(answer) == 200
                assert answer.endswith(b"connection: close\r\n\r\n" + expected)
            assert await still_serves(port)

    run(story)


def test_a_query_that_just_fits_is_read() -> None:
    async def story() -> None:
        async with serving() as port, connected(port) as (reader, writer):
            writer.write(f"GET {SEND}?{QUERY}{'x' * 65_000} HTTP/1.1\r\nHost: gate\r\n\r\n".encode())
            assert await reply(reader) == (200, TAKEN)

    run(story)


def test_a_body_that_is_too_long_has_the_dialects_answer_before_it_has_come() -> None:
    async def story() -> None:
        async with serving() as port:
            async with connected(port) as (reader, writer):
                writer.write(posted(10**15) + b"x" * 100)
                answer = await rest(reader)
                assert answer.endswith(b"connection: close\r\n\r\nerror-syntax")
            async with connected(port) as (reader, writer):
                writer.write(posted(70_000, "Expect: 100-continue"))
                assert b"100 Continue" not in await rest(reader)
            assert await still_serves(port)

    run(story)


def test_a_body_in_chunks_that_is_too_long_has_the_dialects_answer() -> None:
    async def story() -> None:
        async with serving() as port, connected(port) as (reader, writer):
            writer.write(f"POST {SEND} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            writer.write((b"1000\r\n" + b"x" * 4096 + b"\r\n") * 100)
            assert (await rest(reader)).endswith(b"connection: close\r\n\r\nerror-syntax")

    run(story)


def test_query_and_body_count_together() -> None:
    async def story() -> None:
        async with serving() as port:
            for length, expected in ((30_000, TAKEN), (36_000, b"error-syntax")):
                query = QUERY + "&pad=" + "x" * 30_000
                head = (
                    f"POST {SEND}?{query} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
                )
                assert (await say(port, head.encode() + b"y" * length)).endswith(b"\r\n\r\n" + expected)

    run(story)


def test_ten_thousand_keys_are_too_long_for_one_request() -> None:
    query = "&".join(f"text[{number}]=T" for number in range(10_000))

    async def story() -> None:
        async with serving() as port:
            answer = await say(port, f"GET {SEND}?{query} HTTP/1.1\r\n\r\n".encode())
            assert answer.endswith(b"\r\n\r\nerror-syntax")

    run(story)


@pytest.mark.parametrize(
    "field",
    [b"Cookie: " + b"x" * 70_000 + b"\r\n", b"Cookie: " + b"x" * 500_000, b"X: y\r\n" * 101, b"X" * 100_000],
    ids=["whole", "endless", "many", "nameless"],
)
def test_a_head_that_is_too_long_is_refused(field: bytes) -> None:
    async def story() -> None:
        async with serving() as port:
            answer = await say(port, f"GET {SEND}?{QUERY} HTTP/1.1\r\n".encode() + field + b"\r\n")
            assert status_of(answer) == 431
            assert b"\r\nconnection: close\r\n" in answer
            assert await still_serves(port)

    run(story)


def test_trailers_are_held_to_the_limits_of_a_head() -> None:
    head = f"POST {SEND} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n".encode()

    async def story() -> None:
        async with serving() as port:
            assert status_of(await say(port, head + b"X: y\r\n" * 200)) == 431
            assert await still_serves(port)

    run(story)


@pytest.mark.parametrize(
    "octets",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello\r\n\r\n",
        b"\0",
        b"GET /\0 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n",
        b"\xff /?text=\xff HTTP/1.1\r\n\r\n",
        b"GET /?text=x HTTP/1.1\xff\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nContent-Length: -3\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        b"CONNECT gate:443 HTTP/1.1\r\n\r\n",
        b"GET http:///x HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"MAIL FROM:<a@b.example>\r\n",
    ],
)
def test_what_is_no_http_is_told_so_and_closed(octets: bytes) -> None:
    async def story() -> None:
        async with serving() as port:
            answer = await say(port, octets)
            assert status_of(answer) == 400
            assert answer.endswith(b"\r\n\r\nThis is not a valid HTTP request.")
            assert await still_serves(port)

    run(story)


def test_what_was_asked_before_the_nonsense_is_answered_and_the_nonsense_is_not() -> None:
    async def story() -> None:
        seen = asyncio.Event()

        async def once_the_rest_has_come(call: Call) -> Outcome:
            await seen.wait()
            return await accept_all(call)

        async with serving(once_the_rest_has_come) as port, connected(port) as (reader, writer):
            broken_body = f"POST {SEND} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".encode()
            writer.write(GET + GET + broken_body)
            await writer.drain()
            seen.set()
            answer = await rest(reader)
            assert answer.count(b"HTTP/1.1 200 OK") == answer.count(TAKEN) == 2
            assert b" 400 " not in answer

    run(story)


def test_a_head_that_does_not_end_in_time_is_cut_off() -> None:
    async def story() -> None:
        async with serving(limits=SHORT) as port:
            async with connected(port) as (reader, writer):
                writer.write(GET[:30])
                assert status_of(await rest(reader)) == 408
            assert await still_serves(port)

    run(story)


def test_a_head_that_dribbles_has_no_more_time_than_one_that_stops() -> None:
    async def story() -> None:
        async with serving(limits=SHORT) as port, connected(port) as (reader, writer):
            answer = asyncio.ensure_future(rest(reader))
            for octet in GET[:60]:
                writer.write(bytes([octet]))
                done, _ = await asyncio.wait([answer], timeout=0.02)
                if done:
                    break
            assert answer.done()
            assert status_of(answer.result()) == 408

    run(story)


def test_a_body_that_does_not_end_in_time_is_cut_off() -> None:
    async def story() -> None:
        async with serving(limits=SHORT) as port:
            async with connected(port) as (reader, writer):
                writer.write(posted(50) + b"login=")
                assert status_of(await rest(reader)) == 408
            assert await still_serves(port)

    run(story)


@pytest.mark.parametrize("before", [b"", GET, GET + b"\r\n\r\n"])
def test_a_connection_on_which_nothing_is_asked_is_closed_without_a_word(before: bytes) -> None:
    async def story() -> None:
        async with serving(limits=SHORT) as port, connected(port) as (reader, writer):
            writer.write(before)
            assert (await rest(reader)).count(b"HTTP/1.1") == (1 if before else 0)

    run(story)


def test_an_answer_may_take_longer_than_the_peer_may() -> None:
    async def slow(call: Call) -> Outcome:
        await asyncio.sleep(0.25)
        return await accept_all(call)

    async def story() -> None:
        async with serving(slow, SHORT) as port, connected(port) as (reader, writer):
            writer.write(GET)
            assert await reply(reader) == (200, TAKEN)

    run(story)


def test_a_peer_that_takes_nothing_of_its_answer_is_dropped() -> None:
    began = asyncio.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        began.set()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
            await asyncio.sleep(0)
            if not running.connections:
                return

    running = HttpServer(endless, [Listener("127.0.0.1", 0)], SHORT)

    async def story() -> None:
        async with running, connected(running.ports[0]) as (_, writer):
            transport = cast(asyncio.Transport, writer.transport)
            transport.pause_reading()
            writer.write(GET)
            await asyncio.wait_for(began.wait(), ENOUGH)
            await until(lambda: running.connections == 0)
            transport.abort()

    run(story)


def test_pipelined_requests_wait_in_the_socket_not_in_memory() -> None:
    async def story() -> None:
        asked: list[Call] = []
        permits = asyncio.Semaphore(0)

        async def held(call: Call) -> Outcome:
            asked.append(call)
            await permits.acquire()
            return await accept_all(call)

        async with serving(held) as port, connected(port) as (reader, writer):
            flood = GET * 200_000
            writer.write(flood)
            await until(lambda: len(asked) == 1)
            for _ in range(100):
                permits.release()
                assert await reply(reader) == (200, TAKEN)
            await until(lambda: len(asked) == 101)
            assert writer.transport.get_write_buffer_size() > len(flood) // 2
            writer.transport.abort()
            permits.release()

    run(story)


def test_one_connection_too_many_is_told_to_come_later() -> None:
    async def story() -> None:
        async with serving(limits=Limits(connections=2)) as port:
            async with connected(port) as (first, one), connected(port) as (second, two):
                for reader, writer in ((first, one), (second, two)):
                    writer.write(GET)
                    assert await reply(reader) == (200, TAKEN)
                answer = await say(port, b"")
                assert status_of(answer) == 503
                one.write(LAST)
                assert (await rest(first)).endswith(TAKEN)
            assert await still_serves(port)

    run(story)


def test_a_server_counts_its_connections_and_forgets_them() -> None:
    running = server()

    async def story() -> None:
        async with running:
            async with connected(running.ports[0]) as (reader, writer):
                writer.write(GET)
                await reply(reader)
                assert running.connections == 1
                writer.write(LAST)
                await rest(reader)
            await until(lambda: running.connections == 0)

    run(story)
