"""The help texts: every command has one, says what it does in one sentence, and shows examples that are right."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from gonets.cli import app

_WITHOUT_EXAMPLE = {"version"}


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, each in getattr(command, "commands", {}).items():
        yield (*path, name), each
        yield from commands(each, (*path, name))


LEAVES = {path: each for path, each in commands(get_command(app)) if not hasattr(each, "commands")}
GROUPS = {path: each for path, each in commands(get_command(app)) if hasattr(each, "commands")}


@pytest.mark.parametrize("path", [*LEAVES, *GROUPS], ids=" ".join)
def test_help_is_shown_and_fits_a_narrow_terminal(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_a_command_says_what_it_does_in_one_sentence(path: tuple[str, ...]) -> None:
    first = LEAVES[path].help.split("\n\n")[0]
    assert first.endswith(".")


@pytest.mark.parametrize("path", sorted(LEAVES.keys() - {(name,) for name in _WITHOUT_EXAMPLE}), ids=" ".join)
def test_a_command_shows_examples_of_itself_with_options_that_it_has(path: tuple[str, ...]) -> None:
    command = LEAVES[path]
    assert command.epilog is not None
    lines = [line.removeprefix("[dim]$[/dim] ") for line in command.epilog.split("\n\n")[1:]]
    assert lines
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    for line in lines:
        words = shlex.split(line.replace("\\[", "["), comments=False)
        assert words[: 1 + len(path)] == ["gonets", *path]
        assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_an_option_is_explained(path: tuple[str, ...]) -> None:
    for parameter in LEAVES[path].params:
        if parameter.name != "help":
            assert getattr(parameter, "help", None), f"{' '.join(path)}: {parameter.name}"
