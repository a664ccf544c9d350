"""Messages, parts, money and mailbox as the stages use them: `ports.stores.Messages` over SQLAlchemy Core.

Each method hands its batch to a committer; the functions in `coming`, `going`, `cancelling`, `replacing` and `mail`
do the work of all the batches that share a transaction.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from gonets.model.costs import Costs
from gonets.model.message import AccountId, CampaignId, Draft, MessageId, Outgoing, Pending, Picture, RouteId
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
from gonets.model.times import micros
from gonets.ports.stores import (
    NO_OTHERS,
    Applied,
    Attempt,
    Away,
    Choice,
    Depth,
    Due,
    Mail,
    Placement,
    PutOff,
    Turns,
)
from gonets.rules.retrying import RetryPolicy
from gonets.stores import (
    answers,
    attempts,
    away,
    cancelling,
    coming,
    going,
    inbound,
    mail,
    replacing,
)
from gonets.stores.claiming import Claimer
from gonets.stores.committer import Committer
from gonets.stores.lookups import read_lookups
from gonets.stores.receipts import apply

PATIENCE_S: Final = 3.5
"""Seconds that what a client asks may wait for its turn: some protocols promise an answer within five."""


class SqlMessages:
    """See `ports.stores.Messages`."""

    def __init__(
        self,
        writer: Committer,
        reader: Committer,
        *,
        retry: RetryPolicy | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`chance` gives numbers in [0, 1), which spread retries."""
        self._writer = writer
        self._reader = reader
        settler = answers.Settler(retry or RetryPolicy(), chance)
        self._claim = Claimer().claim
        self._settle = settler.settle
        self._recover = settler.recover

    async def accept(self, drafts: Sequence[Draft], at: datetime) -> Sequence[Accepted | Refused]:
        """Make each durable and charge it."""
        return await self._writer.do(coming.accept, (drafts, micros(at)), PATIENCE_S)

    async def find(self, account: AccountId, messages: Sequence[MessageId]) -> Sequence[Found | None]:
        """Where each stands."""
        return await self._reader.do(coming.find, (account, messages), PATIENCE_S)

    async def find_parts(self, account: AccountId, parts: Sequence[MessageId]) -> Sequence[Found | None]:
        """Where each part stands."""
        return await self._reader.do(coming.find_parts, (account, parts), PATIENCE_S)

    async def lookups(self, account: AccountId, messages: Sequence[MessageId]) -> Sequence[Lookup | None]:
        """What look-ups found."""
        return await self._reader.do(read_lookups, (account, messages), PATIENCE_S)

    async def funds(self, account: AccountId) -> Funds:
        """An account's money."""
        return await self._reader.do(coming.funds, account, PATIENCE_S)

    async def reserve(self, count: int) -> int:
        """Take consecutive ids."""
        return await self._writer.do(coming.reserve, count, PATIENCE_S)

    async def due(
        self, at: datetime, limit: int, texts: bool = False
    ) -> tuple[Sequence[Due], datetime | None]:
        """What has come due, and when the next is."""
        return await self._reader.do(going.due, (micros(at), limit, texts))

    async def place(self, placements: Sequence[Placement], at: datetime) -> int:
        """Put due parts into their lanes."""
        return await self._writer.do(going.place, (placements, micros(at)))

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
        """Bind waiting parts to a connector."""
        asked = (connector, routes, limit, micros(at), whole, turns, choice)
        return await self._writer.do(self._claim, asked)

    async def away(self, connector: str, after: Away | None, limit: int) -> Sequence[Away]:
        """Parts that have not come to an end."""
        return await self._reader.do(away.away, (connector, after, limit))

    async def picture(self, name: str) -> Picture | None:
        """A picture by its hash."""
        return await self._reader.do(coming.picture, name)

    async def settle(
        self, connector: str, settled: Sequence[Settled], at: datetime, costs: Costs | None = None
    ) -> Sequence[PutOff]:
        """Write the answers."""
        return await self._writer.do(self._settle, (connector, settled, micros(at), costs))

    async def apply(self, connector: str, receipts: Sequence[Receipt], at: datetime) -> Applied:
        """Write what receipts say."""
        return await self._writer.do(apply, (connector, receipts, micros(at)))

    async def keep(self, connector: str, heard: Sequence[Inbound]) -> None:
        """Write down what phones said."""
        await self._writer.do(inbound.keep, (connector, heard))

    async def give_up(self, before: datetime, limit: int, at: datetime) -> int:
        """Hand over what stays incomplete."""
        return await self._writer.do(inbound.give_up, (micros(before), limit, micros(at)))

    async def recover(self, connectors: Sequence[str] | None, at: datetime) -> int:
        """Claimed parts without an answer become uncertain."""
        return await self._writer.do(self._recover, (connectors, micros(at)))

    async def expire(self, limit: int, at: datetime) -> int:
        """Parts that wait past their validity expire."""
        outlived = await self._reader.do(going.outlived, (micros(at), limit))
        return await self._writer.do(going.expire, (outlived, micros(at))) if outlived else 0

    async def sweep(
        self, before: datetime, limit: int, at: datetime, others: Mapping[str, datetime] = NO_OTHERS
    ) -> int:
        """Parts without a receipt by the deadline become `no_report`."""
        apart = {name: micros(moment) for name, moment in others.items()}
        overdue = await self._reader.do(away.overdue, (micros(before), apart, limit))
        return await self._writer.do(away.sweep, (overdue, micros(at))) if overdue else 0

    async def forget_parked(self, before: datetime) -> int:
        """Drop receipts that matched nothing."""
        return await self._writer.do(mail.forget_parked, micros(before))

    async def forget_mail(self, before: datetime) -> int:
        """Drop mail that has nowhere to go."""
        return await self._writer.do(mail.forget_mail, micros(before))

    async def addressees(self, listening: Sequence[AccountId] = ()) -> Sequence[AccountId]:
        """Accounts with mail and somewhere to hand it."""
        return await self._reader.do(mail.addressees, listening)

    async def notices(self, account: AccountId, after: int, limit: int) -> Sequence[Mail]:
        """An account's mail."""
        return await self._reader.do(mail.notices, (account, after, limit))

    async def dismiss(self, notices: Sequence[int]) -> None:
        """Taken, or given up."""
        await self._writer.do(mail.dismiss, notices)

    async def attempted(self, attempts_: Sequence[Attempt]) -> None:
        """Write down that clients were called."""
        await self._writer.do(attempts.keep, attempts_)

    async def forget_attempts(self, before: datetime, most: int) -> int:
        """Drop old attempts."""
        return await self._writer.do(attempts.forget, (micros(before), most))

    async def cancel(
        self, account: AccountId | None, messages: Sequence[MessageId], at: datetime
    ) -> Sequence[Cancelled | Refused]:
        """Stop what has not left."""
        return await self._writer.do(cancelling.cancel, (account, messages, micros(at)))

    async def pending(self, account: AccountId, message: MessageId) -> Pending | Refused:
        """A message that could be replaced."""
        return await self._reader.do(replacing.pending, (account, message), PATIENCE_S)

    async def replace(self, draft: Draft, at: datetime) -> Replaced | Refused:
        """Another text for what has not left."""
        return await self._writer.do(replacing.replace, (draft, micros(at)), PATIENCE_S)

    async def between(self, account: AccountId, sender: str, recipient: str) -> Sequence[MessageId]:
        """Messages of one conversation that could be cancelled."""
        return await self._reader.do(cancelling.between, (account, sender, recipient), PATIENCE_S)

    async def waiting(
        self,
        account: AccountId | None,
        before: datetime,
        after: MessageId,
        limit: int,
        campaign: CampaignId | None = None,
    ) -> Sequence[MessageId]:
        """Messages that could be cancelled."""
        return await self._reader.do(cancelling.waiting, (account, campaign, micros(before), after, limit))

    async def depths(self) -> Sequence[Depth]:
        """How full the lanes are."""
        return await self._reader.do(going.depths, None)
