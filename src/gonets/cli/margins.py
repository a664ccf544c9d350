"""`gonets route report`: what was sent, and what it brought and cost, currency by currency."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import Column, JsonOption, Styled, iso, progress, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, find_config, reading
from gonets.model.costs import By, Totals
from gonets.model.money import format_amount


class MarginFacts(msgspec.Struct, frozen=True):
    """What some parts came to, as scripts read it."""

    key: str | None
    """The account, route, connector or country; null: all of them."""
    parts: int
    charged: str
    currency: str
    cost: str | None
    """Null: it is unknown."""
    cost_currency: str | None
    margin: str | None
    """Null: cost is unknown, or in another currency."""
    margin_percent: float | None


class ReportFacts(msgspec.Struct, frozen=True):
    """A report as scripts read it."""

    since: str
    by: str
    rows: list[MarginFacts]
    totals: list[MarginFacts]


def report(
    since: Annotated[
        str, typer.Option("--since", help="Accepted since 2h, 7d or 2026-03-02T09:30 (UTC).")
    ] = "1d",
    by: Annotated[By, typer.Option("--by", help="What to count by.")] = By.ROUTE,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Show what was sent, what it brought and what it cost.

    Counted are the parts that upstreams took, of messages accepted in that time: what was charged for them less
    what was given back, and what they cost when they were taken. Amounts of different currencies are never added
    up: there is a line for each pair of currencies, and one for parts whose cost nobody has set.
    """
    from gonets.stores import margins

    first = given.moment_or_ago(since, datetime.now(UTC))
    place = find_config(config, data)
    found: dict[tuple[str, str, str], Totals] = {}
    with reading(place) as connection:
        begin, last = margins.period(connection, first)
    with progress("Adding up", last - begin) as advance:
        for after in range(begin, last, margins.RANGE):
            with reading(place) as connection:
                some = margins.sums(connection, by, first, after, min(after + margins.RANGE, last))
            _add(found, some)
            advance(margins.RANGE)
    rows = sorted(((key[0], each) for key, each in found.items()), key=_order)
    whole: dict[tuple[str, str, str], Totals] = {}
    _add(whole, (("", each) for _, each in rows))
    totals = list(whole.values())
    if as_json:
        facts = [_facts(key, each) for key, each in rows]
        write_json(ReportFacts(iso(first), by.value, facts, [_facts(None, each) for each in totals]))
        return
    columns = (
        Column(by.value.removeprefix("prefix-"), wrap=True),
        Column("parts", right=True),
        Column("charged", right=True),
        Column("cost", right=True),
        Column("margin", right=True),
        Column("%", right=True),
    )
    shown = [_row(key, each) for key, each in rows]
    if len(rows) > len(totals):
        shown += [_row(Styled("all", "bold"), each) for each in totals]
    show_table(columns, shown, "Nothing was sent in that time.")


def register(group: typer.Typer) -> None:
    """Put the command under `gonets route`."""
    group.command(
        "report",
        epilog=given.examples(
            "gonets route report", "gonets route report --since 7d --by account", "gonets route report --json"
        ),
    )(report)


def _add(found: dict[tuple[str, str, str], Totals], some: Iterable[tuple[str, Totals]]) -> None:
    for name, each in some:
        key = (name, each.currency, each.cost_currency or "")
        found[key] = each.plus(found[key]) if key in found else each


def _order(row: tuple[str, Totals]) -> tuple[str, int, str, str]:
    """Those of a name together, the most parts first."""
    name, totals = row
    return name, -totals.parts, totals.currency, totals.cost_currency or ""


def _facts(key: str | None, each: Totals) -> MarginFacts:
    return MarginFacts(
        key=key,
        parts=each.parts,
        charged=format_amount(each.charged),
        currency=each.currency,
        cost=None if each.cost_currency is None else format_amount(each.cost),
        cost_currency=each.cost_currency,
        margin=None if each.margin is None else format_amount(each.margin),
        margin_percent=each.margin_percent,
    )


def _row(key: str | Styled, each: Totals) -> tuple[str | Styled, ...]:
    cost = "unknown"
    if each.cost_currency is not None:
        cost = f"{format_amount(each.cost)} {each.cost_currency}"
    margin: str | Styled = ""
    if each.margin is not None:
        margin = Styled(
            f"{format_amount(each.margin)} {each.currency}", "red" if each.margin < 0 else "green"
        )
    percent = "" if each.margin_percent is None else f"{each.margin_percent:.1f}"
    return key, str(each.parts), f"{format_amount(each.charged)} {each.currency}", cost, margin, percent
