"""Where concrete classes meet: a gateway is put together here, started in order and stopped in reverse."""

import asyncio
import fcntl
import gc
import secrets
import signal
import ssl
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import msgspec
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from starlette.types import ASGIApp
from structlog import get_logger

from gonets.bells.local import LocalBell
from gonets.config import Config, ConfigRefused
from gonets.connectors.callbacks import AiohttpClient
from gonets.connectors.simulator.network import Simulator, SimulatorSettings
from gonets.connectors.smpp import Smpp, SmppSettings
from gonets.flow.campaigns import Campaigns
from gonets.flow.directory import Directory
from gonets.flow.ids import IdBlocks
from gonets.flow.intake import Intake
from gonets.flow.limits import Limits as LoginLimits
from gonets.flow.meters import Meters
from gonets.flow.notify import Notify
from gonets.flow.phonebook import Phonebook
from gonets.flow.receipts import Receipts
from gonets.flow.router import Router
from gonets.flow.sender import Sender
from gonets.flow.stage import Stage
from gonets.flow.sweeper import Sweeper
from gonets.flow.vault import Vault, VaultRefused, is_open_to_others, open_settings, open_vault
from gonets.model.routing import ConnectorSetup
from gonets.ports.edges import Connector
from gonets.ports.stores import StoreUnavailable
from gonets.protocols.mfms.push import HpgPush
from gonets.protocols.mfms.server import HpgServer
from gonets.protocols.osonsms.server import OsonServer
from gonets.protocols.sms2.server import Sms2Server
from gonets.protocols.smsc.server import SmppServing
from gonets.protocols.smsclub.server import SmsClubServer
from gonets.rules.hosts import parse_networks
from gonets.rules.retrying import RetryPolicy
from gonets.servers.admin import Admin
from gonets.servers.connection import Limits
from gonets.servers.http import Dialect, HttpServer
from gonets.servers.site import Forwarded, Site
from gonets.servers.smpp import Door, Rules, SmppServer
from gonets.servers.sockets import Listener
from gonets.servers.tls import own_certificate, server_context
from gonets.stores.store import Store, open_store
from gonets.wire.http import Reply

log = get_logger()

_SWITCH_INTERVAL_S = 0.0005
"""How long a thread waits for another to let go of the interpreter: the writer thread comes back that much sooner."""


_GRACE_S = 2.0
"""For requests in flight to be answered at a stop."""
_PROBE_S = 1.0
_RELINK_S = 10.0
"""After which a link that could not be opened is tried again."""
_MOST_NAMED = 10
"""Logins in one line of the log."""


class AlreadyRunning(Exception):
    """Another gateway has this data folder; the sentence says so."""


class SystemClock:
    """The machine's time; `ports.clock.Clock`."""

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def at(self) -> datetime:
        """The moment, UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(seconds)


class Link:
    """A running connector with the two stages that serve it."""

    def __init__(
        self, setup: ConnectorSetup, connector: Connector, sender: Sender, receipts: Receipts
    ) -> None:
        """`setup`: as it was opened; when it changes, another link takes its place."""
        self.setup = setup
        self.connector = connector
        self._sender = sender
        self._receipts = receipts
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def up(self) -> bool:
        """Whether the connector takes parts, or has a full window of them."""
        return self.connector.room() > 0 or self.connector.window()[0] > 0

    async def start(self) -> None:
        """Open the connector and let parts flow."""
        await self.connector.start()
        self._tasks = [
            asyncio.create_task(self._sender.run(), name=f"sender {self.connector.name}"),
            asyncio.create_task(self._receipts.run(), name=f"receipts {self.connector.name}"),
        ]

    async def stop(self, seconds: float) -> None:
        """Send no more, wait that long for answers in flight, write all that was heard, and part."""
        sending, hearing = self._tasks
        self._sender.stop()
        await sending
        deadline = time.monotonic() + seconds
        while self.connector.window()[0] and time.monotonic() < deadline:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.02)
        await self.connector.close()
        await asyncio.wait([hearing], timeout=max(1.0, deadline - time.monotonic()))
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


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
        self.ports: dict[str, int] = {}
        self.links: dict[str, Link] = {}
        self._lock: IO[str] | None = None
        self._doors: list[HttpServer | SmppServer] = []
        self._stages: list[Stage] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._relinking = asyncio.Event()

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
            self._bind()
            recovered = await self.store.messages.recover(
                [name for name, setup in self.directory.tables.connectors.items()], self.clock.at()
            )
            if recovered:
                log.warning("parts left without an answer", action="parts_uncertain", count=recovered)
            await self._relink()
            self._start_stages()
            for door in self._doors:
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
        self._vault = self._open_vault()
        self.directory = Directory(self.store.settings, self.clock, secrets.token_bytes(32), self._vault)
        await self.directory.refresh()
        self._report_lost()
        self.directory.on_change = lambda tables: self._relinking.set()
        self.limits = LoginLimits(self.store.limits, self.clock, failed_logins=flow.failed_logins)
        await self.limits.load()
        self._client = AiohttpClient(flow.push_timeout_seconds)
        self._notify = Notify(
            HpgPush(),
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
            lambda name: name in self.links and self.links[name].up,
            _phonebook(self.store, self.directory, self.clock, self.bell).answer,
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

    def _bind(self) -> None:
        listen, http = self.config.listen, self.config.http
        limits = Limits(
            head_s=http.head_seconds,
            body_s=http.body_seconds,
            idle_s=http.idle_seconds,
            connections=http.connections,
            grace_s=_GRACE_S,
        )
        dialects = self._dialects()
        mfms, site = dialects["mfms"], Site(dialects, self.config.hosts)
        admin = Admin(self._ready, self.registry, self._refresh_meters)
        proxies = parse_networks(http.proxies)
        for app, ports in (
            (site, {"http": listen.http, "http_tls": listen.http_tls}),
            (mfms, {"mfms": listen.mfms, "mfms_tls": listen.mfms_tls}),
        ):
            behind = Forwarded(app, proxies) if proxies else app
            self._open_door(behind, limits, app.too_long, listen.bind, **ports)
        self._open_door(admin, limits, None, listen.admin_bind, admin=listen.admin)
        self._open_smpp()

    def _dialects(self) -> dict[str, Dialect]:
        """The protocols over HTTP, by their names; of two that could serve a path, the first does."""
        answer = self.intake.answer
        profile_of = self.directory.profile_of
        return {
            "mfms": Dialect(HpgServer(profile_of, ZoneInfo("UTC")), answer),
            "osonsms": Dialect(OsonServer(self.directory.zone_of, self.clock.at), answer),
            "sms2": Dialect(Sms2Server(self.directory.account_of), answer, Sms2Server.payload),
            "smsclub": Dialect(SmsClubServer(), answer, SmsClubServer.payload),
        }

    def _open_door(
        self,
        app: ASGIApp,
        limits: Limits,
        too_long: Callable[[str], Reply] | None,
        bind: str,
        **ports: int,
    ) -> None:
        """Bind the listeners of one application; a name that ends in `_tls` is one of TLS, a port of -1 is none."""
        wanted = {name: port for name, port in ports.items() if port >= 0}
        if not wanted:
            return
        listeners = [
            Listener(bind, port, self._tls() if name.endswith("_tls") else None)
            for name, port in wanted.items()
        ]
        door = HttpServer(app, listeners, limits, too_long)
        door.bind()
        self._doors.append(door)
        self.ports.update(zip(wanted, door.ports, strict=True))

    def _open_smpp(self) -> None:
        listen, smpp = self.config.listen, self.config.smpp
        wanted = {
            name: (port, first)
            for name, port, first in (
                ("smpp", listen.smpp, "smpp"),
                ("smpp_smsc", listen.smpp_smsc, "smsc"),
                ("smpp_smsclub", listen.smpp_smsclub, "smsclub"),
                ("smpp_tls", listen.smpp_tls, "smpp"),
            )
            if port >= 0
        }
        doors = [
            Door(Listener(listen.bind, port, self._tls() if name.endswith("_tls") else None), first)
            for name, (port, first) in wanted.items()
        ]
        rules = Rules(
            smpp.connections,
            smpp.bind_seconds,
            smpp.enquire_seconds,
            smpp.idle_seconds,
            smpp.answer_seconds,
            grace_s=_GRACE_S,
        )
        serving = SmppServing(self.directory.protocol_of)
        self.smpp = SmppServer(doors, serving, self.intake, self._notify, self.clock, rules)
        self.smpp.bind()
        self._doors.append(self.smpp)
        self.ports.update(zip(wanted, self.smpp.ports, strict=True))

    def _tls(self) -> ssl.SSLContext:
        tls = self.config.tls
        try:
            if tls.certificate:
                return server_context(Path(tls.certificate), Path(tls.key))
            return server_context(*own_certificate(self.config.folder, self.clock.at()))
        except (ValueError, OSError) as error:
            raise ConfigRefused(str(error)) from error

    def _start_stages(self) -> None:
        directory, messages, clock, bell = self.directory, self.store.messages, self.clock, self.bell
        no_report = timedelta(hours=self.config.flow.no_report_hours)
        self._stages = [
            Router(directory, messages, clock, bell),
            self._notify,
            Sweeper(messages, clock, bell, no_report),
            Campaigns(directory, self.store.campaigns, self.ids, clock, bell, self.meters),
        ]
        self._tasks = [asyncio.create_task(stage.run(), name=stage.lane.strip()) for stage in self._stages]
        self._tasks += [
            asyncio.create_task(self._keep_up(work), name=name)
            for name, work in (
                ("directory", self.directory.run),
                ("links", self._keep_linked),
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

    # ---- links

    async def _keep_linked(self) -> None:
        """Open and close links as the settings change, and open those that could not be opened before."""
        while True:
            try:
                async with asyncio.timeout(_RELINK_S):
                    await self._relinking.wait()
            except TimeoutError:
                pass
            self._relinking.clear()
            await self._relink()

    async def _relink(self) -> None:
        wanted = {name: setup for name, setup in self.directory.tables.connectors.items() if setup.enabled}
        for name in [name for name, link in self.links.items() if link.setup != wanted.get(name)]:
            await self.links.pop(name).stop(self.config.flow.stop_seconds)
            log.info("link closed", action="link_closed", connector=name)
        for name, setup in wanted.items():
            if name in self.links:
                continue
            try:
                connector = self._connector(setup)
                link = self._link(setup, connector)
                # What an earlier link of this name was never told of; its answers can come no more.
                await self.store.messages.recover([name], self.clock.at())
                await link.start()
            except (ConfigRefused, OSError, StoreUnavailable) as error:
                log.error("link not opened", action="link_refused", connector=name, error=str(error))
                continue
            self.links[name] = link
            log.info("link opened", action="link_opened", connector=name)

    def _connector(self, setup: ConnectorSetup) -> Connector:
        """The connector that a setup asks for. Raises ConfigRefused, and OSError for a file it cannot use."""
        try:
            settings = open_settings(setup.settings, setup.name, self._vault)
            match setup.kind:
                case "simulator":
                    simulated = msgspec.convert(settings, SimulatorSettings)
                    folder = phones_folder(self.config)
                    return Simulator(setup.name, simulated, self.clock, folder, secrets.randbelow(1000))
                case "smpp":
                    return Smpp(setup.name, msgspec.convert(settings, SmppSettings), self.clock)
                case kind:
                    raise ConfigRefused(
                        f"connector {setup.name}: there is no kind {kind!r}; there are `simulator` and `smpp`"
                    )
        except (msgspec.ValidationError, VaultRefused) as error:
            raise ConfigRefused(f"connector {setup.name}: {error}") from None

    def _link(self, setup: ConnectorSetup, connector: Connector) -> Link:
        messages, clock, bell = self.store.messages, self.clock, self.bell
        return Link(
            setup,
            connector,
            Sender(connector, self.directory, messages, clock, bell, self.meters),
            Receipts(connector, messages, clock, bell, self.meters),
        )

    # ---- watched

    def _ready(self) -> list[tuple[str, bool, str]]:
        """What `/readyz` shows."""
        well = self.store.well
        checks = [("store", well, "it takes writes" if well else "it cannot be written; is the disk full?")]
        for name, link in self.links.items():
            checks.append((f"link {name}", link.up, "up" if link.up else "down"))
        for name, setup in self.directory.tables.connectors.items():
            if setup.enabled and name not in self.links:
                checks.append((f"link {name}", False, "not opened; the log says why"))
        return checks

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
        names = {int(route.id): route.name for route in self.directory.tables.routes.values()}
        self.meters.lanes(await self.store.messages.depths(), names, time.time())
        for name, link in self.links.items():
            self.meters.window(name, *link.connector.window())
        accounts = self.directory.tables.accounts
        self.meters.sessions(
            (accounts[each.account].name, each.mode, each.sessions, each.asked, each.told)
            for each in self.smpp.sessions()
            if each.account in accounts
        )

    # ---- stop

    async def stop(self) -> None:
        """Accept nothing more, finish what is in flight, commit, and let go; within ten seconds."""
        asked = time.monotonic()
        await asyncio.gather(*(door.stop() for door in self._doors))
        for stage in self._stages:
            stage.stop()
        left = max(0.0, self.config.flow.stop_seconds - (time.monotonic() - asked))
        await asyncio.gather(*(link.stop(left) for link in self.links.values()))
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


def phones_folder(config: Config) -> Path:
    """Where the simulated phones of a data folder keep what they got."""
    return config.folder / "phones"


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


def _phonebook(store: Store, directory: Directory, clock: SystemClock, bell: LocalBell) -> Phonebook:
    return Phonebook(directory, store.bases, store.campaigns, clock, bell)


@asynccontextmanager
async def open_intake(config: Config) -> AsyncIterator[tuple[Intake, Store]]:
    """The intake directly on the store, whether a gateway runs or not: the same checks, the same price.

    A running gateway finds what was accepted within half a second. Raises DatabaseRefused or StoreUnavailable.
    """
    async with _open(config) as (store, directory, clock):
        ids = IdBlocks(store.messages, block=1)
        limits = LoginLimits(store.limits, clock)
        await limits.load()
        meters = Meters(CollectorRegistry())
        yield Intake(directory, store.messages, ids, limits, clock, LocalBell(clock), meters), store


@asynccontextmanager
async def open_phonebook(config: Config) -> AsyncIterator[Phonebook]:
    """The phonebook in the same way; a running gateway finds a campaign that was started within a second."""
    async with _open(config) as (store, directory, clock):
        yield _phonebook(store, directory, clock, LocalBell(clock))


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
