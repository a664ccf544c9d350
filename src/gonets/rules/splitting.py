"""A text into the parts that carry it.

GSM 7-bit where every character fits, else UCS-2; one part of 160 septets or 70 units, or several of 153 or
67, which leaves room for the six octets of a concatenation header (3GPP TS 23.040 §9.2.3.24.1). Cuts fall
between characters, so that neither an escape and its septet nor the two halves of a surrogate pair are ever
parted. Refuses what does not fit into 255 parts, and text that is not Unicode: halves of surrogate pairs that
stand alone.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from gonets.model.message import Encoding
from gonets.wire import gsm7

MOST_PARTS: Final = 255
"""The header counts parts in one octet."""

PART_OCTETS: Final = 140
"""Of the user data of one short message (3GPP TS 23.040 §9.2.3.16): 160 septets."""

# Bound once: looking a member up costs as much as measuring the text.
_GSM7: Final = Encoding.GSM7
_UCS2: Final = Encoding.UCS2

_SEPTETS_ALONE: Final = 160
_SEPTETS_IN_PART: Final = 153
_UNITS_ALONE: Final = 70
_UNITS_IN_PART: Final = 67


class Split(msgspec.Struct, frozen=True, gc=False):
    """How a text goes out."""

    encoding: Encoding
    segments: tuple[str, ...]
    """The text of each part; joined they are the whole. At least one, and none is empty but a sole one."""


def split(text: str) -> Split | None:
    """How a text goes out; None where it takes more than 255 parts or holds half a surrogate pair."""
    if len(text) > MOST_PARTS * _SEPTETS_IN_PART:
        return None
    if gsm7.fits(text):
        encoding, weigh, alone, in_part = _GSM7, gsm7.septets, _SEPTETS_ALONE, _SEPTETS_IN_PART
    else:
        encoding, weigh, alone, in_part = _UCS2, units, _UNITS_ALONE, _UNITS_IN_PART
    try:
        weight = weigh(text)
    except UnicodeEncodeError:
        return None
    if weight <= alone:
        return Split(encoding, (text,))
    if weight > MOST_PARTS * in_part:
        return None
    segments = _cut(text, in_part, weigh)
    return Split(encoding, segments) if len(segments) <= MOST_PARTS else None


def units(text: str) -> int:
    """How many UTF-16 units a text takes. Raises UnicodeEncodeError where it holds half a surrogate pair."""
    return len(text.encode("utf-16-be")) // 2


def _cut(text: str, size: int, weigh: Callable[[str], int]) -> tuple[str, ...]:
    """Each segment as long as `size` allows; a character weighs 1 or 2."""
    segments = []
    start = 0
    while start < len(text):
        segment = text[start : start + size]
        while (excess := weigh(segment) - size) > 0:
            # So many characters have to go at least, were they all heavy: never one too many.
            segment = segment[: -((excess + 1) // 2)]
        segments.append(segment)
        start += len(segment)
    return tuple(segments)
