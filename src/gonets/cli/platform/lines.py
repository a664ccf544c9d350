"""Where each key of a TOML document stands, for errors that name a line.

`tomllib` reads values and forgets where they stood, and no well-kept reader for Python tells it. This goes over a
document that `tomllib` has taken, so it need not check anything: it only follows keys, strings and brackets (TOML
1.0.0). It refuses nothing; over a document that is no TOML it says nothing of use.
"""

import re
import tomllib
from bisect import bisect_right
from typing import Final, TypeAlias

Spot: TypeAlias = tuple[str | int, ...]
"""Keys and places in arrays, from the top of the document: `("accounts", "shop", "logins", 0, "login")`."""

_BLANK: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_KEY: Final = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_STRING: Final = re.compile(
    r"""\"\"\"(?:[^\\]|\\.)*?\"\"\"(?:"{1,2}(?!"))?|'''.*?'''(?:'{1,2}(?!'))?|"(?:[^"\\]|\\.)*"|'[^']*'""",
    re.DOTALL,
)
_SCALAR: Final = re.compile(r"[^,\]}\n#]*")


def lines_of(text: str) -> dict[Spot, int]:
    """The line, counted from 1, at which each table, key and element of an array begins."""
    return _Walk(text.replace("\r\n", "\n")).document()


class _Walk:
    """One pass over a document."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._lines: dict[Spot, int] = {}
        self._lengths: dict[Spot, int] = {}
        """Of arrays of tables, as far as they have come."""

    def document(self) -> dict[Spot, int]:
        """Everything."""
        table: Spot = ()
        while self._skip(_BLANK) < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _skip(self, form: re.Pattern[str]) -> int:
        found = form.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return self._at

    def _next(self) -> str:
        """The next character of a value that may go over lines, empty at the end."""
        begin = self._skip(_BLANK)
        return self._text[begin : begin + 1]

    def _note(self, path: Spot, at: int) -> None:
        self._lines.setdefault(path, bisect_right(self._starts, at))

    def _header(self) -> Spot:
        """`[a.b]` or `[[a.b]]`; the table that it opens."""
        begin = self._at
        many = self._text.startswith("[[", begin)
        self._at += 2 if many else 1
        keys = self._keys()
        self._at += 2 if many else 1
        path: Spot = ()
        for last, key in ((number == len(keys) - 1, key) for number, key in enumerate(keys)):
            path = (*path, key)
            self._note(path, begin)
            if last and many:
                self._lengths[path] = self._lengths.get(path, 0) + 1
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
                self._note(path, begin)
        return path

    def _keys(self) -> list[str]:
        """A dotted key, up to what follows it."""
        keys = []
        while True:
            self._skip(_SPACE)
            begin = self._at
            raw = self._text[begin : self._skip(_KEY)]
            keys.append(tomllib.loads(f"key = {raw}")["key"] if raw[:1] in {'"', "'"} else raw)
            self._skip(_SPACE)
            if self._text[self._at : self._at + 1] != "." or not raw:
                return keys
            self._at += 1

    def _pair(self, table: Spot) -> None:
        """`key = value`."""
        begin = self._at
        path = table
        for key in self._keys():
            path = (*path, key)
            self._note(path, begin)
        self._at += 1
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Spot) -> None:
        opening = self._text[self._at : self._at + 1]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline(path)
        elif opening in {'"', "'"}:
            self._skip(_STRING)
        else:
            self._skip(_SCALAR)

    def _array(self, path: Spot) -> None:
        self._at += 1
        number = 0
        while self._next() not in {"]", ""}:
            self._note((*path, number), self._at)
            self._value((*path, number))
            number += 1
            if self._next() == ",":
                self._at += 1
        self._at += 1

    def _inline(self, path: Spot) -> None:
        self._at += 1
        while self._next() not in {"}", ""}:
            self._pair(path)
            if self._next() == ",":
                self._at += 1
        self._at += 1
