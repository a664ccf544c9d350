"""SMS Club as we call it: messages sent through a provider that speaks it, or through another gateway.

One message in each request, its text whole, by one of three `variants`. The provider cuts the text and gives an id
to each part; where it cuts otherwise than we do, each of our parts is known by the id of the one in which it ends.
States are asked for a hundred at a time. Only the HTTP scripts can be told how long a message is worth sending.

Refused, for SMS Club has no word for it: whatever is no text message, flash messages, binary ones, parts that a
client has cut itself, texts longer than it takes, control characters; and over the HTTP scripts, whose texts are
windows-1251, what that cannot hold.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from gonets.model.message import Channel, Encoding, OutgoingMessage, State
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred, Receipt, Rejected, SendResult, Sent, Uncertain
from gonets.model.times import micros
from gonets.ports.clock import Clock
from gonets.ports.stores import Away
from gonets.protocols.smsclub.variants import Heard, HttpScripts, Posting, SoapGate, Variant, XmlScripts
from gonets.rules.remote_ids import key_of
from gonets.rules.texts import too_long
from gonets.wire.http import Reply, Request

MOST_ASKED: Final = 100

_UNKNOWN_SUBSCRIBER: Final = 1
_BARRED: Final = 13
_NOT_SUPPORTED: Final = 21
_QUEUE_FULL: Final = 220
_UNSENDABLE: Final = Rejected(_NOT_SUPPORTED)
_LATER: Final = Deferred(PLATFORM_ERROR, 0.0)
_DOUBT: Final = Uncertain()

RESULTS: Final[Mapping[str, SendResult]] = {
    "не найдено соответствие пары логин\\пароль": _LATER,
    "учетная запись заблокирована": _LATER,
    "доступ с этого ip-адреса запрещен": _LATER,
    "недостаточно средств на балансе": _LATER,
    "сервис временно недоступен": _LATER,
    "превышен лимит запросов": Deferred(_QUEUE_FULL, 0.0),
    "слишком много сообщений на этот номер": _LATER,
    "не указаны обязательные параметры": _UNSENDABLE,
    "неверно указан номер": Rejected(_UNKNOWN_SUBSCRIBER),
    "phone in black list": Rejected(_BARRED),
    "направление закрыто": Rejected(_UNKNOWN_SUBSCRIBER),
    "неверно указано альфа-имя": _UNSENDABLE,
    "альфа-имя не зарегистрировано": _UNSENDABLE,
    "неверно указан текст сообщения": _UNSENDABLE,
    "текст сообщения запрещен": _UNSENDABLE,
    "операция не поддерживается": _UNSENDABLE,
    "неверно указан id": Rejected(PLATFORM_ERROR),
    # An earlier try of the same message may be the one that was taken.
    "повторное сообщение": _DOUBT,
}
"""By the text of a refusal, as `_plain` makes it. One that is not here says too that it was not taken."""

TROUBLES: Final[Mapping[str, str]] = {
    "не найдено соответствие пары логин\\пароль": "user or password are wrong",
    "учетная запись заблокирована": "the account is blocked",
    "доступ с этого ip-адреса запрещен": "we may not call it from here",
    "недостаточно средств на балансе": "there is no credit left",
    "сервис временно недоступен": "it is out of service",
}
"""By the same text: why nothing more should be sent for a while."""

STATES: Final[Mapping[str, State | None]] = {
    "ENROUTE": None,
    "ACCEPTE": State.ACCEPTED,
    "ACCEPTD": State.ACCEPTED,
    "DELIVRD": State.DELIVERED,
    "UNDELIV": State.UNDELIVERED,
    "EXPIRED": State.EXPIRED,
    "REJECTD": State.REJECTED,
    # There it may have failed or been refused; here an upstream that does not deliver has refused it.
    "FAILED": State.REJECTED,
    # By the provider, or somebody there: whether it costs is for the tariff to say.
    "DELETED": State.UNDELIVERED,
    "NOREPORT": State.NO_REPORT,
}
"""By word; None: no news."""

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

_STRANGE: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What neither Base64 that is to be told from plain text, nor XML, can carry."""
_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_HAS_DIGIT: Final = re.compile(r"[0-9]")


class Way(StrEnum):
    """Which of the gateways of SMS Club is called."""

    HTTP = "http"
    XML = "xml"
    SOAP = "soap"


_VARIANTS: Final[Mapping[Way, Callable[[str, str, str], Variant]]] = {
    Way.HTTP: HttpScripts,
    Way.XML: XmlScripts,
    Way.SOAP: SoapGate,
}


class SmsClubSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What can be set; `MEANINGS` says what each is for."""

    url: str
    user: Annotated[str, Meta(min_length=1, max_length=64)]
    password: str = ""
    sender: Annotated[str, Meta(max_length=15)] = ""
    variant: Way = Way.XML

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
        except ValueError:
            raise ValueError("url has to be like http://sms.example.net, without a query") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("url has to be like http://sms.example.net, without a query")
        if parts.username or parts.password:
            raise ValueError("url holds credentials; they belong into user and password")
        for name in ("user", "password", "sender"):
            if _STRANGE.search(getattr(self, name)):
                raise ValueError(f"{name} has characters that cannot be sent")


MEANINGS: Final[Mapping[str, str]] = {
    "url": "where the provider is: http://sms.example.net, without /hfw_smpp_addon and /soap",
    "user": "our login there",
    "password": "our password there; kept sealed, never shown",
    "sender": "the name that messages without one are sent from",
    "variant": "xml, soap, or http: that one tells how long a message is worth sending, and knows no emoji",
}
"""By setting; all of them."""


class SmsClubSending:
    """The sending half; `ports.edges.Sending`. The moment is only needed to say how long a message is worth sending."""

    most_asked = MOST_ASKED
    repeats_safely = False

    def __init__(self, settings: SmsClubSettings, clock: Clock) -> None:
        self._clock = clock
        self._sender = settings.sender
        self._is_windows = settings.variant is Way.HTTP
        make = _VARIANTS[settings.variant]
        self._variant = make(settings.url.rstrip("/"), settings.user, settings.password)

    def unable(self, message: OutgoingMessage) -> Rejected | None:
        first, text = message.first, message.text
        plain = first.channel is Channel.SMS and not first.flash
        whole = not first.header and not (first.octets and first.encoding is Encoding.OCTETS)
        if not plain or not whole or too_long(text, "smsclub") or _STRANGE.search(text) is not None:
            return _UNSENDABLE
        return _UNSENDABLE if self._is_windows and not _is_windows(text) else None

    def fits(self, messages: Sequence[OutgoingMessage]) -> int:
        return 1

    def ask(self, messages: Sequence[OutgoingMessage]) -> Request:
        first = messages[0].first
        minutes = None
        if first.expires_at is not None:
            minutes = max(1, ceil((first.expires_at - micros(self._clock.at())) / 60_000_000))
        sender = first.sender or self._sender
        return self._variant.send(Posting(sender, first.recipient, messages[0].text, minutes))

    def hear(
        self, messages: Sequence[OutgoingMessage], reply: Reply
    ) -> Sequence[SendResult | tuple[SendResult, ...]]:
        heard = None if reply.status == 429 else self._variant.heard(reply)
        whole = _of_status(reply.status)
        return [_results(heard, len(message.parts), whole) for message in messages]

    def trouble(self, reply: Reply) -> str:
        if reply.status == 429:
            return ""
        if reply.status in HTTP_TROUBLES:
            return HTTP_TROUBLES[reply.status]
        if 300 <= reply.status < 400:
            return "it sends us to another address; set that as the url"
        heard = self._variant.heard(reply)
        return "" if heard is None else TROUBLES.get(_plain(heard.refusal), "")

    def poll(self, away: Sequence[Away]) -> Request:
        return self._variant.ask([each.remote_id for each in away])

    def told(self, away: Sequence[Away], reply: Reply, at: datetime) -> Sequence[Receipt]:
        if reply.status != 200:
            return ()
        asked = {key_of(each.remote_id): each.remote_id for each in away}
        receipts = []
        for written, word in self._variant.states(reply).items():
            remote_id, state = asked.get(key_of(written)), STATES.get(word.upper())
            if remote_id is not None and state is not None:
                receipts.append(Receipt(remote_id, state, 0, at))
        return receipts


def _is_windows(text: str) -> bool:
    try:
        text.encode("cp1251")
    except UnicodeEncodeError:
        return False
    return True


def _of_status(status: int) -> SendResult:
    """What an answer comes to that says nothing else."""
    return HTTP_RESULTS.get(status, _LATER if 300 <= status < 500 else _DOUBT)


def _plain(refusal: str) -> str:
    """Its text in small letters, without the dots on ё and a full stop: both are written and left out."""
    return " ".join(refusal.split()).rstrip(".").lower().replace("ё", "е")


def _is_id(item: str) -> bool:
    return _ID.fullmatch(item) is not None and _HAS_DIGIT.search(item) is not None


def _result(item: str) -> SendResult:
    """What one item of a list says of its part. A single word is no refusal, and may be an id of another form."""
    if _is_id(item):
        return Sent(item)
    return RESULTS.get(_plain(item), _LATER if " " in item else _DOUBT)


def _results(heard: Heard | None, parts: int, whole: SendResult) -> SendResult | tuple[SendResult, ...]:
    """What became of each part. `whole` is said of what the answer tells nothing of."""
    if heard is None:
        return whole
    if heard.refusal:
        return RESULTS.get(_plain(heard.refusal), _LATER)
    if not heard.ended:
        found = tuple(map(_result, heard.items[:parts]))
        return (*found, *[_DOUBT] * (parts - len(found)))
    if len(heard.items) == parts:
        return tuple(map(_result, heard.items))
    ids = list(filter(_is_id, heard.items))
    if not ids:
        return _result(heard.items[0]) if heard.items else _DOUBT
    return tuple(Sent(ids[((number + 1) * len(ids) - 1) // parts]) for number in range(parts))
