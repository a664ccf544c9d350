"""What the network says is written before it is acknowledged, and nothing of it is lost."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from gonets.flow.receipts import Receipts
from gonets.flow.turns import Turns
from gonets.model.costs import Costs
from gonets.model.message import Outgoing, PartId, State
from gonets.model.money import ONE
from gonets.model.results import Event, Inbound, Receipt, Returned, Sent, Settled
from gonets.ports.edges import NOTIFY_LANE, ROUTER_LANE
from gonets.ports.stores import Applied, PutOff, StoreUnavailable
from gonets.stores.messages import SqlMessages
from tests.contract.house import House, told
from tests.flow.works import ANSWER, RECEIPT, Works, text

REMINDER = 60.0
"""Seconds after which the network tells again what nobody acknowledged."""


@told
async def test_answers_and_receipts_are_written_as_they_come(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text())
        await works.leave()
        assert await works.hear(ANSWER) == 1
        assert works.states(message) == [State.SENT]
        assert await works.hear(RECEIPT) == 1
        assert works.states(message) == [State.DELIVERED]


@told
async def test_while_the_network_says_nothing_a_step_waits(house: House) -> None:
    async with Works(house) as works:
        assert await works.hears_nothing(3600)


@told
async def test_an_answer_makes_room_and_wakes_the_sender_and_notify(house: House) -> None:
    async with Works(house) as works:
        await works.submit(text())
        await works.rung("alpha")
        await works.leave()
        await works.hear(ANSWER)
        assert await works.rung("alpha")
        assert await works.rung(NOTIFY_LANE)
        assert not await works.rung(ROUTER_LANE)


@told
async def test_a_part_that_comes_back_unsent_wakes_the_router(house: House) -> None:
    async with Works(house) as works:
        part = await works.submit(text())
        await works.leave()
        returned = Settled(PartId(part), Returned())
        await hearing(works, Upstream([returned])).step()
        assert await works.rung(ROUTER_LANE)
        assert works.states(part) == [State.DEFERRED]


@told
async def test_an_answer_that_puts_a_part_off_wakes_the_router(house: House) -> None:
    async with Works(house) as works:
        await works.submit(text("79035559905"))
        await works.leave()
        await works.hear(ANSWER)
        assert await works.rung(ROUTER_LANE)


@told
async def test_what_was_written_is_acknowledged_and_not_told_again(house: House) -> None:
    async with Works(house) as works:
        await works.submit(text())
        await works.leave()
        await works.hear(ANSWER)
        await works.hear(RECEIPT)
        assert await works.hears_nothing(2 * REMINDER)


@told
async def test_what_was_heard_and_not_written_is_not_acknowledged(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text())
        await works.leave()
        await works.hear(ANSWER)
        works.break_store()
        with pytest.raises(StoreUnavailable):
            await works.hear(RECEIPT)
        await works.clock.advance(REMINDER)
        told_again = await works.network.hear()
        assert [event.state for event in told_again if isinstance(event, Receipt)] == [State.DELIVERED]
        works.mend_store()
        assert works.states(message) == [State.SENT]


@pytest.mark.parametrize("times", [1, 3])
def test_what_could_not_be_written_is_written_when_the_store_is_back(house: House, times: int) -> None:
    @told
    async def story() -> None:
        async with Works(house) as works:
            messages = [await works.submit(text()) for _ in range(3)]
            await works.leave(3)
            works.break_store()
            with pytest.raises(StoreUnavailable):
                await works.hear(ANSWER)
            for _ in range(times - 1):
                with pytest.raises(StoreUnavailable):
                    await works.receipts.step()
            works.mend_store()
            assert await works.receipts.step() == 3
            assert works.states(*messages) == [State.SENT] * 3
            await works.hear(RECEIPT)
            assert works.states(*messages) == [State.DELIVERED] * 3
            assert await works.hears_nothing(2 * REMINDER)

    story()


@told
async def test_when_half_of_what_was_heard_could_not_be_written_all_of_it_is_in_the_end(house: House) -> None:
    async with Works(house) as works:
        first = await works.submit(text())
        await works.leave()
        await works.hear(ANSWER)
        await works.clock.advance(RECEIPT - ANSWER)
        second = await works.submit(text())
        await works.leave()
        works.break_store("parked")  # the receipt can be written, the answer looks for parked ones
        works.break_store("mailbox")
        hearing = asyncio.ensure_future(works.receipts.step())
        await works.clock.advance(ANSWER)
        with pytest.raises(StoreUnavailable):
            await hearing
        works.mend_store("parked")
        works.mend_store("mailbox")
        assert await works.receipts.step() == 2
        assert works.states(first, second) == [State.DELIVERED, State.SENT]
        await works.hear(RECEIPT)
        assert works.states(first, second) == [State.DELIVERED, State.DELIVERED]
        assert house.parked() == 0
        assert house.flaws() == []


@told
async def test_what_the_network_did_not_answer_before_it_closed_is_uncertain(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text())
        await works.leave()
        await works.network.close()
        assert await works.receipts.step() == 1
        assert works.states(message) == [State.UNCERTAIN]
        assert house.balance() == 99 * ONE


@told
async def test_an_answer_and_its_receipt_heard_at_once_are_both_written(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text("79030009900"))
        await works.leave()
        await works.clock.advance(1.0)
        heard = await works.network.hear()
        assert [type(event) for event in heard] == [Settled, Receipt]
        await works.network.close()
        await works.messages.settle("alpha", [e for e in heard if isinstance(e, Settled)], works.clock.at())
        await works.messages.apply("alpha", [e for e in heard if isinstance(e, Receipt)], works.clock.at())
        assert works.states(message) == [State.DELIVERED]


# ---- what cannot be written


class Poisoned:
    """The messages of a store in which answers and receipts of one id cannot be written, whatever is tried."""

    def __init__(self, messages: SqlMessages, bad: str) -> None:
        self._messages = messages
        self._bad = bad

    def __getattr__(self, name: str) -> object:
        return getattr(self._messages, name)

    async def settle(
        self, connector: str, settled: Sequence[Settled], at: datetime, costs: Costs | None = None
    ) -> Sequence[PutOff]:
        if any(each.result == Sent(self._bad) for each in settled):
            raise ZeroDivisionError
        return await self._messages.settle(connector, settled, at, costs)

    async def apply(self, connector: str, receipts: Sequence[Receipt], at: datetime) -> Applied:
        if any(receipt.remote_id == self._bad for receipt in receipts):
            raise ZeroDivisionError
        return await self._messages.apply(connector, receipts, at)


class Upstream:
    """A link that says what it is told to say, and remembers what it was told."""

    name = "alpha"
    whole = False

    def __init__(self, *batches: Sequence[Event]) -> None:
        self._batches = list(batches)
        self.acknowledged: list[Event] = []
        self.refused: list[Event] = []

    async def start(self) -> None: ...

    def room(self) -> int:
        return 0

    def window(self) -> tuple[int, int]:
        return 0, 0

    def send(self, parts: Sequence[Outgoing]) -> None: ...

    async def hear(self) -> Sequence[Event]:
        return self._batches.pop(0) if self._batches else ()

    def acknowledge(self, events: Sequence[Event]) -> None:
        self.acknowledged += events

    def refuse(self, events: Sequence[Event]) -> None:
        self.refused += events

    async def close(self) -> None: ...


def hearing(works: Works, upstream: Upstream, bad: str = "bad") -> Receipts:
    poisoned: Any = Poisoned(works.house.store.messages, bad)
    return Receipts(
        upstream, poisoned, works.clock, works.bell, works.meters, Turns(), works.pulse, works.directory
    )


@told
async def test_one_receipt_that_cannot_be_written_holds_none_of_the_others_up(house: House) -> None:
    async with Works(house) as works:
        parts = [await works.submit(text(f"7903123{number:04}")) for number in range(9)]
        await works.leave(9)
        await works.messages.settle(
            "alpha", [Settled(PartId(p), Sent(f"r{p}")) for p in parts], works.clock.at()
        )
        at = works.clock.at()
        batch: list[Event] = [Receipt(f"r{p}", State.DELIVERED, 0, at) for p in parts]
        batch.insert(5, Receipt("bad", State.DELIVERED, 0, at))
        upstream = Upstream(batch)
        stage = hearing(works, upstream)
        failures = 0
        while not upstream.refused or len(upstream.acknowledged) < 9:
            try:
                await stage.step()
            except ZeroDivisionError:
                failures += 1
            assert failures <= 5  # ten, five, three, two, one
        assert works.states(*parts) == [State.DELIVERED] * 9
        assert upstream.refused == [batch[5]]
        assert upstream.acknowledged == [*batch[:5], *batch[6:]]


@told
async def test_a_link_whose_answer_cannot_be_written_is_not_silent(house: House) -> None:
    async with Works(house) as works:
        part = PartId(await works.submit(text()))
        await works.leave()
        stage = hearing(works, Upstream([Settled(part, Sent("bad"))]))
        with pytest.raises(ZeroDivisionError):
            await stage.step()
        works.clock.jump(3600)
        assert works.pulse.verdict().healthy


@told
async def test_a_store_that_cannot_write_is_waited_for_and_nothing_is_refused(house: House) -> None:
    async with Works(house) as works:
        at = works.clock.at()
        upstream = Upstream([Receipt("r1", State.DELIVERED, 0, at), Receipt("r2", State.DELIVERED, 0, at)])
        stage = hearing(works, upstream)
        works.break_store("parked")
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await stage.step()
        works.mend_store("parked")
        assert await stage.step() == 2
        assert (len(upstream.acknowledged), upstream.refused) == (2, [])


@told
async def test_what_phones_say_is_kept_before_it_is_acknowledged(house: House) -> None:
    async with Works(house) as works:
        said = Inbound("79031234567", "4242", "Hello", works.clock.at())
        upstream = Upstream([said])
        works.break_store("inbound")
        stage = hearing(works, upstream)
        with pytest.raises(StoreUnavailable):
            await stage.step()
        assert upstream.acknowledged == []
        works.mend_store("inbound")
        assert await stage.step() == 1
        assert upstream.acknowledged == [said]
        assert house.rows("SELECT connector, sender, text FROM inbound") == [
            ("alpha", "79031234567", "Hello")
        ]
