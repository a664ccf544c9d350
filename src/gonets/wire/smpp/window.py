"""Requests that wait for their answers: which, and until when.

A request is known by one number made of its command_id and its sequence_number, so that an answer of another command
is none. The table of those that wait is a plain dictionary in the order sent, which is that of their deadlines.
"""

from collections.abc import Mapping
from math import inf
from typing import Final

from gonets.wire.smpp.codes import RESPONSE, Command
from gonets.wire.smpp.roles import ONE_WAY

Waiting = dict[int, float]
"""By `key_of`: when the answer must have come."""

_ANSWERED: Final = tuple(
    int(command) for command in Command if not command & RESPONSE and command not in ONE_WAY
)


def key_of(command_id: int, sequence_number: int) -> int:
    """The number of a request, from its own command_id or from that of its answer."""
    return (command_id & ~RESPONSE) << 32 | sequence_number


def parts_of(key: int) -> tuple[int, int]:
    """The command_id and the sequence_number that made it."""
    return key >> 32, key & 0xFFFFFFFF


def first(waiting: Waiting) -> float:
    """The earliest deadline; infinity: nothing waits."""
    return next(iter(waiting.values()), inf)


def overdue(waiting: Waiting, now: float) -> list[int]:
    """Those whose answers should have come."""
    found = []
    for key, deadline in waiting.items():
        if deadline > now:
            break
        found.append(key)
    return found


def nacked(sequence_number: int, *tables: Mapping[int, float]) -> int:
    """The request with a sequence_number, whatever its command: what a generic_nack refuses.

    The tables have their requests as `Waiting` has.

    0, which no request has, where there is none.
    """
    for command in _ANSWERED:
        key = key_of(command, sequence_number)
        if any(key in waiting for waiting in tables):
            return key
    return 0
