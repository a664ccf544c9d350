"""What comes back: answers, receipts, and parts of which nothing was heard any more."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter, itemgetter
from typing import Final, assert_never

import msgspec
from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)
from structlog import get_logger

from gonets.model.account import Resend
from gonets.model.costs import Costs
from gonets.model.message import MessageId, PartId, State
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred, Lookup, Receipt, Rejected, Returned, Sent, Settled, Uncertain
from gonets.model.times import micros, moment
from gonets.ports.stores import Applied, Away, PutOff
from gonets.rules.lifecycle import answer, correct
from gonets.rules.remote_ids import in_other_bases, is_same_number, key_of
from gonets.rules.retrying import RetryPolicy, next_try
from gonets.stores.costs import costs_of
from gonets.stores.lookups import keep_lookups
from gonets.stores.moves import STANDING, Move, Standing, move, standings, with_owner
from gonets.stores.schema import AWAY, REMOTE_KEY, WAITING, accounts, messages, parked, parts
from gonets.stores.statements import Statement, encoded, gathered, given, packed

# ---- answered

log = get_logger()

_answered = given("answered", "connector", "remote_id")
_early = Statement(
    select(
        gathered(
            parked.c.id,
            parked.c.connector,
            parked.c.remote_id,
            parked.c.state,
            parked.c.error,
            func.json(parked.c.lookup),
        )
    ).select_from(
        _answered.join(
            parked,
            and_(parked.c.connector == _answered.c.connector, parked.c.remote_id == _answered.c.remote_id),
        )
    )
)
_decode_early = msgspec.json.Decoder(list[tuple[int, str, str, State, int, Lookup | None]]).decode
_matched = given("matched", "id")
_unpark = Statement(delete(parked).where(parked.c.id.in_(select(_matched.c.id))))

Settling = tuple[str, Sequence[Settled], int, Costs | None]
"""Connector, its answers, the moment in Unix microseconds."""


class Settler:
    """Writes answers; holds what decides the next try."""

    def __init__(self, retry: RetryPolicy, chance: Callable[[], float]) -> None:
        self._retry = retry
        self._chance = chance
        self._chances: dict[MessageId, float] = {}

    def settle(self, connection: Connection, batches: Sequence[Settling]) -> list[list[PutOff]]:
        """Write the answers of each batch, and the receipts that came before them; returns what is tried again."""
        now = max(at for _, _, at, _ in batches)
        found = standings(connection, {each.part for _, settled, _, _ in batches for each in settled})
        moves: dict[PartId, Move] = {}
        answered: dict[tuple[str, str], list[PartId]] = {}
        self._chances.clear()
        for connector, settled, at, _ in batches:
            for each in settled:
                standing = found.get(each.part)
                if standing is None:
                    continue
                current = moves[each.part].state if each.part in moves else standing.state
                became = self._became(standing, current, each, at)
                if became is not None:
                    moves[each.part] = became
                    if became.remote_id:
                        answered.setdefault((connector, key_of(became.remote_id)), []).append(each.part)
        if answered:
            _catch_up(connection, answered, moves)
        move(connection, list(moves.values()), now, costs_of(connection, batches))
        _recognise(connection, moves.values(), now)
        put_off = {part: each.due_at for part, each in moves.items() if each.due_at is not None}
        return [
            [PutOff(each.part, put_off[each.part]) for each in settled if each.part in put_off]
            for _, settled, _, _ in batches
        ]

    def _became(self, standing: Standing, current: State, settled: Settled, now: int) -> Move | None:
        """What an answer makes of a part that is `current` by now; None: nothing, it does not wait for one."""
        state = answer(current, settled.result)
        if state is None:
            return None
        match settled.result:
            case Sent(remote_id):
                return Move(standing, state, remote_id=remote_id)
            case Rejected(error):
                return Move(standing, state, error)
            case Uncertain(error):
                return self._unanswered(standing, error, now)
            case Returned():
                return Move(standing, state, due_at=now, uncounted=True)
            case Deferred(error, after, doubtful):
                again_at = self._again_at(standing, after, now)
                if again_at is not None:
                    return Move(standing, state, error, again_at, "" if doubtful else None)
                if doubtful or standing.doubtful:
                    return Move(standing, State.UNCERTAIN, error)
                return Move(standing, State.FAILED, error or PLATFORM_ERROR)
        assert_never(settled.result)

    def _again_at(self, standing: Standing, after: float, now: int) -> int | None:
        """When a part is tried again, not after its validity has run out; None: its tries are used up."""
        # The same for all parts that were put off together: they may have to leave together.
        chance = self._chances.get(standing.message)
        if chance is None:
            chance = self._chances[standing.message] = self._chance()
        wait = next_try(standing.attempts, after, self._retry, chance)
        if wait is None:
            return None
        again_at = now + round(wait * 1_000_000)
        return again_at if standing.expires_at is None else min(again_at, max(now, standing.expires_at))

    def _unanswered(self, standing: Standing, error: int, now: int) -> Move:
        """What becomes of a part that left and was not answered: its account has said which doubt it prefers."""
        if standing.resend is Resend.NEVER_LOST:
            again_at = self._again_at(standing, 0, now)
            if again_at is not None:
                log.warning(
                    "part is sent again and may arrive twice", action="part_sent_again", part=standing.part
                )
                return Move(standing, State.DEFERRED, error, due_at=again_at)
        return Move(standing, State.UNCERTAIN, error)

    def recover(
        self, connection: Connection, batches: Sequence[tuple[Sequence[str] | None, int]]
    ) -> list[int]:
        """Parts that these connectors (None: any) claimed and never settled are unanswered for good."""
        counts = []
        for names, now in batches:
            count = 0
            for name in (None,) if names is None else names:
                ids = [row[0] for row in _decode_ids(_orphans.rows(connection, by=name))]
                for start in range(0, len(ids), _STEP):
                    found = standings(connection, ids[start : start + _STEP]).values()
                    moves = [self._unanswered(each, 0, now) for each in found]
                    move(connection, moves, now)
                    _recognise(connection, moves, now)
                count += len(ids)
            counts.append(count)
        return counts


def _catch_up(
    connection: Connection, answered: dict[tuple[str, str], list[PartId]], moves: dict[PartId, Move]
) -> None:
    """Let receipts that came before these answers have their say."""
    early = _decode_early(_early.rows(connection, answered=packed(list(answered))))
    lookups: dict[MessageId, Lookup] = {}
    for _, connector, remote_id, state, error, lookup in early:
        for part in answered[connector, remote_id]:
            became = moves[part]
            corrected = correct(became.state, state)
            if corrected is not None:
                moves[part] = msgspec.structs.replace(became, state=corrected, error=error)
                if lookup is not None:
                    lookups[became.standing.message] = lookup
    keep_lookups(connection, lookups)
    if early:
        _unpark.run(connection, matched=packed([(row[0],) for row in early]))


# ---- reported on

_reported = given("reported", "key")
_reported_on = Statement(
    select(gathered(parts.c.remote_id, messages.c.recipient, func.json_array(*STANDING))).select_from(
        with_owner(
            _reported.join(
                parts,
                and_(
                    _reported.c.key == REMOTE_KEY,
                    parts.c.remote_id.is_not(None),  # said again for the sake of the partial index
                    parts.c.connector == bindparam("by"),
                ),
            )
        )
    )
)
_decode_reported_on = msgspec.json.Decoder(list[tuple[str, str, Standing]], strict=False).decode

_told = given("told", "recipient")
_in_doubt = Statement(
    select(gathered(messages.c.recipient, func.json_array(*STANDING))).select_from(
        _told.join(
            messages,
            and_(
                messages.c.recipient == _told.c.recipient,
                messages.c.accepted_at > bindparam("after"),
            ),
        )
        .join(
            parts,
            and_(
                parts.c.id >= messages.c.id,
                parts.c.id < messages.c.id + messages.c.parts,
                or_(
                    parts.c.state == literal_column(str(State.CLAIMED.value)),
                    parts.c.state == literal_column(str(State.UNCERTAIN.value)),
                ),
                parts.c.connector == bindparam("by"),
            ),
        )
        .join(accounts, accounts.c.id == messages.c.account_id)
    )
)
_decode_in_doubt = msgspec.json.Decoder(list[tuple[str, Standing]], strict=False).decode
_DOUBTED: Final = 3 * 24 * 3600 * 1_000_000
"""Microseconds after its acceptance for which a part may be recognised by its recipient."""
_parked_rows = given("unknown", "remote_id", "state", "error", "at", "recipient", "lookup")
_park = Statement(
    insert(parked).from_select(
        ["connector", "remote_id", "state", "error", "at", "recipient", "lookup", "heard_at"],
        select(
            bindparam("by"),
            _parked_rows.c.remote_id,
            _parked_rows.c.state,
            _parked_rows.c.error,
            _parked_rows.c.at,
            _parked_rows.c.recipient,
            _parked_rows.c.lookup,
            bindparam("now"),
        ),
    )
)

Applying = tuple[str, Sequence[Receipt], int]
"""Connector, its receipts, the moment in Unix microseconds."""


def apply(connection: Connection, batches: Sequence[Applying]) -> list[Applied]:
    """Write what receipts say; those whose part is unknown are parked.

    A part is found by its id in any way of writing it; by another id the receipt may mean where the recipient is the
    same; and, where no id is known, as the only one of its recipient that left and was never answered.
    What a look-up found is written with the move that its receipt makes, and not where that makes none.
    """
    return [_apply(connection, *batch) for batch in batches]


def _apply(connection: Connection, connector: str, receipts: Sequence[Receipt], now: int) -> Applied:
    known = _Known(connection, connector, receipts)
    moves: dict[PartId, Move] = {}
    lookups: dict[MessageId, Lookup] = {}
    unknown: list[Receipt] = []
    unchanged = 0
    for receipt in receipts:
        moved = known.move(receipt, moves, lookups)
        if moved is None:
            unknown.append(receipt)
        else:
            unchanged += not moved
    if unknown:
        unknown = _end_doubts(connection, connector, unknown, moves, lookups, now)
    keep_lookups(connection, lookups)
    move(connection, list(moves.values()), now)
    if unknown:
        rows = [
            (
                key_of(each.remote_id),
                each.state,
                each.error,
                micros(each.at),
                each.recipient,
                _found_out(each),
            )
            for each in unknown
        ]
        _park.run(connection, unknown=packed(rows), by=connector, now=now)
    return Applied(
        len(receipts) - len(unknown) - unchanged,
        len(unknown),
        unchanged,
        sum(each.state is State.DELIVERED for each in moves.values()),
        tuple(
            now - each.standing.left_at
            for each in moves.values()
            if each.state is not State.ACCEPTED and each.standing.left_at is not None
        ),
    )


def _found_out(receipt: Receipt) -> str | None:
    return None if receipt.lookup is None else encoded(receipt.lookup)


class _Known:
    """The parts that some receipts may be of, by their ids."""

    def __init__(self, connection: Connection, connector: str, receipts: Sequence[Receipt]) -> None:
        keys = {key_of(receipt.remote_id) for receipt in receipts}
        for receipt in receipts:
            keys.update(map(key_of, receipt.others))
        keys.discard("")
        reported = packed([(key,) for key in keys])
        self._exact: dict[str, list[Standing]] = {}
        self._by_key: dict[str, tuple[str, list[Standing]]] = {}
        rows = _decode_reported_on(_reported_on.rows(connection, reported=reported, by=connector))
        if len(rows) > len(keys):  # an id may be given again after long: the newest message has it
            rows.sort(key=_part_of, reverse=True)
        for remote_id, recipient, standing in rows:
            _put(self._exact.setdefault(remote_id, []), standing)
            _put(self._by_key.setdefault(key_of(remote_id), (recipient, []))[1], standing)

    def parts_of(self, receipt: Receipt) -> Sequence[Standing]:
        """Whose it is: a part, or those of one message that the upstream took as one; nobody's yet: none."""
        standings = self._exact.get(receipt.remote_id)
        if standings is not None:
            return standings
        found = self._by_key.get(key_of(receipt.remote_id))
        if found is not None:
            return found[1]
        for other in receipt.others:
            found = self._by_key.get(key_of(other))
            if found is not None and is_same_number(found[0], receipt.recipient):
                return found[1]
        return ()

    def move(
        self, receipt: Receipt, moves: dict[PartId, Move], lookups: dict[MessageId, Lookup]
    ) -> int | None:
        """Add what a receipt makes of its parts; how many of them it moves, None: it is nobody's yet."""
        found = self.parts_of(receipt)
        if not found:
            return None
        moved = 0
        for standing in found:
            became = moves.get(standing.part)
            corrected = correct(standing.state if became is None else became.state, receipt.state)
            if corrected is None:
                continue
            moved += 1
            moves[standing.part] = Move(standing, corrected, receipt.error)
            if receipt.lookup is not None:
                lookups[standing.message] = receipt.lookup
        return moved


def _part_of(row: tuple[str, str, Standing]) -> PartId:
    return row[2].part


def _put(known: list[Standing], standing: Standing) -> None:
    """Together with others of its message only."""
    if not known or known[0].message == standing.message:
        known.append(standing)


def _end_doubts(
    connection: Connection,
    connector: str,
    unknown: Sequence[Receipt],
    moves: dict[PartId, Move],
    lookups: dict[MessageId, Lookup],
    now: int,
) -> list[Receipt]:
    """Find uncertain parts by the recipients of receipts with unknown ids; returns the receipts left over.

    Only where nothing else it could be of is on its way to that recipient: one part uncertain, and none claimed.
    """
    recipients = {receipt.recipient for receipt in unknown if receipt.recipient}
    if not recipients:
        return list(unknown)
    told = packed([(recipient,) for recipient in recipients])
    rows = _decode_in_doubt(_in_doubt.rows(connection, told=told, by=connector, after=now - _DOUBTED))
    doubtful: dict[str, list[Standing]] = {}
    for recipient, standing in rows:
        doubtful.setdefault(recipient, []).append(standing)
    named: dict[PartId, str] = {}
    left = []
    for receipt in unknown:
        found = doubtful.get(receipt.recipient, ())
        only = found[0] if len(found) == 1 else None
        if (
            only is None
            or only.state is not State.UNCERTAIN
            or not receipt.remote_id
            or named.setdefault(only.part, receipt.remote_id) != receipt.remote_id
        ):
            left.append(receipt)
            continue
        became = moves.get(only.part)
        corrected = correct(only.state if became is None else became.state, receipt.state)
        if corrected is not None:
            moves[only.part] = Move(only, corrected, receipt.error, remote_id=receipt.remote_id)
            if receipt.lookup is not None:
                lookups[only.message] = receipt.lookup
    return left


_doubted = given("doubted", "id")
_parked_for = Statement(
    select(
        gathered(
            parked.c.id,
            parked.c.connector,
            parked.c.remote_id,
            parked.c.state,
            parked.c.error,
            parked.c.at,
            parked.c.recipient,
            func.json(parked.c.lookup),
        )
    ).select_from(
        _doubted.join(parts, parts.c.id == _doubted.c.id)
        .join(messages, messages.c.id == parts.c.message_id)
        .join(
            parked,
            and_(
                parked.c.recipient == messages.c.recipient,
                parked.c.recipient != literal_column("''"),  # said again for the sake of the partial index
                parked.c.connector == parts.c.connector,
            ),
        )
    )
)
_decode_parked_for = msgspec.json.Decoder(
    list[tuple[int, str, str, State, int, int, str, Lookup | None]]
).decode


def _recognise(connection: Connection, moved: Iterable[Move], now: int) -> None:
    """Parts that have just become uncertain may be what a receipt that waits for its part is of."""
    doubted = [(each.standing.part,) for each in moved if each.state is State.UNCERTAIN]
    if not doubted:
        return
    waiting: dict[str, dict[int, Receipt]] = {}
    rows = _decode_parked_for(_parked_for.rows(connection, doubted=packed(doubted)))
    rows.sort(key=itemgetter(0))  # as they were heard
    for number, connector, remote_id, state, error, at, recipient, lookup in rows:
        others = in_other_bases(remote_id)
        receipt = Receipt(remote_id, state, error, moment(at), recipient, others, lookup)
        waiting.setdefault(connector, {})[number] = receipt
    for connector, receipts in waiting.items():
        moves: dict[PartId, Move] = {}
        lookups: dict[MessageId, Lookup] = {}
        told = list(receipts.values())
        # What names another part, in whatever base, is no sign of this one.
        known = _Known(connection, connector, told)
        strange = [each for each in told if known.move(each, moves, lookups) is None]
        left = {id(each) for each in _end_doubts(connection, connector, strange, moves, lookups, now)}
        keep_lookups(connection, lookups)
        move(connection, list(moves.values()), now)
        matched = [(number,) for number, receipt in receipts.items() if id(receipt) not in left]
        if matched:
            _unpark.run(connection, matched=packed(matched))


# ---- left behind

_orphans = Statement(
    select(gathered(parts.c.id)).where(
        text(AWAY),
        parts.c.state == literal_column(str(State.CLAIMED.value)),
        parts.c.connector == func.coalesce(bindparam("by"), parts.c.connector),
    )
)
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
    .where(text(WAITING), parts.c.remote_id.is_not(None), parts.c.left_at < bindparam("before"))
    .limit(bindparam("most"))
    .subquery("stranded")
)
_stranded = Statement(select(gathered(_stranded_head.c.id)))
_decode_ids = msgspec.json.Decoder(list[tuple[PartId]]).decode
_STEP = 5000

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
