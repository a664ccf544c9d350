"""A message that has not left gets another text: its parts, its price and its times change in one transaction.

All or nothing: a message of which one part has left is not changed at all. Its ids stay, so that there may be fewer
parts than before and never more: those that follow its last belong to somebody else.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, func, select, update

from gonets.model.ledger import EntryKind
from gonets.model.message import AccountId, Channel, Draft, Encoding, MessageId, PartId, Pending, State
from gonets.model.reasons import Reason
from gonets.model.results import Refused, Replaced
from gonets.model.times import micros, moment
from gonets.stores.books import Books, Posting, purses_of
from gonets.stores.coming import NO_CREDIT
from gonets.stores.schema import messages, parts
from gonets.stores.statements import Statement, encoded, gathered, given, packed

UNKNOWN = Refused(Reason.UNKNOWN_MESSAGE, "There is no such message of this account.")
_LEFT = Refused(Reason.UNKNOWN_MESSAGE, "The message has left already, or has come to its end.")
_READY = Refused(
    Reason.UNSUPPORTED,
    "A part that its client cut, octets or a picture cannot be replaced; cancel it instead.",
)


class _Row(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A part with what counts of its message."""

    part: PartId
    state: State
    due_at: int | None
    account: AccountId
    sender: str
    recipient: str
    channel: Channel
    encoding: Encoding
    parts: int
    price: int
    start_at: int | None
    expires_at: int | None
    flash: bool
    made_ready: bool
    doubtful: bool
    """An upstream may have it, whatever state it is in."""


_asked = given("asked", "account_id", "id")
_parts_of = Statement(
    select(
        gathered(
            parts.c.id,
            parts.c.state,
            parts.c.due_at,
            messages.c.account_id,
            messages.c.sender,
            messages.c.recipient,
            messages.c.channel,
            messages.c.encoding,
            messages.c.parts,
            messages.c.price,
            messages.c.start_at,
            messages.c.expires_at,
            messages.c.flash,
            func.coalesce(messages.c.header, messages.c.octets, messages.c.picture).is_not(None),
            parts.c.remote_id.is_not(None),
        )
    ).select_from(
        _asked.join(
            messages, and_(messages.c.id == _asked.c.id, messages.c.account_id == _asked.c.account_id)
        ).join(parts, and_(parts.c.id >= messages.c.id, parts.c.id < messages.c.id + messages.c.parts))
    )
)
_decode_rows = msgspec.json.Decoder(list[_Row], strict=False).decode

_new = given(
    "new",
    "id",
    "text",
    "encoding",
    "parts",
    "price",
    "refund_undelivered",
    "start_at",
    "expires_at",
    "comment",
    "subject",
    "speech",
    "hears",
)
_write = Statement(
    update(messages)
    .where(messages.c.id == _new.c.id)
    .values({column: _new.c[column] for column in _new.c.keys() if column != "id"})  # noqa: SIM118 - no mapping
)
_laid = given("laid", "id", "state", "due_at", "route_id", "segment")
_lay = Statement(
    update(parts)
    .where(parts.c.id == _laid.c.id)
    .values(
        state=_laid.c.state,
        due_at=_laid.c.due_at,
        route_id=_laid.c.route_id,
        segment=_laid.c.segment,
        status_at=bindparam("now"),
    )
)
_spare = given("spare", "id")
_drop = Statement(delete(parts).where(parts.c.id.in_(select(_spare.c.id))))


def pending(connection: Connection, asked: Sequence[tuple[AccountId, MessageId]]) -> list[Pending | Refused]:
    """What of each message stays when it is replaced; why it cannot be, where it cannot."""
    return [_pending(message, _rows(connection, account, message)) for account, message in asked]


def replace(connection: Connection, batches: Sequence[tuple[Draft, int]]) -> list[Replaced | Refused]:
    """For each (draft with the id of a message, moment in Unix microseconds): the message as the draft has it.

    What it costs more is charged, what it costs less goes back. Its sender, recipient, channel and priority stay.
    """
    return [_replace(connection, draft, now) for draft, now in batches]


def _rows(connection: Connection, account: AccountId, message: MessageId) -> list[_Row]:
    found = _decode_rows(_parts_of.rows(connection, asked=packed([(account, message)])))
    return sorted(found, key=lambda row: row.part)


def _pending(message: MessageId, rows: Sequence[_Row]) -> Pending | Refused:
    if not rows:
        return UNKNOWN
    if any(row.state > State.QUEUED or row.doubtful for row in rows):
        return _LEFT
    first = rows[0]
    if first.made_ready:
        return _READY
    return Pending(
        message,
        first.sender,
        first.recipient,
        first.channel,
        first.encoding,
        first.parts,
        None if first.start_at is None else moment(first.start_at),
        None if first.expires_at is None else moment(first.expires_at),
        first.flash,
    )


def _replace(connection: Connection, draft: Draft, now: int) -> Replaced | Refused:
    rows = _rows(connection, draft.account, draft.id)
    stays = _pending(draft.id, rows)
    if isinstance(stays, Refused):
        return stays
    count, was = len(draft.segments), rows[0]
    if count > was.parts:
        return Refused(
            Reason.UNSUPPORTED,
            f"The new text takes {count} parts, the message has {was.parts}; cancel it, and submit another.",
        )
    more = draft.price * count - was.price * was.parts
    books = Books(connection, purses_of(connection, {draft.account}))
    if more > 0 and not books.affords(draft.account, more):
        return NO_CREDIT
    if more:
        books.enter(Posting(draft.account, EntryKind.REPLACEMENT, -more, draft.id))
        books.write(now)
    _write.run(connection, new=packed([_message_row(draft, was, now)]))
    _lay.run(connection, laid=packed(_part_rows(draft, rows[:count])), now=now)
    if count < was.parts:
        _drop.run(connection, spare=packed([(row.part,) for row in rows[count:]]))
    return Replaced(draft.id, count)


def _message_row(draft: Draft, was: _Row, now: int) -> tuple[object, ...]:
    start_at = None if draft.start_at is None else micros(draft.start_at)
    if start_at is None and was.start_at is not None and was.start_at <= now:
        start_at = was.start_at  # it has come; when it was stays in the history
    return (
        draft.id,
        draft.text,
        draft.encoding,
        len(draft.segments),
        draft.price,
        draft.refund_undelivered,
        start_at,
        None if draft.expires_at is None else micros(draft.expires_at),
        draft.comment,
        draft.subject or None,
        None if draft.speech is None else encoded(draft.speech),
        None if draft.hears is None else draft.hears.value,
    )


def _part_rows(draft: Draft, rows: Sequence[_Row]) -> list[tuple[object, ...]]:
    """Scheduled anew where the start is to come; else as they wait, but that none waits for its start any more."""
    alone = len(draft.segments) == 1
    laid: list[tuple[object, ...]] = []
    for row, segment in zip(rows, draft.segments, strict=True):
        state, due_at = row.state, row.due_at
        if draft.start_at is not None:
            state, due_at = State.SCHEDULED, micros(draft.start_at)
        elif state is State.SCHEDULED:
            state, due_at = State.QUEUED, None
        laid.append((row.part, state, due_at, draft.route, None if alone else segment))
    return laid
