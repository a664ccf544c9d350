"""What a part costs us, by the recipient's longest prefix, and which connectors of a route are cheaper for it."""

from collections.abc import Iterable

from gonets.model.costs import Cost, Costs
from gonets.model.message import Channel
from gonets.model.routing import Route
from gonets.model.tables import Tables
from gonets.rules.prefixes import longest
from gonets.rules.routing import carried_by


def cost_of(costs: Costs, channel: Channel, recipient: str) -> Cost | None:
    """The cost of one part to a recipient (E.164 digits or an e-mail address); None: nobody has said."""
    known = costs.get(channel)
    return None if known is None else longest(known, recipient)


def by_connector(costs: Iterable[Cost]) -> dict[str, Costs]:
    """Costs as a snapshot has them."""
    found: dict[str, dict[str, dict[str, Cost]]] = {}
    for each in costs:
        found.setdefault(each.connector, {}).setdefault(each.channel.value, {})[each.prefix] = each
    return dict(found)


def cheapest_first(route: Route, channel: Channel, recipient: str, tables: Tables) -> tuple[str, ...]:
    """The connectors of a route that carry the channel, by what a part to that recipient costs.

    Who costs the same stands in the route's order, who costs an unknown amount last. Amounts of different currencies
    cannot be compared: the first connector with a cost says in which, and a cost in another is unknown.
    """
    costs: dict[str, Cost | None] = {}
    for name in route.connectors:
        setup = tables.connectors.get(name)
        if setup is not None and channel in carried_by(setup):
            costs[name] = cost_of(tables.costs.get(name, {}), channel, recipient)
    currency = next((each.currency for each in costs.values() if each is not None), "")
    known = {
        name: each.cost for name, each in costs.items() if each is not None and each.currency == currency
    }
    return tuple(sorted(costs, key=lambda name: (name not in known, known.get(name, 0))))
