"""An upstream with every fault at once: nothing is lost, nothing is sent twice, and what is in doubt is said to be."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any, Final

import pytest
from sqlalchemy import text

from gonets.config import FlowConfig
from gonets.model.message import State
from tests.contract.house import scaled
from tests.processes import GatewayProcess, Place, Starting, gonets, prepare, running, started, until
from tests.stories.durability.load import Load
from tests.stories.smpp_upstream.smsc import IDS

REQUESTS: Final = scaled(20_000, 600) * 3 // 4
"""Of one message each, and now and then of several, some of them long."""
PATIENCE_S: Final = 120.0 + REQUESTS / 50
"""Each cut of a connection, one in some hundred and fifty messages, costs a bind a second."""
ROOT: Final = Path(__file__).parents[3]


@contextmanager
def upstream(journal: Path, *arguments: str) -> Iterator[int]:
    """The SMSC; gives its port."""
    journal.touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stories.smpp_upstream.smsc", "--journal", str(journal), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        assert process.poll() is None, "the SMSC has ended"
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def add_link(place: Place, port: int, *pairs: str) -> None:
    """Let all of Russia go through the SMSC."""
    settings = ["host=127.0.0.1", f"port={port}", "system_id=gonets", "password=secret", *pairs]
    arguments = [word for pair in settings for word in ("--set", pair)]
    for command in (
        ["connector", "add", "smsc", "--kind", "smpp", *arguments],
        ["route", "add", "russia", "--prefix", "7", "--connector", "smsc"],
    ):
        done = gonets(*command, "--config", str(place.config))
        assert done.returncode == 0, done.stderr


def journal_of(path: Path, kind: str) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [line for line in map(json.loads, lines) if line["kind"] == kind]


def parts_of(place: Place) -> list[tuple[str, int, str, State]]:
    """Recipient, number, text and state of every part."""
    query = text(
        "SELECT m.recipient, p.number, coalesce(p.segment, m.text), p.state"
        " FROM parts p JOIN messages m ON m.id = p.message_id"
    )
    with place.reading() as connection:
        return [(row[0], row[1], row[2], State(row[3])) for row in connection.execute(query)]


_MOVES: Final = f"state < {State.DELIVERED:d} AND state <> {State.UNCERTAIN:d}"


def is_over(place: Place, journal: Path) -> bool:
    """Whether every part is final, or in doubt for good: the upstream has handed over all of its receipts."""
    with place.reading() as connection:
        if connection.execute(text(f"SELECT 1 FROM parts WHERE {_MOVES} LIMIT 1")).first() is not None:
            return False
    return len(journal_of(journal, "told")) == len(journal_of(journal, "taken"))


def given_seed() -> int:
    seed = int(os.environ.get("GONETS_TEST_SEED", random.randrange(2**31)))
    sys.stdout.write(f"GONETS_TEST_SEED={seed}\n")
    return seed


PATIENT: Final = FlowConfig(tries=60, first_retry_seconds=0.1, longest_retry_seconds=1.0)
LINK: Final = ("binds=4", "window=20", "answer_timeout=1.5", "enquire_after=5")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("ids", IDS)
def test_nothing_is_lost_and_nothing_is_sent_twice(tmp_path: Path, starting: Starting, ids: str) -> None:
    seed = given_seed()
    journal = tmp_path / "smsc.jsonl"
    place = prepare(tmp_path, flow=PATIENT)
    requests = REQUESTS if ids == "same" else REQUESTS // 4
    load = Load(seed, endings=(), most=requests)
    with upstream(journal, "--seed", str(seed), "--ids", ids) as port:
        add_link(place, port, *LINK)
        with running(place, starting) as gateway:
            with load.running(gateway.ports["mfms"]):
                _until_asked(load, requests)
                until(lambda: is_over(place, journal), PATIENCE_S, "some parts never came to an end")
            _prove_well(gateway)
            assert gateway.stop() == 0
    assert len(parts_of(place)) >= len(load.wanted)
    assert not load.refused
    _prove(place, journal, load)


@pytest.mark.timeout(600)
def test_a_power_cut_in_the_middle_changes_nothing_of_that(tmp_path: Path, starting: Starting) -> None:
    seed = given_seed()
    journal = tmp_path / "smsc.jsonl"
    place = prepare(tmp_path, flow=PATIENT)
    requests = REQUESTS // 2
    load = Load(seed, endings=(), most=requests)
    with upstream(journal, "--seed", str(seed), "--ids", "hex") as port, load.running():
        add_link(place, port, *LINK)
        for share in (3, 2):
            with running(place, starting) as gateway:
                load.port = gateway.ports["mfms"]
                _until_asked(load, requests // share)
                load.port = None
                gateway.kill()
        with running(place, starting) as gateway:
            load.port = gateway.ports["mfms"]
            _until_asked(load, requests)
            until(lambda: is_over(place, journal), PATIENCE_S, "some parts never came to an end")
            _prove_well(gateway)
            assert gateway.stop() == 0
    _prove(place, journal, load)


@pytest.mark.timeout(120)
def test_what_waits_for_an_upstream_that_is_not_there_leaves_when_it_comes(
    tmp_path: Path, starting: Starting
) -> None:
    journal = tmp_path / "smsc.jsonl"
    place = prepare(tmp_path)
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    add_link(place, port)
    load = Load(1, endings=(), most=20)
    with started(place, starting) as gateway:
        gateway.listening()
        with load.running(gateway.ports["mfms"]):
            until(lambda: len(load.taken) >= 20, 30.0, "it takes nothing")
            ready, checks = gateway.ready()
            assert (ready, checks["link smsc"]) == (False, False)
            assert {state for *_, state in parts_of(place)} == {State.QUEUED}
            with upstream(journal, "--port", str(port), "--faulty", "0"):
                until(lambda: is_over(place, journal), 60.0, "some parts never came to an end")
                assert gateway.is_ready()
                assert {state for *_, state in parts_of(place)} == {State.DELIVERED}


def _until_asked(load: Load, requests: int) -> None:
    until(lambda: len(load.requests) >= requests, 300.0, "the load does not come in")


def _prove_well(gateway: GatewayProcess) -> None:
    """It met no defect of its own."""
    for action in ("step_failed", "task_failed", "link_failed", "delivery_failed", "event_refused"):
        assert gateway.lines(action) == []
    assert "Traceback" not in gateway.said()


def _prove(place: Place, journal: Path, load: Load) -> None:
    """What the upstream got is held against what is said of it."""
    assert not load.broken
    faults = Counter(line["fault"] for line in journal_of(journal, "taken"))
    kept = parts_of(place)
    states = Counter(state for *_, state in kept)
    sys.stdout.write(f"{dict(faults)}; {dict(states)}\n")
    assert states.keys() <= {State.DELIVERED, State.UNCERTAIN}
    taken = Counter((line["to"], line["part"], line["text"]) for line in journal_of(journal, "taken"))
    asked = Counter((recipient, number, said) for recipient, number, said, _ in kept)
    assert not taken - asked, "the upstream got something twice"
    in_doubt = Counter(
        (recipient, number, said) for recipient, number, said, state in kept if state is State.UNCERTAIN
    )
    assert not (asked - in_doubt) - taken, "something is said to be delivered that the upstream never got"
    told_of = {recipient for recipient, count in Counter(each[0] for each in kept).items() if count == 1}
    left = [each for each in in_doubt & taken if each[0] in told_of]
    assert not left, "a doubt has outlived the receipt that ends it"
    _prove_heard(place, journal)
    assert gonets("ledger", "check", "--config", str(place.config)).returncode == 0


def _prove_heard(place: Place, journal: Path) -> None:
    """What the upstream was told that we have of what phones said, we have."""
    with place.reading() as connection:
        kept = Counter(row[0] for row in connection.execute(text("SELECT text FROM inbound")))
    assert not Counter(line["text"] for line in journal_of(journal, "heard")) - kept
