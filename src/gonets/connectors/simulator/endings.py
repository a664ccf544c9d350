"""What becomes of a part in the simulated network, by the last four digits of its recipient.

Of an e-mail address those before the `@` count. Look-ups and pings end as a text message to the same number would.

The table is the whole behaviour: `network` carries it out and the command line prints it. Nothing here is by
chance, so a test or a customer gets what they dialled.
"""

from enum import Enum
from typing import Final

import msgspec

from gonets.model.message import State, Status
from gonets.model.results import Deferred, Rejected

SUFFIX: Final = 4
"""Digits of the recipient, at its end, that choose the ending."""

UNKNOWN_SUBSCRIBER: Final = 1
ABSENT_SUBSCRIBER: Final = 6
NO_SERVICE: Final = 11
SUBSCRIBER_BARRED: Final = 13
QUEUE_FULL: Final = 220
"""Network error codes; `model.reasons.UNDELIVERED_WORDS` has the words."""

ALWAYS: Final = 2**31
"""More tries than anybody makes."""


class Answer(Enum):
    """When the network answers a part that it took."""

    FIRST = "first"
    """Before its receipts, as it should be."""
    LATE = "late"
    """After its receipts, whose delays count from the sending then."""
    LOST = "lost"
    """Never: nobody learns that it was taken."""


class Told(msgspec.Struct, frozen=True, gc=False):
    """One receipt of an ending."""

    state: State
    error: int = 0
    after: float = 0.0
    """Seconds after the answer, or after the sending where the answer is late."""
    usual: bool = True
    """Whether the network's usual receipt delay comes on top."""


class Ending(msgspec.Struct, frozen=True):
    """What becomes of the parts to one kind of number."""

    digits: str
    """The last four of the recipient; empty: all numbers that the table does not name."""
    sentence: str
    """For people."""
    receipts: tuple[Told, ...] = (Told(State.DELIVERED),)
    """In the order in which they come."""
    answer: Answer = Answer.FIRST
    refusal: Deferred | Rejected | None = None
    """The answer to the first `refusals` tries."""
    refusals: int = 0

    @property
    def outcome(self) -> Status:
        """Where a part that was taken ends; DELIVERED is on the phone, whether or not anybody is told."""
        return self.receipts[-1].state.status if self.receipts else Status.DELIVERED


USUAL: Final = Ending("", "delivered after the usual receipt delay")

ENDINGS: Final = (
    Ending("9900", "delivered at once", (Told(State.DELIVERED, usual=False),)),
    Ending("9901", "undelivered: unknown subscriber (1)", (Told(State.UNDELIVERED, UNKNOWN_SUBSCRIBER),)),
    Ending("9902", "undelivered: absent subscriber (6)", (Told(State.UNDELIVERED, ABSENT_SUBSCRIBER),)),
    Ending("9903", "expired in the network", (Told(State.EXPIRED),)),
    Ending("9904", "rejected by the network", refusal=Rejected(NO_SERVICE), refusals=ALWAYS),
    Ending("9905", "throttled three times, then delivered", refusal=Deferred(QUEUE_FULL, 0.5), refusals=3),
    Ending("9906", "taken, but the answer is lost and no receipt comes: uncertain", (), Answer.LOST),
    Ending(
        "9907",
        "delivered, the receipt comes before the answer",
        (Told(State.DELIVERED, usual=False),),
        Answer.LATE,
    ),
    Ending(
        "9908",
        "delivered, the receipt comes twice",
        (Told(State.DELIVERED), Told(State.DELIVERED, after=0.1)),
    ),
    Ending("9909", "taken, and no receipt ever comes", ()),
    Ending(
        "9910",
        "accepted by the network, delivered 2 seconds later",
        (Told(State.ACCEPTED), Told(State.DELIVERED, after=2.0)),
    ),
    Ending("9911", "undelivered: subscriber barred (13)", (Told(State.UNDELIVERED, SUBSCRIBER_BARRED),)),
    Ending("9912", "delivered after 5 seconds", (Told(State.DELIVERED, after=5.0, usual=False),)),
    Ending(
        "9913",
        "temporary errors until the tries are used up: failed",
        refusal=Deferred(QUEUE_FULL, 0.0),
        refusals=ALWAYS,
    ),
    Ending(
        "9914",
        "absent subscriber (6) at first, delivered 1 second later",
        (Told(State.ACCEPTED, ABSENT_SUBSCRIBER), Told(State.DELIVERED, after=1.0)),
    ),
    Ending("9915", "delivered; a look-up finds the phone abroad"),
)
"""All the endings that can be dialled, in the order in which they are printed."""

_BY_DIGITS: Final = {ending.digits: ending for ending in ENDINGS}


def ending_of(recipient: str) -> Ending:
    """What becomes of a part to that number or e-mail address."""
    if "@" in recipient:
        recipient = recipient.rpartition("@")[0]
    return _BY_DIGITS.get(recipient[-SUFFIX:], USUAL)
