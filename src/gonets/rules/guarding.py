"""Floods, duplicates, rates and failed logins as pure decisions."""

from collections.abc import Sequence


def is_flood(earlier: Sequence[int], now: int, most: int, gap: int) -> bool:
    """Whether one more message at `now` makes more than `most` in a row to one recipient.

    `earlier`: moments of those before it, the newest first; a row is unbroken while neighbours are less than `gap`
    apart. All in microseconds. 0 for `most` or `gap`: never.
    """
    if not most or not gap:
        return False
    in_row = 1
    for at in earlier:
        if now - at >= gap:
            break
        in_row += 1
        if in_row > most:
            return True
        now = at
    return False
