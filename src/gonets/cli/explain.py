"""`gonets explain`: what would become of a message, check by check, without sending it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import channels, given
from gonets.cli.channels import (
    ChannelOption,
    ParametersOption,
    PictureOption,
    SubjectOption,
    TextOption,
    VoiceOption,
)
from gonets.cli.console import (
    REFUSED,
    Column,
    JsonOption,
    Styled,
    counted,
    iso,
    say,
    show_facts,
    show_marked,
    show_table,
    write_json,
    written,
)
from gonets.cli.place import ConfigOption, DataOption, find_config, reading
from gonets.cli.send import PROTOCOL
from gonets.model.message import Channel
from gonets.model.money import format_amount

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gonets.model.account import Account
    from gonets.model.calls import Submission
    from gonets.rules.explaining import Mark
    from gonets.rules.verdicts import Checked, Explained

_MARKS: Final = {
    "passed": ("✓", "green"),
    "refused": ("✗", "bold red"),
    "not reached": ("·", "dim"),
    "later": ("?", "yellow"),
}
"""By `rules.verdicts.Verdict`: a sign and its style."""

_FORCING: Final = "black on red"
_DOUBLE: Final = "black on yellow"
_FEW: Final = 12
"""Different characters that are named."""


class CheckFacts(msgspec.Struct, frozen=True):
    """A check as scripts read it."""

    name: str
    verdict: str
    reason: str
    detail: str


class CharFacts(msgspec.Struct, frozen=True):
    """A character that costs extra, as scripts read it."""

    position: int
    char: str


class TextFacts(msgspec.Struct, frozen=True):
    """A text as scripts read it."""

    encoding: str
    parts: list[str]
    characters: int
    used: int
    left: int
    forcing: list[CharFacts]
    """But for these it would go in GSM 7-bit."""
    double: list[CharFacts]
    """These take two places."""


class RouteFacts(msgspec.Struct, frozen=True):
    """A route whose prefix fits, as scripts read it, in the order in which they are looked at."""

    name: str
    prefix: str
    connectors: list[str]
    strategy: str
    taken: bool
    miss: str
    """Why it is not taken."""


class ExplainFacts(msgspec.Struct, frozen=True):
    """What would become of it, as scripts read it."""

    taken: bool
    reason: str
    detail: str
    sender: str | None
    recipient: str | None
    text: TextFacts | None
    comment: str | None
    price: str | None
    total: str | None
    currency: str
    start_at: str | None
    expires_at: str | None
    routes: list[RouteFacts]
    checks: list[CheckFacts]


def explain(
    account: Annotated[str, typer.Option("--account", "-a", help="Who would send.", show_default=False)],
    to: Annotated[str, typer.Option("--to", help="The recipient.", show_default=False)],
    text: TextOption = None,
    sender: Annotated[
        str, typer.Option("--from", "-f", help="The sender; without it the account's default.")
    ] = "",
    protocol: Annotated[
        str,
        typer.Option(
            "--protocol", help="As it would come through: mfms, sms2, smsclub, smsc, smpp, osonsms."
        ),
    ] = PROTOCOL,
    client_id: Annotated[
        str | None, typer.Option("--client-id", help="With an id that is good for one message.")
    ] = None,
    channel: ChannelOption = Channel.SMS,
    subject: SubjectOption = None,
    picture: PictureOption = None,
    voice: VoiceOption = None,
    parameters: ParametersOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Explain what would become of a message: its parts, its price, and every check in order.

    Nothing is sent or charged. Exits with 2 where it would be refused.
    """
    from gonets.model import calls
    from gonets.stores import settings

    said = channels.typed(channel, text, subject, picture, voice, parameters)
    submission = calls.Submission(
        sender,
        to,
        said.text,
        client_id,
        once=client_id is not None,
        channel=channel,
        subject=said.subject,
        picture=said.picture,
        speech=said.speech,
    )
    with reading(find_config(config, data)) as connection:
        who = settings.find_account(connection, account)
        told = _explained(connection, who, submission, protocol)
    if as_json:
        write_json(_facts(told))
    else:
        _show(told, who)
    if told.refused is not None:
        raise typer.Exit(REFUSED)


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under the topmost one."""
    app.command(
        "explain",
        epilog=given.examples(
            "gonets explain -a shop --from Shop --to 79031234567 --text 'Ready!'",
            "gonets explain -a shop --to 79031234567 --text 'Привет' --protocol mfms --json",
            "gonets explain -a shop --channel mail --to ann@example.com --subject Spring --text 'Hello'",
            "gonets explain -a shop --channel hlr --to 79031234567",
        ),
        rich_help_panel=panel,
    )(explain)


def _explained(
    connection: "Connection", who: "Account", submission: "Submission", protocol: str
) -> "Explained":
    from gonets.model.times import micros
    from gonets.rules import verdicts
    from gonets.stores import coming, snapshot

    at = datetime.now(UTC)
    return verdicts.explain(
        who,
        submission,
        protocol,
        snapshot.tables(connection, micros(at)),
        at,
        weigh=lambda draft: coming.weigh(connection, draft, micros(at)),
    )


# ---- shown


def _show(told: "Explained", who: "Account") -> None:
    if any(told.segments):
        show_marked(told.segments, _styles(told))
        say()
    show_facts(_lines(told, who))
    say()
    columns = (Column(""), Column("check"), Column("verdict", wrap=True))
    rows = (
        (Styled(*_MARKS[check.verdict]), Styled(check.name, _MARKS[check.verdict][1]), _said(check))
        for check in told.checks
    )
    show_table(columns, rows)
    say()
    if told.refused is None:
        say("It would be taken.", "green")
    else:
        say(f"It would be refused: {told.refused.reason.value}", "bold red")


def _lines(told: "Explained", who: "Account") -> list[tuple[str, str | Styled]]:
    from gonets.rules.routing import divided

    lines: list[tuple[str, str | Styled]] = []
    text = told.explanation
    if text is not None:
        name = "GSM 7-bit" if text.encoding.name == "GSM7" else "UCS-2"
        parts = f"{counted(text.parts, 'part')}, room for {text.left} more in the last"
        lines.append(("text", f"{counted(text.characters, 'character')}, {name}: {parts}"))
        if text.forcing:
            lines.append(("not in GSM 7-bit", Styled(_chars(text.forcing), "red")))
        if text.double:
            lines.append(("take two places", Styled(_chars(text.double), "yellow")))
    if told.comment is not None:
        lines.append(("comment", f"{told.comment} (not sent)"))
    if told.price is not None and told.total is not None:
        lines.append(
            (
                "price",
                f"{format_amount(told.price)} a part, {format_amount(told.total)} {told.currency} in all",
            )
        )
    lines += [
        (
            "route" if each.taken else "passed over",
            f"{each.route.name} ({given.shown_prefix(each.route.prefix)}) by {divided(each.route)}"
            + (f": {each.miss}" if each.miss else ""),
        )
        for each in told.routes
    ]
    if told.start_at is not None:
        why = ", after the recipient's quiet hours" if who.quiet_from is not None else ""
        lines.append(("would start", f"{written(told.start_at)} UTC{why}"))
    return lines


def _chars(marks: "tuple[Mark, ...]") -> str:
    """The different ones in their order, and how many there are."""
    different = list(dict.fromkeys(mark.char for mark in marks))
    more = " …" if len(different) > _FEW else ""
    return f"{' '.join(different[:_FEW])}{more} ({counted(len(marks), 'time')})"


def _styles(told: "Explained") -> dict[int, str]:
    """Of the characters that cost extra, by their place."""
    text = told.explanation
    if text is None:
        return {}
    forcing = text.forcing if len(text.forcing) < text.characters / 2 else ()  # else all of it would be red
    return {mark.position: _FORCING for mark in forcing} | {mark.position: _DOUBLE for mark in text.double}


def _said(check: "Checked") -> Styled:
    """What a check says, for people."""
    style = _MARKS[check.verdict][1]
    match check.verdict.value:
        case "not reached":
            return Styled("not reached", style)
        case "later":
            return Styled(f"looked at when it comes: {check.detail}", style)
        case "refused":
            return Styled(f"{check.reason}: {check.detail}", style)
        case _:
            return Styled(check.detail, "")


# ---- for scripts


def _facts(told: "Explained") -> ExplainFacts:
    text = told.explanation
    return ExplainFacts(
        taken=told.refused is None,
        reason="" if told.refused is None else told.refused.reason.value,
        detail="" if told.refused is None else told.refused.detail,
        sender=told.sender,
        recipient=told.recipient,
        text=None
        if text is None
        else TextFacts(
            encoding=text.encoding.name.lower(),
            parts=list(told.segments),
            characters=text.characters,
            used=text.used,
            left=text.left,
            forcing=[CharFacts(mark.position, mark.char) for mark in text.forcing],
            double=[CharFacts(mark.position, mark.char) for mark in text.double],
        ),
        comment=told.comment,
        price=None if told.price is None else format_amount(told.price),
        total=None if told.total is None else format_amount(told.total),
        currency=told.currency,
        start_at=None if told.start_at is None else iso(told.start_at),
        expires_at=None if told.expires_at is None else iso(told.expires_at),
        routes=[
            RouteFacts(
                each.route.name,
                each.route.prefix,
                list(each.route.connectors),
                each.route.strategy.value,
                each.taken,
                each.miss,
            )
            for each in told.routes
        ],
        checks=[
            CheckFacts(
                check.name,
                check.verdict.value,
                "" if check.reason is None else check.reason.value,
                check.detail,
            )
            for check in told.checks
        ],
    )
