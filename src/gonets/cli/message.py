"""`gonets messages`, `message` and `status`: what became of messages, read from the store.

Numbers and texts are shown in full: whoever can open the store can read them anyway.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.channels import NAMES, LookupFacts, lookup_facts, lookup_lines, speech_lines
from gonets.cli.console import (
    FAILED,
    Column,
    CommandRefused,
    JsonOption,
    Styled,
    complain,
    iso,
    say,
    show_facts,
    show_table,
    status_text,
    write_json,
    written,
)
from gonets.cli.place import ConfigOption, DataOption, find_config, reading
from gonets.model.message import LARGEST_ID, Channel, Status
from gonets.model.money import format_amount
from gonets.model.reasons import undelivered_word

if TYPE_CHECKING:
    from gonets.config import Config
    from gonets.stores.history import MessageLine, PartLine

_SHOWN_TEXT: Final = 200
"""Characters of a text that a list may need; the table cuts further."""
_WORDLESS: Final = frozenset({Channel.HLR, Channel.PING})

IdsArgument = Annotated[
    list[int],
    typer.Argument(metavar="ID...", min=1, max=LARGEST_ID, help="Message ids.", show_default=False),
]


class PartFacts(msgspec.Struct, frozen=True):
    """A part as scripts read it."""

    id: int
    number: int
    status: str
    state: str
    at: str
    error: int
    reason: str
    tries: int
    connector: str | None
    remote_id: str | None


class PictureFacts(msgspec.Struct, frozen=True):
    """A picture as scripts read it; `hash` is the hex SHA-256 of its octets, `size` how many they are."""

    hash: str
    kind: str
    size: int


class PlaceFacts(msgspec.Struct, frozen=True):
    """Which part it is of a longer text that its client cut."""

    reference: int
    number: int
    total: int


class MessageFacts(msgspec.Struct, frozen=True):
    """A message as scripts read it; `price` is of all its parts."""

    id: int
    account: str
    protocol: str
    client_id: str | None
    sender: str
    recipient: str
    text: str
    comment: str | None
    channel: str
    flash: bool
    subject: str
    picture: PictureFacts | None
    voice: str | None
    """Of a call; None: the usual one."""
    parameters: str
    """Of a call."""
    lookup: LookupFacts | None
    """What a look-up found."""
    place: PlaceFacts | None
    """None: it is no part that its client cut."""
    status: str
    final: bool
    error: int
    reason: str
    accepted_at: str
    start_at: str | None
    status_at: str
    price: str
    parts: list[PartFacts]


def status(
    ids: IdsArgument, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Show where messages stand. Exits with 1 where one of the ids is unknown."""
    place = find_config(config, data)
    found = find(place, ids)
    missing = [each for each in ids if each not in found]
    known = [found[each] for each in dict.fromkeys(ids) if each in found]
    if as_json:
        write_json([facts(line) for line in known])
    elif known:
        show_statuses(known)
    for each in missing:
        complain(f"there is no message {each}; `gonets messages` lists them")
    if missing:
        raise typer.Exit(FAILED)


def list_messages(
    account: Annotated[str | None, typer.Option("--account", "-a", help="Sent by this account.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="To this number or e-mail address.")] = None,
    sender: Annotated[str | None, typer.Option("--from", help="With this sender.")] = None,
    statuses: Annotated[
        list[Status] | None,
        typer.Option("--status", "-s", help="That stand so; repeatable.", show_default=False),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Accepted since 2h, 7d or 2026-03-02T09:30 (UTC).")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Accepted before then.")] = None,
    comment: Annotated[str | None, typer.Option("--comment", help="With this in their comment.")] = None,
    channel: Annotated[Channel | None, typer.Option("--channel", help="Carried by this.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the messages that pass every filter given, the newest first."""
    from gonets.stores import settings
    from gonets.stores.history import history

    now = datetime.now(UTC)
    with reading(find_config(config, data)) as connection:
        lines = history(
            connection,
            account=None if account is None else settings.find_account(connection, account).id,
            recipient=None if to is None else given.addressee(to),
            sender=sender,
            statuses=frozenset(statuses) if statuses else None,
            since=None if since is None else given.moment_or_ago(since, now),
            until=None if until is None else given.moment_or_ago(until, now),
            comment=comment,
            channel=channel,
            limit=limit,
        )
    if as_json:
        write_json([facts(line) for line in lines])
        return
    commented = any(line.comment for line in lines)
    carried = any(line.channel is not Channel.SMS for line in lines)
    columns = (
        Column("id", right=True),
        Column("time (UTC)"),
        Column("from", cut=True),
        Column("to"),
        *((Column("channel"),) if carried else ()),
        Column("text", cut=True),
        *((Column("comment", cut=True),) if commented else ()),
        Column("parts", right=True),
        Column("status"),
        Column("price", right=True),
    )
    rows = (
        (
            str(line.id),
            _short(line.accepted_at, now),
            line.sender,
            line.recipient,
            *((line.channel.value,) if carried else ()),
            line.text[:_SHOWN_TEXT],
            *(((line.comment or "")[:_SHOWN_TEXT],) if commented else ()),
            str(len(line.parts)) if line.place is None else f"{line.place.number}/{line.place.total}",
            status_text(line.status),
            format_amount(line.price * len(line.parts)),
        )
        for line in lines
    )
    filters = (account, to, sender, since, until, comment, channel, statuses or None)
    filtered = any(value is not None for value in filters)
    show_table(
        columns, rows, "No message passes these filters." if filtered else "There are no messages yet."
    )
    if len(lines) == limit:
        say(f"The newest {limit}; --limit shows more.", "dim")


def message(
    id_: Annotated[
        int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="Its id.", show_default=False)
    ],
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Show one message with its parts."""
    place = find_config(config, data)
    found = find(place, [id_])
    if id_ not in found:
        raise CommandRefused(f"there is no message {id_}; `gonets messages` lists them")
    line = found[id_]
    if as_json:
        write_json(facts(line))
        return
    total = format_amount(line.price * len(line.parts))
    each = f", {len(line.parts)} parts at {format_amount(line.price)}" if len(line.parts) > 1 else ""
    show_facts(
        (
            ("message", str(line.id)),
            ("status", _status_line(line)),
            ("from", f"{line.sender or 'no sender'} (account {line.account}, {line.protocol})"),
            ("to", line.recipient),
            *_kind(line),
            *((("subject", line.subject),) if line.subject else ()),
            *((("text", line.text),) if line.channel not in _WORDLESS else ()),
            *_picture(line),
            *_cut(place, line),
            *speech_lines(line.speech),
            *lookup_lines(lookup_facts(line.lookup)),
            *((("comment", line.comment),) if line.comment is not None else ()),
            ("accepted", f"{written(line.accepted_at)} UTC"),
            *((("to start", f"{written(line.start_at)} UTC"),) if line.start_at is not None else ()),
            *((("client's id", line.client_id),) if line.client_id is not None else ()),
            ("price", total + each),
        )
    )
    say()
    columns = (
        Column("part", right=True),
        Column("id", right=True),
        Column("state"),
        Column("since (UTC)"),
        Column("reason"),
        Column("tries", right=True),
        Column("connector", cut=True),
        Column("remote id", cut=True),
    )
    rows = (
        (
            f"{part.number}/{len(line.parts)}",
            str(part.id),
            _state_text(part),
            _short(part.at, datetime.now(UTC)),
            reason(part.state.status, part.error),
            str(part.attempts),
            part.connector or "",
            part.remote_id or "",
        )
        for part in line.parts
    )
    show_table(columns, rows)


def register(app: typer.Typer, panel: str) -> None:
    """Put the commands under the topmost one."""
    app.command(
        "status",
        epilog=given.examples("gonets status 1001", "gonets status 1001 1002 --json"),
        rich_help_panel=panel,
    )(status)
    app.command(
        "messages",
        epilog=given.examples(
            "gonets messages --status undelivered --since 1d",
            "gonets messages --account shop --to 79031234567 --json",
            "gonets messages --comment 'order 17'",
            "gonets messages --channel mail --to ann@example.com",
        ),
        rich_help_panel=panel,
    )(list_messages)
    app.command("message", epilog=given.examples("gonets message 1001"), rich_help_panel=panel)(message)


# ---- what others show too


def find(place: "Config", ids: Sequence[int]) -> dict[int, "MessageLine"]:
    """The messages with these ids, by id; those that are not there are missing."""
    from gonets.stores.history import history

    with reading(place) as connection:
        lines = history(connection, ids=tuple(ids), limit=max(1, len(ids)))
    return {line.id: line for line in lines}


def is_final(line: "MessageLine") -> bool:
    """Nothing more is expected of any part."""
    return all(part.state.final for part in line.parts)


def show_statuses(lines: Sequence["MessageLine"]) -> None:
    """One line per message."""
    columns = (
        Column("id", right=True),
        Column("to"),
        Column("status"),
        Column("since (UTC)"),
        Column("reason", cut=True),
    )
    rows = (
        (
            str(line.id),
            line.recipient,
            status_text(line.status),
            written(max(part.at for part in line.parts)),
            reason(line.status, _error(line)),
        )
        for line in lines
    )
    show_table(columns, rows)


def _cut(place: "Config", line: "MessageLine") -> tuple[tuple[str, str], ...]:
    """Of a part that its client cut: which it is, and where the others are."""
    from gonets.stores.history import together

    if line.place is None:
        return ()
    with reading(place) as connection:
        found = together(connection, line)
    ids = ", ".join(str(found.get(number, "?")) for number in range(1, line.place.total + 1))
    return (("is part", f"{line.place.number} of {line.place.total} that its client cut: {ids}"),)


def facts(line: "MessageLine") -> MessageFacts:
    """What scripts are told of a message."""
    error = _error(line)
    return MessageFacts(
        id=line.id,
        account=line.account,
        protocol=line.protocol,
        client_id=line.client_id,
        sender=line.sender,
        recipient=line.recipient,
        text=line.text,
        comment=line.comment,
        channel=line.channel.value,
        flash=line.flash,
        subject=line.subject,
        picture=None
        if line.picture is None
        else PictureFacts(line.picture.hash, line.picture.kind, line.picture.size),
        voice=None if line.speech is None else line.speech.voice.value,
        parameters="" if line.speech is None else line.speech.parameters,
        lookup=lookup_facts(line.lookup),
        place=None
        if line.place is None
        else PlaceFacts(line.place.reference, line.place.number, line.place.total),
        status=line.status.value,
        final=is_final(line),
        error=error,
        reason=reason(line.status, error),
        accepted_at=iso(line.accepted_at),
        start_at=None if line.start_at is None else iso(line.start_at),
        status_at=iso(max(part.at for part in line.parts)),
        price=format_amount(line.price * len(line.parts)),
        parts=[
            PartFacts(
                part.id,
                part.number,
                part.state.status.value,
                part.state.name.lower(),
                iso(part.at),
                part.error,
                reason(part.state.status, part.error),
                part.attempts,
                part.connector,
                part.remote_id,
            )
            for part in line.parts
        ],
    )


def reason(status: Status, error: int) -> str:
    """Why it is not delivered, in a word; empty where there is nothing to say."""
    return undelivered_word(error) if error and status is not Status.DELIVERED else ""


def _error(line: "MessageLine") -> int:
    """The network's error code of the part that decides the status."""
    return next((part.error for part in line.parts if part.state.status is line.status), 0)


def _kind(line: "MessageLine") -> tuple[tuple[str, str], ...]:
    """What it is; that it is a usual text message goes without saying."""
    if line.channel is not Channel.SMS:
        return (("kind", NAMES[line.channel]),)
    return (("kind", "flash message"),) if line.flash else ()


def _picture(line: "MessageLine") -> tuple[tuple[str, str], ...]:
    if line.picture is None:
        return ()
    return (("picture", f"{line.picture.kind}, {line.picture.size} octets, SHA-256 {line.picture.hash}"),)


def _status_line(line: "MessageLine") -> Styled:
    word = reason(line.status, _error(line))
    since = written(max(part.at for part in line.parts))
    shown = status_text(line.status)
    return Styled(f"{shown.text}{f', {word}' if word else ''} since {since} UTC", shown.style)


def _state_text(part: "PartLine") -> Styled:
    return Styled(part.state.name.lower(), status_text(part.state.status).style)


def _short(at: datetime, now: datetime) -> str:
    """The time of a moment of today, the date too of any other."""
    at = at.astimezone(UTC)
    return at.strftime("%H:%M:%S" if at.date() == now.date() else "%Y-%m-%d %H:%M")
