"""The administrator's door."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from prometheus_client import CollectorRegistry, Gauge
from structlog.testing import capture_logs

from gonets.servers.admin import Admin, Check
from gonets.servers.http import HttpServer
from gonets.servers.sockets import Listener
from tests.stories.http.served import connected, reply, run

WELL: Check = ("store", True, "It takes messages.")
ILL: Check = ("connectors", False, "No link is up.")


async def nothing() -> None:
    """Nothing to bring up to date."""


def asked(
    path: str,
    checks: Callable[[], Sequence[Check]] = lambda: [WELL],
    registry: CollectorRegistry | None = None,
    refresh: Callable[[], Awaitable[None]] = nothing,
    method: str = "GET",
) -> tuple[int, bytes]:
    answers: list[tuple[int, bytes]] = []

    async def story() -> None:
        app = Admin(checks, registry or CollectorRegistry(), refresh, refresh_s=0.05)
        async with (
            HttpServer(app, [Listener("127.0.0.1", 0)]) as running,
            connected(running.ports[0]) as (
                reader,
                writer,
            ),
        ):
            writer.write(f"{method} {path} HTTP/1.1\r\n\r\n".encode())
            answers.append(await reply(reader))

    run(story)
    return answers[0]


def test_the_process_lives_whatever_else_is_ill() -> None:
    assert asked("/healthz", lambda: [ILL]) == (200, b"ok")


def test_ready_is_when_every_check_is_well() -> None:
    status, body = asked("/readyz")
    assert status == 200
    assert msgspec.json.decode(body) == {
        "ready": True,
        "checks": [{"name": "store", "ok": True, "text": "It takes messages."}],
    }


def test_one_ill_check_is_http_503_and_named() -> None:
    status, body = asked("/readyz", lambda: [WELL, ILL])
    assert status == 503
    told = msgspec.json.decode(body)
    assert told["ready"] is False
    assert told["checks"][1] == {"name": "connectors", "ok": False, "text": "No link is up."}


def test_metrics_are_brought_up_to_date_before_they_are_shown() -> None:
    registry = CollectorRegistry()
    depth = Gauge("gonets_lane_depth", "Parts that wait.", registry=registry)

    async def refresh() -> None:
        depth.set(7)

    status, body = asked("/metrics", registry=registry, refresh=refresh)
    assert status == 200
    assert b"\ngonets_lane_depth 7.0\n" in body


def test_metrics_are_shown_as_they_are_when_they_cannot_be_brought_up_to_date() -> None:
    registry = CollectorRegistry()
    Gauge("gonets_lane_depth", "Parts that wait.", registry=registry).set(3)

    async def broken() -> None:
        raise RuntimeError("the store is down")

    async def stuck() -> None:
        await asyncio.Event().wait()

    for refresh in (broken, stuck):
        with capture_logs() as logs:
            status, body = asked("/metrics", registry=registry, refresh=refresh)
        assert status == 200
        assert b"gonets_lane_depth 3.0" in body
        assert [line["action"] for line in logs] == ["request_failed"]


def test_a_check_that_breaks_is_http_500_not_silence() -> None:
    def broken() -> Sequence[Check]:
        raise RuntimeError("boom")

    with capture_logs():
        assert asked("/readyz", broken)[0] == 500


def test_there_is_nothing_else_and_nothing_to_change() -> None:
    assert asked("/")[0] == 404
    assert asked("/healthz", method="POST")[0] == 405
