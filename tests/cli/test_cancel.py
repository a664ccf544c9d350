"""Cancelling from the command line; no gateway runs, so everything that was sent waits."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gonets.model.message import State
from gonets.stores.store import open_database, transaction
from tests.cli.conftest import Cli

Told = Callable[..., Any]

WAITING = ["queued", "scheduled", "queued"]


@pytest.fixture
def letters(cli: Cli, told: Told, shop: str) -> list[int]:
    """Of the shop a message of three parts and one that is scheduled, and one of the bank."""
    cli("account", "add", "bank", "--any-sender", "--topup", "1")
    send = ("send", "--from", "Shop", "--to", "79031234567")
    cli(*send, "-a", "shop", "--text", "Ы" * 140)
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    cli(*send, "-a", "shop", "--text", "Hi", "--at", soon)
    cli(*send, "-a", "bank", "--text", "Hello")
    return [each["id"] for each in reversed(told("messages"))]


def move(folder: Path, part: int, state: State) -> None:
    engine = open_database(f"sqlite:///{folder / 'gonets.db'}")
    with transaction(engine) as connection:
        connection.execute(
            text("UPDATE parts SET state = :state WHERE id = :id"), {"state": state, "id": part}
        )
    engine.dispose()


def statuses(told: Told) -> list[str]:
    return [each["status"] for each in reversed(told("messages"))]


def test_a_message_is_cancelled_and_its_money_given_back(told: Told, letters: list[int]) -> None:
    assert told("cancel", str(letters[0])) == {
        "messages": 1,
        "cancelled": 3,
        "left": 0,
        "unknown": [],
        "each": [{"id": letters[0], "cancelled": 3, "left": 0}],
    }
    assert statuses(told) == ["cancelled", "scheduled", "queued"]
    assert told("account", "show", "shop")["balance"] == "99.95"
    assert told("ledger", "check")["ok"] is True


def test_a_part_that_a_connector_has_taken_goes_on_and_says_so(
    cli: Cli, told: Told, letters: list[int], folder: Path
) -> None:
    move(folder, letters[0], State.CLAIMED)
    move(folder, letters[1], State.CLAIMED)
    output = cli("cancel", *map(str, letters), code=1).stdout
    assert "what had not left is cancelled" in output
    assert "too late" in output
    assert "cancelled and refunded" in output
    assert told("account", "show", "shop")["balance"] == "99.90"


def test_an_unknown_id_is_told_and_the_others_are_cancelled(cli: Cli, told: Told, letters: list[int]) -> None:
    result = cli("cancel", "77", str(letters[1]), "--json", code=1)
    assert json.loads(result.stdout)["unknown"] == [77]
    assert "no message 77" in result.stderr
    assert statuses(told) == ["queued", "cancelled", "queued"]


def test_what_was_cancelled_before_is_not_refunded_again(cli: Cli, told: Told, letters: list[int]) -> None:
    cli("cancel", str(letters[0]))
    cli("cancel", str(letters[0]), code=1)
    assert told("account", "show", "shop")["balance"] == "99.95"


def test_all_of_an_account_is_cancelled_after_asking(cli: Cli, told: Told, letters: list[int]) -> None:
    refused = cli("cancel", "--account", "shop", typed="n\n", code=1)
    assert "Cancel 2 messages (4 parts) of shop?" in refused.stderr
    assert statuses(told) == WAITING
    assert "2 messages, 4 parts" in cli("cancel", "--account", "shop", typed="y\n").stdout
    assert statuses(told) == ["cancelled", "cancelled", "queued"]
    assert told("account", "show", "shop")["balance"] == "100.00"


def test_everything_is_cancelled_without_asking_where_that_is_said(told: Told, letters: list[int]) -> None:
    done = told("cancel", "--all", "--yes")
    assert (done["messages"], done["cancelled"], done["left"]) == (3, 5, 0)
    assert statuses(told) == ["cancelled"] * 3
    assert told("cancel", "--all", "--yes")["messages"] == 0


def test_what_is_younger_than_asked_stays(cli: Cli, told: Told, letters: list[int], folder: Path) -> None:
    engine = open_database(f"sqlite:///{folder / 'gonets.db'}")
    with transaction(engine) as connection:
        connection.execute(
            text("UPDATE messages SET accepted_at = accepted_at - 7200000000 WHERE id = :id"),
            {"id": letters[1]},
        )
    engine.dispose()
    assert told("cancel", "--account", "shop", "--older-than", "1h", "--yes")["cancelled"] == 1
    assert statuses(told) == ["queued", "cancelled", "queued"]
    assert "Nothing of shop" in cli("cancel", "--account", "shop", "--older-than", "1h").stdout


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--older-than", "2h"),
        ("1001", "--account", "shop"),
        ("1001", "--all"),
        ("--account", "shop", "--all"),
        ("--account", "nobody", "--yes"),
        ("--all", "--older-than", "long", "--yes"),
        ("0",),
    ],
    ids=" ".join,
)
def test_what_does_not_say_which_messages_cancels_nothing(
    cli: Cli, told: Told, letters: list[int], words: tuple[str, ...]
) -> None:
    cli("cancel", *words, code=2)
    assert statuses(told) == WAITING
