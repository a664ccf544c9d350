"""What calls and sends come to: closed unions, matched with `assert_never`."""

from datetime import datetime

import msgspec

from gonets.model.message import MessageId, PartId, State, Status
from gonets.model.reasons import Reason

# ---- what a call comes to, per message where it matters


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """Durable and charged; it will be sent or end in a final status."""

    message: MessageId
    parts: int


class Refused(msgspec.Struct, frozen=True, gc=False):
    """Not taken; `detail` is one sentence for the client that says what to do, and nothing of ours."""

    reason: Reason
    detail: str = ""
    unknown_login: bool = False
    """Of `bad_credentials`, where the dialect tells such things: there is no such login."""


class Found(msgspec.Struct, frozen=True, gc=False):
    """Where a message stands: the fold of its parts (`rules.lifecycle.fold`)."""

    message: MessageId
    status: Status
    at: datetime
    """When this status was formed, UTC."""
    error: int = 0
    """The network's error code, `model.reasons.undelivered_word` names it."""


class Cancelled(msgspec.Struct, frozen=True, gc=False):
    """What could still be stopped was, and is refunded."""

    message: MessageId
    parts: int
    """Cancelled now."""
    left: int
    """Not cancelled: with an upstream already, or at their end."""


Outcome = Refused | tuple[Accepted | Refused, ...] | tuple[Found | Refused, ...]
"""Of a whole call: refused as a whole, or one result per item in the order of the call."""

# ---- what a send comes to


class Sent(msgspec.Struct, frozen=True, gc=False):
    """The upstream took it and gave it an id."""

    remote_id: str


class Deferred(msgspec.Struct, frozen=True, gc=False):
    """Not taken for the moment (throttled, busy); certain not to have been taken."""

    error: int
    after: float
    """Seconds the upstream asks us to wait; 0 leaves it to `rules.retrying`."""


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """Refused for good."""

    error: int


class Uncertain(msgspec.Struct, frozen=True, gc=False):
    """It left and no answer came: never sent again in silence."""

    error: int = 0


SendResult = Sent | Deferred | Rejected | Uncertain

# ---- what a connector hears


class Settled(msgspec.Struct, frozen=True, gc=False):
    """The answer to one sent part."""

    part: PartId
    result: SendResult


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """A delivery report, by the upstream's id."""

    remote_id: str
    state: State
    """ACCEPTED or a final state."""
    error: int
    at: datetime
    """When the network says it happened, UTC."""


Event = Settled | Receipt
