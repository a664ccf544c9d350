"""Quiet hours: when a message that comes at night may go, by the recipient's own clock.

Where a number is at home is read off its leading digits in the table that libphonenumber keeps; who has moved, or
carried a number along, is not known. Decides on wall time, so that a change of clocks moves nothing. Refuses
nothing: a number without a known zone has the one that the caller gives.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX

from gonets.rules.prefixes import longest

_DAY: Final = 24 * 60
_MINUTE: Final = timedelta(minutes=1)
_FURTHEST: Final = timedelta(days=2)
"""After so long without an hour that suits all zones, there is none."""


def start_after_quiet(
    recipient: str, at: datetime, quiet_from: int, quiet_to: int, otherwise: tzinfo = UTC
) -> datetime | None:
    """When a message to a recipient (E.164 digits) may go, at the earliest, that would go at `at`; None: at once.

    `quiet_from` and `quiet_to` are minutes of the recipient's day, 0 to 1440; the hours may go over midnight, and
    where both are the same there are none. The answer is after `at`, in its zone. A number that may be in several
    zones is left in peace while it is quiet in any of them; where they lie so far apart that it always is, the
    middle one counts. `otherwise` is the zone of a number that no zone is known for.
    """
    quiet_from, quiet_to = quiet_from % _DAY, quiet_to % _DAY
    if quiet_from == quiet_to:
        return None
    zones = zones_of(recipient) or (otherwise,)
    now = at.astimezone(UTC)
    start = _loud(now, zones, quiet_from, quiet_to)
    if start is None:
        by_offset = sorted(zones, key=lambda zone: now.astimezone(zone).utcoffset() or timedelta())
        start = _loud(now, (by_offset[len(by_offset) // 2],), quiet_from, quiet_to)
    return None if start is None or start == now else start.astimezone(at.tzinfo)


def zones_of(recipient: str) -> tuple[tzinfo, ...]:
    """The time zones that a number (E.164 digits) may be in; empty where none is known."""
    names = longest(TIMEZONE_DATA, recipient[:TIMEZONE_LONGEST_PREFIX])
    return () if names is None else _zones(names)


def _loud(now: datetime, zones: tuple[tzinfo, ...], quiet_from: int, quiet_to: int) -> datetime | None:
    """The first moment from `now` on (UTC) when it is quiet in none of the zones; None where that is not soon."""
    moment = now
    while moment - now < _FURTHEST:
        later = moment
        for zone in zones:
            if _is_quiet(later, zone, quiet_from, quiet_to):
                later = _end_of_quiet(later, zone, quiet_from, quiet_to)
        if later == moment:
            return moment
        moment = later
    return None


def _is_quiet(moment: datetime, zone: tzinfo, quiet_from: int, quiet_to: int) -> bool:
    local = moment.astimezone(zone)
    minute = 60 * local.hour + local.minute
    if quiet_from < quiet_to:
        return quiet_from <= minute < quiet_to
    return minute >= quiet_from or minute < quiet_to


def _end_of_quiet(moment: datetime, zone: tzinfo, quiet_from: int, quiet_to: int) -> datetime:
    """When the quiet hours that `moment` (UTC) is in end in a zone.

    On a day when the clocks change the wall may show that minute twice, or never: the end is then the first
    moment after the quiet minutes, which is found by going on from where it can be at the earliest.
    """
    local = moment.astimezone(zone)
    ahead = (quiet_to - 60 * local.hour - local.minute) % _DAY
    day = local.date() + timedelta(days=(60 * local.hour + local.minute + ahead) // _DAY)
    wall = datetime(day.year, day.month, day.day, quiet_to // 60, quiet_to % 60, tzinfo=zone)
    earliest = min(wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC))
    end = max(earliest, moment.replace(second=0, microsecond=0) + _MINUTE)
    while _is_quiet(end, zone, quiet_from, quiet_to):
        end += _MINUTE
    return end


@cache
def _zones(names: tuple[str, ...]) -> tuple[tzinfo, ...]:
    """Zones by name, without those that this system's database has not."""
    zones = []
    for name in names:
        try:
            zones.append(ZoneInfo(name))
        except ZoneInfoNotFoundError:
            continue
    return tuple(zones)
