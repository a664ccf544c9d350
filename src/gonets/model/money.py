"""Money as integer millionths of the account's currency; floats never hold an amount."""

from decimal import Decimal, InvalidOperation
from typing import NewType

Millionths = NewType("Millionths", int)
"""An amount of money: 1_000_000 is one unit of the account's currency."""

ONE = 1_000_000
_LARGEST = 2**62


def parse_amount(text: str) -> Millionths:
    """Read a decimal amount such as `10000.00` or `-0.5`.

    Raises ValueError with a sentence when it is not a plain decimal number, has more than six decimals, or does not
    fit the store.
    """
    try:
        scaled = Decimal(text.strip()) * ONE
        whole = int(scaled)
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(f"{text!r} is not an amount; write it like 12.50") from None
    if scaled != whole:
        raise ValueError(f"{text!r} has more than six decimals; the smallest amount is 0.000001")
    if abs(whole) > _LARGEST:
        raise ValueError(f"{text!r} is too large an amount")
    return Millionths(whole)


def format_amount(amount: int) -> str:
    """Write an amount with at least two and at most six decimals: `9999.50`, `0.012345`."""
    sign = "-" if amount < 0 else ""
    units, rest = divmod(abs(amount), ONE)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{units}.{decimals}"
