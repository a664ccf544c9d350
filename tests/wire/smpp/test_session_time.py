"""How sessions pass the time, and how they end, told as stories; no story sleeps."""

from math import inf

import pytest

from gonets.wire.smpp.codes import Command
from gonets.wire.smpp.events import Closed, NotNow, Refused, Unanswered, Unexpected, Why
from gonets.wire.smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from gonets.wire.smpp.roles import Role, State
from gonets.wire.smpp.session import Limits
from gonets.wire.smpp.timers import Timers
from tests.wire.smpp.ends import MESSAGE, RECEIPT, START, End, Pair, bound
from tests.wire.smpp.recorded import wire

STILL = Timers(session_init=None, enquire_link=None, inactivity=None, response=None)
RESPONSE_ONLY = Timers(session_init=None, enquire_link=None, inactivity=None, response=60.0)


def test_a_request_without_an_answer_is_given_up_and_the_session_goes_on() -> None:
    esme = bound(Role.ESME, limits=Limits(timers=RESPONSE_ONLY))
    first = esme.asks(MESSAGE)
    esme.now += 10
    second = esme.asks(MESSAGE)
    assert esme.session.due() == START + 60.0
    assert esme.passes(49.9) == []
    assert esme.passes(0.1) == [Unanswered(Command.SUBMIT_SM, first)]
    assert esme.session.due() == START + 70.0
    assert esme.session.waiting() == 1
    late = SubmitSmResp(first, message_id="1001")
    assert esme.hears(late) == [Unexpected(late)]
    assert esme.hears(SubmitSmResp(second)) == [SubmitSmResp(second)]
    assert esme.session.due() == inf


def test_who_does_not_bind_in_time_is_closed() -> None:
    smsc = End(Role.SMSC)
    assert smsc.session.due() == START + 30.0
    smsc.now += 20
    smsc.hears(EnquireLink(1))
    assert smsc.passes(9.9) == []
    assert smsc.passes(0.1) == [Closed(Why.NEVER_BOUND)]


def test_a_bind_that_is_never_answered_closes() -> None:
    esme = End(Role.ESME, Limits(timers=RESPONSE_ONLY))
    number = esme.asks(BindTransceiver())
    assert esme.passes(60.0) == [Unanswered(Command.BIND_TRANSCEIVER, number), Closed(Why.SILENT)]


def test_silence_is_asked_about_once_and_then_closes() -> None:
    smsc = bound(Role.SMSC)
    number = smsc.asks(RECEIPT)
    smsc.said()
    assert smsc.passes(30.0) == []
    [enquired] = smsc.said()
    assert isinstance(enquired, EnquireLink)
    assert smsc.passes(29.9) == []
    assert smsc.said() == []
    assert smsc.passes(0.1) == [Unanswered(Command.DELIVER_SM, number)]
    assert smsc.passes(30.0) == [Closed(Why.SILENT)]


def test_a_transmitter_that_says_nothing_for_two_minutes_is_closed() -> None:
    smsc = bound(Role.SMSC, BindTransmitter())
    assert smsc.session.due() == START + 120.0
    assert smsc.passes(119.9) == []
    assert smsc.passes(0.1) == [Closed(Why.SILENT)]
    assert smsc.said() == []


def test_half_a_pdu_is_no_sign_of_life_and_a_bad_one_is() -> None:
    smsc = bound(Role.SMSC, BindTransmitter())
    smsc.now += 100
    smsc.hears(wire("00000099 00000000 00000001"))
    assert smsc.session.due() == START + 220.0
    smsc.now += 100
    smsc.hears(b"\0\0\0\x10\0\0")
    assert smsc.session.due() == START + 220.0


def test_a_peer_that_does_not_know_enquire_link_is_there_all_the_same() -> None:
    smsc = bound(Role.SMSC)
    smsc.passes(30.0)
    [enquired] = smsc.said()
    assert isinstance(enquired, EnquireLink)
    assert smsc.hears(GenericNack(enquired.sequence_number, 3)) == []
    assert smsc.passes(29.9) == []
    assert smsc.state() is State.BOUND


def test_without_timers_nothing_is_ever_due() -> None:
    esme = bound(Role.ESME, limits=Limits(timers=STILL))
    esme.asks(MESSAGE)
    assert esme.session.due() == inf
    assert esme.passes(1e9) == []
    esme.session.unbind(esme.now)
    assert esme.session.due() == inf


# ---- the end


def test_an_unbind_is_answered_at_once_where_nothing_is_owed() -> None:
    smsc = bound(Role.SMSC, BindTransmitter())
    assert smsc.hears(Unbind(9), SubmitSm(10)) == [Closed(Why.UNBOUND)]
    assert smsc.said() == [UnbindResp(9)]
    assert smsc.session.due() == inf


def test_an_unbind_waits_for_what_is_owed() -> None:
    smsc = bound(Role.SMSC)
    told = smsc.asks(RECEIPT)
    smsc.said()
    assert smsc.hears(SubmitSm(7), SubmitSm(8), Unbind(9)) == [SubmitSm(7), SubmitSm(8)]
    assert smsc.said() == []
    assert smsc.state() is State.UNBINDING
    [refused] = smsc.hears(SubmitSm(10))
    assert isinstance(refused, Refused)
    assert smsc.hears(DeliverSmResp(told)) == [DeliverSmResp(told)]
    smsc.said()
    assert smsc.answers(SubmitSmResp(8)) == ()
    assert smsc.answers(SubmitSmResp(7)) == [Closed(Why.UNBOUND)]
    assert smsc.said() == [SubmitSmResp(8), SubmitSmResp(7), UnbindResp(9)]


def test_an_unbind_does_not_wait_for_ever() -> None:
    smsc = bound(Role.SMSC)
    smsc.hears(SubmitSm(7), Unbind(9))
    assert smsc.session.due() == START + 60.0
    assert smsc.passes(60.0) == [Closed(Why.UNBOUND)]
    assert smsc.said() == [UnbindResp(9)]
    assert smsc.answers(SubmitSmResp(7)) == ()
    assert smsc.said() == []


@pytest.mark.parametrize("binding", [True, False])
def test_who_has_not_bound_may_say_goodbye_too(binding: bool) -> None:
    smsc = End(Role.SMSC)
    if binding:
        smsc.hears(BindTransceiver(1))
    assert smsc.hears(Unbind(2)) == [Closed(Why.UNBOUND)]
    assert smsc.said() == [UnbindResp(2)]
    assert smsc.answers(BindTransceiverResp(1)) == ()


def test_our_unbind_still_hears_what_was_asked_before() -> None:
    esme = bound(Role.ESME)
    number = esme.asks(MESSAGE)
    other = esme.asks(MESSAGE)
    assert esme.session.unbind(esme.now) == []
    *_, unbind = esme.said()
    assert isinstance(unbind, Unbind)
    with pytest.raises(NotNow, match="unbinding"):
        esme.asks(MESSAGE)
    assert esme.session.unbind(esme.now) == []
    assert esme.hears(SubmitSmResp(number)) == [SubmitSmResp(number)]
    assert esme.hears(UnbindResp(unbind.sequence_number)) == [
        Unanswered(Command.SUBMIT_SM, other),
        Closed(Why.UNBOUND),
    ]


def test_both_sides_may_unbind_at_once() -> None:
    pair = Pair()
    number = pair.esme.asks(BindTransceiver())
    pair.flow()
    pair.smsc.answers(BindTransceiverResp(number))
    pair.flow()
    pair.esme.session.unbind(pair.esme.now)
    pair.smsc.session.unbind(pair.smsc.now)
    assert pair.flow() == ([Closed(Why.UNBOUND)], [Closed(Why.UNBOUND)])


def test_an_unbind_that_is_never_answered_closes() -> None:
    esme = bound(Role.ESME, limits=Limits(timers=RESPONSE_ONLY))
    esme.session.unbind(esme.now)
    assert esme.passes(60.0) == [Closed(Why.SILENT)]


@pytest.mark.parametrize("role", Role)
def test_unbinding_what_is_not_bound_closes_it(role: Role) -> None:
    end = End(role)
    assert end.session.unbind(end.now) == [Closed(Why.UNBOUND)]
    assert end.said() == []
    assert end.session.unbind(end.now) == []


def test_when_the_connection_ends_everything_that_waited_is_named() -> None:
    esme = bound(Role.ESME)
    numbers = [esme.asks(MESSAGE), esme.asks(MESSAGE)]
    esme.hears(DeliverSm(1))
    esme.passes(30.0)
    assert esme.session.gone() == [
        *(Unanswered(Command.SUBMIT_SM, number) for number in numbers),
        Closed(Why.GONE),
    ]
    assert esme.session.gone() == []
    assert esme.session.waiting() == esme.session.owing() == esme.session.room() == 0
    assert esme.passes(1e6) == []


def test_a_bind_that_was_on_its_way_is_named_too() -> None:
    esme = End(Role.ESME)
    number = esme.asks(BindTransceiver())
    assert esme.session.gone() == [Unanswered(Command.BIND_TRANSCEIVER, number), Closed(Why.GONE)]
