"""`gonets export` writes the platform to a file, `gonets apply` makes the store what a file declares."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gonets.cli import given
from gonets.cli.console import FAILED, CommandRefused, JsonOption, say, write_json
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gonets.cli.platform.writing import ListNote


def export(
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write to it; else to the standard output."),
    ] = None,
    stop_lists: Annotated[
        bool,
        typer.Option("--stop-lists", help="Write the stop lists too, each to a file beside it; needs --out."),
    ] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Write all that people set to one file, which [bold]gonets apply[/bold] takes back.

    Accounts without their balances, logins with hashed or sealed secrets, tariffs, routes, connectors, stop words.
    Of a stop list only the length is told, unless --stop-lists writes it.
    """
    from gonets.cli.platform.writing import platform_text, replacing
    from gonets.stores.platform import read_platform

    if stop_lists and out is None:
        raise CommandRefused("the stop lists are written beside a file; name it with --out")
    with reading(find_config(config, data)) as connection:
        note = _list_note(connection, out if stop_lists else None)
        text = platform_text(read_platform(connection), note)
    if out is None:
        typer.echo(text, nl=False)
        return
    with replacing(out) as file:
        file.write(text)
    say(f"Written to {out}, for you only: it holds secrets, hashed or sealed.", "green")


def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Such as platform.toml.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and stop.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove or switch off what the file does not have.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Make the settings what a file declares: show what would change, ask, and change all of it or nothing.

    What the file does not mention stays, unless --prune is given.
    """
    from gonets.cli.platform.document import read_document, stop_lists_of
    from gonets.cli.platform.reading import declared
    from gonets.cli.platform.showing import AppliedFacts, change_facts, counted, show_changes
    from gonets.flow.vault import VaultRefused, open_vault
    from gonets.rules.declaring import aimed, difference
    from gonets.stores import settings
    from gonets.stores.platform import accounts_with_history, read_platform, write_changes

    if as_json and not (yes or dry_run):
        raise CommandRefused("--json does not ask; give --dry-run or --yes with it")
    place = find_config(config, data)
    document = read_document(file)
    with reading(place) as connection:
        revision = settings.revision(connection)
        before = read_platform(connection, stop_lists_of(document))
        used = accounts_with_history(connection)
    try:
        wanted = declared(document, before, lambda: open_vault(place.key_file), prune=prune)
    except VaultRefused as error:
        raise CommandRefused(str(error)) from None
    changes = difference(before, aimed(before, wanted, prune=prune, used=used))
    applies = bool(changes) and not dry_run
    if not as_json:
        show_changes(changes)
        if not changes:
            say(f"Nothing to change: the settings are what {file} says.", "green")
        elif dry_run:
            say(f"It would be {counted(changes)}; nothing was changed.")
        elif not yes and not typer.confirm(f"{counted(changes)}: change that?"):
            say("Nothing was changed.")
            raise typer.Exit(FAILED)
    if applies:
        with changing(place) as connection:
            write_changes(connection, changes, revision, datetime.now(UTC))
    if as_json:
        write_json(
            AppliedFacts(str(file), applies, revision + 1 if applies else revision, change_facts(changes))
        )
    elif applies:
        say(f"Done: {counted(changes)}; a running gateway follows within seconds.", "green")


def register(app: typer.Typer, panel: str) -> None:
    """Put the commands under the topmost one."""
    app.command(
        "export",
        epilog=given.examples(
            "gonets export --out platform.toml", "gonets export --out all.toml --stop-lists"
        ),
        rich_help_panel=panel,
    )(export)
    app.command(
        "apply",
        epilog=given.examples(
            "gonets apply platform.toml --dry-run", "gonets apply platform.toml --yes --prune"
        ),
        rich_help_panel=panel,
    )(apply)


def _list_note(connection: "Connection", out: Path | None) -> "ListNote":
    """What the file says of stop lists: how long they are, or, beside `out`, to which file they were written."""
    from gonets.cli.platform.numbers import write_numbers
    from gonets.cli.platform.writing import value
    from gonets.model.platform import EVERYONE
    from gonets.stores import settings, stops
    from gonets.stores.platform import stop_list_sizes

    sizes = stop_list_sizes(connection)

    def note(account: str) -> str | None:
        size = sizes.get(account)
        if size is None:
            return None
        if out is None:
            return f'# stop_list_file = "..."  # its stop list has {size} numbers, which are not in this file'
        if account == EVERYONE:
            scope, whose, ending = stops.EVERYONE, "whoever sends", ""
        else:
            scope, whose, ending = settings.find_account(connection, account).id, account, f".{account}"
        path = out.with_name(f"{out.stem}.stop{ending}.txt")
        write_numbers(path, stops.pages(connection, scope), f"the stop list of {whose}")
        return f"stop_list_file = {value(path.name)}"

    return note
