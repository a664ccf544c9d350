"""What the demo is made of."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from gonets.cli.demo import mfms
from gonets.cli.demo.curl import Curl
from gonets.cli.demo.house import (
    BALANCE,
    BASES,
    CLOSED,
    LODGERS,
    OSON_SALT,
    OSON_TOKEN,
    STOP_WORD,
    STOPPED,
    set_up,
)
from gonets.cli.demo.showing import Scene
from gonets.connectors.simulator.endings import ENDINGS
from gonets.flow.vault import Vault
from gonets.model.account import ProofKind, SenderState
from gonets.model.message import Channel
from gonets.model.money import format_amount
from gonets.model.platform import EVERYONE, Platform
from gonets.model.times import micros
from gonets.rules.proofs import is_secret, md5_of, seal_context
from gonets.stores import bases, settings, snapshot
from gonets.stores.platform import read_platform
from gonets.stores.store import open_database, transaction
from tests.cli.conftest import Cli
from tests.clocks import START

VAULT = Vault(b"v" * 32)
PASSWORDS = {
    ("mfms", "CLIENT"): "P@ssw0rd",
    ("sms2", "your_login"): "your_password",
    ("sms2", "poor"): "poor",
    ("sms2", "off"): "off",
    ("smsclub", "user"): "pass",
    ("smsclub", "username"): "password",
    ("smsclub", "380675126767"): "pass123",
    ("smsclub", "380501234567"): "123456",
    ("smsc", "smsc"): "smscpass",
    ("smpp", "plain"): "plainpw",
}
SALTED = ("oson", "blocked", "elsewhere")
GUARDED = {"your_login", "poor", "off", "smsc"}


@pytest.fixture
def engine(begun: Path, tmp_path: Path) -> Iterator[Engine]:
    """A store that is empty."""
    (tmp_path / "gonets.db").write_bytes((begun / "gonets.db").read_bytes())
    engine = open_database(f"sqlite:///{tmp_path / 'gonets.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def furnished(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store that the demo was put into; to be read only."""
    folder = tmp_path_factory.mktemp("furnished")
    (folder / "gonets.db").write_bytes((begun / "gonets.db").read_bytes())
    engine = open_database(f"sqlite:///{folder / 'gonets.db'}")
    with transaction(engine) as connection:
        set_up(connection, VAULT, START)
    yield engine
    engine.dispose()


def test_every_account_logs_in_with_what_the_documents_examples_have(furnished: Engine) -> None:
    with transaction(furnished) as connection:
        known = {
            (each.protocol, each.login, each.kind): each for each in settings.list_credentials(connection)
        }
        names = {account.id: account.name for account in settings.list_accounts(connection)}
    for (protocol, login), password in PASSWORDS.items():
        assert is_secret(known.pop((protocol, login, ProofKind.PASSWORD)).secret, password)
        if protocol == "sms2":
            assert is_secret(known.pop((protocol, login, ProofKind.MD5)).secret, md5_of(password))
    for login in SALTED:
        salt = known.pop(("osonsms", login, ProofKind.SIGNATURE))
        assert names[salt.account] == login
        assert VAULT.open(salt.secret, seal_context("osonsms", login, salt.kind)) == OSON_SALT
    token = known.pop(("osonsms", "oson", ProofKind.TOKEN))
    assert VAULT.open(token.secret, seal_context("osonsms", "oson", token.kind)) == OSON_TOKEN
    assert not known


def test_the_accounts_are_set_as_they_should_be(furnished: Engine) -> None:
    with transaction(furnished) as connection:
        accounts = {account.name: account for account in settings.list_accounts(connection)}
        balances = {
            name: format_amount(settings.balance_of(connection, account.id))
            for name, account in accounts.items()
        }
        senders: dict[str, set[str]] = {}
        for owner, sender, state in settings.list_senders(connection):
            assert state is SenderState.APPROVED
            senders.setdefault(owner, set()).add(sender)
        profiles = {each.name: each for each in settings.list_profiles(connection)}
    assert set(accounts) == {login for _, login in PASSWORDS} | set(SALTED)
    assert balances == dict.fromkeys(accounts, BALANCE) | {"poor": "0.00"}
    assert senders == {
        "your_login": {"Test", "your_login", "your_sender", "Sms2Demo"},
        **{login: {"OsonSMS"} for login in SALTED},
    }
    for name, account in accounts.items():
        assert account.any_sender == (name not in senders)
        assert (account.rate, account.overdraft) == (0, 0)
        assert account.enabled == (name not in {"off", "blocked"})
        assert account.networks == (("192.0.2.0/24",) if name == "elsewhere" else ())
        assert account.duplicate_s == (60 if name in GUARDED else 0)
        assert (account.flood_most > 0) == (name in GUARDED)
    homes = {lodger.protocol: accounts[lodger.name].home_country for lodger in LODGERS}
    assert homes == {"mfms": "RU", "sms2": "RU", "smsclub": "UA", "smsc": "RU", "smpp": "RU", "osonsms": "TJ"}
    plain, dashed = profiles["connectorX"], profiles["connector0"]
    assert (plain.login_field, plain.password_field, plain.dashed_dates) == ("login", "password", False)
    assert (dashed.login_field, dashed.password_field, dashed.dashed_dates) == ("login", "pass", True)


def test_the_sms2_account_has_its_phone_bases(furnished: Engine) -> None:
    with transaction(furnished) as connection:
        [known] = bases.listed(connection, [settings.find_account(connection, "your_login").id])
        held = {base.name: [*bases.read_all(connection, base.id)] for base in known}
    assert held == {name: [list(phones)] for name, phones in BASES.items()}
    assert len(BASES["Demo"]) == 3
    assert {base.name for base in known if base.protected} == {"Protected"}


def test_there_are_prices_and_something_to_refuse_for_everybody(furnished: Engine) -> None:
    with transaction(furnished) as connection:
        tables = snapshot.tables(connection, micros(START))
    for channel in Channel:
        prices = tables.tariffs["demo", channel]
        closed = {prefix for prefix, tariff in prices.items() if tariff.closed}
        assert closed == (set() if channel is Channel.MAIL else set(CLOSED))
        assert prices[""].price > 0
    assert list(tables.stop_lists[0]) == sorted(STOPPED)
    assert tables.stop_words[0].find(f"Try {STOP_WORD} now") is not None
    assert tables.routes[""][0].route.connectors == ("simulator",)


def test_setting_up_again_leaves_what_a_person_has_changed(engine: Engine) -> None:
    with transaction(engine) as connection:
        set_up(connection, VAULT, START)
        settings.change_secret(connection, "mfms", "CLIENT", "another")
        before = declared(connection)
        set_up(connection, VAULT, START)
        assert declared(connection) == before
        account = settings.find_account(connection, "CLIENT").id
        assert format_amount(settings.balance_of(connection, account)) == BALANCE


def declared(connection: Connection) -> tuple[Platform, int]:
    """All that is set, and its revision."""
    return read_platform(connection, [EVERYONE]), settings.revision(connection)


def test_the_demo_shows_every_ending_of_the_simulated_network() -> None:
    asks = [show.ask(Scene(START, "1", {})) for show in mfms.SHOWS]
    shown = [str(dict(ask.fields).get("address[0]"))[-4:] for ask in asks if isinstance(ask, Curl)]
    assert [digits for digits in shown if digits[:2] == "99"] == [ending.digits for ending in ENDINGS]


def test_a_folder_with_a_config_of_somebodys_own_is_left_alone(cli: Cli, folder: Path) -> None:
    before = (folder / "gonets.toml").read_text(encoding="utf-8")
    result = cli("demo", "--once", "--data", str(folder), code=2)
    assert "--data" in result.stderr
    assert (folder / "gonets.toml").read_text(encoding="utf-8") == before
