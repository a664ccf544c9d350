"""Phone numbers that people give: one as an argument, or millions in a file, read in turns.

A number that is given alone has to be one. In a file, lines without one are left out, counted and told.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from gonets.cli.console import CommandRefused, counted, warn

_SHOWN: Final = 10
"""Bad lines kept and shown."""
_LONGEST: Final = 50
"""Characters shown of one."""


class BadLine(msgspec.Struct, frozen=True):
    """A line that holds no number."""

    line: int
    text: str


class BadLines:
    """Those of a file: how many, and the first few."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[BadLine] = []

    def note(self, line: int, text: str) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < _SHOWN:
            self.first.append(BadLine(line, text[:_LONGEST]))

    def tell(self) -> None:
        """Show them to a person."""
        for each in self.first:
            warn(f"line {each.line}: {each.text!r} is no phone number")
        if self.count > len(self.first):
            warn("...")
        if self.count:
            warn(f"Left out: {counted(self.count, 'line')}.")


def number_of(text: str, home: str) -> int:
    """The number that a person wrote, national ones being those of that country. Raises CommandRefused."""
    from gonets.rules.addressing import normalise

    digits = normalise(text, home)
    if digits is None:
        raise CommandRefused(f"{text!r} is no phone number; write it like 79031234567")
    return int(digits)


def numbers_in_turns(
    cells: Iterable[tuple[int, str]], home: str, most: int, bad: BadLines
) -> Iterator[list[int]]:
    """The numbers of (line, text), of so many lines at a time; what is none is noted in `bad`."""
    from gonets.rules.addressing import normalise

    turn: list[int] = []
    looked = 0
    for line, text in cells:
        digits = normalise(text, home)
        if digits is None:
            bad.note(line, text)
        else:
            turn.append(int(digits))
        looked += 1
        if looked == most:
            yield turn
            turn, looked = [], 0
    if turn:
        yield turn
