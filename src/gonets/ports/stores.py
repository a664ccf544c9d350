"""The store: a method is one transaction and takes many.

Every write returns after its commit. When it cannot be made durable (a full disk, a dead database) a method raises
`StoreUnavailable` and nothing of the call has happened.
"""

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

import msgspec

from gonets.model.campaigns import Base, Campaign
from gonets.model.costs import Costs
from gonets.model.message import (
    AccountId,
    BaseId,
    CampaignId,
    Channel,
    Draft,
    Encoding,
    MessageId,
    Outgoing,
    PartId,
    Pending,
    Picture,
    Priority,
    RouteId,
    State,
)
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import (
    Accepted,
    Cancelled,
    Found,
    Funds,
    Inbound,
    Lookup,
    Receipt,
    Refused,
    Replaced,
    Settled,
)
from gonets.model.tables import Tables

NO_OTHERS: Final[Mapping[str, datetime]] = MappingProxyType({})


class StoreUnavailable(Exception):
    """It could not be made durable; nothing of the call has happened, and it may be tried again."""


class Due(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A scheduled or deferred part whose time has come."""

    part: PartId
    account: AccountId
    recipient: str
    sender: str
    channel: Channel
    text: str
    """Of its message; empty where it was not asked for."""
    picture: str | None = None


class Placement(msgspec.Struct, frozen=True, gc=False):
    """Where a due part goes: a route's lane, or None: no route serves it any more and it fails."""

    part: PartId
    route: RouteId | None


class Claimable(Protocol):
    """What of a waiting part decides on its turn."""

    @property
    def id(self) -> PartId: ...

    @property
    def account(self) -> AccountId: ...

    @property
    def channel(self) -> Channel: ...

    @property
    def recipient(self) -> str: ...


class Applied(msgspec.Struct, frozen=True, gc=False):
    """What came of a batch of receipts."""

    matched: int
    early: int
    """No part has that remote id yet; parked until one does."""
    unchanged: int
    """The part already stood there, or beyond."""
    delivered: int = 0
    """Parts that came to be so."""
    took: tuple[int, ...] = ()
    """Of each part that came to its end: microseconds since it was sent."""


class Kept(msgspec.Struct, frozen=True, gc=False):
    """A message from a phone, as it is kept."""

    id: int
    connector: str
    said: Inbound


class Notice(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A status on its way to a client, and what of its message a client may be told with it."""

    id: int
    account: AccountId
    message: MessageId
    state: State
    error: int
    at: int
    """When the status was formed, Unix microseconds."""
    created_at: int
    """When the notice was put into the mailbox, Unix microseconds."""
    sender: str = ""
    recipient: str = ""
    accepted_at: int = 0
    """When the message was accepted, Unix microseconds."""
    text: str = ""
    """Of the message; of a very long one its beginning."""
    parts: int = 1
    price: Millionths = Millionths(0)
    """Of all its parts."""
    channel: Channel = Channel.SMS
    encoding: Encoding = Encoding.GSM7
    flash: bool = False
    lookup: Lookup | None = None
    """What a look-up found."""


class Said(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A whole message from a phone on its way to the client whose number it was sent to."""

    id: int
    """Its place in the mailbox, of one sequence with the notices."""
    account: AccountId
    inbound: int
    """The id under which it is kept: of its first part."""
    sender: str
    """The phone, E.164 digits where it is a number."""
    recipient: str
    """Our number, as the network writes it."""
    text: str
    """All parts of it; hexadecimal octets where it is no text."""
    binary: bool
    at: int
    """When its last part was heard, Unix microseconds."""
    created_at: int
    """When it was put into the mailbox, Unix microseconds."""
    keyword: str = ""
    """The word by which it was told whose it is, empty: by the number alone."""


Mail = Notice | Said
"""What waits in a mailbox."""


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """One call of a client's URL."""

    account: AccountId
    at: int
    """When it began, Unix microseconds."""
    kind: str
    """Of `model.account.PushKind`."""
    host: str
    """Who was called; the rest of a URL may hold secrets."""
    count: int
    """How much of the mailbox it carried."""
    first: int
    """Of which message the first of that was; where a phone said it, the id under which that is kept."""
    last: int
    outcome: str
    """`HTTP 200`, or in a few words why there was no answer."""
    taken: bool
    millis: int
    """How long it took."""


class Away(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A message, or a part of one, that an upstream has and that has not come to an end."""

    part: PartId
    remote_id: str
    """Empty: it was never answered."""
    recipient: str
    left_at: int
    """When it was sent, Unix microseconds."""


class Depth(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How full one lane is."""

    route: RouteId
    priority: Priority
    parts: int
    oldest_at: int
    """When the oldest waiting part was accepted, Unix microseconds."""


class PutOff(msgspec.Struct, frozen=True, gc=False):
    """A part that did not leave and is tried again."""

    part: PartId
    until: int
    """When, Unix microseconds."""


class Turns(Protocol):
    """Knows which parts have to wait for an earlier one to the same recipient. Asked in the store's own thread."""

    def take(self, connector: str, parts: Sequence[Claimable], now: int) -> Sequence[int]:
        """For each of these, in order: 0, it may go to that connector and counts as on its way there; or until when
        it has to wait (Unix microseconds)."""


class Choice(Protocol):
    """Knows which parts of a lane a connector may take. Asked in the store's own thread."""

    @property
    def key(self) -> Hashable:
        """Another one where it may choose otherwise than the one before it."""

    def chooses(self, part: Claimable) -> bool:
        """Whether that part is for it; else it stays in its lane for others."""


class Messages(Protocol):
    """Messages, parts, money and mailbox, as the stages use them."""

    async def accept(self, drafts: Sequence[Draft], at: datetime) -> Sequence[Accepted | Refused]:
        """Make each durable and charge it, or refuse it with `no_credit`; results in the order of the drafts."""

    async def find(self, account: AccountId, messages: Sequence[MessageId]) -> Sequence[Found | None]:
        """Where each stands; None where it is not this account's."""

    async def find_parts(self, account: AccountId, parts: Sequence[MessageId]) -> Sequence[Found | None]:
        """The same of parts, each alone, by its own id."""

    async def lookups(self, account: AccountId, messages: Sequence[MessageId]) -> Sequence[Lookup | None]:
        """What the look-up of each found; None where there is nothing yet, or it is no look-up of this account."""

    async def funds(self, account: AccountId) -> Funds:
        """An account's money as of the last commit."""

    async def due(
        self, at: datetime, limit: int, texts: bool = False
    ) -> tuple[Sequence[Due], datetime | None]:
        """Scheduled and deferred parts whose time has come, oldest first, and when the next one after them is due.

        With the `texts` of their messages where those are asked for.
        """

    async def place(self, placements: Sequence[Placement], at: datetime) -> int:
        """Put due parts into their lanes; returns how many were still due.

        Those of a paused campaign are held instead, and those of a cancelled one cancelled and refunded.
        """

    async def claim(
        self,
        connector: str,
        routes: Sequence[RouteId],
        limit: int,
        at: datetime,
        whole: bool = False,
        turns: Turns | None = None,
        choice: Choice | None = None,
    ) -> Sequence[Outgoing]:
        """Bind waiting parts to a connector, most urgent first, the accounts of a lane by turns, each one's oldest
        first; what is past its validity expires, and what `turns` tells to wait is put off.

        `choice`: of a single route only what it chooses. A bounded number of parts is looked at; the next claim goes on
        where this one stopped, and begins anew at the end of the lane or with another choice.

        `whole`: with each of them all parts of its message that wait as well, in their order and beyond the limit.
        """

    async def away(self, connector: str, after: Away | None, limit: int) -> Sequence[Away]:
        """Parts that were sent through a connector and have not come to an end, in the order in which they left, from
        the one after `after` on."""

    async def picture(self, name: str) -> Picture | None:
        """A picture by the hash of its octets, which is its name."""

    async def settle(
        self, connector: str, settled: Sequence[Settled], at: datetime, costs: Costs | None = None
    ) -> Sequence[PutOff]:
        """Write the answers; retries, refunds and parked receipts are decided here, in the same transaction.

        `costs` are the connector's, None: it has none; what was taken keeps what it cost.
        Returns those that will be tried again.
        """

    async def apply(self, connector: str, receipts: Sequence[Receipt], at: datetime) -> Applied:
        """Write what receipts say; refunds, notices and what look-ups found in the same transaction.

        Receipts of unknown ids are parked.
        """

    async def keep(self, connector: str, heard: Sequence[Inbound]) -> None:
        """Write down what phones said; messages that are whole with it are given to whose they are, in the same
        transaction."""

    async def give_up(self, before: datetime, limit: int, at: datetime) -> int:
        """Long messages from phones that began before that moment and are incomplete are handed over as far as they
        came, the oldest first; returns how many were looked at."""

    async def recover(self, connectors: Sequence[str] | None, at: datetime) -> int:
        """At start: parts that these connectors (None: any) had claimed and never settled become `uncertain`; returns
        how many."""

    async def addressees(self, listening: Sequence[AccountId] = ()) -> Sequence[AccountId]:
        """Accounts with undelivered notices that have a push target, and those with any mail among those that
        listen."""

    async def notices(self, account: AccountId, after: int, limit: int) -> Sequence[Mail]:
        """Its undelivered notices and messages from phones with an id over `after`, oldest first."""

    async def dismiss(self, notices: Sequence[int]) -> None:
        """These were taken, or given up."""

    async def attempted(self, attempts: Sequence[Attempt]) -> None:
        """Write down that clients were called."""

    async def forget_attempts(self, before: datetime, most: int) -> int:
        """Drop attempts from before that moment, and the oldest of all beyond so many; returns how many."""

    async def expire(self, limit: int, at: datetime) -> int:
        """Waiting parts that are past their validity expire though no connector claims them; returns how many."""

    async def sweep(
        self, before: datetime, limit: int, at: datetime, others: Mapping[str, datetime] = NO_OTHERS
    ) -> int:
        """Parts sent before that moment and still without a receipt become `no_report`; returns how many.

        `others`: connectors with moments of their own.
        """

    async def forget_parked(self, before: datetime) -> int:
        """Drop parked receipts heard before that moment, which matched nothing since; returns how many."""

    async def forget_mail(self, before: datetime) -> int:
        """Drop notices from before that moment whose account has no push target, and whatever phones said before it;
        returns how many."""

    async def cancel(
        self, account: AccountId | None, messages: Sequence[MessageId], at: datetime
    ) -> Sequence[Cancelled | Refused]:
        """Cancel and refund the parts that have not left; of any account when it is None. Claimed parts go on."""

    async def pending(self, account: AccountId, message: MessageId) -> Pending | Refused:
        """A message of which nothing has left, as it is to be replaced; else why it cannot be."""

    async def replace(self, draft: Draft, at: datetime) -> Replaced | Refused:
        """Give the message with the draft's id the draft's text, parts, price and times, and charge or give back what
        it costs more or less. Nothing happens where something of it has left, or it would get more parts than it has.
        """

    async def between(self, account: AccountId, sender: str, recipient: str) -> Sequence[MessageId]:
        """Its messages from a sender (empty: any) to a recipient that have parts to cancel; by id."""

    async def waiting(
        self,
        account: AccountId | None,
        before: datetime,
        after: MessageId,
        limit: int,
        campaign: CampaignId | None = None,
    ) -> Sequence[MessageId]:
        """Messages with an id over `after`, accepted before a moment, that have parts to cancel; by id.

        Of one account, one campaign, or, where these are None, of any.
        """

    async def depths(self) -> Sequence[Depth]:
        """How full the lanes are."""

    async def reserve(self, count: int) -> int:
        """Take `count` consecutive ids out of the sequence for good; returns the first."""


class Bases(Protocol):
    """Phone bases; numbers are E.164 digits as integers, each once in a base."""

    async def list(self, account: AccountId) -> Sequence[Base]:
        """All of an account, by name."""

    async def find(self, account: AccountId, names: Sequence[str]) -> Sequence[Base | None]:
        """One for each name, None where the account has none; upper and lower case are not the same."""

    async def phones(self, base: BaseId, after: int, limit: int) -> Sequence[int]:
        """Its next numbers over `after`, ascending, at most `limit`; none when there are no more, or no such base."""

    async def holds(self, base: BaseId, phone: int) -> bool:
        """Whether that number is in it."""

    async def add(self, base: BaseId, phones: Sequence[int]) -> int | None:
        """Put these in; returns how many were not in it before, None: there is no such base any more."""

    async def remove(self, base: BaseId, phones: Sequence[int]) -> int | None:
        """Take these out; returns how many were in it, None: there is no such base any more."""


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """A campaign to be started."""

    account: AccountId
    protocol: str
    login: str
    sender: str
    """As it was asked for; which one that is, each expansion decides anew."""
    text: str
    bases: tuple[BaseId, ...]
    start_at: datetime


class Expansion(msgspec.Struct, frozen=True, gc=False):
    """The next numbers of a campaign, and what becomes of each."""

    campaign: CampaignId
    after: int
    """The cursor as it was read."""
    cursor: int
    """The last number of these."""
    drafts: Sequence[Draft]
    """Of those that may be sent to."""
    refused: Sequence[tuple[int, Reason]]
    """Those that may not, and why."""
    ends: bool
    """Whether there are no numbers after these."""


class Campaigns(Protocol):
    """Campaigns, from their start until the last of their messages is written."""

    async def start(self, wanted: Wanted, at: datetime) -> CampaignId:
        """Make it durable; it is running, and expands from its start time on."""

    async def busy(self, at: datetime) -> tuple[Sequence[Campaign], datetime | None]:
        """Those with something to do, by id: whose start time has come, or whose messages have not followed its last
        change of state; and when the next one starts."""

    async def is_ahead(self, campaign: CampaignId, messages: int) -> bool:
        """Whether most of what was expanded about so many messages ago still waits in a lane."""

    async def numbers(self, bases: Sequence[BaseId], after: int, limit: int) -> Sequence[int]:
        """The next distinct numbers over all these bases, over `after`, ascending; none when there are no more."""

    async def expand(self, expansion: Expansion, at: datetime) -> Sequence[Accepted | Refused] | None:
        """Accept and charge the drafts, write down every refusal, move cursor and counts on: all of it, or, where
        the campaign is not running any more or its cursor is another, nothing (None).

        Results in the order of the drafts.
        """

    async def pause(self, campaign: CampaignId, reason: str, at: datetime) -> bool:
        """Pause it because of something it meets; False: it is not running."""

    async def sweep(self, campaign: CampaignId, limit: int, at: datetime) -> int:
        """Let its next `limit` messages, the newest first, follow its last change of state.

        Parts of a paused one that wait in lanes are held, those held of one that was resumed become due, and those of
        a cancelled one that have not left are cancelled and refunded. Returns how many messages were looked at; 0:
        all of them have followed.
        """


class Settings(Protocol):
    """The platform's settings."""

    async def revision(self) -> int:
        """Moves on with every change of a setting; cheap."""

    async def tables(self, at: datetime, before: Tables) -> Tables:
        """All of them as one snapshot, as of `at`; what has not changed since `before` may be shared with it."""


class Saved(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A bucket or a count of failures, as it outlives a restart."""

    kind: str
    key: str
    level: float
    at: int
    """Unix microseconds."""


class SavedLimits(Protocol):
    """Rates and failed logins between one process and the next."""

    async def load(self) -> Sequence[Saved]:
        """All that is saved."""

    async def save(self, rows: Sequence[Saved], before: int) -> None:
        """Write these in place of what was saved of them; drop what is older than `before` (Unix microseconds)."""
