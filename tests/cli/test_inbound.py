"""Numbers of ours, words like STOP, and phones that say something, from the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gonets.connectors.simulator.saying import Spoken, spoken
from tests.cli.conftest import Cli

Told = Callable[..., Any]

LONG = "Длинный рассказ о том, как гонец скакал через степь. " * 4


def said(folder: Path) -> list[Spoken]:
    """What phones of the simulated network `sim` have said, in order."""
    [data] = [path.parent for path in folder.rglob("phones")]
    return [part for _, part in spoken(data / "phones", "sim", (), 1000)]


def test_a_number_is_shared_by_keywords_and_given_back(cli: Cli, told: Told, shop: str) -> None:
    cli("account", "add", "bank")
    cli("number", "add", "+4242", "shop")
    cli("number", "add", "4242", "bank", "--keyword", "Голос, ЗА!")
    assert "has an account already" in cli("number", "add", "4242", "bank", code=2).stderr
    assert told("number", "list") == [
        {"number": "4242", "keyword": "", "account": "shop"},
        {"number": "4242", "keyword": "голос за", "account": "bank"},
    ]
    cli("number", "remove", "4242")
    assert "there is no number 4242" in cli("number", "remove", "4242", code=2).stderr
    assert "голос за" in cli("number", "list").stdout


@pytest.mark.parametrize(
    "words", [["", "shop"], ["4 2", "shop"], ["4" * 21, "shop"], ["4242", "shop", "-k", "!"]]
)
def test_what_cannot_be_a_number_or_a_keyword_is_refused(cli: Cli, shop: str, words: list[str]) -> None:
    assert "cannot be a" in cli("number", "add", *words, code=2).stderr


def test_words_like_stop_are_listed_added_and_taken_away(cli: Cli, told: Told) -> None:
    usual = told("stop", "words", "list")
    assert {"kind": "stop", "word": "стоп"} in usual
    assert {"kind": "start", "word": "старт"} in usual
    cli("stop", "words", "add", "Хватит!", "STOP")
    cli("stop", "words", "add", "again", "--start")
    assert "is a stop word already" in cli("stop", "words", "add", "стоп", "--start", code=2).stderr
    assert "no letters or digits" in cli("stop", "words", "add", "!", code=2).stderr
    now = told("stop", "words", "list")
    assert [each for each in now if each not in usual] == [
        {"kind": "stop", "word": "хватит"},
        {"kind": "start", "word": "again"},
    ]
    cli("stop", "words", "remove", "хватит", "AGAIN")
    assert told("stop", "words", "list") == usual


def test_numbers_and_words_go_through_the_platform_file(
    cli: Cli, told: Told, shop: str, tmp_path: Path
) -> None:
    cli("number", "add", "4242", "shop", "--keyword", "win")
    cli("stop", "words", "add", "enough")
    file = tmp_path / "platform.toml"
    cli("export", "--out", str(file))
    written = file.read_text()
    assert 'numbers = ["4242 win"]' in written
    assert "enough" in written
    assert "othing" in cli("apply", str(file), "--dry-run", "--prune").stdout
    file.write_text(written.replace('"4242 win"', '"4242 win", "Shop"').replace('"enough"', '"halt"'))
    cli("apply", str(file), "--prune", "--yes")
    assert [each["number"] for each in told("number", "list")] == ["4242", "shop"]
    words = [each["word"] for each in told("stop", "words", "list")]
    assert ("halt" in words, "enough" in words) == (True, False)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('numbers = [""]', "is no number"),
        ('numbers = ["4242 !"]', "is no keyword"),
        ('numbers = ["4242", "+4242"]', "the same is there already"),
        ("numbers = 4242", "write an array"),
    ],
)
def test_a_wrong_number_in_a_platform_file_is_shown_with_its_line(
    cli: Cli, tmp_path: Path, line: str, sentence: str
) -> None:
    file = tmp_path / "platform.toml"
    file.write_text(f"[accounts.shop]\n{line}\n")
    complaint = cli("apply", str(file), "--dry-run", code=2).stderr
    assert sentence in complaint.replace("\n", " ")
    assert "line 2" in complaint


def test_a_word_cannot_be_in_both_lists_of_a_platform_file(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "platform.toml"
    file.write_text('[everyone]\nopt_out_words = ["on"]\nopt_in_words = ["ON!"]\n')
    assert "opt_out_words too" in cli("apply", str(file), "--dry-run", code=2).stderr.replace("\n", " ")


def test_a_phone_says_a_long_text_in_parts_in_the_order_that_is_asked_for(
    cli: Cli, shop: str, folder: Path
) -> None:
    cli("phones", "say", "+79031234567", "4242", LONG, "--order", "back", "--twice", "--lose", "2")
    parts = said(folder)
    assert [each.number for each in parts] == [4, 3, 1, 4, 3, 1]
    assert {(each.sender, each.recipient, each.total) for each in parts} == {("79031234567", "4242", 4)}
    assert len({each.reference for each in parts}) == 1


def test_a_phone_has_to_be_in_a_simulated_network(cli: Cli) -> None:
    assert "there is none" in cli("phones", "say", "79031234567", "4242", "Hi", code=2).stderr
    cli("connector", "add", "sim")
    cli("connector", "add", "other")
    assert "other, sim" in cli("phones", "say", "79031234567", "4242", "Hi", code=2).stderr
    cli("phones", "say", "79031234567", "4242", "Hi", "--connector", "sim")


def test_only_messages_that_are_nobodys_can_be_given_away(cli: Cli, told: Told, shop: str) -> None:
    assert told("inbound", "list", "--unrouted") == []
    assert "say which messages" in cli("inbound", "route", "shop", code=2).stderr
    assert "no such message" in cli("inbound", "route", "shop", "17", code=1).stderr
