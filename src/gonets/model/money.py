"""Money as integer millionths of the account's currency; floats never hold an amount."""

import re
from typing import NewType

Millionths = NewType("Millionths", int)
"""An amount of money: 1_000_000 is one unit of the account's currency."""

ONE = 1_000_000
_LARGEST = 2**62
_PLAIN = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?")


def parse_amount(text: str) -> Millionths:
    """Read a decimal amount such as `10000.00` or `-0.5`.

    Raises ValueError with a sentence when it is not a plain decimal number, has more than six decimals, or does not
    fit the store.
    """
    found = _PLAIN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not an amount; write it like 12.50")
    sign, units, decimals = found[1], found[2].lstrip("0"), (found[3] or "").rstrip("0")
    if len(decimals) > 6:
        raise ValueError(f"{text!r} has more than six decimals; the smallest amount is 0.000001")
    whole = int(units[:20] or "0") * ONE + int(decimals.ljust(6, "0"))
    if len(units) > 20 or whole > _LARGEST:
        raise ValueError(f"{text!r} is too large an amount")
    return Millionths(-whole if sign == "-" else whole)


def floored(amount: int, decimals: int) -> str:
    """Write an amount with that many decimals (1 to 6), never more than there is: `-0.000001` as `-0.01`."""
    shown = amount // 10 ** (6 - decimals)
    units, rest = divmod(abs(shown), 10**decimals)
    return f"{'-' if shown < 0 else ''}{units}.{rest:0{decimals}d}"


def format_amount(amount: int) -> str:
    """Write an amount with at least two and at most six decimals: `9999.50`, `0.012345`."""
    sign = "-" if amount < 0 else ""
    units, rest = divmod(abs(amount), ONE)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{units}.{decimals}"
