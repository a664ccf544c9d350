"""What simulated phones say is heard until it was acknowledged, whatever becomes of the process."""

import asyncio
from pathlib import Path

from gonets.connectors.simulator.saying import Spoken, outbox, say
from gonets.model.results import Event, Inbound
from gonets.model.times import micros
from tests.clocks import START
from tests.connectors.simulator.listening import SETTINGS, Listener, keeping, part, receipts

HELLO = Spoken("79031234567", "4242", "Привет")
PARTS = [Spoken("79031234567", "4242", text, False, 7, 2, number) for number, text in ((2, "b"), (1, "a"))]


def said(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Inbound)]


def left(folder: Path) -> int:
    return len(list(outbox(folder, "phones").iterdir()))


def test_it_is_heard_within_a_second_in_the_order_it_was_said(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        await network.clock.advance(0.5)
        say(tmp_path, "phones", PARTS, micros(START))
        say(tmp_path, "phones", [HELLO], micros(START) + 1)
        await network.clock.advance(1)

    network = keeping(story, tmp_path)
    assert said(network.events) == ["b", "a", "Привет"]
    [first, *_] = network.events
    assert isinstance(first, Inbound)
    assert (first.sender, first.recipient, first.reference, first.total, first.number) == (
        "79031234567",
        "4242",
        7,
        2,
        2,
    )
    assert left(tmp_path) == 0


def test_what_was_said_while_nobody_listened_is_heard_at_the_start(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        await network.clock.advance(0.1)

    say(tmp_path, "phones", [HELLO], micros(START))
    say(tmp_path, "other", [HELLO], micros(START))
    assert said(keeping(story, tmp_path).events) == ["Привет"]


def test_what_nobody_acknowledges_is_said_again(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        await network.clock.advance(SETTINGS.reminder * 2.5)

    say(tmp_path, "phones", [HELLO], micros(START))
    network = Listener(folder=tmp_path, acknowledging=False)
    assert said(keeping(story, tmp_path, network).events) == ["Привет"] * 3
    assert left(tmp_path) == 1
    assert said(keeping(story, tmp_path).events) == ["Привет"]
    assert left(tmp_path) == 0


def test_a_file_that_cannot_be_read_stops_nobody(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1001)])
        await network.clock.advance(3)

    say(tmp_path, "phones", [HELLO], micros(START))
    for name, octets in (("0.json", b"{"), ("1.json", b"\xff"), ("2", b"{}"), ("3.json", b'{"sender": 1}')):
        (outbox(tmp_path, "phones") / name).write_bytes(octets)
    network = keeping(story, tmp_path)
    assert said(network.events) == ["Привет"]
    assert len(receipts(network.events)) == 1
    assert left(tmp_path) == 4


def test_what_is_acknowledged_after_the_end_is_not_said_again(tmp_path: Path) -> None:
    async def run() -> None:
        network = Listener(folder=tmp_path, acknowledging=False)
        async with network:
            await network.clock.advance(1)
        network.simulator.acknowledge(network.events)

    say(tmp_path, "phones", [HELLO], micros(START))
    asyncio.run(run())
    assert left(tmp_path) == 0
