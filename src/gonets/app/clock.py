"""The machine's time."""

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's time; `ports.clock.Clock`."""

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def at(self) -> datetime:
        """The moment, UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(seconds)
