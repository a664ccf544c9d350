"""Where messages go: routes and the connectors that serve them."""

import msgspec

from gonets.model.message import RouteId


class ConnectorSetup(msgspec.Struct, frozen=True):
    """A link to an upstream, as configured."""

    name: str
    kind: str
    """Names what `app` builds: one of `app.kinds`."""
    settings: dict[str, int | float | str | bool] = {}
    enabled: bool = True


class Route(msgspec.Struct, frozen=True):
    """Recipients under a prefix go to these connectors, the first that has room."""

    id: RouteId
    name: str
    prefix: str
    """Leading digits of the recipient; empty: every number. The longest match wins."""
    connectors: tuple[str, ...]
    enabled: bool = True
