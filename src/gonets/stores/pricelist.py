"""Price lists: many tariffs at once, as people keep them in tables.

Reads and writes the lines of a CSV file; refuses a line with its number and column (`PriceRefused`), and then nothing
of the whole file is written.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, and_, delete, insert, select

from gonets.model.account import Tariff
from gonets.model.message import Channel
from gonets.model.money import Millionths, format_amount, parse_amount
from gonets.model.times import micros, moment
from gonets.stores.schema import tariffs
from gonets.stores.settings import SettingRefused, touch
from gonets.stores.statements import Statement, given, packed

COLUMNS: Final = (
    "group",
    "channel",
    "prefix",
    "price",
    "currency",
    "closed",
    "refund_undelivered",
    "valid_from",
)
_NEEDED: Final = ("group", "prefix", "price")
"""Columns that a file must have; the others may be left out, or empty."""

_GROUP: Final = re.compile(r"\S(?:.{0,62}\S)?")
_PREFIX: Final = re.compile("(?:[1-9][0-9]{0,14})?")
_CURRENCY: Final = re.compile("(?:[A-Z]{3})?")
_CHANNELS: Final = tuple(channel.value for channel in Channel)
_YES: Final = frozenset({"yes", "true", "1"})
_NO: Final = frozenset({"no", "false", "0", ""})

_KEY: Final = ("tariff_group", "channel", "prefix", "valid_from")
_gone = given("gone", *_KEY)
_same = select(tariffs.c.id).join(_gone, and_(*(tariffs.c[name] == _gone.c[name] for name in _KEY)))
_remove = Statement(delete(tariffs).where(tariffs.c.id.in_(_same)))
_FIELDS: Final = (
    "tariff_group",
    "channel",
    "prefix",
    "price",
    "closed",
    "refund_undelivered",
    "currency",
    "valid_from",
)
_new = given("new", *_FIELDS)
_add = Statement(insert(tariffs).from_select(_FIELDS, select(*_new.c)))


class PriceRefused(SettingRefused):
    """The sentence names line and column."""


def put_tariffs(connection: Connection, wanted: Sequence[Tariff]) -> None:
    """Set these prices, none of them twice, each in place of the version that began at the same moment."""
    keys = [(each.group, each.channel, each.prefix, each.valid_from) for each in wanted]
    _remove.run(connection, gone=packed(keys))
    rows = [
        (
            each.group,
            each.channel,
            each.prefix,
            each.price,
            each.closed,
            each.refund_undelivered,
            each.currency,
            each.valid_from,
        )
        for each in wanted
    ]
    _add.run(connection, new=packed(rows))
    touch(connection)


def read_prices(lines: Iterable[str]) -> Iterator[Tariff]:
    """The tariffs of a CSV file (RFC 4180), its lines given one by one; the first names the columns, in any order.

    Raises PriceRefused at the first line that cannot be read.
    """
    rows = csv.reader(lines, strict=True)
    known: dict[tuple[str, Channel, str, int], int] = {}
    try:
        head = [name.strip().lstrip("\ufeff").lower() for name in next(rows, [])]
        _check_head(head)
        for row in rows:
            if not any(field.strip() for field in row):
                continue
            line = rows.line_num
            if len(row) != len(head):
                raise PriceRefused(f"line {line}: it has {len(row)} columns, the first line {len(head)}")
            tariff = _tariff(dict(zip(head, (field.strip() for field in row), strict=True)), line)
            key = (tariff.group, tariff.channel, tariff.prefix, tariff.valid_from)
            if key in known:
                raise PriceRefused(
                    f"line {line}, column prefix: line {known[key]} has the same price already"
                )
            known[key] = line
            yield tariff
    except csv.Error as error:
        raise PriceRefused(f"line {rows.line_num}: it is not CSV: {error}") from None


def price_row(tariff: Tariff) -> tuple[str, ...]:
    """A tariff as a line of such a file, under `COLUMNS`."""
    return (
        tariff.group,
        tariff.channel.value,
        tariff.prefix,
        format_amount(tariff.price),
        tariff.currency,
        "yes" if tariff.closed else "no",
        "yes" if tariff.refund_undelivered else "no",
        moment(tariff.valid_from).isoformat().replace("+00:00", "Z") if tariff.valid_from else "",
    )


def _check_head(head: Sequence[str]) -> None:
    for name in head:
        if name not in COLUMNS:
            raise PriceRefused(f"line 1: there is no column {name!r}; the columns are {', '.join(COLUMNS)}")
        if head.count(name) > 1:
            raise PriceRefused(f"line 1: the column {name} is there twice")
    for name in _NEEDED:
        if name not in head:
            raise PriceRefused(f"line 1: the column {name} is missing; the columns are {', '.join(COLUMNS)}")


def _tariff(fields: dict[str, str], line: int) -> Tariff:
    def refuse(column: str, sentence: str) -> PriceRefused:
        return PriceRefused(f"line {line}, column {column}: {sentence}")

    def flag(column: str) -> bool:
        word = fields.get(column, "").lower()
        if word not in _YES and word not in _NO:
            raise refuse(column, f"{word!r} is neither yes nor no")
        return word in _YES

    if not _GROUP.fullmatch(fields["group"]):
        raise refuse("group", "a tariff group has 1 to 64 characters")
    channel = fields.get("channel", "") or Channel.SMS.value
    if channel not in _CHANNELS:
        raise refuse("channel", f"{channel!r} is no channel; write {', '.join(_CHANNELS)}")
    prefix = "" if fields["prefix"] == "*" else fields["prefix"].removeprefix("+")
    if not _PREFIX.fullmatch(prefix):
        raise refuse("prefix", f"{fields['prefix']!r} is no prefix; write leading digits such as 7903")
    closed = flag("closed")
    try:
        price = parse_amount(fields["price"]) if fields["price"] or not closed else Millionths(0)
    except ValueError as error:
        raise refuse("price", str(error)) from None
    if price < 0:
        raise refuse("price", f"{fields['price']} is below zero; write it like 0.05")
    currency = fields.get("currency", "").upper()
    if not _CURRENCY.fullmatch(currency):
        raise refuse("currency", f"{currency!r} is no currency; write three letters such as RUB, or nothing")
    try:
        valid_from = _moment(fields.get("valid_from", ""))
    except (ValueError, OverflowError):
        raise refuse(
            "valid_from", f"{fields['valid_from']!r} is no moment; write it like 2026-03-02T09:30Z"
        ) from None
    return Tariff(
        fields["group"],
        Channel(channel),
        prefix,
        price,
        closed,
        flag("refund_undelivered"),
        currency,
        valid_from,
    )


def _moment(text: str) -> int:
    """Unix microseconds of a moment, in UTC where it names no zone; 0: always."""
    if not text:
        return 0
    at = datetime.fromisoformat(text)
    value = micros(at if at.tzinfo is not None else at.replace(tzinfo=UTC))
    if value < 0:
        raise ValueError(text)
    return value
