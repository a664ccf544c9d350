"""The ledger as people use it: top-ups, statements, and the proof that everything adds up."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from sqlalchemy import Connection, text

from gonets.model.ledger import Entry, EntryKind
from gonets.model.message import AccountId, MessageId, PartId, State
from gonets.model.money import Millionths
from gonets.model.times import micros, moment
from gonets.stores.books import Posting, post
from gonets.stores.schema import ledger


def top_up(connection: Connection, account: AccountId, amount: Millionths, note: str, at: datetime) -> None:
    """Enter money that came in."""
    post(connection, [Posting(account, EntryKind.TOP_UP, amount, note=note)], micros(at))


def adjust(connection: Connection, account: AccountId, amount: Millionths, note: str, at: datetime) -> None:
    """Enter a person's correction, up or down."""
    post(connection, [Posting(account, EntryKind.ADJUSTMENT, amount, note=note)], micros(at))


def statement(connection: Connection, account: AccountId, after: int = 0, limit: int = 1000) -> list[Entry]:
    """The entries of an account numbered over `after`, in order."""
    rows = connection.execute(
        ledger.select()
        .where(ledger.c.account_id == account, ledger.c.number > after)
        .order_by(ledger.c.number)
        .limit(limit)
    )
    return [
        Entry(
            AccountId(row.account_id),
            row.number,
            EntryKind(row.kind),
            Millionths(row.amount),
            Millionths(row.balance),
            None if row.message_id is None else MessageId(row.message_id),
            None if row.part_id is None else PartId(row.part_id),
            moment(row.at),
            row.note,
        )
        for row in rows
    ]


class Flaw(msgspec.Struct, frozen=True):
    """Something that does not add up."""

    what: str
    """A sentence with the account, message or part."""


_CHECKS = {
    "account {}: the balance is {}, its entries sum to {}": """
        SELECT a.name, a.balance, coalesce(sum(l.amount), 0)
        FROM accounts a LEFT JOIN ledger l ON l.account_id = a.id
        GROUP BY a.id, a.name, a.balance HAVING a.balance <> coalesce(sum(l.amount), 0)
    """,
    "account {}: {} entries were written, {} are there, up to number {}": """
        SELECT a.name, a.entries, count(l.number), coalesce(max(l.number), 0)
        FROM accounts a LEFT JOIN ledger l ON l.account_id = a.id
        GROUP BY a.id, a.name, a.entries
        HAVING a.entries <> count(l.number) OR a.entries <> coalesce(max(l.number), 0)
    """,
    "account {}: entry {} says balance {}, the entries up to it say otherwise": """
        SELECT account_id, number, balance FROM (
            SELECT account_id, number, balance,
                   sum(amount) OVER (PARTITION BY account_id ORDER BY number) AS running
            FROM ledger
        ) AS entries WHERE balance <> running
    """,
    "message {}: charged {}, which is not the price of its {} parts once": """
        SELECT m.id, coalesce(l.amount, 0), m.parts
        FROM messages m LEFT JOIN (
            SELECT message_id, sum(-amount) AS amount, sum(CASE WHEN kind = 1 THEN 1 ELSE 0 END) AS times
            FROM ledger WHERE kind IN (1, 5) GROUP BY message_id
        ) AS l ON l.message_id = m.id
        WHERE coalesce(l.amount, 0) <> m.price * m.parts OR coalesce(l.times, 0) <> 1
    """,
    "message {}: accepted with {} parts, {} are there": """
        SELECT m.id, m.parts, count(p.id)
        FROM messages m LEFT JOIN parts p ON p.message_id = m.id AND p.id >= m.id AND p.id < m.id + m.parts
        GROUP BY m.id, m.parts HAVING count(p.id) <> m.parts
    """,
    "part {}: refunded {} times and {}, its row says {}": """
        SELECT p.id, coalesce(l.times, 0), coalesce(l.amount, 0), p.refunded
        FROM parts p JOIN messages m ON m.id = p.message_id LEFT JOIN (
            SELECT part_id, sum(amount) AS amount, count(*) AS times
            FROM ledger WHERE kind = 2 GROUP BY part_id
        ) AS l ON l.part_id = p.id
        WHERE coalesce(l.times, 0) <> CASE WHEN p.refunded THEN 1 ELSE 0 END
            OR coalesce(l.amount, 0) <> CASE WHEN p.refunded THEN m.price ELSE 0 END
    """,
    "part {}: stands at {}, its row says refunded: {}": f"""
        SELECT p.id, p.state, p.refunded
        FROM parts p JOIN messages m ON m.id = p.message_id
        WHERE CASE
            WHEN p.state IN ({State.REJECTED:d}, {State.FAILED:d}, {State.CANCELLED:d}) THEN NOT p.refunded
            WHEN p.state = {State.UNDELIVERED:d} THEN p.refunded <> m.refund_undelivered
            WHEN p.state = {State.EXPIRED:d} THEN false
            ELSE p.refunded
        END
    """,
    "entry {} of account {} charges, changes or refunds message {}, which is not there or not its own": """
        SELECT l.number, l.account_id, l.message_id
        FROM ledger l LEFT JOIN messages m ON m.id = l.message_id AND m.account_id = l.account_id
        WHERE l.kind IN (1, 2, 5) AND (m.id IS NULL OR (l.part_id < m.id OR l.part_id >= m.id + m.parts))
    """,
}
"""What must not be found, by the sentence that tells of it."""


def check(connection: Connection) -> Iterator[Flaw]:
    """Prove the sums over the whole store; yields what does not add up, nothing when all is well."""
    for sentence, query in _CHECKS.items():
        for row in connection.execute(text(query)):
            yield Flaw(sentence.format(*row))
