"""A mailbox is emptied over the connections of its account, and else over its push target."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from gonets.model.account import Account
from gonets.model.message import MessageId
from gonets.ports.stores import Mail, Notice, StoreUnavailable
from tests.contract.house import BANK, House, told
from tests.flow.test_notify import HOST, end
from tests.flow.works import Works

_MOST_STEPS = 2_000


class Line:
    """A connection that takes what it is handed, if it is told to."""

    def __init__(self, works: Works, taking: bool = True, window: int = 100) -> None:
        self.works = works
        self.taking = taking
        self.window = window
        self.open: list[int] = []
        self.heard: list[MessageId] = []
        works.notify.join(BANK, self)

    def room(self) -> int:
        return self.window - len(self.open)

    def hand(self, notices: Sequence[Mail], account: Account) -> None:
        assert account.id == BANK
        self.heard += [each.message for each in notices if isinstance(each, Notice)]
        self.open += [each.id for each in notices]

    def answer(self, taken: bool = True) -> None:
        """Answer for all that is open."""
        answered, self.open = self.open, []
        self.works.notify.settled(BANK, answered if taken else [], [] if taken else answered)

    def leave(self) -> None:
        self.works.notify.leave(BANK, self)


async def comes(works: Works, condition: Callable[[], bool]) -> None:
    """Step until it is true; each step is a look into the store, so others get their turn."""
    for _ in range(_MOST_STEPS):
        if condition():
            return
        await works.notify.step()
    raise AssertionError("it never comes true")


async def emptied(works: Works, each_s: float = 0.0) -> None:
    """Step until the mailbox is empty; so much time passes before each step."""
    for _ in range(_MOST_STEPS):
        if not await works.house.mail():
            return
        works.clock.jump(each_s)
        await works.notify.step()
    raise AssertionError("the mailbox is not emptied")


@told
async def test_who_listens_hears_and_the_push_target_is_not_called(house: House) -> None:
    async with Works(house) as works:
        line = Line(works)
        messages = await end(works, 5)
        await comes(works, lambda: line.heard == messages)
        assert len(await house.mail()) == 5
        line.answer()
        await emptied(works)
        assert works.clients.calls == []
        line.leave()


@told
async def test_when_nobody_listens_any_more_the_push_target_is_called(house: House) -> None:
    async with Works(house) as works:
        line = Line(works, window=2)
        messages = await end(works, 5)
        await comes(works, lambda: line.heard == messages[:2])
        line.leave()
        await emptied(works)
        assert works.clients.called(HOST) == 1


@told
async def test_a_mailbox_is_emptied_however_small_the_window_is(house: House) -> None:
    async with Works(house) as works:
        line = Line(works, window=7)
        messages = await end(works, 20)
        for heard in (7, 14, 20):
            await comes(works, lambda heard=heard: len(line.heard) == heard)  # type: ignore[misc]
            line.answer()
        await emptied(works)
        assert line.heard == messages
        line.leave()


@told
async def test_what_was_refused_comes_again_after_a_second(house: House) -> None:
    async with Works(house) as works:
        line = Line(works)
        [message] = await end(works, 1)
        await comes(works, lambda: line.heard == [message])
        line.answer(taken=False)
        works.clock.jump(0.99)
        for _ in range(20):
            await works.notify.step()
        assert line.heard == [message]
        works.clock.jump(0.01)
        await comes(works, lambda: line.heard == [message, message])
        line.answer()
        await emptied(works)
        line.leave()


@told
async def test_what_comes_while_a_round_is_made_is_heard_too(house: House) -> None:
    async with Works(house) as works:
        line = Line(works)
        first = await end(works, 2)
        await comes(works, lambda: line.heard == first)
        second = await end(works, 2)
        await comes(works, lambda: line.heard == first + second)
        line.answer()
        await emptied(works)
        third = await end(works, 1)
        await comes(works, lambda: line.heard == first + second + third)
        line.answer()
        await emptied(works)
        line.leave()


@told
async def test_what_was_answered_for_leaves_the_mailbox_though_its_connection_has_gone(house: House) -> None:
    async with Works(house) as works:
        line = Line(works)
        messages = await end(works, 3)
        await comes(works, lambda: line.heard == messages)
        line.answer()
        line.leave()
        await works.notify.close()
        assert await house.mail() == []


@told
async def test_mail_that_could_not_be_dismissed_is_dismissed_later_and_not_heard_again(house: House) -> None:
    async with Works(house) as works:
        line = Line(works)
        messages = await end(works, 1)
        await comes(works, lambda: line.heard == messages)
        works.break_store("mailbox")
        line.answer()
        with suppress(StoreUnavailable):
            await comes(works, lambda: False)
        works.mend_store("mailbox")
        await emptied(works, each_s=0.1)
        assert line.heard == messages
        line.leave()


@told
async def test_a_push_that_has_failed_does_not_hold_up_who_comes_to_listen(house: House) -> None:
    async with Works(house) as works:
        works.clients.replies[HOST] = 500
        messages = await end(works, 1)
        await works.push()
        line = Line(works)
        await comes(works, lambda: line.heard == messages)
        line.leave()
