"""OsonSMS as our customers' software calls it: three scripts that take a query and answer with one JSON object.

`/sendsms_v1.php`, `/query_sm.php` (clients call it `/query_sms.php` too) and `/check_balance.php`; a form that is
posted is read like a query. A field that is missing or empty is told before anything else, as the document's script
tells it. Refused here besides: values that are not UTF-8. Of a parameter that is given twice the first counts.

A client proves itself with `str_hash`, the SHA-256 of the values exactly as they were sent, or where it sends none with
`Authorization: Bearer`. Every answer says when it was made, in the zone of the account; for an account that has
the default zone, UTC, that is the dialect's own: +05:00, Tajikistan.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from gonets.model.account import ProofKind
from gonets.model.calls import Balance, Call, Login, Query, Submission, Submit
from gonets.model.message import message_id
from gonets.model.money import floored
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Funds, Outcome, Refused
from gonets.protocols.osonsms.tables import (
    FAULTS,
    NO_ACCOUNT,
    NOT_SET,
    STATUS_WORDS,
    Fault,
    written_time,
)
from gonets.wire import forms
from gonets.wire.http import Reply, Request

PROTOCOL: Final = "osonsms"

ZoneOf = Callable[[str, str], ZoneInfo | None]
"""The zone of the account that a protocol and a login name; None: there is no such login."""

DUSHANBE: Final = timezone(timedelta(hours=5))
"""The dialect's own zone."""
_UNSET: Final = "UTC"
"""The key of the zone that an account has unless it is given one; who means UTC gives it `Etc/UTC`."""

_JSON: Final = "application/json"
_BEARER: Final = re.compile("[ \t]*Bearer +([^ \t]+)[ \t]*", re.IGNORECASE)
_HASH: Final = "str_hash"


class Script(msgspec.Struct, frozen=True):
    """One of the scripts."""

    needs: tuple[str, ...]
    """What must be given, in the order in which the document names it."""
    signed: tuple[str, ...]
    """What its signature is of, before the salt."""
    or_signed: tuple[str, ...] = ()
    """What it may be of instead, where all of it is given."""


SEND: Final = Script(
    ("from", "phone_number", "msg", "login", _HASH, "txn_id"), ("txn_id", "login", "from", "phone_number")
)
QUERY: Final = Script(("login", _HASH, "msg_id"), ("msg_id", "login"))
BALANCE: Final = Script(("login", _HASH, "txn_id"), ("txn_id", "login"))

SCRIPTS: Final[Mapping[str, Script]] = {
    "sendsms_v1.php": SEND,
    "query_sm.php": QUERY,
    "query_sms.php": msgspec.structs.replace(QUERY, or_signed=("login", "txn_id")),
    "check_balance.php": BALANCE,
}
"""By name. Clients in the field call the second under the third name, and some sign the message's own id there."""


class OsonCall(Call, frozen=True, gc=False):
    """A call with what its answer repeats."""

    txn_id: str


# ---- the answers, their members in the order in which they are written


class Stored(msgspec.Struct):
    """To `sendsms_v1.php`. The document prints the last key once without an `s`; clients read either."""

    status: str
    timestamp: str
    txn_id: str
    msg_id: int
    smsc_msg_id: str
    smsc_msg_status: str
    smsc_msg_parts: int
    smc_msg_parts: int


class Standing(msgspec.Struct):
    """To `query_sm.php`."""

    status: str
    message_state: str
    timestamp: str


class Purse(msgspec.Struct):
    """To `check_balance.php`."""

    balance: msgspec.Raw
    """A number; money is never a float, so its digits are written here."""
    timestamp: str


class Error(msgspec.Struct):
    """What is wrong."""

    code: int
    msg: str
    timestamp: str


class Failed(msgspec.Struct):
    """To whatever is refused."""

    error: Error


class OsonServer:
    """The serving half; `ports.edges.Serving`."""

    def __init__(self, zone_of: ZoneOf, at: Callable[[], datetime]) -> None:
        """`at` gives the moment, for answers say when they were made."""
        self._zone_of = zone_of
        self._at = at

    def serves(self, path: str) -> bool:
        """Whether a path is one of the scripts, at the root."""
        return path[1:] in SCRIPTS

    def parse(self, request: Request) -> Call | Refused:
        """Read a request into a `Submit` or a `Query` of one item, or `Balance`.

        `Refused` where there is no such script, the form is broken, or something mandatory is not set.
        """
        script = _script(request)
        if script is None:
            return Refused(Reason.UNSUPPORTED, "There is no such script here.")
        pairs = forms.fields(request)
        if pairs is None:
            return Refused(Reason.BAD_REQUEST, "The form is cut short or broken.")
        token = _bearer(request)
        given: dict[str, bytes] = {}
        for name in dict.fromkeys((*script.needs, *script.or_signed)):
            value = forms.first(pairs, name.encode())
            if value:
                given[name] = value
            elif name in script.needs and not (name == _HASH and token):
                return Refused(Reason.BAD_REQUEST, f"{name} is not set.")
        who = _login(script, given, token, request.address)
        txn_id = _readable(given.get("txn_id", b"")) or ""
        if script is SEND:
            return OsonCall(who, Submit((_submission(given),)), txn_id)
        if script is BALANCE:
            return OsonCall(who, Balance(), txn_id)
        return OsonCall(who, Query((message_id(given["msg_id"]),)), txn_id)

    def render(self, request: Request, call: Call | None, outcome: Outcome) -> Reply:
        """Write the answer: one JSON object without blanks, its members in the order of the document's."""
        made_at = self._written_at(request, call)
        result = outcome[0] if isinstance(outcome, tuple) else outcome
        match result:
            case Refused():
                fault = _fault(result)
                msg = fault.msg
                if fault.code == NOT_SET.code:
                    msg %= ",".join((_script(request) or SEND).needs)
                return _reply(fault.http, Failed(Error(fault.code, msg, made_at)))
            case Accepted(message, parts):
                txn_id = call.txn_id if isinstance(call, OsonCall) else ""
                stored = Stored("ok", made_at, txn_id, message, f"{message:08X}", "success", parts, parts)
                return _reply(201, stored)
            case Found():
                word = STATUS_WORDS[result.status]
                return _reply(200, Standing(word, word, made_at))
            case Funds():
                balance = msgspec.Raw(floored(result.balance, 2).encode())
                return _reply(200, Purse(balance, made_at))
            case _:
                raise TypeError("OsonSMS asks for nothing that is answered so")

    def _written_at(self, request: Request, call: Call | None) -> str:
        """The moment, in the zone of the account that is named, be it in a request that is no call."""
        if call is not None:
            login = call.who.login
        else:
            login = _readable(forms.first(forms.fields(request) or (), b"login") or b"") or ""
        zone = self._zone_of(PROTOCOL, login) if login else None
        there = DUSHANBE if zone is None or zone.key == _UNSET else zone
        return written_time(self._at().astimezone(there))


def _script(request: Request) -> Script | None:
    """The one that is asked for; doubled slashes count as one."""
    return SCRIPTS.get(request.path.strip("/"))


def _login(script: Script, given: Mapping[str, bytes], token: str, address: str) -> Login:
    """Who asks. A login that is no UTF-8 is nobody's."""
    signs = _HASH in given
    return Login(
        protocol=PROTOCOL,
        profile="",
        login=_readable(given["login"]) or "",
        password=_escaped(given[_HASH]) if signs else token,
        address=address,
        kind=ProofKind.SIGNATURE if signs else ProofKind.TOKEN,
        signed=_joined(script.signed, given),
        or_signed=_joined(script.or_signed, given),
        tells_unknown=True,
    )


def _joined(names: Sequence[str], given: Mapping[str, bytes]) -> str:
    """The values as a signature is of them; empty where one of them is not given."""
    values = [given[name] for name in names if name in given]
    return _escaped(b";".join(values)) if len(values) == len(names) else ""


def _submission(given: Mapping[str, bytes]) -> Submission | Refused:
    """A `txn_id` is good for one message, for ever."""
    try:
        sender, recipient, text, txn_id = (
            given[name].decode() for name in ("from", "phone_number", "msg", "txn_id")
        )
    except UnicodeDecodeError:
        return Refused(Reason.BAD_REQUEST, "Values must be UTF-8.")
    return Submission(sender, recipient, text, txn_id, once=True)


def _bearer(request: Request) -> str:
    """The token that is sent, empty where there is none; it may be of any octets."""
    found = _BEARER.fullmatch(request.authorization)
    return _escaped(found[1].encode("latin-1", "replace")) if found else ""


def _readable(value: bytes) -> str | None:
    """The text; None: it is no UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _escaped(value: bytes) -> str:
    """The text, with octets that are no UTF-8 kept for who compares octets."""
    return value.decode("utf-8", "surrogateescape")


def _fault(refused: Refused) -> Fault:
    return NO_ACCOUNT if refused.unknown_login else FAULTS[refused.reason]


def _reply(status: int, answer: Stored | Standing | Purse | Failed) -> Reply:
    return Reply(status, msgspec.json.encode(answer), _JSON)
