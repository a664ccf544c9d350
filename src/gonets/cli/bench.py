"""`gonets bench`: how much a gateway bears, measured the whole way, and whether it kept what it promised.

Three processes: this one, a load client (`cli.load`), and a gateway started as anybody would start one, on a data
folder of its own with one account, one route and the simulated network. What it prints is one JSON object
(`Measured`); what goes wrong is a sentence on stderr. It refuses a data folder that holds anything.

The exit status is 1 when it could not be measured, or when a message was refused, lost or sent twice, or the ledger
does not add up: a figure of a gateway that breaks its promises is no figure.
"""

import os
import platform
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NoReturn, assert_never
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import text

from gonets import __version__
from gonets.cli import talk
from gonets.connectors.simulator.phones import read_phones
from gonets.flow.directory import hash_secret
from gonets.model.account import Account, Credential, Profile, Tariff
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import ONE, Millionths
from gonets.model.routing import ConnectorSetup, Route
from gonets.stores import settings
from gonets.stores.money import check, top_up
from gonets.stores.store import open_database, transaction

_LOGIN: Final = "bench"
_PASSWORD: Final = "bench-password"
_CLIENT, _PROFILE = "BENCH", "connector0"
_CONNECTOR: Final = "phones"
_START_S: Final = 30.0
_STOP_S: Final = 30.0
_JOURNAL: Final = 64 * 1024 * 1024
"""The simulated network's own size of a journal file; a larger one is set where the load would not fit in it."""
_JOURNAL_LINE: Final = 512
"""Bytes, more than any line of this load."""


class Wire(StrEnum):
    """Protocols the load client speaks."""

    MFMS = "mfms"


class Wanted(msgspec.Struct, frozen=True):
    """What to measure."""

    count: int
    connections: int
    rate: float
    """Messages a second; 0: closed loop."""
    protocol: Wire
    per_request: int
    push: bool
    patience_s: float


class Conditions(msgspec.Struct, frozen=True):
    """Under which a figure holds; figures of different conditions are not to be compared."""

    count: int
    connections: int
    rate: float
    protocol: str
    messages_per_request: int
    push: bool
    journal: bool
    """The simulated phones keep what they get."""
    version: str
    python: str
    cpus: int
    sqlite: str
    synchronous: str
    journal_mode: str


class Measured(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `gonets bench` prints."""

    accepted_per_s: float
    """Messages accepted, over the time from the first request to the last answer."""
    end_to_end_per_s: float
    """Messages whose final status was told, over the time from the first request to the last final status."""
    p50_ms: float
    p99_ms: float
    """Of acceptance as the client sees it: request written (with a rate: due to be written) to answer read."""
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


class BenchBroken(Exception):
    """It could not be measured; the sentence says why."""


# ---- the command


def bench(
    count: Annotated[int, typer.Option(min=1, help="Messages to send.")] = 20_000,
    connections: Annotated[int, typer.Option(min=1, max=1000, help="Kept alive, one request each.")] = 64,
    rate: Annotated[
        float, typer.Option(min=0, help="Messages a second to offer; 0: as fast as answered.")
    ] = 0,
    protocol: Annotated[Wire, typer.Option(help="What the client speaks.")] = Wire.MFMS,
    per_request: Annotated[int, typer.Option(min=1, max=100, help="Messages in one request.")] = 1,
    push: Annotated[bool, typer.Option(help="Hear statuses by push; else poll them at the end.")] = True,
    half: Annotated[
        bool, typer.Option("--half", help="Run again at half of the rate that was reached.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="An empty folder to use and keep.")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds without news that count as the end.")] = 30,
    profile: Annotated[
        Path | None, typer.Option(help="Write a profile of the gateway's threads here.")
    ] = None,
) -> None:
    """Measure the whole way: a client, a gateway and the simulated network, each message to its final status.

    Prints one JSON object. `--profile` needs py-spy in this environment or on the path (`pip install py-spy`);
    the file's ending chooses the form: `.svg` a flame graph, `.json` for speedscope, anything else folded stacks.
    A profile slows the gateway down: do not quote figures from the same run.
    """
    wanted = Wanted(count, connections, rate, protocol, per_request, push, timeout)
    try:
        measured = _measure(wanted, data, profile)
        if half:
            slower = msgspec.structs.replace(wanted, rate=round(measured.accepted_per_s / 2, 1))
            again = _measure(slower, None if data is None else data / "half", None)
            measured = msgspec.structs.replace(measured, half_load=again)
    except BenchBroken as broken:
        _fail(str(broken))
    typer.echo(msgspec.json.format(msgspec.json.encode(measured)).decode())
    if not measured.kept:
        raise typer.Exit(1)


def _fail(sentence: str) -> NoReturn:
    typer.echo(f"gonets bench: {sentence}", err=True)
    raise typer.Exit(1)


def _measure(wanted: Wanted, data: Path | None, profile: Path | None) -> Measured:
    """One run on a fresh gateway. Raises BenchBroken."""
    with _folder(data) as folder, _progress(wanted.count) as progress:
        return run(wanted, folder, profile, progress)


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is None:
        with tempfile.TemporaryDirectory(prefix="gonets-bench-") as made:
            yield Path(made)
        return
    if data.exists() and any(data.iterdir()):
        raise BenchBroken(f"{data} is not empty; give --data a folder that is, or none")
    data.mkdir(parents=True, exist_ok=True)
    yield data


@contextmanager
def _progress(count: int) -> Iterator[Callable[[talk.Progress], None]]:
    """Two bars on stderr where it is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        answered = bars.add_task("accepted", total=count)
        final = bars.add_task("final", total=count)

        def show(so_far: talk.Progress) -> None:
            bars.update(answered, completed=so_far.answered)
            bars.update(final, completed=so_far.final)

        yield show


# ---- one run


def run(
    wanted: Wanted, folder: Path, profile: Path | None, on_progress: Callable[[talk.Progress], None]
) -> Measured:
    """Measure on a fresh gateway in an empty folder. Raises BenchBroken."""
    with _client() as client:
        opened = client.hear()
        if not isinstance(opened, talk.SinkOpen):
            raise BenchBroken(f"the load client said {opened} instead of its port")
        conditions = _prepare(folder, wanted, opened.port)
        port = _free_port()
        _write_config(folder, port)
        with _gateway(folder, port) as gateway, _profiled(gateway, profile):
            before = _cpu_seconds(gateway.pid)
            client.say(_plan(wanted, port))
            report = client.report(on_progress)
            if isinstance(report, talk.Trouble):
                raise BenchBroken(f"{report.sentence}{_last_words(folder)}")
            cpu_s = _cpu_seconds(gateway.pid) - before
            rss_mb = _peak_mib(gateway.pid)
    for example in report.examples:
        typer.echo(f"gonets bench: {example}", err=True)
    return Measured(
        accepted_per_s=round(report.accepted / report.accept_s, 1),
        end_to_end_per_s=round((report.accepted - report.lost) / report.end_to_end_s, 1),
        p50_ms=round(report.p50_ms, 3),
        p99_ms=round(report.p99_ms, 3),
        longest_ms=round(report.longest_ms, 3),
        accepted=report.accepted,
        refused=report.refused,
        malformed=report.malformed + report.repeated_ids,
        lost=report.lost,
        duplicated=_count_duplicates(folder),
        ledger_flaws=_count_flaws(folder),
        statuses=report.statuses,
        cpu_s=round(cpu_s, 3),
        client_cpu_s=round(report.cpu_s, 3),
        rss_mb=round(rss_mb, 1),
        conditions=conditions,
    )


def _plan(wanted: Wanted, port: int) -> talk.Plan:
    match wanted.protocol:
        case Wire.MFMS:
            path = f"/{_CLIENT}/{_PROFILE}"
        case _:
            assert_never(wanted.protocol)
    return talk.Plan(
        port=port,
        path=path,
        login=_LOGIN,
        password=_PASSWORD,
        count=wanted.count,
        connections=wanted.connections,
        rate=wanted.rate,
        per_request=wanted.per_request,
        push=wanted.push,
        patience_s=wanted.patience_s,
    )


# ---- the store before and after


def _prepare(folder: Path, wanted: Wanted, sink_port: int) -> Conditions:
    """A store with an account that can pay for everything, a tariff, the simulated network and a route to it."""
    engine = open_database(_store_url(folder))
    at = datetime.now(UTC)
    account = Account(
        id=AccountId(0),
        name=_LOGIN,
        group=_LOGIN,
        currency="RUB",
        overdraft=Millionths(0),
        home_country="RU",
        zone=ZoneInfo("UTC"),
        any_sender=True,
        push_url=f"http://127.0.0.1:{sink_port}/statuses" if wanted.push else "",
    )
    phones: dict[str, int | float | str | bool] = {}
    if wanted.count * _JOURNAL_LINE > _JOURNAL:
        phones["journal_size"] = wanted.count * _JOURNAL_LINE
    with transaction(engine) as connection:
        owner = settings.add_account(connection, account, at)
        secret = hash_secret(_PASSWORD)
        settings.add_credential(connection, Credential(owner, Wire.MFMS, _LOGIN, secret))
        settings.add_profile(connection, Profile(owner, _CLIENT, _PROFILE))
        settings.put_tariff(connection, Tariff(_LOGIN, Channel.SMS, "", Millionths(ONE)))
        top_up(connection, owner, Millionths(2 * wanted.count * ONE), "for the bench", at)
        settings.add_connector(connection, ConnectorSetup(_CONNECTOR, "simulator", phones))
        settings.add_route(connection, Route(RouteId(0), _LOGIN, "", (_CONNECTOR,)))
        synchronous = connection.execute(text("PRAGMA synchronous")).scalar_one()
        journal_mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    engine.dispose()
    return Conditions(
        count=wanted.count,
        connections=wanted.connections,
        rate=wanted.rate,
        protocol=wanted.protocol.value,
        messages_per_request=wanted.per_request,
        push=wanted.push,
        journal=True,
        version=__version__,
        python=platform.python_version(),
        cpus=os.cpu_count() or 1,
        sqlite=sqlite3.sqlite_version,
        synchronous=("OFF", "NORMAL", "FULL", "EXTRA")[synchronous],
        journal_mode=journal_mode,
    )


def _write_config(folder: Path, port: int) -> None:
    """Everything as it is by default, but for the doors: one, on a free port of this machine alone."""
    listen = f'[listen]\nbind = "127.0.0.1"\nmfms = {port}\nmfms_tls = -1\nadmin = -1\n'
    (folder / _CONFIG).write_text(f'data = "."\n\n{listen}', encoding="utf-8")


_CONFIG: Final = "gonets.toml"


def _store_url(folder: Path) -> str:
    return f"sqlite:///{folder.resolve() / 'gonets.db'}"


def _count_duplicates(folder: Path) -> int:
    """Parts that came to the phones more than once, each time over the first."""
    came = Counter((line.recipient, line.part) for line in read_phones(folder / "phones" / _CONNECTOR))
    return sum(times - 1 for times in came.values())


def _count_flaws(folder: Path) -> int:
    engine = open_database(_store_url(folder))
    with transaction(engine) as connection:
        flaws = list(check(connection))
    engine.dispose()
    for flaw in flaws[:10]:
        typer.echo(f"gonets bench: {flaw.what}", err=True)
    return len(flaws)


# ---- processes


class _Client:
    """The load client's process."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def say(self, plan: talk.Plan) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(plan) + b"\n")
        self._process.stdin.flush()

    def hear(self) -> talk.Line:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BenchBroken(f"the load client ended with status {self._process.wait()}")
        return msgspec.json.decode(line, type=talk.Line)

    def report(self, on_progress: Callable[[talk.Progress], None]) -> talk.Report | talk.Trouble:
        """Wait for the end."""
        while True:
            line = self.hear()
            if isinstance(line, talk.Report | talk.Trouble):
                return line
            if isinstance(line, talk.Progress):
                on_progress(line)


@contextmanager
def _client() -> Iterator[_Client]:
    command = [sys.executable, "-c", "from gonets.cli.load import main; main()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield _Client(process)
        finally:
            process.kill()


@contextmanager
def _gateway(folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """`gonets serve` on that folder, ready; stopped at the end as an operator would. Raises BenchBroken."""
    command = [sys.executable, "-m", "gonets", "serve", "--config", str(folder / _CONFIG)]
    with (folder / _LOG).open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait_ready(folder, port, process)
            yield process
            process.terminate()
            if process.wait(_STOP_S):
                status = process.returncode
                raise BenchBroken(f"the gateway ended with status {status}{_last_words(folder)}")
        except subprocess.TimeoutExpired:
            raise BenchBroken(f"the gateway did not stop within {_STOP_S:g} seconds") from None
        finally:
            process.kill()


_LOG: Final = "gateway.log"


def _wait_ready(folder: Path, port: int, process: "subprocess.Popen[bytes]") -> None:
    """Until it takes connections."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise BenchBroken(f"the gateway did not start{_last_words(folder)}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise BenchBroken(f"the gateway took no connections for {_START_S:g} seconds{_last_words(folder)}")


def _last_words(folder: Path) -> str:
    """The end of the gateway's log, to go behind a sentence."""
    lines = (folder / _LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    return "".join(f"\n  {line[:300]}" for line in ["; the end of its log:", *lines[-5:]]) if lines else ""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (proc(5), /proc/pid/stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mib(pid: int) -> float:
    """The most memory a process had resident so far (proc(5), VmHWM in KiB)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


_FORMS: Final = {".svg": "flamegraph", ".json": "speedscope"}


@contextmanager
def _profiled(gateway: "subprocess.Popen[bytes]", profile: Path | None) -> Iterator[None]:
    """With py-spy beside it, which looks at all its threads from outside and ends with it. Raises BenchBroken."""
    if profile is None:
        yield
        return
    beside = Path(sys.executable).parent / "py-spy"
    spy = str(beside) if beside.exists() else shutil.which("py-spy")
    if spy is None:
        raise BenchBroken("--profile needs py-spy: pip install py-spy")
    form = _FORMS.get(profile.suffix, "raw")
    command = [spy, "record", "--pid", str(gateway.pid), "--threads", "--gil", "--rate", "500"]
    with subprocess.Popen(
        [*command, "--format", form, "--output", str(profile)], stdout=sys.stderr
    ) as spying:
        try:
            time.sleep(0.5)  # until it has found the threads
            yield
        finally:
            spying.send_signal(2)
            spying.wait(_STOP_S)
