"""Form fields (`application/x-www-form-urlencoded`) as raw bytes, from a query string or a body.

Names and values stay bytes, for the charset is the dialect's business. Nothing is refused and the work is
linear in the input, whatever is in it: what cannot be a percent escape stays as it was sent (WHATWG URL §1.3
and §5.1 read it alike). The size of the input is the server's to bound.
"""

import re
from binascii import unhexlify
from typing import Final

_ESCAPES: Final = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")


def parse(raw: bytes) -> list[tuple[bytes, bytes]]:
    """The fields in the order sent: repeated names are kept, a field without `=` has an empty value.

    `+` is a space. Only `&` parts fields (`;` does not), and nothing between two of them is no field.
    """
    fields = []
    raw = raw.replace(b"%5B", b"[").replace(b"%5D", b"]")  # of indexed names, often all there is to unescape
    plain = b"%" not in raw
    for piece in raw.replace(b"+", b" ").split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            if plain:
                fields.append((name, value))
            else:
                fields.append((unescape(name), unescape(value)))
    return fields


def unescape(raw: bytes) -> bytes:
    """Percent escapes as the octets they mean; a bad one stays literal, and so does `+`."""
    if b"%" in raw:
        return _ESCAPES.sub(_octets, raw)
    return raw


def _octets(escapes: re.Match[bytes]) -> bytes:
    return unhexlify(escapes[0].replace(b"%", b""))
