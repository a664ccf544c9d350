"""`gonets bench`: how much a gateway bears, measured the whole way, and whether it kept what it promised.

It prints one JSON object (`cli.measure.Measured` or `Compared`) and nothing else; what goes wrong is a sentence on
the error output. Refused: a data folder that holds anything.

The exit code is 1 when it could not be measured, and when a message was refused, lost or sent twice or the ledger
does not add up: the speed of a gateway that breaks its promises is no speed.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from gonets.cli.console import FAILED, CommandRefused, write_json
from gonets.cli.given import examples
from gonets.cli.talk import Progress, Upstream, Wire

if TYPE_CHECKING:
    from gonets.cli.measure import Measured, Wanted


_HALF_LOAD_S = 10.0
"""How long half of the load is offered at least."""


def register(app: typer.Typer, panel: str) -> None:
    """Add the command to the command line."""
    shown = examples(
        "gonets bench",
        "gonets bench --half",
        "gonets bench --protocol smpp --upstream smpp",
        "gonets bench --links 2 --webhook",
        "gonets bench --count 5000 --profile gateway.svg",
    )
    app.command("bench", rich_help_panel=panel, epilog=shown)(bench)


def bench(
    count: Annotated[int, typer.Option(min=1, help="Messages to send.")] = 20_000,
    connections: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1000,
            help="Connections of the client, over SMPP its sessions. [dim]\\[default: 64, over SMPP 4][/dim]",
            show_default=False,
        ),
    ] = None,
    window: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=10_000,
            help="Messages in flight in an SMPP session; over HTTP it is one request. [dim]\\[default: 100][/dim]",
            show_default=False,
        ),
    ] = None,
    rate: Annotated[
        float,
        typer.Option(min=0, help="Messages a second to offer; 0: the next goes when an answer has come."),
    ] = 0,
    protocol: Annotated[Wire, typer.Option(help="What the client speaks.")] = Wire.MFMS,
    upstream: Annotated[
        Upstream,
        typer.Option(help="What the gateway sends to: its own simulated network, or gonets smsc over SMPP."),
    ] = Upstream.SIMULATOR,
    per_request: Annotated[int, typer.Option(min=1, max=100, help="Messages in one request.")] = 1,
    push: Annotated[
        bool, typer.Option(help="Final statuses are pushed to the client, or polled by it at the end.")
    ] = True,
    webhook: Annotated[
        bool,
        typer.Option("--webhook", help="Final statuses are pushed as signed webhooks, not as MFMS does."),
    ] = False,
    links: Annotated[
        int, typer.Option(min=1, max=8, help="Links that share what is sent, each with phones of its own.")
    ] = 1,
    half: Annotated[
        bool, typer.Option("--half", help="Run once more, at half of the rate that was reached.")
    ] = False,
    rules: Annotated[
        bool,
        typer.Option("--rules", help="With a long stop list, many stop words and every guard of an account."),
    ] = False,
    compare_rules: Annotated[
        int, typer.Option(min=0, metavar="PAIRS", help="Run without and with rules in turn, so many times.")
    ] = 0,
    data: Annotated[
        Path | None,
        typer.Option(help="An empty folder to work in and keep; else a temporary one.", show_default=False),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds without news after which what is missing is lost.")
    ] = 30,
    profile: Annotated[
        Path | None,
        typer.Option(help="Write a profile of all threads of the gateway here.", show_default=False),
    ] = None,
) -> None:
    """Measure the whole way: from a client through a gateway to simulated phones and back.

    Prints one JSON object. A profile needs py-spy (`pip install py-spy`) and slows the gateway down; the file's name
    says its form: `.svg` a flame graph, `.json` for speedscope, any other folded stacks.
    """
    from gonets.cli.measure import Wanted
    from gonets.cli.tongues import MOST_IN_REQUEST

    most = MOST_IN_REQUEST[protocol]
    if per_request > most:
        raise CommandRefused(f"{protocol.value} takes {most} in a request at most; make --per-request less")
    if not push and protocol is not Wire.MFMS:
        raise CommandRefused("statuses are polled in mfms only; leave --no-push out")
    over_smpp = protocol is Wire.SMPP
    if webhook and (over_smpp or not push):
        raise CommandRefused("over SMPP, and with --no-push, nothing is pushed; leave --webhook out")
    if window is not None and not over_smpp:
        raise CommandRefused("--window is for SMPP; over HTTP one request is in flight on each connection")
    wanted = Wanted(
        count=count,
        connections=connections or (4 if over_smpp else 64),
        rate=rate,
        protocol=protocol,
        per_request=per_request,
        push=push,
        patience_s=timeout,
        rules=rules,
        window=(window or 100) if over_smpp else 1,
        upstream=upstream,
        webhook=webhook,
        links=links,
    )
    if compare_rules:
        if rules or half or profile is not None:
            raise CommandRefused("--compare-rules goes alone: leave --rules, --half and --profile out")
        _compare(wanted, compare_rules, data)
        return
    measured = _measure(wanted, data, profile)
    if half:
        rate = round(measured.accepted_per_s / 2, 1)
        count = max(wanted.count, round(rate * _HALF_LOAD_S))
        slower = msgspec.structs.replace(wanted, rate=rate, count=count)
        again = _measure(slower, None if data is None else data / "half", None)
        measured = msgspec.structs.replace(measured, half_load=again)
    write_json(measured)
    if not measured.kept:
        raise typer.Exit(FAILED)


def _measure(wanted: "Wanted", data: Path | None, profile: Path | None) -> "Measured":
    """One run on a fresh gateway. Raises CommandFailed, CommandRefused."""
    from gonets.cli.measure import measure

    with _folder(data) as folder, _bars(wanted.count) as show:
        return measure(wanted, folder, profile, show)


def _compare(wanted: "Wanted", pairs: int, data: Path | None) -> None:
    """Rounds without and with rules; every other pair the other way round, so that neither is always the first."""
    from gonets.cli.measure import Measured, compare

    measured: list[tuple[Measured, Measured]] = []
    for pair in range(pairs):
        found: dict[bool, Measured] = {}
        for ruled in (False, True) if pair % 2 == 0 else (True, False):
            name = f"{pair + 1}-{'with' if ruled else 'without'}"
            round_ = msgspec.structs.replace(wanted, rules=ruled)
            found[ruled] = _measure(round_, None if data is None else data / name, None)
        measured.append((found[False], found[True]))
    compared = compare(measured)
    write_json(compared)
    if not compared.kept:
        raise typer.Exit(FAILED)


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is None:
        with tempfile.TemporaryDirectory(prefix="gonets-bench-") as made:
            yield Path(made)
        return
    if data.exists() and any(data.iterdir()):
        raise CommandRefused(f"{data} is not empty; name a folder that is, or leave --data out")
    data.mkdir(parents=True, exist_ok=True)
    yield data


@contextmanager
def _bars(count: int) -> Iterator[Callable[[Progress], None]]:
    """Progress bars on the error output where it is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        answered = bars.add_task("answered", total=count)
        final = bars.add_task("final", total=count)

        def show(progress: Progress) -> None:
            bars.update(answered, completed=progress.answered)
            bars.update(final, completed=progress.final)

        yield show
