"""Several dialects behind one listener: who a request is for, by its host or by its path, and who really asks it.

A host that is mapped to a dialect has that dialect's scripts at its root; on any other host a path tells its dialect.
Refused here: paths that are no dialect's (HTTP 404). What a proxy says of its client is believed of proxies that are
configured, and of nobody else.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from gonets.model.tables import Network
from gonets.rules.hosts import allows
from gonets.servers.http import Dialect, address_of, respond
from gonets.servers.reports import PREFIX, ReportDoor
from gonets.wire.http import Reply

_NOWHERE: Final = Reply(404, b"There is no such script here.")
_MOST_HOPS: Final = 20
"""Proxies in a row that are looked through."""


class Site:
    """The ASGI application that hands each request to its dialect."""

    def __init__(
        self,
        dialects: Mapping[str, Dialect],
        hosts: Mapping[str, str] | None = None,
        reports: ReportDoor | None = None,
    ) -> None:
        """`dialects` by name, asked in this order whether a path is theirs; `hosts`: names of hosts, in lower case
        and without a port, to the name of the only dialect there; `reports`: what providers report to, on any host."""
        self._reports = reports
        self._dialects = tuple(dialects.values())
        self._hosts = {host: dialects[name] for host, name in (hosts or {}).items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._reports is not None and scope["path"].startswith(PREFIX):
            await self._reports(scope, receive, send)
            return
        dialect = self._mapped(scope) if self._hosts else None
        if dialect is None:
            dialect = self._of_path(scope["path"])
        if dialect is None:
            await respond(send, _NOWHERE)
        else:
            await dialect(scope, receive, send)

    def too_long(self, path: str) -> Reply:
        """The answer to a request whose query is over the limit and was not read."""
        dialect = self._of_path(path)
        return _NOWHERE if dialect is None else dialect.too_long(path)

    def _of_path(self, path: str) -> Dialect | None:
        if "//" in path:
            path = "/" + "/".join(filter(None, path.split("/")))
        for dialect in self._dialects:
            if dialect.serves(path):
                return dialect
        return None

    def _mapped(self, scope: Scope) -> Dialect | None:
        for name, value in scope["headers"]:
            if name == b"host":
                return self._hosts.get(_hostname(value.decode("latin-1")))
        return None


class Forwarded:
    """The ASGI application that tells the one behind it who asks, where a proxy that is trusted says so."""

    def __init__(self, app: ASGIApp, proxies: Sequence[Network]) -> None:
        self._app = app
        self._proxies = tuple(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one request on."""
        if allows(address_of(scope), self._proxies):
            scope = self._seen_through(scope)
        await self._app(scope, receive, send)

    def _seen_through(self, scope: Scope) -> Scope:
        """The request as the first proxy got it: `X-Forwarded-For`, `-Proto` and `-Host`.

        The client is the last address that is no trusted proxy: what stands before it anybody could have written.
        """
        hops: list[str] = []
        seen: Scope = dict(scope)
        headers: list[tuple[bytes, bytes]] = []
        host: bytes | None = None
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                hops += value.decode("latin-1").split(",")
            elif name == b"x-forwarded-proto":
                scheme = value.decode("latin-1").rpartition(",")[2].strip().lower()
                if scheme in {"http", "https"}:
                    seen["scheme"] = scheme
            elif name == b"x-forwarded-host":
                host = value.rpartition(b",")[2].strip()
            else:
                headers.append((name, value))
        if host:
            headers = [(b"host", host), *(field for field in headers if field[0] != b"host")]
        for hop in reversed(hops[-_MOST_HOPS:]):
            seen["client"] = (_bare(hop.strip()), 0)
            if not allows(seen["client"][0], self._proxies):
                break
        seen["headers"] = headers
        return seen


def _hostname(host: str) -> str:
    """A host without its port, in lower case and without the dot that ends a whole name."""
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    return name.rstrip(".").lower()


def _bare(hop: str) -> str:
    """An address without its port, as some proxies write it."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
