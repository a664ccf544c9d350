"""The command line. Each command group has its module here; what they share is `console`, `place` and `given`.

A command loads the store, the servers and whatever else is heavy only when it runs, so that help comes at once.
Expected errors become one sentence on the error output in `guard`, and nowhere else.
"""

import typer

from gonets.cli import account, connector, demo, ledger, message, phones, process, route, send, sender, tariff
from gonets.cli.given import examples
from gonets.cli.guard import Guarded

_PANELS = ("Run", "Messages", "Accounts", "Network")

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
process.register(app, _PANELS[0])
demo.register(app, _PANELS[0])
send.register(app, _PANELS[1])
message.register(app, _PANELS[1])
phones.register(app, _PANELS[1])
for group in (account, sender, ledger, tariff):
    group.register(app, _PANELS[2])
for group in (route, connector):
    group.register(app, _PANELS[3])
