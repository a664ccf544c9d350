"""Receipts: one per connector. Writes what the connector hears, answers and receipts, and only then acknowledges it."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import datetime

from gonets.flow.meters import Meters
from gonets.flow.stage import Stage
from gonets.model.results import Deferred, Event, Receipt, Settled, Uncertain
from gonets.ports.clock import Clock
from gonets.ports.edges import NOTIFY_LANE, ROUTER_LANE, Bell, Connector
from gonets.ports.stores import Messages


class Receipts(Stage):
    """Listens to one connector. What was heard stays in hand until it is committed."""

    def __init__(
        self, connector: Connector, messages: Messages, clock: Clock, bell: Bell, meters: Meters
    ) -> None:
        super().__init__(clock, bell)
        self.lane = connector.name
        self._connector = connector
        self._messages = messages
        self._meters = meters
        self._in_hand: Sequence[Event] = ()

    async def step(self) -> int:
        """Write one batch of what was heard, waiting until there is some; returns how many events."""
        if not self._in_hand:
            self._in_hand = await self._connector.hear()
            if not self._in_hand:  # it is closed, and all was heard
                self.stop()
                return 0
        heard = self._in_hand
        at = self._clock.at()
        name = self._connector.name
        settled = [event for event in heard if isinstance(event, Settled)]
        receipts = [event for event in heard if isinstance(event, Receipt)]
        written: list[Awaitable[object]] = []
        if settled:
            written.append(self._messages.settle(name, settled, at))
        if receipts:
            written.append(self._apply(receipts, at))
        await asyncio.gather(*written)  # asked for together, they share a transaction
        if settled:
            self._meters.settled(name, settled)
            self._bell.ring(name)
            if any(isinstance(each.result, Deferred | Uncertain) for each in settled):
                self._bell.ring(ROUTER_LANE)  # some may be due sooner than what it waits for
        self._connector.acknowledge(heard)
        self._in_hand = ()
        self._bell.ring(NOTIFY_LANE)
        return len(heard)

    async def _apply(self, receipts: Sequence[Receipt], at: datetime) -> None:
        name = self._connector.name
        self._meters.applied(name, receipts, await self._messages.apply(name, receipts, at))
