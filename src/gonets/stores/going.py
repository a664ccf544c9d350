"""What goes out: parts that come due, are placed into lanes, claimed, answered and reported on."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import assert_never

import msgspec
from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)

from gonets.model.message import Outgoing, PartId, Priority, RouteId, State
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred, Receipt, Rejected, Sent, Settled, Uncertain
from gonets.model.times import micros, moment
from gonets.ports.stores import Applied, Depth, Due, Placement
from gonets.rules.lifecycle import answer, correct
from gonets.rules.retrying import RetryPolicy, next_try
from gonets.stores.moves import Move, Standing, move, standings
from gonets.stores.schema import AWAY, TO_COME, WAITING, messages, parked, parts
from gonets.stores.statements import Statement, gathered, given, packed

# ---- due and placed

_come_due = (
    select(parts.c.id, parts.c.message_id)
    .where(text(TO_COME), parts.c.due_at <= bindparam("now"))
    .order_by(parts.c.due_at)
    .limit(bindparam("most"))
    .subquery("come_due")
)
_due = Statement(
    select(gathered(_come_due.c.id, messages.c.account_id, messages.c.recipient)).select_from(
        _come_due.join(messages, messages.c.id == _come_due.c.message_id)
    )
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


def due(connection: Connection, asked: Sequence[tuple[int, int]]) -> list[tuple[list[Due], datetime | None]]:
    """For each (moment, limit): what has come due, and when the next is."""
    found: list[tuple[list[Due], datetime | None]] = []
    for now, limit in asked:
        come = _decode_due(_due.rows(connection, now=now, most=limit))
        coming: int | None = _next_due.run(connection, now=now).fetchone()[0]
        found.append((come, None if coming is None else moment(coming)))
    return found


def place(connection: Connection, batches: Sequence[tuple[Sequence[Placement], int]]) -> list[int]:
    """Into their lanes; a part that no route serves any more fails."""
    counts: list[int] = []
    for placements, now in batches:
        routed = [(p.part, p.route) for p in placements if p.route is not None]
        count: int = _place.run(connection, placed=packed(routed), now=now).rowcount if routed else 0
        lost = [p.part for p in placements if p.route is None]
        if lost:
            moves = [
                Move(standing, State.FAILED, PLATFORM_ERROR)
                for standing in standings(connection, lost).values()
                if standing.state in (State.SCHEDULED, State.DEFERRED)
            ]
            move(connection, moves, now)
            count += len(moves)
        counts.append(count)
    return counts


# ---- claimed


class Candidate(Outgoing, frozen=True, gc=False, array_like=True):
    """A waiting part, with what orders it among those of other routes."""

    priority: Priority = Priority.NORMAL


_head = (
    select(parts.c.id, parts.c.priority)
    .where(text(WAITING), parts.c.route_id == bindparam("route"))
    .order_by(parts.c.priority, parts.c.id)
    .limit(bindparam("most"))
    .subquery("head")
)
_candidates = Statement(
    select(
        gathered(
            parts.c.id,
            parts.c.message_id,
            parts.c.number,
            messages.c.parts,
            messages.c.sender,
            messages.c.recipient,
            func.coalesce(parts.c.segment, messages.c.text),
            messages.c.encoding,
            parts.c.attempts + 1,
            messages.c.expires_at,
            parts.c.priority,
        )
    ).select_from(
        _head.join(parts, parts.c.id == _head.c.id).join(messages, messages.c.id == parts.c.message_id)
    )
)
_decode_candidates = msgspec.json.Decoder(list[Candidate]).decode

_MOST_LOOKS = 20
"""At a lane in one claim, where all that was seen had expired."""

_bound = given("bound", "id")
_bind = Statement(
    update(parts)
    .where(parts.c.id == _bound.c.id)
    .values(
        state=State.CLAIMED.value,
        connector=bindparam("by"),
        attempts=parts.c.attempts + 1,
        left_at=bindparam("now"),
    )
)

Claiming = tuple[str, Sequence[RouteId], int, int]
"""Connector, routes it serves, how many at most, the moment in Unix microseconds."""


def claim(connection: Connection, claims: Sequence[Claiming]) -> list[list[Candidate]]:
    """Bind the most urgent and oldest parts of these routes; what is past its validity expires instead."""
    return [_claim(connection, *asked) for asked in claims]


def _claim(
    connection: Connection, connector: str, routes: Sequence[RouteId], limit: int, now: int
) -> list[Candidate]:
    found: list[Candidate] = []
    for _ in range(_MOST_LOOKS):  # so that what expires does not hold up what waits behind it
        seen = _waiting(connection, routes, limit)
        late = [part.id for part in seen if part.expires_at is not None and part.expires_at <= now]
        if late:
            moves = [Move(each, State.EXPIRED) for each in standings(connection, late).values()]
            move(connection, moves, now)
        gone = set(late)
        found = [part for part in seen if part.id not in gone]
        if found or not late:
            break
    if found:
        _bind.run(connection, bound=packed([(part.id,) for part in found]), by=connector, now=now)
    return found


def _waiting(connection: Connection, routes: Sequence[RouteId], limit: int) -> list[Candidate]:
    found: list[Candidate] = []
    for route in routes:
        found.extend(_decode_candidates(_candidates.rows(connection, route=route, most=limit)))
    if len(routes) > 1:
        found.sort(key=lambda part: (part.priority, part.id))
        del found[limit:]
    return found


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


# ---- answered

_answered = given("answered", "connector", "remote_id")
_early = Statement(
    select(
        gathered(parked.c.id, parked.c.connector, parked.c.remote_id, parked.c.state, parked.c.error)
    ).select_from(
        _answered.join(
            parked,
            and_(parked.c.connector == _answered.c.connector, parked.c.remote_id == _answered.c.remote_id),
        )
    )
)
_decode_early = msgspec.json.Decoder(list[tuple[int, str, str, State, int]]).decode
_matched = given("matched", "id")
_unpark = Statement(delete(parked).where(parked.c.id.in_(select(_matched.c.id))))
_any_parked = Statement(select(parked.c.id).limit(1))

Settling = tuple[str, Sequence[Settled], int]
"""Connector, its answers, the moment in Unix microseconds."""


class Settler:
    """Writes answers; holds what decides the next try."""

    def __init__(self, retry: RetryPolicy, chance: Callable[[], float]) -> None:
        self._retry = retry
        self._chance = chance

    def settle(self, connection: Connection, batches: Sequence[Settling]) -> list[None]:
        """Write the answers of each batch, and the receipts that came before them."""
        now = max(at for _, _, at in batches)
        found = standings(connection, {each.part for _, settled, _ in batches for each in settled})
        moves: dict[PartId, Move] = {}
        answered: dict[tuple[str, str], PartId] = {}
        for connector, settled, at in batches:
            for each in settled:
                standing = found.get(each.part)
                if standing is None:
                    continue
                current = moves[each.part].state if each.part in moves else standing.state
                became = self._became(standing, current, each, at)
                if became is not None:
                    moves[each.part] = became
                    if became.remote_id is not None:
                        answered[connector, became.remote_id] = each.part
        if answered and _any_parked.run(connection).fetchone() is not None:
            _catch_up(connection, answered, moves)
        move(connection, list(moves.values()), now)
        return [None] * len(batches)

    def _became(self, standing: Standing, current: State, settled: Settled, now: int) -> Move | None:
        """What an answer makes of a part that is `current` by now; None: nothing, it does not wait for one."""
        state = answer(current, settled.result)
        if state is None:
            return None
        match settled.result:
            case Sent(remote_id):
                return Move(standing, state, remote_id=remote_id)
            case Rejected(error) | Uncertain(error):
                return Move(standing, state, error)
            case Deferred(error, after):
                wait = next_try(standing.attempts, after, self._retry, self._chance())
                if wait is None:
                    return Move(standing, State.FAILED, error or PLATFORM_ERROR)
                again_at = now + round(wait * 1_000_000)
                if standing.expires_at is not None:
                    again_at = min(again_at, max(now, standing.expires_at))
                return Move(standing, state, error, due_at=again_at)
        assert_never(settled.result)


def _catch_up(
    connection: Connection, answered: dict[tuple[str, str], PartId], moves: dict[PartId, Move]
) -> None:
    """Let receipts that came before these answers have their say."""
    early = _decode_early(_early.rows(connection, answered=packed(list(answered))))
    for _, connector, remote_id, state, error in early:
        part = answered[connector, remote_id]
        became = moves[part]
        corrected = correct(became.state, state)
        if corrected is not None:
            moves[part] = msgspec.structs.replace(became, state=corrected, error=error)
    if early:
        _unpark.run(connection, matched=packed([(row[0],) for row in early]))


# ---- reported on

_reported = given("reported", "remote_id")
_standings_by_remote_id = Statement(
    select(gathered(parts.c.remote_id, parts.c.id)).select_from(
        _reported.join(
            parts, and_(parts.c.remote_id == _reported.c.remote_id, parts.c.connector == bindparam("by"))
        )
    )
)
_decode_remote = msgspec.json.Decoder(list[tuple[str, PartId]]).decode
_parked_rows = given("unknown", "remote_id", "state", "error", "at")
_park = Statement(
    insert(parked).from_select(
        ["connector", "remote_id", "state", "error", "at", "heard_at"],
        select(
            bindparam("by"),
            _parked_rows.c.remote_id,
            _parked_rows.c.state,
            _parked_rows.c.error,
            _parked_rows.c.at,
            bindparam("now"),
        ),
    )
)

Applying = tuple[str, Sequence[Receipt], int]
"""Connector, its receipts, the moment in Unix microseconds."""


def apply(connection: Connection, batches: Sequence[Applying]) -> list[Applied]:
    """Write what receipts say; those whose part is unknown are parked."""
    return [_apply(connection, *batch) for batch in batches]


def _apply(connection: Connection, connector: str, receipts: Sequence[Receipt], now: int) -> Applied:
    reported = packed([(remote_id,) for remote_id in {receipt.remote_id for receipt in receipts}])
    part_of = dict(_decode_remote(_standings_by_remote_id.rows(connection, reported=reported, by=connector)))
    found = standings(connection, part_of.values()) if part_of else {}
    moves: dict[PartId, Move] = {}
    early: list[tuple[str, int, int, int]] = []
    unchanged = 0
    for receipt in receipts:
        part = part_of.get(receipt.remote_id)
        if part is None:
            early.append((receipt.remote_id, receipt.state, receipt.error, micros(receipt.at)))
            continue
        standing = found[part]
        now_at = moves[part].state if part in moves else standing.state
        corrected = correct(now_at, receipt.state)
        if corrected is None:
            unchanged += 1
            continue
        moves[part] = Move(standing, corrected, receipt.error)
    move(connection, list(moves.values()), now)
    if early:
        _park.run(connection, unknown=packed(early), by=connector, now=now)
    return Applied(len(receipts) - len(early) - unchanged, len(early), unchanged)


# ---- left behind

_orphans = Statement(
    select(gathered(parts.c.id)).where(
        text(AWAY),
        parts.c.state == literal_column(str(State.CLAIMED.value)),
        parts.c.connector == bindparam("by"),
    )
)
_overdue_head = (
    select(parts.c.id)
    .where(
        text(AWAY),
        parts.c.left_at < bindparam("before"),
        parts.c.state != literal_column(str(State.CLAIMED.value)),
    )
    .order_by(parts.c.left_at)
    .limit(bindparam("most"))
    .subquery("overdue")
)
_overdue = Statement(select(gathered(_overdue_head.c.id)))
_decode_ids = msgspec.json.Decoder(list[tuple[PartId]]).decode
_STEP = 5000


def recover(connection: Connection, batches: Sequence[tuple[Sequence[str], int]]) -> list[int]:
    """Parts that these connectors claimed and never settled become uncertain."""
    counts = []
    for names, now in batches:
        count = 0
        for name in names:
            ids = [row[0] for row in _decode_ids(_orphans.rows(connection, by=name))]
            for start in range(0, len(ids), _STEP):
                found = standings(connection, ids[start : start + _STEP]).values()
                move(connection, [Move(each, State.UNCERTAIN) for each in found], now)
            count += len(ids)
        counts.append(count)
    return counts


def sweep(connection: Connection, batches: Sequence[tuple[int, int, int]]) -> list[int]:
    """For each (before, limit, now): parts that left before then and were never reported on become `no_report`."""
    counts = []
    for before, limit, now in batches:
        ids = [row[0] for row in _decode_ids(_overdue.rows(connection, before=before, most=limit))]
        move(connection, [Move(each, State.NO_REPORT) for each in standings(connection, ids).values()], now)
        counts.append(len(ids))
    return counts
