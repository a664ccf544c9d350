"""`gonets stop words`: words by which phones ask for no more messages, and by which they take that back."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import Column, CommandRefused, JsonOption, say, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.rules.hearing import IN, LONGEST_KEYWORD, OUT, consent_key

WordsArgument = Annotated[
    list[str], typer.Argument(metavar="WORD...", help="In any case.", show_default=False)
]
StartOption = Annotated[bool, typer.Option("--start", help="Words that take it back.")]


class ConsentFacts(msgspec.Struct, frozen=True):
    """A word as scripts read it."""

    kind: str
    """`stop` or `start`."""
    word: str


def list_words(as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List the words that put a phone on the stop list of the number's account, and those that take it off."""
    from gonets.stores import numbers

    with reading(find_config(config, data)) as connection:
        rows = numbers.list_consent(connection)
    found = [ConsentFacts("stop" if kind == OUT else "start", word) for kind, word in rows]
    if as_json:
        write_json(found)
        return
    columns = (Column("kind"), Column("word"))
    show_table(
        columns, ((each.kind, each.word) for each in found), "There are none: gonets stop words add WORD"
    )


def add(
    words: WordsArgument, start: StartOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Add words; a message that is nothing but one, whatever its case, blanks and punctuation, counts."""
    from gonets.stores import numbers

    wanted = _folded(words)
    with changing(find_config(config, data)) as connection:
        added = numbers.add_consent(connection, IN if start else OUT, wanted)
    say(f"{added} added, {len(wanted) - added} known before.", "green")


def remove(words: WordsArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Take words away, of either kind."""
    from gonets.stores import numbers

    wanted = _folded(words)
    with changing(find_config(config, data)) as connection:
        removed = numbers.remove_consent(connection, wanted)
    say(f"{removed} taken away, {len(wanted) - removed} not known.", "green")


def register(stop: typer.Typer) -> None:
    """Put the group under `gonets stop`."""
    group = typer.Typer(
        help="Words like STOP that phones send: they put the phone on the stop list of the number's account.",
        no_args_is_help=True,
    )
    group.command("list", epilog=given.examples("gonets stop words list"))(list_words)
    group.command(
        "add", epilog=given.examples("gonets stop words add ENOUGH", "gonets stop words add AGAIN --start")
    )(add)
    group.command("remove", epilog=given.examples("gonets stop words remove ENOUGH"))(remove)
    stop.add_typer(group, name="words")


def _folded(words: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(map(consent_key, words)))
    for key, word in zip(map(consent_key, words), words, strict=True):
        if not 1 <= len(key) <= LONGEST_KEYWORD:
            raise CommandRefused(f"{word!r} has no letters or digits; write a word such as STOP")
    return found
