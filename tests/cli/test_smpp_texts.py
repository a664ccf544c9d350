"""A text as submit_sm."""

import pytest

from gonets.cli.console import CommandRefused
from gonets.cli.smpp.texts import Long, submits
from gonets.wire.smpp import coding, segments, tlvs
from gonets.wire.smpp.codes import ESM_UDHI, RECEIPT_ALWAYS, Npi, Tag, Ton
from gonets.wire.smpp.pdu import SubmitSm
from gonets.wire.smpp.segments import Segment
from gonets.wire.udh import Concatenation

TO = "79031234567"
LONG_LATIN = "The messenger rode on. " * 10
LONG_CYRILLIC = "Гонец скакал дальше. " * 10


def segment(request: SubmitSm) -> Segment:
    found = segments.segment(request)
    assert isinstance(found, Segment)
    return found


def text_of(request: SubmitSm) -> str:
    return coding.decode(segment(request).text, request.data_coding)


@pytest.mark.parametrize(
    ("text", "data_coding", "octets"),
    [
        ("Hello", 0, b"Hello"),
        ("__HLR__", 0, b"\x11\x11HLR\x11\x11"),
        ("€", 0, b"\x1b\x65"),
        ("Привет", 8, "Привет".encode("utf-16-be")),
        ("🙂", 8, "🙂".encode("utf-16-be")),
        ("", 0, b""),
    ],
)
def test_a_text_is_in_gsm_where_it_fits_and_else_in_ucs2(text: str, data_coding: int, octets: bytes) -> None:
    [request] = submits("Shop", TO, text)
    assert (request.data_coding, request.short_message, request.esm_class) == (data_coding, octets, 0)
    assert request.registered_delivery == RECEIPT_ALWAYS


@pytest.mark.parametrize(("text", "data_coding"), [("Hello", 0x10), ("Привет", 0x18)])
def test_flash_is_class_0(text: str, data_coding: int) -> None:
    [request] = submits("Shop", TO, text, flash=True)
    assert request.data_coding == data_coding


@pytest.mark.parametrize(
    ("address", "ton", "npi"),
    [
        ("Shop", Ton.ALPHANUMERIC, Npi.UNKNOWN),
        ("79031234567", Ton.INTERNATIONAL, Npi.ISDN),
        ("+79031234567", Ton.INTERNATIONAL, Npi.ISDN),
        ("", Ton.UNKNOWN, Npi.UNKNOWN),
    ],
)
def test_an_address_says_what_it_is(address: str, ton: int, npi: int) -> None:
    [request] = submits(address, TO, "x")
    assert (request.source_addr, request.source_addr_ton, request.source_addr_npi) == (address, ton, npi)
    [request] = submits("x", address, "x")
    assert (request.destination_addr, request.dest_addr_ton, request.dest_addr_npi) == (address, ton, npi)


@pytest.mark.parametrize("text", [LONG_LATIN, LONG_CYRILLIC])
@pytest.mark.parametrize("long", [Long.UDH, Long.SAR])
def test_a_long_text_is_cut_into_parts_that_make_it_whole_again(text: str, long: Long) -> None:
    requests = submits("Shop", TO, text, long=long, reference=7)
    assert len(requests) > 1
    assert "".join(map(text_of, requests)) == text
    assert [segment(each).concatenation for each in requests] == [
        Concatenation(7, len(requests), number, wide=long is Long.SAR)
        for number in range(1, len(requests) + 1)
    ]
    assert {each.esm_class for each in requests} == {ESM_UDHI if long is Long.UDH else 0}


@pytest.mark.parametrize("text", [LONG_LATIN, LONG_CYRILLIC])
def test_a_long_text_may_go_whole(text: str) -> None:
    [request] = submits("Shop", TO, text, long=Long.PAYLOAD)
    assert request.short_message == b""
    assert tlvs.octets(request.tlvs, Tag.MESSAGE_PAYLOAD) is not None
    assert text_of(request) == text


@pytest.mark.parametrize("long", Long)
def test_a_short_text_goes_alone_whatever_is_asked_for_long_ones(long: Long) -> None:
    [request] = submits("Shop", TO, "x" * 160, long=long)
    assert (len(request.short_message), request.tlvs, request.esm_class) == (160, (), 0)


@pytest.mark.parametrize(
    ("sender", "to", "text", "word"),
    [
        ("S" * 21, TO, "x", "source_addr"),
        ("Гонец", TO, "x", "source_addr"),
        ("Shop", "7" * 21, "x", "destination_addr"),
        ("Shop", TO, "x" * (255 * 153 + 1), "255 parts"),
        ("Shop", TO, "\udcff", "Unicode"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_sentence(sender: str, to: str, text: str, word: str) -> None:
    with pytest.raises(CommandRefused, match=word):
        submits(sender, to, text)
