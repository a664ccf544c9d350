"""What the demo is made of."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shlex import split
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import Engine

from gonets.cli.demo_data import ACCOUNT, BALANCE, CLOSED, CONNECTOR_0, CONNECTOR_X, SHOWS, How, set_up
from gonets.cli.demo_show import Doors, curl_line, send_pairs
from gonets.connectors.simulator.endings import ENDINGS
from gonets.model.account import ProofKind
from gonets.model.message import AccountId
from gonets.model.money import format_amount
from gonets.model.times import micros
from gonets.stores import settings, snapshot
from gonets.stores.store import open_database, transaction
from tests.cli.conftest import Cli
from tests.clocks import START

DOORS = Doors("127.0.0.1", 9876, 9875, Path("gonets-demo/tls-cert.pem"))


@pytest.fixture
def engine(begun: Path, tmp_path: Path) -> Iterator[Engine]:
    """A store that is empty."""
    (tmp_path / "gonets.db").write_bytes((begun / "gonets.db").read_bytes())
    engine = open_database(f"sqlite:///{tmp_path / 'gonets.db'}")
    yield engine
    engine.dispose()


def test_the_demo_sets_up_the_account_of_the_documents_examples(engine: Engine) -> None:
    with transaction(engine) as connection:
        set_up(connection, START)
        tables = snapshot.tables(connection, micros(START))
        account = settings.find_account(connection, ACCOUNT)
        assert format_amount(settings.balance_of(connection, account.id)) == BALANCE
    assert account.any_sender
    assert ("mfms", "CLIENT", ProofKind.PASSWORD) in tables.credentials
    plain, dashed = tables.profiles["CLIENT", "connectorX"], tables.profiles["CLIENT", "connector0"]
    assert (plain.login_field, plain.password_field, plain.dashed_dates) == ("login", "password", False)
    assert (dashed.login_field, dashed.password_field, dashed.dashed_dates) == ("login", "pass", True)
    prices = tables.tariffs[account.group, "sms"]
    assert {prefix for prefix, tariff in prices.items() if tariff.closed} == set(CLOSED)
    assert tables.routes[""].connectors == ("simulator",)


def test_setting_up_again_leaves_what_a_person_has_changed(engine: Engine) -> None:
    with transaction(engine) as connection:
        set_up(connection, START)
        settings.change_secret(connection, "mfms", "CLIENT", "another")
        before = snapshot.tables(connection, micros(START))
        set_up(connection, START)
        assert snapshot.tables(connection, micros(START)) == before
        assert format_amount(settings.balance_of(connection, AccountId(1))) == BALANCE


def test_the_demo_shows_every_ending_of_the_simulated_network() -> None:
    shown = [show.recipient[-4:] for show in SHOWS if show.recipient[-4:-2] == "99"]
    assert shown == [ending.digits for ending in ENDINGS]


def test_the_demo_shows_every_way_to_ask() -> None:
    assert {show.how for show in SHOWS} == set(How)
    assert {show.dialect.profile for show in SHOWS} == {CONNECTOR_X.profile, CONNECTOR_0.profile}
    assert any(show.start_in for show in SHOWS)


@pytest.mark.parametrize("show", SHOWS, ids=lambda show: show.what)
def test_the_curl_line_says_the_same_as_the_request(show: object) -> None:
    assert isinstance(show, type(SHOWS[0]))
    pairs = send_pairs(show, datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    url = DOORS.url(show.how, show.dialect, "send")
    program, *words = split(curl_line(show.how, url, pairs, DOORS.certificate))
    assert program == "curl"
    if show.how is How.POST:
        assert words[0] == url
        assert [word.split("=", 1) for word in words[2::2]] == [list(pair) for pair in pairs]
        assert set(words[1::2]) == {"--data-urlencode"}
    else:
        assert words[0] == "-g"
        assert words[1:-1] == (["--cacert", "gonets-demo/tls-cert.pem"] if show.how is How.TLS else [])
        asked = urlsplit(words[-1])
        assert parse_qsl(asked.query, strict_parsing=True) == pairs
        assert url == f"{asked.scheme}://{asked.netloc}{asked.path}"


def test_a_folder_with_a_config_of_somebodys_own_is_left_alone(cli: Cli, folder: Path) -> None:
    before = (folder / "gonets.toml").read_text(encoding="utf-8")
    result = cli("demo", "--once", "--data", str(folder), code=2)
    assert "--data" in result.stderr
    assert (folder / "gonets.toml").read_text(encoding="utf-8") == before
