"""What the network says is written before it is acknowledged, and nothing of it is lost."""

import asyncio

import pytest

from gonets.model.message import State
from gonets.model.money import ONE
from gonets.model.results import Receipt, Settled
from gonets.ports.edges import NOTIFY_LANE, ROUTER_LANE
from gonets.ports.stores import StoreUnavailable
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
