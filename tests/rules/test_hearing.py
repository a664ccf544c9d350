"""Whose a message from a phone is, and what asks for no more of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.rules.hearing import consent_key, keyword_key, number_key, owner

KEYWORDS = {"": 1, "win": 2, "win now": 3, "да": 4}


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("win", ("win", 2)),
        ("WIN!", ("win", 2)),
        ("  «Win», now?", ("win now", 3)),
        ("win later", ("win", 2)),
        ("winner", ("", 1)),
        ("to win", ("", 1)),
        ("ДА - да", ("да", 4)),
        ("", ("", 1)),
        ("...", ("", 1)),
    ],
)
def test_the_longest_keyword_that_a_text_begins_with_decides(text: str, whose: tuple[str, int]) -> None:
    assert owner(text, KEYWORDS) == whose


def test_without_a_keyword_of_nothing_other_texts_are_nobodys() -> None:
    assert owner("lose", {"win": 2}) is None
    assert owner("win", {}) is None


@pytest.mark.parametrize("text", ["STOP", " stop. ", "S T O P", "«Stop»!!!", "st\u200bop"])
def test_case_blanks_and_punctuation_make_no_other_word_of_stop(text: str) -> None:
    assert consent_key(text) == "stop"


@pytest.mark.parametrize("text", ["stop it", "stop1", "nonstop", "", "✋"])
def test_anything_more_is_no_stop(text: str) -> None:
    assert consent_key(text) != "stop"


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert consent_key("ВI\u0406Й") == consent_key("ВI\u0406И\u0306")


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    for fold in (number_key, keyword_key, consent_key):
        assert fold(fold(text)) == fold(text)
