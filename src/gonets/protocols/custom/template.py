"""Templates of requests: a text with `{names}` in it, and values escaped for where they stand.

Only a name in braces is a place for a value, so that JSON needs no escapes: `{"to": "{recipient}"}`. A value never
gets out of its place: in a URL or a form it is percent-encoded, in a JSON string it is escaped, outside of strings it
is a whole JSON value, in XML its markup is escaped, in a header its line ends become blanks. Refused at once: a name
that there is not, and JSON or XML that would be none.
"""

import json
import re
from collections.abc import Callable, Mapping, Set
from enum import StrEnum
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from gonets.wire import xml

_NAME: Final = re.compile(r"\{([a-z_]+)\}")
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f]+")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTES: Final = {'"': "&quot;", "'": "&apos;"}

Value = str | int


class Place(StrEnum):
    """What a template makes, which says how values stand in it."""

    FORM = "form"
    """`application/x-www-form-urlencoded`; a URL is written in the same way."""
    JSON = "json"
    XML = "xml"
    RAW = "raw"
    """As they are."""
    HEADER = "header"


class Template:
    """A text with places in it, read once. `names`: those that it has."""

    def __init__(self, text: str, place: Place, known: Set[str], encoding: str = "utf-8") -> None:
        """`known`: the names there are; `encoding`: of what is percent-encoded. Raises ValueError with a sentence."""
        pieces = _NAME.split(text)
        self.names = frozenset(pieces[1::2])
        unknown = sorted(self.names - known)
        if unknown:
            raise ValueError(f"there is no {{{unknown[0]}}}; there are {', '.join(sorted(known))}")
        self._literal = pieces[::2]
        writers = _json_writers(self._literal) if place is Place.JSON else None
        self._places = [
            (name, writers[number] if writers is not None else _writer(place, encoding))
            for number, name in enumerate(pieces[1::2])
        ]
        if place is Place.JSON and text:
            try:
                json.loads(self.fill(dict.fromkeys(known, 1)))
            except ValueError:
                raise ValueError("with values in its places it is no JSON") from None
        if place is Place.XML and text and xml.read(self.fill(dict.fromkeys(known, 1)).encode()) is None:
            raise ValueError("with values in its places it is no XML")

    def fill(self, values: Mapping[str, Value]) -> str:
        """The text with these values in their places. Raises UnicodeEncodeError for what the encoding has not."""
        filled = [self._literal[0]]
        for (name, write), literal in zip(self._places, self._literal[1:], strict=True):
            filled += (write(values[name]), literal)
        return "".join(filled)


Write = Callable[[Value], str]


def _writer(place: Place, encoding: str) -> Write:
    match place:
        case Place.FORM:
            return lambda value: quote(str(value), safe="", encoding=encoding, errors="strict")
        case Place.XML:
            return lambda value: escape(_NOT_XML.sub("?", str(value)), _QUOTES)
        case Place.HEADER:
            return lambda value: _UNSEEN.sub(" ", str(value))
        case Place.RAW | Place.JSON:
            return str


def _json_writers(literals: list[str]) -> list[Write]:
    """For each place, by whether it stands in a string."""
    writers: list[Write] = []
    inside = False
    for literal in literals[:-1]:
        escaped = False
        for letter in literal:
            if escaped:
                escaped = False
            elif letter == "\\":
                escaped = inside
            elif letter == '"':
                inside = not inside
        writers.append(_in_string if inside else _whole)
    return writers


def _in_string(value: Value) -> str:
    return json.dumps(str(value), ensure_ascii=False)[1:-1]


def _whole(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False)
