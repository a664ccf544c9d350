"""Limits of providers, mixed words, comments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.reasons import Reason
from gonets.rules.texts import SEPARATORS, check_text, mixed_alphabet, too_long, without_comment


@pytest.mark.parametrize(
    ("text", "protocol", "long"),
    [
        ("a" * 268, "sms2", False),
        ("a" * 269, "sms2", True),
        ("ж" * 268, "sms2", False),
        ("ж" * 269, "sms2", True),
        ("a" * 1071, "smsclub", False),
        ("a" * 1072, "smsclub", True),
        ("ж" * 469, "smsclub", False),
        ("ж" * 470, "smsclub", True),
        ("a" * 468 + "ж", "smsclub", False),
        ("a" * 469 + "ж", "smsclub", True),
        ("a" * 469 + "\x7f", "smsclub", True),
        ("a" * 469 + "\0", "smsclub", True),
        ("\x01~" * 535, "smsclub", False),
        ("€" * 470, "smsclub", True),
        ("ж" * 17_085, "mfms", False),
        ("a" * 39_015, "osonsms", False),
        ("a" * 100_000, "smsc", False),
        ("", "sms2", False),
    ],
)
def test_a_text_is_as_long_as_the_protocol_s_document_allows(text: str, protocol: str, long: bool) -> None:
    assert too_long(text, protocol) is long
    refused = check_text(text, protocol)
    assert (refused is not None) is long
    assert refused is None or (refused.reason is Reason.BAD_TEXT and refused.detail.endswith("."))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", None),
        ("Hello", None),
        ("Привет", None),
        ("Привет, Hello", None),
        ("Приветhello", "Приветhello"),
        ("cыр", "cыр"),
        ("два cыра и сырo", "cыра"),
        ("SMS-рассылка", None),
        ("example.рф", None),
        ("Apple'а", None),
        ("login_имя", None),
        ("4Gсеть", "4Gсеть"),
        ("Win10Про", "Win10Про"),
        ("4G сеть", None),
        ("12345 руб.", None),
        ("été и été", None),
        ("étéи", "étéи"),
        ("Їжакi", "Їжакi"),
        ("αбв", None),
        ("ｃыр", "ｃыр"),
        ("😀a😀б", None),
    ],
)
def test_a_word_of_two_alphabets_is_found(text: str, word: str | None) -> None:
    assert mixed_alphabet(text) == word


def test_sms2_refuses_mixed_words_and_names_them() -> None:
    refused = check_text("Ваш заkаз", "sms2")
    assert refused is not None
    assert refused.reason is Reason.BAD_TEXT
    assert "заkаз" in refused.detail
    assert check_text("Ваш заkаз", "mfms") is None


@given(st.text(st.sampled_from("aбж1 -Z"), max_size=30))
def test_a_text_is_mixed_exactly_where_one_of_its_words_is(text: str) -> None:
    def mixed(word: str) -> bool:
        return any(char in "aZ" for char in word) and any(char in "бж" for char in word)

    words = text.replace("-", " ").split()
    assert mixed_alphabet(text) == next(filter(mixed, words), None)


@pytest.mark.parametrize(
    ("text", "sent", "comment"),
    [
        ("Hello", "Hello", None),
        ("Hello\n~~~\norder 7", "Hello", "order 7"),
        ("Hello\r\n~~~\r\norder 7", "Hello", "order 7"),
        ("Hello\r\n~~~\norder 7", "Hello", "order 7"),
        ("Hello\n~~~\r\norder 7", "Hello", "order 7"),
        ("Hello\n~~~\n", "Hello", ""),
        ("\n~~~\norder 7", "", "order 7"),
        ("a\n~~~\nb\n~~~\nc", "a", "b\n~~~\nc"),
        ("a\r\n~~~\r\nb\n~~~\nc", "a", "b\n~~~\nc"),
        ("a\n~~~\nb\r\n~~~\r\nc", "a", "b\r\n~~~\r\nc"),
        ("Hello\n~~~", "Hello\n~~~", None),
        ("Hello~~~\n", "Hello~~~\n", None),
        ("Hello\n~~~~\n", "Hello\n~~~~\n", None),
        ("Hello\n ~~~\n", "Hello\n ~~~\n", None),
        ("~~~\nHello", "~~~\nHello", None),
        ("a\n\n~~~\n\nb", "a\n", "\nb"),
        ("", "", None),
    ],
)
def test_what_stands_after_the_separator_is_a_comment(text: str, sent: str, comment: str | None) -> None:
    assert without_comment(text) == (sent, comment)


def test_separators_may_be_others_or_none() -> None:
    assert without_comment("Hello\nüüü\norder 7", ("\nüüü\n",)) == ("Hello", "order 7")
    assert without_comment("Hello\n~~~\norder 7", ()) == ("Hello\n~~~\norder 7", None)


@given(st.text(st.sampled_from("a~\r\n"), max_size=30))
def test_nothing_of_a_text_is_lost_and_what_is_sent_holds_no_separator(text: str) -> None:
    sent, comment = without_comment(text)
    if comment is None:
        assert sent == text
    else:
        assert any(text == sent + separator + comment for separator in SEPARATORS)
    assert not any(separator in sent for separator in SEPARATORS)
