"""The forms of single values in a platform file: from what TOML read to what the model holds.

A form takes a value or raises `Wrong` with a sentence that shows how to write it. Nothing is guessed: a number is no
text, `1` is not `true`, an amount is a text so that no float ever holds money.
"""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from gonets.model.money import Millionths, parse_amount
from gonets.model.platform import WordKind
from gonets.model.routing import MOST_WEIGHT
from gonets.model.times import micros
from gonets.rules.hosts import parse_networks

Form = Callable[[object], Any]

_KINDS: Final = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "an array",
    dict: "a table",
    datetime: "a date and time",
}
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_FIELD: Final = re.compile(r"[A-Za-z0-9._\[\]-]{1,64}")
_PREFIX: Final = re.compile(r"|[1-9][0-9]{0,14}")

E = TypeVar("E", bound=StrEnum)


class Wrong(ValueError):
    """The sentence says what is wrong and how to write it; `at` leads from the value to the place within it."""

    def __init__(self, sentence: str, *at: str | int) -> None:
        super().__init__(sentence)
        self.at = at


def kind_of(value: object) -> str:
    """What TOML read, in words."""
    return _KINDS.get(type(value), "a date or a time")


def flag(value: object) -> bool:
    """`true` or `false`."""
    if not isinstance(value, bool):
        raise Wrong(f"this is {kind_of(value)}; write true or false")
    return value


def whole(least: int, most: int) -> Form:
    """A whole number within bounds."""

    def form(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Wrong(f"this is {kind_of(value)}; write a whole number")
        if not least <= value <= most:
            raise Wrong(f"{value} is out of bounds; it is {least} to {most}")
        return value

    return form


def plain(value: object) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise Wrong(f'this is {kind_of(value)}; write a text, such as "one"')
    return value


def text(right: Callable[[str], object], sentence: str, *, hidden: bool = False) -> Form:
    """A text that is right; else the sentence tells how to write it. A secret is `hidden` in errors."""

    def form(value: object) -> str:
        read = plain(value)
        if not right(read):
            raise Wrong(sentence if hidden else f"{read!r} is not right; {sentence}")
        return read

    return form


def matching(pattern: str, sentence: str, *, hidden: bool = False) -> Form:
    """A text that a regular expression fits as a whole."""
    return text(re.compile(pattern).fullmatch, sentence, hidden=hidden)


def is_name(name: str) -> bool:
    """Whether it may name something: 1 to 64 characters that can be printed, no blanks at the ends."""
    return 1 <= len(name) <= 64 and name.isprintable() and name == name.strip()


def choice(kind: type[E]) -> Form:
    """One of the values of an enum."""

    def form(value: object) -> E:
        try:
            return kind(plain(value))
        except ValueError as error:
            if isinstance(error, Wrong):
                raise
            known = ", ".join(each.value for each in kind)
            raise Wrong(f"{value!r} is none of {known}") from None

    return form


def amount(value: object) -> Millionths:
    """An amount of money that is not below zero, as a text."""
    if not isinstance(value, str):
        raise Wrong(f'this is {kind_of(value)}; write the amount as a text, such as "12.50"')
    try:
        read = parse_amount(value)
    except ValueError as error:
        raise Wrong(str(error)) from None
    if read < 0:
        raise Wrong(f'{value!r} is below zero; write it like "0.05"')
    return read


def since(value: object) -> int:
    """A moment as Unix microseconds."""
    if not isinstance(value, datetime):
        raise Wrong(f"this is {kind_of(value)}; write a moment, such as 2026-12-01T00:00:00Z")
    if value.tzinfo is None:
        raise Wrong(f"{value.isoformat()} has no offset; write it like {value.isoformat()}Z")
    at = micros(value)
    if at < 0:
        raise Wrong(f"{value.isoformat()} is before 1970")
    return at


def time_of_day(value: object) -> int | None:
    """Minutes of the day, from `22:00`; None for an empty text."""
    read = plain(value)
    if not read:
        return None
    if _TIME.fullmatch(read) is None:
        raise Wrong(f'{read!r} is no time of day; write it like "22:00", or "" for none')
    hours, minutes = read.split(":")
    return 60 * int(hours) + int(minutes)


def zone(value: object) -> ZoneInfo:
    """A time zone by its IANA name."""
    name = plain(value)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Wrong(f"{name!r} is not a time zone; write one like Europe/Moscow or UTC") from None


def prefix(value: object) -> str:
    """Leading digits of a recipient; empty: every number."""
    digits = plain(value)
    if _PREFIX.fullmatch(digits) is None:
        raise Wrong(f'{digits!r} is no prefix; write leading digits with the country code, such as "7903"')
    return digits


def texts(value: object) -> tuple[str, ...]:
    """An array of texts, none twice."""
    if not isinstance(value, list):
        raise Wrong(f'this is {kind_of(value)}; write an array of texts, such as ["one", "two"]')
    read: list[str] = []
    known: set[str] = set()
    for number, each in enumerate(value):
        if not isinstance(each, str):
            raise Wrong(f"this is {kind_of(each)}; write a text", number)
        if each in known:
            raise Wrong(f"{each!r} is there twice", number)
        known.add(each)
        read.append(each)
    return tuple(read)


def weights(value: object) -> tuple[int, ...]:
    """An array of whole numbers, 1 to 1000."""
    if not isinstance(value, list):
        raise Wrong(f"this is {kind_of(value)}; write an array of whole numbers, such as [3, 1]")
    one = whole(1, MOST_WEIGHT)
    for number, each in enumerate(value):
        try:
            one(each)
        except Wrong as error:
            raise Wrong(str(error), number) from None
    return tuple(value)


def networks(value: object) -> tuple[str, ...]:
    """An array of networks in CIDR."""
    read = texts(value)
    for number, each in enumerate(read):
        try:
            parse_networks((each,))
        except ValueError as error:
            raise Wrong(str(error).removesuffix("."), number) from None
    return read


def renamed(known: Collection[str]) -> Form:
    """An array of `name=other`, each of a known name and once."""

    def form(value: object) -> tuple[str, ...]:
        read = texts(value)
        for number, each in enumerate(read):
            name, equals, other = each.partition("=")
            if name not in known or not equals or _FIELD.fullmatch(other) is None:
                raise Wrong(
                    f"{each!r} is not right; write it like phone=msisdn, of {', '.join(known)}", number
                )
        if len({each.partition("=")[0] for each in read}) < len(read):
            raise Wrong("a name is there twice")
        names = {name: name for name in known} | dict(each.split("=", 1) for each in read)
        if len(set(names.values())) < len(names):
            raise Wrong("two fields would have the same name")
        return tuple(sorted(read))

    return form


def scalars(value: object) -> dict[str, int | float | str | bool]:
    """A table of single values."""
    if not isinstance(value, dict):
        raise Wrong(f"this is {kind_of(value)}; write a table, such as {{ window = 100 }}")
    for key, each in value.items():
        if not isinstance(each, int | float | str | bool):
            raise Wrong(f"this is {kind_of(each)}; write a single value", key)
    return value


def read_by(reader: Callable[[str], object]) -> Form:
    """A text that a function reads, or raises ValueError with the sentence."""

    def form(value: object) -> object:
        try:
            return reader(plain(value))
        except Wrong:
            raise
        except ValueError as error:
            raise Wrong(str(error)) from None

    return form


def array(value: object) -> Sequence[object]:
    """An array of anything."""
    if not isinstance(value, list):
        raise Wrong(f"this is {kind_of(value)}; write an array")
    return value


def table(value: object) -> dict[str, object]:
    """A table of anything."""
    if not isinstance(value, dict):
        raise Wrong(f"this is {kind_of(value)}; write a table")
    return value


def matchable(kind: WordKind) -> Form:
    """Stop words or patterns that can be looked for."""

    def form(value: object) -> tuple[str, ...]:
        bodies = texts(value)
        whole_flaw = flaw(kind, bodies)
        if whole_flaw is not None:
            for number, body in enumerate(bodies):
                own_flaw = flaw(kind, (body,))
                if own_flaw is not None:
                    raise Wrong(own_flaw, number)
            raise Wrong(whole_flaw)
        return bodies

    return form


def flaw(kind: WordKind, bodies: tuple[str, ...]) -> str | None:
    """Why they cannot be looked for; None: they can."""
    from gonets.rules.wording import Matcher

    try:
        Matcher(bodies if kind is WordKind.WORD else (), bodies if kind is WordKind.PATTERN else ())
    except ValueError as error:
        return str(error).removesuffix(".")
    return None
