"""What upstreams take for a part, as people declare it."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from gonets.model.message import Channel
from gonets.model.money import Millionths


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
