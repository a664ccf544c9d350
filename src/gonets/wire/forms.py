"""Form fields as raw bytes, from a query string or a body (`application/x-www-form-urlencoded`, `multipart/form-data`).

Names and values stay bytes, for the charset is the dialect's business. Of the first kind nothing is refused and the
work is linear in the input, whatever is in it: what cannot be a percent escape stays as it was sent (WHATWG URL §1.3
and §5.1 read it alike). The size of the input is the server's to bound.
"""

import re
from binascii import unhexlify
from collections.abc import Sequence
from typing import Final

from gonets.wire import multipart
from gonets.wire.http import Request

_URLENCODED: Final = ("", "application/x-www-form-urlencoded")
_ESCAPES: Final = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")


def fields(request: Request) -> list[tuple[bytes, bytes]] | None:
    """The fields of a request in the order sent, those of its query before those of its body.

    A body of another type, or of none, holds no fields unless it says nothing of its type. None: it is
    `multipart/form-data`, and broken.
    """
    found = parse(request.query)
    if request.body:
        kind = request.content_type.partition(";")[0].strip().lower()
        if kind in _URLENCODED:
            found += parse(request.body)
        elif kind == "multipart/form-data":
            try:
                found += multipart.parse(request.body, request.content_type)
            except multipart.Broken:
                return None
    return found


def first(pairs: Sequence[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """The value of the first field of that name; None: there is none."""
    for given, value in pairs:
        if given == name:
            return value
    return None


def parse(raw: bytes) -> list[tuple[bytes, bytes]]:
    """The fields in the order sent: repeated names are kept, a field without `=` has an empty value.

    `+` is a space. Only `&` parts fields (`;` does not), and nothing between two of them is no field.
    """
    found = []
    raw = raw.replace(b"%5B", b"[").replace(b"%5D", b"]")  # of indexed names, often all there is to unescape
    plain = b"%" not in raw
    for piece in raw.replace(b"+", b" ").split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            if plain:
                found.append((name, value))
            else:
                found.append((unescape(name), unescape(value)))
    return found


def unescape(raw: bytes) -> bytes:
    """Percent escapes as the octets they mean; a bad one stays literal, and so does `+`."""
    if b"%" in raw:
        return _ESCAPES.sub(_octets, raw)
    return raw


def _octets(escapes: re.Match[bytes]) -> bytes:
    return unhexlify(escapes[0].replace(b"%", b""))
