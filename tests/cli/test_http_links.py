"""Links over HTTP from the command line and in the platform file."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli

Told = Callable[..., Any]

HPG = ("hpg", "--kind", "mfms", "--set", "url=http://sms.example.net:9876", "--set", "client=ME")
OSON = ("oson", "--kind", "osonsms", "--set", "url=https://api.example.net", "--set", "login=me")


def test_a_secret_that_is_not_given_is_asked_for_and_shown_nowhere(
    cli: Cli, told: Told, folder: Path
) -> None:
    assert "Password of ME" in cli("connector", "add", *HPG, typed="hunter two\n").stdout
    assert "Pass salt hash of me" in cli("connector", "add", *OSON, typed="hunter three\n").stdout
    hpg, oson = told("connector", "list")
    assert hpg["settings"] == {
        "url": "http://sms.example.net:9876",
        "client": "ME",
        "password": "(sealed)",
    }
    assert oson["settings"]["pass_salt_hash"] == "(sealed)"
    assert "hunter" not in cli("connector", "list").stdout
    assert not any(b"hunter" in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_a_token_or_a_proxy_is_sealed_too(cli: Cli, told: Told) -> None:
    cli(
        "connector",
        "add",
        *OSON,
        "--set",
        "token=tok",
        "--set",
        "proxy=http://me:secret@proxy.example.net:3128",
    )
    [oson] = told("connector", "list")
    assert (oson["settings"]["token"], oson["settings"]["proxy"]) == ("(sealed)", "(sealed)")


def test_what_was_exported_changes_nothing_when_it_is_applied(cli: Cli, tmp_path: Path) -> None:
    cli("connector", "add", *HPG, "--set", "password=p", "--set", "proxy=http://proxy.example.net:3128")
    cli("connector", "add", *OSON, "--set", "pass_salt_hash=s", "--set", "rate=12.5")
    file = tmp_path / "platform.toml"
    file.write_text(cli("export").stdout)
    assert "pass_salt_hash_sealed" in file.read_text()
    assert "Nothing to change" in cli("apply", str(file), "--prune").stdout


def test_a_plain_secret_in_a_file_is_sealed_and_changes_nothing_the_second_time(
    cli: Cli, told: Told, tmp_path: Path
) -> None:
    file = tmp_path / "platform.toml"
    file.write_text(
        "[connectors.oson]\nkind = 'osonsms'\n"
        "[connectors.oson.settings]\nurl = 'https://api.example.net'\nlogin = 'me'\npass_salt_hash = 'salty'\n"
    )
    cli("apply", str(file), "--yes")
    assert told("connector", "list")[0]["settings"]["pass_salt_hash"] == "(sealed)"
    assert "Nothing to change" in cli("apply", str(file), "--prune").stdout


@pytest.mark.parametrize("kind", ["mfms", "osonsms"])
def test_every_setting_of_a_kind_is_explained(cli: Cli, told: Told, kind: str) -> None:
    shown = cli("connector", "add", "x", "--kind", kind, "--explain").stdout
    for setting in ("url", "login", "concurrency", "first_poll"):
        assert re.search(rf"^{setting} .*[a-z]", shown, re.MULTILINE)
    assert told("connector", "list") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hpg", "--kind", "mfms", "--set", "client=ME", "--set", "password=x"), "url"),
        ((*HPG, "--set", "password=x", "--set", "concurrency=0"), "concurrency"),
        ((*HPG, "--set", "password=x", "--set", "pigeon=1"), "the settings of an mfms link are url, client"),
        ((*OSON, "--set", "token=a", "--set", "pass_salt_hash=b"), "not both"),
    ],
)
def test_what_could_not_be_opened_is_refused_with_a_sentence(
    cli: Cli, told: Told, words: tuple[str, ...], said: str
) -> None:
    assert said in " ".join(cli("connector", "add", *words, code=2).stderr.split())
    assert told("connector", "list") == []
