"""Where messages go: routes and the connectors that serve them."""

import msgspec

from gonets.model.message import RouteId


class ConnectorSetup(msgspec.Struct, frozen=True):
    """A link to an upstream, as configured."""

    name: str
    kind: str
    """Names the class that `app` builds: `simulator` or `smpp`."""
    settings: dict[str, int | float | str | bool] = {}
    """Of its kind, and of any link (`model.links`)."""
    enabled: bool = True

    @property
    def no_report_hours(self) -> float:
        """Its own deadline for receipts; 0: the platform's."""
        hours = self.settings.get("no_report_hours", 0.0)
        return float(hours) if isinstance(hours, int | float) else 0.0


class Route(msgspec.Struct, frozen=True):
    """Recipients under a prefix go to these connectors, the first that has room."""

    id: RouteId
    name: str
    prefix: str
    """Leading digits of the recipient; empty: every number. The longest match wins."""
    connectors: tuple[str, ...]
    enabled: bool = True
