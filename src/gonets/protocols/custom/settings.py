"""What can be set of a provider that is described by settings, and what each setting means.

Refused here, with a sentence that names the setting: templates with names that there are not, patterns that are none,
words for statuses that we do not have.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from gonets.model.message import State
from gonets.protocols.custom.patterns import finder, matcher
from gonets.protocols.custom.template import Place, Template

NAMES: Final = frozenset(
    {
        "sender",
        "recipient",
        "text",
        "id",
        "message",
        "total",
        "encoding",
        "login",
        "password",
        "token",
        "basic",
    }
)
"""What may stand in the template of a request that sends."""
STATUS_NAMES: Final = frozenset({"remote_id", "recipient", "id", "login", "password", "token", "basic"})
"""And in that of one that asks for a state."""

OURS: Final[Mapping[str, State | None]] = {
    "sent": None,
    "accepted": State.ACCEPTED,
    "delivered": State.DELIVERED,
    "undelivered": State.UNDELIVERED,
    "expired": State.EXPIRED,
    "rejected": State.REJECTED,
}
"""Our words in `states`; None: no news."""


class Method(StrEnum):
    """How a request is made."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"


class BodyKind(StrEnum):
    """What the body of a request is."""

    FORM = "form"
    JSON = "json"
    XML = "xml"
    RAW = "raw"


CONTENT_TYPES: Final[Mapping[BodyKind, str]] = {
    BodyKind.FORM: "application/x-www-form-urlencoded",
    BodyKind.JSON: "application/json",
    BodyKind.XML: "text/xml",
    BodyKind.RAW: "text/plain",
}

_Field = Annotated[str, Meta(max_length=64)]


class CustomSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What can be set; `MEANINGS` says what each is for."""

    url: Annotated[str, Meta(min_length=1)]
    method: Method = Method.POST
    body: str = ""
    body_kind: BodyKind = BodyKind.FORM
    headers: str = ""
    encoding: str = "utf-8"
    login: str = ""
    password: str = ""
    token: str = ""
    success: str = ""
    id: str = ""
    later: str = ""
    refused: str = ""
    trouble: str = ""
    status_url: str = ""
    status_method: Method = Method.GET
    status: str = ""
    states: str = ""
    callback_token: Annotated[str, Meta(max_length=128, pattern=r"^[A-Za-z0-9_-]*$")] = ""
    callback_id: _Field = "id"
    callback_status: _Field = "status"
    callback_reply: str = "OK"

    def __post_init__(self) -> None:
        for name, url in (("url", self.url), ("status_url", self.status_url)):
            if url and not _is_url(url):
                raise ValueError(f"{name} has to be like https://api.example.net/send?to={{recipient}}")
        try:
            # Some are known that are of no text, like base64.
            b"".decode(self.encoding, "replace"), "".encode(self.encoding)
        except (LookupError, ValueError):
            raise ValueError(f"there is no encoding {self.encoding!r}; write it like windows-1251") from None
        _said("url", lambda: Template(self.url, Place.FORM, NAMES))
        _said("body", lambda: Template(self.body, Place(self.body_kind.value), NAMES))
        _said(
            "headers",
            lambda: [Template(value, Place.HEADER, NAMES) for _, value in header_lines(self.headers)],
        )
        _said("status_url", lambda: Template(self.status_url, Place.FORM, STATUS_NAMES))
        for name in ("success", "later", "refused", "trouble"):
            _said(name, lambda name=name: matcher(getattr(self, name)))  # type: ignore[misc]
        for name in ("id", "status"):
            if getattr(self, name):
                _said(name, lambda name=name: finder(getattr(self, name)))  # type: ignore[misc]
        _said("states", lambda: states_of(self.states))
        if self.method is Method.GET and self.body:
            raise ValueError("body is for method = POST or PUT")
        if self.status_url and not (self.id and self.status and self.states):
            raise ValueError("status_url needs id, status and states")
        if self.callback_token and not (self.id and self.states):
            raise ValueError("callback_token needs id and states")


MEANINGS: Final[Mapping[str, str]] = {
    "url": "where a message is sent to, with {places}: https://api.example.net/send?to={recipient}",
    "method": "GET, POST or PUT",
    "body": 'what is sent there, with {places}: {"to": "{recipient}", "text": "{text}"}',
    "body_kind": "form, json, xml or raw: how values are escaped in the body",
    "headers": "further header fields, one a line: X-Api-Key: {token}",
    "encoding": "of texts in URL, body and reply",
    "login": "our login there, {login}; {basic} is login and password as HTTP Basic wants them",
    "password": "our password there, {password}; kept sealed, never shown",
    "token": "our key there, {token}; kept sealed, never shown",
    "success": "a pattern that replies have which took the message; empty: any with HTTP status 2xx",
    "id": "where their id is in such a reply: a pattern with a group, or a path like $.messages[0].id",
    "later": "a pattern of replies that ask to try later; 408, 425, 429 and 5xx do so anyway",
    "refused": "a pattern of replies that refuse the message; any other 4xx does so anyway",
    "trouble": "a pattern of replies that say that we may not send at all now; 401, 402, 403 do so anyway",
    "status_url": "where the state of a message is asked for, with {remote_id}; empty: it cannot be asked for",
    "status_method": "GET, POST or PUT",
    "status": "where their word for a state is in the reply: a pattern with a group, or a path",
    "states": "their words and ours: DELIVRD=delivered, FAILED=undelivered; a word that is not there is no news",
    "callback_token": "lets them report states to /receipts/NAME/TOKEN; kept sealed. Empty: they cannot",
    "callback_id": "the field with their id in such a report; of JSON also a path like $.message.id",
    "callback_status": "the field with their word for a state",
    "callback_reply": "what they are answered once it is durable, with HTTP status 200",
}
"""By setting; all of them."""


def header_lines(written: str) -> list[tuple[str, str]]:
    """Name and value of each header field. Raises ValueError with a sentence."""
    found = []
    for line in filter(None, map(str.strip, written.splitlines())):
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or not name.strip().replace("-", "").isalnum():
            raise ValueError(f"{line!r} is no header field; write it like X-Api-Key: {{token}}")
        found.append((name.strip(), value.strip()))
    return found


def states_of(written: str) -> dict[str, State | None]:
    """Their words, in small letters, and what they are to us. Raises ValueError with a sentence."""
    states: dict[str, State | None] = {}
    for pair in filter(None, map(str.strip, written.replace("\n", ",").split(","))):
        theirs, sign, ours = (each.strip() for each in pair.rpartition("="))
        if not sign or not theirs or ours.lower() not in OURS:
            raise ValueError(f"{pair!r} is not like DELIVRD=delivered; our words are {', '.join(OURS)}")
        states[theirs.lower()] = OURS[ours.lower()]
    return states


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "{" not in parts.netloc
    except ValueError:
        return False


def _said(name: str, read: Callable[[], object]) -> None:
    """Name the setting in what is wrong with it."""
    try:
        read()
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
