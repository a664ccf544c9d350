"""The simulated network as a connector."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonets.connectors.simulator.endings import ENDINGS, USUAL
from gonets.connectors.simulator.network import Simulator, SimulatorSettings
from gonets.model.message import PartId, State
from gonets.model.results import Deferred, Sent, Settled, Uncertain
from gonets.ports.edges import Connector
from tests.clocks import START, TravelClock, settle
from tests.connectors.simulator.listening import SETTINGS, Listener, answers, part, receipts, remote_ids


def telling(story: Callable[[Listener], Awaitable[None]], network: Listener | None = None) -> Listener:
    """Run a story with a network; returns it, closed and heard to its end."""

    async def run() -> Listener:
        async with network or Listener() as listener:
            await story(listener)
        return listener

    return asyncio.run(run())


def test_it_is_a_connector() -> None:
    network: Connector = Simulator("phones", SETTINGS, TravelClock())
    assert network.name == "phones"


# ---- window


def test_room_is_what_is_left_of_the_window() -> None:
    async def story(network: Listener) -> None:
        assert network.simulator.room() == 1000
        network.simulator.send([part(1), part(2), part(3)])
        assert network.simulator.room() == 997
        assert network.simulator.window() == (3, 1000)
        await network.clock.advance(SETTINGS.answer_delay)
        assert network.simulator.room() == 1000
        assert network.simulator.window() == (0, 1000)

    telling(story)


def test_a_lost_answer_takes_its_place_in_the_window_until_it_counts_as_lost() -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1, "79165559906")])
        await network.clock.advance(1.9)
        assert network.simulator.window()[0] == 1
        await network.clock.advance(0.1)
        assert network.simulator.window()[0] == 0

    telling(story)


def test_what_is_sent_beyond_the_window_is_deferred() -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1), part(2), part(3)])
        await network.clock.advance(1)
        results = {one.part: one.result for one in answers(network.events)}
        assert isinstance(results[part(1).id], Sent)
        assert isinstance(results[part(2).id], Sent)
        assert results[part(3).id] == Deferred(255, 0.0)

    telling(story, Listener(SimulatorSettings(window=2)))


def test_there_is_no_room_before_the_start_and_after_the_end() -> None:
    async def run() -> None:
        network = Simulator("phones", SETTINGS, TravelClock())
        assert network.room() == 0
        await network.start()
        assert network.room() == 1000
        await network.close()
        assert network.room() == 0

    asyncio.run(run())


# ---- hearing


def test_everything_due_at_one_moment_is_heard_at_once() -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(number) for number in range(100)])
        network.simulator.send([part(number) for number in range(100, 200)])
        await network.clock.advance(1)

    network = telling(story)
    assert [len(batch) for batch in network.batches] == [200, 200]


def test_whoever_waits_for_a_receipt_is_woken_by_an_answer_that_comes_first() -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1)])
        await network.clock.advance(0.05)
        network.simulator.send([part(2)])
        await network.clock.advance(0.01)
        assert [one.part for one in answers(network.events)] == [1, 2]
        assert receipts(network.events) == []

    telling(story)


def test_without_delays_the_answer_still_comes_before_the_receipt() -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1), part(2, "79165559907")])
        await settle()

    network = telling(story, Listener(SimulatorSettings(answer_delay=0, receipt_delay=0)))
    usual, late = answers(network.events)
    of_usual, of_late = (remote_ids([one])[0] for one in (usual, late))
    told = {receipt.remote_id: network.events.index(receipt) for receipt in receipts(network.events)}
    assert network.events.index(usual) < told[of_usual]
    assert told[of_late] < network.events.index(late)


def test_a_receipt_says_when_it_happened() -> None:
    async def story(network: Listener) -> None:
        await network.clock.advance(10)
        network.simulator.send([part(1)])
        await network.clock.advance(1)

    network = telling(story)
    [receipt] = receipts(network.events)
    assert receipt.at == START + timedelta(seconds=10.11)


def test_a_receipt_has_the_id_that_the_answer_gave() -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1), part(2), part(3, "79165559901")])
        await network.clock.advance(1)

    network = telling(story)
    assert Counter(remote_ids(network.events)) == Counter(one.remote_id for one in receipts(network.events))


def test_hearing_leaves_no_timer_behind() -> None:
    async def story(network: Listener) -> None:
        for number in range(20):
            network.simulator.send([part(number)])
            await network.clock.advance(0.001)
        await network.clock.advance(1)
        assert network.clock.sleepers == 0

    telling(story)


# ---- ids


def test_remote_ids_are_decimal_and_unique_over_restarts() -> None:
    clock = TravelClock()
    ids: list[str] = []

    async def story(network: Listener) -> None:
        network.simulator.send([part(number) for number in range(500)])
        await network.clock.advance(1)

    for _ in range(3):
        ids += remote_ids(telling(story, Listener(clock=clock)).events)
    assert len(ids) == len(set(ids)) == 1500
    assert all(remote_id.isdecimal() for remote_id in ids)


def test_two_networks_of_one_name_started_at_the_same_moment_give_different_ids() -> None:
    async def run() -> list[str]:
        ids: list[str] = []
        for salt in (1, 2):
            clock = TravelClock()
            network = Simulator("phones", SETTINGS, clock, salt=salt)
            await network.start()
            network.send([part(number) for number in range(100)])
            clock.jump(0.01)
            ids += remote_ids(await network.hear())
            await network.close()
        return ids

    ids = asyncio.run(run())
    assert len(set(ids)) == 200


# ---- acknowledging


def test_a_receipt_that_nobody_acknowledges_is_told_again() -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1)])
        await network.clock.advance(59)
        assert len(receipts(network.events)) == 1
        await network.clock.advance(2)
        assert len(receipts(network.events)) == 2
        await network.clock.advance(60)
        assert len(receipts(network.events)) == 3

    network = telling(story, Listener(acknowledging=False))
    assert len(set(receipts(network.events))) == 1


def test_an_acknowledged_receipt_is_not_told_again() -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1), part(2)])
        await network.clock.advance(1)
        network.simulator.acknowledge(receipts(network.events)[:1])
        await network.clock.advance(60)
        assert [one.remote_id for one in receipts(network.events)] == [
            *remote_ids(network.events),
            remote_ids(network.events)[1],
        ]

    telling(story, Listener(acknowledging=False))


def test_acknowledging_the_first_word_leaves_the_last_one_owed() -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1, "79165559910")])
        await network.clock.advance(3)
        accepted, delivered = receipts(network.events)
        network.simulator.acknowledge([accepted])
        await network.clock.advance(60)
        assert receipts(network.events) == [accepted, delivered, delivered]

    telling(story, Listener(acknowledging=False))


def test_acknowledging_answers_and_strangers_is_harmless() -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1)])
        await network.clock.advance(1)
        network.simulator.acknowledge(network.events)
        network.simulator.acknowledge(network.events)

    telling(story)


# ---- the end


def test_after_the_end_what_was_not_answered_is_uncertain_and_hearing_ends() -> None:
    async def run() -> None:
        network = Simulator("phones", SETTINGS, TravelClock())
        await network.start()
        network.send([part(1), part(2, "79165559904")])
        await network.close()
        assert await network.hear() == [Settled(PartId(2), Uncertain()), Settled(PartId(1), Uncertain())]
        assert await network.hear() == []
        assert await network.hear() == []
        assert network.window()[0] == 0

    asyncio.run(run())


def test_what_is_sent_after_the_end_is_deferred() -> None:
    async def run() -> None:
        network = Simulator("phones", SETTINGS, TravelClock())
        await network.start()
        await network.close()
        network.send([part(1)])
        assert await network.hear() == [Settled(PartId(1), Deferred(255, 0.0))]
        assert await network.hear() == []

    asyncio.run(run())


def test_closing_wakes_whoever_hears() -> None:
    async def run() -> None:
        network = Simulator("phones", SETTINGS, TravelClock())
        await network.start()
        hearing = asyncio.create_task(network.hear())
        await settle()
        await network.close()
        assert await hearing == []

    asyncio.run(run())


def test_closing_twice_is_closing_once() -> None:
    async def run() -> None:
        network = Simulator("phones", SETTINGS, TravelClock())
        await network.start()
        network.send([part(1)])
        await network.close()
        await network.close()
        assert len(await network.hear()) == 1
        assert await network.hear() == []

    asyncio.run(run())


# ---- everything


RECIPIENTS = st.sampled_from([f"7916000{ending.digits or '0000'}" for ending in (*ENDINGS, USUAL)])
STEPS = st.lists(
    st.tuples(st.lists(st.tuples(RECIPIENTS, st.integers(1, 5)), max_size=6), st.floats(0, 3)), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, window=st.integers(1, 12), patient=st.booleans())
def test_every_part_sent_is_settled_exactly_once(
    steps: list[tuple[list[tuple[str, int]], float]], window: int, patient: bool
) -> None:
    sent: list[int] = []

    async def story(network: Listener) -> None:
        for batch, seconds in steps:
            parts = [
                part(len(sent) + number, recipient, attempts)
                for number, (recipient, attempts) in enumerate(batch)
            ]
            sent.extend(one.id for one in parts)
            network.simulator.send(parts)
            await network.clock.advance(seconds)
        if patient:
            await network.clock.advance(30)

    network = telling(story, Listener(SimulatorSettings(window=window)))
    assert sorted(one.part for one in answers(network.events)) == sent
    assert network.simulator.window()[0] == 0
    assert len(set(remote_ids(network.events))) == len(remote_ids(network.events))
    told = {one.remote_id for one in receipts(network.events) if one.state is not State.ACCEPTED}
    if patient:
        assert told <= set(remote_ids(network.events))


# ---- settings


def test_settings_are_read_from_a_mapping() -> None:
    given_by_a_person = {"window": 10, "receipt_delay": 1, "answer_delay": 0.5}
    read = msgspec.convert(given_by_a_person, SimulatorSettings)
    assert (read.window, read.receipt_delay, read.answer_delay) == (10, 1.0, 0.5)


@pytest.mark.parametrize("wrong", [{"windw": 10}, {"window": 0}, {"answer_delay": -1}, {"window": "many"}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError, match=next(iter(wrong))):
        msgspec.convert(wrong, SimulatorSettings)
