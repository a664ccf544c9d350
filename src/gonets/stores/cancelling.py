"""What is stopped before it has left: by ids, by account and age, by campaign, between two addresses."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    union_all,
)

from gonets.model.message import (
    AccountId,
    CampaignId,
    MessageId,
    State,
)
from gonets.model.reasons import Reason
from gonets.model.results import Cancelled, Refused
from gonets.stores.moves import Move, Standing, decode_standings, move, standings_of
from gonets.stores.schema import TO_COME, WAITING, accounts, messages, parts
from gonets.stores.statements import Statement, given, packed

_asked = given("asked", "account_id", "id")
_parts_asked = Statement(
    standings_of(
        _asked.join(
            messages,
            and_(
                messages.c.id == _asked.c.id,
                or_(_asked.c.account_id == 0, messages.c.account_id == _asked.c.account_id),
            ),
        )
        .join(parts, and_(parts.c.id >= messages.c.id, parts.c.id < messages.c.id + messages.c.parts))
        .join(accounts, accounts.c.id == messages.c.account_id)
    )
)

_UNKNOWN = Refused(Reason.UNKNOWN_MESSAGE, "There is no such message of this account.")
_STILL_HERE = (State.SCHEDULED, State.DEFERRED, State.QUEUED)

Cancelling = tuple[AccountId | None, Sequence[MessageId], int]
"""The account that asks (None: an operator, for any), messages, the moment in Unix microseconds."""


def cancel(connection: Connection, batches: Sequence[Cancelling]) -> list[list[Cancelled | Refused]]:
    """Stop what has not left: those parts end `cancelled` and are refunded. What is claimed goes on, and is counted."""
    results: list[list[Cancelled | Refused]] = []
    for account, wanted, now in batches:
        by_message: dict[MessageId, list[Standing]] = {}
        asked = packed([(account or 0, message) for message in dict.fromkeys(wanted)])
        for standing in decode_standings(_parts_asked.rows(connection, asked=asked)):
            by_message.setdefault(standing.message, []).append(standing)
        stopped: dict[MessageId, int] = {}
        moves: list[Move] = []
        for message, found in by_message.items():
            here = [standing for standing in found if standing.state in _STILL_HERE]
            # What an upstream may have is not sent again, but it cannot be said to have been stopped.
            moves += [Move(each, State.UNCERTAIN if each.doubtful else State.CANCELLED) for each in here]
            stopped[message] = sum(not each.doubtful for each in here)
        move(connection, moves, now)
        results.append(
            [
                Cancelled(message, stopped[message], len(by_message[message]) - stopped[message])
                if message in by_message
                else _UNKNOWN
                for message in wanted
            ]
        )
    return results


_still_here = union_all(
    select(parts.c.message_id).where(text(WAITING), parts.c.message_id > bindparam("after")),
    select(parts.c.message_id).where(text(TO_COME), parts.c.message_id > bindparam("after")),
).subquery("still_here")
_AMONG = (
    or_(bindparam("account") == 0, messages.c.account_id == bindparam("account")),
    or_(bindparam("campaign") == 0, messages.c.campaign_id == bindparam("campaign")),
    messages.c.accepted_at < bindparam("before"),
)
_cancellable = Statement(
    select(func.json_group_array(text("id"))).select_from(
        select(messages.c.id)
        .join(_still_here, _still_here.c.message_id == messages.c.id)
        .where(*_AMONG)
        .distinct()
        .order_by(messages.c.id)
        .limit(bindparam("most"))
        .subquery("found")
    )
)
_decode_messages = msgspec.json.Decoder(list[MessageId]).decode


Waiting = tuple[AccountId | None, CampaignId | None, int, MessageId, int]
"""Account, campaign (None: any), accepted before (Unix microseconds), with an id after, how many at most."""


def waiting(connection: Connection, asked: Sequence[Waiting]) -> list[list[MessageId]]:
    """Messages with parts to cancel, oldest first."""
    return [
        _decode_messages(
            _cancellable.rows(
                connection,
                account=account or 0,
                campaign=campaign or 0,
                before=before,
                after=after,
                most=limit,
            )
        )
        for account, campaign, before, after, limit in asked
    ]


_between = Statement(
    select(func.json_group_array(text("id"))).select_from(
        select(messages.c.id)
        .where(
            messages.c.recipient == bindparam("recipient"),
            messages.c.account_id == bindparam("account"),
            or_(bindparam("sender") == "", messages.c.sender == bindparam("sender")),
            exists().where(
                parts.c.id >= messages.c.id,
                parts.c.id < messages.c.id + messages.c.parts,
                parts.c.state <= State.QUEUED.value,
            ),
        )
        .order_by(messages.c.id)
        .subquery("found")
    )
)


def between(connection: Connection, asked: Sequence[tuple[AccountId, str, str]]) -> list[list[MessageId]]:
    """For each (account, sender, recipient): messages with parts to cancel."""
    return [
        _decode_messages(_between.rows(connection, account=account, sender=sender, recipient=recipient))
        for account, sender, recipient in asked
    ]


_count_waiting = Statement(
    select(func.count(), func.count(_still_here.c.message_id.distinct()))
    .select_from(_still_here.join(messages, messages.c.id == _still_here.c.message_id))
    .where(*_AMONG)
)


def count_waiting(
    connection: Connection, account: AccountId | None, before: int, campaign: CampaignId | None = None
) -> tuple[int, int]:
    """How many messages `waiting` would find in all, and how many parts of them there are to cancel."""
    row = _count_waiting.run(
        connection, account=account or 0, campaign=campaign or 0, before=before, after=0
    ).fetchone()
    return row[1], row[0]
