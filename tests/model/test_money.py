"""Amounts are integers, exact both ways, and what is no amount says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.money import ONE, floored, format_amount, parse_amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("-0", 0),
        ("1", ONE),
        ("12.50", 12_500_000),
        ("10000.00", 10_000 * ONE),
        ("-0.5", -500_000),
        ("+3", 3 * ONE),
        ("0.000001", 1),
        ("1.1000000000", 1_100_000),
        (" 7.25 ", 7_250_000),
        (".5", 500_000),
        ("007.", 7 * ONE),
        ("0" * 5000 + "1", ONE),
        ("4611686018427.387904", 2**62),
        ("-4611686018427.387904", -(2**62)),
    ],
)
def test_an_amount_is_read_exactly(text: str, amount: int) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not an amount"),
        ("ten", "is not an amount"),
        ("1,50", "is not an amount"),
        ("1 000", "is not an amount"),
        ("1.2.3", "is not an amount"),
        ("nan", "is not an amount"),
        ("inf", "is not an amount"),
        ("-Infinity", "is not an amount"),
        ("0x10", "is not an amount"),
        ("1_000", "is not an amount"),
        ("١٢", "is not an amount"),
        ("--1", "is not an amount"),
        ("- 1", "is not an amount"),
        (".", "is not an amount"),
        ("0.0000001", "more than six decimals"),
        ("1.0000005", "more than six decimals"),
        ("4611686018427.387905", "too large"),
        ("9" * 30, "too large"),
        ("-" + "9" * 30, "too large"),
        ("9" * 5000, "too large"),
        ("1.0000000000000000000000000000000000001", "more than six decimals"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_amount(text)


@pytest.mark.parametrize(
    "text", ["1e3", "1E3", "1e999999", "1e9999999999999999999", "-1e99999999", "1e-999999999"]
)
def test_an_exponent_is_no_part_of_an_amount(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        parse_amount(text)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0.00"),
        (1, "0.000001"),
        (-1, "-0.000001"),
        (ONE, "1.00"),
        (9_999_500_000, "9999.50"),
        (12_345, "0.012345"),
        (-12_340_000, "-12.34"),
        (100, "0.0001"),
    ],
)
def test_an_amount_is_written_with_two_to_six_decimals(amount: int, text: str) -> None:
    assert format_amount(amount) == text


@given(st.integers(-(2**62), 2**62))
def test_what_is_written_is_read_as_it_was(amount: int) -> None:
    assert parse_amount(format_amount(amount)) == amount


@given(st.text(st.sampled_from("0123456789.-+e ٣"), max_size=12))
def test_nothing_else_than_an_amount_or_a_refusal_comes_of_any_text(text: str) -> None:
    try:
        amount = parse_amount(text)
    except ValueError:
        return
    assert parse_amount(format_amount(amount)) == amount
    assert abs(amount) <= 2**62


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (0, 2, "0.00"),
        (6_070_000, 2, "6.07"),
        (6_079_999, 2, "6.07"),
        (9_999, 2, "0.00"),
        (-1, 2, "-0.01"),
        (-500_000, 2, "-0.50"),
        (2**62, 2, "4611686018427.38"),
        (99, 4, "0.0000"),
        (1_999_999, 4, "1.9999"),
        (-1, 4, "-0.0001"),
        (-1, 6, "-0.000001"),
        (-(10**15), 4, "-1000000000.0000"),
    ],
)
def test_an_amount_in_few_decimals_is_never_more_than_there_is(amount: int, decimals: int, text: str) -> None:
    assert floored(amount, decimals) == text
