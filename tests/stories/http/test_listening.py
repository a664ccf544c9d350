"""Listening sockets: how they are opened, shared and closed."""

import asyncio
import socket

import pytest
from structlog.testing import capture_logs

from gonets.model.calls import Call
from gonets.model.results import Outcome
from gonets.servers.connection import Limits
from gonets.servers.http import HttpServer
from gonets.servers.sockets import CannotListen, Listener
from tests.stories.http.served import (
    GET,
    LAST,
    TAKEN,
    accept_all,
    connected,
    dialect,
    reply,
    rest,
    run,
    say,
    server,
    still_serves,
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def can_listen(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def test_a_taken_port_is_named_and_no_other_stays_open() -> None:
    free = free_port()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = HttpServer(dialect(), [Listener("127.0.0.1", free), Listener("127.0.0.1", port)])
        with pytest.raises(
            CannotListen, match=rf"^port {port} is taken on 127\.0\.0\.1; stop what listens there"
        ):
            running.bind()
    assert running.ports == ()
    assert can_listen(free)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_named(host: str) -> None:
    with pytest.raises(CannotListen, match=f"^{host} is not an address of this machine$"):
        HttpServer(dialect(), [Listener(host, 0)]).bind()


def test_several_listeners_serve_the_same_application_on_ports_that_can_be_read() -> None:
    async def story() -> None:
        running = HttpServer(dialect(), [Listener("127.0.0.1", 0), Listener("localhost", 0)])
        running.bind()
        bound = running.ports
        async with running:
            assert running.ports == bound
            assert len(set(bound)) == 2
            assert [await still_serves(port) for port in bound] == [True, True]
        assert running.ports == ()
        assert [can_listen(port) for port in bound] == [True, True]

    run(story)


def test_the_address_of_a_peer_is_told_to_whoever_answers() -> None:
    asked: list[Call] = []

    async def record(call: Call) -> Outcome:
        asked.append(call)
        return await accept_all(call)

    async def story() -> None:
        app = dialect(record)
        async with HttpServer(app, [Listener("127.0.0.1", 0), Listener("::", 0)]) as running:
            for port in running.ports:
                assert await still_serves(port)

    run(story)
    assert [call.who.address for call in asked] == ["127.0.0.1", "127.0.0.1"]


def test_a_stop_lets_requests_in_flight_finish_and_closes_the_rest() -> None:
    async def story() -> None:
        asked = asyncio.Event()
        go_on = asyncio.Event()

        async def slow(call: Call) -> Outcome:
            if "slow" in repr(call.what):
                asked.set()
                await go_on.wait()
            return await accept_all(call)

        running = server(slow)
        await running.start()
        (port,) = running.ports
        async with (
            connected(port) as (idle, first),
            connected(port) as (reader, writer),
            connected(port) as (half, third),
        ):
            first.write(GET)
            assert await reply(idle) == (200, TAKEN)
            third.write(GET[:20])
            writer.write(GET.replace(b"Hello", b"slow"))
            await asked.wait()
            stopping = asyncio.ensure_future(running.stop())
            assert await rest(idle) == b""
            assert await rest(half) == b""
            with pytest.raises(ConnectionError):
                await say(port, LAST)
            assert not stopping.done()
            go_on.set()
            answer = await rest(reader)
            assert answer.endswith(b"connection: close\r\n\r\n" + TAKEN)
            await stopping
        assert running.connections == 0
        assert can_listen(port)

    run(story)


def test_a_stop_answers_pipelined_requests_that_were_read() -> None:
    async def story() -> None:
        asked = asyncio.Event()
        go_on = asyncio.Event()

        async def slow(call: Call) -> Outcome:
            asked.set()
            await go_on.wait()
            return await accept_all(call)

        running = server(slow)
        await running.start()
        async with connected(running.ports[0]) as (reader, writer):
            writer.write(GET * 3)
            await asked.wait()
            stopping = asyncio.ensure_future(running.stop())
            go_on.set()
            assert (await rest(reader)).count(TAKEN) == 3
            await stopping

    run(story)


def test_a_stop_waits_for_a_request_without_end_only_so_long() -> None:
    async def story() -> None:
        asked = asyncio.Event()

        async def endless(call: Call) -> Outcome:
            asked.set()
            await asyncio.Event().wait()
            return await accept_all(call)

        running = server(endless, Limits(grace_s=0.05))
        await running.start()
        async with connected(running.ports[0]) as (reader, writer):
            writer.write(GET)
            await asked.wait()
            await running.stop()
            assert await rest(reader) == b""
        assert running.connections == 0

    with capture_logs() as logs:
        run(story)
    assert [line["action"] for line in logs] == ["request_cut_off"]


def test_a_server_that_never_started_can_be_stopped() -> None:
    async def story() -> None:
        running = server()
        running.bind()
        (port,) = running.ports
        await running.stop()
        assert can_listen(port)

    run(story)
