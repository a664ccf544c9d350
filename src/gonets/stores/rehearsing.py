"""What went, and how: the parts that upstreams took, range of ids by range of ids, for a rehearsal of other routes."""

from datetime import datetime

import msgspec
from sqlalchemy import Boolean, Connection, and_, bindparam, case, func, select

from gonets.model.times import micros
from gonets.rules.rehearsing import Went
from gonets.stores.schema import messages, parts, routes
from gonets.stores.statements import Statement, gathered

_ways = (
    messages.c.account_id,
    messages.c.sender,
    messages.c.channel,
    messages.c.recipient,
    func.coalesce(routes.c.name, "(removed)").label("route"),
    func.coalesce(parts.c.connector, "").label("connector"),
)
_each = (
    select(
        *_ways,
        func.count().label("parts"),
        func.sum(func.coalesce(parts.c.cost, 0)).label("cost"),
        func.coalesce(parts.c.cost_currency, "").label("currency"),
        case((bindparam("texts", type_=Boolean), messages.c.text), else_="").label("text"),
        messages.c.picture,
        func.coalesce(messages.c.start_at, messages.c.accepted_at).label("at"),
    )
    .select_from(
        messages.join(
            parts, and_(parts.c.id >= messages.c.id, parts.c.id < messages.c.id + messages.c.parts)
        ).outerjoin(routes, routes.c.id == parts.c.route_id)
    )
    .where(
        messages.c.id > bindparam("after"),
        messages.c.id <= bindparam("up_to"),
        messages.c.accepted_at >= bindparam("since"),
        parts.c.remote_id.is_not(None),
    )
    .group_by(messages.c.id, *_ways, parts.c.cost_currency)
    .order_by(messages.c.id)
    .subquery("each_way")
)
_went = Statement(select(gathered(*_each.c)))
_decode = msgspec.json.Decoder(list[Went]).decode


def went(connection: Connection, since: datetime, after: int, up_to: int, texts: bool = False) -> list[Went]:
    """How the parts went that upstreams took, of messages with these ids that were accepted since then.

    With their texts where those are asked for.
    """
    return _decode(_went.rows(connection, after=after, up_to=up_to, since=micros(since), texts=texts))
