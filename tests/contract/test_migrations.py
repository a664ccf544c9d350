"""Opening: the schema becomes today's, by whoever comes first, and never that of another time."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from gonets.stores import migrations
from gonets.stores.database import HEAD, DatabaseRefused, migrate, open_engine
from gonets.stores.schema import metadata
from gonets.stores.store import open_database, open_store, transaction


@pytest.fixture
def blank(tmp_path: Path) -> str:
    """The URL of a store that does not exist yet, in a folder that does not exist either."""
    return f"sqlite:///{tmp_path}/data/gonets.db"


def test_the_newest_script_is_the_one_the_program_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    names = [script.revision for script in scripts.walk_revisions()]
    assert names == sorted(names, reverse=True)
    assert all(re.fullmatch(r"\d{4}", name) for name in names)


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_after_migration_the_schema_is_the_one_the_tables_describe(blank: str) -> None:
    engine = open_database(blank)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        found = {
            str(row[0]): re.sub(r"\s+", " ", str(row[1]))
            for row in connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''")
            )
        }
    engine.dispose()
    expected = {
        str(index.name): index.dialect_options["sqlite"]["where"]
        for table in metadata.tables.values()
        for index in table.indexes
    }
    assert found.keys() == expected.keys()
    assert "(lower(ltrim(remote_id, '0')))" in found["parts_remote"]  # which cannot be compared
    for name, where in expected.items():
        assert found[name].partition(" WHERE ")[2] == ("" if where is None else str(where))


def test_migrating_what_is_migrated_changes_nothing(blank: str) -> None:
    engine = open_database(blank)
    with engine.connect() as connection:
        before = connection.execute(text("SELECT sql FROM sqlite_master ORDER BY name")).all()
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT sql FROM sqlite_master ORDER BY name")).all() == before
    engine.dispose()


def test_a_schema_newer_than_the_program_is_refused(blank: str) -> None:
    engine = open_database(blank)
    with transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseRefused, match="schema 9999 is newer than this program's"):
        open_store(blank)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "is not a store URL"),
        ("gonets.db", "is not a store URL"),
        ("mysql://host/gonets", "no driver for 'mysql'"),
        ("nosuch://host/gonets", "no driver for 'nosuch'"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("sqlite:////dev/null/folder/gonets.db", "cannot make the folder"),
    ],
)
def test_a_url_that_names_no_store_is_refused_with_a_sentence(url: str, sentence: str) -> None:
    with pytest.raises(DatabaseRefused, match=sentence):
        open_engine(url)


OPEN = """
import sys
import alembic.command
from gonets.stores.settings import revision
from gonets.stores.store import open_database, transaction

print("ready", flush=True)
sys.stdin.readline()
with transaction(open_database(sys.argv[1])) as connection:
    print(revision(connection))
"""


def test_two_processes_that_open_a_new_store_at_once_both_succeed(blank: str) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", OPEN, blank],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        said, _ = process.communicate(timeout=60)
        assert (process.returncode, said) == (0, "1\n")


def test_a_store_from_before_the_channels_keeps_its_messages_and_their_indexes(blank: str) -> None:
    engine = open_engine(blank)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["engine"] = engine
    command.upgrade(config, "0002")
    values = {
        "id": 1001,
        "account_id": 1,
        "protocol": "mfms",
        "profile": "",
        "channel": "sms",
        "sender": "Bank",
        "recipient": "79031234567",
        "text": "Привет",
        "encoding": 8,
        "parts": 1,
        "price": 30_000,
        "refund_undelivered": False,
        "accepted_at": 77,
        "flash": True,
        "campaign_id": 5,
    }
    names = ", ".join(values)
    indexes = text("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'messages' AND type = 'index'")
    with transaction(engine) as connection:
        marks = ", ".join(f":{name}" for name in values)
        connection.execute(text(f"INSERT INTO messages ({names}) VALUES ({marks})"), values)
        before = {name: " ".join(sql.split()) for name, sql in connection.execute(indexes)}
    migrate(engine)
    with engine.connect() as connection:
        [row] = connection.execute(text(f"SELECT {names}, speech FROM messages")).mappings()
        after = {name: " ".join(sql.split()) for name, sql in connection.execute(indexes)}
    engine.dispose()
    assert dict(row) == {**values, "speech": None}
    assert after.keys() == before.keys() == {"messages_recipient", "messages_campaign"}
