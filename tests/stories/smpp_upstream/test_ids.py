"""However an upstream writes ids, its first receipts, which come too early, are matched; the others are at once."""

import re
from pathlib import Path
from typing import Final

import pytest

from gonets.model.message import State
from tests.processes import GatewayProcess, Place, Starting, curl, prepare, running, until
from tests.stories.durability.load import Load
from tests.stories.smpp_upstream.smsc import MUTATIONS
from tests.stories.smpp_upstream.test_faults import LINK, add_link, is_over, parts_of, upstream

EARLY: Final = 12
"""Receipts that come before their answers."""
REQUESTS: Final = 20
"""Of each of the two loads."""


def unmatched(gateway: GatewayProcess) -> float:
    """Receipts so far whose part was not known when they came."""
    page = curl(f"http://127.0.0.1:{gateway.ports['admin']}/metrics").decode()
    return sum(map(float, re.findall(r"^gonets_receipts_early_total\{[^}]*\} (\S+)$", page, re.MULTILINE)))


def send(place: Place, gateway: GatewayProcess, journal: Path, seed: int) -> None:
    """Send for a while, and wait until the upstream has reported on all of it."""
    load = Load(seed, endings=(), most=REQUESTS)
    with load.running(gateway.ports["mfms"]):
        until(lambda: len(load.requests) >= REQUESTS, 30.0, "the load does not come in")
    until(lambda: is_over(place, journal), 30.0, "some parts never came to an end")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("ids", MUTATIONS)
def test_early_receipts_are_matched_once_the_rule_is_learnt_and_later_ones_at_once(
    tmp_path: Path, starting: Starting, ids: str
) -> None:
    journal = tmp_path / "smsc.jsonl"
    place = prepare(tmp_path)
    with upstream(journal, "--ids", ids, "--faulty", "0", "--early", str(EARLY)) as port:
        add_link(place, port, *LINK)
        with running(place, starting) as gateway:
            send(place, gateway, journal, 1)
            before = unmatched(gateway)
            assert before > 0
            assert {state for *_, state in parts_of(place)} == {State.DELIVERED}
            send(place, gateway, journal, 2)
            assert unmatched(gateway) == before
            assert {state for *_, state in parts_of(place)} == {State.DELIVERED}
            assert gateway.stop() == 0
