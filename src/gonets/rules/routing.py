"""Which way a message goes: the enabled route with the recipient's longest prefix."""

from gonets.model.routing import Route
from gonets.model.tables import Tables
from gonets.rules.prefixes import longest


def route_of(recipient: str, tables: Tables) -> Route | None:
    """The route of a recipient (E.164 digits); None where no connector serves it, as on a route that names
    none.

    Whether its connectors are up is not asked: what waits in a lane goes out when one comes back.
    """
    route = longest(tables.routes, recipient)
    return route if route is not None and route.connectors else None
