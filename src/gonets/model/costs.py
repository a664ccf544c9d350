"""What upstreams take for a part, as people declare it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

import msgspec

from gonets.model.message import Channel
from gonets.model.money import Millionths


class By(StrEnum):
    """What parts are counted by."""

    ACCOUNT = "account"
    ROUTE = "route"
    CONNECTOR = "connector"
    PREFIX_COUNTRY = "prefix-country"


class Cost(msgspec.Struct, frozen=True):
    """What one part through a connector costs us, under a prefix of the recipient; the longest prefix counts."""

    connector: str
    channel: Channel
    prefix: str
    """Leading digits of the recipient; empty: every number, and e-mail addresses."""
    cost: Millionths
    currency: str = "RUB"


Costs: TypeAlias = Mapping[str, Mapping[str, Cost]]
"""Of one connector: by channel, then by prefix."""


class Totals(msgspec.Struct, frozen=True):
    """What parts came to that an account paid in one currency, and we in one."""

    currency: str
    """Of `charged`."""
    cost_currency: str | None
    """Of `cost`; None: what they cost is unknown."""
    parts: int
    charged: Millionths
    """Less what was given back."""
    cost: Millionths

    def plus(self, other: "Totals") -> "Totals":
        """Both together; they are in the same currencies."""
        return Totals(
            self.currency,
            self.cost_currency,
            self.parts + other.parts,
            Millionths(self.charged + other.charged),
            Millionths(self.cost + other.cost),
        )

    @property
    def margin(self) -> Millionths | None:
        """Charged less cost; None: they cannot be compared."""
        return Millionths(self.charged - self.cost) if self.currency == self.cost_currency else None

    @property
    def margin_percent(self) -> float | None:
        """Of what was charged, to a tenth; None: there is none."""
        if self.margin is None or not self.charged:
            return None
        return round(100 * self.margin / self.charged, 1)
