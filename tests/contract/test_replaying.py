"""What an account's messages came to can be told once more, in the order in which it was formed."""

from datetime import datetime

import msgspec

from gonets.model.account import PushKind
from gonets.model.message import Hears, MessageId, State
from gonets.model.results import Inbound
from gonets.model.times import micros
from gonets.ports.stores import Said
from gonets.stores import numbers, replaying, settings
from gonets.stores.store import transaction
from tests.contract.house import BANK, SHOP, House, later, receipt, told


async def sent(house: House, count: int, parts: int = 1, hears: Hears | None = None) -> list[MessageId]:
    """So many of the bank's messages, of which the network knows."""
    messages = []
    for _ in range(count):
        draft = msgspec.structs.replace(await house.draft(payer=BANK, parts=parts), hears=hears)
        await house.send(draft)
        messages.append(draft.id)
    return messages


async def end(house: House, seconds: float, part: int, state: State = State.DELIVERED) -> None:
    """Have one come to an end then."""
    await house.store.messages.apply("alpha", [receipt(part, state)], later(seconds))


async def empty(house: House) -> None:
    """Have everything taken out of the bank's mailbox."""
    await house.store.messages.dismiss([each.id for each in await house.store.messages.notices(BANK, 0, 100)])


def replay(house: House, since: datetime, until: datetime) -> list[MessageId]:
    """As the command does it; what a phone said has its id below zero."""
    with transaction(house.engine) as connection:
        [account] = [each for each in settings.list_accounts(connection) if each.id == BANK]
        found: list[replaying.Told] = []
        for after in range(0, replaying.last_message(connection), replaying.RANGE):
            found += replaying.came_to(connection, account, after, since, until)
        found += replaying.heard(connection, account, since, until)
        ordered = replaying.in_order(found)
        replaying.put(connection, account, ordered, replaying.waiting(connection, account), later(1000))
    return [MessageId(each.message or -(each.said or 0)) for each in ordered]


@told
async def test_what_was_formed_in_that_time_is_told_anew_in_its_order(house: House) -> None:
    first, second, third, fourth = await sent(house, 4)
    await end(house, 10, third)
    await end(house, 20, fourth)
    await end(house, 30, second, State.UNDELIVERED)
    await end(house, 40, first)
    await empty(house)
    assert replay(house, later(20), later(40)) == [fourth, second]
    assert await house.mail() == [(fourth, State.DELIVERED, 0), (second, State.UNDELIVERED, 0)]
    moments = [each.at for each in await house.store.messages.notices(BANK, 0, 10)]
    assert moments == [micros(later(20)), micros(later(30))]


@told
async def test_what_still_waits_is_told_once_and_in_its_place(house: House) -> None:
    first, second = await sent(house, 2)
    await end(house, 10, second)
    await empty(house)
    await end(house, 20, first)
    [waiting] = await house.store.messages.notices(BANK, 0, 10)
    assert replay(house, later(0), later(100)) == [second, first]
    assert [message for message, _, _ in await house.mail()] == [second, first]
    given_anew = [each.id for each in await house.store.messages.notices(BANK, 0, 10)]
    assert waiting.id not in given_anew, "what is being pushed just now would be taken for another"


@told
async def test_a_message_in_parts_is_told_as_it_stands_as_a_whole(house: House) -> None:
    [long] = await sent(house, 1, parts=2)
    await end(house, 10, long)
    assert replay(house, later(0), later(100)) == []
    await end(house, 20, long + 1)
    assert replay(house, later(15), later(100)) == [long]
    assert await house.mail() == [(long, State.DELIVERED, 0)]


@told
async def test_what_its_client_did_not_ask_to_hear_is_not_told_again(house: House) -> None:
    [silent] = await sent(house, 1, hears=Hears.NOTHING)
    [failures] = await sent(house, 1, hears=Hears.FAILURE)
    [underway] = await sent(house, 1, hears=Hears.UNDERWAY)
    [ends] = await sent(house, 1)
    for each in (silent, failures, ends):
        await end(house, 10, each)
    assert replay(house, later(-1), later(100)) == [underway, ends]


@told
async def test_nobody_is_told_of_messages_of_others(house: House) -> None:
    theirs = await house.draft(payer=SHOP)
    await house.send(theirs)
    await end(house, 10, theirs.id)
    assert replay(house, later(0), later(100)) == []
    assert await house.mail(SHOP) == []


@told
async def test_what_phones_said_is_told_again_among_the_statuses(house: House) -> None:
    with transaction(house.engine) as connection:
        numbers.add_number(connection, "1234", "", BANK)
        numbers.add_number(connection, "4321", "", SHOP)
    first, second = await sent(house, 2)
    await end(house, 10, first)
    said = [
        Inbound("79031234567", number, text, later(seconds), binary=False)
        for number, text, seconds in (("1234", "a", 15), ("4321", "theirs", 16), ("1234", "late", 99))
    ]
    await house.store.messages.keep("alpha", said)
    await end(house, 20, second)
    await empty(house)
    [one, phone, two] = replay(house, later(0), later(50))
    assert (one, two) == (first, second)
    assert phone < 0
    again = await house.store.messages.notices(BANK, 0, 10)
    assert [each.text if isinstance(each, Said) else each.message for each in again] == [first, "a", second]
    assert replay(house, later(0), later(50)) == [first, phone, second]
    assert len(await house.store.messages.notices(BANK, 0, 10)) == 3


@told
async def test_what_phones_say_waits_for_a_webhook_alone_among_push_targets(house: House) -> None:
    with transaction(house.engine) as connection:
        numbers.add_number(connection, "1234", "", BANK)
    await house.store.messages.keep("alpha", [Inbound("79031234567", "1234", "a", later(1))])
    assert await house.store.messages.addressees() == []
    with transaction(house.engine) as connection:
        [account] = [each for each in settings.list_accounts(connection) if each.id == BANK]
        settings.change_account(connection, msgspec.structs.replace(account, push_kind=PushKind.WEBHOOK))
    assert await house.store.messages.addressees() == [BANK]


@told
async def test_what_took_the_id_of_mail_that_was_taken_meanwhile_stays_in_its_mailbox(house: House) -> None:
    first, second = await sent(house, 2)
    await end(house, 10, first)
    with transaction(house.engine) as connection:
        [account] = [each for each in settings.list_accounts(connection) if each.id == BANK]
        before = replaying.waiting(connection, account)
    await empty(house)
    await end(house, 20, second)
    with transaction(house.engine) as connection:
        told_again = replaying.came_to(connection, account, 0, later(5), later(15))
        replaying.put(connection, account, told_again, before, later(1000))
    assert sorted(await house.mail()) == [(first, State.DELIVERED, 0), (second, State.DELIVERED, 0)]
