"""What the tests of the store share: a store with accounts and routes in it, drafts for it, and looks behind it."""

import asyncio
import functools
import os
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, ParamSpec
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from gonets.model.account import Account, Tariff
from gonets.model.ledger import Entry, EntryKind
from gonets.model.message import (
    AccountId,
    Channel,
    Draft,
    Encoding,
    MessageId,
    Outgoing,
    PartId,
    Priority,
    RouteId,
    State,
)
from gonets.model.money import ONE, Millionths
from gonets.model.results import Accepted, Receipt, SendResult, Sent, Settled
from gonets.model.routing import ConnectorSetup, Route
from gonets.ports.stores import Applied, Notice, Said
from gonets.rules.retrying import RetryPolicy
from gonets.stores import settings
from gonets.stores.money import check, statement, top_up
from gonets.stores.store import Store, open_database, open_store, transaction
from tests.clocks import START

SCALE: Final = float(os.environ.get("GONETS_TEST_SCALE", "0.05"))
"""The share of full size at which the big tests run."""

SHOP: Final = AccountId(1)
"""Has 100.00 and hears of nothing."""
BANK: Final = AccountId(2)
"""Has 100.00 and a push target."""
POOR: Final = AccountId(3)
"""Has nothing, and a floor of 3.00 under zero."""

RUSSIA: Final = RouteId(1)
UKRAINE: Final = RouteId(2)
"""Routes served by `alpha`; `beta` serves the second too."""

RETRY: Final = RetryPolicy(first=10.0, factor=2.0, most=100.0, tries=3)

P = ParamSpec("P")


def told(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A test that is a coroutine, in a loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


def scaled(full: int, least: int = 1) -> int:
    """So many of a big test's `full` size as are wanted this time."""
    return max(least, round(full * SCALE))


def later(seconds: float) -> datetime:
    """So long after the moment at which tests start."""
    return START + timedelta(seconds=seconds)


def account(name: str, *, overdraft: int = 0, push_url: str = "") -> Account:
    """An account of the group `retail`, its id to be given by the store."""
    return Account(
        id=AccountId(0),
        name=name,
        group="retail",
        currency="RUB",
        overdraft=Millionths(overdraft),
        home_country="RU",
        zone=ZoneInfo("UTC"),
        any_sender=True,
        push_url=push_url,
    )


def furnish(url: str) -> None:
    """Put the accounts, prices and routes above into a new store."""
    engine = open_database(url)
    with transaction(engine) as connection:
        for each in (
            account("shop"),
            account("bank", push_url="http://bank.example/push"),
            account("poor", overdraft=3 * ONE),
        ):
            settings.add_account(connection, each, START)
        for payer in (SHOP, BANK):
            top_up(connection, payer, Millionths(100 * ONE), "opening", START)
        settings.put_tariff(connection, Tariff("retail", Channel.SMS, "", Millionths(ONE)))
        for name in ("alpha", "beta"):
            settings.add_connector(connection, ConnectorSetup(name, "simulator"))
        settings.add_route(connection, Route(RouteId(0), "russia", "7", ("alpha",)))
        settings.add_route(connection, Route(RouteId(0), "ukraine", "380", ("alpha", "beta")))
    engine.dispose()


@dataclass
class House:
    """An open store, furnished, and what tests ask of it."""

    url: str
    store: Store

    @staticmethod
    def open(url: str) -> "House":
        """Open the store at a URL; retries wait 10, then 20 seconds, and there are three tries."""
        return House(url, open_store(url, retry=RETRY))

    @property
    def engine(self) -> Engine:
        """For looks behind the store."""
        return self.store.engine

    async def draft(
        self,
        *,
        parts: int = 1,
        payer: AccountId = SHOP,
        price: int = ONE,
        refund_undelivered: bool = False,
        priority: Priority = Priority.NORMAL,
        route: RouteId = RUSSIA,
        start_at: datetime | None = None,
        expires_at: datetime | None = None,
        client_id: str | None = None,
    ) -> Draft:
        """A draft with ids of its own; the segments of its text are `1.`, `2.` and so on."""
        segments = tuple(f"{number + 1}." for number in range(parts))
        return Draft(
            id=MessageId(await self.store.messages.reserve(parts)),
            account=payer,
            protocol="mfms",
            profile="CLIENT/connector0",
            client_id=client_id,
            channel=Channel.SMS,
            priority=priority,
            sender="Sender",
            recipient="79031234567",
            text="".join(segments),
            encoding=Encoding.GSM7,
            segments=segments,
            price=Millionths(price),
            refund_undelivered=refund_undelivered,
            route=route,
            start_at=start_at,
            expires_at=expires_at,
        )

    async def take(self, *drafts: Draft, at: datetime = START) -> None:
        """Accept drafts that must all be taken."""
        results = await self.store.messages.accept(drafts, at)
        assert all(isinstance(result, Accepted) for result in results)

    async def claim(
        self,
        limit: int = 100,
        *,
        by: str = "alpha",
        routes: Sequence[RouteId] = (RUSSIA, UKRAINE),
        at: datetime = START,
    ) -> list[Outgoing]:
        """Bind what waits."""
        return list(await self.store.messages.claim(by, routes, limit, at))

    async def settle(self, *answers: tuple[int, SendResult], by: str = "alpha", at: datetime = START) -> None:
        """Answer parts."""
        await self.store.messages.settle(by, [Settled(PartId(part), result) for part, result in answers], at)

    async def send(self, draft: Draft, *, at: datetime = START) -> None:
        """Take a message all the way to SENT; the upstream's id of part 1001 is `r1001`."""
        await self.take(draft, at=at)
        claimed = await self.claim(at=at)
        assert {part.message for part in claimed} == {draft.id}
        await self.settle(*((part.id, Sent(f"r{part.id}")) for part in claimed), at=at)

    # ---- behind the store

    def rows(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def tamper(self, statement: str, **values: object) -> None:
        """Change rows past everything."""
        with self.engine.begin() as connection:
            assert connection.execute(text(statement), values).rowcount

    def tamper_schema(self, statement: str) -> None:
        """Change tables past everything."""
        with self.engine.begin() as connection:
            connection.execute(text(statement))

    def states(self, *parts: int) -> list[State]:
        """Where these parts stand."""
        found = dict(self.rows("SELECT id, state FROM parts"))
        return [State(found[part]) for part in parts]

    def balance(self, payer: AccountId = SHOP) -> int:
        """What an account has."""
        return int(self.rows("SELECT balance FROM accounts WHERE id = :id", id=payer)[0][0])

    def entries(self, kind: EntryKind, payer: AccountId = SHOP) -> list[Entry]:
        """The postings of one kind."""
        with transaction(self.engine) as connection:
            return [entry for entry in statement(connection, payer) if entry.kind is kind]

    def flaws(self) -> list[str]:
        """What does not add up."""
        with transaction(self.engine) as connection:
            return [flaw.what for flaw in check(connection)]

    def parked(self) -> int:
        """How many receipts wait for their part."""
        return int(self.rows("SELECT count(*) FROM parked")[0][0])

    async def mail(self, payer: AccountId = BANK) -> list[tuple[int, State, int]]:
        """(message, state, error) of each notice that waits."""
        return [(notice.message, notice.state, notice.error) for notice in await self.notices(payer)]

    async def notices(self, payer: AccountId = BANK, after: int = 0, limit: int = 1000) -> list[Notice]:
        """The notices that wait."""
        found = await self.store.messages.notices(payer, after, limit)
        return [each for each in found if isinstance(each, Notice)]

    async def said(self, payer: AccountId = BANK) -> list[Said]:
        """What phones said that waits."""
        found = await self.store.messages.notices(payer, 0, 1000)
        return [each for each in found if isinstance(each, Said)]


def receipt(part: int, state: State, error: int = 0, at: datetime = START) -> Receipt:
    """What the upstream of `House.send` reports on a part."""
    return Receipt(f"r{part}", state, error, at)


def first(draft: Draft) -> PartId:
    """The first part of a message."""
    return PartId(draft.id)


class Counted:
    """What was applied, whatever else is said of it: `applied == Counted(1, 0, 0)`."""

    def __init__(self, matched: int, early: int, unchanged: int) -> None:
        self.counts = matched, early, unchanged

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Applied) and (other.matched, other.early, other.unchanged) == self.counts

    def __hash__(self) -> int:
        return hash(self.counts)

    def __repr__(self) -> str:
        return f"Counted{self.counts}"
