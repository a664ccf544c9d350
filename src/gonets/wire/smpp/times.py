"""Times of SMPP (3.4 §7.1.1): sixteen characters, `YYMMDDhhmmsstnnp`, or nothing at all.

Absolute: `t` are tenths of a second and `nn` the quarters of an hour by which the time is ahead of UTC (`p` is `+`)
or behind it (`-`). Relative: `p` is `R`, and the rest is how long from now on; `tnn` mean nothing then. Years
are those of this century.

A relative time may have any two digits in each place, for clients write a day as `24` hours.
"""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import msgspec

_FORM: Final = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([-+R])", re.ASCII)
_CENTURY: Final = 2000
_QUARTER: Final = timedelta(minutes=15)
_MOST_QUARTERS: Final = 48
_TENTH: Final = 100_000
"""Microseconds."""
_MOST_DAYS: Final = 31


class BadTime(ValueError):
    """No time of SMPP; the message says what is wrong with it, in words that may go to the peer."""


class Relative(msgspec.Struct, frozen=True, gc=False):
    """How long from now on, in calendar units, each 0 to 99."""

    years: int = 0
    months: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0

    def after(self, at: datetime) -> datetime:
        """The time that is so much later. A day that its month has not becomes the month's last."""
        months = at.month - 1 + self.months
        year, month = at.year + self.years + months // 12, months % 12 + 1
        day = min(at.day, monthrange(year, month)[1])
        rest = timedelta(days=self.days, hours=self.hours, minutes=self.minutes, seconds=self.seconds)
        return at.replace(year=year, month=month, day=day) + rest


def relative(length: timedelta) -> Relative:
    """A length as a relative time, to the second. Raises ValueError for one below 0 or over 31 days.

    Longer ones would need months, which have no length: they are written as absolute times.
    """
    if not timedelta(0) <= length < timedelta(days=_MOST_DAYS + 1):
        raise ValueError(f"{length} cannot be written as a relative time")
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return Relative(0, 0, length.days, hours, minutes, seconds)


def read(text: str) -> datetime | Relative | None:
    """A time as it was sent; an absolute one in the zone it was written in. None: none was given.

    Raises BadTime.
    """
    if not text:
        return None
    found = _FORM.fullmatch(text)
    if found is None:
        raise BadTime("a time is 16 characters, YYMMDDhhmmsstnnp")
    *digits, sign = found.groups()
    years, months, days, hours, minutes, seconds, tenths, quarters = map(int, digits)
    if sign == "R":
        return Relative(years, months, days, hours, minutes, seconds)
    if quarters > _MOST_QUARTERS:
        raise BadTime(f"no zone is {quarters} quarters of an hour from UTC")
    ahead = quarters * _QUARTER
    zone = timezone(ahead if sign == "+" else -ahead) if quarters else UTC
    try:
        return datetime(_CENTURY + years, months, days, hours, minutes, seconds, tenths * _TENTH, tzinfo=zone)
    except ValueError as wrong:
        raise BadTime(f"there is no such time: {wrong}") from None


def instant(text: str, now: datetime) -> datetime | None:
    """The moment that a time means at `now`, aware of its zone. None: none was given. Raises BadTime."""
    value = read(text)
    return value.after(now) if isinstance(value, Relative) else value


def write(value: datetime | Relative | None) -> str:
    """A time to send; an absolute one is cut to tenths, and put into UTC where its zone is no whole quarters.

    Raises ValueError for what has no form: years outside 2000 to 2099, relative parts outside 0 to 99, and
    times that do not know their zone.
    """
    if value is None:
        return ""
    if isinstance(value, Relative):
        parts = (value.years, value.months, value.days, value.hours, value.minutes, value.seconds)
        if not all(0 <= part <= 99 for part in parts):
            raise ValueError(f"{value} has parts outside 0 to 99")
        return "".join(f"{part:02}" for part in parts) + "000R"
    ahead = value.utcoffset()
    if ahead is None:
        raise ValueError(f"{value} has no zone")
    if ahead % _QUARTER or abs(ahead) > _MOST_QUARTERS * _QUARTER:
        value, ahead = value.astimezone(UTC), timedelta(0)
    if not _CENTURY <= value.year < _CENTURY + 100:
        raise ValueError(f"{value} is outside the years 2000 to 2099")
    sign = "-" if ahead < timedelta(0) else "+"
    return f"{value:%y%m%d%H%M%S}{value.microsecond // _TENTH}{abs(ahead) // _QUARTER:02}{sign}"
