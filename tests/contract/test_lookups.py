"""What look-ups find in the store: kept once, with the status it came with, however and whenever it comes."""

import asyncio

import msgspec
import pytest

from gonets.model.message import Channel, Draft, PartId, Speech, State, Voice
from gonets.model.results import Deferred, Lookup, Receipt, Sent, Settled
from gonets.ports.stores import Applied, StoreUnavailable
from gonets.stores import settings
from gonets.stores.history import history
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, SHOP, Counted, House, later, told

FOUND = Lookup("250023012345678", "79232510066", "250", "02", "Russian Federation", "MegaFon")
ABROAD = msgspec.structs.replace(FOUND, msc="37529000000", rcn="Belarus", rnet="A1")


async def look_up(house: House, **changes: object) -> Draft:
    draft = await house.draft(payer=BANK)
    usual: dict[str, object] = {"channel": Channel.HLR, "sender": "", "text": "", "segments": ("",)}
    return msgspec.structs.replace(draft, **usual | changes)


async def apply(house: House, draft: Draft, lookup: Lookup | None, state: State = State.DELIVERED) -> Applied:
    receipt = Receipt(f"r{draft.id}", state, 0, START, lookup=lookup)
    return await house.store.messages.apply("alpha", [receipt], START)


async def found(house: House, *drafts: Draft, payer: int = BANK) -> list[Lookup | None]:
    messages = [draft.id for draft in drafts]
    return list(await house.store.messages.lookups(BANK if payer == BANK else SHOP, messages))


def kept(house: House) -> list[int]:
    return [row[0] for row in house.rows("SELECT message_id FROM lookups ORDER BY message_id")]


@told
async def test_what_a_look_up_found_is_kept_and_told_to_its_account_alone(house: House) -> None:
    draft, other = await look_up(house), await look_up(house)
    await house.send(draft)
    await house.send(other)
    assert await found(house, draft, other) == [None, None]
    assert await apply(house, draft, FOUND) == Counted(1, 0, 0)
    assert await found(house, other, draft, draft) == [None, FOUND, FOUND]
    assert await found(house, draft, payer=SHOP) == [None]
    assert house.states(draft.id) == [State.DELIVERED]
    assert await house.mail() == [(draft.id, State.DELIVERED, 0)]


@told
async def test_asking_for_nothing_or_for_what_is_not_there_finds_nothing(house: House) -> None:
    assert await found(house) == []
    assert await found(house, await look_up(house)) == [None]


@told
async def test_a_receipt_that_comes_twice_leaves_what_its_first_told(house: House) -> None:
    draft = await look_up(house)
    await house.send(draft)
    await apply(house, draft, FOUND)
    assert await apply(house, draft, ABROAD) == Counted(0, 0, 1)
    assert await apply(house, draft, None) == Counted(0, 0, 1)
    assert await found(house, draft) == [FOUND]
    assert kept(house) == [draft.id]


@told
async def test_of_two_receipts_in_a_row_the_last_that_moves_its_part_tells(house: House) -> None:
    draft = await look_up(house)
    await house.send(draft)
    receipts = [
        Receipt(f"r{draft.id}", state, 0, START, lookup=lookup)
        for state, lookup in (
            (State.ACCEPTED, Lookup(mcc="250")),
            (State.DELIVERED, FOUND),
            (State.UNDELIVERED, ABROAD),
        )
    ]
    await house.store.messages.apply("alpha", receipts[:1], START)
    assert await found(house, draft) == [Lookup(mcc="250")]
    assert await house.store.messages.apply("alpha", receipts, START) == Counted(1, 0, 2)
    assert await found(house, draft) == [FOUND]
    assert kept(house) == [draft.id]


@told
async def test_a_receipt_that_corrects_what_was_believed_brings_what_it_found(house: House) -> None:
    draft = await look_up(house)
    await house.send(draft)
    assert await house.store.messages.sweep(later(1), 10, later(1)) == 1
    assert house.states(draft.id) == [State.NO_REPORT]
    await apply(house, draft, FOUND)
    assert (house.states(draft.id), await found(house, draft)) == ([State.DELIVERED], [FOUND])


@told
async def test_a_look_up_that_failed_keeps_what_little_it_found(house: House) -> None:
    draft = await look_up(house)
    await house.send(draft)
    await apply(house, draft, Lookup(), State.UNDELIVERED)
    assert await found(house, draft) == [Lookup()]


# ---- before the answer


@told
async def test_what_a_receipt_before_its_answer_told_waits_for_that_with_it(house: House) -> None:
    draft, plain = await look_up(house), await house.draft(payer=BANK)
    await house.take(draft, plain)
    await house.claim()
    assert await apply(house, draft, ABROAD) == Counted(0, 1, 0)
    assert await apply(house, plain, None) == Counted(0, 1, 0)
    assert (await found(house, draft), house.parked()) == ([None], 2)
    await house.settle((draft.id, Sent(f"r{draft.id}")), (plain.id, Sent(f"r{plain.id}")))
    assert await found(house, draft, plain) == [ABROAD, None]
    assert (house.parked(), kept(house)) == (0, [draft.id])
    assert await apply(house, draft, FOUND) == Counted(0, 0, 1)
    assert await found(house, draft) == [ABROAD]


@told
async def test_of_early_receipts_the_last_that_moves_its_part_tells(house: House) -> None:
    draft = await look_up(house)
    await house.take(draft)
    await house.claim()
    await apply(house, draft, Lookup(mcc="250"), State.ACCEPTED)
    await apply(house, draft, FOUND)
    await apply(house, draft, ABROAD, State.UNDELIVERED)
    await house.settle((draft.id, Sent(f"r{draft.id}")))
    assert (await found(house, draft), kept(house)) == ([FOUND], [draft.id])


@told
async def test_what_came_for_a_part_that_was_not_taken_stays_parked(house: House) -> None:
    draft = await look_up(house)
    await house.take(draft)
    await house.claim()
    await apply(house, draft, FOUND)
    await house.settle((draft.id, Deferred(1, 0.0)))
    assert (await found(house, draft), house.parked()) == ([None], 1)


@pytest.mark.parametrize("swap", [True, False])
def test_an_answer_and_what_was_found_may_share_a_transaction_in_either_order(
    house: House, swap: bool
) -> None:
    @told
    async def story() -> None:
        drafts = [await look_up(house, price=1) for _ in range(20)]
        await house.take(*drafts)
        await house.claim()
        for draft in drafts:
            both = [house.settle((draft.id, Sent(f"r{draft.id}"))), apply(house, draft, FOUND)]
            await asyncio.gather(*(reversed(both) if swap else both))
        assert await found(house, *drafts) == [FOUND] * 20
        assert house.parked() == 0

    story()


# ---- cut off


@pytest.mark.parametrize("early", [False, True], ids=["after the answer", "before the answer"])
def test_status_and_what_was_found_are_kept_together_or_not_at_all(house: House, early: bool) -> None:
    """As if the process died while it wrote: neither is there, and what is told again is kept in full."""

    @told
    async def story() -> None:
        draft = await look_up(house)
        await house.take(draft)
        await house.claim()
        answer = [Settled(PartId(draft.id), Sent(f"r{draft.id}"))]
        if early:
            await apply(house, draft, FOUND)
        else:
            await house.store.messages.settle("alpha", answer, START)
        before = house.states(draft.id), house.parked()
        house.tamper_schema("ALTER TABLE mailbox RENAME TO mailbox_gone")  # the last that it writes to
        with pytest.raises(StoreUnavailable):
            await (
                house.store.messages.settle("alpha", answer, START) if early else apply(house, draft, FOUND)
            )
        assert (house.states(draft.id), house.parked()) == before
        house.tamper_schema("ALTER TABLE mailbox_gone RENAME TO mailbox")
        assert (kept(house), await house.mail()) == ([], [])
        if early:
            await house.store.messages.settle("alpha", answer, START)
        else:
            await apply(house, draft, FOUND)
        assert (house.states(draft.id), await found(house, draft)) == ([State.DELIVERED], [FOUND])
        assert await house.mail() == [(draft.id, State.DELIVERED, 0)]
        assert house.flaws() == []

    story()


# ---- what else the channels bring along


@told
async def test_a_part_goes_out_with_the_speech_of_its_call(house: House) -> None:
    speech = Speech(Voice.W3, "again=1&name=«Весна»")
    call = msgspec.structs.replace(await house.draft(), channel=Channel.CALL, speech=speech)
    usual = msgspec.structs.replace(await house.draft(), channel=Channel.CALL, speech=Speech())
    await house.take(call, usual, await house.draft(), await look_up(house))
    parts = await house.claim()
    parts.sort(key=lambda part: part.id)  # accounts take turns, and the look-up is another's
    assert [(part.channel, part.speech, part.text) for part in parts] == [
        (Channel.CALL, speech, "1."),
        (Channel.CALL, Speech(), "1."),
        (Channel.SMS, None, "1."),
        (Channel.HLR, None, ""),
    ]


@told
async def test_the_history_tells_channel_speech_and_what_was_found(house: House) -> None:
    speech = Speech(Voice.W2, "again=1")
    address = f"{'l' * 64}@{'d' * 63}.{'d' * 63}.{'d' * 57}.com"
    call = msgspec.structs.replace(await house.draft(), channel=Channel.CALL, speech=speech)
    mail = msgspec.structs.replace(
        await house.draft(), channel=Channel.MAIL, recipient=address, subject="Весна"
    )
    asked = await look_up(house)
    await house.take(call, mail)
    await house.claim()
    await house.send(asked)
    await apply(house, asked, ABROAD)
    with transaction(house.engine) as connection:
        newest, middle, oldest = history(connection)
        assert [line.id for line in history(connection, channel=Channel.MAIL)] == [mail.id]
        assert [line.id for line in history(connection, recipient=address)] == [mail.id]
        assert history(connection, channel=Channel.PING) == []
    assert (newest.channel, newest.lookup, newest.speech) == (Channel.HLR, ABROAD, None)
    assert (middle.channel, middle.recipient, middle.subject) == (Channel.MAIL, address, "Весна")
    assert len(middle.recipient) == 254
    assert (oldest.channel, oldest.speech, oldest.lookup) == (Channel.CALL, speech, None)


@told
async def test_the_same_look_up_again_is_a_duplicate_and_another_channel_is_none(house: House) -> None:
    with transaction(house.engine) as connection:
        bank = settings.find_account(connection, "bank")
        settings.change_account(connection, msgspec.structs.replace(bank, duplicate_s=60))
    await house.take(await look_up(house, comment="first"))
    for draft, seconds, taken in (
        (await look_up(house, comment="second"), 59, False),
        (await look_up(house, channel=Channel.PING), 59, True),
        (await look_up(house, channel=Channel.PING), 59, False),
        (await look_up(house, recipient="79031234568"), 59, True),
        (await look_up(house), 60, True),
    ):
        [result] = await house.store.messages.accept([draft], later(seconds))
        assert hasattr(result, "parts") is taken, result
