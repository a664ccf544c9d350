"""The HTTP scripts of SMS Club: parameters in, a list of ids or states out, with a literal `<br/>` after each item
and no newline anywhere.

Each answers GET and POST alike, whatever its name says and whatever the content type is; only multipart has to say
so. The text of a message is windows-1251 in Base64, or bare; other values are UTF-8, and octets that are no
characters become U+FFFD. Of a parameter that is given twice the first counts.
"""

import re
from binascii import a2b_base64
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, assert_never

import msgspec

from gonets.model.calls import Balance, Call, Login
from gonets.model.money import floored
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Funds, Outcome, Refused
from gonets.protocols.smsclub.calls import SmsClubCall, asking, listed, login, refusal, sending, submissions
from gonets.protocols.smsclub.tables import HTTP_STATUS, REASON_TEXTS, STATES
from gonets.wire import forms
from gonets.wire.http import Reply, Request

_CONTENT_TYPE: Final = "text/html; charset=utf-8"
_START, _END = "=IDS START=<br/>", "=IDS END=<br/>"

_BASE64: Final = re.compile(rb"([A-Za-z0-9+/]*)=*")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MINUTES: Final = re.compile(r"[0-9]{1,7}")
"""Up to 19 years; what is longer is no period that anyone meant."""

Pairs = Sequence[tuple[bytes, bytes]]


def parse(script: str, request: Request) -> Call | Refused:
    """What a request asks of one of `SCRIPTS`; `Refused` where its form is broken or its list too long."""
    pairs = form(request)
    if pairs is None:
        return Refused(Reason.BAD_REQUEST, "The form is cut short or broken.")
    who = login(_value(pairs, b"username"), _value(pairs, b"password"), request)
    return SCRIPTS[script](who, pairs)


def form(request: Request) -> list[tuple[bytes, bytes]] | None:
    """The fields of the query and of the body, of whatever type it says it is; None: multipart, and broken."""
    if request.content_type[:10].lower() != "multipart/":
        request = msgspec.structs.replace(request, content_type="")
    return forms.fields(request)


def render(call: Call | None, outcome: Outcome) -> Reply:
    """The answer: the list with one item per part or id, the two amounts, or the text of a refusal alone."""
    reason = refusal(call, outcome)
    if reason is not None:
        return _reply(REASON_TEXTS[reason], HTTP_STATUS.get(reason, 200))
    match outcome:
        case Funds():
            return _reply(f"{floored(outcome.balance, 4)}<br/>{floored(outcome.overdraft, 4)}<br/>")
        case tuple():
            return _reply("".join([_START, *_items(call, outcome), _END]))
        case _:
            raise TypeError("SMS Club asks for nothing that is answered so")


def meant_text(sent: bytes) -> str:
    """The text of a message: Base64 as far as it is that, else windows-1251.

    Blanks were `+` before somebody forgot to escape them, and `=` at the end may be too few or too many. It may be
    folded, and end with a line end, as Perl's always does. What decodes to control characters other than TAB, LF
    and CR was no Base64.
    """
    found = _BASE64.fullmatch(_unfolded(sent).replace(b" ", b"+"))
    if found and len(found[1]) % 4 != 1:
        octets = a2b_base64(found[1] + b"=" * (-len(found[1]) % 4))
        if not _CONTROL.search(octets):
            return octets.decode("cp1251", "replace")
    return sent.decode("cp1251", "replace")


def _unfolded(sent: bytes) -> bytes:
    """Without line ends where folding puts them (RFC 2045 §6.8, RFC 7468 §2); a text with any others stays as it is."""
    lines = sent.rstrip(b"\r\n").replace(b"\r\n", b"\n").split(b"\n")
    lengths = {len(line) for line in lines[:-1]}
    return b"".join(lines) if lengths <= {64} or lengths <= {76} else sent


def _send(who: Login, pairs: Pairs) -> Call | Refused:
    text = forms.first(pairs, b"text")
    lifetime = _value(pairs, b"lifetime")
    validity = _minutes(lifetime) if lifetime else None
    if isinstance(validity, Refused):
        return sending(who, [validity])
    items = submissions(
        _value(pairs, b"from"),
        listed(_value(pairs, b"to") or ""),
        None if text is None else meant_text(text),
        validity,
    )
    return sending(who, items)


def _ask(who: Login, pairs: Pairs) -> Call | Refused:
    return asking(who, listed(_value(pairs, b"smscid") or ""))


def _balance(who: Login, pairs: Pairs) -> Call | Refused:
    return SmsClubCall(who, Balance())


SCRIPTS: Final[dict[str, Callable[[Login, Pairs], Call | Refused]]] = {
    "httpsendsms.php": _send,
    "httpsendsmspost.php": _send,
    "httpgetsmsstate.php": _ask,
    "httpgetsmsstatepost.php": _ask,
    "httpgetbalance.php": _balance,
}
"""By file name."""


def _value(pairs: Pairs, name: bytes) -> str | None:
    value = forms.first(pairs, name)
    return None if value is None else value.decode(errors="replace")


def _minutes(written: str) -> timedelta | Refused:
    if _MINUTES.fullmatch(written) is None:
        return Refused(Reason.BAD_REQUEST, "lifetime must be a whole number of minutes.")
    return timedelta(minutes=int(written))


def _items(call: Call | None, results: Sequence[Accepted | Refused | Found]) -> list[str]:
    echoes = call.echoes if isinstance(call, SmsClubCall) and call.echoes else [""] * len(results)
    items: list[str] = []
    for echo, result in zip(echoes, results, strict=True):
        match result:
            case Accepted(message, parts):
                items += [f"{part}<br/>" for part in range(message, message + parts)]
            case Found():
                items.append(f"{echo}: {STATES[result.status]}<br/>")
            case Refused(Reason.UNKNOWN_MESSAGE as reason):
                items.append(f"{echo}: {REASON_TEXTS[reason]}<br/>")
            case Refused(reason):
                items.append(f"{REASON_TEXTS[reason]}<br/>")
            case _:
                assert_never(result)
    return items


def _reply(text: str, status: int = 200) -> Reply:
    return Reply(status, text.encode(), _CONTENT_TYPE)
