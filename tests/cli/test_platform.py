"""`gonets export` and `gonets apply`: what was exported changes nothing, what is wrong is named and changes nothing."""

import json
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gonets.config import read_config
from gonets.flow.vault import open_vault
from gonets.model.account import Credential, ProofKind
from gonets.rules.proofs import is_secret, md5_of, seal_context
from gonets.stores import settings
from gonets.stores.store import open_database, transaction
from tests.cli.conftest import Cli

Told = Callable[..., Any]

DOCS = Path(__file__).parents[2] / "docs" / "platform-file.md"


@pytest.fixture
def file(folder: Path) -> Path:
    return folder / "platform.toml"


@pytest.fixture
def export(cli: Cli, shop: str, file: Path) -> Callable[[], str]:
    """Writes a platform with something of most sorts to the file, and reads it."""
    cli("account", "add", "bank", "--zone", "Europe/Moscow", "--login", "bank", "--password", "b")
    cli("sender", "add", "bank", "Bank", "--requested")
    cli("sender", "add", shop, 'Mr "X"')

    def write() -> str:
        cli("export", "--out", str(file))
        return file.read_text()

    return write


def revision(folder: Path) -> int:
    engine = open_database(read_config(folder / "gonets.toml").store_url)
    with transaction(engine) as connection:
        found = settings.revision(connection)
    engine.dispose()
    return found


def credentials(folder: Path) -> dict[tuple[str, str, ProofKind], Credential]:
    engine = open_database(read_config(folder / "gonets.toml").store_url)
    with transaction(engine) as connection:
        found = settings.list_credentials(connection)
    engine.dispose()
    return {(each.protocol, each.login, each.kind): each for each in found}


# ---- there and back


def test_what_was_exported_changes_nothing_and_says_so(
    cli: Cli, export: Callable[[], str], folder: Path, file: Path
) -> None:
    export()
    before = revision(folder)
    for prune in ((), ("--prune",)):
        said = cli("apply", str(file), *prune).stdout
        assert said == f"Nothing to change: the settings are what {file} says.\n"
    assert revision(folder) == before


def test_an_export_is_the_same_each_time_and_on_the_standard_output(
    cli: Cli, export: Callable[[], str]
) -> None:
    assert export() == export() == cli("export").stdout


def test_what_is_set_of_a_link_whatever_its_kind_is_in_the_file(
    cli: Cli, told: Told, export: Callable[[], str], file: Path
) -> None:
    cli("connector", "add", "spare", "--set", "health_acceptance=0.7", "--set", "no_report_hours=24")
    written = export()
    assert "health_acceptance = 0.7" in written
    assert "no_report_hours = 24.0" in written
    assert "Nothing to change" in cli("apply", str(file), "--prune").stdout
    file.write_text(written.replace("no_report_hours = 24.0", "no_report_hours = -1.0"))
    assert "settings.no_report_hours" in cli("apply", str(file), "--yes", code=2).stderr


def test_a_file_is_for_its_owner_only_and_leaves_nothing_beside_it(
    export: Callable[[], str], file: Path
) -> None:
    before = set(file.parent.iterdir())
    export()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(file.parent.iterdir()) - before == {file}


def test_an_empty_gateway_becomes_the_exported_one_logins_and_all(
    cli: Cli, export: Callable[[], str], folder: Path, file: Path, tmp_path: Path
) -> None:
    text = export()
    known = credentials(folder)
    cli("init", str(tmp_path / "second"))
    second = ("--data", str(tmp_path / "second"))
    cli("apply", str(file), "--yes", *second)
    assert cli("export", *second).stdout == text
    assert {key: each.secret for key, each in credentials(tmp_path / "second").items()} == {
        key: each.secret for key, each in known.items()
    }


def test_balances_are_not_in_the_file(export: Callable[[], str]) -> None:
    assert "100.00" not in export()


# ---- the difference


def test_a_change_is_shown_asked_for_and_made(
    cli: Cli, told: Told, export: Callable[[], str], file: Path
) -> None:
    text = export()
    file.write_text(text.replace('zone = "Europe/Moscow"', 'zone = "Asia/Dushanbe"'))
    refused = cli("apply", str(file), typed="n\n", code=1).stdout
    assert "~ account bank\n    zone: Europe/Moscow -> Asia/Dushanbe\n" in refused
    assert "1 changed: change that? [y/N]" in refused
    assert "Nothing was changed." in refused
    assert told("account", "show", "bank")["zone"] == "Europe/Moscow"
    assert "Done: 1 changed" in cli("apply", str(file), typed="y\n").stdout
    assert told("account", "show", "bank")["zone"] == "Asia/Dushanbe"


def test_a_dry_run_changes_nothing(cli: Cli, export: Callable[[], str], folder: Path, file: Path) -> None:
    text = export()
    before = revision(folder)
    file.write_text(text.replace("rate = 0", "rate = 7"))
    said = cli("apply", str(file), "--dry-run", "--prune").stdout
    assert said.endswith("It would be 2 changed; nothing was changed.\n")
    assert revision(folder) == before


def test_one_file_moves_the_revision_by_one(
    cli: Cli, export: Callable[[], str], folder: Path, file: Path
) -> None:
    text = export()
    before = revision(folder)
    file.write_text(text.replace("rate = 0", "rate = 7").replace('"7954"', '"7955"'))
    cli("apply", str(file), "--yes", "--prune")
    assert revision(folder) == before + 1


def test_scripts_read_the_changes_and_are_not_asked(
    cli: Cli, told: Told, export: Callable[[], str], folder: Path, file: Path
) -> None:
    text = export()
    before = revision(folder)
    file.write_text(text.replace('"7954"', '"7955"'))
    assert "--json does not ask" in cli("apply", str(file), "--json", code=2).stderr
    found = told("apply", str(file), "--yes", "--prune")
    assert found == {
        "file": str(file),
        "applied": True,
        "revision": before + 1,
        "changes": [
            {
                "change": "removed",
                "what": "tariff standard sms 7954",
                "settings": [
                    {"setting": "price", "before": "0.00", "after": None},
                    {"setting": "currency", "before": "", "after": None},
                    {"setting": "closed", "before": True, "after": None},
                    {"setting": "refund_undelivered", "before": False, "after": None},
                ],
            },
            {
                "change": "added",
                "what": "tariff standard sms 7955",
                "settings": [
                    {"setting": "price", "before": None, "after": "0.00"},
                    {"setting": "currency", "before": None, "after": ""},
                    {"setting": "closed", "before": None, "after": True},
                    {"setting": "refund_undelivered", "before": None, "after": False},
                ],
            },
        ],
    }
    again = told("apply", str(file), "--yes", "--prune")
    assert (again["applied"], again["changes"], again["revision"]) == (False, [], before + 1)


def test_no_secret_is_shown(cli: Cli, export: Callable[[], str], file: Path) -> None:
    file.write_text(re.sub('password_hash = ".*"', 'password = "hush hush"', export()))
    for output in (
        cli("apply", str(file), "--dry-run").stdout,
        cli("apply", str(file), "--dry-run", "--json").stdout,
    ):
        assert "hush" not in output
        assert "argon2" not in output
        assert "(hidden)" in output


def test_settings_that_the_file_does_not_name_stay(cli: Cli, told: Told, shop: str, file: Path) -> None:
    before = told("account", "show", shop)
    file.write_text('[accounts.shop]\noverdraft = "5"\n')
    cli("apply", str(file), "--yes")
    assert told("account", "show", shop) == before | {"overdraft": "5.00"}


def test_with_prune_what_is_not_in_the_file_goes_but_for_what_was_used(
    cli: Cli, told: Told, export: Callable[[], str], file: Path
) -> None:
    export()
    file.write_text("[tariffs.standard]\nsms = [{ price = '0.06' }]\n")
    cli("apply", str(file), "--yes", "--prune")
    assert [(each["name"], each["enabled"]) for each in told("account", "list")] == [("shop", False)]
    assert [(each["prefix"], each["price"]) for each in told("tariff", "list")] == [("", "0.06")]
    assert [each["enabled"] for each in told("connector", "list")] == [False]
    assert [each["enabled"] for each in told("route", "list")] == [False]
    assert [each["account"] for each in told("sender", "list")] == ["shop"]
    assert "Nothing to change" in cli("apply", str(file), "--prune").stdout


# ---- secrets


def test_plain_secrets_are_kept_hashed_or_sealed_and_change_nothing_the_second_time(
    cli: Cli, folder: Path, file: Path
) -> None:
    file.write_text(
        "[[accounts.shop.logins]]\nprotocol = 'sms2'\nlogin = 'me'\npassword = 'pass word'\n"
        "[[accounts.shop.logins]]\nprotocol = 'osonsms'\nlogin = 'me'\nsalt = 'salty'\ntoken = 'tok'\n"
    )
    cli("apply", str(file), "--yes")
    known = credentials(folder)
    vault = open_vault(read_config(folder / "gonets.toml").key_file)
    assert is_secret(known["sms2", "me", ProofKind.PASSWORD].secret, "pass word")
    assert is_secret(known["sms2", "me", ProofKind.MD5].secret, md5_of("pass word"))
    for kind, plain in ((ProofKind.SIGNATURE, "salty"), (ProofKind.TOKEN, "tok")):
        sealed = known["osonsms", "me", kind].secret
        assert vault.open(sealed, seal_context("osonsms", "me", kind)) == plain
    assert "Nothing to change" in cli("apply", str(file), "--prune").stdout
    assert credentials(folder) == known


def test_a_login_without_a_secret_keeps_its_own(cli: Cli, export: Callable[[], str], file: Path) -> None:
    file.write_text(re.sub("password_hash = .*\n", "", export()))
    assert "Nothing to change" in cli("apply", str(file), "--prune").stdout


# ---- stop lists


def test_a_stop_list_comes_from_its_file_and_goes_back_to_one(
    cli: Cli, shop: str, folder: Path, file: Path
) -> None:
    (folder / "stop.txt").write_text("# who asked\n+79990000003\n79990000001 # twice\n\n79990000001\n")
    file.write_text("[accounts.shop]\nstop_list_file = 'stop.txt'\n[everyone]\nstop_list_file = 'stop.txt'\n")
    said = cli("apply", str(file), "--yes").stdout
    assert "+ stop list of everyone" not in said
    assert "~ stop list of shop\n    numbers: 0 -> 2\n    numbers added: 0 -> 2" in said
    assert "Nothing to change" in cli("apply", str(file)).stdout
    (folder / "stop.txt").write_text("79990000002\n")
    cli("apply", str(file), "--yes")
    cli("export", "--out", str(folder / "all.toml"), "--stop-lists")
    everyone = (folder / "all.stop.txt").read_text().splitlines()
    assert everyone[1:] == ["79990000001", "79990000002", "79990000003"]
    assert (folder / "all.stop.shop.txt").read_text().splitlines()[1:] == everyone[1:]
    assert 'stop_list_file = "all.stop.shop.txt"' in (folder / "all.toml").read_text()
    assert "Nothing to change" in cli("apply", str(folder / "all.toml"), "--prune").stdout
    (folder / "all.stop.shop.txt").write_text("")
    cli("apply", str(folder / "all.toml"), "--prune", "--yes")
    assert "has 3 numbers" in cli("export").stdout
    assert cli("export").stdout.count("stop_list_file") == 1


def test_stop_lists_are_not_written_to_the_standard_output(cli: Cli) -> None:
    assert "--out" in cli("export", "--stop-lists", code=2).stderr


# ---- what is wrong


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[accounts.shop]\nrate = 7\noverdarft = '1'\n", "line 3: accounts.shop.overdarft: unknown key"),
        ("[accounts.shop]\nrate = 7\nnetworks = [\n", "line 3: networks: invalid value"),
        ("[accounts.shop]\nrate = 7\n[routes.b]\nconnectors = ['x']\n", "line 4: routes.b.connectors[0]: "),
    ],
    ids=["key", "syntax", "reference"],
)
def test_a_wrong_file_is_one_line_of_error_and_changes_nothing(
    cli: Cli, shop: str, folder: Path, file: Path, text: str, where: str
) -> None:
    before = revision(folder)
    file.write_text(text)
    error = cli("apply", str(file), "--yes", code=2).stderr
    assert error.startswith(f"error: {file}, {where}")
    assert error.count("\n") == 1
    assert revision(folder) == before


def test_with_prune_a_route_may_not_lead_to_what_goes(cli: Cli, shop: str, file: Path) -> None:
    file.write_text("[routes.everything]\nenabled = true\n")
    cli("apply", str(file), "--yes")
    error = cli("apply", str(file), "--yes", "--prune", code=2).stderr
    assert "there is no connector 'sim'" in error


def test_a_wrong_number_of_a_stop_list_is_named_with_its_line(cli: Cli, folder: Path, file: Path) -> None:
    (folder / "stop.txt").write_text("79990000001\n\n8 (999) no\n")
    file.write_text("[everyone]\nstop_list_file = 'stop.txt'\n")
    error = cli("apply", str(file), "--yes", code=2).stderr
    assert error.startswith(f"error: {folder / 'stop.txt'}, line 3: '8 (999) no' is no phone number")


def test_what_is_no_text_is_named_with_its_line(cli: Cli, file: Path) -> None:
    file.write_bytes(b"[everyone]\n# \xff\n")
    assert cli("apply", str(file), code=2).stderr == f"error: {file}, line 2: this is not UTF-8 text\n"


def test_a_file_that_is_not_there_is_one_sentence(cli: Cli, file: Path) -> None:
    assert cli("apply", str(file), code=2).stderr == f"error: cannot read {file}: No such file or directory\n"


# ---- the manual


def test_the_example_of_the_manual_is_applied_and_comes_back(
    cli: Cli, told: Told, folder: Path, file: Path
) -> None:
    example = re.search(r"```toml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert example is not None
    file.write_text(example[1])
    cli("apply", str(file), "--yes")
    assert "Nothing to change" in cli("apply", str(file), "--prune").stdout
    assert told("account", "show", "shop")["overdraft"] == "50.00"
    exported = folder / "exported.toml"
    cli("export", "--out", str(exported))
    assert "Nothing to change" in cli("apply", str(exported), "--prune").stdout
    assert json.loads(cli("route", "list", "--json").stdout)[0]["connectors"] == ["sim"]
