"""When a link is unhealthy, and when it is well again."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.links import LinkSettings
from gonets.rules.health import BINS, BOUNDS_S, HEALTHY, Counts, Health, Trouble, binned, quantile, share

USUAL = LinkSettings()


def link(**changes: object) -> Health:
    return Health(msgspec.structs.replace(USUAL, **changes), 0.0)


def busy(health: Health, counts: Counts, now: float = 1.0) -> None:
    """Send so many parts and hear this of them."""
    health.left(counts.taken + counts.refused + counts.beside + counts.uncertain, now)
    health.answered(counts, 0, now)


@pytest.mark.parametrize(
    ("counts", "trouble"),
    [
        (Counts(taken=100), None),
        (Counts(taken=60, refused=40), None),
        (Counts(taken=9, refused=11), Trouble.REFUSES),
        (Counts(refused=19), None),  # too few to tell
        (Counts(taken=5, beside=500), None),  # wrong numbers are no fault of the link
        (Counts(taken=60, uncertain=40), Trouble.UNSURE),
        (Counts(taken=80, uncertain=20), None),
    ],
)
def test_answers_tell_how_a_link_is(counts: Counts, trouble: Trouble | None) -> None:
    health = link()
    busy(health, counts)
    assert health.judge(1.0).trouble is trouble


def test_receipts_tell_where_that_is_asked_for() -> None:
    bad = Counts(receipts=100, delivered=10, ended=100)
    for least, trouble in ((0.0, None), (0.5, Trouble.LOSES)):
        health = link(health_delivery=least)
        health.reported(bad, 1.0)
        assert health.judge(1.0).trouble is trouble


def test_silence_while_parts_wait_is_unhealthy_and_an_idle_link_is_not() -> None:
    health = link()
    assert health.judge(1000.0) is HEALTHY
    health.left(3, 1000.0)
    assert health.judge(1059.0) is HEALTHY
    assert health.judge(1060.0).trouble is Trouble.SILENT
    assert "3 parts wait" in health.judge(1060.0).why


def test_what_never_left_is_no_silence() -> None:
    health = link()
    health.left(3, 0.0)
    health.answered(Counts(), 3, 1.0)
    assert health.judge(1000.0) is HEALTHY


@pytest.mark.parametrize(
    "break_it",
    [
        lambda health: busy(health, Counts(refused=30)),
        lambda health: busy(health, Counts(uncertain=30)),
    ],
)
def test_a_link_recovers_by_good_answers_and_its_past_is_forgotten(
    break_it: Callable[[Health], None],
) -> None:
    health = link()
    break_it(health)
    assert not health.judge(1.0).healthy
    for number in range(4):
        busy(health, Counts(taken=1), 2.0 + number)
        assert not health.judge(2.0 + number).healthy
    busy(health, Counts(taken=1), 7.0)
    assert health.judge(7.0) is HEALTHY
    busy(health, Counts(refused=1), 8.0)
    assert health.judge(8.0) is HEALTHY


def test_bad_answers_take_good_ones_back() -> None:
    health = link()
    busy(health, Counts(refused=30))
    health.judge(1.0)
    for _ in range(20):
        busy(health, Counts(taken=2, refused=1), 2.0)
    assert not health.judge(2.0).healthy


def test_what_is_older_than_the_window_is_not_held_against_it() -> None:
    health = link()
    busy(health, Counts(refused=15), 1.0)
    busy(health, Counts(refused=15), 400.0)
    assert health.judge(400.0) is HEALTHY
    assert health.recent(400.0).refused == 15
    assert health.last_hour(400.0).refused == 30


def test_an_unhealthy_link_gets_a_few_parts_a_minute() -> None:
    health = link()
    busy(health, Counts(refused=30), 1.0)
    assert not health.judge(1.0).healthy
    given_to_it = 0
    for tenth in range(600):
        now = 1.0 + tenth / 10
        if health.probes(now):
            health.left(1, now)
            given_to_it += 1
    assert given_to_it in (5, 6)


def test_what_is_not_judged_is_healthy() -> None:
    health = link(health=False)
    busy(health, Counts(refused=1000))
    assert health.judge(1.0) is HEALTHY


@given(st.lists(st.floats(0, 200_000)))
def test_every_time_is_in_one_bin_and_a_quantile_is_in_its_bin(seconds: list[float]) -> None:
    bins = binned(seconds)
    assert len(bins) == BINS
    assert sum(bins) == len(seconds)
    found = quantile(bins, 0.5)
    if not seconds:
        assert found is None
        return
    assert found is not None
    middle = sorted(seconds)[(len(seconds) - 1) // 2]
    high = next((bound for bound in BOUNDS_S if middle <= bound), BOUNDS_S[-1])
    low = max((bound for bound in (0.0, *BOUNDS_S) if bound < middle), default=0.0)
    assert min(low, BOUNDS_S[-1]) <= found + 1e-9
    assert found <= high + 1e-9


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)), max_size=60))
def test_no_share_is_ever_under_zero_or_over_one(batches: list[tuple[int, int, int]]) -> None:
    health = link()
    for number, (taken, refused, uncertain) in enumerate(batches):
        busy(health, Counts(taken=taken, refused=refused, uncertain=uncertain), float(number))
        health.judge(float(number))
    counts = health.last_hour(float(len(batches)))
    for each in (counts.acceptance, counts.doubt, share(counts.taken, counts.judged)):
        assert each is None or 0.0 <= each <= 1.0
