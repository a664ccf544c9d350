"""Form fields out of a `multipart/form-data` body (RFC 7578), as raw bytes.

Names and values stay bytes, for the charset is the dialect's business; a file is a field like any other, and its
name and type, which clients make up, are dropped. Refused: a body that is cut short or broken, and more parts than
anybody fills in. The size of the input is the server's to bound.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

_MOST_PARTS: Final = 1_000

Field = tuple[bytes, bytes]


class Broken(Exception):
    """This is no whole `multipart/form-data` body."""


def parse(body: bytes, content_type: str) -> list[Field]:
    """The fields in the order sent; one without a name is left out. Raises Broken."""
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise Broken
    form = _Form()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": form.begin,
                "on_part_data": form.data,
                "on_part_end": form.end,
                "on_header_begin": form.header_begin,
                "on_header_field": form.header_field,
                "on_header_value": form.header_value,
                "on_header_end": form.header_end,
                "on_end": form.close,
            },
        )
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise Broken from error
    if not form.closed:
        raise Broken
    return form.fields


class _Form:
    """What the parser calls back."""

    def __init__(self) -> None:
        self.fields: list[Field] = []
        self.closed = False
        self._parts = 0
        self._name: bytes | None = None
        self._value: list[bytes] = []
        self._header: list[bytes] = []
        self._content: list[bytes] = []

    def begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise Broken
        self._name = None
        self._value = []

    def header_begin(self) -> None:
        self._header, self._content = [], []

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header.append(data[start:end])

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._content.append(data[start:end])

    def header_end(self) -> None:
        if b"".join(self._header).lower() == b"content-disposition":
            self._name = parse_options_header(b"".join(self._content))[1].get(b"name")

    def data(self, data: bytes, start: int, end: int) -> None:
        self._value.append(data[start:end])

    def end(self) -> None:
        if self._name is not None:
            self.fields.append((self._name, b"".join(self._value)))

    def close(self) -> None:
        self.closed = True


def write(fields: Sequence[tuple[str, bytes, str]]) -> tuple[str, bytes]:
    """A whole body and its content type, of names in ASCII, values, and what kind of picture each is (empty: none).

    The boundary is made of what it parts (RFC 2046 §5.1.1), so that it cannot be found in there.
    """
    digest = hashlib.sha256()
    for _, value, _ in fields:
        digest.update(value)
    boundary = f"gonets-{digest.hexdigest()[:40]}"
    pieces: list[bytes] = []
    for name, value, kind in fields:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
        if kind:
            head += f'; filename="{name}.{kind}"\r\nContent-Type: image/{kind}'
        pieces += (head.encode(), b"\r\n\r\n", value, b"\r\n")
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces)
