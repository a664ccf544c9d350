"""`gonets route report` and `rehearse`: what was sent, brought and cost, and how it would go by a platform file."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gonets.model.message import RouteId
from gonets.model.results import Sent, Settled
from gonets.stores.snapshot import tables
from gonets.stores.store import open_store, transaction
from tests.cli.conftest import Cli

Told = Callable[..., Any]


async def take_all(folder: Path) -> None:
    """Everything that waits is taken by the upstream of `sim`, at what it costs now."""
    store = open_store(f"sqlite:///{folder}/gonets.db")
    try:
        now = datetime.now(UTC)
        with transaction(store.engine) as connection:
            known = tables(connection, 0).costs.get("sim")
        parts = await store.messages.claim("sim", [RouteId(1)], 100, now)
        settled = [Settled(part.id, Sent(f"r{part.id}")) for part in parts]
        await store.messages.settle("sim", settled, now, known)
    finally:
        await store.close()


def test_the_report_tells_what_was_sent_brought_and_cost(
    cli: Cli, told: Told, folder: Path, shop: str
) -> None:
    assert "Nothing was sent" in cli("route", "report").stdout
    cli("connector", "cost", "set", "sim", "0.035", "--prefix", "79")
    cli("connector", "cost", "set", "sim", "0.10", "--prefix", "380", "--currency", "UAH")
    for recipient in ("79031234567", "79161234567", "380441234567", "77011234567"):
        cli("send", "-a", "shop", "--from", "Shop", "--to", recipient, "--text", "Hi")
    asyncio.run(take_all(folder))
    report = told("route", "report", "--by", "prefix-country")
    assert [
        (each["key"], each["parts"], each["charged"], each["cost"], each["cost_currency"])
        for each in report["rows"]
    ] == [
        ("KZ +7", 1, "0.05", None, None),
        ("RU +7", 2, "0.10", "0.07", "RUB"),
        ("UA +380", 1, "0.05", "0.10", "UAH"),
    ]
    assert [(each["margin"], each["margin_percent"]) for each in report["rows"]] == [
        (None, None),
        ("0.03", 30.0),
        (None, None),
    ]
    assert sum(each["parts"] for each in report["totals"]) == 4
    shown = cli("route", "report", "--by", "account").stdout
    for words in ("shop", "0.07 RUB", "0.10 UAH", "unknown", "30.0"):
        assert words in shown
    assert told("route", "report", "--since", "2900-01-01")["rows"] == []
    assert "is no moment" in cli("route", "report", "--since", "noon", code=2).stderr


FILE = """
[connectors.spare]
kind = "simulator"

[costs.spare]
sms = [{ prefix = "79", cost = "0.01" }]

[routes.mobile]
prefix = "79"
connectors = ["sim", "spare"]
strategy = "cost"
"""


def test_a_platform_file_is_rehearsed_with_what_was_sent_and_changes_nothing(
    cli: Cli, told: Told, folder: Path, tmp_path: Path, shop: str
) -> None:
    file = tmp_path / "platform.toml"
    file.write_text(FILE)
    assert "Nothing was sent" in cli("route", "rehearse", str(file)).stdout
    cli("connector", "cost", "set", "sim", "0.035", "--prefix", "79")
    for recipient in ("79031234567", "79161234567", "380441234567"):
        cli("send", "-a", "shop", "--from", "Shop", "--to", recipient, "--text", "Hi")
    asyncio.run(take_all(folder))
    before = cli("export").stdout
    found = told("route", "rehearse", str(file))
    nothing = {"amounts": {}, "unknown": 1}
    assert (found["parts"], found["moved"]) == (3, 2)
    assert found["ways"] == [
        {
            "route": "everything",
            "connector": "sim",
            "route_then": "everything",
            "connector_then": "sim",
            "parts": 1,
            "cost": nothing,
            "cost_then": nothing,
        },
        {
            "route": "everything",
            "connector": "sim",
            "route_then": "mobile",
            "connector_then": "spare",
            "parts": 2,
            "cost": {"amounts": {"RUB": "0.07"}, "unknown": 0},
            "cost_then": {"amounts": {"RUB": "0.02"}, "unknown": 0},
        },
    ]
    shown = cli("route", "rehearse", str(file)).stdout
    for words in ("mobile: spare", "the same", "0.02 RUB", "1 unknown", "2 of 3 parts"):
        assert words in shown
    assert cli("export").stdout == before
    file.write_text('[routes.mobile]\nprefix = "79"\nconnectors = ["nowhere"]\n')
    assert "there is no connector 'nowhere'" in cli("route", "rehearse", str(file), code=2).stderr
