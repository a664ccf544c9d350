"""Our own SMPP link through `gonets smsc`: whatever goes wrong there, each part comes to one result and one receipt."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest
import uvloop

from gonets.app import SystemClock
from gonets.connectors.smpp import Smpp, SmppSettings
from gonets.model.message import State
from gonets.model.results import Deferred, Receipt, SendResult, Sent, Settled, Uncertain
from gonets.rules.remote_ids import key_of
from tests.connectors.smpp.peer import part
from tests.smsc import PATIENCE_S, SmscProcess, smsc

COUNT = 200


def to(number: int) -> str:
    """The recipient of a part, with no magic ending."""
    return str(79_160_000_000 + number)


class Linked:
    """A link, and all that it has said."""

    def __init__(self, link: Smpp) -> None:
        self.link = link
        self.results: dict[int, SendResult] = {}
        self.receipts: list[Receipt] = []
        self._news = asyncio.Event()

    async def hear(self) -> None:
        """Keep and acknowledge what it says, until it is closed."""
        while events := await self.link.hear():
            for event in events:
                if isinstance(event, Settled):
                    assert event.part not in self.results
                    self.results[event.part] = event.result
                elif isinstance(event, Receipt):
                    self.receipts.append(event)
            self.link.acknowledge(events)
            self._news.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Until this is true; it is looked at whenever there is news, and now and then."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), 0.02)

    async def send(self, *numbers: int) -> None:
        """Parts, each with a text of its own, as the window has room; until each has a result."""
        waiting = [part(number, to(number), f"Message {number}") for number in numbers]
        while waiting:
            await self.until(self.link.room)
            room = self.link.room()
            self.link.send(waiting[:room])
            del waiting[:room]
        await self.until(lambda: all(number in self.results for number in numbers))

    def found(self) -> set[int]:
        """The parts that a receipt names, by the rule of the store: a doubtful id counts for its recipient alone."""
        names: set[object] = {key_of(receipt.remote_id) for receipt in self.receipts}
        names |= {(key_of(other), receipt.recipient) for receipt in self.receipts for other in receipt.others}
        return {
            number
            for number, result in self.results.items()
            if isinstance(result, Sent)
            and {key_of(result.remote_id), (key_of(result.remote_id), to(number))} & names
        }


@asynccontextmanager
async def linked(process: SmscProcess, **settings: object) -> AsyncIterator[Linked]:
    """A link that is up; closed at the end."""
    given = {"host": "127.0.0.1", "port": process.port, "system_id": "gonets", "window": 50, **settings}
    link = Smpp("alpha", msgspec.convert(given, SmppSettings), SystemClock())
    await link.start()
    found = Linked(link)
    hearing = asyncio.create_task(found.hear())
    try:
        await found.until(link.room)
        yield found
    finally:
        await link.close()
        await hearing


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--hex-ids", "upper"),
        ("--hex-ids", "lower", "--zeros"),
        ("--long-ids",),
        ("--unknown-tlvs",),
        ("--receipts-first",),
        ("--delay", "0.05"),
    ],
    ids=" ".join,
)
def test_every_part_is_taken_and_its_receipt_is_found_by_its_id(options: tuple[str, ...]) -> None:
    async def story(process: SmscProcess) -> None:
        async with linked(process) as heard:
            await heard.send(*range(1, COUNT + 1))
            await heard.until(lambda: heard.found() == set(range(1, COUNT + 1)))
            assert {receipt.state for receipt in heard.receipts} == {State.DELIVERED}

    with smsc("--seed", "1", *options) as process:
        uvloop.run(story(process))
        assert process.stop()["taken"] == COUNT


def test_what_is_throttled_or_not_recognised_may_be_sent_again_and_nothing_is_taken_twice(
    tmp_path: Path,
) -> None:
    async def story(process: SmscProcess) -> None:
        async with linked(process) as heard:
            left = list(range(1, COUNT + 1))
            while left:
                await heard.send(*left)
                results = {number: heard.results.pop(number) for number in left}
                assert all(isinstance(result, Sent | Deferred) for result in results.values())
                left = [number for number, result in results.items() if isinstance(result, Deferred)]

    journal = tmp_path / "got.jsonl"
    with smsc("--throttle", "0.02", "--nack", "0.02", "--seed", "3", journal=journal) as process:
        uvloop.run(story(process))
        counts = process.stop()
        taken = Counter(line["text"] for line in process.journal("submit") if line["fate"] == "taken")
    assert taken == Counter(f"Message {number}" for number in range(1, COUNT + 1))
    assert counts["throttled"] + counts["nacked"] == counts["submits"] - COUNT > 0


def test_what_is_dropped_or_never_answered_is_uncertain_and_is_not_sent_again(tmp_path: Path) -> None:
    async def story(process: SmscProcess) -> dict[int, SendResult]:
        async with linked(process, answer_timeout=0.5) as heard:
            await heard.send(*range(1, COUNT + 1))
            return heard.results

    journal = tmp_path / "got.jsonl"
    options = ("--drop", "0.005", "--drop-after", "0.005", "--lose", "0.02", "--seed", "5")
    with smsc(*options, journal=journal) as process:
        results = uvloop.run(story(process))
        counts = process.stop()
        came = Counter(line["text"] for line in process.journal("submit"))
    assert max(came.values()) == 1
    assert min(counts["dropped"], counts["dropped_after"], counts["lost"]) > 0
    uncertain = [number for number, result in results.items() if isinstance(result, Uncertain)]
    assert len(uncertain) >= counts["dropped"] + counts["lost"]
    assert len(results) == COUNT
