"""Which way a message goes: the first enabled route that it fits, and what connectors can carry.

Routes are looked at in one order, whoever declared them when: the longest prefix of the recipient first; of those the
one that names what comes first in `conditions.rank`; then by name. One none of whose connectors carries the channel is
passed over.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec

from gonets.model.account import Account
from gonets.model.message import Channel
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.routing import Candidate, ConnectorSetup, Route, Strategy, Traits
from gonets.model.tables import Tables
from gonets.rules.conditions import compiled, rank

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


def candidate_of(traits: Traits, tables: Tables) -> Candidate | None:
    """The route that a message goes by; None where no connector serves it, as on a route that names none.

    Whether its connectors are up is not asked: what waits in a lane goes out when one comes back.
    """
    routes, recipient = tables.routes, traits.recipient
    for end in range(0 if "@" in recipient else len(recipient), -1, -1):
        for each in routes.get(recipient[:end], ()):
            if each.serves(traits):
                return each if each.route.connectors else None
    return None


class Looked(msgspec.Struct, frozen=True):
    """A route that was looked at for a message."""

    route: Route
    miss: str
    """Why it is not the one taken, in words; empty: it is."""
    carried: bool = True
    """Whether its connectors carry the channel: none of one passed over for that, all of one taken."""

    @property
    def taken(self) -> bool:
        """Whether the message goes by it."""
        return not self.miss


def looked_at(traits: Traits, tables: Tables) -> list[Looked]:
    """The enabled routes with a prefix of the recipient in their order, and why each is taken or not."""
    looked: list[Looked] = []
    first: Route | None = None
    for each in _fitting(traits.recipient, tables):
        route = each.route
        if first is not None:
            looked.append(Looked(route, f"stands after {first.name}"))
            continue
        miss = "" if each.test is None else each.test.miss(traits)
        carried = each.carries(traits)
        if not miss and not each.serves(traits):
            kind = f"{traits.channel.value} with a picture" if traits.pictured else traits.channel.value
            miss = f"none of its connectors carries {kind}"
        elif not miss:
            first = route
            miss = "" if route.connectors else "has no connector"
        looked.append(Looked(route, miss, carried))
    return looked


def _fitting(recipient: str, tables: Tables) -> Iterator[Candidate]:
    for end in range(0 if "@" in recipient else len(recipient), -1, -1):
        yield from tables.routes.get(recipient[:end], ())


def traits_of(
    account: Account | None,
    sender: str,
    recipient: str,
    channel: Channel,
    text: str,
    at: datetime,
    pictured: bool,
) -> Traits:
    """Of a message of an account; None: of one that is no more."""
    name, group = ("", "") if account is None else (account.name, account.group)
    return Traits(name, group, sender, recipient, channel, text, at, pictured)


def in_order(
    routes: Iterable[Route], connectors: Mapping[str, ConnectorSetup]
) -> dict[str, tuple[Candidate, ...]]:
    """The enabled ones among routes as `Tables` holds them. Raises ValueError for conditions that cannot be read."""
    found: dict[str, tuple[Candidate, ...]] = {}
    for route in sorted(routes, key=order):
        if route.enabled:
            candidate = Candidate(route, compiled(route.only), _carried(route, connectors))
            found[route.prefix] = (*found.get(route.prefix, ()), candidate)
    return found


def order(route: Route) -> tuple[int, tuple[bool, ...], str]:
    """Smaller for what is looked at first; no two routes have the same, for names are theirs alone."""
    return -len(route.prefix), rank(route.only), route.name


def reads_texts(tables: Tables) -> bool:
    """Whether a route asks what a message says."""
    return any(route.only.text for route in tables.each_route())


def _carried(route: Route, connectors: Mapping[str, ConnectorSetup]) -> dict[tuple[Channel, bool], bool]:
    """What some of its connectors carry, and whether all do. A route without any has everything, and stops it."""
    setups = [connectors.get(name) for name in route.connectors]
    table: dict[tuple[Channel, bool], bool] = {}
    for channel in Channel:
        for pictured in (False, True):
            able = [_takes(setup, channel, pictured) for setup in setups]
            if any(able) or not able:
                table[channel, pictured] = all(able)
    return table


def _takes(setup: ConnectorSetup | None, channel: Channel, pictured: bool) -> bool:
    if setup is None:
        return channel in _SMS_ONLY and not pictured
    return channel in carried_by(setup) and (not pictured or setup.kind in PICTURED)


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


def divided(route: Route) -> str:
    """The connectors of a route for people: the preferred first, or with their weights, and by which strategy."""
    if route.strategy is Strategy.WEIGHT:
        names = [f"{name} ({weight})" for name, weight in weights_of(route).items()]
    else:
        names = list(route.connectors)
    by = f", by {route.strategy.value}" if len(names) > 1 else ""
    return f"{', '.join(names) or 'none'}{by}"


def weights_of(route: Route) -> dict[str, int]:
    """What each connector of a route weighs."""
    weights = route.weights or (1,) * len(route.connectors)
    return dict(zip(route.connectors, weights, strict=True))


def is_down(route: Route, is_up: Callable[[str], bool]) -> bool:
    """Whether none of the connectors of a route is up, as far as `is_up` tells of each by name."""
    return not any(is_up(connector) for connector in route.connectors)
