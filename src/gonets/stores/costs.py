"""What connectors cost, as people set it. Refuses connectors and costs that are not there (`SettingRefused`)."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, delete, insert, select

from gonets.model.costs import Cost, Costs
from gonets.model.message import Channel, PartId
from gonets.model.money import Millionths
from gonets.model.results import Sent, Settled
from gonets.rules.costs import cost_of
from gonets.stores.schema import connectors, costs, messages, parts
from gonets.stores.settings import SettingRefused, touch
from gonets.stores.statements import Statement, gathered, given, packed

_ids = given("ids", "id")
_whereto = Statement(
    select(gathered(parts.c.id, messages.c.channel, messages.c.recipient)).select_from(
        _ids.join(parts, parts.c.id == _ids.c.id).join(messages, messages.c.id == parts.c.message_id)
    )
)
_decode_whereto = msgspec.json.Decoder(list[tuple[PartId, Channel, str]]).decode


def list_costs(connection: Connection) -> list[Cost]:
    """Every cost, by connector, channel and prefix."""
    order = (costs.c.connector, costs.c.channel, costs.c.prefix)
    return [
        Cost(row.connector, Channel(row.channel), row.prefix, Millionths(row.cost), row.currency)
        for row in connection.execute(select(costs).order_by(*order))
    ]


def put_cost(connection: Connection, cost: Cost) -> None:
    """Set what a part costs, in place of what was said of the same prefix. Raises SettingRefused."""
    if (
        connection.execute(select(connectors.c.name).where(connectors.c.name == cost.connector)).first()
        is None
    ):
        raise SettingRefused(f"there is no connector {cost.connector!r}; `gonets connector list` shows all")
    key = {"connector": cost.connector, "channel": cost.channel.value, "prefix": cost.prefix}
    connection.execute(delete(costs).where(*(costs.c[name] == value for name, value in key.items())))
    connection.execute(insert(costs).values(**key, cost=cost.cost, currency=cost.currency))
    touch(connection)


def remove_cost(connection: Connection, connector: str, channel: Channel, prefix: str) -> None:
    """Take a cost away. Raises SettingRefused where there is none."""
    where = (costs.c.connector == connector, costs.c.channel == channel, costs.c.prefix == prefix)
    if not connection.execute(delete(costs).where(*where)).rowcount:
        raise SettingRefused(f"the connector {connector!r} has no {channel} cost for prefix {prefix!r}")
    touch(connection)


def costs_of(
    connection: Connection, batches: Iterable[tuple[str, Sequence[Settled], int, Costs | None]]
) -> dict[PartId, Cost]:
    """What the parts cost that were taken in these batches, as far as it is known.

    Where a connector has no costs nothing is asked for.
    """
    found: dict[PartId, Cost] = {}
    for _, settled, _, known in batches:
        taken = [(each.part,) for each in settled if isinstance(each.result, Sent)] if known else []
        if not known or not taken:
            continue
        for part, channel, recipient in _decode_whereto(_whereto.rows(connection, ids=packed(taken))):
            cost = cost_of(known, channel, recipient)
            if cost is not None:
                found[part] = cost
    return found
