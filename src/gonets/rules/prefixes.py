"""The longest prefix of a number for which a table has an entry; prices and routes are both found so."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def longest(table: Mapping[str, T], number: str) -> T | None:
    """The entry under the longest prefix of a number, the empty one included; None where there is none.

    An e-mail address has no prefixes, whatever digits it begins with: only the empty one is its own.
    """
    if "@" in number:
        return table.get("")
    for end in range(len(number), -1, -1):
        found = table.get(number[:end])
        if found is not None:
            return found
    return None
