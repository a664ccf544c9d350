"""What a person asks about messages: the latest with filters, and one with its parts."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, func, select

from gonets.model.message import AccountId, Channel, MessageId, PartId, Speech, State, Status
from gonets.model.results import Lookup
from gonets.model.times import micros, moment
from gonets.rules.lifecycle import stand
from gonets.stores.schema import accounts, lookups, media, messages, parts
from gonets.wire import udh

_APART = 600_000_000
"""Microseconds between the first and the last part of a text that a client cut, at most."""
_decode_speech = msgspec.json.Decoder(Speech).decode


class PartLine(msgspec.Struct, frozen=True):
    """One part of a listed message."""

    id: PartId
    number: int
    state: State
    at: datetime
    error: int
    attempts: int
    connector: str | None
    remote_id: str | None


class PictureLine(msgspec.Struct, frozen=True):
    """The picture of a listed message, but for its octets."""

    hash: str
    """Hex SHA-256."""
    kind: str
    """`png`, `jpeg` or `gif`."""
    size: int
    """In octets."""


class Place(msgspec.Struct, frozen=True):
    """Which part it is of a longer text that its client cut."""

    reference: int
    """The same in all its parts."""
    number: int
    total: int


class MessageLine(msgspec.Struct, frozen=True):
    """One message of the history, its parts in order."""

    id: MessageId
    account: str
    protocol: str
    sender: str
    recipient: str
    text: str
    price: int
    """Of one part, millionths."""
    accepted_at: datetime
    start_at: datetime | None
    client_id: str | None
    comment: str | None
    """What came with the text and was not sent."""
    channel: Channel
    flash: bool
    subject: str
    """Of an MMS or an e-mail."""
    picture: PictureLine | None
    speech: Speech | None
    """Of a call; None: as usual."""
    lookup: Lookup | None
    """What a look-up found."""
    place: Place | None
    """None: it is no part that its client cut."""
    status: Status
    parts: tuple[PartLine, ...]


def history(
    connection: Connection,
    *,
    account: AccountId | None = None,
    recipient: str | None = None,
    sender: str | None = None,
    statuses: frozenset[Status] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    ids: tuple[int, ...] | None = None,
    comment: str | None = None,
    channel: Channel | None = None,
    limit: int = 50,
) -> list[MessageLine]:
    """The newest messages that pass every filter given, newest first, at most `limit`.

    `recipient` in E.164 digits or an e-mail address; `since` and `until` bound the moment of acceptance; `comment` is
    a piece of it.
    """
    where = []
    if account is not None:
        where.append(messages.c.account_id == account)
    if recipient is not None:
        where.append(messages.c.recipient == recipient)
    if sender is not None:
        where.append(messages.c.sender == sender)
    if since is not None:
        where.append(messages.c.accepted_at >= micros(since))
    if until is not None:
        where.append(messages.c.accepted_at < micros(until))
    if ids is not None:
        where.append(messages.c.id.in_(ids))
    if comment is not None:
        where.append(messages.c.comment.contains(comment, autoescape=True))
    if channel is not None:
        where.append(messages.c.channel == channel)
    if statuses is not None:
        states = [state for state in State if state.status in statuses]
        some_part = and_(
            parts.c.id >= messages.c.id,
            parts.c.id < messages.c.id + messages.c.parts,
            parts.c.state.in_(states),
        )
        where.append(select(parts.c.id).where(some_part).exists())
    query = (
        select(
            messages,
            accounts.c.name.label("account"),
            media.c.kind.label("picture_kind"),
            func.length(media.c.octets).label("picture_size"),
            *(lookups.c[field] for field in Lookup.__struct_fields__),
            lookups.c.message_id.label("looked_up"),
        )
        .join(accounts, accounts.c.id == messages.c.account_id)
        .outerjoin(media, media.c.hash == messages.c.picture)
        .outerjoin(lookups, lookups.c.message_id == messages.c.id)
        .where(*where)
        .order_by(messages.c.id.desc())
    )
    found: list[MessageLine] = []
    for row in connection.execute(query):
        line = _line(connection, row)
        if statuses is None or line.status in statuses:
            found.append(line)
            if len(found) >= limit:
                break
    return found


def _line(connection: Connection, message: Any) -> MessageLine:
    query = (
        select(parts)
        .where(parts.c.id >= message.id, parts.c.id < message.id + message.parts)
        .order_by(parts.c.id)
    )
    lines = tuple(
        PartLine(
            PartId(part.id),
            part.number,
            State(part.state),
            moment(part.status_at),
            part.error,
            part.attempts,
            part.connector,
            part.remote_id,
        )
        for part in connection.execute(query)
    )
    return MessageLine(
        id=MessageId(message.id),
        account=message.account,
        protocol=message.protocol,
        sender=message.sender,
        recipient=message.recipient,
        text=message.text,
        price=message.price,
        accepted_at=moment(message.accepted_at),
        start_at=None if message.start_at is None else moment(message.start_at),
        client_id=message.client_id,
        comment=message.comment,
        channel=Channel(message.channel),
        flash=message.flash,
        subject=message.subject or "",
        picture=None
        if message.picture_kind is None
        else PictureLine(message.picture, message.picture_kind, message.picture_size),
        speech=None if message.speech is None else _decode_speech(message.speech),
        lookup=None
        if message.looked_up is None
        else Lookup(*(getattr(message, field) for field in Lookup.__struct_fields__)),
        place=_place(message.header),
        status=stand((line.state, line.error, micros(line.at)) for line in lines).state.status,
        parts=lines,
    )


def _place(header: str | None) -> Place | None:
    headed = udh.split(bytes.fromhex(header)) if header else None
    found = headed.header.concatenation() if isinstance(headed, udh.Headed) else None
    return None if found is None else Place(found.reference, found.number, found.total)


def together(connection: Connection, line: MessageLine) -> dict[int, MessageId]:
    """The parts of the text that a message is a part of, itself included: by their numbers, the newest of each.

    Those of the same account and sender to the same recipient under the same reference, accepted within ten minutes.
    """
    if line.place is None:
        return {}
    at = micros(line.accepted_at)
    query = (
        select(messages.c.id, messages.c.header)
        .join(accounts, accounts.c.id == messages.c.account_id)
        .where(
            messages.c.recipient == line.recipient,
            messages.c.accepted_at.between(at - _APART, at + _APART),
            messages.c.sender == line.sender,
            messages.c.header.is_not(None),
            accounts.c.name == line.account,
        )
        .order_by(messages.c.id)
    )
    found: dict[int, MessageId] = {}
    for row in connection.execute(query):
        place = _place(row.header)
        if place is not None and (place.reference, place.total) == (line.place.reference, line.place.total):
            found[place.number] = MessageId(row.id)
    return {**found, line.place.number: line.id}
