"""OsonSMS's words for everything the platform can say."""

from datetime import UTC, datetime

from gonets.model.message import Status
from gonets.model.reasons import Reason
from gonets.protocols.osonsms.tables import FAULTS, NO_ACCOUNT, STATUS_WORDS, written_time

DOCUMENT: dict[tuple[int, int], str] = {
    (422, 100): "One of the mandatory variables (%s) not set.",
    (401, 105): "Inactive or non-existent account",
    (422, 106): "Incorrect hash",
    (422, 107): "Incorrect sender",
    (409, 108): "Duplicate txn_id. It should be unique.",
    (500, 109): "Unable to store message.",
    (501, 112): "Error while sending sms.",
    (599, 113): "Unable to connect to smsc host.",
    (401, 114): "Host is not in whitelist",
    (402, 119): "Balance overdraft limit has reached. Please top up your balance.",
}
"""HTTP status and code of each line of its table."""
SEEN: dict[tuple[int, int], str] = {
    (422, 107): "Message ID is invalid",
    (429, 112): "Error while sending sms.",
}
"""What the provider answers besides."""


def test_every_status_has_a_word() -> None:
    assert set(STATUS_WORDS) == set(Status)
    assert set(STATUS_WORDS.values()) == {
        *("ENROUTE", "ACCEPTED", "DELIVERED", "UNDELIVERABLE"),
        *("EXPIRED", "REJECTED", "DELETED", "UNKNOWN"),
    }


def test_every_reason_has_a_line_of_the_document() -> None:
    assert set(FAULTS) == set(Reason)
    lines = {*((fault.http, fault.code, fault.msg) for fault in FAULTS.values())}
    assert lines == {(*key, msg) for table in (DOCUMENT, SEEN) for key, msg in table.items()}
    assert (NO_ACCOUNT.http, NO_ACCOUNT.code) == (401, 105)


def test_a_moment_is_written_on_a_24_hour_clock_without_its_zone() -> None:
    assert written_time(datetime(2017, 3, 5, 19, 3, 7, 999_999, tzinfo=UTC)) == "2017-03-05 19:03:07"
