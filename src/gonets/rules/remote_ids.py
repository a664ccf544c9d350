"""The ids that upstreams give to parts, and how an id in a receipt is known to be that of an answer.

Networks write one id in several ways: in capitals and not, with leading zeros and without, in hexadecimal when they
take a part and in decimal when they report on it, or the other way round. Letters and zeros never make two ids out
of one, so everything is looked for by `key_of`. A number may be of either base, and the same digits then mean two
parts: that is only ever believed where the recipient is the same.
"""

import re
from typing import Final

_DECIMAL: Final = re.compile("[0-9]{1,64}")
_HEX: Final = re.compile("[0-9a-fA-F]{1,64}")
_CAPITALS: Final = {ord(letter): ord(letter) + 32 for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_ENOUGH_DIGITS: Final = 7


def key_of(remote_id: str) -> str:
    """What an id is looked for by: in small letters, without leading zeros; empty: it names nothing.

    >>> key_of("00A1B2"), key_of("0000")
    ('a1b2', '')
    """
    return remote_id.translate(_CAPITALS).lstrip("0")


def to_hex(remote_id: str) -> str | None:
    """A decimal number in hexadecimal; None: it is none."""
    return f"{int(remote_id):x}" if _DECIMAL.fullmatch(remote_id) else None


def to_decimal(remote_id: str) -> str | None:
    """A hexadecimal number in decimal; None: it is none, or one that needs more than 64 digits."""
    if _HEX.fullmatch(remote_id) is None:
        return None
    decimal = str(int(remote_id, 16))
    return decimal if len(decimal) <= 64 else None


def in_other_bases(remote_id: str) -> tuple[str, ...]:
    """What the same number is in the bases that it may not be written in."""
    found = (to_hex(remote_id), to_decimal(remote_id))
    return tuple(each for each in found if each is not None and key_of(each) != key_of(remote_id))


def is_same_number(recipient: str, told: str) -> bool:
    """Whether what a receipt names may be that recipient (E.164 digits): networks leave country codes out."""
    digits = told.lstrip("+0")
    return recipient == digits or (len(digits) >= _ENOUGH_DIGITS and recipient.endswith(digits))
