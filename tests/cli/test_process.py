"""`gonets init`, `check-config`, `version`, and how a command finds its gateway."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from gonets import __version__
from gonets.app import phones_folder
from gonets.cli import app
from gonets.cli.phones import FOLDER
from gonets.cli.template import CONFIG_TEXT
from gonets.config import Config
from tests.cli.conftest import Cli


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def test_the_config_file_that_init_writes_has_every_key_with_its_default() -> None:
    lines = [
        line.removeprefix("#") if re.match(r"#[a-z]", line) else line for line in CONFIG_TEXT.splitlines()
    ]
    assert tomllib.loads("\n".join(lines)) == msgspec.json.decode(msgspec.json.encode(Config()))


def test_every_key_of_the_config_file_is_explained_above_it_or_above_its_neighbours() -> None:
    block_begins = [block.splitlines()[0] for block in re.split(r"\n\n|\n\[[a-z]+\]\n", CONFIG_TEXT) if block]
    assert all(line.startswith(("# ", "[")) for line in block_begins)


def test_init_writes_the_config_makes_the_store_and_says_what_to_do_next(tmp_path: Path) -> None:
    code, output = run("init", str(tmp_path / "new"))
    assert code == 0
    assert (tmp_path / "new/gonets.toml").read_text(encoding="utf-8") == CONFIG_TEXT
    assert (tmp_path / "new/gonets.db").is_file()
    for word in ("connector add", "route add", "tariff set", "account add", "serve"):
        assert f"gonets {word}" in output
    assert f"--data {tmp_path / 'new'}" in output


def test_init_leaves_a_config_file_that_is_there_alone(tmp_path: Path) -> None:
    (tmp_path / "gonets.toml").write_text("data = 'here'\n")
    code, output = run("init", str(tmp_path))
    assert code == 2
    assert "is there already" in output
    assert (tmp_path / "gonets.toml").read_text() == "data = 'here'\n"


def test_what_init_tells_to_type_leads_to_an_account_that_may_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, output = run("init")
    typed = [line for line in output.splitlines() if line.startswith("  ") and not line.startswith("  #")]
    lines = [line.partition("gonets ")[2].split() for line in typed]
    assert lines[-1] == ["serve"]
    for words in lines[:-1]:
        code, said = run(*words, *(["--password", "secret"] if "--login" in words else []))
        assert code == 0, said
    code, said = run("send", "-a", "shop", "--from", "Shop", "--to", "79031234567", "--text", "Hi")
    assert code == 0, said


def test_a_command_without_a_gateway_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GONETS_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    code, output = run("messages")
    assert code == 2
    assert "gonets init" in output
    assert "--data" in output
    assert not list(tmp_path.iterdir())


def test_a_gateway_is_found_in_the_current_folder(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GONETS_CONFIG")
    monkeypatch.chdir(folder)
    cli("account", "list")


def test_a_gateway_is_found_by_its_data_folder_with_or_without_a_config_file(cli: Cli, folder: Path) -> None:
    cli("account", "add", "one")
    assert "one" in cli("account", "list", "--data", str(folder)).stdout
    (folder / "gonets.toml").unlink()
    assert "one" in cli("account", "list", "--data", str(folder)).stdout


def test_a_folder_that_is_no_gateways_is_refused_and_left_as_it_is(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    result = cli("account", "list", "--data", str(tmp_path / "other"), code=2)
    assert "neither gonets.toml nor gonets.db" in result.stderr
    assert not list((tmp_path / "other").iterdir())


def test_config_and_data_together_are_refused(cli: Cli, folder: Path) -> None:
    result = cli("account", "list", "--data", str(folder), "--config", str(folder / "gonets.toml"), code=2)
    assert "not both" in result.stderr


def test_an_unknown_key_in_the_config_is_one_sentence_that_names_it(cli: Cli, folder: Path) -> None:
    (folder / "gonets.toml").write_text("[listen]\nmmfs = 1\n")
    result = cli("check-config", code=2)
    assert "mmfs" in result.stderr
    assert "$.listen" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_check_config_refuses_a_certificate_that_is_not_there(cli: Cli, folder: Path) -> None:
    (folder / "gonets.toml").write_text(
        "[tls]\ncertificate = '/nowhere/cert.pem'\nkey = '/nowhere/key.pem'\n"
    )
    assert "/nowhere/cert.pem" in cli("check-config", code=2).stderr


def test_check_config_never_shows_the_password_of_the_store(cli: Cli, folder: Path) -> None:
    (folder / "gonets.toml").write_text("[store]\nurl = 'postgresql+psycopg://me:sesame@db/gonets'\n")
    for output in (cli("check-config").output, cli("check-config", "--json").output):
        assert "sesame" not in output
        assert "db/gonets" in output


def test_a_store_that_has_no_driver_is_one_sentence(cli: Cli, folder: Path) -> None:
    (folder / "gonets.toml").write_text("[store]\nurl = 'oracle://db/gonets'\n")
    result = cli("account", "list", code=2)
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.output


def test_a_store_that_is_no_database_is_one_sentence(cli: Cli, folder: Path) -> None:
    (folder / "gonets.db").write_bytes(b"this is a letter, not a database" * 100)
    result = cli("account", "list", code=2)
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.output


def test_the_version_is_told_to_people_and_to_scripts(cli: Cli) -> None:
    assert cli("version").stdout.startswith(f"gonets {__version__} ")
    assert f'"version": "{__version__}"' in cli("version", "--json").stdout


def test_help_comes_without_loading_the_store_or_a_server() -> None:
    heavy = ("sqlalchemy", "uvicorn", "aiohttp", "uvloop", "argon2", "cryptography", "rich.console")
    program = f"import sys, gonets.cli; print(*(set({heavy!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_the_phones_are_looked_for_where_the_gateway_keeps_them(tmp_path: Path) -> None:
    config = Config(data=str(tmp_path))
    assert phones_folder(config) == config.folder / FOLDER
