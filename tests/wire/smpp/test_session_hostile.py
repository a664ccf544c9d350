"""Whatever a peer sends, in whatever order, a session keeps its promises."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire.smpp.codes import RESPONSE, Command, Status
from gonets.wire.smpp.events import Closed, Event, NotNow, Refused, Unanswered, Unexpected, Unreadable
from gonets.wire.smpp.pdu import (
    AlertNotification,
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DataSm,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    QuerySm,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
    answer_to,
)
from gonets.wire.smpp.roles import ONE_WAY, Mode, Role, State
from gonets.wire.smpp.session import Limits, Session
from gonets.wire.smpp.stream import Stream
from tests.wire.smpp.ends import START, End, octets
from tests.wire.smpp.pdus import pdus

KINDS: list[type[Pdu]] = [
    AlertNotification,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DataSm,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    QuerySm,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
]
ASKED: list[Pdu] = [
    SubmitSm(),
    QuerySm(),
    DataSm(),
    DeliverSm(),
    BindTransmitter(),
    BindReceiver(),
    BindTransceiver(),
    Outbind(),
    AlertNotification(),
]
LIMITS = Limits(window=3, their_window=4)

roles = st.sampled_from(Role)
small = st.integers(0, 6)
plain = st.builds(
    lambda kind, number, status: kind(number, status),
    st.sampled_from(KINDS),
    small,
    st.sampled_from([0, 0, 8]),
)
broken = st.builds(
    lambda command, number, body: (
        (16 + len(body)).to_bytes(4) + command.to_bytes(4) + bytes(4) + number.to_bytes(4) + body
    ),
    st.sampled_from(Command) | st.integers(0, 0xFFFFFFFF),
    small,
    st.binary(max_size=12),
)
steps = st.lists(
    st.tuples(st.just("hear"), plain.map(octets) | pdus.map(octets) | broken)
    | st.tuples(st.just("ask"), st.sampled_from(ASKED))
    | st.tuples(st.just("answer"), small)
    | st.tuples(st.just("pass"), st.sampled_from([0.0, 1.0, 29.0, 31.0, 61.0]))
    | st.tuples(st.just("unbind"), st.none()),
    max_size=25,
)


class Watched(End):
    """An end whose promises are checked at every step."""

    def __init__(self, role: Role) -> None:
        super().__init__(role, LIMITS)
        self.out: list[Pdu] = []
        self.asked: Counter[tuple[int, int]] = Counter()
        self.ended: Counter[tuple[int, int]] = Counter()
        self.owed: list[Pdu] = []
        self.closed = False

    def took(self, events: Sequence[Event]) -> None:
        assert not (events and self.closed), "Closed is the last event"
        for event in events:
            match event:
                case Closed():
                    self.closed = True
                case Refused(_, _, status, detail):
                    assert status != Status.ESME_ROK
                    assert detail
                case Unanswered(command, number):
                    self.ended[command, number] += 1
                case Unreadable(command, number, _, expected):
                    if expected:
                        self.ended[command & ~RESPONSE, number] += 1
                case Unexpected(answer):
                    assert answer.command_id & RESPONSE
                case GenericNack():
                    [key] = [each for each in self.asked - self.ended if each[1] == event.sequence_number]
                    self.ended[key] += 1
                case Pdu():
                    if event.command_id & RESPONSE:
                        self.ended[event.command_id & ~RESPONSE, event.sequence_number] += 1
                    elif event.command_id not in ONE_WAY:
                        self.owed.append(event)
        assert (self.state() is State.CLOSED) == self.closed
        session = self.session
        assert session.waiting() <= LIMITS.window
        assert session.owing() <= LIMITS.their_window
        assert session.room() == 0 or self.state() is State.BOUND
        said = self.said()
        assert all(isinstance(each, Pdu) for each in said), "all that is written can be read"
        if session.role is Role.SMSC and session.mode is Mode.TRANSMITTER:
            assert all(isinstance(each, Pdu) and each.command_id & RESPONSE for each in said)
        self.out += [each for each in said if isinstance(each, Pdu)]

    def step(self, what: str, given: object) -> None:
        match what, given:
            case "hear", bytes(data):
                self.took(self.hears(data))
            case "ask", Pdu() as request:
                try:
                    number = self.asks(request)
                except NotNow:
                    return
                if request.command_id not in ONE_WAY:
                    self.asked[int(request.command_id), number] += 1
                self.took(())
            case "answer", int(which):
                if which < len(self.owed):
                    request = self.owed.pop(which)
                    self.took(self.answers(answer_to(request.command_id, request.sequence_number)))
            case "pass", float(seconds):
                self.took(self.passes(seconds))
                assert self.session.due() > self.now
            case _:
                self.took(self.session.unbind(self.now))


@given(roles, st.none() | st.sampled_from([BindTransmitter, BindReceiver, BindTransceiver]), steps)
def test_every_promise_is_kept_in_any_order(
    role: Role, bind: type[Bind] | None, story: list[tuple[str, object]]
) -> None:
    end = Watched(role)
    if bind is not None:
        if role is Role.SMSC:
            end.step("hear", octets(bind(1)))
            end.step("answer", 0)
        else:
            end.step("ask", bind())
            end.step("hear", octets(answer_to(bind.command_id, 1)))
    for what, given_ in story:
        end.step(what, given_)
    end.took(end.session.gone())
    # Each request of ours ended exactly once: answered, unreadable or unanswered.
    assert end.ended == end.asked


@given(roles, st.lists(plain.map(octets) | broken, max_size=12).map(b"".join))
def test_however_the_octets_are_cut_the_session_is_the_same(role: Role, data: bytes) -> None:
    whole, cut = Session(role, START, LIMITS), Session(role, START, LIMITS)
    events = whole.receive(data, START)
    one_by_one = [
        event for place in range(len(data)) for event in cut.receive(data[place : place + 1], START)
    ]
    assert one_by_one == events
    assert cut.octets() == whole.octets()
    assert cut.state is whole.state


@given(
    st.lists(st.sampled_from([SubmitSm, QuerySm, DataSm, DeliverSm, Unbind, EnquireLink]), max_size=20),
    st.data(),
)
def test_every_request_is_answered_exactly_once(kinds: list[type[Pdu]], data: st.DataObject) -> None:
    smsc = Watched(Role.SMSC)
    smsc.step("hear", octets(BindTransceiver(1)))
    smsc.step("answer", 0)
    smsc.out.clear()
    heard: Counter[tuple[int, int]] = Counter()
    for kind in kinds:
        number = data.draw(small)
        if smsc.closed:
            break
        heard[int(kind.command_id), number] += 1
        smsc.step("hear", octets(kind(number)))
        smsc.step("answer", data.draw(small))
    while smsc.owed:
        smsc.step("answer", 0)
    if smsc.closed:
        heard -= Counter({key: count for key, count in heard.items() if key[0] == Command.UNBIND})
        heard += Counter(
            {
                (int(Command.UNBIND), each.sequence_number): 1
                for each in smsc.out
                if isinstance(each, UnbindResp)
            }
        )
    answered = Counter((each.command_id & ~RESPONSE, each.sequence_number) for each in smsc.out)
    assert answered == heard


@pytest.mark.parametrize("role", Role)
def test_a_flood_is_answered_piece_by_piece_and_nothing_of_it_is_kept(role: Role) -> None:
    session = Session(role, START)
    flood = octets(*[SubmitSm(number) for number in range(500)])
    for _ in range(10):
        events = session.receive(flood, START)
        assert len(events) == 500
        answers = Stream().feed(bytes(session.octets()))
        assert len(answers) == 500
        assert session.owing() == session.waiting() == 0
