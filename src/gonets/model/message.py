"""A message, its parts, and where each part stands.

The part is the unit of sending, pricing, ids and receipts. A message of N segments is N parts with consecutive ids,
and the message's id is its first part's id: the parts of message `m` are `m .. m + parts - 1`.
"""

import re
from datetime import datetime
from enum import IntEnum, IntFlag, StrEnum
from typing import Final, NewType

import msgspec

from gonets.model.money import Millionths

AccountId = NewType("AccountId", int)
MessageId = NewType("MessageId", int)
PartId = NewType("PartId", int)
RouteId = NewType("RouteId", int)
CampaignId = NewType("CampaignId", int)
BaseId = NewType("BaseId", int)

LARGEST_ID: Final = 2**63 - 1
"""The store keeps no larger one."""
_ID: Final = re.compile(rb"0*([1-9][0-9]{0,18})")


def message_id(written: bytes) -> MessageId | None:
    """The id that a client wrote in decimal, with zeros before it or not; None: it cannot be one."""
    found = _ID.fullmatch(written)
    number = int(found[1]) if found else 0
    return MessageId(number) if 0 < number <= LARGEST_ID else None


class Status(StrEnum):
    """What a client may be told about a message; one vocabulary, rendered by each dialect's own total table."""

    SCHEDULED = "scheduled"
    """Waits for its start time."""
    QUEUED = "queued"
    """Accepted and durable, waits for a connector."""
    SENT = "sent"
    """The upstream took it."""
    UNCERTAIN = "uncertain"
    """It left and no answer came; it may or may not have been taken."""
    ACCEPTED = "accepted"
    """The upstream says ACCEPTD."""
    DELIVERED = "delivered"
    """On the handset."""
    UNDELIVERED = "undelivered"
    """The network gave up."""
    EXPIRED = "expired"
    """Its validity ran out, with us or upstream."""
    REJECTED = "rejected"
    """The upstream refused it."""
    FAILED = "failed"
    """Our own fault, after all tries."""
    CANCELLED = "cancelled"
    """A person or the client cancelled it."""
    NO_REPORT = "no_report"
    """Sent, and no receipt came by the deadline."""


class State(IntEnum):
    """Where a part stands in the flow: the statuses, and two steps inside `queued` that no client sees.

    The numbers are stored; they never change their meaning.
    """

    SCHEDULED = 10
    """Waits for its start time."""
    DEFERRED = 15
    """A try failed for the moment; waits for the next."""
    QUEUED = 20
    """Waits in a lane; any connector of its route may claim it."""
    CLAIMED = 30
    """Bound to a connector; it may have left. Found at start without an answer, it becomes UNCERTAIN."""
    SENT = 40
    UNCERTAIN = 45
    ACCEPTED = 50
    DELIVERED = 60
    UNDELIVERED = 61
    EXPIRED = 62
    REJECTED = 63
    FAILED = 64
    CANCELLED = 65
    NO_REPORT = 66

    @property
    def status(self) -> Status:
        """What a client is told."""
        return STATUS_OF_STATE[self]

    @property
    def final(self) -> bool:
        """Nothing more is expected (a late receipt may still correct some: `rules.lifecycle`)."""
        return self >= State.DELIVERED


STATUS_OF_STATE: dict[State, Status] = {
    State.SCHEDULED: Status.SCHEDULED,
    State.DEFERRED: Status.QUEUED,
    State.QUEUED: Status.QUEUED,
    State.CLAIMED: Status.QUEUED,
    State.SENT: Status.SENT,
    State.UNCERTAIN: Status.UNCERTAIN,
    State.ACCEPTED: Status.ACCEPTED,
    State.DELIVERED: Status.DELIVERED,
    State.UNDELIVERED: Status.UNDELIVERED,
    State.EXPIRED: Status.EXPIRED,
    State.REJECTED: Status.REJECTED,
    State.FAILED: Status.FAILED,
    State.CANCELLED: Status.CANCELLED,
    State.NO_REPORT: Status.NO_REPORT,
}


class Priority(IntEnum):
    """The lanes of a route, most urgent first."""

    REALTIME = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3


class Channel(StrEnum):
    """What carries a message to its recipient."""

    SMS = "sms"
    MMS = "mms"
    MAIL = "mail"
    """An e-mail; its recipient is an address, not a number."""
    CALL = "call"
    """A voice call in which the text is read out."""
    VIBER = "viber"
    HLR = "hlr"
    """A look-up of the number: nothing is sent to it, and it ends with a `results.Lookup`."""
    PING = "ping"
    """A silent message (type 0, 3GPP TS 23.040 §9.2.3.9) that tells whether the phone is there."""


class Encoding(IntEnum):
    """How the text of a short message is coded on the air (3GPP TS 23.038)."""

    GSM7 = 0
    """GSM 03.38 default alphabet with its extension table: 160 septets alone, 153 in a part."""
    OCTETS = 4
    """Eight bits, binary or ISO-8859-1: 140 octets. Only of what a client has made ready (`UserData`)."""
    UCS2 = 8
    """UTF-16BE: 70 units alone, 67 in a part."""


class Hears(IntFlag):
    """What the client that sent a message wants to hear of it. The numbers are stored; they never change meaning."""

    NOTHING = 0
    SUCCESS = 1
    """That it was delivered."""
    FAILURE = 2
    """That it has ended in another way."""
    UNDERWAY = 4
    """That it was sent, and that an upstream has accepted it."""


class UserData(msgspec.Struct, frozen=True, gc=False):
    """One part as its client made it ready (3GPP TS 23.040 §9.2.3.24); it goes on as it is."""

    octets: bytes
    """What follows the header: septets one to an octet, UTF-16BE, or octets."""
    encoding: Encoding
    header: bytes = b""
    """The user data header with its length octet; nothing: there is none."""


class Picture(msgspec.Struct, frozen=True, gc=False):
    """What an MMS shows; stored once, however many messages show it."""

    hash: str
    """The hex SHA-256 of its octets."""
    kind: str
    """By its content: `png`, `jpeg` or `gif`."""
    octets: bytes


class Voice(StrEnum):
    """Who reads a text out in a call, as SMSC.ru names them."""

    M = "m"
    M2 = "m2"
    W = "w"
    W2 = "w2"
    W3 = "w3"
    W4 = "w4"


class Speech(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """How a text is read out in a call."""

    voice: Voice = Voice.M
    parameters: str = ""
    """Of the call, as the client wrote them; they are the upstream's to read."""


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A message that passed every check and has its ids, ready to be made durable."""

    id: MessageId
    account: AccountId
    protocol: str
    profile: str
    client_id: str | None
    channel: Channel
    priority: Priority
    sender: str
    recipient: str
    """E.164 digits, no plus; an address where the channel is MAIL."""
    text: str
    encoding: Encoding
    segments: tuple[str, ...]
    """The text of each part, at least one."""
    price: Millionths
    """Of one part."""
    refund_undelivered: bool
    route: RouteId
    start_at: datetime | None
    expires_at: datetime | None
    once: str = ""
    """Refused where the account has accepted this key before; empty: it has none."""
    comment: str | None = None
    """Kept, shown and searched, never sent."""
    flash: bool = False
    """Shown at once and not kept by the phone: message class 0 (3GPP TS 23.038 §4)."""
    subject: str = ""
    """Of an MMS or an e-mail."""
    picture: Picture | None = None
    speech: Speech | None = None
    """Of a call; None: as usual."""
    campaign: CampaignId | None = None
    hears: Hears | None = None
    """None: of its ends, where the account has a push target."""
    user_data: UserData | None = None
    """What its only part is; None: its text in its encoding."""


class Pending(msgspec.Struct, frozen=True, gc=False):
    """A message none of whose parts has left, with what stays of it when its text is replaced."""

    id: MessageId
    sender: str
    recipient: str
    channel: Channel
    encoding: Encoding
    """Of the text that it has now."""
    parts: int
    start_at: datetime | None
    expires_at: datetime | None
    flash: bool


class Outgoing(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A claimed part, as a connector gets it."""

    id: PartId
    message: MessageId
    number: int
    """1 .. total."""
    total: int
    sender: str
    recipient: str
    """E.164 digits, no plus; an address where the channel is MAIL."""
    text: str
    """Of this part alone; a look-up and a ping have none."""
    encoding: Encoding
    attempts: int
    """How many times it was claimed, this one included."""
    expires_at: int | None
    """Unix microseconds, or None: as long as the upstream will."""
    channel: Channel = Channel.SMS
    flash: bool = False
    subject: str = ""
    """Of an MMS or an e-mail."""
    picture: str = ""
    """The hash of its picture, empty: it has none."""
    speech: Speech | None = None
    """Of a call; None: as usual."""
    header: str = ""
    """The user data header that its client gave it, in hexadecimal; empty: none, or one of `number` and `total`."""
    octets: str = ""
    """What goes in place of its text, in hexadecimal, where its client made it ready; empty: its text."""


class OutgoingMessage(msgspec.Struct, frozen=True, gc=False):
    """All parts of one message as they were claimed together, for an upstream that takes messages and not parts."""

    parts: tuple[Outgoing, ...]
    """In their order, at least one; fewer than `total` where the others went another way before."""
    picture: Picture | None = None
    """Its picture itself, where it has one."""

    @property
    def first(self) -> Outgoing:
        """What all parts share is in each of them."""
        return self.parts[0]

    @property
    def text(self) -> str:
        """Of all these parts."""
        return self.parts[0].text if len(self.parts) == 1 else "".join(part.text for part in self.parts)
