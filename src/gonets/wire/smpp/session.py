"""One end of an SMPP session (3.4 §2): the same state machine for an ESME and for an SMSC.

Theory of operation
-------------------

A session does no I/O and has no clock. Whoever owns the connection hands it the octets that come (`receive`) and says
when time has passed (`tick`, at the latest when `due` says so); it hands out events, and in `octets` all that is to be
written, in one piece. `now` is monotonic seconds.

    OPEN ──bind──► BINDING ──accepted──► BOUND ──unbind of either side──► UNBINDING ──answered──► CLOSED
      ▲               │
      └───refused─────┘         from every state: a lost stream, silence, the end of the connection ──► CLOSED

*What comes.* A request that is for the owner is its own event: a bind (of an SMSC), a message, a query. It is *owed* an
answer, which the owner gives by `answer`, in any order and whenever it likes. enquire_link and unbind the session
answers itself, and so it does with whatever cannot be read, is unknown, belongs to the other side or to another bind,
or exceeds the other side's window: each gets the command_status that says so, and a `Refused` event; the session goes
on. Only a broken length ends it.

*What goes.* `ask` gives a request its sequence_number and remembers it. Its answer is its own event too: a response
of the right command, or a generic_nack with its number. An answer that comes after the response timer, twice, or to
nothing is `Unexpected`; one that cannot be read is `Unreadable`; and where none comes the event is `Unanswered`. Each
request to which there is an answer in SMPP ends in exactly one of these: answer, `Unreadable` or `Unanswered`, the
end of the session included. Whether the other side acted on it is known only of the first.

*Windows.* At most `limits.window` of our messages wait for their answers (`room` says how many more may go), and at
most `limits.their_window` of theirs. Keeping the link (binds, unbind, enquire_link) is not counted.

*A transmitter-bound ESME* often reads one PDU per request and takes any other for the answer. So an SMSC sends such
a session nothing of its own accord: no enquire_link, no unbind; it only answers.

*Unbind* by the other side is answered when all that it is owed has been answered, or after the response timer.

The session never raises for what a peer sends. It raises `NotNow` or `Malformed` for what its owner asks wrongly.
What is held is bounded by the windows and by one PDU; what is written is the owner's to take, who should not read
more from a peer that does not read.
"""

from collections.abc import Sequence
from math import inf
from typing import Final

import msgspec

from gonets.wire.smpp import codec, tlvs
from gonets.wire.smpp import timers as clocks
from gonets.wire.smpp.codes import RESPONSE, Command, Status, named
from gonets.wire.smpp.events import Closed, Event, NotNow, Refused, Unanswered, Unexpected, Unreadable, Why
from gonets.wire.smpp.pdu import (
    Bind,
    BindResp,
    DataSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    SubmitMultiResp,
    SubmitSmResp,
    Unbind,
    UnbindResp,
    answer_to,
)
from gonets.wire.smpp.roles import BOUND, EVER, MODES, NOTHING, ONE_WAY, OPENING, OTHER, Mode, Role, State
from gonets.wire.smpp.stream import Bad, Lost, Stream
from gonets.wire.smpp.timers import Due, Timers, Watch
from gonets.wire.smpp.window import Waiting, first, key_of, nacked, overdue, parts_of

LAST_NUMBER: Final = 0x7FFFFFFF
"""The largest sequence_number (§3.2); 1 comes after it."""


_EXPLAINED: Final = (SubmitSmResp, SubmitMultiResp, DataSmResp)
"""Answers that say in words why they refuse."""


class Limits(msgspec.Struct, frozen=True, gc=False):
    """What a session holds to; may be changed while it goes on, as for an account that has bound."""

    window: int = 10
    """Messages of ours that may wait for their answers."""
    their_window: int = 100
    """Messages of the other side that may wait for ours."""
    timers: Timers = Timers()


class Session:
    """One end of one connection."""

    def __init__(self, role: Role, now: float, limits: Limits | None = None) -> None:
        self.role = role
        self.state = State.OPEN
        self.mode: Mode | None = None
        """Of a bound session, and of one that was bound."""
        self.limits = limits or Limits()
        self._stream = Stream()
        self._out = bytearray()
        self._opened = self._heard = now
        self._last_number = 0
        self._ours = self._theirs = NOTHING  # messages that each side may send as things stand

        # By command and number (`key_of`): when the answer must have come. Oldest first.
        self._waiting: Waiting = {}
        self._keeping: Waiting = {}
        # Likewise, how many answers the other side is owed: some number all their requests alike.
        self._owed: dict[int, int] = {}
        self._owing = 0
        self._bind: Bind | None = None
        self._farewell: tuple[int, float] | None = None  # their unbind, and when it is answered at the latest

    # ---- what the owner does

    def octets(self) -> bytearray:
        """All that is to be written and was not handed out yet."""
        out, self._out = self._out, bytearray()
        return out

    def room(self) -> int:
        """How many messages may be sent now."""
        return max(0, self.limits.window - len(self._waiting)) if self._ours else 0

    def waiting(self) -> int:
        """How many of our messages wait for their answers."""
        return len(self._waiting)

    def owing(self) -> int:
        """How many of their requests wait for ours."""
        return self._owing

    def ask(self, request: Pdu, now: float) -> int:
        """Send a request: a bind or outbind, a message, query_sm and so on. Returns its sequence_number.

        Raises NotNow where the state, the mode or the window do not allow it, and Malformed where it cannot be written.
        """
        command = int(request.command_id)
        waiting = self._waiting
        if command in self._ours:
            if len(waiting) >= self.limits.window:
                raise NotNow(f"{len(waiting)} messages wait for their answers already")
        elif self.state is State.OPEN and command in OPENING[self.role]:
            waiting = self._keeping
        else:
            raise NotNow(
                f"{named(Command, command)} cannot be sent by an {self.role.value} that is {self._place()}"
            )
        number = self._send(request, waiting, now)
        if isinstance(request, Bind):
            self.state = State.BINDING
            self._bind = request
        return number

    def answer(self, response: Pdu) -> Sequence[Event]:
        """Answer a request of the other side; `response` has its sequence_number.

        An answer to a bind binds the session or not, as its status says. A generic_nack answers any other request.
        Nothing is written once the session is closed.
        Raises NotNow where no such request waits, and Malformed where the answer cannot be written.
        """
        if self.state is State.CLOSED:
            return ()
        number = response.sequence_number
        if isinstance(response, BindResp):
            bind = self._bind
            if (
                self.role is not Role.SMSC
                or bind is None
                or key_of(bind.command_id, bind.sequence_number) != key_of(response.command_id, number)
            ):
                raise NotNow(f"no bind waits for {named(Command, response.command_id)} {number}")
            codec.encode(self._out, response)
            self._bound(bind, response)
            return ()
        if isinstance(response, GenericNack):
            key = nacked(number, self._owed)
        else:
            key = key_of(response.command_id, number)
        if key not in self._owed:
            raise NotNow(f"no request waits for {named(Command, response.command_id)} {number}")
        codec.encode(self._out, response)
        return self._paid(key)

    def waive(self, request: Pdu) -> Sequence[Event]:
        """Owe this request no answer any more, and give none. Raises NotNow where it does not wait for one."""
        key = key_of(request.command_id, request.sequence_number)
        if self.state is State.CLOSED:
            return ()
        if key not in self._owed:
            raise NotNow(
                f"{named(Command, request.command_id)} {request.sequence_number} waits for no answer"
            )
        return self._paid(key)

    def _paid(self, key: int) -> Sequence[Event]:
        """One answer is owed no more."""
        owed = self._owed[key]
        if owed == 1:
            del self._owed[key]
        else:
            self._owed[key] = owed - 1
        self._owing -= 1
        if self._owing or self._farewell is None:
            return ()
        events: list[Event] = []
        self._part(events)
        return events

    def unbind(self, now: float) -> Sequence[Event]:
        """End the session: say so and wait for the answer, or, where nothing may be said or heard, at once.

        Requests that wait for their answers still get them until the other side has agreed.
        """
        events: list[Event] = []
        if self.state in {State.CLOSED, State.UNBINDING}:
            return events
        if self.state is State.BOUND and self._may_push():
            self._send(Unbind(), self._keeping, now)
            self._leave()
        else:
            self._close(Why.UNBOUND, events)
        return events

    def gone(self) -> Sequence[Event]:
        """The connection has ended: what waited stays unanswered."""
        events: list[Event] = []
        if self.state is not State.CLOSED:
            self._close(Why.GONE, events)
        return events

    # ---- time

    def due(self) -> float:
        """When `tick` has something to do if nothing else happens; infinity: never."""
        if self.state is State.CLOSED:
            return inf
        at, _ = clocks.due(self.limits.timers, self._watch())
        at = min(at, first(self._waiting), first(self._keeping))
        return at if self._farewell is None else min(at, self._farewell[1])

    def tick(self, now: float) -> list[Event]:
        """Do what is due by now."""
        events: list[Event] = []
        for key in overdue(self._waiting, now):
            events.append(_named(key))
            del self._waiting[key]
        if self.state is not State.CLOSED and self._farewell is not None and self._farewell[1] <= now:
            self._part(events)
        if self.state is not State.CLOSED and first(self._keeping) <= now:
            self._close(Why.SILENT, events)
        while self.state is not State.CLOSED:
            at, which = clocks.due(self.limits.timers, self._watch())
            if at > now:
                break
            match which:
                case Due.ENQUIRE:
                    self._send(EnquireLink(), self._keeping, now)
                case Due.INIT:
                    self._close(Why.NEVER_BOUND, events)
                case Due.INACTIVE:
                    self._close(Why.SILENT, events)
        return events

    # ---- what comes

    def receive(self, data: bytes, now: float) -> list[Event]:
        """What the octets of the other side come to."""
        events: list[Event] = []
        if self.state is State.CLOSED:
            return events
        for found in self._stream.feed(data):
            if isinstance(found, Pdu):
                self._heard = now
                if found.command_id & RESPONSE:
                    self._answered(found, events)
                else:
                    self._asked(found, now, events)
            elif isinstance(found, Bad):
                self._heard = now
                self._bad(found, events)
            else:
                self._lost(found, events)
            if events and type(events[-1]) is Closed:
                break
        return events

    def _asked(self, request: Pdu, now: float, events: list[Event]) -> None:
        command = request.command_id
        if command in self._theirs:
            if command in ONE_WAY:
                events.append(request)
            elif self._owing >= self.limits.their_window:
                self._refuse(command, request.sequence_number, Status.ESME_RMSGQFUL, events)
            else:
                key = key_of(command, request.sequence_number)
                self._owed[key] = self._owed.get(key, 0) + 1
                self._owing += 1
                events.append(request)
        elif isinstance(request, EnquireLink):
            codec.encode(self._out, EnquireLinkResp(request.sequence_number))
        elif isinstance(request, Unbind):
            self._asked_to_part(request, now, events)
        elif command not in EVER[OTHER[self.role]]:
            self._refuse(command, request.sequence_number, Status.ESME_RINVCMDID, events)
        elif isinstance(request, Bind):
            if self.state is State.OPEN:
                self.state = State.BINDING
                self._bind = request
                events.append(request)
            else:
                self._refuse(command, request.sequence_number, Status.ESME_RALYBND, events)
        elif command == Command.OUTBIND and self.state is State.OPEN:
            events.append(request)
        else:
            self._refuse(command, request.sequence_number, Status.ESME_RINVBNDSTS, events)

    def _answered(self, response: Pdu, events: list[Event]) -> None:
        number = response.sequence_number
        if isinstance(response, GenericNack):
            key = nacked(number, self._waiting, self._keeping)
        else:
            key = key_of(response.command_id, number)
        if self._waiting.pop(key, None) is not None:
            events.append(response)
        elif self._keeping.pop(key, None) is not None:
            self._kept(key, response, events)
        else:
            events.append(Unexpected(response))

    def _kept(self, key: int, response: Pdu | None, events: list[Event]) -> None:
        """An answer to a bind, an unbind or an enquire_link; None: it could not be read."""
        command, _ = parts_of(key)
        if command == Command.UNBIND:
            self._close(Why.UNBOUND, events)
        elif command in MODES:
            bind = self._bind
            assert bind is not None
            self._bound(bind, response if isinstance(response, BindResp) else None)
            if response is not None:
                events.append(response)

    def _bad(self, bad: Bad, events: list[Event]) -> None:
        if not bad.command_id & RESPONSE:
            self._refuse(bad.command_id, bad.sequence_number, bad.command_status, events, bad.detail)
            return
        key = key_of(bad.command_id, bad.sequence_number)
        kept = self._keeping.pop(key, None) is not None
        expected = self._waiting.pop(key, None) is not None or kept
        events.append(Unreadable(bad.command_id, bad.sequence_number, bad.detail, expected))
        if kept:
            self._kept(key, None, events)

    def _lost(self, lost: Lost, events: list[Event]) -> None:
        codec.encode(self._out, GenericNack(0, Status.ESME_RINVCMDLEN))
        self._close(Why.LOST, events, f"a PDU cannot have {lost.command_length} octets")

    def _asked_to_part(self, request: Pdu, now: float, events: list[Event]) -> None:
        if self._farewell is None:
            timer = self.limits.timers.response
            self._farewell = request.sequence_number, inf if timer is None else now + timer
            self._leave()
        if not self._owing:
            self._part(events)

    # ---- changes of state

    def _bound(self, bind: Bind, response: BindResp | None) -> None:
        self._bind = None
        if self.state is not State.BINDING:
            return  # the other side has unbound in the meantime
        if response is None or response.command_status:
            self.state = State.OPEN
            return
        self.state = State.BOUND
        self.mode = MODES[bind.command_id]
        self._ours = BOUND[self.role, self.mode]
        self._theirs = BOUND[OTHER[self.role], self.mode]

    def _leave(self) -> None:
        self.state = State.UNBINDING
        self._ours = self._theirs = NOTHING

    def _part(self, events: list[Event]) -> None:
        assert self._farewell is not None
        number, _ = self._farewell
        codec.encode(self._out, UnbindResp(number))
        self._close(Why.UNBOUND, events)

    def _close(self, why: Why, events: list[Event], detail: str = "") -> None:
        self.state = State.CLOSED
        self._ours = self._theirs = NOTHING
        events.extend(map(_named, self._waiting))
        events.extend(_named(key) for key in self._keeping if parts_of(key)[0] in MODES)
        for table in (self._waiting, self._keeping, self._owed):
            table.clear()
        self._owing = 0
        self._farewell = self._bind = None
        events.append(Closed(why, detail))

    # ---- writing

    def _send(self, request: Pdu, waiting: Waiting, now: float) -> int:
        command = request.command_id
        number = self._last_number % LAST_NUMBER + 1
        while key_of(command, number) in waiting:
            number = number % LAST_NUMBER + 1
        codec.encode(self._out, request, number)
        self._last_number = number
        if command not in ONE_WAY:
            timer = self.limits.timers.response
            waiting[key_of(command, number)] = inf if timer is None else now + timer
        return number

    def _refuse(
        self, command_id: int, number: int, status: int, events: list[Event], detail: str = ""
    ) -> None:
        detail = detail or Status(status).sentence
        response = answer_to(command_id, number, status)
        if isinstance(response, _EXPLAINED):
            response = msgspec.structs.replace(response, tlvs=tlvs.status_text(detail))
        codec.encode(self._out, response)
        events.append(Refused(command_id, number, status, detail))

    # ---- questions

    def _may_push(self) -> bool:
        """Whether the other side reads what it did not ask for."""
        return self.role is Role.ESME or self.mode is not Mode.TRANSMITTER

    def _watch(self) -> Watch:
        bound = self.state is State.BOUND
        return Watch(
            self._opened,
            self._heard,
            bound=bound or self.state is State.UNBINDING,
            enquiring=bound and self._may_push() and not self._keeping,
        )

    def _place(self) -> str:
        return self.state.value if self.mode is None else f"{self.state.value} as {self.mode.value}"


def _named(key: int) -> Unanswered:
    return Unanswered(*parts_of(key))
