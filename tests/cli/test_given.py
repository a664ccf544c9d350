"""What people type, read."""

from datetime import UTC, datetime, timedelta
from unicodedata import bidirectional, category
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as holds
from hypothesis import strategies as st

from gonets.cli import given
from gonets.cli.console import CommandRefused, visible

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T09:30", NOW),
        ("2026-03-02 09:30:00", NOW),
        ("2026-03-02T09:30Z", NOW),
        ("2026-03-02T12:30+03:00", NOW),
        ("30m", NOW - timedelta(minutes=30)),
        ("7d", NOW - timedelta(days=7)),
        ("2 H", NOW - timedelta(hours=2)),
        ("1w", NOW - timedelta(weeks=1)),
        ("90s", NOW - timedelta(seconds=90)),
    ],
)
def test_a_moment_is_iso_or_how_long_ago(text: str, expected: datetime) -> None:
    assert given.moment_or_ago(text, NOW) == expected


def test_a_moment_without_an_offset_is_in_the_zone_given() -> None:
    assert given.moment("2026-03-02T12:30", ZoneInfo("Europe/Moscow")) == NOW


@pytest.mark.parametrize(
    "text", ["", "now", "0001-01-01T00:00+14:00", "999999999w", "5y", "-1d", "2026-02-30"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(CommandRefused):
        given.moment_or_ago(text, NOW)


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("a=1", 1),
        ("a=0.5", 0.5),
        ("a=true", True),
        ("a=one", "one"),
        ("a=", ""),
        ('a="1"', "1"),
        ("a=b=c", "b=c"),
        ("a=1 # one", "1 # one"),
        ("a=[1]", "[1]"),
        ("a=2026-03-02", "2026-03-02"),
    ],
)
def test_the_value_of_a_setting_is_what_it_looks_like(pair: str, value: object) -> None:
    read = given.settings([pair])["a"]
    assert read == value
    assert type(read) is type(value)


@holds(st.text())
def test_any_pair_is_read_or_refused(pair: str) -> None:
    try:
        read = given.settings([pair])
    except CommandRefused:
        return
    assert len(read) == 1


@pytest.mark.parametrize(
    ("text", "digits"), [("", ""), ("*", ""), ("7903", "7903"), ("+7954", "7954"), (" 38 ", "38")]
)
def test_a_prefix_is_leading_digits_or_every_number(text: str, digits: str) -> None:
    assert given.prefix(text) == digits


@pytest.mark.parametrize("text", ["0", "79x", "1" * 16, "٣", "-7"])
def test_what_is_no_prefix_is_refused(text: str) -> None:
    with pytest.raises(CommandRefused):
        given.prefix(text)


@holds(st.text())
def test_what_is_made_visible_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    assert not {"Cc", "Cs"} & {category(char) for char in visible(text)}
    assert not {"LRO", "RLO", "LRE", "RLE", "LRI", "RLI"} & {bidirectional(char) for char in visible(text)}


def test_what_is_printable_stays_as_it_is() -> None:
    assert visible("Привет, мир! 👋 [bold] \\ é") == "Привет, мир! 👋 [bold] \\ é"
