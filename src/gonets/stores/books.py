"""The ledger: postings move balances, in the transaction of whatever they pay for, one row each."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from gonets.model.ledger import EntryKind
from gonets.model.message import AccountId, MessageId, PartId
from gonets.stores.schema import accounts, ledger
from gonets.stores.statements import Statement, gathered, given, packed


class Posting(msgspec.Struct, frozen=True, gc=False):
    """A movement of money to be entered."""

    account: AccountId
    kind: EntryKind
    amount: int
    """Millionths; positive: to the account's credit."""
    message: MessageId | None = None
    part: PartId | None = None
    note: str | None = None


class Purse(msgspec.Struct, gc=False, array_like=True):
    """An account's money while a transaction works on it, and what guards it."""

    account: AccountId
    balance: int
    entries: int
    overdraft: int
    duplicate_s: int
    flood_most: int
    flood_gap_s: int


_payers = given("payers", "id")
PURSES: Final = select(
    gathered(
        accounts.c.id,
        accounts.c.balance,
        accounts.c.entries,
        accounts.c.overdraft,
        accounts.c.duplicate_s,
        accounts.c.flood_most,
        accounts.c.flood_gap_s,
    )
).select_from(_payers.join(accounts, accounts.c.id == _payers.c.id))
"""The purses of the accounts whose ids are packed as `payers`, in the order of the fields of `Purse`."""
_read = Statement(PURSES)
_decode = msgspec.json.Decoder(list[Purse]).decode

_rows = given("rows", "account_id", "number", "kind", "amount", "balance", "message_id", "part_id", "note")
_enter = Statement(
    insert(ledger).from_select(
        ["account_id", "number", "kind", "amount", "balance", "message_id", "part_id", "note", "at"],
        select(*_rows.c, bindparam("now")),
    )
)
_purses = given("purses", "id", "balance", "entries")
_write = Statement(
    update(accounts)
    .where(accounts.c.id == _purses.c.id)
    .values(balance=_purses.c.balance, entries=_purses.c.entries)
)


def purses_of(connection: Connection, account_ids: set[AccountId]) -> list[Purse]:
    """The purses of these accounts, as far as there are such."""
    return _decode(_read.rows(connection, payers=packed([(account,) for account in account_ids])))


class Books:
    """The ledger within one transaction: enter postings one by one, write once."""

    def __init__(self, connection: Connection, purses: Iterable[Purse]) -> None:
        """`purses`: as the transaction has read them; see `purses_of`."""
        self._connection = connection
        self._purses = {purse.account: purse for purse in purses}
        self._entries: list[tuple[object, ...]] = []
        self._touched: set[AccountId] = set()

    def affords(self, account: AccountId, amount: int) -> bool:
        """Whether `amount` may be charged: the balance stays at or above the overdraft floor."""
        purse = self._purses.get(account)
        return purse is not None and purse.balance - amount >= -purse.overdraft

    def purse(self, account: AccountId) -> Purse | None:
        """As the transaction has it now."""
        return self._purses.get(account)

    def enter(self, posting: Posting) -> None:
        """Add one entry; the balance after it is part of it."""
        purse = self._purses[posting.account]
        purse.balance += posting.amount
        purse.entries += 1
        self._touched.add(posting.account)
        self._entries.append(
            (
                posting.account,
                purse.entries,
                posting.kind,
                posting.amount,
                purse.balance,
                posting.message,
                posting.part,
                posting.note,
            )
        )

    def write(self, now: int) -> None:
        """Write all of it; `now` is Unix microseconds."""
        if not self._entries:
            return
        _enter.run(self._connection, rows=packed(self._entries), now=now)
        touched = [
            (p.account, p.balance, p.entries) for p in self._purses.values() if p.account in self._touched
        ]
        _write.run(self._connection, purses=packed(touched))


def post(connection: Connection, postings: Sequence[Posting], now: int) -> None:
    """Enter these; for what needs no look at the balance first."""
    books = Books(connection, purses_of(connection, {posting.account for posting in postings}))
    for posting in postings:
        books.enter(posting)
    books.write(now)
