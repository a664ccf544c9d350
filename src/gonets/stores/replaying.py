"""Telling a client again: what its messages came to, and what phones said, goes into its mailbox anew.

Reading goes over the messages by their ids, a range at a time; writing is a batch a transaction. Neither holds up a
gateway that runs.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select

from gonets.model.account import Account
from gonets.model.message import Hears, MessageId, State
from gonets.model.times import micros
from gonets.rules.lifecycle import stand
from gonets.stores.moves import NEWS
from gonets.stores.schema import mailbox, messages, parts, said
from gonets.stores.statements import Statement, gathered, given, packed

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
_COLUMNS = ("account_id", "message_id", "state", "error", "at", "said_id")
_told = given("told", *_COLUMNS)
_put = Statement(
    insert(mailbox).from_select(
        [*_COLUMNS, "created_at"], select(*(_told.c[column] for column in _COLUMNS), bindparam("now"))
    )
)
_gone = given("gone", "id", "message_id", "said_id")
_take_out = Statement(
    delete(mailbox).where(
        mailbox.c.id.in_(
            select(mailbox.c.id).select_from(
                _gone.join(
                    mailbox,
                    and_(
                        mailbox.c.id == _gone.c.id,
                        mailbox.c.account_id == bindparam("account"),
                        mailbox.c.message_id == _gone.c.message_id,
                        mailbox.c.said_id.is_not_distinct_from(_gone.c.said_id),
                    ),
                )
            )
        )
    )
)
_decode = msgspec.json.Decoder(list[tuple[MessageId, int, State, int, int]]).decode


class Told(msgspec.Struct, frozen=True, gc=False):
    """What is told again: what a message came to, or what a phone said."""

    at: int
    """When that was, Unix microseconds."""
    message: int
    """0: a phone said it."""
    state: int = 0
    error: int = 0
    said: int | None = None
    """The id under which it is kept."""

    @property
    def key(self) -> tuple[int, int | None]:
        """What it is of."""
        return (self.message, self.said)


Waiting = dict[tuple[int, int | None], list[int]]
"""The ids of an account's mail that waits, by what it is of."""


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
            found.append(Told(stands.at, message, stands.state, stands.error))
    return found


def heard(connection: Connection, account: Account, since: datetime, until: datetime) -> list[Told]:
    """What phones said to the account from `since` to `until`."""
    query = select(said.c.id, said.c.at).where(
        said.c.account_id == account.id, said.c.at >= micros(since), said.c.at < micros(until)
    )
    return [Told(at, 0, said=number) for number, at in connection.execute(query)]


def waiting(connection: Connection, account: Account) -> Waiting:
    """What waits in the account's mailbox."""
    found: Waiting = {}
    query = select(mailbox.c.id, mailbox.c.message_id, mailbox.c.said_id)
    for number, message, of_phone in connection.execute(query.where(mailbox.c.account_id == account.id)):
        found.setdefault((message, of_phone), []).append(number)
    return found


def put(
    connection: Connection, account: Account, told: Sequence[Told], before: Waiting, at: datetime
) -> None:
    """Put these into the mailbox, in their order, and take out what waited there of the same.

    In this order, for else the store would give an id again under which something is being pushed just now. Those
    that waited may be gone by now, and others have their ids.
    """
    rows = [(account.id, each.message, each.state, each.error, each.at, each.said) for each in told]
    _put.run(connection, told=packed(rows), now=micros(at))
    gone = [(number, each.message, each.said) for each in told for number in before.get(each.key, ())]
    if gone:
        _take_out.run(connection, gone=packed(gone), account=account.id)


def in_order(told: Iterable[Told]) -> list[Told]:
    """As they were formed."""
    return sorted(told, key=lambda each: (each.at, each.message, each.said or 0))
