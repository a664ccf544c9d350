"""Which way a message goes: the enabled route with the recipient's longest prefix, and what connectors can carry."""

from collections.abc import Callable
from typing import Final

from gonets.model.message import Channel
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.routing import ConnectorSetup, Route, Strategy
from gonets.model.tables import Tables
from gonets.rules.prefixes import longest

_SMS_ONLY: Final = frozenset({Channel.SMS})

CARRIED: Final[dict[str, frozenset[Channel]]] = {
    "simulator": frozenset(Channel),
    "smpp": _SMS_ONLY,
    "smtp": frozenset({Channel.MAIL}),
    "mfms": _SMS_ONLY,
    "osonsms": _SMS_ONLY,
    "sms2": frozenset({Channel.SMS, Channel.MMS}),
    "smsclub": _SMS_ONLY,
    "custom": _SMS_ONLY,
}
"""What the kinds of connectors carry; one that is not here, SMS only."""
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
    setups = [tables.connectors.get(name) for name in route.connectors]
    return all(
        channel in (_SMS_ONLY if setup is None else carried_by(setup))
        and (not pictured or (setup is not None and setup.kind in PICTURED))
        for setup in setups
    )


def carried_by(setup: ConnectorSetup) -> frozenset[Channel]:
    """What a connector carries."""
    carried = CARRIED.get(setup.kind, _SMS_ONLY)
    commands = COMMANDED.get(str(setup.settings.get("commands", "")))
    return carried if commands is None else carried | commands


def may_take(route: Route, name: str, takes: Callable[[str], bool]) -> bool:
    """Whether one of a route's connectors may claim what waits in it.

    `takes` tells of each by name whether it takes parts: it is up and well, and had room a moment ago. A preferred one
    that does stands before all after it. By weight and by cost all may: how much, or what of it, is decided elsewhere.
    """
    if route.strategy is not Strategy.PRIORITY:
        return True
    return not any(takes(each) for each in route.connectors[: route.connectors.index(name)])


def weights_of(route: Route) -> dict[str, int]:
    """What each connector of a route weighs."""
    weights = route.weights or (1,) * len(route.connectors)
    return dict(zip(route.connectors, weights, strict=True))


def is_down(route: Route, is_up: Callable[[str], bool]) -> bool:
    """Whether none of the connectors of a route is up, as far as `is_up` tells of each by name."""
    return not any(is_up(connector) for connector in route.connectors)
