"""A session as an SMSC has it, told as stories."""

import pytest

from gonets.wire.smpp.codes import Command, Status, Tag
from gonets.wire.smpp.events import Closed, NotNow, Refused, Unanswered, Why
from gonets.wire.smpp.pdu import (
    AlertNotification,
    Bind,
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    CancelSm,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Malformed,
    Outbind,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
    answer_to,
)
from gonets.wire.smpp.roles import Mode, Role, State
from gonets.wire.smpp.session import Limits
from gonets.wire.smpp.tlvs import status_text, string
from tests.wire.smpp.ends import RECEIPT, End, Pair, bound
from tests.wire.smpp.recorded import wire


def test_a_refused_bind_leaves_the_session_open_for_another() -> None:
    smsc = End(Role.SMSC)
    smsc.hears(BindTransmitter(1, password="wrong"))
    assert smsc.state() is State.BINDING
    smsc.answers(BindTransmitterResp(1, Status.ESME_RINVPASWD))
    assert smsc.state() is State.OPEN
    smsc.hears(BindReceiver(2))
    smsc.answers(BindReceiverResp(2))
    assert smsc.session.mode is Mode.RECEIVER


def test_a_bind_resp_always_has_a_body() -> None:
    smsc = End(Role.SMSC)
    smsc.hears(BindTransmitter(1))
    smsc.answers(answer_to(Command.BIND_TRANSMITTER, 1, Status.ESME_RINVPASWD))
    assert smsc.session.octets() == wire("80000002 0000000e 00000001", b"\0")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (SubmitSm(5), Status.ESME_RINVBNDSTS),
        (SubmitMulti(5), Status.ESME_RINVNUMDESTS),
        (DataSm(5), Status.ESME_RINVBNDSTS),
        (QuerySm(5), Status.ESME_RINVBNDSTS),
        (CancelSm(5), Status.ESME_RINVBNDSTS),
        (ReplaceSm(5), Status.ESME_RINVBNDSTS),
        (DeliverSm(5), Status.ESME_RINVCMDID),
        (Outbind(5), Status.ESME_RINVCMDID),
        (AlertNotification(5), Status.ESME_RINVCMDID),
    ],
)
@pytest.mark.parametrize("state", ["open", "binding", "receiver", "unbinding"])
def test_what_is_not_allowed_is_answered_and_the_session_goes_on(
    state: str, request_: Pdu, status: Status
) -> None:
    smsc = bound(Role.SMSC, BindReceiver()) if state in {"receiver", "unbinding"} else End(Role.SMSC)
    if state == "binding":
        smsc.hears(BindReceiver(1))
    elif state == "unbinding":
        smsc.session.unbind(smsc.now)
    smsc.said()
    before = smsc.state()
    if isinstance(request_, SubmitMulti):
        # One without destinations cannot even be written.
        request_octets = wire("00000021 00000000 00000005", b"\0", "0000 00 00")
    else:
        request_octets = None
    [refused] = smsc.hears(request_octets or request_)
    assert isinstance(refused, Refused)
    assert (refused.command_id, refused.sequence_number) == (request_.command_id, 5)
    assert refused.command_status == status
    [said] = smsc.said()
    assert isinstance(said, Pdu)
    assert type(said) is type(answer_to(request_.command_id, 5))
    assert (said.sequence_number, said.command_status) == (5, status)
    assert smsc.state() is before
    assert smsc.hears(EnquireLink(6)) == []
    assert smsc.said() == [EnquireLinkResp(6)]


def test_a_refused_message_is_told_why_in_words() -> None:
    smsc = End(Role.SMSC)
    smsc.hears(SubmitSm(5))
    [said] = smsc.said()
    assert isinstance(said, SubmitSmResp)
    assert string(said.tlvs, Tag.ADDITIONAL_STATUS_INFO_TEXT) == Status.ESME_RINVBNDSTS.sentence


@pytest.mark.parametrize("binding", [True, False])
def test_a_second_bind_is_answered_as_already_bound(binding: bool) -> None:
    smsc = End(Role.SMSC) if binding else bound(Role.SMSC)
    if binding:
        smsc.hears(BindTransceiver(1))
    [refused] = smsc.hears(BindTransmitter(9))
    assert refused == Refused(2, 9, Status.ESME_RALYBND, Status.ESME_RALYBND.sentence)
    assert smsc.said() == [BindTransmitterResp(9, Status.ESME_RALYBND)]


def test_an_unknown_command_is_answered_by_generic_nack() -> None:
    smsc = bound(Role.SMSC)
    [refused] = smsc.hears(wire("00010200 00000000 00000007 abcdef"))
    assert refused == Refused(0x10200, 7, Status.ESME_RINVCMDID, "there is no command 0x00010200")
    assert smsc.said() == [GenericNack(7, Status.ESME_RINVCMDID)]
    assert smsc.hears(SubmitSm(8)) == [SubmitSm(8)]


def test_a_bad_message_is_answered_by_field_and_the_next_one_is_taken() -> None:
    smsc = bound(Role.SMSC)
    too_long = wire("00000004 00000000 00000007", b"\0", "0000", b"7" * 21, "00")
    refused, taken = smsc.hears(too_long, SubmitSm(8))
    detail = "source_addr is longer than 20 characters"
    assert refused == Refused(4, 7, Status.ESME_RINVSRCADR, detail)
    assert taken == SubmitSm(8)
    assert smsc.said() == [SubmitSmResp(7, Status.ESME_RINVSRCADR, status_text(detail))]


def test_a_bad_bind_is_answered_and_another_may_follow() -> None:
    smsc = End(Role.SMSC)
    [refused] = smsc.hears(wire("00000009 00000000 00000001", b"x" * 16, "00"))
    assert isinstance(refused, Refused)
    assert smsc.said() == [BindTransceiverResp(1, Status.ESME_RINVSYSID)]
    assert smsc.hears(BindTransceiver(2)) == [BindTransceiver(2)]


@pytest.mark.parametrize("length", ["00000000", "0000000f", "00010001", "ffffffff"])
def test_only_a_broken_length_ends_the_session_after_a_nack(length: str) -> None:
    smsc = bound(Role.SMSC)
    number = smsc.asks(RECEIPT)
    smsc.said()
    events = smsc.hears(bytes.fromhex(length), SubmitSm(8))
    assert events == [
        Unanswered(Command.DELIVER_SM, number),
        Closed(Why.LOST, f"a PDU cannot have {int(length, 16)} octets"),
    ]
    assert smsc.said() == [GenericNack(0, Status.ESME_RINVCMDLEN)]
    assert smsc.state() is State.CLOSED
    assert smsc.hears(SubmitSm(9)) == []
    assert smsc.said() == []


def test_beyond_their_window_messages_are_refused_until_some_are_answered() -> None:
    smsc = bound(Role.SMSC, limits=Limits(their_window=2))
    first, second, refused = smsc.hears(SubmitSm(1), QuerySm(2), SubmitSm(3))
    assert (first, second) == (SubmitSm(1), QuerySm(2))
    assert refused == Refused(4, 3, Status.ESME_RMSGQFUL, Status.ESME_RMSGQFUL.sentence)
    smsc.answers(QuerySmResp(2))
    assert smsc.hears(SubmitSm(4)) == [SubmitSm(4)]
    assert smsc.session.owing() == 2


def test_limits_may_change_with_the_account() -> None:
    smsc = bound(Role.SMSC, limits=Limits(their_window=1))
    smsc.session.limits = Limits(their_window=3)
    assert smsc.hears(SubmitSm(1), SubmitSm(2), SubmitSm(3)) == [SubmitSm(1), SubmitSm(2), SubmitSm(3)]


def test_requests_of_one_number_are_each_owed_an_answer() -> None:
    smsc = bound(Role.SMSC)
    assert smsc.hears(SubmitSm(0), SubmitSm(0), QuerySm(0)) == [SubmitSm(0), SubmitSm(0), QuerySm(0)]
    smsc.answers(SubmitSmResp(0, message_id="1"))
    smsc.answers(SubmitSmResp(0, message_id="2"))
    assert smsc.session.owing() == 1
    with pytest.raises(NotNow, match="no request waits for submit_sm_resp 0"):
        smsc.answers(SubmitSmResp(0, message_id="3"))


@pytest.mark.parametrize(
    "answer", [SubmitSmResp(2), DataSmResp(1), GenericNack(2), EnquireLinkResp(1), BindTransceiverResp(1)]
)
def test_an_answer_to_nothing_is_the_owners_mistake(answer: Pdu) -> None:
    smsc = bound(Role.SMSC)
    smsc.hears(SubmitSm(1))
    with pytest.raises(NotNow, match="waits for"):
        smsc.answers(answer)
    assert smsc.said() == []


def test_an_answer_that_cannot_be_written_is_still_owed() -> None:
    smsc = bound(Role.SMSC)
    smsc.hears(SubmitSm(1))
    with pytest.raises(Malformed):
        smsc.answers(SubmitSmResp(1, message_id="x" * 65))
    smsc.answers(SubmitSmResp(1, message_id="1"))
    assert smsc.said() == [SubmitSmResp(1, message_id="1")]


@pytest.mark.parametrize("request_", [RECEIPT, DataSm(), AlertNotification()])
def test_nothing_is_pushed_to_a_transmitter(request_: Pdu) -> None:
    smsc = bound(Role.SMSC, BindTransmitter())
    assert smsc.session.room() == 0
    with pytest.raises(NotNow, match="bound as transmitter"):
        smsc.asks(request_)
    smsc.passes(29.0)
    smsc.hears(SubmitSm(1))
    smsc.answers(SubmitSmResp(1))
    assert smsc.said() == [SubmitSmResp(1)]
    smsc.passes(119.0)
    assert smsc.said() == []
    assert smsc.session.unbind(smsc.now) == [Closed(Why.UNBOUND)]
    assert smsc.said() == []


@pytest.mark.parametrize("bind", [BindReceiver(), BindTransceiver()])
def test_who_receives_is_sent_messages_and_is_asked_whether_it_is_there(bind: Bind) -> None:
    smsc = bound(Role.SMSC, bind)
    assert smsc.session.room() == 10
    number = smsc.asks(RECEIPT)
    assert smsc.hears(DeliverSmResp(number)) == [DeliverSmResp(number)]
    smsc.asks(AlertNotification())
    assert smsc.session.waiting() == 0
    smsc.said()
    smsc.passes(30.0)
    [enquired] = smsc.said()
    assert isinstance(enquired, EnquireLink)
    assert smsc.hears(EnquireLinkResp(enquired.sequence_number)) == []
    assert smsc.session.due() == smsc.now + 30.0


def test_an_outbind_asks_for_a_bind() -> None:
    pair = Pair()
    pair.smsc.asks(Outbind(system_id="smsc", password="secret"))
    [outbind], _ = pair.flow()
    assert isinstance(outbind, Outbind)
    number = pair.esme.asks(BindReceiver())
    pair.flow()
    pair.smsc.answers(BindReceiverResp(number))
    pair.flow()
    assert pair.esme.session.mode is pair.smsc.session.mode is Mode.RECEIVER


def test_a_generic_nack_answers_a_request_that_is_owed_an_answer() -> None:
    smsc = bound(Role.SMSC)
    smsc.hears(SubmitSm(7))
    smsc.answers(GenericNack(7, Status.ESME_RINVCMDID))
    assert smsc.said() == [GenericNack(7, Status.ESME_RINVCMDID)]
    assert smsc.session.owing() == 0
    with pytest.raises(NotNow):
        smsc.answers(GenericNack(7, Status.ESME_RINVCMDID))


def test_a_request_whose_answer_is_waived_gets_none_and_holds_up_no_goodbye() -> None:
    smsc = bound(Role.SMSC)
    smsc.hears(SubmitSm(7), Unbind(8))
    assert (smsc.session.owing(), smsc.said()) == (1, [])
    assert smsc.session.waive(SubmitSm(7)) == [Closed(Why.UNBOUND)]
    assert smsc.said() == [UnbindResp(8)]
    assert smsc.session.waive(SubmitSm(7)) == ()


def test_only_a_request_that_waits_for_an_answer_can_be_waived() -> None:
    smsc = bound(Role.SMSC)
    with pytest.raises(NotNow):
        smsc.session.waive(SubmitSm(7))
