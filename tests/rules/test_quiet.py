"""When messages that come at night may go."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.rules.quiet import start_after_quiet, zones_of

NIGHT = (22 * 60, 9 * 60)
BERLIN = "4915123456789"
NEW_YORK = "12125550100"
RUSSIAN = "79031111111"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("recipient", "at", "start"),
    [
        (RUSSIAN, "2026-03-02 12:00", None),
        (RUSSIAN, "2026-03-02 18:59:59", None),
        (RUSSIAN, "2026-03-02 19:00", "2026-03-03 06:00"),
        (RUSSIAN, "2026-03-02 21:30", "2026-03-03 06:00"),
        (RUSSIAN, "2026-03-03 05:59:59.999999", "2026-03-03 06:00"),
        (RUSSIAN, "2026-03-03 06:00", None),
        ("380675126767", "2026-03-02 20:00", "2026-03-03 07:00"),
        ("380675126767", "2026-07-02 20:00", "2026-07-03 06:00"),
        ("992937380000", "2026-03-02 20:00", "2026-03-03 04:00"),
        (NEW_YORK, "2026-03-02 12:00", "2026-03-02 14:00"),
        ("77012345678", "2026-03-02 20:00", "2026-03-03 04:00"),
        ("74232123456", "2026-03-02 12:00", "2026-03-02 23:00"),
        ("870123456789", "2026-03-02 23:00", "2026-03-03 09:00"),
        ("", "2026-03-02 23:00", "2026-03-03 09:00"),
        ("someone@example.com", "2026-03-02 12:00", None),
    ],
)
def test_quiet_hours_are_those_of_the_recipient_s_own_clock(
    recipient: str, at: str, start: str | None
) -> None:
    assert start_after_quiet(recipient, utc(at), *NIGHT) == (None if start is None else utc(start))


@pytest.mark.parametrize(
    ("quiet", "at", "start"),
    [
        ((13 * 60, 15 * 60), "2026-03-02 12:59", None),
        ((13 * 60, 15 * 60), "2026-03-02 13:00", "2026-03-02 15:00"),
        ((13 * 60, 15 * 60), "2026-03-02 15:00", None),
        ((0, 8 * 60), "2026-03-02 00:00", "2026-03-02 08:00"),
        ((22 * 60, 24 * 60), "2026-03-02 23:00", "2026-03-03 00:00"),
        ((22 * 60, 0), "2026-12-31 23:00", "2027-01-01 00:00"),
        ((22 * 60, 1), "2026-03-02 23:59:30", "2026-03-03 00:01"),
        ((0, 0), "2026-03-02 00:00", None),
        ((0, 24 * 60), "2026-03-02 00:00", None),
        ((60, 60), "2026-03-02 01:00", None),
    ],
)
def test_quiet_hours_may_go_over_midnight_and_may_be_none(
    quiet: tuple[int, int], at: str, start: str | None
) -> None:
    assert start_after_quiet("", utc(at), *quiet) == (None if start is None else utc(start))


@pytest.mark.parametrize(
    ("quiet", "at", "start"),
    [
        # Forward at 2:00 on 29 March 2026, back at 3:00 on 25 October.
        (NIGHT, "2026-03-28 22:00", "2026-03-29 07:00"),
        (NIGHT, "2026-03-27 22:00", "2026-03-28 08:00"),
        (NIGHT, "2026-10-24 21:00", "2026-10-25 08:00"),
        # 2:30 does not exist: quiet ends with the leap to 3:00.
        ((22 * 60, 150), "2026-03-29 00:15", "2026-03-29 01:00"),
        ((22 * 60, 150), "2026-03-29 00:45", "2026-03-29 01:00"),
        # 2:30 comes twice: quiet ends at the first, and again at the second.
        ((22 * 60, 150), "2026-10-24 22:00", "2026-10-25 00:30"),
        ((22 * 60, 150), "2026-10-25 00:45", None),
        ((22 * 60, 150), "2026-10-25 01:10", "2026-10-25 01:30"),
    ],
)
def test_a_change_of_clocks_moves_no_quiet_hour(quiet: tuple[int, int], at: str, start: str | None) -> None:
    assert start_after_quiet(BERLIN, utc(at), *quiet) == (None if start is None else utc(start))


def test_a_number_of_several_zones_is_left_in_peace_while_it_is_quiet_in_any() -> None:
    # Brazil without a region: from Rio Branco (-5) to Noronha (-2).
    assert len(zones_of("5500000000000")) > 3
    start = start_after_quiet("5500000000000", utc("2026-03-02 00:30"), *NIGHT)
    assert start == utc("2026-03-02 14:00")
    for zone in zones_of("5500000000000"):
        assert 9 <= start.astimezone(zone).hour < 22


def test_where_it_is_always_quiet_somewhere_the_middle_zone_counts() -> None:
    unknown = "10000000000"
    assert len(zones_of(unknown)) > 30
    wide = (16 * 60, 15 * 60)
    start = start_after_quiet(unknown, utc("2026-03-02 00:00"), *wide)
    assert start is not None
    offsets = sorted(start.astimezone(zone).utcoffset() or timedelta() for zone in zones_of(unknown))
    middle = offsets[len(offsets) // 2]
    assert start.astimezone(timezone(middle)).hour == 15


def test_a_number_without_a_zone_has_the_one_that_is_given() -> None:
    moscow = ZoneInfo("Europe/Moscow")
    assert start_after_quiet("870123456789", utc("2026-03-02 20:00"), *NIGHT, otherwise=moscow) == utc(
        "2026-03-03 06:00"
    )
    assert start_after_quiet(BERLIN, utc("2026-03-02 20:00"), *NIGHT, otherwise=moscow) is None


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Dushanbe"), timezone(timedelta(hours=-5))])
def test_the_answer_is_in_the_zone_of_the_question(zone: tzinfo) -> None:
    start = start_after_quiet(RUSSIAN, utc("2026-03-02 20:00").astimezone(zone), *NIGHT)
    assert start == utc("2026-03-03 06:00")
    assert start is not None
    assert start.tzinfo is zone


@pytest.mark.parametrize(
    ("recipient", "zones"),
    [
        (RUSSIAN, ["Europe/Moscow"]),
        ("380675126767", ["Europe/Kyiv"]),
        ("992937380000", ["Asia/Dushanbe"]),
        ("74232123456", ["Asia/Vladivostok"]),
        ("870123456789", []),
        ("", []),
    ],
)
def test_a_number_is_in_the_zones_of_its_longest_known_prefix(recipient: str, zones: list[str]) -> None:
    assert list(map(str, zones_of(recipient))) == zones


moments = st.integers(0, 2 * 366 * 24 * 60).map(
    lambda minutes: utc("2026-01-01") + timedelta(minutes=minutes)
)
minutes = st.integers(0, 1440)


@given(
    st.sampled_from([BERLIN, NEW_YORK, RUSSIAN, "380675126767", "5500000000000"]), moments, minutes, minutes
)
def test_a_message_goes_at_the_first_minute_that_is_not_quiet(
    recipient: str, at: datetime, quiet_from: int, quiet_to: int
) -> None:
    quiet_from, quiet_to = quiet_from % 1440, quiet_to % 1440

    def quiet(moment: datetime, zone: tzinfo) -> bool:
        local = moment.astimezone(zone)
        since = (60 * local.hour + local.minute - quiet_from) % 1440
        return since < (quiet_to - quiet_from) % 1440

    start = start_after_quiet(recipient, at, quiet_from, quiet_to)
    for step in range(48 * 60):
        moment = at + timedelta(minutes=step)
        if not any(quiet(moment, zone) for zone in zones_of(recipient)):
            assert (start or at) == moment
            return
    assert not all(quiet(start or at, zone) for zone in zones_of(recipient))
