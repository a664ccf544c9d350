"""The page that says how a provider is added without code, typed as it stands there."""

import re
import shlex
from pathlib import Path
from typing import Final

from tests.cli.conftest import Cli

PAGE: Final = Path(__file__).parents[2] / "docs" / "adding-a-connector.md"


def test_every_command_of_the_page_does_what_it_says(cli: Cli) -> None:
    [block] = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [shlex.split(line) for line in block.replace("\\\n", " ").strip().splitlines()]
    assert [words[:3] for words in lines] == [
        ["gonets", "connector", "add"],
        ["gonets", "connector", "test"],
        ["gonets", "connector", "test"],
        ["gonets", "route", "add"],
    ]
    _, good, bad, _ = (cli(*words[1:]).stdout for words in lines)
    assert "POST https://api.acme.example/v1/send" in good
    assert "key-of-ours" not in good
    assert "taken, their id is A-1" in good
    assert "as the answer about a state: delivered" in good
    assert bad.count("it is tried again") == 3
    assert "it wants money" in bad


def test_what_was_so_added_is_in_the_platform_file_and_applying_that_changes_nothing(
    cli: Cli, tmp_path: Path
) -> None:
    [block] = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    cli(*shlex.split(block.replace("\\\n", " ").splitlines()[0])[1:])
    mail = {"host": "mx.example", "sender": "a@b.example", "login": "me", "password": "x-secret"}
    cli(
        "connector",
        "add",
        "mail",
        "--kind",
        "smtp",
        *(word for pair in mail.items() for word in ("--set", "=".join(pair))),
    )
    file = tmp_path / "platform.toml"
    cli("export", "--out", str(file))
    assert "key-of-ours" not in file.read_text(encoding="utf-8")
    assert "Nothing to change" in cli("apply", str(file)).output
    by_hand = """
        [connectors.acme]
        settings.url = "https://api.acme.example/v1/send"
        settings.states = "WAITS=sent, DELIVRD=delivered"
        settings.later = "("
    """
    file.write_text(by_hand, encoding="utf-8")
    assert "later: '(' is no pattern" in cli("apply", str(file), code=2).stderr
