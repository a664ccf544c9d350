"""MFMS's words for everything the platform can say."""

from datetime import datetime

import pytest

from gonets.model.message import Status
from gonets.model.reasons import Reason
from gonets.protocols.mfms.tables import HTTP_STATUS, REASON_CODES, STATUS_WORDS, reason_word, written_date

DOCUMENT_STATUSES = {b"enqueued", b"sent", b"delivered", b"undelivered", b"failed", b"delayed", b"cancelled"}
DOCUMENT_CODES = {
    b"error-auth",
    b"error-syntax",
    b"error-system",
    b"error-provider-id-unknown",
    b"error-address-format",
    b"error-address-unknown",
    b"error-subject-format",
    b"error-subject-unknown",
}


def test_every_status_has_a_word_of_the_document() -> None:
    assert set(STATUS_WORDS) == set(Status)
    assert set(STATUS_WORDS.values()) == DOCUMENT_STATUSES


def test_every_reason_has_a_code_of_the_document() -> None:
    assert set(REASON_CODES) == set(Reason)
    assert set(REASON_CODES.values()) == DOCUMENT_CODES


def test_only_our_own_troubles_are_another_http_status_than_200() -> None:
    assert {reason: status for reason, (status, _) in HTTP_STATUS.items()} == {
        Reason.TOO_MANY_REQUESTS: 429,
        Reason.STORE_UNAVAILABLE: 500,
    }
    assert all(REASON_CODES[reason] == b"error-system" for reason in HTTP_STATUS)


@pytest.mark.parametrize(
    ("status", "error", "word"),
    [
        (Status.UNDELIVERED, 0, "none"),
        (Status.UNDELIVERED, 1, "unknown-subscriber"),
        (Status.UNDELIVERED, 77, "error-077"),
        (Status.EXPIRED, 6, "absent-subscriber"),
        (Status.REJECTED, 13, "subscriber-barred"),
        (Status.REJECTED, 0, "platform-error"),
        (Status.FAILED, 0, "platform-error"),
        (Status.DELIVERED, 1, ""),
        (Status.SENT, 1, ""),
        (Status.CANCELLED, 1, ""),
        (Status.NO_REPORT, 1, ""),
    ],
)
def test_a_reason_stands_with_undelivered_and_failed_only(status: Status, error: int, word: str) -> None:
    assert reason_word(status, error) == word


def test_a_date_is_written_on_a_24_hour_clock_with_dots_or_dashes() -> None:
    at = datetime(2012, 3, 5, 19, 3, 7)  # noqa: DTZ001 - already local
    assert written_date(at, dashed=False) == "2012.03.05 19:03:07"
    assert written_date(at, dashed=True) == "2012-03-05 19:03:07"
