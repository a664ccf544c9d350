"""Price lists as files, versions of prices, statements as tables."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.account import Tariff
from gonets.model.message import Channel
from gonets.model.money import Millionths
from gonets.stores.pricelist import COLUMNS, PriceRefused, price_row, read_prices
from tests.cli.conftest import Cli

Told = Callable[..., Any]

HEAD = ",".join(COLUMNS)


def test_a_price_from_a_date_on_leaves_the_one_before_in_force_until_then(
    cli: Cli, told: Told, shop: str
) -> None:
    cli("tariff", "set", "standard", "0.07", "--from", "2020-01-01", "--currency", "rub")
    cli("tariff", "set", "standard", "9", "--from", "2900-01-01T10:30Z")
    versions = [each for each in told("tariff", "list") if each["prefix"] == ""]
    assert [(each["price"], each["currency"], each["valid_from"], each["in_force"]) for each in versions] == [
        ("0.05", "", None, False),
        ("0.07", "RUB", "2020-01-01T00:00:00.000000Z", True),
        ("9.00", "", "2900-01-01T10:30:00.000000Z", False),
    ]
    shown = cli("tariff", "list").stdout
    for words in ("always", "past", "in force", "to come", "2900-01-01 10:30"):
        assert words in shown
    explained = told("explain", "-a", "shop", "--from", "Shop", "--to", "79031234567", "--text", "x")
    assert explained["price"] == "0.07"


def test_what_was_written_out_reads_in_as_it_was(cli: Cli, told: Told, tmp_path: Path, shop: str) -> None:
    cli(
        "tariff",
        "set",
        "vip",
        "0.000001",
        "--prefix",
        "7903",
        "--refund-undelivered",
        "--from",
        "2026-04-01T01:02:03",
    )
    before = told("tariff", "list")
    file = tmp_path / "prices.csv"
    file.write_text(cli("tariff", "export").stdout)
    assert file.read_text().splitlines()[0] == HEAD
    cli("tariff", "remove", "vip", "--prefix", "7903")
    cli("tariff", "set", "standard", "9")
    assert told("tariff", "import", str(file)) == {"prices": 3}
    assert told("tariff", "list") == before
    assert cli("tariff", "export", "--group", "vip").stdout.count("\n") == 2


def test_a_price_list_may_leave_columns_out_and_have_them_in_any_order(cli: Cli, told: Told) -> None:
    cli(
        "tariff",
        "import",
        "-",
        typed="\ufeffprice, prefix ,GROUP,closed\n0.05,*,standard,\n,+7954,standard,yes\n\n",
    )
    assert [(each["prefix"], each["price"], each["closed"]) for each in told("tariff", "list")] == [
        ("", "0.05", False),
        ("7954", "0.00", True),
    ]


def test_a_price_that_is_imported_again_takes_the_place_of_the_old_one(
    cli: Cli, told: Told, shop: str
) -> None:
    cli("tariff", "import", "-", typed="group,prefix,price\nstandard,,0.09\n")
    assert [(each["prefix"], each["price"]) for each in told("tariff", "list")] == [
        ("", "0.09"),
        ("7954", "0.00"),
    ]


def test_a_price_list_has_prices_of_every_channel(cli: Cli, told: Told) -> None:
    cli(
        "tariff",
        "import",
        "-",
        typed=f"{HEAD}\nstandard,mms,7,6,,,,\nstandard,,7,1,,,,\nstandard,sms,,2,,,,\n",
    )
    shown = [(each["channel"], each["prefix"], each["price"]) for each in told("tariff", "list")]
    assert shown == [("mms", "7", "6.00"), ("sms", "", "2.00"), ("sms", "7", "1.00")]
    assert "standard,mms,7,6.00,,no,no," in cli("tariff", "export").stdout


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("standard,sms,7903,free,,,,", "line 3, column price: 'free' is not an amount"),
        ("standard,sms,7903,-1,,,,", "line 3, column price: -1 is below zero"),
        ("standard,sms,7903,,,,,", "line 3, column price: '' is not an amount"),
        ("standard,sms,79x,1,,,,", "line 3, column prefix: '79x' is no prefix"),
        (",sms,7903,1,,,,", "line 3, column group: a tariff group has"),
        ("standard,fax,7903,1,,,,", "line 3, column channel: 'fax' is no channel"),
        ("standard,sms,7903,1,rubles,,,", "line 3, column currency: 'RUBLES' is no currency"),
        ("standard,sms,7903,1,,maybe,,", "line 3, column closed: 'maybe' is neither yes nor no"),
        ("standard,sms,7903,1,,,2,", "line 3, column refund_undelivered: '2' is neither"),
        ("standard,sms,7903,1,,,,soon", "line 3, column valid_from: 'soon' is no moment"),
        ("standard,sms,7903,1,,,,1969-01-01", "line 3, column valid_from:"),
        ("standard,sms,7903,1", "line 3: it has 4 columns, the first line 8"),
        ("standard,sms,,2,,,,", "line 3, column prefix: line 2 has the same price already"),
        ('standard,sms,"7903', "line 3: it is not CSV"),
    ],
    ids=lambda value: value[:40],
)
def test_a_wrong_line_changes_nothing_and_is_named(cli: Cli, told: Told, line: str, why: str) -> None:
    error = cli("tariff", "import", "-", typed=f"{HEAD}\nstandard,sms,,1,,,,\n{line}\n", code=2).stderr
    assert why in error
    assert told("tariff", "list") == []


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("group,prefix", "the column price is missing"),
        ("group,prefix,price,cost", "there is no column 'cost'"),
        ("group,prefix,price,price", "the column price is there twice"),
        ("", "the column group is missing"),
    ],
)
def test_a_file_without_the_columns_is_no_price_list(cli: Cli, head: str, why: str) -> None:
    assert f"line 1: {why}" in cli("tariff", "import", "-", typed=f"{head}\na,7,1\n", code=2).stderr


@given(
    st.lists(
        st.builds(
            Tariff,
            group=st.sampled_from(["standard", 'a "quoted", one', "ы"]),
            channel=st.just(Channel.SMS),
            prefix=st.from_regex("[1-9][0-9]{0,14}", fullmatch=True) | st.just(""),
            price=st.integers(0, 2**62).map(Millionths),
            closed=st.booleans(),
            refund_undelivered=st.booleans(),
            currency=st.sampled_from(["", "RUB", "UAH"]),
            valid_from=st.integers(0, 4_000_000_000_000_000),
        ),
        max_size=10,
        unique_by=lambda tariff: (tariff.group, tariff.prefix, tariff.valid_from),
    )
)
def test_any_price_list_reads_as_it_was_written(tariffs: list[Tariff]) -> None:
    file = io.StringIO(newline="")
    lines = csv.writer(file)
    lines.writerow(COLUMNS)
    lines.writerows(map(price_row, tariffs))
    assert list(read_prices(file.getvalue().splitlines(keepends=True))) == tariffs


def refusal(lines: list[str]) -> str | None:
    """Why these lines are no price list; None: they are one."""
    try:
        list(read_prices(lines))
    except PriceRefused as error:
        return str(error)
    return None


@given(st.text())
def test_any_text_is_a_price_list_or_refused_with_its_line(text: str) -> None:
    why = refusal(text.splitlines(keepends=True))
    assert why is None or why.startswith("line ")


@given(st.lists(st.text(max_size=12), min_size=8, max_size=8))
def test_any_line_is_a_price_or_refused_with_its_column(fields: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([COLUMNS, fields])
    why = refusal([HEAD, file.getvalue().split("\n", 1)[1]])
    assert why is None or why.startswith("line ")


# ---- statements


def test_a_statement_as_csv_has_every_entry(cli: Cli, shop: str) -> None:
    cli("account", "adjust", "shop", "-5", "--note", 'paid "twice", it seems')
    rows = list(csv.DictReader(io.StringIO(cli("ledger", "statement", "shop", "--csv").stdout)))
    assert [(row["number"], row["kind"], row["amount"], row["balance"]) for row in rows] == [
        ("1", "top_up", "100.00", "100.00"),
        ("2", "adjustment", "-5.00", "95.00"),
    ]
    assert (rows[1]["note"], rows[1]["message"]) == ('paid "twice", it seems', "")
    limited = cli("ledger", "statement", "shop", "--csv", "--limit", "1").stdout
    assert limited.count("\n") == 2
    assert cli("ledger", "statement", "shop", "--csv", "--after", "2").stdout.count("\n") == 1
    cli("ledger", "statement", "shop", "--csv", "--json", code=2)
