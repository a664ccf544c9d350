"""The SOAP gate of SMS Club: two operations, and the WSDL that describes them at the same address.

A call is a POST; anything else is answered with the WSDL. The document's PHP gives arguments by place and leaves
types to its client, so a recipient or an id may be a string, a number, or a list of either. Recipients that were
refused are left out of the answer; when all were, it is a fault.
"""

import re
from collections.abc import Callable
from importlib.resources import files
from typing import Final, assert_never

from gonets.model.calls import Call, Query
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Outcome, Refused
from gonets.protocols.smsclub.calls import SmsClubCall, asking, listed, login, refusal, sending, submissions
from gonets.protocols.smsclub.tables import REASON_TEXTS, SERVER_FAULTS, SOAP_STATES
from gonets.wire import soap
from gonets.wire.http import Reply, Request
from gonets.wire.soap import RpcCall, Scalar, Value

_CONTENT_TYPE: Final = "text/xml; charset=utf-8"
_NAMESPACE: Final = "urn:soapGateway"
_WSDL: Final = files("gonets.protocols.smsclub").joinpath("soapGateway.wsdl").read_text(encoding="utf-8")
_ADDRESS: Final = "http://localhost/soap/soapGateway.wsdl"
"""What stands in the file for the address that it was asked at."""
_HOST: Final = re.compile(r"[0-9A-Za-z._-]{1,255}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")


def parse(request: Request) -> Call | Refused:
    """Which operation is called; `Refused` where it is none."""
    if request.method != "POST":
        return Refused(Reason.BAD_REQUEST, "A call is a POST.")
    call = soap.read_call(request.body)
    if call is None:
        return Refused(Reason.BAD_REQUEST, "The body must be a SOAP 1.1 envelope with a call, and no DTD.")
    operation = _OPERATIONS.get(call.operation)
    if operation is None:
        return Refused(Reason.UNSUPPORTED, "The operations are sendSms and getReports.")
    return operation(call, request)


def render(request: Request, call: Call | None, outcome: Outcome) -> Reply:
    """The list of ids, the map of ids to states, a fault, or the WSDL."""
    if request.method != "POST":
        return Reply(200, wsdl(request.scheme, request.host).encode(), _CONTENT_TYPE)
    reason = refusal(call, outcome)
    if reason is not None:
        return fault(reason)
    if not isinstance(outcome, tuple):
        raise TypeError("the SOAP gate of SMS Club asks for nothing that is answered so")
    if not isinstance(call, SmsClubCall) or not isinstance(call.what, Query):
        ids = [str(part) for result in outcome if isinstance(result, Accepted) for part in _parts(result)]
        return Reply(200, soap.write_list(_NAMESPACE, "sendSms", ids), _CONTENT_TYPE)
    states = {echo: _state(result) for echo, result in zip(call.echoes, outcome, strict=True)}
    return Reply(200, soap.write_map(_NAMESPACE, "getReports", states), _CONTENT_TYPE)


def fault(reason: Reason) -> Reply:
    """A fault, HTTP 500 (SOAP 1.1 §6.2) whatever the reason."""
    code = "Server" if reason in SERVER_FAULTS else "Client"
    return Reply(500, soap.write_fault(code, REASON_TEXTS[reason]), _CONTENT_TYPE)


def wsdl(scheme: str, host: str) -> str:
    """The description, with the address at that host; what is no host could break it and is left out."""
    if _HOST.fullmatch(host) is None:
        host = "localhost"
    return _WSDL.replace(_ADDRESS, f"{scheme}://{host}/soap/soapGateway.wsdl")


def _send_sms(call: RpcCall, request: Request) -> Call | Refused:
    username, password, sender, recipients, text = call.values(
        ("login", "password", "alphaName", "destAddr", "text")
    )
    who = login(_text(username), _text(password), request)
    return sending(who, submissions(_text(sender), _list(recipients), _text(text)))


def _get_reports(call: RpcCall, request: Request) -> Call | Refused:
    username, password, ids = call.values(("login", "password", "smcIds"))
    return asking(login(_text(username), _text(password), request), _list(ids))


_OPERATIONS: Final[dict[str, Callable[[RpcCall, Request], Call | Refused]]] = {
    "sendSms": _send_sms,
    "getReports": _get_reports,
}


def _text(value: Value) -> Scalar:
    return None if isinstance(value, tuple) else value


def _list(value: Value) -> list[str]:
    if value is None:
        return []
    if isinstance(value, tuple):
        return [(each or "").strip() for each in value]
    return listed(value)


def _parts(accepted: Accepted) -> range:
    return range(accepted.message, accepted.message + accepted.parts)


def _state(result: Accepted | Refused | Found) -> str:
    match result:
        case Found():
            return SOAP_STATES[result.status]
        case Refused(reason):
            return REASON_TEXTS[reason]
        case Accepted():
            raise TypeError("nothing was sent")
        case _:
            assert_never(result)
