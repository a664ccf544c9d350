"""Times of SMPP, absolute and relative."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire.smpp import times
from gonets.wire.smpp.times import BadTime, Relative

part = st.integers(0, 99)
relatives = st.builds(Relative, part, part, part, part, part, part)
zones = st.integers(-48, 48).map(lambda quarters: timezone(quarters * timedelta(minutes=15)))
moments = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)).map(  # noqa: DTZ001 - made aware below
    lambda at: at.replace(microsecond=at.microsecond // 100_000 * 100_000)
)


def ahead(hours: float) -> timezone:
    return timezone(timedelta(hours=hours))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("251125182159012+", datetime(2025, 11, 25, 18, 21, 59, 0, ahead(3))),
        ("251125182159512-", datetime(2025, 11, 25, 18, 21, 59, 500_000, ahead(-3))),
        ("251125182159000+", datetime(2025, 11, 25, 18, 21, 59, tzinfo=UTC)),
        ("991231235959948+", datetime(2099, 12, 31, 23, 59, 59, 900_000, ahead(12))),
        ("240229000000023+", datetime(2024, 2, 29, tzinfo=ahead(5.75))),
        # The specification's own example (§7.1.1.2).
        ("020610233429000R", Relative(2, 6, 10, 23, 34, 29)),
        ("000000240000000R", Relative(hours=24)),
        ("000007000000000R", Relative(days=7)),
    ],
)
def test_a_time_is_read_and_written(text: str, value: datetime | Relative | None) -> None:
    assert times.read(text) == value
    assert times.write(value) == text


@given(relatives)
def test_every_relative_time_comes_back(value: Relative) -> None:
    assert times.read(times.write(value)) == value


@given(moments, zones)
def test_every_moment_comes_back_in_its_zone(at: datetime, zone: timezone) -> None:
    found = times.read(times.write(at.replace(tzinfo=zone)))
    assert isinstance(found, datetime)
    assert found == at.replace(tzinfo=zone)
    assert found.utcoffset() == zone.utcoffset(None)


def test_minus_nothing_is_utc() -> None:
    assert times.read("251125182159000-") == datetime(2025, 11, 25, 18, 21, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0", "16 characters"),
        ("251125182159", "16 characters"),
        ("251125182159012", "16 characters"),
        ("251125182159012+0", "16 characters"),
        ("251125182159012*", "16 characters"),
        ("2511251821590l2+", "16 characters"),
        ("٢٥1125182159012+", "16 characters"),
        (" 51125182159012+", "16 characters"),
        ("251125182159012+\n", "16 characters"),
        ("251325182159012+", "month"),
        ("250230182159012+", "day"),
        ("251125242159012+", "hour"),
        ("251125186059012+", "minute"),
        ("251125182160012+", "second"),
        ("251125182159049+", "49 quarters"),
    ],
)
def test_what_is_no_time_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(BadTime, match=why):
        times.read(text)
    with pytest.raises(BadTime, match=why):
        times.instant(text, datetime(2025, 1, 1, tzinfo=UTC))


@given(st.text("0123456789+-R", max_size=18))
def test_any_text_is_a_time_or_bad(text: str) -> None:
    with suppress(BadTime):
        times.write(times.read(text))


@pytest.mark.parametrize(
    ("now", "relative", "then"),
    [
        ((2025, 11, 25, 18), Relative(hours=24), (2025, 11, 26, 18)),
        ((2025, 1, 31), Relative(months=1), (2025, 2, 28)),
        ((2024, 1, 31), Relative(months=1), (2024, 2, 29)),
        ((2024, 2, 29), Relative(years=1), (2025, 2, 28)),
        ((2025, 12, 31), Relative(months=2, days=1), (2026, 3, 1)),
        ((2025, 6, 15), Relative(years=1, months=18), (2027, 12, 15)),
        ((2025, 6, 15), Relative(seconds=99, minutes=99), (2025, 6, 15, 1, 40, 39)),
        ((2025, 6, 15), Relative(), (2025, 6, 15)),
    ],
)
def test_a_relative_time_is_counted_in_the_calendar(
    now: tuple[int, ...], relative: Relative, then: tuple[int, ...]
) -> None:
    at = datetime(*now, tzinfo=UTC)  # type: ignore[misc,arg-type]
    assert relative.after(at) == datetime(*then, tzinfo=UTC)  # type: ignore[misc,arg-type]
    assert times.instant(times.write(relative), at) == relative.after(at)


def test_an_absolute_time_is_itself_whenever_it_is_read() -> None:
    at = datetime(2025, 11, 25, 18, 21, 59, tzinfo=UTC)
    assert times.instant("251125182159000+", datetime(1999, 1, 1, tzinfo=UTC)) == at
    assert times.instant("", at) is None


@given(relatives, st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_every_relative_time_has_a_moment(value: Relative, now: datetime) -> None:
    now = now.replace(tzinfo=UTC)
    assert value.after(now) >= now


@given(st.timedeltas(timedelta(0), timedelta(days=31, hours=23)))
def test_a_length_is_written_to_the_second(length: timedelta) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC)
    assert times.relative(length).after(now) == now + length - timedelta(microseconds=length.microseconds)


@pytest.mark.parametrize("length", [timedelta(seconds=-1), timedelta(days=32)])
def test_a_length_that_needs_months_is_not_written(length: timedelta) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        times.relative(length)


def test_a_zone_that_is_no_whole_quarters_is_written_as_utc() -> None:
    odd = timezone(timedelta(hours=2, minutes=30, seconds=17))
    assert times.write(datetime(2025, 11, 25, 2, 30, 17, tzinfo=odd)) == "251125000000000+"
    far = timezone(timedelta(hours=14))
    assert times.write(datetime(2025, 11, 25, 14, tzinfo=far)) == "251125000000000+"


@pytest.mark.parametrize(
    "value",
    [
        datetime(1999, 12, 31, tzinfo=UTC),
        datetime(2100, 1, 1, tzinfo=UTC),
        datetime(2025, 1, 1),  # noqa: DTZ001 - this is what is refused
        Relative(days=100),
        Relative(hours=-1),
    ],
)
def test_what_has_no_form_is_not_written(value: datetime | Relative) -> None:
    with pytest.raises(ValueError, match=r"outside|no zone"):
        times.write(value)
