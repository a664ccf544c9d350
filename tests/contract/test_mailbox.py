"""Notices: one for each end of a message, for those who hear."""

from typing import Final

import msgspec
import pytest

from gonets.model.message import AccountId, Channel, Hears, PartId, State, Status
from gonets.model.money import ONE, Millionths
from gonets.model.results import Lookup, Rejected, Sent
from gonets.model.times import micros
from gonets.ports.stores import Notice, Placement
from gonets.stores import settings
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, POOR, SHOP, House, account, later, receipt, told


async def report(house: House, part: int, state: State, error: int = 0, at: float = 0.0) -> None:
    await house.store.messages.apply("alpha", [receipt(part, state, error)], later(at))


@told
async def test_an_account_with_a_push_target_gets_a_notice(house: House) -> None:
    draft = await house.draft(payer=BANK)
    await house.send(draft)
    assert await house.store.messages.addressees() == []
    await report(house, draft.id, State.UNDELIVERED, 13, at=7)
    assert await house.store.messages.addressees() == [BANK]
    [notice] = await house.notices()
    assert notice == Notice(
        notice.id,
        BANK,
        draft.id,
        State.UNDELIVERED,
        13,
        micros(later(7)),
        micros(later(7)),
        sender="Sender",
        recipient="79031234567",
        accepted_at=micros(START),
        text="1.",
        parts=1,
        price=Millionths(ONE),
    )


@told
async def test_a_notice_tells_the_parts_and_the_price_of_the_whole_message(house: House) -> None:
    draft = await house.draft(payer=BANK, parts=3)
    await house.send(draft)
    await report(house, draft.id, State.REJECTED)
    [notice] = await house.notices()
    assert (notice.text, notice.parts, notice.price) == ("1.2.3.", 3, 3 * ONE)


HEARD: Final = {
    Hears.NOTHING: [],
    Hears.SUCCESS: [State.DELIVERED],
    Hears.FAILURE: [State.EXPIRED],
    Hears.SUCCESS | Hears.FAILURE: [State.EXPIRED, State.DELIVERED],
    Hears.UNDERWAY: [State.SENT, State.ACCEPTED],
    Hears(7): [State.SENT, State.ACCEPTED, State.EXPIRED, State.DELIVERED],
}


@pytest.mark.parametrize("payer", [SHOP, BANK])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("hears", HEARD)
@told
async def test_what_a_message_says_its_client_hears_counts_and_not_the_push_target(
    house: House, hears: Hears, count: int, payer: AccountId
) -> None:
    draft = msgspec.structs.replace(await house.draft(payer=payer, parts=count), hears=hears)
    await house.send(draft)
    for state in (State.ACCEPTED, State.EXPIRED, State.DELIVERED):
        for part in range(count):
            await report(house, draft.id + part, state)
    assert [state for _, state, _ in await house.mail(payer)] == HEARD[hears]


@told
async def test_an_account_that_listens_is_an_addressee_without_a_push_target(house: House) -> None:
    draft = msgspec.structs.replace(await house.draft(payer=SHOP), hears=Hears.SUCCESS)
    await house.send(draft)
    await report(house, draft.id, State.DELIVERED)
    assert await house.store.messages.addressees() == []
    assert await house.store.messages.addressees([POOR, SHOP, BANK]) == [SHOP]


@told
async def test_an_account_without_a_push_target_gets_none(house: House) -> None:
    draft = await house.draft(payer=SHOP)
    await house.send(draft)
    await report(house, draft.id, State.DELIVERED)
    assert house.rows("SELECT * FROM mailbox") == []


@told
async def test_what_is_not_final_is_no_news(house: House) -> None:
    draft = await house.draft(payer=BANK)
    await house.send(draft)
    await report(house, draft.id, State.ACCEPTED)
    assert await house.mail() == []


@pytest.mark.parametrize("count", [1, 3])
def test_an_end_is_told_once(house: House, count: int) -> None:
    @told
    async def story() -> None:
        draft = await house.draft(payer=BANK, parts=count)
        await house.send(draft)
        for _ in range(3):
            for part in range(count):
                await report(house, draft.id + part, State.DELIVERED)
        assert await house.mail() == [(draft.id, State.DELIVERED, 0)]

    story()


@pytest.mark.parametrize("count", [1, 2])
def test_a_corrected_end_is_told_again(house: House, count: int) -> None:
    @told
    async def story() -> None:
        draft = await house.draft(payer=BANK, parts=count)
        await house.send(draft)
        await house.store.messages.sweep(later(1), 10, later(2))
        for part in range(count):
            await report(house, draft.id + part, State.DELIVERED, at=3)
        assert [state for _, state, _ in await house.mail()] == [State.NO_REPORT, State.DELIVERED]

    story()


@told
async def test_a_message_in_parts_ends_with_its_last_part(house: House) -> None:
    draft = await house.draft(payer=BANK, parts=3)
    await house.send(draft)
    await report(house, draft.id + 2, State.DELIVERED)
    await report(house, draft.id, State.DELIVERED)
    assert await house.mail() == []
    await report(house, draft.id + 1, State.DELIVERED)
    assert await house.mail() == [(draft.id, State.DELIVERED, 0)]


@told
async def test_a_message_in_parts_ends_with_its_first_failure(house: House) -> None:
    draft = await house.draft(payer=BANK, parts=3)
    await house.send(draft)
    await report(house, draft.id + 1, State.UNDELIVERED, 6, at=1)
    assert await house.mail() == [(draft.id, State.UNDELIVERED, 6)]
    await report(house, draft.id, State.DELIVERED, at=2)
    await report(house, draft.id + 2, State.UNDELIVERED, 1, at=3)
    assert await house.mail() == [(draft.id, State.UNDELIVERED, 6)]


@told
async def test_a_later_failure_of_another_kind_does_not_end_a_message_anew(house: House) -> None:
    draft = await house.draft(payer=BANK, parts=2)
    await house.send(draft)
    await report(house, draft.id + 1, State.REJECTED, 11, at=1)
    await report(house, draft.id, State.UNDELIVERED, 1, at=2)
    assert await house.mail() == [(draft.id, State.REJECTED, 11)]
    [found] = await house.store.messages.find(BANK, [draft.id])
    assert found is not None
    assert (found.status, found.error, found.at) == (Status.REJECTED, 11, later(1))


@told
async def test_when_a_correction_uncovers_a_failure_the_notice_tells_that_one(house: House) -> None:
    draft = await house.draft(payer=BANK, parts=2)
    await house.send(draft)
    await report(house, draft.id, State.EXPIRED, 0, at=1)
    await report(house, draft.id + 1, State.UNDELIVERED, 13, at=2)
    assert await house.mail() == [(draft.id, State.EXPIRED, 0)]
    await report(house, draft.id, State.DELIVERED, 0, at=3)
    assert await house.mail() == [(draft.id, State.EXPIRED, 0), (draft.id, State.UNDELIVERED, 13)]
    notice = (await house.notices())[1]
    [found] = await house.store.messages.find(BANK, [draft.id])
    assert found is not None
    assert (found.status, found.error, micros(found.at)) == (notice.state.status, notice.error, notice.at)


@told
async def test_a_correction_behind_an_earlier_failure_is_no_new_end(house: House) -> None:
    draft = await house.draft(payer=BANK, parts=2)
    await house.send(draft)
    await report(house, draft.id, State.REJECTED, 11, at=1)
    await report(house, draft.id + 1, State.EXPIRED, 0, at=2)
    await report(house, draft.id + 1, State.DELIVERED, 0, at=3)
    assert await house.mail() == [(draft.id, State.REJECTED, 11)]


@told
async def test_parts_that_end_together_make_one_notice(house: House) -> None:
    draft = await house.draft(payer=BANK, parts=3)
    await house.take(draft)
    await house.claim()
    await house.settle((draft.id, Rejected(5)), (draft.id + 1, Rejected(5)), (draft.id + 2, Sent("x")))
    assert await house.mail() == [(draft.id, State.REJECTED, 5)]


@told
async def test_every_way_to_end_makes_a_notice(house: House) -> None:
    expired = await house.draft(payer=BANK, expires_at=later(1))
    lost = await house.draft(payer=BANK, start_at=later(1))
    swept = await house.draft(payer=BANK)
    await house.send(swept)
    await house.take(expired, lost)
    await house.claim(at=later(1))
    await house.store.messages.place([Placement(PartId(lost.id), None)], later(1))
    await house.store.messages.sweep(later(1), 10, later(2))
    assert [(message, state) for message, state, _ in await house.mail()] == [
        (expired.id, State.EXPIRED),
        (lost.id, State.FAILED),
        (swept.id, State.NO_REPORT),
    ]


@told
async def test_mail_is_read_in_order_and_by_pages(house: House) -> None:
    drafts = [await house.draft(payer=BANK) for _ in range(5)]
    for draft in drafts:
        await house.send(draft)
        await report(house, draft.id, State.DELIVERED)
    read = house.notices
    first = await read(BANK, 0, 2)
    rest = await read(BANK, first[-1].id, 100)
    assert [notice.message for notice in (*first, *rest)] == [draft.id for draft in drafts]
    assert await read(BANK, rest[-1].id, 100) == []
    assert await read(SHOP, 0, 100) == []


@told
async def test_what_was_taken_leaves_the_mailbox_and_nothing_else_does(house: House) -> None:
    for _ in range(3):
        draft = await house.draft(payer=BANK)
        await house.send(draft)
        await report(house, draft.id, State.DELIVERED)
    first, second, third = await house.store.messages.notices(BANK, 0, 10)
    await house.store.messages.dismiss([first.id, third.id])
    assert await house.store.messages.notices(BANK, 0, 10) == [second]
    await house.store.messages.dismiss([first.id])
    await house.store.messages.dismiss([])
    assert await house.store.messages.addressees() == [BANK]
    await house.store.messages.dismiss([second.id])
    assert await house.store.messages.addressees() == []


@told
async def test_an_account_that_no_longer_hears_is_no_addressee(house: House) -> None:
    draft = await house.draft(payer=BANK)
    await house.send(draft)
    await report(house, draft.id, State.DELIVERED)
    with transaction(house.engine) as connection:
        settings.change_account(connection, msgspec.structs.replace(account("bank"), id=BANK))
    assert await house.store.messages.addressees() == []


@told
async def test_mail_of_an_account_whose_push_target_is_gone_is_forgotten_when_it_is_old(house: House) -> None:
    draft = await house.draft(payer=BANK)
    await house.send(draft)
    await report(house, draft.id, State.DELIVERED, at=7)
    assert await house.store.messages.forget_mail(later(60)) == 0
    house.tamper("UPDATE accounts SET push_url = ''")
    assert await house.store.messages.forget_mail(later(7)) == 0
    assert await house.store.messages.forget_mail(later(60)) == 1
    assert house.rows("SELECT * FROM mailbox") == []


@told
async def test_a_notice_of_a_look_up_tells_what_was_found(house: House) -> None:
    draft = msgspec.structs.replace(
        await house.draft(payer=BANK), channel=Channel.HLR, text="", segments=("",)
    )
    await house.send(draft)
    found = Lookup(imsi="250026901234567", mcc="250", mnc="02", cn="Россия", net='Мега"Фон')
    at_end = msgspec.structs.replace(receipt(draft.id, State.DELIVERED), lookup=found)
    await house.store.messages.apply("alpha", [at_end], later(1))
    [notice] = await house.notices()
    assert (notice.channel, notice.lookup) == (Channel.HLR, found)
