"""What is scheduled leaves at its time, however much else waits for a later one.

A million messages wait for later days; a thousand fall due in one instant, while others come in and leave at once.
Router and sender run as they do in a gateway, on a real store, a simulated network and the machine's own clock. At
full size it is held to its figures; below it, to leaving at all and not too soon.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry

from gonets.app import SystemClock
from gonets.bells.local import LocalBell
from gonets.connectors.simulator.network import Simulator, SimulatorSettings
from gonets.connectors.simulator.phones import read_phones
from gonets.flow.directory import Directory
from gonets.flow.meters import Meters
from gonets.flow.pulse import Pulse
from gonets.flow.receipts import Receipts
from gonets.flow.router import Router
from gonets.flow.sender import Sender
from gonets.flow.stage import Stage
from gonets.flow.turns import Turns
from gonets.model.links import LinkSettings
from gonets.model.message import Channel, Draft, Encoding, MessageId, Outgoing, Priority, RouteId, State
from gonets.model.money import Millionths
from gonets.model.results import Accepted
from gonets.model.times import micros
from gonets.ports.edges import ROUTER_LANE
from gonets.ports.stores import Choice, Messages
from gonets.stores.store import Store
from tests.contract.house import RUSSIA, SCALE, SHOP, House, furnish, scaled, told
from tests.flow.works import Alone

FAR: Final = scaled(1_000_000)
"""Wait for other days."""
DUE: Final = scaled(1_000)
"""Fall due together."""
AHEAD_S: Final = 1.5
"""From the moment they are accepted."""
LIVE_S: Final = 4.0 if SCALE >= 1 else 2.0
"""Seconds of messages that leave at once, ..."""
LIVE_EVERY_S: Final = 0.01
"""... one at a time."""

_BATCH: Final = 5_000
_PATIENCE_S: Final = 60.0


class Watched:
    """The store's messages as the sender sees them; notes how long each claim took that got something."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self.took: list[float] = []
        """Seconds."""

    async def claim(
        self,
        connector: str,
        routes: Sequence[RouteId],
        limit: int,
        at: datetime,
        whole: bool = False,
        turns: Turns | None = None,
        choice: Choice | None = None,
    ) -> Sequence[Outgoing]:
        began = time.perf_counter()
        claimed = await self._messages.claim(connector, routes, limit, at, whole, turns, choice)
        if claimed:
            self.took.append(time.perf_counter() - began)
        return claimed


@told
async def test_what_is_scheduled_leaves_at_its_time_while_a_million_wait(tmp_path: Path) -> None:
    house = House.open(_furnished(tmp_path))
    try:
        await _take_far(house.store)
        claims = Watched(house.store.messages)
        stages, network, bell = await _stages(house.store, tmp_path, claims)
        running = [asyncio.create_task(stage.run()) for stage in stages]
        clock = SystemClock()

        await asyncio.sleep(0.5)  # a gateway that has been up for a while
        due_at = clock.at() + timedelta(seconds=AHEAD_S)
        due = await _drafts(house.store, DUE, 0, due_at)
        await _take(house.store, due, clock.at())
        bell.ring(ROUTER_LANE)
        live = await _live(house.store, bell, clock)
        await _gone(house, len(due) + len(live))

        for stage in stages:
            stage.stop()
        await network.close()
        await asyncio.wait_for(asyncio.gather(*running), _PATIENCE_S)
        _judge(house, tmp_path, due_at, {int(draft.id) for draft in due}, claims.took)
    finally:
        await house.store.close()


def _furnished(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'gonets.db'}"
    furnish(url)
    return url


async def _take_far(store: Store) -> None:
    """Accept what waits for other days, each at a moment of its own."""
    began = time.perf_counter()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for start in range(0, FAR, _BATCH):
        drafts = await _drafts(store, min(_BATCH, FAR - start), DUE + start, tomorrow)
        spread = [
            msgspec.structs.replace(
                draft, start_at=tomorrow + timedelta(seconds=(start + number) * 977 % 2_000_000)
            )
            for number, draft in enumerate(drafts)
        ]
        await _take(store, spread, datetime.now(UTC))
    _say(f"{FAR} scheduled in {time.perf_counter() - began:.1f} s")


async def _drafts(store: Store, count: int, first: int, start_at: datetime | None) -> list[Draft]:
    """Messages of one part to recipients of their own, numbered from `first`."""
    ids = await store.messages.reserve(count)
    return [
        Draft(
            id=MessageId(ids + number),
            account=SHOP,
            protocol="mfms",
            profile="",
            client_id=str(first + number),
            channel=Channel.SMS,
            priority=Priority.NORMAL,
            sender="Sender",
            recipient=_recipient(first + number),
            text="Your order is on its way, the courier calls before noon.",
            encoding=Encoding.GSM7,
            segments=("Your order is on its way, the courier calls before noon.",),
            price=Millionths(10),
            refund_undelivered=False,
            route=RUSSIA,
            start_at=start_at,
            expires_at=None,
        )
        for number in range(count)
    ]


def _recipient(number: int) -> str:
    """One whose ending has no meaning in the simulated network."""
    block, ending = divmod(number, 9_900)
    return f"79{block:05d}{ending:04d}"


async def _take(store: Store, drafts: Sequence[Draft], at: datetime) -> None:
    results = await store.messages.accept(drafts, at)
    assert all(isinstance(result, Accepted) for result in results)


async def _stages(store: Store, folder: Path, claims: Watched) -> tuple[list[Stage], Simulator, LocalBell]:
    """Router, sender and receipts of one network, put together as a gateway puts them."""
    clock = SystemClock()
    bell = LocalBell(clock)
    meters = Meters(CollectorRegistry())
    directory = Directory(store.settings, clock, b"k" * 32)
    await directory.refresh()
    network = Simulator("alpha", SimulatorSettings(), clock, folder / "phones")
    await network.start()
    fleet = Alone()
    pulse = Pulse("alpha", LinkSettings(), clock)
    stages: list[Stage] = [
        Router(directory, store.messages, clock, bell),
        Sender(network, directory, claims, clock, bell, meters, fleet, pulse),  # type: ignore[arg-type] # it only claims
        Receipts(network, store.messages, clock, bell, meters, fleet.turns, pulse, directory),
    ]
    return stages, network, bell


async def _live(store: Store, bell: LocalBell, clock: SystemClock) -> list[Draft]:
    """Messages that leave at once, over the whole time."""
    taken: list[Draft] = []
    until = clock.now() + LIVE_S
    while clock.now() < until:
        [draft] = await _drafts(store, 1, DUE + FAR + len(taken), None)
        await _take(store, [draft], clock.at())
        bell.ring("alpha")
        taken.append(draft)
        await asyncio.sleep(LIVE_EVERY_S)
    return taken


async def _gone(house: House, parts: int) -> None:
    """Wait until so many have left."""
    deadline = time.monotonic() + _PATIENCE_S
    gone = 0
    while gone < parts:
        assert time.monotonic() < deadline, f"{gone} of {parts} have left"
        await asyncio.sleep(0.1)
        [(gone,)] = house.rows("SELECT count(*) FROM parts WHERE left_at IS NOT NULL")


def _judge(house: House, folder: Path, due_at: datetime, due: set[int], took: list[float]) -> None:
    """When they were claimed, when the network got them, and how long claims took."""
    due_us = micros(due_at)
    claimed = [
        left_at - due_us
        for part, left_at in house.rows("SELECT id, left_at FROM parts WHERE left_at IS NOT NULL")
        if part in due
    ]
    taken = [line.at - due_us for line in read_phones(folder / "phones") if line.part in due]
    assert len(claimed) == len(taken) == len(due), "each leaves once"
    assert min(claimed) >= 0, "none before its time"
    waits = house.rows("SELECT count(*) FROM parts WHERE state = :state", state=int(State.SCHEDULED))
    assert waits == [(FAR,)], "what is for another day stays"
    took.sort()
    p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
    _say(
        f"{FAR} wait, {len(due)} due at once: the last claimed {max(claimed) / 1000:.0f} ms and taken by the"
        f" network {max(taken) / 1000:.0f} ms after its time; {len(took)} claims,"
        f" p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, longest {took[-1] * 1000:.1f} ms"
    )
    if SCALE >= 1:
        assert max(taken) <= 1_000_000
        assert p99 < 0.020


def _say(sentence: str) -> None:
    sys.stdout.write(f"\n{sentence}\n")
