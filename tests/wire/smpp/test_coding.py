"""data_coding to text and back."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire import gsm7
from gonets.wire.smpp import coding
from gonets.wire.smpp.coding import Alphabet, Undecodable, Unencodable


@pytest.mark.parametrize(
    ("data_coding", "alphabet"),
    [
        (0x00, Alphabet.GSM),
        (0x01, Alphabet.ASCII),
        (0x02, Alphabet.OCTETS),
        (0x03, Alphabet.LATIN_1),
        (0x04, Alphabet.LATIN_1),
        (0x05, Alphabet.OCTETS),
        (0x06, Alphabet.CYRILLIC),
        (0x07, Alphabet.HEBREW),
        (0x08, Alphabet.UCS2),
        (0x0E, Alphabet.OCTETS),
        (0x10, Alphabet.GSM),
        (0x13, Alphabet.GSM),
        (0x14, Alphabet.LATIN_1),
        (0x18, Alphabet.UCS2),
        (0x19, Alphabet.UCS2),
        (0x1C, Alphabet.OCTETS),
        (0x30, Alphabet.OCTETS),
        (0x80, Alphabet.OCTETS),
        (0xC0, Alphabet.GSM),
        (0xD8, Alphabet.GSM),
        (0xE0, Alphabet.UCS2),
        (0xF0, Alphabet.GSM),
        (0xF4, Alphabet.OCTETS),
    ],
)
def test_a_data_coding_has_its_alphabet(data_coding: int, alphabet: Alphabet) -> None:
    assert coding.alphabet(data_coding) is alphabet


@pytest.mark.parametrize("data_coding", range(256))
def test_for_an_iso_peer_gsm_is_latin_1_and_nothing_else_changes(data_coding: int) -> None:
    plain, iso = coding.alphabet(data_coding), coding.alphabet(data_coding, iso=True)
    assert iso is (Alphabet.LATIN_1 if plain is Alphabet.GSM else plain)


@pytest.mark.parametrize(
    ("data_coding", "message_class"),
    [
        (0x00, None),
        (0x08, None),
        (0x10, 0),
        (0x11, 1),
        (0x12, 2),
        (0x13, 3),
        (0x18, 0),
        (0xC1, None),
        (0xF0, 0),
        (0xF6, 2),
    ],
)
def test_a_message_class_stands_in_the_last_bits(data_coding: int, message_class: int | None) -> None:
    assert coding.message_class(data_coding) == message_class


@pytest.mark.parametrize("text", ["Hello", "Привет"])
def test_a_flash_message_is_in_the_same_alphabet(text: str) -> None:
    data_coding = coding.flash(coding.choose(text))
    assert coding.message_class(data_coding) == 0
    assert coding.decode(coding.encode(text, data_coding), data_coding) == text


@pytest.mark.parametrize(
    ("data_coding", "iso", "octets", "text"),
    [
        (0, False, "48656c6c6f", "Hello"),
        (0, False, "1b3d 00 11", "~@_"),
        (0, True, "e9 40 7e", "é@~"),
        (0x10, True, "e9", "é"),
        (1, False, "40 7e 5f", "@~_"),
        (3, False, "e9", "é"),
        (4, False, "e9", "é"),
        (6, False, "bfe0d8d2d5e2", "Привет"),
        (7, False, "e9", "י"),
        (8, False, "041f0440", "Пр"),
        (8, False, "d83dde00", "😀"),
        (0x18, False, "041f0440", "Пр"),
        (8, False, "", ""),
    ],
)
def test_octets_are_the_text_of_their_alphabet(data_coding: int, iso: bool, octets: str, text: str) -> None:
    assert coding.decode(bytes.fromhex(octets), data_coding, iso) == text
    assert coding.encode(text, data_coding, iso) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("octets", "text"), [("feff041f", "П"), ("fffe1f04", "П"), ("feff", ""), ("fffe", "")]
)
def test_a_byte_order_mark_is_obeyed_and_dropped(octets: str, text: str) -> None:
    assert coding.decode(bytes.fromhex(octets), 8) == text


@pytest.mark.parametrize("octets", ["0041d83d", "d83d0041", "0041de00"])
def test_half_a_surrogate_pair_becomes_a_replacement_character(octets: str) -> None:
    assert sorted(coding.decode(bytes.fromhex(octets), 8)) == ["A", "\ufffd"]


@pytest.mark.parametrize(
    ("data_coding", "octets", "why"),
    [
        (0, "41 c3", "0xC3 at 1 is no septet"),
        (1, "41 c3", "0xC3 at 1 is not in ascii"),
        (7, "41 a1", "0xA1 at 1 is not in iso8859-8"),
        (8, "041f04", "3 octets are no UCS-2"),
        (2, "41", "data_coding 0x02 is no text"),
        (0xF5, "41", "data_coding 0xF5 is no text"),
    ],
)
def test_octets_that_are_no_text_say_why(data_coding: int, octets: str, why: str) -> None:
    with pytest.raises(Undecodable, match=why):
        coding.decode(bytes.fromhex(octets), data_coding)


@pytest.mark.parametrize(
    ("data_coding", "text", "why"),
    [
        (0, "aЖ", "U\\+0416 at 1 is not in the GSM"),
        (1, "aЖ", "U\\+0416 at 1 is not in ascii"),
        (3, "aЖ", "U\\+0416 at 1 is not in latin-1"),
        (8, "a\ud83d", "U\\+D83D at 1 is not in utf-16-be"),
        (2, "a", "data_coding 0x02 is no text"),
    ],
)
def test_a_text_that_its_alphabet_has_not_says_why(data_coding: int, text: str, why: str) -> None:
    with pytest.raises(Unencodable, match=why):
        coding.encode(text, data_coding)


@given(st.binary(max_size=40), st.integers(0, 255), st.booleans())
def test_any_octets_are_text_or_undecodable(octets: bytes, data_coding: int, iso: bool) -> None:
    with suppress(Undecodable):
        coding.decode(octets, data_coding, iso).encode()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_can_be_sent(text: str) -> None:
    data_coding = coding.choose(text)
    assert data_coding == (0 if gsm7.fits(text) else 8)
    assert coding.decode(coding.encode("x" + text, data_coding), data_coding) == "x" + text


def test_raw_ascii_is_told_from_what_is_not() -> None:
    assert coding.raw_ascii(b"__HLR__") == "__HLR__"
    assert coding.raw_ascii(b"text\n~~~\nnote") == "text\n~~~\nnote"
    assert coding.raw_ascii(b"\xe9") is None
    # The same octets as true GSM: this is why the raw form is asked for.
    assert coding.decode(b"__HLR__", 0) == "§§HLR§§"
    assert coding.decode(b"\n~~~\n", 0) == "\nüüü\n"
