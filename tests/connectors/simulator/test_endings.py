"""Each row of the table of endings, as it is heard."""

import asyncio
from collections.abc import Sequence

import pytest

from gonets.connectors.simulator.endings import ENDINGS, USUAL, ending_of
from gonets.model.message import State
from gonets.model.results import Deferred, Event, Receipt, Rejected, SendResult, Sent, Settled, Uncertain
from tests.connectors.simulator.listening import SETTINGS, Listener, answers, part

ANSWER = SETTINGS.answer_delay
RECEIPT = ANSWER + SETTINGS.receipt_delay
TAKEN = "taken"
Line = tuple[float, str | SendResult | State, int]


def story(recipient: str, attempts: int = 1, seconds: float = 20.0) -> list[Line]:
    """All that is heard of one part: (moment, answer or state, error of the receipt)."""

    async def run() -> list[tuple[float, Event]]:
        async with Listener() as network:
            network.simulator.send([part(1001, recipient, attempts)])
            await network.clock.advance(seconds)
            return list(network.heard)

    return [line(moment, event) for moment, event in asyncio.run(run())]


def line(moment: float, event: Event) -> Line:
    if isinstance(event, Receipt):
        return round(moment, 6), event.state, event.error
    assert isinstance(event, Settled)
    return round(moment, 6), TAKEN if isinstance(event.result, Sent) else event.result, 0


STORIES: list[tuple[str, Sequence[Line]]] = [
    ("9900", [(ANSWER, TAKEN, 0), (ANSWER, State.DELIVERED, 0)]),
    ("9901", [(ANSWER, TAKEN, 0), (RECEIPT, State.UNDELIVERED, 1)]),
    ("9902", [(ANSWER, TAKEN, 0), (RECEIPT, State.UNDELIVERED, 6)]),
    ("9903", [(ANSWER, TAKEN, 0), (RECEIPT, State.EXPIRED, 0)]),
    ("9904", [(ANSWER, Rejected(11), 0)]),
    ("9905", [(ANSWER, Deferred(220, 0.5), 0)]),
    ("9906", [(SETTINGS.answer_timeout, Uncertain(), 0)]),
    ("9907", [(0.0, State.DELIVERED, 0), (ANSWER, TAKEN, 0)]),
    ("9908", [(ANSWER, TAKEN, 0), (RECEIPT, State.DELIVERED, 0), (RECEIPT + 0.1, State.DELIVERED, 0)]),
    ("9909", [(ANSWER, TAKEN, 0)]),
    ("9910", [(ANSWER, TAKEN, 0), (RECEIPT, State.ACCEPTED, 0), (RECEIPT + 2, State.DELIVERED, 0)]),
    ("9911", [(ANSWER, TAKEN, 0), (RECEIPT, State.UNDELIVERED, 13)]),
    ("9912", [(ANSWER, TAKEN, 0), (ANSWER + 5, State.DELIVERED, 0)]),
    ("9913", [(ANSWER, Deferred(220, 0.0), 0)]),
    ("9914", [(ANSWER, TAKEN, 0), (RECEIPT, State.ACCEPTED, 6), (RECEIPT + 1, State.DELIVERED, 0)]),
    ("9915", [(ANSWER, TAKEN, 0), (RECEIPT, State.DELIVERED, 0)]),
    ("0000", [(ANSWER, TAKEN, 0), (RECEIPT, State.DELIVERED, 0)]),
]


@pytest.mark.parametrize(("digits", "expected"), STORIES)
def test_an_ending_is_heard_as_the_table_says(digits: str, expected: Sequence[Line]) -> None:
    assert story("7916555" + digits) == [(round(moment, 6), what, error) for moment, what, error in expected]


def test_every_ending_has_its_story_here() -> None:
    assert {ending.digits for ending in ENDINGS} <= {digits for digits, _ in STORIES}


def test_no_ending_is_named_twice() -> None:
    assert len({ending.digits for ending in ENDINGS}) == len(ENDINGS)


def test_every_ending_has_a_sentence() -> None:
    assert all(ending.sentence for ending in (*ENDINGS, USUAL))


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_9905_is_throttled_on_the_first_three_tries(attempts: int) -> None:
    assert story("79165559905", attempts) == [(ANSWER, Deferred(220, 0.5), 0)]


def test_9905_is_delivered_on_the_fourth_try() -> None:
    assert story("79165559905", attempts=4) == [(ANSWER, TAKEN, 0), (RECEIPT, State.DELIVERED, 0)]


@pytest.mark.parametrize("attempts", [1, 7, 1000])
def test_9913_never_gets_better(attempts: int) -> None:
    assert story("79165559913", attempts) == [(ANSWER, Deferred(220, 0.0), 0)]


def test_a_number_shorter_than_four_digits_has_the_usual_ending() -> None:
    assert ending_of("990") is USUAL
    assert ending_of("") is USUAL


def test_an_answer_names_its_part() -> None:
    async def run() -> None:
        async with Listener() as network:
            network.simulator.send([part(1001, "79165559904"), part(1002)])
            await network.clock.advance(1)
            assert {one.part for one in answers(network.events)} == {1001, 1002}
            assert isinstance(answers(network.events)[0], Settled)

    asyncio.run(run())
