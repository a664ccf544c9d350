"""Receipts: one per connector. Writes what the connector hears, answers and receipts, and only then acknowledges it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Sequence
from datetime import datetime

from structlog import get_logger

from gonets.flow.directory import Directory
from gonets.flow.meters import Meters
from gonets.flow.pulse import Pulse
from gonets.flow.stage import Stage
from gonets.flow.turns import Turns
from gonets.model.results import Deferred, Event, Inbound, Receipt, Returned, Settled, Uncertain
from gonets.ports.clock import Clock
from gonets.ports.edges import NOTIFY_LANE, ROUTER_LANE, Bell, Connector
from gonets.ports.stores import Messages, StoreUnavailable

log = get_logger()


class Receipts(Stage):
    """Listens to one connector. What was heard stays in hand until it is committed.

    A batch that fails while the store is well holds something it should not: it is tried again by halves until that
    one event stands alone. It is refused then, so that nothing waits behind it.
    """

    def __init__(
        self,
        connector: Connector,
        messages: Messages,
        clock: Clock,
        bell: Bell,
        meters: Meters,
        turns: Turns,
        pulse: Pulse,
        directory: Directory,
    ) -> None:
        super().__init__(clock, bell)
        self.lane = connector.name
        self._connector = connector
        self._messages = messages
        self._meters = meters
        self._turns = turns
        self._pulse = pulse
        self._directory = directory
        self._in_hand: deque[Sequence[Event]] = deque()

    async def step(self) -> int:
        """Write one batch of what was heard, waiting until there is some; returns how many events."""
        if not self._in_hand:
            heard = await self._connector.hear()
            if not heard:  # it is closed, and all was heard
                self.stop()
                return 0
            self._in_hand.append(heard)
        batch = self._in_hand[0]
        try:
            await self._write(batch)
        except StoreUnavailable:
            raise
        except Exception:  # handed on to the door of the stage, once the batch is halved to find the culprit
            self._in_hand.popleft()
            self._part(batch)
            raise
        self._connector.acknowledge(batch)
        self._in_hand.popleft()
        self._bell.ring(NOTIFY_LANE)
        return len(batch)

    async def _write(self, batch: Sequence[Event]) -> None:
        at = self._clock.at()
        name = self._connector.name
        settled = [event for event in batch if isinstance(event, Settled)]
        receipts = [event for event in batch if isinstance(event, Receipt)]
        inbound = [event for event in batch if isinstance(event, Inbound)]
        written: list[Awaitable[object]] = []
        if settled:
            written.append(self._settle(settled, at))
        if receipts:
            written.append(self._apply(receipts, at))
        if inbound:
            written.append(self._messages.keep(name, inbound))
        await asyncio.gather(*written)  # asked for together, they share a transaction
        if settled:
            self._meters.settled(name, settled)
            self._pulse.settled(settled)
            self._bell.ring(name)
            if any(isinstance(each.result, Deferred | Uncertain | Returned) for each in settled):
                self._bell.ring(ROUTER_LANE)  # some may be due sooner than what it waits for
        if inbound:
            self._meters.kept(name, len(inbound))

    async def _settle(self, settled: Sequence[Settled], at: datetime) -> None:
        name = self._connector.name
        costs = self._directory.tables.costs.get(name)
        self._turns.settled(name, settled, await self._messages.settle(name, settled, at, costs))

    async def _apply(self, receipts: Sequence[Receipt], at: datetime) -> None:
        name = self._connector.name
        applied = await self._messages.apply(name, receipts, at)
        self._meters.applied(name, receipts, applied)
        self._pulse.applied(receipts, applied)

    def _part(self, batch: Sequence[Event]) -> None:
        """Halve what cannot be written as a whole; give up what cannot be written alone."""
        half = len(batch) // 2
        if half:
            self._in_hand.appendleft(batch[half:])
            self._in_hand.appendleft(batch[:half])
            return
        self._connector.refuse(batch)
        self._meters.unwritten(self._connector.name)
        self._pulse.settled([event for event in batch if isinstance(event, Settled)])  # it did answer
        log.error(
            "what an upstream said cannot be written",
            action="event_refused",
            connector=self._connector.name,
            what=type(batch[0]).__name__.lower(),
        )
