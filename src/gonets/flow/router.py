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
from gonets.rules.routing import candidate_of, reads_texts, traits_of

_BATCH = 1000
_BATCH_OF_TEXTS = 100
"""Where routes ask for texts too: that of an e-mail may have 300 kB."""
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
        tables = self._directory.tables
        texts = reads_texts(tables)
        due, self._next_at = await self._messages.due(at, _BATCH_OF_TEXTS if texts else _BATCH, texts)
        if not due:
            return 0
        placements: list[Placement] = []
        connectors: set[str] = set()
        for part in due:
            account = tables.accounts.get(part.account)
            pictured = part.picture is not None
            traits = traits_of(account, part.sender, part.recipient, part.channel, part.text, at, pictured)
            candidate = candidate_of(traits, tables)
            placements.append(Placement(part.part, None if candidate is None else candidate.route.id))
            if candidate is not None:
                connectors.update(candidate.route.connectors)
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
