"""The administrator's door, on a listener of its own: is it alive, is it ready, what does it count.

GET only; nothing is changed here and nothing of a client or a message is told. It is meant for a network that
only the operator reaches: there are no credentials.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.types import Receive, Scope, Send

from gonets.servers.http import log_fault, respond
from gonets.wire.http import Reply

Check = tuple[str, bool, str]
"""What was looked at, whether it is well, and a sentence."""

_ALIVE: Final = Reply(200, b"ok")
_UNKNOWN: Final = Reply(404, b"There are /healthz, /readyz and /metrics.")
_NOT_ALLOWED: Final = Reply(405, b"Use GET.")
_BROKEN: Final = Reply(500, b"An error on our side, see the log.")
_FRESH: Final = (b"cache-control", b"no-store")


class _CheckAnswer(msgspec.Struct, frozen=True):
    name: str
    ok: bool
    text: str


class _ReadyAnswer(msgspec.Struct, frozen=True):
    ready: bool
    checks: list[_CheckAnswer]


class Admin:
    """The ASGI application of `/healthz`, `/readyz` and `/metrics`."""

    def __init__(
        self,
        ready: Callable[[], Sequence[Check]],
        registry: CollectorRegistry,
        refresh: Callable[[], Awaitable[None]],
        refresh_s: float = 5.0,
    ) -> None:
        """`refresh` brings gauges up to date before they are shown; after `refresh_s` seconds, or when it
        raises, they are shown as they are."""
        self._ready = ready
        self._registry = registry
        self._refresh = refresh
        self._refresh_s = refresh_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in {"GET", "HEAD"}:
            await respond(send, _NOT_ALLOWED, (b"allow", b"GET, HEAD"))
            return
        try:
            reply = await self._reply(scope["path"])
        except Exception as error:  # noqa: BLE001 - the door of a request
            log_fault(error)
            reply = _BROKEN
        await respond(send, reply, _FRESH)

    async def _reply(self, path: str) -> Reply:
        match path:
            case "/healthz":
                return _ALIVE
            case "/readyz":
                return self._readiness()
            case "/metrics":
                return await self._metrics()
            case _:
                return _UNKNOWN

    def _readiness(self) -> Reply:
        """HTTP 200 when every check is well, else 503; the checks either way."""
        checks = [_CheckAnswer(*check) for check in self._ready()]
        ready = all(check.ok for check in checks)
        return Reply(
            200 if ready else 503, msgspec.json.encode(_ReadyAnswer(ready, checks)), "application/json"
        )

    async def _metrics(self) -> Reply:
        """The registry in the text format of Prometheus."""
        try:
            async with asyncio.timeout(self._refresh_s):
                await self._refresh()
        except Exception as error:  # noqa: BLE001 - old figures are better than none
            log_fault(error)
        return Reply(200, generate_latest(self._registry), CONTENT_TYPE_LATEST)
