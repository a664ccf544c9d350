"""What commands use of a gateway, whether one runs or not: the same checks, the same price."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry

from gonets.app.clock import SystemClock
from gonets.bells.local import LocalBell
from gonets.config import Config
from gonets.flow.directory import Directory
from gonets.flow.ids import IdBlocks
from gonets.flow.intake import Intake
from gonets.flow.limits import Limits
from gonets.flow.meters import Meters
from gonets.flow.phonebook import Phonebook
from gonets.stores.store import Store, open_store


@asynccontextmanager
async def open_intake(config: Config) -> AsyncIterator[tuple[Intake, Store]]:
    """The intake directly on the store, whether a gateway runs or not: the same checks, the same price.

    A running gateway finds what was accepted within half a second. Raises DatabaseRefused or StoreUnavailable.
    """
    async with _open(config) as (store, directory, clock):
        ids = IdBlocks(store.messages, block=1)
        limits = Limits(store.limits, clock)
        await limits.load()
        meters = Meters(CollectorRegistry())
        yield Intake(directory, store.messages, ids, limits, clock, LocalBell(clock), meters), store


@asynccontextmanager
async def open_phonebook(config: Config) -> AsyncIterator[Phonebook]:
    """The phonebook in the same way; a running gateway finds a campaign that was started within a second."""
    async with _open(config) as (store, directory, clock):
        yield Phonebook(directory, store.bases, store.campaigns, clock, LocalBell(clock))


@asynccontextmanager
async def _open(config: Config) -> AsyncIterator[tuple[Store, Directory, SystemClock]]:
    """The store with its settings, for a command."""
    store = open_store(config.store_url)
    try:
        clock = SystemClock()
        directory = Directory(store.settings, clock, secrets.token_bytes(32))
        await directory.refresh()
        yield store, directory, clock
    finally:
        await store.close()
