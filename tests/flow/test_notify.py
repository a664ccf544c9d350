"""Final statuses reach clients: soon, in batches, again when refused, and nobody waits for another's server."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec

from gonets.flow.notify import Notify
from gonets.model.account import PushKind
from gonets.model.message import MessageId, PartId, State
from gonets.model.results import Inbound, Sent, Settled
from gonets.model.tables import EMPTY
from gonets.ports.edges import NOTIFY_LANE, Pushing
from gonets.ports.stores import Mail, Notice
from gonets.protocols.mfms.push import HpgPush
from gonets.stores import numbers, settings
from gonets.stores.attempts import newest
from gonets.stores.store import transaction
from tests.clocks import START, settle
from tests.contract.house import BANK, SHOP, House, receipt, told
from tests.flow.works import BANK_LOGIN, Works, text

HOST = "bank.example"


def hears(house: House, name: str, url: str, batch: int = 100) -> None:
    """Have an account's statuses pushed to a URL."""
    with transaction(house.engine) as connection:
        known = settings.find_account(connection, name)
        settings.change_account(connection, msgspec.structs.replace(known, push_url=url, push_batch=batch))


async def end(works: Works, count: int, who: object = BANK_LOGIN) -> list[MessageId]:
    """Have so many messages delivered."""
    messages = [await works.submit(text(), who=who) for _ in range(count)]  # type: ignore[arg-type]
    await works.house.claim()
    at = works.clock.at()
    await works.messages.settle("alpha", [Settled(PartId(m), Sent(f"r{m}")) for m in messages], at)
    await works.messages.apply("alpha", [receipt(m, State.DELIVERED) for m in messages], at)
    return messages


def told_of(works: Works) -> list[list[int]]:
    """The messages that each call told of."""
    queries = [parse_qs(urlsplit(url).query, keep_blank_values=True) for url in works.clients.calls]
    return [[int(query[f"providerId[{n}]"][0]) for n in range(len(query) // 4)] for query in queries]


@told
async def test_a_status_that_was_taken_is_not_told_again(house: House) -> None:
    async with Works(house) as works:
        messages = await end(works, 3)
        await works.push()
        assert told_of(works) == [messages]
        assert await house.mail() == []
        await works.push()
        assert len(works.clients.calls) == 1


@told
async def test_statuses_are_told_in_batches_as_large_as_the_account_takes(house: House) -> None:
    hears(house, "bank", f"http://{HOST}/push", batch=2)
    async with Works(house) as works:
        messages = await end(works, 5)
        await works.push()
        assert sorted(told_of(works)) == [messages[:2], messages[2:4], messages[4:]]
        assert await house.mail() == []


@told
async def test_where_nobody_listens_nothing_is_told(house: House) -> None:
    async with Works(house) as works:
        await end(works, 0)
        await works.push()
        assert works.clients.calls == []


@told
async def test_what_was_refused_is_told_again_with_growing_pauses(house: House) -> None:
    for answer in (500, 404, 302, None):
        await refused_with(house, answer)


async def refused_with(house: House, answer: int | None) -> None:
    async with Works(house) as works:
        works.clients.replies[HOST] = answer
        await end(works, 1)
        await works.push()
        for number, pause in enumerate((1.0, 2.0, 4.0, 8.0), 1):
            works.clock.jump(pause - 0.01)
            await works.push()
            assert works.clients.called(HOST) == number
            works.clock.jump(0.01)
            await works.push()
            assert works.clients.called(HOST) == number + 1
        assert len(await house.mail()) == 1
        works.clients.replies[HOST] = 200
        works.clock.jump(16.0)
        await works.push()
        assert await house.mail() == []


@told
async def test_pauses_grow_to_five_minutes_and_start_small_again_after_a_success(house: House) -> None:
    async with Works(house) as works:
        works.clients.replies[HOST] = 500
        await end(works, 1)
        for _ in range(12):
            await works.push()
            works.clock.jump(300.0)
        assert works.clients.called(HOST) == 12
        works.clients.replies[HOST] = 200
        await works.push()
        works.clients.replies[HOST] = 500
        await end(works, 1)
        await works.push()
        works.clock.jump(1.0)
        await works.push()
        assert works.clients.called(HOST) == 15


@told
async def test_a_server_that_hangs_delays_nobody_else(house: House) -> None:
    hears(house, "shop", "http://shop.example/push")
    async with Works(house) as works:
        works.clients.hanging[HOST] = asyncio.Event()
        await end(works, 1)
        [mine] = await end(works, 1, who=msgspec.structs.replace(BANK_LOGIN, login="shop"))
        await works.notify.step()
        hanging, serving = sorted(works.pushing(), key=lambda task: task.get_name() != f"push to {BANK}")
        await serving
        assert not hanging.done()
        assert await house.mail(SHOP) == []
        assert [mine] in told_of(works)
        await works.notify.step()
        assert works.clients.called(HOST) == 1
        works.clients.hanging[HOST].set()
        await hanging
        assert await house.mail(BANK) == []


@told
async def test_what_was_refused_for_a_day_is_given_up(house: House) -> None:
    async with Works(house) as works:
        works.clients.replies[HOST] = 500
        await end(works, 2)
        works.clock.jump(24 * 3600)
        await works.push()
        assert len(await house.mail()) == 2
        works.clock.jump(300.0)
        [young] = await end(works, 1)
        await works.push()
        assert [message for message, _, _ in await house.mail()] == [young]


@told
async def test_what_is_older_than_a_day_is_still_told_once(house: House) -> None:
    async with Works(house) as works:
        messages = await end(works, 1)
        works.clock.jump(25 * 3600)
        await works.push()
        assert told_of(works) == [messages]
        assert await house.mail() == []


@told
async def test_a_push_whose_end_could_not_be_written_is_made_again(house: House) -> None:
    async with Works(house) as works:
        messages = await end(works, 1)
        works.clients.hanging[HOST] = asyncio.Event()
        await works.notify.step()
        [pushing] = works.pushing()
        await works.clients.asked.wait()
        works.break_store("mailbox")
        works.clients.hanging[HOST].set()
        await pushing
        works.mend_store("mailbox")
        works.clock.jump(1.0)
        await works.push()
        assert told_of(works) == [messages, messages]
        assert await house.mail() == []


@told
async def test_what_is_under_way_at_the_end_stays_in_the_mailbox(house: House) -> None:
    async with Works(house) as works:
        works.clients.hanging[HOST] = asyncio.Event()
        await end(works, 1)
        await works.notify.step()
        await works.notify.close()
        assert works.pushing() == []
        assert len(await house.mail()) == 1


@told
async def test_an_account_that_no_longer_listens_is_not_called(house: House) -> None:
    async with Works(house) as works:
        await end(works, 1)
        hears(house, "bank", "")
        await works.directory.refresh()
        await works.push()
        assert works.clients.calls == []


@told
async def test_while_the_settings_lag_behind_the_store_a_mailbox_is_not_looked_at_without_a_pause(
    house: House,
) -> None:
    async with Works(house) as works:
        await end(works, 1)
        works.directory.tables = EMPTY
        await works.push()
        await works.notify.step()
        assert works.pushing() == []
        await works.directory.refresh()
        works.clock.jump(1.0)
        await works.push()
        assert len(works.clients.calls) == 1


class Picky(HpgPush):
    """Cannot say the statuses of some messages."""

    def __init__(self, *unsaid: MessageId) -> None:
        self.unsaid = unsaid

    def carries(self, mail: Mail) -> bool:
        return isinstance(mail, Notice) and mail.message not in self.unsaid


def notify(works: Works, pushing: Pushing) -> Notify:
    """The stage with another way of pushing."""
    kinds = {PushKind.MFMS: pushing}
    return Notify(
        kinds, works.clients, works.directory, works.messages, works.clock, works.bell, works.meters
    )


class InOrder(HpgPush):
    """Is called again only when it has answered."""

    at_once = 1


@told
async def test_a_target_that_keeps_the_order_is_told_one_thing_after_the_other(house: House) -> None:
    hears(house, "bank", f"http://{HOST}/push", batch=1)
    async with Works(house) as works:
        messages = await end(works, 3)
        works.notify = notify(works, InOrder())
        works.clients.hanging[HOST] = asyncio.Event()
        await works.notify.step()
        await works.clients.asked.wait()
        await settle()
        assert told_of(works) == [messages[:1]]
        works.clients.replies[HOST] = 500
        works.clients.hanging.pop(HOST).set()
        await works.push()
        assert told_of(works) == [messages[:1]], "what comes after a failure was told"
        works.clients.replies[HOST] = 200
        works.clock.jump(1.0)
        await works.push()
        assert told_of(works) == [messages[:1], messages[:1], messages[1:2], messages[2:]]


@told
async def test_what_a_target_cannot_be_told_stays_for_other_ways_and_holds_nothing_up(house: House) -> None:
    async with Works(house) as works:
        first, second, third = await end(works, 3)
        works.notify = notify(works, Picky(first, third))
        await works.push()
        assert told_of(works) == [[second]]
        assert [message for message, _, _ in await house.mail()] == [first, third]
        assert not await rings_by_itself(works), "it looks again and again"
        [fourth] = await end(works, 1)
        await works.push()
        assert told_of(works) == [[second], [fourth]]


async def rings_by_itself(works: Works) -> bool:
    """Whether looking at the mailbox asks to look at it again."""
    await works.push()
    await works.rung(NOTIFY_LANE)
    await works.push()
    return await works.rung(NOTIFY_LANE)


@told
async def test_every_call_is_written_down_with_what_came_back(house: House) -> None:
    hears(house, "bank", f"http://me:hush@{HOST}/push?token=hush", batch=2)
    async with Works(house) as works:
        works.clients.replies[f"me:hush@{HOST}"] = 503
        first, second, third = await end(works, 3)
        await works.push()
        works.clients.replies.clear()
        works.clock.jump(1.0)
        await works.push()
        with transaction(house.engine) as connection:
            made = newest(connection, BANK, 10)
        assert [(each.first, each.last, each.count, each.outcome, bool(each.taken)) for each in made] == [
            (first, second, 2, "HTTP 503", False),
            (third, third, 1, "HTTP 503", False),
            (first, second, 2, "HTTP 200", True),
            (third, third, 1, "HTTP 200", True),
        ]
        assert {(each.account, each.kind, each.host) for each in made} == {(BANK, "mfms", HOST)}
        assert made[2].at - made[0].at == 1_000_000


@told
async def test_a_target_that_failed_is_tried_with_one_call(house: House) -> None:
    hears(house, "bank", f"http://{HOST}/push", batch=1)
    async with Works(house) as works:
        works.clients.replies[HOST] = 500
        await end(works, 5)
        await works.push()
        works.clock.jump(1.0)
        await works.push()
        assert works.clients.called(HOST) == 6


@told
async def test_calls_are_forgotten_after_a_week_and_beyond_a_number(house: House) -> None:
    async with Works(house) as works:
        await end(works, 1)
        await works.push()
        works.clock.jump(3 * 86_400)
        for _ in range(3):
            await end(works, 1)
            await works.push()
        assert await works.messages.forget_attempts(works.clock.at() - timedelta(days=1), 1000) == 1
        assert await works.messages.forget_attempts(works.clock.at() - timedelta(days=1), 2) == 1
        works.clock.jump(7 * 86_400 + 1)
        await works.sweeper.step()
        with transaction(house.engine) as connection:
            assert newest(connection, BANK, 10) == []


@told
async def test_a_push_target_hears_statuses_behind_any_number_of_messages_from_phones(house: House) -> None:
    with transaction(house.engine) as connection:
        numbers.add_number(connection, "4242", "", BANK)
    said = [Inbound("79031234567", "4242", "Hello", START)] * 1_500
    async with Works(house) as works:
        await works.messages.keep("alpha", said)
        messages = await end(works, 3)
        await works.push()
        assert told_of(works) == [messages]
        assert await house.mail() == []
        assert await works.messages.addressees() == []
        assert len(await house.said()) == 1_000
        await works.push()
        assert len(works.clients.calls) == 1
