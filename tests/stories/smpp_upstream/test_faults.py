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
from typing import Any, Final

import pytest
from sqlalchemy import text

from gonets.config import FlowConfig
from gonets.model.message import State
from tests.contract.house import scaled
from tests.processes import Place, Starting, gonets, prepare, running, until
from tests.stories.durability.load import Load
from tests.stories.smpp_upstream.smsc import IDS

REQUESTS: Final = scaled(20_000, 600) * 3 // 4
"""Of one message each, and now and then of several, some of them long."""
ROOT: Final = Path(__file__).parents[3]


@contextmanager
def upstream(journal: Path, *arguments: str) -> Iterator[int]:
    """The SMSC; gives its port."""
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


def is_over(place: Place, journal: Path) -> bool:
    """Whether every part is final, or in doubt for good: the upstream has handed over all of its receipts."""
    if not all(state.final or state is State.UNCERTAIN for *_, state in parts_of(place)):
        return False
    return len(journal_of(journal, "told")) == len(journal_of(journal, "taken"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("ids", IDS)
def test_nothing_is_lost_and_nothing_is_sent_twice(tmp_path: Path, starting: Starting, ids: str) -> None:
    seed = int(os.environ.get("GONETS_TEST_SEED", random.randrange(2**31)))
    sys.stdout.write(f"GONETS_TEST_SEED={seed}\n")
    journal = tmp_path / "smsc.jsonl"
    journal.touch()
    place = prepare(tmp_path, flow=FlowConfig(tries=60, first_retry_seconds=0.1, longest_retry_seconds=1.0))
    requests = REQUESTS if ids == "same" else REQUESTS // 4
    load = Load(seed, endings=(), most=requests)
    with upstream(journal, "--seed", str(seed), "--ids", ids) as port:
        add_link(place, port, "binds=4", "window=20", "answer_timeout=1.5", "enquire_after=5")
        with running(place, starting) as gateway:
            with load.running(gateway.ports["mfms"]):
                until(lambda: len(load.requests) >= requests, 300.0, "the load does not end")
                until(lambda: is_over(place, journal), 120.0, "some parts never came to an end")
            for action in ("step_failed", "task_failed", "link_failed", "delivery_failed", "event_refused"):
                assert gateway.lines(action) == []
            assert gateway.stop() == 0

    faults = Counter(line["fault"] for line in journal_of(journal, "taken"))
    sys.stdout.write(f"{dict(faults)}; {dict(Counter(state.name for *_, state in parts_of(place)))}\n")
    assert not load.broken
    assert not load.refused
    taken = Counter((line["to"], line["part"], line["text"]) for line in journal_of(journal, "taken"))
    kept = parts_of(place)
    asked = Counter((recipient, number, said) for recipient, number, said, _ in kept)
    assert len(kept) >= len(load.wanted)
    assert not taken - asked, "the upstream got something twice"
    states = Counter(state for *_, state in kept)
    assert states.keys() <= {State.DELIVERED, State.UNCERTAIN}
    delivered = Counter(
        (recipient, number, said) for recipient, number, said, state in kept if state is State.DELIVERED
    )
    assert not delivered - taken, "something is said to be delivered that the upstream never got"
    in_doubt = Counter(
        (recipient, number, said) for recipient, number, said, state in kept if state is State.UNCERTAIN
    )
    assert not asked - taken - in_doubt, "something is lost"
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
