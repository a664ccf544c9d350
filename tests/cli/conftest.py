"""A gateway's folder of the test's own, and its command line as a person uses it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gonets.cli import app

Cli = Callable[..., Result]


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `gonets init` leaves it; to copy, for making a store takes its time."""
    folder = tmp_path_factory.mktemp("begun")
    result = CliRunner().invoke(app, ["init", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Such a folder, where every command of the test finds its gateway."""
    place = tmp_path / "gateway"
    shutil.copytree(begun, place)
    monkeypatch.setenv("GONETS_CONFIG", str(place / "gonets.toml"))
    return place


@pytest.fixture
def cli(folder: Path) -> Cli:
    """Runs a command; fails unless it exits with `code`, which is 0 unless said."""

    def run(*words: str, code: int = 0, typed: str | None = None) -> Result:
        result = CliRunner().invoke(app, list(words), input=typed)
        assert result.exit_code == code, f"{result.exit_code}: {result.output}"
        return result

    return run


@pytest.fixture
def told(cli: Cli) -> Callable[..., Any]:
    """Runs a command with `--json`, and reads it."""

    def read(*words: str, code: int = 0) -> Any:
        return json.loads(cli(*words, "--json", code=code).stdout)

    return read


@pytest.fixture
def shop(cli: Cli) -> str:
    """An account that may send to everywhere but 7954, at 0.05 a part."""
    cli("connector", "add", "sim")
    cli("route", "add", "everything", "--connector", "sim")
    cli("tariff", "set", "standard", "0.05")
    cli("tariff", "set", "standard", "--prefix", "7954", "--closed")
    cli("account", "add", "shop", "--any-sender", "--topup", "100")
    return "shop"
