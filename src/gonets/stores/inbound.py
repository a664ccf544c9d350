"""Messages from phones: kept before the upstream is told that we have them, put together, and given to whose they are.

All of it in the transaction that writes the last part, or in the sweeper's where parts never came.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, and_, bindparam, delete, insert, select, text, update

from gonets.model.message import AccountId
from gonets.model.results import Inbound
from gonets.model.times import micros, moment
from gonets.ports.stores import Kept
from gonets.rules.joining import PATIENCE_US, Piece, Pile, body, heap, is_copy, is_part
from gonets.stores.numbers import Whole, hand_over
from gonets.stores.schema import IN_PARTS, UNJOINED, inbound, said
from gonets.stores.statements import Statement, gathered, given, packed

_COLUMNS = ("sender", "recipient", "text", "binary", "reference", "total", "number", "heard_at", "waits")
_heard = given("heard", "connector", *_COLUMNS)
_keep = Statement(
    insert(inbound)
    .from_select(["connector", *_COLUMNS], select(_heard.c.connector, *(_heard.c[name] for name in _COLUMNS)))
    .returning(inbound.c.id)
)

_KEY: Final = ("connector", "sender", "recipient", "reference", "total")
Key = tuple[str, str, str, int, int]
"""What all parts of a long message share: connector, sender, recipient, reference, total."""

_asked = given("asked", *_KEY, "since")
_parts = Statement(
    select(
        gathered(
            *(inbound.c[name] for name in _KEY),
            inbound.c.id,
            inbound.c.first_id,
            inbound.c.waits,
            inbound.c.number,
            inbound.c.text,
            inbound.c.binary,
            inbound.c.heard_at,
        )
    ).select_from(
        _asked.join(
            inbound,
            and_(
                *(inbound.c[name] == _asked.c[name] for name in _KEY),
                inbound.c.heard_at >= _asked.c.since,
                text(f"inbound.{IN_PARTS}"),
            ),
        )
    )
)


class _Part(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A row of `_parts`."""

    connector: str
    sender: str
    recipient: str
    reference: int
    total: int
    id: int
    first_id: int | None
    waits: bool
    number: int
    text: str
    binary: bool
    at: int

    @property
    def key(self) -> Key:
        return (self.connector, self.sender, self.recipient, self.reference, self.total)

    @property
    def piece(self) -> Piece:
        return Piece(self.id, self.number, self.text, self.binary, self.at)


_decode_parts = msgspec.json.Decoder(list[_Part], strict=False).decode  # SQLite writes booleans as 0 and 1

_late = Statement(
    select(
        *(inbound.c[name] for name in _KEY),
        inbound.c.id,
        inbound.c.number,
        inbound.c.text,
        inbound.c.binary,
        inbound.c.heard_at,
    )
    .where(text(UNJOINED), inbound.c.first_id.is_(None), inbound.c.heard_at <= bindparam("before"))
    .order_by(inbound.c.heard_at)
    .limit(bindparam("most"))
)

_joined = given("joined", "id", "first_id")
_join = Statement(update(inbound).where(inbound.c.id == _joined.c.id).values(first_id=_joined.c.first_id))
_told = given("told", "id")
_tell = Statement(update(inbound).where(inbound.c.id.in_(select(_told.c.id))).values(waits=False))
_dropped = given("dropped", "id")
_drop = Statement(delete(inbound).where(inbound.c.id.in_(select(_dropped.c.id))))

Keeping = tuple[str, Sequence[Inbound]]
"""Connector, and what it heard."""


def keep(connection: Connection, batches: Sequence[Keeping]) -> list[None]:
    """Write these down, in the order in which they were heard, and hand over what is whole now."""
    heard = [(connector, each) for connector, some in batches for each in some]
    rows = [
        (
            connector,
            each.sender,
            each.recipient,
            each.text,
            each.binary,
            each.reference,
            each.total,
            each.number,
            micros(each.at),
            is_part(each.total, each.number),
        )
        for connector, each in heard
    ]
    ids = sorted(row[0] for row in _keep.run(connection, heard=packed(rows)).fetchall())
    wholes: list[Whole] = []
    since: dict[Key, int] = {}
    new: set[int] = set()
    for number, (connector, each) in zip(ids, heard, strict=True):
        at = micros(each.at)
        if is_part(each.total, each.number):
            key = (connector, each.sender, each.recipient, each.reference, each.total)
            since[key] = min(since.get(key, at), at)
            new.add(number)
        else:
            wholes.append(
                Whole(number, connector, each.sender, each.recipient, each.text, each.binary, 1, 0, at)
            )
    if new:
        joining = _Joining()
        for key, (piles, pieces) in _piles(connection, since, new).items():
            for piece in pieces:
                piles = joining.add(key, piles, piece)
        joining.write(connection)
        wholes += joining.wholes
    hand_over(connection, sorted(wholes, key=lambda whole: whole.id), None)
    return [None] * len(batches)


def give_up(connection: Connection, asked: Sequence[tuple[int, int, int]]) -> list[int]:
    """For each (before, limit, now): messages that began before and are still incomplete are handed over as they are;
    returns how many parts those had that came first."""
    return [_give_up(connection, before, limit, now) for before, limit, now in asked]


def _give_up(connection: Connection, before: int, limit: int, now: int) -> int:
    since: dict[Key, int] = {}
    wholes: list[Whole] = []
    joining = _Joining()
    rows = _late.run(connection, before=before, most=limit).fetchall()
    for connector, sender, recipient, reference, total, number_id, number, said_text, binary, at in rows:
        if is_part(total, number):
            key = (connector, sender, recipient, reference, total)
            since[key] = min(since.get(key, at), at)
        else:
            wholes.append(Whole(number_id, connector, sender, recipient, said_text, bool(binary), 1, 0, at))
            joining.told.append(number_id)
    for key, (piles, _) in _piles(connection, since, frozenset()).items():
        known = piles
        for pile in piles:
            if not pile.told and pile.first.at <= before:
                known = joining.end(key, known, pile)
    joining.write(connection)
    hand_over(connection, sorted([*wholes, *joining.wholes], key=lambda whole: whole.id), now)
    return len(rows)


class _Joining:
    """What is decided about the parts of one transaction, until it is written."""

    def __init__(self) -> None:
        self.wholes: list[Whole] = []
        self.told: list[int] = []
        self._joined: list[tuple[int, int]] = []
        self._dropped: list[int] = []

    def add(self, key: Key, piles: tuple[Pile, ...], piece: Piece) -> tuple[Pile, ...]:
        """One more piece of a key; returns its piles as they are then."""
        piles, index = heap(piles, piece, key[4])
        if index is None:
            self._dropped.append(piece.id)
            return piles
        pile = piles[index]
        if pile.first.id != piece.id:
            self._joined.append((piece.id, pile.first.id))
        return self.end(key, piles, pile) if pile.whole else piles

    def end(self, key: Key, piles: tuple[Pile, ...], pile: Pile) -> tuple[Pile, ...]:
        """Nothing more is waited for in a pile."""
        ids = [piece.id for piece in pile.pieces]
        others = tuple(each for each in piles if each.first.id != pile.first.id)
        if is_copy(pile, others):
            self._dropped += ids
            return others
        self.told += ids
        connector, sender, recipient, _, total = key
        written, binary = body(pile)
        at = max(piece.at for piece in pile.pieces)
        missing = total - len(pile.pieces)
        self.wholes.append(
            Whole(pile.first.id, connector, sender, recipient, written, binary, len(ids), missing, at)
        )
        return (*others, msgspec.structs.replace(pile, told=True))

    def write(self, connection: Connection) -> None:
        """Put all of it into the store."""
        if self._joined:
            _join.run(connection, joined=packed(self._joined))
        if self.told:
            _tell.run(connection, told=packed([(each,) for each in self.told]))
        if self._dropped:
            _drop.run(connection, dropped=packed([(each,) for each in self._dropped]))


def _piles(
    connection: Connection, since: dict[Key, int], new: Iterable[int]
) -> dict[Key, tuple[tuple[Pile, ...], list[Piece]]]:
    """For each key: the piles that there are, as far back as they matter, and its new pieces in order."""
    if not since:
        return {}
    fresh = frozenset(new)
    asked = packed([(*key, at - 2 * PATIENCE_US) for key, at in since.items()])
    piled: dict[Key, dict[int, list[_Part]]] = {key: {} for key in since}
    pieces: dict[Key, list[Piece]] = {key: [] for key in since}
    for part in sorted(_decode_parts(_parts.rows(connection, asked=asked)), key=lambda part: part.id):
        if part.id in fresh:
            pieces[part.key].append(part.piece)
        elif is_part(part.total, part.number):
            piled[part.key].setdefault(part.first_id or part.id, []).append(part)
    return {
        key: (
            tuple(
                Pile(key[4], tuple(part.piece for part in some), told=not some[0].waits)
                for some in piled[key].values()
            ),
            pieces[key],
        )
        for key in since
    }


# ---- for people


def newest(connection: Connection, limit: int, sender: str = "", recipient: str = "") -> list[Kept]:
    """The newest so many, newest last; only from that phone, only to that number of ours, where given."""
    query = select(inbound).order_by(inbound.c.id.desc()).limit(limit)
    if sender:
        query = query.where(inbound.c.sender == sender)
    if recipient:
        query = query.where(inbound.c.recipient == recipient)
    return [_kept(row) for row in connection.execute(query)][::-1]


def unrouted(
    connection: Connection, limit: int, sender: str = "", recipient: str = "", ids: Sequence[int] = ()
) -> list[Whole]:
    """The newest so many whole messages that are nobody's, newest last; narrowed where something is given."""
    query = select(said).where(said.c.account_id.is_(None)).order_by(said.c.id.desc()).limit(limit)
    if sender:
        query = query.where(said.c.sender == sender)
    if recipient:
        query = query.where(said.c.recipient == recipient)
    if ids:
        query = query.where(said.c.id.in_(ids))
    return [
        Whole(
            row.id,
            row.connector,
            row.sender,
            row.recipient,
            row.text,
            row.binary,
            row.parts,
            row.missing,
            row.at,
        )
        for row in connection.execute(query)
    ][::-1]


def route(connection: Connection, messages: Sequence[Whole], account: AccountId, now: int) -> None:
    """Give whole messages that were nobody's to an account; it hears them, and STOP words in them count."""
    hand_over(connection, messages, now, account)


def _kept(row: Row[Any]) -> Kept:
    heard = Inbound(
        sender=row.sender,
        recipient=row.recipient,
        text=row.text,
        at=moment(row.heard_at),
        binary=row.binary,
        reference=row.reference,
        total=row.total,
        number=row.number,
    )
    return Kept(row.id, row.connector, heard)
