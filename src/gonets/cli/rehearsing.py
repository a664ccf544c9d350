"""`gonets route rehearse`: how what was sent would go by the routes, connectors and costs of a platform file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import (
    Column,
    CommandRefused,
    JsonOption,
    Styled,
    counted,
    iso,
    progress,
    say,
    show_table,
    write_json,
)
from gonets.cli.place import ConfigOption, DataOption, find_config, reading
from gonets.model.money import format_amount
from gonets.rules.rehearsing import Bill, Outcome, Rehearsal, Way

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gonets.config import Config
    from gonets.model.tables import Tables

_RANGE = 10_000
"""Ids looked at at a time."""


class BillFacts(msgspec.Struct, frozen=True):
    """What parts cost, as scripts read it."""

    amounts: dict[str, str]
    """By currency."""
    unknown: int
    """Parts whose cost nobody has said."""


class OutcomeFacts(msgspec.Struct, frozen=True):
    """Parts that went one way and would go one way, as scripts read it."""

    route: str
    connector: str
    route_then: str | None
    """Null: no route would serve them."""
    connector_then: str | None
    """Null: no connector of it would carry them."""
    parts: int
    cost: BillFacts
    cost_then: BillFacts


class RehearsalFacts(msgspec.Struct, frozen=True):
    """A rehearsal as scripts read it."""

    since: str
    parts: int
    moved: int
    """Those that would go another way."""
    ways: list[OutcomeFacts]


def rehearse(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A platform file.", show_default=False, dir_okay=False)
    ],
    since: Annotated[
        str, typer.Option("--since", help="Accepted since 2h, 7d or 2026-03-02T09:30 (UTC).")
    ] = "1d",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Show how what was sent would go after [bold]gonets apply[/bold] FILE; nothing is changed.

    Each part that an upstream took is sent again in thought: by its route, to the connector that the route asks
    first (the first that is on, the cheapest, or by weights), at what that costs.
    """
    from gonets.rules.routing import reads_texts
    from gonets.stores import margins, rehearsing

    first = given.moment_or_ago(since, datetime.now(UTC))
    place = find_config(config, data)
    with reading(place) as connection:
        planned = _tables(connection, file, place)
        rehearsal, texts = Rehearsal(planned), reads_texts(planned)
        begin, last = margins.period(connection, first)
    with progress("Rehearsing", last - begin) as advance:
        for after in range(begin, last, _RANGE):
            with reading(place) as connection:
                some = rehearsing.went(connection, first, after, min(after + _RANGE, last), texts)
            for each in some:
                rehearsal.add(each)
            advance(_RANGE)
    found = sorted(rehearsal.outcomes.items())
    parts = sum(each.parts for _, each in found)
    moved = sum(each.parts for (was, then), each in found if was != then)
    if as_json:
        write_json(RehearsalFacts(iso(first), parts, moved, [_facts(*key, each) for key, each in found]))
        return
    columns = (
        Column("went by", wrap=True),
        Column("would go by", wrap=True),
        Column("parts", right=True),
        Column("cost", right=True, wrap=True),
        Column("would cost", right=True, wrap=True),
    )
    rows = [
        (_way(was), _then(was, then), str(each.parts), _bill(each.written), _bill(each.planned))
        for (was, then), each in found
    ]
    show_table(columns, rows, "Nothing was sent in that time.")
    if found:
        say(f"{moved} of {counted(parts, 'part')} would go another way. Nothing was changed.")


def register(group: typer.Typer) -> None:
    """Put the command under `gonets route`."""
    group.command(
        "rehearse",
        epilog=given.examples(
            "gonets route rehearse platform.toml", "gonets route rehearse platform.toml --since 7d --json"
        ),
    )(rehearse)


def _tables(connection: "Connection", file: Path, place: "Config") -> "Tables":
    """The settings as they would be. Raises PlatformRefused, CommandRefused."""
    from gonets.cli.platform.document import read_document
    from gonets.cli.platform.reading import declared
    from gonets.flow.vault import VaultRefused, open_vault
    from gonets.model.times import micros
    from gonets.rules.costs import by_connector
    from gonets.rules.declaring import aimed
    from gonets.rules.routing import in_order
    from gonets.stores.platform import read_platform
    from gonets.stores.snapshot import tables

    before = read_platform(connection)
    document = read_document(file)
    try:
        wanted = declared(document, before, lambda: open_vault(place.key_file))
    except VaultRefused as error:
        raise CommandRefused(str(error)) from None
    after = aimed(before, wanted, prune=False)
    connectors = {each.name: each for each in after.connectors.values()}
    return msgspec.structs.replace(
        tables(connection, micros(datetime.now(UTC))),
        routes=in_order(after.routes.values(), connectors),
        connectors=connectors,
        costs=by_connector(after.costs.values()),
    )


def _facts(was: Way, then: Way, each: Outcome) -> OutcomeFacts:
    return OutcomeFacts(
        route=was.route,
        connector=was.connector,
        route_then=then.route or None,
        connector_then=then.connector or None,
        parts=each.parts,
        cost=_bill_facts(each.written),
        cost_then=_bill_facts(each.planned),
    )


def _bill_facts(bill: Bill) -> BillFacts:
    return BillFacts({each: format_amount(cost) for each, cost in sorted(bill.amounts.items())}, bill.unknown)


def _way(way: Way) -> str:
    return f"{way.route}: {way.connector}"


def _then(was: Way, then: Way) -> Styled:
    if not then.route:
        return Styled("no route", "red")
    if not then.connector:
        return Styled(f"{then.route}: no connector", "red")
    return Styled("the same" if then == was else _way(then), "dim" if then == was else "yellow")


def _bill(bill: Bill) -> str:
    known = [f"{format_amount(cost)} {currency}" for currency, cost in sorted(bill.amounts.items())]
    return ", ".join([*known, *([f"{bill.unknown} unknown"] if bill.unknown else [])])
