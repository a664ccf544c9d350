"""A task that waits until something is due, or is told that it may be due now."""

import asyncio
from math import inf

from gonets.ports.clock import Clock


class Waker:
    """One task at a time may rest on it. To be woken while nobody rests is not forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._resting: asyncio.Future[None] | None = None
        self._woken = False

    def wake(self) -> None:
        """Let it look again."""
        self._woken = True
        if self._resting is not None:
            _done(self._resting)

    async def rest(self, seconds: float = inf) -> None:
        """Return after that time, or when woken."""
        if not self._woken:
            self._resting = resting = asyncio.get_running_loop().create_future()
            timer = None
            if seconds < inf:
                timer = asyncio.ensure_future(self._clock.sleep(seconds))
                timer.add_done_callback(lambda _: _done(resting))
            try:
                await resting
            finally:
                self._resting = None
                if timer is not None:
                    timer.cancel()
        self._woken = False


def _done(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)
