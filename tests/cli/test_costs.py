"""`gonets connector cost`: set, listed, removed, and carried from platform to platform by a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli

Told = Callable[..., Any]


def test_a_cost_is_set_listed_and_removed(cli: Cli, told: Told, shop: str) -> None:
    cli("connector", "cost", "set", "sim", "--prefix", "+79", "--channel", "sms", "0.035")
    cli("connector", "cost", "set", "sim", "4.5", "--channel", "mms", "--currency", "usd")
    assert told("connector", "cost", "list") == [
        {"connector": "sim", "channel": "mms", "prefix": "", "cost": "4.50", "currency": "USD"},
        {"connector": "sim", "channel": "sms", "prefix": "79", "cost": "0.035", "currency": "RUB"},
    ]
    assert "every number" in cli("connector", "cost", "list").stdout
    cli("connector", "cost", "remove", "sim", "--channel", "mms")
    assert [each["prefix"] for each in told("connector", "cost", "list", "--connector", "sim")] == ["79"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("set", "nowhere", "1"), "there is no connector 'nowhere'"),
        (("set", "sim", "much"), "much"),
        (("set", "sim", "--", "-1"), "below zero"),
        (("set", "sim", "1", "--currency", "roubles"), "is no currency"),
        (("set", "sim", "1", "--prefix", "seven"), "is no prefix"),
        (("set", "sim", "1", "--prefix", "7", "--channel", "mail"), "an e-mail address has no prefix"),
        (("remove", "sim", "--prefix", "7"), "has no sms cost"),
    ],
)
def test_a_cost_that_cannot_be_is_refused(
    cli: Cli, shop: str, arguments: tuple[str, ...], sentence: str
) -> None:
    assert sentence in cli("connector", "cost", *arguments, code=2).stderr


def test_costs_go_out_and_in_by_a_platform_file_and_change_nothing(
    cli: Cli, told: Told, tmp_path: Path, shop: str
) -> None:
    cli("connector", "cost", "set", "sim", "0.035", "--prefix", "79")
    cli("connector", "cost", "set", "sim", "9", "--currency", "UAH", "--channel", "viber")
    before = told("connector", "cost", "list")
    file = tmp_path / "platform.toml"
    cli("export", "--out", str(file))
    assert 'cost = "0.035"' in file.read_text()
    assert told("apply", str(file), "--yes")["changes"] == []
    cli("connector", "cost", "set", "sim", "7", "--prefix", "79")
    assert [each["what"] for each in told("apply", str(file), "--yes")["changes"]] == ["cost sim sms 79"]
    assert told("connector", "cost", "list") == before


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('[costs.nowhere]\nsms = [{ prefix = "", cost = "1" }]', "there is no connector 'nowhere'"),
        ('[costs.sim]\nsms = [{ prefix = "7" }]', "it needs its cost"),
        ('[costs.sim]\nfax = [{ cost = "1" }]', "none of"),
        ('[costs.sim]\nmail = [{ prefix = "7", cost = "1" }]', "has no prefix"),
        ('[costs.sim]\nsms = [{ cost = "1" }, { cost = "2" }]', "there already"),
    ],
)
def test_a_file_with_wrong_costs_is_refused(
    cli: Cli, tmp_path: Path, shop: str, lines: str, sentence: str
) -> None:
    file = tmp_path / "platform.toml"
    file.write_text(lines)
    assert sentence in cli("apply", str(file), "--yes", code=2).stderr
