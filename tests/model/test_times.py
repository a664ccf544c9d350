"""Moments as the store keeps them."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.times import micros, moment


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_comes_back_as_it_was(at: datetime) -> None:
    assert moment(micros(at)) == at


@given(st.integers(-(2**50), 2**50))
def test_every_microsecond_is_a_moment_of_its_own(value: int) -> None:
    assert micros(moment(value)) == value


@given(st.datetimes(timezones=st.timezones(), min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)))  # noqa: DTZ001
def test_a_moment_is_the_same_in_every_zone(at: datetime) -> None:
    assert micros(at) == micros(at.astimezone(UTC))


def test_the_epoch_is_zero_and_a_second_a_million() -> None:
    assert micros(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000
    assert micros(datetime(1970, 1, 1, 3, tzinfo=timezone(timedelta(hours=3)))) == 0


def test_a_moment_is_utc_whatever_it_was_written_in() -> None:
    moscow = datetime(2026, 3, 2, 12, 30, tzinfo=ZoneInfo("Europe/Moscow"))
    assert moment(micros(moscow)) == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert moment(micros(moscow)).tzinfo is UTC


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    zone = ZoneInfo("Europe/Kyiv")
    first, second = (datetime(2025, 10, 26, 3, 30, tzinfo=zone, fold=fold) for fold in (0, 1))
    assert micros(second) - micros(first) == 3_600_000_000


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        micros(datetime(2026, 3, 2))  # noqa: DTZ001
