"""The command `gonets demo`: what it writes, starts, prints and leaves behind.

Nothing leaves the machine. The data folder is an ordinary one: `gonets serve --data` runs it too.
"""

import shlex
import tempfile
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets import __version__
from gonets.cli import given
from gonets.cli.console import (
    FAILED,
    Column,
    CommandFailed,
    CommandRefused,
    JsonOption,
    Styled,
    complain,
    own_name,
    say,
    show_line,
    show_table,
    waiting,
    write_json,
)
from gonets.cli.place import CONFIG_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonets.cli.demo.doors import Doors
    from gonets.cli.demo.showing import Show
    from gonets.cli.demo.tour import Shown, Tour
    from gonets.config import Config
    from gonets.ports.clock import Clock

FOLDER: Final = Path("gonets-demo")
"""Where the demo lives unless told otherwise; kept between runs."""

_HEADING: Final = "# Written by `gonets demo` at each start.\n"
_INTERRUPTED: Final = 130
_SILENT: Final = (0, 1, 200)
"""Statuses that go without saying: of those of `gonets smpp` its words tell."""


class PortsChoice(StrEnum):
    """Where to listen."""

    DEFAULT = "default"
    AUTO = "auto"


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Show the messages and stop; exits with 0 if all went well.")
    ] = False,
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
    store: Annotated[
        str, typer.Option("--store", metavar="URL", help="Another store than SQLite in the folder.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Run a gateway with demo accounts and simulated phones, and send a first message through every protocol.

    Each request is shown as the line that sends it, of [bold]curl[/bold] or [bold]gonets smpp[/bold], with what is
    answered, and in the end with the status that its message should end in and the one it got.
    """
    temporary = tempfile.TemporaryDirectory(prefix="gonets-demo-") if once and data is None else None
    with temporary or nullcontext(str(data or FOLDER)) as folder:
        _check_folder(Path(folder))
        config = _config(Path(folder), ports, bind, store)
        raise typer.Exit(_run(config, Path(folder), once, as_json))


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under the topmost one."""
    app.command(
        "demo",
        epilog=given.examples(
            "gonets demo", "gonets demo --once --ports auto", "gonets demo --data /srv/gonets-demo"
        ),
        rich_help_panel=panel,
    )(demo)


# ---- getting ready


def _config(folder: Path, ports: PortsChoice, bind: str, store: str) -> "Config":
    """The settings of the demo: quick retries, and a quiet log for people."""
    from gonets.config import Config, FlowConfig, ListenConfig, LogConfig, PushConfig, StoreConfig

    listen = ListenConfig(bind=bind)
    if ports is PortsChoice.AUTO:
        listen = ListenConfig(
            bind=bind,
            http=0,
            http_tls=0,
            mfms=0,
            mfms_tls=0,
            admin=0,
            smpp=0,
            smpp_smsc=0,
            smpp_smsclub=0,
            smpp_tls=0,
        )
    return Config(
        data=str(folder.resolve()),
        store=StoreConfig(store),
        listen=listen,
        flow=FlowConfig(tries=6, first_retry_seconds=0.2, failed_logins=False),
        push=PushConfig(("127.0.0.0/8", "::1/128")),
        log=LogConfig(level="warning", json=False),
    )


def _check_folder(folder: Path) -> None:
    """Raises CommandRefused for a folder whose config file is somebody's own."""
    file = folder / CONFIG_NAME
    if file.exists() and not file.read_text(encoding="utf-8").startswith(_HEADING):
        raise CommandRefused(f"{file} is not the demo's; choose another folder with --data")
    folder.mkdir(parents=True, exist_ok=True)


def _write_config(config: "Config", ports: dict[str, int]) -> None:
    """So that other commands find the demo with `--data`: its settings with the ports that it has."""
    from gonets.config import Config

    listen = msgspec.structs.replace(config.listen, **ports)
    usual = msgspec.to_builtins(Config())
    lines = [_HEADING]
    for room, values in msgspec.to_builtins(msgspec.structs.replace(config, listen=listen)).items():
        if room != "data" and values != usual[room]:
            lines.append(f"\n[{room}]\n")
            lines += [
                f"{key} = {msgspec.json.encode(value).decode()}\n"
                for key, value in values.items()
                if value != usual[room][key]
            ]
    file = config.folder / CONFIG_NAME
    file.touch(mode=0o600)
    file.write_text("".join(lines), encoding="utf-8")


def _set_up(config: "Config") -> None:
    """Put the accounts and all else into the store, and what is attached to messages into the folder."""
    from datetime import UTC, datetime

    from gonets.cli.demo.house import set_up
    from gonets.cli.demo.pictures import LETTER
    from gonets.cli.place import changing
    from gonets.flow.vault import open_vault

    (config.folder / LETTER.name).write_bytes(LETTER.octets)
    vault = open_vault(config.key_file)
    with changing(config) as connection:
        set_up(connection, vault, datetime.now(UTC))


# ---- running


def _run(config: "Config", folder: Path, once: bool, as_json: bool) -> int:
    """Run it; returns the exit code."""
    import uvloop

    from gonets.cli.logs import open_log
    from gonets.servers.sockets import CannotListen

    open_log(config.log)
    if not as_json:
        say(f"Gonets {__version__}, the demo. It lives in {folder} and calls nobody outside.", "bold")
    try:
        return uvloop.run(_serve(config, folder, once, as_json))
    except CannotListen as error:
        raise CommandFailed(f"{error}. `gonets demo --ports auto` takes free ones") from None


async def _serve(config: "Config", folder: Path, once: bool, as_json: bool) -> int:
    """Start the gateway, show the messages, and stay until a signal or, with `once`, stop."""
    import asyncio
    import signal

    from gonets.app import Gateway
    from gonets.cli.demo.doors import Doors

    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await asyncio.to_thread(_set_up, config)
    gateway = Gateway(config)
    await gateway.start()
    try:
        ports = gateway.ports
        _write_config(config, ports)
        doors = Doors(_host(config.listen.bind), ports, folder, own_name())
        if not as_json:
            say("It listens: " + ", ".join(f"{name} {port}" for name, port in ports.items()) + ".")
        showing = asyncio.create_task(_show(doors, gateway.clock, as_json))
        interrupted = asyncio.create_task(stopping.wait())
        await asyncio.wait((showing, interrupted), return_when=asyncio.FIRST_COMPLETED)
        if not showing.done():
            showing.cancel()
            return _INTERRUPTED
        told = showing.result()
        if once:
            return 0 if all(shown.ok for shown in told) else FAILED
        if not as_json:
            _tell_more(folder, told, ports["admin"])
        await stopping.wait()
        return 0
    finally:
        await gateway.stop()


async def _show(doors: "Doors", clock: "Clock", as_json: bool) -> "Sequence[Shown]":
    """Send the messages, wait for their statuses, and print both."""
    from gonets.cli.demo.shows import SHOWS
    from gonets.cli.demo.tour import Tour
    from gonets.connectors.simulator.phones import read_phones

    tour = Tour(doors, clock, lambda: read_phones(doors.folder / "phones"))
    for show in SHOWS:
        if not show.late:
            await _show_one(tour, show, as_json)
    with waiting("Waiting for their statuses ...") as tell:
        await tour.watch(lambda left: tell(f"Waiting for {left} of them to end ..."))
    for show in SHOWS:
        if show.late:
            await _show_one(tour, show, as_json)
    if as_json:
        write_json(tour.told)
    else:
        _tell_outcome(tour.told)
    return tour.told


# ---- told


async def _show_one(tour: "Tour", show: "Show", as_json: bool) -> None:
    """Send one, and print it with what was answered."""
    shown = await tour.send(show)
    if as_json:
        return
    say(f"\n{len(tour.told)}. {shown.protocol}: {shown.what}", "bold")
    say(shown.line)
    status = "" if shown.status in _SILENT else f"{shown.status} "
    for line in shown.answer.splitlines() or [""]:
        say(f"   {status}{line}", "dim")
        status = ""


def _tell_outcome(told: "Sequence[Shown]") -> None:
    columns = (
        Column("no.", right=True),
        Column("protocol"),
        Column("what", wrap=True),
        Column("id", right=True),
        Column("expected", wrap=True),
        Column("got", wrap=True),
        Column("ok"),
    )
    rows = (
        (
            str(number),
            shown.protocol,
            shown.what,
            "–".join(dict.fromkeys((shown.ids[0], shown.ids[-1]))) if shown.ids else "",
            shown.expected,
            Styled(shown.got or "nothing", "" if shown.ok else "red"),
            Styled("yes", "green") if shown.ok else Styled("NO", "bold red"),
        )
        for number, shown in enumerate(told, start=1)
    )
    say()
    show_table(columns, rows)
    wrong = sum(not shown.ok for shown in told)
    if wrong:
        complain(f"{wrong} of {len(told)} did not go as expected")
    else:
        say(f"All {len(told)} went as expected.", "green")


def _tell_more(folder: Path, told: "Sequence[Shown]", admin: int) -> None:
    """What to try next, each a line to copy."""
    from gonets.cli.demo.house import MFMS_LOGIN, OSON_LOGIN

    gonets, where = own_name(), f"--data {shlex.quote(str(folder))}"
    to = "79031230001"
    first = next((shown.ids[0] for shown in told if shown.ids), "1001")
    say("\nTry it yourself, in another terminal:", "bold")
    for line, why in (
        (told[0].line, "send a message; every line above can be repeated"),
        (f"curl http://127.0.0.1:{admin}/readyz", "ask whether the gateway is well; /metrics counts"),
        (f"{gonets} send {where} -a {MFMS_LOGIN} --from Me --to {to} --text Hi --wait 5", "send from here"),
        (f"{gonets} messages {where}", "all that was sent"),
        (f"{gonets} message {where} {first}", "one of them, with its parts"),
        (f"{gonets} phones {where} {to}", "what a simulated phone got"),
        (f"{gonets} phones --magic", "numbers that end badly, and how"),
        (f"{gonets} account list {where}", "who may send, through which protocol, and what is left"),
        (f"{gonets} account show {where} {OSON_LOGIN}", "one of them"),
        (f"{gonets} ledger check {where}", "prove that the money adds up"),
    ):
        show_line(line, why)
    say("\nCtrl-C stops it; what is in the folder stays.", "bold")


def _host(bind: str) -> str:
    """The address that reaches a listener, as it stands in a URL."""
    local = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(bind, bind)
    return f"[{local}]" if ":" in local else local
