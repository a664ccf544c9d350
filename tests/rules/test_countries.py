"""Of which country a number is, by its first digits."""

import pytest

from gonets.rules.countries import country_of


@pytest.mark.parametrize(
    ("head", "country"),
    [
        ("7903", "RU +7"),
        ("7701", "KZ +7"),
        ("3806", "UA +380"),
        ("9929", "TJ +992"),
        ("1212", "US +1"),
        ("8835", "+883"),
        ("9999", "+999"),
        ("a@ex", "e-mail"),
        ("1@ex", "e-mail"),
    ],
)
def test_the_first_digits_tell_the_country(head: str, country: str) -> None:
    assert country_of(head) == country
