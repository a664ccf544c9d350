"""Recipients as clients write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.rules.addressing import normalise, recipient_in

HOMES = ["UA", "RU", "TJ", "DE", ""]


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize(
    ("raw", "digits"),
    [
        ("79031111111", "79031111111"),
        ("77012345678", "77012345678"),
        ("380675126767", "380675126767"),
        ("992937380000", "992937380000"),
        ("+79031111111", "79031111111"),
        ("+7 (903) 111-11-11", "79031111111"),
        ("7.903.111.11.11", "79031111111"),
        ("7/903/1111111", "79031111111"),
        (" 79031111111\r\n", "79031111111"),
        ("+380 67 512 67 67", "380675126767"),
        ("(+380) 675126767", "380675126767"),
        ("00380675126767", "380675126767"),
        ("00 992 93 738 0000", "992937380000"),
        ("+49 151 23456789", "4915123456789"),
        ("004915123456789", "4915123456789"),
        ("4915123456789", "4915123456789"),
        ("+84912345678", "84912345678"),
        ("+1 (212) 555-0100", "12125550100"),
        ("+123456789012345", "123456789012345"),
        ("+29811122", "29811122"),
        ("+7\u00a0903\u2009111\u201111\u201311", "79031111111"),
        ("\u202a+7\u2060903\u2014111\u22121111\u202c", "79031111111"),
        ("\uff0b79031111111", "79031111111"),
    ],
)
def test_an_international_number_is_the_same_in_every_home_country(raw: str, digits: str, home: str) -> None:
    assert normalise(raw, home) == digits


@pytest.mark.parametrize(
    ("raw", "home", "digits"),
    [
        ("0675126767", "UA", "380675126767"),
        ("067 512-67-67", "UA", "380675126767"),
        ("(067)5126767", "UA", "380675126767"),
        ("80501111111", "UA", "380501111111"),
        ("8 (050) 111 11 11", "UA", "380501111111"),
        ("+80501111111", "UA", "380501111111"),
        ("+0675126767", "UA", "380675126767"),
        ("89119876543", "RU", "79119876543"),
        ("8 (911) 987-65-43", "RU", "79119876543"),
        ("+89119876543", "RU", "79119876543"),
        ("84951234567", "RU", "74951234567"),
        ("9119876543", "RU", "79119876543"),
        ("(911) 987-65-43", "RU", "79119876543"),
        ("937380000", "TJ", "992937380000"),
        ("93 738 00 00", "TJ", "992937380000"),
    ],
)
def test_a_national_form_is_completed_by_its_home_country(raw: str, home: str, digits: str) -> None:
    assert normalise(raw, home) == digits


@pytest.mark.parametrize(
    ("raw", "home", "digits"),
    [
        ("0675126767", "RU", None),
        ("0675126767", "", None),
        ("89119876543", "UA", "89119876543"),
        ("9119876543", "UA", "9119876543"),
        ("4512345678", "RU", "4512345678"),
        ("937380000", "RU", "937380000"),
        ("+937380000", "TJ", "937380000"),
        ("+4512345678", "RU", "4512345678"),
        ("000675126767", "UA", None),
    ],
)
def test_a_form_of_another_country_is_not_completed(raw: str, home: str, digits: str | None) -> None:
    assert normalise(raw, home) == digits


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "+",
        "00",
        "(063)123456",
        "063123456",
        "1234567",
        "+7903111111",
        "790311111111",
        "38067512676",
        "3806751267670",
        "99293738000",
        "9929373800000",
        "1234567890123456",
        "7903111111a",
        "phone",
        "79031111111;79032222222",
        "79031111111,79032222222",
        "79031111111 79032222222",
        "79031111111x5",
        "+7 903 111 11 11 доб. 5",
        "٧٩٠٣١١١١١١١",
        "７９０３１１１１１１１",
        "7903111111²",
        "79031111111\x00",
        "\ud83d9031111111",
        "00079031111111",
        "0" * 65_536,
        "-" * 65_536,
    ],
)
def test_what_is_no_phone_number_is_refused(raw: str, home: str) -> None:
    assert normalise(raw, home) is None


written = st.text(st.sampled_from("0123456789789+-() ./\u00a0"), max_size=20) | st.text(max_size=20)


@given(written, st.sampled_from(HOMES))
def test_what_comes_out_is_normal(raw: str, home: str) -> None:
    digits = normalise(raw, home)
    if digits is not None:
        assert digits.isascii()
        assert digits.isdigit()
        assert digits[0] != "0"
        assert 8 <= len(digits) <= 15
        assert normalise("+" + digits, "") == digits


numbers = st.text(st.sampled_from("0123456789"), min_size=8, max_size=15)


@given(numbers, st.sampled_from(HOMES))
def test_normalising_twice_changes_nothing(raw: str, home: str) -> None:
    # A plus lost on the way is another matter: +84912345678 is Vietnam's, and 84912345678 a Russian's own.
    digits = normalise(raw, home)
    if digits is not None and not raw.startswith("00"):
        assert normalise(digits, home) == digits


@given(
    numbers, st.sampled_from(HOMES), st.lists(st.sampled_from(" -()./\u2011\u00a0"), min_size=15, max_size=15)
)
def test_punctuation_changes_nothing(raw: str, home: str, marks: list[str]) -> None:
    written = "".join(mark + digit for mark, digit in zip(marks, raw, strict=False))
    assert normalise(written, home) == normalise(raw, home)


@pytest.mark.parametrize(
    ("protocol", "raw", "home", "digits"),
    [
        ("osonsms", "937380000", "RU", "992937380000"),
        ("osonsms", "93 738-00-00", "", "992937380000"),
        ("osonsms", "89119876543", "RU", "79119876543"),
        ("osonsms", "+937380000", "RU", "937380000"),
        ("mfms", "937380000", "RU", "937380000"),
    ],
)
def test_in_osonsms_nine_bare_digits_are_a_tajik_number_whoever_asks(
    protocol: str, raw: str, home: str, digits: str
) -> None:
    assert recipient_in(protocol, raw, home) == digits
