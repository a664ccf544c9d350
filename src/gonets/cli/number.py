"""`gonets number`: numbers of ours, and whose the messages are that phones send to them."""

from typing import Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import Column, CommandRefused, JsonOption, say, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.rules.hearing import LONGEST_KEYWORD, LONGEST_NUMBER, keyword_key, number_key

NumberArgument = Annotated[
    str,
    typer.Argument(
        metavar="NUMBER", help="As the network writes it: +7903..., 4242, Shop.", show_default=False
    ),
]
KeywordOption = Annotated[
    str, typer.Option("--keyword", "-k", help="Only messages that begin with this word, or these words.")
]

_NOTHING: Final = "No number is anybody's: gonets number add NUMBER ACCOUNT"


class NumberFacts(msgspec.Struct, frozen=True):
    """A number as scripts read it."""

    number: str
    keyword: str
    """Empty: whatever begins with no other keyword of the number."""
    account: str


def add(
    number: NumberArgument,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Whose it is.", show_default=False)],
    keyword: KeywordOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Give a number to an account, or what begins with a keyword there; several accounts may share a number so.

    The longest keyword counts; upper and lower case and punctuation make no difference.
    """
    from gonets.stores import numbers, settings

    key, word = read_number(number), _keyword(keyword)
    with changing(find_config(config, data)) as connection:
        owner = settings.find_account(connection, account).id
        numbers.add_number(connection, key, word, owner)
    say(f"{account} gets what phones send to {_shown(key, word)}.", "green")


def list_numbers(as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List the numbers and whose they are."""
    from gonets.stores import numbers, settings

    with reading(find_config(config, data)) as connection:
        names = {account.id: account.name for account in settings.list_accounts(connection)}
        found = [NumberFacts(*each[:2], names[each[2]]) for each in numbers.list_numbers(connection)]
    if as_json:
        write_json(found)
        return
    columns = (Column("number"), Column("keyword"), Column("account", wrap=True))
    show_table(columns, ((each.number, each.keyword, each.account) for each in found), _NOTHING)


def remove(
    number: NumberArgument, keyword: KeywordOption = "", config: ConfigOption = None, data: DataOption = None
) -> None:
    """Take a number, or one keyword of it, from its account; what comes then waits until it is given to one."""
    from gonets.stores import numbers

    key, word = read_number(number), _keyword(keyword)
    with changing(find_config(config, data)) as connection:
        numbers.remove_number(connection, key, word)
    say(f"What phones send to {_shown(key, word)} is nobody's now.", "green")


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(help="Our numbers, and who gets what phones send to them.", no_args_is_help=True)
    group.command(
        "add",
        epilog=given.examples(
            "gonets number add 4242 shop",
            "gonets number add 4242 bank --keyword card",
            "gonets number add +79031234567 shop",
        ),
    )(add)
    group.command("list", epilog=given.examples("gonets number list"))(list_numbers)
    group.command("remove", epilog=given.examples("gonets number remove 4242 --keyword card"))(remove)
    app.add_typer(group, name="number", rich_help_panel=panel)


def read_number(number: str) -> str:
    """A number of ours, folded. Raises CommandRefused."""
    key = number_key(number)
    if not 1 <= len(key) <= LONGEST_NUMBER or not key.isprintable() or " " in key:
        raise CommandRefused(
            f"{number!r} cannot be a number of ours; write up to {LONGEST_NUMBER} digits or letters, without blanks"
        )
    return key


def _keyword(keyword: str) -> str:
    key = keyword_key(keyword)
    if keyword and not 1 <= len(key) <= LONGEST_KEYWORD:
        raise CommandRefused(f"{keyword!r} cannot be a keyword; write a word or a few, of letters and digits")
    return key


def _shown(number: str, keyword: str) -> str:
    return f"{number} under the keyword {keyword}" if keyword else number
