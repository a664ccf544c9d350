"""`gonets inbound`: what phones have sent to us, part by part, and whole messages that are nobody's."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import (
    Column,
    CommandFailed,
    CommandRefused,
    JsonOption,
    say,
    show_table,
    write_json,
)
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.model.times import moment

if TYPE_CHECKING:
    from gonets.config import Config

_TURN: Final = 1_000


class InboundFacts(msgspec.Struct, frozen=True):
    """A message from a phone as scripts read it."""

    id: int
    connector: str
    sender: str
    recipient: str
    text: str
    """Hexadecimal octets where it is binary."""
    binary: bool
    at: datetime
    reference: int
    total: int
    number: int


class UnroutedFacts(msgspec.Struct, frozen=True):
    """A whole message from a phone that is nobody's, as scripts read it."""

    id: int
    connector: str
    sender: str
    recipient: str
    text: str
    """Hexadecimal octets where it is binary."""
    binary: bool
    at: datetime
    parts: int
    missing: int
    """Parts that never came."""


def list_inbound(
    sender: Annotated[
        str, typer.Option("--from", help="Only from this phone, as the network writes it.")
    ] = "",
    recipient: Annotated[str, typer.Option("--to", help="Only to this number of ours.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="The newest so many.")] = 20,
    unrouted: Annotated[
        bool, typer.Option("--unrouted", help="Whole messages to numbers that nobody has.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the newest messages from phones, newest last; the parts of a long one each by itself."""
    from gonets.stores.inbound import newest

    if unrouted:
        _list_unrouted(find_config(config, data), limit, sender, recipient, as_json)
        return
    with reading(find_config(config, data)) as connection:
        found = newest(connection, limit, sender, recipient)
    if as_json:
        write_json(
            [
                InboundFacts(
                    each.id,
                    each.connector,
                    each.said.sender,
                    each.said.recipient,
                    each.said.text,
                    each.said.binary,
                    each.said.at,
                    each.said.reference,
                    each.said.total,
                    each.said.number,
                )
                for each in found
            ]
        )
        return
    columns = (
        Column("heard"),
        Column("link"),
        Column("from"),
        Column("to"),
        Column("part"),
        Column("text", wrap=True),
    )
    rows = (
        (
            f"{each.said.at:%Y-%m-%d %H:%M:%S}",
            each.connector,
            each.said.sender,
            each.said.recipient,
            f"{each.said.number}/{each.said.total}" if each.said.total > 1 else "",
            each.said.text,
        )
        for each in found
    )
    show_table(columns, rows, "Nothing has come from phones yet")


def route(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Who gets them.", show_default=False)],
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID...]", help="Which messages.", show_default=False)
    ] = None,
    recipient: Annotated[str, typer.Option("--to", help="All that came to this number of ours.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Give messages that are nobody's to an account, which hears them as if they had just come."""
    from gonets.model.times import micros
    from gonets.stores import inbound, settings

    if not ids and not recipient:
        raise CommandRefused("say which messages: their ids, or --to and a number of ours")
    given_now = 0
    with changing(find_config(config, data)) as connection:
        owner = settings.find_account(connection, account).id
        while found := inbound.unrouted(connection, _TURN, recipient=recipient, ids=ids or ()):
            inbound.route(connection, found, owner, micros(datetime.now(UTC)))
            given_now += len(found)
    if not given_now:
        raise CommandFailed("there is no such message that is nobody's: gonets inbound list --unrouted")
    say(f"{given_now} given to {account}.", "green")


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(help="Messages from phones.", no_args_is_help=True)
    group.command(
        "list",
        epilog=given.examples(
            "gonets inbound list",
            "gonets inbound list --from 79031234567 --limit 100",
            "gonets inbound list --unrouted",
        ),
    )(list_inbound)
    group.command(
        "route",
        epilog=given.examples("gonets inbound route shop 17 18", "gonets inbound route shop --to 4242"),
    )(route)
    app.add_typer(group, name="inbound", rich_help_panel=panel)


def _list_unrouted(config: "Config", limit: int, sender: str, recipient: str, as_json: bool) -> None:
    from gonets.stores.inbound import unrouted

    with reading(config) as connection:
        found = [
            UnroutedFacts(
                each.id,
                each.connector,
                each.sender,
                each.recipient,
                each.text,
                bool(each.binary),
                moment(each.at),
                each.parts,
                each.missing,
            )
            for each in unrouted(connection, limit, sender, recipient)
        ]
    if as_json:
        write_json(found)
        return
    columns = (
        Column("id", right=True),
        Column("heard"),
        Column("link"),
        Column("from"),
        Column("to"),
        Column("text", wrap=True),
    )
    rows = (
        (str(each.id), f"{each.at:%Y-%m-%d %H:%M:%S}", each.connector, each.sender, each.recipient, each.text)
        for each in found
    )
    show_table(columns, rows, "Every message from a phone is somebody's")
