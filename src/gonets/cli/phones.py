"""`gonets phones`: what the simulated phones got, what the simulator does with which number, and what phones say."""

import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer
from typer.core import TyperGroup

from gonets.cli import given
from gonets.cli.channels import NAMES, speech_lines
from gonets.cli.console import (
    Column,
    CommandRefused,
    JsonOption,
    iso,
    say,
    show_letter,
    show_table,
    write_json,
    written,
)
from gonets.cli.number import read_number
from gonets.cli.place import ConfigOption, DataOption, find_config, reading
from gonets.model.message import Channel
from gonets.model.times import moment

if TYPE_CHECKING:
    from gonets.config import Config
    from gonets.connectors.simulator.phones import Text as PhoneText

FOLDER: Final = "phones"
"""Inside the data folder, where `app.phones_folder` has the journals kept."""


class PhoneFacts(msgspec.Struct, frozen=True):
    """A phone as scripts read it."""

    number: str
    messages: int
    last_at: str
    last_sender: str


class InboxFacts(msgspec.Struct, frozen=True):
    """A message on a phone as scripts read it."""

    message: int
    number: str
    sender: str
    text: str
    parts: int
    at: str
    channel: str
    flash: bool
    subject: str
    picture: str | None
    """The hex SHA-256 of its picture."""
    voice: str | None
    """Of a call; None: the usual one."""
    parameters: str
    """Of a call."""


class EndingFacts(msgspec.Struct, frozen=True):
    """What becomes of a kind of number, as scripts read it."""

    digits: str
    ending: str


def phones(
    context: typer.Context,
    number: Annotated[
        str | None,
        typer.Argument(metavar="[NUMBER]", help="Show its inbox; or an e-mail address.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The newest so many.")] = 50,
    magic: Annotated[
        bool, typer.Option("--magic", help="Show what the simulator does with which last digits.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the simulated phones that got something, or show the inbox of one; let one say something."""
    if context.invoked_subcommand is not None:
        return
    if magic:
        _show_endings(as_json)
        return
    from gonets.connectors.simulator.phones import read_inbox

    folder = find_config(config, data).folder / FOLDER
    if number is None:
        _show_phones(read_inbox(folder), limit, as_json)
    else:
        digits = given.addressee(number)
        _show_inbox(digits, read_inbox(folder, digits, limit), as_json)


class Order(StrEnum):
    """In which order the parts of a long text come."""

    FORTH = "forth"
    BACK = "back"
    CHANCE = "chance"


def say_something(
    sender: Annotated[str, typer.Argument(metavar="FROM", help="The phone.", show_default=False)],
    recipient: Annotated[str, typer.Argument(metavar="TO", help="Our number.", show_default=False)],
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="A long one goes in parts.", show_default=False)
    ],
    order: Annotated[Order, typer.Option("--order", help="Of the parts of a long text.")] = Order.FORTH,
    twice: Annotated[bool, typer.Option("--twice", help="Each part of a long text comes twice.")] = False,
    lose: Annotated[
        list[int] | None, typer.Option("--lose", min=1, help="This part of a long text never comes.")
    ] = None,
    connector: Annotated[
        str, typer.Option("--connector", help="Which simulated network; else the only one there is.")
    ] = "",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Let a simulated phone send a text to one of our numbers; a running gateway hears it within a second or two."""
    from gonets.connectors.simulator.saying import Spoken
    from gonets.connectors.simulator.saying import say as say_parts
    from gonets.model.times import micros
    from gonets.rules.splitting import split

    found = find_config(config, data)
    phone, number = read_number(sender), read_number(recipient)
    pieces = split(text)
    if pieces is None:
        raise CommandRefused("a text has 255 parts at most, and no half characters")
    name = _network(found, connector)
    reference = secrets.randbelow(256) if len(pieces.segments) > 1 else 0
    parts = [
        Spoken(phone, number, segment, False, reference, len(pieces.segments), place)
        for place, segment in enumerate(pieces.segments, 1)
        if place not in (lose or ())
    ]
    if twice and len(pieces.segments) > 1:
        parts += parts
    if order is Order.BACK:
        parts.reverse()
    elif order is Order.CHANCE:
        secrets.SystemRandom().shuffle(parts)
    say_parts(found.folder / FOLDER, name, parts, micros(datetime.now(UTC)))
    say(
        f"{phone} says it to {number} through {name}, in {len(parts)} part{'s' * (len(parts) != 1)}.", "green"
    )


def _network(config: "Config", wanted: str) -> str:
    """The simulated network that a phone is in. Raises CommandRefused."""
    from gonets.stores import settings

    with reading(config) as connection:
        known = [each.name for each in settings.list_connectors(connection) if each.kind == "simulator"]
    if wanted in known:
        return wanted
    if wanted or len(known) != 1:
        there = f"there are {', '.join(known)}" if known else "there is none"
        raise CommandRefused(f"say by --connector which simulated network the phone is in; {there}")
    return known[0]


class _Phones(TyperGroup):
    """A group with an argument of its own: what is no command is a number."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Options may stand behind a number, and behind a command they are the command's."""
        named = bool(args) and args[0] in self.commands
        ctx.allow_interspersed_args = not named
        return super().parse_args(ctx, ["", *args] if named else args)


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(cls=_Phones, invoke_without_command=True)
    group.callback(
        epilog=given.examples(
            "gonets phones",
            "gonets phones 79031234567",
            "gonets phones ann@example.com",
            "gonets phones --magic",
            'gonets phones say 79031234567 4242 "Win"',
        ),
    )(phones)
    group.command(
        "say",
        epilog=given.examples(
            'gonets phones say 79031234567 4242 "STOP"',
            'gonets phones say 79031234567 4242 "A long text ..." --order back --twice',
        ),
    )(say_something)
    app.add_typer(group, name="phones", rich_help_panel=panel)


def _show_phones(inbox: "list[PhoneText]", limit: int, as_json: bool) -> None:
    counts: dict[str, int] = {}
    newest: dict[str, PhoneText] = {}
    for text in inbox:
        counts[text.recipient] = counts.get(text.recipient, 0) + 1
        newest[text.recipient] = text
    latest = sorted(newest.values(), key=lambda text: text.at, reverse=True)[:limit]
    if as_json:
        write_json(
            [
                PhoneFacts(text.recipient, counts[text.recipient], iso(moment(text.at)), text.sender)
                for text in latest
            ]
        )
        return
    columns = (
        Column("number"),
        Column("messages", right=True),
        Column("last (UTC)"),
        Column("from"),
        Column("text", cut=True),
    )
    rows = (
        (text.recipient, str(counts[text.recipient]), written(moment(text.at)), text.sender, text.text)
        for text in latest
    )
    show_table(columns, rows, "No simulated phone has got anything yet.")
    if len(newest) > len(latest):
        say(f"The latest {len(latest)} of {len(newest)}; --limit shows more.", "dim")


def _show_inbox(number: str, inbox: "list[PhoneText]", as_json: bool) -> None:
    if as_json:
        write_json(
            [
                InboxFacts(
                    text.message,
                    text.recipient,
                    text.sender,
                    text.text,
                    text.parts,
                    iso(moment(text.at)),
                    text.channel.value,
                    text.flash,
                    text.subject,
                    text.picture or None,
                    None if text.speech is None else text.speech.voice.value,
                    "" if text.speech is None else text.speech.parameters,
                )
                for text in inbox
            ]
        )
        return
    if not inbox:
        say(f"The phone {number} has got nothing.")
    today = datetime.now(UTC).date()
    for text in inbox:
        at = moment(text.at)
        when = at.strftime("%H:%M:%S") if at.date() == today else written(at)
        parts = f", {text.parts} parts" if text.parts > 1 else ""
        kind = _kind(text)
        show_letter(
            text.sender or "no sender", f"{when} UTC, message {text.message}{parts}{kind}", _body(text)
        )


def _kind(text: "PhoneText") -> str:
    if text.channel is not Channel.SMS:
        return f", {NAMES[text.channel]}"
    return ", flash" if text.flash else ""


def _body(text: "PhoneText") -> str:
    """What is on the screen, with the picture's hash in its place."""
    subject = f"Subject: {text.subject}\n" if text.subject else ""
    picture = f"\nPicture: SHA-256 {text.picture}" if text.picture else ""
    speech = "".join(f"\n{name.capitalize()}: {value}" for name, value in speech_lines(text.speech))
    return f"{subject}{text.text}{picture}{speech}"


def _show_endings(as_json: bool) -> None:
    from gonets.connectors.simulator.endings import ENDINGS, USUAL

    if as_json:
        write_json([EndingFacts(each.digits, each.sentence) for each in (*ENDINGS, USUAL)])
        return
    columns = (Column("number ends in"), Column("what becomes of it", wrap=True))
    show_table(columns, ((each.digits or "anything else", each.sentence) for each in (*ENDINGS, USUAL)))
