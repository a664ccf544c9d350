"""The platform's edges: connectors, what wakes a stage, and how statuses reach clients."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

import msgspec

from gonets.model.account import Account
from gonets.model.calls import Call, Login, Submission
from gonets.model.message import AccountId, MessageId, Outgoing, OutgoingMessage, Pending
from gonets.model.results import (
    Accepted,
    Cancelled,
    Event,
    Found,
    Outcome,
    Receipt,
    Refused,
    Rejected,
    Replaced,
    SendResult,
    Settled,
)
from gonets.ports.stores import Away, Mail
from gonets.wire.http import Reply, Request
from gonets.wire.smpp.pdu import Bind, BindResp, Pdu

ROUTER_LANE: Final = " router"
CAMPAIGNS_LANE: Final = " campaigns"
NOTIFY_LANE: Final = " notify"
"""Lanes of the bell that are no connector's: a connector has one under its own name, which holds no blank."""


class Connector(Protocol):
    """A link to an upstream.

    It neither retries nor splits nor decides: it sends what it is given and tells what it hears.
    """

    name: str
    whole: bool
    """Whether it is given all parts of a message that wait together, in a row and in their order."""

    async def start(self) -> None:
        """Open it; returns once it tries, not once it is up."""

    def room(self) -> int:
        """How many parts it would take now: what is left of its window and rate; 0 when it is down."""

    def window(self) -> tuple[int, int]:
        """(parts sent and not answered, how many may be)."""

    def send(self, parts: Sequence[Outgoing]) -> None:
        """Send these, at most `room()`. Never waits for answers, never raises: what goes wrong is heard."""

    async def hear(self) -> Sequence[Event]:
        """Wait until something was heard and return all of it, in order; nothing once it is closed and all was heard.

        Every part sent is settled once.
        """

    def acknowledge(self, events: Sequence[Event]) -> None:
        """These are durable: tell the upstream so where its protocol can; what it is not told it sends again."""

    def refuse(self, events: Sequence[Event]) -> None:
        """These cannot be written now: let the upstream keep them, where its protocol can, and send them again."""

    async def close(self) -> None:
        """Part with the upstream; what was not answered by then is heard as `Uncertain` before `hear` ends."""


class Bell(Protocol):
    """Wakes a stage early. A ring may be lost and may be false: the rows are the queue."""

    def ring(self, lane: str) -> None:
        """There may be work in that lane. Cheap, never fails."""

    async def wait(self, lane: str, at_most: float) -> None:
        """Return when that lane rings, or after `at_most` seconds."""


class Serving(Protocol):
    """The serving half of a protocol over HTTP: pure functions."""

    def serves(self, path: str) -> bool:
        """Whether a path, without doubled slashes, is one of this protocol's."""

    def parse(self, request: Request) -> Call | Refused:
        """What is asked; `Refused` when nothing of it could be read. Never raises."""

    def render(self, request: Request, call: Call | None, outcome: Outcome) -> Reply:
        """The answer, byte for byte."""


SmppOutcome = Sequence[Accepted | Refused] | Found | Cancelled | Replaced | Refused
"""What a request of a bound session comes to; a sequence has one result for each submission that was read of it."""


class SmppReading(Protocol):
    """How the messages of one SMPP session are read."""

    def read(self, request: Pdu, now: datetime) -> Sequence[Submission | Refused]:
        """What a request to send is: a submission for each destination, or a sole refusal. Never raises."""

    def replacement(self, request: Pdu, pending: Pending, now: datetime) -> Submission | Refused:
        """The submission that a message would be now, had it been sent as a replace_sm has it. Never raises."""


class SmppServing(Protocol):
    """The serving half of SMPP: pure functions."""

    def login(self, bind: Bind, address: str, first: str) -> Login:
        """Who a bind says that it is. `first`: the protocol that its listener is for, where it may be several."""

    def welcome(self, bind: Bind, outcome: Account | Refused) -> BindResp:
        """The answer to a bind."""

    def conversation(self, who: Login, bind: Bind) -> SmppReading:
        """How the messages of a session that was bound so are read."""

    def message_id(self, request: Pdu) -> MessageId | None:
        """Of which message a query, a cancellation or a replacement is; None: of none that there can be."""

    def answer(self, request: Pdu, outcome: SmppOutcome) -> Pdu:
        """The answer to any other request."""

    def deliver(self, mail: Mail, account: Account) -> Pdu:
        """The request by which a notice, or what a phone said, is handed over."""


class Desk(Protocol):
    """What a session asks of the platform. Nothing here raises for what a client or the store can do wrong."""

    async def log_in(self, who: Login) -> Account | Refused:
        """The account, once its password was looked at, after what failed logins before it have earned."""

    def account(self, account: AccountId) -> Account | None:
        """The account as it is set now; None: there is none any more, or it is switched off."""

    def allows(self, who: Login, account: Account, count: int) -> bool:
        """Whether the account's rate lets so many more messages through now; if so they are counted."""

    async def submit(
        self, account: Account, who: Login, items: Sequence[Submission | Refused]
    ) -> Sequence[Accepted | Refused]:
        """Take each item or refuse it; returns when what was taken is durable and charged."""

    async def find(self, account: Account, message: MessageId | None) -> Found | Refused:
        """Where a message stands; None is no id at all."""

    async def cancel(self, account: Account, message: MessageId | None) -> Cancelled | Refused:
        """Stop and refund what of a message has not left; None is no id at all."""

    async def pending(self, account: Account, message: MessageId | None) -> Pending | Refused:
        """A message of which nothing has left, as it is to be replaced; None is no id at all."""

    async def replace(
        self, account: Account, who: Login, pending: Pending, item: Submission
    ) -> Replaced | Refused:
        """Send this instead, if it passes the checks, is from the same sender and nothing has left by now."""

    async def cancel_between(
        self, account: Account, who: Login, sender: str, recipient: str
    ) -> Cancelled | Refused:
        """The same of all that waits from a sender (empty: any) to a recipient; of none, `unknown_message`."""


class Outlet(Protocol):
    """A connection over which an account hears of its messages."""

    def room(self) -> int:
        """How many notices it would take now."""

    def hand(self, notices: Sequence[Mail], account: Account) -> None:
        """Hand these over, at most `room()`. What becomes of each is told to the post (`Post.settled`), once."""


class Post(Protocol):
    """Where outlets get notices from."""

    def join(self, account: AccountId, outlet: Outlet) -> None:
        """An account can hear over this from now on."""

    def leave(self, account: AccountId, outlet: Outlet) -> None:
        """It can no more; what was handed over and not settled counts as not taken."""

    def settled(self, account: AccountId, taken: Sequence[int], refused: Sequence[int]) -> None:
        """These notices were taken, those were not; there may be room again."""


class NoReply(msgspec.Struct, frozen=True, gc=False):
    """A request to which no whole reply came."""

    error: str
    """A few words for people: `connection refused`, `timed out`. No secrets, no URL."""
    sent: bool
    """Whether any of it may have reached the peer: then it may have done what it was asked."""


class Pushing(Protocol):
    """How a protocol hands statuses, and what phones say, over to a client: pure functions."""

    most: int
    """In one request."""
    at_once: int
    """Requests of one account under way at a time; 1: what is told is told in its order."""

    def carries(self, mail: Mail) -> bool:
        """Whether it can say that at all; what it cannot stays in the mailbox for other ways."""

    def ask(self, account: Account, mail: Sequence[Mail], at: datetime) -> Request | NoReply:
        """The request that carries these, at most `most`, all of them such as it carries; its `path` is the whole URL.

        `NoReply`: it cannot be asked, and why.
        """

    def hear(self, reply: Reply) -> bool:
        """Whether the client has taken all of them."""


class Signed(msgspec.Struct, frozen=True, gc=False):
    """That octets are ours."""

    key: str
    """Names the key that they are signed with."""
    signature: str
    """How they are signed, `=`, and the signature."""


class Sign(Protocol):
    """Signs the octets of an account's push."""

    def __call__(self, account: Account, octets: bytes) -> Signed | NoReply:
        """`NoReply`: it cannot be signed, and why."""


class HttpClient(Protocol):
    """Sends one request; a peer that cannot be reached or is too slow is a reply too."""

    async def send(self, request: Request) -> Reply | NoReply:
        """The reply, whatever its status, or why there is none. Never raises, never follows a redirect."""


class Sending(Protocol):
    """The sending half of a protocol over HTTP: pure functions over the settings of one link.

    What a provider says wrong, or not at all, is a result too: nothing here raises.
    """

    most_asked: int
    """Ids in one request for states at most; 0: it cannot be asked for states."""
    repeats_safely: bool
    """Whether it knows a message again that it is sent twice, by our own id: what was not answered may then be sent
    again, to it alone, and it may be asked for the state of what it never gave an id."""

    def unable(self, message: OutgoingMessage) -> Rejected | None:
        """Why this provider cannot carry a message at all (channel, octets, header ...), before it is asked."""

    def fits(self, messages: Sequence[OutgoingMessage]) -> int:
        """How many of these, from the first, one request carries; at least 1."""

    def ask(self, messages: Sequence[OutgoingMessage]) -> Request:
        """The request that sends these, as many as fit; its `path` is the whole URL."""

    def hear(
        self, messages: Sequence[OutgoingMessage], reply: Reply
    ) -> Sequence[SendResult | tuple[SendResult, ...]]:
        """What became of each, in their order: one result for all of its parts, or one for each part."""

    def trouble(self, reply: Reply) -> str:
        """Why nothing more should be sent for a while, for people (no credit, switched off, wrong password); empty:
        nothing of that sort. The results in `hear` are then such as may be tried again."""

    def poll(self, away: Sequence[Away]) -> Request:
        """The request for the states of these, at most `most_asked`."""

    def told(self, away: Sequence[Away], reply: Reply, at: datetime) -> Sequence[Settled | Receipt]:
        """What it says of them; those of which there is no news yet are left out.

        Of what was never answered and is known after all, first the answer.
        """


@runtime_checkable
class Reporting(Protocol):
    """A sending half whose provider may report states of its own accord: pure functions."""

    thanks: Reply
    """What a report is answered once it is durable."""

    def lets_in(self, token: str) -> bool:
        """Whether who reports with this token is the provider."""

    def reported(self, request: Request, at: datetime) -> Sequence[Receipt]:
        """What it tells; nothing: no news, or nothing that could be read. Never raises."""


class Reports(Protocol):
    """Where the requests of providers go that report states."""

    async def __call__(self, connector: str, token: str, request: Request) -> Reply | None:
        """The answer, once what it tells is durable; None: there is no such connector, or not with that token."""


@runtime_checkable
class Following(Protocol):
    """A connector that asks its upstream for states, instead of being told."""

    def follow(self, away: Sequence[Away]) -> None:
        """These were sent through it before it was opened, and have not come to an end yet."""
