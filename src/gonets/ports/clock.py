"""Time from outside, so that tests and the sandbox can travel in it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Two kinds of time, never mixed."""

    def now(self) -> float:
        """Monotonic seconds, for measuring how long."""

    def at(self) -> datetime:
        """The moment, UTC-aware, for what is written down."""

    async def sleep(self, seconds: float) -> None:
        """Wait that long by this clock."""
