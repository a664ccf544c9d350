"""`gonets phones`: what the simulated phones got, and the table of what the simulator does with which number."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.channels import NAMES, speech_lines
from gonets.cli.console import Column, JsonOption, iso, say, show_letter, show_table, write_json, written
from gonets.cli.place import ConfigOption, DataOption, find_config
from gonets.model.message import Channel
from gonets.model.times import moment

if TYPE_CHECKING:
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
    """List the simulated phones that got something, or show the inbox of one."""
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


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under the topmost one."""
    app.command(
        "phones",
        epilog=given.examples(
            "gonets phones",
            "gonets phones 79031234567",
            "gonets phones ann@example.com",
            "gonets phones --magic",
        ),
        rich_help_panel=panel,
    )(phones)


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
