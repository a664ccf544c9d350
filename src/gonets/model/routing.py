"""Where messages go: routes and the connectors that serve them."""

from enum import StrEnum
from typing import Final

import msgspec

from gonets.model.message import RouteId


class ConnectorSetup(msgspec.Struct, frozen=True):
    """A link to an upstream, as configured."""

    name: str
    kind: str
    """Names what `app` builds: one of `app.kinds`."""
    settings: dict[str, int | float | str | bool] = {}
    """Of its kind, and of any link (`model.links`)."""
    enabled: bool = True

    @property
    def no_report_hours(self) -> float:
        """Its own deadline for receipts; 0: the platform's."""
        hours = self.settings.get("no_report_hours", 0.0)
        return float(hours) if isinstance(hours, int | float) else 0.0


MOST_WEIGHT: Final = 1000
"""Of a connector in a route."""


class Strategy(StrEnum):
    """How the connectors of a route divide what waits in it among themselves."""

    PRIORITY = "priority"
    """The first takes everything; each next one only while none before it takes anything."""
    WEIGHT = "weight"
    """All of them take parts, each as much of the whole as its weight is of all weights."""
    COST = "cost"
    """Each part goes to the cheapest for its recipient; each next one only while none cheaper takes anything."""


class Route(msgspec.Struct, frozen=True):
    """Recipients under a prefix go to these connectors, divided among them by the strategy."""

    id: RouteId
    name: str
    prefix: str
    """Leading digits of the recipient; empty: every number. The longest match wins."""
    connectors: tuple[str, ...]
    """The preferred first."""
    enabled: bool = True
    strategy: Strategy = Strategy.PRIORITY
    weights: tuple[int, ...] = ()
    """Of the connectors, in their order, each at least 1; none: all weigh the same. Other strategies ignore them."""
