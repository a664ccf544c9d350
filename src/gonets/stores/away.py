"""What is with upstreams and has not come to an end: to be asked about, or given up when its time is over."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

import msgspec
from sqlalchemy import (
    Connection,
    bindparam,
    func,
    literal_column,
    select,
    text,
    tuple_,
)

from gonets.model.message import PartId, State
from gonets.ports.stores import Away
from gonets.stores.moves import Move, Standing, move, standings
from gonets.stores.schema import AWAY, REMOTE_KEY, WAITING, messages, parts
from gonets.stores.statements import Statement, gathered, given, packed

_apart = given("apart", "name")
_overdue_head = (
    select(parts.c.id)
    .where(
        text(AWAY),
        parts.c.left_at < bindparam("before"),
        parts.c.state != literal_column(str(State.CLAIMED.value)),
        parts.c.connector.not_in(select(_apart.c.name)),
    )
    .order_by(parts.c.left_at)
    .limit(bindparam("most"))
    .subquery("overdue")
)
_overdue = Statement(select(gathered(_overdue_head.c.id)))
_overdue_of_head = (
    select(parts.c.id)
    .where(
        text(AWAY),
        parts.c.left_at < bindparam("before"),
        parts.c.state != literal_column(str(State.CLAIMED.value)),
        parts.c.connector == bindparam("by"),
    )
    .order_by(parts.c.left_at)
    .limit(bindparam("most"))
    .subquery("overdue_of")
)
_overdue_of = Statement(select(gathered(_overdue_of_head.c.id)))
_stranded_head = (
    select(parts.c.id)
    .where(
        literal_column("''") == REMOTE_KEY,  # what may have been sent, as the doubt about it is kept
        parts.c.remote_id.is_not(None),
        text(WAITING),
        parts.c.left_at < bindparam("before"),
    )
    .limit(bindparam("most"))
    .subquery("stranded")
)
_stranded = Statement(select(gathered(_stranded_head.c.id)))
_decode_ids = msgspec.json.Decoder(list[tuple[PartId]]).decode

_followed = (
    select(parts.c.id, parts.c.message_id, parts.c.remote_id, parts.c.left_at)
    .where(
        text(AWAY),
        parts.c.state != literal_column(str(State.CLAIMED.value)),
        parts.c.connector == bindparam("by"),
        tuple_(parts.c.left_at, parts.c.id) > tuple_(bindparam("since"), bindparam("after")),
    )
    .order_by(parts.c.left_at, parts.c.id)
    .limit(bindparam("most"))
    .subquery("followed")
)
_away = Statement(
    select(
        gathered(
            _followed.c.id,
            func.coalesce(_followed.c.remote_id, ""),
            messages.c.recipient,
            func.coalesce(_followed.c.left_at, 0),
        )
    ).select_from(_followed.join(messages, messages.c.id == _followed.c.message_id))
)
_decode_away = msgspec.json.Decoder(list[Away]).decode


def away(connection: Connection, asked: Sequence[tuple[str, Away | None, int]]) -> list[list[Away]]:
    """For each (connector, after, limit): what it sent and has not come to an end, as it left, after another such."""
    found: list[list[Away]] = []
    for by, last, limit in asked:
        since, after = (0, 0) if last is None else (last.left_at, last.part)
        rows = _decode_away(_away.rows(connection, by=by, since=since, after=after, most=limit))
        found.append(sorted(rows, key=attrgetter("left_at", "part")))
    return found


_REPORTABLE: Final = frozenset((State.SENT, State.UNCERTAIN, State.ACCEPTED))


def _strands(standing: Standing) -> bool:
    """Whether it waits for the connector that may have sent it: that may be gone."""
    return standing.state is State.QUEUED and standing.doubtful


def overdue(connection: Connection, asked: Sequence[tuple[int, dict[str, int], int]]) -> list[list[PartId]]:
    """For each (before, others, limit): parts that left before then and were never reported on, and those that wait
    since then for the connector that may have sent them.

    `others`: connectors with moments of their own. Those of a connector are looked for among all that are away.
    """
    found: list[list[PartId]] = []
    for before, others, limit in asked:
        apart = packed([(name,) for name in others])
        ids = [
            row[0] for row in _decode_ids(_overdue.rows(connection, before=before, apart=apart, most=limit))
        ]
        for name, moment_ in others.items():
            rows = _overdue_of.rows(connection, before=moment_, by=name, most=limit)
            ids += [row[0] for row in _decode_ids(rows)]
        rows = _stranded.rows(connection, before=before, most=limit)
        ids += [row[0] for row in _decode_ids(rows)]
        found.append(ids[:limit])
    return found


def sweep(connection: Connection, batches: Sequence[tuple[Sequence[PartId], int]]) -> list[int]:
    """For each (parts, now): those that are still without a report become `no_report`; returns how many."""
    counts = []
    for overdue_parts, now in batches:
        found = standings(connection, overdue_parts).values()
        moves = [Move(each, State.NO_REPORT) for each in found if each.state in _REPORTABLE or _strands(each)]
        move(connection, moves, now)
        counts.append(len(moves))
    return counts
