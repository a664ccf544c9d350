"""What a phone said reaches a client in a form that each kind of client reads the same."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.message import AccountId
from gonets.ports.stores import Said
from gonets.protocols.smsc.phones import said_of
from gonets.wire.smpp import codec, coding, segments
from gonets.wire.smpp.codes import ESM_RECEIPT, Tag
from gonets.wire.smpp.pdu import DeliverSm

SAID = Said(1, AccountId(2), 3, "79031234567", "4242", "Yes", False, 0, 0)


def text_of(request: DeliverSm, iso: bool = False) -> str:
    octets = segments.user_data(request)
    assert isinstance(octets, bytes)
    return coding.decode(octets, request.data_coding, iso)


def test_it_comes_from_the_phone_to_our_number_and_is_no_receipt() -> None:
    request = said_of(SAID)
    assert (request.source_addr, request.source_addr_ton, request.source_addr_npi) == ("79031234567", 1, 1)
    assert (request.destination_addr, request.dest_addr_ton, request.dest_addr_npi) == ("4242", 0, 1)
    assert request.esm_class & ESM_RECEIPT == 0
    assert (request.data_coding, request.short_message, request.tlvs) == (0, b"Yes", ())


@pytest.mark.parametrize(
    ("number", "ton"), [("79030000000", 1), ("+79030000000", 1), ("Shop", 5), ("424242", 0)]
)
def test_our_number_has_the_type_of_what_it_is(number: str, ton: int) -> None:
    request = said_of(msgspec.structs.replace(SAID, recipient=number))
    assert (request.destination_addr, request.dest_addr_ton) == (number.lstrip("+"), ton)


@pytest.mark.parametrize("text", ["a_b", "a@b", "$5", "[x]", "ü", "Привет", "😀"])
def test_what_clients_would_read_in_different_ways_is_ucs2(text: str) -> None:
    request = said_of(msgspec.structs.replace(SAID, text=text))
    assert (request.data_coding, request.short_message) == (8, text.encode("utf-16-be"))


@given(st.text(max_size=2000))
def test_every_text_is_read_as_it_was_said_by_every_kind_of_session(text: str) -> None:
    request = said_of(msgspec.structs.replace(SAID, text=text))
    written = bytearray()
    codec.encode(written, request, 1)
    again = codec.decode(bytes(written))
    assert isinstance(again, DeliverSm)
    expected = text.removeprefix("\ufeff") if request.data_coding == 8 else text
    if not text.startswith("\ufffe"):
        assert text_of(again) == text_of(again, iso=True) == expected


def test_above_254_octets_it_is_in_message_payload() -> None:
    short, long = (said_of(msgspec.structs.replace(SAID, text="x" * size)) for size in (254, 255))
    assert (len(short.short_message), short.tlvs) == (254, ())
    assert long.short_message == b""
    assert [(each.tag, each.value) for each in long.tlvs] == [(Tag.MESSAGE_PAYLOAD, b"x" * 255)]


def test_octets_are_octets() -> None:
    request = said_of(msgspec.structs.replace(SAID, text="00ff", binary=True))
    assert (request.data_coding, request.short_message) == (4, b"\x00\xff")
