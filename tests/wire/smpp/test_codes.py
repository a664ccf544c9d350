"""The numbers of SMPP 3.4 and the words for them."""

from enum import IntEnum

import pytest

from gonets.wire.smpp import codes
from gonets.wire.smpp.codes import RESPONSE, Command, MessageState, Status, Tag


@pytest.mark.parametrize(
    ("member", "value"),
    [
        (Command.SUBMIT_SM, 0x00000004),
        (Command.DELIVER_SM_RESP, 0x80000005),
        (Command.BIND_TRANSCEIVER, 0x00000009),
        (Command.ENQUIRE_LINK, 0x00000015),
        (Command.SUBMIT_MULTI, 0x00000021),
        (Command.ALERT_NOTIFICATION, 0x00000102),
        (Command.DATA_SM, 0x00000103),
        (Command.GENERIC_NACK, 0x80000000),
        (Status.ESME_RINVBNDSTS, 0x04),
        (Status.ESME_RALYBND, 0x05),
        (Status.ESME_RINVPASWD, 0x0E),
        (Status.ESME_RMSGQFUL, 0x14),
        (Status.ESME_RSUBMITFAIL, 0x45),
        (Status.ESME_RTHROTTLED, 0x58),
        (Status.ESME_RQUERYFAIL, 0x67),
        (Status.ESME_RINVOPTPARSTREAM, 0xC0),
        (Status.ESME_RINVOPTPARAMVAL, 0xC4),
        (Tag.ADDITIONAL_STATUS_INFO_TEXT, 0x001D),
        (Tag.RECEIPTED_MESSAGE_ID, 0x001E),
        (Tag.SAR_MSG_REF_NUM, 0x020C),
        (Tag.NETWORK_ERROR_CODE, 0x0423),
        (Tag.MESSAGE_PAYLOAD, 0x0424),
        (Tag.MESSAGE_STATE, 0x0427),
        (Tag.DESTINATION_EMAIL, 0x1401),
        (Tag.RECEIPT_PRICE, 0x2000),
        (Tag.RECEIPT_TYPE, 0x2001),
        (Tag.RECEIPT_PARTS, 0x2002),
        (MessageState.DELIVERED, 2),
        (MessageState.UNDELIVERABLE, 5),
        (MessageState.REJECTED, 8),
    ],
)
def test_a_name_has_the_number_of_the_specification(member: IntEnum, value: int) -> None:
    assert member == value


def test_each_response_has_the_number_of_its_request_and_one_bit_more() -> None:
    for command in Command:
        if command.name.endswith("_RESP"):
            assert command == Command[command.name.removesuffix("_RESP")] | RESPONSE
        elif command is not Command.GENERIC_NACK:
            assert not command & RESPONSE


def test_each_status_is_one_sentence_of_its_own() -> None:
    sentences = [status.sentence for status in Status]
    assert [sentence for sentence in sentences if not sentence.endswith(".") or "\n" in sentence] == []
    assert len(set(sentences)) == len(sentences)


def test_a_number_is_named_as_in_the_specification() -> None:
    assert codes.named(Status, 0x58) == "ESME_RTHROTTLED"
    assert codes.named(Command, 0x80000004) == "submit_sm_resp"
    assert codes.named(Tag, 0x0424) == "message_payload"
    assert codes.named(MessageState, 2) == "DELIVERED"


def test_a_number_without_a_name_is_shown_in_hexadecimal() -> None:
    assert codes.named(Status, 0x400) == "0x00000400"
    assert codes.named(Command, 0x00010201) == "0x00010201"


def test_a_status_without_a_name_has_a_sentence_too() -> None:
    assert codes.status_sentence(0x58) == "More messages a second than are allowed."
    assert codes.status_sentence(0x400) == "An error of the other side's own."
