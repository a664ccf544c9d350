"""SOAP 1.1 as remote procedure calls with encoded values (SOAP 1.1 §5 and §7), as far as gateways for messages use
it: a call whose arguments are scalars or lists of them, and an answer that is a list, a map or a fault.

Types are not checked: a scalar is its text, whatever `xsi:type` says of it. Headers are ignored. Refused: envelopes
of another version, and what is no call.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gonets.wire import xml
from gonets.wire.xml import Element, escaped

_ENVELOPE: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"
_ARRAY_TYPE: Final = "{http://schemas.xmlsoap.org/soap/encoding/}arrayType"
_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"

_MOST_ARGUMENTS: Final = 32
_COMPOUND: Final = frozenset({"Array", "Struct", "Map"})
"""Local names of types that have members, though there may be none."""

_HEAD: Final = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:apache="http://xml.apache.org/xml-soap"'
    ' SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>'
)
_TAIL: Final = "</SOAP-ENV:Body></SOAP-ENV:Envelope>"

Scalar = str | None
"""None: nil, or nothing that has a text."""
Value = Scalar | tuple[Scalar, ...]
"""A list is a tuple; so are the values of a map or a struct, without their names."""


class RpcCall(msgspec.Struct, frozen=True, gc=False):
    """Which operation is called, and with what."""

    operation: str
    """Its local name: the namespace is not looked at."""
    arguments: tuple[tuple[str, Value], ...]
    """In the order sent, with their names."""

    def values(self, names: Sequence[str]) -> list[Value]:
        """The arguments that these parameters get, None where one is missing.

        By name where any of the names is known; otherwise by place, for a client without the WSDL makes names up.
        """
        given: dict[str, Value] = {}
        for name, value in self.arguments:
            given.setdefault(name, value)
        if given.keys() & set(names):
            return [given.get(name) for name in names]
        placed = [value for _, value in self.arguments[: len(names)]]
        return placed + [None] * (len(names) - len(placed))


def read_call(raw: bytes) -> RpcCall | None:
    """The call that an envelope holds; None: it holds none, or cannot be read."""
    root = xml.read(raw)
    if root is None or root.tag != _ENVELOPE + "Envelope":
        return None
    body = root.find(_ENVELOPE + "Body")
    if body is None or not len(body):
        return None
    operation = body[0]
    if len(operation) > _MOST_ARGUMENTS:
        return None
    reader = _Reader(body)
    return RpcCall(
        xml.local_name(operation),
        tuple((xml.local_name(argument), reader.value(argument)) for argument in operation),
    )


def read_map(raw: bytes) -> dict[str, str] | None:
    """What a call, or an answer, has as its first argument where that is a map; None: there is none, or it cannot be
    read. A key or a value that has no text is left out."""
    root = xml.read(raw)
    body = None if root is None else root.find(_ENVELOPE + "Body")
    if body is None or not len(body) or not len(body[0]):
        return None
    return _Reader(body).map(body[0][0])


def write_call(namespace: str, operation: str, arguments: Mapping[str, str]) -> bytes:
    """A call whose arguments are strings."""
    written = "".join(
        [f'<{name} xsi:type="xsd:string">{_exact(value)}</{name}>' for name, value in arguments.items()]
    )
    name = f"gate:{operation}"
    return f'{_HEAD}<{name} xmlns:gate="{escaped(namespace)}">{written}</{name}>{_TAIL}'.encode()


def write_list(namespace: str, operation: str, values: Sequence[str]) -> bytes:
    """The answer to a call that returns a list of strings."""
    items = "".join([f'<item xsi:type="xsd:string">{escaped(value)}</item>' for value in values])
    attributes = f'xsi:type="SOAP-ENC:Array" SOAP-ENC:arrayType="xsd:string[{len(values)}]"'
    return _answer(namespace, operation, f"<return {attributes}>{items}</return>")


def write_map(namespace: str, operation: str, values: Mapping[str, str]) -> bytes:
    """The answer to a call that returns a map of strings to strings, as Apache SOAP writes one."""
    items = "".join(
        [
            f'<item><key xsi:type="xsd:string">{escaped(key)}</key>'
            f'<value xsi:type="xsd:string">{escaped(value)}</value></item>'
            for key, value in values.items()
        ]
    )
    return _answer(namespace, operation, f'<return xsi:type="apache:Map">{items}</return>')


def write_fault(code: str, text: str) -> bytes:
    """A fault (SOAP 1.1 §4.4); `code` is `Client` or `Server`. It is sent with HTTP 500 (§6.2)."""
    fault = (
        f"<SOAP-ENV:Fault><faultcode>SOAP-ENV:{code}</faultcode>"
        f"<faultstring>{escaped(text)}</faultstring></SOAP-ENV:Fault>"
    )
    return (_HEAD + fault + _TAIL).encode()


def _exact(text: str) -> str:
    """As it is: a reader of XML makes a line feed of a carriage return that is not escaped (XML 1.0 §2.11)."""
    return escaped(text).replace("\r", "&#13;")


def _answer(namespace: str, operation: str, returned: str) -> bytes:
    name = f"gate:{operation}Response"
    return f'{_HEAD}<{name} xmlns:gate="{escaped(namespace)}">{returned}</{name}>{_TAIL}'.encode()


class _Reader:
    """Reads values, following references within one body (SOAP 1.1 §5.4.1) for one step and no further."""

    def __init__(self, body: Element) -> None:
        self._body = body
        self._referred: dict[str, Element] | None = None
        self._read: dict[Element, Value] = {}

    def value(self, element: Element) -> Value:
        """What an argument is. A list in a list is no value: its place holds None."""
        meant = self._meant(element)
        if meant not in self._read:  # every argument may refer to the same long list
            self._read[meant] = self._value(meant)
        return self._read[meant]

    def map(self, element: Element) -> dict[str, str]:
        """The keys and values of a map."""
        found: dict[str, str] = {}
        for item in self._meant(element):
            pair = {xml.local_name(member): self._scalar(member) for member in self._meant(item)}
            key, value = pair.get("key"), pair.get("value")
            if key is not None and value is not None:
                found[key] = value
        return found

    def _value(self, element: Element) -> Value:
        if _is_nil(element):
            return None
        kind = str(element.get(_TYPE, "")).rpartition(":")[2]
        if not _has_members(element) and kind not in _COMPOUND and element.get(_ARRAY_TYPE) is None:
            return element.text or ""
        members = _map_values(element) if kind == "Map" else element
        return tuple([self._scalar(member) for member in members])

    def _scalar(self, element: Element) -> Scalar:
        element = self._meant(element)
        return None if _has_members(element) or _is_nil(element) else element.text or ""

    def _meant(self, element: Element) -> Element:
        """The element itself, or the one elsewhere that it refers to."""
        href = element.get("href")
        if href is None:
            return element
        if self._referred is None:
            self._referred = {str(name): each for each in self._body.iter() if (name := each.get("id"))}
        return self._referred.get(str(href).removeprefix("#"), element)


def _map_values(element: Element) -> list[Element]:
    return [member for item in element for member in item if xml.local_name(member) == "value"]


def _has_members(element: Element) -> bool:
    """Without counting them, as `len` would: the same long list may be referred to from everywhere."""
    return next(iter(element), None) is not None


def _is_nil(element: Element) -> bool:
    return element.get(_NIL) in {"true", "1"}
