"""`gonets connector`: the links to upstreams. Their settings are checked here as the gateway will check them."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import Column, CommandRefused, JsonOption, on_off, say, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The connector's name.", show_default=False)
]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class ConnectorKind(StrEnum):
    """What can be built."""

    SIMULATOR = "simulator"


class ConnectorFacts(msgspec.Struct, frozen=True):
    """A connector as scripts read it."""

    name: str
    kind: str
    settings: dict[str, int | float | str | bool]
    enabled: bool


def add(
    name: NameArgument,
    kind: Annotated[ConnectorKind, typer.Option("--kind", help="What it speaks.")] = ConnectorKind.SIMULATOR,
    pairs: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of its kind; repeatable."),
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Do not open it yet.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add a link to an upstream. The kind [bold]simulator[/bold] is a network of simulated phones."""
    from gonets.connectors.simulator import SimulatorSettings
    from gonets.model.routing import ConnectorSetup
    from gonets.stores import settings

    if _NAME.fullmatch(name) is None:
        raise CommandRefused(f"{name!r} cannot name a connector: letters, digits and ._- only")
    chosen = given.settings(pairs or [])
    match kind:
        case ConnectorKind.SIMULATOR:
            try:
                msgspec.convert(chosen, SimulatorSettings)
            except msgspec.ValidationError as error:
                known = ", ".join(SimulatorSettings.__struct_fields__)
                raise CommandRefused(f"{error}; the settings of a simulator are {known}") from None
    with changing(find_config(config, data)) as connection:
        settings.add_connector(connection, ConnectorSetup(name, kind.value, chosen, not off))
    say(f"Connector {name} added; a route brings messages to it: gonets route add", "green")


def list_connectors(
    as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """List the connectors."""
    from gonets.stores import settings

    with reading(find_config(config, data)) as connection:
        found = settings.list_connectors(connection)
    if as_json:
        write_json([ConnectorFacts(each.name, each.kind, each.settings, each.enabled) for each in found])
        return
    columns = (Column("name", wrap=True), Column("kind"), Column("settings", wrap=True), Column("is"))
    rows = (
        (
            each.name,
            each.kind,
            ", ".join(f"{key}={value}" for key, value in each.settings.items()) or "defaults",
            on_off(each.enabled),
        )
        for each in found
    )
    show_table(columns, rows, "There are no connectors yet: gonets connector add NAME --kind simulator")


def enable(name: NameArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Open a link again."""
    _switch(name, True, config, data)


def disable(name: NameArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Close a link; what waits for it goes to other connectors of its route, or waits on."""
    _switch(name, False, config, data)


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(help="Connectors: links to upstreams.", no_args_is_help=True)
    group.command(
        "add",
        epilog=given.examples(
            "gonets connector add sim --kind simulator",
            "gonets connector add slow --set receipt_delay=5 --set window=10",
        ),
    )(add)
    group.command("list", epilog=given.examples("gonets connector list"))(list_connectors)
    group.command("enable", epilog=given.examples("gonets connector enable sim"))(enable)
    group.command("disable", epilog=given.examples("gonets connector disable sim"))(disable)
    app.add_typer(group, name="connector", rich_help_panel=panel)


def _switch(name: str, enabled: bool, config: Path | None, data: Path | None) -> None:
    from gonets.stores import settings

    with changing(find_config(config, data)) as connection:
        settings.enable_connector(connection, name, enabled)
    say(
        f"Connector {name} is {'on' if enabled else 'off'}; a running gateway follows within seconds.",
        "green",
    )
