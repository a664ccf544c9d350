"""The mailbox: statuses that wait for their client, and how they leave it."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.sql.elements import ColumnElement

from gonets.model.message import AccountId
from gonets.model.results import Lookup
from gonets.ports.stores import Mail, Notice, Said
from gonets.stores.schema import OF_PHONES, accounts, lookups, mailbox, messages, parked, said
from gonets.stores.statements import Statement, gathered, given, packed

_listening = given("listening", "id")
_addressees = Statement(
    select(gathered(accounts.c.id)).where(
        or_(
            and_(
                accounts.c.push_url != "",
                exists().where(
                    mailbox.c.account_id == accounts.c.id,
                    or_(mailbox.c.said_id.is_(None), accounts.c.push_kind == "webhook"),
                ),
            ),
            and_(
                accounts.c.id.in_(select(_listening.c.id)),
                exists().where(mailbox.c.account_id == accounts.c.id),
            ),
        )
    )
)
_decode_ids = msgspec.json.Decoder(list[tuple[AccountId]]).decode

_found: list[ColumnElement[Any]] = []
for _field in Lookup.__struct_fields__:
    _found += [literal_column(f"'{_field}'"), lookups.c[_field]]
_TEXT_READ = 1000
"""Characters: what clients are told of a text is shorter."""

_page = (
    select(mailbox)
    .where(
        mailbox.c.account_id == bindparam("account"),
        mailbox.c.id > bindparam("after"),
        mailbox.c.said_id.is_(None),
    )
    .order_by(mailbox.c.id)
    .limit(bindparam("most"))
    .subquery("page")
)
_notices = Statement(
    select(
        gathered(
            _page.c.id,
            _page.c.account_id,
            _page.c.message_id,
            _page.c.state,
            _page.c.error,
            _page.c.at,
            _page.c.created_at,
            messages.c.sender,
            messages.c.recipient,
            messages.c.accepted_at,
            func.substr(messages.c.text, 1, _TEXT_READ),
            messages.c.parts,
            messages.c.price * messages.c.parts,
            messages.c.channel,
            messages.c.encoding,
            messages.c.flash,
            func.json(
                case(
                    (
                        lookups.c.message_id.is_not(None),
                        func.json_object(*_found),
                    )
                )
            ),
        )
    ).select_from(
        _page.join(messages, messages.c.id == _page.c.message_id).outerjoin(
            lookups, lookups.c.message_id == _page.c.message_id
        )
    )
)
_decode_notices = msgspec.json.Decoder(list[Notice], strict=False).decode  # SQLite writes booleans as 0 and 1

_heard = (
    select(mailbox)
    .where(
        mailbox.c.account_id == bindparam("account"),
        mailbox.c.id > bindparam("after"),
        text(OF_PHONES),
    )
    .order_by(mailbox.c.id)
    .limit(bindparam("most"))
    .subquery("heard")
)
_saids = Statement(
    select(
        gathered(
            _heard.c.id,
            _heard.c.account_id,
            said.c.id,
            said.c.sender,
            said.c.recipient,
            said.c.text,
            said.c.binary,
            said.c.at,
            _heard.c.created_at,
            said.c.keyword,
        )
    ).select_from(_heard.join(said, said.c.id == _heard.c.said_id))
)
_decode_saids = msgspec.json.Decoder(list[Said], strict=False).decode

_id_of = attrgetter("id")

_taken = given("taken", "id")
_dismiss = Statement(delete(mailbox).where(mailbox.c.id.in_(select(_taken.c.id))))
_forget_mail = Statement(
    delete(mailbox).where(
        or_(
            mailbox.c.account_id.in_(select(accounts.c.id).where(accounts.c.push_url == "")),
            mailbox.c.said_id.is_not(None),
        ),
        mailbox.c.created_at < bindparam("before"),
    )
)
_forget = Statement(delete(parked).where(parked.c.heard_at < bindparam("before")))


def forget_mail(connection: Connection, befores: Sequence[int]) -> list[int]:
    """Drop mail from before that moment that is not for a push target; returns how many."""
    return [int(_forget_mail.run(connection, before=before).rowcount) for before in befores]


def addressees(connection: Connection, asked: Sequence[Sequence[AccountId]]) -> list[list[AccountId]]:
    """Accounts with mail that have a push target or are among those that listen."""
    return [
        [
            row[0]
            for row in _decode_ids(
                _addressees.rows(connection, listening=packed([(each,) for each in listening]))
            )
        ]
        for listening in asked
    ]


def notices(connection: Connection, asked: Sequence[tuple[AccountId, int, int]]) -> list[list[Mail]]:
    """For each (account, after, limit): its mail with an id over `after`, oldest first."""
    return [_mail(connection, *each) for each in asked]


def _mail(connection: Connection, account: AccountId, after: int, limit: int) -> list[Mail]:
    found: list[Mail] = []
    found += _decode_notices(_notices.rows(connection, account=account, after=after, most=limit))
    found += _decode_saids(_saids.rows(connection, account=account, after=after, most=limit))
    found.sort(key=_id_of)
    return found[:limit]


def dismiss(connection: Connection, batches: Sequence[Sequence[int]]) -> list[None]:
    """These were taken, or given up."""
    _dismiss.run(connection, taken=packed([(notice,) for batch in batches for notice in batch]))
    return [None] * len(batches)


def forget_parked(connection: Connection, befores: Sequence[int]) -> list[int]:
    """Drop receipts that matched nothing since before that moment; returns how many."""
    return [int(_forget.run(connection, before=before).rowcount) for before in befores]
