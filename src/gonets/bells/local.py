"""The bell of a gateway that is one process.

It refuses to be a queue: it remembers for each lane that it rang, not how often and not why. All calls come
from the event loop's own thread.
"""

import asyncio

from gonets.ports.clock import Clock


class LocalBell:
    """Implements `ports.edges.Bell`.

    A ring wakes all who wait on that lane. If nobody does, the next one to wait returns at once, so a stage
    that was at work while it rang does not sleep over it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung: set[str] = set()
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}

    def ring(self, lane: str) -> None:
        """There may be work in that lane; called for every request, so it does next to nothing."""
        waiting = self._waiting.get(lane)
        if not waiting:
            self._rung.add(lane)
            return
        # A woken one stays in the list until it runs: until then further rings are news to nobody.
        for woken in waiting:
            _wake(woken)

    async def wait(self, lane: str, at_most: float) -> None:
        """Return when that lane rings, or after `at_most` seconds by the clock; always lets others run."""
        if lane in self._rung or at_most <= 0:
            self._rung.discard(lane)
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(lane, [])
        waiting.append(woken)
        timer = asyncio.ensure_future(self._clock.sleep(at_most))
        timer.add_done_callback(lambda _: _wake(woken))
        try:
            await woken
        finally:
            timer.cancel()
            waiting.remove(woken)


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
