"""What goes out, or does not: parts that come due, are placed into lanes, held, or expire while they wait.

A part is held by being DEFERRED without a moment at which it comes due: no lane has it, and no router finds it.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import (
    Boolean,
    Connection,
    and_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    text,
    update,
)

from gonets.model.campaigns import CampaignState
from gonets.model.message import (
    PartId,
    State,
)
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.times import moment
from gonets.ports.stores import Depth, Due, Placement
from gonets.stores.moves import Move, move, standings
from gonets.stores.schema import TO_COME, WAITING, campaigns, messages, parts
from gonets.stores.statements import Statement, gathered, given, packed

# ---- due and placed

_come_due = (
    select(parts.c.id, parts.c.message_id)
    .where(text(TO_COME), parts.c.due_at <= bindparam("now"))
    .order_by(parts.c.due_at, parts.c.id)
    .limit(bindparam("most"))
    .subquery("come_due")
)
_due = Statement(
    select(
        gathered(
            _come_due.c.id,
            messages.c.account_id,
            messages.c.recipient,
            messages.c.sender,
            messages.c.channel,
            case((bindparam("texts", type_=Boolean), messages.c.text), else_=""),
            messages.c.picture,
        )
    ).select_from(_come_due.join(messages, messages.c.id == _come_due.c.message_id))
)
_decode_due = msgspec.json.Decoder(list[Due]).decode
_next_due = Statement(
    select(func.min(parts.c.due_at)).where(text(TO_COME), parts.c.due_at > bindparam("now"))
)

_placed = given("placed", "id", "route_id")
_place = Statement(
    update(parts)
    .where(parts.c.id == _placed.c.id, text(TO_COME))
    .values(
        state=State.QUEUED.value,
        route_id=_placed.c.route_id,
        due_at=None,
        status_at=case((parts.c.state == State.SCHEDULED.value, bindparam("now")), else_=parts.c.status_at),
    )
)


def due(
    connection: Connection, asked: Sequence[tuple[int, int, bool]]
) -> list[tuple[list[Due], datetime | None]]:
    """For each (moment, limit, whether with texts): what has come due, and when the next is."""
    found: list[tuple[list[Due], datetime | None]] = []
    for now, limit, texts in asked:
        come = _decode_due(_due.rows(connection, now=now, most=limit, texts=texts))
        coming: int | None = _next_due.run(connection, now=now).fetchone()[0]
        found.append((come, None if coming is None else moment(coming)))
    return found


_stopped = Statement(
    select(gathered(_placed.c.id, campaigns.c.state)).select_from(
        _placed.join(parts, parts.c.id == _placed.c.id)
        .join(messages, messages.c.id == parts.c.message_id)
        .join(
            campaigns,
            and_(
                campaigns.c.id == messages.c.campaign_id,
                or_(
                    campaigns.c.state == CampaignState.PAUSED.value,
                    campaigns.c.state == CampaignState.CANCELLED.value,
                ),
            ),
        )
    )
)
_decode_stopped = msgspec.json.Decoder(list[tuple[PartId, CampaignState]]).decode

_chosen = given("chosen", "id")
_hold = Statement(
    update(parts)
    .where(parts.c.id == _chosen.c.id, parts.c.state <= State.QUEUED.value)
    .values(
        state=State.DEFERRED.value,
        due_at=null(),
        status_at=case((parts.c.state == State.SCHEDULED.value, bindparam("now")), else_=parts.c.status_at),
    )
)
_release = Statement(
    update(parts)
    .where(parts.c.id == _chosen.c.id, parts.c.state == State.DEFERRED.value, parts.c.due_at.is_(None))
    .values(due_at=bindparam("now"))
)


def place(connection: Connection, batches: Sequence[tuple[Sequence[Placement], int]]) -> list[int]:
    """Into their lanes; a part that no route serves any more fails, one whose campaign stands still goes nowhere."""
    counts: list[int] = []
    for placements, now in batches:
        asked = packed([(p.part, 0) for p in placements])
        stopped = dict(_decode_stopped(_stopped.rows(connection, placed=asked)))
        count = hold(connection, [part for part, state in stopped.items() if state is _PAUSED], now)
        going = [p for p in placements if p.part not in stopped] if stopped else placements
        routed = [(p.part, p.route) for p in going if p.route is not None]
        count += _place.run(connection, placed=packed(routed), now=now).rowcount if routed else 0
        count += _end(connection, [p.part for p in going if p.route is None], State.FAILED, now)
        cancelled = [part for part, state in stopped.items() if state is not _PAUSED]
        count += _end(connection, cancelled, State.CANCELLED, now)
        counts.append(count)
    return counts


_PAUSED = CampaignState.PAUSED


def _end(connection: Connection, ids: Sequence[PartId], state: State, now: int) -> int:
    """Due parts that go nowhere end so, and are refunded; returns how many were still due."""
    if not ids:
        return 0
    error = PLATFORM_ERROR if state is State.FAILED else 0
    moves = [
        # What an upstream may have has neither failed nor been stopped.
        Move(standing, State.UNCERTAIN if standing.doubtful else state, error)
        for standing in standings(connection, ids).values()
        if standing.state in (State.SCHEDULED, State.DEFERRED)
    ]
    move(connection, moves, now)
    return len(moves)


def hold(connection: Connection, ids: Sequence[PartId], now: int) -> int:
    """Keep parts that have not left from leaving; returns how many had not."""
    if not ids:
        return 0
    count: int = _hold.run(connection, chosen=packed([(part,) for part in ids]), now=now).rowcount
    return count


def release(connection: Connection, ids: Sequence[PartId], now: int) -> int:
    """Let held parts come due now, so that they are placed by the routes of the moment; returns how many were held."""
    if not ids:
        return 0
    count: int = _release.run(connection, chosen=packed([(part,) for part in ids]), now=now).rowcount
    return count


# ---- waiting for too long

_outlived_head = (
    select(parts.c.id)
    .select_from(parts.join(messages, messages.c.id == parts.c.message_id))
    .where(text(WAITING), messages.c.expires_at <= bindparam("now"))
    .limit(bindparam("most"))
    .subquery("outlived")
)
_outlived = Statement(select(gathered(_outlived_head.c.id)))
_decode_outlived = msgspec.json.Decoder(list[tuple[PartId]]).decode


def outlived(connection: Connection, asked: Sequence[tuple[int, int]]) -> list[list[PartId]]:
    """For each (moment, limit): parts that wait past their validity. It looks at all that wait."""
    return [
        [row[0] for row in _decode_outlived(_outlived.rows(connection, now=now, most=limit))]
        for now, limit in asked
    ]


def expire(connection: Connection, batches: Sequence[tuple[Sequence[PartId], int]]) -> list[int]:
    """These, where they still wait, do so no more; returns how many of each batch."""
    counts = []
    for outlived_parts, now in batches:
        found = standings(connection, outlived_parts).values()
        moves = [Move(each, State.EXPIRED) for each in found if each.state is State.QUEUED]
        move(connection, moves, now)
        counts.append(len(moves))
    return counts


# ---- how full

_lanes = (
    select(
        parts.c.route_id,
        parts.c.priority,
        func.count().label("waiting"),
        func.min(parts.c.id).label("oldest"),
    )
    .where(text(WAITING))
    .group_by(parts.c.route_id, parts.c.priority)
    .subquery("lanes")
)
_depths = Statement(
    select(
        gathered(_lanes.c.route_id, _lanes.c.priority, _lanes.c.waiting, messages.c.accepted_at)
    ).select_from(
        _lanes.join(parts, parts.c.id == _lanes.c.oldest).join(messages, messages.c.id == parts.c.message_id)
    )
)
_decode_depths = msgspec.json.Decoder(list[Depth]).decode


def depths(connection: Connection, asked: Sequence[None]) -> list[list[Depth]]:
    """How full each lane is."""
    found = _decode_depths(_depths.rows(connection))
    return [found] * len(asked)
