"""The three ways in which SMS Club is called, as a client: HTTP scripts, XML scripts, SOAP gate.

Each writes a request for one message and one for the states of some ids, and reads the answers into the same two
values. What cannot be read is None, which says nothing of what became of the message.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Final, Protocol
from urllib.parse import quote

import msgspec

from gonets.wire import soap, xml
from gonets.wire.http import Reply, Request
from gonets.wire.xml import escaped

_SCRIPTS: Final = "/hfw_smpp_addon/"
_GATE: Final = "/soap/soapGateway.wsdl"
_NAMESPACE: Final = "urn:soapGateway"
_FORM: Final = "application/x-www-form-urlencoded"

_BREAK: Final = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_START, _END = "=IDS START=", "=IDS END="
_STATE: Final = re.compile(r"\s*([^\s:]{1,64})\s*:\s*(.{1,200}?)\s*")
_RUSSIAN: Final = re.compile("[А-Яа-яЁё]")
_LONGEST_REFUSAL: Final = 300
_MOST_DIGITS: Final = 6


class Posting(msgspec.Struct, frozen=True, gc=False):
    """One message as it is asked to be sent."""

    sender: str
    recipient: str
    text: str
    minutes: int | None
    """How long it is worth sending; None: nothing is said of it."""


class Heard(msgspec.Struct, frozen=True, gc=False):
    """The answer to it."""

    items: tuple[str, ...] = ()
    """An id for each part, or the text of a refusal in place of them."""
    refusal: str = ""
    """Of the whole request; empty: it was not refused as a whole."""
    ended: bool = True
    """False: the answer was cut short, and there may be more of them."""


class Variant(Protocol):
    """A way to call."""

    def send(self, posting: Posting) -> Request:
        """The request that sends it."""

    def ask(self, ids: Sequence[str]) -> Request:
        """The request for the states of these."""

    def heard(self, reply: Reply) -> Heard | None:
        """What is said of a message."""

    def states(self, reply: Reply) -> Mapping[str, str]:
        """What is said of ids: their states by id, as written."""


class HttpScripts:
    """Parameters in, a list between two marks out; the text is windows-1251 in Base64. The others are UTF-8."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url + _SCRIPTS
        self._who = {"username": user, "password": password}

    def send(self, posting: Posting) -> Request:
        text = b64encode(posting.text.encode("cp1251", "replace")).decode()
        fields = {"from": posting.sender, "to": posting.recipient, "text": text}
        if posting.minutes is not None:
            fields["lifetime"] = str(min(posting.minutes, 10**_MOST_DIGITS))
        return self._form("httpsendsmspost.php", fields)

    def ask(self, ids: Sequence[str]) -> Request:
        return self._form("httpgetsmsstatepost.php", {"smscid": ";".join(ids)})

    def heard(self, reply: Reply) -> Heard | None:
        text = _decoded(reply)
        found = _listed(text)
        if found is not None:
            return found
        return Heard(refusal=text) if _is_refusal(text) else None

    def states(self, reply: Reply) -> Mapping[str, str]:
        found = _listed(_decoded(reply))
        lines = map(_STATE.fullmatch, () if found is None else found.items)
        return {line[1]: line[2] for line in lines if line is not None}

    def _form(self, script: str, fields: Mapping[str, str]) -> Request:
        written = {**self._who, **fields}
        body = "&".join(f"{name}={_quoted(value)}" for name, value in written.items())
        return Request("POST", self._url + script, content_type=_FORM, body=body.encode())


class XmlScripts:
    """A document in, as the field `xmlrequest`, and a document out."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url + _SCRIPTS
        self._who = {"username": user, "password": password}

    def send(self, posting: Posting) -> Request:
        fields = {"from": posting.sender, "to": posting.recipient, "text": posting.text}
        return self._document("xmlsendsmspost.php", "request_sendsms", fields)

    def ask(self, ids: Sequence[str]) -> Request:
        return self._document("xmlgetsmsstatepost.php", "request_getstate", {"smscid": ";".join(ids)})

    def heard(self, reply: Reply) -> Heard | None:
        root = xml.read(reply.body)
        if root is None or xml.local_name(root) != "response":
            return None
        fields = xml.fields(root, {"status", "text", "mess"})
        status = next((value.strip().upper() for name, value in fields if name == "status"), "")
        if status == "OK":
            return Heard(tuple(value.strip() for name, value in fields if name == "mess" and value.strip()))
        if status != "ERROR":
            return None
        return Heard(refusal=next((value.strip() for name, value in fields if name == "text"), "") or "ERROR")

    def states(self, reply: Reply) -> Mapping[str, str]:
        root = xml.read(reply.body)
        found: dict[str, str] = {}
        asked = ""
        for name, value in () if root is None else xml.fields(root, {"smscid", "state"}):
            if name == "smscid":
                asked = value.strip()
            elif asked:
                found[asked] = value.strip()
                asked = ""
        return found

    def _document(self, script: str, root: str, fields: Mapping[str, str]) -> Request:
        written = {**self._who, **fields}
        inside = "".join(f"<{name}>{_content(value)}</{name}>" for name, value in written.items())
        document = f"<?xml version='1.0' encoding='utf-8'?><{root}>{inside}</{root}>"
        return Request(
            "POST", self._url + script, content_type=_FORM, body=f"xmlrequest={_quoted(document)}".encode()
        )


class SoapGate:
    """Remote procedure calls; what is refused is a fault."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url + _GATE
        self._who = {"login": user, "password": password}

    def send(self, posting: Posting) -> Request:
        arguments = {"alphaName": posting.sender, "destAddr": posting.recipient, "text": posting.text}
        return self._call("sendSms", arguments)

    def ask(self, ids: Sequence[str]) -> Request:
        return self._call("getReports", {"smcIds": ";".join(ids)})

    def heard(self, reply: Reply) -> Heard | None:
        answer = soap.read_call(reply.body)
        if answer is None:
            return None
        if answer.operation == "Fault":
            text = next((value for name, value in answer.arguments if name == "faultstring"), None)
            return Heard(refusal=(text if isinstance(text, str) else "").strip() or "Fault")
        if answer.operation != "sendSmsResponse" or not answer.arguments:
            return None
        value = answer.arguments[0][1]
        items = value if isinstance(value, tuple) else (value,)
        return Heard(tuple(item.strip() for item in items if item and item.strip()))

    def states(self, reply: Reply) -> Mapping[str, str]:
        return soap.read_map(reply.body) or {}

    def _call(self, operation: str, arguments: Mapping[str, str]) -> Request:
        return Request(
            "POST",
            self._url,
            content_type="text/xml; charset=utf-8",
            body=soap.write_call(_NAMESPACE, operation, {**self._who, **arguments}),
            headers=(("SOAPAction", f'"{_NAMESPACE}#{operation}"'),),
        )


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _decoded(reply: Reply) -> str:
    return reply.body.decode("utf-8", "replace").strip("\ufeff \t\r\n\0")


def _listed(text: str) -> Heard | None:
    """The items between the two marks; of a list that is cut short only those that are whole. None: there is none."""
    if not text.startswith(_START):
        return None
    inside, end, _ = text.removeprefix(_START).partition(_END)
    items = _BREAK.split(inside)
    whole = items if end else items[:-1]
    return Heard(tuple(item.strip() for item in whole if item.strip()), ended=bool(end))


def _is_refusal(text: str) -> bool:
    """Whether a text that is no list says why not: in Russian, or as the one that is in English, and in no markup."""
    if "<" in text or len(text) > _LONGEST_REFUSAL:
        return False
    return _RUSSIAN.search(text) is not None or text.lower().startswith("phone in black list")


def _content(text: str) -> str:
    """The content of an element: in CDATA as the document has it, but for what that would not keep as it is."""
    if "\r" in text or "]]>" in text:
        return escaped(text).replace("\r", "&#13;")
    return f"<![CDATA[{text}]]>"
