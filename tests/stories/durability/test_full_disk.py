"""A disk that is full for a while: nothing is promised that cannot be kept, nothing in hand is lost, and when there is
room again it goes on by itself.

The phones of the simulated network keep their journal on the same disk, as they do in real life.
"""

from pathlib import Path
from typing import Final

import pytest

from gonets.config import FlowConfig
from gonets.connectors.simulator.endings import ENDINGS
from tests.processes import GatewayProcess, Starting, prepare, running, started, until
from tests.stories.durability.disk import fill, in_own_namespace, small_disk
from tests.stories.durability.load import Load, statuses
from tests.stories.durability.proof import prove, settled

_SIZE: Final = 96 * 1024 * 1024
_FAILS_FOR_EVER: Final = "9913"
"""It is tried until its tries are used up, and the tries of this drill last for hours."""
_PATIENT: Final = FlowConfig(tries=10_000, first_retry_seconds=0.2, longest_retry_seconds=1.0)
_NOT_STORED: Final = "500 error-system "


def test_a_full_disk_loses_nothing_and_when_there_is_room_again_it_goes_on_by_itself(
    tmp_path: Path, starting: Starting, request: pytest.FixtureRequest
) -> None:
    if in_own_namespace(request):
        return
    endings = [ending.digits for ending in ENDINGS if ending.digits != _FAILS_FOR_EVER]
    with small_disk(tmp_path / "disk", _SIZE) as disk:
        place = prepare(tmp_path, disk / "data", flow=_PATIENT)
        load = Load(1, workers=16, endings=endings)
        with running(place, starting) as gateway:
            with load.running(gateway.ports["mfms"]):
                for _ in range(2):
                    _fill_and_clear(disk, gateway, load)
            until(lambda: settled(place), 60.0, "some parts never came to an end")
            until(gateway.is_ready, 5.0, "it does not say that it is ready again")
            prove(place, load, gateway.ports["mfms"], certain=True)
            assert not load.unanswered
            assert all(answer.startswith(_NOT_STORED) for answer in load.refused), load.refused
            assert gateway.stop() == 0


def _fill_and_clear(disk: Path, gateway: GatewayProcess, load: Load) -> None:
    """Under load: fill the disk, see what it answers, and make room again."""
    taken = len(load.taken)
    until(lambda: len(load.taken) > taken + 500, 30.0, "nothing is acknowledged")
    refused = load.refused.total()
    ballast = fill(disk)  # with answers and receipts of the last messages on their way
    until(lambda: load.refused.total() > refused + 50, 30.0, "everything is acknowledged on a full disk")
    until(lambda: not gateway.is_ready(), 10.0, "it says that it is ready on a full disk")
    assert gateway.ready()[1]["store"] is False
    assert statuses(gateway.ports["mfms"], list(load.taken)[-100:])
    failures = len(gateway.lines("store_unavailable"))
    until(lambda: len(gateway.lines("store_unavailable")) > failures + 50, 20.0, "it does not try again")
    ballast.unlink()
    taken = len(load.taken)
    until(lambda: len(load.taken) > taken + 100, 15.0, "nothing is acknowledged though there is room again")


def test_a_gateway_killed_on_a_full_disk_says_why_it_does_not_start_and_starts_when_there_is_room(
    tmp_path: Path, starting: Starting, request: pytest.FixtureRequest
) -> None:
    if in_own_namespace(request):
        return
    with small_disk(tmp_path / "disk", _SIZE) as disk:
        place = prepare(tmp_path, disk / "data", flow=_PATIENT)
        load = Load(2, workers=16, endings=())
        with running(place, starting) as gateway, load.running(gateway.ports["mfms"]):
            until(lambda: len(load.taken) > 500, 30.0, "nothing is acknowledged")
            ballast = fill(disk)
            until(load.refused.total, 30.0, "everything is acknowledged on a full disk")
            gateway.kill()
            load.finish()
        with started(place, starting) as gateway:
            assert gateway.wait() == 1
            assert "Traceback" not in gateway.said()
            assert "disk" in gateway.said().splitlines()[-1]
        ballast.unlink()
        with running(place, starting) as gateway:
            until(lambda: settled(place), 30.0, "some parts never came to an end")
            prove(place, load, gateway.ports["mfms"], certain=False)
            assert gateway.stop() == 0
