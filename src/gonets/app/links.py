"""Links: running connectors with the stages that serve them, opened and closed as the settings change."""

import asyncio
import secrets
import time
from collections.abc import Collection
from pathlib import Path

import msgspec
from structlog import get_logger

from gonets.app.kinds import HTTP_KINDS, KINDS, part_of, settings_of
from gonets.bells.local import LocalBell
from gonets.config import Config, ConfigRefused
from gonets.connectors.http import Http, HttpSettings
from gonets.connectors.http.settings import tls_context
from gonets.connectors.http_client import AiohttpClient
from gonets.connectors.simulator.network import Simulator, SimulatorSettings
from gonets.connectors.smpp import Smpp, SmppSettings
from gonets.connectors.smtp import Smtp, SmtpSettings
from gonets.flow.directory import Directory
from gonets.flow.meters import Meters
from gonets.flow.pulse import Pulse, Pulses
from gonets.flow.receipts import Receipts
from gonets.flow.sender import Sender
from gonets.flow.shares import Shares
from gonets.flow.turns import Turns
from gonets.flow.vault import Vault, VaultRefused, open_settings
from gonets.model.links import LinkSettings, parted
from gonets.model.routing import ConnectorSetup
from gonets.ports.clock import Clock
from gonets.ports.edges import Connector, Following, Reporting
from gonets.ports.stores import Away, Messages, StoreUnavailable
from gonets.wire.http import Reply, Request

log = get_logger()

_RELINK_S = 10.0
"""After which a link that could not be opened is tried again."""
_REPORT_S = 10.0
"""For what a provider reports to become durable."""
_UNWRITTEN = Reply(503, b"It could not be written; send it again later.")
_FOLLOWED = 1000
"""Parts that are read at a time of those that a link has to ask for."""
_WATCH_S = 0.1
"""Between two looks at which links take parts."""
_MOMENT_S = 1.0
"""For which a link that is up may have no room before the next ones of its routes help out."""


def phones_folder(config: Config) -> Path:
    """Where the simulated phones of a data folder keep what they got."""
    return config.folder / "phones"


class Link:
    """A running connector with the two stages that serve it."""

    def __init__(
        self,
        setup: ConnectorSetup,
        connector: Connector,
        sender: Sender,
        receipts: Receipts,
        messages: Messages,
        clock: Clock,
        pulse: Pulse,
    ) -> None:
        """`setup`: as it was opened; when it changes, another link takes its place."""
        self.setup = setup
        self.connector = connector
        self.pulse = pulse
        self._sender = sender
        self._receipts = receipts
        self._messages = messages
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []
        self._following: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether the connector takes parts, or has a full window of them."""
        return self.connector.room() > 0 or self.connector.window()[0] > 0

    def takes(self, now: float) -> bool:
        """Whether it takes parts now, or did a moment ago and is up."""
        return self.connector.room() > 0 or (self.up and now - self._sender.had_room_at < _MOMENT_S)

    async def start(self) -> None:
        """Open the connector and let parts flow."""
        await self.connector.start()
        self._tasks = [
            asyncio.create_task(self._sender.run(), name=f"sender {self.connector.name}"),
            asyncio.create_task(self._receipts.run(), name=f"receipts {self.connector.name}"),
        ]
        if isinstance(self.connector, Following):
            self._following = asyncio.create_task(
                self._follow(self.connector), name=f"following {self.connector.name}"
            )

    async def _follow(self, connector: Following) -> None:
        """Let it ask for what was sent before it was opened."""
        last: Away | None = None
        while True:
            try:
                found = await self._messages.away(self.setup.name, last, _FOLLOWED)
            except StoreUnavailable:
                await self._clock.sleep(_RELINK_S)
                continue
            if not found:
                return
            connector.follow(found)
            last = found[-1]

    async def stop(self, seconds: float) -> None:
        """Send no more, wait that long for answers in flight, write all that was heard, and part."""
        sending, hearing = self._tasks
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        self._sender.stop()
        await sending
        deadline = time.monotonic() + seconds
        while self.connector.window()[0] and time.monotonic() < deadline:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.02)
        await self.connector.close()
        await asyncio.wait([hearing], timeout=max(1.0, deadline - time.monotonic()))
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


class Links:
    """The links of a gateway, one for each connector that is enabled."""

    def __init__(
        self,
        config: Config,
        directory: Directory,
        vault: Vault,
        messages: Messages,
        clock: Clock,
        bell: LocalBell,
        meters: Meters,
    ) -> None:
        self.open: dict[str, Link] = {}
        """By the name of the connector."""
        self.changed = asyncio.Event()
        """Set when the settings have changed."""
        self._unsettled: set[str] = set()
        """Names of closed links whose last answers may not have been written."""
        self.turns = Turns()
        self.shares = Shares()
        self._config = config
        self._directory = directory
        self._vault = vault
        self._messages = messages
        self._clock = clock
        self._bell = bell
        self._meters = meters
        self._pulses = Pulses(meters.registry)

    def is_up(self, name: str) -> bool:
        """Whether that connector's link is."""
        return name in self.open and self.open[name].up

    def takes(self, name: str) -> bool:
        """Whether that connector takes parts: it is up and healthy, and has had room a moment ago."""
        link = self.open.get(name)
        return link is not None and link.takes(self._clock.now()) and self.healthy(name)

    def healthy(self, name: str) -> bool:
        """Whether parts should rather go through that link than through an unhealthy one.

        A link that some route has no healthy other for is never said to be unhealthy: there is nothing to prefer to it.
        """
        link = self.open.get(name)
        return link is None or link.pulse.verdict().healthy or self._is_alone(name)

    def probes(self, name: str) -> int:
        """How many parts that link should get now, where it is unhealthy, so that it can recover."""
        return self.open[name].pulse.probes() if name in self.open else 0

    def _is_alone(self, name: str) -> bool:
        """Whether a route names that connector, and no other that is up and healthy."""
        return any(
            name in route.connectors
            and not any(each != name and self._is_well(each) for each in route.connectors)
            for route in self._directory.tables.each_route()
        )

    def _is_well(self, name: str) -> bool:
        return self.is_up(name) and self.open[name].pulse.verdict().healthy

    async def watch(self) -> None:
        """Wake the others when a link takes no more parts, and the link itself when it takes some again."""
        before: dict[str, bool] = {}
        while True:
            await self._clock.sleep(_WATCH_S)
            takes = {name: self.takes(name) for name in self.open}
            for name in before.keys() | takes.keys():
                did, does = before.get(name, False), takes.get(name, False)
                if did and not does:
                    for other in takes:
                        self._bell.ring(other)
                elif does and not did:
                    self._bell.ring(name)
            before = takes

    async def run(self) -> None:
        """Open and close links as the settings change, and open those that could not be opened before."""
        while True:
            try:
                async with asyncio.timeout(_RELINK_S):
                    await self.changed.wait()
            except TimeoutError:
                pass
            self.changed.clear()
            await self.relink()

    async def relink(self) -> None:
        """Have those links that the settings ask for, and no others."""
        setups = self._directory.tables.connectors
        wanted = {name: setup for name, setup in setups.items() if setup.enabled}
        for name in [name for name, link in self.open.items() if link.setup != wanted.get(name)]:
            await self.open.pop(name).stop(self._config.flow.stop_seconds)
            self._pulses.by_name.pop(name, None)
            log.info("link closed", action="link_closed", connector=name)
            self._unsettled.add(name)
        await self._end(self._unsettled - wanted.keys())
        for name, setup in wanted.items():
            if name in self.open:
                continue
            try:
                link = self._link(setup, self._connector(setup), self._pulse(setup))
                # What an earlier link of this name was never told of; its answers can come no more.
                await self._messages.recover([name], self._clock.at())
                self.turns.forget(name)
                await link.start()
            except (ConfigRefused, OSError, StoreUnavailable, ValueError) as error:
                log.error("link not opened", action="link_refused", connector=name, error=str(error))
                continue
            self.open[name] = link
            self._pulses.by_name[name] = link.pulse
            self._unsettled.discard(name)
            log.info("link opened", action="link_opened", connector=name)

    async def _end(self, names: Collection[str]) -> None:
        """Nothing waits any more for what links were never told of that are not opened again."""
        for name in names:
            try:
                await self._messages.recover([name], self._clock.at())
            except StoreUnavailable:
                continue  # tried again with the next look at the settings
            self.turns.forget(name)
            self._unsettled.discard(name)

    async def stop(self, seconds: float) -> None:
        """Part with all of them, waiting that long for answers in flight."""
        await asyncio.gather(*(link.stop(seconds) for link in self.open.values()))

    async def report(self, connector: str, token: str, request: Request) -> Reply | None:
        """What a provider reports of its own accord; implements `ports.edges.Reports`."""
        link = self.open.get(connector)
        if link is None or not isinstance(link.connector, Http):
            return None
        sending = link.connector.sending
        if not isinstance(sending, Reporting) or not sending.lets_in(token):
            return None
        receipts = sending.reported(request, self._clock.at())
        try:
            async with asyncio.timeout(_REPORT_S):
                durable = await link.connector.report(receipts)
        except TimeoutError:
            durable = False
        return sending.thanks if durable else _UNWRITTEN

    def checks(self) -> list[tuple[str, bool, str]]:
        """What `/readyz` shows of them."""
        checks = [self._check(name, link) for name, link in self.open.items()]
        for name, setup in self._directory.tables.connectors.items():
            if setup.enabled and name not in self.open:
                checks.append((f"link {name}", False, "not opened; the log says why"))
        return checks

    def _check(self, name: str, link: Link) -> tuple[str, bool, str]:
        verdict = link.pulse.verdict()
        if not link.up or verdict.healthy:
            return f"link {name}", link.up, "up" if link.up else "down"
        if self._is_alone(name):
            return f"link {name}", True, f"up, the only one of a route; not healthy: {verdict.why}"
        return f"link {name}", False, f"up, but not healthy: {verdict.why}"

    def _connector(self, setup: ConnectorSetup) -> Connector:
        """The connector that a setup asks for. Raises ConfigRefused, and OSError for a file it cannot use."""
        try:
            _, settings = parted(open_settings(setup.settings, setup.name, self._vault))
            match setup.kind:
                case "simulator":
                    simulated = msgspec.convert(settings, SimulatorSettings)
                    folder = phones_folder(self._config)
                    return Simulator(setup.name, simulated, self._clock, folder, secrets.randbelow(1000))
                case "smpp":
                    return Smpp(setup.name, msgspec.convert(settings, SmppSettings), self._clock)
                case "smtp":
                    return Smtp(setup.name, msgspec.convert(settings, SmtpSettings), self._clock)
                case kind if kind in HTTP_KINDS:
                    return self._over_http(setup, msgspec.convert(settings, settings_of(kind)))
                case kind:
                    raise ConfigRefused(
                        f"connector {setup.name}: there is no kind {kind!r}; there are {', '.join(KINDS)}"
                    )
        except (msgspec.ValidationError, VaultRefused) as error:
            raise ConfigRefused(f"connector {setup.name}: {error}") from None

    def _pulse(self, setup: ConnectorSetup) -> Pulse:
        """Raises ConfigRefused."""
        try:
            common = msgspec.convert(parted(setup.settings)[0], LinkSettings)
        except msgspec.ValidationError as error:
            raise ConfigRefused(f"connector {setup.name}: {error}") from None
        return Pulse(setup.name, common, self._clock)

    def _over_http(self, setup: ConnectorSetup, settings: msgspec.Struct) -> Connector:
        """The connector over HTTP that speaks the protocol of its kind. Raises OSError for a file it cannot use."""
        kind, clock = HTTP_KINDS[setup.kind], self._clock
        usual: HttpSettings = part_of(HttpSettings, settings)
        client = AiohttpClient(
            usual.timeout,
            repeats=False,
            trusts=tls_context(usual),
            proxy=usual.proxy,
            per_host=2 * usual.concurrency,
        )
        sending = kind.sending(part_of(kind.settings, settings), clock)
        return Http(setup.name, usual, sending, client, clock, self._messages.picture)

    def _link(self, setup: ConnectorSetup, connector: Connector, pulse: Pulse) -> Link:
        messages, clock, bell = self._messages, self._clock, self._bell
        return Link(
            setup,
            connector,
            Sender(connector, self._directory, messages, clock, bell, self._meters, self, pulse),
            Receipts(connector, messages, clock, bell, self._meters, self.turns, pulse, self._directory),
            messages,
            clock,
            pulse,
        )
