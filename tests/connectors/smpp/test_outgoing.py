"""A part as it is written for an upstream, to the octet."""

from datetime import timedelta

import msgspec
import pytest

from gonets.connectors.smpp.outgoing import Writer
from gonets.connectors.smpp.settings import SmppSettings
from gonets.model.calls import Submission
from gonets.model.message import Channel, Encoding, MessageId, Outgoing, Speech, Voice
from gonets.model.results import Rejected
from gonets.model.times import micros
from gonets.protocols.smsc import commands
from gonets.wire.smpp import coding, segments, times, tlvs
from gonets.wire.smpp.codec import decode
from gonets.wire.smpp.codes import Tag
from gonets.wire.smpp.coding import Alphabet
from gonets.wire.smpp.pdu import SubmitSm
from tests.clocks import START
from tests.connectors.smpp.peer import octets, part

NOW = micros(START)


def written(given: Outgoing, **settings: object) -> SubmitSm:
    """What arrives at the upstream."""
    request = Writer(msgspec.convert({"host": "smsc", **settings}, SmppSettings)).pdu(given, NOW)
    assert isinstance(request, SubmitSm)
    read = decode(octets(request))
    assert read == request
    return request


def refused(given: Outgoing, **settings: object) -> Rejected:
    request = Writer(msgspec.convert({"host": "smsc", **settings}, SmppSettings)).pdu(given, NOW)
    assert isinstance(request, Rejected)
    return request


@pytest.mark.parametrize(
    ("sender", "ton", "npi"),
    [
        ("Gonets", 5, 0),
        ("79031234567", 1, 1),
        ("+79031234567", 1, 1),
        ("4242", 3, 0),
        ("123456", 3, 0),
        ("1a", 5, 0),
    ],
)
def test_a_sender_has_the_type_of_its_form(sender: str, ton: int, npi: int) -> None:
    request = written(part(1, sender=sender))
    assert (request.source_addr, request.source_addr_ton, request.source_addr_npi) == (sender, ton, npi)


def test_the_types_of_numbers_are_settings() -> None:
    request = written(
        part(1, sender="4242"), short_ton=0, short_npi=1, recipient_ton=0, recipient_npi=8, plus=True
    )
    assert (request.source_addr_ton, request.source_addr_npi) == (0, 1)
    assert (request.dest_addr_ton, request.dest_addr_npi, request.destination_addr) == (0, 8, "+79161234567")


def test_a_gsm_text_has_one_septet_in_an_octet() -> None:
    request = written(part(1, text="Hi @{€"))
    assert (request.data_coding, request.short_message) == (0, b"Hi \x00\x1b\x28\x1b\x65")


def test_other_texts_are_ucs2() -> None:
    request = written(part(1, text="Привет", encoding=Encoding.UCS2))
    assert (request.data_coding, request.short_message) == (8, "Привет".encode("utf-16-be"))


@pytest.mark.parametrize(("encoding", "data_coding"), [(Encoding.GSM7, 0x10), (Encoding.UCS2, 0x18)])
def test_flash_is_message_class_0(encoding: Encoding, data_coding: int) -> None:
    request = written(part(1, encoding=encoding, flash=True))
    assert request.data_coding == data_coding
    assert coding.message_class(request.data_coding) == 0


def test_latin_1_is_sent_where_the_upstream_wants_it() -> None:
    request = written(part(1, text="Café"), alphabet="latin-1")
    assert (request.data_coding, request.short_message) == (3, b"Caf\xe9")


@pytest.mark.parametrize(("text", "flash"), [("10 €", False), ("Hi", True)])
def test_what_latin_1_cannot_say_goes_as_ucs2_where_it_fits(text: str, flash: bool) -> None:
    request = written(part(1, text=text, flash=flash), alphabet="latin-1")
    assert request.data_coding == (0x18 if flash else 8)
    assert request.short_message == text.encode("utf-16-be")


def test_what_latin_1_cannot_say_is_refused_where_ucs2_has_no_room() -> None:
    assert refused(part(1, text="€" * 71), alphabet="latin-1") == Rejected(21)
    assert written(part(1, text="€" * 70), alphabet="latin-1").data_coding == 8
    assert refused(part(1, text="€" * 68, total=2), alphabet="latin-1") == Rejected(21)


def test_the_data_codings_are_settings() -> None:
    assert written(part(1), gsm_coding=1).data_coding == 1
    assert written(part(1, encoding=Encoding.UCS2), ucs2_coding=25).data_coding == 25
    assert written(part(1), alphabet="latin-1", latin_1_coding=4).data_coding == 4


@pytest.mark.parametrize("way", ["udh8", "sar"])
@pytest.mark.parametrize("payload", [False, True])
def test_the_parts_of_a_long_text_say_which_they_are(way: str, payload: bool) -> None:
    for number in (1, 2, 3):
        given = part(1000 + number, message=MessageId(0x12345), number=number, total=3, text="a" * 153)
        request = written(given, long_texts=way, payload=payload)
        found = segments.segment(request)
        assert isinstance(found, segments.Segment)
        which = found.concatenation
        assert which is not None
        assert (which.reference, which.total, which.number) == (0x45, 3, number)
        assert found.text == b"a" * 153
        assert bool(request.short_message) is not payload
        assert bool(request.esm_class & 0x40) is (way == "udh8")


def test_a_full_part_with_its_header_fills_the_air_and_not_more() -> None:
    request = written(part(1, number=1, total=2, text="a" * 153))
    assert (6 * 8 + 6) // 7 + 153 == 160
    assert len(request.short_message) == 6 + 153


@pytest.mark.parametrize(
    ("how", "left", "expected"),
    [
        ("relative", timedelta(hours=1), "000000010000000R"),
        ("relative", timedelta(days=3, seconds=5), "000003000005000R"),
        ("relative", timedelta(0), "000000000001000R"),
        ("absolute", timedelta(hours=1), times.write(START + timedelta(hours=1))),
        ("relative", timedelta(days=60), times.write(START + timedelta(days=60))),
        ("none", timedelta(hours=1), ""),
    ],
)
def test_the_upstream_is_told_until_when_a_part_is_worth_sending(
    how: str, left: timedelta, expected: str
) -> None:
    assert (
        written(part(1, expires_at=NOW + left // timedelta(microseconds=1)), validity=how).validity_period
        == expected
    )
    assert written(part(1), validity=how).validity_period == ""


@pytest.mark.parametrize(("receipts", "asked"), [("always", 1), ("failures", 2), ("never", 0)])
def test_which_receipts_are_asked_for_is_a_setting(receipts: str, asked: int) -> None:
    assert written(part(1), receipts=receipts).registered_delivery == asked


def test_an_mms_goes_as_a_command_of_the_upstream() -> None:
    request = written(
        part(1, channel=Channel.MMS, text="Look", subject="Here", encoding=Encoding.UCS2), commands="smsc"
    )
    assert coding.decode(request.short_message, request.data_coding) == "__MMS__: Look\nsubj:Here"


def test_a_long_command_goes_into_the_payload_whole() -> None:
    request = written(part(1, channel=Channel.MMS, text="Смотри " * 60, subject="Тут"), commands="smsc")
    payload = tlvs.octets(request.tlvs, Tag.MESSAGE_PAYLOAD)
    assert payload is not None
    assert request.short_message == b""
    assert coding.decode(payload, request.data_coding) == f"__MMS__: {'Смотри ' * 60}\nsubj:Тут"


def test_an_mms_with_a_picture_is_refused_for_there_is_no_command_for_it() -> None:
    assert refused(part(1, channel=Channel.MMS, picture="ab" * 32), commands="smsc") == Rejected(21)


@pytest.mark.parametrize(
    ("given", "command"),
    [
        (part(1, channel=Channel.MAIL, text="Body", subject="Here", recipient="me@example.com"),
         "__MAIL__: Body\nsubj:Here"),
        (part(1, channel=Channel.CALL, text="Ring"), "__CALL__: Ring\nvoice:m"),
        (part(1, channel=Channel.CALL, text="Ring", speech=Speech(Voice.W3, "2,60")),
         "__CALL__: Ring\nvoice:w3\n~~~\n2,60"),
        (part(1, channel=Channel.VIBER, text="Hi\n[button]"), "__VIBER__: Hi\n[button]"),
        (part(1, channel=Channel.HLR, text=""), "__HLR__"),
        (part(1, channel=Channel.PING, text=""), "__PING__"),
    ],
)  # fmt: skip
def test_every_channel_goes_as_the_command_that_our_own_server_understands(
    given: Outgoing, command: str
) -> None:
    request = written(given, commands="smsc")
    text = coding.decode(request.short_message, request.data_coding)
    assert text == command
    asked = Submission("", given.recipient, text)
    understood = commands.understood(asked, request.short_message, Alphabet.UCS2, request.tlvs)
    assert isinstance(understood, Submission)
    assert (understood.channel, understood.text, understood.subject) == (
        given.channel,
        given.text,
        given.subject,
    )
    assert understood.speech == (given.speech or (Speech() if given.channel is Channel.CALL else None))


def test_a_long_address_of_an_e_mail_stands_in_its_tlv() -> None:
    address = "somebody.else@mail.example.com"
    request = written(part(1, channel=Channel.MAIL, recipient=address), commands="smsc", plus=True)
    assert (request.destination_addr, tlvs.string(request.tlvs, Tag.DESTINATION_EMAIL)) == ("", address)
    short = written(part(1, channel=Channel.MAIL, recipient="me@example.com"), commands="smsc", plus=True)
    assert (short.destination_addr, short.dest_addr_ton, short.tlvs) == ("me@example.com", 0, ())


# ---- what clients made ready


@pytest.mark.parametrize(
    ("encoding", "data_coding"), [(Encoding.GSM7, 0), (Encoding.OCTETS, 4), (Encoding.UCS2, 8)]
)
def test_a_segment_of_the_clients_own_goes_on_as_it_came(encoding: Encoding, data_coding: int) -> None:
    header = bytes.fromhex("050003070201")
    request = written(part(1, text="?", encoding=encoding, octets="0041", header=header.hex()))
    assert (request.data_coding, request.esm_class) == (data_coding, 0x40)
    assert request.short_message == header + b"\x00A"
    alone = written(part(1, encoding=encoding, octets="0041", flash=True))
    assert (alone.data_coding, alone.esm_class, alone.short_message) == (data_coding | 0x10, 0, b"\x00A")


def test_septets_that_a_client_made_ready_are_latin_1_where_the_upstream_wants_that() -> None:
    request = written(part(1, text="@A", octets="0041"), alphabet="latin-1")
    assert (request.data_coding, request.short_message) == (3, b"@A")
