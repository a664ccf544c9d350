"""The XML scripts of SMS Club: a document in, a document out.

The document arrives as the form field `xmlrequest` or is the body itself, often with broken markup, which is
recovered where the fields can still be read. What stands in which element counts, not how they are nested or in which
order; unknown elements are ignored, and of one that is given twice the first counts, but where pairs are asked for.
"""

from collections.abc import Callable, Sequence
from typing import Final, assert_never

from gonets.model.calls import Call, Login, Query, Submission
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Outcome, Refused
from gonets.protocols.smsclub.calls import (
    MISSING,
    SmsClubCall,
    asking,
    listed,
    login,
    refusal,
    sending,
    submissions,
)
from gonets.protocols.smsclub.http_scripts import form
from gonets.protocols.smsclub.tables import HTTP_STATUS, REASON_TEXTS, STATES
from gonets.wire import forms, xml
from gonets.wire.http import Reply, Request
from gonets.wire.xml import escaped

_CONTENT_TYPE: Final = "text/xml; charset=utf-8"
_HEAD: Final = '<?xml version="1.0" encoding="utf-8"?><response>'
_TAIL: Final = "</response>"

_FIELDS: Final = frozenset({"username", "password", "from", "to", "text", "smscid", "smssid"})

Fields = Sequence[tuple[str, str]]


def parse(script: str, request: Request) -> Call | Refused:
    """What a request asks of one of `SCRIPTS`; `Refused` where it holds no document that can be read."""
    document = _document(request)
    root = None if document is None else xml.read(document, recover=True)
    if root is None:
        return Refused(Reason.BAD_REQUEST, "xmlrequest must hold an XML document, with no DTD.")
    fields = xml.fields(root, _FIELDS)
    who = login(_stripped(fields, "username"), _stripped(fields, "password"), request)
    return SCRIPTS[script](who, fields)


def render(call: Call | None, outcome: Outcome) -> Reply:
    """The answer, with no white space between its tags."""
    reason = refusal(call, outcome)
    if reason is not None:
        said = f"<status>ERROR</status><text>{escaped(REASON_TEXTS[reason])}</text>"
        return _reply(said, HTTP_STATUS.get(reason, 200))
    if not isinstance(outcome, tuple):
        raise TypeError("the XML scripts of SMS Club ask for nothing that is answered so")
    if isinstance(call, SmsClubCall) and isinstance(call.what, Query):
        return _reply(_states(call.echoes, outcome))
    return _reply(_ids(outcome))


def _send(who: Login, fields: Fields) -> Call | Refused:
    """One text to a list of recipients."""
    recipients = listed(_first(fields, "to") or "")
    return sending(who, submissions(_stripped(fields, "from"), recipients, _first(fields, "text")))


def _send_each(who: Login, fields: Fields) -> Call | Refused:
    """Pairs of a recipient and a text, in the order sent.

    The one of the two that comes first begins each pair. One that is left without the other is refused in its place:
    a text may never end up with another recipient than its own.
    """
    sender = _stripped(fields, "from")
    items: list[Submission | Refused] = []
    pair: dict[str, str] = {}
    opening = next((name for name, _ in fields if name in {"to", "text"}), "")
    for name, value in fields:
        if name not in {"to", "text"}:
            continue
        if pair and (name == opening or name in pair):
            items += _paired(sender, pair)
            pair = {}
        pair[name] = value
    return sending(who, [*items, *_paired(sender, pair)])


def _ask(who: Login, fields: Fields) -> Call | Refused:
    smscid = _first(fields, "smscid")
    ids = _first(fields, "smssid") if smscid is None else smscid  # as the document's own sample misspells it
    return asking(who, listed(ids or ""))


SCRIPTS: Final[dict[str, Callable[[Login, Fields], Call | Refused]]] = {
    "xmlsendsmspost.php": _send,
    "xmlsendindividual.php": _send_each,
    "xmlgetsmsstatepost.php": _ask,
}
"""By file name."""


def _document(request: Request) -> bytes | None:
    if xml.looks_like(request.body):
        return request.body
    return forms.first(form(request) or (), b"xmlrequest")


def _first(fields: Fields, wanted: str) -> str | None:
    return next((value for name, value in fields if name == wanted), None)


def _stripped(fields: Fields, wanted: str) -> str | None:
    value = _first(fields, wanted)
    return None if value is None else value.strip()


def _paired(sender: str | None, pair: dict[str, str]) -> list[Submission | Refused]:
    if "to" not in pair:
        return [MISSING]
    return submissions(sender, listed(pair["to"]), pair.get("text"))


def _ids(results: Sequence[Accepted | Refused | Found]) -> str:
    messages = parts = 0
    items: list[str] = []
    for result in results:
        match result:
            case Accepted(message, count):
                messages += 1
                parts += count
                items += [f"<mess>{part}</mess>" for part in range(message, message + count)]
            case Refused(reason):
                items.append(f"<mess>{escaped(REASON_TEXTS[reason])}</mess>")
            case Found():
                raise TypeError("nothing was asked after")
            case _:
                assert_never(result)
    text = f"Сообщений: {messages} ({parts} частей)"
    return f"<status>OK</status><text>{text}</text><ids>{''.join(items)}</ids>"


def _states(echoes: Sequence[str], results: Sequence[Accepted | Refused | Found]) -> str:
    items: list[str] = []
    for echo, result in zip(echoes, results, strict=True):
        match result:
            case Found():
                state = STATES[result.status]
            case Refused(reason):
                state = escaped(REASON_TEXTS[reason])
            case Accepted():
                raise TypeError("nothing was sent")
            case _:
                assert_never(result)
        items.append(f"<entry><smscid>{escaped(echo)}</smscid><state>{state}</state></entry>")
    return f"<status>OK</status><text></text><entries>{''.join(items)}</entries>"


def _reply(content: str, status: int = 200) -> Reply:
    return Reply(status, f"{_HEAD}{content}{_TAIL}".encode(), _CONTENT_TYPE)
