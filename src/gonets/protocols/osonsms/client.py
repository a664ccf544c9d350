"""OsonSMS as we call it: one message in a request, and one id in a question for its state.

The txn_id is our part's id, so that a message that is sent again after its answer was lost is known again: the provider
says then that it has it, and there are never two. Every other answer that cannot be understood is reason to send it
again, for the same reason, but to this provider alone. What was taken without our hearing its msg_id goes by its
txn_id from then on, as `txn_id <txn_id>`, and is asked for by that.

Refused, for the dialect has no word for it: whatever is no text message, flash messages, binary ones, and parts that a
client has cut itself.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Meta

from gonets.model.message import Channel, Encoding, OutgoingMessage, State
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred, Receipt, Rejected, SendResult, Sent, Settled
from gonets.ports.stores import Away
from gonets.wire.http import Reply, Request

LONGEST_URL: Final = 8_000
"""Bytes; what is longer is posted."""

_NOT_SUPPORTED: Final = 21
_QUEUE_FULL: Final = 220
_UNSENDABLE: Final = Rejected(_NOT_SUPPORTED)
_LATER: Final = Deferred(PLATFORM_ERROR, 0.0)
_DOUBT: Final = Deferred(PLATFORM_ERROR, 0.0, doubtful=True)
_TOO_FAST: Final = Deferred(_QUEUE_FULL, 0.0)
_DUPLICATE: Final = 108
_BY_TXN_ID: Final = "txn_id "

RESULTS: Final[Mapping[int, SendResult]] = {
    100: _UNSENDABLE,
    105: _LATER,
    106: _LATER,
    107: _UNSENDABLE,
    109: _LATER,
    112: _LATER,
    113: _LATER,
    114: _LATER,
    119: _LATER,
}
"""By `code` (OsonSMS protocol 1.1), but for 108: not taken. A wrong hash is our setting's fault, not the message's."""

HTTP_RESULTS: Final[Mapping[int, SendResult]] = {
    400: _UNSENDABLE,
    413: _UNSENDABLE,
    414: _UNSENDABLE,
    422: _UNSENDABLE,
    429: _TOO_FAST,
}
"""By HTTP status, of an answer without a code that is known. Of any other from 300 to 499 it was not taken, the rest is
doubt; either is worth another try."""

TROUBLES: Final[Mapping[int, str]] = {
    105: "the login does not exist, or is switched off",
    106: "login, pass_salt_hash or token are wrong",
    113: "it cannot reach its network",
    114: "we may not call it from here",
    119: "the balance there is used up",
}
"""By `code`: why nothing more should be sent for a while."""
HTTP_TROUBLES: Final[Mapping[int, str]] = {
    401: "login, pass_salt_hash or token are wrong",
    402: "the balance there is used up",
    403: "we may not call it from here",
    404: "there is no such script at the url",
    407: "the proxy wants a login",
    599: "it cannot reach its network",
}
"""By HTTP status, of an answer without a code."""

STATES: Final[Mapping[str, State | None]] = {
    "SCHEDULED": None,
    "ENROUTE": None,
    "ACCEPTED": State.ACCEPTED,
    "ACCEPTD": State.ACCEPTED,
    "DELIVERED": State.DELIVERED,
    "DELIVRD": State.DELIVERED,
    "UNDELIVERABLE": State.UNDELIVERED,
    "UNDELIV": State.UNDELIVERED,
    "EXPIRED": State.EXPIRED,
    "REJECTED": State.REJECTED,
    "REJECTD": State.REJECTED,
    # By the provider, or somebody there: whether it costs is for the tariff to say.
    "DELETED": State.UNDELIVERED,
    "SKIPPED": State.UNDELIVERED,
    # The network does not know, and may find out.
    "UNKNOWN": None,
}
"""By status: the names of SMPP 3.4 §5.2.28, which the provider hands through, and their short forms; None: no news."""


class OsonSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What can be set; `MEANINGS` says what each is for."""

    url: str
    login: Annotated[str, Meta(min_length=1, max_length=64)]
    pass_salt_hash: str = ""
    token: str = ""
    prefix: Annotated[str, Meta(max_length=24, pattern=r"^[A-Za-z0-9_-]*$")] = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("url has to be like https://api.example.net, without a query")
        if parts.username or parts.password:
            raise ValueError("url holds credentials; they belong into login and pass_salt_hash")
        if self.pass_salt_hash and self.token:
            raise ValueError("set pass_salt_hash or token, not both")
        if not self.token.isascii() or not self.token.isprintable() or " " in self.token:
            raise ValueError("token has characters that a header cannot carry")


MEANINGS: Final[Mapping[str, str]] = {
    "url": "where the provider's scripts are: https://api.example.net",
    "login": "our login there",
    "pass_salt_hash": "what our requests are signed with; kept sealed, never shown",
    "token": "what is sent instead of a signature; kept sealed, never shown",
    "prefix": "what our txn_ids begin with, where others send with the same login",
}
"""By setting; all of them."""


class _Error(msgspec.Struct):
    code: int | str = 0


class _Answer(msgspec.Struct):
    """What any answer may hold, of whatever kind the provider writes it in."""

    status: str = ""
    message_state: str = ""
    msg_id: int | str = ""
    error: _Error | None = None


_NOTHING: Final = _Answer()
_decode: Final = msgspec.json.Decoder(_Answer, strict=False).decode


class OsonSending:
    """The sending half; `ports.edges.Sending`."""

    most_asked = 1
    repeats_safely = True

    def __init__(self, settings: OsonSettings) -> None:
        self._settings = settings
        self._url = settings.url.rstrip("/")

    def unable(self, message: OutgoingMessage) -> Rejected | None:
        first = message.first
        plain = first.channel is Channel.SMS and not first.flash
        whole = not first.header and not (first.octets and first.encoding is Encoding.OCTETS)
        return None if plain and whole else _UNSENDABLE

    def fits(self, messages: Sequence[OutgoingMessage]) -> int:
        return 1

    def ask(self, messages: Sequence[OutgoingMessage]) -> Request:
        first = messages[0].first
        login, txn_id = self._settings.login, self._txn_id(first.id)
        fields = {
            "from": first.sender,
            "phone_number": first.recipient,
            "msg": messages[0].text,
            "login": login,
            "txn_id": txn_id,
        }
        return self._request("sendsms_v1.php", fields, (txn_id, login, first.sender, first.recipient))

    def hear(self, messages: Sequence[OutgoingMessage], reply: Reply) -> Sequence[SendResult]:
        answer = _read(reply)
        first = messages[0].first
        if reply.status in {200, 201} and answer.error is None and answer.msg_id != "":
            return [Sent(str(answer.msg_id))]
        code = _code(answer)
        if code == _DUPLICATE or (not code and reply.status == 409):
            if first.attempts > 1:
                return [Sent(_BY_TXN_ID + self._txn_id(first.id))]
            return [Rejected(PLATFORM_ERROR)]  # it never left us: somebody else has used its txn_id
        if reply.status == 429:
            return [_TOO_FAST]
        unsaid = _LATER if 300 <= reply.status < 500 else _DOUBT
        return [RESULTS.get(code) or HTTP_RESULTS.get(reply.status, unsaid)]

    def trouble(self, reply: Reply) -> str:
        code = _code(_read(reply))
        if code:
            return TROUBLES.get(code, "")
        if 300 <= reply.status < 400:
            return "it sends us to another address; set that as the url"
        return HTTP_TROUBLES.get(reply.status, "")

    def poll(self, away: Sequence[Away]) -> Request:
        login, remote_id = self._settings.login, away[0].remote_id
        txn_id = self._txn_id(away[0].part)
        if remote_id and not remote_id.startswith(_BY_TXN_ID):
            fields = {"login": login, "txn_id": txn_id, "msg_id": remote_id}
            return self._request("query_sm.php", fields, (remote_id, login))
        txn_id = remote_id.removeprefix(_BY_TXN_ID) or txn_id
        return self._request("query_sms.php", {"login": login, "txn_id": txn_id}, (login, txn_id))

    def told(self, away: Sequence[Away], reply: Reply, at: datetime) -> Sequence[Settled | Receipt]:
        answer = _read(reply)
        if reply.status != 200 or answer.error is not None:
            return ()
        told: list[Settled | Receipt] = []
        remote_id = away[0].remote_id
        word = (answer.message_state or answer.status).strip().upper()
        if not remote_id and word in STATES:
            remote_id = _BY_TXN_ID + self._txn_id(away[0].part)
            told.append(Settled(away[0].part, Sent(remote_id)))
        state = STATES.get(word)
        if state is not None:
            error = PLATFORM_ERROR if state is State.REJECTED else 0
            told.append(Receipt(remote_id, state, error, at))
        return told

    def _txn_id(self, part: int) -> str:
        return f"{self._settings.prefix}{part}"

    def _request(self, script: str, fields: Mapping[str, str], signed: Sequence[str]) -> Request:
        """`signed`: what the signature is of, before the salt."""
        settings = self._settings
        authorization = ""
        if settings.token:
            authorization = f"Bearer {settings.token}"
        else:
            values = ";".join((*signed, settings.pass_salt_hash)).encode("utf-8", "replace")
            fields = {**fields, "str_hash": hashlib.sha256(values).hexdigest()}
        form = "&".join(f"{name}={quote(value, safe='', errors='replace')}" for name, value in fields.items())
        url = f"{self._url}/{script}"
        if len(url) + 1 + len(form) < LONGEST_URL:
            return Request("GET", f"{url}?{form}", authorization=authorization)
        return Request(
            "POST",
            url,
            content_type="application/x-www-form-urlencoded",
            body=form.encode(),
            authorization=authorization,
        )


def _read(reply: Reply) -> _Answer:
    """The object in it; of what is none, nothing."""
    try:
        return _decode(reply.body.strip().removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _NOTHING


def _code(answer: _Answer) -> int:
    """Of an error; 0: there is none, or none that can be read."""
    code = answer.error.code if answer.error is not None else 0
    try:
        return int(code)
    except ValueError:
        return 0
