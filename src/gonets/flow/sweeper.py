"""Sweeper: what only time decides.

Parts that outlive their validity while no connector takes them, parts without a receipt by the deadline, receipts that
matched nothing, long messages from phones that stay incomplete, calls of clients' URLs from long ago.
"""

from datetime import datetime, timedelta

from gonets.flow.directory import Directory
from gonets.flow.stage import Stage
from gonets.ports.clock import Clock
from gonets.ports.edges import NOTIFY_LANE, Bell
from gonets.ports.stores import Messages
from gonets.rules.joining import PATIENCE_US

MAIL_KEPT = timedelta(hours=72)
"""For a client that has no push target, and no session in which it listens; one that has a target is `notify`'s."""
ATTEMPTS_KEPT = timedelta(days=7)
MOST_ATTEMPTS = 200_000
"""Calls of clients' URLs that are remembered, and for how long."""
NO_REPORT_AFTER = timedelta(hours=72)
PARTS_AWAITED = timedelta(microseconds=PATIENCE_US)
_BATCH = 1000
_PAUSE_S = 30.0


class Sweeper(Stage):
    """One per process; more do no harm."""

    lane = " sweeper"

    def __init__(
        self,
        messages: Messages,
        clock: Clock,
        bell: Bell,
        no_report_after: timedelta = NO_REPORT_AFTER,
        directory: Directory | None = None,
    ) -> None:
        """`directory`: knows the connectors that have deadlines of their own; None: none has."""
        super().__init__(clock, bell)
        self._directory = directory
        self._messages = messages
        self._after = no_report_after

    async def step(self) -> int:
        """Sweep one batch; returns how many parts and messages it moved."""
        at = self._clock.at()
        swept = await self._messages.expire(_BATCH, at)
        swept += await self._messages.sweep(at - self._after, _BATCH, at, self._others(at))
        given_up = await self._messages.give_up(at - PARTS_AWAITED, _BATCH, at)
        if given_up:
            self._bell.ring(NOTIFY_LANE)
        swept += given_up
        if not swept:
            await self._messages.forget_parked(at - self._after)
            await self._messages.forget_mail(at - MAIL_KEPT)
            await self._messages.forget_attempts(at - ATTEMPTS_KEPT, MOST_ATTEMPTS)
        return swept

    def _others(self, at: datetime) -> dict[str, datetime]:
        """Of the connectors with deadlines of their own: since when a part has to be away to be past it."""
        if self._directory is None:
            return {}
        return {
            name: at - timedelta(hours=setup.no_report_hours)
            for name, setup in self._directory.tables.connectors.items()
            if setup.no_report_hours
        }

    def wait_at_most(self) -> float:
        """Seconds between sweeps that found nothing."""
        return _PAUSE_S
