"""Texts into parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.message import Encoding
from gonets.rules.splitting import Split, split
from gonets.wire import gsm7

GSM7 = Encoding.GSM7
UCS2 = Encoding.UCS2


@pytest.mark.parametrize(
    ("text", "encoding", "lengths"),
    [
        ("", GSM7, [0]),
        ("Hello", GSM7, [5]),
        ("Привет", UCS2, [6]),
        ("ç", UCS2, [1]),
        ("a" * 160, GSM7, [160]),
        ("a" * 161, GSM7, [153, 8]),
        ("a" * 306, GSM7, [153, 153]),
        ("a" * 307, GSM7, [153, 153, 1]),
        ("€" * 80, GSM7, [80]),
        ("€" * 80 + "a", GSM7, [76, 5]),
        ("a" * 158 + "€", GSM7, [159]),
        ("a" * 159 + "€", GSM7, [153, 7]),
        ("a" * 152 + "€" * 10, GSM7, [152, 10]),
        ("a" * 151 + "€" * 10, GSM7, [152, 9]),
        ("ж" * 70, UCS2, [70]),
        ("ж" * 71, UCS2, [67, 4]),
        ("ж" * 134, UCS2, [67, 67]),
        ("ж" * 135, UCS2, [67, 67, 1]),
        ("😀" * 35, UCS2, [35]),
        ("😀" * 36, UCS2, [33, 3]),
        ("ж" * 66 + "😀" * 3, UCS2, [66, 3]),
        ("ж" * 65 + "😀" * 3, UCS2, [66, 2]),
        ("a" * 70 + "ж", UCS2, [67, 4]),
    ],
)
def test_each_part_is_as_long_as_it_may_be(text: str, encoding: Encoding, lengths: list[int]) -> None:
    parted = split(text)
    assert parted is not None
    assert parted.encoding is encoding
    assert [len(segment) for segment in parted.segments] == lengths
    assert "".join(parted.segments) == text


@pytest.mark.parametrize(
    ("unit", "most"), [("a", 255 * 153), ("€", 255 * 76), ("ж", 255 * 67), ("😀", 255 * 33)]
)
def test_255_parts_are_the_most(unit: str, most: int) -> None:
    parted = split(unit * most)
    assert parted is not None
    assert len(parted.segments) == 255
    assert split(unit * (most + 1)) is None


def test_a_text_of_megabytes_is_refused() -> None:
    assert split("a" * 10_000_000) is None


@pytest.mark.parametrize("text", ["\ud83d", "x\ude00", "Привет \ud83d", "\ud83d\ude00" * 40])
def test_half_a_surrogate_pair_is_refused(text: str) -> None:
    assert split(text) is None


texts = st.one_of(
    st.text(max_size=400),
    st.text(st.sampled_from("abcdefgh €{[~"), max_size=900),
    st.text(st.sampled_from("abж😀€𝄞"), max_size=500),
)


def weight(segment: str, encoding: Encoding) -> int:
    """Septets or UTF-16 units, counted on the octets that go out."""
    if encoding is GSM7:
        return len(gsm7.encode(segment))
    return len(segment.encode("utf-16-be")) // 2


def parted(text: str) -> Split:
    result = split(text)
    assert result is not None
    return result


@given(texts)
def test_the_parts_joined_are_the_text(text: str) -> None:
    assert "".join(parted(text).segments) == text


@given(texts)
def test_no_part_is_too_long_or_empty(text: str) -> None:
    result = parted(text)
    alone, many = (160, 153) if result.encoding is GSM7 else (70, 67)
    most = alone if len(result.segments) == 1 else many
    for segment in result.segments:
        assert weight(segment, result.encoding) <= most
        assert segment or not text


@given(texts)
def test_no_part_could_have_taken_the_next_character(text: str) -> None:
    result = parted(text)
    if len(result.segments) > 1:
        assert weight(text, result.encoding) > (160 if result.encoding is GSM7 else 70)
    for segment, following in zip(result.segments, result.segments[1:], strict=False):
        most = 153 if result.encoding is GSM7 else 67
        assert weight(segment + following[0], result.encoding) > most


@given(texts)
def test_the_parts_go_on_the_air_each_on_its_own(text: str) -> None:
    result = parted(text)
    for segment in result.segments:
        if result.encoding is GSM7:
            assert gsm7.decode(gsm7.encode(segment)) == segment
            assert not gsm7.encode(segment).endswith(b"\x1b")
        else:
            assert segment.encode("utf-16-be").decode("utf-16-be") == segment


@given(texts)
def test_gsm_is_used_exactly_where_every_character_fits(text: str) -> None:
    assert (parted(text).encoding is GSM7) == gsm7.fits(text)
