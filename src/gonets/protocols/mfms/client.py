"""MFMS HPG as we call it: messages sent through a provider that speaks it, or through another gateway.

Up to 50 messages go in one GET of less than 8,000 bytes; one that is too long for that goes alone, as a form that is
posted. Our part's id is its key. What comes back is read row by row with whatever blanks are around it; a row that
is missing or cut short leaves its message in doubt, for it may have been taken.

Refused, for HPG has no word for it: whatever is no text message, flash messages, binary ones, and parts that a client
has cut itself.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Annotated, Final
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from gonets.model.message import Channel, Encoding, OutgoingMessage, State
from gonets.model.reasons import PLATFORM_ERROR, UNDELIVERED_WORDS
from gonets.model.results import Deferred, Receipt, Rejected, SendResult, Sent, Settled, Uncertain
from gonets.model.times import micros
from gonets.ports.clock import Clock
from gonets.ports.stores import Away
from gonets.wire.http import Reply, Request

MOST_SENT: Final = 50
MOST_ASKED: Final = 100
LONGEST_URL: Final = 8_000
"""Bytes; a request is shorter than that."""

_UNKNOWN_SUBSCRIBER: Final = 1
_NOT_SUPPORTED: Final = 21
_QUEUE_FULL: Final = 220
_UNSENDABLE: Final = Rejected(_NOT_SUPPORTED)
_LATER: Final = Deferred(PLATFORM_ERROR, 0.0)
_DOUBT: Final = Uncertain()

RESULTS: Final[Mapping[str, SendResult]] = {
    "error-address-format": Rejected(_UNKNOWN_SUBSCRIBER),
    "error-address-unknown": Rejected(_UNKNOWN_SUBSCRIBER),
    "error-subject-format": Rejected(_NOT_SUPPORTED),
    "error-subject-unknown": Rejected(_NOT_SUPPORTED),
    "error-syntax": Rejected(_NOT_SUPPORTED),
    "error-provider-id-unknown": Rejected(PLATFORM_ERROR),
    "error-auth": _LATER,
    "error-system": _LATER,
}
"""By code (MFMS PROTOCOL HPG, section 3), of those that are not `ok`. Any other that begins with `error` was not taken
either."""

STATES: Final[Mapping[str, State | None]] = {
    "delayed": None,
    "enqueued": None,
    "sent": None,
    "delivered": State.DELIVERED,
    "undelivered": State.UNDELIVERED,
    # There it may have failed or been refused; here an upstream that does not deliver has refused it.
    "failed": State.REJECTED,
    # By the provider, or somebody there: whether it costs is for the tariff to say.
    "cancelled": State.UNDELIVERED,
}
"""By status (section 4); None: no news."""

ERRORS: Final[Mapping[str, int]] = {word: error for error, word in UNDELIVERED_WORDS.items()}
"""By the word in the last field of a status row; `error-NNN` beside them."""

HTTP_RESULTS: Final[Mapping[int, SendResult]] = {
    400: _UNSENDABLE,
    408: _LATER,
    413: _UNSENDABLE,
    414: _UNSENDABLE,
    429: Deferred(_QUEUE_FULL, 0.0),
    # A server in front of the platform says these: what it has handed on may have been taken.
    502: _DOUBT,
    504: _DOUBT,
}
"""By HTTP status, of what has no row; any other from 200 to 299 leaves it in doubt, the rest was not taken."""

TROUBLES: Final[Mapping[int, str]] = {
    401: "login or password are wrong",
    403: "we may not call it from here",
    404: "it knows no such client or connector",
    407: "the proxy wants a login",
}
"""By HTTP status: why nothing more should be sent for a while."""
_AUTH: Final = "login or password are wrong, or the account is switched off"

_DATE: Final = re.compile(r"(\d{4})[.-](\d\d)[.-](\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
_ERROR: Final = re.compile(r"error-(\d{1,6})", re.ASCII)
_CODE: Final = re.compile(r"error(?:-[a-z]+)*", re.ASCII)

_Segment = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^/?#\s]+$")]
_Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]


class HpgSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What can be set; `MEANINGS` says what each is for."""

    url: str
    client: _Segment
    connector: _Segment = "connector0"
    login: str = ""
    password: str = ""
    login_field: _Name = "login"
    password_field: _Name = "password"
    zone: str = "UTC"

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("url has to be like http://sms.example.net:9876, without a query")
        if parts.username or parts.password:
            raise ValueError("url holds credentials; they belong into login and password")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no zone {self.zone!r}; write it like Europe/Moscow") from None


MEANINGS: Final[Mapping[str, str]] = {
    "url": "where the provider listens: http://sms.example.net:9876, without client and connector",
    "client": "our name there, the first word of the path",
    "connector": "the profile there, the second word of the path",
    "login": "our login there; empty: as client",
    "password": "our password there; kept sealed, never shown",
    "login_field": "what the parameter with the login is called",
    "password_field": "what the parameter with the password is called; pass is common",
    "zone": "where the clock of its statuses stands",
}
"""By setting; all of them."""


class HpgSending:
    """The sending half; `ports.edges.Sending`. The moment is only needed to say how long a message is worth sending."""

    most_asked = MOST_ASKED
    repeats_safely = False

    def __init__(self, settings: HpgSettings, clock: Clock) -> None:
        self._clock = clock
        self._zone = ZoneInfo(settings.zone)
        path = f"/{quote(settings.client, safe='')}/{quote(settings.connector, safe='')}"
        self._url = settings.url.rstrip("/") + path
        self._credentials = (
            f"{settings.login_field}={_quoted(settings.login or settings.client)}"
            f"&{settings.password_field}={_quoted(settings.password)}"
        )

    def unable(self, message: OutgoingMessage) -> Rejected | None:
        first = message.first
        plain = first.channel is Channel.SMS and not first.flash
        whole = not first.header and not (first.octets and first.encoding is Encoding.OCTETS)
        return None if plain and whole else _UNSENDABLE

    def fits(self, messages: Sequence[OutgoingMessage]) -> int:
        left = LONGEST_URL - len(self._url) - len("/send?") - len(self._credentials) - 1
        for count, message in enumerate(messages[:MOST_SENT]):
            left -= len(self._fields(message))
            if left < 0:
                return max(1, count)
        return min(len(messages), MOST_SENT)

    def ask(self, messages: Sequence[OutgoingMessage]) -> Request:
        return self._request("send", "".join(map(self._fields, messages)))

    def hear(self, messages: Sequence[OutgoingMessage], reply: Reply) -> Sequence[SendResult]:
        rows = _rows(reply)
        said: dict[str, list[str]] = {}
        for row in rows:
            # Of several rows of one message the one that took it counts: it must not be sent again.
            if len(row) > 1 and said.setdefault(row[1], row)[0].lower() != "ok":
                said[row[1]] = row
        # One code for all of them, or the first word of a description.
        whole = HTTP_RESULTS.get(reply.status, _DOUBT if 200 <= reply.status < 300 else _LATER)
        if len(rows) == 1 and len(rows[0]) == 1:
            code = _CODE.match(rows[0][0])
            if code is not None:
                whole = HTTP_RESULTS.get(reply.status, RESULTS.get(code[0], _LATER))
        return [_result(said.get(str(message.first.id)), whole) for message in messages]

    def trouble(self, reply: Reply) -> str:
        if reply.status in TROUBLES:
            return TROUBLES[reply.status]
        if 300 <= reply.status < 400:
            return "it sends us to another address; set that as the url"
        rows = _rows(reply)
        return _AUTH if rows and all(row[0] == "error-auth" for row in rows) else ""

    def poll(self, away: Sequence[Away]) -> Request:
        ids = "".join(f"&providerId%5B{n}%5D={_quoted(each.remote_id)}" for n, each in enumerate(away))
        return self._request("status", ids)

    def told(self, away: Sequence[Away], reply: Reply, at: datetime) -> Sequence[Settled | Receipt]:
        if reply.status != 200:
            return ()
        asked = {each.remote_id for each in away}
        receipts = []
        for row in _rows(reply):
            if len(row) < 3 or row[0] != "ok" or row[1] not in asked:
                continue
            state = STATES.get(row[2].lower())
            if state is not None:
                formed = self._moment(row[3]) if len(row) > 3 else None
                reason = row[4] if len(row) > 4 else ""
                receipts.append(Receipt(row[1], state, _error(state, reason), formed or at))
        return receipts

    def _request(self, operation: str, parameters: str) -> Request:
        """With the credentials, by GET where that makes a URL of a length that everybody takes."""
        url, form = f"{self._url}/{operation}", self._credentials + parameters
        if len(url) + 1 + len(form) < LONGEST_URL:
            return Request("GET", f"{url}?{form}")
        return Request("POST", url, content_type="application/x-www-form-urlencoded", body=form.encode())

    def _fields(self, message: OutgoingMessage) -> str:
        """Its parameters, each with an ampersand before it."""
        first = message.first
        key = f"%5B{first.id}%5D"
        fields = (
            f"&subject{key}={_quoted(first.sender)}&address{key}={_quoted(first.recipient)}"
            f"&text{key}={_quoted(message.text)}"
        )
        if first.expires_at is not None:
            minutes = max(1, ceil((first.expires_at - micros(self._clock.at())) / 60_000_000))
            fields += f"&validityPeriodMinutes{key}={minutes}"
        return fields

    def _moment(self, written: str) -> datetime | None:
        """A date of either form, of a clock in the provider's zone; None: it is none."""
        found = _DATE.fullmatch(written)
        if found is None:
            return None
        try:
            year, month, day, hour, minute, second = map(int, found.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=self._zone).astimezone(UTC)
        except (ValueError, OverflowError):
            return None


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _rows(reply: Reply) -> list[list[str]]:
    """Its rows as fields, with no blanks around them; none where it is no text of that kind."""
    lines = reply.body.decode("utf-8", "replace").lstrip("\ufeff").splitlines()
    return [[field.strip() for field in line.split(";")] for line in lines if line.strip()]


def _result(row: Sequence[str] | None, whole: SendResult) -> SendResult:
    """What a row says of its message; `whole` is said of those without one."""
    if row is None:
        return whole
    code = row[0].lower()
    if code == "ok":
        return Sent(row[2]) if len(row) > 2 and row[2] else _DOUBT
    if code in RESULTS:
        return RESULTS[code]
    return _LATER if code.startswith("error") else whole


def _error(state: State, reason: str) -> int:
    """The network's error code that a word means."""
    if state is State.DELIVERED:
        return 0
    numbered = _ERROR.fullmatch(reason)
    if numbered is not None:
        return int(numbered[1])
    return ERRORS.get(reason, PLATFORM_ERROR if state is State.REJECTED or reason else 0)
