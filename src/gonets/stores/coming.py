"""What comes in: ids, accepted messages with their charge, and where a message stands."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, and_, bindparam, insert, literal_column, select, update

from gonets.model.ledger import EntryKind
from gonets.model.message import AccountId, Draft, MessageId, Picture, State, UserData
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Funds, Refused
from gonets.model.times import micros, moment
from gonets.rules.lifecycle import stand
from gonets.stores.books import Books, Posting
from gonets.stores.guards import Guards, look
from gonets.stores.schema import accounts, counters, media, messages, parts
from gonets.stores.statements import Statement, encoded, gathered, given, packed

_bump = Statement(
    update(counters).where(counters.c.name == "id").values(value=counters.c.value + bindparam("count"))
)
_next = Statement(select(counters.c.value).where(counters.c.name == "id"))

_message_rows = given(
    "messages",
    "id",
    "account_id",
    "protocol",
    "profile",
    "client_id",
    "channel",
    "sender",
    "recipient",
    "text",
    "encoding",
    "parts",
    "price",
    "refund_undelivered",
    "start_at",
    "expires_at",
    "comment",
    "flash",
    "subject",
    "picture",
    "campaign_id",
    "speech",
    "hears",
    "header",
    "octets",
)
_insert_messages = Statement(
    insert(messages).from_select(
        [*(column.name for column in _message_rows.c), "accepted_at"],
        select(*_message_rows.c, bindparam("now")),
    )
)
_part_rows = given(
    "parts", "id", "message_id", "number", "state", "route_id", "priority", "due_at", "segment", "account_id"
)
_insert_parts = Statement(
    insert(parts).from_select(
        [*(column.name for column in _part_rows.c), "status_at", "error", "attempts", "refunded"],
        select(
            *_part_rows.c, bindparam("now"), literal_column("0"), literal_column("0"), literal_column("false")
        ),
    )
)

_sought = given("sought", "account_id", "id")
_find = Statement(
    select(
        gathered(messages.c.account_id, messages.c.id, parts.c.state, parts.c.status_at, parts.c.error)
    ).select_from(
        _sought.join(
            messages, and_(messages.c.id == _sought.c.id, messages.c.account_id == _sought.c.account_id)
        ).join(parts, and_(parts.c.id >= messages.c.id, parts.c.id < messages.c.id + messages.c.parts))
    )
)
_decode_found = msgspec.json.Decoder(list[tuple[AccountId, MessageId, State, int, int]]).decode

NO_CREDIT = Refused(Reason.NO_CREDIT, "The balance does not cover this message; top it up.")

Accepting = tuple[Sequence[Draft], int]
"""Drafts, and the moment of acceptance in Unix microseconds."""


def reserve(connection: Connection, counts: Sequence[int]) -> list[int]:
    """Take consecutive ids for each count; returns each one's first."""
    first = int(_next.run(connection).fetchone()[0])
    _bump.run(connection, count=sum(counts))
    firsts = []
    for count in counts:
        firsts.append(first)
        first += count
    return firsts


def accept(connection: Connection, batches: Sequence[Accepting]) -> list[list[Accepted | Refused]]:
    """Write and charge what the guards let pass and its account can pay; the rest is refused."""
    every = [draft for drafts, _ in batches for draft in drafts]
    now = max(at for _, at in batches)
    books, guards = look(connection, every, now)
    message_rows: list[tuple[object, ...]] = []
    part_rows: list[tuple[object, ...]] = []
    pictures: dict[str, Picture] = {}
    results: list[list[Accepted | Refused]] = []
    for drafts, at in batches:
        result: list[Accepted | Refused] = []
        results.append(result)
        for draft in drafts:
            count = len(draft.segments)
            total = draft.price * count
            refused = _refusal(guards, books, draft, total, at)
            if refused is not None:
                result.append(refused)
                continue
            guards.passed(draft, at)
            books.enter(Posting(draft.account, EntryKind.CHARGE, -total, draft.id))
            _lay_out(draft, message_rows, part_rows)
            if draft.picture is not None:
                pictures[draft.picture.hash] = draft.picture
            result.append(Accepted(draft.id, count))
    if message_rows:
        for picture in pictures.values():
            _keep_picture(connection, picture, now)
        _insert_messages.run(connection, messages=packed(message_rows), now=now)
        _insert_parts.run(connection, parts=packed(part_rows), now=now)
        guards.write()
        books.write(now)
    return results


def weigh(connection: Connection, draft: Draft, at: int) -> Refused | None:
    """What `accept` would say of a draft at a moment (Unix microseconds); None: it would take it. Writes nothing."""
    books, guards = look(connection, [draft], at)
    return _refusal(guards, books, draft, draft.price * len(draft.segments), at)


def _refusal(guards: Guards, books: Books, draft: Draft, total: int, at: int) -> Refused | None:
    refused = guards.verdict(draft, at)
    if refused is None and not books.affords(draft.account, total):
        return NO_CREDIT
    return refused


def _keep_picture(connection: Connection, picture: Picture, now: int) -> None:
    """Once for all the messages that show it. It is octets, which no JSON array holds, and rare."""
    known = connection.execute(select(media.c.hash).where(media.c.hash == picture.hash)).first()
    if known is None:
        connection.execute(
            insert(media).values(hash=picture.hash, kind=picture.kind, octets=picture.octets, created_at=now)
        )


def picture(connection: Connection, hashes: Sequence[str]) -> list[Picture | None]:
    """Each picture; None where it is not kept."""
    rows = connection.execute(select(media).where(media.c.hash.in_(set(hashes))))
    known = {row.hash: Picture(row.hash, row.kind, bytes(row.octets)) for row in rows}
    return [known.get(each) for each in hashes]


def _lay_out(
    draft: Draft, message_rows: list[tuple[object, ...]], part_rows: list[tuple[object, ...]]
) -> None:
    start_at = None if draft.start_at is None else micros(draft.start_at)
    segments = draft.segments
    message_rows.append(
        (
            draft.id,
            draft.account,
            draft.protocol,
            draft.profile,
            draft.client_id,
            draft.channel,
            draft.sender,
            draft.recipient,
            draft.text,
            draft.encoding,
            len(segments),
            draft.price,
            draft.refund_undelivered,
            start_at,
            None if draft.expires_at is None else micros(draft.expires_at),
            draft.comment,
            draft.flash,
            draft.subject or None,
            None if draft.picture is None else draft.picture.hash,
            draft.campaign,
            None if draft.speech is None else encoded(draft.speech),
            None if draft.hears is None else draft.hears.value,
            *_ready(draft.user_data),
        )
    )
    state = State.QUEUED if start_at is None else State.SCHEDULED
    alone = len(segments) == 1
    for number, segment in enumerate(segments):
        part_rows.append(
            (
                draft.id + number,
                draft.id,
                number + 1,
                state,
                draft.route,
                draft.priority,
                start_at,
                None if alone else segment,
                draft.account,
            )
        )


def _ready(user_data: UserData | None) -> tuple[str | None, str | None]:
    if user_data is None:
        return None, None
    return user_data.header.hex() or None, user_data.octets.hex()


Finding = tuple[AccountId, Sequence[MessageId]]


def find(connection: Connection, batches: Sequence[Finding]) -> list[list[Found | None]]:
    """Where each message stands, folded over its parts; None where it is not that account's."""
    sought = packed([(account, message) for account, wanted in batches for message in wanted])
    rows: dict[tuple[AccountId, MessageId], list[tuple[State, int, int]]] = {}
    for account, message, state, at, error in _decode_found(_find.rows(connection, sought=sought)):
        rows.setdefault((account, message), []).append((state, at, error))
    return [
        [_folded(message, rows.get((account, message))) for message in wanted] for account, wanted in batches
    ]


def _folded(message: MessageId, rows: list[tuple[State, int, int]] | None) -> Found | None:
    if rows is None:
        return None
    stands = stand((state, error, at) for state, at, error in rows)
    return Found(message, stands.state.status, moment(stands.at), stands.error)


_find_parts = Statement(
    select(
        gathered(messages.c.account_id, parts.c.id, parts.c.state, parts.c.status_at, parts.c.error)
    ).select_from(
        _sought.join(parts, parts.c.id == _sought.c.id).join(
            messages,
            and_(messages.c.id == parts.c.message_id, messages.c.account_id == _sought.c.account_id),
        )
    )
)


def find_parts(connection: Connection, batches: Sequence[Finding]) -> list[list[Found | None]]:
    """Where each part stands, alone; None where it is not that account's."""
    sought = packed([(account, part) for account, wanted in batches for part in wanted])
    rows: dict[tuple[AccountId, MessageId], list[tuple[State, int, int]]] = {
        (account, part): [(state, at, error)]
        for account, part, state, at, error in _decode_found(_find_parts.rows(connection, sought=sought))
    }
    return [[_folded(part, rows.get((account, part))) for part in wanted] for account, wanted in batches]


_funds = Statement(
    select(
        gathered(accounts.c.id, accounts.c.balance, accounts.c.overdraft, accounts.c.currency)
    ).select_from((_payers := given("payers", "id")).join(accounts, accounts.c.id == _payers.c.id))
)
_decode_funds = msgspec.json.Decoder(list[tuple[AccountId, Millionths, Millionths, str]]).decode


def funds(connection: Connection, asked: Sequence[AccountId]) -> list[Funds]:
    """The money of each account."""
    rows = _decode_funds(_funds.rows(connection, payers=packed([(account,) for account in set(asked)])))
    known = {account: Funds(balance, overdraft, currency) for account, balance, overdraft, currency in rows}
    return [known[account] for account in asked]
