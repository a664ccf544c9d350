"""The ledger: what moves money, and the proof that nothing is missing."""

import pytest

from gonets.model.ledger import EntryKind
from gonets.model.message import PartId, State
from gonets.model.money import ONE, Millionths
from gonets.model.results import Rejected
from gonets.stores.money import adjust, statement, top_up
from gonets.stores.settings import balance_of
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, SHOP, House, later, receipt, told


async def trade(house: House) -> None:
    """Of SHOP's messages 1001 (parts 1001 to 1003) is refunded for its second part; 1004 is BANK's and delivered."""
    refused, taken = await house.draft(parts=3, price=2 * ONE), await house.draft(payer=BANK)
    assert (refused.id, taken.id) == (1001, 1004)
    await house.send(taken)
    await house.store.messages.apply("alpha", [receipt(1004, State.DELIVERED)], later(1))
    await house.take(refused)
    await house.claim()
    await house.settle((1002, Rejected(11)), at=later(2))


@told
async def test_a_statement_tells_every_movement_and_the_balance_after_it(house: House) -> None:
    await trade(house)
    with transaction(house.engine) as connection:
        adjust(connection, SHOP, Millionths(-5), "a correction", later(3))
        entries = statement(connection, SHOP)
        assert balance_of(connection, SHOP) == entries[-1].balance
        assert [(e.number, e.kind, e.amount, e.balance, e.note) for e in entries] == [
            (1, EntryKind.TOP_UP, 100 * ONE, 100 * ONE, "opening"),
            (2, EntryKind.CHARGE, -6 * ONE, 94 * ONE, None),
            (3, EntryKind.REFUND, 2 * ONE, 96 * ONE, None),
            (4, EntryKind.ADJUSTMENT, -5, 96 * ONE - 5, "a correction"),
        ]
        assert (entries[2].message, entries[2].part, entries[2].at) == (1001, PartId(1002), later(2))
        assert [entry.number for entry in statement(connection, SHOP, after=2)] == [3, 4]
        assert [entry.number for entry in statement(connection, SHOP, limit=1)] == [1]
    assert house.flaws() == []


@told
async def test_money_of_one_account_is_not_in_the_statement_of_another(house: House) -> None:
    await trade(house)
    with transaction(house.engine) as connection:
        assert [entry.kind for entry in statement(connection, BANK)] == [EntryKind.TOP_UP, EntryKind.CHARGE]


def test_a_top_up_that_is_not_committed_has_not_happened(house: House) -> None:
    def top_up_and_fail() -> None:
        with transaction(house.engine) as connection:
            top_up(connection, SHOP, Millionths(ONE), "never", START)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        top_up_and_fail()
    assert house.balance() == 100 * ONE
    assert house.flaws() == []


@told
async def test_where_nobody_tampered_nothing_is_found(house: House) -> None:
    assert house.flaws() == []
    await trade(house)
    assert house.flaws() == []


SHIFT = "UPDATE ledger SET balance = balance {0} WHERE account_id = 1 AND number >= 3"
SPEND = "UPDATE accounts SET balance = balance {0} WHERE id = 1"
PURSE = "UPDATE accounts SET entries = 4, balance = balance {0} WHERE id = 1"
COPY = (
    "INSERT INTO ledger SELECT account_id, 4, kind, amount, balance + amount, message_id, {0}, at, note"
    " FROM ledger WHERE account_id = 1 AND number = {1}"
)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE accounts SET balance = balance + 1 WHERE id = 1",
        "UPDATE accounts SET entries = entries + 1 WHERE id = 1",
        "UPDATE ledger SET amount = amount + 1 WHERE account_id = 1 AND number = 1",
        "UPDATE ledger SET balance = balance + 1 WHERE account_id = 1 AND number = 2",
        "UPDATE ledger SET kind = 3 WHERE account_id = 1 AND number = 3",
        "UPDATE ledger SET kind = 4 WHERE account_id = 1 AND number = 2",
        "DELETE FROM ledger WHERE account_id = 1 AND number = 3",
        "DELETE FROM ledger WHERE account_id = 1",
        "UPDATE ledger SET number = 9 WHERE account_id = 1 AND number = 3",
        "UPDATE ledger SET message_id = 1004 WHERE account_id = 1 AND number = 2",
        "UPDATE ledger SET message_id = 77 WHERE account_id = 1 AND number = 2",
        "UPDATE ledger SET part_id = 1003 WHERE account_id = 1 AND number = 3",
        "UPDATE ledger SET part_id = 77 WHERE account_id = 1 AND number = 3",
        "UPDATE ledger SET part_id = NULL WHERE account_id = 1 AND number = 3",
        "UPDATE ledger SET message_id = 1004 WHERE account_id = 1 AND number = 3",
        "UPDATE messages SET price = price - 1 WHERE id = 1001",
        "UPDATE messages SET parts = 2 WHERE id = 1001",
        "UPDATE messages SET account_id = 2 WHERE id = 1001",
        "DELETE FROM messages WHERE id = 1001",
        "DELETE FROM parts WHERE id = 1003",
        "UPDATE parts SET message_id = 1004 WHERE id = 1003",
        "UPDATE parts SET refunded = false WHERE id = 1002",
        "UPDATE parts SET refunded = true WHERE id = 1003",
        "UPDATE parts SET state = 60 WHERE id = 1002",
        "UPDATE parts SET state = 64 WHERE id = 1003",
        # everything that sums up is made to sum up again
        "UPDATE ledger SET amount = amount + 1 WHERE account_id = 1 AND number = 3;"
        + SHIFT.format("+ 1")
        + ";"
        + SPEND.format("+ 1"),
        COPY.format("part_id", 3) + ";" + PURSE.format("+ 2000000"),
        COPY.format("1003", 3) + ";" + PURSE.format("+ 2000000"),
        COPY.format("part_id", 2) + ";" + PURSE.format("- 6000000"),
        COPY.format("77", 3) + ";" + PURSE.format("+ 2000000"),
    ],
)
def test_whatever_is_tampered_with_is_found(house: House, tampering: str) -> None:
    @told
    async def story() -> None:
        await trade(house)
        for change in tampering.split(";"):
            house.tamper(change)
        assert house.flaws()

    story()
