"""Delivery receipts: the one form we write, and all that networks are known to send."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire.smpp import receipt, tlvs
from gonets.wire.smpp.codes import MessageState, Tag
from gonets.wire.smpp.pdu import Tlv
from gonets.wire.smpp.receipt import Receipt
from tests.wire.smpp.pdus import any_size

SUBMITTED = datetime(2025, 11, 25, 18, 20, tzinfo=UTC)
DONE = datetime(2025, 11, 25, 18, 21, tzinfo=UTC)
FULL = Receipt(
    message_id="1001",
    state=MessageState.DELIVERED,
    error=0,
    sub=1,
    dlvrd=1,
    submitted=SUBMITTED,
    done=DONE,
    stat="DELIVRD",
    text="Hello",
)


def test_a_receipt_is_written_to_the_octet() -> None:
    assert receipt.write("1001", MessageState.DELIVERED, 0, SUBMITTED, DONE, text="Hello") == (
        b"id:1001 sub:001 dlvrd:001 submit date:2511251820 done date:2511251821"
        b" stat:DELIVRD err:000 text:Hello"
    )
    assert receipt.write(
        "1002", MessageState.UNDELIVERABLE, 255, SUBMITTED, DONE, sub=12, dlvrd=3, text="x" * 30
    ) == (
        b"id:1002 sub:012 dlvrd:003 submit date:2511251820 done date:2511251821"
        b" stat:UNDELIV err:255 text:xxxxxxxxxxxxxxxxxxxx"
    )


def test_the_text_is_left_empty_where_the_message_is_not_ascii() -> None:
    written = receipt.write("1", MessageState.EXPIRED, 1, SUBMITTED, DONE, text="a" * 30 + "é")
    assert written.endswith(b" stat:EXPIRED err:001 text:")


def test_dates_are_written_in_the_zone_they_have() -> None:
    moscow = timezone(timedelta(hours=3))
    written = receipt.write(
        "1", MessageState.DELIVERED, 0, SUBMITTED.astimezone(moscow), DONE.astimezone(moscow)
    )
    assert b"submit date:2511252120 done date:2511252121" in written
    assert receipt.read(written, zone=moscow) == receipt.read(
        receipt.write("1", MessageState.DELIVERED, 0, SUBMITTED, DONE)
    )


@pytest.mark.parametrize("state", MessageState)
def test_every_state_has_seven_letters(state: MessageState) -> None:
    assert len(receipt.STATS[state]) == 7


@given(
    st.integers(1, 2**63),
    st.sampled_from(sorted(set(MessageState) - {MessageState.SCHEDULED})),
    st.integers(0, 999),
    st.integers(0, 999),
    st.text(st.characters(min_codepoint=1, max_codepoint=0x7F), max_size=30),
)
def test_what_is_written_is_read(number: int, state: MessageState, error: int, parts: int, text: str) -> None:
    written = receipt.write(str(number), state, error, SUBMITTED, DONE, sub=parts, dlvrd=parts, text=text)
    assert receipt.read(written) == Receipt(
        str(number), state, error, parts, parts, SUBMITTED, DONE, receipt.STATS[state], text[:20]
    )


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (
            b"id:1001 sub:001 dlvrd:001 submit date:2511251820 done date:2511251821 stat:DELIVRD err:000 text:Hello",
            FULL,
        ),
        (
            b"id:1001 sub:1 dlvrd:1 submit date:251125182000 done date:251125182100 stat:DELIVRD err:0 Text:Hello",
            FULL,
        ),
        (
            b"ID:1001 SUB:001 DLVRD:001 SUBMIT DATE:2511251820 DONE DATE:2511251821 STAT:DELIVRD ERR:0000 TEXT:Hello",
            FULL,
        ),
        (
            (
                b"id: 1001 sub: 001 dlvrd: 001 submit_date: 2511251820 done_date: 2511251821"
                b" stat: DELIVRD err: 000 text:Hello"
            ),
            FULL,
        ),
        (
            b"sub:001 dlvrd:001 done date:2511251821 submit date:2511251820 err:000 stat:DELIVRD id:1001 text:Hello",
            FULL,
        ),
        (
            b"id:1001 sub:001 dlvrd:001 submit date:2511251820 done date:2511251821 stat:DELIVRD err:000 text:Hello\0",
            FULL,
        ),
        (
            (
                b"id:1001\0sub:001\0dlvrd:001\0 submit date:2511251820 done date:2511251821"
                b" stat:DELIVRD\0 err:000 text:Hello\0\0"
            ),
            FULL,
        ),
        (b"id:1001 stat:delivrd", Receipt("1001", MessageState.DELIVERED, stat="delivrd")),
        (
            b"id:7A3f err:12 stat:UNDELIV text:",
            Receipt("7A3f", MessageState.UNDELIVERABLE, 12, stat="UNDELIV"),
        ),
        (
            b"id:1 sub: dlvrd: submit date: done date: stat:EXPIRED err: text:",
            Receipt("1", MessageState.EXPIRED, stat="EXPIRED"),
        ),
        (
            b"id:1 submit date:2513251820 done date:0000000000 stat:REJECTD err:E01",
            Receipt("1", MessageState.REJECTED, stat="REJECTD"),
        ),
        (b"id:1 stat:Accepted", Receipt("1", MessageState.ACCEPTED, stat="Accepted")),
        (b"id:1 stat:WONDERFUL", Receipt("1", stat="WONDERFUL")),
        (
            b"id:1 stat:DELIVRD text:id:2 stat:EXPIRED err:9",
            Receipt("1", MessageState.DELIVERED, stat="DELIVRD", text="id:2 stat:EXPIRED err:9"),
        ),
        (b"\r\nid:1\r\nstat:DELIVRD\r\n", Receipt("1", MessageState.DELIVERED, stat="DELIVRD")),
        (b"id:" + b"f" * 64 + b" stat:DELIVRD", Receipt("f" * 64, MessageState.DELIVERED, stat="DELIVRD")),
    ],
)
def test_every_variant_of_the_field_is_read(octets: bytes, expected: Receipt) -> None:
    assert receipt.read(octets) == expected


def test_a_receipt_in_ucs2_is_read_too() -> None:
    written = receipt.write("1001", MessageState.DELIVERED, 0, SUBMITTED, DONE, text="Hello")
    assert receipt.read(written.decode().encode("utf-16-be")) == FULL


@pytest.mark.parametrize(
    "octets", [b"", b"Hello", b"stat:DELIVRD", b"id:", b"id: stat:DELIVRD", b"valid:1", b"id:" + b"1" * 65]
)
def test_what_names_no_message_is_no_receipt(octets: bytes) -> None:
    assert receipt.read(octets) is None


def test_parameters_count_before_the_text() -> None:
    given = (
        tlvs.tlv(Tag.RECEIPTED_MESSAGE_ID, "7f3a"),
        tlvs.tlv(Tag.MESSAGE_STATE, MessageState.UNDELIVERABLE),
        tlvs.tlv(Tag.NETWORK_ERROR_CODE, b"\x03\x00\x0d"),
    )
    found = receipt.read(b"id:32570 stat:DELIVRD err:001 text:Hi", given)
    assert found == Receipt("7f3a", MessageState.UNDELIVERABLE, 13, stat="DELIVRD", text="Hi")
    assert receipt.read(b"", given) == Receipt("7f3a", MessageState.UNDELIVERABLE, 13)


def test_parameters_that_say_nothing_leave_it_to_the_text() -> None:
    given = (
        Tlv(Tag.RECEIPTED_MESSAGE_ID, b"\0"),
        Tlv(Tag.MESSAGE_STATE, b"\x63"),
        Tlv(Tag.NETWORK_ERROR_CODE, b"\x03"),
    )
    found = receipt.read(b"id:32570 stat:DELIVRD err:001", given)
    assert found == Receipt("32570", MessageState.DELIVERED, 1, stat="DELIVRD")


@given(
    st.lists(
        st.sampled_from(
            [b"id:", b"ID", b"stat:", b"DELIVRD", b" ", b"\0", b"submit date:", b"2511251820", b"text:"]
        )
        | st.binary(max_size=8),
        max_size=20,
    ).map(b"".join),
    st.lists(any_size, max_size=3),
)
def test_whatever_comes_is_a_receipt_or_none(octets: bytes, given_: list[Tlv]) -> None:
    found = receipt.read(octets, given_)
    if found is not None:
        assert 0 < len(found.message_id) <= 64
        assert receipt.id_forms(found.message_id)


@pytest.mark.parametrize("unit", [b" id:", b"id", b"submit ", b" stat:", b" text:", b"\0", b" "])
def test_hostile_text_is_read_in_one_pass(unit: bytes) -> None:
    # Quadratic work on this much would outlast the suite's time limit.
    receipt.read(unit * (1_000_000 // len(unit)))


@pytest.mark.parametrize(
    ("esm_class", "is_receipt"),
    [(0x04, True), (0x20, True), (0x44, True), (0x00, False), (0x40, False), (0x03, False), (0x08, False)],
)
def test_esm_class_says_whether_it_is_a_receipt(esm_class: int, is_receipt: bool) -> None:
    assert receipt.is_receipt(esm_class) is is_receipt


# ---- ids


@pytest.mark.parametrize(
    ("given", "forms"),
    [
        ("1001", ("1001", "3e9", "4097")),
        ("0000001001", ("0000001001", "1001", "3e9", "4097")),
        ("3E9", ("3E9", "3e9", "1001")),
        ("000003E9", ("000003E9", "3e9", "1001")),
        ("7f3a-9c", ("7f3a-9c",)),
        ("Msg_77", ("Msg_77", "msg_77")),
        ("0", ("0",)),
        ("000", ("000", "0")),
        ("", ("",)),
    ],
)
def test_an_id_is_looked_for_in_these_forms(given: str, forms: tuple[str, ...]) -> None:
    assert receipt.id_forms(given) == forms


@given(st.integers(0, 2**256 - 1), st.integers(0, 8), st.booleans())
def test_an_id_in_one_base_is_found_in_the_other(number: int, zeros: int, capitals: bool) -> None:
    decimal = "0" * zeros + str(number)
    hexadecimal = "0" * zeros + (f"{number:X}" if capitals else f"{number:x}")
    assert receipt.plain_id(hexadecimal) in receipt.id_forms(decimal) or len(decimal) - zeros > 64
    assert receipt.plain_id(decimal) in receipt.id_forms(hexadecimal)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=0xFF), max_size=64))
def test_every_id_is_found_as_it_was_kept(message_id: str) -> None:
    assert receipt.id_forms(message_id)[0] == message_id
    assert receipt.plain_id(message_id) in receipt.id_forms(message_id)
    assert receipt.plain_id(receipt.plain_id(message_id)) == receipt.plain_id(message_id)


@given(
    message_id=st.sampled_from(["1001", "0A1B", "a-b.c", "id:7", ""]),
    counts=st.sampled_from(["001", "1", "", "x"]),
    dates=st.sampled_from(["2603020930", "260302093015", "", "26-03-02"]),
    stat=st.sampled_from(["DELIVRD", "delivered", "", "A_B", "stat:X"]),
    text=st.sampled_from(["Hello", "", "id:5 stat:UNDELIV", " x\ny ", "err:1"]),
    name=st.sampled_from(["text", "Text", "TEXT"]),
    gap=st.sampled_from([" ", "  ", "\n"]),
)
def test_the_usual_form_is_read_like_any_other(
    message_id: str, counts: str, dates: str, stat: str, text: str, name: str, gap: str
) -> None:
    dated = f"submit date:{dates} done date:{dates}"
    written = (
        f"id:{message_id} sub:{counts} dlvrd:{counts}{gap}{dated} stat:{stat} err:{counts} {name}:{text}"
    )
    assert receipt.fields(written.encode()) == receipt.fields_in_any_order(written)
