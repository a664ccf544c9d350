"""Telling a client again: what its messages came to since a moment goes into its mailbox anew.

Reading goes over the messages by their ids, a range at a time; writing is a batch a transaction. Neither holds up a
gateway that runs.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

import msgspec
from sqlalchemy import Connection, and_, bindparam, func, select

from gonets.model.account import Account
from gonets.model.message import Hears, MessageId, State
from gonets.model.times import micros
from gonets.rules.lifecycle import stand
from gonets.stores.mail import dismiss
from gonets.stores.moves import NEWS, post_notices
from gonets.stores.schema import mailbox, messages, parts
from gonets.stores.statements import Statement, gathered

RANGE = 20_000
"""Ids in one step of reading."""
BATCH = 1_000
"""Notices in one transaction."""

_ENDS = (Hears.SUCCESS | Hears.FAILURE).value

_came_to = Statement(
    select(
        gathered(
            messages.c.id,
            func.coalesce(messages.c.hears, _ENDS),
            parts.c.state,
            parts.c.error,
            parts.c.status_at,
        )
    )
    .select_from(
        messages.join(parts, and_(parts.c.id >= messages.c.id, parts.c.id < messages.c.id + messages.c.parts))
    )
    .where(
        messages.c.account_id == bindparam("account"),
        messages.c.id > bindparam("after"),
        messages.c.id <= bindparam("up_to"),
    )
)
_decode = msgspec.json.Decoder(list[tuple[MessageId, int, State, int, int]]).decode


class Told(msgspec.Struct, frozen=True, gc=False):
    """What a message came to, to be told again."""

    message: MessageId
    state: State
    error: int
    at: int
    """When that was, Unix microseconds."""


def last_message(connection: Connection) -> int:
    """The highest id of a message; 0: there are none."""
    return int(connection.execute(select(func.max(messages.c.id))).scalar_one() or 0)


def came_to(
    connection: Connection, account: Account, after: int, since: datetime, until: datetime
) -> list[Told]:
    """Of the account's messages with the next `RANGE` ids over `after`: what it hears of and was formed from `since`
    to `until`, as each stands now."""
    first, end = micros(since), micros(until)
    rows = _decode(_came_to.rows(connection, account=account.id, after=after, up_to=after + RANGE))
    rows.sort(key=itemgetter(0))
    found = []
    for (message, hears), group in groupby(rows, key=itemgetter(0, 1)):
        stands = stand((state, error, at) for _, _, state, error, at in group)
        if first <= stands.at < end and hears & NEWS.get(stands.state, 0):
            found.append(Told(message, stands.state, stands.error, stands.at))
    return found


def waiting(connection: Connection, account: Account) -> dict[MessageId, list[int]]:
    """The ids of the account's notices that wait, by message."""
    found: dict[MessageId, list[int]] = {}
    query = select(mailbox.c.id, mailbox.c.message_id).where(mailbox.c.account_id == account.id)
    for notice, message in connection.execute(query):
        found.setdefault(MessageId(message), []).append(notice)
    return found


def put(
    connection: Connection,
    account: Account,
    told: Sequence[Told],
    before: dict[MessageId, list[int]],
    at: datetime,
) -> None:
    """Put these into the mailbox, in their order, and take out what waited there of the same messages.

    In this order, for else the store would give an id again under which something is being pushed just now.
    """
    rows = [(account.id, each.message, each.state, each.error, each.at) for each in told]
    post_notices(connection, rows, micros(at))
    gone = [notice for each in told for notice in before.get(each.message, ())]
    if gone:
        dismiss(connection, [gone])


def in_order(told: Iterable[Told]) -> list[Told]:
    """As they were formed."""
    return sorted(told, key=lambda each: (each.at, each.message))
