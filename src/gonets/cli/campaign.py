"""`gonets campaign`: one text to every number of some bases; started, watched, paused, resumed, cancelled.

Works beside a running gateway, which expands campaigns; what a change of state means for messages that wait is done
here at once, in bounded transactions, and by the gateway where this was interrupted.
"""

import asyncio
import csv
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import (
    FAILED,
    Column,
    CommandFailed,
    CommandRefused,
    JsonOption,
    Styled,
    counted,
    iso,
    progress,
    say,
    show_facts,
    show_table,
    status_text,
    write_json,
    written,
)
from gonets.cli.place import ConfigOption, DataOption, find_config, in_turns, reading
from gonets.cli.send import PROTOCOL
from gonets.model.campaigns import CampaignState
from gonets.model.message import LARGEST_ID, CampaignId, Status
from gonets.model.money import format_amount
from gonets.model.times import micros

if TYPE_CHECKING:
    from gonets.config import Config
    from gonets.model.account import Account
    from gonets.model.calls import StartCampaign
    from gonets.model.campaigns import Campaign
    from gonets.model.message import BaseId
    from gonets.model.results import BaseOutcome, Refused

SCHEDULED: Final = "scheduled"
"""Where the state would stand, of a running one whose time has not come."""
_BATCH: Final = 1_000
"""Messages that follow a change of state in one transaction."""
_STYLES: Final = {
    SCHEDULED: "cyan",
    CampaignState.RUNNING: "green",
    CampaignState.PAUSED: "yellow",
    CampaignState.FINISHED: "blue",
    CampaignState.CANCELLED: "magenta",
}

IdArgument = Annotated[
    int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="The campaign.", show_default=False)
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


class CampaignFacts(msgspec.Struct, frozen=True):
    """A campaign as scripts read it."""

    id: int
    account: str
    state: str
    """`scheduled`, `running`, `paused`, `finished` (every number is expanded) or `cancelled`."""
    reason: str
    """Why it was paused, where nobody asked for it."""
    sender: str
    text: str
    bases: list[str]
    start_at: str
    ended_at: str | None
    accepted: int
    """Numbers that got a message."""
    refused: int
    """Numbers that did not."""


class ReportFacts(CampaignFacts, frozen=True):
    """The same with what came of it."""

    refusals: dict[str, int]
    """Numbers by reason."""
    statuses: dict[str, int]
    """Messages by where they stand."""
    parts: int
    charged: str
    refunded: str
    cost: str
    """Charged less refunded."""
    currency: str


class StartedFacts(msgspec.Struct, frozen=True):
    """A campaign that was started, as scripts read it."""

    campaign: int


class StateFacts(msgspec.Struct, frozen=True):
    """Where a campaign stands now, as scripts read it."""

    campaign: int
    state: str


def list_campaigns(
    account: Annotated[str | None, typer.Option("--account", "-a", help="Only this account's.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List campaigns, the newest first."""
    from gonets.stores import campaigns, settings

    with reading(find_config(config, data)) as connection:
        names = {each.id: each.name for each in settings.list_accounts(connection)}
        owner = None if account is None else settings.find_account(connection, account).id
        found = campaigns.list_campaigns(connection, owner)
        bases = campaigns.base_names(connection, found)
    facts = [_facts(each, names[each.account], bases) for each in found]
    if as_json:
        write_json(facts)
        return
    columns = (
        Column("id", right=True),
        Column("account", wrap=True),
        Column("state"),
        Column("from (UTC)"),
        Column("accepted", right=True),
        Column("refused", right=True),
        Column("bases", cut=True),
        Column("text", cut=True),
    )
    rows = (
        (
            str(each.id),
            each.account,
            Styled(each.state, _STYLES[each.state]),
            written(campaign.start_at),
            str(each.accepted),
            str(each.refused),
            ", ".join(each.bases),
            each.text,
        )
        for campaign, each in zip(found, facts, strict=True)
    )
    show_table(columns, rows, "There are no campaigns yet: gonets campaign start --help")


def start(
    account: Annotated[str, typer.Option("--account", "-a", help="Who sends and pays.", show_default=False)],
    text: Annotated[str, typer.Option("--text", "-t", help="What to say; - reads it.", show_default=False)],
    base: Annotated[
        list[str],
        typer.Option("--base", "-b", help="To whom; repeat for more.", show_default=False),
    ],
    sender: Annotated[
        str, typer.Option("--from", "-f", help="The sender; without it the account's default.")
    ] = "",
    at: Annotated[
        str | None, typer.Option("--at", help="When, such as 2026-03-02T09:30; the account's zone if none.")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Send one text to every number of some bases, once to each. A running gateway begins within a second.

    Numbers that may not be sent to are left out, with their reasons: [bold]gonets campaign refusals[/bold].
    """
    from gonets.model.calls import StartCampaign
    from gonets.model.results import CampaignStarted
    from gonets.stores import settings

    place = find_config(config, data)
    said = given.text_of(text)
    with reading(place) as connection:
        who = settings.find_account(connection, account)
    if not who.enabled:
        raise CommandRefused(f"the account {account} is off: gonets account enable {account}")
    start_at = None if at is None else given.moment(at, who.zone)
    outcome = asyncio.run(_ask(place, who, StartCampaign(sender, said, tuple(base), start_at)))
    if not isinstance(outcome, CampaignStarted):
        raise _refusal(outcome, account)
    if as_json:
        write_json(StartedFacts(outcome.campaign))
    else:
        say(f"Campaign {outcome.campaign} is started; gonets campaign show {outcome.campaign}", "green")


def show(
    id_: IdArgument, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Show what came of a campaign: messages by status, refusals by reason, parts and cost."""
    from gonets.stores import campaigns, reports, settings

    with reading(find_config(config, data)) as connection:
        found = campaigns.find_campaign(connection, CampaignId(id_))
        [owner] = [each for each in settings.list_accounts(connection) if each.id == found.account]
        facts = _facts(found, owner.name, campaigns.base_names(connection, [found]))
        report = reports.report(connection, found.id)
    told = ReportFacts(
        **msgspec.structs.asdict(facts),
        refusals={reason.value: count for reason, count in report.refused.items()},
        statuses={status.value: count for status, count in report.statuses.items()},
        parts=report.parts,
        charged=format_amount(report.charged),
        refunded=format_amount(report.refunded),
        cost=format_amount(report.cost),
        currency=owner.currency,
    )
    if as_json:
        write_json(told)
        return
    _show(told, found)


def pause(
    id_: IdArgument, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Hold a campaign: no more numbers, and what waits to leave stays. What has left is delivered."""
    found = _turn(find_config(config, data), CampaignId(id_), CampaignState.PAUSED)
    _tell(found, as_json, "is paused", f"gonets campaign resume {id_}")


def resume(
    id_: IdArgument, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Let a paused campaign go on where it was."""
    from gonets.stores import campaigns, settings

    place = find_config(config, data)
    with reading(place) as connection:
        account = campaigns.find_campaign(connection, CampaignId(id_)).account
        [owner] = [each for each in settings.list_accounts(connection) if each.id == account]
    if not owner.enabled:
        raise CommandRefused(f"the account {owner.name} is off: gonets account enable {owner.name}")
    found = _turn(place, CampaignId(id_), CampaignState.RUNNING)
    _tell(found, as_json, "goes on", f"gonets campaign show {id_}")


def cancel(
    id_: IdArgument,
    yes: YesOption = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """End a campaign for good: no more numbers, and what has not left is cancelled and refunded."""
    from gonets.stores import campaigns

    place = find_config(config, data)
    with reading(place) as connection:
        found = campaigns.find_campaign(connection, CampaignId(id_))
    what = f"campaign {id_}, of which {counted(found.accepted, 'message')} were accepted"
    if not yes and not typer.confirm(f"Cancel {what}?", err=True):
        raise typer.Exit(FAILED)
    found = _turn(place, CampaignId(id_), CampaignState.CANCELLED)
    _tell(found, as_json, "is cancelled", f"gonets campaign show {id_}")


def write_refusals(id_: IdArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Write the numbers that got no message to the standard output, as CSV with their reasons."""
    from gonets.stores import campaigns, reports

    with reading(find_config(config, data)) as connection:
        found = campaigns.find_campaign(connection, CampaignId(id_))
        lines = csv.writer(sys.stdout, lineterminator="\n")
        lines.writerow(("phone", "reason"))
        with progress("Writing numbers", found.refused) as advance:
            for page in reports.refusals(connection, found.id):
                lines.writerows((phone, reason.value) for phone, reason in page)
                advance(len(page))


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(help="Campaigns: one text to every number of some phone bases.", no_args_is_help=True)
    group.command("list", epilog=given.examples("gonets campaign list --account shop"))(list_campaigns)
    group.command(
        "start",
        epilog=given.examples(
            "gonets campaign start -a shop --from Shop --base Customers --text 'Sale!'",
            "gonets campaign start -a shop -b Customers -b Friends --text - --at 2026-03-02T09:30 < letter.txt",
        ),
    )(start)
    group.command("show", epilog=given.examples("gonets campaign show 7", "gonets campaign show 7 --json"))(
        show
    )
    group.command("pause", epilog=given.examples("gonets campaign pause 7"))(pause)
    group.command("resume", epilog=given.examples("gonets campaign resume 7"))(resume)
    group.command("cancel", epilog=given.examples("gonets campaign cancel 7 --yes"))(cancel)
    group.command("refusals", epilog=given.examples("gonets campaign refusals 7 > refused.csv"))(
        write_refusals
    )
    app.add_typer(group, name="campaign", rich_help_panel=panel)


# ---- asked


async def _ask(place: "Config", who: "Account", what: "StartCampaign") -> "BaseOutcome | Refused":
    from gonets.app import open_phonebook
    from gonets.model.calls import Login

    async with open_phonebook(place) as phonebook:
        return await phonebook.answer(who, Login(PROTOCOL, "", who.name, "", ""), what)


def _refusal(outcome: "BaseOutcome | Refused", account: str) -> Exception:
    from gonets.model.reasons import Reason
    from gonets.model.results import Refused

    if not isinstance(outcome, Refused):
        return CommandRefused(f"{account} has not all of these bases; `gonets base list` shows them")
    sentence = f"{outcome.reason}: {outcome.detail}"
    return (CommandFailed if outcome.reason is Reason.STORE_UNAVAILABLE else CommandRefused)(sentence)


def _turn(place: "Config", id_: CampaignId, state: CampaignState) -> "Campaign":
    """Change its state, and see to it that its messages follow."""
    from gonets.stores import campaigns

    with in_turns(place) as begin:
        with begin() as connection:
            found = campaigns.find_campaign(connection, id_)
            if found.state is not state or found.unswept is None:  # else it was interrupted
                found = campaigns.turn(connection, id_, state, datetime.now(UTC))
        with progress("Messages", found.accepted) as advance:
            while True:
                with begin() as connection:
                    [looked] = campaigns.sweep(connection, [(id_, _BATCH, micros(datetime.now(UTC)))])
                if not looked:
                    return found
                advance(looked)


# ---- told


def _tell(found: "Campaign", as_json: bool, what: str, then: str) -> None:
    if as_json:
        write_json(StateFacts(found.id, found.state.value))
    else:
        say(f"Campaign {found.id} {what}; {then}", "green")


def _facts(campaign: "Campaign", account: str, bases: "Mapping[BaseId, str]") -> CampaignFacts:
    waits = campaign.state is CampaignState.RUNNING and campaign.start_at > datetime.now(UTC)
    return CampaignFacts(
        id=campaign.id,
        account=account,
        state=SCHEDULED if waits else campaign.state.value,
        reason=campaign.reason,
        sender=campaign.sender,
        text=campaign.text,
        bases=[bases.get(base, f"(deleted: {base})") for base in campaign.bases],
        start_at=iso(campaign.start_at),
        ended_at=None if campaign.ended_at is None else iso(campaign.ended_at),
        accepted=campaign.accepted,
        refused=campaign.refused,
    )


def _show(facts: ReportFacts, campaign: "Campaign") -> None:
    state = f"{facts.state} ({facts.reason})" if facts.reason else facts.state
    ended = () if campaign.ended_at is None else (("ended (UTC)", written(campaign.ended_at)),)
    show_facts(
        (
            ("campaign", str(facts.id)),
            ("account", facts.account),
            ("state", Styled(state, _STYLES[facts.state])),
            ("from", facts.sender or "the account's default sender"),
            ("text", facts.text),
            ("bases", ", ".join(facts.bases)),
            ("starts (UTC)", written(campaign.start_at)),
            *ended,
            ("accepted", counted(facts.accepted, "message")),
            ("refused", counted(facts.refused, "number")),
            ("parts", str(facts.parts)),
            ("charged", f"{facts.charged} {facts.currency}"),
            ("refunded", f"{facts.refunded} {facts.currency}"),
            ("cost", f"{facts.cost} {facts.currency}"),
        )
    )
    rows = [(status_text(Status(status)), str(count)) for status, count in facts.statuses.items()]
    rows += [(Styled(f"refused: {reason}", "red"), str(count)) for reason, count in facts.refusals.items()]
    if rows:
        say()
        show_table((Column("what became of them"), Column("numbers", right=True)), rows)
