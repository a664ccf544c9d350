"""`gonets demo`: a whole gateway with simulated phones, and a first message through every protocol.

Nothing leaves the machine. The data folder is an ordinary one: `gonets serve --data` runs it too.
"""
# ruff: noqa: PLC0415  (what a command needs is loaded when the command runs)

import shlex
import tempfile
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer
from rich.text import Text

import gonets
from gonets.cli import given
from gonets.cli.console import (
    FAILED,
    Column,
    CommandFailed,
    CommandRefused,
    JsonOption,
    complain,
    say,
    screen,
    show_table,
    waiting,
    write_json,
)
from gonets.cli.place import CONFIG_NAME

if TYPE_CHECKING:
    from gonets.cli.demo_show import Doors, Shown
    from gonets.config import Config

FOLDER: Final = Path("gonets-demo")
"""Where the demo lives unless told otherwise; kept between runs."""

_HEADING: Final = "# Written by `gonets demo` at each start.\n"
_INTERRUPTED: Final = 130


class PortsChoice(StrEnum):
    """Where to listen."""

    DEFAULT = "default"
    AUTO = "auto"


def demo(
    once: Annotated[bool, typer.Option("--once", help="Show the messages and stop; exits with 0 if all went well.")] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            "-d",
            metavar="FOLDER",
            help=f"Where it lives; else {FOLDER}, with --once a temporary folder.",
            show_default=False,
        ),
    ] = None,
    ports: Annotated[PortsChoice, typer.Option("--ports", help="auto: free ones.")] = PortsChoice.DEFAULT,
    bind: Annotated[str, typer.Option("--bind", help="The address to listen on.")] = "127.0.0.1",
    store: Annotated[str, typer.Option("--store", metavar="URL", help="Another store than SQLite in the folder.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Run a gateway with a demo account and simulated phones, and send a first message through every protocol.

    Each message is shown as the [bold]curl[/bold] line that sends it, with the status it should end in and the one it got.
    """
    temporary = tempfile.TemporaryDirectory(prefix="gonets-demo-") if once and data is None else None
    with temporary or nullcontext(str(data or FOLDER)) as folder:
        config = _config(Path(folder), ports, bind, store)
        _write_config(config, Path(folder))
        raise typer.Exit(_run(config, Path(folder), once, as_json))


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under the topmost one."""
    app.command(
        "demo",
        epilog=given.examples("gonets demo", "gonets demo --once --ports auto", "gonets demo --data /srv/gonets-demo"),
        rich_help_panel=panel,
    )(demo)


# ---- getting ready


def _config(folder: Path, ports: PortsChoice, bind: str, store: str) -> "Config":
    """The settings of the demo: quick retries, and a quiet log for people."""
    from gonets.config import Config, FlowConfig, ListenConfig, LogConfig, StoreConfig

    listen = ListenConfig(bind=bind)
    if ports is PortsChoice.AUTO:
        listen = ListenConfig(bind=bind, mfms=0, mfms_tls=0, admin=0)
    return Config(
        data=str(folder.resolve()),
        store=StoreConfig(store),
        listen=listen,
        flow=FlowConfig(tries=6, first_retry_seconds=0.2),
        log=LogConfig(level="warning", json=False),
    )


def _write_config(config: "Config", folder: Path) -> None:
    """So that other commands find the demo with `--data`. Raises CommandRefused for a folder that is not the demo's."""
    from gonets.config import Config

    file = folder / CONFIG_NAME
    if file.exists() and not file.read_text(encoding="utf-8").startswith(_HEADING):
        raise CommandRefused(f"{file} is not the demo's; choose another folder with --data")
    folder.mkdir(parents=True, exist_ok=True)
    usual = msgspec.to_builtins(Config())
    lines = [_HEADING]
    for room, values in msgspec.to_builtins(config).items():
        if room != "data" and values != usual[room]:
            lines.append(f"\n[{room}]\n")
            lines += [
                f"{key} = {msgspec.json.encode(value).decode()}\n"
                for key, value in values.items()
                if value != usual[room][key]
            ]
    file.touch(mode=0o600)
    file.write_text("".join(lines), encoding="utf-8")


def _set_up(config: "Config") -> None:
    from datetime import UTC, datetime

    from gonets.cli.demo_data import set_up
    from gonets.cli.place import changing

    with changing(config) as connection:
        set_up(connection, datetime.now(UTC))


# ---- running


def _run(config: "Config", folder: Path, once: bool, as_json: bool) -> int:
    """Run it; returns the exit code."""
    import uvloop

    from gonets.cli.logs import open_log
    from gonets.servers.http import CannotListen

    open_log(config.log)
    if not as_json:
        say(f"Gonets {gonets.__version__}, the demo. It lives in {folder} and calls nobody outside.", "bold")
    try:
        return uvloop.run(_serve(config, folder, once, as_json))
    except CannotListen as error:
        raise CommandFailed(f"{error}. `gonets demo --ports auto` takes free ones") from None


async def _serve(config: "Config", folder: Path, once: bool, as_json: bool) -> int:
    import asyncio
    import signal

    from gonets.app import Gateway
    from gonets.cli.demo_data import SHOWS
    from gonets.cli.demo_show import Doors, demonstrate

    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await asyncio.to_thread(_set_up, config)
    gateway = Gateway(config)
    await gateway.start()
    try:
        doors = Doors(
            _host(config.listen.bind), gateway.ports["mfms"], gateway.ports["mfms_tls"], folder / "tls-cert.pem"
        )
        if not as_json:
            _tell_ports(gateway.ports)
        with waiting("Sending ...") as spinner:

            def on_left(left: int) -> None:
                if hasattr(spinner, "update"):
                    spinner.update(f"Waiting for {left} of {len(SHOWS)} to get where they should ...")

            on_sent = (lambda shown: None) if as_json else _tell_sent(len(SHOWS))
            showing = asyncio.create_task(demonstrate(SHOWS, doors, gateway.clock, on_sent, on_left))
            interrupted = asyncio.create_task(stopping.wait())
            await asyncio.wait((showing, interrupted), return_when=asyncio.FIRST_COMPLETED)
        if not showing.done():
            showing.cancel()
            return _INTERRUPTED
        told = showing.result()
        _tell_outcome(told, as_json)
        if not once:
            if not as_json:
                _tell_more(doors, folder, told, gateway.ports["admin"])
            await stopping.wait()
            return 0
        return 0 if all(shown.ok for shown in told) else FAILED
    finally:
        await gateway.stop()


def _host(bind: str) -> str:
    """The address that reaches a listener, as it stands in a URL."""
    local = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(bind, bind)
    return f"[{local}]" if ":" in local else local
