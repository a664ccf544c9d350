"""Receipts as deployed clients parse them."""

import re
from urllib.parse import parse_qs, unquote_plus
from zoneinfo import ZoneInfo

import msgspec
import pytest

from gonets.model.message import AccountId, Channel, Encoding, MessageId, State
from gonets.model.money import Millionths
from gonets.model.results import Lookup
from gonets.model.times import micros
from gonets.ports.stores import Notice
from gonets.protocols.smsc.receipts import TYPES, price_of, receipt_of
from gonets.wire.smpp import codec, tlvs
from gonets.wire.smpp.codes import Tag
from gonets.wire.smpp.pdu import DeliverSm
from tests.protocols.smsc.asked import NOW

MOSCOW = ZoneInfo("Europe/Moscow")

USUAL = Notice(
    7,
    AccountId(1),
    MessageId(1001),
    State.DELIVERED,
    0,
    micros(NOW) + 61_000_000,
    micros(NOW) + 62_000_000,
    sender="Bank",
    recipient="79031234567",
    accepted_at=micros(NOW),
    text="Hello, this is a longer text",
    parts=1,
    price=Millionths(1_250_000),
)


UTC = ZoneInfo("UTC")


def receipt(zone: ZoneInfo = UTC, **changes: object) -> DeliverSm:
    """The deliver_sm, once written and read."""
    out = bytearray()
    codec.encode(out, receipt_of(msgspec.structs.replace(USUAL, **changes), zone), 1)
    found = codec.decode(bytes(out))
    assert isinstance(found, DeliverSm)
    return found


def test_a_receipt_goes_from_the_recipient_to_the_sender() -> None:
    found = receipt()
    assert (found.source_addr_ton, found.source_addr_npi, found.source_addr) == (1, 1, "79031234567")
    assert (found.dest_addr_ton, found.dest_addr_npi, found.destination_addr) == (5, 0, "Bank")
    assert (found.esm_class, found.data_coding, found.registered_delivery) == (0x04, 0, 0)


def test_the_text_of_a_receipt_is_in_the_one_form_that_clients_parse() -> None:
    assert receipt().short_message == (
        b"id:1001 sub:001 dlvrd:001 submit date:2603020930 done date:2603020931"
        b" stat:DELIVRD err:000 text:Hello, this is a lon"
    )


def test_dates_are_those_of_the_accounts_zone() -> None:
    assert b"submit date:2603021230 done date:2603021231" in receipt(MOSCOW).short_message


def test_one_receipt_tells_all_the_parts() -> None:
    delivered = receipt(parts=3)
    assert b"sub:003 dlvrd:003" in delivered.short_message
    assert tlvs.number(delivered.tlvs, Tag.RECEIPT_PARTS) == 3
    assert b"sub:003 dlvrd:000" in receipt(parts=3, state=State.UNDELIVERED).short_message


@pytest.mark.parametrize("changes", [{"text": "Привет"}, {"text": "6869", "encoding": Encoding.OCTETS}])
def test_a_text_that_is_not_ascii_is_left_out(changes: dict[str, object]) -> None:
    assert receipt(**changes).short_message.endswith(b" text:")  # type: ignore[arg-type]


STATES = {
    State.SENT: ("ENROUTE", 1, "000", 0x20),
    State.ACCEPTED: ("ACCEPTD", 6, "000", 0x20),
    State.DELIVERED: ("DELIVRD", 2, "000", 0x04),
    State.UNDELIVERED: ("UNDELIV", 5, "006", 0x04),
    State.EXPIRED: ("EXPIRED", 3, "006", 0x04),
    State.REJECTED: ("REJECTD", 8, "006", 0x04),
    State.FAILED: ("UNDELIV", 5, "255", 0x04),
    State.CANCELLED: ("DELETED", 4, "000", 0x04),
    State.NO_REPORT: ("UNKNOWN", 7, "000", 0x04),
}


@pytest.mark.parametrize("state", STATES)
def test_text_and_tlvs_say_the_same_status(state: State) -> None:
    stat, number, err, esm_class = STATES[state]
    found = receipt(state=state, error=6 if err == "006" else 0)
    assert f" stat:{stat} err:{err} ".encode() in found.short_message
    assert tlvs.string(found.tlvs, Tag.RECEIPTED_MESSAGE_ID) == "1001"
    assert tlvs.number(found.tlvs, Tag.MESSAGE_STATE) == number
    assert tlvs.octets(found.tlvs, Tag.NETWORK_ERROR_CODE) == b"\x03" + int(err).to_bytes(2)
    assert found.esm_class == esm_class


@pytest.mark.parametrize(
    ("amount", "written"),
    [(0, "0.0000"), (1_250_000, "1.2500"), (49, "0.0000"), (50, "0.0001"), (12_345_678, "12.3457")],
)
def test_the_price_has_four_decimals(amount: int, written: str) -> None:
    assert price_of(Millionths(amount)) == written
    found = receipt(price=Millionths(amount))
    assert tlvs.octets(found.tlvs, Tag.RECEIPT_PRICE) == written.encode() + b"\0"


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({}, 0),
        ({"flash": True}, 1),
        ({"encoding": Encoding.OCTETS}, 2),
        ({"channel": Channel.HLR}, 4),
        ({"channel": Channel.PING}, 5),
        ({"channel": Channel.MMS}, 6),
        ({"channel": Channel.CALL}, 7),
        ({"channel": Channel.MAIL, "recipient": "somebody@long.example.com"}, 8),
        ({"channel": Channel.VIBER}, 10),
    ],
)
def test_the_type_is_in_the_low_bits_of_two_octets(changes: dict[str, object], number: int) -> None:
    assert tlvs.octets(receipt(**changes).tlvs, Tag.RECEIPT_TYPE) == bytes((0, number))  # type: ignore[arg-type]


def test_every_channel_has_its_type() -> None:
    assert set(TYPES) == set(Channel)


# ---- look-ups

FOUND = Lookup(
    imsi="250023012345678",
    msc="79232510066",
    mcc="250",
    mnc="02",
    cn="Russian Federation",
    net="MegaFON open Joint Stock Company",
)


def looked_up(lookup: Lookup | None = FOUND, **changes: object) -> bytes:
    found = receipt(channel=Channel.HLR, lookup=lookup, **changes)  # type: ignore[arg-type]
    return found.short_message or tlvs.octets(found.tlvs, Tag.MESSAGE_PAYLOAD) or b""


def test_a_look_up_is_reported_as_in_the_document() -> None:
    assert looked_up(message=MessageId(855469)) == (
        b"id:855469 stat:DELIVRD err:000 imsi:250023012345678 msc:79232510066 mcc:250 mnc:02"
        b" cn:Russian+Federation net:MegaFON+open+Joint+Stock+Company rcn: rnet:"
    )


def test_both_parsers_of_the_document_read_it() -> None:
    line = looked_up(msgspec.structs.replace(FOUND, net='Мега: "Фон" & K=1+1', rcn="Côte d’Ivoire"), error=1)
    first = parse_qs(line.decode().translate(str.maketrans(": ", "=&")), keep_blank_values=True)
    assert first["net"] == ['Мега: "Фон" & K=1+1']
    assert (first["id"], first["err"], first["rcn"], first["rnet"]) == (
        ["1001"],
        ["001"],
        ["Côte d’Ivoire"],
        [""],
    )
    form = (
        rb"^id:(\d+) stat:(\w+) err:(\d+) imsi:(\d*) msc:(\d*) mcc:(\d*) mnc:(\d*)"
        rb" cn:([^ ]*) net:([^ ]*) rcn:([^ ]*) rnet:([^ ]*)"
    )
    second = re.match(form, line)
    assert second is not None
    assert unquote_plus(second[9].decode()) == 'Мега: "Фон" & K=1+1'
    assert unquote_plus(second[8].decode()) == "Russian Federation"


def test_a_look_up_that_found_nothing_is_reported_too() -> None:
    line = looked_up(None, state=State.UNDELIVERED, error=6)
    assert line == b"id:1001 stat:UNDELIV err:006 imsi: msc: mcc: mnc: cn: net: rcn: rnet:"


def test_what_is_no_number_is_left_out_of_a_look_up() -> None:
    assert b" imsi: msc: mcc:250 " in looked_up(msgspec.structs.replace(FOUND, imsi="12 34", msc="+7"))


def test_a_look_up_with_long_names_stands_in_message_payload() -> None:
    line = looked_up(msgspec.structs.replace(FOUND, cn="Российская Федерация", net="Оператор " * 5))
    assert len(line) > 254
    assert line.startswith(b"id:1001 stat:DELIVRD")
