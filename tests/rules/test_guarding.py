"""Duplicates, floods, rates and failed logins."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.calls import Submission
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.rules.guarding import (
    LOCKED,
    NO_FAILURES,
    PER_ADDRESS,
    PER_LOGIN,
    Bucket,
    Failures,
    failed,
    from_saved,
    is_duplicate,
    is_flood,
    is_full,
    is_past,
    once_key,
    penalty,
    spend,
    to_saved,
)

S = 1_000_000
T = 1_770_000_000 * S
"""A moment to begin at."""


class Said(msgspec.Struct, frozen=True):
    at: int = T
    channel: str = "sms"
    sender: str = "Bank"
    text: str = "Hello"
    subject: str = ""
    picture: str = ""
    header: str = ""


@pytest.mark.parametrize(
    ("earlier", "after", "duplicate"),
    [
        ([], 0, False),
        ([Said()], 0, True),
        ([Said()], 60 * S - 1, True),
        ([Said()], 60 * S, False),
        ([Said()], -1, True),
        ([Said(sender="bank")], 1, False),
        ([Said(text="Hello ")], 1, False),
        ([Said(channel="mms")], 1, False),
        ([Said(text="other"), Said(at=T - 100 * S), Said(at=T - 59 * S)], 0, True),
        ([Said(at=T - 59 * S), Said(at=T - 100 * S)], 0, True),
        ([Said(at=T - 61 * S), Said(text="other")], 0, False),
    ],
)
def test_the_same_message_within_the_window_is_a_duplicate(
    earlier: list[Said], after: int, duplicate: bool
) -> None:
    assert is_duplicate(earlier, "sms", "Bank", "Hello", T + after, 60 * S) is duplicate


@pytest.mark.parametrize(
    ("subject", "picture", "duplicate"),
    [("Spring", "c0ffee", True), ("Spring", "beef", False), ("Autumn", "c0ffee", False), ("", "", False)],
)
def test_an_mms_is_another_where_its_subject_or_its_picture_is(
    subject: str, picture: str, duplicate: bool
) -> None:
    earlier = [Said(channel="mms", subject="Spring", picture="c0ffee")]
    found = is_duplicate(earlier, "mms", "Bank", "Hello", T, 60 * S, subject=subject, picture=picture)
    assert found is duplicate


@pytest.mark.parametrize(
    ("header", "duplicate"),
    [
        ("050003c00302", True),
        ("050003070302", True),  # another reference: it is sent again
        ("06080400070302", True),
        ("050003c00303", False),
        ("050003c00402", False),
        ("050003c0030205", True),
        ("06050403e80000", False),  # ports alone
        ("ff", False),
        ("", False),
    ],
)
def test_a_part_that_a_client_cut_is_another_where_it_stands_elsewhere(header: str, duplicate: bool) -> None:
    earlier = [Said(header="050003c00302")]
    assert is_duplicate(earlier, "sms", "Bank", "Hello", T, 60 * S, header=header) is duplicate


def test_without_a_window_nothing_is_a_duplicate() -> None:
    assert not is_duplicate([Said()], "sms", "Bank", "Hello", T, 0)


def row(count: int, apart: int) -> list[int]:
    """Moments of so many messages before T, the newest first."""
    return [T - apart * place for place in range(1, count + 1)]


@pytest.mark.parametrize(
    ("earlier", "flood"),
    [
        ([], False),
        (row(49, 29 * S), False),
        (row(50, 29 * S), True),
        (row(50, 30 * S), False),
        (row(500, 30 * S - 1), True),
        (row(25, S) + [at - 60 * S for at in row(25, S)], False),
        (row(25, S) + [at - 53 * S for at in row(25, S)], True),
        ([T] * 50, True),
        ([T + S] * 50, True),
    ],
)
def test_more_in_a_row_to_one_recipient_than_allowed_is_a_flood(earlier: list[int], flood: bool) -> None:
    assert is_flood(earlier, T, 50, 30 * S) is flood


@pytest.mark.parametrize(("most", "gap"), [(0, 30 * S), (50, 0), (0, 0)])
def test_without_most_or_gap_nothing_is_a_flood(most: int, gap: int) -> None:
    assert not is_flood([T] * 100, T, most, gap)


@given(st.lists(st.integers(0, 100)), st.integers(1, 10), st.integers(1, 60))
def test_a_flood_is_decided_by_the_newest_of_most_messages(gaps: list[int], most: int, gap: int) -> None:
    moments, at = [], T
    for each in gaps:
        at -= each
        moments.append(at)
    assert is_flood(moments, T, most, gap) == is_flood(moments[:most], T, most, gap)
    assert is_flood(moments, T, most, gap) == (len(gaps) >= most and max(gaps[:most]) < gap)


def spent(requests: list[tuple[int, int]], rate: float, burst: float) -> list[bool]:
    """What becomes of requests of (moment, tokens)."""
    bucket, passed = None, []
    for now, n in requests:
        bucket, there = spend(bucket, n, rate, burst, now)
        passed.append(there)
    return passed


@pytest.mark.parametrize(
    ("requests", "passed"),
    [
        ([(T, 1)] * 3, [True, True, False]),
        ([(T, 2), (T, 1), (T + S // 2, 1)], [True, False, True]),
        ([(T, 2), (T + S // 2 - 1, 1)], [True, False]),
        ([(T, 1), (T, 2), (T, 1)], [True, False, True]),
        ([(T, 2), (T + 100 * S, 2), (T + 100 * S, 1)], [True, True, False]),
        ([(T, 10), (T + 4 * S, 1), (T + 4 * S + S // 2, 1)], [True, False, True]),
        ([(T, 1), (T, 10)], [True, False]),
        ([(T, 2), (T - 3600 * S, 1), (T - 3599 * S, 1)], [True, False, True]),
        ([(T, 0), (T, 2)], [True, True]),
    ],
)
def test_a_request_passes_when_the_bucket_has_its_tokens(
    requests: list[tuple[int, int]], passed: list[bool]
) -> None:
    assert spent(requests, rate=2.0, burst=2.0) == passed


@given(st.lists(st.tuples(st.integers(0, 3 * S), st.integers(1, 4))), st.sampled_from([1.0, 2.0, 0.5, 10.0]))
def test_over_any_time_no_more_pass_than_burst_and_rate_allow(
    steps: list[tuple[int, int]], rate: float
) -> None:
    burst = 4.0
    now, requests = T, []
    for pause, n in steps:
        now += pause
        requests.append((now, n))
    passed = spent(requests, rate, burst)
    taken = [(at, n) for (at, n), there in zip(requests, passed, strict=True) if there]
    for first in range(len(taken)):
        total = 0
        for at, n in taken[first:]:
            total += n
            assert total <= burst + rate * (at - taken[first][0]) / S + 1e-6


@given(st.lists(st.tuples(st.integers(0, 3 * S), st.integers(1, 8)), min_size=1))
def test_a_bucket_that_is_full_again_may_be_forgotten(steps: list[tuple[int, int]]) -> None:
    bucket, now = None, T
    for pause, n in steps:
        now += pause
        if bucket is not None and is_full(bucket, 2.0, 4.0, now):
            assert spend(bucket, n, 2.0, 4.0, now) == spend(None, n, 2.0, 4.0, now)
        bucket, _ = spend(bucket, n, 2.0, 4.0, now)
    assert is_full(bucket or Bucket(4.0, now), 2.0, 4.0, now + 1000 * S)


def wrong(moments: list[int], free: int = PER_LOGIN) -> Failures:
    failures = NO_FAILURES
    for now in moments:
        failures = failed(failures, now, free)
    return failures


@pytest.mark.parametrize(
    ("failures", "stands_before"),
    [
        (0, 0.0),
        (1, 0.0),
        (9, 0.0),
        (10, 1.0),
        (11, 2.0),
        (12, 4.0),
        (13, 8.0),
        (14, 16.0),
        (15, 30.0),
        (16, LOCKED),
        (1000, LOCKED),
    ],
)
def test_failed_logins_cost_more_and_more_time_and_then_the_door_is_shut(
    failures: int, stands_before: float | Refused
) -> None:
    assert penalty(T + failures, wrong([T + each for each in range(failures)])) == stands_before
    assert LOCKED.reason is Reason.TOO_MANY_REQUESTS


def test_the_door_is_shut_even_when_every_delay_was_waited_for() -> None:
    failures, now = wrong([T] * PER_LOGIN), T
    waited = []
    while isinstance(wait := penalty(now, failures), float):
        waited.append(wait)
        now += int(wait * S)
        failures = failed(failures, now, PER_LOGIN)
    assert waited == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]


@pytest.mark.parametrize(
    ("moments", "free", "waits"),
    [
        ([T + 6 * S * each for each in range(10)], 10, True),
        ([T + 7 * S * each for each in range(100)], 10, False),
        ([T + S // 2 * each for each in range(99)], 100, False),
        ([T + S // 2 * each for each in range(100)], 100, True),
        ([T + S * each for each in range(1000)], 100, False),
        ([T] * 9 + [T + 60 * S] * 9, 10, False),
        ([T] * 5 + [T + 59 * S] * 5, 10, True),
    ],
)
def test_only_so_many_within_one_minute_count(moments: list[int], free: int, waits: bool) -> None:
    assert (penalty(moments[-1], wrong(moments, free)) != 0.0) is waits


def test_a_minute_of_quiet_clears_the_slate() -> None:
    locked = wrong([T] * 50)
    assert penalty(T + 60 * S - 1, locked) is LOCKED
    assert penalty(T + 60 * S, locked) == 0.0
    assert failed(locked, T + 60 * S, PER_LOGIN) == wrong([T + 60 * S])
    assert not is_past(locked, T + 60 * S - 1)
    assert is_past(locked, T + 60 * S)
    assert is_past(NO_FAILURES, T)


def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    assert penalty(T - 3600 * S, wrong([T] * 50)) == 0.0


def test_the_strictest_of_address_and_login_counts() -> None:
    login, address = wrong([T] * 12), wrong([T] * 100, PER_ADDRESS)
    assert penalty(T, address) == 1.0
    assert penalty(T, login, address) == penalty(T, address, login) == 4.0
    assert penalty(T, NO_FAILURES, address) == 1.0
    assert penalty(T) == 0.0


@given(st.lists(st.integers(0, 30 * S), min_size=1, max_size=40), st.integers(1, 12))
def test_what_is_saved_is_at_least_as_strict_when_it_comes_back(steps: list[int], free: int) -> None:
    failures, now = NO_FAILURES, T
    for step in steps:
        now += step
        failures = failed(failures, now, free)
        back = from_saved(*to_saved(failures, free), free)
        assert penalty(now, back) == penalty(now, failures)
        assert len(back.moments) >= len(failures.moments)
        assert is_past(back, now + 60 * S)
        assert to_saved(back, free) == to_saved(failures, free)
        assert len(failures.moments) <= free


# ---- client ids that are good for one message


def key(login: str, client_id: str) -> str:
    return once_key(Submission("", "", "", client_id, once=True), "osonsms", login)


def test_what_one_login_used_up_another_of_the_account_has_still() -> None:
    assert key("a", "b c") != key("a b", "c")


@given(st.text(), st.text(), st.text(), st.text())
def test_keys_are_alike_only_where_login_and_client_id_are(
    login: str, client_id: str, other: str, another: str
) -> None:
    assert (key(login, client_id) == key(other, another)) == ((login, client_id) == (other, another))


def test_a_key_is_what_it_was_so_that_what_was_used_up_stays_so() -> None:
    assert key("oson", "17 b") == "osonsms oson 17 b"


@pytest.mark.parametrize("client_id", ["x" * 256, "ж" * 10_000, "%" * 300])
def test_a_key_that_is_too_long_to_be_kept_is_hashed(client_id: str) -> None:
    assert len(key("oson", client_id)) <= 255
    assert key("oson", client_id) != key("oson", client_id + " ")


def test_a_client_id_that_may_be_used_again_has_no_key() -> None:
    assert once_key(Submission("", "", "", "17"), "mfms", "oson") == ""
    assert once_key(Submission("", "", "", once=True), "osonsms", "oson") == ""
