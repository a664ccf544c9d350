"""`gonets route explain`: which route a message to a number would take now, and why no other."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import (
    REFUSED,
    Column,
    CommandRefused,
    JsonOption,
    Styled,
    iso,
    say,
    show_table,
    write_json,
)
from gonets.cli.place import ConfigOption, DataOption, find_config, reading
from gonets.model.message import Channel
from gonets.model.money import format_amount
from gonets.model.routing import Route, Traits

if TYPE_CHECKING:
    from gonets.model.account import Account
    from gonets.model.tables import Tables
    from gonets.rules.routing import Looked


class LookedFacts(msgspec.Struct, frozen=True):
    """A route as it was looked at, as scripts read it."""

    name: str
    prefix: str
    only: dict[str, str]
    taken: bool
    miss: str
    """The first thing that does not match; empty: it is taken."""


class LinkFacts(msgspec.Struct, frozen=True):
    """A connector of the route taken, as scripts read it."""

    name: str
    would_take: bool
    why_not: str


class ChoiceFacts(msgspec.Struct, frozen=True):
    """Which way a message would go, as scripts read it."""

    recipient: str
    channel: str
    at: str
    route: str | None
    strategy: str | None
    connectors: list[LinkFacts]
    price: str | None
    """Of one part to the account; null: there is none, or no account was named."""
    currency: str | None
    routes: list[LookedFacts]
    """All of them, in the order in which they are looked at."""


def explain(
    to: Annotated[
        str,
        typer.Argument(
            metavar="NUMBER", help="The recipient: a number or an e-mail address.", show_default=False
        ),
    ],
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Who would send.", show_default=False)
    ] = None,
    sender: Annotated[
        str | None,
        typer.Option(
            "--sender", "-f", help="From whom; without it the account's default.", show_default=False
        ),
    ] = None,
    text: Annotated[str, typer.Option("--text", "-t", help="What it says.", show_default=False)] = "",
    channel: Annotated[
        Channel | None,
        typer.Option("--channel", help="As what; without it sms, to an address mail.", show_default=False),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", help="When, like 2026-03-02T09:30 (UTC) or with an offset; without it now."),
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Explain which route a message would take: every route in the order they are looked at, and what does not match.

    Without --account the routes of accounts and groups match nothing. Whether a link is up only the gateway knows:
    gonets status. Exits with 2 where no route takes it.
    """
    from gonets.model.times import micros
    from gonets.rules.pricing import tariff_of
    from gonets.rules.routing import looked_at, traits_of
    from gonets.stores import settings, snapshot

    recipient = given.addressee(to)
    kind = channel or (Channel.MAIL if "@" in recipient else Channel.SMS)
    if (kind is Channel.MAIL) is not ("@" in recipient):
        raise CommandRefused(f"{to!r} is no recipient of channel {kind.value}")
    when = datetime.now(UTC) if at is None else given.moment(at)
    with reading(find_config(config, data)) as connection:
        who = None if account is None else settings.find_account(connection, account)
        tables = snapshot.tables(connection, micros(datetime.now(UTC)))
        known = settings.list_routes(connection)
    if sender is None:
        sender = "" if who is None else who.default_sender
    traits = traits_of(who, sender, recipient, kind, text, when, pictured=False)
    looked = looked_at(traits, tables)
    tariff = None if who is None else tariff_of(who, kind, recipient, tables)
    price = None if tariff is None or tariff.closed else format_amount(tariff.price)
    taken = next((each.route for each in looked if each.taken), None)
    facts = ChoiceFacts(
        recipient=recipient,
        channel=kind.value,
        at=iso(when),
        route=None if taken is None else taken.name,
        strategy=None if taken is None else taken.strategy.value,
        connectors=[] if taken is None else _links(taken, traits, tables),
        price=price,
        currency=None if who is None or price is None else who.currency,
        routes=[_looked(each) for each in looked] + _others(known, looked),
    )
    if as_json:
        write_json(facts)
    else:
        _show(facts, who)
    if taken is None:
        raise typer.Exit(REFUSED)


def register(group: typer.Typer) -> None:
    """Put the command under `gonets route`."""
    group.command(
        "explain",
        epilog=given.examples(
            "gonets route explain 79031234567",
            "gonets route explain 79031234567 --account shop --sender Shop --text 'Your code is 1234'",
            "gonets route explain ann@example.com --at 2026-03-02T23:30 --json",
        ),
    )(explain)


def _looked(each: "Looked") -> LookedFacts:
    from gonets.rules.conditions import facts_of

    return LookedFacts(each.route.name, each.route.prefix, facts_of(each.route.only), each.taken, each.miss)


def _others(known: list[Route], looked: "list[Looked]") -> list[LookedFacts]:
    """Routes that nobody looks at for this recipient, and why."""
    from gonets.rules.routing import Looked, order

    names = {each.route.name for each in looked}
    rest = sorted((each for each in known if each.name not in names), key=order)
    return [_looked(Looked(each, "has another prefix" if each.enabled else "is off")) for each in rest]


def _links(route: Route, traits: Traits, tables: "Tables") -> list[LinkFacts]:
    """The connectors of a route in the order in which they are asked, and which of them would take it."""
    from gonets.model.routing import Strategy
    from gonets.rules.costs import cheapest_first
    from gonets.rules.routing import carried_by

    names = route.connectors
    if route.strategy is Strategy.COST:
        names = tuple(cheapest_first(route, traits.channel, traits.recipient, tables))
    found: list[LinkFacts] = []
    for name in (*names, *(each for each in route.connectors if each not in names)):
        setup = tables.connectors.get(name)
        why = ""
        if setup is None:
            why = "is not there"
        elif traits.channel not in carried_by(setup):
            why = f"carries no {traits.channel.value}"
        elif not setup.enabled:
            why = "is off"
        found.append(LinkFacts(name, not why, why))
    return found


def _show(facts: ChoiceFacts, who: "Account | None") -> None:
    columns = (Column(""), Column("route", wrap=True), Column("for", wrap=True), Column("why", wrap=True))
    rows = [
        (
            Styled("✓" if each.taken else "·", "green" if each.taken else "dim"),
            each.name,
            ", ".join(
                [given.shown_prefix(each.prefix), *(f"{name} {said}" for name, said in each.only.items())]
            ),
            Styled("taken" if each.taken else each.miss, "green" if each.taken else "dim"),
        )
        for each in facts.routes
    ]
    show_table(columns, rows, "There are no routes yet: gonets route add NAME --connector CONNECTOR")
    say()
    if facts.route is None:
        say(f"No route takes {facts.channel} to {facts.recipient}.", "bold red")
    else:
        say(f"{facts.route} takes it, by {facts.strategy}:", "green")
        for number, link in enumerate(facts.connectors, 1):
            state = "would take it" if link.would_take else link.why_not
            say(f"  {number}. {link.name}: {state}", "" if link.would_take else "yellow")
        if any(link.why_not.startswith("carries no") for link in facts.connectors):
            say("Not all of its connectors carry it, so it is refused: unsupported.", "bold red")
    if who is not None:
        say(f"One part costs {who.name} {facts.price} {facts.currency}." if facts.price else _closed(who))


def _closed(who: "Account") -> str:
    return f"{who.name} has no price for it: direction_closed."
