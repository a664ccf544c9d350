"""What goes wrong on purpose for all traffic of `gonets smsc`, and how its ids are written.

One number is drawn for each message, so a run with a seed is the same each time as far as its messages come in the
same order. What goes wrong for one recipient alone is in `connectors.simulator.endings`.
"""

import hashlib
import random
from bisect import bisect_right
from collections.abc import Callable
from enum import StrEnum
from itertools import accumulate
from typing import Final

import msgspec


class Fate(StrEnum):
    """What becomes of one request to send a message."""

    TAKEN = "taken"
    REFUSED = "refused"
    """By its recipient's ending."""
    THROTTLED = "throttled"
    """Answered ESME_RTHROTTLED."""
    NACKED = "nacked"
    """Answered by generic_nack, and not taken."""
    DROPPED = "dropped"
    """Not taken: the connection ends instead of an answer."""
    DROPPED_AFTER = "dropped_after"
    """Taken, and the connection ends after the answer."""
    LOST = "lost"
    """Taken, and the answer is never sent."""


class HexLetters(StrEnum):
    """How ids in hexadecimal are written."""

    UPPER = "upper"
    LOWER = "lower"


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. Shares are between 0 and 1; all of them together come to 1 at most."""

    throttle: float = 0.0
    nack: float = 0.0
    drop: float = 0.0
    drop_after: float = 0.0
    lose: float = 0.0
    delay: float = 0.0
    """Seconds from a request to its answer."""
    receipt_delay: float = 0.1
    """Seconds from the answer to the usual receipt."""
    receipts: bool = True
    receipts_first: bool = False
    """Receipts come before the answer."""
    receipts_twice: bool = False
    hex_ids: HexLetters | None = None
    """Ids are hexadecimal in answers and decimal in receipts."""
    zeros: bool = False
    """Ids have leading zeros in receipts."""
    long_ids: bool = False
    """Ids have 64 characters."""
    unknown_tlvs: bool = False
    """Answers and receipts have optional parameters that nobody knows."""
    seed: int | None = None
    """Of chance, and ids begin at 1000001; None: both differ from run to run."""


_SHARES: Final = (
    (Fate.THROTTLED, "throttle"),
    (Fate.NACKED, "nack"),
    (Fate.DROPPED, "drop"),
    (Fate.DROPPED_AFTER, "drop_after"),
    (Fate.LOST, "lose"),
)


def shares(faults: Faults) -> float:
    """All shares together."""
    return float(sum(getattr(faults, name) for _, name in _SHARES))


def fates(faults: Faults) -> Callable[[], Fate]:
    """What draws the fate of the next message."""
    wanted = [(fate, getattr(faults, name)) for fate, name in _SHARES if getattr(faults, name)]
    if not wanted:
        return lambda: Fate.TAKEN
    ends = list(accumulate(share for _, share in wanted))
    drawn = (*(fate for fate, _ in wanted), Fate.TAKEN)
    chance = random.Random(faults.seed)
    return lambda: drawn[bisect_right(ends, chance.random())]


_ZEROS: Final = 20
"""Digits of an id with leading zeros."""


def ids(faults: Faults) -> Callable[[int], tuple[str, str]]:
    """What writes a number as an id: as the answer has it, and as the receipts have it."""
    if faults.long_ids:
        return _long
    answered = {None: "d", HexLetters.UPPER: "X", HexLetters.LOWER: "x"}[faults.hex_ids]
    reported = f"0{_ZEROS}d" if faults.zeros else "d"
    return lambda number: (format(number, answered), format(number, reported))


def _long(number: int) -> tuple[str, str]:
    name = hashlib.sha256(number.to_bytes(8)).hexdigest()
    return name, name
