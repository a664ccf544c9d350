"""What providers report to us of their own accord: `/receipts/<connector>/<token>`, by GET or POST.

A report is answered as its connector says once what it tells is durable. Refused here: unknown connectors and wrong
tokens, without telling which (HTTP 404); what is too long (413); and what could not be made durable (503), so that it
is sent again. Tokens stand in the path, so there is no log of it.
"""

import asyncio
from typing import Final

from starlette.types import Receive, Scope, Send

from gonets.model.results import Refused
from gonets.ports.edges import Reports
from gonets.servers.http import log_fault, read_request, respond
from gonets.wire.http import Reply

PREFIX: Final = "/receipts/"

_PAYLOAD: Final = 65_536
"""Octets that query and body may have together."""
_NOWHERE: Final = Reply(404, b"There is no such script here.")
_NOT_ALLOWED: Final = Reply(405, b"Use GET or POST.")
_TOO_LONG: Final = Reply(413, b"The report is too long.")
_LATER: Final = Reply(503, b"It could not be written; send it again later.")


class ReportDoor:
    """The ASGI application of reports."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Whatever goes wrong on our side costs this request only."""
        try:
            await self._answer(scope, receive, send)
        except asyncio.CancelledError:
            return  # the server stops; the provider reports again
        except Exception as error:  # noqa: BLE001 - the door of a request
            log_fault(error)
            await respond(send, _LATER)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in {"GET", "POST"}:
            await respond(send, _NOT_ALLOWED, (b"allow", b"GET, POST"))
            return
        request = await read_request(scope, receive, _PAYLOAD)
        if request is None:
            return
        if isinstance(request, Refused):
            await respond(send, _TOO_LONG, (b"connection", b"close"))
            return
        connector, _, token = request.path.removeprefix(PREFIX).partition("/")
        await respond(send, await self._reports(connector, token, request) or _NOWHERE)
