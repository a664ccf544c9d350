"""Optional parameters: what they hold, and what is told apart and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire.smpp import tlvs
from gonets.wire.smpp.codes import Status, Tag
from gonets.wire.smpp.pdu import Malformed, Tlv
from tests.wire.smpp.pdus import KNOWN, any_size, known


def written(given: tuple[Tlv, ...]) -> bytes:
    out = bytearray()
    tlvs.write(out, given)
    return bytes(out)


def test_we_know_the_form_of_every_tag_that_has_a_name() -> None:
    assert frozenset(Tag) == KNOWN


@pytest.mark.parametrize(
    ("tag", "value", "octets"),
    [
        (Tag.MESSAGE_STATE, 2, "0427 0001 02"),
        (Tag.SAR_MSG_REF_NUM, 0x0102, "020c 0002 0102"),
        (Tag.QOS_TIME_TO_LIVE, 600, "0017 0004 00000258"),
        (Tag.RECEIPT_TYPE, 4, "2001 0002 0004"),
        (Tag.RECEIPTED_MESSAGE_ID, "1001", "001e 0005 3130303100"),
        (Tag.RECEIPTED_MESSAGE_ID, "", "001e 0001 00"),
        (Tag.NETWORK_ERROR_CODE, b"\x03\x00\x01", "0423 0003 030001"),
        (Tag.MESSAGE_PAYLOAD, b"", "0424 0000"),
        (Tag.ALERT_ON_MESSAGE_DELIVERY, b"", "130c 0000"),
        (0x1500, b"any", "1500 0003 616e79"),
        (0x1500, "any", "1500 0004 616e7900"),
    ],
)
def test_a_value_stands_as_its_tag_wants_it(tag: int, value: int | str | bytes, octets: str) -> None:
    made = (tlvs.tlv(tag, value),)
    data = bytes.fromhex(octets)
    assert written(made) == data
    assert tlvs.read(data, 0, len(data), checked=True) == made


@pytest.mark.parametrize(
    ("tag", "value", "why"),
    [
        (Tag.MESSAGE_STATE, 256, "message_state cannot be 256"),
        (Tag.MESSAGE_STATE, -1, "message_state cannot be -1"),
        (Tag.MESSAGE_STATE, b"\0\0", "message_state cannot have 2 octets"),
        (Tag.MESSAGE_PAYLOAD, 1, "message_payload is no number"),
        (0x1500, 1, "0x00001500 is no number"),
        (Tag.RECEIPTED_MESSAGE_ID, "a\0b", "cannot hold a NUL"),
        (Tag.RECEIPTED_MESSAGE_ID, "x" * 65, "cannot have 66 octets"),
        (Tag.RECEIPTED_MESSAGE_ID, "Ж", "latin-1"),
        (Tag.NETWORK_ERROR_CODE, b"\0", "cannot have 1 octets"),
    ],
)
def test_a_value_that_does_not_suit_its_tag_is_refused(tag: int, value: int | str | bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        tlvs.tlv(tag, value)


@given(st.lists(known | any_size, max_size=6).map(tuple))
def test_all_parameters_come_back_in_their_order(given_: tuple[Tlv, ...]) -> None:
    data = written(given_)
    assert tlvs.read(data, 0, len(data), checked=False) == given_
    assert tlvs.read_whole(data, 0, len(data)) == given_


@given(st.lists(known, max_size=6).map(tuple))
def test_lengths_that_suit_pass_the_check(given_: tuple[Tlv, ...]) -> None:
    data = written(given_)
    assert tlvs.read(data, 0, len(data), checked=True) == given_


@pytest.mark.parametrize(
    ("octets", "status", "why"),
    [
        ("04", Status.ESME_RINVOPTPARSTREAM, "1 octets are left"),
        ("042700", Status.ESME_RINVOPTPARSTREAM, "3 octets are left"),
        ("04270001", Status.ESME_RINVOPTPARSTREAM, "message_state runs 1 octets too far"),
        ("0427000102 15000005aa", Status.ESME_RINVOPTPARSTREAM, "0x00001500 runs 4 octets too far"),
        ("0427ffff02", Status.ESME_RINVOPTPARSTREAM, "runs 65534 octets too far"),
        ("042700020002", Status.ESME_RINVPARLEN, "message_state has 2 octets"),
        ("020c000101", Status.ESME_RINVPARLEN, "sar_msg_ref_num has 1 octets"),
        ("042300020300", Status.ESME_RINVPARLEN, "network_error_code has 2 octets"),
    ],
)
def test_what_is_wrong_with_parameters_is_named(octets: str, status: Status, why: str) -> None:
    data = bytes.fromhex(octets)
    with pytest.raises(Malformed, match=why) as raised:
        tlvs.read(data, 0, len(data), checked=True)
    assert raised.value.command_status == status


def test_without_the_check_any_length_is_read() -> None:
    data = bytes.fromhex("0427000400000002 020c000101")
    found = tlvs.read(data, 0, len(data), checked=False)
    assert tlvs.number(found, Tag.MESSAGE_STATE) == 2
    assert tlvs.number(found, Tag.SAR_MSG_REF_NUM) == 1


@pytest.mark.parametrize("tail", ["", "04", "0423", "042300", "04230003", "042300030300"])
def test_of_a_broken_row_what_is_whole_is_kept(tail: str) -> None:
    data = bytes.fromhex("0427000102 1500000161" + tail)
    assert tlvs.read_whole(data, 0, len(data)) == (Tlv(0x0427, b"\x02"), Tlv(0x1500, b"a"))


def test_the_first_of_a_tag_counts() -> None:
    found = (Tlv(0x1500, b"a"), Tlv(Tag.MESSAGE_STATE, b"\x05"), Tlv(Tag.MESSAGE_STATE, b"\x02"))
    assert tlvs.octets(found, 0x1500) == b"a"
    assert tlvs.octets(found, 0x1501) is None
    assert tlvs.number(found, Tag.MESSAGE_STATE) == 5


@pytest.mark.parametrize("value", [b"", bytes(9)])
def test_what_is_no_number_is_none(value: bytes) -> None:
    assert tlvs.number((Tlv(Tag.MESSAGE_STATE, value),), Tag.MESSAGE_STATE) is None
    assert tlvs.number((), Tag.MESSAGE_STATE) is None


@pytest.mark.parametrize("value", [b"1001\0", b"1001", b"1001\0\0junk"])
def test_a_string_ends_at_its_first_nul_or_with_its_octets(value: bytes) -> None:
    assert tlvs.string((Tlv(Tag.RECEIPTED_MESSAGE_ID, value),), Tag.RECEIPTED_MESSAGE_ID) == "1001"
    assert tlvs.string((), Tag.RECEIPTED_MESSAGE_ID) is None


@given(st.text(max_size=400))
def test_any_text_can_go_along_with_a_status(text: str) -> None:
    [made] = tlvs.status_text(text)
    data = written((made,))
    assert tlvs.read(data, 0, len(data), checked=True) == (made,)
    assert made.value.isascii()
    assert made.value.find(0) == len(made.value) - 1


@pytest.mark.parametrize("wrong", [Tlv(0x10000, b""), Tlv(-1, b""), Tlv(0x0424, bytes(0x10000))])
def test_what_is_beyond_sixteen_bits_is_not_written(wrong: Tlv) -> None:
    with pytest.raises(Malformed):
        tlvs.write(bytearray(), (wrong,))
