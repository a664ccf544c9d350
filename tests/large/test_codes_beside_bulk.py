"""One account's bulk does not stand in the way of another's codes, not even in the same lane."""

import asyncio
import sys
from pathlib import Path
from typing import Final

from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from gonets.app.clock import SystemClock
from gonets.bells.local import LocalBell
from gonets.connectors.simulator.network import Simulator, SimulatorSettings
from gonets.flow.directory import Directory
from gonets.flow.meters import Meters
from gonets.flow.pulse import Pulse
from gonets.flow.receipts import Receipts
from gonets.flow.sender import Sender
from gonets.flow.stage import Stage
from gonets.model.links import LinkSettings
from gonets.model.message import MessageId, Priority, State
from gonets.model.money import Millionths
from gonets.stores.store import Store
from tests.contract.house import BANK, SCALE, House, furnish, scaled, told
from tests.flow.works import Alone

BULK: Final = scaled(200_000)
CODES: Final = 100 if SCALE >= 1 else 20
EVERY_S: Final = 0.1
NETWORK: Final = SimulatorSettings(window=100, answer_delay=0.05, receipt_delay=0.0)
"""Takes 2,000 parts a second: the bulk lasts for longer than the codes."""

_BATCH: Final = 5_000
_PATIENCE_S: Final = 30.0


@told
async def test_codes_reach_the_link_past_the_bulk_of_another_account(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gonets.db'}"
    furnish(url)
    house = House.open(url)
    store, clock = house.store, SystemClock()
    model = await house.draft(price=1)
    for start in range(0, BULK, _BATCH):
        count = min(_BATCH, BULK - start)
        first = await store.messages.reserve(count)
        bulk = [
            replace(
                model,
                id=MessageId(first + n),
                priority=Priority.LOW,
                recipient=f"79{start + n:09d}",
                price=Millionths(1),
            )
            for n in range(count)
        ]
        await house.take(*bulk, at=clock.at())
    bell = LocalBell(clock)
    stages, network = await _stages(store, tmp_path, bell, clock)
    running = [asyncio.create_task(stage.run()) for stage in stages]
    ids: list[int] = []
    for number in range(CODES):
        await asyncio.sleep(EVERY_S)
        code = await house.draft(price=1, payer=BANK, priority=(Priority.LOW, Priority.NORMAL)[number % 2])
        await house.take(code, at=clock.at())
        bell.ring("alpha")
        ids.append(int(code.id))
    waiting = house.rows("SELECT count(*) FROM parts WHERE state = :s", s=State.QUEUED)[0][0]
    for stage in stages:
        stage.stop()
    await network.close()
    await asyncio.wait_for(asyncio.gather(*running), _PATIENCE_S)
    waits = {
        int(id_): (left_at - accepted_at) / 1000
        for id_, left_at, accepted_at in house.rows(
            "SELECT parts.id, left_at, accepted_at FROM parts JOIN messages ON messages.id = message_id"
            " WHERE parts.account_id = :bank AND left_at IS NOT NULL",
            bank=BANK,
        )
    }
    assert waiting > 0
    assert set(waits) >= set(ids[:-1])  # the last may have come as the stages stopped
    for name, some in (("bulk too", ids[:-1:2]), ("normal", ids[1:-1:2])):
        found = sorted(waits[each] for each in some)
        sys.stdout.write(
            f"\n{waiting} of {BULK} bulk still wait; codes ({name}) at the link in {found[len(found) // 2]:.1f} ms,"
            f" p99 {found[int(len(found) * 0.99)]:.1f} ms"
        )
    sys.stdout.write("\n")
    await store.close()


async def _stages(
    store: Store, folder: Path, bell: LocalBell, clock: SystemClock
) -> tuple[list[Stage], Simulator]:
    meters = Meters(CollectorRegistry())
    directory = Directory(store.settings, clock, b"k" * 32)
    await directory.refresh()
    network = Simulator("alpha", NETWORK, clock, folder / "phones")
    await network.start()
    fleet = Alone()
    pulse = Pulse("alpha", LinkSettings(), clock)
    return [
        Sender(network, directory, store.messages, clock, bell, meters, fleet, pulse),
        Receipts(network, store.messages, clock, bell, meters, fleet.turns, pulse, directory),
    ], network
