"""What a provider reports of its own accord is durable before it is answered, or said not to be."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from gonets.model.message import State
from gonets.model.results import Event, Receipt
from tests.clocks import START, settle
from tests.connectors.http.provider import Wired
from tests.contract.house import told

REPORTS = [Receipt("1", State.ACCEPTED, 0, START), Receipt("2", State.DELIVERED, 0, START)]


def reporting(story: Callable[[Wired, "asyncio.Task[bool]"], Awaitable[None]]) -> None:
    """Run a story with a link that was told of two receipts, which it has handed on."""

    @told
    async def run() -> None:
        async with Wired(acknowledges=False) as wired:
            report = asyncio.create_task(wired.link.report(REPORTS))
            assert list(await wired.told(2)) == REPORTS
            assert not report.done()
            await story(wired, report)

    run()


def test_it_is_answered_once_the_last_of_it_is_durable() -> None:
    async def story(wired: Wired, report: "asyncio.Task[bool]") -> None:
        wired.link.acknowledge(REPORTS[:1])
        await settle()
        assert not report.done()
        wired.link.acknowledge(REPORTS[1:])
        assert await report

    reporting(story)


@pytest.mark.parametrize("refused", [REPORTS, REPORTS[:1], REPORTS[1:]])
def test_what_could_not_be_written_is_said_not_to_be(refused: Sequence[Event]) -> None:
    async def story(wired: Wired, report: "asyncio.Task[bool]") -> None:
        wired.link.acknowledge([each for each in REPORTS if each not in refused])
        wired.link.refuse(refused)
        assert not await report

    reporting(story)


def test_a_link_that_closes_takes_no_more_of_it() -> None:
    async def story(wired: Wired, report: "asyncio.Task[bool]") -> None:
        wired.link.acknowledge(REPORTS)
        assert await report
        await wired.link.close()
        assert not await wired.link.report(REPORTS)

    reporting(story)
