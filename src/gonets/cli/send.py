"""`gonets send`: messages from the command line, under the checks and prices of everybody's.

They go straight into the store; a running gateway sends them. The account needs no login: who can open the store may.
"""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import channels, given, message
from gonets.cli.channels import (
    ChannelOption,
    LookupFacts,
    ParametersOption,
    PictureOption,
    SubjectOption,
    TextOption,
    VoiceOption,
)
from gonets.cli.console import (
    FAILED,
    REFUSED,
    Column,
    CommandRefused,
    JsonOption,
    Styled,
    show_table,
    status_text,
    waiting,
    warn,
    write_json,
)
from gonets.cli.place import ConfigOption, DataOption, find_config, reading
from gonets.model.message import Channel, Priority, Status
from gonets.model.reasons import Reason

if TYPE_CHECKING:
    from gonets.config import Config
    from gonets.model.account import Account
    from gonets.model.calls import Submission
    from gonets.model.results import Accepted, Refused
    from gonets.stores.history import MessageLine

PROTOCOL: Final = "cli"
"""What such messages show as theirs."""
REFUSED_STATUS: Final = "refused"
"""Where a status would stand, of what was not taken."""

_POLL_S: Final = 0.25


class Urgency(StrEnum):
    """The lanes by name."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    REALTIME = "realtime"


class SendFacts(msgspec.Struct, frozen=True):
    """What became of one recipient, as scripts read it."""

    recipient: str
    id: int | None
    parts: int
    status: str
    """Where it stands; `refused` where it was not taken."""
    final: bool
    reason: str
    """Why it was refused or not delivered; empty otherwise."""
    detail: str
    lookup: LookupFacts | None
    """What a look-up has found so far."""


def send(
    account: Annotated[str, typer.Option("--account", "-a", help="Who sends and pays.", show_default=False)],
    to: Annotated[
        list[str],
        typer.Option("--to", help="A number, or an e-mail address; repeat for more.", show_default=False),
    ],
    text: TextOption = None,
    sender: Annotated[
        str, typer.Option("--from", "-f", help="The sender; without it the account's default.")
    ] = "",
    priority: Annotated[Urgency, typer.Option("--priority", help="How urgent it is.")] = Urgency.NORMAL,
    at: Annotated[
        str | None, typer.Option("--at", help="When, such as 2026-03-02T09:30; the account's zone if none.")
    ] = None,
    valid: Annotated[int | None, typer.Option("--valid", min=1, help="Minutes to try for.")] = None,
    wait: Annotated[
        float | None, typer.Option("--wait", "-w", min=0, help="Seconds to wait for the final status.")
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
    """Send a message to one or more numbers, or look them up.

    Without [bold]--channel[/bold] it is a text message. What a look-up finds is in [bold]gonets message ID[/bold].

    Exits with 2 where one is refused; with [bold]--wait[/bold] with 1 where one is not delivered by then.
    """
    import asyncio

    from gonets.model.calls import Submission
    from gonets.stores import settings

    place = find_config(config, data)
    said = channels.typed(channel, text, subject, picture, voice, parameters)
    with reading(place) as connection:
        who = settings.find_account(connection, account)
    if not who.enabled:
        raise CommandRefused(f"the account {account} is off: gonets account enable {account}")
    start_at = None if at is None else given.moment(at, who.zone)
    validity = None if valid is None else timedelta(minutes=valid)
    items = tuple(
        Submission(
            sender,
            each,
            said.text,
            priority=Priority[priority.name],
            start_at=start_at,
            validity=validity,
            channel=channel,
            subject=said.subject,
            picture=said.picture,
            speech=said.speech,
        )
        for each in to
    )
    results = asyncio.run(_submit(place, who, items))
    told = _told(place, to, results, wait or 0.0)
    if as_json:
        write_json(told)
    else:
        _show(told)
    if any(each.reason == Reason.STORE_UNAVAILABLE for each in told):
        raise typer.Exit(FAILED)
    if any(each.status == REFUSED_STATUS for each in told):
        raise typer.Exit(REFUSED)
    if wait is not None and any(each.status != Status.DELIVERED for each in told):
        unfinished = sum(not each.final for each in told)
        if unfinished:
            warn(f"{unfinished} of {len(told)} have no final status yet. Is a gateway running?")
        raise typer.Exit(FAILED)


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under the topmost one."""
    app.command(
        "send",
        epilog=given.examples(
            "gonets send -a shop --from Shop --to 79031234567 --text 'Ready!'",
            "gonets send -a shop --to 79031234567 --text 'Hello' --wait 10",
            "gonets send -a shop --to 79031234567 --text - < letter.txt",
            "gonets send -a shop --channel mail --to ann@example.com --subject Spring --text 'Hello'",
            "gonets send -a shop --channel call --to 79031234567 --voice w2 --text 'Your code: 1 2'",
            "gonets send -a shop --channel mms --to 79031234567 --picture spring.png",
            "gonets send -a shop --channel hlr --to 79031234567 --wait 5",
        ),
        rich_help_panel=panel,
    )(send)


async def _submit(
    place: "Config", account: "Account", items: "tuple[Submission, ...]"
) -> "Sequence[Accepted | Refused]":
    from gonets.app import open_intake
    from gonets.model.calls import Login

    async with open_intake(place) as (intake, _):
        return await intake.submit(account, Login(PROTOCOL, "", account.name, "", ""), items)


def _told(
    place: "Config", to: Sequence[str], results: "Sequence[Accepted | Refused]", seconds: float
) -> list[SendFacts]:
    """What became of each recipient, after waiting at most that long."""
    from gonets.model.results import Accepted

    found = _wait(place, [each.message for each in results if isinstance(each, Accepted)], seconds)
    told = []
    for recipient, result in zip(to, results, strict=True):
        if isinstance(result, Accepted):
            now = message.facts(found[result.message])
            told.append(
                SendFacts(
                    now.recipient,
                    now.id,
                    len(now.parts),
                    now.status,
                    now.final,
                    now.reason,
                    "",
                    now.lookup,
                )
            )
        else:
            told.append(
                SendFacts(recipient, None, 0, REFUSED_STATUS, True, result.reason.value, result.detail, None)
            )
    return told


def _wait(place: "Config", ids: Sequence[int], seconds: float) -> "dict[int, MessageLine]":
    """Where these stand once all are final, or after that many seconds."""
    if not ids:
        return {}
    until = time.monotonic() + seconds
    with waiting("Waiting for the final status ...") if seconds else nullcontext():
        while True:
            found = message.find(place, ids)
            left = until - time.monotonic()
            if left <= 0 or all(message.is_final(line) for line in found.values()):
                return found
            time.sleep(min(_POLL_S, left))


def _show(told: Sequence[SendFacts]) -> None:
    columns = (
        Column("id", right=True),
        Column("to"),
        Column("parts", right=True),
        Column("status"),
        Column("why", wrap=True),
    )
    rows = (
        (
            "" if each.id is None else str(each.id),
            each.recipient,
            str(each.parts or ""),
            Styled(each.status, "red") if each.id is None else status_text(Status(each.status)),
            f"{each.reason}: {each.detail}"
            if each.detail
            else each.reason or channels.lookup_line(each.lookup),
        )
        for each in told
    )
    show_table(columns, rows)
