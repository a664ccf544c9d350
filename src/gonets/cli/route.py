"""`gonets route`: which connectors the messages to a prefix go to, and how they divide it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gonets.cli import choosing, given, margins, rehearsing
from gonets.cli.console import Column, CommandRefused, JsonOption, on_off, say, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.model.routing import ANYTHING, MOST_WEIGHT, Conditions, Route, Strategy
from gonets.rules.conditions import READERS, facts_of, is_timed
from gonets.rules.routing import divided, order

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The route's name.", show_default=False)]


class RouteFacts(msgspec.Struct, frozen=True):
    """A route as scripts read it."""

    name: str
    prefix: str
    connectors: list[str]
    enabled: bool
    strategy: str
    weights: list[int]
    only: dict[str, str]
    """What a message must be beside the prefix, as the options of `gonets route add` have it."""


STRATEGY_HELP = (
    "How the connectors divide the route. priority: the first takes everything, each next one only while none before"
    " it takes anything (it is down, or had no room for a second). weight: all take parts, each its share by --weight."
    " cost: as priority, but for each part the cheapest connector stands first: gonets connector cost set."
)
StrategyOption = Annotated[Strategy, typer.Option("--strategy", help=STRATEGY_HELP)]
WeightOption = Annotated[
    list[int] | None,
    typer.Option(
        "--weight",
        min=1,
        max=MOST_WEIGHT,
        help="For the strategy weight: repeat it, one for each --connector, in their order; without it all weigh"
        " the same.",
        show_default=False,
    ),
]
_PANEL = "What it is for (all that is given; '' takes one away)"


def _only(name: str, text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        f"--{name}", help=text, show_default=False, rich_help_panel=_PANEL
    )
    return option


AccountOption = Annotated[str | None, _only("account", "Messages of this account alone.")]
GroupOption = Annotated[str | None, _only("group", "Messages of accounts in this group alone.")]
SenderOption = Annotated[str | None, _only("sender", "Messages from this sender alone, in any case.")]
ChannelOption = Annotated[
    str | None, _only("channel", "Of this channel alone: sms, mms, mail, call, viber, hlr, ping.")
]
TextOption = Annotated[
    str | None, _only("text", "Where this is found in the text, in any case: a pattern in RE2's syntax.")
]
HoursOption = Annotated[
    str | None, _only("hours", "While it is 09:00-18:00, the end not in it; 22:00-06:00 goes over midnight.")
]
DaysOption = Annotated[
    str | None,
    _only(
        "days", "On mon-fri or mon,wed,sat-sun; hours over midnight belong to the day on which they began."
    ),
]
ZoneOption = Annotated[str | None, _only("zone", "Whose hours and days: Europe/Moscow; without it UTC.")]


def add(
    name: NameArgument,
    connector: Annotated[
        list[str],
        typer.Option("--connector", help="The preferred first; repeat for more.", show_default=False),
    ],
    prefix: Annotated[
        str, typer.Option("--prefix", "-p", help="Leading digits; without it, every number.")
    ] = "",
    off: Annotated[bool, typer.Option("--off", help="Do not use it yet.")] = False,
    strategy: StrategyOption = Strategy.PRIORITY,
    weight: WeightOption = None,
    account: AccountOption = None,
    group: GroupOption = None,
    sender: SenderOption = None,
    channel: ChannelOption = None,
    text: TextOption = None,
    hours: HoursOption = None,
    days: DaysOption = None,
    zone: ZoneOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add a route from a prefix to connectors.

    What waits in a route goes to the next connector at once when one dies. Of several routes that a message fits, the
    longest prefix is taken, then the one that names what comes first of: account, group, sender, channel, text, hours,
    days; then by name. gonets route explain NUMBER shows it.
    """
    from gonets.model.message import RouteId
    from gonets.stores import settings

    if not 1 <= len(name) <= 64 or not name.isprintable():
        raise CommandRefused("a route's name has 1 to 64 characters")
    _check(connector, weight or [], strategy)
    digits = given.prefix(prefix)
    only = _conditions(ANYTHING, account, group, sender, channel, text, hours, days, zone)
    route = Route(RouteId(0), name, digits, tuple(connector), not off, strategy, tuple(weight or ()), only)
    with changing(find_config(config, data)) as connection:
        settings.add_route(connection, route)
    say(f"Route {name}: {_asked(route)} to {divided(route)}.", "green")


def change(
    name: NameArgument,
    connector: Annotated[
        list[str] | None,
        typer.Option(
            "--connector",
            help="All of them anew, the preferred first; without it they stay.",
            show_default=False,
        ),
    ] = None,
    strategy: Annotated[
        Strategy | None, typer.Option("--strategy", help=STRATEGY_HELP, show_default=False)
    ] = None,
    weight: WeightOption = None,
    account: AccountOption = None,
    group: GroupOption = None,
    sender: SenderOption = None,
    channel: ChannelOption = None,
    text: TextOption = None,
    hours: HoursOption = None,
    days: DaysOption = None,
    zone: ZoneOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Change the connectors of a route, how they divide it, or what it is for.

    What waits in it goes on by its new connectors at once; what it is for counts for what comes from now on.
    """
    from msgspec.structs import replace

    from gonets.stores import settings

    with changing(find_config(config, data)) as connection:
        was = next((each for each in settings.list_routes(connection) if each.name == name), None)
        if was is None:
            raise CommandRefused(f"there is no route {name!r}")
        kept = was.weights if connector is None else ()
        route = replace(
            was,
            connectors=tuple(connector or was.connectors),
            strategy=strategy or was.strategy,
            weights=tuple(weight) if weight else kept,
            only=_conditions(was.only, account, group, sender, channel, text, hours, days, zone),
        )
        _check(route.connectors, weight or [], route.strategy)
        settings.change_route(connection, route)
    say(f"Route {name}: {_asked(route)} to {divided(route)}.", "green")


def list_routes(as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List the routes, in the order in which they are looked at."""
    from gonets.stores import settings

    with reading(find_config(config, data)) as connection:
        found = sorted(settings.list_routes(connection), key=order)
    if as_json:
        write_json(
            [
                RouteFacts(
                    each.name,
                    each.prefix,
                    list(each.connectors),
                    each.enabled,
                    each.strategy.value,
                    list(each.weights),
                    facts_of(each.only),
                )
                for each in found
            ]
        )
        return
    columns = (
        Column("name", wrap=True),
        Column("for", wrap=True),
        Column("connectors", wrap=True),
        Column("is"),
    )
    rows = ((each.name, _asked(each), divided(each), on_off(each.enabled)) for each in found)
    show_table(columns, rows, "There are no routes yet: gonets route add NAME --connector CONNECTOR")


def enable(name: NameArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Use a route again."""
    _switch(name, True, config, data)


def disable(name: NameArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Use a route no more; what waits in it waits on."""
    _switch(name, False, config, data)


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(help="Routes: which connectors a prefix goes to.", no_args_is_help=True)
    group.command(
        "add",
        epilog=given.examples(
            "gonets route add everything --connector sim",
            "gonets route add mobile --prefix 79 --connector main --connector spare",
            "gonets route add mail --channel mail --connector smtp",
            "gonets route add night --account shop --hours 22:00-06:00 --zone Europe/Moscow --connector cheap",
        ),
    )(add)
    group.command(
        "change",
        epilog=given.examples(
            "gonets route change mobile --connector spare --connector main",
            "gonets route change mobile --strategy weight --weight 3 --weight 1",
            "gonets route change night --days mon-fri --account ''",
        ),
    )(change)
    group.command("list", epilog=given.examples("gonets route list"))(list_routes)
    group.command("enable", epilog=given.examples("gonets route enable mobile"))(enable)
    group.command("disable", epilog=given.examples("gonets route disable mobile"))(disable)
    choosing.register(group)
    margins.register(group)
    rehearsing.register(group)
    app.add_typer(group, name="route", rich_help_panel=panel)


def _check(connectors: Sequence[str], weights: Sequence[int], strategy: Strategy) -> None:
    """Raise CommandRefused where these do not make a route."""
    if len(set(connectors)) != len(connectors):
        raise CommandRefused("a connector is named twice")
    if weights and strategy is not Strategy.WEIGHT:
        raise CommandRefused("--weight goes with --strategy weight")
    if weights and len(weights) != len(connectors):
        raise CommandRefused(
            f"there are {len(connectors)} connectors and {len(weights)} weights; give one for each, or none"
        )


def _conditions(
    was: Conditions,
    account: str | None,
    group: str | None,
    sender: str | None,
    channel: str | None,
    text: str | None,
    hours: str | None,
    days: str | None,
    zone: str | None,
) -> Conditions:
    """What a route was for, changed by what is given. Raises CommandRefused."""
    from msgspec.structs import replace

    given_ = {
        "account": account,
        "group": group,
        "sender": sender,
        "channel": channel,
        "text": text,
        "hours": hours,
        "days": days,
        "zone": zone,
    }
    read: dict[str, object] = {}
    for name, written in given_.items():
        if written is None:
            continue
        try:
            read[name] = READERS[name](written)
        except ValueError as error:
            raise CommandRefused(f"--{name}: {error}") from None
    only: Conditions = replace(was, **read)
    if is_timed(only):
        return only
    if zone:
        raise CommandRefused("--zone goes with --hours or --days")
    return replace(only, zone=ANYTHING.zone)


def _asked(route: Route) -> str:
    """What a route is for."""
    conditions = [f"{name} {each}" for name, each in facts_of(route.only).items()]
    return ", ".join([given.shown_prefix(route.prefix), *conditions])


def _switch(name: str, enabled: bool, config: Path | None, data: Path | None) -> None:
    from gonets.stores import settings

    with changing(find_config(config, data)) as connection:
        settings.enable_route(connection, name, enabled)
    say(f"Route {name} is {'on' if enabled else 'off'}.", "green")
