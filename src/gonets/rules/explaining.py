"""How a text goes out, told to the person who writes it: why it takes the parts it takes.

Decides nothing: `splitting` does, and this says what it came to.
"""

from typing import Final

import msgspec

from gonets.model.message import Encoding
from gonets.rules.splitting import split, units
from gonets.wire import gsm7

_ROOM: Final[dict[Encoding, tuple[int, int]]] = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}
"""Septets or UTF-16 units of a sole part, and of each of several."""


class Mark(msgspec.Struct, frozen=True, gc=False):
    """A character that costs more than one should."""

    position: int
    """In characters (code points), from 0."""
    char: str


class Explanation(msgspec.Struct, frozen=True):
    """What becomes of a text."""

    encoding: Encoding
    parts: int
    characters: int
    """Code points of the text."""
    used: int
    """Septets (GSM 7-bit) or UTF-16 units (UCS-2) of the text."""
    left: int
    """How many of them the last part has room for yet, before it takes one part more."""
    forcing: tuple[Mark, ...]
    """The characters that GSM 7-bit has not: but for them a part would hold 160, not 70. None in GSM 7-bit."""
    double: tuple[Mark, ...]
    """The characters that take two: those of the extension table in GSM 7-bit (3GPP TS 23.038 §6.2.1.1), those
    beyond U+FFFF in UCS-2."""


def explain_text(text: str) -> Explanation | None:
    """How a text goes out; None where it cannot: more than 255 parts, or not Unicode."""
    parted = split(text)
    if parted is None:
        return None
    weigh = gsm7.septets if parted.encoding is Encoding.GSM7 else units
    alone, in_part = _ROOM[parted.encoding]
    marks = [Mark(position, char) for position, char in enumerate(text)]
    return Explanation(
        encoding=parted.encoding,
        parts=len(parted.segments),
        characters=len(text),
        used=weigh(text),
        left=(alone if len(parted.segments) == 1 else in_part) - weigh(parted.segments[-1]),
        forcing=()
        if parted.encoding is Encoding.GSM7
        else tuple(mark for mark in marks if not gsm7.fits(mark.char)),
        double=tuple(mark for mark in marks if weigh(mark.char) == 2),
    )
