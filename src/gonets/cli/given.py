"""What people type on a command line, read: amounts, moments, time zones, settings.

Refuses with a sentence that shows how to write it; nothing is guessed.
"""

import re
import sys
import tomllib
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from gonets.cli.console import CommandRefused
from gonets.model.money import Millionths, parse_amount

_AGO: Final = re.compile(r"([0-9]{1,9})\s*([smhdw])")
_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_YEAR_S: Final = 366 * 86_400
_KEY: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_PREFIX: Final = re.compile("[1-9][0-9]{0,14}")
_EVERY: Final = ("", "*")


def examples(*lines: str) -> str:
    """Command lines to learn from, as the last lines of a help text."""
    shown = "\n\n".join(f"[dim]$[/dim] {line}".replace("[0]", "\\[0]") for line in lines)
    return f"[bold]{'Examples' if len(lines) > 1 else 'Example'}[/bold]\n\n{shown}"


def amount(text: str) -> Millionths:
    """An amount of money such as `12.50`. Raises CommandRefused."""
    try:
        return parse_amount(text)
    except ValueError as error:
        raise CommandRefused(str(error)) from None


def price(text: str) -> Millionths:
    """An amount that is not below zero. Raises CommandRefused."""
    value = amount(text)
    if value < 0:
        raise CommandRefused(f"{text} is below zero; write it like 0.05")
    return value


def prefix(text: str) -> str:
    """The leading digits of a recipient; empty or `*`: every number. Raises CommandRefused."""
    digits = text.strip().removeprefix("+")
    if digits in _EVERY:
        return ""
    if _PREFIX.fullmatch(digits) is None:
        raise CommandRefused(
            f"{text!r} is no prefix; write leading digits with the country code, such as 7903"
        )
    return digits


def shown_prefix(digits: str) -> str:
    """A prefix for people."""
    return digits or "every number"


def moment(text: str, zone: tzinfo = UTC) -> datetime:
    """A moment such as `2026-03-02T09:30`, `2026-03-02 09:30+03:00` or `2026-03-02`; UTC-aware.

    Without an offset it is meant in `zone`. Raises CommandRefused.
    """
    try:
        at = datetime.fromisoformat(text.strip())
        if at.tzinfo is None:
            at = at.replace(tzinfo=zone)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise CommandRefused(
            f"{text!r} is no moment; write it like 2026-03-02T09:30 or 2026-03-02T09:30Z"
        ) from None


def moment_or_ago(text: str, now: datetime) -> datetime:
    """The same, or how long ago: `90s`, `30m`, `2h`, `7d`, `4w`. Raises CommandRefused."""
    ago = _AGO.fullmatch(text.strip().lower())
    if ago is None:
        return moment(text)
    try:
        return now - int(ago[1]) * _UNITS[ago[2]]
    except OverflowError:
        raise CommandRefused(f"{text!r} is longer ago than time goes; write it like 7d") from None


def seconds(text: str) -> int:
    """How long: `90`, `90s`, `5m`, `2h`, `1d`; 1 second to a year. Raises CommandRefused."""
    bare = text.strip().lower()
    span = _AGO.fullmatch(f"{bare}s" if bare[-1:].isdecimal() else bare)
    if span is not None:
        whole = int(span[1]) * int(_UNITS[span[2]].total_seconds())
        if 1 <= whole <= _YEAR_S:
            return whole
    raise CommandRefused(f"{text!r} is no time from a second to a year; write it like 90s, 5m or 2h")


def shown_seconds(whole: int) -> str:
    """The same for people: `90s`, `5m`."""
    for unit in "dhm":
        size = int(_UNITS[unit].total_seconds())
        if whole and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def pairs(given: list[str]) -> dict[str, str]:
    """`key=value` pairs as they were written. Raises CommandRefused."""
    read: dict[str, str] = {}
    for pair in given:
        key, equals, raw = pair.partition("=")
        if not equals or _KEY.fullmatch(key) is None:
            raise CommandRefused(f"{pair!r} is no setting; write it like window=100")
        if key in read:
            raise CommandRefused(f"the setting {key!r} is given twice")
        read[key] = raw
    return read


def settings(given: list[str]) -> dict[str, int | float | str | bool]:
    """The same; a value is a number, `true` or `false`, or else a text. Raises CommandRefused."""
    return {key: _value(raw) for key, raw in pairs(given).items()}


def _value(raw: str) -> int | float | str | bool:
    """As TOML would read it, a text where it cannot."""
    if "\n" in raw or "#" in raw:
        return raw
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        return raw
    return value if isinstance(value, int | float | str | bool) else raw


def text_of(given: str) -> str:
    """The text, or for `-` the whole standard input without its last newline. Raises CommandRefused."""
    if given != "-":
        return given
    try:
        read = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise CommandRefused("the standard input is not UTF-8 text") from None
    return read.removesuffix("\n").removesuffix("\r")


def addressee(text: str) -> str:
    """The digits of a number, or an e-mail address, to look for. Raises CommandRefused."""
    if "@" not in text:
        return recipient(text)
    from gonets.rules.emails import address_of

    address = address_of(text)
    if address is None:
        raise CommandRefused(f"{text!r} is no e-mail address; write it like name@example.com")
    return address


def recipient(text: str) -> str:
    """The digits to look for; `+` and punctuation may stand between. Raises CommandRefused."""
    from gonets.rules.addressing import normalise

    digits = normalise(text, "")
    if digits is None:
        raise CommandRefused(f"{text!r} is no phone number; write it like 79031234567")
    return digits
