"""An upstream is fed as fast as it takes, and no faster than is set."""

from math import inf
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.rules.pacing import LONGEST_WAIT_S, SHORTEST_WAIT_S, Pacing, reconnect_after

MOMENTS: Final = st.lists(
    st.tuples(st.sampled_from(("left", "taken", "throttled", "full", "nothing")), st.floats(0.0, 5.0)),
    max_size=60,
)


def test_without_a_limit_everything_may_leave_at_once() -> None:
    pacing = Pacing(10, 0.0, 0.0)
    assert (pacing.rate(0.0), pacing.allowed(0.0), pacing.window(0.0)) == (inf, inf, 10)
    assert pacing.next_at(5.0) == 5.0


def test_a_rate_that_is_set_lets_so_many_leave_in_a_second() -> None:
    pacing = Pacing(10, 20.0, 0.0)
    now, left = 0.0, 0
    while now < 10.0:
        count = int(pacing.allowed(now))
        pacing.left(count, now)
        left += count
        now = max(now + 0.001, pacing.next_at(now))
    assert 195 <= left <= 203


def test_an_upstream_with_a_limit_is_soon_fed_at_that_limit() -> None:
    upstream = Upstream(limit=100)
    assert _fed(upstream, seconds=30) == pytest.approx(100, rel=0.08)
    assert upstream.refused < 1500  # a thousand of them in the first seconds, when it was strange


def test_an_upstream_that_throttles_one_in_five_by_chance_is_not_starved() -> None:
    assert _fed(Upstream(every=5), seconds=60) > 650


def test_one_that_throttles_by_chance_is_fed_fast_though_it_began_slowly() -> None:
    pacing = Pacing(10, 0.0, 0.0)
    pacing.taken(4, 0.9)
    pacing.throttled(0.9)
    assert pacing.rate(1.0) == 4.0
    for second in (1, 2, 3):
        pacing.taken(4, second + 0.5)
        pacing.throttled(second + 0.5)
    assert pacing.rate(4.0) == inf


def test_one_refusal_in_thirty_changes_nothing() -> None:
    assert _fed(Upstream(every=30), seconds=20) > 900


def test_a_limit_that_was_learnt_is_forgotten_once_the_upstream_takes_more() -> None:
    pacing = Pacing(10, 0.0, 0.0)
    pacing.taken(50, 0.5)
    for _ in range(50):
        pacing.throttled(0.6)
    assert pacing.rate(1.0) == 50.0
    assert 100.0 < pacing.rate(20.0) < 200.0
    assert pacing.rate(60.0) == inf


def test_a_rate_that_is_set_is_come_back_to_and_not_exceeded() -> None:
    pacing = Pacing(10, 100.0, 0.0)
    pacing.taken(10, 0.5)
    for _ in range(50):
        pacing.throttled(0.6)
    assert pacing.rate(1.0) == 10.0
    assert pacing.rate(100.0) == 100.0


def test_a_second_in_which_nothing_was_taken_leaves_one_a_second() -> None:
    pacing = Pacing(10, 0.0, 0.0)
    for _ in range(9):
        pacing.throttled(0.5)
    assert pacing.rate(1.0) == 1.0


def after(seconds: int, *, full: int, taken: int) -> int:
    """The window of a hundred after so many seconds like that."""
    pacing = Pacing(100, 0.0, 0.0)
    for second in range(seconds):
        pacing.taken(taken, second + 0.5)
        for _ in range(full):
            pacing.full(second + 0.6)
    return pacing.window(float(seconds))


def test_a_full_queue_makes_the_window_smaller() -> None:
    assert after(0, full=0, taken=0) == 100
    assert after(1, full=1, taken=0) == 50
    assert after(1, full=100, taken=100) == 50


def test_a_queue_that_holds_ten_is_given_ten() -> None:
    pacing = Pacing(100, 0.0, 0.0)
    for second in range(5):
        window = pacing.window(float(second))
        pacing.taken(min(window, 10) * 10, second + 0.5)
        for _ in range(max(0, window - 10) * 10):
            pacing.full(second + 0.6)
    assert 9 <= pacing.window(5.0) <= 15


def test_a_window_is_not_cut_again_where_that_did_not_help() -> None:
    assert after(100, full=10, taken=100) >= 90


def test_a_queue_that_is_full_for_one_in_fifty_by_chance_changes_nothing() -> None:
    assert after(60, full=2, taken=98) == 100


def test_the_window_grows_back_to_what_is_set() -> None:
    pacing = Pacing(20, 0.0, 0.0)
    pacing.full(0.5)
    assert pacing.window(1.0) == 10
    assert pacing.window(3.0) > 11
    assert pacing.window(60.0) == 20


@given(st.integers(1, 1000), st.floats(0.0, 1e6), MOMENTS)
def test_whatever_happens_something_may_leave_in_the_end_and_never_more_than_is_set(
    window: int, rate: float, moments: list[tuple[str, float]]
) -> None:
    pacing = Pacing(window, rate if rate >= 1 else 0.0, 0.0)
    now = 0.0
    for what, passed in moments:
        now += passed
        match what:
            case "left":
                allowed = pacing.allowed(now)
                pacing.left(int(min(allowed, 10)), now)
            case "taken":
                pacing.taken(3, now)
            case "throttled":
                pacing.throttled(now)
            case "full":
                pacing.full(now)
            case _:
                pass
        assert 1 <= pacing.window(now) <= window
        assert 1 <= pacing.rate(now) <= (rate if rate >= 1 else inf)
    soon = pacing.next_at(now)
    assert soon <= now + 1.1
    assert pacing.allowed(soon + 1e-6) >= 1


@pytest.mark.parametrize(
    ("failures", "most"), [(0, 1), (1, 2), (2, 4), (3, 8), (5, 32), (6, 60), (7, 60), (10_000, 60)]
)
def test_a_link_is_opened_again_after_a_second_to_a_minute(failures: int, most: float) -> None:
    assert reconnect_after(failures, 0.0) == SHORTEST_WAIT_S
    assert reconnect_after(failures, 1.0) == most <= LONGEST_WAIT_S
    assert SHORTEST_WAIT_S <= reconnect_after(failures, 0.5) <= most


class Upstream:
    """Takes so many a second, or throttles one in so many."""

    def __init__(self, limit: int = 10**9, every: int = 0) -> None:
        self._limit, self._every = limit, every
        self._second, self._taken, self._count = -1, 0, 0
        self.refused = 0

    def takes(self, now: float) -> bool:
        if int(now) != self._second:
            self._second, self._taken = int(now), 0
        self._count += 1
        if self._taken >= self._limit or (self._every and self._count % self._every == 0):
            self.refused += 1
            return False
        self._taken += 1
        return True


def _fed(upstream: Upstream, seconds: int) -> float:
    """Parts that it took in each of the last ten seconds, on average, where 1,000 a second wait to be sent."""
    pacing = Pacing(10, 0.0, 0.0)
    taken = 0
    for tick in range(seconds * 100):
        now = tick / 100
        for _ in range(int(min(pacing.allowed(now), 10))):
            pacing.left(1, now)
            if upstream.takes(now):
                pacing.taken(1, now)
                taken += now >= seconds - 10
            else:
                pacing.throttled(now)
    return taken / 10
