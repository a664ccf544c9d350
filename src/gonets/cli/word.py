"""`gonets word`: stop words and patterns; a text that holds one is not sent, whoever sends or from one account."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import Column, CommandRefused, JsonOption, show_table, write_json
from gonets.cli.lines import FileArgument, text_lines
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.cli.stop import EVERYBODY, AccountOption, tell

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gonets.model.message import AccountId

BodiesArgument = Annotated[
    list[str], typer.Argument(metavar="WORD...", help="Words, or patterns.", show_default=False)
]
PatternOption = Annotated[bool, typer.Option("--pattern", help="They are regular expressions (RE2).")]


class WordFacts(msgspec.Struct, frozen=True):
    """A stop word or pattern as scripts read it."""

    account: str | None
    """None: for everybody."""
    kind: str
    body: str


def add(
    bodies: BodiesArgument,
    pattern: PatternOption = False,
    account: AccountOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add stop words, found in any case and spelling; casin* finds casinos too."""
    from gonets.stores import stops

    wanted = list(dict.fromkeys(bodies))
    with changing(find_config(config, data)) as connection:
        owner = _whose(connection, account)
        try:
            added = stops.put_words(connection, owner, _kind(pattern), wanted)
        except ValueError as error:
            raise CommandRefused(_sentence(error)) from None
    tell(account, added, len(wanted) - added, as_json, "added", "known before")


def remove(
    bodies: BodiesArgument,
    pattern: PatternOption = False,
    account: AccountOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take stop words or patterns away."""
    from gonets.stores import stops

    wanted = list(dict.fromkeys(bodies))
    with changing(find_config(config, data)) as connection:
        removed = stops.remove_words(connection, _whose(connection, account), _kind(pattern), wanted)
        if not removed:
            raise CommandRefused(f"for {account or EVERYBODY} there is none of them; `gonets word list`")
    tell(account, removed, len(wanted) - removed, as_json, "taken away", "not there")


def list_words(
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Those that stop this account's texts.")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the stop words and patterns."""
    from gonets.stores import settings, stops

    with reading(find_config(config, data)) as connection:
        names = {each.id: each.name for each in settings.list_accounts(connection)}
        scopes = None if account is None else (stops.EVERYONE, settings.find_account(connection, account).id)
        found = [
            WordFacts(names.get(owner), kind, body)
            for owner, kind, body in stops.list_words(connection)
            if scopes is None or owner in scopes
        ]
    if as_json:
        write_json(found)
        return
    columns = (Column("for", wrap=True), Column("kind"), Column("word or pattern", wrap=True))
    rows = ((each.account or EVERYBODY, each.kind, each.body) for each in found)
    show_table(columns, rows, "There are no stop words: gonets word add WORD")


def read_in(
    file: FileArgument,
    pattern: PatternOption = False,
    account: AccountOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add a file of stop words or patterns, one per line; a wrong line is named, and nothing is added."""
    from gonets.rules.wording import Matcher
    from gonets.stores import stops

    kind = _kind(pattern)
    wanted: dict[str, int] = {}
    with text_lines(file, "Reading words") as lines:
        for number, line in enumerate(lines, 1):
            body = line.strip().removeprefix("\ufeff")
            if not body:
                continue
            try:
                Matcher(() if pattern else (body,), (body,) if pattern else ())
            except ValueError as error:
                raise CommandRefused(f"line {number}: {_sentence(error)}") from None
            wanted.setdefault(body, number)
    with changing(find_config(config, data)) as connection:
        owner = _whose(connection, account)
        try:
            added = stops.put_words(connection, owner, kind, wanted)
        except ValueError as error:
            raise CommandRefused(_sentence(error)) from None
    tell(account, added, len(wanted) - added, as_json, "added", "known before")


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(
        help="Stop words and patterns: texts that are not sent, whoever sends or from one account.",
        no_args_is_help=True,
    )
    group.command(
        "add",
        epilog=given.examples(
            "gonets word add casino 'casin*'",
            "gonets word add --pattern 'https?://bit\\.ly/' --account shop",
        ),
    )(add)
    group.command("remove", epilog=given.examples("gonets word remove casino"))(remove)
    group.command("list", epilog=given.examples("gonets word list --account shop"))(list_words)
    group.command("import", epilog=given.examples("gonets word import words.txt --account shop"))(read_in)
    app.add_typer(group, name="word", rich_help_panel=panel)


def _whose(connection: "Connection", account: str | None) -> "AccountId":
    from gonets.stores import settings, stops

    return stops.EVERYONE if account is None else settings.find_account(connection, account).id


def _kind(pattern: bool) -> str:
    return "pattern" if pattern else "word"


def _sentence(error: ValueError) -> str:
    """Ours begin with a capital and end with a full stop; a complaint does not."""
    text = str(error).removesuffix(".")
    return text[:1].lower() + text[1:]
