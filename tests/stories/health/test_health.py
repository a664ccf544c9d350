"""Two links of one route: one begins to refuse everything, is left alone, and is used again when it is well."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.request import urlopen

from gonets.config import FlowConfig
from tests.processes import CONNECTOR, QUICK, GatewayProcess, Starting, gonets, prepare, running, until
from tests.stories.table.clients import SENDER


def send(gateway: GatewayProcess, most: int, ending: str) -> None:
    """So many messages, one to each of as many numbers; the simulated network goes by the last four digits."""
    rows = "&".join(
        f"subject[{n}]={SENDER}&address[{n}]=7903{n:03}{ending}&text[{n}]=Hello%20{n}%20{ending}"
        for n in range(most)
    )
    url = gateway.url(f"/CLIENT/connectorX/send?login=CLIENT&password=P@ssw0rd&{rows}")
    with urlopen(url.replace("[", "%5B").replace("]", "%5D"), timeout=30) as answer:
        assert answer.read().count(b"ok;") == most


def shares(gateway: GatewayProcess) -> dict[str, int]:
    """Parts by the link that they left by."""
    done = gonets("connector", "health", "--json", "--config", str(gateway.place.config))
    assert done.returncode == 0, done.stderr
    return {each["name"]: each["parts"] for each in json.loads(done.stdout)}


def metrics(gateway: GatewayProcess) -> str:
    with urlopen(f"http://127.0.0.1:{gateway.ports['admin']}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def test_a_link_that_refuses_is_left_alone_until_it_is_well(tmp_path: Path, starting: Starting) -> None:
    place = prepare(tmp_path, flow=FlowConfig(first_retry_seconds=250.0))
    pairs = [word for key, value in QUICK.items() for word in ("--set", f"{key}={value}")]
    for command in (
        ["connector", "disable", CONNECTOR],
        ["connector", "add", "first", *pairs, "--set", "health_probes=600", "--set", "health_window=10"],
        ["connector", "add", "second", *pairs],
        ["route", "add", "mobile", "--prefix", "7903", "--connector", "first", "--connector", "second"],
    ):
        done = gonets(*command, "--config", str(place.config))
        assert done.returncode == 0, done.stderr
    with running(place, starting) as gateway:
        send(gateway, 30, "9913")  # put off, and not tried again while this lasts
        until(lambda: gateway.lines("link_unhealthy"), 20.0, "nobody says that the link refuses everything")
        [said] = gateway.lines("link_unhealthy")
        assert (said["connector"], said["trouble"]) == ("first", "refuses")
        checks = gateway.ready()[1]
        assert checks["link first"] is False
        assert checks["link second"] is True
        assert 'gonets_link_healthy{connector="first"} 0.0' in metrics(gateway)
        before = shares(gateway)
        send(gateway, 50, "1234")
        until(lambda: sum(shares(gateway).values()) == 80, 20.0, "not everything leaves")
        after = shares(gateway)
        assert after["second"] - before["second"] > 25
        rounds = count(2000)
        until(lambda: recovers(gateway, rounds), 20.0, "the link does not recover")
        assert gateway.ready()[1]["link first"] is True
        assert 'gonets_link_healthy{connector="first"} 1.0' in metrics(gateway)
        assert gateway.stop() == 0


def recovers(gateway: GatewayProcess, rounds: Iterator[int]) -> bool:
    """Give it something to recover by."""
    if gateway.lines("link_recovered"):
        return True
    send(gateway, 5, str(next(rounds)))
    return False
