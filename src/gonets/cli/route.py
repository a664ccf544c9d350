"""`gonets route`: which connectors the messages to a prefix go to; the longest prefix counts."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import Column, CommandRefused, JsonOption, on_off, say, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The route's name.", show_default=False)]


class RouteFacts(msgspec.Struct, frozen=True):
    """A route as scripts read it."""

    name: str
    prefix: str
    connectors: list[str]
    enabled: bool


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
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add a route from a prefix to connectors, the first that has room takes a message."""
    from gonets.model.message import RouteId
    from gonets.model.routing import Route
    from gonets.stores import settings

    if not 1 <= len(name) <= 64 or not name.isprintable():
        raise CommandRefused("a route's name has 1 to 64 characters")
    if len(set(connector)) != len(connector):
        raise CommandRefused("a connector is named twice")
    digits = given.prefix(prefix)
    with changing(find_config(config, data)) as connection:
        settings.add_route(connection, Route(RouteId(0), name, digits, tuple(connector), not off))
    say(f"Route {name}: {given.shown_prefix(digits)} to {', '.join(connector)}.", "green")


def list_routes(as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List the routes."""
    from gonets.stores import settings

    with reading(find_config(config, data)) as connection:
        found = settings.list_routes(connection)
    if as_json:
        write_json(
            [RouteFacts(each.name, each.prefix, list(each.connectors), each.enabled) for each in found]
        )
        return
    columns = (Column("name", wrap=True), Column("prefix"), Column("connectors", wrap=True), Column("is"))
    rows = (
        (each.name, given.shown_prefix(each.prefix), ", ".join(each.connectors), on_off(each.enabled))
        for each in found
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
    group.command("list", epilog=given.examples("gonets route list"))(list_routes)
    group.command("enable", epilog=given.examples("gonets route enable mobile"))(enable)
    group.command("disable", epilog=given.examples("gonets route disable mobile"))(disable)
    app.add_typer(group, name="route", rich_help_panel=panel)


def _switch(name: str, enabled: bool, config: Path | None, data: Path | None) -> None:
    from gonets.stores import settings

    with changing(find_config(config, data)) as connection:
        settings.enable_route(connection, name, enabled)
    say(f"Route {name} is {'on' if enabled else 'off'}.", "green")
