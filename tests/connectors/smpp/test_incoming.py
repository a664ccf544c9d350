"""What an upstream hands over, read: receipts as networks write them, and what phones say."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.connectors.smpp.incoming import event_of
from gonets.model.message import State
from gonets.model.results import Inbound, Lookup, Receipt
from gonets.wire import udh
from gonets.wire.smpp import tlvs
from gonets.wire.smpp.codes import ESM_INTERMEDIATE, ESM_RECEIPT, ESM_UDHI, Tag
from gonets.wire.smpp.pdu import DataSm, DeliverSm, Tlv
from gonets.wire.udh import Concatenation
from tests.clocks import START

PHONE = "79161234567"


def heard(
    text: bytes, *given: Tlv, esm_class: int = ESM_RECEIPT, zone: str = "UTC", **rest: object
) -> object:
    request = DeliverSm(
        source_addr=PHONE,
        destination_addr="Gonets",
        esm_class=esm_class,
        short_message=text,
        tlvs=given,
        **rest,  # type: ignore[arg-type]
    )
    return event_of(request, START, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("text", "state", "error"),
    [
        (b"id:7 sub:001 dlvrd:001 submit date:2501021304 done date:2501021305 stat:DELIVRD err:000 text:Hi",
         State.DELIVERED, 0),
        (b"id:7 stat:UNDELIV err:001", State.UNDELIVERED, 1),
        (b"id:7 stat:EXPIRED err:0006 Text:", State.EXPIRED, 6),
        (b"id:7 stat:REJECTD", State.REJECTED, 0),
        (b"id:7 stat:DELETED", State.UNDELIVERED, 0),
        (b"id:7 stat:UNKNOWN", State.NO_REPORT, 0),
        (b"id:7 stat:ACCEPTD", State.ACCEPTED, 0),
        (b"id:7 stat:DELIVRD\0", State.DELIVERED, 0),
    ],
)  # fmt: skip
def test_a_receipt_says_what_became_of_a_part(text: bytes, state: State, error: int) -> None:
    event = heard(text)
    assert isinstance(event, Receipt)
    assert (event.remote_id, event.state, event.error, event.recipient) == ("7", state, error, PHONE)


def test_tlvs_count_before_the_text() -> None:
    event = heard(
        b"id:1 stat:UNDELIV err:005",
        tlvs.tlv(Tag.RECEIPTED_MESSAGE_ID, "ABC"),
        tlvs.tlv(Tag.MESSAGE_STATE, 2),
        tlvs.tlv(Tag.NETWORK_ERROR_CODE, b"\x03\x00\x09"),
    )
    assert isinstance(event, Receipt)
    assert (event.remote_id, event.state, event.error) == ("ABC", State.DELIVERED, 9)


def test_a_receipt_that_only_its_tlv_tells_from_a_message_is_one() -> None:
    event = heard(b"", tlvs.tlv(Tag.RECEIPTED_MESSAGE_ID, "7"), tlvs.tlv(Tag.MESSAGE_STATE, 2), esm_class=0)
    assert isinstance(event, Receipt)


def test_a_phone_cannot_write_a_receipt() -> None:
    event = heard(b"id:7 stat:DELIVRD err:000", esm_class=0)
    assert isinstance(event, Inbound)


@pytest.mark.parametrize("stat", [b"ENROUTE", b"BUFFERED", b"SOMETHING", b""])
def test_a_state_on_the_way_is_no_news(stat: bytes) -> None:
    assert heard(b"id:7 stat:" + stat) is None
    assert heard(b"id:7 stat:" + stat, esm_class=ESM_INTERMEDIATE) is None


def test_a_receipt_that_names_no_message_is_no_news() -> None:
    assert heard(b"stat:DELIVRD err:000") is None
    assert heard(b"id:" + b"x" * 65 + b" stat:DELIVRD") is None


def test_the_moment_is_the_networks_in_its_zone_or_else_ours() -> None:
    event = heard(b"id:7 done date:2501021305 stat:DELIVRD", zone="Europe/Moscow")
    assert isinstance(event, Receipt)
    assert event.at == datetime(2025, 1, 2, 10, 5, tzinfo=UTC)
    event = heard(b"id:7 stat:DELIVRD")
    assert isinstance(event, Receipt)
    assert event.at == START


def test_a_receipt_may_come_as_data_sm() -> None:
    payload = tlvs.tlv(Tag.MESSAGE_PAYLOAD, b"id:7 stat:DELIVRD err:000")
    event = event_of(DataSm(source_addr=PHONE, esm_class=ESM_RECEIPT, tlvs=(payload,)), START, UTC)
    assert isinstance(event, Receipt)
    assert event.state is State.DELIVERED


def test_the_receipt_of_a_look_up_says_what_was_found() -> None:
    event = heard(
        b"id:855469 stat:DELIVRD err:000 imsi:250023012345678 msc:79232510066 mcc:250 mnc:02 cn:Russian+Federation"
        b" net:MegaFON+open+Joint+Stock+Company rcn: rnet:"
    )
    assert isinstance(event, Receipt)
    assert event.state is State.DELIVERED
    assert event.lookup == Lookup(
        "250023012345678",
        "79232510066",
        "250",
        "02",
        "Russian Federation",
        "MegaFON open Joint Stock Company",
    )


def test_a_message_from_a_phone_is_read_in_its_alphabet() -> None:
    assert heard(b"Hi \x00", esm_class=0) == Inbound(PHONE, "Gonets", "Hi @", START)
    said = heard("Привет".encode("utf-16-be"), esm_class=0, data_coding=8)
    assert said == Inbound(PHONE, "Gonets", "Привет", START)


def test_a_message_that_is_no_text_is_kept_as_its_octets() -> None:
    assert heard(b"\x01\xff", esm_class=0, data_coding=2) == Inbound(
        PHONE, "Gonets", "01ff", START, binary=True
    )
    assert heard(b"odd", esm_class=0, data_coding=8) == Inbound(
        PHONE, "Gonets", b"odd".hex(), START, binary=True
    )


def test_a_part_of_a_long_message_says_which_it_is() -> None:
    which = udh.Header((udh.concatenated(Concatenation(9, 3, 2)),)).octets()
    said = heard(which + b"Hi", esm_class=ESM_UDHI)
    assert said == Inbound(PHONE, "Gonets", "Hi", START, reference=9, total=3, number=2)


def test_a_broken_header_is_kept_as_its_octets() -> None:
    said = heard(b"\x50Hi", esm_class=ESM_UDHI)
    assert said == Inbound(PHONE, "Gonets", b"\x50Hi".hex(), START, binary=True)


@given(
    st.binary(max_size=254),
    st.integers(0, 255),
    st.integers(0, 255),
    st.lists(st.builds(Tlv, st.sampled_from([*Tag, 0x1500]), st.binary(max_size=70)), max_size=4),
)
def test_whatever_comes_is_something(text: bytes, esm_class: int, data_coding: int, given: list[Tlv]) -> None:
    event = heard(text, *given, esm_class=esm_class, data_coding=data_coding)
    assert event is None or isinstance(event, Receipt | Inbound)
