"""`gonets base`: phone bases, the lists of numbers that campaigns are sent to; of millions too.

A base is read and written in turns of some thousand numbers, each a transaction of its own, so that a running gateway
goes on meanwhile and nothing needs more memory than one turn.
"""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.columns import number_cells
from gonets.cli.console import (
    FAILED,
    Column,
    CommandRefused,
    JsonOption,
    Styled,
    counted,
    progress,
    say,
    show_facts,
    show_table,
    write_json,
)
from gonets.cli.lines import FileArgument, raw_lines
from gonets.cli.numbers import BadLine, BadLines, number_of, numbers_in_turns
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, in_turns, reading

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gonets.config import Config
    from gonets.model.account import Account
    from gonets.model.campaigns import Base

_TURN: Final = 5_000
"""Numbers written in one transaction."""

AccountOption = Annotated[str, typer.Option("--account", "-a", help="Whose base it is.", show_default=False)]
NameArgument = Annotated[str, typer.Argument(metavar="BASE", help="Its name.", show_default=False)]
NumbersArgument = Annotated[
    list[str], typer.Argument(metavar="NUMBER...", help="Phone numbers.", show_default=False)
]


class BaseFacts(msgspec.Struct, frozen=True):
    """A base as scripts read it."""

    account: str
    name: str
    id: int
    phones: int
    protected: bool


class ChangeFacts(msgspec.Struct, frozen=True):
    """What was changed, as scripts read it."""

    base: str
    changed: int
    unchanged: int


class ImportFacts(msgspec.Struct, frozen=True):
    """What came of an import, as scripts read it."""

    base: str
    added: int
    known: int
    bad: int
    first_bad: list[BadLine]


def list_bases(
    account: Annotated[str | None, typer.Option("--account", "-a", help="Only this account's.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the bases and how many numbers are in each."""
    from gonets.stores import bases, settings

    with reading(find_config(config, data)) as connection:
        owners = (
            settings.list_accounts(connection)
            if account is None
            else [settings.find_account(connection, account)]
        )
        found = [
            _facts(owner, base)
            for owner, theirs in zip(
                owners, bases.listed(connection, [each.id for each in owners]), strict=True
            )
            for base in theirs
        ]
    if as_json:
        write_json(found)
        return
    columns = (
        Column("account", wrap=True),
        Column("base", wrap=True),
        Column("numbers", right=True),
        Column("clients"),
    )
    rows = ((each.account, each.name, str(each.phones), _access(each.protected)) for each in found)
    show_table(columns, rows, "There are no bases yet: gonets base create BASE --account ACCOUNT")


def create(
    name: NameArgument,
    account: AccountOption,
    protected: Annotated[
        bool, typer.Option("--protected", help="Clients may send to it, and neither read nor change it.")
    ] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Make an empty base, under a name by which the account's programs ask for it; case matters."""
    from gonets.stores import bases, settings

    with changing(find_config(config, data)) as connection:
        owner = settings.find_account(connection, account)
        bases.create(connection, owner.id, name, datetime.now(UTC), protected=protected)
    say(f"{account} has a base {name} now.", "green")


def show(
    name: NameArgument,
    account: AccountOption,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Show what a base is and how many numbers are in it."""
    with reading(find_config(config, data)) as connection:
        owner, base = _find(connection, account, name)
    if as_json:
        write_json(_facts(owner, base))
        return
    show_facts(
        (
            ("base", base.name),
            ("account", owner.name),
            ("id", str(base.id)),
            ("numbers", str(base.phones)),
            ("clients", _access(base.protected)),
        )
    )


def numbers(
    name: NameArgument,
    account: AccountOption,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=_TURN, help="How many.")] = 50,
    after: Annotated[str, typer.Option("--after", help="Only those above this number.")] = "0",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Show numbers of a base, ascending; [bold]gonets base export[/bold] writes all of them."""
    from gonets.stores import bases

    digits = after.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
        raise CommandRefused(f"{after!r} is no phone number; write it like 79031234567")
    with reading(find_config(config, data)) as connection:
        _, base = _find(connection, account, name)
        [page] = bases.pages(connection, [(base.id, int(digits), limit)])
    if as_json:
        write_json([str(number) for number in page])
        return
    for number in page:
        say(str(number))


def add(
    name: NameArgument,
    wanted: NumbersArgument,
    account: AccountOption,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Put numbers into a base; national ones are those of the account's country."""
    from gonets.stores import bases

    with changing(find_config(config, data)) as connection:
        owner, base = _find(connection, account, name)
        given_ = {number_of(each, owner.home_country) for each in wanted}
        [added] = bases.add(connection, [(base.id, list(given_))])
    _tell(name, added or 0, len(given_) - (added or 0), as_json, "put in", "there before")


def remove(
    name: NameArgument,
    wanted: NumbersArgument,
    account: AccountOption,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take numbers out of a base."""
    from gonets.stores import bases

    with changing(find_config(config, data)) as connection:
        owner, base = _find(connection, account, name)
        given_ = {number_of(each, owner.home_country) for each in wanted}
        [removed] = bases.remove(connection, [(base.id, list(given_))])
    _tell(name, removed or 0, len(given_) - (removed or 0), as_json, "taken out", "not in it")


def protect(
    name: NameArgument, account: AccountOption, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Let the account's programs send to a base, and neither read nor change it."""
    _protect(find_config(config, data), account, name, True)
    say(f"{name} is protected: clients may only send to it.", "green")


def unprotect(
    name: NameArgument, account: AccountOption, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Let the account's programs read and change a base."""
    _protect(find_config(config, data), account, name, False)
    say(f"{name} is open: clients may read and change it.", "green")


def delete(
    name: NameArgument,
    account: AccountOption,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Delete a base with its numbers. What was sent to them stays."""
    from gonets.stores import bases

    with in_turns(find_config(config, data)) as begin:
        with begin() as connection:
            _, base = _find(connection, account, name)
            _refuse_in_use(connection, base)
        if not yes and not typer.confirm(f"Delete {name} with {counted(base.phones, 'number')}?", err=True):
            raise typer.Exit(FAILED)
        with progress("Deleting", base.phones) as advance:
            while True:
                with begin() as connection:
                    gone = bases.shrink(connection, base.id, _TURN)
                if not gone:
                    break
                advance(gone)
    say(f"{name} is deleted.", "green")


def read_in(
    name: NameArgument,
    file: FileArgument,
    account: AccountOption,
    column: Annotated[
        str | None, typer.Option("--column", help="Where the numbers are: its title, or 1 for the first.")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Put the numbers of a CSV file, or of one with a number per line, into a base.

    Numbers are taken from the column whose title says so (phone, number, msisdn, телефон ...), else from the first.
    Lines without a number are left out, counted and told; it exits with 1 then. What was read before an interruption
    stays; importing the same file again is no harm.
    """
    from gonets.stores import bases

    read = added = 0
    bad = BadLines()
    with in_turns(find_config(config, data)) as begin:
        with begin() as connection:
            owner, base = _find(connection, account, name)
        with raw_lines(file, "Reading numbers") as lines:
            cells = number_cells(lines, column)
            for turn in numbers_in_turns(cells, owner.home_country, _TURN, bad):
                with begin() as connection:
                    [new] = bases.add(connection, [(base.id, turn)])
                if new is None:
                    raise CommandRefused(f"the base {name!r} was deleted meanwhile")
                added += new
                read += len(turn)
    if as_json:
        write_json(ImportFacts(name, added, read - added, bad.count, bad.first))
    else:
        say(f"{added} numbers put into {name}, {read - added} were there before.", "green")
        bad.tell()
    if bad.count:
        raise typer.Exit(FAILED)


def write_out(
    name: NameArgument, account: AccountOption, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Write a base as CSV to the standard output: the title phone, then a number a line, ascending."""
    from gonets.stores import bases

    with reading(find_config(config, data)) as connection:
        _, base = _find(connection, account, name)
        sys.stdout.write("phone\n")
        with progress("Writing numbers", base.phones) as advance:
            for page in bases.read_all(connection, base.id):
                sys.stdout.write("".join(f"{number}\n" for number in page))
                advance(len(page))


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(
        help="Phone bases: the lists of numbers that campaigns are sent to.", no_args_is_help=True
    )
    commands: Sequence[tuple[str, Callable[..., None], Sequence[str]]] = (
        ("list", list_bases, ("gonets base list --account shop",)),
        ("create", create, ("gonets base create Customers -a shop",)),
        ("show", show, ("gonets base show Customers -a shop",)),
        ("numbers", numbers, ("gonets base numbers Customers -a shop --limit 100 --after 79031234567",)),
        ("add", add, ("gonets base add Customers 79031234567 '8 (903) 123-45-68' -a shop",)),
        ("remove", remove, ("gonets base remove Customers 79031234567 -a shop",)),
        ("protect", protect, ("gonets base protect Customers -a shop",)),
        ("unprotect", unprotect, ("gonets base unprotect Customers -a shop",)),
        (
            "import",
            read_in,
            (
                "gonets base import Customers customers.csv -a shop",
                "gonets base import Customers customers.csv -a shop --column mobile",
                "gonets base import Customers - -a shop < numbers.txt",
            ),
        ),
        ("export", write_out, ("gonets base export Customers -a shop > customers.csv",)),
        ("delete", delete, ("gonets base delete Customers -a shop",)),
    )
    for word, command, lines in commands:
        group.command(word, epilog=given.examples(*lines))(command)
    app.add_typer(group, name="base", rich_help_panel=panel)


# ---- in the store


def _find(connection: "Connection", account: str, name: str) -> "tuple[Account, Base]":
    from gonets.stores import bases, settings

    owner = settings.find_account(connection, account)
    return owner, bases.find_base(connection, owner.id, name)


def _protect(place: "Config", account: str, name: str, protected: bool) -> None:
    from gonets.stores import bases

    with changing(place) as connection:
        _, base = _find(connection, account, name)
        bases.protect(connection, base.id, protected)


def _refuse_in_use(connection: "Connection", base: "Base") -> None:
    """Raise CommandRefused where a campaign has not got through its numbers yet."""
    from gonets.stores import campaigns

    for each in campaigns.unexpanded(connection):
        if base.id in each.bases:
            raise CommandRefused(
                f"campaign {each.id} has not got through it; `gonets campaign cancel {each.id}` ends that"
            )


# ---- read and told


def _facts(owner: "Account", base: "Base") -> BaseFacts:
    return BaseFacts(owner.name, base.name, base.id, base.phones, base.protected)


def _access(protected: bool) -> Styled:
    return Styled("send only", "yellow") if protected else Styled("read and change", "green")


def _tell(base: str, changed: int, unchanged: int, as_json: bool, what: str, other: str) -> None:
    if as_json:
        write_json(ChangeFacts(base, changed, unchanged))
        return
    rest = f", {unchanged} {other}" if unchanged else ""
    say(f"{base}: {changed} {what}{rest}.", "green")
