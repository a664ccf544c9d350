"""What a client asks for, once its dialect has been read."""

from datetime import datetime, timedelta

import msgspec

from gonets.model.account import ProofKind
from gonets.model.message import Channel, Hears, MessageId, Picture, Priority, Speech, UserData
from gonets.model.results import Refused


class Login(msgspec.Struct, frozen=True, gc=False):
    """Who says they are asking."""

    protocol: str
    profile: str
    """The account's named profile of that protocol, `""` where the protocol has none."""
    login: str
    password: str
    """The proof as it was sent; what it is, `kind` says."""
    address: str
    """The peer's IP address."""
    kind: ProofKind = ProofKind.PASSWORD
    signed: str = ""
    """What a signature is of, without the salt: the values joined by `;`, octets that are no UTF-8 as
    `surrogateescape` reads them."""
    or_signed: str = ""
    """What it may be of instead; empty: nothing else."""
    tells_unknown: bool = False
    """Whether the dialect tells a login that does not exist from a wrong proof."""


class Submission(msgspec.Struct, frozen=True, gc=False):
    """One message to one recipient, as the client wrote it."""

    sender: str
    recipient: str
    text: str
    client_id: str | None = None
    priority: Priority = Priority.NORMAL
    start_at: datetime | None = None
    validity: timedelta | None = None
    once: bool = False
    """Whether a client id seen before from the same login, ever, makes it a duplicate."""
    flash: bool = False
    """Shown at once and not kept by the phone."""
    channel: Channel = Channel.SMS
    subject: str = ""
    """Of an MMS or an e-mail."""
    picture: Picture | None = None
    """Of an MMS."""
    speech: Speech | None = None
    """Of a call; None: as usual."""
    hears: Hears | None = None
    """What its client wants to hear of it; None: its ends, where the account has a push target."""
    user_data: UserData | None = None
    """What goes on the air as it is; `text` is then what it says, and of binary octets their hexadecimal."""


class Submit(msgspec.Struct, frozen=True, gc=False):
    """Send these; an item the dialect could not read is already its refusal."""

    items: tuple[Submission | Refused, ...]


class Query(msgspec.Struct, frozen=True, gc=False):
    """Where do these stand; None where what was given is no id at all."""

    messages: tuple[MessageId | None, ...]
    each_part: bool = False
    """Whether these are ids of parts, each of which is asked after alone."""


class Balance(msgspec.Struct, frozen=True, gc=False):
    """How much money is there."""


# ---- phone bases, known to a client by their names


class ListBases(msgspec.Struct, frozen=True, gc=False):
    """Which bases are there."""


class ReadBase(msgspec.Struct, frozen=True, gc=False):
    """Which numbers are in it."""

    base: str


class AddPhones(msgspec.Struct, frozen=True, gc=False):
    """Put these in; what is in it already changes nothing."""

    base: str
    phones: tuple[str, ...]
    """As the client wrote them."""


class HasPhone(msgspec.Struct, frozen=True, gc=False):
    """Is it in there."""

    base: str
    phone: str


class RemovePhone(msgspec.Struct, frozen=True, gc=False):
    """Take it out."""

    base: str
    phone: str


class StartCampaign(msgspec.Struct, frozen=True, gc=False):
    """Send one text to every number of these bases, once to each."""

    sender: str
    text: str
    bases: tuple[str, ...]
    start_at: datetime | None = None
    """None: now."""


BaseCall = ListBases | ReadBase | AddPhones | HasPhone | RemovePhone | StartCampaign


class Call(msgspec.Struct, frozen=True, gc=False):
    """A request that could be read."""

    who: Login
    what: Submit | Query | Balance | BaseCall
