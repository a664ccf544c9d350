"""Entries of the ledger, the append-only account of every movement of money."""

from datetime import datetime
from enum import IntEnum

import msgspec

from gonets.model.message import AccountId, MessageId, PartId
from gonets.model.money import Millionths


class EntryKind(IntEnum):
    """Why money moved. The numbers are stored; they never change their meaning."""

    CHARGE = 1
    """For a message, at its acceptance: price times parts."""
    REFUND = 2
    """Of one part, once."""
    TOP_UP = 3
    """Money came in."""
    ADJUSTMENT = 4
    """A person's correction, with a note."""
    REPLACEMENT = 5
    """What a message costs more, or less, since its text was replaced."""


class Entry(msgspec.Struct, frozen=True):
    """One movement and the balance after it."""

    account: AccountId
    number: int
    """1, 2, 3 ... without a gap, per account."""
    kind: EntryKind
    amount: Millionths
    """Positive: to the account's credit."""
    balance: Millionths
    message: MessageId | None
    part: PartId | None
    at: datetime
    note: str | None
