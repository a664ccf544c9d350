"""Which way messages that were sent would go by other routes, connectors and costs: a rehearsal of a change.

Pure: what went comes in, what would go adds up. Whether a link would be up or have room nobody knows: each part goes
to the connector that its route asks first.
"""

from collections.abc import Callable

import msgspec

from gonets.model.costs import Cost
from gonets.model.message import AccountId, Channel
from gonets.model.money import Millionths
from gonets.model.routing import Route, Strategy
from gonets.model.tables import Tables
from gonets.model.times import moment
from gonets.rules.costs import cheapest_first, cost_of
from gonets.rules.routing import candidate_of, carried_by, traits_of, weights_of


class Went(msgspec.Struct, frozen=True, array_like=True):
    """Parts of one message that went one way."""

    account: AccountId
    sender: str
    channel: Channel
    recipient: str
    route: str
    connector: str
    parts: int
    cost: Millionths
    """Of all of them."""
    currency: str
    """Empty: what they cost is unknown."""
    text: str = ""
    """Of the message; it may be left out where no route asks for it."""
    picture: str | None = None
    at: int = 0
    """When they may have left first, Unix microseconds."""


class Way(msgspec.Struct, frozen=True, order=True):
    """A route and the connector that took or would take; both empty: none would."""

    route: str = ""
    connector: str = ""


class Bill(msgspec.Struct):
    """What parts cost, currency by currency."""

    amounts: dict[str, Millionths] = {}
    unknown: int = 0
    """Parts whose cost nobody has said."""

    def add(self, parts: int, cost: Millionths, currency: str) -> None:
        """More parts, which cost so much together; without a currency it is unknown."""
        if not currency:
            self.unknown += parts
            return
        self.amounts[currency] = Millionths(self.amounts.get(currency, 0) + cost)


class Outcome(msgspec.Struct):
    """Parts that went one way and would go one way."""

    parts: int = 0
    written: Bill = msgspec.field(default_factory=Bill)
    """What they did cost."""
    planned: Bill = msgspec.field(default_factory=Bill)
    """What they would cost."""


class Rehearsal:
    """Adds up what would have become of messages by these tables."""

    def __init__(self, tables: Tables) -> None:
        self.outcomes: dict[tuple[Way, Way], Outcome] = {}
        """By how parts went, and how they would go."""
        self._tables = tables
        self._taken: dict[tuple[str, str], int] = {}
        """By route and connector: parts, for routes that are shared by weight."""

    def add(self, went: Went) -> None:
        """One more message, or some of its parts."""
        way, cost = self._way(went)
        was = Way(went.route, went.connector)
        outcome = self.outcomes.setdefault((was, way), Outcome())
        outcome.parts += went.parts
        outcome.written.add(went.parts, went.cost, went.currency)
        if cost is None:
            outcome.planned.add(went.parts, Millionths(0), "")
        else:
            outcome.planned.add(went.parts, Millionths(cost.cost * went.parts), cost.currency)

    def _way(self, went: Went) -> tuple[Way, Cost | None]:
        tables = self._tables
        candidate = candidate_of(
            traits_of(
                tables.accounts.get(went.account),
                went.sender,
                went.recipient,
                went.channel,
                went.text,
                moment(went.at),
                went.picture is not None,
            ),
            tables,
        )
        if candidate is None:
            return Way(), None
        route = candidate.route
        able = self._able(route, went.channel)
        if not able:
            return Way(route.name), None
        name = self._first(route, able, went)
        self._taken[route.name, name] = self._taken.get((route.name, name), 0) + went.parts
        return Way(route.name, name), cost_of(tables.costs.get(name, {}), went.channel, went.recipient)

    def _able(self, route: Route, channel: Channel) -> list[str]:
        """The connectors of a route that are switched on and carry the channel."""
        setups = [(name, self._tables.connectors.get(name)) for name in route.connectors]
        return [
            name
            for name, setup in setups
            if setup is not None and setup.enabled and channel in carried_by(setup)
        ]

    def _first(self, route: Route, able: list[str], went: Went) -> str:
        """Which of them would be asked first."""
        if route.strategy is Strategy.COST:
            order = cheapest_first(route, went.channel, went.recipient, self._tables)
            return next(name for name in order if name in able)
        if route.strategy is Strategy.WEIGHT:
            weights = weights_of(route)
            full: Callable[[str], float] = lambda name: self._taken.get((route.name, name), 0) / weights[name]  # noqa: E731
            return min(able, key=full)
        return able[0]
