"""`gonets cancel`: stop messages that have not left, by id, account, campaign or age; they are refunded.

What a connector has taken already goes on, and is told. Works beside a running gateway, a batch at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import (
    FAILED,
    Column,
    CommandRefused,
    JsonOption,
    Styled,
    complain,
    counted,
    progress,
    say,
    show_table,
    warn,
    write_json,
)
from gonets.cli.place import ConfigOption, DataOption, find_config, reading
from gonets.model.message import LARGEST_ID

if TYPE_CHECKING:
    from gonets.config import Config
    from gonets.model.message import AccountId, CampaignId, MessageId
    from gonets.model.results import Cancelled, Refused
    from gonets.stores.store import Store

_PAGE: Final = 10_000
"""Ids looked up at a time."""
_BATCH: Final = 500
"""Messages cancelled in one transaction: a running gateway waits no longer than for that."""


class CancelledFacts(msgspec.Struct, frozen=True):
    """A message as scripts read it."""

    id: int
    cancelled: int
    """Parts stopped now, and refunded."""
    left: int
    """Parts that had left, or were at their end."""


class CancelFacts(msgspec.Struct, frozen=True):
    """What came of it, as scripts read it."""

    messages: int
    cancelled: int
    left: int
    unknown: list[int]
    each: list[CancelledFacts]
    """Of messages named by id."""


def cancel(
    ids: Annotated[
        list[int] | None,
        typer.Argument(metavar="[ID]...", min=1, max=LARGEST_ID, help="Message ids.", show_default=False),
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="All that this account sent.")
    ] = None,
    older_than: Annotated[
        str | None, typer.Option("--older-than", help="Only what was accepted 2h ago or before.")
    ] = None,
    campaign: Annotated[
        int | None,
        typer.Option("--campaign", min=1, max=LARGEST_ID, help="All that this campaign has sent so far."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Of every account.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Cancel messages that have not left, by id or by filter, and give their money back.

    Of a campaign that is not through its numbers more will follow; [bold]gonets campaign cancel[/bold] ends it as well.
    Exits with 1 where an id is unknown or nothing of it could be stopped.
    """
    filters = (account is not None) + (campaign is not None) + everything
    if ids and (filters or older_than is not None):
        raise CommandRefused("give ids or a filter, not both")
    if filters > 1:
        raise CommandRefused("give one of --account, --campaign and --all")
    if not ids and not filters:
        raise CommandRefused("say which: message ids, --account NAME, --campaign ID, or --all")
    place = find_config(config, data)
    if ids:
        _cancel_named(place, list(dict.fromkeys(ids)), as_json)
    else:
        _cancel_found(place, account, campaign, older_than, yes, as_json)


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under the topmost one."""
    app.command(
        "cancel",
        epilog=given.examples(
            "gonets cancel 1001 1002",
            "gonets cancel --account shop --older-than 2h",
            "gonets cancel --campaign 7",
            "gonets cancel --all --yes --json",
        ),
        rich_help_panel=panel,
    )(cancel)


def _cancel_named(place: "Config", ids: Sequence[int], as_json: bool) -> None:
    from gonets.model.message import MessageId
    from gonets.model.results import Cancelled

    results = asyncio.run(_all_of(place, [MessageId(each) for each in ids]))
    done = [
        CancelledFacts(each.message, each.parts, each.left) for each in results if isinstance(each, Cancelled)
    ]
    unknown = [id_ for id_, each in zip(ids, results, strict=True) if not isinstance(each, Cancelled)]
    if as_json:
        write_json(
            CancelFacts(
                sum(each.cancelled > 0 for each in done),
                sum(each.cancelled for each in done),
                sum(each.left for each in done),
                unknown,
                done,
            )
        )
    elif done:
        columns = (
            Column("id", right=True),
            Column("cancelled", right=True),
            Column("left", right=True),
            Column("", wrap=True),
        )
        show_table(
            columns, ((str(each.id), str(each.cancelled), str(each.left), _sentence(each)) for each in done)
        )
    for id_ in unknown:
        complain(f"there is no message {id_}; `gonets messages` lists them")
    if unknown or any(not each.cancelled for each in done):
        raise typer.Exit(FAILED)


def _sentence(facts: CancelledFacts) -> Styled:
    if not facts.left:
        return Styled("cancelled and refunded", "green")
    if not facts.cancelled:
        return Styled("too late: it has left, or is at its end", "red")
    return Styled("what had not left is cancelled and refunded", "yellow")


def _cancel_found(
    place: "Config",
    account: str | None,
    campaign: int | None,
    older_than: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    from gonets.model.message import CampaignId
    from gonets.model.times import micros
    from gonets.stores import campaigns, cancelling, settings

    now = datetime.now(UTC)
    before = now if older_than is None else given.moment_or_ago(older_than, now)
    with reading(place) as connection:
        owner = None if account is None else settings.find_account(connection, account).id
        one = None if campaign is None else campaigns.find_campaign(connection, CampaignId(campaign)).id
        messages, parts = cancelling.count_waiting(connection, owner, micros(before), one)
    whose = account if campaign is None else f"campaign {campaign}"
    what = f"{counted(messages, 'message')} ({counted(parts, 'part')}) of {whose or 'every account'}"
    if messages and not yes and not typer.confirm(f"Cancel {what}?", err=True):
        raise typer.Exit(FAILED)
    if messages:
        with progress("Cancelling", messages) as advance:
            done = asyncio.run(_all_found(place, owner, one, before, advance))
    else:
        done = CancelFacts(0, 0, 0, [], [])
    if as_json:
        write_json(done)
        return
    if not messages:
        say(f"Nothing of {whose or 'any account'} waits to be sent.")
        return
    say(
        f"Cancelled and refunded: {counted(done.messages, 'message')}, {counted(done.cancelled, 'part')}.",
        "green",
    )
    if done.left:
        warn(f"{counted(done.left, 'part')} of them had left already, and will be delivered.")


# ---- in the store


async def _all_of(place: "Config", ids: "Sequence[MessageId]") -> "list[Cancelled | Refused]":
    found: list[Cancelled | Refused] = []
    async with _opened(place) as store:
        with progress("Cancelling", len(ids)) as advance:
            for start in range(0, len(ids), _BATCH):
                batch = ids[start : start + _BATCH]
                found += await store.messages.cancel(None, batch, datetime.now(UTC))
                advance(len(batch))
    return found


async def _all_found(
    place: "Config",
    account: "AccountId | None",
    campaign: "CampaignId | None",
    before: datetime,
    advance: Callable[[int], None],
) -> CancelFacts:
    from gonets.model.message import MessageId
    from gonets.model.results import Cancelled

    messages = parts = left = 0
    async with _opened(place) as store:
        after = MessageId(0)
        while page := await store.messages.waiting(account, before, after, _PAGE, campaign):
            for start in range(0, len(page), _BATCH):
                batch = page[start : start + _BATCH]
                for each in await store.messages.cancel(account, batch, datetime.now(UTC)):
                    if isinstance(each, Cancelled):
                        messages += each.parts > 0
                        parts += each.parts
                        left += each.left
                advance(len(batch))
            after = page[-1]
    return CancelFacts(messages, parts, left, [], [])


@asynccontextmanager
async def _opened(place: "Config") -> "AsyncIterator[Store]":
    from gonets.stores.store import open_store

    store = open_store(place.store_url)
    try:
        yield store
    finally:
        await store.close()
