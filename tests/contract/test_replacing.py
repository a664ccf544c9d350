"""Replacing: another text for what has not left, all of it or nothing, and the ledger says what that costs."""

import asyncio

import msgspec
import pytest

from gonets.model.ledger import EntryKind
from gonets.model.message import Draft, Encoding, MessageId, Pending, State, UserData
from gonets.model.money import ONE, Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Cancelled, Deferred, Found, Refused, Replaced
from tests.clocks import START
from tests.contract.house import BANK, POOR, SHOP, House, later, told


def anew(draft: Draft, *segments: str, **rest: object) -> Draft:
    """The same message with another text."""
    return msgspec.structs.replace(draft, segments=segments, text="".join(segments), **rest)


@told
async def test_a_message_gets_its_new_text_and_what_is_over_goes_back(house: House) -> None:
    draft = await house.draft(parts=3)
    await house.take(draft)
    stays = await house.store.messages.pending(SHOP, draft.id)
    assert stays == Pending(
        draft.id, "Sender", "79031234567", draft.channel, Encoding.GSM7, 3, None, None, False
    )
    new = anew(draft, "One,", " two", encoding=Encoding.UCS2)
    assert await house.store.messages.replace(new, later(1)) == Replaced(draft.id, 2)
    assert house.balance() == 98 * ONE
    [entry] = house.entries(EntryKind.REPLACEMENT)
    assert (entry.amount, entry.message, entry.part) == (ONE, draft.id, None)
    assert house.flaws() == []
    claimed = await house.claim(at=later(2))
    assert [(part.id - draft.id, part.number, part.total, part.text, part.encoding) for part in claimed] == [
        (0, 1, 2, "One,", Encoding.UCS2),
        (1, 2, 2, " two", Encoding.UCS2),
    ]
    assert await house.store.messages.find_parts(SHOP, [MessageId(draft.id + 2)]) == [None]


@told
async def test_one_part_that_is_left_is_the_whole_text(house: House) -> None:
    draft = await house.draft(parts=2)
    await house.take(draft)
    assert await house.store.messages.replace(anew(draft, "Short"), later(1)) == Replaced(draft.id, 1)
    assert [(part.text, part.total) for part in await house.claim()] == [("Short", 1)]
    assert house.flaws() == []


@told
async def test_a_dearer_text_is_charged_and_refused_where_the_money_is_not_there(house: House) -> None:
    draft = await house.draft(payer=POOR, price=2 * ONE)
    await house.take(draft)
    dearer = anew(draft, "Dearer", price=Millionths(4 * ONE))
    refused = await house.store.messages.replace(dearer, later(1))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.NO_CREDIT
    assert house.balance(POOR) == -2 * ONE
    affordable = anew(draft, "Dearer", price=Millionths(3 * ONE))
    assert await house.store.messages.replace(affordable, later(1)) == Replaced(draft.id, 1)
    assert house.balance(POOR) == -3 * ONE
    assert house.flaws() == []
    assert await house.store.messages.cancel(POOR, [draft.id], later(2)) == [Cancelled(draft.id, 1, 0)]
    assert house.balance(POOR) == 0
    assert house.flaws() == []


@told
async def test_a_text_of_the_same_price_moves_no_money(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    assert await house.store.messages.replace(anew(draft, "Other"), later(1)) == Replaced(draft.id, 1)
    assert house.entries(EntryKind.REPLACEMENT) == []
    assert house.flaws() == []


@told
async def test_more_parts_than_before_are_refused(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    assert await house.store.messages.replace(anew(draft, "a", "b"), later(1)) == Refused(
        Reason.UNSUPPORTED, "The new text takes 2 parts, the message has 1; cancel it, and submit another."
    )
    [part] = await house.claim()
    assert part.text == "1."
    assert house.flaws() == []


@told
async def test_what_one_part_of_has_left_is_not_changed(house: House) -> None:
    draft = await house.draft(parts=2)
    await house.take(draft)
    await house.claim(1)
    assert isinstance(await house.store.messages.pending(SHOP, draft.id), Refused)
    refused = await house.store.messages.replace(anew(draft, "a", "b"), later(1))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.UNKNOWN_MESSAGE
    assert [part.text for part in await house.claim()] == ["2."]


@pytest.mark.parametrize("whose", ["another's", "nobody's"])
def test_only_its_account_can_replace_a_message(house: House, whose: str) -> None:
    async def run() -> None:
        draft = await house.draft()
        await house.take(draft)
        new = (
            anew(draft, "x", account=BANK)
            if whose == "another's"
            else anew(draft, "x", id=MessageId(draft.id + 7))
        )
        for refused in (
            await house.store.messages.pending(new.account, new.id),
            await house.store.messages.replace(new, later(1)),
        ):
            assert isinstance(refused, Refused)
            assert refused.reason is Reason.UNKNOWN_MESSAGE

    asyncio.run(run())


@told
async def test_what_a_client_made_ready_is_not_replaced(house: House) -> None:
    draft = msgspec.structs.replace(await house.draft(), user_data=UserData(b"\x01", Encoding.OCTETS))
    await house.take(draft)
    refused = await house.store.messages.replace(anew(draft, "x", user_data=None), later(1))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.UNSUPPORTED


@told
async def test_a_start_is_put_off_and_brought_forward(house: House) -> None:
    draft = await house.draft(start_at=later(60))
    await house.take(draft)
    await house.store.messages.replace(anew(draft, "Later", start_at=later(90)), later(1))
    assert await house.store.messages.due(later(60), 10) == ([], later(90))
    await house.store.messages.replace(anew(draft, "Now", start_at=None), later(2))
    assert house.states(draft.id) == [State.QUEUED]
    assert [part.text for part in await house.claim()] == ["Now"]


@told
async def test_a_part_that_was_put_off_keeps_its_turn_and_its_tries(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    await house.claim()
    await house.settle((draft.id, Deferred(1, 0.0)))
    due = (await house.store.messages.due(START, 10))[1]
    assert await house.store.messages.replace(anew(draft, "Other"), later(1)) == Replaced(draft.id, 1)
    assert (await house.store.messages.due(START, 10))[1] == due
    assert house.rows("SELECT state, attempts FROM parts") == [(State.DEFERRED, 1)]


@told
async def test_an_expiry_that_was_given_holds(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    await house.store.messages.replace(anew(draft, "Other", expires_at=later(30)), later(1))
    assert await house.claim(at=later(31)) == []
    [found] = await house.store.messages.find(SHOP, [draft.id])
    assert isinstance(found, Found)
    assert found.status.value == "expired"
    assert house.flaws() == []
