"""Sender: one per connector. Claims as many waiting parts as the connector has room for, and sends them.

A claim is committed before its parts leave: after a crash a claimed part without an answer is `uncertain`, never sent
again in silence.
"""

from typing import Protocol

from gonets.flow.choices import Cheapest
from gonets.flow.directory import Directory
from gonets.flow.meters import Meters
from gonets.flow.pulse import Pulse
from gonets.flow.shares import Shares
from gonets.flow.stage import Stage
from gonets.flow.turns import Turns
from gonets.model.message import RouteId
from gonets.model.routing import Strategy
from gonets.ports.clock import Clock
from gonets.ports.edges import Bell, Connector
from gonets.ports.stores import Choice, Messages, StoreUnavailable
from gonets.rules.routing import may_take

_MOST_AT_ONCE = 500


class Fleet(Protocol):
    """The connectors of this process, as one of them needs to know of the others."""

    turns: Turns
    shares: Shares

    def takes(self, name: str) -> bool:
        """Whether that connector takes parts: it is up, well, and has had room a moment ago."""

    def healthy(self, name: str) -> bool:
        """Whether that connector works well, or there is no other to prefer to it."""

    def probes(self, name: str) -> int:
        """How many parts one that is not healthy gets now, so that it can show that it works again."""


class Sender(Stage):
    """Feeds one connector from the lanes of every route that names it, as far as the route prefers it."""

    def __init__(
        self,
        connector: Connector,
        directory: Directory,
        messages: Messages,
        clock: Clock,
        bell: Bell,
        meters: Meters,
        fleet: Fleet,
        pulse: Pulse,
    ) -> None:
        super().__init__(clock, bell)
        self.lane = connector.name
        self.had_room_at = clock.now()
        """When the connector last had room, monotonic seconds."""
        self._connector = connector
        self._directory = directory
        self._messages = messages
        self._meters = meters
        self._fleet = fleet
        self._pulse = pulse

    async def step(self) -> int:
        """Claim and send one batch; returns how many parts left."""
        room = min(self._connector.room(), _MOST_AT_ONCE)
        if room <= 0:
            return 0
        self.had_room_at = self._clock.now()
        if not self._fleet.healthy(self._connector.name):
            room = min(room, self._fleet.probes(self._connector.name))
            if room <= 0:
                return 0
        free, shared, chosen = self._routes()
        sent = await self._send(free, room) if free else 0
        for route, choice in chosen:
            sent += await self._send([route], room - sent, choice) if room > sent else 0
        for route, others in shared:
            most = min(room - sent, self._fleet.shares.room(route, self._connector.name))
            taken = await self._send([route], most) if most > 0 else 0
            self._fleet.shares.took(route, self._connector.name, taken)
            sent += taken
            if 0 < most == taken:  # more may wait, and it is their turn
                for other in others:
                    self._bell.ring(other)
        return sent

    async def _send(self, routes: list[RouteId], most: int, choice: Choice | None = None) -> int:
        name = self._connector.name
        try:
            parts = await self._messages.claim(
                name, routes, most, self._clock.at(), self._connector.whole, self._fleet.turns, choice
            )
        except StoreUnavailable:
            # What it had taken a turn for was not claimed; and it is not known which that is.
            self._fleet.turns.forget(name)
            raise
        if parts:
            self._connector.send(parts)
            self._meters.sent(name, len(parts))
            self._pulse.sent(len(parts))
        return len(parts)

    def _routes(
        self,
    ) -> tuple[list[RouteId], list[tuple[RouteId, list[str]]], list[tuple[RouteId, Choice]]]:
        """Routes from which it may take what it has room for; those that it shares by weight, and with whom; and those
        of which it may take what is cheapest by it."""
        name = self._connector.name
        tables = self._directory.tables
        free: list[RouteId] = []
        shared: list[tuple[RouteId, list[str]]] = []
        chosen: list[tuple[RouteId, Choice]] = []
        for route in tables.each_route():
            if name not in route.connectors or not may_take(route, name, self._fleet.takes):
                continue
            others = [each for each in route.connectors if each != name and self._fleet.takes(each)]
            if route.strategy is Strategy.WEIGHT and others:
                self._fleet.shares.weigh(route, [name, *others])
                shared.append((route.id, others))
            elif route.strategy is Strategy.COST and others:
                chosen.append((route.id, Cheapest(route, name, others, tables)))
            else:
                free.append(route.id)
        return free, shared, chosen
