"""What was sent, and what came of it in money: price, cost and margin, range of ids by range of ids.

The ids of a period are found by halving, so it takes as long as the period is, however long the history.
"""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, and_, bindparam, case, func, select

from gonets.model.costs import By, Totals
from gonets.model.money import Millionths
from gonets.model.times import micros
from gonets.rules.countries import HEAD, country_of
from gonets.stores.schema import accounts, messages, parts, routes
from gonets.stores.statements import Statement, gathered

RANGE: Final = 50_000
"""Ids looked at in one statement."""
AHEAD: Final = 40_000
"""Ids that may be used later than higher ones: two of the largest blocks that processes reserve."""


_KEYS: Final = {
    By.ACCOUNT: accounts.c.name,
    By.ROUTE: func.coalesce(routes.c.name, "(removed)"),
    By.CONNECTOR: func.coalesce(parts.c.connector, ""),
    By.PREFIX_COUNTRY: func.substr(messages.c.recipient, 1, HEAD),
}


def _sums(by: By) -> Statement:
    key = _KEYS[by].label("key")
    each = (
        select(
            key,
            accounts.c.currency,
            func.coalesce(parts.c.cost_currency, "").label("cost_currency"),
            func.count().label("parts"),
            func.sum(case((parts.c.refunded, 0), else_=messages.c.price)).label("charged"),
            func.sum(func.coalesce(parts.c.cost, 0)).label("cost"),
        )
        .select_from(
            messages.join(
                parts, and_(parts.c.id >= messages.c.id, parts.c.id < messages.c.id + messages.c.parts)
            )
            .join(accounts, accounts.c.id == messages.c.account_id)
            .outerjoin(routes, routes.c.id == parts.c.route_id)
        )
        .where(
            messages.c.id > bindparam("after"),
            messages.c.id <= bindparam("up_to"),
            messages.c.accepted_at >= bindparam("since"),
            parts.c.remote_id.is_not(None),
        )
        .group_by(key, accounts.c.currency, parts.c.cost_currency)
        .subquery("each")
    )
    return Statement(select(gathered(*each.c)))


_SUMS: Final = {by: _sums(by) for by in By}
_decode = msgspec.json.Decoder(list[tuple[str, str, str, int, int, int]]).decode


def period(connection: Connection, since: datetime) -> tuple[int, int]:
    """(after, up to): between these ids lie all messages that were accepted since then, and few others."""
    at = micros(since)
    low, high = 0, int(connection.execute(select(func.max(messages.c.id))).scalar_one() or 0)
    last = high
    while low < high:
        middle = (low + high) // 2
        query = select(messages.c.id, messages.c.accepted_at).where(messages.c.id > middle)
        found = connection.execute(query.order_by(messages.c.id).limit(1)).first()
        if found is None or found.accepted_at >= at:
            high = middle
        else:
            low = found.id
    return max(0, low - AHEAD), last


def sums(connection: Connection, by: By, since: datetime, after: int, up_to: int) -> list[tuple[str, Totals]]:
    """What came of the parts that upstreams took, of messages with these ids: each by its key, currency by currency.

    The same key and currencies may come more than once.
    """
    rows = _decode(_SUMS[by].rows(connection, after=after, up_to=up_to, since=micros(since)))
    return [
        (
            country_of(key) if by is By.PREFIX_COUNTRY else key,
            Totals(currency, cost_currency or None, parts_, Millionths(charged), Millionths(cost)),
        )
        for key, currency, cost_currency, parts_, charged, cost in rows
    ]
