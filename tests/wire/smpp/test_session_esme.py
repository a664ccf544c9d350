"""A session as an ESME has it, told as stories."""

import pytest

from gonets.wire.smpp.codes import Status
from gonets.wire.smpp.events import NotNow, Refused, Unexpected, Unreadable
from gonets.wire.smpp.pdu import (
    AlertNotification,
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    GenericNack,
    Malformed,
    Outbind,
    Pdu,
    QuerySm,
    SubmitSm,
    SubmitSmResp,
)
from gonets.wire.smpp.roles import Role, State
from gonets.wire.smpp.session import LAST_NUMBER, Limits
from tests.wire.smpp.ends import MESSAGE, End, bound
from tests.wire.smpp.recorded import wire


def test_before_the_bind_nothing_can_be_sent() -> None:
    esme = End(Role.ESME)
    with pytest.raises(NotNow, match="submit_sm cannot be sent by an esme that is open"):
        esme.asks(MESSAGE)
    esme.asks(BindTransceiver())
    with pytest.raises(NotNow, match="an esme that is binding"):
        esme.asks(MESSAGE)
    with pytest.raises(NotNow, match="bind_receiver cannot be sent"):
        esme.asks(BindReceiver())


@pytest.mark.parametrize("request_", [DeliverSm(), Outbind(), SubmitSmResp(1), GenericNack(1), EnquireLink()])
def test_an_esme_cannot_ask_what_is_not_its_to_ask(request_: Pdu) -> None:
    with pytest.raises(NotNow):
        bound(Role.ESME).asks(request_)


@pytest.mark.parametrize("answer", [BindTransceiverResp(1, Status.ESME_RBINDFAIL), GenericNack(1, 3)])
def test_a_bind_that_is_refused_may_be_tried_again(answer: Pdu) -> None:
    esme = End(Role.ESME)
    esme.asks(BindTransceiver())
    assert esme.hears(answer) == [answer]
    assert esme.state() is State.OPEN
    assert esme.asks(BindTransmitter()) == 2


def test_a_bind_resp_without_a_body_binds() -> None:
    esme = End(Role.ESME)
    esme.asks(BindTransmitter())
    assert esme.hears(wire("80000002 00000000 00000001")) == [BindTransmitterResp(1)]
    assert esme.state() is State.BOUND
    assert esme.session.room() == 10


def test_a_bind_resp_of_another_bind_is_unexpected() -> None:
    esme = End(Role.ESME)
    esme.asks(BindTransmitter())
    assert esme.hears(BindReceiverResp(1)) == [Unexpected(BindReceiverResp(1))]
    assert esme.state() is State.BINDING


def test_a_bind_resp_that_cannot_be_read_does_not_bind() -> None:
    esme = End(Role.ESME)
    esme.asks(BindTransmitter())
    [unreadable] = esme.hears(wire("80000002 00000000 00000001", b"SMSC"))
    assert unreadable == Unreadable(0x80000002, 1, "system_id has no end", expected=True)
    assert esme.state() is State.OPEN


def test_the_window_is_full_until_an_answer_comes() -> None:
    esme = bound(Role.ESME, limits=Limits(window=2))
    first, _ = esme.asks(MESSAGE), esme.asks(QuerySm())
    assert esme.session.room() == 0
    with pytest.raises(NotNow, match="2 messages wait"):
        esme.asks(MESSAGE)
    esme.hears(SubmitSmResp(first))
    assert esme.session.room() == 1
    esme.asks(MESSAGE)


def test_keeping_the_link_takes_no_room() -> None:
    esme = bound(Role.ESME, limits=Limits(window=1))
    esme.passes(30.0)
    assert esme.session.room() == 1
    assert isinstance(esme.said()[0], EnquireLink)


@pytest.mark.parametrize("status", [Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL, 0x400])
def test_a_refusal_is_an_answer(status: int) -> None:
    esme = bound(Role.ESME)
    number = esme.asks(MESSAGE)
    header_only = wire("80000004", status.to_bytes(4), number.to_bytes(4))
    assert esme.hears(header_only) == [SubmitSmResp(number, status)]


def test_a_generic_nack_answers_the_request_with_its_number() -> None:
    esme = bound(Role.ESME)
    number = esme.asks(MESSAGE)
    other = esme.asks(MESSAGE)
    assert esme.hears(GenericNack(number, 3)) == [GenericNack(number, 3)]
    assert esme.session.waiting() == 1
    assert esme.hears(GenericNack(0, 2), GenericNack(number, 3)) == [
        Unexpected(GenericNack(0, 2)),
        Unexpected(GenericNack(number, 3)),
    ]
    assert esme.hears(SubmitSmResp(other)) == [SubmitSmResp(other)]


def test_an_answer_to_nothing_is_reported() -> None:
    esme = bound(Role.ESME)
    number = esme.asks(MESSAGE)
    answer = SubmitSmResp(number, message_id="1")
    assert esme.hears(answer, answer, SubmitSmResp(99), DataSmResp(number)) == [
        answer,
        Unexpected(answer),
        Unexpected(SubmitSmResp(99)),
        Unexpected(DataSmResp(number)),
    ]


def test_an_answer_that_cannot_be_read_settles_its_request() -> None:
    esme = bound(Role.ESME)
    number = esme.asks(MESSAGE)
    spoiled = wire("80000004 00000000", number.to_bytes(4), b"1" * 65, "00")
    detail = "message_id is longer than 64 characters"
    assert esme.hears(spoiled) == [Unreadable(0x80000004, number, detail, expected=True)]
    assert esme.hears(spoiled) == [Unreadable(0x80000004, number, detail, expected=False)]
    assert esme.session.waiting() == 0
    assert len(esme.said()) == 1


def test_an_answer_of_an_unknown_command_is_reported_and_not_answered() -> None:
    esme = bound(Role.ESME)
    [unreadable] = esme.hears(wire("80000077 00000000 00000001"))
    assert isinstance(unreadable, Unreadable)
    assert not unreadable.expected
    assert esme.said() == []


def test_sequence_numbers_wrap_and_pass_over_those_that_wait() -> None:
    esme = bound(Role.ESME)
    first = esme.asks(MESSAGE)
    assert first == 2
    esme.session._last_number = LAST_NUMBER - 1  # two thousand million messages later
    assert [esme.asks(MESSAGE) for _ in range(3)] == [LAST_NUMBER, 1, 3]


def test_a_message_that_cannot_be_written_takes_no_number_and_no_room() -> None:
    esme = bound(Role.ESME)
    with pytest.raises(Malformed):
        esme.asks(SubmitSm(short_message=bytes(255)))
    assert esme.session.room() == 10
    assert esme.said() == []
    assert esme.asks(MESSAGE) == 2


def test_an_esme_takes_messages_and_refuses_those_of_the_other_role() -> None:
    esme = bound(Role.ESME, limits=Limits(their_window=1))
    taken, alert, refused, full = esme.hears(DeliverSm(1), AlertNotification(2), SubmitSm(3), DataSm(4))
    assert (taken, alert) == (DeliverSm(1), AlertNotification(2))
    assert isinstance(refused, Refused)
    assert refused.command_status == Status.ESME_RINVCMDID
    assert isinstance(full, Refused)
    assert full.command_status == Status.ESME_RMSGQFUL
    esme.answers(DeliverSmResp(1))
    assert [type(each) for each in esme.said()] == [SubmitSmResp, DataSmResp, DeliverSmResp]


def test_a_transmitter_asks_its_smsc_whether_it_is_there() -> None:
    esme = bound(Role.ESME, BindTransmitter())
    esme.passes(30.0)
    assert isinstance(esme.said()[0], EnquireLink)
    [refused] = esme.hears(DeliverSm(1))
    assert isinstance(refused, Refused)
    assert refused.command_status == Status.ESME_RINVBNDSTS
