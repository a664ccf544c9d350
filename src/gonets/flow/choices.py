"""Choices: which parts of a route that goes by cost are one connector's, while cheaper ones take parts too."""

from collections.abc import Collection
from typing import Final

from gonets.model.routing import Route
from gonets.model.tables import Tables
from gonets.ports.stores import Claimable
from gonets.rules.costs import cheapest_first


class Cheapest:
    """Implements `ports.stores.Choice`; asked by the store's thread, and never changes."""

    def __init__(self, route: Route, name: str, takers: Collection[str], tables: Tables) -> None:
        """`takers`: the other connectors of the route that take parts now."""
        self.key: Final = (tables.revision, *sorted(takers))
        self._route = route
        self._name = name
        self._takers = frozenset(takers)
        self._tables = tables

    def chooses(self, part: Claimable) -> bool:
        """Whether it carries the part, and no cheaper connector that takes parts does."""
        for each in cheapest_first(self._route, part.channel, part.recipient, self._tables):
            if each == self._name:
                return True
            if each in self._takers:
                return False
        return False
