"""What a part costs us: the cost of the connector and channel under the recipient's longest prefix."""

from gonets.model.costs import Cost, Costs
from gonets.model.message import Channel
from gonets.rules.prefixes import longest


def cost_of(costs: Costs, channel: Channel, recipient: str) -> Cost | None:
    """The cost of one part to a recipient (E.164 digits or an e-mail address); None: nobody has said."""
    known = costs.get(channel)
    return None if known is None else longest(known, recipient)
