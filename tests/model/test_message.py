"""What is stored as a number means the same for ever, and every state is a status."""

import pytest

from gonets.model.ledger import EntryKind
from gonets.model.message import LARGEST_ID, STATUS_OF_STATE, Encoding, Priority, State, Status, message_id
from gonets.model.reasons import UNDELIVERED_WORDS, undelivered_word


def test_every_state_has_a_status_and_every_status_a_state() -> None:
    assert set(STATUS_OF_STATE) == set(State)
    assert {state.status for state in State} == set(Status)


def test_only_the_steps_inside_queued_differ_from_what_a_client_is_told() -> None:
    inside = {state for state in State if state.name != state.status.name}
    assert inside == {State.DEFERRED, State.CLAIMED}
    assert {state.status for state in inside} == {Status.QUEUED}


def test_stored_numbers_never_change_their_meaning() -> None:
    assert {state.name: state.value for state in State} == {
        "SCHEDULED": 10,
        "DEFERRED": 15,
        "QUEUED": 20,
        "CLAIMED": 30,
        "SENT": 40,
        "UNCERTAIN": 45,
        "ACCEPTED": 50,
        "DELIVERED": 60,
        "UNDELIVERED": 61,
        "EXPIRED": 62,
        "REJECTED": 63,
        "FAILED": 64,
        "CANCELLED": 65,
        "NO_REPORT": 66,
    }
    assert [(kind.name, kind.value) for kind in EntryKind][:4] == [
        ("CHARGE", 1),
        ("REFUND", 2),
        ("TOP_UP", 3),
        ("ADJUSTMENT", 4),
    ]
    assert [(priority.name, priority.value) for priority in Priority] == [
        ("REALTIME", 0),
        ("HIGH", 1),
        ("NORMAL", 2),
        ("LOW", 3),
    ]
    assert (Encoding.GSM7, Encoding.UCS2) == (0, 8)


def test_what_is_final_is_what_nothing_is_expected_after() -> None:
    assert {state for state in State if state.final} == {
        State.DELIVERED,
        State.UNDELIVERED,
        State.EXPIRED,
        State.REJECTED,
        State.FAILED,
        State.CANCELLED,
        State.NO_REPORT,
    }


@pytest.mark.parametrize(
    ("error", "word"), [*UNDELIVERED_WORDS.items(), (5, "error-005"), (1234, "error-1234")]
)
def test_every_error_of_a_network_has_a_word(error: int, word: str) -> None:
    assert undelivered_word(error) == word


@pytest.mark.parametrize(
    ("written", "id_"),
    [
        (b"1001", 1001),
        (b"0001001", 1001),
        (b"0" * 100_000 + b"7", 7),
        (b"%d" % LARGEST_ID, LARGEST_ID),
        (b"%d" % (LARGEST_ID + 1), None),
        (b"9" * 20, None),
        (b"9" * 100_000, None),
        (b"0", None),
        (b"", None),
        (b"-1", None),
        (b"+1", None),
        (b" 1", None),
        (b"1\n", None),
        (b"1_0", None),
        ("١".encode(), None),
    ],
)
def test_an_id_is_a_positive_decimal_number_that_the_store_could_hold(
    written: bytes, id_: int | None
) -> None:
    assert message_id(written) == id_
