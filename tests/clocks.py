"""A clock that only moves when a test says so."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

START: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

_DUST: Final = 1e-6
"""Seconds by which a sum of floats may miss the moment that a test means."""
_TURNS: Final = 30
"""Turns of the event loop that any chain of wake-ups in a test is done within."""


class TravelClock:
    """Implements `ports.clock.Clock`; `now()` starts at 0.0 and `at()` at the moment given.

    Tests do `await clock.advance(5)`: sleepers wake one after another, each at its own time, and all that can
    run after each of them has run. Work in threads is not waited for: await its result as usual.
    """

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._now = 0.0
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    def at(self) -> datetime:
        return self._start + timedelta(seconds=self._now)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
        await woken

    @property
    def sleepers(self) -> int:
        """How many are asleep."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    def jump(self, seconds: float) -> None:
        """Move on at once, for code without an event loop; sleepers on the way wake at the next turn."""
        target = self._now + seconds
        while self._wake_first(target):
            pass
        self._now = max(self._now, target)

    async def advance(self, seconds: float) -> None:
        """Move on by that many seconds, through the moment of every sleeper on the way."""
        target = self._now + seconds
        await settle()
        while self._wake_first(target):
            await settle()
        self._now = max(self._now, target)

    def _wake_first(self, target: float) -> bool:
        """Wake whoever is due first, not after `target`; False: nobody is."""
        while self._sleepers and self._sleepers[0][0] <= target + _DUST:
            due, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                self._now = max(self._now, due)
                woken.set_result(None)
                return True
        return False


async def settle() -> None:
    """Let everything run that needs no time to pass."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
