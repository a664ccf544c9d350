"""Phone bases from the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gonets.cli import base
from tests.cli.conftest import Cli

Told = Callable[..., Any]


@pytest.fixture
def demo(cli: Cli, shop: str) -> str:
    """An empty base of the shop."""
    cli("base", "create", "Demo", "-a", shop)
    return "Demo"


def exported(cli: Cli, name: str = "Demo") -> list[str]:
    """The numbers of a base of the shop, in the order of the file."""
    title, *rest = cli("base", "export", name, "-a", "shop").stdout.splitlines()
    assert title == "phone"
    return list(rest)


def facts(told: Told) -> Any:
    return told("base", "show", "Demo", "-a", "shop")


def test_a_base_is_made_listed_protected_opened_and_deleted(cli: Cli, told: Told, shop: str) -> None:
    assert "base create" in cli("base", "list").stdout
    cli("base", "create", "Demo", "-a", "shop")
    cli("base", "create", "Closed", "-a", "shop", "--protected")
    cli("account", "add", "bank")
    cli("base", "create", "Demo", "-a", "bank")
    listed = told("base", "list")
    assert [(each["account"], each["name"], each["protected"]) for each in listed] == [
        ("bank", "Demo", False),
        ("shop", "Closed", True),
        ("shop", "Demo", False),
    ]
    assert [each["name"] for each in told("base", "list", "--account", "bank")] == ["Demo"]
    cli("base", "protect", "Demo", "-a", "shop")
    assert facts(told)["protected"] is True
    assert "send only" in cli("base", "show", "Demo", "-a", "shop").stdout
    cli("base", "unprotect", "Demo", "-a", "shop")
    assert facts(told)["protected"] is False
    assert "Closed" in cli("base", "list").stdout
    cli("base", "delete", "Demo", "-a", "shop", typed="n\n", code=1)
    cli("base", "delete", "Demo", "-a", "shop", "--yes")
    assert [each["name"] for each in told("base", "list", "-a", "shop")] == ["Closed"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("create", "Demo", "-a", "shop"), "already"),
        (("create", "a,b", "-a", "shop"), "cannot name a base"),
        (("create", "Demo", "-a", "nobody"), "no account"),
        (("show", "demo", "-a", "shop"), "no base 'demo'"),
        (("add", "Demo", "79031234567", "mum", "-a", "shop"), "no phone number"),
        (("remove", "Nowhere", "79031234567", "-a", "shop"), "no base"),
        (("protect", "Nowhere", "-a", "shop"), "no base"),
        (("export", "Nowhere", "-a", "shop"), "no base"),
        (("delete", "Nowhere", "-a", "shop", "--yes"), "no base"),
        (("import", "Nowhere", "x.csv", "-a", "shop"), "no base"),
        (("numbers", "Demo", "-a", "shop", "--after", "mum"), "no phone number"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(
    cli: Cli, told: Told, demo: str, words: tuple[str, ...], why: str
) -> None:
    assert why in cli("base", *words, code=2).stderr
    assert facts(told)["phones"] == 0


def test_numbers_are_put_in_shown_and_taken_out(cli: Cli, told: Told, demo: str) -> None:
    added = told("base", "add", "Demo", "8 (903) 123-45-67", "+79031234568", "89031234567", "-a", "shop")
    assert added == {"base": "Demo", "changed": 2, "unchanged": 0}
    assert "1 there before" in cli("base", "add", "Demo", "79031234567", "-a", "shop").stdout
    assert told("base", "numbers", "Demo", "-a", "shop") == ["79031234567", "79031234568"]
    assert told("base", "numbers", "Demo", "-a", "shop", "--after", "79031234567") == ["79031234568"]
    assert cli("base", "numbers", "Demo", "-a", "shop", "-n", "1").stdout == "79031234567\n"
    assert told("base", "remove", "Demo", "79031234567", "79039999999", "-a", "shop") == {
        "base": "Demo",
        "changed": 1,
        "unchanged": 1,
    }
    assert exported(cli) == ["79031234568"]


# ---- imported


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("79031234567\n79031234568\n", None),
        ("79031234567\r\n\r\n \n79031234568", None),
        ("\ufeffName;Phone\nAnna;8 (903) 123-45-67\n\nPaul;+7-903-123-45-68\n", None),
        ('name,НОМЕР,city\nA,79031234567,X\n"B, the second",79031234568,Y\n', None),
        ("id\tmobile\n1\t79031234567\n2\t79031234568\n", None),
        ("1,79031234567\n2,79031234568\n", "2"),
        ("id,where to\n1,79031234567\n2,79031234568\n", "Where To"),
        ("phone,other\n79039999999,79031234567\n79039999999,79031234568\n", "2"),
        ("other,phone\n79031234567,79039999999\n79031234568,79039999999\n", "other"),
        ('"79031234567"\n"79031234568"\n', None),
    ],
)
def test_a_file_is_read_whatever_it_looks_like(
    cli: Cli, told: Told, demo: str, tmp_path: Path, text: str, column: str | None
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(text, encoding="utf-8", newline="")
    option = () if column is None else ("--column", column)
    assert told("base", "import", "Demo", str(file), "-a", "shop", *option)["added"] == 2
    assert exported(cli) == ["79031234567", "79031234568"]


def test_lines_without_a_number_are_told_with_where_they_stand(
    cli: Cli, told: Told, demo: str, tmp_path: Path
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_bytes(b"name,phone\nmum,79031234567\n\ndad,\n\xcf\xe0\xef\xe0,\xff\nson\nme,89031234567\n")
    assert told("base", "import", "Demo", str(file), "-a", "shop", code=1) == {
        "base": "Demo",
        "added": 1,
        "known": 1,
        "bad": 3,
        "first_bad": [{"line": 4, "text": ""}, {"line": 5, "text": "\ufffd"}, {"line": 6, "text": ""}],
    }
    again = cli("base", "import", "Demo", str(file), "-a", "shop", code=1)
    assert "0 numbers put into Demo, 2 were there before" in again.stdout
    assert "line 5: '\ufffd' is no phone number" in again.stderr
    assert "3 lines" in again.stderr
    assert facts(told)["phones"] == 1


@pytest.mark.parametrize(
    ("text", "option", "why"),
    [
        ("name,phone\na,79031234567\n", ("--column", "mobile"), "there is no column 'mobile'"),
        ("name,phone\na,79031234567\n", ("--column", "3"), "name, phone"),
        ("79031234567\n", ("--column", "0"), "there is no column '0'"),
        ("", ("--column", "phone"), "nothing"),
        ('phone\n"79031234567\n' + "x" * 140_000, (), "line 4: it is not CSV"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(
    cli: Cli, demo: str, tmp_path: Path, text: str, option: tuple[str, ...], why: str
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(text)
    assert why in cli("base", "import", "Demo", str(file), "-a", "shop", *option, code=2).stderr
    assert exported(cli) == []


def test_an_empty_file_adds_nothing(cli: Cli, told: Told, demo: str) -> None:
    result = cli("base", "import", "Demo", "-", "-a", "shop", typed="")
    assert "0 numbers" in result.stdout


def test_a_long_file_comes_in_in_turns_and_goes_out_and_in_again(
    cli: Cli, told: Told, demo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "_TURN", 100)
    numbers = [79030000000 + 7919 * n for n in range(1050)]
    file = tmp_path / "numbers.csv"
    file.write_text("phone\n" + "".join(f"{number}\n" for number in reversed(numbers)) + "mum\n" * 30)
    result = cli("base", "import", "Demo", str(file), "-a", "shop", code=1)
    assert "1050 numbers put into Demo" in result.stdout
    assert result.stderr.count("'mum'") == 10
    assert "30 lines" in result.stderr
    file.write_text(cli("base", "export", "Demo", "-a", "shop").stdout)
    cli("base", "create", "Copy", "-a", "shop")
    assert told("base", "import", "Copy", str(file), "-a", "shop")["added"] == 1050
    assert exported(cli, "Copy") == [str(number) for number in numbers]
    cli("base", "delete", "Copy", "-a", "shop", "--yes")
    assert [each["name"] for each in told("base", "list")] == ["Demo"]


def test_a_base_that_a_campaign_has_not_got_through_is_kept(cli: Cli, told: Told, demo: str) -> None:
    cli("base", "add", "Demo", "79031234567", "-a", "shop")
    campaign = told("campaign", "start", "-a", "shop", "--from", "Shop", "--text", "Hi", "--base", "Demo")
    refused = cli("base", "delete", "Demo", "-a", "shop", "--yes", code=2).stderr
    assert f"gonets campaign cancel {campaign['campaign']}" in refused
    cli("campaign", "cancel", str(campaign["campaign"]), "--yes")
    cli("base", "delete", "Demo", "-a", "shop", "--yes")
