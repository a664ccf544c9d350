"""A message all the way, by steps alone: from a client's call to the status pushed back."""

import asyncio

import pytest

from gonets.connectors.simulator.network import Simulator
from gonets.model.calls import Submission
from gonets.model.message import State, Status
from gonets.model.money import ONE
from gonets.model.results import Found
from tests.clocks import settle
from tests.contract.house import BANK, House, told
from tests.flow.works import ANSWER, BANK_LOGIN, NETWORK, RECEIPT, Works, text


async def go_on(works: Works, seconds: int) -> None:
    """Let every stage do its work, second by second."""
    hearing = asyncio.ensure_future(works.receipts.step())
    for _ in range(seconds):
        while await works.router.step() or await works.sender.step():
            pass
        await works.clock.advance(1.0)
        await works.house.store.probe()  # by then the writer has done what it was asked before
        await settle()
        if hearing.done():
            await hearing
            hearing = asyncio.ensure_future(works.receipts.step())
    hearing.cancel()
    await asyncio.wait([hearing])


@told
async def test_a_message_is_accepted_sent_delivered_and_told_of(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text(), who=BANK_LOGIN)
        assert await works.status(message, who=BANK_LOGIN) is Status.QUEUED
        await works.leave()
        assert await works.status(message, who=BANK_LOGIN) is Status.QUEUED
        await works.hear(ANSWER)
        assert await works.status(message, who=BANK_LOGIN) is Status.SENT
        await works.push()
        assert works.clients.calls == []
        await works.hear(RECEIPT)
        assert await works.status(message, who=BANK_LOGIN) is Status.DELIVERED
        await works.push()
        [url] = works.clients.calls
        assert url == (
            f"http://bank.example/push?providerId%5B0%5D={message}&status%5B0%5D=delivered"
            "&dateTime%5B0%5D=2026.03.02%2009:30:00&reason%5B0%5D="
        )
        assert house.balance(BANK) == 99 * ONE
        assert house.flaws() == []


@told
async def test_a_long_message_is_delivered_when_its_last_part_is(house: House) -> None:
    async with Works(house) as works:
        long = Submission("Sender", "79031234567", "x" * 400)
        message = await works.submit(long, who=BANK_LOGIN)
        await works.leave(3)
        await works.hear(ANSWER)
        assert await works.status(message, who=BANK_LOGIN) is Status.SENT
        await works.hear(RECEIPT)
        assert await works.status(message, who=BANK_LOGIN) is Status.DELIVERED
        await works.push()
        assert len(works.clients.calls) == 1


@pytest.mark.parametrize(
    ("ending", "state", "error", "refunded"),
    [
        ("9900", State.DELIVERED, 0, False),
        ("9901", State.UNDELIVERED, 1, False),
        ("9903", State.EXPIRED, 0, False),
        ("9904", State.REJECTED, 11, True),
        ("9905", State.FAILED, 220, True),  # the house tries three times, this takes four
        ("9906", State.UNCERTAIN, 0, False),
        ("9907", State.DELIVERED, 0, False),
        ("9908", State.DELIVERED, 0, False),
        ("9909", State.SENT, 0, False),
        ("9910", State.DELIVERED, 0, False),
        ("9913", State.FAILED, 220, True),
        ("4567", State.DELIVERED, 0, False),
    ],
)
def test_a_message_ends_as_its_recipient_says(
    house: House, ending: str, state: State, error: int, refunded: bool
) -> None:
    @told
    async def story() -> None:
        async with Works(house) as works:
            message = await works.submit(text(f"7903000{ending}"))
            await go_on(works, 45)
            [found] = await works.find(message)
            assert isinstance(found, Found)
            assert (found.status, found.error) == (state.status, error)
            assert house.balance() == (100 if refunded else 99) * ONE
            assert house.parked() == 0
            assert house.flaws() == []

    story()


@told
async def test_a_crash_after_the_claim_leaves_the_part_uncertain_and_not_sent_twice(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text())
        await works.house.claim()
    async with Works(house) as works:
        assert await works.messages.recover(["alpha"], works.clock.at()) == 1
        assert await works.sender.step() == 0
        assert await works.status(message) is Status.UNCERTAIN
        assert works.network.window() == (0, 100)


@told
async def test_what_waits_goes_out_when_the_network_comes_back(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text())
        await works.network.close()
        assert await works.sender.step() == 0
    async with Works(house, NETWORK) as works:
        assert isinstance(works.network, Simulator)
        await works.leave()
        await works.hear(ANSWER)
        assert await works.status(message) is Status.SENT
