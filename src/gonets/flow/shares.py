"""Shares: how much of a route each of its connectors has taken, for routes that are shared by weights."""

from collections.abc import Sequence
from typing import Final

from gonets.model.message import RouteId
from gonets.model.routing import Route
from gonets.rules.routing import weights_of

BURST: Final = 256.0
"""Parts by which a connector may be ahead of its share: batches are worth more than an even row."""


class Shares:
    """The connectors of one process share it; it begins anew with the process."""

    def __init__(self) -> None:
        self._taken: dict[tuple[RouteId, str], float] = {}
        """Parts taken, by the weight of who took them."""
        self._weights: dict[tuple[RouteId, str], int] = {}
        self._sharing: dict[RouteId, Sequence[str]] = {}

    def weigh(self, route: Route, sharing: Sequence[str]) -> None:
        """These connectors of a route take parts now; who comes back has lost nothing, and has nothing to catch up."""
        for name, weight in weights_of(route).items():
            self._weights[route.id, name] = weight
        most = max(self._taken.get((route.id, name), 0.0) for name in sharing)
        behind = 2 * BURST / min(self._weights[route.id, name] for name in sharing)
        for name in sharing:
            key = route.id, name
            self._taken[key] = max(self._taken.get(key, 0.0), most - behind)
        self._sharing[route.id] = sharing

    def room(self, route: RouteId, name: str) -> int:
        """How many parts of the route that connector may take before the others have had theirs."""
        least = min(self._taken[route, each] for each in self._sharing[route])
        ahead = (self._taken[route, name] - least) * self._weights[route, name]
        return max(0, round(BURST - ahead))

    def took(self, route: RouteId, name: str, parts: int) -> None:
        """It took so many."""
        self._taken[route, name] += parts / self._weights[route, name]
