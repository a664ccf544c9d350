"""Router: puts parts whose time has come into their lanes.

Intake writes the lane of a message that may leave at once; what was scheduled or deferred is routed here, when it is
due, by the routes of that moment.
"""

from datetime import datetime, timedelta

from gonets.flow.directory import Directory
from gonets.flow.stage import Stage
from gonets.ports.clock import Clock
from gonets.ports.edges import ROUTER_LANE, Bell
from gonets.ports.stores import Messages, Placement
from gonets.rules.routing import route_of

_BATCH = 1000
_LONGEST_WAIT_S = 1.0


class Router(Stage):
    """One per process; more do no harm, a part is placed once."""

    lane = ROUTER_LANE

    def __init__(self, directory: Directory, messages: Messages, clock: Clock, bell: Bell) -> None:
        super().__init__(clock, bell)
        self._directory = directory
        self._messages = messages
        self._next_at: datetime | None = None

    async def step(self) -> int:
        """Place one batch of due parts; returns how many."""
        at = self._clock.at()
        due, self._next_at = await self._messages.due(at, _BATCH)
        if not due:
            return 0
        tables = self._directory.tables
        placements: list[Placement] = []
        connectors: set[str] = set()
        for part in due:
            route = route_of(part.recipient, tables)
            placements.append(Placement(part.part, None if route is None else route.id))
            if route is not None:
                connectors.update(route.connectors)
        placed = await self._messages.place(placements, at)
        for connector in connectors:
            self._bell.ring(connector)
        return placed

    def wait_at_most(self) -> float:
        """Seconds until the next part is due, at most a second: another process may have added one."""
        if self._next_at is None:
            return _LONGEST_WAIT_S
        until = (self._next_at - self._clock.at()) / timedelta(seconds=1)
        return min(max(until, 0.0), _LONGEST_WAIT_S)
