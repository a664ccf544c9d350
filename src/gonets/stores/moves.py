"""Moving parts from state to state, and everything that must happen in the same transaction: refunds and notices.

Whatever changes a part after its acceptance comes through `move`: answers, receipts, expiry, recovery, deadlines.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Join, and_, bindparam, case, func, insert, literal_column, select, update
from sqlalchemy.sql.elements import ColumnElement

from gonets.model.account import Resend
from gonets.model.costs import Cost
from gonets.model.ledger import EntryKind
from gonets.model.message import AccountId, Hears, MessageId, PartId, State
from gonets.rules.lifecycle import refunds, stand
from gonets.stores.books import Posting, post
from gonets.stores.schema import accounts, mailbox, messages, parts
from gonets.stores.statements import Statement, gathered, given, packed


class Standing(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A part as it stands, with what a decision about it needs."""

    part: PartId
    message: MessageId
    state: State
    attempts: int
    refunded: bool
    error: int
    status_at: int
    """When it came to this state, Unix microseconds."""
    left_at: int | None
    """Its last claim, Unix microseconds."""
    account: AccountId
    parts: int
    """Of the whole message."""
    price: int
    refund_undelivered: bool
    expires_at: int | None
    resend: Resend
    """The account's."""
    hears: int
    """What its client does, of `Hears`."""
    doubtful: bool
    """Its connector's upstream may have it, whatever state it is in."""


class Move(msgspec.Struct, frozen=True, gc=False):
    """What becomes of a part."""

    standing: Standing
    state: State
    error: int = 0
    due_at: int | None = None
    """When it is tried again, Unix microseconds."""
    remote_id: str | None = None
    """Given by an answer that took the part, empty by one that may have; None leaves it as it was."""
    uncounted: bool = False
    """Its last try was none."""


_ENDS: ColumnElement[int] = literal_column(str((Hears.SUCCESS | Hears.FAILURE).value))
_NOTHING: ColumnElement[int] = literal_column("0")

STANDING = (
    parts.c.id,
    parts.c.message_id,
    parts.c.state,
    parts.c.attempts,
    parts.c.refunded,
    parts.c.error,
    parts.c.status_at,
    parts.c.left_at,
    messages.c.account_id,
    messages.c.parts,
    messages.c.price,
    messages.c.refund_undelivered,
    messages.c.expires_at,
    accounts.c.resend,
    func.coalesce(messages.c.hears, case((accounts.c.push_url != "", _ENDS), else_=_NOTHING)),
    parts.c.remote_id.is_not(None),
)


def standings_of(source: Any) -> Any:
    """The select that gathers the standings of the parts in a FROM clause; `with_owner` makes its end."""
    return select(gathered(*STANDING)).select_from(source)


def with_owner(source: Any) -> Join:
    """A FROM clause that holds `parts`, joined with their messages and accounts."""
    joined: Join = source.join(messages, messages.c.id == parts.c.message_id).join(
        accounts, accounts.c.id == messages.c.account_id
    )
    return joined


decode_standings = msgspec.json.Decoder(list[Standing], strict=False).decode

_ids = given("ids", "id")
_standings_by_id = Statement(standings_of(with_owner(_ids.join(parts, parts.c.id == _ids.c.id))))

_moved = given("moved", "id", "state", "error", "due_at", "refunded", "uncounted")
_move = Statement(
    update(parts)
    .where(parts.c.id == _moved.c.id)
    .values(
        state=_moved.c.state,
        error=_moved.c.error,
        due_at=_moved.c.due_at,
        refunded=_moved.c.refunded,
        attempts=parts.c.attempts - _moved.c.uncounted,
        status_at=bindparam("now"),
    )
)

_taken = given("taken", "id", "state", "remote_id", "error", "cost", "cost_currency")
_taking = (
    update(parts)
    .where(parts.c.id == _taken.c.id)
    .values(
        state=_taken.c.state,
        error=_taken.c.error,
        remote_id=_taken.c.remote_id,
        status_at=bindparam("now"),
    )
)
_take = Statement(_taking)
_take_costed = Statement(_taking.values(cost=_taken.c.cost, cost_currency=_taken.c.cost_currency))
"""Only where costs are known: two more columns to unpack are felt."""

_whole = given("whole", "id", "parts")
_siblings = Statement(
    select(
        gathered(parts.c.message_id, parts.c.id, parts.c.state, parts.c.error, parts.c.status_at)
    ).select_from(
        _whole.join(parts, and_(parts.c.id >= _whole.c.id, parts.c.id < _whole.c.id + _whole.c.parts))
    )
)
_decode_siblings = msgspec.json.Decoder(list[tuple[MessageId, PartId, State, int, int]]).decode

_NO_COSTS: Mapping[PartId, Cost] = {}
_NO_NEWS = 0
NEWS: dict[State, int] = {
    State.SENT: Hears.UNDERWAY.value,
    State.ACCEPTED: Hears.UNDERWAY.value,
    **{state: Hears.FAILURE.value for state in State if state.final},
    State.DELIVERED: Hears.SUCCESS.value,
}
"""By the state that a message has come to: who hears of it. Plain numbers, for flags are slow to compare."""

_notices = given("notices", "account_id", "message_id", "state", "error", "at")
_post_notices = Statement(
    insert(mailbox).from_select(
        ["account_id", "message_id", "state", "error", "at", "created_at"],
        select(
            _notices.c.account_id,
            _notices.c.message_id,
            _notices.c.state,
            _notices.c.error,
            _notices.c.at,
            bindparam("now"),
        ),
    )
)


def standings(connection: Connection, part_ids: Iterable[PartId]) -> dict[PartId, Standing]:
    """Where these parts stand; those that do not exist are left out."""
    found = decode_standings(_standings_by_id.rows(connection, ids=packed([(part,) for part in part_ids])))
    return {standing.part: standing for standing in found}


def move(
    connection: Connection, moves: Sequence[Move], now: int, costs: Mapping[PartId, Cost] = _NO_COSTS
) -> int:
    """Write what becomes of these parts, each named once; refund and notify as their new states ask.

    `now` is Unix microseconds; `costs` are those of parts that an upstream took. Returns how many notices went
    into mailboxes.
    """
    if not moves:
        return 0
    taken: list[tuple[int, int, str, int]] = []
    costed: list[tuple[int, int, str, int, int, str]] = []
    moved: list[tuple[int, int, int, int | None, bool, bool]] = []
    postings: list[Posting] = []
    for each in moves:
        was = each.standing
        if each.remote_id is not None:
            cost = costs.get(was.part)
            if cost is None:
                taken.append((was.part, each.state, each.remote_id, each.error))
            else:
                costed.append((was.part, each.state, each.remote_id, each.error, cost.cost, cost.currency))
            if each.state is State.SENT:
                continue
        refund = not was.refunded and refunds(
            each.state,
            left_us=was.state >= State.CLAIMED or was.doubtful,
            refund_undelivered=was.refund_undelivered,
        )
        if refund:
            postings.append(Posting(was.account, EntryKind.REFUND, was.price, was.message, was.part))
        moved.append((was.part, each.state, each.error, each.due_at, was.refunded or refund, each.uncounted))
    if taken:
        _take.run(connection, taken=packed(taken), now=now)
    if costed:
        _take_costed.run(connection, taken=packed(costed), now=now)
    if moved:
        _move.run(connection, moved=packed(moved), now=now)
    if postings:
        post(connection, postings, now)
    return _notify(connection, moves, now)


def _notify(connection: Connection, moves: Sequence[Move], now: int) -> int:
    """Put a notice into its account's mailbox for each message that now stands where its client wants to hear of it."""
    notices: list[tuple[int, int, int, int, int]] = []
    split: dict[MessageId, list[Move]] = {}
    for each in moves:
        was = each.standing
        if not was.hears & NEWS.get(each.state, _NO_NEWS):
            continue
        if was.parts == 1:
            if each.state is not was.state:
                notices.append((was.account, was.message, each.state, each.error, now))
        else:
            split.setdefault(was.message, []).append(each)
    if split:
        whole = packed([(message, group[0].standing.parts) for message, group in split.items()])
        rows: dict[MessageId, dict[PartId, tuple[State, int, int]]] = {message: {} for message in split}
        for message, part, state, error, at in _decode_siblings(_siblings.rows(connection, whole=whole)):
            rows[message][part] = (state, error, at)
        for message, group in split.items():
            was_at = {
                was.part: (was.state, was.error, was.status_at) for was in (each.standing for each in group)
            }
            before = stand({**rows[message], **was_at}.values()).state
            after = stand(rows[message].values())
            heard = group[0].standing.hears & NEWS.get(after.state, _NO_NEWS)
            if heard and after.state is not before:
                notices.append((group[0].standing.account, message, after.state, after.error, after.at))
    if notices:
        _post_notices.run(connection, notices=packed(notices), now=now)
    return len(notices)
