"""SMS2 as we call it: messages sent through a provider that speaks it, or through another gateway.

One message in each request, and its text whole: the provider cuts it. It is windows-1251, or UTF-8 with `enc=utf-8`
where that cannot hold it. An MMS goes to api.php with its picture. States are asked for one at a time, by POST too, so
that no password stands in a URL. How long a message is worth sending cannot be told, and it never waits there: we
send when its time has come.

Refused, for SMS2 has no word for it: channels other than SMS and MMS, binary messages, parts that a client has cut
itself, and texts longer than it takes.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Meta

from gonets.model.message import Channel, Encoding, OutgoingMessage, State
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred, Receipt, Rejected, SendResult, Sent, Uncertain
from gonets.ports.stores import Away
from gonets.protocols.sms2.fields import UTF_8, WINDOWS
from gonets.rules.texts import too_long
from gonets.wire import multipart
from gonets.wire.http import Reply, Request

_UNKNOWN_SUBSCRIBER: Final = 1
_BARRED: Final = 13
_NOT_SUPPORTED: Final = 21
_QUEUE_FULL: Final = 220
_UNSENDABLE: Final = Rejected(_NOT_SUPPORTED)
_LATER: Final = Deferred(PLATFORM_ERROR, 0.0)
_DOUBT: Final = Uncertain()

RESULTS: Final[Mapping[str, SendResult]] = {
    "authentication failure": _LATER,
    "your credit is null": _LATER,
    "service is switched off": _LATER,
    "can't send this message": _UNSENDABLE,
    "direction is closed": Rejected(_UNKNOWN_SUBSCRIBER),
    "unsupported phone number": Rejected(_UNKNOWN_SUBSCRIBER),
    "phone blacklisted": Rejected(_BARRED),
    "unsupported sender": _UNSENDABLE,
    "blocked text message": _UNSENDABLE,
    "wrong function": _UNSENDABLE,
    "no such message": Rejected(PLATFORM_ERROR),
    # An earlier try of the same message may be the one that was taken.
    "message duplication": _DOUBT,
}
"""By the text after `Error: ` (SMS gate, section 1.2). One that is not here says too that it was not taken."""

TROUBLES: Final[Mapping[str, str]] = {
    "authentication failure": "user or password are wrong",
    "your credit is null": "there is no credit left",
    "service is switched off": "the account is switched off",
}
"""By the same text: why nothing more should be sent for a while."""

STATES: Final[Mapping[str, State | None]] = {
    "unknown": None,
    "delivered": State.DELIVERED,
    "not_delivered": State.UNDELIVERED,
}
"""By word (section 2.2); None: no news."""

HTTP_RESULTS: Final[Mapping[int, SendResult]] = {
    400: _UNSENDABLE,
    413: _UNSENDABLE,
    429: Deferred(_QUEUE_FULL, 0.0),
    503: _LATER,
}
"""By HTTP status, of what says nothing else. Of any other from 300 to 499 it was not taken; the rest is doubt."""

HTTP_TROUBLES: Final[Mapping[int, str]] = {
    401: "user or password are wrong",
    403: "we may not call it from here",
    404: "there are no such scripts at this url",
    407: "the proxy wants a login",
}

_TAKEN: Final = re.compile(r"(?:Message successfully sent! *Message_ID=|Ok_)([0-9A-Za-z-]{1,64})")
_ERROR: Final = re.compile(r"Error: *([^<>]{1,200})")
_STATUS: Final = re.compile(r"Status: *([a-z_]{1,32})")
_READ: Final = 1_000
"""Octets of an answer that are looked at; none of them is as long."""


class Sms2Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What can be set; `MEANINGS` says what each is for."""

    url: str
    user: Annotated[str, Meta(min_length=1, max_length=64)]
    password: str = ""

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
        except ValueError:
            raise ValueError("url has to be like https://sms.example.net, without a query") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("url has to be like https://sms.example.net, without a query")
        if parts.username or parts.password:
            raise ValueError("url holds credentials; they belong into user and password")


MEANINGS: Final[Mapping[str, str]] = {
    "url": "where the scripts are: https://sms.example.net, without the name of a script",
    "user": "our login there",
    "password": "our password there; kept sealed, never shown",
}
"""By setting; all of them."""


class Sms2Sending:
    """The sending half; `ports.edges.Sending`."""

    most_asked = 1
    repeats_safely = False

    def __init__(self, settings: Sms2Settings) -> None:
        self._url = settings.url.rstrip("/")
        self._user = settings.user
        self._password = settings.password
        self._hash = hashlib.md5(settings.password.encode(), usedforsecurity=False).hexdigest()

    def unable(self, message: OutgoingMessage) -> Rejected | None:
        first = message.first
        if first.channel is Channel.MMS:
            return None
        whole = not first.header and not (first.octets and first.encoding is Encoding.OCTETS)
        able = first.channel is Channel.SMS and whole and not too_long(message.text, "sms2")
        return None if able else _UNSENDABLE

    def fits(self, messages: Sequence[OutgoingMessage]) -> int:
        return 1

    def ask(self, messages: Sequence[OutgoingMessage]) -> Request:
        message = messages[0]
        if message.first.channel is Channel.MMS:
            return self._mms(message)
        fields = {"phone": message.first.recipient, "message": message.text, "from": message.first.sender}
        if message.first.flash:
            fields["flash"] = "1"
        return self._form("sms.cgi", fields)

    def hear(self, messages: Sequence[OutgoingMessage], reply: Reply) -> Sequence[SendResult]:
        return [_result(reply)] * len(messages)

    def trouble(self, reply: Reply) -> str:
        if reply.status == 429:
            return ""
        if reply.status in HTTP_TROUBLES:
            return HTTP_TROUBLES[reply.status]
        if 300 <= reply.status < 400:
            return "it sends us to another address; set that as the url"
        return TROUBLES.get(_error(reply) or "", "")

    def poll(self, away: Sequence[Away]) -> Request:
        return self._form("sms_status2.cgi", {"mess_id": away[0].remote_id})

    def told(self, away: Sequence[Away], reply: Reply, at: datetime) -> Sequence[Receipt]:
        found = _STATUS.fullmatch(_text(reply)) if reply.status == 200 else None
        state = None if found is None else STATES.get(found[1])
        return () if state is None or not away else (Receipt(away[0].remote_id, state, 0, at),)

    def _form(self, script: str, fields: Mapping[str, str]) -> Request:
        fields = {"user": self._user, "pass": self._password, **fields}
        try:
            body = _written(fields, WINDOWS, "strict")
        except UnicodeEncodeError:
            body = _written({**fields, "enc": UTF_8}, UTF_8, "replace")
        kind = "application/x-www-form-urlencoded"
        return Request("POST", f"{self._url}/{script}", content_type=kind, body=body.encode())

    def _mms(self, message: OutgoingMessage) -> Request:
        """MMS gate, section 1.1: UTF-8, with the picture as a file."""
        first = message.first
        fields = {
            "user": self._user,
            "hash": self._hash,
            "phone": first.recipient,
            "subject": first.subject,
            "text": message.text,
        }
        written = [(name, value.encode(errors="replace"), "") for name, value in fields.items()]
        if message.picture is not None:
            written.append(("picture", message.picture.octets, message.picture.kind))
        kind, body = multipart.write(written)
        return Request("POST", f"{self._url}/api.php", content_type=kind, body=body)


def _written(fields: Mapping[str, str], charset: str, errors: str) -> str:
    return "&".join(
        f"{name}={quote(value, safe='', encoding=charset, errors=errors)}" for name, value in fields.items()
    )


def _text(reply: Reply) -> str:
    """The one line that it is, as far as it is looked at."""
    return reply.body[:_READ].decode("utf-8", "replace").strip("\ufeff \t\r\n\0")


def _error(reply: Reply) -> str | None:
    """What it says is wrong; None: nothing."""
    found = _ERROR.fullmatch(_text(reply))
    return None if found is None else found[1].strip().rstrip(".").lower()


def _result(reply: Reply) -> SendResult:
    if reply.status == 429:
        return HTTP_RESULTS[429]
    error = _error(reply)
    if error is not None:
        return RESULTS.get(error, _LATER)
    if reply.status == 200:
        taken = _TAKEN.fullmatch(_text(reply))
        return _DOUBT if taken is None else Sent(taken[1])
    return HTTP_RESULTS.get(reply.status, _LATER if 300 <= reply.status < 500 else _DOUBT)
