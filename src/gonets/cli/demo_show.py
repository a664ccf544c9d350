"""The demo's messages on their way: sent over real HTTP, each as a `curl` line that a person can repeat, and watched.

Nothing here knows the gateway from inside: it sees what a client sees.
"""

import asyncio
import shlex
import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

import msgspec

from gonets.cli.demo_data import ACCOUNT, CONNECTOR_X, LOGIN, PASSWORD, Dialect, How, Show
from gonets.ports.clock import Clock

PATIENCE_S: Final = 45.0
"""How long all the statuses may take."""

_POLL_S: Final = 0.25
_ANSWER_S: Final = 15.0
_SENDER: Final = "Gonets"
_ENDED: Final = ("delivered", "undelivered", "failed", "cancelled")
"""MFMS' words after which no other comes."""

Pairs = list[tuple[str, str]]


class Doors(msgspec.Struct, frozen=True):
    """Where the gateway listens."""

    host: str
    """As it stands in a URL."""
    plain: int
    tls: int
    certificate: Path
    """What to trust."""

    def url(self, how: How, dialect: Dialect, operation: str) -> str:
        """The URL without its query."""
        scheme, port = ("https", self.tls) if how is How.TLS else ("http", self.plain)
        return f"{scheme}://{self.host}:{port}/{ACCOUNT}/{dialect.profile}/{operation}"


class Shown(msgspec.Struct):
    """A message of the demo and what has become of it so far."""

    what: str
    curl: str
    expected: str
    id: int | None = None
    got: str = ""
    ok: bool = False


class Tour:
    """The demo's messages, in the order in which they are sent."""

    def __init__(self, doors: Doors, clock: Clock) -> None:
        self.told: list[Shown] = []
        self._doors = doors
        self._clock = clock
        self._opener = _opener(doors)

    async def send(self, show: Show) -> Shown:
        """Send one; returns when it was answered."""
        pairs = send_pairs(show, self._clock.at())
        url = self._doors.url(show.how, show.dialect, "send")
        shown = Shown(show.what, curl_line(show.how, url, pairs, self._doors.certificate), show.expected)
        answer = await self._ask(_request(show.how, url, pairs))
        code, *fields = answer.split(";")
        if code == "ok" and len(fields) == 2 and fields[1].isdecimal():
            shown.id = int(fields[1])
        else:
            shown.got = code or "nothing"
        self.told.append(shown)
        return shown

    async def watch(self, on_left: Callable[[int], None]) -> Sequence[Shown]:
        """Wait until all stand where they should, or `PATIENCE_S` seconds are over; returns how they stand.

        One that should stay where it is, such as `sent`, has to be there still when the others are done. `on_left` is
        told how many are still on their way.
        """
        until = self._clock.now() + PATIENCE_S
        while self._clock.now() < until:
            await self._look()
            left = sum(_moves(shown) for shown in self.told)
            on_left(left)
            if not left:
                break
            await self._clock.sleep(_POLL_S)
        for shown in self.told:
            shown.ok = shown.got == shown.expected
        return self.told

    async def _look(self) -> None:
        """Ask for the status of all that may still move, in one request."""
        waiting = {str(shown.id): shown for shown in self.told if shown.id is not None and not _ended(shown)}
        if not waiting:
            return
        url = self._doors.url(How.GET, CONNECTOR_X, "status")
        answer = await self._ask(_request(How.GET, url, status_pairs([int(each) for each in waiting])))
        for row in answer.split("\n"):
            fields = row.split(";")
            if len(fields) == 5 and fields[1] in waiting:
                code, written_id, status, _, reason = fields
                waiting[written_id].got = f"{status} {reason}".strip() if code == "ok" else code

    async def _ask(self, request: Request) -> str:
        """The answer, or what went wrong in a few words."""
        return await asyncio.to_thread(_asked, self._opener, request)


def send_pairs(show: Show, at: datetime) -> Pairs:
    """The parameters of a `send`, its start time counted from `at`."""
    pairs = _credentials(show.dialect, show.password)
    pairs += [("subject[0]", _SENDER), ("address[0]", show.recipient), ("text[0]", show.text)]
    if show.start_in is not None:
        start = (at + timedelta(seconds=show.start_in)).astimezone(UTC)
        pairs.append(("startTime[0]", start.strftime("%Y.%m.%d %H:%M:%S")))
    return pairs


def status_pairs(ids: Sequence[int]) -> Pairs:
    """The parameters of a `status`."""
    return _credentials(CONNECTOR_X, PASSWORD) + [
        (f"providerId[{n}]", str(each)) for n, each in enumerate(ids)
    ]


def curl_line(how: How, url: str, pairs: Pairs, certificate: Path) -> str:
    """The request as a person types it."""
    match how:
        case How.GET:
            return f"curl -g {shlex.quote(f'{url}?{_query(pairs)}')}"
        case How.TLS:
            return f"curl -g --cacert {shlex.quote(str(certificate))} {shlex.quote(f'{url}?{_query(pairs)}')}"
        case How.POST:
            fields = " ".join(f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in pairs)
            return f"curl {url} {fields}"


def _moves(shown: Shown) -> bool:
    """Whether it is not where it should be and may still come there."""
    return shown.id is not None and shown.got != shown.expected and not _ended(shown)


def _ended(shown: Shown) -> bool:
    return shown.got.partition(" ")[0] in _ENDED


def _credentials(dialect: Dialect, password: str) -> Pairs:
    return [(dialect.login_field, LOGIN), (dialect.password_field, password)]


def _query(pairs: Pairs) -> str:
    """As a person writes it: brackets stay, values are percent-encoded where they must be."""
    return "&".join(f"{name}={quote_plus(value, safe='@:')}" for name, value in pairs)


def _request(how: How, url: str, pairs: Pairs) -> Request:
    match how:
        case How.GET | How.TLS:
            return Request(f"{url}?{_query(pairs)}")
        case How.POST:
            body = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
            return Request(url, body.encode(), {"Content-Type": "application/x-www-form-urlencoded"})


def _opener(doors: Doors) -> OpenerDirector:
    """Straight to the gateway, whatever proxy the environment names."""
    trusting = ssl.create_default_context(cafile=str(doors.certificate))
    return build_opener(ProxyHandler({}), HTTPSHandler(context=trusting))


def _asked(opener: OpenerDirector, request: Request) -> str:
    try:
        with opener.open(request, timeout=_ANSWER_S) as reply:
            body: bytes = reply.read()
            return body.decode()
    except (OSError, HTTPException, UnicodeDecodeError) as error:
        return f"no answer: {error}".replace(";", ",")
