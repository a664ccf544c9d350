"""The simulated network as a connector: takes parts at once, answers and reports after delays that are set.

All that will be heard lies in one heap of batches, each with its moment; nothing is scheduled per part. A
part's ending (`endings`) says what is put there. With a folder, what the phones got and which receipts were
acknowledged outlives the process (`phones`), and a network started again goes on telling what it owes, as a
real one would.
"""

import asyncio
import heapq
import math
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from gonets.connectors.simulator.endings import Answer, Ending, Told, ending_of
from gonets.connectors.simulator.lookups import look_up
from gonets.connectors.simulator.phones import Journal, Received
from gonets.connectors.simulator.saying import heard, spoken
from gonets.model.message import Channel, Outgoing, State, Status
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred, Event, Inbound, Receipt, Sent, Settled, Uncertain
from gonets.model.times import micros, moment
from gonets.ports.clock import Clock
from gonets.wire import udh
from gonets.wire.udh import Concatenation

_ID_STEP: Final = 1000
"""Remote ids of one network differ by this; the salt is what is left."""
_DUST: Final = 1e-6
"""Seconds by which a sum of floats may miss its moment."""

_LISTEN_S: Final = 1.0
"""How often it is looked whether a phone says something."""
_SAID_AT_ONCE: Final = 1_000

_HLR: Final = Channel.HLR

_NO_ROOM: Final = Deferred(PLATFORM_ERROR, 0.0)
"""The phones cannot keep it, the window is full, or the network is closed: certain not to have been taken."""

Seconds = Annotated[float, Meta(ge=0.0)]


class SimulatorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be set; `msgspec.convert` makes it of a mapping, and names the field at fault if it cannot."""

    answer_delay: Seconds = 0.005
    """From sending to the answer."""
    receipt_delay: Seconds = 0.1
    """From the answer to the usual receipt."""
    answer_timeout: Seconds = 2.0
    """After which a lost answer counts as lost."""
    window: Annotated[int, Meta(ge=1)] = 1000
    """Parts that may be sent and not answered."""
    reminder: Annotated[float, Meta(gt=0.0)] = 60.0
    """Seconds after which a receipt that nobody acknowledged is told again."""
    journal_size: Annotated[int, Meta(ge=1)] = 64 * 1024 * 1024
    """Bytes of one journal file; two are kept."""


class _Batch(NamedTuple):
    """Events that will be heard at one moment: answers or receipts."""

    due: float
    order: int
    answers: Sequence[Settled]
    receipts: Sequence[Receipt]


class Simulator:
    """Implements `ports.edges.Connector`.

    `hear` returns an empty sequence once the network is closed and all has been heard, and never before; so
    readers say `while events := await connector.hear()`. One task at a time may hear.
    """

    def __init__(
        self, name: str, settings: SimulatorSettings, clock: Clock, folder: Path | None = None, salt: int = 0
    ) -> None:
        """`folder`: where the phones keep what they get; None: nowhere.

        `salt` (0 .. 999) is drawn by chance at each start and ends every remote id, so that networks of one
        name in several processes give different ones.
        """
        self.name = name
        self.whole = False
        self._settings = settings
        self._clock = clock
        self._salt = salt % _ID_STEP
        self._folder = folder
        self._listen_at = math.inf
        # What phones said and nobody acknowledged, by the name it is kept under, with the moment to tell it again.
        self._said: dict[str, tuple[float, Inbound]] = {}
        self._journal = None if folder is None else Journal(folder, name, settings.journal_size)
        self._ids = count()
        self._up = False
        self._closed = False
        self._unanswered = 0
        self._order = count()
        self._coming: list[_Batch] = []
        # Receipts told and not acknowledged, by remote id, in the order of the moment to tell them again.
        self._unheard: dict[str, tuple[float, Receipt]] = {}
        self._waker: asyncio.Future[None] | None = None
        self._waiting_till = 0.0

    # ---- the port

    async def start(self) -> None:
        """Open the journal and take up what is owed. Raises OSError when it cannot be read and written."""
        owed: list[Received] = []
        largest = 0
        if self._journal is not None:
            owed, largest = await asyncio.to_thread(self._journal.open)
        # The clock keeps ids unique over restarts, as no network gives more than one in a microsecond. The
        # journal does it where the clock was set back.
        first = max(micros(self._clock.at()), largest // _ID_STEP + 1)
        self._ids = count(first * _ID_STEP + self._salt, _ID_STEP)
        self._up = True
        self._owe(owed)
        if self._folder is not None:
            self._listen_at = self._clock.now()
        self._wake()

    def room(self) -> int:
        return max(0, self._settings.window - self._unanswered) if self._up else 0

    def window(self) -> tuple[int, int]:
        return self._unanswered, self._settings.window

    def send(self, parts: Sequence[Outgoing]) -> None:
        room = self.room()
        now = self._clock.now()
        at = micros(self._clock.at())
        refused = [Settled(part.id, _NO_ROOM) for part in parts[room:]]
        by_ending: dict[str, tuple[Ending, list[Outgoing]]] = {}
        for part in parts[:room]:
            ending = ending_of(part.recipient)
            if ending.refusal is not None and part.attempts <= ending.refusals:
                refused.append(Settled(part.id, ending.refusal))
            elif ending.digits in by_ending:
                by_ending[ending.digits][1].append(part)
            else:
                by_ending[ending.digits] = (ending, [part])
        taken = [(ending, self._take(ending.outcome, group, at)) for ending, group in by_ending.values()]
        self._unanswered += len(parts)
        if taken and self._journal is not None:
            lines = [line for _, group in taken for line in group]
            if not self._journal.keep(lines):
                refused += [Settled(line.part, _NO_ROOM) for line in lines]
                taken.clear()
        if refused:
            self._tell(now + self._settings.answer_delay, answers=refused)
        for ending, group in taken:
            self._answer(ending, group, now, at)
        self._wake()

    async def hear(self) -> Sequence[Event]:
        while True:
            heard = self._take_due()
            if heard or self._closed:
                return heard
            await self._wait()

    def acknowledge(self, events: Sequence[Event]) -> None:
        last: list[str] = []
        unheard = self._unheard
        if self._said:
            self._forget(events)
        for event in events:
            if not isinstance(event, Receipt):
                continue
            told = unheard.get(event.remote_id)
            if told is not None and told[1].state is event.state:
                del unheard[event.remote_id]
            if event.state is not State.ACCEPTED:
                last.append(event.remote_id)
        if last and self._journal is not None:
            self._journal.acknowledged(last)

    def refuse(self, events: Sequence[Event]) -> None:
        """They are told again like all that is not acknowledged."""

    async def close(self) -> None:
        """What was not answered is heard as `Uncertain`, and then `hear` ends.

        Receipts still to come are dropped; with a journal the next start tells them.
        """
        self._up = False
        self._closed = True
        self._unheard.clear()
        self._listen_at = math.inf
        unanswered = [settled for batch in sorted(self._coming) for settled in batch.answers]
        self._coming.clear()
        if unanswered:
            lost = [one if one.result is _NO_ROOM else Settled(one.part, Uncertain()) for one in unanswered]
            self._tell(self._clock.now(), answers=lost)
        if self._journal is not None:
            self._journal.close()
        self._wake()

    # ---- what will be heard

    def _take(self, outcome: Status, parts: Sequence[Outgoing], at: int) -> list[Received]:
        ids = self._ids
        return [
            Received(
                part.id,
                part.message,
                part.number if which is None else which.number,
                part.total if which is None else which.total,
                part.sender,
                part.recipient,
                part.text,
                part.encoding,
                str(next(ids)),
                at,
                outcome,
                part.channel,
                part.flash,
                part.subject,
                part.picture,
                part.speech,
                None if which is None else which.reference,
            )
            for part in parts
            for which in (_which(part),)
        ]

    def _answer(self, ending: Ending, lines: Sequence[Received], now: float, at: int) -> None:
        """Answer and report parts that were just taken; `now` and `at` are the moment of that."""
        settings = self._settings
        if ending.answer is Answer.LOST:
            lost = Uncertain()
            self._tell(now + settings.answer_timeout, answers=[Settled(line.part, lost) for line in lines])
        elif ending.answer is Answer.FIRST:
            answers = [Settled(line.part, Sent(line.remote_id)) for line in lines]
            self._tell(now + settings.answer_delay, answers=answers)
        for told in ending.receipts:
            self._report(told, lines, now, at, self._delay(ending, told))
        if ending.answer is Answer.LATE:
            answers = [Settled(line.part, Sent(line.remote_id)) for line in lines]
            self._tell(now + settings.answer_delay, answers=answers)

    def _owe(self, lines: Sequence[Received]) -> None:
        """Report parts that were taken before this start and are not known to have been reported.

        What became overdue meanwhile is told once, by its last word.
        """
        now = self._clock.now()
        at = micros(self._clock.at())
        groups: dict[tuple[str, int], list[Received]] = {}
        for line in lines:
            groups.setdefault((ending_of(line.recipient).digits, line.at), []).append(line)
        for (_, taken_at), group in groups.items():
            ending = ending_of(group[0].recipient)
            ago = max(0.0, (at - taken_at) / 1e6)
            for told in ending.receipts:
                delay = self._delay(ending, told)
                if told is ending.receipts[-1] or delay > ago:
                    self._report(told, group, now - ago, taken_at, delay)

    def _delay(self, ending: Ending, told: Told) -> float:
        """Seconds from taking a part to telling that receipt of it."""
        answered = 0.0 if ending.answer is Answer.LATE else self._settings.answer_delay
        return answered + told.after + (self._settings.receipt_delay if told.usual else 0.0)

    def _report(self, told: Told, lines: Sequence[Received], now: float, at: int, delay: float) -> None:
        happened = moment(at + round(delay * 1e6))
        last = told.state.final
        receipts = [
            Receipt(
                line.remote_id,
                told.state,
                told.error,
                happened,
                lookup=look_up(line.recipient, told.state.status) if last and line.channel is _HLR else None,
            )
            for line in lines
        ]
        self._tell(now + delay, receipts=receipts)

    def _tell(self, due: float, answers: Sequence[Settled] = (), receipts: Sequence[Receipt] = ()) -> None:
        heapq.heappush(self._coming, _Batch(due, next(self._order), answers, receipts))

    # ---- hearing it

    def _take_due(self) -> list[Event]:
        """All that can be heard now, in order; when closed, all there is."""
        coming = self._coming
        unheard = self._unheard
        now = self._clock.now()
        until = math.inf if self._closed else now + _DUST
        again = now + self._settings.reminder
        heard: list[Event] = []
        while coming and coming[0].due <= until:
            batch = heapq.heappop(coming)
            heard += batch.answers
            heard += batch.receipts
            self._unanswered -= len(batch.answers)
            for receipt in batch.receipts:
                unheard.pop(receipt.remote_id, None)
                unheard[receipt.remote_id] = (again, receipt)
        overdue: list[Receipt] = []
        for due, receipt in unheard.values():
            if due > until:
                break
            overdue.append(receipt)
        for receipt in overdue:
            del unheard[receipt.remote_id]
            unheard[receipt.remote_id] = (again, receipt)
        heard += overdue
        if now + _DUST >= self._listen_at:
            heard += self._listen(now)
        return heard

    def _listen(self, now: float) -> list[Inbound]:
        """What phones have said since, and what they said before and nobody acknowledged in time."""
        assert self._folder is not None, "it only listens where phones have a folder"
        self._listen_at = now + _LISTEN_S
        again = now + self._settings.reminder
        found = {name: each for name, (due, each) in self._said.items() if due <= now + _DUST}
        at = self._clock.at()
        for name, part in spoken(self._folder, self.name, self._said, _SAID_AT_ONCE):
            found[name] = Inbound(
                part.sender,
                part.recipient,
                part.text,
                at,
                part.binary,
                part.reference,
                part.total,
                part.number,
            )
        self._said |= {name: (again, each) for name, each in found.items()}
        return list(found.values())

    def _forget(self, events: Sequence[Event]) -> None:
        """Those of these that phones said need not be told again."""
        gone = {id(event) for event in events if isinstance(event, Inbound)}
        names = [name for name, (_, each) in self._said.items() if id(each) in gone]
        if names and self._folder is not None:
            heard(self._folder, self.name, names)
        for name in names:
            del self._said[name]

    def _next_due(self) -> float:
        due = min(self._coming[0].due if self._coming else math.inf, self._listen_at)
        for reminder, _ in self._unheard.values():
            return min(due, reminder)
        return due

    async def _wait(self) -> None:
        """Return when something is due, or may be due earlier than it was."""
        self._waiting_till = self._next_due()
        self._waker = waker = asyncio.get_running_loop().create_future()
        timer = None
        if self._waiting_till < math.inf:
            timer = asyncio.ensure_future(self._clock.sleep(self._waiting_till - self._clock.now()))
            timer.add_done_callback(lambda _: _done(waker))
        try:
            await waker
        finally:
            self._waker = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        """Let `hear` look again, if there is something for it before it would wake by itself."""
        if self._waker is not None and (self._closed or self._next_due() < self._waiting_till):
            _done(self._waker)


def _which(part: Outgoing) -> Concatenation | None:
    """Which part of a text it is by the header that its client gave it; None: it has none that says so."""
    if not part.header:
        return None
    read = udh.split(bytes.fromhex(part.header))
    return None if isinstance(read, udh.Broken) else read.header.concatenation()


def _done(waker: asyncio.Future[None]) -> None:
    if not waker.done():
        waker.set_result(None)
