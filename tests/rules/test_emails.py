"""E-mail addresses by their form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.rules.emails import LONGEST, address_of

LABEL = "a" * 63
DOMAIN = f"{LABEL}.{LABEL}.{LABEL[:49]}.example.com"
"""189 octets: with 64 before its @ an address has 254."""


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("name@example.com", "name@example.com"),
        ("  name@example.com\r\n", "name@example.com"),
        ("First.Last+tag@Mail.Example.COM", "First.Last+tag@mail.example.com"),
        ("!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"),
        ('"a b"@example.com', '"a b"@example.com'),
        (r'"a\"@\\b"@example.com', r'"a\"@\\b"@example.com'),
        ("79031234567@example.com", "79031234567@example.com"),
        ("a@xn--80a1acny.xn--p1ai", "a@xn--80a1acny.xn--p1ai"),
        ("a@1.2.example", "a@1.2.example"),
        (f"{'l' * 64}@{DOMAIN}", f"{'l' * 64}@{DOMAIN}"),
    ],
)
def test_an_address_keeps_its_local_part_and_has_its_domain_in_lower_case(raw: str, address: str) -> None:
    assert address_of(raw) == address


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "@",
        "name",
        "79031234567",
        "name@",
        "@example.com",
        "name@localhost",
        "name@example.123",
        "name@192.0.2.1",
        "name@[192.0.2.1]",
        "name@example.com.",
        "name@.example.com",
        "name@exam..ple.com",
        "name@-example.com",
        "name@example-.com",
        "name@exa_mple.com",
        ".name@example.com",
        "name.@example.com",
        "na..me@example.com",
        "na me@example.com",
        "na@me@example.com",
        '"name@example.com',
        '"na"me@example.com',
        "<name@example.com>",
        "name@example.com, other@example.com",
        "name@example.com\nBcc: other@example.com",
        '"a\r\nb"@example.com',
        '"a\0b"@example.com',
        "имя@example.com",
        "name@пример.рф",
        f"name@{'a' * 64}.com",
        f"{'l' * 65}@example.com",
        f'"@{"l" * 70}"@example.com',
        f"{'l' * 64}@a{DOMAIN}",
        "name@example.com" * 10_000,
    ],
)
def test_what_no_mail_could_be_sent_to_is_no_address(raw: str) -> None:
    assert address_of(raw) is None


def test_an_address_has_as_many_octets_as_a_path_leaves_it() -> None:
    assert len(f"{'l' * 64}@{DOMAIN}") == LONGEST == 254


@given(st.text(), st.emails())
def test_whatever_is_taken_is_taken_again_as_it_is(text: str, email: str) -> None:
    for raw in (text, email, f"{text}@example.com"):
        address = address_of(raw)
        assert address is None or address_of(address) == address
