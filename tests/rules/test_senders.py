"""Who may use which sender name."""

import pytest

from gonets.model.account import Account
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.rules.senders import check_sender
from tests.rules.places import ANYONE, BANK, DEFAULTING, TABLES


def verdict(sender: str, account: Account, protocol: str = "mfms") -> str | Reason:
    checked = check_sender(sender, protocol, account, TABLES)
    if isinstance(checked, Refused):
        assert checked.detail
        return checked.reason
    return checked


@pytest.mark.parametrize("sender", ["Bank", "bank", "BANK", "ООО «Ромашка»"])
def test_a_registered_name_passes_whatever_its_form_and_case(sender: str) -> None:
    assert verdict(sender, BANK) == sender


@pytest.mark.parametrize("sender", ["Shop", "New", "Casino", "12345", "Bank "])
def test_a_name_that_is_not_approved_is_unknown(sender: str) -> None:
    assert verdict(sender, BANK) is Reason.UNKNOWN_SENDER


@pytest.mark.parametrize("sender", ["ООО «Сирень»", "Bank!", "twelve chars", "1234567890123456"])
def test_form_is_checked_before_registration(sender: str) -> None:
    assert verdict(sender, BANK) is Reason.BAD_SENDER


@pytest.mark.parametrize(
    "sender",
    ["A", "Bank", "My shop", "a.b-c_d", "ElevenChars", "1", "123456789012345", "12 34", "New"],
)
def test_any_name_of_the_form_passes_where_any_sender_may_be_used(sender: str) -> None:
    assert verdict(sender, ANYONE) == sender


def test_a_refused_name_stays_refused_where_any_sender_may_be_used() -> None:
    assert verdict("Casino", ANYONE) is Reason.UNKNOWN_SENDER


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "   ",
        "TwelveChars1",
        "1234567890123456",
        "Банк",
        "Bänk",
        "Bank!",
        "a+b",
        "Bank\n",
        "\nBank",
        "a\x00b",
        "Ⅷ",
        "١٢٣",
    ],
)
def test_a_name_not_of_mfms_form_is_bad(sender: str) -> None:
    assert verdict(sender, ANYONE) is Reason.BAD_SENDER


@pytest.mark.parametrize("sender", ["Bank!", "a+b", "#1 & Co", "123456789012345"])
def test_a_protocol_without_a_form_takes_what_the_air_can_carry(sender: str) -> None:
    assert verdict(sender, ANYONE, "osonsms") == sender


@pytest.mark.parametrize("sender", ["Банк", "twelve chars", "a`b", "    ", "a\tb", ""])
def test_a_protocol_without_a_form_takes_nothing_that_the_air_cannot_carry(sender: str) -> None:
    assert verdict(sender, ANYONE, "osonsms") is Reason.BAD_SENDER


@pytest.mark.parametrize("sender", ["abc", "Sms2Demo", "ElevenChars", "1a1", "a2345678901"])
def test_sms2_takes_three_to_eleven_latin_letters_and_digits(sender: str) -> None:
    assert verdict(sender, ANYONE, "sms2") == sender


@pytest.mark.parametrize(
    "sender", ["", ".", "ab", "TwelveChars1", "123", "79031111111", "a b c", "your_login", "Банк", "abc\n"]
)
def test_sms2_takes_no_other_form(sender: str) -> None:
    assert verdict(sender, ANYONE, "sms2") is Reason.BAD_SENDER


@pytest.mark.parametrize("sender", ["A", "SMS CLUB", "12345678901", "4 you", "ElevenChars"])
def test_smsclub_takes_up_to_eleven_latin_letters_digits_and_spaces(sender: str) -> None:
    assert verdict(sender, ANYONE, "smsclub") == sender


@pytest.mark.parametrize(
    "sender", ["", " ", "TwelveChars1", "123456789012", "a.b", "a-b", "a_b", "Клуб", "a\n"]
)
def test_smsclub_takes_no_other_form(sender: str) -> None:
    assert verdict(sender, ANYONE, "smsclub") is Reason.BAD_SENDER


@pytest.mark.parametrize("protocol", ["mfms", "sms2", "smsclub", "osonsms", "smsc"])
def test_a_registered_name_passes_whatever_its_form_in_every_protocol(protocol: str) -> None:
    assert verdict("ООО «Ромашка»", BANK, protocol) == "ООО «Ромашка»"


@pytest.mark.parametrize(
    ("protocol", "words"),
    [("mfms", "1 to 11"), ("sms2", "3 to 11"), ("smsclub", "spaces"), ("smsc", "1 to 11")],
)
def test_a_bad_form_is_told_what_the_form_is(protocol: str, words: str) -> None:
    checked = check_sender("ООО «Сирень»", protocol, ANYONE, TABLES)
    assert isinstance(checked, Refused)
    assert words in checked.detail


@pytest.mark.parametrize("sender", ["", "."])
def test_no_sender_means_the_account_s_default(sender: str) -> None:
    assert verdict(sender, DEFAULTING) == "Моя фирма"


def test_a_default_does_not_stand_in_for_a_name_that_is_refused() -> None:
    assert verdict("Shop", DEFAULTING) is Reason.UNKNOWN_SENDER
    assert verdict("..", DEFAULTING) is Reason.UNKNOWN_SENDER
