"""data_coding (SMPP 3.4 §5.2.19): which alphabet octets are in, and the octets of a text.

Alphabets below 0x10 are SMPP's own list; above, the bits are those of 3GPP TS 23.038 §4. GSM 03.38 stands one septet
to an octet, as SMPP carries it (`gsm7`). A peer that bound with system_type `ISO` (SMSC.ru) means ISO-8859-1 where
others mean GSM: that is `iso` below.

Octets that are no text of their alphabet are `Undecodable`, never guessed at. Refused as text: what is binary
(0x02, 0xF4), compressed, or in an alphabet that nobody sends here (JIS, KS C 5601, pictograms).
"""

from enum import Enum
from typing import Final

from gonets.wire import gsm7
from gonets.wire.smpp.codes import (
    DATA_ASCII,
    DATA_CYRILLIC,
    DATA_GSM,
    DATA_HEBREW,
    DATA_LATIN_1,
    DATA_OCTETS,
    DATA_UCS2,
)

SYSTEM_TYPE_ISO: Final = "ISO"
"""The system_type of a bind by which data_coding 0 is ISO-8859-1 (SMSC.ru)."""

_BIG: Final = b"\xfe\xff"
_LITTLE: Final = b"\xff\xfe"
"""A byte order mark; U+FFFE is no character, so this one cannot be text."""


class Alphabet(Enum):
    """What octets are; the value is Python's name of the charset where it has one."""

    GSM = "gsm"
    ASCII = "ascii"
    LATIN_1 = "latin-1"
    CYRILLIC = "iso8859-5"
    HEBREW = "iso8859-8"
    UCS2 = "utf-16-be"
    OCTETS = "octets"
    """Binary."""


class Undecodable(ValueError):
    """Octets that are no text of their alphabet, or of an alphabet without text."""


class Unencodable(ValueError):
    """A text that its alphabet has not."""


_BELOW_16: Final = {
    DATA_GSM: Alphabet.GSM,
    DATA_ASCII: Alphabet.ASCII,
    DATA_LATIN_1: Alphabet.LATIN_1,
    # Binary in the specification; SMSC.ru's customers send ISO-8859-1 text with it, and both are octets.
    DATA_OCTETS: Alphabet.LATIN_1,
    DATA_CYRILLIC: Alphabet.CYRILLIC,
    DATA_HEBREW: Alphabet.HEBREW,
    DATA_UCS2: Alphabet.UCS2,
}
_BY_BITS: Final = (Alphabet.GSM, Alphabet.LATIN_1, Alphabet.UCS2, Alphabet.OCTETS)
"""By bits 2 and 3 (TS 23.038 §4): 8-bit data as above, and the last is reserved."""
_COMPRESSED: Final = 0x20


def alphabet(data_coding: int, iso: bool = False) -> Alphabet:
    """The alphabet of a data_coding; OCTETS for whatever is no text we know.

    >>> alphabet(0x18), alphabet(0xF0), alphabet(0, iso=True)
    (<Alphabet.UCS2: 'utf-16-be'>, <Alphabet.GSM: 'gsm'>, <Alphabet.LATIN_1: 'latin-1'>)
    """
    group = data_coding >> 4
    if group == 0x0:
        found = _BELOW_16.get(data_coding, Alphabet.OCTETS)
    elif group < 0x8:
        # General data coding: bit 5 says compressed, bit 4 that there is a class.
        found = Alphabet.OCTETS if data_coding & _COMPRESSED else _BY_BITS[data_coding >> 2 & 3]
    elif group in {0xC, 0xD}:
        found = Alphabet.GSM  # message waiting
    elif group == 0xE:
        found = Alphabet.UCS2  # message waiting
    elif group == 0xF:
        found = Alphabet.OCTETS if data_coding & 0x04 else Alphabet.GSM
    else:
        found = Alphabet.OCTETS
    return Alphabet.LATIN_1 if iso and found is Alphabet.GSM else found


def message_class(data_coding: int) -> int | None:
    """The message class 0 to 3 (TS 23.038 §4); 0 is shown at once and not kept (flash). None: it has none."""
    group = data_coding >> 4
    if group == 0xF or (group < 0x8 and group & 1):
        return data_coding & 3
    return None


def flash(data_coding: int) -> int:
    """A data_coding of the three that `choose` gives (or 4, octets), made class 0."""
    return data_coding | 0x10


def decode(octets: bytes, data_coding: int, iso: bool = False) -> str:
    """The text that octets are. Raises Undecodable, saying why.

    A byte order mark is dropped. Half of a surrogate pair, which a client's own cut of a long text may leave at the
    end of a part, becomes U+FFFD.
    """
    kind = alphabet(data_coding, iso)
    if kind is Alphabet.UCS2:
        return _decoded_ucs2(octets)
    if kind is Alphabet.OCTETS:
        raise Undecodable(f"data_coding 0x{data_coding:02X} is no text")
    try:
        return gsm7.decode(octets) if kind is Alphabet.GSM else octets.decode(kind.value)
    except UnicodeDecodeError as wrong:
        raise Undecodable(
            f"octet 0x{octets[wrong.start]:02X} at {wrong.start} is not in {kind.value}"
        ) from None
    except ValueError as wrong:
        raise Undecodable(str(wrong)) from None


def encode(text: str, data_coding: int, iso: bool = False) -> bytes:
    """The octets of a text. Raises Unencodable for what its alphabet has not."""
    kind = alphabet(data_coding, iso)
    if kind is Alphabet.OCTETS:
        raise Unencodable(f"data_coding 0x{data_coding:02X} is no text")
    try:
        return gsm7.encode(text) if kind is Alphabet.GSM else text.encode(kind.value)
    except UnicodeEncodeError as wrong:
        raise Unencodable(f"U+{ord(text[wrong.start]):04X} at {wrong.start} is not in {kind.value}") from None
    except gsm7.Unencodable as wrong:
        raise Unencodable(str(wrong)) from None


def choose(text: str) -> int:
    """The data_coding a text is sent in: GSM where every character fits, else UCS-2."""
    return DATA_GSM if gsm7.fits(text) else DATA_UCS2


def raw_ascii(octets: bytes) -> str | None:
    """The octets as ASCII whatever their data_coding says; None: they are not.

    Client software sends raw ASCII with data_coding 0, in which `_` is GSM's `§` and `~` its `ü`. Who looks for
    words that a protocol defines looks for them in this form too.
    """
    return octets.decode("ascii") if octets.isascii() else None


def _decoded_ucs2(octets: bytes) -> str:
    if len(octets) % 2:
        raise Undecodable(f"{len(octets)} octets are no UCS-2: their number is odd")
    if octets.startswith(_LITTLE):
        return octets[2:].decode("utf-16-le", "replace")
    return octets.removeprefix(_BIG).decode("utf-16-be", "replace")
