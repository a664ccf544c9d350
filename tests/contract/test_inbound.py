"""What phones say is kept as it came, put together, and given to whose it is."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from gonets.model.message import AccountId
from gonets.model.results import Inbound
from gonets.model.times import micros
from gonets.ports.stores import Mail, Said, StoreUnavailable
from gonets.rules.joining import PATIENCE_US
from gonets.stores import inbound, numbers, stops
from gonets.stores.inbound import newest, unrouted
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, SHOP, House, later, told

PHONE = "79031234567"
HELLO = Inbound(PHONE, "4242", "Привет\n€", START)
PART = Inbound(PHONE, "4343", "00ff", later(1), binary=True, reference=65535, total=3, number=2)
PATIENCE = timedelta(microseconds=PATIENCE_US)


def own(house: House, *rows: tuple[str, str, AccountId]) -> None:
    """Let accounts have numbers under keywords."""
    with transaction(house.engine) as connection:
        for number, keyword, account in rows:
            numbers.add_number(connection, number, keyword, account)


def parts(*texts: str, reference: int = 7, binary: bool = False) -> list[Inbound]:
    """A long message to 4242, heard a second apart."""
    return [
        Inbound(PHONE, "4242", text, later(number), binary, reference, len(texts), number)
        for number, text in enumerate(texts, 1)
    ]


async def heard(house: House, *said: Inbound) -> None:
    """Keep these one by one, from one connector."""
    for each in said:
        await house.store.messages.keep("alpha", [each])


def stopped(house: House, account: AccountId) -> bool:
    """Whether the phone is on that account's stop list."""
    with transaction(house.engine) as connection:
        return account in stops.lists_with(connection, [account], int(PHONE))


def stop_revision(house: House) -> int:
    with transaction(house.engine) as connection:
        return stops.revision(connection)


async def texts(house: House, account: AccountId = BANK) -> list[str]:
    return [each.text for each in await house.said(account)]


@told
async def test_messages_from_phones_are_kept_in_the_order_they_came(house: House) -> None:
    await house.store.messages.keep("alpha", [HELLO, PART])
    await house.store.messages.keep("beta", [HELLO])
    with transaction(house.engine) as connection:
        found = newest(connection, 10)
        assert [(each.connector, each.said) for each in found] == [
            ("alpha", HELLO),
            ("alpha", PART),
            ("beta", HELLO),
        ]
        assert [each.said for each in newest(connection, 1)] == [HELLO]
        assert [each.said for each in newest(connection, 10, recipient="4343")] == [PART]
        assert newest(connection, 10, sender="7999") == []


@told
async def test_the_same_message_may_come_twice_and_is_kept_twice(house: House) -> None:
    await house.store.messages.keep("alpha", [HELLO, HELLO])
    with transaction(house.engine) as connection:
        assert len(newest(connection, 10)) == 2


# ---- whose it is


@told
async def test_the_account_of_the_number_gets_it_as_it_was_said(house: House) -> None:
    own(house, ("4242", "", BANK))
    await house.store.messages.keep("alpha", [HELLO])
    [mail] = await house.store.messages.notices(BANK, 0, 10)
    assert mail == Said(1, BANK, 1, PHONE, "4242", "Привет\n€", False, micros(START), micros(START))
    assert await house.store.messages.notices(SHOP, 0, 10) == []
    assert await house.store.messages.addressees([BANK]) == [BANK]
    await house.store.messages.dismiss([mail.id])
    assert await house.store.messages.addressees([BANK]) == []


@told
async def test_a_keyword_goes_before_the_number_alone(house: House) -> None:
    own(house, ("4242", "", BANK), ("4242", "голос", SHOP), ("4242", "голос за", BANK))
    said = ["Голос: 5", "голос за!", "голоса", "ГОЛОС"]
    await house.store.messages.keep("alpha", [Inbound(PHONE, "+4242", text, START) for text in said])
    assert [(each.text, each.keyword) for each in await house.said(SHOP)] == [
        ("Голос: 5", "голос"),
        ("ГОЛОС", "голос"),
    ]
    assert [(each.text, each.keyword) for each in await house.said(BANK)] == [
        ("голос за!", "голос за"),
        ("голоса", ""),
    ]


@told
async def test_what_is_nobodys_is_kept_and_can_be_given_to_an_account_once(house: House) -> None:
    await house.store.messages.keep("alpha", [HELLO, msgspec.structs.replace(HELLO, text="Стоп")])
    assert await house.said() == []
    with transaction(house.engine) as connection:
        waiting = unrouted(connection, 10)
        assert [each.text for each in waiting] == ["Привет\n€", "Стоп"]
        inbound.route(connection, waiting, BANK, micros(later(60)))
        assert unrouted(connection, 10) == []
    assert await texts(house) == ["Привет\n€", "Стоп"]
    assert stopped(house, BANK)


@told
async def test_what_phones_say_waits_for_a_session_and_not_for_a_push_target(house: House) -> None:
    own(house, ("4242", "", BANK))
    await house.store.messages.keep("alpha", [HELLO])
    assert await house.store.messages.addressees() == []
    assert await house.store.messages.forget_mail(START) == 0
    assert await house.store.messages.forget_mail(later(1)) == 1
    assert await house.said() == []


@told
async def test_pages_hold_notices_and_what_phones_said_in_one_order(house: House) -> None:
    own(house, ("4242", "", BANK))
    for number in range(6):
        if number % 2:
            await house.store.messages.keep("alpha", [HELLO])
        else:
            draft = await house.draft(payer=BANK)
            await house.take(draft)
            await house.store.messages.cancel(BANK, [draft.id], START)
    found: list[Mail] = []
    after = 0
    while page := await house.store.messages.notices(BANK, after, 2):
        found += page
        after = page[-1].id
    assert [isinstance(each, Said) for each in found] == [False, True] * 3
    assert [each.id for each in found] == sorted(each.id for each in found)


# ---- long ones


@told
async def test_a_long_message_is_handed_over_once_whatever_order_it_comes_in(house: House) -> None:
    own(house, ("4242", "", BANK))
    one, two, three = parts("раз ", "два ", "три")
    await heard(house, three, one, one, three)
    assert await texts(house) == []
    await heard(house, two)
    assert await texts(house) == ["раз два три"]
    await heard(house, two, one, three)  # none of them was acknowledged
    await house.store.messages.give_up(later(10_000), 100, later(10_000))
    assert await texts(house) == ["раз два три"]
    with transaction(house.engine) as connection:
        assert len(newest(connection, 10)) == 3


@pytest.mark.parametrize("seed", range(20))
def test_all_parts_in_batches_of_any_size_make_the_same_messages(house: House, seed: int) -> None:
    @told
    async def story() -> None:
        chance = random.Random(seed)
        own(house, ("4242", "", BANK))
        first, second = parts("a", "b", "c", "d"), parts("e", "f", "g", reference=8)
        coming = [*first, *second, *chance.choices([*first, *second], k=5)]
        chance.shuffle(coming)
        while coming:
            size = chance.randint(1, 5)
            await house.store.messages.keep("alpha", coming[:size])
            del coming[:size]
        await house.store.messages.give_up(later(10_000), 100, later(10_000))
        assert sorted(await texts(house)) == ["abcd", "efg"]

    story()


@told
async def test_parts_of_other_links_phones_and_numbers_do_not_belong_together(house: House) -> None:
    own(house, ("4242", "", BANK), ("4343", "", BANK))
    one, two = parts("a", "b")
    await house.store.messages.keep("alpha", [one])
    await house.store.messages.keep("beta", [two])
    await heard(house, msgspec.structs.replace(two, sender="79030000000"))
    await heard(house, msgspec.structs.replace(two, recipient="4343"))
    await heard(house, msgspec.structs.replace(two, reference=8))
    await heard(house, msgspec.structs.replace(two, total=3))
    assert await texts(house) == []
    await heard(house, two)
    assert await texts(house) == ["ab"]


@told
async def test_a_message_that_stays_incomplete_comes_with_gaps(house: House) -> None:
    own(house, ("4242", "", BANK))
    one, _, three, _ = parts("раз ", "", "три ", "")
    await heard(house, three, one)
    at = three.at + PATIENCE
    assert await house.store.messages.give_up(three.at - timedelta(seconds=1), 100, at) == 0
    assert await house.store.messages.give_up(three.at, 100, at) == 1
    assert await house.store.messages.give_up(three.at, 100, at) == 0
    [mail] = await house.said()
    assert (mail.text, mail.created_at) == ("раз […]три […]", micros(at))


@told
async def test_a_part_that_comes_too_late_is_a_message_of_its_own(house: House) -> None:
    own(house, ("4242", "", BANK))
    one, two = parts("a", "b")
    late = msgspec.structs.replace(two, at=one.at + PATIENCE)
    await heard(house, one, late)
    assert await texts(house) == []
    await house.store.messages.give_up(late.at, 100, late.at)
    assert await texts(house) == ["a[…]", "[…]b"]


@told
async def test_a_reference_that_is_used_again_begins_another_message(house: House) -> None:
    own(house, ("4242", "", BANK))
    await heard(house, *parts("a", "b"), *parts("c", "d"), *parts("a", "e"))
    assert await texts(house) == ["ab", "cd", "ae"]


@told
async def test_octets_are_joined_as_octets(house: House) -> None:
    own(house, ("4242", "", BANK))
    await heard(house, *parts("00ff", "01", binary=True))
    [mail] = await house.said()
    assert (mail.text, mail.binary) == ("00ff01", True)


# ---- STOP


@told
async def test_a_stop_word_puts_the_phone_on_the_stop_list_and_is_heard_all_the_same(house: House) -> None:
    own(house, ("4242", "", BANK))
    before = stop_revision(house)
    await heard(house, msgspec.structs.replace(HELLO, text=" «Стоп»! "))
    assert stopped(house, BANK)
    assert not stopped(house, SHOP)
    assert stop_revision(house) > before
    assert await texts(house) == [" «Стоп»! "]
    await heard(house, msgspec.structs.replace(HELLO, text="START"))
    assert not stopped(house, BANK)


@told
async def test_a_text_with_more_than_the_word_stops_nothing(house: House) -> None:
    own(house, ("4242", "", BANK))
    await heard(house, msgspec.structs.replace(HELLO, text="stop it"))
    await heard(house, msgspec.structs.replace(HELLO, text="53544f50", binary=True))
    assert not stopped(house, BANK)


@told
async def test_of_several_accounts_the_one_that_sent_last_is_stopped(house: House) -> None:
    own(house, ("4242", "", BANK), ("4242", "win", SHOP))
    for payer, at in ((BANK, later(0)), (SHOP, later(5))):
        await house.take(msgspec.structs.replace(await house.draft(payer=payer), sender="+4242"), at=at)
    await house.take(msgspec.structs.replace(await house.draft(payer=BANK), sender="Bank"), at=later(9))
    await heard(house, msgspec.structs.replace(HELLO, text="STOP"))
    assert (stopped(house, SHOP), stopped(house, BANK)) == (True, False)
    assert (await texts(house, SHOP), await texts(house, BANK)) == (["STOP"], [])


@told
async def test_where_none_of_several_has_sent_the_number_alone_decides(house: House) -> None:
    own(house, ("4242", "", BANK), ("4242", "win", SHOP))
    await heard(house, msgspec.structs.replace(HELLO, text="STOP"))
    assert (stopped(house, SHOP), stopped(house, BANK)) == (False, True)


@told
async def test_stop_and_start_in_one_batch_count_in_their_order(house: House) -> None:
    own(house, ("4242", "", BANK))
    said = [msgspec.structs.replace(HELLO, text=text) for text in ("stop", "start", "қатъ")]
    await house.store.messages.keep("alpha", said)
    assert stopped(house, BANK)
    await house.store.messages.keep("alpha", said[:2])
    assert not stopped(house, BANK)


# ---- whole or not at all


@told
async def test_what_cannot_be_given_to_its_account_is_not_kept_either(house: House) -> None:
    own(house, ("4242", "", BANK))
    house.tamper_schema(
        "CREATE TRIGGER no_mail BEFORE INSERT ON mailbox BEGIN SELECT raise(ABORT, 'full'); END"
    )
    results: Sequence[object] = await asyncio.gather(
        house.store.messages.keep("alpha", [msgspec.structs.replace(HELLO, text="stop")]),
        return_exceptions=True,
    )
    assert isinstance(results[0], Exception)
    assert not isinstance(results[0], StoreUnavailable)
    assert house.rows("SELECT id FROM inbound") == house.rows("SELECT id FROM said") == []
    assert not stopped(house, BANK)
    house.tamper_schema("DROP TRIGGER no_mail")
    await heard(house, msgspec.structs.replace(HELLO, text="stop"))
    assert stopped(house, BANK)
