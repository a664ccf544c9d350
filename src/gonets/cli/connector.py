"""`gonets connector`: the links to upstreams. Their settings are checked here as the gateway will check them."""

import re
from collections.abc import Mapping
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
    SMPP = "smpp"
    SMTP = "smtp"
    MFMS = "mfms"
    OSONSMS = "osonsms"
    CUSTOM = "custom"
    SMS2 = "sms2"
    SMSCLUB = "smsclub"


Settings = Mapping[str, int | float | str | bool]

_SHOWN_SEALED: Final = "(sealed)"


def settings_of(kind: ConnectorKind) -> type[msgspec.Struct]:
    """The class that a kind's settings make."""
    from gonets.app import kinds

    return kinds.settings_of(kind.value)


def shown_settings(settings: Settings) -> dict[str, int | float | str | bool]:
    """Settings as they may be shown: of what is sealed, only that it is there."""
    from gonets.flow.vault import SEALED

    return {
        name.removesuffix(SEALED): _SHOWN_SEALED if name.endswith(SEALED) else value
        for name, value in settings.items()
    }


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
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what can be set of this kind, and add nothing.")
    ] = False,
    off: Annotated[bool, typer.Option("--off", help="Do not open it yet.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add a link to an upstream.

    The kind [bold]simulator[/bold] is a network of simulated phones; [bold]smpp[/bold] is an operator or another
    gateway over SMPP 3.4, and needs at least its host. [bold]mfms[/bold], [bold]osonsms[/bold], [bold]sms2[/bold] and
    [bold]smsclub[/bold] are providers, or other gateways, over HTTP; [bold]custom[/bold] is any other provider over
    HTTP, described by its settings. [bold]smtp[/bold] is a mail server for e-mails. A password is asked for where a
    system_id, client, user or login is set without one, and so is the pass_salt_hash of an OsonSMS login without a
    token.
    """
    from gonets.flow.vault import VaultRefused, open_vault, seal_settings
    from gonets.model.routing import ConnectorSetup
    from gonets.stores import settings

    if explain:
        _explain(kind)
        return
    if _NAME.fullmatch(name) is None:
        raise CommandRefused(f"{name!r} cannot name a connector: letters, digits and ._- only")
    chosen = _settings(kind, given.pairs(pairs or []))
    place = find_config(config, data)
    try:
        kept = seal_settings(chosen, name, lambda: open_vault(place.key_file))
    except VaultRefused as error:
        raise CommandRefused(str(error)) from None
    with changing(place) as connection:
        settings.add_connector(connection, ConnectorSetup(name, kind.value, kept, not off))
    say(f"Connector {name} added; a route brings messages to it: gonets route add", "green")


def list_connectors(
    as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """List the connectors."""
    from gonets.stores import settings

    with reading(find_config(config, data)) as connection:
        found = settings.list_connectors(connection)
    if as_json:
        write_json(
            [
                ConnectorFacts(each.name, each.kind, shown_settings(each.settings), each.enabled)
                for each in found
            ]
        )
        return
    columns = (Column("name", wrap=True), Column("kind"), Column("settings", wrap=True), Column("is"))
    rows = (
        (
            each.name,
            each.kind,
            ", ".join(f"{key}={value}" for key, value in shown_settings(each.settings).items()) or "defaults",
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
    from gonets.cli import costs, health, trying

    group = typer.Typer(help="Connectors: links to upstreams.", no_args_is_help=True)
    group.command(
        "add",
        epilog=given.examples(
            "gonets connector add sim --kind simulator",
            "gonets connector add slow --set receipt_delay=5 --set window=10",
            "gonets connector add smsc --kind smpp --set host=smpp.example.net --set port=3700 --set system_id=me",
            "gonets connector add smsc --kind smpp --explain",
            "gonets connector add acme --kind custom --set 'url=https://acme.example/send?to={recipient}&text={text}'",
            "gonets connector add mail --kind smtp --set host=mail.example.net --set sender=noreply@example.com",
            "gonets connector add hpg --kind mfms --set url=http://sms.example.net:9876 --set client=ME",
            "gonets connector add club --kind smsclub --set url=http://club.example.net --set user=me",
        ),
    )(add)
    group.command("list", epilog=given.examples("gonets connector list"))(list_connectors)
    group.command("enable", epilog=given.examples("gonets connector enable sim"))(enable)
    group.command("disable", epilog=given.examples("gonets connector disable sim"))(disable)
    group.command(
        "health",
        epilog=given.examples("gonets connector health", "gonets connector health alpha --since 7d --json"),
    )(health.show_health)
    group.command(
        "test",
        epilog=given.examples(
            "gonets connector test acme",
            """gonets connector test acme --reply '200 {"ok": true, "id": 17}' --reply '429'""",
            "gonets connector test acme --really --to 79031234567",
        ),
    )(trying.try_out)
    costs.register(group)
    app.add_typer(group, name="connector", rich_help_panel=panel)


def _settings(kind: ConnectorKind, written: dict[str, str]) -> dict[str, int | float | str | bool]:
    """What was written, as what its kind makes of it. Raises CommandRefused."""
    from gonets.model.links import LINK_MEANINGS, LinkSettings, parted

    wanted = settings_of(kind)
    whose, secrets = _ASKED_FOR.get(kind, ("", ()))
    if whose in written and not any(secret in written for secret in secrets):
        label = secrets[0].replace("_", " ").capitalize()
        written[secrets[0]] = str(typer.prompt(f"{label} of {written[whose]}", hide_input=True))
    try:
        common, own = parted(written)
        read = msgspec.to_builtins(msgspec.convert(own, wanted, strict=False))
        read |= msgspec.to_builtins(msgspec.convert(common, LinkSettings, strict=False))
    except msgspec.ValidationError as error:
        known = ", ".join((*wanted.__struct_fields__, *LINK_MEANINGS))
        raise CommandRefused(f"{error}; the settings of {_a(kind)} are {known}") from None
    return {name: read[name] for name in written}


def _a(kind: ConnectorKind) -> str:
    return "a simulator" if kind is ConnectorKind.SIMULATOR else f"an {kind.value} link"


_ASKED_FOR: Final[dict[ConnectorKind, tuple[str, tuple[str, ...]]]] = {
    ConnectorKind.SMPP: ("system_id", ("password",)),
    ConnectorKind.SMTP: ("login", ("password",)),
    ConnectorKind.MFMS: ("client", ("password",)),
    ConnectorKind.OSONSMS: ("login", ("pass_salt_hash", "token")),
    ConnectorKind.SMS2: ("user", ("password",)),
    ConnectorKind.SMSCLUB: ("user", ("password",)),
}
"""Where the setting with this name is given and none of these secrets is, the first of them is asked for."""


def _explain(kind: ConnectorKind) -> None:
    from gonets.app import kinds
    from gonets.model.links import LINK_MEANINGS, LinkSettings

    rows = []
    for wanted, meanings in (
        (settings_of(kind), kinds.meanings_of(kind.value)),
        (LinkSettings, LINK_MEANINGS),
    ):
        usual = dict(zip(wanted.__struct_fields__[::-1], wanted.__struct_defaults__[::-1], strict=False))
        for name in wanted.__struct_fields__:
            default = usual.get(name, msgspec.NODEFAULT)
            shown = "" if default is msgspec.NODEFAULT else json_of(default)
            rows.append((name, shown, meanings.get(name, "")))
    show_table((Column("setting"), Column("default"), Column("is", wrap=True)), rows, "Nothing can be set.")


def json_of(value: object) -> str:
    """A default as it is written on the command line."""
    return str(msgspec.to_builtins(value)).lower() if isinstance(value, bool) else str(value)


def _switch(name: str, enabled: bool, config: Path | None, data: Path | None) -> None:
    from gonets.stores import settings

    with changing(find_config(config, data)) as connection:
        settings.enable_connector(connection, name, enabled)
    say(
        f"Connector {name} is {'on' if enabled else 'off'}; a running gateway follows within seconds.",
        "green",
    )
