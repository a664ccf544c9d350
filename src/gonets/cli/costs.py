"""`gonets connector cost`: what one part through a connector costs us, by channel and prefix of the recipient."""

from typing import Annotated

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import Column, CommandRefused, JsonOption, say, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.model.message import Channel
from gonets.model.money import format_amount

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The connector's name.", show_default=False)
]
ChannelOption = Annotated[Channel, typer.Option("--channel", help="What the cost is of.")]
PrefixOption = Annotated[
    str, typer.Option("--prefix", "-p", help="Leading digits; without it, every number.")
]


class CostFacts(msgspec.Struct, frozen=True):
    """A cost as scripts read it."""

    connector: str
    channel: str
    prefix: str
    cost: str
    currency: str


def put(
    name: NameArgument,
    much: Annotated[
        str, typer.Argument(metavar="COST", help="Of one part, such as 0.035.", show_default=False)
    ],
    prefix: PrefixOption = "",
    channel: ChannelOption = Channel.SMS,
    currency: Annotated[str, typer.Option("--currency", help="In which it is paid.")] = "RUB",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Set what one part costs; parts that an upstream takes from then on keep it.

    The longest prefix counts. Parts that were taken before, or have no cost, stay as they are.
    """
    from gonets.model.costs import Cost
    from gonets.stores import costs

    code = currency.upper()
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise CommandRefused(f"{currency!r} is no currency; write three letters such as RUB")
    digits = given.prefix(prefix)
    if channel is Channel.MAIL and digits:
        raise CommandRefused("an e-mail address has no prefix; set the cost of mail without --prefix")
    cost = Cost(name, channel, digits, given.price(much), code)
    with changing(find_config(config, data)) as connection:
        costs.put_cost(connection, cost)
    say(f"{name}, {_named(channel, digits)}: {format_amount(cost.cost)} {code} a part", "green")


def list_costs(
    connector: Annotated[str | None, typer.Option("--connector", help="Only this one's.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the costs."""
    from gonets.stores import costs

    with reading(find_config(config, data)) as connection:
        found = [each for each in costs.list_costs(connection) if connector in (None, each.connector)]
    if as_json:
        write_json(
            [
                CostFacts(
                    each.connector, each.channel.value, each.prefix, format_amount(each.cost), each.currency
                )
                for each in found
            ]
        )
        return
    columns = (
        Column("connector", wrap=True),
        Column("channel"),
        Column("prefix"),
        Column("cost", right=True),
        Column("currency"),
    )
    rows = (
        (
            each.connector,
            each.channel.value,
            given.shown_prefix(each.prefix),
            format_amount(each.cost),
            each.currency,
        )
        for each in found
    )
    show_table(columns, rows, "There are no costs yet: gonets connector cost set NAME COST")


def remove(
    name: NameArgument,
    prefix: PrefixOption = "",
    channel: ChannelOption = Channel.SMS,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take a cost away; shorter prefixes of the connector count again."""
    from gonets.stores import costs

    digits = given.prefix(prefix)
    with changing(find_config(config, data)) as connection:
        costs.remove_cost(connection, name, channel, digits)
    say(f"{name}, {_named(channel, digits)}: removed", "green")


def register(group: typer.Typer) -> None:
    """Put the group under `gonets connector`."""
    costs = typer.Typer(help="What one part through a connector costs us.", no_args_is_help=True)
    costs.command(
        "set",
        epilog=given.examples(
            "gonets connector cost set main 0.035 --prefix 79",
            "gonets connector cost set main 0.09 --prefix 380 --currency UAH",
            "gonets connector cost set main 4.50 --channel mms",
        ),
    )(put)
    costs.command("list", epilog=given.examples("gonets connector cost list --connector main"))(list_costs)
    costs.command("remove", epilog=given.examples("gonets connector cost remove main --prefix 79"))(remove)
    group.add_typer(costs, name="cost")


def _named(channel: Channel, digits: str) -> str:
    return f"{channel.value} to {given.shown_prefix(digits)}"
