"""What a person is told about a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.message import Encoding
from gonets.rules.explaining import Explanation, Mark, explain_text
from gonets.rules.splitting import split

GSM7 = Encoding.GSM7
UCS2 = Encoding.UCS2


@pytest.mark.parametrize(
    ("text", "encoding", "parts", "used", "left"),
    [
        ("", GSM7, 1, 0, 160),
        ("Hello", GSM7, 1, 5, 155),
        ("a" * 160, GSM7, 1, 160, 0),
        ("a" * 161, GSM7, 2, 161, 145),
        ("€10", GSM7, 1, 4, 156),
        ("a" * 152 + "€" * 10, GSM7, 2, 172, 133),
        ("Привет", UCS2, 1, 6, 64),
        ("ж" * 71, UCS2, 2, 71, 63),
        ("😀", UCS2, 1, 2, 68),
        ("ж" * 66 + "😀" * 3, UCS2, 2, 72, 61),
    ],
)
def test_a_text_has_its_parts_and_its_room(
    text: str, encoding: Encoding, parts: int, used: int, left: int
) -> None:
    told = explain_text(text)
    assert told is not None
    assert (told.encoding, told.parts, told.used, told.left) == (encoding, parts, used, left)
    assert told.characters == len(text)


def test_each_character_that_costs_extra_is_told_with_its_place() -> None:
    assert explain_text("a[€]") == Explanation(
        GSM7, 1, 4, 7, 153, forcing=(), double=(Mark(1, "["), Mark(2, "€"), Mark(3, "]"))
    )
    assert explain_text("Caf\u00e9 «x» 😀[]") == Explanation(
        UCS2, 1, 12, 13, 57, forcing=(Mark(5, "«"), Mark(7, "»"), Mark(9, "😀")), double=(Mark(9, "😀"),)
    )


@pytest.mark.parametrize("text", ["\ud83d", "ж" * 20_000, "a" * 1_000_000])
def test_what_cannot_be_sent_cannot_be_explained(text: str) -> None:
    assert explain_text(text) is None


texts = (
    st.text(max_size=200)
    | st.text(st.sampled_from("ab€["), max_size=700)
    | st.text(st.sampled_from("aж😀"), max_size=300)
)


def explained(text: str) -> Explanation:
    told = explain_text(text)
    assert told is not None
    return told


@given(texts)
def test_what_is_left_may_be_written_without_another_part_and_no_more(text: str) -> None:
    told = explained(text)
    # A character that takes one and changes no encoding.
    unit = "a" if told.encoding is GSM7 else "ж"
    assert explained(text + unit * told.left).parts == told.parts
    assert explained(text + unit * (told.left + 1)).parts == told.parts + 1


@given(texts)
def test_without_the_characters_that_force_it_a_text_is_gsm(text: str) -> None:
    told = explained(text)
    forcing = {mark.position for mark in told.forcing}
    assert bool(forcing) == (told.encoding is UCS2)
    rest = split("".join(char for at, char in enumerate(text) if at not in forcing))
    assert rest is not None
    assert rest.encoding is GSM7


@given(texts)
def test_each_double_costs_one_more(text: str) -> None:
    told = explained(text)
    assert told.used == len(text) + len(told.double)
    assert all(text[mark.position] == mark.char for mark in (*told.forcing, *told.double))
