"""`gonets sender`: the sender names that accounts may use."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import Column, CommandRefused, JsonOption, Styled, say, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.model.account import SenderState

AccountArgument = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="The account's name.", show_default=False)
]
SenderArgument = Annotated[str, typer.Argument(metavar="SENDER", help="The sender name.", show_default=False)]

_STYLES: Final = {SenderState.APPROVED: "green", SenderState.REQUESTED: "yellow", SenderState.REFUSED: "red"}


class SenderFacts(msgspec.Struct, frozen=True):
    """A registered sender as scripts read it."""

    account: str
    name: str
    state: str


def add(
    account: AccountArgument,
    name: SenderArgument,
    requested: Annotated[bool, typer.Option("--requested", help="Not yet approved.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Register a sender name for an account, approved at once."""
    from gonets.stores import settings

    if not 1 <= len(name) <= 15 or not name.isascii() or not name.isprintable() or not name.strip():
        raise CommandRefused(
            f"{name!r} cannot be a sender; it is 1 to 11 Latin letters and digits, or a number"
        )
    state = SenderState.REQUESTED if requested else SenderState.APPROVED
    with changing(find_config(config, data)) as connection:
        owner = settings.find_account(connection, account).id
        for _, known, is_now in settings.list_senders(connection, owner):
            if known.lower() == name.lower():
                raise CommandRefused(f"{account} has the sender {known} already, it is {is_now.value}")
        settings.put_sender(connection, owner, name, state)
    say(f"Sender {name} of {account} is {state.value}.", "green")


def list_senders(
    account: Annotated[str | None, typer.Option("--account", "-a", help="Only this account's.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the registered sender names."""
    from gonets.stores import settings

    with reading(find_config(config, data)) as connection:
        owner = None if account is None else settings.find_account(connection, account).id
        found = settings.list_senders(connection, owner)
    if as_json:
        write_json([SenderFacts(name, sender, state.value) for name, sender, state in found])
        return
    columns = (Column("account", wrap=True), Column("sender"), Column("is"))
    rows = ((name, sender, Styled(state.value, _STYLES[state])) for name, sender, state in found)
    show_table(columns, rows, "No senders are registered: gonets sender add ACCOUNT SENDER")


def approve(
    account: AccountArgument, name: SenderArgument, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Let an account use a sender name."""
    _put(account, name, SenderState.APPROVED, config, data)


def refuse(
    account: AccountArgument, name: SenderArgument, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Forbid an account a sender name, even where it may use any."""
    _put(account, name, SenderState.REFUSED, config, data)


def remove(
    account: AccountArgument, name: SenderArgument, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Forget a registered sender name."""
    from gonets.stores import settings

    with changing(find_config(config, data)) as connection:
        settings.remove_sender(connection, settings.find_account(connection, account).id, name)
    say(f"Sender {name} of {account} is forgotten.", "green")


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(help="Sender names that accounts may use.", no_args_is_help=True)
    group.command("add", epilog=given.examples("gonets sender add shop MyShop"))(add)
    group.command("list", epilog=given.examples("gonets sender list --account shop"))(list_senders)
    group.command("approve", epilog=given.examples("gonets sender approve shop MyShop"))(approve)
    group.command("refuse", epilog=given.examples("gonets sender refuse shop MyBank"))(refuse)
    group.command("remove", epilog=given.examples("gonets sender remove shop MyShop"))(remove)
    app.add_typer(group, name="sender", rich_help_panel=panel)


def _put(account: str, name: str, state: SenderState, config: Path | None, data: Path | None) -> None:
    """Give a registered sender another state. Raises CommandRefused where it is not registered."""
    from gonets.stores import settings

    with changing(find_config(config, data)) as connection:
        owner = settings.find_account(connection, account).id
        known = [sender for _, sender, _ in settings.list_senders(connection, owner)]
        same = [sender for sender in known if sender.lower() == name.lower()]
        if not same and state is SenderState.APPROVED:
            raise CommandRefused(f"{account} has no sender {name!r}: gonets sender add {account} {name}")
        settings.put_sender(connection, owner, same[0] if same else name, state)
    say(f"Sender {same[0] if same else name} of {account} is {state.value}.", "green")
