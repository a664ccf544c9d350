"""Where messages go: routes and the connectors that serve them."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from gonets.model.message import Channel, RouteId


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


class Conditions(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a message must be, beside its recipient's prefix, to go by a route: all that is named here."""

    account: str = ""
    """By its name; empty: any."""
    group: str = ""
    """Of the account; empty: any."""
    sender: str = ""
    """As it goes out, in any case; empty: any."""
    channel: Channel | None = None
    text: str = ""
    """A pattern in RE2's syntax that is found in it; empty: any."""
    hours: tuple[int, int] | None = None
    """From and to in minutes of the day, the end not in it; they may go over midnight. None: any."""
    days: tuple[int, ...] = ()
    """Of the week, Monday is 0; none: any. Hours over midnight belong to the day on which they began."""
    zone: str = "UTC"
    """Whose hours and days these are, by its IANA name."""


ANYTHING: Final = Conditions()


class Route(msgspec.Struct, frozen=True):
    """Recipients under a prefix go to these connectors, divided among them by the strategy."""

    id: RouteId
    name: str
    prefix: str
    """Leading digits of the recipient; empty: every number, and every address. The longest match wins."""
    connectors: tuple[str, ...]
    """The preferred first."""
    enabled: bool = True
    strategy: Strategy = Strategy.PRIORITY
    weights: tuple[int, ...] = ()
    """Of the connectors, in their order, each at least 1; none: all weigh the same. Other strategies ignore them."""
    only: Conditions = ANYTHING


class Traits(msgspec.Struct, frozen=True, gc=False):
    """What of a message decides on its route."""

    account: str
    """Its name."""
    group: str
    """Of the account."""
    sender: str
    """As it goes out."""
    recipient: str
    """E.164 digits; of an e-mail its address."""
    channel: Channel
    text: str
    """The whole of it, without its comment."""
    at: datetime
    """When it may leave."""
    pictured: bool = False


class Test(Protocol):
    """Conditions, compiled."""

    def fits(self, traits: Traits) -> bool:
        """Whether a message is all that they name."""

    def miss(self, traits: Traits) -> str:
        """The first that it is not, in words; empty: it is all of them."""


class Candidate(msgspec.Struct, frozen=True):
    """A route as messages ask for it."""

    route: Route
    test: Test | None
    """None: nothing but the prefix counts."""
    carried: Mapping[tuple[Channel, bool], bool]
    """By channel and whether there is a picture: whether all its connectors carry it. What is not here none carries."""

    def serves(self, traits: Traits) -> bool:
        """Whether a message with a recipient under its prefix goes by it."""
        return (self.test is None or self.test.fits(traits)) and (
            traits.channel,
            traits.pictured,
        ) in self.carried

    def carries(self, traits: Traits) -> bool:
        """Whether all of its connectors carry it, for any of them may take what waits in its lane."""
        return self.carried.get((traits.channel, traits.pictured), False)
