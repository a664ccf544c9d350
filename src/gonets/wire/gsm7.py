"""The GSM 7-bit default alphabet with its extension table (3GPP TS 23.038 §6.2.1), unpacked and packed.

Septets are held one to an octet, 0x00..0x7F, as SMPP carries them; `pack` and `unpack` turn them into the
7-bit form of TS 23.038 §6.1.2.1.1 and back. Only characters of the two tables are taken: what merely looks
alike (a Greek capital alpha, `ç` where the table has `Ç`) is refused rather than replaced, and so are the
national language tables of §A.
"""

import re
from typing import Final

_ESCAPE: Final = 0x1B

_DEFAULT: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
"""By septet, sixteen to a line; 0x1B is the escape to the extension table and no character."""

_EXTENSION: Final = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
"""By the septet that follows the escape. 0x0D and 0x1B are reserved there (§6.2.1.1)."""

_SEPTETS: Final[dict[int, str]] = {
    **{ord(char): chr(code) for code, char in enumerate(_DEFAULT) if code != _ESCAPE},
    **{ord(char): chr(_ESCAPE) + chr(code) for code, char in _EXTENSION.items()},
}
"""By code point, for `str.translate`; septets stand as characters below U+0080."""

_FITTING: Final = frozenset(map(chr, _SEPTETS))
_FITTING_ASCII: Final = bytes(code for code in _SEPTETS if code < 0x80)
_PAIRED: Final = re.compile("[" + re.escape("".join(_EXTENSION.values())) + "]")
_PAIRED_ASCII: Final = bytes(ord(char) for char in _EXTENSION.values() if char.isascii())
_STRANGE: Final = re.compile("[^" + re.escape("".join(_FITTING)) + "]")

_ESCAPED: Final = re.compile("\x1b(.?)", re.DOTALL)
_BY_ESCAPED: Final[dict[str, str]] = {
    "": " ",
    "\x1b": " ",
    **{_DEFAULT[code]: char for code, char in _EXTENSION.items()},
}


class Unencodable(ValueError):
    """The text holds a character that the alphabet has not."""


def fits(text: str) -> bool:
    """Whether every character is in the default or the extension table."""
    if text.isascii():
        return not text.encode().translate(None, _FITTING_ASCII)
    return _FITTING.issuperset(text)


def septets(text: str) -> int:
    """How many septets a text that `fits` takes: one a character, two for those of the extension table."""
    if text.isascii():
        return 2 * len(text) - len(text.encode().translate(None, _PAIRED_ASCII))
    return len(text) + len(_PAIRED.findall(text))


def encode(text: str) -> bytes:
    """The septets of a text, one to an octet. Raises Unencodable, naming the first character it refuses."""
    if not fits(text):
        strange = _STRANGE.search(text)
        assert strange is not None
        raise Unencodable(f"U+{ord(strange[0]):04X} at {strange.start()} is not in the GSM 7-bit alphabet")
    return text.translate(_SEPTETS).encode("ascii")


def decode(data: bytes) -> str:
    """The text of septets, one to an octet. Raises ValueError where an octet is above 0x7F.

    As a receiver must (TS 23.038 §6.2.1.1 and its note 1): an escape before a septet that the extension table
    leaves open shows the default table's character, and an escape before another one, or before nothing,
    shows a space.
    """
    if not data.isascii():
        at = next(index for index, octet in enumerate(data) if octet > 0x7F)
        raise ValueError(f"octet 0x{data[at]:02X} at {at} is no septet")
    text = data.decode("ascii").translate(_DEFAULT)
    if _ESCAPE in data:
        text = _ESCAPED.sub(_unescape, text)
    return text


def pack(data: bytes, fill: int = 0) -> bytes:
    """Septets, one to an octet, as 7-bit: the first in the lowest bits, after `fill` zero bits (0..6).

    Fill bits bring the text after a user data header to a septet boundary (3GPP TS 23.040 §9.2.3.24). Raises
    ValueError where an octet is above 0x7F.
    """
    if not data.isascii():
        raise ValueError("only octets up to 0x7F can be packed")
    packed = bytearray()
    held, bits = 0, fill
    for septet in data:
        held |= septet << bits
        bits += 7
        if bits >= 8:
            packed.append(held & 0xFF)
            held >>= 8
            bits -= 8
    if bits:
        packed.append(held)
    return bytes(packed)


def unpack(data: bytes, count: int, fill: int = 0) -> bytes:
    """The first `count` septets of 7-bit data, one to an octet, skipping `fill` bits (0..6) before them.

    The count has to come from outside (in SMS: the user data length), for seven spare bits look like an `@`.
    Raises ValueError where the data is too short for it.
    """
    if fill + 7 * count > 8 * len(data):
        raise ValueError(f"{len(data)} octets cannot hold {count} septets after {fill} fill bits")
    bits = int.from_bytes(data[: (fill + 7 * count + 7) // 8], "little") >> fill
    return bytes(bits >> 7 * index & 0x7F for index in range(count))


def fill_bits(header: int) -> int:
    """How many fill bits (0..6) a text needs after a header of so many octets, its length octet included."""
    return -8 * header % 7


def _unescape(pair: re.Match[str]) -> str:
    return _BY_ESCAPED.get(pair[1], pair[1])
