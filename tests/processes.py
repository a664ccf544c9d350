"""Whole gateways for tests: a data folder is prepared, a gateway process started on it, watched, stopped or killed.

Every port is a free one that the process itself takes and tells in its log. A process is ended by its own id, and
none outlives the `with` it was started in.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from gonets.config import Config, FlowConfig, HttpConfig, ListenConfig, PushConfig, SmppConfig
from gonets.connectors.simulator.phones import Received, read_phones
from gonets.model.account import Account, Credential, Profile, Tariff
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import ONE, Millionths
from gonets.model.routing import ConnectorSetup, Route
from gonets.rules.proofs import hash_secret
from gonets.stores import settings
from gonets.stores.money import top_up
from gonets.stores.store import open_database, transaction

ACCOUNT: Final = "demo"
LOGIN: Final = "CLIENT"
PASSWORD: Final = "P@ssw0rd"
LOGINS: Final[Mapping[str, str]] = {"mfms": LOGIN}
CONNECTOR: Final = "phones"
PRICE: Final = Millionths(ONE)
"""Of one part to any number."""
FUNDS: Final = Millionths(10_000_000 * ONE)

LOOPBACK: Final = PushConfig(("127.0.0.0/8",))
"""Clients of tests listen there."""

QUICK: Final[Mapping[str, float]] = {"answer_delay": 0.005, "receipt_delay": 0.05, "answer_timeout": 0.5}
"""Settings of a simulated network that makes nobody wait."""

_POLL_S: Final = 0.02

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float, what: str = "") -> T:
    """Ask until the answer is true, and return it; fails with `what` (a sentence of what never came true)."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(what or f"not within {seconds:g} seconds: {condition}")
        time.sleep(_POLL_S)


@dataclass(frozen=True)
class Place:
    """A prepared data folder; its log and config file lie in `folder`, outside of it."""

    folder: Path
    data: Path

    @property
    def config(self) -> Path:
        """The config file."""
        return self.folder / "gonets.toml"

    @property
    def log(self) -> Path:
        """What every process on it has written to its standard output and error output, one after another."""
        return self.folder / "gateway.log"

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """One transaction on the store, beside whatever gateway runs."""
        engine = open_database(f"sqlite:///{self.data / 'gonets.db'}")
        try:
            with transaction(engine) as connection:
                yield connection
        finally:
            engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that only reads."""
        engine = open_database(f"sqlite:///{self.data / 'gonets.db'}")
        try:
            with transaction(engine.execution_options(gonets_reads=True)) as connection:
                yield connection
        finally:
            engine.dispose()

    def phones(self) -> list[Received]:
        """What the simulated phones got, newest last."""
        return read_phones(self.data / "phones")


def prepare(
    folder: Path,
    data: Path | None = None,
    *,
    flow: FlowConfig = FlowConfig(),  # noqa: B008 - frozen
    http: HttpConfig = HttpConfig(),  # noqa: B008 - frozen
    smpp: SmppConfig = SmppConfig(),  # noqa: B008 - frozen
    push: PushConfig = LOOPBACK,
    network: Mapping[str, float | int] = QUICK,
    push_url: str = "",
    zone: str = "UTC",
    logins: Mapping[str, str] = LOGINS,
    **more: Any,
) -> Place:
    """A store with one account, its MFMS login, one tariff, one simulated network and a route to it.

    The account's profiles are `CLIENT/connectorX` (login, password) and `CLIENT/connector0` (login, pass, dates with
    dashes); any sender may be used. `network` are settings of the simulator. `logins` are by protocol, `more` are other
    settings of the account.
    """
    place = Place(folder, folder / "data" if data is None else data)
    place.data.mkdir(parents=True, exist_ok=True)
    listen = ListenConfig("127.0.0.1", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    place.config.write_text(
        _toml(Config(data=str(place.data), listen=listen, flow=flow, http=http, smpp=smpp, push=push)),
        encoding="utf-8",
    )
    at = datetime.now(UTC)
    with place.changing() as connection:
        account = settings.add_account(
            connection,
            Account(
                id=AccountId(0),
                name=ACCOUNT,
                group="standard",
                currency="RUB",
                overdraft=Millionths(0),
                home_country="RU",
                zone=ZoneInfo(zone),
                any_sender=True,
                push_url=push_url,
                **more,
            ),
            at,
        )
        top_up(connection, account, FUNDS, "to begin with", at)
        for protocol, login in logins.items():
            settings.add_credential(connection, Credential(account, protocol, login, hash_secret(PASSWORD)))
        settings.add_profile(connection, Profile(account, LOGIN, "connectorX"))
        settings.add_profile(
            connection, Profile(account, LOGIN, "connector0", password_field="pass", dashed_dates=True)
        )
        settings.put_tariff(connection, Tariff("standard", Channel.SMS, "", PRICE))
        settings.add_connector(connection, ConnectorSetup(CONNECTOR, "simulator", dict(network)))
        settings.add_route(connection, Route(RouteId(0), "all", "", (CONNECTOR,)))
    return place


def _toml(config: Config) -> str:
    """The file that says the same; its scalars are written as JSON writes them."""
    top: dict[str, Any] = msgspec.to_builtins(config)
    lines = [f"{key} = {json.dumps(value)}" for key, value in top.items() if not isinstance(value, dict)]
    for name, section in top.items():
        if isinstance(section, dict):
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in section.items())]
    return "\n".join(lines) + "\n"


# ---- the process


class Child(Protocol):
    """What is asked of a process; `subprocess.Popen` has it."""

    @property
    def pid(self) -> int:
        """Its id."""

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code once it has ended. Raises subprocess.TimeoutExpired."""

    def send_signal(self, sig: int) -> None:
        """To it alone."""

    def kill(self) -> None:
        """SIGKILL; harmless when it has ended."""


@dataclass
class GatewayProcess:
    """A gateway that was started; `ports` is empty until it has told them."""

    process: Child
    place: Place
    log_start: int
    """Where in the log this process begins."""
    ports: dict[str, int] = field(default_factory=dict)

    def said(self) -> str:
        """What it has logged so far."""
        with self.place.log.open("rb") as log:
            log.seek(self.log_start)
            return log.read().decode(errors="replace")

    def lines(self, action: str) -> list[dict[str, Any]]:
        """Its log lines of that action so far."""
        found = []
        for line in self.said().splitlines():
            if f'"{action}"' in line and line.startswith("{") and line.endswith("}"):
                read = json.loads(line)
                if read.get("action") == action:
                    found.append(read)
        return found

    def listening(self, seconds: float = 30.0) -> "GatewayProcess":
        """Wait until it serves; fails when it ends instead."""
        until(self.serves, seconds, "the gateway does not start")
        return self

    def serves(self) -> bool:
        """Whether it has told its ports; fails when it has ended."""
        if not self.ports:
            code = self.process.poll()
            assert code is None, f"the gateway ended with {code}: {self.said()[-2000:]}"
            for line in self.lines("gateway_started"):
                self.ports = line["ports"]
        return bool(self.ports)

    def ready(self) -> tuple[bool, dict[str, bool]]:
        """What `/readyz` says: as a whole, and check by check."""
        connection = HTTPConnection("127.0.0.1", self.ports["admin"], timeout=10)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            body = json.loads(answer.read())
        finally:
            connection.close()
        assert answer.status == (200 if body["ready"] else 503)
        return body["ready"], {check["name"]: check["ok"] for check in body["checks"]}

    def is_ready(self) -> bool:
        """`/readyz` as a whole."""
        return self.ready()[0]

    def url(self, path: str, scheme: str = "http") -> str:
        """Of an MFMS call; `path` begins with a slash."""
        return f"{scheme}://127.0.0.1:{self.ports['mfms_tls' if scheme == 'https' else 'mfms']}{path}"

    def site(self, path: str, scheme: str = "http") -> str:
        """Of a call of any protocol; `path` begins with a slash."""
        return f"{scheme}://127.0.0.1:{self.ports['http_tls' if scheme == 'https' else 'http']}{path}"

    def terminate(self) -> None:
        """Ask it to stop, as an operator does."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = 30.0) -> int:
        """Its exit code; fails when it goes on for longer."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the gateway still runs after {seconds:g} seconds") from None

    def stop(self, seconds: float = 30.0) -> int:
        """Ask it to stop and wait for it; its exit code."""
        self.terminate()
        return self.wait(seconds)

    def kill(self) -> None:
        """End it at once, as a power cut would end it; harmless when it has ended."""
        self.process.kill()
        self.process.wait()


Starting = Callable[[Place], Child]
"""Begins a gateway; `tests.stories.durability.warm` has a quicker one than `serve`."""


def serve(place: Place) -> Child:
    """`gonets serve` as anybody would start it."""
    with place.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "gonets", "serve", "--config", str(place.config)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


@contextmanager
def started(place: Place, starting: Starting = serve) -> Iterator[GatewayProcess]:
    """A gateway process that was just begun; killed at the end if it still runs."""
    place.log.touch()
    log_start = place.log.stat().st_size
    gateway = GatewayProcess(starting(place), place, log_start)
    try:
        yield gateway
    finally:
        gateway.kill()


@contextmanager
def running(place: Place, starting: Starting = serve) -> Iterator[GatewayProcess]:
    """A gateway that is ready; killed at the end if it still runs."""
    with started(place, starting) as gateway:
        until(gateway.listening().is_ready, 30.0, "the gateway does not become ready")
        yield gateway


def gonets(*arguments: str, seconds: float = 60.0) -> "subprocess.CompletedProcess[str]":
    """Run the command line in a process of its own; its output and exit code."""
    return subprocess.run(
        [sys.executable, "-m", "gonets", *arguments],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
    )


def curl(*arguments: str, seconds: float = 30.0) -> bytes:
    """What curl writes to its standard output. `-g` and `-sS` are given; fails when curl does."""
    assert shutil.which("curl"), "curl is not installed; on Debian and Ubuntu: apt install curl"
    done = subprocess.run(
        ["curl", "-g", "-sS", *arguments], capture_output=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
