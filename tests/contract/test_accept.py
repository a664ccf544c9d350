"""Accepting: what is durable is charged, and nobody spends what they have not."""

import asyncio

import msgspec
import pytest

from gonets.model.ledger import EntryKind
from gonets.model.message import MessageId, Priority, State, Status
from gonets.model.money import ONE
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Refused
from gonets.stores.store import open_store
from tests.clocks import START
from tests.contract.house import BANK, POOR, SHOP, UKRAINE, House, later, scaled, told


@told
async def test_what_is_accepted_is_charged_and_has_its_rows(house: House) -> None:
    draft = await house.draft(parts=3, price=1_234_567, client_id="abc", expires_at=later(60))
    assert await house.store.messages.accept([draft], START) == [Accepted(draft.id, 3)]
    assert house.balance() == 100 * ONE - 3 * 1_234_567
    assert house.states(draft.id, draft.id + 1, draft.id + 2) == [State.QUEUED] * 3
    [entry] = house.entries(EntryKind.CHARGE)
    assert (entry.amount, entry.message, entry.balance) == (-3 * 1_234_567, draft.id, house.balance())
    assert house.rows("SELECT id, account_id, sender, recipient, text, client_id, parts FROM messages") == [
        (draft.id, SHOP, "Sender", "79031234567", "1.2.3.", "abc", 3)
    ]
    assert house.flaws() == []


@told
async def test_the_text_of_a_message_in_one_part_is_stored_once(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    assert house.rows("SELECT segment FROM parts") == [(None,)]
    [part] = await house.claim()
    assert part.text == "1."


@told
async def test_what_has_a_start_time_is_scheduled(house: House) -> None:
    draft = await house.draft(start_at=later(60))
    await house.take(draft)
    assert house.states(draft.id) == [State.SCHEDULED]
    assert await house.claim() == []


@told
async def test_without_credit_only_what_is_beyond_the_balance_is_refused(house: House) -> None:
    drafts = [await house.draft(price=price * ONE) for price in (60, 50, 40, 1)]
    results = await house.store.messages.accept(drafts, START)
    assert [isinstance(result, Accepted) for result in results] == [True, False, True, False]
    assert all(result.reason is Reason.NO_CREDIT for result in results if isinstance(result, Refused))
    assert house.balance() == 0
    assert house.rows("SELECT id FROM messages ORDER BY id") == [(drafts[0].id,), (drafts[2].id,)]
    assert house.flaws() == []


@told
async def test_the_balance_may_be_spent_to_the_last_millionth_and_no_further(house: House) -> None:
    [over] = await house.store.messages.accept([await house.draft(price=100 * ONE + 1)], START)
    assert isinstance(over, Refused)
    [exact] = await house.store.messages.accept([await house.draft(price=100 * ONE)], START)
    assert isinstance(exact, Accepted)
    assert house.balance() == 0


@told
async def test_the_overdraft_may_be_spent_to_the_last_millionth_and_no_further(house: House) -> None:
    drafts = [await house.draft(payer=POOR, price=price) for price in (2 * ONE, ONE, 1)]
    results = await house.store.messages.accept(drafts, START)
    assert [isinstance(result, Accepted) for result in results] == [True, True, False]
    assert house.balance(POOR) == -3 * ONE


@told
async def test_a_message_is_charged_whole_or_not_at_all(house: House) -> None:
    draft = await house.draft(payer=POOR, parts=4)
    [result] = await house.store.messages.accept([draft], START)
    assert isinstance(result, Refused)
    assert house.balance(POOR) == 0
    assert house.rows("SELECT count(*) FROM parts") == [(0,)]


@told
async def test_what_costs_nothing_is_accepted_without_money(house: House) -> None:
    [result] = await house.store.messages.accept([await house.draft(payer=POOR, price=0)], START)
    assert isinstance(result, Accepted)
    assert house.flaws() == []


@told
async def test_one_account_without_credit_does_not_touch_another(house: House) -> None:
    drafts = [await house.draft(payer=POOR, price=9 * ONE), await house.draft(payer=BANK)]
    results = await house.store.messages.accept(drafts, START)
    assert [isinstance(result, Accepted) for result in results] == [False, True]
    assert (house.balance(POOR), house.balance(BANK)) == (0, 99 * ONE)


@told
async def test_many_calls_at_once_never_overdraw(house: House) -> None:
    calls = [[await house.draft(price=ONE // 2) for _ in range(5)] for _ in range(max(50, scaled(400)))]
    results = await asyncio.gather(*(house.store.messages.accept(call, START) for call in calls))
    accepted = [result for call in results for result in call if isinstance(result, Accepted)]
    assert len(accepted) == 200
    assert house.balance() == 0
    assert house.rows("SELECT count(*) FROM messages") == [(200,)]
    assert house.flaws() == []


@told
async def test_two_open_stores_on_one_file_never_overdraw(house: House) -> None:
    other = open_store(house.url)
    calls = [[await house.draft(price=9 * ONE)] for _ in range(30)]
    stores = (house.store, other)
    results = await asyncio.gather(
        *(stores[n % 2].messages.accept(call, START) for n, call in enumerate(calls))
    )
    await other.close()
    assert sum(isinstance(result, Accepted) for [result] in results) == 11
    assert house.balance() == ONE
    assert house.flaws() == []


@told
async def test_characters_of_every_kind_come_back_as_they_went_in(house: House) -> None:
    strange = 'Ж\u20ac\U0001f600 "quoted" \\ back\'slash\ttab\n\r\x1b\x7f\u2028 {$[0]} 12e3'
    draft = msgspec.structs.replace(await house.draft(), text=strange, segments=(strange,), sender="007")
    await house.take(draft)
    [part] = await house.claim()
    assert (part.text, part.sender) == (strange, "007")


# ---- ids


@told
async def test_ids_start_at_1001_and_are_consecutive(house: House) -> None:
    reserve = house.store.messages.reserve
    assert [await reserve(1), await reserve(10), await reserve(1)] == [1001, 1002, 1012]


@told
async def test_ids_of_two_open_stores_on_one_file_are_disjoint(house: House) -> None:
    other = open_store(house.url)
    stores = (house.store, other)
    firsts = await asyncio.gather(*(stores[n % 2].messages.reserve(n + 1) for n in range(40)))
    await other.close()
    taken = [first + n for count, first in enumerate(firsts, 1) for n in range(count)]
    assert sorted(taken) == list(range(1001, 1001 + len(taken)))


@told
async def test_ids_go_on_after_the_store_was_closed(house: House) -> None:
    await house.store.messages.reserve(500)
    await house.store.close()
    other = open_store(house.url)
    assert await other.messages.reserve(1) == 1501
    await other.close()


# ---- find


@told
async def test_a_message_stands_where_its_parts_do(house: House) -> None:
    draft = await house.draft(parts=2)
    await house.take(draft)
    find = house.store.messages.find
    assert await find(SHOP, [draft.id]) == [Found(draft.id, Status.QUEUED, START)]
    for states, status in (
        ((State.DELIVERED, State.SENT), Status.SENT),
        ((State.DELIVERED, State.ACCEPTED), Status.ACCEPTED),
        ((State.DELIVERED, State.DELIVERED), Status.DELIVERED),
        ((State.DELIVERED, State.REJECTED), Status.REJECTED),
        ((State.SENT, State.UNDELIVERED), Status.UNDELIVERED),
        ((State.DELIVERED, State.NO_REPORT), Status.NO_REPORT),
        ((State.CLAIMED, State.DELIVERED), Status.QUEUED),
    ):
        for part, state in zip((draft.id, draft.id + 1), states, strict=True):
            house.tamper("UPDATE parts SET state = :state WHERE id = :id", state=int(state), id=part)
        [found] = await find(SHOP, [draft.id])
        assert found is not None
        assert found.status is status


@told
async def test_messages_of_others_and_unknown_ones_are_not_found(house: House) -> None:
    mine, theirs = await house.draft(), await house.draft(payer=BANK)
    await house.take(mine, theirs)
    asked = [theirs.id, mine.id, MessageId(999), MessageId(0), MessageId(-1), mine.id]
    found = await house.store.messages.find(SHOP, asked)
    assert [each and each.message for each in found] == [None, mine.id, None, None, None, mine.id]


@told
async def test_a_part_that_is_not_the_first_is_no_message(house: House) -> None:
    draft = await house.draft(parts=2)
    await house.take(draft)
    assert await house.store.messages.find(SHOP, [MessageId(draft.id + 1)]) == [None]


@pytest.mark.parametrize("absurd", [2**31, 2**63 - 1, 2**63, 2**64, 10**30])
def test_an_id_of_any_size_is_merely_unknown(house: House, absurd: int) -> None:
    @told
    async def story() -> None:
        await house.take(await house.draft())
        assert await house.store.messages.find(SHOP, [MessageId(absurd)]) == [None]

    story()


@told
async def test_questions_that_share_a_reading_keep_their_own_answers(house: House) -> None:
    mine, theirs = await house.draft(), await house.draft(payer=BANK, route=UKRAINE, priority=Priority.HIGH)
    await house.take(mine, theirs)
    find = house.store.messages.find
    both = [mine.id, theirs.id]
    answers = await asyncio.gather(*(find(asker, both) for asker in (SHOP, BANK, POOR) * 5))
    known = [[each and each.message for each in answer] for answer in answers]
    assert known == [[mine.id, None], [None, theirs.id], [None, None]] * 5
