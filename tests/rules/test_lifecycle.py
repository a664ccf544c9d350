"""States of parts, of messages, and money."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.message import State
from gonets.model.results import Deferred, Rejected, SendResult, Sent, Uncertain
from gonets.rules.lifecycle import FAILURES, Stand, answer, correct, fold, refunds, stand

S = State
REPORTABLE = [State.ACCEPTED, *(state for state in State if state.final)]
ALL_PAIRS = list(product(State, State))

# ---- the fold of parts


@pytest.mark.parametrize(
    ("states", "folded"),
    [
        ([S.QUEUED], S.QUEUED),
        ([S.DELIVERED, S.DELIVERED], S.DELIVERED),
        ([S.DELIVERED, S.SENT], S.SENT),
        ([S.DELIVERED, S.ACCEPTED], S.ACCEPTED),
        ([S.SENT, S.CLAIMED, S.DELIVERED], S.CLAIMED),
        ([S.SENT, S.UNCERTAIN], S.SENT),
        ([S.QUEUED, S.DEFERRED], S.DEFERRED),
        ([S.DELIVERED, S.NO_REPORT], S.NO_REPORT),
        ([S.SENT, S.NO_REPORT], S.SENT),
        ([S.ACCEPTED, S.NO_REPORT], S.ACCEPTED),
        ([S.DELIVERED, S.UNDELIVERED], S.UNDELIVERED),
        ([S.QUEUED, S.FAILED, S.DELIVERED], S.FAILED),
        ([S.NO_REPORT, S.REJECTED], S.REJECTED),
        ([S.DELIVERED, S.EXPIRED, S.REJECTED], S.EXPIRED),
        ([S.CANCELLED, S.FAILED], S.CANCELLED),
    ],
)
def test_a_message_stands_where_its_parts_put_it(states: list[State], folded: State) -> None:
    assert fold(states) is folded


some_states = st.lists(st.sampled_from(State), min_size=1, max_size=6)


@given(some_states)
def test_every_combination_of_parts_folds_to_one_of_them(states: list[State]) -> None:
    assert fold(states) in states


@given(some_states)
def test_any_failure_is_the_message_s(states: list[State]) -> None:
    assert (fold(states) in FAILURES) == any(state in FAILURES for state in states)


@given(some_states)
def test_a_message_is_final_only_where_a_part_failed_or_all_are_done(states: list[State]) -> None:
    done = all(state.final for state in states)
    assert fold(states).final == (done or any(state in FAILURES for state in states))


def test_a_message_without_parts_stands_nowhere() -> None:
    with pytest.raises(ValueError, match="empty"):
        fold([])
    with pytest.raises(ValueError, match="empty"):
        stand([])


@pytest.mark.parametrize(
    ("parts", "stands"),
    [
        ([(S.SENT, 0, 5)], Stand(S.SENT, 0, 5)),
        ([(S.DELIVERED, 0, 5), (S.DELIVERED, 0, 9), (S.DELIVERED, 0, 7)], Stand(S.DELIVERED, 0, 9)),
        ([(S.DELIVERED, 0, 9), (S.SENT, 0, 5), (S.SENT, 0, 6)], Stand(S.SENT, 0, 6)),
        ([(S.UNDELIVERED, 6, 9), (S.REJECTED, 8, 5)], Stand(S.REJECTED, 8, 5)),
        ([(S.REJECTED, 8, 5), (S.UNDELIVERED, 6, 9)], Stand(S.REJECTED, 8, 5)),
        ([(S.UNDELIVERED, 1, 5), (S.UNDELIVERED, 6, 5)], Stand(S.UNDELIVERED, 1, 5)),
        ([(S.DELIVERED, 0, 1), (S.EXPIRED, 6, 5), (S.QUEUED, 0, 1)], Stand(S.EXPIRED, 6, 5)),
    ],
)
def test_a_message_stands_there_since_the_part_that_decided(
    parts: list[tuple[State, int, int]], stands: Stand
) -> None:
    assert stand(parts) == stands


# ---- what a receipt may do


@pytest.mark.parametrize(("current", "reported"), ALL_PAIRS)
def test_a_receipt_either_moves_a_part_to_what_it_says_or_changes_nothing(
    current: State, reported: State
) -> None:
    assert correct(current, reported) in (reported, None)


@pytest.mark.parametrize(("current", "reported"), ALL_PAIRS)
def test_a_receipt_never_takes_a_part_back(current: State, reported: State) -> None:
    if correct(current, reported) is not None:
        assert reported.final or reported > current
        assert not current.final or reported.final


@pytest.mark.parametrize(
    "current", [S.DEFERRED, S.QUEUED, S.CLAIMED, S.SENT, S.UNCERTAIN], ids=lambda state: state.name
)
@pytest.mark.parametrize("reported", REPORTABLE)
def test_a_part_that_waits_for_its_end_takes_any_receipt(current: State, reported: State) -> None:
    assert correct(current, reported) is reported


@pytest.mark.parametrize("reported", State)
@pytest.mark.parametrize(
    "current", [S.SCHEDULED, S.DELIVERED, S.UNDELIVERED, S.REJECTED, S.FAILED, S.CANCELLED]
)
def test_no_receipt_changes_what_never_left_or_is_settled(current: State, reported: State) -> None:
    assert correct(current, reported) is None


@pytest.mark.parametrize("current", State)
@pytest.mark.parametrize("reported", [state for state in State if state not in REPORTABLE])
def test_a_receipt_that_reports_no_more_than_sending_is_no_news(current: State, reported: State) -> None:
    assert correct(current, reported) is None


@pytest.mark.parametrize("current", State)
def test_the_same_receipt_twice_changes_a_part_once(current: State) -> None:
    for reported in REPORTABLE:
        moved = correct(current, reported)
        assert moved is None or correct(moved, reported) is None


@pytest.mark.parametrize(
    ("current", "reported", "moved"),
    [
        (S.NO_REPORT, S.DELIVERED, S.DELIVERED),
        (S.NO_REPORT, S.UNDELIVERED, S.UNDELIVERED),
        (S.NO_REPORT, S.EXPIRED, S.EXPIRED),
        (S.NO_REPORT, S.ACCEPTED, None),
        (S.EXPIRED, S.DELIVERED, S.DELIVERED),
        (S.EXPIRED, S.UNDELIVERED, S.UNDELIVERED),
        (S.EXPIRED, S.NO_REPORT, None),
        (S.EXPIRED, S.ACCEPTED, None),
        (S.UNCERTAIN, S.DELIVERED, S.DELIVERED),
        (S.UNCERTAIN, S.ACCEPTED, S.ACCEPTED),
        (S.ACCEPTED, S.DELIVERED, S.DELIVERED),
        (S.ACCEPTED, S.ACCEPTED, None),
        (S.DELIVERED, S.UNDELIVERED, None),
    ],
)
def test_a_late_receipt_corrects_what_was_only_presumed(
    current: State, reported: State, moved: State | None
) -> None:
    assert correct(current, reported) is moved


# ---- what an answer may do

RESULTS: list[SendResult] = [Sent("42"), Deferred(88, 1.0), Rejected(11), Uncertain()]


@pytest.mark.parametrize(
    ("current", "moved"),
    [
        (S.CLAIMED, [S.SENT, S.DEFERRED, S.REJECTED, S.UNCERTAIN]),
        (S.UNCERTAIN, [S.SENT, S.DEFERRED, S.REJECTED, None]),
        *((state, [None] * 4) for state in State if state not in (S.CLAIMED, S.UNCERTAIN)),
    ],
)
def test_an_answer_moves_only_a_part_that_waits_for_one(current: State, moved: list[State | None]) -> None:
    assert [answer(current, result) for result in RESULTS] == moved


# ---- money


@pytest.mark.parametrize("left_us", [True, False])
@pytest.mark.parametrize("refund_undelivered", [True, False])
def test_money_goes_back_as_the_rule_says(*, left_us: bool, refund_undelivered: bool) -> None:
    back = {s for s in State if refunds(s, left_us=left_us, refund_undelivered=refund_undelivered)}
    expected = {S.FAILED, S.REJECTED, S.CANCELLED}
    if not left_us:
        expected.add(S.EXPIRED)
    if refund_undelivered:
        expected.add(S.UNDELIVERED)
    assert back == expected


@pytest.mark.parametrize("refund_undelivered", [True, False])
def test_no_part_whose_money_went_back_moves_again(*, refund_undelivered: bool) -> None:
    for state in State:
        if refunds(state, left_us=True, refund_undelivered=refund_undelivered):
            assert all(correct(state, reported) is None for reported in State)
            assert all(answer(state, result) is None for result in RESULTS)


def test_what_gives_money_back_is_final() -> None:
    for state in State:
        if refunds(state, left_us=False, refund_undelivered=True):
            assert state.final
