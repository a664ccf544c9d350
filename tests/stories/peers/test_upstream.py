"""An upstream that misbehaves in every way it can: no message is lost in it, and none is sent twice."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from gonets.model.account import Resend
from gonets.model.message import RouteId, State
from gonets.model.routing import ConnectorSetup, Route
from gonets.stores import settings
from gonets.wire.smpp.codes import Command
from tests.processes import GatewayProcess, Place, Starting, prepare, running, until
from tests.stories.durability.load import Wanted, send_request
from tests.stories.peers.clients import HERE, NPM
from tests.stories.peers.mfms import ask
from tests.stories.peers.wiretap import Wiretap

PREFIX: Final = "7921"
"""Of numbers that go to the upstream."""
ANSWER_TIMEOUT: Final = 1.0
_LATE_MS: Final = 1_400
_EARLY_MS: Final = 300
_SECONDS: Final = 60.0
_STEP: Final = 40
"""Messages in a request."""

WAYS: Final[Mapping[str, int]] = {
    "plain": 40,
    "late": 6,
    "never": 6,
    "before": 12,
    "twice": 12,
    "throttled": 3,
    "full": 3,
    "nack": 6,
    "odd": 12,
    "dropped": 3,
    "answered": 3,
    "unheard": 3,
}
"""How many messages the upstream treats so (see upstream.js)."""


class Upstream(NamedTuple):
    """A scripted upstream, running."""

    port: int
    journal: Path

    def noted(self, what: str) -> Counter[str]:
        """How often it has noted that, by recipient."""
        lines = self.journal.read_text().splitlines()
        return Counter(line["to"] for line in map(json.loads, lines) if line["what"] == what)


@contextmanager
def upstream(folder: Path, **scenario: Any) -> Iterator[Upstream]:
    """One that ends with the test; see upstream.js for what a scenario has."""
    missing = NPM.has()
    assert not missing, missing
    journal = folder / "upstream.jsonl"
    journal.touch()
    with (
        (folder / "upstream.err").open("wb+") as errors,
        subprocess.Popen(
            ["node", str(HERE / "upstream.js"), json.dumps(scenario), str(journal)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            assert first, (folder / "upstream.err").read_text()
            yield Upstream(int(first), journal)
            assert process.poll() is None, (folder / "upstream.err").read_text()[-2000:]
        finally:
            process.stdin.close()


def linked(folder: Path, port: int, resend: Resend = Resend.NEVER_TWICE, **more: Any) -> Place:
    """A place whose numbers under `PREFIX` go over SMPP to that port."""
    place = prepare(folder, resend=resend)
    link = {
        "host": "127.0.0.1",
        "port": port,
        "system_id": "gonets",
        "answer_timeout": ANSWER_TIMEOUT,
        **more,
    }
    with place.changing() as connection:
        settings.add_connector(connection, ConnectorSetup("upstream", "smpp", link))
        settings.add_route(connection, Route(RouteId(0), "upstream", PREFIX, ("upstream",)))
    return place


def send(gateway: GatewayProcess, ways: list[str]) -> list[str]:
    """Send a message of each way, to a number of its own; the numbers in that order."""
    messages = [
        Wanted(f"c{number}", f"{PREFIX}{number:07}", f"{way} {number}") for number, way in enumerate(ways)
    ]
    for start in range(0, len(messages), _STEP):
        rows = ask(gateway, send_request(messages[start : start + _STEP]))
        assert {row[0] for row in rows} == {"ok"}
    return [message.recipient for message in messages]


def standing(gateway: GatewayProcess) -> dict[str, State]:
    """The state of each message's only part, by recipient."""
    with gateway.place.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT messages.recipient, parts.state FROM parts JOIN messages ON messages.id = parts.id"
        ).all()
    return {recipient: State(state) for recipient, state in rows}


def mixed(ways: Mapping[str, int]) -> list[str]:
    """As many of each as it says, spread evenly."""
    spread = [((index + 0.5) / count, way) for way, count in ways.items() for index in range(count)]
    return [way for _, way in sorted(spread)]


@pytest.mark.parametrize(
    ("hexadecimal", "ways"),
    [(False, WAYS), (True, {way: WAYS[way] for way in ("plain", "never", "before", "twice", "odd")})],
    ids=["in every way", "and in hexadecimal"],
)
def test_what_a_misbehaving_upstream_takes_is_delivered_once_and_nothing_is_lost(
    tmp_path: Path, starting: Starting, hexadecimal: bool, ways: Mapping[str, int]
) -> None:
    with (
        upstream(tmp_path, hex=hexadecimal, late=_LATE_MS, early=_EARLY_MS) as peer,
        Wiretap(peer.port) as tap,
        running(linked(tmp_path, tap.port, binds=2), starting) as gateway,
    ):
        numbers = send(gateway, mixed(ways))

        def all_told() -> bool:
            told = set(standing(gateway).values())
            return told == {State.DELIVERED} and set(peer.noted("told")) == set(numbers)

        until(all_told, _SECONDS, "not all of it is delivered")
        assert peer.noted("taken") == Counter(numbers)
        assert peer.noted("dropped").total() >= (3 if "dropped" in ways else 0)
        assert gateway.stop() == 0
        assert "Traceback" not in gateway.said()
    dissected = tap.dissected(tmp_path)
    assert dissected.complaints == []
    assert dissected.commands[Command.SUBMIT_SM] == tap.commands()[Command.SUBMIT_SM] >= len(numbers)


@pytest.mark.parametrize("resend", Resend)
def test_when_connections_are_cut_each_account_gets_the_doubt_that_it_prefers(
    tmp_path: Path, starting: Starting, resend: Resend
) -> None:
    with (
        upstream(tmp_path, hex=False, late=_LATE_MS, early=0) as peer,
        running(linked(tmp_path, peer.port, resend), starting) as gateway,
    ):
        numbers = send(gateway, mixed({"plain": 60, "abrupt": 4}))

        def over() -> bool:
            found = standing(gateway)
            ended = {number for number, state in found.items() if state is State.DELIVERED}
            rest = {number for number, state in found.items() if state is State.UNCERTAIN}
            return ended == set(peer.noted("taken")) == set(peer.noted("told")) and ended | rest == set(
                numbers
            )

        until(over, _SECONDS, "it does not come to rest")
        taken = peer.noted("taken")
        if resend is Resend.NEVER_TWICE:
            assert set(taken.values()) == {1}
        else:
            assert set(taken) == set(numbers)
        assert peer.noted("dropped").total() >= 3
        assert gateway.stop() == 0
