"""`gonets smpp` as a person calls it: options, lines and exit codes.

The exit code is 1 when there is no session, when a part is not taken, and where it is waited for receipts, when one is
missing or says that its part was not delivered.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import (
    FAILED,
    CommandRefused,
    JsonOption,
    complain,
    say,
    waiting,
    warn,
    write_json,
)
from gonets.cli.smpp.texts import Long

if TYPE_CHECKING:
    from gonets.cli.smpp.esme import Peer
    from gonets.cli.smpp.sending import Reported, Told

PASSWORD_VARIABLE: Final = "GONETS_SMPP_PASSWORD"

_PEER: Final = "The other side"

HostOption = Annotated[str, typer.Option("--host", help="Where it is.", rich_help_panel=_PEER)]
PortOption = Annotated[
    int, typer.Option("--port", min=1, max=65535, help="Where it listens.", rich_help_panel=_PEER)
]
SystemIdOption = Annotated[
    str, typer.Option("--system-id", help="The login.", rich_help_panel=_PEER, show_default=False)
]
PasswordOption = Annotated[
    str | None,
    typer.Option(
        "--password",
        envvar=PASSWORD_VARIABLE,
        help="Better left out: it is asked for, and not shown. - reads it.",
        rich_help_panel=_PEER,
        show_default=False,
    ),
]
TlsOption = Annotated[bool, typer.Option("--tls", help="Speak TLS.", rich_help_panel=_PEER)]
CacertOption = Annotated[
    Path | None,
    typer.Option(
        "--cacert",
        metavar="FILE",
        help="With --tls: trust this certificate (PEM), and none of the system's.",
        rich_help_panel=_PEER,
    ),
]
InsecureOption = Annotated[
    bool, typer.Option("--insecure", help="With --tls: trust any certificate.", rich_help_panel=_PEER)
]
TimeoutOption = Annotated[
    float,
    typer.Option(
        "--timeout",
        min=0.1,
        max=600,
        help="Seconds for the connection and each answer.",
        rich_help_panel=_PEER,
    ),
]


class ReceiptFacts(msgspec.Struct, frozen=True):
    """A receipt as scripts read it."""

    state: str
    """The specification's name of message_state; empty where it does not say."""
    error: int | None
    final: bool
    submitted: datetime | None
    done: datetime | None
    text: str
    """As it came."""
    tlvs: dict[str, int | str]
    """By their names in the specification, or their numbers; octets are hexadecimal."""


class PartFacts(msgspec.Struct, frozen=True):
    """A part as scripts read it."""

    number: int
    message_id: str
    """Empty where it was not taken."""
    command_status: str
    """By name; empty where there was no answer."""
    error: str
    """Why it was not taken."""
    receipt: ReceiptFacts | None
    """The last that came."""


class StandingFacts(msgspec.Struct, frozen=True):
    """Where a message stands, as scripts read it."""

    message_id: str
    message_state: str
    error_code: int
    final_date: datetime | None
    command_status: str
    error: str


def send(
    system_id: SystemIdOption,
    to: Annotated[str, typer.Option("--to", help="A number.", show_default=False)],
    text: Annotated[str, typer.Option("--text", "-t", help="What to say; - reads it.", show_default=False)],
    sender: Annotated[
        str, typer.Option("--from", "-f", help="The sender; without it the account's default.")
    ] = "",
    long: Annotated[
        Long,
        typer.Option(
            "--long",
            help="How a long text goes: cut, with a user data header (udh) or SAR parameters (sar), or whole in "
            "message_payload.",
        ),
    ] = Long.UDH,
    flash: Annotated[bool, typer.Option("--flash", help="Shown at once, and not kept.")] = False,
    wait: Annotated[
        float, typer.Option("--wait", "-w", min=0, help="Seconds to wait for receipts; 0: leave at once.")
    ] = 10.0,
    password: PasswordOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 2775,
    tls: TlsOption = False,
    cacert: CacertOption = None,
    insecure: InsecureOption = False,
    timeout: TimeoutOption = 10.0,
    as_json: JsonOption = False,
) -> None:
    """Send a text over SMPP 3.4, and print its message_id and the receipt.

    It binds as a transceiver, sends submit_sm in GSM 7-bit or, where the text needs it, in UCS-2, waits for the
    receipts, and unbinds. Text commands of a provider, such as [bold]__HLR__[/bold], are texts.

    Exits with 1 where a part is not taken, or while it waits not reported as delivered.
    """
    from gonets.cli.smpp import sending
    from gonets.cli.smpp.texts import submits

    if text == "-" == password:
        raise CommandRefused(f"only one can be read: put the password into {PASSWORD_VARIABLE}")
    requests = submits(
        sender, to, given.text_of(text), long=long, flash=flash, reference=secrets.randbelow(256)
    )
    peer = _peer(host, port, system_id, password, tls, cacert, insecure, timeout)
    told: list[Told] = []
    for each in sending.send(peer, requests, wait):
        told.append(each)
        if not as_json:
            _show(each)
    if as_json:
        write_json(_facts(told))
    if not sending.went_well(told):
        raise typer.Exit(FAILED)


def query(
    message_ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="As the SMSC gave them.", show_default=False)
    ],
    system_id: SystemIdOption,
    sender: Annotated[
        str, typer.Option("--from", "-f", help="The sender of the messages, where it is asked for.")
    ] = "",
    password: PasswordOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 2775,
    tls: TlsOption = False,
    cacert: CacertOption = None,
    insecure: InsecureOption = False,
    timeout: TimeoutOption = 10.0,
    as_json: JsonOption = False,
) -> None:
    """Ask an SMSC over SMPP 3.4 where messages stand."""
    from gonets.cli.smpp import sending

    peer = _peer(host, port, system_id, password, tls, cacert, insecure, timeout)
    with waiting(f"Talking to {peer.name} ..."):
        found = sending.query(peer, message_ids, sender)
    if as_json:
        write_json(
            [
                StandingFacts(
                    each.message_id,
                    each.state,
                    each.error_code,
                    each.final_at,
                    _status(each.command_status),
                    each.why,
                )
                for each in found
            ]
        )
    else:
        for each in found:
            if each.why:
                complain(each.line())
            else:
                say(each.line())
    if any(each.why for each in found):
        raise typer.Exit(FAILED)


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(help="Try an SMSC out over SMPP: this one, or any other.", no_args_is_help=True)
    group.command(
        "send",
        epilog=given.examples(
            "gonets smpp send --system-id plain --from Shop --to 79031234567 --text 'Hello'",
            "gonets smpp send --host smpp.example.net --port 3700 --system-id smsc --to 79031234567 --text 'Привет'",
            "gonets smpp send --tls --port 3443 --system-id smsc --to 79031234567 --text __HLR__ --json",
            "gonets smpp send --system-id plain --to 79031234567 --text - --long payload < letter.txt",
            "gonets smpp send --system-id plain --password - --to 79031234567 --text Hi --wait 0 < secret.txt",
        ),
    )(send)
    group.command(
        "query",
        epilog=given.examples(
            "gonets smpp query 1001 --system-id plain",
            "gonets smpp query 1001 1002 --port 3700 --system-id smsc --password - < secret.txt",
        ),
    )(query)
    app.add_typer(group, name="smpp", rich_help_panel=panel)


def _peer(
    host: str,
    port: int,
    system_id: str,
    password: str | None,
    tls: bool,
    cacert: Path | None,
    insecure: bool,
    timeout: float,
) -> "Peer":
    """Raises CommandRefused for options that do not go together."""
    from gonets.cli.smpp.esme import Peer

    if not tls and (cacert is not None or insecure):
        raise CommandRefused("--cacert and --insecure go with --tls")
    if cacert is not None and insecure:
        raise CommandRefused("give --cacert or --insecure, not both")
    if password is None:
        password = str(
            typer.prompt(f"Password of {system_id}", hide_input=True, default="", show_default=False)
        )
    return Peer(host, port, system_id, given.text_of(password), tls, cacert, insecure, timeout)


# ---- told


def _show(told: "Told") -> None:
    from gonets.cli.smpp.sending import Missing, NotTaken, PutOff, Reported, Taken

    match told:
        case Taken() | Reported():
            say(told.line())
        case NotTaken():
            complain(told.line())
        case Missing() | PutOff():
            warn(told.line())


def _facts(told: "Sequence[Told]") -> list[PartFacts]:
    """Each part with its last receipt."""
    from gonets.cli.smpp.sending import NotTaken, Reported, Taken

    receipts = {each.number: each for each in told if isinstance(each, Reported)}
    parts = []
    for each in told:
        match each:
            case Taken(number, _, message_id):
                parts.append(PartFacts(number, message_id, "ESME_ROK", "", _receipt(receipts.get(number))))
            case NotTaken(number, _, status, why):
                parts.append(PartFacts(number, "", _status(status), why, None))
            case _:
                continue
    return parts


def _receipt(told: "Reported | None") -> ReceiptFacts | None:
    if told is None:
        return None
    said = told.said
    return ReceiptFacts(
        "" if said.state is None else said.state.name,
        said.error,
        told.final,
        said.submitted,
        said.done,
        told.text,
        told.parameters(),
    )


def _status(command_status: int | None) -> str:
    from gonets.wire.smpp.codes import Status, named

    return "" if command_status is None else named(Status, command_status)
