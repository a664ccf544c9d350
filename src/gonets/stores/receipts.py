"""What receipts say of parts, whenever they come: matched by id, parked, or the end of a doubt."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Final

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
)

from gonets.model.message import MessageId, PartId, State
from gonets.model.results import Lookup, Receipt
from gonets.model.times import micros, moment
from gonets.ports.stores import Applied
from gonets.rules.lifecycle import correct
from gonets.rules.remote_ids import in_other_bases, is_same_number, key_of
from gonets.stores.lookups import keep_lookups
from gonets.stores.moves import STANDING, Move, Standing, move, with_owner
from gonets.stores.schema import REMOTE_KEY, accounts, messages, parked, parts
from gonets.stores.statements import Statement, encoded, gathered, given, packed

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


def recognise(connection: Connection, moved: Iterable[Move], now: int) -> None:
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
        matched = [number for number, receipt in receipts.items() if id(receipt) not in left]
        if matched:
            unpark(connection, matched)


_matched = given("matched", "id")
_unpark = Statement(delete(parked).where(parked.c.id.in_(select(_matched.c.id))))


def unpark(connection: Connection, receipts: Sequence[int]) -> None:
    """These have found their parts."""
    _unpark.run(connection, matched=packed([(receipt,) for receipt in receipts]))
