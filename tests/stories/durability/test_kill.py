"""SIGKILL under load, again and again: what was acknowledged is kept, and nobody gets or pays anything twice."""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from gonets.config import FlowConfig
from gonets.model.message import State
from tests.processes import QUICK, GatewayProcess, Place, Starting, prepare, running, started, until
from tests.stories.durability.load import Load
from tests.stories.durability.proof import expected, kept, prove, settled

KILLS: Final = 50
_WINDOW: Final = 100


@pytest.mark.timeout(280)
def test_a_gateway_killed_at_any_moment_loses_nothing_and_sends_nothing_twice(
    tmp_path: Path, starting: Starting
) -> None:
    seed = int(os.environ.get("GONETS_TEST_SEED", random.randrange(2**31)))
    sys.stdout.write(f"GONETS_TEST_SEED={seed}\n")
    chance = random.Random(seed)
    place = prepare(
        tmp_path,
        flow=FlowConfig(tries=5, first_retry_seconds=0.1),
        network={**QUICK, "window": _WINDOW},
    )
    moments: list[Callable[[GatewayProcess, Load, random.Random], None]] = [
        _while_it_starts,
        _when_it_is_just_up,
        _under_load,
        _in_a_commit,
    ]
    killed: Counter[str] = Counter()
    load = Load(seed)
    with load.running():
        for number in range(KILLS):
            moment = moments[number] if number < len(moments) else chance.choice(moments)
            with started(place, starting) as gateway:
                moment(gateway, load, chance)
                gateway.kill()
            load.port = None
            killed[moment.__name__] += 1
    sys.stdout.write(f"{dict(killed)}; {len(load.taken)} acknowledged, {len(load.unanswered)} not answered\n")
    with running(place) as gateway:
        until(lambda: settled(place), 60.0, "some parts never came to an end")
        prove(place, load, gateway.ports["mfms"], certain=False)
        assert gateway.stop() == 0

    assert not load.refused
    assert load.unanswered
    doubtful = 0
    delivered = 0
    for message in kept(place).values():
        for part in message.parts:
            delivered += part.state is State.DELIVERED
            doubtful += part.state is State.UNCERTAIN and expected(message.recipient) is not State.UNCERTAIN
    assert delivered
    assert doubtful <= KILLS * _WINDOW


def _while_it_starts(gateway: GatewayProcess, load: Load, chance: random.Random) -> None:
    _for(chance.uniform(0.05, 0.6))


def _when_it_is_just_up(gateway: GatewayProcess, load: Load, chance: random.Random) -> None:
    load.port = gateway.listening().ports["mfms"]
    _for(chance.uniform(0.0, 0.1))


def _under_load(gateway: GatewayProcess, load: Load, chance: random.Random) -> None:
    taken = len(load.taken)
    load.port = gateway.listening().ports["mfms"]
    until(lambda: len(load.taken) > taken, 20.0, "nothing is acknowledged")
    _for(chance.uniform(0.0, 1.0))


def _in_a_commit(gateway: GatewayProcess, load: Load, chance: random.Random) -> None:
    """As soon as the journal of the database was written to, a random moment later."""
    _under_load(gateway, load, chance)
    written = _written_at(gateway.place)
    deadline = time.monotonic() + 5.0
    while _written_at(gateway.place) == written and time.monotonic() < deadline:
        pass


def _written_at(place: Place) -> int:
    return (place.data / "gonets.db-wal").stat().st_mtime_ns


def _for(seconds: float) -> None:
    """Let that much time pass: the moment of a kill is by chance."""
    time.sleep(seconds)
