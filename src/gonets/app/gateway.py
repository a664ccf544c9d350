"""One gateway process: store, links, stages and doors, started in order and stopped in reverse."""

import asyncio
import fcntl
import gc
import resource
import secrets
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import IO

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from structlog import get_logger

from gonets.app.clock import SystemClock
from gonets.app.doors import Doors
from gonets.app.links import Links
from gonets.app.pushing import pushing_kinds
from gonets.bells.local import LocalBell
from gonets.config import Config, ConfigRefused
from gonets.connectors.http_client import AiohttpClient
from gonets.flow.campaigns import Campaigns
from gonets.flow.directory import Directory
from gonets.flow.ids import IdBlocks
from gonets.flow.intake import Intake
from gonets.flow.limits import Limits as LoginLimits
from gonets.flow.meters import Meters
from gonets.flow.notify import Notify
from gonets.flow.phonebook import Phonebook
from gonets.flow.router import Router
from gonets.flow.stage import Stage
from gonets.flow.sweeper import Sweeper
from gonets.flow.vault import Vault, VaultRefused, is_open_to_others, open_vault
from gonets.ports.stores import StoreUnavailable
from gonets.rules.hosts import parse_networks
from gonets.rules.retrying import RetryPolicy
from gonets.servers.admin import Admin
from gonets.stores.store import Store, open_store

log = get_logger()

_SWITCH_INTERVAL_S = 0.0005
"""How long a thread waits for another to let go of the interpreter: the writer thread comes back that much sooner."""


_PROBE_S = 1.0
_MOST_NAMED = 10
"""Logins in one line of the log."""

_FILES = 65_536
"""Open files that the process asks for, at most."""


class AlreadyRunning(Exception):
    """Another gateway has this data folder; the sentence says so."""


class Gateway:
    """One gateway process."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = SystemClock()
        self.bell = LocalBell(self.clock)
        self.registry = CollectorRegistry()
        self.meters = Meters(self.registry)
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._lock: IO[str] | None = None
        self._stages: list[Stage] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def ports(self) -> dict[str, int]:
        """The bound ports by name."""
        return self.doors.ports

    # ---- start

    async def start(self) -> None:
        """Open the store, then the links, then the doors.

        Raises AlreadyRunning, ConfigRefused, DatabaseRefused, StoreUnavailable or CannotListen, each with a sentence
        that says what to do; nothing is left open then.
        """
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        self.config.folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(self.config.folder)
        try:
            await self._open_store()
            self.doors.bind()
            # Of all connectors: one may have been taken away since.
            recovered = await self.store.messages.recover(None, self.clock.at())
            if recovered:
                log.warning("parts left without an answer", action="parts_uncertain", count=recovered)
            await self.links.relink()
            self._start_stages()
            for door in self.doors.open:
                await door.start()
        except BaseException:
            await self.stop()
            raise
        gc.collect()
        gc.freeze()
        log.info("gateway started", action="gateway_started", ports=self.ports, data=str(self.config.folder))

    async def _open_store(self) -> None:
        flow = self.config.flow
        retry = RetryPolicy(flow.first_retry_seconds, most=flow.longest_retry_seconds, tries=flow.tries)
        self.store: Store = open_store(self.config.store_url, on_commit=self.meters.committed, retry=retry)
        vault = self._open_vault()
        self.directory = Directory(self.store.settings, self.clock, secrets.token_bytes(32), vault)
        await self.directory.refresh()
        self._report_lost()
        self.links = Links(
            self.config,
            self.directory,
            vault,
            self.store.messages,
            self.clock,
            self.bell,
            self.meters,
        )
        self.directory.on_change = lambda tables: self.links.changed.set()
        self.limits = LoginLimits(self.store.limits, self.clock, failed_logins=flow.failed_logins)
        await self.limits.load()
        self._client = AiohttpClient(flow.push_timeout_seconds, parse_networks(self.config.push.allow))
        self._notify = Notify(
            pushing_kinds(vault),
            self._client,
            self.directory,
            self.store.messages,
            self.clock,
            self.bell,
            self.meters,
        )
        self.ids = IdBlocks(self.store.messages)
        self.intake = Intake(
            self.directory,
            self.store.messages,
            self.ids,
            self.limits,
            self.clock,
            self.bell,
            self.meters,
            self.links.is_up,
            Phonebook(self.directory, self.store.bases, self.store.campaigns, self.clock, self.bell).answer,
        )
        admin = Admin(self._ready, self.registry, self._refresh_meters)
        self.doors = Doors(
            self.config, self.directory, self.intake, self._notify, admin, self.clock, self.links.report
        )

    def _open_vault(self) -> Vault:
        file = self.config.key_file
        try:
            vault = open_vault(file)
        except VaultRefused as error:
            raise ConfigRefused(str(error)) from error
        if is_open_to_others(file):
            log.warning("others can read the key file", action="key_file_open", file=str(file))
        return vault

    def _report_lost(self) -> None:
        lost = self.directory.lost()
        if lost:
            log.error(
                "salts or tokens do not open; put the key file back that they were sealed under, or set them"
                " anew: gonets account password",
                action="secrets_lost",
                count=len(lost),
                logins=[f"{each.protocol} {each.login} ({each.kind})" for each in lost[:_MOST_NAMED]],
                key_file=str(self.config.key_file),
            )

    def _start_stages(self) -> None:
        directory, messages, clock, bell = self.directory, self.store.messages, self.clock, self.bell
        no_report = timedelta(hours=self.config.flow.no_report_hours)
        self._stages = [
            Router(directory, messages, clock, bell),
            self._notify,
            Sweeper(messages, clock, bell, no_report, directory),
            Campaigns(directory, self.store.campaigns, self.ids, clock, bell, self.meters),
        ]
        self._tasks = [asyncio.create_task(stage.run(), name=stage.lane.strip()) for stage in self._stages]
        self._tasks += [
            asyncio.create_task(self._keep_up(work), name=name)
            for name, work in (
                ("directory", self.directory.run),
                ("links", self.links.run),
                ("watch", self.links.watch),
                ("limits", self.limits.run),
                ("probe", self._probe_store),
            )
        ]

    async def _keep_up(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run what has no end again when it fails: half a gateway would go on without anybody knowing."""
        while True:
            try:
                await work()
            except Exception:  # the door of a task
                log.exception("task failed", action="task_failed", task=work.__name__)
                await self.clock.sleep(_PROBE_S)

    # ---- watched

    def _ready(self) -> list[tuple[str, bool, str]]:
        """What `/readyz` shows."""
        well = self.store.well
        checks = [("store", well, "it takes writes" if well else "it cannot be written; is the disk full?")]
        return checks + self.links.checks()

    async def _probe_store(self) -> None:
        """While the store cannot be written, see whether it can again: there may be nobody else who tries."""
        while True:
            await self.clock.sleep(_PROBE_S)
            if not self.store.well:
                try:
                    await self.store.probe()
                except StoreUnavailable:
                    continue
                log.warning("store can be written again", action="store_recovered")

    async def _refresh_meters(self) -> None:
        names = {int(route.id): route.name for route in self.directory.tables.each_route()}
        self.meters.lanes(await self.store.messages.depths(), names, time.time())
        for name, link in self.links.open.items():
            self.meters.window(name, *link.connector.window())
        accounts = self.directory.tables.accounts
        self.meters.sessions(
            (accounts[each.account].name, each.mode, each.sessions, each.asked, each.told)
            for each in self.doors.smpp.sessions()
            if each.account in accounts
        )

    # ---- stop

    async def stop(self) -> None:
        """Accept nothing more, finish what is in flight, commit, and let go; within ten seconds."""
        asked = time.monotonic()
        if hasattr(self, "doors"):
            await asyncio.gather(*(door.stop() for door in self.doors.open))
        for stage in self._stages:
            stage.stop()
        if hasattr(self, "links"):
            await self.links.stop(max(0.0, self.config.flow.stop_seconds - (time.monotonic() - asked)))
        if self._tasks:
            await self._notify.close()
            await asyncio.wait(self._tasks[: len(self._stages)], timeout=1.0)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._client.close()
            await self._save_limits()
        if hasattr(self, "store"):
            await self.store.close()
        if self._lock is not None:
            self._lock.close()
        log.info("gateway stopped", action="gateway_stopped")

    async def _save_limits(self) -> None:
        try:
            await self.limits.save()
        except StoreUnavailable as error:
            log.warning("limits not saved", action="limits_unsaved", error=str(error))


def _lock(folder: Path) -> IO[str]:
    """Hold the data folder for this process. Raises AlreadyRunning."""
    file = (folder / "gonets.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise AlreadyRunning(
            f"another gateway is running on {folder}; stop it, or choose another data folder"
        ) from None
    return file


async def run_gateway(config: Config, on_ready: Callable[[Gateway], None] | None = None) -> None:
    """Run a gateway until SIGTERM or SIGINT. Raises what `Gateway.start` raises."""
    _allow_many_connections()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    gateway = Gateway(config)
    await gateway.start()
    try:
        if on_ready is not None:
            on_ready(gateway)
        await stopping.wait()
    finally:
        await gateway.stop()


def _allow_many_connections() -> None:
    """Ask for as many open files as the system lets us have: each connection is one, and the usual limit is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
