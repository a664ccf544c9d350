"""A client's server that is broken, in whatever way, is the trouble of that client alone."""

import json
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any, Final
from zoneinfo import ZoneInfo

from gonets.config import FlowConfig
from gonets.model.account import Account, Credential, Profile, PushKind
from gonets.model.message import AccountId
from gonets.model.money import ONE, Millionths
from gonets.rules.proofs import hash_secret
from gonets.stores import settings
from gonets.stores.money import top_up
from tests.processes import PASSWORD, GatewayProcess, Place, Starting, gonets, prepare, running, until
from tests.stories.gateway.houses import number, send
from tests.stories.hearing.webhooks import Server, closes, fails, hangs, listening, redirects, takes

GOOD: Final = ("GOOD1", "GOOD2", "GOOD3")
BAD: Final = {"HANGS": hangs, "FAILS": fails, "REDIRECTS": redirects, "CLOSES": closes}
METADATA: Final = "http://169.254.169.254/latest/meta-data/"
EACH: Final = 20
"""Messages of each account."""
PATIENCE_S: Final = 1.0
"""Of the gateway with a server that hangs."""


def place_for(folder: Path, urls: Mapping[str, str]) -> Place:
    """A gateway with an account for each of these URLs, which its webhooks go to."""
    place = prepare(folder, flow=FlowConfig(push_timeout_seconds=PATIENCE_S))
    at = datetime.now(UTC)
    secret = hash_secret(PASSWORD)
    with place.changing() as connection:
        for name, url in urls.items():
            new = Account(
                AccountId(0),
                name.lower(),
                "standard",
                "RUB",
                Millionths(0),
                "RU",
                ZoneInfo("UTC"),
                any_sender=True,
                push_url=url,
                push_kind=PushKind.WEBHOOK,
            )
            account = settings.add_account(connection, new, at)
            top_up(connection, account, Millionths(1000 * ONE), "to begin with", at)
            settings.add_credential(connection, Credential(account, "mfms", name, secret))
            settings.add_profile(connection, Profile(account, name, "connector0"))
    return place


def send_from(gateway: GatewayProcess, names: tuple[str, ...]) -> dict[str, dict[int, float]]:
    """Send messages from all of these by turns; by account and message, when it was accepted."""
    accepted: dict[str, dict[int, float]] = {name: {} for name in names}
    for _ in range(EACH):
        for name in names:
            message = number(send(gateway, name))
            accepted[name][message] = time.monotonic()
    return accepted


def heard_by(servers: Mapping[str, Server], accepted: Mapping[str, Mapping[int, float]]) -> list[float]:
    """Wait until the good accounts have heard of all of theirs; seconds from each acceptance to its status."""
    for name in GOOD:
        server = servers[name]
        until(lambda: server.took.keys() >= accepted[name].keys(), 30.0, f"{name} does not hear of all")  # noqa: B023
    return [servers[name].took[message] - at for name in GOOD for message, at in accepted[name].items()]


def p99(seconds: list[float]) -> str:
    return f"{quantiles(seconds, n=100)[98] * 1000:.0f} ms"


def attempts(place: Place, name: str) -> list[dict[str, Any]]:
    done = gonets("account", "attempts", name.lower(), "--json", "--config", str(place.config))
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_servers_that_hang_fail_redirect_or_close_delay_nobody_else(
    tmp_path: Path, starting: Starting
) -> None:
    with ExitStack() as open_:
        servers = {name: open_.enter_context(listening()) for name in GOOD}
        servers |= {name: open_.enter_context(listening(behave)) for name, behave in BAD.items()}
        urls = {name: server.url for name, server in servers.items()} | {"METADATA": METADATA}
        place = place_for(tmp_path, urls)
        with running(place, starting) as gateway:
            alone = heard_by(servers, send_from(gateway, GOOD))
            beside = heard_by(servers, send_from(gateway, (*GOOD, *BAD, "METADATA")))
            print(f"p99 from acceptance to status: alone {p99(alone)}, beside bad servers {p99(beside)}")  # noqa: T201
            for name in (*BAD, "METADATA"):
                until(lambda: attempts(place, name), 15.0, f"{name} is not called")  # noqa: B023
            outcomes = {name: {each["outcome"] for each in attempts(place, name)} for name in urls}
            assert gateway.stop() == 0
    for name in GOOD:
        messages = servers[name].messages()
        assert len(messages) == len(set(messages)) == 2 * EACH
        assert outcomes[name] == {"HTTP 200"}
    assert outcomes["HANGS"] == {"timed out"}
    assert outcomes["FAILS"] == {"HTTP 500"}
    assert outcomes["REDIRECTS"] == {"HTTP 302"}
    assert outcomes["CLOSES"] == {"cut off"}
    assert outcomes["METADATA"] == {"address not allowed"}
    assert all(servers[name].asked for name in BAD)
    assert all(not each["taken"] for name in BAD for each in attempts(place, name))


def test_what_a_server_missed_is_told_again_in_order_while_the_gateway_runs(
    tmp_path: Path, starting: Starting
) -> None:
    with listening(hangs) as server:
        place = place_for(tmp_path, {"GOOD1": server.url})
        with running(place, starting) as gateway:
            accepted = send_from(gateway, ("GOOD1",))["GOOD1"]
            until(lambda: attempts(place, "GOOD1"), 15.0, "it is not called")
            with place.changing() as connection:
                connection.exec_driver_sql("DELETE FROM mailbox")  # as after a day
            replayed = gonets(
                "account", "replay", "good1", "--since", "1h", "--yes", "--config", str(place.config)
            )
            assert f"{EACH} notices and 0 messages from phones" in replayed.stdout, replayed.stderr
            with place.reading() as connection:
                rows = connection.exec_driver_sql("SELECT message_id, at FROM mailbox ORDER BY id").fetchall()
            assert rows == sorted(rows, key=lambda row: (row[1], row[0]))
            assert {row[0] for row in rows} == accepted.keys()
            assert server.messages() == []
            server.behave = takes
            server.released.set()
            until(lambda: len(server.taken) >= EACH, 30.0, "they are not told again")
            assert gateway.stop() == 0
    assert server.messages() == [row[0] for row in rows]
