"""Sender: one per connector. Claims as many waiting parts as the connector has room for, and sends them.

A claim is committed before its parts leave: after a crash a claimed part without an answer is `uncertain`, never sent
again in silence.
"""

from gonets.flow.directory import Directory
from gonets.flow.meters import Meters
from gonets.flow.pulse import Pulse
from gonets.flow.stage import Stage
from gonets.model.message import RouteId
from gonets.ports.clock import Clock
from gonets.ports.edges import Bell, Connector
from gonets.ports.stores import Messages

_MOST_AT_ONCE = 500


class Sender(Stage):
    """Feeds one connector from the lanes of every route that names it."""

    def __init__(
        self,
        connector: Connector,
        directory: Directory,
        messages: Messages,
        clock: Clock,
        bell: Bell,
        meters: Meters,
        pulse: Pulse,
    ) -> None:
        super().__init__(clock, bell)
        self.lane = connector.name
        self._connector = connector
        self._directory = directory
        self._messages = messages
        self._meters = meters
        self._pulse = pulse

    async def step(self) -> int:
        """Claim and send one batch; returns how many parts left."""
        room = min(self._connector.room(), _MOST_AT_ONCE)
        routes = self._routes()
        if room <= 0 or not routes:
            return 0
        parts = await self._messages.claim(self._connector.name, routes, room, self._clock.at())
        if parts:
            self._connector.send(parts)
            self._meters.sent(self._connector.name, len(parts))
            self._pulse.sent(len(parts))
        return len(parts)

    def _routes(self) -> list[RouteId]:
        name = self._connector.name
        return [route.id for route in self._directory.tables.routes.values() if name in route.connectors]
