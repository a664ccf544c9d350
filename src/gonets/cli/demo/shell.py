"""Words of a line for a shell: quoted where they must be, with what the shell works out anew each time it is typed."""

import re
import shlex
from collections.abc import Sequence
from typing import Final

import msgspec

NOW: Final = "$(date +%s%N)"
"""A number that comes once."""

_DOUBLE_QUOTED: Final = re.compile(r'([\\"$`])')


class Worked(msgspec.Struct, frozen=True):
    """A value whose end the shell works out each time the line is typed."""

    text: str
    """What it begins with."""
    shell: str
    """Its end as it stands inside of double quotes."""
    value: str
    """The same when the demo asks."""


Piece = str | Worked
"""Of a word: a text, or what the shell works out, of which its own text has been taken."""


def pieces_of(value: str | Worked) -> list[Piece]:
    """Of a value."""
    return [value.text, value] if isinstance(value, Worked) else [value]


def said(value: str | Worked) -> str:
    """A value as the demo itself says it."""
    return value.text + value.value if isinstance(value, Worked) else value


def word(made_of: Sequence[Piece]) -> str:
    """One word of a shell."""
    if all(isinstance(piece, str) for piece in made_of):
        return shlex.quote("".join(str(piece) for piece in made_of))
    inside = [
        piece.shell if isinstance(piece, Worked) else _DOUBLE_QUOTED.sub(r"\\\1", piece) for piece in made_of
    ]
    return f'"{"".join(inside)}"'


def printed(form: str, number: str) -> Worked:
    """A text of several lines in one line of a shell; `%s` in it is a number that comes once, `number` for the demo."""
    written = form.replace("\\", "\\\\").replace("\n", "\\n")
    return Worked("", f"$(printf {shlex.quote(written)} {NOW})", form.replace("%s", number))
