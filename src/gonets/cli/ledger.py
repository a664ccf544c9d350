"""Money: `gonets ledger` shows and proves the ledger, `gonets account topup` and `adjust` enter into it."""

import csv
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import (
    FAILED,
    Column,
    CommandRefused,
    JsonOption,
    complain,
    iso,
    say,
    show_table,
    write_json,
    written,
)
from gonets.cli.login import NameArgument
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.model.money import Millionths, format_amount

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gonets.config import Config
    from gonets.model.ledger import Entry
    from gonets.model.message import AccountId

_MOST: Final = 2**62
"""Millionths that a balance may come to; the store's numbers end at twice that."""

_PAGE: Final = 1000
"""Entries read at a time."""

_SORTS: Final = {1: "charge", 2: "refund", 3: "top_up", 4: "adjustment", 5: "replacement"}
"""`model.ledger.EntryKind` in words."""


class EntryFacts(msgspec.Struct, frozen=True):
    """An entry as scripts read it."""

    number: int
    at: str
    kind: str
    amount: str
    balance: str
    message: int | None
    part: int | None
    note: str | None


class ProofFacts(msgspec.Struct, frozen=True):
    """What a check came to, as scripts read it."""

    ok: bool
    flaws: list[str]


def topup(
    name: NameArgument,
    much: Annotated[str, typer.Argument(metavar="AMOUNT", help="Such as 100 or 99.50.", show_default=False)],
    note: Annotated[str, typer.Option("--note", help="For the statement.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Enter money that came in."""
    _enter("top_up", name, incoming(much), note, find_config(config, data))


def adjust(
    name: NameArgument,
    much: Annotated[
        str, typer.Argument(metavar="AMOUNT", help="Up such as 5, down such as -5.", show_default=False)
    ],
    note: Annotated[str, typer.Option("--note", help="Why; for the statement.", show_default=False)],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Correct a balance, up or down, with a reason."""
    correction = given.amount(much)
    if not correction:
        raise CommandRefused("an adjustment of 0 changes nothing")
    if not note.strip():
        raise CommandRefused("say why: --note 'paid twice'")
    _enter("adjust", name, correction, note, find_config(config, data))


def statement(
    name: NameArgument,
    after: Annotated[int, typer.Option("--after", min=0, help="Only entries numbered over this.")] = 0,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="At most so many; else 1000, in CSV all.")
    ] = None,
    as_json: JsonOption = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV for tables.", rich_help_panel="Output")
    ] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Show the entries of an account, oldest first, each with the balance after it."""
    from gonets.stores import money, settings

    if as_csv and as_json:
        raise CommandRefused("give --csv or --json, not both")
    with reading(find_config(config, data)) as connection:
        account = settings.find_account(connection, name)
        if as_csv:
            _write_csv(connection, account.id, after, limit)
            return
        limit = limit or _PAGE
        entries = money.statement(connection, account.id, after, limit)
    if as_json:
        write_json([_facts(entry) for entry in entries])
        return
    columns = (
        Column("no.", right=True),
        Column("time (UTC)"),
        Column("what"),
        Column("amount", right=True),
        Column("balance", right=True),
        Column("for", wrap=True),
    )
    rows = (
        (
            str(entry.number),
            written(entry.at),
            _SORTS[entry.kind].replace("_", "-"),
            format_amount(entry.amount),
            format_amount(entry.balance),
            _purpose(entry),
        )
        for entry in entries
    )
    show_table(columns, rows, f"Nothing was entered for {name} yet.")
    if len(entries) == limit:
        say(f"There may be more: --after {entries[-1].number}", "dim")


def check(as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """Prove that all the money adds up; exits with 1 and says what does not."""
    from gonets.stores import money

    with reading(find_config(config, data)) as connection:
        flaws = [flaw.what for flaw in money.check(connection)]
    if as_json:
        write_json(ProofFacts(not flaws, flaws))
    elif not flaws:
        say("The ledger adds up: every balance, charge, part and refund.", "green")
    else:
        for flaw in flaws:
            say(flaw)
        complain(f"{len(flaws)} {'sum does' if len(flaws) == 1 else 'sums do'} not add up")
    if flaws:
        raise typer.Exit(FAILED)


def incoming(text: str) -> Millionths:
    """An amount of money that came in, above zero. Raises CommandRefused."""
    value = given.amount(text)
    if value <= 0:
        raise CommandRefused(f"{text} is no money that came in; `gonets account adjust` takes money away")
    return value


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(help="The ledger: statements, and the proof that it adds up.", no_args_is_help=True)
    group.command(
        "statement",
        epilog=given.examples(
            "gonets ledger statement shop --limit 50", "gonets ledger statement shop --csv > shop.csv"
        ),
    )(statement)
    group.command("check", epilog=given.examples("gonets ledger check && echo all is well"))(check)
    app.add_typer(group, name="ledger", rich_help_panel=panel)


def register_entries(group: typer.Typer) -> None:
    """Put `topup` and `adjust` into the group of accounts."""
    group.command("topup", epilog=given.examples("gonets account topup shop 100 --note 'invoice 17'"))(topup)
    group.command(
        "adjust",
        epilog=given.examples("gonets account adjust shop -5 --note 'paid twice'"),
        context_settings={"ignore_unknown_options": True},
    )(adjust)


def _enter(
    how: Literal["top_up", "adjust"], name: str, value: Millionths, note: str, place: "Config"
) -> None:
    from gonets.stores import money, settings

    with changing(place) as connection:
        account = settings.find_account(connection, name)
        if abs(settings.balance_of(connection, account.id) + value) > _MOST:
            raise CommandRefused("the balance would be too large to keep")
        post = money.top_up if how == "top_up" else money.adjust
        post(connection, account.id, value, note, datetime.now(UTC))
        balance = settings.balance_of(connection, account.id)
    sign = "+" if value > 0 else ""
    say(f"{name}: {sign}{format_amount(value)}, balance {format_amount(balance)} {account.currency}", "green")


def _write_csv(connection: "Connection", account: "AccountId", after: int, limit: int | None) -> None:
    """All entries, or so many, page by page."""
    from gonets.stores import money

    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(EntryFacts.__struct_fields__)
    while limit is None or limit > 0:
        page = money.statement(connection, account, after, _PAGE if limit is None else min(limit, _PAGE))
        lines.writerows(msgspec.structs.astuple(_facts(entry)) for entry in page)
        if len(page) < _PAGE:
            return
        after = page[-1].number
        limit = None if limit is None else limit - len(page)


def _purpose(entry: "Entry") -> str:
    named = (
        f"part {entry.part}"
        if entry.part is not None
        else f"message {entry.message}"
        if entry.message
        else ""
    )
    return " ".join(filter(None, (named, entry.note or "")))


def _facts(entry: "Entry") -> EntryFacts:
    return EntryFacts(
        entry.number,
        iso(entry.at),
        _SORTS[entry.kind],
        format_amount(entry.amount),
        format_amount(entry.balance),
        entry.message,
        entry.part,
        entry.note,
    )
