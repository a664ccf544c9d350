"""Sessions of both roles on one wire, told as stories."""

import pytest

from gonets.wire.smpp.events import Closed, Why
from gonets.wire.smpp.pdu import (
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    DeliverSm,
    DeliverSmResp,
    SubmitSm,
    SubmitSmResp,
    answer_to,
)
from gonets.wire.smpp.roles import Mode, Role, State
from gonets.wire.smpp.session import Limits
from tests.wire.smpp.ends import MESSAGE, RECEIPT, Pair, bound


@pytest.mark.parametrize(
    ("bind", "mode"),
    [
        (BindTransmitter(), Mode.TRANSMITTER),
        (BindReceiver(), Mode.RECEIVER),
        (BindTransceiver(), Mode.TRANSCEIVER),
    ],
)
def test_both_ends_bind_in_the_mode_that_was_asked_for(bind: Bind, mode: Mode) -> None:
    pair = Pair()
    number = pair.esme.asks(bind)
    assert pair.esme.state() is State.BINDING
    _, [asked] = pair.flow()
    assert type(asked) is type(bind)
    pair.smsc.answers(answer_to(bind.command_id, number))
    [answered], _ = pair.flow()
    assert answered == answer_to(bind.command_id, number)
    for end in (pair.esme, pair.smsc):
        assert end.state() is State.BOUND
        assert end.session.mode is mode


def test_a_message_and_its_receipt_go_the_whole_way() -> None:
    pair = Pair()
    number = pair.esme.asks(BindTransceiver(system_id="smsc", password="smscpass"))
    pair.flow()
    pair.smsc.answers(BindTransceiverResp(number, system_id="Gonets"))
    pair.flow()

    sent = pair.esme.asks(MESSAGE)
    _, [submit] = pair.flow()
    assert isinstance(submit, SubmitSm)
    assert (submit.sequence_number, submit.short_message) == (sent, b"Hello")
    pair.smsc.answers(SubmitSmResp(sent, message_id="1001"))
    told = pair.smsc.asks(RECEIPT)
    heard, _ = pair.flow()
    assert heard[0] == SubmitSmResp(sent, message_id="1001")
    assert isinstance(heard[1], DeliverSm)
    pair.esme.answers(DeliverSmResp(told))
    _, acknowledged = pair.flow()
    assert acknowledged == [DeliverSmResp(told)]

    pair.esme.session.unbind(pair.esme.now)
    assert pair.flow() == ([Closed(Why.UNBOUND)], [Closed(Why.UNBOUND)])


def test_many_messages_are_read_and_answered_in_one_piece_each() -> None:
    esme, smsc = bound(Role.ESME, limits=Limits(window=100)), bound(Role.SMSC)
    numbers = [esme.asks(MESSAGE) for _ in range(100)]
    events = smsc.session.receive(bytes(esme.session.octets()), smsc.now)
    assert [event.sequence_number for event in events if isinstance(event, SubmitSm)] == numbers
    for number in reversed(numbers):
        smsc.answers(SubmitSmResp(number, message_id=str(number)))
    answered = esme.session.receive(bytes(smsc.session.octets()), esme.now)
    assert answered == [SubmitSmResp(number, message_id=str(number)) for number in reversed(numbers)]
    assert esme.session.waiting() == smsc.session.owing() == 0
