"""Someone who hears all that a simulated network says, and when."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from gonets.connectors.simulator.network import Simulator, SimulatorSettings
from gonets.connectors.simulator.phones import Journal, Received
from gonets.model.message import Encoding, MessageId, Outgoing, PartId, Status
from gonets.model.results import Event, Receipt, Sent, Settled
from tests.clocks import TravelClock

SETTINGS = SimulatorSettings(answer_delay=0.01, receipt_delay=0.1, answer_timeout=2.0)


def part(number: int, recipient: str = "79161234567", attempts: int = 1, text: str = "Hello") -> Outgoing:
    """A message of one part."""
    return Outgoing(
        PartId(number), MessageId(number), 1, 1, "Test", recipient, text, Encoding.GSM7, attempts, None
    )


def long_text(first: int, texts: list[str], recipient: str = "79161234567") -> list[Outgoing]:
    """A message of as many parts as there are texts."""
    return [
        Outgoing(
            PartId(first + number),
            MessageId(first),
            number + 1,
            len(texts),
            "Test",
            recipient,
            text,
            Encoding.GSM7,
            1,
            None,
        )
        for number, text in enumerate(texts)
    ]


def answers(events: Iterable[Event]) -> list[Settled]:
    return [event for event in events if isinstance(event, Settled)]


def receipts(events: Iterable[Event]) -> list[Receipt]:
    return [event for event in events if isinstance(event, Receipt)]


def remote_ids(events: Iterable[Event]) -> list[str]:
    """Of the parts that were taken."""
    return [one.result.remote_id for one in answers(events) if isinstance(one.result, Sent)]


class Listener:
    """A simulated network with its clock, and a task that hears it.

    `async with Listener(...) as network:` starts it and closes it; `network.heard` holds the moments and events.
    """

    def __init__(
        self,
        settings: SimulatorSettings = SETTINGS,
        folder: Path | None = None,
        clock: TravelClock | None = None,
        acknowledging: bool = True,
    ) -> None:
        self.clock = clock or TravelClock()
        self.simulator = Simulator("phones", settings, self.clock, folder)
        self.heard: list[tuple[float, Event]] = []
        self.batches: list[list[Event]] = []
        self._acknowledging = acknowledging

    async def __aenter__(self) -> "Listener":
        await self.simulator.start()
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.simulator.close()
        await self._listening

    async def kill(self) -> None:
        """Stop hearing and never close, as a killed process would."""
        self._listening.cancel()
        await asyncio.wait([self._listening])

    @property
    def events(self) -> list[Event]:
        return [event for _, event in self.heard]

    async def _listen(self) -> None:
        while events := await self.simulator.hear():
            self.batches.append(list(events))
            self.heard += [(self.clock.now(), event) for event in events]
            if self._acknowledging:
                self.simulator.acknowledge(events)


Story = Callable[[Listener], Awaitable[None]]


def keeping(story: Story, folder: Path, network: Listener | None = None) -> Listener:
    """Run a story with a network whose phones keep what they get in that folder; it is closed at the end."""

    async def run() -> Listener:
        async with network or Listener(folder=folder) as listener:
            await story(listener)
        return listener

    return asyncio.run(run())


def line(number: int, recipient: str = "79161234567", text: str = "Hello", at: int = 0) -> Received:
    """A line of the journal."""
    return Received(
        PartId(number),
        MessageId(number),
        1,
        1,
        "Test",
        recipient,
        text,
        Encoding.GSM7,
        str(number * 1000),
        at or number,
        Status.DELIVERED,
    )


def written(folder: Path, *lines: Received, connector: str = "phones") -> None:
    journal = Journal(folder, connector, 1_000_000)
    journal.open()
    assert journal.keep(lines)
    journal.close()
