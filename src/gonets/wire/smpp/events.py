"""What a session tells its owner: a closed union, to be matched with `assert_never`.

A PDU stands for itself. One that is a request wants to be answered; one that is a response, or a generic_nack, is the
answer to the request of ours that has its sequence_number.
"""

from enum import Enum

import msgspec

from gonets.wire.smpp.pdu import Pdu


class Why(Enum):
    """Why a session is closed."""

    UNBOUND = "unbound"
    """One side said goodbye."""
    LOST = "lost"
    """The octets that came are no PDUs."""
    NEVER_BOUND = "never_bound"
    """Nobody has bound within the session_init timer."""
    SILENT = "silent"
    """Nothing came within the inactivity timer, or no answer to a bind, an enquire_link or an unbind."""
    GONE = "gone"
    """The connection has ended."""


class Refused(msgspec.Struct, frozen=True, gc=False):
    """A request that the session has answered with an error."""

    command_id: int
    sequence_number: int
    command_status: int
    detail: str


class Unanswered(msgspec.Struct, frozen=True, gc=False):
    """No answer came in time, or before the session ended."""

    command_id: int
    sequence_number: int


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """An answer that cannot be read; `expected` says whether a request was waiting for it and now is not."""

    command_id: int
    sequence_number: int
    detail: str
    expected: bool


class Unexpected(msgspec.Struct, frozen=True, gc=False):
    """An answer that nothing was waiting for: late, doubled, or to nothing we asked."""

    answer: Pdu


class Closed(msgspec.Struct, frozen=True, gc=False):
    """The last event: write what is in `octets`, and end the connection."""

    why: Why
    detail: str = ""


Event = Pdu | Refused | Unanswered | Unreadable | Unexpected | Closed


class NotNow(ValueError):
    """The session is not in a state for this, or its window is full."""
