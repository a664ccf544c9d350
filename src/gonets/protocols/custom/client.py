"""A provider that is described by settings: one message in a request, and what its replies mean, by patterns.

What a reply means is decided in this order: `trouble`, `success`, `later`, `refused`, then the class of its HTTP
status. A reply with status 2xx of which no pattern says anything, where `success` is set, leaves it open whether the
message was taken: it is uncertain, and so it is where a proxy lost the reply (502, 504). The provider is not known to
recognise what it is sent twice, so nothing is repeated.

Refused, for there is no telling how such a provider would say it: whatever is no text message, flash messages, binary
ones, parts that a client has cut itself, and texts that the encoding has no letters for.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from gonets.model.message import Channel, Encoding, OutgoingMessage, State
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred, Receipt, Rejected, SendResult, Sent, Uncertain
from gonets.ports.stores import Away
from gonets.protocols.custom.patterns import finder, matcher
from gonets.protocols.custom.settings import (
    CONTENT_TYPES,
    NAMES,
    STATUS_NAMES,
    CustomSettings,
    Method,
    header_lines,
    states_of,
)
from gonets.protocols.custom.template import Place, Template, Value
from gonets.wire import forms
from gonets.wire.http import Reply, Request

_NOT_SUPPORTED: Final = 21
_QUEUE_FULL: Final = 220
_UNSENDABLE: Final = Rejected(_NOT_SUPPORTED)
_LATER: Final = Deferred(PLATFORM_ERROR, 0.0)
_TOO_FAST: Final = Deferred(_QUEUE_FULL, 0.0)
_REFUSED: Final = Rejected(PLATFORM_ERROR)

STATUSES: Final[Mapping[int, SendResult]] = {
    401: _LATER,
    402: _LATER,
    403: _LATER,
    407: _LATER,
    408: _LATER,
    425: _LATER,
    429: _TOO_FAST,
    502: Uncertain(),
    504: Uncertain(),
}
CLASSES: Final[Mapping[int, SendResult]] = {3: _LATER, 4: _REFUSED, 5: _LATER}
"""By HTTP status, and by the class of any other, of a reply that no pattern knows; otherwise it is uncertain."""

TROUBLES: Final[Mapping[int, str]] = {
    401: "it does not know us: HTTP status 401",
    402: "it wants money: HTTP status 402",
    403: "it does not let us: HTTP status 403",
    407: "the proxy wants a login",
}
"""By HTTP status: why nothing more should be sent for a while."""


class CustomSending:
    """The sending half; `ports.edges.Sending`."""

    repeats_safely = False

    def __init__(self, settings: CustomSettings) -> None:
        self.most_asked = 1 if settings.status_url else 0
        self._settings = settings
        encoding = settings.encoding
        self._url = Template(settings.url, Place.FORM, NAMES, encoding)
        self._body = Template(settings.body, Place(settings.body_kind.value), NAMES, encoding)
        self._headers = [
            (name, Template(value, Place.HEADER, NAMES)) for name, value in header_lines(settings.headers)
        ]
        self._status_url = Template(settings.status_url, Place.FORM, STATUS_NAMES, encoding)
        self._success, self._later = matcher(settings.success), matcher(settings.later)
        self._refused, self._trouble = matcher(settings.refused), matcher(settings.trouble)
        self._id = finder(settings.id) if settings.id else None
        self._status = finder(settings.status) if settings.status else None
        self._states = states_of(settings.states)
        self._ours: dict[str, Value] = {
            "login": settings.login,
            "password": settings.password,
            "token": settings.token,
            "basic": base64.b64encode(f"{settings.login}:{settings.password}".encode()).decode(),
        }

    # ---- sending

    def unable(self, message: OutgoingMessage) -> Rejected | None:
        first = message.first
        plain = first.channel is Channel.SMS and not first.flash
        whole = not first.header and not (first.octets and first.encoding is Encoding.OCTETS)
        if not plain or not whole:
            return _UNSENDABLE
        try:
            f"{message.text}{first.sender}".encode(self._settings.encoding)
        except UnicodeError:
            return _UNSENDABLE
        return None

    def fits(self, messages: Sequence[OutgoingMessage]) -> int:
        return 1

    def ask(self, messages: Sequence[OutgoingMessage]) -> Request:
        settings, first = self._settings, messages[0].first
        values: dict[str, Value] = {
            **self._ours,
            "sender": first.sender,
            "recipient": first.recipient,
            "text": messages[0].text,
            "id": first.id,
            "message": first.message,
            "total": len(messages[0].parts),
            "encoding": first.encoding.name.lower(),
        }
        return self._request(settings.method, self._url.fill(values), values, self._body.fill(values))

    def hear(self, messages: Sequence[OutgoingMessage], reply: Reply) -> Sequence[SendResult]:
        text = self._text(reply.body)
        if self._troubled(reply.status, text):
            return [_LATER]
        taken = self._success(text) if self._settings.success else reply.status // 100 == 2
        if taken and reply.status < 500:
            return [Sent("" if self._id is None else self._id(text))]
        if self._settings.later and self._later(text):
            return [_LATER]
        if self._settings.refused and self._refused(text):
            return [_REFUSED]
        return [STATUSES.get(reply.status) or CLASSES.get(reply.status // 100) or Uncertain()]

    def trouble(self, reply: Reply) -> str:
        return self._troubled(reply.status, self._text(reply.body))

    def _troubled(self, status: int, text: str) -> str:
        if self._settings.trouble and self._trouble(text):
            return "its reply is one that the setting trouble knows"
        if 300 <= status < 400:
            return "it sends us to another address; set that as the url"
        return TROUBLES.get(status, "")

    # ---- states

    def poll(self, away: Sequence[Away]) -> Request:
        values: dict[str, Value] = {
            **self._ours,
            "remote_id": away[0].remote_id,
            "recipient": away[0].recipient,
            "id": away[0].part,
        }
        return self._request(self._settings.status_method, self._status_url.fill(values), values, "")

    def told(self, away: Sequence[Away], reply: Reply, at: datetime) -> Sequence[Receipt]:
        if reply.status // 100 != 2 or self._status is None:
            return ()
        return self._receipts(away[0].remote_id, self._status(self._text(reply.body)), at)

    def lets_in(self, token: str) -> bool:
        """Whether who reports with this token is the provider."""
        wanted = self._settings.callback_token
        return bool(wanted) and hmac.compare_digest(wanted.encode(), token.encode("utf-8", "replace"))

    def reported(self, request: Request, at: datetime) -> Sequence[Receipt]:
        """What the provider tells of its own accord; nothing: no news, or nothing that could be read."""
        settings = self._settings
        said = self._fields(request)
        remote_id, word = (_field(said, name) for name in (settings.callback_id, settings.callback_status))
        return self._receipts(remote_id, word, at) if remote_id else ()

    @property
    def thanks(self) -> Reply:
        """What a report is answered once it is durable."""
        return Reply(200, self._settings.callback_reply.encode())

    def _receipts(self, remote_id: str, word: str, at: datetime) -> Sequence[Receipt]:
        state = self._states.get(word.lower())
        if state is None:
            return ()
        return (Receipt(remote_id, state, PLATFORM_ERROR if state is State.REJECTED else 0, at),)

    def _fields(self, request: Request) -> str:
        """All of a report as JSON: an object of its query and form, or the body that is JSON already."""
        body = request.body.strip()
        if body[:1] in {b"{", b"["}:
            return self._text(body)
        pairs = forms.fields(request) or []
        return msgspec.json.encode({self._text(name): self._text(value) for name, value in pairs}).decode()

    # ---- what both need

    def _request(self, method: Method, url: str, values: Mapping[str, Value], body: str) -> Request:
        settings = self._settings
        headers = [
            (name, template.fill({**dict.fromkeys(NAMES, ""), **values})) for name, template in self._headers
        ]
        content_type = ""
        if body:
            content_type = f"{CONTENT_TYPES[settings.body_kind]}; charset={settings.encoding}"
            if any(name.lower() == "content-type" for name, _ in headers):
                content_type = ""
        return Request(
            method.value,
            url,
            content_type=content_type,
            body=body.encode(settings.encoding),
            headers=tuple(headers),
        )

    def _text(self, raw: bytes) -> str:
        return raw.decode(self._settings.encoding, "replace").removeprefix("\ufeff")


def _field(said: str, name: str) -> str:
    """Of an object, the value under a name or at a path; empty: there is none."""
    if name.startswith("$"):
        try:
            return finder(name)(said)
        except ValueError:
            return ""
    try:
        read = msgspec.json.decode(said)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    value = read.get(name, "") if isinstance(read, dict) else ""
    return str(value).strip() if isinstance(value, str | int) else ""
