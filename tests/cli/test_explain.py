"""What would become of a message, from the command line."""

from collections.abc import Callable
from typing import Any

import pytest

from gonets.rules.verdicts import ORDER
from tests.cli.conftest import Cli

Told = Callable[..., Any]

ASKED = ("explain", "-a", "shop", "--from", "Shop", "--to", "8 903 123-45-67", "--text")


def test_a_message_is_explained_with_its_price_its_parts_and_every_check(told: Told, shop: str) -> None:
    explained = told(*ASKED, "Привет, Tom! " * 6)
    assert explained["taken"] is True
    assert explained["recipient"] == "79031234567"
    assert explained["text"]["encoding"] == "ucs2"
    assert "".join(explained["text"]["parts"]) == "Привет, Tom! " * 6
    assert explained["text"]["forcing"][0] == {"position": 0, "char": "П"}
    assert (explained["price"], explained["total"], explained["currency"]) == ("0.05", "0.10", "RUB")
    assert explained["routes"] == [
        {
            "name": "everything",
            "prefix": "",
            "connectors": ["sim"],
            "strategy": "priority",
            "taken": True,
            "miss": "",
        }
    ]
    assert [each["name"] for each in explained["checks"]] == list(ORDER)
    assert {each["verdict"] for each in explained["checks"]} == {"passed"}


def test_explaining_sends_and_charges_nothing(cli: Cli, told: Told, shop: str) -> None:
    cli(*ASKED, "Hi")
    assert told("messages") == []
    assert told("account", "show", "shop")["balance"] == "100.00"


def test_a_refusal_says_which_check_it_was_and_exits_with_2(cli: Cli, told: Told, shop: str) -> None:
    cli("stop", "add", "79031234567")
    explained = told(*ASKED, "Hi", code=2)
    assert (explained["taken"], explained["reason"]) == (False, "recipient_denied")
    verdicts = {each["name"]: each["verdict"] for each in explained["checks"]}
    assert (verdicts["recipient"], verdicts["stop lists"]) == ("passed", "refused")
    assert verdicts["price"] == verdicts["credit"] == "not reached"


@pytest.mark.parametrize(
    ("set_up", "more", "reason", "check"),
    [
        (("account", "disable", "shop"), (), "account_blocked", "account"),
        (("account", "change", "shop", "--registered-senders"), (), "unknown_sender", "sender"),
        (("word", "add", "hi"), (), "blocked_text", "stop words"),
        (("tariff", "set", "standard", "0.05", "--currency", "USD"), (), "direction_closed", "price"),
        (("route", "disable", "everything"), (), "no_route", "route"),
        (("account", "adjust", "shop", "-99.99", "--note", "spent"), (), "no_credit", "credit"),
        (("account", "change", "shop", "--zone", "UTC"), ("--protocol", "sms2"), "bad_sender", "sender"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_a_person_set_is_what_refuses(
    cli: Cli, told: Told, shop: str, set_up: tuple[str, ...], more: tuple[str, ...], reason: str, check: str
) -> None:
    cli(*set_up)
    sender = "a b" if more else "Shop"
    words = ("explain", "-a", "shop", "--from", sender, "--to", "79031234567", "--text", "Hi", *more)
    explained = told(*words, code=2)
    assert explained["reason"] == reason
    assert [each["name"] for each in explained["checks"] if each["verdict"] == "refused"] == [check]


def test_what_was_sent_before_counts(cli: Cli, told: Told, shop: str) -> None:
    cli("account", "change", "shop", "--duplicate-window", "1h", "--flood", "2/1h")
    assert told(*ASKED, "Hi")["taken"] is True
    cli("send", "-a", "shop", "--from", "Shop", "--to", "79031234567", "--text", "Hi")
    assert told(*ASKED, "Hi", code=2)["reason"] == "duplicate"
    assert told(*ASKED, "Hello")["taken"] is True
    cli("send", "-a", "shop", "--from", "Shop", "--to", "79031234567", "--text", "Hello")
    assert told(*ASKED, "Bye", code=2)["reason"] == "flood"


def test_a_comment_is_told_apart_and_priced_for_nothing(told: Told, shop: str) -> None:
    explained = told(*ASKED, "Hi\n~~~\n" + "order 17 " * 30, "--protocol", "smsc")
    assert explained["comment"].startswith("order 17")
    assert (explained["text"]["parts"], explained["total"]) == (["Hi"], "0.05")


def test_a_person_sees_marks_costly_characters_and_what_would_happen(cli: Cli, shop: str) -> None:
    output = cli(*ASKED, "Price [1] €").stdout
    assert "Price [1] €" in output
    for words in (
        "GSM 7-bit: 1 part, room for 146 more",
        "[ ] € (3 times)",
        "0.05 RUB in all",
        "would be taken",
    ):
        assert words in output
    assert output.count("✓") == len(ORDER)
    cli("account", "change", "shop", "--rate", "10")
    output = cli(
        "explain", "-a", "shop", "--from", "\x1b[2J", "--to", "1", "--text", "x\x1b[2J", code=2
    ).stdout
    assert "\x1b" not in output
    assert "bad_sender: " in output
    assert output.count("✗") == 1
    assert output.count("?") >= 1


def test_a_text_in_several_parts_shows_where_it_is_cut(cli: Cli, shop: str) -> None:
    assert "│" in cli(*ASKED, "a" * 170).stdout


def test_an_unknown_account_cannot_be_explained(cli: Cli) -> None:
    assert "no account" in cli("explain", "-a", "nobody", "--to", "1", "--text", "x", code=2).stderr
