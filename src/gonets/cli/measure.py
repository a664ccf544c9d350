"""One measurement of a gateway under load: prepare a store, run the load, look at what is left.

Three processes: this one, a load client (`cli.load`), and a gateway started as anybody would start one, on a data
folder of its own with one account, one route and the simulated network, which may be behind a fourth (`gonets smsc`).
Nothing in the gateway is switched on or off for it; the account has guards and there are stop lists where rules are to
be measured (`cli.strict`).
"""

import os
import platform
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import text

from gonets import __version__
from gonets.cli import peers, strict, talk
from gonets.cli.console import CommandFailed, warn
from gonets.cli.place import CONFIG_NAME, STORE_NAME
from gonets.config import Config, ListenConfig
from gonets.connectors.simulator.phones import read_phones
from gonets.flow.vault import open_vault
from gonets.model.account import Account, Credential, Profile, PushKind, Tariff
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import ONE, Millionths
from gonets.model.routing import ConnectorSetup, Route, Strategy
from gonets.rules.proofs import KINDS, SEALED, hash_secret, seal_context
from gonets.stores import settings
from gonets.stores.money import check, top_up
from gonets.stores.store import open_database, transaction

_LOGIN: Final = "bench"
_PASSWORD: Final = "bench-password"
_CLIENT, _PROFILE = "BENCH", "connector0"
_CONNECTOR: Final = "phones"
_JOURNAL: Final = 64 * 1024 * 1024
"""The simulated network's own size of a journal file; a larger one is set where the load would not fit."""
_GOT: Final = "upstream-{}.jsonl"
"""What an upstream took."""
_DOORS: Final = tuple(name for name in ListenConfig.__struct_fields__ if not name.endswith("bind"))
_JOURNAL_LINE: Final = 512
"""Bytes, more than any line of this load."""


class Wanted(msgspec.Struct, frozen=True):
    """What to measure."""

    count: int
    connections: int
    rate: float
    """Messages a second; 0: closed loop."""
    protocol: talk.Wire
    per_request: int
    push: bool
    patience_s: float
    rules: bool = False
    """With every rule there is (`cli.strict`)."""
    window: int = 1
    """Requests in flight on each connection."""
    upstream: talk.Upstream = talk.Upstream.SIMULATOR
    webhook: bool = False
    """Statuses are pushed as webhooks."""
    links: int = 1
    """That share what is sent."""


class Conditions(msgspec.Struct, frozen=True):
    """Under which a figure holds; figures of different conditions are not to be compared."""

    count: int
    connections: int
    window: int
    """Requests in flight on each connection at most."""
    rate: float
    protocol: str
    messages_per_request: int
    push: bool
    upstream: str
    """The simulated phones, in the gateway (`simulator`) or behind a process of their own (`smpp`)."""
    links: int
    """That share what is sent."""
    webhook: bool
    """Statuses are pushed as signed webhooks."""
    journal: bool
    """They keep what they get."""
    rules: bool
    """A stop list of a million numbers, 10,000 stop words, and every guard of an account."""
    version: str
    python: str
    cpus: int
    sqlite: str
    synchronous: str
    journal_mode: str


class Measured(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `gonets bench` prints, as JSON with these names."""

    accepted_per_s: float
    """Messages accepted, over the time from the first request to the last answer."""
    end_to_end_per_s: float
    """Messages whose final status was told, over the time from the first request to the last final status."""
    p50_ms: float
    p99_ms: float
    """Of acceptance as the client sees it: from the request written (with a rate: due) to the answer read."""
    longest_ms: float
    accepted: int
    refused: int
    malformed: int
    """Answers, pushes and ids that were not as the protocol says."""
    lost: int
    """Accepted and without a final status."""
    duplicated: int
    """Parts that the simulated phones got more than once."""
    ledger_flaws: int
    statuses: dict[str, int]
    cpu_s: float
    """Of the gateway process during the load, user and system."""
    client_cpu_s: float
    rss_mb: float
    """The most memory the gateway process had resident, MiB."""
    conditions: Conditions
    half_load: "Measured | None" = None
    """Another run on a fresh gateway, offered half of `accepted_per_s`."""

    @property
    def kept(self) -> bool:
        """Whether the gateway kept what it promised."""
        broken = self.refused + self.malformed + self.lost + self.duplicated + self.ledger_flaws
        return not broken and (self.half_load is None or self.half_load.kept)


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What `gonets bench --compare-rules` prints: rounds without and with rules in turn, each on a fresh gateway.

    A share is the figure with rules over the figure without: the median of all pairs, and that of the best rounds of
    either kind, which other work on the machine has disturbed least.
    """

    end_to_end_share: float
    """Of messages a second; under 1 where rules slow the gateway down."""
    cpu_share: float
    """Of processor time a message; over 1 where rules cost something."""
    best_end_to_end_share: float
    best_cpu_share: float
    cpu_us_without: float
    cpu_us_with: float
    """Microseconds of processor time a message, the median of all rounds."""
    rss_mb_without: float
    rss_mb_with: float
    """The most memory that any round had resident, MiB."""
    pairs: list[tuple[Measured, Measured]]
    """Without and with."""

    @property
    def kept(self) -> bool:
        """Whether the gateway kept what it promised in every round."""
        return all(each.kept for pair in self.pairs for each in pair)


def compare(pairs: Sequence[tuple[Measured, Measured]]) -> Compared:
    """What rules cost, from rounds without and with them; at least one pair."""
    costs = [[each.cpu_s / max(1, each.accepted) * 1e6 for each in pair] for pair in pairs]
    speeds = [[each.end_to_end_per_s for each in pair] for pair in pairs]
    return Compared(
        end_to_end_share=_share(speeds),
        cpu_share=_share(costs),
        best_end_to_end_share=_share([[max(kind) for kind in zip(*speeds, strict=True)]]),
        best_cpu_share=_share([[min(kind) for kind in zip(*costs, strict=True)]]),
        cpu_us_without=round(median(cost[0] for cost in costs), 1),
        cpu_us_with=round(median(cost[1] for cost in costs), 1),
        rss_mb_without=max(pair[0].rss_mb for pair in pairs),
        rss_mb_with=max(pair[1].rss_mb for pair in pairs),
        pairs=list(pairs),
    )


def _share(pairs: Sequence[Sequence[float]]) -> float:
    return round(median(after / before if before else 0.0 for before, after in pairs), 4)


# ---- one run


def measure(
    wanted: Wanted, folder: Path, profile: Path | None, on_progress: Callable[[talk.Progress], None]
) -> Measured:
    """Measure on a fresh gateway in an empty folder. Raises CommandFailed."""
    with peers.client() as client, _upstreams(wanted, folder) as upstream_ports:
        conditions = _prepare(folder, wanted, client.sink_port, upstream_ports)
        port = peers.free_port()
        _write_config(folder, port, wanted.protocol.protocol)
        with peers.gateway(folder, port) as gateway, peers.profiled(gateway, profile):
            before = peers.cpu_seconds(gateway.pid)
            client.say(_plan(wanted, port))
            report = client.report(on_progress)
            if isinstance(report, talk.Trouble):
                raise CommandFailed(report.sentence + peers.last_words(folder))
            cpu_s = peers.cpu_seconds(gateway.pid) - before
            rss_mb = peers.peak_mib(gateway.pid)
    for example in report.examples:
        warn(example)
    return Measured(
        accepted_per_s=_rate(report.accepted, report.accept_s),
        end_to_end_per_s=_rate(report.accepted - report.lost, report.end_to_end_s),
        p50_ms=round(report.p50_ms, 3),
        p99_ms=round(report.p99_ms, 3),
        longest_ms=round(report.longest_ms, 3),
        accepted=report.accepted,
        refused=report.refused,
        malformed=report.malformed,
        lost=report.lost,
        duplicated=_count_duplicates(folder, wanted.links),
        ledger_flaws=_count_flaws(folder),
        statuses=report.statuses,
        cpu_s=round(cpu_s, 3),
        client_cpu_s=round(report.cpu_s, 3),
        rss_mb=round(rss_mb, 1),
        conditions=conditions,
    )


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, 1) if seconds > 0 else 0.0


def _plan(wanted: Wanted, port: int) -> talk.Plan:
    return talk.Plan(
        port=port,
        path=f"/{_CLIENT}/{_PROFILE}",
        login=_LOGIN,
        password=_PASSWORD,
        count=wanted.count,
        connections=wanted.connections,
        rate=wanted.rate,
        per_request=wanted.per_request,
        push=wanted.push,
        patience_s=wanted.patience_s,
        protocol=wanted.protocol,
        window=wanted.window,
    )


@contextmanager
def _upstreams(wanted: Wanted, folder: Path) -> Iterator[list[int]]:
    """The ports of the processes that the gateway sends to; none: to the networks that it has in itself."""
    with ExitStack() as running:
        links = range(wanted.links if wanted.upstream is talk.Upstream.SMPP else 0)
        yield [
            running.enter_context(peers.upstream(folder, folder / _GOT.format(number))) for number in links
        ]


# ---- the store before and after


def _prepare(folder: Path, wanted: Wanted, sink_port: int, upstream_ports: Sequence[int]) -> Conditions:
    """A store with an account that can pay for it all, a tariff, the connectors and a route to them."""
    engine = open_database(_store_url(folder))
    at = datetime.now(UTC)
    over_smpp = wanted.protocol is talk.Wire.SMPP
    account = Account(
        id=AccountId(0),
        name=_LOGIN,
        group=_LOGIN,
        currency="RUB",
        overdraft=Millionths(0),
        home_country="RU",
        zone=ZoneInfo("UTC"),
        any_sender=True,
        push_url=f"http://127.0.0.1:{sink_port}/statuses" if wanted.push and not over_smpp else "",
        push_kind=PushKind.WEBHOOK if wanted.webhook else PushKind.MFMS,
        smpp_window=max(wanted.window, 100),
    )
    if wanted.rules:
        account = strict.strict(account)
    setups = list(_setups(wanted, upstream_ports))
    with transaction(engine) as connection:
        owner = settings.add_account(connection, account, at)
        settings.add_credential(connection, _credential(folder, owner, wanted.protocol.protocol))
        settings.add_profile(connection, Profile(owner, _CLIENT, _PROFILE))
        settings.put_tariff(connection, Tariff(_LOGIN, Channel.SMS, "", Millionths(ONE)))
        top_up(connection, owner, Millionths(2 * wanted.count * ONE), "for the bench", at)
        for setup in setups:
            settings.add_connector(connection, setup)
        names = tuple(setup.name for setup in setups)
        settings.add_route(connection, Route(RouteId(0), _LOGIN, "", names, strategy=Strategy.WEIGHT))
        if wanted.rules:
            strict.lay_down(connection, owner)
        synchronous = connection.execute(text("PRAGMA synchronous")).scalar_one()
        journal_mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    engine.dispose()
    os.sync()  # what was written here is not to be flushed in the middle of the load
    return Conditions(
        count=wanted.count,
        connections=wanted.connections,
        window=wanted.window,
        rate=wanted.rate,
        protocol=wanted.protocol.value,
        messages_per_request=wanted.per_request,
        push=wanted.push,
        upstream=wanted.upstream.value,
        links=wanted.links,
        webhook=wanted.webhook,
        journal=True,
        rules=wanted.rules,
        version=__version__,
        python=platform.python_version(),
        cpus=os.cpu_count() or 1,
        sqlite=sqlite3.sqlite_version,
        synchronous=("OFF", "NORMAL", "FULL", "EXTRA")[synchronous],
        journal_mode=journal_mode,
    )


def _setups(wanted: Wanted, upstream_ports: Sequence[int]) -> Iterator[ConnectorSetup]:
    """As many connectors as there are links."""
    for number in range(wanted.links):
        name = f"{_CONNECTOR}-{number + 1}"
        if upstream_ports:
            smsc: dict[str, int | float | str | bool] = {
                "host": "127.0.0.1",
                "port": upstream_ports[number],
                "binds": 2,
                "window": 500,
            }
            yield ConnectorSetup(name, "smpp", smsc)
        elif wanted.count * _JOURNAL_LINE > _JOURNAL:
            yield ConnectorSetup(name, "simulator", {"journal_size": wanted.count * _JOURNAL_LINE})
        else:
            yield ConnectorSetup(name, "simulator")


def _credential(folder: Path, owner: AccountId, protocol: str) -> Credential:
    """How the load client logs in: by a password, or where the protocol signs, by a salt that is the same."""
    kind = KINDS[protocol][0]
    if kind not in SEALED:
        return Credential(owner, protocol, _LOGIN, hash_secret(_PASSWORD), kind)
    vault = open_vault(Config(data=str(folder)).key_file)
    sealed = vault.seal(_PASSWORD, seal_context(protocol, _LOGIN, kind))
    return Credential(owner, protocol, _LOGIN, sealed, kind)


def _write_config(folder: Path, port: int, protocol: str) -> None:
    """Everything as it is by default, but for the doors: one, on a free port of this machine alone."""
    doors = dict.fromkeys(_DOORS, -1)
    doors[protocol if protocol in _DOORS else "http"] = port
    listen = "".join(f"{name} = {number}\n" for name, number in doors.items())
    listen = f'[listen]\nbind = "127.0.0.1"\n{listen}'
    (folder / CONFIG_NAME).write_text(
        f'data = "."\n\n{listen}\n[push]\nallow = ["127.0.0.0/8"]\n', encoding="utf-8"
    )


def _store_url(folder: Path) -> str:
    return f"sqlite:///{folder.resolve() / STORE_NAME}"


def _count_duplicates(folder: Path, links: int) -> int:
    """Parts that came to the phones more than once, each time over the first."""
    journals = [folder / _GOT.format(number) for number in range(links)]
    if journals[0].exists():
        came = Counter(each for journal in journals for each in _taken(journal))
    else:
        came = Counter(f"{line.recipient} {line.part}" for line in read_phones(folder / "phones"))
    return sum(times - 1 for times in came.values())


def _taken(journal: Path) -> Iterator[str]:
    """What an SMSC of ours took: recipient and text, no two of which are the same in this load."""
    with journal.open("rb") as lines:
        for line in lines:
            got = msgspec.json.decode(line)
            if got["line"] == "submit" and got["message_id"]:
                yield f"{got['destination_addr']} {got['text']}"


def _count_flaws(folder: Path) -> int:
    engine = open_database(_store_url(folder))
    with transaction(engine) as connection:
        flaws = list(check(connection))
    engine.dispose()
    for flaw in flaws[:10]:
        warn(flaw.what)
    return len(flaws)
