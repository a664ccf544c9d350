"""Which way a message goes: the enabled route with the recipient's longest prefix, and what connectors can carry."""

from collections.abc import Callable
from typing import Final

from gonets.model.message import Channel
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.routing import ConnectorSetup, Route
from gonets.model.tables import Tables
from gonets.rules.prefixes import longest

_SMS: Final = Channel.SMS
_NOTHING_ELSE: Final[frozenset[Channel]] = frozenset()

CARRIED: Final[dict[str, frozenset[Channel]]] = {
    "simulator": frozenset(Channel),
    "smpp": _NOTHING_ELSE,
    "mfms": _NOTHING_ELSE,
    "osonsms": _NOTHING_ELSE,
    "sms2": frozenset({Channel.MMS}),
    "smsclub": _NOTHING_ELSE,
}
"""What the kinds of connectors carry besides SMS, which every one does."""
PICTURED: Final = frozenset({"simulator", "sms2"})
"""The kinds that carry an MMS with its picture; others can at most command one without."""
COMMANDED: Final[dict[str, frozenset[Channel]]] = {
    "smsc": frozenset(Channel) - {Channel.SMS},
}
"""By the setting `commands`: what else goes to an upstream as commands in texts."""

DOWN: Final = Refused(Reason.UPSTREAM_UNAVAILABLE, "No network can be reached now; try again later.")
"""For accounts that refuse rather than wait."""


def route_of(recipient: str, tables: Tables) -> Route | None:
    """The route of a recipient (E.164 digits); None where no connector serves it, as on a route that names
    none.

    Whether its connectors are up is not asked: what waits in a lane goes out when one comes back.
    """
    route = longest(tables.routes, recipient)
    return route if route is not None and route.connectors else None


def carries(route: Route, channel: Channel, tables: Tables, pictured: bool = False) -> bool:
    """Whether a route carries a channel: all of its connectors do, for any of them may take what waits in its lane.

    `pictured`: with a picture.
    """
    if channel is _SMS:
        return True
    setups = (tables.connectors.get(name) for name in route.connectors)
    return all(
        setup is not None and channel in carried_by(setup) and (not pictured or setup.kind in PICTURED)
        for setup in setups
    )


def carried_by(setup: ConnectorSetup) -> frozenset[Channel]:
    """What a connector carries besides SMS."""
    commands = COMMANDED.get(str(setup.settings.get("commands", "")), _NOTHING_ELSE)
    return CARRIED.get(setup.kind, _NOTHING_ELSE) | commands


def is_down(route: Route, is_up: Callable[[str], bool]) -> bool:
    """Whether none of the connectors of a route is up, as far as `is_up` tells of each by name."""
    return not any(is_up(connector) for connector in route.connectors)
