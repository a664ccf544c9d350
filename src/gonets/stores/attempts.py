"""Calls of clients' URLs, as long as they are of use."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select

from gonets.model.message import AccountId
from gonets.ports.stores import Attempt
from gonets.stores.schema import push_attempts
from gonets.stores.statements import Statement, given, packed

_COLUMNS = ("account_id", "at", "kind", "host", "count", "first", "last", "outcome", "taken", "millis")
_attempts = given("attempts", *_COLUMNS)
_keep = Statement(
    insert(push_attempts).from_select(_COLUMNS, select(*(_attempts.c[column] for column in _COLUMNS)))
)
_newest = select(func.max(push_attempts.c.id)).scalar_subquery()
_forget = Statement(
    delete(push_attempts).where(
        or_(push_attempts.c.at < bindparam("before"), push_attempts.c.id <= _newest - bindparam("most"))
    )
)


def keep(connection: Connection, batches: Sequence[Sequence[Attempt]]) -> list[None]:
    """Write these down, in their order."""
    rows = [msgspec.structs.astuple(each) for batch in batches for each in batch]
    _keep.run(connection, attempts=packed(rows))
    return [None] * len(batches)


def forget(connection: Connection, asked: Sequence[tuple[int, int]]) -> list[int]:
    """For each (before, most): drop older ones, and the oldest beyond so many; returns how many went."""
    return [int(_forget.run(connection, before=before, most=most).rowcount) for before, most in asked]


def newest(connection: Connection, account: AccountId, limit: int) -> list[Attempt]:
    """An account's newest so many, newest last."""
    query = (
        select(*(push_attempts.c[column] for column in _COLUMNS))
        .where(push_attempts.c.account_id == account)
        .order_by(push_attempts.c.id.desc())
        .limit(limit)
    )
    return [Attempt(*row) for row in connection.execute(query)][::-1]
