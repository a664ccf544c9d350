"""How a part moves from state to state, what a message's parts come to, and when money goes back.

    SCHEDULED ─► QUEUED ─► CLAIMED ─► SENT ─► ACCEPTED ─► DELIVERED, UNDELIVERED, EXPIRED, REJECTED, FAILED,
                   ▲          │  │                         CANCELLED, NO_REPORT
                DEFERRED ◄────┘  └─► UNCERTAIN

A receipt only ever moves a part forward. What is refused: one for a part that never left, one that would take
a final state back, and any that would change DELIVERED. Of the final states only NO_REPORT and EXPIRED may be
corrected by a late receipt. No part whose money went back moves again, so nothing is given back twice.
"""

from collections.abc import Iterable, Sequence
from typing import Final, assert_never

import msgspec

from gonets.model.message import State
from gonets.model.results import Deferred, Rejected, Returned, SendResult, Sent, Uncertain

FAILURES: Final = frozenset(
    (State.UNDELIVERED, State.EXPIRED, State.REJECTED, State.FAILED, State.CANCELLED),
)
"""Final states of which one is enough to make the message's."""

ADVANCE: Final[dict[State, int]] = {
    State.SCHEDULED: 0,
    State.DEFERRED: 1,
    State.QUEUED: 2,
    State.CLAIMED: 3,
    State.SENT: 4,
    State.UNCERTAIN: 5,
    State.ACCEPTED: 6,
    State.NO_REPORT: 7,
    State.DELIVERED: 8,
}
"""How far a part has come that has not failed; the numbers of the states are not in this order at the end."""

_OUTCOMES: Final = FAILURES | {State.DELIVERED, State.NO_REPORT}
_KNOWN_OUTCOMES: Final = FAILURES | {State.DELIVERED}
_NOTHING: Final[frozenset[State]] = frozenset()

_CORRECTIONS: Final[dict[State, frozenset[State]]] = {
    State.SCHEDULED: _NOTHING,
    State.DEFERRED: _OUTCOMES | {State.ACCEPTED},
    State.QUEUED: _OUTCOMES | {State.ACCEPTED},
    State.CLAIMED: _OUTCOMES | {State.ACCEPTED},
    State.SENT: _OUTCOMES | {State.ACCEPTED},
    State.UNCERTAIN: _OUTCOMES | {State.ACCEPTED},
    State.ACCEPTED: _OUTCOMES,
    State.DELIVERED: _NOTHING,
    State.UNDELIVERED: _NOTHING,
    State.EXPIRED: _KNOWN_OUTCOMES - {State.EXPIRED},
    State.REJECTED: _NOTHING,
    State.FAILED: _NOTHING,
    State.CANCELLED: _NOTHING,
    State.NO_REPORT: _KNOWN_OUTCOMES,
}
"""By the state a part is in: what a receipt may make of it."""


class Stand(msgspec.Struct, frozen=True, gc=False):
    """Where a message stands."""

    state: State
    error: int
    """The network's error code of the part that decides, 0 where there is none."""
    at: int
    """When the message came to this state, Unix microseconds."""


def fold(states: Sequence[State]) -> State:
    """The state of a message from those of its parts.

    Any final failure is the message's, the first one given where there are several; all delivered is
    delivered; else it is the least advanced. Raises ValueError where there are no parts.
    """
    for state in states:
        if state in FAILURES:
            return state
    return min(states, key=ADVANCE.__getitem__)


def stand(parts: Iterable[tuple[State, int, int]]) -> Stand:
    """Where a message stands, from its parts in any order: (state, error, Unix microseconds of that state).

    Of several failures the earliest decides, so that what a client was told stays so. Otherwise the moment is
    that of the last part to come there. Raises ValueError where there are no parts.
    """
    ordered = sorted(parts, key=lambda part: part[2])
    if len(ordered) == 1:
        return Stand(*ordered[0])
    state = fold([part[0] for part in ordered])
    there = [part for part in ordered if part[0] == state]
    _, error, at = there[0 if state in FAILURES else -1]
    return Stand(state, error, at)


def correct(current: State, reported: State) -> State | None:
    """The state that a receipt moves a part to; None where it changes nothing.

    `reported` is ACCEPTED or a final state; anything else is no news. A receipt that found its part proves
    that the upstream has it, even where we believe it still waits here: sending it again would be the worse
    error.
    """
    return reported if reported in _CORRECTIONS[current] else None


def answer(current: State, result: SendResult) -> State | None:
    """The state that the answer to a sent part moves it to; None where it changes nothing.

    Only a part that is CLAIMED waits for an answer, or one that is UNCERTAIN when the answer comes late after
    all. DEFERRED means that it was certainly not taken; whether there is a next try is for `retrying` to say.
    """
    if current is not State.CLAIMED and current is not State.UNCERTAIN:
        return None
    match result:
        case Sent():
            return State.SENT
        case Deferred() | Returned():
            return State.DEFERRED
        case Rejected():
            return State.REJECTED
        case Uncertain():
            return None if current is State.UNCERTAIN else State.UNCERTAIN
        case _:
            assert_never(result)


def refunds(new: State, *, left_us: bool, refund_undelivered: bool) -> bool:
    """Whether a part's price goes back when it moves to `new`.

    `left_us`: some upstream took it, or may have (it was SENT or UNCERTAIN); a part that was only ever put
    off has not left. `refund_undelivered` is its tariff's.
    """
    if new not in FAILURES:
        return False
    if new is State.EXPIRED:
        return not left_us
    return refund_undelivered if new is State.UNDELIVERED else True
