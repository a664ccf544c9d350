"""Requests to SMS Club as its clients make them, and what a server reads and answers."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from gonets.model.calls import Call, Query, Submission, Submit
from gonets.model.message import MessageId
from gonets.model.results import Accepted, Outcome, Refused
from gonets.protocols.smsclub.server import SmsClubServer
from gonets.wire.http import Reply, Request

FOLDER: Final = "/hfw_smpp_addon/"
GATE: Final = "/soap/soapGateway.wsdl"
WHO: Final = "username=user&password=pass&"

ENVELOPE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope'
    ' xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns1="urn:soapGateway"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/" xmlns:ns2="http://xml.apache.org/xml-soap"'
    ' SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>{}</SOAP-ENV:Body>'
    "</SOAP-ENV:Envelope>\n"
)
"""As PHP 8.2 writes it."""


def asked(script: str, query: str | bytes) -> Request:
    """A GET of a script."""
    raw = query.encode() if isinstance(query, str) else query
    return Request("GET", FOLDER + script, raw, address="192.0.2.7")


def posted(
    script: str, body: str | bytes, content_type: str = "application/x-www-form-urlencoded"
) -> Request:
    """A POST to a script."""
    raw = body.encode() if isinstance(body, str) else body
    return Request("POST", FOLDER + script, b"", content_type, raw, "192.0.2.7")


def document(script: str, fields: str) -> Request:
    """A POST of a document with these elements, as a form field."""
    whole = f"<?xml version='1.0' encoding='utf-8'?><request>{fields}</request>"
    return posted(script, f"xmlrequest={quote(whole)}")


def called_gate(body: str) -> Request:
    """A POST of a SOAP envelope with that body."""
    return Request("POST", GATE, b"", "text/xml; charset=utf-8", ENVELOPE.format(body).encode(), "192.0.2.7")


def called(request: Request) -> Call:
    """The call a request is read as; fails where it is refused."""
    call = SmsClubServer().parse(request)
    assert isinstance(call, Call), call
    return call


def items(request: Request) -> Sequence[Submission | Refused]:
    what = called(request).what
    assert isinstance(what, Submit)
    return what.items


def ids(request: Request) -> tuple[MessageId | None, ...]:
    what = called(request).what
    assert isinstance(what, Query)
    assert what.each_part
    return what.messages


def answered(request: Request, outcome: Outcome) -> Reply:
    """The answer when the call comes to that, or the request's own refusal."""
    server = SmsClubServer()
    call = server.parse(request)
    if isinstance(call, Refused):
        return server.render(request, None, call)
    return server.render(request, call, outcome)


def said(request: Request, outcome: Outcome) -> str:
    """The body of an answer with HTTP 200."""
    reply = answered(request, outcome)
    assert reply.status == 200
    return reply.body.decode()


def taken(first: int, parts: int = 1) -> Accepted:
    return Accepted(MessageId(first), parts)
