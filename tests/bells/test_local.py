"""The bell of one process."""

import asyncio
from collections.abc import Awaitable, Callable

from gonets.bells.local import LocalBell
from tests.clocks import TravelClock, settle


def ringing(story: Callable[[LocalBell, TravelClock], Awaitable[None]]) -> None:
    """Run a story with a bell and its clock."""

    async def run() -> None:
        clock = TravelClock()
        await story(LocalBell(clock), clock)

    asyncio.run(run())


def test_a_ring_wakes_the_one_who_waits_on_that_lane() -> None:
    async def story(bell: LocalBell, clock: TravelClock) -> None:
        waiting = asyncio.ensure_future(bell.wait("a", 60))
        await settle()
        assert not waiting.done()
        bell.ring("a")
        await waiting
        assert clock.now() == 0

    ringing(story)


def test_a_ring_wakes_all_who_wait_on_that_lane() -> None:
    async def story(bell: LocalBell, clock: TravelClock) -> None:
        waiting = [asyncio.ensure_future(bell.wait("a", 60)) for _ in range(3)]
        await settle()
        bell.ring("a")
        await asyncio.gather(*waiting)
        assert clock.now() == 0

    ringing(story)


def test_a_ring_wakes_nobody_on_another_lane() -> None:
    async def story(bell: LocalBell, clock: TravelClock) -> None:
        waiting = asyncio.ensure_future(bell.wait("a", 60))
        await settle()
        bell.ring("b")
        await settle()
        assert not waiting.done()
        await clock.advance(60)
        await waiting

    ringing(story)


def test_without_a_ring_waiting_ends_after_the_time_given() -> None:
    async def story(bell: LocalBell, clock: TravelClock) -> None:
        waiting = asyncio.ensure_future(bell.wait("a", 5))
        await clock.advance(4.9)
        assert not waiting.done()
        await clock.advance(0.1)
        assert waiting.done()

    ringing(story)


def test_a_ring_that_nobody_heard_is_remembered_once() -> None:
    async def story(bell: LocalBell, clock: TravelClock) -> None:
        bell.ring("a")
        bell.ring("a")
        await bell.wait("a", 60)
        again = asyncio.ensure_future(bell.wait("a", 60))
        await settle()
        assert not again.done()
        again.cancel()

    ringing(story)


def test_rings_between_waking_and_running_are_one_ring() -> None:
    async def story(bell: LocalBell, clock: TravelClock) -> None:
        waiting = asyncio.ensure_future(bell.wait("a", 60))
        await settle()
        bell.ring("a")
        bell.ring("a")
        await waiting
        again = asyncio.ensure_future(bell.wait("a", 60))
        await settle()
        assert not again.done()
        again.cancel()

    ringing(story)


def test_whoever_stops_waiting_leaves_nothing_behind() -> None:
    async def story(bell: LocalBell, clock: TravelClock) -> None:
        waiting = asyncio.ensure_future(bell.wait("a", 60))
        await settle()
        waiting.cancel()
        await settle()
        assert waiting.cancelled()
        assert clock.sleepers == 0
        bell.ring("a")
        await asyncio.wait_for(bell.wait("a", 60), None)
        assert clock.now() == 0

    ringing(story)


def test_a_lane_that_keeps_ringing_still_lets_others_run() -> None:
    async def story(bell: LocalBell, clock: TravelClock) -> None:
        ran = []

        async def other() -> None:
            ran.append(True)

        task = asyncio.ensure_future(other())
        bell.ring("a")
        await bell.wait("a", 60)
        assert ran
        await task

    ringing(story)
