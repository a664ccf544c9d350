"""`gonets route`: which connectors the messages to a prefix go to, and how they divide it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gonets.cli import given, margins, rehearsing
from gonets.cli.console import Column, CommandRefused, JsonOption, on_off, say, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.model.routing import MOST_WEIGHT, Route, Strategy
from gonets.rules.routing import weights_of

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The route's name.", show_default=False)]


class RouteFacts(msgspec.Struct, frozen=True):
    """A route as scripts read it."""

    name: str
    prefix: str
    connectors: list[str]
    enabled: bool
    strategy: str
    weights: list[int]


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
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add a route from a prefix to connectors.

    What waits in a route goes to the next connector at once when one dies.
    """
    from gonets.model.message import RouteId
    from gonets.stores import settings

    if not 1 <= len(name) <= 64 or not name.isprintable():
        raise CommandRefused("a route's name has 1 to 64 characters")
    _check(connector, weight or [], strategy)
    digits = given.prefix(prefix)
    route = Route(RouteId(0), name, digits, tuple(connector), not off, strategy, tuple(weight or ()))
    with changing(find_config(config, data)) as connection:
        settings.add_route(connection, route)
    say(f"Route {name}: {given.shown_prefix(digits)} to {', '.join(connector)}.", "green")


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
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Change the connectors of a route and how they divide it; what waits in it goes on by that at once."""
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
        )
        _check(route.connectors, weight or [], route.strategy)
        settings.change_route(connection, route)
    say(f"Route {name}: {_divided(route)}.", "green")


def list_routes(as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List the routes."""
    from gonets.stores import settings

    with reading(find_config(config, data)) as connection:
        found = settings.list_routes(connection)
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
                )
                for each in found
            ]
        )
        return
    columns = (Column("name", wrap=True), Column("prefix"), Column("connectors", wrap=True), Column("is"))
    rows = (
        (each.name, given.shown_prefix(each.prefix), _divided(each), on_off(each.enabled)) for each in found
    )
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
        ),
    )(add)
    group.command(
        "change",
        epilog=given.examples(
            "gonets route change mobile --connector spare --connector main",
            "gonets route change mobile --strategy weight --weight 3 --weight 1",
        ),
    )(change)
    group.command("list", epilog=given.examples("gonets route list"))(list_routes)
    group.command("enable", epilog=given.examples("gonets route enable mobile"))(enable)
    group.command("disable", epilog=given.examples("gonets route disable mobile"))(disable)
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


def _divided(route: Route) -> str:
    """The connectors, the preferred first or with their weights."""
    if route.strategy is not Strategy.WEIGHT:
        return ", ".join(route.connectors)
    return ", ".join(f"{name} ({weight})" for name, weight in weights_of(route).items())


def _switch(name: str, enabled: bool, config: Path | None, data: Path | None) -> None:
    from gonets.stores import settings

    with changing(find_config(config, data)) as connection:
        settings.enable_route(connection, name, enabled)
    say(f"Route {name} is {'on' if enabled else 'off'}.", "green")
