"""MFMS HPG as our customers' software calls it: `GET /{client}/{connector}/{send|status}?name[key]=value…`.

A request is read key by key: what is wrong with one message becomes that message's refusal and its row, and
the others go on. Names, keys and ids are handled as the bytes that were sent, so that what is echoed is what
came. Refused here: values that are not UTF-8, fields that are missing, and optional fields that
cannot be read. Everything else is for the rules.

One key is one message, and a key that holds `;`, CR, LF or NUL, or is not UTF-8, would break an answer made
of rows and fields: its row is `error-syntax;;`. Parameters without a key are one message of their own, whose
key is the value of `clientId`, or `0`; without a key, `priority`, `startTime` and `validityPeriodMinutes`
hold for every message that does not say otherwise. Of a parameter that is given twice the first counts, and
an optional one that is empty counts as not given.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from gonets.model.account import Profile
from gonets.model.calls import Call, Login, Query, Submission, Submit
from gonets.model.message import Priority, message_id
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Outcome, Refused
from gonets.protocols.mfms.tables import HTTP_STATUS, REASON_CODES, STATUS_WORDS, reason_word, written_date
from gonets.wire import forms
from gonets.wire.http import Reply, Request

PROTOCOL: Final = "mfms"

ProfileOf = Callable[[str, str], Profile | None]
"""The profile that a client and a connector name, the first two segments of a path; None: there is none."""

_DEFAULT_FIELDS: Final = (b"login", b"password")

_SUBJECT, _ADDRESS, _TEXT, _PRIORITY, _START, _VALIDITY = range(6)
_FIELDS: Final = {
    b"subject": _SUBJECT,
    b"address": _ADDRESS,
    b"text": _TEXT,
    b"priority": _PRIORITY,
    b"startTime": _START,
    b"validityPeriodMinutes": _VALIDITY,
}
_OPENING, _CLOSING = b"[]"
_PRIORITIES: Final = {
    b"low": Priority.LOW,
    b"normal": Priority.NORMAL,
    b"high": Priority.HIGH,
    b"realtime": Priority.REALTIME,
}
_DOTTED: Final = re.compile(rb"(\d{4})\.(\d\d)\.(\d\d) (\d\d):(\d\d):(\d\d)")
_DASHED: Final = re.compile(rb"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)")
_MINUTES: Final = re.compile(rb"0*([1-9]\d{0,6})")
"""Up to 19 years; what is longer is no period that anyone meant."""
_UNSAFE: Final = re.compile(rb"[;\r\n\0]")
"""What would end a field, a row or, for a reader in C, the whole of an answer."""
Row = list[bytes | None]
"""The values of one key, by the numbers of `_FIELDS`."""


class HpgCall(Call, frozen=True, gc=False):
    """A call with what its rows begin with."""

    echoes: tuple[bytes | None, ...]
    """Of each item the key (send) or the providerId (status) as sent; None where it must not be echoed."""
    profile: Profile | None
    """How dates are written; None: of the platform."""


class HpgServer:
    """The serving half; `ports.edges.Serving`.

    `profile_of` finds the profile of a path in the platform's settings; where there is none, the credentials
    are read under their default names and handed on without a password, so that they are refused like wrong
    ones. `default_zone` is the zone of dates where there is no profile.
    """

    def __init__(self, profile_of: ProfileOf, default_zone: ZoneInfo) -> None:
        self._profile_of = profile_of
        self._default_zone = default_zone

    def serves(self, path: str) -> bool:
        """Whether a path is `/{client}/{connector}/send` or `/status`."""
        return path.count("/") == 3 and path.endswith(("/send", "/status"))

    def parse(self, request: Request) -> Call | Refused:
        """Read a request into a `Submit` or a `Query` with one item per row of the answer.

        `Refused` when it has neither a message nor credentials, or asks for no operation of this protocol.
        With credentials and without a message the call has no items: whether the credentials are right is for
        the answer to say first. The profile of the login is `client/connector`, the key of `Tables.profiles`.
        """
        segments = [segment for segment in request.path.split("/") if segment]
        if len(segments) != 3 or segments[2] not in {"send", "status"}:
            return Refused(Reason.UNSUPPORTED, "The path must be /{client}/{connector}/send or /status.")
        client, connector, operation = segments
        profile = self._profile_of(client, connector)
        pairs = forms.fields(request)
        if pairs is None:
            return Refused(Reason.BAD_REQUEST, "The form is cut short or broken.")

        what: Submit | Query
        if operation == "send":
            echoes, what = self._messages(pairs, profile)
        else:
            echoes, what = _ids(pairs)

        login_field, password_field = _DEFAULT_FIELDS
        if profile is not None:
            login_field, password_field = profile.login_field.encode(), profile.password_field.encode()
        login = forms.first(pairs, login_field)
        password = forms.first(pairs, password_field)
        if not echoes and login is None and password is None:
            return Refused(Reason.BAD_REQUEST, "No message could be read.")
        who = Login(
            protocol=PROTOCOL,
            profile=f"{client}/{connector}",
            login=_readable(login) or "",
            password=(_readable(password) or "") if profile is not None else "",
            address=request.address,
        )
        return HpgCall(who, what, echoes, profile)

    def render(self, request: Request, call: Call | None, outcome: Outcome) -> Reply:
        """Write the answer: rows joined by one LF with nothing after the last, in the order of the call.

        Without a call, or for a call without items, it is the bare code of the refusal or `error-syntax`.
        """
        echoes = call.echoes if isinstance(call, HpgCall) else ()
        if isinstance(outcome, Refused):
            return _refusal(outcome, call, echoes)
        if not isinstance(outcome, tuple):
            raise TypeError("MFMS asks for nothing that is answered so")
        if not outcome:
            return Reply(200, REASON_CODES[Reason.BAD_REQUEST])
        first = outcome[0]
        if isinstance(first, Refused) and first.reason in HTTP_STATUS and _all_refused(outcome, first.reason):
            return _failure(first)
        profile = call.profile if isinstance(call, HpgCall) else None
        rows: list[bytes] = []
        for echo, result in zip(echoes, outcome, strict=True):
            match result:
                case Accepted():
                    rows.append(b"ok;%b;%d" % (echo or b"", result.message))
                case Refused():
                    rows.append(_refused_row(call, echo, result.reason))
                case Found():
                    rows.append(self._found_row(echo, result, profile))
                case _:
                    assert_never(result)
        return Reply(200, b"\n".join(rows))

    def _messages(
        self, pairs: Sequence[tuple[bytes, bytes]], profile: Profile | None
    ) -> tuple[tuple[bytes | None, ...], Submit]:
        rows, defaults = _rows(pairs)
        echoes: list[bytes | None] = []
        items: list[Submission | Refused] = []
        for key, row in rows.items():
            echo = _echo(key)
            echoes.append(echo)
            if echo is None:
                items.append(
                    Refused(Reason.BAD_REQUEST, "A key must be UTF-8 without semicolon or line break.")
                )
            else:
                items.append(self._message(echo, row, defaults, profile))
        return tuple(echoes), Submit(tuple(items))

    def _message(self, key: bytes, row: Row, defaults: Row, profile: Profile | None) -> Submission | Refused:
        subject, address, text, priority, start, validity = row
        if subject is None or address is None or text is None:
            return Refused(Reason.BAD_REQUEST, "subject, address and text are required.")
        try:
            sender, recipient, body = subject.decode(), address.decode(), text.decode()
        except UnicodeDecodeError:
            return Refused(Reason.BAD_REQUEST, "Values must be UTF-8.")
        client_id = key.decode()
        priority = priority or defaults[_PRIORITY]
        start = start or defaults[_START]
        validity = validity or defaults[_VALIDITY]
        if not (priority or start or validity):
            return Submission(sender, recipient, body, client_id)

        urgency = _PRIORITIES.get(priority) if priority else Priority.NORMAL
        if urgency is None:
            return Refused(Reason.BAD_REQUEST, "priority must be low, normal, high or realtime.")
        start_at = self._moment(start, profile) if start else None
        if start and start_at is None:
            return Refused(Reason.BAD_REQUEST, "startTime must be written yyyy.MM.dd HH:mm:ss.")
        minutes = _MINUTES.fullmatch(validity) if validity else None
        if validity and minutes is None:
            return Refused(Reason.BAD_REQUEST, "validityPeriodMinutes must be a positive whole number.")
        period = timedelta(minutes=int(minutes[1])) if minutes else None
        return Submission(sender, recipient, body, client_id, urgency, start_at, period)

    def _moment(self, written: bytes, profile: Profile | None) -> datetime | None:
        """A local date and time of the account as UTC; None: it is no date.

        One that a change of clocks skips or repeats counts with the offset before the change.
        """
        parts = _DOTTED.fullmatch(written)
        if parts is None and profile is not None and profile.dashed_dates:
            parts = _DASHED.fullmatch(written)
        if parts is None:
            return None
        zone = profile.zone if profile is not None else self._default_zone
        try:
            year, month, day, hour, minute, second = map(int, parts.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def _found_row(self, echo: bytes | None, found: Found, profile: Profile | None) -> bytes:
        zone = profile.zone if profile is not None else self._default_zone
        date = written_date(found.at.astimezone(zone), profile is not None and profile.dashed_dates)
        reason = reason_word(found.status, found.error)
        return b"ok;%b;%b;%b;%b" % (echo or b"", STATUS_WORDS[found.status], date.encode(), reason.encode())


def _rows(pairs: Sequence[tuple[bytes, bytes]]) -> tuple[dict[bytes, Row], Row]:
    """The values of every key in order of first appearance, and the optional values given without a key."""
    rows: dict[bytes, Row] = {}
    defaults: Row = [None] * 6
    unkeyed: bytes | None = None
    for name, value in pairs:
        opening = name.find(b"[")
        field = _FIELDS.get(name if opening < 0 else name[:opening])
        if field is None:
            continue
        if opening >= 0:
            if name[-1] != _CLOSING:
                continue
            key = name[opening + 1 : -1]
        elif field > _TEXT:
            if defaults[field] is None:
                defaults[field] = value
            continue
        else:
            if unkeyed is None:
                unkeyed = forms.first(pairs, b"clientId") or b"0"
            key = unkeyed
        row = rows.get(key)
        if row is None:
            row = rows[key] = [None] * 6
        if row[field] is None:
            row[field] = value
    return rows, defaults


def _ids(pairs: Sequence[tuple[bytes, bytes]]) -> tuple[tuple[bytes | None, ...], Query]:
    """The provider ids of a status request, one per key in order of first appearance."""
    sent: dict[bytes | None, bytes] = {}
    for name, value in pairs:
        if name.startswith(b"providerId"):
            if len(name) == 10:
                sent.setdefault(None, value)
            elif name[10] == _OPENING and name[-1] == _CLOSING:
                sent.setdefault(name[11:-1], value)
    echoes = tuple(_echo(value) for value in sent.values())
    return echoes, Query(tuple(message_id(value) for value in sent.values()))


def _echo(sent: bytes) -> bytes | None:
    """The same where an answer can hold it; None: it would break a row, or a strict reader of UTF-8."""
    if _UNSAFE.search(sent):
        return None
    try:
        sent.decode()
    except UnicodeDecodeError:
        return None
    return sent


def _readable(value: bytes | None) -> str | None:
    """The text of a credential; None where it is missing or no UTF-8, and so cannot be right."""
    try:
        return value.decode() if value is not None else None
    except UnicodeDecodeError:
        return None


def _refused_row(call: Call | None, echo: bytes | None, reason: Reason) -> bytes:
    """A row of five fields for `status`, of three for `send`."""
    if call is not None and isinstance(call.what, Query):
        return b"%b;%b;;;" % (REASON_CODES[reason], echo or b"")
    if echo is None:
        return b"%b;;" % REASON_CODES[Reason.BAD_REQUEST]
    return b"%b;%b;" % (REASON_CODES[reason], echo)


def _refusal(refused: Refused, call: Call | None, echoes: Sequence[bytes | None]) -> Reply:
    """A whole request refused: the same code for every item, or bare."""
    if refused.reason in HTTP_STATUS:
        return _failure(refused)
    if not echoes:
        return Reply(200, REASON_CODES[refused.reason])
    return Reply(200, b"\n".join([_refused_row(call, echo, refused.reason) for echo in echoes]))


def _failure(refused: Refused) -> Reply:
    """The code and one sentence, under another HTTP status than 200."""
    status, sentence = HTTP_STATUS[refused.reason]
    said = " ".join(refused.detail.split()) or sentence
    return Reply(status, REASON_CODES[refused.reason] + b" " + said.encode())


def _all_refused(results: Sequence[Accepted | Refused] | Sequence[Found | Refused], reason: Reason) -> bool:
    return all(isinstance(result, Refused) and result.reason is reason for result in results)
