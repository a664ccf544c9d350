"""SMS2's scripts as our customers' software calls them: sms.cgi, sms_status2.cgi, get_credit_info.cgi, api_call.cgi and
api.php, by GET or POST, as a query, a form or `multipart/form-data` alike.

Every answer is one line of ASCII without an end, that clients compare as a whole; only the numbers of a base are many.
Refused here: values that cannot be read, and functions that there are none of. What is refused so is answered after the
credentials have been looked at. Everything else is for the rules.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final, assert_never
from zoneinfo import ZoneInfo

import msgspec

from gonets.model.account import Account, ProofKind
from gonets.model.calls import Balance, BaseCall, Call, Login, Query, Submission, Submit
from gonets.model.message import message_id
from gonets.model.money import ONE, floored
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Funds, Outcome, Refused
from gonets.protocols.sms2 import bases, mms
from gonets.protocols.sms2.fields import UTF_8, Fields, charset_of, moment
from gonets.protocols.sms2.tables import API_CALL_TEXTS, ERROR, HTTP_STATUS, REASON_TEXTS, STATUS_WORDS
from gonets.wire import forms
from gonets.wire.http import Reply, Request

PROTOCOL: Final = "sms2"

AccountOf = Callable[[str, str], Account | None]
"""The account that a login of a protocol is of, before it has proved it; None: there is no such login."""

Asked = Submit | Query | Balance | BaseCall

_TEXT_PLAIN: Final = "text/plain"
_UTC: Final = ZoneInfo("UTC")
_CENT: Final = ONE // 100


class Sms2Call(Call, frozen=True, gc=False):
    """A call with how its answer is written."""

    batch: bases.Notation | None = None
    """Of numbers added as a batch; None: it is none."""


class Sms2Server:
    """The serving half; `ports.edges.Serving`.

    `account_of` finds the account of a login in the platform's settings: its zone is that of the times it writes, and
    it says how the answer to a batch is written.
    """

    payload: Final = 1_310_720
    """Octets that a query and a body may have: 300 KB in base64 with every octet escaped are 1,230,000, 50,000 numbers
    with their line ends 850,000."""

    def __init__(self, account_of: AccountOf) -> None:
        self._account_of = account_of

    def serves(self, path: str) -> bool:
        """Whether a path is one of the scripts'."""
        return path in _SCRIPTS

    def parse(self, request: Request) -> Call | Refused:
        """Read a request; a message or function that cannot be read is a `Submit` of nothing but its refusal.

        `Refused` when the form is broken, or there is no such script.
        """
        script = _SCRIPTS.get(_path(request))
        if script is None:
            return Refused(Reason.UNSUPPORTED, f"There is no such script; there are {', '.join(_SCRIPTS)}.")
        pairs = forms.fields(request)
        if pairs is None:
            return Refused(Reason.BAD_REQUEST, "The form is cut short or broken.")
        fields = Fields(pairs, script.charset or charset_of(pairs))
        # The document's forms in HTML say `login`.
        login = fields.exact(b"user") or fields.exact(b"login") or ""
        who = Login(
            protocol=PROTOCOL,
            profile="",
            login=login,
            password=fields.exact(script.secret) or "",
            address=request.address,
            kind=script.kind,
        )
        account = self._account_of(PROTOCOL, login)
        what = script.read(fields, _UTC if account is None else account.zone)
        if script is not _API_CALL or not bases.is_batch(fields):
            return Sms2Call(who, what)
        in_json = account is not None and account.batch_json
        return Sms2Call(who, what, bases.Notation.JSON if in_json else bases.Notation.PRINTED)

    def render(self, request: Request, call: Call | None, outcome: Outcome) -> Reply:
        """Write the answer: one text, without a line end after it."""
        script = _SCRIPTS.get(_path(request), _SMS)
        if isinstance(outcome, tuple):
            return _answered(script, outcome[0])
        if isinstance(outcome, Refused):
            return _answered(script, outcome)
        if isinstance(outcome, Funds):
            return _reply(_funds(outcome))
        return _reply(bases.answer(outcome, call.batch if isinstance(call, Sms2Call) else None))


def _answered(script: "Script", result: Accepted | Found | Refused) -> Reply:
    match result:
        case Accepted(message):
            return _reply(script.accepted % message)
        case Found(status=status):
            return _reply(b"Status: %b" % STATUS_WORDS[status])
        case Refused(reason):
            return _reply(ERROR % script.texts[reason], HTTP_STATUS.get(reason, 200))
        case _:
            assert_never(result)


def _reply(text: bytes | AsyncIterator[bytes], status: int = 200) -> Reply:
    if isinstance(text, bytes):
        return Reply(status, text, _TEXT_PLAIN)
    return Reply(status, b"", _TEXT_PLAIN, text)


def _path(request: Request) -> str:
    """Without doubled slashes."""
    return "/" + "/".join(filter(None, request.path.split("/")))


def _funds(funds: Funds) -> bytes:
    """SMS gate, section 4.2. What is left of a hundredth is not shown: nobody can spend it as one."""
    floor = -(funds.overdraft // _CENT * _CENT)
    return f"Balance: {floored(funds.balance, 2)}; Overdraft: {floored(floor, 2)}".encode()


# ---- the scripts


def _message(fields: Fields, zone: ZoneInfo) -> Submit:
    """sms.cgi: SMS gate, section 1.1; `send_at`, which its clients send too, is written like `start_at`."""
    sender, text = fields.exact(b"from"), fields.exact(b"message")
    if sender is None or text is None:
        return Submit((Refused(Reason.BAD_TEXT, "The message has octets that are no text in its charset."),))
    start = fields.text(b"send_at").strip()
    start_at = moment(start, zone) if start else None
    if start and start_at is None:
        return Submit((Refused(Reason.BAD_REQUEST, "send_at must be written YYYY-MM-DD HH:MM."),))
    flash = fields.octets(b"flash").strip() == b"1"
    return Submit((Submission(sender, fields.text(b"phone"), text, start_at=start_at, flash=flash),))


def _status(fields: Fields, zone: ZoneInfo) -> Query:
    """sms_status2.cgi: SMS gate, section 2.1."""
    return Query((message_id(fields.octets(b"mess_id").strip()),))


def _balance(fields: Fields, zone: ZoneInfo) -> Balance:
    """get_credit_info.cgi: SMS gate, section 4."""
    return Balance()


class Script(msgspec.Struct, frozen=True):
    """One of the scripts."""

    read: Callable[[Fields, ZoneInfo], Asked]
    """What is asked, its local times being of that zone."""
    texts: Mapping[Reason, bytes]
    secret: bytes = b"pass"
    """The field that proves the login."""
    kind: ProofKind = ProofKind.PASSWORD
    charset: str = ""
    """Of its values; empty: the request says."""
    accepted: bytes = b"Message successfully sent! Message_ID=%d"


_SMS: Final = Script(_message, REASON_TEXTS)
_API_CALL: Final = Script(bases.read, API_CALL_TEXTS)
_SCRIPTS: Final = {
    "/sms.cgi": _SMS,
    "/sms_status2.cgi": Script(_status, REASON_TEXTS),
    "/get_credit_info.cgi": Script(_balance, REASON_TEXTS),
    "/api_call.cgi": _API_CALL,
    "/api.php": Script(mms.read, REASON_TEXTS, b"hash", ProofKind.MD5, UTF_8, b"Ok_%d"),
}
