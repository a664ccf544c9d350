"""`gonets stop`: numbers that get no messages, whoever sends or from one account; lists of millions too.

A list is read and written in turns of some ten thousand numbers, each a transaction of its own, so that a running
gateway goes on meanwhile and nothing needs more memory than one turn.
"""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import consent, given
from gonets.cli.console import (
    FAILED,
    Column,
    CommandRefused,
    JsonOption,
    say,
    show_table,
    write_json,
)
from gonets.cli.lines import FileArgument, raw_lines
from gonets.cli.numbers import BadLine, BadLines, number_of, numbers_in_turns
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, in_turns, reading

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gonets.model.message import AccountId

EVERYBODY: Final = "everybody"
"""Whose list it is, where it is nobody's own."""

_TURN: Final = 20_000
"""Numbers written in one transaction."""

AccountOption = Annotated[
    str | None, typer.Option("--account", "-a", help="Of this account; else for everybody.")
]
CountryOption = Annotated[
    str | None, typer.Option("--country", help="Completes national numbers; else the account's own.")
]
NumbersArgument = Annotated[
    list[str], typer.Argument(metavar="NUMBER...", help="Phone numbers.", show_default=False)
]


class ListFacts(msgspec.Struct, frozen=True):
    """A list as scripts read it."""

    account: str | None
    """None: for everybody."""
    numbers: int


class ChangeFacts(msgspec.Struct, frozen=True):
    """What was changed, as scripts read it."""

    account: str | None
    changed: int
    unchanged: int


class ImportFacts(msgspec.Struct, frozen=True):
    """What came of an import, as scripts read it."""

    account: str | None
    added: int
    known: int
    bad: int
    first_bad: list[BadLine]


class CheckFacts(msgspec.Struct, frozen=True):
    """On which lists a number is, as scripts read it."""

    number: str
    stopped: bool
    lists: list[str | None]
    """Names of accounts; null: for everybody."""


def list_lists(as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List the stop lists and how long they are."""
    from gonets.stores import settings, stops

    with reading(find_config(config, data)) as connection:
        names = {account.id: account.name for account in settings.list_accounts(connection)}
        sizes = stops.sizes(connection)
    found = [ListFacts(names.get(account), count) for account, count in sorted(sizes.items())]
    if as_json:
        write_json(found)
        return
    columns = (Column("for", wrap=True), Column("numbers", right=True))
    rows = ((each.account or EVERYBODY, str(each.numbers)) for each in found)
    show_table(columns, rows, "No number is stopped: gonets stop add NUMBER")


def add(
    numbers: NumbersArgument,
    account: AccountOption = None,
    country: CountryOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Put numbers on a stop list."""
    from gonets.stores import stops

    with changing(find_config(config, data)) as connection:
        owner, home = _whose(connection, account, country)
        wanted = [number_of(each, home) for each in dict.fromkeys(numbers)]
        added = stops.add(connection, owner, wanted)
    tell(account, added, len(set(wanted)) - added, as_json, "stopped", "stopped before")


def remove(
    numbers: NumbersArgument,
    account: AccountOption = None,
    country: CountryOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take numbers off a stop list."""
    from gonets.stores import stops

    with changing(find_config(config, data)) as connection:
        owner, home = _whose(connection, account, country)
        wanted = [number_of(each, home) for each in dict.fromkeys(numbers)]
        removed = stops.remove(connection, owner, wanted)
    tell(account, removed, len(set(wanted)) - removed, as_json, "taken off", "not on the list")


def read_in(
    file: FileArgument,
    account: AccountOption = None,
    country: CountryOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Put a file of numbers, one per line, on a stop list.

    Lines that are no numbers are left out, counted and told; it exits with 1 then. What was read before an interruption
    stays; importing the same file again is no harm.
    """
    from gonets.stores import stops

    read = added = 0
    bad = BadLines()
    with in_turns(find_config(config, data)) as begin:
        with begin() as connection:
            owner, home = _whose(connection, account, country)
        with raw_lines(file, "Reading numbers") as lines:
            for turn in numbers_in_turns(_filled(lines), home, _TURN, bad):
                with begin() as connection:
                    added += stops.add(connection, owner, turn)
                read += len(turn)
    if as_json:
        write_json(ImportFacts(account, added, read - added, bad.count, bad.first))
    else:
        say(f"{added} numbers added for {account or EVERYBODY}, {read - added} were known.", "green")
        bad.tell()
    if bad.count:
        raise typer.Exit(FAILED)


def write_out(account: AccountOption = None, config: ConfigOption = None, data: DataOption = None) -> None:
    """Write a stop list to the standard output, one number per line, ascending."""
    from gonets.stores import stops

    with reading(find_config(config, data)) as connection:
        owner, _ = _whose(connection, account, None)
        for page in stops.pages(connection, owner):
            sys.stdout.write("".join(f"{number}\n" for number in page))


def check(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="A phone number.", show_default=False)],
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Would this account's messages be stopped?")
    ] = None,
    country: CountryOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Look a number up in the stop lists; exits with 1 where it is on one."""
    from gonets.stores import settings, stops

    with reading(find_config(config, data)) as connection:
        owner, home = _whose(connection, account, country)
        phone = number_of(number, home)
        names = {each.id: each.name for each in settings.list_accounts(connection)}
        among = names if account is None else (owner,)
        on = stops.lists_with(connection, (stops.EVERYONE, *among), phone)
    lists = [names.get(each) for each in on]
    if as_json:
        write_json(CheckFacts(str(phone), bool(lists), lists))
    elif lists:
        say(f"{phone} is stopped for {', '.join(each or EVERYBODY for each in lists)}.", "red")
    else:
        say(f"{phone} is not stopped{f' for {account}' if account else ''}.", "green")
    if lists:
        raise typer.Exit(FAILED)


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(
        help="Stop lists: numbers that get nothing, whoever sends or from one account.", no_args_is_help=True
    )
    group.command("list", epilog=given.examples("gonets stop list"))(list_lists)
    group.command(
        "add",
        epilog=given.examples("gonets stop add 79031234567", "gonets stop add 79031234567 --account shop"),
    )(add)
    group.command("remove", epilog=given.examples("gonets stop remove 79031234567"))(remove)
    group.command(
        "import",
        epilog=given.examples(
            "gonets stop import numbers.txt --country RU",
            "gonets stop import - --account shop < numbers.txt",
        ),
    )(read_in)
    group.command("export", epilog=given.examples("gonets stop export > numbers.txt"))(write_out)
    group.command(
        "check", epilog=given.examples("gonets stop check 79031234567 --account shop && echo may be sent")
    )(check)
    consent.register(group)
    app.add_typer(group, name="stop", rich_help_panel=panel)


# ---- what others show too


def tell(account: str | None, changed: int, unchanged: int, as_json: bool, what: str, other: str) -> None:
    """Say how many were changed, and how many were so before."""
    if as_json:
        write_json(ChangeFacts(account, changed, unchanged))
        return
    rest = f", {unchanged} {other}" if unchanged else ""
    say(f"For {account or EVERYBODY}: {changed} {what}{rest}.", "green")


def _whose(connection: "Connection", account: str | None, country: str | None) -> "tuple[AccountId, str]":
    """The account whose list it is, or everybody's, and the home country of its numbers."""
    from gonets.stores import settings, stops

    if country is not None and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise CommandRefused(f"{country!r} is no country; write two letters such as RU")
    if account is None:
        return stops.EVERYONE, (country or "").upper()
    owner = settings.find_account(connection, account)
    return owner.id, (country or owner.home_country).upper()


def _filled(lines: Iterator[bytes]) -> Iterator[tuple[int, str]]:
    """(line, what it says); blank lines are nothing."""
    for number, line in enumerate(lines, 1):
        text = line.decode(errors="replace").strip().removeprefix("\ufeff")
        if text:
            yield number, text
