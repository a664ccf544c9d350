"""Requests over a socket, the good and the merely unusual."""

import asyncio
import re

import pytest
from structlog.testing import capture_logs

from gonets.model.calls import Call, Submission, Submit
from gonets.model.results import Outcome
from tests.stories.http.served import (
    GET,
    LAST,
    QUERY,
    SEND,
    STATUS,
    TAKEN,
    accept_all,
    connected,
    reply,
    rest,
    run,
    say,
    serving,
    still_serves,
)

FORM = b"application/x-www-form-urlencoded"


def post(body: bytes, *fields: bytes) -> bytes:
    head = [f"POST {SEND} HTTP/1.1".encode(), b"Host: gate", b"Content-Type: " + FORM, *fields]
    return b"\r\n".join([*head, b"Content-Length: %d" % len(body), b"", body])


def test_an_answer_is_the_rows_and_not_an_octet_more() -> None:
    async def story() -> None:
        async with serving() as port:
            answer = await say(port, LAST)
            assert re.fullmatch(
                rb"HTTP/1\.1 200 OK\r\n"
                rb"date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n"
                rb"content-type: text/plain; charset=utf-8\r\n"
                rb"content-length: 9\r\n"
                rb"connection: close\r\n"
                rb"\r\n"
                rb"ok;0;1001",
                answer,
            )

    run(story)


def test_a_connection_serves_one_request_after_another() -> None:
    async def story() -> None:
        async with serving() as port, connected(port) as (reader, writer):
            for _ in range(5):
                writer.write(GET)
                assert await reply(reader) == (200, TAKEN)

    run(story)


def test_a_request_may_come_one_octet_at_a_time() -> None:
    async def story() -> None:
        async with serving() as port, connected(port) as (reader, writer):
            for request in (GET, post(QUERY.encode())):
                for octet in request:
                    writer.write(bytes([octet]))
                    await asyncio.sleep(0)
                assert await reply(reader) == (200, TAKEN)

    run(story)


RAW = GET.replace(b"Hello", "Привет".encode())


@pytest.mark.parametrize("size", [1, 7, 100, len(RAW)])
def test_octets_of_a_text_may_stand_in_an_address_as_they_are(size: int) -> None:
    texts: list[str] = []

    async def hear(call: Call) -> Outcome:
        assert isinstance(call.what, Submit)
        texts.extend(item.text for item in call.what.items if isinstance(item, Submission))
        return await accept_all(call)

    async def story() -> None:
        async with serving(hear) as port, connected(port) as (reader, writer):
            for request in (RAW, b"\r\n" + RAW, GET, RAW):
                for start in range(0, len(request), size):
                    writer.write(request[start : start + size])
                    await asyncio.sleep(0)
                assert await reply(reader) == (200, TAKEN)

    run(story)
    assert texts == ["Привет", "Привет", "Hello", "Привет"]


def test_a_form_may_be_posted_whole_or_in_chunks() -> None:
    chunked = (
        f"POST {SEND} HTTP/1.1\r\nHost: gate\r\nTransfer-Encoding: chunked\r\n\r\n"
        f"5\r\n{QUERY[:5]}\r\n{len(QUERY) - 5:x}\r\n{QUERY[5:]}\r\n0\r\n\r\n"
    )

    async def story() -> None:
        async with serving() as port, connected(port) as (reader, writer):
            writer.write(post(QUERY.encode()))
            assert await reply(reader) == (200, TAKEN)
            writer.write(chunked.encode())
            assert await reply(reader) == (200, TAKEN)

    run(story)


def test_a_client_that_waits_to_be_told_to_go_on_is_told() -> None:
    async def story() -> None:
        async with serving() as port, connected(port) as (reader, writer):
            head, _, body = post(QUERY.encode(), b"Expect: 100-continue").partition(b"\r\n\r\n")
            writer.write(head + b"\r\n\r\n")
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(body)
            assert await reply(reader) == (200, TAKEN)

    run(story)


def test_pipelined_requests_are_answered_in_order() -> None:
    async def later_first(call: Call) -> Outcome:
        """The longer the password, the sooner; a wrong one gives away which request it is the answer to."""
        for _ in range(200 - len(call.who.password)):
            await asyncio.sleep(0)
        return await accept_all(call)

    async def story() -> None:
        async with serving(later_first) as port, connected(port) as (reader, writer):
            for place in range(100):
                query = f"login=CLIENT&password={'x' * place}&text[{place}]=T"
                writer.write(f"GET {SEND}?{query} HTTP/1.1\r\nHost: gate\r\n\r\n".encode())
            for place in range(100):
                assert await reply(reader) == (200, b"error-auth;%d;" % place)

    run(story)


def test_thousands_of_requests_in_one_write_are_all_answered() -> None:
    async def story() -> None:
        async with serving() as port, connected(port) as (reader, writer):
            writer.write(GET * 4_000)
            for _ in range(4_000):
                assert await reply(reader) == (200, TAKEN)

    run(story)


def test_http_1_0_is_answered_and_closed() -> None:
    async def story() -> None:
        async with serving() as port:
            answer = await say(port, f"GET {SEND}?{QUERY} HTTP/1.0\r\n\r\n".encode())
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert answer.endswith(b"connection: close\r\n\r\n" + TAKEN)

    run(story)


def test_a_client_that_is_done_asking_and_listens_on_is_answered() -> None:
    async def story() -> None:
        async with serving() as port, connected(port) as (reader, writer):
            writer.write(GET + GET)
            writer.write_eof()
            assert (await rest(reader)).count(TAKEN) == 2

    run(story)


@pytest.mark.parametrize("wish", [b"Upgrade: h2c", b"Upgrade: websocket"])
def test_a_wish_to_speak_something_else_is_not_heard(wish: bytes) -> None:
    asked = GET.replace(b"Host:", b"Connection: Upgrade\r\n" + wish + b"\r\nHost:")

    async def story() -> None:
        async with serving() as port, connected(port) as (reader, writer):
            writer.write(asked + asked)
            assert await reply(reader) == (200, TAKEN)
            assert await reply(reader) == (200, TAKEN)
            writer.write(post(QUERY.encode(), b"Connection: Upgrade", wish))
            assert await reply(reader) == (200, TAKEN)

    run(story)


@pytest.mark.parametrize("method", [b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE"])
def test_other_methods_are_not_allowed(method: bytes) -> None:
    async def story() -> None:
        async with serving() as port:
            answer = await say(port, LAST.replace(b"GET", method, 1))
            assert answer.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
            assert b"\r\nallow: GET, HEAD, POST\r\n" in answer

    run(story)


def test_a_head_request_has_no_effect_and_no_body() -> None:
    asked: list[Call] = []

    async def record(call: Call) -> Outcome:
        asked.append(call)
        return await accept_all(call)

    async def story() -> None:
        async with serving(record) as port:
            answer = await say(port, LAST.replace(b"GET", b"HEAD", 1))
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert answer.endswith(b"\r\n\r\n")

    run(story)
    assert asked == []


@pytest.mark.parametrize(
    ("target", "status", "body"),
    [
        ("/", 200, b"error-syntax"),
        ("/%ff/%00/send", 200, b"error-syntax"),
        (f"/{SEND}?{QUERY}", 200, TAKEN),
        (f"//CLIENT//connectorX//send?{QUERY}", 200, TAKEN),
        (f"http://gate:9876{SEND}?{QUERY}", 200, TAKEN),
        (f"{SEND}?{QUERY}#anything", 200, TAKEN),
        (f"/CLIENT/connector9/send?{QUERY}", 200, b"error-auth;0;"),
        (f"{SEND}?{QUERY.replace('P@ssw0rd', 'no')}", 200, b"error-auth;0;"),
        (f"{SEND}?{QUERY}&subject[1]=S&address[1]=7&text[1]=%FF", 200, TAKEN + b"\nerror-syntax;1;"),
        (f"{STATUS}?{QUERY}&providerId[0]=77", 200, b"error-provider-id-unknown;77;;;"),
    ],
)
def test_a_target_is_answered_by_the_dialect(target: str, status: int, body: bytes) -> None:
    async def story() -> None:
        async with serving() as port, connected(port) as (reader, writer):
            writer.write(f"GET {target} HTTP/1.1\r\nHost: gate\r\n\r\n".encode())
            assert await reply(reader) == (status, body)

    run(story)


def test_as_many_keys_as_fit_are_answered_each_with_its_row() -> None:
    query = "login=CLIENT&password=P@ssw0rd&" + "&".join(f"text[{number}]=" for number in range(5_000))
    assert len(query) < 64 * 1024

    async def story() -> None:
        async with serving() as port, connected(port) as (reader, writer):
            writer.write(f"GET {SEND}?{query} HTTP/1.1\r\n\r\n".encode())
            status, body = await reply(reader)
            assert status == 200
            assert body.split(b"\n") == [b"error-syntax;%d;" % number for number in range(5_000)]

    run(story)


def test_a_fault_of_ours_costs_its_request_only_and_leaves_no_secret_in_the_log() -> None:
    async def broken(call: Call) -> Outcome:
        if "boom" in repr(call.what):
            raise RuntimeError(f"no answer for {call.who.password}")
        return await accept_all(call)

    async def story() -> None:
        async with serving(broken) as port, connected(port) as (reader, writer):
            writer.write(GET.replace(b"Hello", b"boom"))
            assert await reply(reader) == (500, b"error-system An error on our side, try again later.")
            writer.write(GET)
            assert await reply(reader) == (200, TAKEN)

    with capture_logs() as logs:
        run(story)
    (line,) = logs
    assert (line["action"], line["error"], line["log_level"]) == ("request_failed", "RuntimeError", "error")
    assert any("broken" in place for place in line["trace"])
    assert "P@ssw0rd" not in repr(logs)
    assert "CLIENT" not in repr(logs)


def test_a_client_that_hangs_up_costs_nobody_else_anything() -> None:
    async def story() -> None:
        answering = asyncio.Event()
        finished = asyncio.Event()

        async def slow(call: Call) -> Outcome:
            if "slow" in repr(call.what):
                answering.set()
                await finished.wait()
            return await accept_all(call)

        async with serving(slow) as port:
            for cut in (1, 20, len(GET) - 1):
                async with connected(port) as (_, writer):
                    writer.write(GET[:cut])
                    await writer.drain()
            async with connected(port) as (_, writer):
                writer.write(post(QUERY.encode())[:-5])
                await writer.drain()
            async with connected(port) as (_, writer):
                writer.write(GET.replace(b"Hello", b"slow"))
                await answering.wait()
                writer.transport.abort()
            finished.set()
            assert await still_serves(port)

    run(story)
