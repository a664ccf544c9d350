"""`gonets route`: what a route is for beside its prefix, and which of them a message takes."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli

MONDAY_NIGHT = "2026-03-02T20:30"
"""23:30 in Moscow."""


@pytest.fixture
def ways(cli: Cli, shop: str) -> str:
    """Beside the route `everything`, one by account and hours, one by text, one for mail."""
    cli(
        "connector",
        "add",
        "mailer",
        "--kind",
        "smtp",
        "--set",
        "host=mail.example.net",
        "--set",
        "sender=a@b.cc",
    )
    night = ("--hours", "22:00-06:00", "--zone", "Europe/Moscow", "--days", "MON-fri")
    cli("route", "add", "night", "--connector", "sim", "--account", shop, *night)
    cli("route", "add", "codes", "--connector", "sim", "-p", "7903", "--text", r"\bcode\b")
    cli("route", "add", "letters", "--connector", "mailer", "--channel", "mail")
    return shop


def names(told: Any, *words: str, code: int = 0) -> dict[str, str]:
    """The routes that were looked at and why each was not taken."""
    return {each["name"]: each["miss"] for each in told("route", "explain", *words, code=code)["routes"]}


def test_what_a_route_is_for_is_listed_in_the_order_in_which_they_are_looked_at(told: Any, ways: str) -> None:
    assert [(each["name"], each["only"]) for each in told("route", "list")] == [
        ("codes", {"text": r"\bcode\b"}),
        (
            "night",
            {"account": ways, "hours": "22:00-06:00", "days": "mon-fri", "zone": "Europe/Moscow"},
        ),
        ("letters", {"channel": "mail"}),
        ("everything", {}),
    ]


def test_every_route_is_told_with_the_first_thing_that_does_not_match(told: Any, ways: str) -> None:
    assert names(told, "79031234567", "--at", "2026-03-02T12:00") == {
        "codes": r"only for text \bcode\b",
        "night": f"only for account {ways}",
        "letters": "only for channel mail",
        "everything": "",
    }
    assert names(told, "79041234567", "--account", ways, "--at", MONDAY_NIGHT) == {
        "night": "",
        "letters": "stands after night",
        "everything": "stands after night",
        "codes": "has another prefix",
    }
    assert names(told, "+7 903 123-45-67", "-a", ways, "--at", "2026-03-02T12:00", "--text", "hello") == {
        "codes": r"only for text \bcode\b",
        "night": "only mon-fri 22:00-06:00 (Europe/Moscow)",
        "letters": "only for channel mail",
        "everything": "",
    }


def test_the_route_taken_is_told_with_its_connectors_and_the_price(cli: Cli, told: Any, ways: str) -> None:
    cli("connector", "add", "spare")
    cli("connector", "disable", "spare")
    cli("route", "change", "codes", "--connector", "spare", "--connector", "sim", "--strategy", "weight")
    found = told("route", "explain", "79031234567", "-a", ways, "-t", "Your CODE")
    assert (found["route"], found["strategy"]) == ("codes", "weight")
    assert found["connectors"] == [
        {"name": "spare", "would_take": False, "why_not": "is off"},
        {"name": "sim", "would_take": True, "why_not": ""},
    ]
    assert (found["price"], found["currency"]) == ("0.05", "RUB")
    shown = cli("route", "explain", "79031234567", "-a", ways, "-t", "Your CODE").stdout
    assert "codes takes it, by weight:" in shown
    assert "One part costs" in shown
    assert "direction_closed" in cli("route", "explain", "79541234567", "-a", ways).stdout


def test_mail_and_sms_to_everywhere_go_side_by_side(told: Any, ways: str) -> None:
    assert told("route", "explain", "ann@example.com")["route"] == "letters"
    assert told("route", "explain", "447700900123")["route"] == "everything"
    sent = told("explain", "-a", ways, "--to", "79031234567", "--from", "Shop", "--text", "Your code")
    assert [each["name"] for each in sent["routes"] if each["taken"]] == ["codes"]


def test_where_no_route_takes_it_that_is_told_with_code_2(cli: Cli, told: Any, ways: str) -> None:
    cli("route", "disable", "everything")
    assert names(told, "447700900123", code=2)["everything"] == "is off"
    assert "No route takes sms to 447700900123." in cli("route", "explain", "447700900123", code=2).stdout


def test_a_condition_is_changed_and_taken_away_by_itself(cli: Cli, told: Any, ways: str) -> None:
    cli("route", "change", "night", "--account", "", "--group", "standard")
    cli("route", "change", "night", "--days", "sat-sun")
    [only] = [each["only"] for each in told("route", "list") if each["name"] == "night"]
    assert only == {"group": "standard", "hours": "22:00-06:00", "days": "sat,sun", "zone": "Europe/Moscow"}
    cli("route", "change", "night", "--days", "", "--hours", "")
    [only] = [each["only"] for each in told("route", "list") if each["name"] == "night"]
    assert only == {"group": "standard"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--account", "ghost"), "no account 'ghost'"),
        (("--channel", "pigeon"), "--channel"),
        (("--hours", "9-18"), "09:00-18:00"),
        (("--days", "weekend"), "mon-fri"),
        (("--text", "("), "cannot be read"),
        (("--text", ".*"), "every text has it"),
        (("--zone", "Europe/Moscow"), "goes with --hours or --days"),
        (("--hours", "09:00-18:00", "--zone", "Moscow"), "time zone"),
        ((), "is served by the route 'everything'"),
        (("--channel", "mail"), "is served by the route 'letters' under the same conditions"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(
    cli: Cli, told: Any, ways: str, words: tuple[str, ...], why: str
) -> None:
    refused = cli("route", "add", "other", "--connector", "sim", *words, code=2)
    assert why in refused.stderr
    assert len(told("route", "list")) == 4


@pytest.mark.parametrize(
    "words",
    [
        ("ann@example.com", "--channel", "sms"),
        ("79031234567", "--channel", "mail"),
        ("nobody",),
        ("79031234567", "--at", "noon"),
        ("79031234567", "--account", "ghost"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_explained_is_refused_in_one_sentence(
    cli: Cli, ways: str, words: tuple[str, ...]
) -> None:
    assert len(cli("route", "explain", *words, code=2).stderr.splitlines()) == 1


def test_what_was_exported_changes_nothing_when_applied(
    cli: Cli, told: Any, ways: str, tmp_path: Path
) -> None:
    before = told("route", "list")
    file = tmp_path / "platform.toml"
    cli("export", "--out", str(file))
    assert 'only = { account = "shop", hours = "22:00-06:00", days = "mon-fri", zone = "Europe/Moscow" }' in (
        file.read_text()
    )
    cli("apply", str(file), "--dry-run")
    said = cli("apply", str(file), "--yes").stdout
    assert "Nothing to change" in said
    assert told("route", "list") == before
