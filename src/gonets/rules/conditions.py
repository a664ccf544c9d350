"""What a route asks of a message beside its prefix: read as people write it, compiled, and told in words.

Read and compiled off the hot path; asking costs a comparison for each condition that is named, a look at the clock for
hours and days, and one pass over the text (RE2) for a pattern. Refuses what could never be true, and patterns that
find something in every text.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gonets.model.message import Channel
from gonets.model.routing import ANYTHING, Conditions, Traits
from gonets.rules.wording import Matcher

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
_DAY_MINUTES: Final = 24 * 60
_LONGEST_NAME: Final = 64
_LONGEST_SENDER: Final = 32
_LONGEST_PATTERN: Final = 1000
_NIGHT_BEFORE: Final = timedelta(days=1)


# ---- read


def read_name(text: str) -> str:
    """The name of an account or a group. Raises ValueError."""
    if len(text) > _LONGEST_NAME or not text.isprintable() or text != text.strip():
        raise ValueError(
            f"{text!r} is no name; it has 1 to {_LONGEST_NAME} characters, none of them invisible"
        )
    return text


def read_sender(text: str) -> str:
    """A sender. Raises ValueError."""
    if len(text) > _LONGEST_SENDER or not text.isprintable() or text != text.strip():
        raise ValueError(
            f"{text!r} is no sender; it is a name or a number of up to {_LONGEST_SENDER} characters"
        )
    return text


def read_channel(text: str) -> Channel | None:
    """A channel. Raises ValueError."""
    if not text:
        return None
    try:
        return Channel(text.lower())
    except ValueError:
        known = ", ".join(each.value for each in Channel)
        raise ValueError(f"{text!r} is no channel; there are {known}") from None


def read_pattern(text: str) -> str:
    """A pattern in RE2's syntax. Raises ValueError."""
    if len(text) > _LONGEST_PATTERN:
        raise ValueError(f"the pattern has over {_LONGEST_PATTERN} characters")
    if "\0" in text:
        raise ValueError("the pattern holds a character that cannot be stored")
    if text:
        try:
            Matcher((), (text,))
        except ValueError as error:
            raise ValueError(str(error).removesuffix(".")) from None
    return text


def read_hours(text: str) -> tuple[int, int] | None:
    """Hours of the day, from `09:00-18:00`, as minutes. Raises ValueError."""
    if not text:
        return None
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} are no hours; write them like 09:00-18:00, or 22:00-06:00 over midnight")
    start = 60 * int(found[1]) + int(found[2])
    end = _DAY_MINUTES if found[3] is None else 60 * int(found[3]) + int(found[4])
    if start == end:
        raise ValueError(f"{text!r} is no time at all; write it like 09:00-18:00, or 00:00-24:00 for all day")
    return start, end


def read_days(text: str) -> tuple[int, ...]:
    """Days of the week, from `mon-fri` or `mon,wed,sat-sun`. Raises ValueError."""
    found: set[int] = set()
    for span in text.lower().split(",") if text else ():
        first, dash, last = (each.strip() for each in span.partition("-"))
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f"{text!r} are no days; write them like mon-fri or mon,wed,sat-sun")
        day = DAYS.index(first)
        found.add(day)
        while dash and DAYS[day] != last:  # a span may go over Sunday
            day = (day + 1) % 7
            found.add(day)
    return tuple(sorted(found))


def read_zone(text: str) -> str:
    """A time zone by its IANA name; UTC for none. Raises ValueError."""
    try:
        return ZoneInfo(text or ANYTHING.zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{text!r} is not a time zone; write one like Europe/Moscow or UTC") from None


READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "account": read_name,
    "group": read_name,
    "sender": read_sender,
    "channel": read_channel,
    "text": read_pattern,
    "hours": read_hours,
    "days": read_days,
    "zone": read_zone,
}
"""By condition: from what people write, empty for any, to what `Conditions` holds. Each raises ValueError."""


# ---- told


def facts_of(only: Conditions) -> dict[str, str]:
    """What is named, as people write it, in the order in which it counts."""
    written = {
        "account": only.account,
        "group": only.group,
        "sender": only.sender,
        "channel": "" if only.channel is None else only.channel.value,
        "text": only.text,
        "hours": ""
        if only.hours is None
        else "-".join(f"{each // 60:02d}:{each % 60:02d}" for each in only.hours),
        "days": _shown_days(only.days),
        "zone": only.zone if is_timed(only) else "",
    }
    return {name: each for name, each in written.items() if each}


def is_timed(only: Conditions) -> bool:
    """Whether they name hours or days."""
    return only.hours is not None or bool(only.days)


def essence(only: Conditions) -> tuple[tuple[str, str], ...]:
    """The same for all that say the same."""
    return tuple((facts_of(only) | {"sender": only.sender.lower()}).items())


def rank(only: Conditions) -> tuple[bool, ...]:
    """Smaller for what comes first: an account before none, then a group, a sender, a channel, a text, hours, days."""
    named = (only.account, only.group, only.sender, only.channel, only.text, only.hours, only.days)
    return tuple(not each for each in named)


def _shown_days(days: tuple[int, ...]) -> str:
    """Three and more in a row as a span."""
    spans: list[list[int]] = []
    for day in days:
        if spans and spans[-1][-1] == day - 1:
            spans[-1].append(day)
        else:
            spans.append([day])
    return ",".join(
        f"{DAYS[span[0]]}-{DAYS[span[-1]]}" if len(span) > 2 else ",".join(DAYS[each] for each in span)
        for span in spans
    )


# ---- compiled


class Compiled:
    """Conditions as messages meet them (`model.routing.Test`); never changes."""

    __slots__ = ("_checks",)

    def __init__(self, only: Conditions) -> None:
        self._checks = tuple((words, check) for words, check in _checks(only).items())

    def fits(self, traits: Traits) -> bool:
        """Whether a message is all that they name."""
        for _, check in self._checks:  # noqa: SIM110 - a generator would cost more than the checks
            if not check(traits):
                return False
        return True

    def miss(self, traits: Traits) -> str:
        """The first that it is not, in words; empty: it is all of them."""
        return next((words for words, check in self._checks if not check(traits)), "")


def compiled(only: Conditions) -> Compiled | None:
    """None where nothing is named."""
    return None if only == ANYTHING else Compiled(only)


_Check = Callable[[Traits], bool]


def _checks(only: Conditions) -> dict[str, _Check]:
    """A check for each condition that is named, by its words."""
    known = facts_of(only)
    sender = only.sender.lower()
    makers: dict[str, Callable[[], _Check]] = {
        "account": lambda: lambda traits: traits.account == only.account,
        "group": lambda: lambda traits: traits.group == only.group,
        "sender": lambda: lambda traits: traits.sender.lower() == sender,
        "channel": lambda: lambda traits: traits.channel is only.channel,
        "text": lambda: _finding(only.text),
    }
    checks = {f"only for {name} {known[name]}": make() for name, make in makers.items() if name in known}
    if is_timed(only):
        spans = " ".join(known[each] for each in ("days", "hours") if each in known)
        checks[f"only {spans} ({only.zone})"] = _timed(only)
    return checks


def _finding(pattern: str) -> _Check:
    matcher = Matcher((), (pattern,))
    return lambda traits: matcher.find(traits.text) is not None


def _timed(only: Conditions) -> _Check:
    zone = ZoneInfo(only.zone)
    days = frozenset(only.days or range(7))
    start, end = only.hours or (0, _DAY_MINUTES)

    def check(traits: Traits) -> bool:
        local = traits.at.astimezone(zone)
        minute = 60 * local.hour + local.minute
        if start < end:
            return start <= minute < end and local.weekday() in days
        if minute >= start:
            return local.weekday() in days
        return minute < end and (local - _NIGHT_BEFORE).weekday() in days

    return check
