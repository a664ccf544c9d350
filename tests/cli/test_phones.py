"""The simulated phones from the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gonets.connectors.simulator.endings import ENDINGS
from gonets.connectors.simulator.phones import Received
from gonets.model.message import Channel, Encoding, MessageId, PartId, Status
from tests.cli.conftest import Cli

Told = Callable[..., Any]

_AT = 1_772_443_800_000_000
"""2026-03-02 09:30:00 UTC."""


def part(
    message: int, number: int, total: int, recipient: str, text: str, outcome: Status = Status.DELIVERED
) -> Received:
    return Received(
        PartId(message + number - 1),
        MessageId(message),
        number,
        total,
        "Shop",
        recipient,
        text,
        Encoding.GSM7,
        str(message * 1000 + number),
        _AT + message * 1_000_000,
        outcome,
    )


@pytest.fixture
def journal(folder: Path) -> None:
    lines = (
        part(1001, 2, 2, "79031234567", "and its second"),
        part(1001, 1, 2, "79031234567", "the first half\n"),
        part(1003, 1, 1, "79037654321", "once"),
        part(1004, 1, 1, "79031234567", "evil \x1b]0;title\x07"),
        part(1005, 1, 1, "79031239901", "never comes", Status.UNDELIVERED),
    )
    (folder / "phones").mkdir()
    (folder / "phones/sim.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(lines))


@pytest.mark.usefixtures("journal")
def test_phones_that_got_something_are_listed_the_latest_first(told: Told) -> None:
    assert told("phones") == [
        {
            "number": "79031234567",
            "messages": 2,
            "last_at": "2026-03-02T09:46:44.000000Z",
            "last_sender": "Shop",
        },
        {
            "number": "79037654321",
            "messages": 1,
            "last_at": "2026-03-02T09:46:43.000000Z",
            "last_sender": "Shop",
        },
    ]
    assert [each["number"] for each in told("phones", "--limit", "1")] == ["79031234567"]


@pytest.mark.usefixtures("journal")
def test_an_inbox_shows_long_texts_joined_and_the_oldest_first(cli: Cli, told: Told) -> None:
    first, second = told("phones", "+7 903 123-45-67")
    assert (first["message"], first["parts"], first["text"]) == (1001, 2, "the first half\nand its second")
    assert second["text"] == "evil \x1b]0;title\x07"
    output = cli("phones", "79031234567").stdout
    assert "\n  the first half\n  and its second\n\n" in output
    assert "\x1b" not in output
    assert "2026-03-02 09:46:41 UTC, message 1001, 2 parts" in output


@pytest.mark.usefixtures("journal")
def test_what_was_not_delivered_is_on_no_phone(cli: Cli, told: Told) -> None:
    assert told("phones", "79031239901") == []
    assert "has got nothing" in cli("phones", "79031239901").stdout


def test_an_inbox_says_what_is_flash_and_what_is_mms(cli: Cli, told: Told, folder: Path) -> None:
    lines = (
        msgspec.structs.replace(part(1001, 1, 1, "79031234567", "look up"), flash=True),
        msgspec.structs.replace(
            part(1002, 1, 1, "79031234567", "Скоро"),
            sender="",
            channel=Channel.MMS,
            subject="Весна",
            picture="c0ffee",
        ),
    )
    (folder / "phones").mkdir()
    (folder / "phones/sim.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(lines))
    asked = ("channel", "flash", "subject", "picture")
    assert [tuple(each[name] for name in asked) for each in told("phones", "79031234567")] == [
        ("sms", True, "", None),
        ("mms", False, "Весна", "c0ffee"),
    ]
    output = cli("phones", "79031234567").stdout
    assert "message 1001, flash" in output
    assert "no sender" in output
    assert "message 1002, MMS" in output
    assert "\n  Subject: Весна\n  Скоро\n  Picture: SHA-256 c0ffee\n" in output


def test_no_phone_has_got_anything_before_the_first_message(cli: Cli, told: Told) -> None:
    assert told("phones") == []
    assert "anything yet" in cli("phones").stdout
    cli("phones", "mum", code=2)


def test_the_magic_endings_are_told_without_a_gateway(
    cli: Cli, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONETS_CONFIG", "/nowhere/gonets.toml")
    told_endings = {each["digits"]: each["ending"] for each in told("phones", "--magic")}
    assert told_endings == {each.digits: each.sentence for each in ENDINGS} | {"": told_endings[""]}
    assert "9913" in cli("phones", "--magic").stdout
