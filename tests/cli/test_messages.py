"""Sending from the command line, and asking what became of it; no gateway runs, so nothing leaves the store."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gonets.stores.store import open_database, transaction
from tests.cli.conftest import Cli

Told = Callable[..., Any]


def sent(told: Told, *words: str, text: str = "Hi", code: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(
        "send", "-a", "shop", "--from", "Shop", "--text", text, *words, code=code
    )
    return found


def test_a_message_is_taken_and_told_with_its_id(told: Told, shop: str) -> None:
    assert sent(told, "--to", "+7 903 123-45-67") == [
        {
            "recipient": "79031234567",
            "id": 1001,
            "parts": 1,
            "status": "queued",
            "final": False,
            "reason": "",
            "detail": "",
            "lookup": None,
        }
    ]


def test_a_bad_recipient_refuses_only_itself_and_the_exit_code_says_so(told: Told, shop: str) -> None:
    good, bad, closed = sent(told, "--to", "79031234567", "--to", "abc", "--to", "79541234567", code=2)
    assert good["status"] == "queued"
    assert (bad["status"], bad["reason"], bad["id"]) == ("refused", "bad_recipient", None)
    assert closed["reason"] == "direction_closed"
    assert "79031234567" in bad["detail"]


def test_what_the_account_may_not_or_cannot_pay_is_refused(cli: Cli, told: Told, shop: str) -> None:
    cli("account", "change", "shop", "--registered-senders")
    assert sent(told, "--to", "79031234567", code=2)[0]["reason"] == "unknown_sender"
    cli("sender", "add", "shop", "Shop")
    cli("account", "adjust", "shop", "-99.99", "--note", "spent")
    assert sent(told, "--to", "79031234567", code=2)[0]["reason"] == "no_credit"
    cli("account", "disable", "shop")
    assert (
        "account enable shop"
        in cli("send", "-a", "shop", "--to", "79031234567", "--text", "x", code=2).stderr
    )


def test_the_text_can_come_from_the_standard_input(cli: Cli, told: Told, shop: str) -> None:
    cli("send", "-a", "shop", "--from", "Shop", "--to", "79031234567", "--text", "-", typed="two\nlines\n")
    assert told("message", "1001")["text"] == "two\nlines"


def test_a_start_time_without_an_offset_is_in_the_accounts_zone(cli: Cli, told: Told, shop: str) -> None:
    cli("account", "change", "shop", "--zone", "Europe/Moscow")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0, tzinfo=None)
    sent(told, "--to", "79031234567", "--at", tomorrow.isoformat())
    sent(told, "--to", "79031234567", "--at", tomorrow.isoformat() + "Z")
    first, second = told("message", "1001"), told("message", "1002")
    assert first["status"] == second["status"] == "scheduled"
    assert datetime.fromisoformat(second["start_at"]) == tomorrow.replace(tzinfo=UTC)
    assert datetime.fromisoformat(first["start_at"]) == tomorrow.replace(tzinfo=UTC) - timedelta(hours=3)


def test_waiting_gives_up_when_the_time_is_over_and_says_what_may_be_wrong(cli: Cli, shop: str) -> None:
    words = ("send", "-a", "shop", "--from", "Shop", "--to", "79031234567", "--text", "Hi")
    result = cli(*words, "--wait", "0", code=1)
    assert "Is a gateway running?" in result.stderr
    assert "queued" in result.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("--at", "tomorrow"),
        ("--priority", "urgent"),
        ("--valid", "0"),
        ("--wait", "-1"),
    ],
    ids=" ".join,
)
def test_an_option_that_cannot_be_read_sends_nothing(
    cli: Cli, told: Told, shop: str, words: tuple[str, ...]
) -> None:
    cli("send", "-a", "shop", "--from", "Shop", "--to", "79031234567", "--text", "Hi", *words, code=2)
    assert told("messages") == []


# ---- asked


@pytest.fixture
def letters(cli: Cli, told: Told, shop: str) -> list[int]:
    """Three messages: one of three parts, one to another number, one of another account."""
    sent(told, "--to", "79031234567", text="Ы" * 140)
    sent(told, "--to", "79037654321")
    cli("account", "add", "bank", "--any-sender", "--topup", "1")
    cli("send", "-a", "bank", "--from", "Bank", "--to", "79031234567", "--text", "[bold]Hello\x1b[2J")
    return [each["id"] for each in reversed(told("messages"))]


def test_messages_are_listed_newest_first_with_all_about_them(told: Told, letters: list[int]) -> None:
    newest = told("messages")[0]
    assert newest["id"] == max(letters)
    assert newest["account"] == "bank"
    assert newest["protocol"] == "cli"
    assert newest["price"] == "0.05"
    assert newest["accepted_at"].endswith("Z")
    assert [each["price"] for each in told("messages")] == ["0.05", "0.05", "0.15"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (("--account", "shop"), [1, 0]),
        (("--to", "+7 903 123 45 67"), [2, 0]),
        (("--from", "Bank"), [2]),
        (("--status", "queued"), [2, 1, 0]),
        (("--status", "delivered", "--status", "failed"), []),
        (("--since", "1h"), [2, 1, 0]),
        (("--until", "1h"), []),
        (("--since", "2026-01-01", "--until", "2026-01-02T00:00Z"), []),
        (("--limit", "1"), [2]),
        (("--account", "shop", "--to", "79031234567"), [0]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_filters_leave_what_passes_all_of_them(
    told: Told, letters: list[int], filters: tuple[str, ...], expected: list[int]
) -> None:
    assert [each["id"] for each in told("messages", *filters)] == [letters[number] for number in expected]


@pytest.mark.parametrize(
    "words", [("--since", "yesterday"), ("--to", "mum"), ("--status", "gone"), ("--limit", "0")]
)
def test_a_filter_that_cannot_be_read_is_refused(cli: Cli, words: tuple[str, ...]) -> None:
    cli("messages", *words, code=2)


def test_a_text_is_shown_as_it_is_and_writes_nothing_to_the_terminal(cli: Cli, letters: list[int]) -> None:
    for output in (cli("messages").output, cli("message", str(letters[-1])).output):
        assert "[bold]Hello␛[2J" in output
        assert "\x1b" not in output


def test_the_list_has_one_line_per_message(cli: Cli, letters: list[int]) -> None:
    lines = cli("messages").stdout.splitlines()
    assert len(lines) == 2 + len(letters)
    assert lines[-1].split()[0] == str(letters[0])


def test_a_message_shows_its_parts(cli: Cli, told: Told, letters: list[int]) -> None:
    parts = told("message", str(letters[0]))["parts"]
    assert [each["number"] for each in parts] == [1, 2, 3]
    assert [each["id"] for each in parts] == [letters[0], letters[0] + 1, letters[0] + 2]
    output = cli("message", str(letters[0])).stdout
    assert "0.15, 3 parts at 0.05" in output
    assert "3/3" in output


def test_statuses_come_in_the_order_asked_and_unknown_ids_are_told_apart(
    cli: Cli, letters: list[int]
) -> None:
    ids = [str(letters[1]), str(letters[0]), "77"]
    result = cli("status", *ids, "--json", code=1)
    assert [each["id"] for each in json.loads(result.stdout)] == [letters[1], letters[0]]
    assert "no message 77" in result.stderr
    cli("status", "0", code=2)
    cli("message", "77", code=2)


def test_comments_are_shown_where_there_are_any_and_can_be_looked_for(
    cli: Cli, told: Told, letters: list[int], folder: Path
) -> None:
    assert "comment" not in cli("messages").stdout
    engine = open_database(f"sqlite:///{folder / 'gonets.db'}")
    with transaction(engine) as connection:
        connection.execute(
            text("UPDATE messages SET comment = :comment WHERE id = :id"),
            {"comment": "order 17, 100%", "id": letters[1]},
        )
    engine.dispose()
    assert [each["comment"] for each in told("messages")] == [None, "order 17, 100%", None]
    assert [each["id"] for each in told("messages", "--comment", "order 17")] == [letters[1]]
    assert [each["id"] for each in told("messages", "--comment", "100%")] == [letters[1]]
    assert told("messages", "--comment", "_rder") == []
    assert "order 17, 100%" in cli("messages").stdout
    assert "order 17, 100%" in cli("message", str(letters[1])).stdout
    assert "No message passes" in cli("messages", "--comment", "order 18").stdout


# ---- money


def test_a_statement_tells_every_movement_and_the_ledger_adds_up(
    cli: Cli, told: Told, letters: list[int]
) -> None:
    cli("account", "adjust", "shop", "-5", "--note", "paid twice")
    entries = told("ledger", "statement", "shop")
    assert [(each["kind"], each["amount"], each["balance"]) for each in entries] == [
        ("top_up", "100.00", "100.00"),
        ("charge", "-0.15", "99.85"),
        ("charge", "-0.05", "99.80"),
        ("adjustment", "-5.00", "94.80"),
    ]
    assert entries[-1]["note"] == "paid twice"
    assert [
        each["number"] for each in told("ledger", "statement", "shop", "--after", "1", "--limit", "2")
    ] == [2, 3]
    assert f"message {letters[0]}" in cli("ledger", "statement", "shop").stdout
    assert told("ledger", "check") == {"ok": True, "flaws": []}
    assert "adds up" in cli("ledger", "check").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("topup", "shop", "0"),
        ("topup", "shop", "--", "-5"),
        ("topup", "shop", "1e30"),
        ("topup", "shop", "4611686018427"),
        ("adjust", "shop", "-5"),
        ("adjust", "shop", "0", "--note", "nothing"),
        ("adjust", "shop", "--nonsense", "--note", "x"),
    ],
    ids=" ".join,
)
def test_money_that_cannot_be_is_refused(cli: Cli, told: Told, shop: str, words: tuple[str, ...]) -> None:
    cli("account", *words, code=2)
    assert told("account", "show", "shop")["balance"] == "100.00"


def test_a_ledger_that_does_not_add_up_is_told_and_fails(
    cli: Cli, told: Told, folder: Path, shop: str
) -> None:
    engine = open_database(f"sqlite:///{folder / 'gonets.db'}")
    with transaction(engine) as connection:
        connection.execute(text("UPDATE accounts SET balance = balance + 1"))
    engine.dispose()
    result = cli("ledger", "check", code=1)
    assert "account shop" in result.stdout
    assert result.stderr == "error: 1 sum does not add up\n"
    proof = told("ledger", "check", code=1)
    assert proof["ok"] is False
    assert len(proof["flaws"]) == 1
