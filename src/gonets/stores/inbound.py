"""Messages from phones, kept before the upstream is told that we have them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from gonets.model.results import Inbound
from gonets.model.times import micros, moment
from gonets.ports.stores import Kept
from gonets.stores.schema import inbound
from gonets.stores.statements import Statement, given, packed

_COLUMNS = ("sender", "recipient", "text", "binary", "reference", "total", "number", "heard_at")
_heard = given("heard", *_COLUMNS)
_keep = Statement(
    insert(inbound).from_select(
        ["connector", *_COLUMNS], select(bindparam("by"), *(_heard.c[column] for column in _COLUMNS))
    )
)

Keeping = tuple[str, Sequence[Inbound]]
"""Connector, and what it heard."""


def keep(connection: Connection, batches: Sequence[Keeping]) -> list[None]:
    """Write these down, in the order in which they were heard."""
    for connector, heard in batches:
        rows = [
            (
                each.sender,
                each.recipient,
                each.text,
                each.binary,
                each.reference,
                each.total,
                each.number,
                micros(each.at),
            )
            for each in heard
        ]
        _keep.run(connection, heard=packed(rows), by=connector)
    return [None] * len(batches)


def newest(connection: Connection, limit: int, sender: str = "", recipient: str = "") -> list[Kept]:
    """The newest so many, newest last; only from that phone, only to that number of ours, where given."""
    query = select(inbound).order_by(inbound.c.id.desc()).limit(limit)
    if sender:
        query = query.where(inbound.c.sender == sender)
    if recipient:
        query = query.where(inbound.c.recipient == recipient)
    return [_kept(row) for row in connection.execute(query)][::-1]


def _kept(row: Row[Any]) -> Kept:
    said = Inbound(
        sender=row.sender,
        recipient=row.recipient,
        text=row.text,
        at=moment(row.heard_at),
        binary=row.binary,
        reference=row.reference,
        total=row.total,
        number=row.number,
    )
    return Kept(row.id, row.connector, said)
