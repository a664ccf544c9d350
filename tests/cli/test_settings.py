"""Accounts, logins, profiles, senders, prices, connectors and routes from the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from gonets.config import read_config
from gonets.flow.vault import open_vault
from gonets.model.account import ProofKind
from gonets.rules.proofs import md5_of, seal_context
from gonets.stores import settings
from gonets.stores.store import open_database, transaction
from tests.cli.conftest import Cli

Told = Callable[..., Any]

# ---- accounts


def test_an_account_has_the_settings_it_was_added_with(cli: Cli, told: Told) -> None:
    cli(
        "account",
        "add",
        "bank",
        "--group",
        "vip",
        "--currency",
        "uah",
        "--overdraft",
        "50",
        "--country",
        "ua",
    )
    cli(
        "account",
        "change",
        "bank",
        "--zone",
        "Europe/Kyiv",
        "--push-url",
        "https://bank.example/sms",
        "--push-batch",
        "7",
    )
    assert told("account", "show", "bank") == {
        "id": 1,
        "name": "bank",
        "enabled": True,
        "balance": "0.00",
        "overdraft": "50.00",
        "currency": "UAH",
        "group": "vip",
        "home_country": "UA",
        "zone": "Europe/Kyiv",
        "any_sender": False,
        "default_sender": "",
        "push_url": "https://bank.example/sms",
        "push_batch": 7,
        "push_kind": "mfms",
        "push_fields": [],
        "smpp_binds": 0,
        "smpp_window": 100,
        "batch_json": False,
        "guards": {
            "duplicate_seconds": 0,
            "flood_most": 0,
            "flood_seconds": 0,
            "rate": 0,
            "networks": [],
            "quiet": None,
            "resend": "never_twice",
            "refuse_when_down": False,
        },
        "logins": [],
        "profiles": [],
        "senders": [],
    }


def test_changing_one_setting_leaves_the_others(cli: Cli, told: Told) -> None:
    cli("account", "add", "bank", "--any-sender", "--default-sender", "Bank", "--topup", "5")
    before = told("account", "show", "bank")
    cli("account", "change", "bank", "--default-sender", "")
    assert told("account", "show", "bank") == before | {"default_sender": ""}


def test_the_guards_of_an_account_are_set_shown_and_taken_away(cli: Cli, told: Told) -> None:
    cli("account", "add", "bank", "--rate", "10", "--network", "192.0.2.0/24", "--network", "2001:db8::/32")
    cli("account", "change", "bank", "--duplicate-window", "5m", "--flood", "5/90s", "--refuse-when-down")
    cli("account", "change", "bank", "--quiet", "22:00-8:30", "--resend", "never_lost")
    assert told("account", "show", "bank")["guards"] == {
        "duplicate_seconds": 300,
        "flood_most": 5,
        "flood_seconds": 90,
        "rate": 10,
        "networks": ["192.0.2.0/24", "2001:db8::/32"],
        "quiet": "22:00-08:30",
        "resend": "never_lost",
        "refuse_when_down": True,
    }
    shown = cli("account", "show", "bank").stdout
    for words in (
        "192.0.2.0/24, 2001:db8::/32",
        "refused within 5m",
        "at most 5 to one number in a row, less than 90s apart",
        "22:00-08:30, the recipient's time",
        "sent again, never lost",
    ):
        assert words in shown
    cli("account", "change", "bank", "--rate", "0", "--network", "any", "--duplicate-window", "off")
    cli("account", "change", "bank", "--flood", "off", "--quiet", "off", "--resend", "never_twice")
    cli("account", "change", "bank", "--keep-when-down")
    cli("account", "add", "other")
    assert told("account", "show", "bank")["guards"] == told("account", "show", "other")["guards"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--zone", "Moscow"), "time zone"),
        (("--currency", "rubles"), "currency"),
        (("--country", "Russia"), "country"),
        (("--overdraft", "-1"), "below zero"),
        (("--overdraft", "a lot"), "not an amount"),
        (("--push-url", "bank.example"), "http://"),
        (("--push-batch", "101"), "1 to 100"),
        (("--group", " "), "tariff group"),
        (("--default-sender", "Отправитель"), "Latin"),
        (("--duplicate-window", "soon"), "90s"),
        (("--duplicate-window", "0"), "90s"),
        (("--duplicate-window", "53w"), "a year"),
        (("--flood", "5"), "5/10s"),
        (("--flood", "0/10s"), "5/10s"),
        (("--flood", "5/2d"), "no flood"),
        (("--rate", "-1"), "--rate"),
        (("--network", "192.0.2.1/24"), "192.0.2.0/24"),
        (("--network", "10.0.0.0/8", "--network", "nowhere"), "not a network"),
        (("--quiet", "22-8"), "22:00-08:00"),
        (("--quiet", "08:00-08:00"), "22:00-08:00"),
        (("--quiet", "00:00-24:00"), "22:00-08:00"),
        (("--quiet", "22:60-08:00"), "22:00-08:00"),
        (("--resend", "sometimes"), "never_lost"),
        ((), "nothing to change"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_setting_is_refused_and_changes_nothing(
    cli: Cli, told: Told, options: tuple[str, ...], why: str
) -> None:
    cli("account", "add", "bank")
    before = told("account", "show", "bank")
    assert why in cli("account", "change", "bank", *options, code=2).stderr
    assert told("account", "show", "bank") == before


def test_two_accounts_of_one_name_are_refused(cli: Cli) -> None:
    cli("account", "add", "bank")
    assert "already" in cli("account", "add", "bank", code=2).stderr


def test_an_unknown_account_is_one_sentence_with_what_to_do(cli: Cli) -> None:
    for words in (
        ("account", "show", "nobody"),
        ("account", "disable", "nobody"),
        ("account", "topup", "nobody", "5"),
        ("ledger", "statement", "nobody"),
        ("messages", "--account", "nobody"),
        ("sender", "add", "nobody", "Me"),
    ):
        result = cli(*words, code=2)
        assert result.stderr == "error: there is no account 'nobody'; `gonets account list` shows all\n"


def test_an_account_is_switched_off_and_on(cli: Cli, told: Told) -> None:
    cli("account", "add", "bank")
    cli("account", "disable", "bank")
    assert told("account", "show", "bank")["enabled"] is False
    cli("account", "enable", "bank")
    assert told("account", "list")[0]["enabled"] is True


def test_the_list_of_accounts_is_for_people_too(cli: Cli) -> None:
    assert "gonets account add" in cli("account", "list").stdout
    cli("account", "add", "bank", "--login", "till", "--password", "p", "--topup", "1.5")
    output = cli("account", "list").stdout
    for word in ("bank", "1.50 RUB", "till (mfms: password)", "on"):
        assert word in output


# ---- logins and profiles


def secret_of(folder: Path, login: str, kind: ProofKind = ProofKind.PASSWORD) -> str:
    engine = open_database(read_config(folder / "gonets.toml").store_url)
    with transaction(engine) as connection:
        found = {(each.login, each.kind): each.secret for each in settings.list_credentials(connection)}
    engine.dispose()
    return found[login, kind]


def test_a_password_is_asked_for_twice_and_never_shown(cli: Cli, folder: Path) -> None:
    result = cli("account", "add", "bank", "--login", "till", typed="sesame\nsesame\n")
    assert "sesame" not in result.output
    assert PasswordHasher().verify(secret_of(folder, "till"), "sesame")


def test_a_new_password_takes_the_place_of_the_old_one(cli: Cli, folder: Path) -> None:
    cli("account", "add", "bank", "--login", "till", "--password", "old")
    cli("account", "password", "bank", typed="new\nnew\n")
    assert PasswordHasher().verify(secret_of(folder, "till"), "new")


def test_an_account_may_have_several_logins_and_then_one_must_be_named(cli: Cli, told: Told) -> None:
    cli("account", "add", "bank", "--login", "till", "--password", "p")
    cli("account", "password", "bank", "--login", "desk", "--new", "--password", "q")
    assert [each["login"] for each in told("account", "show", "bank")["logins"]] == ["desk", "till"]
    assert "--login" in cli("account", "password", "bank", "--password", "r", code=2).stderr
    cli("account", "password", "bank", "--login", "desk", "--password", "r")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("account", "password", "shop", "--password", "p"), "--new adds one"),
        (("account", "password", "shop", "--login", "till", "--password", "p"), "--new adds it"),
        (("account", "password", "shop", "--login", "till", "--new", "--password", "p"), "taken"),
        (("account", "password", "bank", "--new", "--password", "p"), "name the new login"),
        (("account", "password", "bank", "--password", ""), "empty"),
        (("account", "add", "other", "--login", "till", "--password", "p"), "taken"),
        (("account", "add", "other", "--password", "p"), "--login"),
        (
            ("account", "password", "bank", "--kind", "token", "--password", "p"),
            "have a password, not a token",
        ),
        (("account", "password", "bank", "--protocol", "sms2", "--password", "p"), "--new adds one"),
        (("account", "password", "bank", "--remove", "--new"), "--remove goes with neither"),
        (("account", "password", "bank", "--remove", "--login", "desk"), "no login 'desk'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_login_that_cannot_be_is_refused(cli: Cli, told: Told, words: tuple[str, ...], why: str) -> None:
    cli("account", "add", "bank", "--login", "till", "--password", "p")
    cli("account", "add", "shop")
    assert why in cli(*words, code=2).stderr
    assert [each["name"] for each in told("account", "list")] == ["bank", "shop"]


def test_a_login_may_sign_and_have_a_token_and_its_list_shows_no_secret(
    cli: Cli, told: Told, folder: Path
) -> None:
    added = cli("account", "add", "shop", "--login", "oson", "--protocol", "osonsms", typed="salty\nsalty\n")
    bears = cli("account", "password", "shop", "--kind", "token", typed="bearer-1\nbearer-1\n")
    shown = cli("account", "show", "shop")
    for printed in (added.output, bears.output, shown.output):
        assert "salty" not in printed
        assert "bearer-1" not in printed
    assert "oson (osonsms: signature, token)" in shown.stdout
    assert told("account", "show", "shop")["logins"] == [
        {"protocol": "osonsms", "login": "oson", "kinds": ["signature", "token"]}
    ]
    assert told("account", "show", "shop")["profiles"] == []
    vault = open_vault(folder / "secret.key")
    for kind, secret in ((ProofKind.SIGNATURE, "salty"), (ProofKind.TOKEN, "bearer-1")):
        sealed = secret_of(folder, "oson", kind)
        assert secret not in sealed
        assert vault.open(sealed, seal_context("osonsms", "oson", kind)) == secret


def test_with_the_password_of_sms2_its_md5_is_set_and_removed(cli: Cli, told: Told, folder: Path) -> None:
    cli("account", "add", "shop", "--login", "till", "--password", "p", "--protocol", "sms2")
    cli("account", "password", "shop", "--password", "q")
    assert told("account", "show", "shop")["logins"] == [
        {"protocol": "sms2", "login": "till", "kinds": ["md5", "password"]}
    ]
    assert PasswordHasher().verify(secret_of(folder, "till", ProofKind.MD5), md5_of("q"))
    assert "--kind password" in cli("account", "password", "shop", "--kind", "md5", code=2).stderr
    cli("account", "password", "shop", "--remove")
    assert told("account", "show", "shop")["logins"] == []


def test_one_login_in_two_protocols_is_named_with_its_protocol(cli: Cli) -> None:
    cli("account", "add", "shop", "--login", "till", "--password", "p")
    cli("account", "password", "shop", "--login", "till", "--protocol", "smsc", "--new", "--password", "p")
    refused = cli("account", "password", "shop", "--login", "till", "--password", "q", code=2)
    assert "till (mfms), till (smsc)" in refused.stderr
    cli("account", "password", "shop", "--protocol", "smsc", "--password", "q")


def test_a_key_file_that_holds_no_key_is_one_sentence_with_what_to_do(cli: Cli, folder: Path) -> None:
    (folder / "secret.key").write_text("not a key", encoding="utf-8")
    words = ("account", "add", "shop", "--login", "oson", "--protocol", "osonsms", "--password", "salty")
    assert "put the right one back" in cli(*words, code=2).stderr
    assert "no accounts" in cli("account", "list").stdout


def test_a_key_file_that_others_can_read_is_warned_of(cli: Cli, folder: Path) -> None:
    words = ("--login", "oson", "--protocol", "osonsms", "--password", "salty")
    assert "chmod" not in cli("account", "add", "shop", *words).stderr
    (folder / "secret.key").chmod(0o644)
    assert "chmod 600" in cli("account", "password", "shop", "--password", "saltier").stderr


def test_a_login_comes_with_a_profile_and_more_can_be_added(cli: Cli, told: Told) -> None:
    cli("account", "add", "bank", "--login", "till", "--password", "p")
    cli("account", "profile", "add", "bank", "connector1", "--password-field", "pass", "--dashed-dates")
    first, second = told("account", "profile", "list")
    assert first == {
        "account": "bank",
        "client": "bank",
        "name": "connector0",
        "login_field": "login",
        "password_field": "password",
        "dashed_dates": False,
    }
    assert second == first | {"name": "connector1", "password_field": "pass", "dashed_dates": True}
    assert "/bank/connector1" in cli("account", "profile", "list").stdout


@pytest.mark.parametrize(
    "extra", [("a/b",), ("a b",), ("c", "--client", "ы"), ("c", "--login-field", "password")]
)
def test_a_profile_that_no_url_could_name_is_refused(cli: Cli, extra: tuple[str, ...]) -> None:
    cli("account", "add", "bank")
    cli("account", "profile", "add", "bank", *extra, code=2)


# ---- senders


def test_a_sender_goes_from_requested_to_approved_to_refused_and_away(cli: Cli, told: Told) -> None:
    cli("account", "add", "bank")
    cli("sender", "add", "bank", "Bank", "--requested")
    for command, state in (("approve", "approved"), ("refuse", "refused")):
        cli("sender", command, "bank", "BANK")
        assert told("sender", "list", "--account", "bank") == [
            {"account": "bank", "name": "Bank", "state": state}
        ]
    cli("sender", "remove", "bank", "bank")
    assert told("sender", "list") == []


def test_a_sender_that_cannot_be_is_refused(cli: Cli) -> None:
    cli("account", "add", "bank")
    cli("sender", "add", "bank", "Bank")
    assert "already" in cli("sender", "add", "bank", "bank", code=2).stderr
    assert "gonets sender add" in cli("sender", "approve", "bank", "Other", code=2).stderr
    assert "no sender" in cli("sender", "remove", "bank", "Other", code=2).stderr
    for name in ("", " ", "Банк", "a\nb", "x" * 16):
        cli("sender", "add", "bank", name, code=2)


# ---- prices


def test_a_price_is_set_replaced_closed_and_removed(cli: Cli, told: Told) -> None:
    cli("tariff", "set", "standard", "0.05")
    cli("tariff", "set", "standard", "0.06", "--refund-undelivered")
    cli("tariff", "set", "standard", "--prefix", "+7954", "--closed")
    every = {
        "group": "standard",
        "channel": "sms",
        "prefix": "",
        "price": "0.06",
        "currency": "",
        "closed": False,
        "refund_undelivered": True,
        "valid_from": None,
        "in_force": True,
    }
    closed = every | {"prefix": "7954", "price": "0.00", "closed": True, "refund_undelivered": False}
    assert told("tariff", "list") == [every, closed]
    cli("tariff", "remove", "standard", "--prefix", "7954")
    assert told("tariff", "list", "--group", "standard") == [every]
    assert told("tariff", "list", "--group", "other") == []


def test_a_price_is_of_one_channel(cli: Cli, told: Told) -> None:
    cli("tariff", "set", "standard", "0.05", "--prefix", "7")
    cli("tariff", "set", "standard", "0.06", "--prefix", "7")
    said = cli("tariff", "set", "standard", "6", "--prefix", "7", "--channel", "mms").stdout
    assert "standard, mms to 7: 6.00 a part" in said
    cli("tariff", "set", "standard", "--channel", "mms", "--closed")
    shown = [(each["channel"], each["prefix"], each["price"]) for each in told("tariff", "list")]
    assert shown == [("mms", "", "0.00"), ("mms", "7", "6.00"), ("sms", "7", "0.06")]
    assert "mms" in cli("tariff", "list").stdout
    cli("tariff", "remove", "standard", "--channel", "mms")
    cli("tariff", "remove", "standard", "--channel", "mms", code=2)
    cli("tariff", "remove", "standard", "--prefix", "7")
    assert [(each["channel"], each["prefix"]) for each in told("tariff", "list")] == [("mms", "7")]
    assert "mms" in cli("tariff", "set", "standard", "1", "--channel", "fax", code=2).stderr


def test_an_account_chooses_how_batches_are_answered(cli: Cli, told: Told) -> None:
    cli("account", "add", "bank", "--batch-json")
    assert told("account", "show", "bank")["batch_json"] is True
    assert "answered in JSON" in cli("account", "show", "bank").stdout
    cli("account", "change", "bank", "--batch-as-printed")
    assert told("account", "show", "bank")["batch_json"] is False


@pytest.mark.parametrize(
    "words",
    [
        ("set", "standard"),
        ("set", "standard", "-1"),
        ("set", "standard", "free"),
        ("set", "standard", "0.0000001"),
        ("set", "standard", "1", "--prefix", "79x"),
        ("remove", "standard", "--prefix", "7903"),
    ],
    ids=" ".join,
)
def test_a_price_that_cannot_be_is_refused(cli: Cli, told: Told, words: tuple[str, ...]) -> None:
    cli("tariff", *words, code=2)
    assert told("tariff", "list") == []


def test_a_price_of_nothing_can_be_said(cli: Cli, told: Told) -> None:
    cli("tariff", "set", "standard", "0.00")
    assert told("tariff", "list")[0]["price"] == "0.00"


# ---- the network


def test_a_connector_keeps_its_settings_and_is_switched(cli: Cli, told: Told) -> None:
    cli("connector", "add", "sim", "--set", "receipt_delay=0.5", "--set", "window=10", "--off")
    expected = {
        "name": "sim",
        "kind": "simulator",
        "settings": {"receipt_delay": 0.5, "window": 10},
        "enabled": False,
    }
    assert told("connector", "list") == [expected]
    cli("connector", "enable", "sim")
    assert told("connector", "list") == [expected | {"enabled": True}]
    assert "receipt_delay=0.5" in cli("connector", "list").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("sim", "--set", "windows=10"),
        ("sim", "--set", "window=ten"),
        ("sim", "--set", "window=0"),
        ("sim", "--set", "window"),
        ("sim", "--set", "window=1", "--set", "window=2"),
        ("a/b",),
        (" router",),
        ("sim", "--kind", "pigeon"),
    ],
    ids=" ".join,
)
def test_a_connector_that_could_not_be_opened_is_refused(
    cli: Cli, told: Told, words: tuple[str, ...]
) -> None:
    cli("connector", "add", *words, code=2)
    assert told("connector", "list") == []


def test_a_route_names_connectors_that_are_there_and_one_serves_a_prefix(cli: Cli, told: Told) -> None:
    assert "gonets connector add" in cli("route", "add", "all", "--connector", "sim", code=2).stderr
    cli("connector", "add", "sim")
    cli("connector", "add", "spare")
    cli("route", "add", "all", "--connector", "sim", "--connector", "spare")
    cli("route", "add", "again", "--connector", "sim", code=2)
    cli("route", "add", "later", "--connector", "spare", "--off")
    cli("route", "enable", "later", code=2)
    cli("route", "disable", "all")
    cli("route", "enable", "later")
    assert told("route", "list") == [
        {
            "name": "all",
            "prefix": "",
            "connectors": ["sim", "spare"],
            "enabled": False,
            "strategy": "priority",
            "weights": [],
            "only": {},
        },
        {
            "name": "later",
            "prefix": "",
            "connectors": ["spare"],
            "enabled": True,
            "strategy": "priority",
            "weights": [],
            "only": {},
        },
    ]


def test_the_connectors_of_a_route_are_changed_and_share_it_by_weights(cli: Cli, told: Told) -> None:
    cli("connector", "add", "sim")
    cli("connector", "add", "spare")
    cli("route", "add", "all", "--connector", "sim", "--connector", "spare")
    cli("route", "change", "all", "--strategy", "weight", "--weight", "3", "--weight", "1")
    [route] = told("route", "list")
    assert (route["strategy"], route["weights"]) == ("weight", [3, 1])
    assert "sim (3), spare (1)" in cli("route", "list").stdout
    cli("route", "change", "all", "--strategy", "cost")
    assert [each["strategy"] for each in told("route", "list")] == ["cost"]
    assert "sim, spare" in cli("route", "list").stdout
    cli("route", "change", "all", "--connector", "spare", "--strategy", "priority")
    [route] = told("route", "list")
    assert (route["connectors"], route["strategy"], route["weights"]) == (["spare"], "priority", [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "x", "-p", "7", "--connector", "sim", "--weight", "3"), "--strategy weight"),
        (
            (
                "add",
                "x",
                "-p",
                "7",
                "--connector",
                "sim",
                "--strategy",
                "weight",
                "--weight",
                "3",
                "--weight",
                "1",
            ),
            "one for each",
        ),
        (
            ("add", "x", "-p", "7", "--connector", "sim", "--strategy", "weight", "--weight", "0"),
            "than or equal to 1",
        ),
        (("add", "x", "-p", "7", "--connector", "sim", "--connector", "sim"), "twice"),
        (("change", "all", "--weight", "2"), "--strategy weight"),
        (("change", "all", "--connector", "nothing"), "no connector"),
        (("change", "nothing", "--connector", "sim"), "no route"),
    ],
)
def test_a_route_that_could_not_be_served_is_refused(cli: Cli, words: tuple[str, ...], said: str) -> None:
    cli("connector", "add", "sim")
    cli("route", "add", "all", "--connector", "sim")
    assert said in cli("route", *words, code=2).stderr


def test_switching_what_is_not_there_is_refused(cli: Cli) -> None:
    assert "no route" in cli("route", "enable", "nothing", code=2).stderr
    assert "no connector" in cli("connector", "disable", "nothing", code=2).stderr


def test_an_account_has_limits_over_smpp(cli: Cli, told: Told) -> None:
    cli("account", "add", "shop", "--login", "shop", "--protocol", "smpp", "--password", "p")
    shown = told("account", "show", "shop")
    assert (shown["smpp_binds"], shown["smpp_window"]) == (0, 100)
    assert "any number, each with a window of 100" in cli("account", "show", "shop").stdout
    cli("account", "change", "shop", "--smpp-binds", "4", "--smpp-window", "50")
    assert "4, each with a window of 50" in cli("account", "show", "shop").stdout
    cli("account", "change", "shop", "--smpp-window", "0", code=2)


def guards(told: Told, name: str) -> tuple[int, int, int]:
    found = told("account", "show", name)["guards"]
    return found["duplicate_seconds"], found["flood_most"], found["flood_seconds"]


def test_an_account_with_a_login_of_smsc_begins_with_its_guards_unless_others_are_said(
    cli: Cli, told: Told
) -> None:
    login = ("--login", "x", "--password", "p", "--protocol", "smsc")
    cli("account", "add", "usual", *login)
    assert guards(told, "usual") == (60, 50, 30)
    cli("account", "add", "free", "--login", "y", *login[2:], "--duplicate-window", "off", "--flood", "5/10s")
    assert guards(told, "free") == (0, 5, 10)
    cli("account", "add", "plain", "--login", "z", "--password", "p", "--protocol", "smpp")
    assert guards(told, "plain") == (0, 0, 0)


def test_an_account_that_gets_a_login_of_smsc_later_gets_the_guards_that_it_has_not(
    cli: Cli, told: Told
) -> None:
    cli("account", "add", "shop", "--flood", "5/10s")
    said = cli(
        "account", "password", "shop", "--login", "s", "--new", "--protocol", "smsc", "--password", "p"
    )
    assert "refuses duplicates and floods now" in said.stdout
    assert guards(told, "shop") == (60, 5, 10)
    cli("account", "change", "shop", "--duplicate-window", "off")
    cli("account", "password", "shop", "--login", "s", "--protocol", "smsc", "--password", "q")
    assert guards(told, "shop") == (0, 5, 10)
