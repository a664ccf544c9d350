"""`gonets inbound`: what phones have sent to us, part by part."""

from datetime import datetime
from typing import Annotated

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import Column, JsonOption, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, find_config, reading


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


def list_inbound(
    sender: Annotated[
        str, typer.Option("--from", help="Only from this phone, as the network writes it.")
    ] = "",
    recipient: Annotated[str, typer.Option("--to", help="Only to this number of ours.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="The newest so many.")] = 20,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the newest messages from phones, newest last; the parts of a long one each by itself."""
    from gonets.stores.inbound import newest

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


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under the topmost one."""
    app.command(
        "inbound",
        rich_help_panel=panel,
        epilog=given.examples("gonets inbound", "gonets inbound --from 79031234567 --limit 100"),
    )(list_inbound)
