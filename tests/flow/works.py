"""All the stages over a real store and a simulated network, under a clock that only moves when a test says so."""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry

from gonets.bells.local import LocalBell
from gonets.connectors.simulator.network import Simulator, SimulatorSettings
from gonets.flow.campaigns import Campaigns
from gonets.flow.directory import Directory
from gonets.flow.ids import IdBlocks
from gonets.flow.intake import Intake
from gonets.flow.limits import Limits
from gonets.flow.meters import Meters
from gonets.flow.notify import Notify
from gonets.flow.phonebook import Phonebook
from gonets.flow.pulse import Pulse
from gonets.flow.receipts import Receipts
from gonets.flow.router import Router
from gonets.flow.sender import Sender
from gonets.flow.shares import Shares
from gonets.flow.sweeper import Sweeper
from gonets.flow.turns import Turns
from gonets.model.account import PushKind
from gonets.model.calls import Call, Login, Query, Submission, Submit
from gonets.model.links import LinkSettings
from gonets.model.message import MessageId, State, Status
from gonets.model.results import Accepted, Found, Outcome, Refused
from gonets.ports.edges import NoReply
from gonets.protocols.mfms.push import HpgPush
from gonets.wire.http import Reply, Request
from tests.clocks import TravelClock, settle
from tests.contract.house import House

T = TypeVar("T")

SHOP_LOGIN: Final = Login("mfms", "", "shop", "secret", "127.0.0.1")
BANK_LOGIN: Final = Login("mfms", "", "bank", "secret", "127.0.0.1")
"""Of the accounts in `tests.contract.house`."""

ANSWER: Final = 0.01
RECEIPT: Final = 0.1
"""Seconds after which the network answers, and then reports."""
NETWORK: Final = SimulatorSettings(answer_delay=ANSWER, receipt_delay=RECEIPT, answer_timeout=2.0, window=100)


class Clients:
    """The outside network, as far as statuses are pushed into it: an `HttpClient` whose hosts do as they are told."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        """The URL of every request, in order."""
        self.replies: dict[str, int | None] = {}
        """By host, what its server answers; None: nothing. Where nothing is said, 200."""
        self.hanging: dict[str, asyncio.Event] = {}
        """By host, what its server waits for before it answers."""
        self.asked = asyncio.Event()
        """Set by every request."""

    async def send(self, request: Request) -> Reply | NoReply:
        self.calls.append(request.path)
        self.asked.set()
        host = request.path.split("/")[2]
        if host in self.hanging:
            await self.hanging[host].wait()
        status = self.replies.get(host, 200)
        return NoReply("cut off", sent=True) if status is None else Reply(status, b"")

    def called(self, host: str) -> int:
        """How often that host was asked."""
        return sum(path.split("/")[2] == host for path in self.calls)


class Alone:
    """A `Fleet` of one connector."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.shares = Shares()
        self.well = True

    def takes(self, name: str) -> bool:
        return name == "alpha"

    def healthy(self, name: str) -> bool:
        return self.well

    def probes(self, name: str) -> int:
        return 1


class Works:
    """Use it with `async with`; the network is `alpha`."""

    def __init__(self, house: House, network: SimulatorSettings = NETWORK) -> None:
        self.house = house
        self.clock = TravelClock()
        self.bell = LocalBell(self.clock)
        self.meters = Meters(CollectorRegistry())
        self.messages = house.store.messages
        self.directory = Directory(house.store.settings, self.clock, b"k" * 32)
        self.ids = IdBlocks(self.messages, block=1)
        self.limits = Limits(house.store.limits, self.clock)
        store = house.store
        self.phonebook = Phonebook(self.directory, store.bases, store.campaigns, self.clock, self.bell)
        self.intake = Intake(
            self.directory,
            self.messages,
            self.ids,
            self.limits,
            self.clock,
            self.bell,
            self.meters,
            bases=self.phonebook.answer,
        )
        self.campaigns = self.expander()
        self.network = Simulator("alpha", network, self.clock)
        self.router = Router(self.directory, self.messages, self.clock, self.bell)
        self.fleet = Alone()
        self.pulse = Pulse("alpha", LinkSettings(), self.clock)
        self.sender = Sender(
            self.network,
            self.directory,
            self.messages,
            self.clock,
            self.bell,
            self.meters,
            self.fleet,
            self.pulse,
        )
        self.receipts = Receipts(
            self.network,
            self.messages,
            self.clock,
            self.bell,
            self.meters,
            self.fleet.turns,
            self.pulse,
            self.directory,
        )
        self.sweeper = Sweeper(self.messages, self.clock, self.bell)
        self.clients = Clients()
        self.notify = Notify(
            {PushKind.MFMS: HpgPush()},
            self.clients,
            self.directory,
            self.messages,
            self.clock,
            self.bell,
            self.meters,
        )

    async def __aenter__(self) -> "Works":
        await self.directory.refresh()
        await self.network.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.notify.close()
        await self.network.close()

    def expander(self, batch: int = 4, lead: int = 20) -> Campaigns:
        """A stage that expands campaigns, so many numbers at a time and so many messages ahead."""
        return Campaigns(
            self.directory,
            self.house.store.campaigns,
            self.ids,
            self.clock,
            self.bell,
            self.meters,
            batch=batch,
            lead=lead,
        )

    # ---- what clients do

    async def ask(self, *items: Submission | Refused, who: Login = SHOP_LOGIN) -> Outcome:
        """Submit these."""
        return await self.intake.answer(Call(who, Submit(items)))

    async def submit(self, item: Submission, who: Login = SHOP_LOGIN) -> MessageId:
        """Submit one message, which must be taken."""
        outcome = await self.ask(item, who=who)
        assert isinstance(outcome, tuple)
        [result] = outcome
        assert isinstance(result, Accepted), result
        return result.message

    async def find(self, *messages: MessageId | None, who: Login = SHOP_LOGIN) -> Sequence[object]:
        """Where these stand: each a `Found` or a `Refused`."""
        outcome = await self.intake.answer(Call(who, Query(messages)))
        assert isinstance(outcome, tuple)
        return outcome

    async def status(self, message: MessageId, who: Login = SHOP_LOGIN) -> Status:
        [found] = await self.find(message, who=who)
        assert isinstance(found, Found)
        return found.status

    # ---- what the house does

    async def leave(self, parts: int = 1) -> None:
        """Let so many waiting parts leave."""
        assert await self.sender.step() == parts

    async def hear(self, seconds: float) -> int:
        """Let time pass until the network says something, and write it; returns how much it said."""
        hearing = asyncio.ensure_future(self.receipts.step())
        await self.clock.advance(seconds)
        return await hearing

    async def hears_nothing(self, seconds: float) -> bool:
        """Whether the network says nothing for so long."""
        hearing = asyncio.ensure_future(self.receipts.step())
        await self.clock.advance(seconds)
        silent = not hearing.done()
        hearing.cancel()
        with suppress(asyncio.CancelledError):
            await hearing
        return silent

    async def push(self) -> None:
        """Push what waits in mailboxes, until nothing more can be pushed now."""
        await self.notify.step()
        await asyncio.gather(*self.pushing())

    def pushing(self) -> list["asyncio.Task[object]"]:
        """The tasks that push now."""
        return [task for task in asyncio.all_tasks() if task.get_name().startswith("push to ")]

    async def rung(self, lane: str) -> bool:
        """Whether that lane was rung since somebody last waited on it."""
        return await without_time(self.bell.wait(lane, 60.0)) is not None

    # ---- what may befall it

    def break_store(self, table: str = "parts") -> None:
        """From now on, what needs that table cannot be written."""
        self.house.tamper_schema(f"ALTER TABLE {table} RENAME TO {table}_gone")

    def mend_store(self, table: str = "parts") -> None:
        self.house.tamper_schema(f"ALTER TABLE {table}_gone RENAME TO {table}")

    def states(self, *parts: int) -> list[State]:
        return self.house.states(*parts)


async def without_time(call: Awaitable[T]) -> "asyncio.Future[T] | None":
    """That call if it is done without any time passing, else None."""
    calling = asyncio.ensure_future(call)
    await settle()
    if calling.done():
        return calling
    calling.cancel()
    with suppress(asyncio.CancelledError):
        await calling
    return None


def text(recipient: str = "79031234567", **rest: object) -> Submission:
    """A message of one part."""
    return Submission("Sender", recipient, "Hello", **rest)  # type: ignore[arg-type]
