"""`gonets smsc` as a person calls it: its options, what it says when it listens, and its counters at the end."""

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli.console import CommandFailed, CommandRefused, say, write_json
from gonets.cli.given import examples
from gonets.cli.smsc.faults import Faults, HexLetters, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonets.cli.smsc.network import Counts, Said

_FAULTS: Final = "Faults"
_IDS: Final = "Ids and receipts"


class Listening(msgspec.Struct, frozen=True):
    """Where it listens, as scripts read it: one line, before anything else."""

    host: str
    port: int
    system_id: str
    """Empty: any."""


def register(app: typer.Typer, panel: str) -> None:
    """Add the command to the command line."""
    shown = examples(
        "gonets smsc",
        "gonets smsc --port 2775 --system-id shop --password secret",
        "gonets smsc --throttle 0.2 --lose 0.01 --delay 0.05 --seed 7",
        "gonets smsc --hex-ids upper --zeros --receipts-first",
        "gonets smsc --port 0 --json --journal got.jsonl",
        "gonets smsc --say '79031234567 4242 Hello'",
    )
    app.command("smsc", rich_help_panel=panel, epilog=shown)(smsc)


def smsc(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0: any free port.")] = 2775,
    host: Annotated[str, typer.Option(help="And at which address.")] = "127.0.0.1",
    system_id: Annotated[
        str, typer.Option(help="Binds must have it; without it any will do.", show_default=False)
    ] = "",
    password: Annotated[
        str, typer.Option(help="Binds must have it; without it any will do.", show_default=False)
    ] = "",
    window: Annotated[
        int, typer.Option(min=1, help="Unanswered messages of a session; one more gets ESME_RMSGQFUL.")
    ] = 10_000,
    throttle: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Share of messages answered ESME_RTHROTTLED.", rich_help_panel=_FAULTS
        ),
    ] = 0.0,
    nack: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Share of messages answered by generic_nack.", rich_help_panel=_FAULTS
        ),
    ] = 0.0,
    drop: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Share of messages not taken: the connection ends instead of the answer.",
            rich_help_panel=_FAULTS,
        ),
    ] = 0.0,
    drop_after: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Share of messages after whose answer the connection ends.",
            rich_help_panel=_FAULTS,
        ),
    ] = 0.0,
    lose: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Share of messages that are taken and never answered.", rich_help_panel=_FAULTS
        ),
    ] = 0.0,
    delay: Annotated[
        float, typer.Option(min=0, help="Seconds from a message to its answer.", rich_help_panel=_FAULTS)
    ] = 0.0,
    unknown_tlvs: Annotated[
        bool,
        typer.Option(
            "--unknown-tlvs",
            help="Answers and receipts have optional parameters that nobody knows.",
            rich_help_panel=_FAULTS,
        ),
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option(
            help="Make chance and ids the same in each run; ids begin at 1000001.",
            rich_help_panel=_FAULTS,
            show_default=False,
        ),
    ] = None,
    hex_ids: Annotated[
        HexLetters | None,
        typer.Option(
            help="Ids are hexadecimal in answers and decimal in receipts.",
            rich_help_panel=_IDS,
            show_default=False,
        ),
    ] = None,
    zeros: Annotated[
        bool,
        typer.Option("--zeros", help="Ids in receipts have leading zeros, 20 digits.", rich_help_panel=_IDS),
    ] = False,
    long_ids: Annotated[
        bool, typer.Option("--long-ids", help="Ids have 64 characters.", rich_help_panel=_IDS)
    ] = False,
    receipts: Annotated[
        bool,
        typer.Option("--receipts/--no-receipts", help="Send those that are asked for.", rich_help_panel=_IDS),
    ] = True,
    receipt_delay: Annotated[
        float, typer.Option(min=0, help="Seconds from an answer to its receipt.", rich_help_panel=_IDS)
    ] = 0.1,
    receipts_first: Annotated[
        bool,
        typer.Option("--receipts-first", help="Receipts come before the answer.", rich_help_panel=_IDS),
    ] = False,
    receipts_twice: Annotated[
        bool, typer.Option("--receipts-twice", help="Each receipt comes twice.", rich_help_panel=_IDS)
    ] = False,
    say_text: Annotated[
        list[str] | None,
        typer.Option(
            "--say",
            metavar="'FROM TO TEXT'",
            help="A phone sends this to the first client that can hear it, a long text in parts.",
            show_default=False,
        ),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write what it gets here, as JSON lines; what was in the file is lost.",
            rich_help_panel="Output",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Say where it listens as one line of JSON.", rich_help_panel="Output"),
    ] = False,
) -> None:
    """Be an SMSC to test SMPP clients with, until Ctrl-C or SIGTERM; its counters are printed then, as JSON.

    It takes messages to every recipient at no charge, and sends the receipts that are asked for. What becomes of one
    is said by the last digits of its recipient, as `gonets phones --magic` lists them; what goes wrong by chance, by
    the options below. Nothing has to be prepared, and nothing is left behind but the journal.
    """
    faults = Faults(
        throttle=throttle,
        nack=nack,
        drop=drop,
        drop_after=drop_after,
        lose=lose,
        delay=delay,
        receipt_delay=receipt_delay,
        receipts=receipts,
        receipts_first=receipts_first,
        receipts_twice=receipts_twice,
        hex_ids=hex_ids,
        zeros=zeros,
        long_ids=long_ids,
        unknown_tlvs=unknown_tlvs,
        seed=seed,
    )
    if shares(faults) > 1:
        raise CommandRefused("the shares come to more than 1; a message has one fate")
    if long_ids and (hex_ids is not None or zeros):
        raise CommandRefused("--long-ids goes without --hex-ids and --zeros")
    import uvloop

    from gonets.cli.smsc.saying import said_of

    said = [each for text in say_text or () for each in said_of(text)]
    write_json(
        uvloop.run(_serve(faults, Listening(host, port, system_id), password, window, journal, as_json, said))
    )


async def _serve(
    faults: Faults,
    wanted: Listening,
    password: str,
    window: int,
    file: Path | None,
    as_json: bool,
    said: "Sequence[Said]",
) -> "Counts":
    """Until the process is asked to stop. Raises CannotListen, CommandFailed, and OSError for the journal."""
    import asyncio

    from gonets.cli.smsc.journal import Journal
    from gonets.cli.smsc.network import Network
    from gonets.cli.smsc.server import listening

    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    journal = None if file is None else Journal(file)
    network = Network(faults, journal, (wanted.system_id, password), said)
    try:
        async with listening(network, wanted.host, wanted.port, window) as port:
            _tell_where(msgspec.structs.replace(wanted, port=port), as_json)
            stop = asyncio.create_task(stopping.wait())
            await asyncio.wait((stop, network.failed), return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
    finally:
        if journal is not None:
            journal.close()
    if network.failed.done():
        raise CommandFailed(f"cannot write {file}: {network.failed.exception()}")
    return network.counts


def _tell_where(where: Listening, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(where).decode() + "\n")
    else:
        who = f"system_id {where.system_id}" if where.system_id else "any system_id and password"
        say(f"An SMSC listens on {where.host} port {where.port} for {who}. Ctrl-C stops it.")
    sys.stdout.flush()
