"""`gonets serve`, `init`, `check-config` and `version`: the process itself."""

import platform
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from gonets import __version__
from gonets.cli import given
from gonets.cli.console import (
    CommandRefused,
    JsonOption,
    own_name,
    say,
    show_facts,
    show_line,
    warn,
    write_json,
)
from gonets.cli.place import CONFIG_NAME, ConfigOption, DataOption, find_config
from gonets.cli.template import CONFIG_TEXT

if TYPE_CHECKING:
    from gonets.app import Gateway
    from gonets.config import Config


class VersionFacts(msgspec.Struct, frozen=True):
    """What runs here, as scripts read it."""

    version: str
    python: str


class ConfigFacts(msgspec.Struct, frozen=True):
    """The settings as scripts read them."""

    data: str
    store: str
    listen: dict[str, str | int]
    log: dict[str, str | bool]


def serve(config: ConfigOption = None, data: DataOption = None) -> None:
    """Run the gateway until SIGTERM or Ctrl-C; both stop it without losing anything.

    A gateway writes its log to the standard error and shows /healthz and /readyz on the admin port.
    """
    import uvloop

    from gonets.app import run_gateway
    from gonets.cli.logs import open_log

    place = find_config(config, data)
    open_log(place.log)
    uvloop.run(run_gateway(place, _told_where if sys.stderr.isatty() else None))


def init(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Where it shall live.")] = Path(),
) -> None:
    """Begin a gateway: write gonets.toml with all its defaults, make the store, and say what to do next."""
    from gonets.config import read_config
    from gonets.stores.store import open_database

    file = folder / CONFIG_NAME
    if file.exists():
        raise CommandRefused(f"{file} is there already; `gonets check-config` reads it")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(CONFIG_TEXT, encoding="utf-8")
    config = read_config(file)
    open_database(config.store_url).dispose()
    gonets = own_name()
    where = "" if folder == Path() else f" --data {shlex.quote(str(folder))}"
    say(f"Wrote {file}, and made the store in {config.folder}.", "green")
    say("What to do next:")
    for line, why in (
        (f"{gonets} connector add sim --kind simulator{where}", "a network of simulated phones"),
        (f"{gonets} route add everything --connector sim{where}", "all numbers go there"),
        (f"{gonets} tariff set standard 0.05{where}", "the price of a part"),
        (f"{gonets} account add shop --login shop --any-sender --topup 100{where}", "somebody who sends"),
        (f"{gonets} serve{where}", "and here it runs"),
    ):
        show_line(line, why)


def check_config(as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """Read the settings, and the files they name, without starting anything."""
    place = find_config(config, data)
    for file in filter(None, (place.tls.certificate, place.tls.key)):
        try:
            Path(file).read_bytes()
        except OSError as error:
            raise CommandRefused(f"cannot read {file}: {error.strerror} - at `$.tls`") from None
    listen = msgspec.structs.asdict(place.listen)
    if as_json:
        log = msgspec.structs.asdict(place.log)
        write_json(ConfigFacts(str(place.folder.resolve()), _without_password(place), listen, log))
        return
    say("The settings are right.", "green")
    show_facts(
        (
            ("data folder", str(place.folder.resolve())),
            ("store", _without_password(place)),
            ("HTTP", _door(place.listen.bind, place.listen.http)),
            ("HTTPS", _door(place.listen.bind, place.listen.http_tls)),
            ("MFMS", _door(place.listen.bind, place.listen.mfms)),
            ("MFMS over TLS", _door(place.listen.bind, place.listen.mfms_tls)),
            ("admin", _door(place.listen.admin_bind, place.listen.admin)),
            ("certificate", place.tls.certificate or "self-signed, in the data folder"),
            ("log", f"{place.log.level}, {'JSON' if place.log.json else 'lines for people'}"),
        )
    )


def version(as_json: JsonOption = False) -> None:
    """Show which version this is."""
    if as_json:
        write_json(VersionFacts(__version__, platform.python_version()))
    else:
        typer.echo(f"gonets {__version__} (Python {platform.python_version()})")


def register(app: typer.Typer, panel: str) -> None:
    """Put the commands under the topmost one."""
    app.command(
        "serve",
        epilog=given.examples("gonets serve", "gonets serve --config /etc/gonets/gonets.toml"),
        rich_help_panel=panel,
    )(serve)
    app.command(
        "init", epilog=given.examples("gonets init", "gonets init /srv/gonets"), rich_help_panel=panel
    )(init)
    app.command(
        "check-config",
        epilog=given.examples("gonets check-config --config gonets.toml"),
        rich_help_panel=panel,
    )(check_config)
    app.command("version", rich_help_panel=panel)(version)


def _told_where(gateway: "Gateway") -> None:
    """For a person who starts it by hand; a log has the same."""
    ports = ", ".join(f"{name} {port}" for name, port in gateway.ports.items())
    warn(f"Gonets {__version__} listens: {ports}. Ctrl-C stops it.")


def _door(host: str, port: int) -> str:
    match port:
        case -1:
            return "off"
        case 0:
            return f"{host}, any free port"
        case _:
            return f"{host} port {port}"


def _without_password(config: "Config") -> str:
    """The store's URL as it may be shown."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(config.store_url).render_as_string(hide_password=True)
    except ArgumentError:
        raise CommandRefused("the store's URL cannot be read; write it like sqlite:///gonets.db") from None
