"""Links over SMPP and what comes from phones, from the command line."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gonets.config import read_config
from gonets.connectors.smpp import MEANINGS
from gonets.flow.vault import open_settings, open_vault
from gonets.model.results import Inbound
from gonets.stores import settings
from gonets.stores.store import open_database, open_store, transaction
from tests.cli.conftest import Cli
from tests.clocks import START

Told = Callable[..., Any]

LINK = (
    "connector",
    "add",
    "smsc",
    "--kind",
    "smpp",
    "--set",
    "host=smpp.example.net",
    "--set",
    "system_id=0042",
)


def kept(folder: Path) -> dict[str, object]:
    """The settings of the link as they are stored."""
    engine = open_database(read_config(folder / "gonets.toml").store_url)
    with transaction(engine) as connection:
        [setup] = settings.list_connectors(connection)
    engine.dispose()
    return dict(setup.settings)


def opened(folder: Path) -> dict[str, object]:
    """And as the link gets them."""
    vault = open_vault(read_config(folder / "gonets.toml").key_file)
    return dict(open_settings(kept(folder), "smsc", vault))  # type: ignore[arg-type]


def test_a_link_keeps_what_was_set_each_as_what_it_is(cli: Cli, folder: Path) -> None:
    cli(
        *LINK,
        *("--set", "password=007"),
        *("--set", "window=50"),
        *("--set", "tls=true"),
        *("--set", "rate=2.5"),
    )
    assert opened(folder) == {
        "host": "smpp.example.net",
        "system_id": "0042",
        "password": "007",
        "window": 50,
        "tls": True,
        "rate": 2.5,
    }


def test_the_password_is_asked_for_sealed_and_never_shown(cli: Cli, told: Told, folder: Path) -> None:
    assert "hidden-one" not in cli(*LINK, typed="hidden-one\n").stdout
    assert "hidden-one" not in str(kept(folder))
    assert opened(folder)["password"] == "hidden-one"
    [shown] = told("connector", "list")
    assert shown["settings"]["password"] == "(sealed)"
    sealed = str(kept(folder)["password_sealed"])
    assert sealed not in cli("connector", "list").stdout
    assert "hidden-one" not in cli("export").stdout


def test_a_link_without_a_login_needs_no_password(cli: Cli, folder: Path) -> None:
    cli("connector", "add", "smsc", "--kind", "smpp", "--set", "host=a")
    assert kept(folder) == {"host": "a"}


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ((), "host"),
        (("host=a", "port=0"), ">= 1"),
        (("host=a", "window=many"), "window"),
        (("host=a", "colour=red"), "colour"),
        (("host=a", "zone=Mars"), "no zone"),
        (("host=a", "bind=both"), "both"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_what_can(
    cli: Cli, told: Told, pairs: tuple[str, ...], sentence: str
) -> None:
    words = [word for pair in pairs for word in ("--set", pair)]
    refused = cli("connector", "add", "smsc", "--kind", "smpp", *words, code=2)
    assert sentence in refused.stderr
    assert "system_type" in refused.stderr
    assert told("connector", "list") == []


def test_every_setting_is_explained(cli: Cli, told: Told) -> None:
    shown = cli("connector", "add", "smsc", "--kind", "smpp", "--explain").stdout
    assert all(name in shown for name in MEANINGS)
    assert "receipt_delay" in cli("connector", "add", "sim", "--explain").stdout
    assert told("connector", "list") == []


def test_a_declared_password_is_sealed_once_and_changes_nothing_the_second_time(
    cli: Cli, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "platform.toml"
    file.write_text(
        '[connectors.smsc]\nkind = "smpp"\nsettings = { host = "a", system_id = "me", password = "plain-one" }\n'
    )
    assert "plain-one" not in cli("apply", str(file), "--yes").stdout
    assert opened(folder)["password"] == "plain-one"
    sealed = kept(folder)["password_sealed"]
    assert "Nothing to change" in cli("apply", str(file), "--yes").stdout
    assert kept(folder)["password_sealed"] == sealed
    exported = tmp_path / "exported.toml"
    exported.write_text(cli("export").stdout)
    assert "plain-one" not in exported.read_text()
    assert "Nothing to change" in cli("apply", str(exported), "--yes").stdout


def test_a_declared_setting_that_cannot_be_is_named_with_its_place(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "platform.toml"
    file.write_text('[connectors.smsc]\nkind = "smpp"\nsettings = { host = "a", port = 0 }\n')
    assert "connectors.smsc.settings.port" in cli("apply", str(file), "--yes", code=2).stderr


def test_what_phones_sent_is_listed(cli: Cli, told: Told, folder: Path) -> None:
    assert told("inbound", "list") == []

    async def keep() -> None:
        store = open_store(read_config(folder / "gonets.toml").store_url)
        said = [
            Inbound("79031234567", "4242", "Привет", START),
            Inbound("79039999999", "4343", "00ff", START, binary=True, reference=7, total=3, number=2),
        ]
        await store.messages.keep("smsc", said)
        await store.close()

    asyncio.run(keep())
    assert told("inbound", "list", "--from", "79031234567") == [
        {
            "id": 1,
            "connector": "smsc",
            "sender": "79031234567",
            "recipient": "4242",
            "text": "Привет",
            "binary": False,
            "at": START.isoformat().replace("+00:00", "Z"),
            "reference": 0,
            "total": 1,
            "number": 1,
        }
    ]
    shown = cli("inbound", "list").stdout
    assert "Привет" in shown
    assert "2/3" in shown
    assert "Привет" not in cli("inbound", "list", "--to", "4343").stdout
    assert len(told("inbound", "list", "--limit", "1")) == 1
