"""National forms of the countries that have no row of their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import (
    SUPPORTED_REGIONS,
    PhoneNumberFormat,
    PhoneNumberType,
    example_number_for_type,
    format_number,
)

from gonets.rules.addressing import normalise
from gonets.rules.plans import plan_of

UNREADABLE = {"AR": "a 15 inside the number", "TK": "seven digits with its code", "TA": "no mobile numbers"}
COUNTRIES = sorted(set(SUPPORTED_REGIONS) - UNREADABLE.keys())


@pytest.mark.parametrize(
    ("raw", "home", "digits"),
    [
        ("01512 3456789", "DE", "4915123456789"),
        ("+01512 3456789", "DE", "4915123456789"),
        ("07400 123456", "GB", "447400123456"),
        ("7400 123456", "GB", "447400123456"),
        ("8 (771) 000 9998", "KZ", "77710009998"),
        ("771 000 9998", "KZ", "77710009998"),
        ("8 029 491-19-11", "BY", "375294911911"),
        ("0294911911", "BY", "375294911911"),
        ("294911911", "BY", "294911911"),
        ("91 234 56 78", "UZ", "998912345678"),
        ("0700 123 456", "KG", "996700123456"),
        ("(11) 96123-4567", "BR", "5511961234567"),
        ("(201) 555-0123", "US", "12015550123"),
        ("1 201 555 0123", "US", "12015550123"),
        ("312 345 6789", "IT", "393123456789"),
        ("06 20 123 4567", "HU", "36201234567"),
        ("131 2345 6789", "CN", "8613123456789"),
    ],
)
def test_a_national_form_is_completed_by_its_plan(raw: str, home: str, digits: str) -> None:
    assert normalise(raw, home) == digits


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_mobile_number_as_its_country_writes_it_is_completed(country: str) -> None:
    example = example_number_for_type(country, PhoneNumberType.MOBILE)
    assert example is not None
    full = format_number(example, PhoneNumberFormat.E164)[1:]
    assert normalise(format_number(example, PhoneNumberFormat.NATIONAL), country) == full
    assert normalise(format_number(example, PhoneNumberFormat.INTERNATIONAL), country) == full
    assert normalise(full, country) == full


def test_a_form_that_cannot_be_read_is_refused_rather_than_misread() -> None:
    assert normalise("011 15-2345-6789", "AR") is None


@pytest.mark.parametrize(
    ("raw", "home"),
    [
        ("+87012345678", "KZ"),
        ("+2015550123", "US"),
        ("+912345678", "UZ"),
        ("+4915123456789", "DE"),
    ],
)
def test_after_a_plus_only_what_no_country_code_begins_with_is_completed(raw: str, home: str) -> None:
    assert normalise(raw, home) == raw[1:]


@pytest.mark.parametrize("raw", ["٠1512345678٩", "0151234567٨٩", "0" * 40_000, "0151", "01512345678901"])
def test_what_has_not_the_length_or_digits_of_a_number_is_refused(raw: str) -> None:
    assert normalise(raw, "DE") is None


@pytest.mark.parametrize("country", ["", "XX", "de", "001", "\0"])
def test_what_is_no_country_has_no_plan_and_completes_nothing(country: str) -> None:
    assert plan_of(country) is None
    assert normalise("01512 3456789", country) is None


@pytest.mark.parametrize(
    ("country", "code", "prefix", "lengths"),
    [("DE", "49", "0", (10, 11)), ("UZ", "998", "", (9,)), ("US", "1", "1", (10,)), ("HU", "36", "06", (9,))],
)
def test_a_plan_tells_code_prefix_and_lengths(
    country: str, code: str, prefix: str, lengths: tuple[int, ...]
) -> None:
    plan = plan_of(country)
    assert plan is not None
    assert (plan.code, plan.prefix, plan.lengths) == (code, prefix, lengths)
    assert plan_of(country) is plan


@given(st.text(st.sampled_from("0123456789"), min_size=7, max_size=15), st.sampled_from(COUNTRIES))
def test_normalising_twice_changes_nothing_in_any_country(raw: str, home: str) -> None:
    digits = normalise(raw, home)
    if digits is not None and not raw.startswith("00"):
        assert 8 <= len(digits) <= 15
        assert normalise(digits, home) == digits
