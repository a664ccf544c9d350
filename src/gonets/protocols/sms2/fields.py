"""The parameters of a request to SMS2's scripts, decoded: from windows-1251, or from UTF-8 where `enc` says so.

Two readings: `text` takes whatever was sent, with U+FFFD for what cannot be read, so that it is no number, no base and
no function; `exact` refuses that, for what is kept or sent must be what the client wrote.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from gonets.wire import forms

WINDOWS: Final = "cp1251"
UTF_8: Final = "utf-8"

_UNREADABLE: Final = "\ufffd"
_MOMENT: Final = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2})", re.ASCII)


class Fields(msgspec.Struct, frozen=True, gc=False):
    """The fields of one request and what their octets mean."""

    pairs: Sequence[tuple[bytes, bytes]]
    charset: str

    def octets(self, name: bytes) -> bytes:
        """As they were sent; empty: not at all."""
        return forms.first(self.pairs, name) or b""

    def text(self, name: bytes) -> str:
        """A value with a mark for each octet that cannot be read, U+0000 among them; empty: not given."""
        return self.octets(name).decode(self.charset, "replace").replace("\0", _UNREADABLE)

    def exact(self, name: bytes) -> str | None:
        """A value, empty where it is not given; None: its octets are none of the charset."""
        try:
            return self.octets(name).decode(self.charset)
        except UnicodeDecodeError:
            return None


def charset_of(pairs: Sequence[tuple[bytes, bytes]]) -> str:
    """What `enc` says, in any case: UTF-8 (the document's samples in Perl and for 1C), or the gate's own."""
    said = (forms.first(pairs, b"enc") or b"").strip().lower()
    return UTF_8 if said in {b"utf-8", b"utf8"} else WINDOWS


def moment(written: str, zone: ZoneInfo) -> datetime | None:
    """`YYYY-MM-DD HH:MM` of a zone as UTC (SMS gate, section 3.1.2); None: it is no moment.

    One that a change of clocks skips or repeats counts with the offset before the change.
    """
    parts = _MOMENT.fullmatch(written)
    if parts is None:
        return None
    try:
        year, month, day, hour, minute = map(int, parts.groups())
        return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
