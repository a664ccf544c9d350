"""`gonets account replay`: what an account's messages came to and what phones said is told once more."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import (
    FAILED,
    CommandRefused,
    JsonOption,
    counted,
    progress,
    say,
    warn,
    write_json,
)
from gonets.cli.login import NameArgument
from gonets.cli.place import ConfigOption, DataOption, find_config, in_turns, reading


class ReplayFacts(msgspec.Struct, frozen=True):
    """What was put into a mailbox anew, as scripts read it."""

    account: str
    statuses: int
    inbound: int
    """Messages from phones."""


def replay(
    name: NameArgument,
    since: Annotated[
        str, typer.Option("--since", help="Formed from then on: 2026-03-02T09:30, in UTC, or 2h, 7d ago.")
    ],
    until: Annotated[str | None, typer.Option("--until", help="And before then; else until now.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Tell an account once more what its messages came to since a moment, and what phones said.

    All that in the order in which it was formed; each message is told as it stands now, and what still waits is not
    told twice. A gateway that runs hands it over as it does with what is new.
    """
    from gonets.stores import replaying, settings

    now = datetime.now(UTC)
    first = given.moment_or_ago(since, now)
    end = now if until is None else given.moment_or_ago(until, now)
    if end <= first:
        raise CommandRefused("--until lies before --since")
    place = find_config(config, data)
    with in_turns(place) as begin:
        with reading(place) as connection:
            account = settings.find_account(connection, name)
            last = replaying.last_message(connection)
        found: list[replaying.Told] = []
        with progress("Looking", last) as advance:
            for after in range(0, last, replaying.RANGE):
                with reading(place) as connection:
                    found += replaying.came_to(connection, account, after, first, end)
                advance(replaying.RANGE)
        with reading(place) as connection:
            inbound = replaying.heard(connection, account, first, end)
        told = replaying.in_order([*found, *inbound])
        what = f"{counted(len(found), 'notice')} and {counted(len(inbound), 'message')} from phones"
        if not account.push_url and not as_json:
            warn(f"{name} has no URL: they are kept for three days, for SMPP sessions in which it hears")
        if told and not yes and not typer.confirm(f"Tell {name} of {what} again?", err=True):
            raise typer.Exit(FAILED)
        with reading(place) as connection:
            before = replaying.waiting(connection, account)
        with progress("Putting into the mailbox", len(told)) as advance:
            for start in range(0, len(told), replaying.BATCH):
                some = told[start : start + replaying.BATCH]
                with begin() as connection:
                    replaying.put(connection, account, some, before, now)
                advance(len(some))
    if as_json:
        write_json(ReplayFacts(name, len(found), len(inbound)))
    else:
        say(
            f"{what} put into the mailbox of {name}." if told else "Nothing was formed in that time.", "green"
        )


def register(group: typer.Typer) -> None:
    """Put the command under `gonets account`."""
    group.command(
        "replay",
        epilog=given.examples(
            "gonets account replay shop --since 2h",
            "gonets account replay shop --since 2026-03-02T09:30 --until 2026-03-02T11:00 --yes",
        ),
    )(replay)
