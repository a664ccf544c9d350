"""SMS2's words for everything the platform can say."""

from gonets.model.message import Status
from gonets.model.reasons import Reason
from gonets.model.results import BaseFault
from gonets.protocols.sms2.tables import (
    API_CALL_TEXTS,
    FAULT_TEXTS,
    HTTP_STATUS,
    REASON_TEXTS,
    STATUS_WORDS,
)

DOCUMENT_TEXTS = {
    b"authentication failure",
    b"can't send this message",
    b"your credit is null",
    b"direction is closed",
    b"unsupported phone number",
    b"unsupported sender",
    b"phone blacklisted",
    b"blocked text message",
    b"message duplication",
    b"service is switched off",
    b"no such message",
    b"wrong function",
}
"""Of sections 1.2, 2.2 and, in api_call.cgi, 3.2."""


def test_every_status_has_a_word_of_the_document() -> None:
    assert set(STATUS_WORDS) == set(Status)
    assert set(STATUS_WORDS.values()) == {b"unknown", b"delivered", b"not_delivered"}


def test_every_reason_has_a_text_of_the_document() -> None:
    assert set(REASON_TEXTS) == set(API_CALL_TEXTS) == set(Reason)
    assert set(REASON_TEXTS.values()) == DOCUMENT_TEXTS


def test_bases_have_two_texts_of_their_own() -> None:
    other = {reason: text for reason, text in API_CALL_TEXTS.items() if text != REASON_TEXTS[reason]}
    assert other == {Reason.BAD_REQUEST: b"wrong function", Reason.BAD_RECIPIENT: b"wrong phone number"}


def test_everything_that_goes_wrong_with_a_base_has_a_text_of_the_document() -> None:
    assert set(FAULT_TEXTS) == set(BaseFault)
    assert set(FAULT_TEXTS.values()) == {
        b"wrong base",
        b"base is protected",
        b"can't add phone number",
        b"can't remove phone number",
    }


def test_only_our_own_troubles_are_another_http_status_than_200() -> None:
    assert HTTP_STATUS == {Reason.TOO_MANY_REQUESTS: 429, Reason.STORE_UNAVAILABLE: 500}
    assert all(REASON_TEXTS[reason] == b"service is switched off" for reason in HTTP_STATUS)
