"""An id is known however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.rules.remote_ids import is_same_number, key_of, to_decimal, to_hex


@pytest.mark.parametrize(
    ("one", "other"),
    [("00A1B2", "a1b2"), ("ABC", "abc"), ("0001001", "1001"), ("f" * 64, "F" * 64), ("a-B-c", "A-b-C")],
)
def test_letters_and_zeros_make_no_difference(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize("nothing", ["", "0", "000"])
def test_zeros_alone_name_nothing(nothing: str) -> None:
    assert key_of(nothing) == ""


def test_only_latin_letters_are_made_small() -> None:
    assert key_of("ÄB") == "Äb"  # as both databases do it


@given(st.integers(0, 2**128))
def test_a_number_goes_into_the_other_base_and_back(number: int) -> None:
    assert to_decimal(to_hex(str(number)) or "") == str(number)


@pytest.mark.parametrize("text", ["", "x1", "12.5", "-1", "١٢", "1" * 65, "g"])
def test_what_is_no_number_has_no_other_base(text: str) -> None:
    assert to_hex(text) is None
    assert to_decimal(text) is None


def test_a_number_that_would_be_too_long_has_no_other_base() -> None:
    assert to_decimal("f" * 64) is None


@pytest.mark.parametrize(
    ("told", "same"),
    [
        ("79161234567", True),
        ("+79161234567", True),
        ("0079161234567", True),
        ("9161234567", True),
        ("1234567", True),
        ("234567", False),
        ("", False),
        ("79161234568", False),
        ("379161234567", False),
    ],
)
def test_a_recipient_may_be_told_without_its_country(told: str, same: bool) -> None:
    assert is_same_number("79161234567", told) is same
