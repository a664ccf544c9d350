"""`gonets tariff`: what one part costs, by group of accounts and prefix of the recipient; the longest prefix counts.

A price may have versions, each in force from its moment on. Price lists come and go as CSV files.
"""

import csv
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import (
    Column,
    CommandRefused,
    JsonOption,
    Styled,
    counted,
    iso,
    say,
    show_table,
    write_json,
)
from gonets.cli.lines import FileArgument, text_lines
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.model.message import Channel
from gonets.model.money import format_amount

if TYPE_CHECKING:
    from gonets.model.account import Tariff

GroupArgument = Annotated[str, typer.Argument(metavar="GROUP", help="The tariff group.", show_default=False)]
GroupOption = Annotated[str | None, typer.Option("--group", help="Only this group's.")]
ChannelOption = Annotated[Channel, typer.Option("--channel", help="What the price is of.")]
PrefixOption = Annotated[
    str, typer.Option("--prefix", "-p", help="Leading digits; without it, every number.")
]


class TariffFacts(msgspec.Struct, frozen=True):
    """A version of a tariff as scripts read it."""

    group: str
    channel: str
    prefix: str
    price: str
    currency: str
    """Empty: each account's own."""
    closed: bool
    refund_undelivered: bool
    valid_from: str | None
    """None: always."""
    in_force: bool


class ImportFacts(msgspec.Struct, frozen=True):
    """What came of an import, as scripts read it."""

    prices: int


def put(
    group: GroupArgument,
    much: Annotated[
        str, typer.Argument(metavar="[PRICE]", help="Of one part, such as 0.05.", show_default=False)
    ] = "0",
    prefix: PrefixOption = "",
    channel: ChannelOption = Channel.SMS,
    closed: Annotated[bool, typer.Option("--closed", help="Refuse these numbers.")] = False,
    refund_undelivered: Annotated[
        bool, typer.Option("--refund-undelivered", help="Give the money of undelivered parts back.")
    ] = False,
    currency: Annotated[
        str, typer.Option("--currency", help="Only for accounts in it; without it, in the account's own.")
    ] = "",
    valid_from: Annotated[
        str | None, typer.Option("--from", help="In force from 2026-04-01 on (UTC); without it, always.")
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Set the price of one part for a group, or close a direction to it.

    With [bold]--from[/bold] the price before stays in force until then.
    """
    from gonets.model.account import Tariff
    from gonets.model.times import micros
    from gonets.stores import settings

    if not closed and much == "0":
        raise CommandRefused("give the price of one part, such as 0.05, or --closed")
    code = currency.upper()
    if code and not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise CommandRefused(f"{currency!r} is no currency; write three letters such as RUB")
    digits = given.prefix(prefix)
    if channel is Channel.MAIL and digits:
        raise CommandRefused("an e-mail address has no prefix; set the price of mail without --prefix")
    begin = 0 if valid_from is None else max(0, micros(given.moment(valid_from)))
    tariff = Tariff(group, channel, digits, given.price(much), closed, refund_undelivered, code, begin)
    with changing(find_config(config, data)) as connection:
        settings.put_tariff(connection, tariff)
    what = "closed" if closed else f"{format_amount(tariff.price)}{f' {code}' if code else ''} a part"
    when = "" if valid_from is None else f" from {_begin(tariff)} UTC on"
    say(f"{group}, {_named(channel, digits)}: {what}{when}", "green")


def list_tariffs(
    group: GroupOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the prices with their versions, the oldest first."""
    from gonets.stores import settings

    with reading(find_config(config, data)) as connection:
        found = [each for each in settings.list_tariffs(connection) if group in (None, each.group)]
    in_force = _in_force(found)
    if as_json:
        write_json([_facts(each, each in in_force) for each in found])
        return
    columns = (
        Column("group", wrap=True),
        Column("channel"),
        Column("prefix"),
        Column("price", right=True),
        Column("currency"),
        Column("undelivered"),
        Column("from (UTC)"),
        Column("is"),
    )
    now = datetime.now(UTC)
    rows = (
        (
            each.group,
            each.channel.value,
            given.shown_prefix(each.prefix),
            "closed" if each.closed else format_amount(each.price),
            each.currency or "account's",
            "given back" if each.refund_undelivered else "charged",
            _begin(each) if each.valid_from else "always",
            _state(each, each in in_force, now),
        )
        for each in found
    )
    show_table(columns, rows, "There are no prices yet: gonets tariff set GROUP PRICE")


def remove(
    group: GroupArgument,
    prefix: PrefixOption = "",
    channel: ChannelOption = Channel.SMS,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take a price away with all its versions; shorter prefixes of the group count again."""
    from gonets.stores import settings

    digits = given.prefix(prefix)
    with changing(find_config(config, data)) as connection:
        settings.remove_tariff(connection, group, channel, digits)
    say(f"{group}, {_named(channel, digits)}: removed", "green")


def read_in(
    file: FileArgument,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Set the prices that a CSV file lists; a wrong line is named, and nothing is changed.

    The first line names the columns, in any order: group, prefix and price; channel, currency, closed,
    refund_undelivered and valid_from may be left out. Prices that are not in the file stay.
    """
    from gonets.stores.pricelist import put_tariffs, read_prices

    with text_lines(file, "Reading prices") as lines:
        wanted = list(read_prices(lines))
    with changing(find_config(config, data)) as connection:
        put_tariffs(connection, wanted)
    if as_json:
        write_json(ImportFacts(len(wanted)))
    else:
        say(f"{counted(len(wanted), 'price')} set.", "green")


def write_out(group: GroupOption = None, config: ConfigOption = None, data: DataOption = None) -> None:
    """Write the prices as CSV to the standard output, all versions of them."""
    from gonets.stores import settings
    from gonets.stores.pricelist import COLUMNS, price_row

    with reading(find_config(config, data)) as connection:
        found = [each for each in settings.list_tariffs(connection) if group in (None, each.group)]
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(COLUMNS)
    lines.writerows(price_row(each) for each in found)


def register(app: typer.Typer, panel: str) -> None:
    """Put the group under the topmost command."""
    group = typer.Typer(help="Prices of messages.", no_args_is_help=True)
    group.command(
        "set",
        epilog=given.examples(
            "gonets tariff set standard 0.05",
            "gonets tariff set standard 0.08 --prefix 7903",
            "gonets tariff set standard --prefix 7954 --closed",
            "gonets tariff set standard 6.00 --channel mms --prefix 7",
            "gonets tariff set standard 0.06 --from 2026-04-01 --currency RUB",
        ),
    )(put)
    group.command("list", epilog=given.examples("gonets tariff list --group standard"))(list_tariffs)
    group.command("remove", epilog=given.examples("gonets tariff remove standard --prefix 7903"))(remove)
    group.command(
        "import", epilog=given.examples("gonets tariff import prices.csv", "gonets tariff import - < p.csv")
    )(read_in)
    group.command("export", epilog=given.examples("gonets tariff export --group standard > prices.csv"))(
        write_out
    )
    app.add_typer(group, name="tariff", rich_help_panel=panel)


def _in_force(found: "list[Tariff]") -> "set[Tariff]":
    """The latest version of each that has begun."""
    from gonets.model.times import micros

    now = micros(datetime.now(UTC))
    latest = {
        (each.group, each.channel, each.prefix): each for each in found if each.valid_from <= now
    }  # the oldest comes first
    return set(latest.values())


def _named(channel: Channel, prefix: str) -> str:
    """What a price is of; that it is of SMS goes without saying."""
    shown = given.shown_prefix(prefix)
    return shown if channel is Channel.SMS else f"{channel.value} to {shown}"


def _begin(tariff: "Tariff") -> str:
    from gonets.model.times import moment

    return moment(tariff.valid_from).strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00")


def _state(tariff: "Tariff", in_force: bool, now: datetime) -> Styled:
    from gonets.model.times import micros

    if in_force:
        return Styled("in force", "green")
    return Styled("to come", "cyan") if tariff.valid_from > micros(now) else Styled("past", "dim")


def _facts(tariff: "Tariff", in_force: bool) -> TariffFacts:
    from gonets.model.times import moment

    return TariffFacts(
        group=tariff.group,
        channel=tariff.channel.value,
        prefix=tariff.prefix,
        price=format_amount(tariff.price),
        currency=tariff.currency,
        closed=tariff.closed,
        refund_undelivered=tariff.refund_undelivered,
        valid_from=iso(moment(tariff.valid_from)) if tariff.valid_from else None,
        in_force=in_force,
    )
