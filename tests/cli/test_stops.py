"""Stop lists and stop words from the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gonets.cli import stop
from tests.cli.conftest import Cli

Told = Callable[..., Any]


def test_a_number_is_stopped_for_everybody_and_let_through_again(cli: Cli, told: Told, shop: str) -> None:
    assert told("stop", "add", "+7 903 123-45-67", "380675126767") == {
        "account": None,
        "changed": 2,
        "unchanged": 0,
    }
    assert told("stop", "list") == [{"account": None, "numbers": 2}]
    assert told("stop", "check", "79031234567", "--account", "shop", code=1) == {
        "number": "79031234567",
        "stopped": True,
        "lists": [None],
    }
    assert (
        told("send", "-a", "shop", "--from", "Shop", "--to", "79031234567", "--text", "Hi", code=2)[0][
            "reason"
        ]
        == "recipient_denied"
    )
    assert told("stop", "remove", "79031234567", "79039999999")["unchanged"] == 1
    assert told("stop", "check", "79031234567")["stopped"] is False
    assert cli("stop", "export").stdout == "380675126767\n"


def test_the_list_of_an_account_stops_only_its_own_messages(cli: Cli, told: Told, shop: str) -> None:
    cli("account", "add", "bank")
    cli("stop", "add", "79031234567", "--account", "shop")
    assert told("stop", "check", "79031234567", code=1)["lists"] == ["shop"]
    assert told("stop", "check", "79031234567", "--account", "bank")["stopped"] is False
    assert "for bank" in cli("stop", "check", "79031234567", "--account", "bank").stdout
    assert cli("stop", "export").stdout == ""
    assert cli("stop", "export", "--account", "shop").stdout == "79031234567\n"
    listed = cli("stop", "list").stdout
    assert "shop" in listed
    assert "everybody" not in listed


def test_national_numbers_are_those_of_the_account_or_of_the_country_given(cli: Cli, told: Told) -> None:
    cli("account", "add", "kyiv", "--country", "UA")
    cli("stop", "add", "0675126767", "--account", "kyiv")
    cli("stop", "add", "0675126768", "--country", "ua")
    assert told("stop", "check", "380675126767", "--account", "kyiv", code=1)["lists"] == ["kyiv"]
    assert told("stop", "check", "380675126768", code=1)["lists"] == [None]
    assert "no phone number" in cli("stop", "add", "0675126768", code=2).stderr
    assert "two letters" in cli("stop", "add", "0675126768", "--country", "Ukraine", code=2).stderr


def test_of_several_numbers_one_bad_one_adds_none(cli: Cli, told: Told) -> None:
    cli("stop", "add", "79031234567", "mum", code=2)
    assert told("stop", "list") == []


# ---- imported


def test_a_file_of_numbers_is_imported_and_its_bad_lines_are_told(
    cli: Cli, told: Told, tmp_path: Path
) -> None:
    file = tmp_path / "numbers.txt"
    file.write_bytes(b"\xef\xbb\xbf79031234567\r\n\r\n8 (903) 123-45-68\nmum\n79031234567\n\xff\xfe\n")
    assert told("stop", "import", str(file), "--country", "RU", code=1) == {
        "account": None,
        "added": 2,
        "known": 1,
        "bad": 2,
        "first_bad": [{"line": 4, "text": "mum"}, {"line": 6, "text": "\ufffd\ufffd"}],
    }
    assert cli("stop", "export").stdout == "79031234567\n79031234568\n"
    again = cli("stop", "import", str(file), "--country", "RU", code=1)
    assert "0 numbers added" in again.stdout
    assert "line 4: 'mum'" in again.stderr
    assert "2 lines" in again.stderr


def test_numbers_can_come_from_the_standard_input(cli: Cli, told: Told, shop: str) -> None:
    cli("stop", "import", "-", "--account", "shop", typed="89031234567\n")
    assert told("stop", "check", "79031234567", "--account", "shop", code=1)["lists"] == ["shop"]


def test_a_long_list_comes_in_in_turns_and_goes_out_whole(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop, "_TURN", 100)
    numbers = [79030000000 + 7919 * n for n in range(1050)]
    file = tmp_path / "numbers.txt"
    file.write_text("".join(f"{number}\n" for number in reversed(numbers)) + "mum\n" * 30)
    result = cli("stop", "import", str(file), code=1)
    assert "1050 numbers added" in result.stdout
    assert "30 lines" in result.stderr
    assert result.stderr.count("'mum'") == 10
    assert cli("stop", "export").stdout == "".join(f"{number}\n" for number in numbers)


def test_a_file_that_is_not_there_is_one_sentence(cli: Cli) -> None:
    for group in ("stop", "word", "tariff"):
        assert cli(group, "import", "nowhere.txt", code=1).stderr.startswith("error: nowhere.txt: ")


# ---- words


def test_a_stop_word_is_added_found_listed_and_taken_away(cli: Cli, told: Told, shop: str) -> None:
    cli("account", "add", "bank")
    assert told("word", "add", "casino", "loan*", "casino")["changed"] == 2
    assert told("word", "add", "casino")["unchanged"] == 1
    cli("word", "add", "--pattern", r"https?://bit\.ly/", "--account", "shop")
    everybody = [{"account": None, "kind": "word", "body": body} for body in ("casino", "loan*")]
    pattern = {"account": "shop", "kind": "pattern", "body": r"https?://bit\.ly/"}
    assert told("word", "list") == [*everybody, pattern]
    assert told("word", "list", "--account", "bank") == everybody
    for said in ("LOANS!", "see http://bit.ly/1"):
        (sent,) = told("send", "-a", "shop", "--from", "Shop", "--to", "79031234567", "--text", said, code=2)
        assert sent["reason"] == "blocked_text"
    assert told("word", "remove", "casino", "nothing") == {"account": None, "changed": 1, "unchanged": 1}
    cli("word", "remove", "--pattern", r"https?://bit\.ly/", "--account", "shop")
    assert "loan*" in cli("word", "list").stdout
    assert "gonets word list" in cli("word", "remove", "casino", code=2).stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("ok", "*"), "no letter"),
        (("--pattern", "ok", "("), "cannot be read"),
        (("--pattern", "a*"), "every text"),
        (("w" * 101,), "100 characters"),
    ],
    ids=["nothing", "no pattern", "everything", "long"],
)
def test_a_word_that_cannot_be_looked_for_is_refused_and_none_is_added(
    cli: Cli, told: Told, words: tuple[str, ...], why: str
) -> None:
    error = cli("word", "add", *words, code=2).stderr
    assert why in error
    assert "error: the " in error
    assert told("word", "list") == []


def test_a_file_of_words_is_imported_whole_or_not_at_all(cli: Cli, told: Told, tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("casino\n\n  казино \ncasino\n", encoding="utf-8")
    assert told("word", "import", str(file))["changed"] == 2
    assert {each["body"] for each in told("word", "list")} == {"casino", "казино"}
    file.write_text("roulette\n***\n", encoding="utf-8")
    assert "line 2: the stop word" in cli("word", "import", str(file), code=2).stderr
    file.write_bytes(b"roulette\n\xff\n")
    assert "line 2: it is not UTF-8" in cli("word", "import", str(file), code=2).stderr
    assert len(told("word", "list")) == 2
    cli("word", "import", "-", "--pattern", typed="^win\\b\n")
    assert told("word", "list")[0]["kind"] == "pattern"
