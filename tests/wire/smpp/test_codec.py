"""One PDU to a value and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire.smpp.codec import LARGEST, decode, encode
from gonets.wire.smpp.codes import RESPONSE, Command, Status, Tag
from gonets.wire.smpp.pdu import (
    PDUS,
    BindTransceiverResp,
    DeliverSm,
    Malformed,
    Pdu,
    QuerySmResp,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Tlv,
)
from tests.wire.smpp.pdus import pdus, pdus_of
from tests.wire.smpp.recorded import RECORDED, wire


def octets(value: Pdu) -> bytes:
    out = bytearray()
    encode(out, value)
    return bytes(out)


def refusal(data: bytes) -> tuple[int, str]:
    with pytest.raises(Malformed) as raised:
        decode(data)
    return raised.value.command_status, str(raised.value)


@pytest.mark.parametrize(("data", "value"), RECORDED)
def test_what_was_on_the_wire_is_read_and_written(data: bytes, value: Pdu) -> None:
    assert decode(data) == value
    assert octets(value) == data


def test_nearly_every_command_was_on_the_wire() -> None:
    seen = {value.command_id for _, value in RECORDED}
    assert set(Command) - seen == {Command.BIND_RECEIVER_RESP, Command.BIND_TRANSMITTER_RESP}


@pytest.mark.parametrize("kind", PDUS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_pdu_comes_back_as_it_was(kind: type[Pdu], data: st.DataObject) -> None:
    value = data.draw(pdus_of(kind))
    wire = octets(value)
    assert decode(wire) == value
    assert octets(decode(wire)) == wire


@given(pdus, st.binary(max_size=30), st.binary(max_size=30))
def test_a_pdu_is_read_between_others(value: Pdu, before: bytes, after: bytes) -> None:
    wire = octets(value)
    assert decode(before + wire + after, len(before), len(before) + len(wire)) == value


@given(pdus, pdus)
def test_pdus_are_appended_to_one_write(first: Pdu, second: Pdu) -> None:
    out = bytearray()
    encode(out, first)
    encode(out, second)
    assert out == octets(first) + octets(second)


@given(pdus, st.integers(1, 0x7FFFFFFF))
def test_a_pdu_can_be_written_under_another_number(value: Pdu, number: int) -> None:
    out = bytearray()
    encode(out, value, number)
    assert out[:12] == octets(value)[:12]
    assert out[16:] == octets(value)[16:]
    assert decode(bytes(out)).sequence_number == number


@given(pdus.filter(lambda value: not value.command_id & RESPONSE))
def test_a_request_without_its_last_octet_is_malformed(value: Pdu) -> None:
    data = octets(value)
    if len(data) > 16:
        status, _ = refusal((len(data) - 1).to_bytes(4) + data[4:-1])
        assert status in {Status.ESME_RINVCMDLEN, Status.ESME_RINVOPTPARSTREAM}


@pytest.mark.parametrize(
    ("data", "status", "why"),
    [
        (b"", Status.ESME_RINVCMDLEN, "too few for a header"),
        (bytes(15), Status.ESME_RINVCMDLEN, "too few for a header"),
        (wire("00000015 00000000 00000001") + b"x", Status.ESME_RINVCMDLEN, "is 16 and not 17"),
        (wire("00000099 00000000 00000001"), Status.ESME_RINVCMDID, "no command 0x00000099"),
        (wire("80000102 00000000 00000001"), Status.ESME_RINVCMDID, "no command 0x80000102"),
        (wire("00000004 00000000 00000001"), Status.ESME_RINVCMDLEN, "service_type has no end"),
        (wire("00000009 00000000 00000001", b"x" * 16, "00"), Status.ESME_RINVSYSID, "longer than 15"),
        (wire("00000009 00000000 00000001", b"\0", b"x" * 65, "00"), Status.ESME_RINVPASWD, "than 64"),
        (wire("00000009 00000000 00000001", b"\0\0", b"x" * 13, "00"), Status.ESME_RINVSYSTYP, "than 12"),
        (wire("00000004 00000000 00000001", b"CMTXXX\0"), Status.ESME_RINVSERTYP, "service_type"),
        (wire("00000004 00000000 00000001", b"\0", "0000", b"7" * 21), Status.ESME_RINVSRCADR, "source_addr"),
        (
            wire("00000004 00000000 00000001", b"\0", "0000 00 0000", b"7" * 21),
            Status.ESME_RINVDSTADR,
            "destination_addr",
        ),
        (
            wire("00000004 00000000 00000001", b"\0", "0000 00 0000 00 000000", b"0" * 17),
            Status.ESME_RINVSCHED,
            "schedule_delivery_time",
        ),
        (
            wire("00000004 00000000 00000001", b"\0", "0000 00 0000 00 000000 00", b"0" * 17),
            Status.ESME_RINVEXPIRY,
            "validity_period",
        ),
        (
            wire("00000004 00000000 00000001", b"\0", "0000 00 0000 00 000000 00 00 00000000 ff", bytes(255)),
            Status.ESME_RINVMSGLEN,
            "sm_length",
        ),
        (
            wire("00000004 00000000 00000001", b"\0", "0000 00 0000 00 000000 00 00 00000000 00 042400"),
            Status.ESME_RINVOPTPARSTREAM,
            "3 octets are left",
        ),
        (
            wire("00000004 00000000 00000001", b"\0", "0000 00 0000 00 000000 00 00 00000000 00 020c000101"),
            Status.ESME_RINVPARLEN,
            "sar_msg_ref_num has 1",
        ),
        (wire("00000003 00000000 00000001", b"1" * 65, "00"), Status.ESME_RINVMSGID, "longer than 64"),
    ],
)
def test_a_malformed_request_says_which_field_it_is(data: bytes, status: Status, why: str) -> None:
    found, detail = refusal(data)
    assert found == status
    assert why in detail


@pytest.mark.parametrize("status", [0, 0x0E])
def test_an_answer_without_a_body_is_read_and_written_with_one(status: int) -> None:
    data = wire("80000009", status.to_bytes(4), "00000002")
    assert decode(data) == BindTransceiverResp(2, status)
    assert octets(decode(data)) == wire("80000009", status.to_bytes(4), "00000002", b"\0")


@pytest.mark.parametrize("kind", [kind for kind in PDUS if kind.command_id & RESPONSE])
def test_no_answer_needs_a_body(kind: type[Pdu]) -> None:
    head = kind.command_id.to_bytes(4) + (5).to_bytes(4) + (6).to_bytes(4)
    assert decode((16).to_bytes(4) + head) == kind(6, 5)


def test_an_answer_may_end_between_two_fields() -> None:
    assert decode(wire("80000003 00000000 00000008", b"1001\0\0")) == QuerySmResp(8, message_id="1001")
    assert decode(wire("80000021 00000000 00000008", b"1001\0")) == SubmitMultiResp(8, message_id="1001")


def test_an_answer_that_ends_inside_a_field_is_malformed() -> None:
    status, _ = refusal(wire("80000004 00000000 00000008", b"1001"))
    assert status == Status.ESME_RINVCMDLEN


@pytest.mark.parametrize("tail", [b"\0", b"\0\0\0", b"\x04\x24\xff\xff1", b"junk that nobody wanted"])
def test_a_broken_tail_does_not_spoil_an_answer(tail: bytes) -> None:
    assert decode(wire("80000004 00000000 00000003", b"1001\0", tail)) == SubmitSmResp(3, message_id="1001")


def test_what_a_network_reports_may_have_parameters_of_any_length() -> None:
    value = DeliverSm(1, esm_class=4, tlvs=(Tlv(Tag.MESSAGE_STATE, b"\0\0\0\x02"),))
    assert decode(octets(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        SubmitSm(1, source_addr="x" * 21),
        SubmitSm(1, source_addr="a\0b"),
        SubmitSm(1, destination_addr="Жук"),
        SubmitSm(1, short_message=bytes(255)),
        SubmitSm(1, data_coding=256),
        SubmitSm(1, esm_class=-1),
        SubmitSm(1, tlvs=(Tlv(0x10000, b""),)),
        SubmitSm(1, tlvs=(Tlv(0x424, bytes(0xFFFF)),)),
        SubmitSm(1 << 32),
        SubmitSm(-1),
        SubmitSmResp(1, -1),
        SubmitSmResp(1, message_id="x" * 65),
        SubmitSmResp(1, message_id="№1"),
        SubmitSmResp(1 << 32),
    ],
)
def test_what_cannot_be_written_leaves_the_write_as_it_was(value: Pdu) -> None:
    out = bytearray(b"before")
    with pytest.raises(Malformed):
        encode(out, value)
    assert out == b"before"


def test_the_largest_pdu_can_be_written() -> None:
    room = LARGEST - len(octets(SubmitSm(1))) - 4
    value = SubmitSm(1, tlvs=(Tlv(Tag.MESSAGE_PAYLOAD, bytes(room)),))
    assert len(octets(value)) == LARGEST
    assert decode(octets(value)) == value
