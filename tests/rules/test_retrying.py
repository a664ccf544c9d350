"""When a part is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.rules.retrying import RetryPolicy, next_try


def test_waits_double_until_the_tries_are_used_up() -> None:
    assert [next_try(attempts, 0) for attempts in range(1, 9)] == [1, 2, 4, 8, 16, 32, 64, None]


def test_no_wait_is_longer_than_the_longest() -> None:
    patient = RetryPolicy(first=100, tries=2_000)
    assert [next_try(attempts, 0, patient) for attempts in (1, 2, 3, 1_999)] == [100, 200, 300, 300]
    assert next_try(2_000, 0, patient) is None


@pytest.mark.parametrize(
    ("after", "wait"), [(0, 4), (3.9, 4), (4.5, 4.5), (60, 60), (301, 300), (1e12, 300), (-5, 4)]
)
def test_an_upstream_that_asks_for_longer_is_heard_within_bounds(after: float, wait: float) -> None:
    assert next_try(3, after) == wait


@pytest.mark.parametrize("after", [float("nan"), float("-inf")])
def test_nonsense_from_an_upstream_is_not_heard(after: float) -> None:
    assert next_try(3, after) == 4


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 3.6), (0.25, 3.8), (0.5, 4.0), (1.0, 4.4)])
def test_chance_spreads_our_own_wait_by_a_tenth(chance: float, wait: float) -> None:
    assert next_try(3, 0, chance=chance) == pytest.approx(wait)


def test_chance_never_makes_a_wait_shorter_than_was_asked_for() -> None:
    assert next_try(3, 4.0, chance=0.0) == 4.0


def test_a_policy_of_one_try_never_tries_again() -> None:
    assert next_try(1, 0, RetryPolicy(tries=1)) is None


@given(
    st.integers(0, 100),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(0, 1),
    st.floats(1, 1e6),
)
def test_every_wait_is_within_bounds(attempts: int, after: float, chance: float, factor: float) -> None:
    policy = RetryPolicy(factor=factor, tries=50)
    wait = next_try(attempts, after, policy, chance)
    assert (wait is None) == (attempts >= 50)
    assert wait is None or 0.9 <= wait <= 300


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": 0.0},
        {"first": -1.0},
        {"first": 301.0},
        {"most": float("inf")},
        {"most": float("nan")},
        {"factor": 0.5},
        {"factor": float("nan")},
    ],
)
def test_a_policy_that_makes_no_sense_cannot_be_made(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="retries: "):
        RetryPolicy(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="tries"):
        RetryPolicy(tries=0)
