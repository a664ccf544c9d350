"""What calls and sends come to: closed unions, matched with `assert_never`."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from gonets.model.message import CampaignId, MessageId, PartId, State, Status
from gonets.model.money import Millionths
from gonets.model.reasons import Reason

# ---- what a call comes to, per message where it matters


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """Durable and charged; it will be sent or end in a final status."""

    message: MessageId
    parts: int
    """Their ids are `message .. message + parts - 1`."""


class Refused(msgspec.Struct, frozen=True, gc=False):
    """Not taken; `detail` is one sentence for the client that says what to do, and nothing of ours."""

    reason: Reason
    detail: str = ""
    unknown_login: bool = False
    """Of `bad_credentials`, where the dialect tells such things: there is no such login."""


class Found(msgspec.Struct, frozen=True, gc=False):
    """Where a message stands: the fold of its parts (`rules.lifecycle.fold`)."""

    message: MessageId
    """What was asked after: where that was a part, its id."""
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


class Replaced(msgspec.Struct, frozen=True, gc=False):
    """It has another text now, and what that costs more or less is booked."""

    message: MessageId
    parts: int
    """As many as it has now; their ids are `message .. message + parts - 1`."""


class Funds(msgspec.Struct, frozen=True, gc=False):
    """An account's money."""

    balance: Millionths
    overdraft: Millionths
    """How far below zero the balance may go, 0 or more."""
    currency: str


# ---- of phone bases and campaigns


class BaseFault(StrEnum):
    """Why something asked of a phone base is refused, besides the reasons that hold for messages."""

    UNKNOWN = "unknown"
    """The account has no such base."""
    PROTECTED = "protected"
    """It may be sent to, and neither read nor changed."""
    NOT_ADDED = "not added"
    NOT_REMOVED = "not removed"
    """It was not in there, among others."""


class BaseRefused(msgspec.Struct, frozen=True, gc=False):
    """Not done."""

    fault: BaseFault


class BaseLine(msgspec.Struct, frozen=True, gc=False):
    """One base of a list."""

    id: int
    name: str
    phones: int
    """How many numbers are in it."""


class BasesListed(msgspec.Struct, frozen=True, gc=False):
    """The account's bases, by name."""

    bases: tuple[BaseLine, ...]


class PhonesListed(msgspec.Struct, frozen=True, gc=False):
    """What is in a base: E.164 digits as numbers, ascending, read while they are written out."""

    batches: AsyncIterator[Sequence[int]]


class PhonesAdded(msgspec.Struct, frozen=True, gc=False):
    """They are in it now, whether they were before or not."""

    count: int
    wrong: tuple[str, ...]
    """Those that are no phone numbers, as the client wrote them."""


class PhoneHeld(msgspec.Struct, frozen=True, gc=False):
    """Whether it is in there."""

    held: bool


class PhoneRemoved(msgspec.Struct, frozen=True, gc=False):
    """It was in there and is no more."""


class CampaignStarted(msgspec.Struct, frozen=True, gc=False):
    """Durable; its messages follow when its time has come."""

    campaign: CampaignId


BaseOutcome = (
    BaseRefused | BasesListed | PhonesListed | PhonesAdded | PhoneHeld | PhoneRemoved | CampaignStarted
)

Results = tuple[Accepted | Refused, ...] | tuple[Found | Refused, ...]
"""One per item, in the order of the call."""

Outcome = Refused | Results | Funds | BaseOutcome
"""Of a whole call: refused as a whole, or one result per item in the order of the call, or what else was asked for."""

# ---- what a send comes to


class Sent(msgspec.Struct, frozen=True, gc=False):
    """The upstream took it and gave it an id."""

    remote_id: str


class Deferred(msgspec.Struct, frozen=True, gc=False):
    """Not taken for the moment (throttled, busy); certain not to have been taken, but where it is `doubtful`."""

    error: int
    after: float
    """Seconds the upstream asks us to wait; 0 leaves it to `rules.retrying`."""
    doubtful: bool = False
    """It may have been taken all the same, and this upstream knows it again: nobody else may be given it from now on,
    and it is uncertain once its tries are used up."""


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """Refused for good."""

    error: int


class Uncertain(msgspec.Struct, frozen=True, gc=False):
    """It left and no answer came: never sent again in silence."""

    error: int = 0


class Returned(msgspec.Struct, frozen=True, gc=False):
    """It was never sent, and not because of itself: the link went down under it. It is no try, and another link may
    take it at once."""


SendResult = Sent | Deferred | Rejected | Uncertain | Returned

# ---- what a connector hears


class Settled(msgspec.Struct, frozen=True, gc=False):
    """The answer to one sent part."""

    part: PartId
    result: SendResult


class Lookup(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a look-up found out of a number; what the network does not tell is empty. Fields as SMSC.ru names them."""

    imsi: str = ""
    """The SIM card's own number (E.212), 15 digits."""
    msc: str = ""
    """The number of the switch that serves the phone now, E.164 digits."""
    mcc: str = ""
    """The code of its country (E.212), three digits."""
    mnc: str = ""
    """The code of its network in that country, two or three digits."""
    cn: str = ""
    """Its country by name."""
    net: str = ""
    """Its network by name."""
    rcn: str = ""
    """The country that it roams in by name; empty: it is at home."""
    rnet: str = ""
    """The network that it roams in by name."""


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """A delivery report, by the upstream's id."""

    remote_id: str
    state: State
    """ACCEPTED or a final state."""
    error: int
    at: datetime
    """When the network says it happened, UTC."""
    recipient: str = ""
    """Whom it says the part was for, as the network writes numbers; empty: it does not say."""
    others: tuple[str, ...] = ()
    """Other ids the part may have, where the network writes ids in several ways; those are believed only where the
    recipient is the same."""
    lookup: Lookup | None = None
    """Of a look-up: what was found out."""


class Inbound(msgspec.Struct, frozen=True, gc=False):
    """A message from a phone to us."""

    sender: str
    """The phone, as the network writes numbers."""
    recipient: str
    """Our number, likewise."""
    text: str
    """Of this part alone; hexadecimal octets where it is no text."""
    at: datetime
    """When it was heard, UTC."""
    binary: bool = False
    reference: int = 0
    """The same in all parts of a long message."""
    total: int = 1
    number: int = 1
    """1 .. total."""


Event = Settled | Receipt | Inbound
