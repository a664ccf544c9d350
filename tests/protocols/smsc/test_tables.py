"""SMPP's numbers for everything the platform can say."""

import pytest

from gonets.model.message import Status
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.protocols.smsc.tables import (
    COMMAND_STATUSES,
    MESSAGE_STATES,
    command_status,
    error_of,
    status_text,
)
from gonets.wire.smpp import codes, tlvs
from gonets.wire.smpp.codes import Command, Tag
from gonets.wire.smpp.receipt import STATS

STAT_AND_STATE = {
    Status.SCHEDULED: ("ENROUTE", 1),
    Status.QUEUED: ("ENROUTE", 1),
    Status.SENT: ("ENROUTE", 1),
    Status.UNCERTAIN: ("ENROUTE", 1),
    Status.ACCEPTED: ("ACCEPTD", 6),
    Status.DELIVERED: ("DELIVRD", 2),
    Status.UNDELIVERED: ("UNDELIV", 5),
    Status.EXPIRED: ("EXPIRED", 3),
    Status.REJECTED: ("REJECTD", 8),
    Status.FAILED: ("UNDELIV", 5),
    Status.CANCELLED: ("DELETED", 4),
    Status.NO_REPORT: ("UNKNOWN", 7),
}

SUBMITS = {
    Reason.BAD_CREDENTIALS: 0x45,
    Reason.ACCOUNT_BLOCKED: 0x45,
    Reason.HOST_NOT_ALLOWED: 0x45,
    Reason.TOO_MANY_REQUESTS: 0x58,
    Reason.BAD_REQUEST: 0x02,
    Reason.BAD_RECIPIENT: 0x0B,
    Reason.RECIPIENT_DENIED: 0x0B,
    Reason.DIRECTION_CLOSED: 0x0B,
    Reason.NO_ROUTE: 0x0B,
    Reason.BAD_SENDER: 0x0A,
    Reason.UNKNOWN_SENDER: 0x0A,
    Reason.BAD_TEXT: 0x01,
    Reason.BLOCKED_TEXT: 0x45,
    Reason.DUPLICATE: 0x45,
    Reason.FLOOD: 0x58,
    Reason.NO_CREDIT: 0x45,
    Reason.UNKNOWN_MESSAGE: 0x0C,
    Reason.UNSUPPORTED: 0x03,
    Reason.STORE_UNAVAILABLE: 0x08,
    Reason.UPSTREAM_UNAVAILABLE: 0x08,
}
BINDS = {
    Reason.BAD_CREDENTIALS: 0x0E,
    Reason.ACCOUNT_BLOCKED: 0x0D,
    Reason.HOST_NOT_ALLOWED: 0x0D,
    Reason.TOO_MANY_REQUESTS: 0x58,
    Reason.STORE_UNAVAILABLE: 0x08,
}
FAILS = {Command.QUERY_SM: 0x67, Command.CANCEL_SM: 0x11, Command.REPLACE_SM: 0x13}


def test_every_status_has_its_word_and_number() -> None:
    assert set(MESSAGE_STATES) == set(Status)
    assert {status: (STATS[state], int(state)) for status, state in MESSAGE_STATES.items()} == STAT_AND_STATE


def test_every_reason_has_a_command_status() -> None:
    assert set(COMMAND_STATUSES) == set(Reason)


@pytest.mark.parametrize("command", [Command.SUBMIT_SM, Command.SUBMIT_MULTI, Command.DATA_SM])
@pytest.mark.parametrize("reason", Reason)
def test_what_a_message_is_refused_with(reason: Reason, command: Command) -> None:
    assert command_status(command, Refused(reason)) == SUBMITS[reason]


@pytest.mark.parametrize(
    "command", [Command.BIND_TRANSMITTER, Command.BIND_RECEIVER, Command.BIND_TRANSCEIVER]
)
@pytest.mark.parametrize("reason", BINDS)
def test_what_a_bind_is_refused_with(reason: Reason, command: Command) -> None:
    assert command_status(command, Refused(reason)) == BINDS[reason]
    assert command_status(command, Refused(Reason.BAD_CREDENTIALS, unknown_login=True)) == 0x0F


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("command", FAILS)
def test_what_cannot_be_done_to_a_message_has_the_status_of_the_operation(
    command: Command, reason: Reason
) -> None:
    passing = {Reason.TOO_MANY_REQUESTS: 0x58, Reason.STORE_UNAVAILABLE: 8, Reason.UPSTREAM_UNAVAILABLE: 8}
    assert command_status(command, Refused(reason)) == passing.get(reason, FAILS[command])


@pytest.mark.parametrize("reason", Reason)
def test_a_refusal_says_the_name_of_its_reason_and_one_sentence(reason: Reason) -> None:
    said = tlvs.string(status_text(Refused(reason)), Tag.ADDITIONAL_STATUS_INFO_TEXT)
    assert said is not None
    name, _, sentence = said.partition(": ")
    assert name == reason.value
    assert sentence.endswith(".")
    assert sentence[0].isupper()
    own = status_text(Refused(reason, "Do this."))
    assert tlvs.string(own, Tag.ADDITIONAL_STATUS_INFO_TEXT) == f"{reason.value}: Do this."


def test_every_command_status_has_a_name() -> None:
    assert all(isinstance(status, codes.Status) for status in COMMAND_STATUSES.values())


@pytest.mark.parametrize(
    ("status", "error", "told"),
    [
        (Status.DELIVERED, 0, 0),
        (Status.UNDELIVERED, 6, 6),
        (Status.FAILED, 220, 255),
        (Status.REJECTED, 5000, 999),
        (Status.REJECTED, -1, 0),
    ],
)
def test_an_error_code_has_three_digits_and_ours_is_255(status: Status, error: int, told: int) -> None:
    assert error_of(status, error) == told
