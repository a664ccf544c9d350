"""The GSM 7-bit alphabet against the tables of 3GPP TS 23.038."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire import gsm7

EXTENSION = "\f^{}\\[~]|€"
ALPHABET = gsm7.decode(bytes(code for code in range(128) if code != 0x1B)) + EXTENSION

in_alphabet = st.text(st.sampled_from(ALPHABET), max_size=200)
septet_rows = st.binary(max_size=170).map(lambda data: bytes(octet & 0x7F for octet in data))


@pytest.mark.parametrize(
    ("char", "octets"),
    [
        ("@", "00"),
        ("$", "02"),
        ("Ç", "09"),
        ("\n", "0a"),
        ("\r", "0d"),
        ("Δ", "10"),
        ("_", "11"),
        ("Ξ", "1a"),
        ("É", "1f"),
        (" ", "20"),
        ("¤", "24"),
        ("¡", "40"),
        ("A", "41"),
        ("§", "5f"),
        ("¿", "60"),
        ("à", "7f"),
        ("\f", "1b0a"),
        ("^", "1b14"),
        ("{", "1b28"),
        ("}", "1b29"),
        ("\\", "1b2f"),
        ("[", "1b3c"),
        ("~", "1b3d"),
        ("]", "1b3e"),
        ("|", "1b40"),
        ("€", "1b65"),
    ],
)
def test_each_character_has_the_septets_of_its_table(char: str, octets: str) -> None:
    assert gsm7.fits(char)
    assert gsm7.encode(char) == bytes.fromhex(octets)
    assert gsm7.decode(bytes.fromhex(octets)) == char
    assert gsm7.septets(char) == len(octets) // 2


def test_the_alphabet_has_127_characters_and_ten_more() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 137


@pytest.mark.parametrize(
    "char", ["ç", "`", "\x1b", "\x00", "\t", "Ё", "Α", "ı", "\u00a0", "’", "😀", "\ud83d"]
)
def test_what_merely_looks_alike_does_not_fit(char: str) -> None:
    for text in (char, "x" + char, "ä" + char):
        assert not gsm7.fits(text)
    with pytest.raises(gsm7.Unencodable, match=f"U\\+{ord(char):04X} at 2 "):
        gsm7.encode("{x" + char)


def test_the_empty_text_fits() -> None:
    assert gsm7.fits("")
    assert gsm7.septets("") == 0
    assert gsm7.encode("") == b""
    assert gsm7.decode(b"") == ""


@given(in_alphabet)
def test_what_is_encoded_is_decoded_to_the_same(text: str) -> None:
    octets = gsm7.encode(text)
    assert gsm7.decode(octets) == text
    assert gsm7.septets(text) == len(octets)


@given(st.text(max_size=20))
def test_a_text_fits_exactly_where_each_of_its_characters_does(text: str) -> None:
    assert gsm7.fits(text) == all(char in ALPHABET for char in text)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("1b41", "A"),
        ("1b1b", " "),
        ("1b1b41", " A"),
        ("411b", "A "),
        ("1b0d", "\r"),
        ("1b1b1b65", " €"),
        ("1b281b28", "{{"),
    ],
)
def test_an_escape_without_a_meaning_shows_what_a_receiver_shows(octets: str, text: str) -> None:
    assert gsm7.decode(bytes.fromhex(octets)) == text


@given(septet_rows)
def test_every_row_of_septets_can_be_shown(octets: bytes) -> None:
    assert gsm7.fits(gsm7.decode(octets))


def test_an_octet_above_0x7f_is_named() -> None:
    with pytest.raises(ValueError, match="0xC3 at 1 "):
        gsm7.decode(b"A\xc3")
    with pytest.raises(ValueError, match="0x7F"):
        gsm7.pack(b"A\xc3")


@pytest.mark.parametrize(
    ("text", "fill", "packed"),
    [
        ("hello", 0, "e8329bfd06"),
        ("hellohello", 0, "e8329bfd4697d9ec37"),
        ("A", 0, "41"),
        ("A", 1, "82"),
        ("AA", 1, "8241"),
        ("A", 6, "4010"),
        ("", 0, ""),
    ],
)
def test_packed_septets_stand_as_on_the_air(text: str, fill: int, packed: str) -> None:
    octets = gsm7.encode(text)
    assert gsm7.pack(octets, fill) == bytes.fromhex(packed)
    assert gsm7.unpack(bytes.fromhex(packed), len(octets), fill) == octets


@given(septet_rows, st.integers(0, 6))
def test_what_is_packed_is_unpacked_to_the_same(octets: bytes, fill: int) -> None:
    packed = gsm7.pack(octets, fill)
    assert len(packed) == (fill + 7 * len(octets) + 7) // 8
    assert gsm7.unpack(packed, len(octets), fill) == octets
    assert gsm7.unpack(packed + b"\xff\xff", len(octets), fill) == octets


def test_seven_spare_bits_are_not_taken_for_a_character() -> None:
    octets = gsm7.encode("1234567")
    assert len(gsm7.pack(octets)) == 7
    assert gsm7.unpack(gsm7.pack(octets), 7) == octets
    assert gsm7.decode(gsm7.unpack(gsm7.pack(octets), 8)) == "1234567@"


def test_more_septets_than_there_are_bits_is_an_error() -> None:
    assert gsm7.unpack(bytes(7), 8) == bytes(8)
    with pytest.raises(ValueError, match="7 octets cannot hold 9 septets"):
        gsm7.unpack(bytes(7), 9)
    with pytest.raises(ValueError, match="after 1 fill"):
        gsm7.unpack(bytes(7), 8, 1)


@pytest.mark.parametrize(("header", "fill"), [(0, 0), (6, 1), (7, 0), (5, 2), (3, 4), (1, 6), (2, 5), (4, 3)])
def test_fill_bits_bring_the_text_to_a_septet_boundary(header: int, fill: int) -> None:
    assert gsm7.fill_bits(header) == fill
    assert (8 * header + fill) % 7 == 0


def test_a_concatenated_part_of_153_septets_fills_the_140_octets() -> None:
    assert 6 + len(gsm7.pack(b"\x41" * 153, gsm7.fill_bits(6))) == 140
