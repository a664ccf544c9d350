"""The command line. Each command group has its module here; what they share is `console`, `place` and `given`.

A command loads the store, the servers and whatever else is heavy only when it runs, so that help comes at once.
Expected errors become one sentence on the error output in `guard`, and nowhere else.
"""

from collections.abc import Callable
from typing import Final

import typer

from gonets.cli import (
    account,
    base,
    bench,
    campaign,
    cancel,
    connector,
    demo,
    explain,
    inbound,
    ledger,
    message,
    number,
    phones,
    platform,
    process,
    route,
    send,
    sender,
    smpp,
    smsc,
    stop,
    tariff,
    word,
)
from gonets.cli.given import examples
from gonets.cli.guard import Guarded

_ROOMS: Final[dict[str, tuple[Callable[[typer.Typer, str], None], ...]]] = {
    "Run": (process.register, demo.register, bench.register, smsc.register),
    "Messages": (
        send.register,
        explain.register,
        message.register,
        cancel.register,
        inbound.register,
        phones.register,
        smpp.register,
    ),
    "Campaigns": (base.register, campaign.register),
    "Accounts": (account.register, sender.register, tariff.register, ledger.register),
    "Stop lists": (stop.register, word.register),
    "Network": (connector.register, route.register, number.register),
    "Everything": (platform.register,),
}
"""The panels of the help text, and what puts commands into them."""

app = typer.Typer(
    name="gonets",
    cls=Guarded,
    help="Gonets, an SMS gateway: the server, and all that is set and asked about it.",
    epilog=examples("gonets demo", "gonets init && gonets serve", "gonets account add --help"),
    rich_markup_mode="rich",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for panel, registers in _ROOMS.items():
    for register in registers:
        register(app, panel)
