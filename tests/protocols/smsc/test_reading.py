"""submit_sm, submit_multi and data_sm, field by field, as the specification and SMSC.ru's page have them."""

from datetime import timedelta

import pytest

from gonets.model.calls import Submission
from gonets.model.message import Encoding, Hears, Priority, UserData
from gonets.protocols.smsc.reading import Reader
from gonets.wire import gsm7
from gonets.wire.smpp import segments, tlvs
from gonets.wire.smpp.codes import Tag
from gonets.wire.smpp.pdu import DataSm, DistributionList, SmeAddress, SubmitMulti
from gonets.wire.smpp.segments import Unfit
from gonets.wire.udh import Concatenation
from tests.protocols.smsc.asked import NOW, PLAIN, SMSC, SMSC_ISO, read, submit, unfit

CYRILLIC = "Привет"
BOTH = [pytest.param(PLAIN, id="plain"), pytest.param(SMSC, id="smsc")]


@pytest.mark.parametrize("reader", BOTH)
@pytest.mark.parametrize(
    ("data_coding", "octets", "text"),
    [
        (0x00, b"Hello \x00\x11\x1b\x65", "Hello @_€"),
        (0x04, b"na\xefve", "naïve"),
        (0x08, CYRILLIC.encode("utf-16-be"), CYRILLIC),
        (0x08, b"\xfe\xff" + CYRILLIC.encode("utf-16-be"), CYRILLIC),
        (0x08, b"\xff\xfe" + CYRILLIC.encode("utf-16-le"), CYRILLIC),
        (0x08, "\U0001f600".encode("utf-16-be"), "\U0001f600"),
        (0x01, b"a_b~", "a_b~"),
        (0x03, b"caf\xe9", "café"),
        (0x10, b"Hi", "Hi"),
        (0x11, b"Hi", "Hi"),
        (0x12, b"Hi", "Hi"),
        (0x13, b"Hi", "Hi"),
        (0x18, CYRILLIC.encode("utf-16-be"), CYRILLIC),
        (0x06, "Ж".encode("iso8859-5"), "Ж"),
    ],
)
def test_a_text_is_read_by_its_data_coding(
    reader: Reader, data_coding: int, octets: bytes, text: str
) -> None:
    found = read(submit(data_coding=data_coding, short_message=octets), reader)
    assert (found.text, found.user_data) == (text, None)


@pytest.mark.parametrize("reader", BOTH)
@pytest.mark.parametrize(
    "text", ["Hello @_€", "[1] for 5$", "Grüße", "à la carte", "Tab\there_", "Line\nline_"]
)
def test_gsm_octets_that_say_they_are_ascii_are_read_as_gsm_where_no_ascii_has_them(
    reader: Reader, text: str
) -> None:
    octets = gsm7.encode(text) if gsm7.fits(text) else text.encode("ascii")
    assert read(submit(data_coding=1, short_message=octets), reader).text == text


def test_bound_as_iso_data_coding_0_is_latin_1_and_nothing_else_changes() -> None:
    assert read(submit(short_message=b"caf\xe9_"), SMSC_ISO).text == "café_"
    assert read(submit(short_message=b"\x04\x16", data_coding=8), SMSC_ISO).text == "Ж"


@pytest.mark.parametrize(("data_coding", "flash"), [(0x10, True), (0x18, True), (0xF0, True), (0x11, False)])
def test_message_class_0_is_flash(data_coding: int, flash: bool) -> None:
    assert read(submit(data_coding=data_coding, short_message=b"Hi")).flash is flash


@pytest.mark.parametrize("data_coding", [0x04, 0x14])
def test_octets_of_data_coding_4_that_are_no_text_are_binary(data_coding: int) -> None:
    found = read(submit(data_coding=data_coding, short_message=b"\x00\x01ab"))
    assert (found.text, found.user_data) == ("00016162", UserData(b"\0\1ab", Encoding.OCTETS))


@pytest.mark.parametrize("data_coding", [0x02, 0xF5])
def test_other_octets_are_always_binary(data_coding: int) -> None:
    found = read(submit(data_coding=data_coding, short_message=b"abc"))
    assert (found.text, found.user_data) == ("616263", UserData(b"abc", Encoding.OCTETS))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"data_coding": 0x24, "short_message": b"x"},
            "the text cannot be read: data_coding 0x24 is no text",
        ),
        ({"data_coding": 0x08, "short_message": b"abc"}, "3 octets are no UCS-2"),
        ({"data_coding": 0x00, "short_message": b"caf\xe9"}, "octet 0xE9 at 3 is no septet"),
    ],
)
def test_what_is_no_text_is_refused_by_its_length_status(fields: dict[str, object], sentence: str) -> None:
    status, detail = unfit(submit(**fields))
    assert status == 0x01
    assert sentence in detail


# ---- where the text stands


def test_a_text_may_stand_in_message_payload_as_the_vendors_library_has_it() -> None:
    payload = (tlvs.tlv(Tag.MESSAGE_PAYLOAD, b"a" * 1000),)
    assert read(submit(tlvs=payload)).text == "a" * 1000
    assert unfit(submit(tlvs=payload, short_message=b"a"))[0] == 0xC1


def test_unknown_tlvs_are_skipped() -> None:
    assert read(submit(short_message=b"Hi", tlvs=(tlvs.tlv(0x1FFF, b"?"),))).text == "Hi"


# ---- parts that the client cut


def headed(reference: int, total: int, number: int, octets: bytes) -> dict[str, object]:
    return {"esm_class": 0x40, "short_message": bytes((5, 0, 3, reference, total, number)) + octets}


@pytest.mark.parametrize("reader", BOTH)
def test_a_part_with_a_header_goes_on_as_it_came(reader: Reader) -> None:
    found = read(submit(**headed(7, 3, 2, b"Hello \x11")), reader)
    assert found.text == "Hello _"
    assert found.user_data == UserData(b"Hello \x11", Encoding.GSM7, bytes.fromhex("050003070302"))


def test_a_wide_reference_and_other_elements_go_on_too() -> None:
    header = bytes.fromhex("0c0804beef020105040b8423f0")
    found = read(submit(esm_class=0x43, data_coding=8, short_message=header + b"\x04\x16"))
    assert found.user_data == UserData(b"\x04\x16", Encoding.UCS2, header)


def test_half_a_surrogate_pair_at_a_cut_goes_on_as_it_came() -> None:
    high = "\U0001f600".encode("utf-16-be")[:2]
    found = read(submit(data_coding=8, **headed(7, 2, 1, b"\0a" + high)))
    assert found.text == "a\N{REPLACEMENT CHARACTER}"
    assert found.user_data is not None
    assert found.user_data.octets == b"\0a" + high


@pytest.mark.parametrize(
    ("data_coding", "octets", "expected", "encoding"),
    [
        (0x01, b"a_", b"a\x11", Encoding.GSM7),
        (0x03, b"caf\xe9", b"caf\x05", Encoding.GSM7),
        (0x03, b"\xe7a va", b"\xe7a va", Encoding.OCTETS),
        (0x01, b"`", b"`", Encoding.OCTETS),
        (0x06, "Ж".encode("iso8859-5"), b"\x04\x16", Encoding.UCS2),
        (0x08, b"\xfe\xff\x04\x16", b"\x04\x16", Encoding.UCS2),
        (0x08, b"\xff\xfe\x16\x04", b"\x04\x16", Encoding.UCS2),
    ],
)
def test_a_part_in_an_alphabet_that_the_air_has_not_is_put_into_one_that_it_has(
    data_coding: int, octets: bytes, expected: bytes, encoding: Encoding
) -> None:
    found = read(submit(data_coding=data_coding, **headed(7, 2, 1, octets)))
    assert found.user_data == UserData(expected, encoding, bytes.fromhex("050003070201"))


def test_sar_parameters_become_a_header_of_eight_bits() -> None:
    sar = segments.to_sar(Concatenation(0x1234, 3, 2, wide=True))
    found = read(submit(short_message=b"Hi", tlvs=sar))
    assert found.user_data == UserData(b"Hi", Encoding.GSM7, bytes.fromhex("050003340302"))


def test_one_part_of_one_is_a_whole_message() -> None:
    assert read(submit(**headed(7, 1, 1, b"Hi"))).user_data is None
    sar = segments.to_sar(Concatenation(7, 1, 1, wide=True))
    assert read(submit(short_message=b"Hi", tlvs=sar)).user_data is None


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"esm_class": 0x40, "short_message": b"\x09abc"}, 0x43),
        ({"short_message": b"Hi", "tlvs": (tlvs.tlv(Tag.SAR_MSG_REF_NUM, 7),)}, 0xC3),
        (
            {
                "short_message": b"Hi",
                "tlvs": (
                    tlvs.tlv(Tag.SAR_MSG_REF_NUM, 7),
                    tlvs.tlv(Tag.SAR_TOTAL_SEGMENTS, 2),
                    tlvs.tlv(Tag.SAR_SEGMENT_SEQNUM, 3),
                ),
            },
            0xC4,
        ),
    ],
)
def test_a_header_or_parameters_that_do_not_hold_together_are_refused(
    fields: dict[str, object], status: int
) -> None:
    assert unfit(submit(**fields))[0] == status


# ---- other fields


@pytest.mark.parametrize("esm_class", [0x00, 0x01, 0x02, 0x03, 0x08, 0x10, 0x80])
def test_esm_class_of_any_mode_is_tolerated(esm_class: int) -> None:
    assert read(submit(esm_class=esm_class, short_message=b"Hi")).text == "Hi"


@pytest.mark.parametrize(
    ("asked", "hears"),
    [
        (0x00, Hears.NOTHING),
        (0x01, Hears.SUCCESS | Hears.FAILURE),
        (0x02, Hears.FAILURE),
        (0x03, Hears.SUCCESS),
        (0x10, Hears.UNDERWAY),
        (0x11, Hears.SUCCESS | Hears.FAILURE | Hears.UNDERWAY),
        (0x0D, Hears.SUCCESS | Hears.FAILURE),
        (0xE0, Hears.NOTHING),
    ],
)
def test_registered_delivery_says_what_the_client_hears(asked: int, hears: Hears) -> None:
    assert read(submit(registered_delivery=asked, short_message=b"Hi")).hears == hears


@pytest.mark.parametrize(
    ("source", "sender"), [(".", "."), ("", ""), ("+79031234567", "79031234567"), ("+Shop", "+Shop")]
)
def test_the_source_address_is_the_sender(source: str, sender: str) -> None:
    assert read(submit(source_addr=source, short_message=b"Hi")).sender == sender


def test_a_destination_may_have_a_plus_and_must_be_there() -> None:
    assert read(submit(destination_addr="+79031234567", short_message=b"Hi")).recipient == "+79031234567"
    assert unfit(submit(destination_addr=" ", short_message=b"Hi")) == (
        0x0B,
        "destination_addr is missing",
    )


@pytest.mark.parametrize(
    ("flag", "priority"),
    [(0, Priority.NORMAL), (1, Priority.HIGH), (2, Priority.REALTIME), (3, Priority.REALTIME)],
)
def test_priority_flag_chooses_the_lane(flag: int, priority: Priority) -> None:
    assert read(submit(priority_flag=flag, short_message=b"Hi")).priority is priority


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"priority_flag": 4}, 0x06),
        ({"replace_if_present_flag": 1}, 0x42),
        ({"replace_if_present_flag": 2}, 0x54),
        ({"sm_default_msg_id": 1, "short_message": b""}, 0x63),
        ({"schedule_delivery_time": "tomorrow"}, 0x61),
        ({"schedule_delivery_time": "990101000000000+"}, 0x61),
        ({"schedule_delivery_time": "990000000000000R"}, 0x61),
        ({"validity_period": "soon"}, 0x62),
        ({"validity_period": "260302092959000+"}, 0x62),
    ],
)
def test_a_field_that_cannot_be_meant_has_its_own_status(fields: dict[str, object], status: int) -> None:
    assert unfit(submit(**{"short_message": b"Hi", **fields}))[0] == status


@pytest.mark.parametrize(
    ("schedule", "validity", "start_in", "holds"),
    [
        ("", "", None, None),
        ("260302100000000+", "", timedelta(minutes=30), None),
        ("260302130000012+", "", timedelta(minutes=30), None),
        ("000000000500000R", "", timedelta(minutes=5), None),
        ("200101000000000+", "", NOW.replace(year=2020, month=1, day=1, hour=0, minute=0) - NOW, None),
        ("", "000000010000000R", None, timedelta(hours=1)),
        ("", "000001000000000R", None, timedelta(days=1)),
        ("", "260302103000000+", None, timedelta(hours=1)),
        ("260302100000000+", "260302110000000+", timedelta(minutes=30), timedelta(hours=1)),
        ("260302100000000+", "000000010000000R", timedelta(minutes=30), timedelta(hours=1)),
        ("", "000000000000000R", None, timedelta(0)),
    ],
)
def test_times_are_absolute_or_relative(
    schedule: str, validity: str, start_in: timedelta | None, holds: timedelta | None
) -> None:
    found = read(submit(short_message=b"Hi", schedule_delivery_time=schedule, validity_period=validity))
    assert found.start_at == (None if start_in is None else NOW + start_in)
    assert found.validity == holds


# ---- the other two


def test_data_sm_is_read_alike() -> None:
    found = SMSC.read(
        DataSm(
            source_addr="Bank",
            destination_addr="79031234567",
            registered_delivery=1,
            data_coding=8,
            tlvs=(tlvs.tlv(Tag.MESSAGE_PAYLOAD, b"\x04\x16"),),
        ),
        NOW,
    )
    assert found == Submission("Bank", "79031234567", "Ж", hears=Hears.SUCCESS | Hears.FAILURE)


def test_submit_multi_is_one_message_for_each_destination() -> None:
    to = tuple(SmeAddress(1, 1, number) for number in ("79031234567", "", "+79031234568"))
    found = SMSC.read_multi(SubmitMulti(source_addr="Bank", dest_address=to, short_message=b"Hi"), NOW)
    assert isinstance(found, list)
    first, second, third = found
    assert isinstance(first, Submission)
    assert isinstance(third, Submission)
    assert (first.recipient, third.recipient) == ("79031234567", "+79031234568")
    assert first.text == third.text == "Hi"
    assert isinstance(second, Unfit)
    assert second.command_status == 0x0B


def test_submit_multi_to_a_distribution_list_is_refused() -> None:
    to = (SmeAddress(1, 1, "79031234567"), DistributionList("friends"))
    found = SMSC.read_multi(SubmitMulti(source_addr="Bank", dest_address=to, short_message=b"Hi"), NOW)
    assert isinstance(found, Unfit)
    assert found.command_status == 0x34
