"""`gonets tariff`: what one part costs, by group of accounts and prefix of the recipient; the longest prefix counts."""

from typing import Annotated

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import Column, JsonOption, say, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.model.message import Channel
from gonets.model.money import format_amount

GroupArgument = Annotated[str, typer.Argument(metavar="GROUP", help="The tariff group.", show_default=False)]
PrefixOption = Annotated[
    str, typer.Option("--prefix", "-p", help="Leading digits; without it, every number.")
]


class TariffFacts(msgspec.Struct, frozen=True):
    """A tariff as scripts read it."""

    group: str
    channel: str
    prefix: str
    price: str
    closed: bool
    refund_undelivered: bool


def put(
    group: GroupArgument,
    much: Annotated[
        str, typer.Argument(metavar="[PRICE]", help="Of one part, such as 0.05.", show_default=False)
    ] = "0",
    prefix: PrefixOption = "",
    closed: Annotated[bool, typer.Option("--closed", help="Refuse these numbers.")] = False,
    refund_undelivered: Annotated[
        bool, typer.Option("--refund-undelivered", help="Give the money of undelivered parts back.")
    ] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Set the price of one part for a group, or close a direction to it."""
    from gonets.cli.console import CommandRefused
    from gonets.model.account import Tariff
    from gonets.stores import settings

    if not closed and much == "0":
        raise CommandRefused("give the price of one part, such as 0.05, or --closed")
    digits = given.prefix(prefix)
    tariff = Tariff(group, Channel.SMS, digits, given.price(much), closed, refund_undelivered)
    with changing(find_config(config, data)) as connection:
        settings.put_tariff(connection, tariff)
    what = "closed" if closed else f"{format_amount(tariff.price)} a part"
    say(f"{group}, {given.shown_prefix(digits)}: {what}", "green")


def list_tariffs(
    group: Annotated[str | None, typer.Option("--group", help="Only this group's.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the prices."""
    from gonets.stores import settings

    with reading(find_config(config, data)) as connection:
        found = [each for each in settings.list_tariffs(connection) if group in (None, each.group)]
    if as_json:
        write_json(
            [
                TariffFacts(
                    each.group,
                    each.channel.value,
                    each.prefix,
                    format_amount(each.price),
                    each.closed,
                    each.refund_undelivered,
                )
                for each in found
            ]
        )
        return
    columns = (
        Column("group", wrap=True),
        Column("prefix"),
        Column("price", right=True),
        Column("undelivered"),
    )
    rows = (
        (
            each.group,
            given.shown_prefix(each.prefix),
            "closed" if each.closed else format_amount(each.price),
            "given back" if each.refund_undelivered else "charged",
        )
        for each in found
    )
    show_table(columns, rows, "There are no prices yet: gonets tariff set GROUP PRICE")


def remove(
    group: GroupArgument,
    prefix: PrefixOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take a price away; shorter prefixes of the group count again."""
    from gonets.stores import settings

    digits = given.prefix(prefix)
    with changing(find_config(config, data)) as connection:
        settings.remove_tariff(connection, group, Channel.SMS, digits)
    say(f"{group}, {given.shown_prefix(digits)}: removed", "green")


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(help="Prices of messages.", no_args_is_help=True)
    group.command(
        "set",
        epilog=given.examples(
            "gonets tariff set standard 0.05",
            "gonets tariff set standard 0.08 --prefix 7903",
            "gonets tariff set standard --prefix 7954 --closed",
        ),
    )(put)
    group.command("list", epilog=given.examples("gonets tariff list --group standard"))(list_tariffs)
    group.command("remove", epilog=given.examples("gonets tariff remove standard --prefix 7903"))(remove)
    app.add_typer(group, name="tariff", rich_help_panel=panel)
