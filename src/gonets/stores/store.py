"""The store as one thing: its engine, its writer and reader threads, and what they serve."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import DatabaseError, OperationalError

from gonets.model.tables import Tables
from gonets.model.times import micros
from gonets.ports.stores import StoreUnavailable
from gonets.rules.retrying import RetryPolicy
from gonets.stores import snapshot
from gonets.stores.bases import SqlBases
from gonets.stores.campaigns import SqlCampaigns
from gonets.stores.committer import Committer
from gonets.stores.database import DatabaseRefused, migrate, open_engine
from gonets.stores.messages import SqlMessages
from gonets.stores.saved import SqlSavedLimits
from gonets.stores.schema import counters


class SqlSettings:
    """See `ports.stores.Settings`."""

    def __init__(self, engine: Engine, reader: Committer) -> None:
        self._engine = engine
        self._reader = reader

    async def revision(self) -> int:
        """Moves on with every change."""
        return await self._reader.do(snapshot.read_revision, None)

    async def tables(self, at: datetime, before: Tables) -> Tables:
        """All of them as one snapshot, read beside the reader: long lists hold nobody up."""
        return await asyncio.to_thread(self._tables, micros(at), before)

    def _tables(self, now: int, before: Tables) -> Tables:
        with transaction(self._engine.execution_options(gonets_reads=True)) as connection:
            return snapshot.tables(connection, now, before)


class Store:
    """An open store. Make it with `open_store`, and `close` it."""

    def __init__(
        self, engine: Engine, on_commit: Callable[[float, int], None] | None, retry: RetryPolicy | None
    ) -> None:
        self.engine = engine
        self._writer = Committer(engine, on_commit=on_commit)
        self._reader = Committer(engine, writes=False)
        self.messages = SqlMessages(self._writer, self._reader, retry=retry)
        self.bases = SqlBases(self._writer, self._reader)
        self.campaigns = SqlCampaigns(self._writer, self._reader)
        self.limits = SqlSavedLimits(self._writer, self._reader)
        self.settings = SqlSettings(engine, self._reader)

    @property
    def well(self) -> bool:
        """False from when a transaction could not be committed until a probe was."""
        return self._writer.well

    async def probe(self) -> None:
        """Commit a write that changes nothing. Raises StoreUnavailable."""
        await self._writer.do(_probe, None)
        self._writer.well = True

    async def close(self) -> None:
        """Finish what was asked, then let go of the database."""
        await self._reader.close()
        await self._writer.close()
        self.engine.dispose()


def _probe(connection: Connection, asked: Sequence[None]) -> list[None]:
    # There and back: SQLite writes nothing where a row stays as it was.
    connection.execute(update(counters).values(value=counters.c.value + 1))
    connection.execute(update(counters).values(value=counters.c.value - 1))
    return [None] * len(asked)


def open_store(
    url: str,
    *,
    on_commit: Callable[[float, int], None] | None = None,
    retry: RetryPolicy | None = None,
) -> Store:
    """Open the store at `url`, its schema brought to today's. Raises DatabaseRefused, StoreUnavailable.

    `on_commit` gets the seconds each transaction took and how many calls shared it, in the writer thread.
    """
    return Store(open_database(url), on_commit, retry)


def open_database(url: str) -> Engine:
    """The engine alone, its schema today's: for settings and history. Raises DatabaseRefused, StoreUnavailable."""
    engine = open_engine(url)
    try:
        migrate(engine)
    except OperationalError as error:
        raise StoreUnavailable(
            f"cannot open the store: {error.orig}; is the disk full, or its folder not ours to write?"
        ) from error
    except DatabaseError as error:
        raise DatabaseRefused(f"{engine.url.database} cannot be used as a store: {error.orig}") from error
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction for settings and history. Raises StoreUnavailable; a refused change rolls all of it back."""
    try:
        with engine.begin() as connection:
            yield connection
    except OperationalError as error:
        raise StoreUnavailable(f"the store cannot be used: {error.orig}") from error
