"""What is read and written by hand is what the table of fields says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire.smpp import swift
from gonets.wire.smpp.codec import decode, read_by_table, write_by_table
from gonets.wire.smpp.pdu import (
    DeliverSm,
    DeliverSmResp,
    Malformed,
    Pdu,
    ShortMessage,
    SubmitSm,
    SubmitSmResp,
    Tlv,
)
from tests.wire.smpp.pdus import pdus_of

KINDS: list[type[Pdu]] = [SubmitSm, SubmitSmResp, DeliverSm, DeliverSmResp]
kinds = st.sampled_from(KINDS)
wild = st.text(st.sampled_from("a\0\xffЖ"), max_size=8) | st.integers(4, 22).map(lambda size: "x" * size)
numbers = st.sampled_from([0, 1, 254, 255, 256, -1, 0xFFFFFFFF, 1 << 32, 1 << 40])


def by_table(value: Pdu) -> bytes:
    out = bytearray()
    write_by_table(out, value, value.sequence_number)
    return bytes(out)


def test_the_four_are_done_by_hand() -> None:
    assert set(swift.WRITERS) == set(KINDS)
    assert set(swift.READERS) == {kind.command_id for kind in KINDS}


@given(kinds.flatmap(pdus_of))
def test_what_is_written_by_hand_is_what_the_table_writes(value: Pdu) -> None:
    out = bytearray()
    if swift.WRITERS[type(value)](out, value, value.sequence_number):
        assert out == by_table(value)
    else:
        assert out == b""


@given(kinds.flatmap(pdus_of))
def test_what_is_read_by_hand_is_what_the_table_reads(value: Pdu) -> None:
    data = by_table(value)
    read = swift.READERS[value.command_id](data, 16, len(data), value.sequence_number, value.command_status)
    assert read == value


@given(kinds.flatmap(pdus_of), st.data())
def test_damaged_octets_come_to_the_same_by_hand_and_by_table(value: Pdu, data: st.DataObject) -> None:
    damaged = bytearray(by_table(value))
    for _ in range(data.draw(st.integers(1, 3))):
        if len(damaged) > 16:
            place = data.draw(st.integers(16, len(damaged) - 1))
            if data.draw(st.booleans()):
                damaged[place] = data.draw(st.integers(0, 255))
            else:
                del damaged[place:]
    damaged[:4] = len(damaged).to_bytes(4)
    whole = bytes(damaged)
    try:
        expected: Pdu | str = read_by_table(
            type(value), whole, 16, len(whole), value.sequence_number, value.command_status
        )
    except Malformed as wrong:
        expected = f"{wrong.command_status} {wrong}"
    try:
        found: Pdu | str = decode(whole)
    except Malformed as wrong:
        found = f"{wrong.command_status} {wrong}"
    assert found == expected


@pytest.mark.parametrize(
    ("name", "longest"),
    [
        ("service_type", 5),
        ("source_addr", 20),
        ("destination_addr", 20),
        ("schedule_delivery_time", 16),
        ("validity_period", 16),
    ],
)
def test_the_longest_strings_are_done_by_hand_and_longer_ones_are_declined(name: str, longest: int) -> None:
    out = bytearray()
    fits: dict[str, Any] = {name: "x" * longest}
    value = SubmitSm(1, **fits)
    assert swift.WRITERS[SubmitSm](out, value, 1)
    assert out == by_table(value)
    assert swift.READERS[4](bytes(out), 16, len(out), 1, 0) == value
    longer: dict[str, Any] = {name: "x" * (longest + 1)}
    assert not swift.WRITERS[SubmitSm](bytearray(), SubmitSm(1, **longer), 1)
    place = out.index(b"x")
    out[place:place] = b"x"
    assert swift.READERS[4](bytes(out), 16, len(out), 1, 0) is None


@given(st.sampled_from([SubmitSm, DeliverSm]), wild, wild, wild, wild, wild, numbers, numbers, numbers)
def test_a_message_the_table_cannot_write_is_declined(
    kind: type[ShortMessage],
    service_type: str,
    source: str,
    destination: str,
    schedule: str,
    validity: str,
    octet: int,
    status: int,
    number: int,
) -> None:
    value = kind(
        number,
        status,
        service_type=service_type,
        source_addr=source,
        destination_addr=destination,
        schedule_delivery_time=schedule,
        validity_period=validity,
        esm_class=octet,
    )
    out = bytearray()
    try:
        expected = by_table(value)
    except Malformed:
        assert not swift.WRITERS[kind](out, value, number)
        assert out == b""
    else:
        assert swift.WRITERS[kind](out, value, number)
        assert out == expected


@given(st.sampled_from([SubmitSmResp, DeliverSmResp]), wild, numbers, numbers)
def test_an_answer_the_table_cannot_write_is_declined(
    kind: type[SubmitSmResp], message_id: str, status: int, number: int
) -> None:
    value = kind(number, status, message_id=message_id)
    out = bytearray()
    try:
        expected = by_table(value)
    except Malformed:
        assert not swift.WRITERS[kind](out, value, number)
        assert out == b""
    else:
        assert swift.WRITERS[kind](out, value, number)
        assert out == expected


@pytest.mark.parametrize("wrong", [Tlv(0x10000, b""), Tlv(1, bytes(0x10000)), Tlv(1, bytes(0xFFF0))])
def test_a_message_with_parameters_that_cannot_be_written_is_declined(wrong: Tlv) -> None:
    out = bytearray()
    value = SubmitSm(1, tlvs=(wrong,))
    assert not swift.WRITERS[SubmitSm](out, value, 1)
    assert out == b""
