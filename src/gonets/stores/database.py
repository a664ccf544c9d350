"""Opening the database that a URL names, and bringing its schema to today's.

Refuses a database whose schema is newer than this program, and any URL it has no driver for, each with a sentence.
"""

import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

HEAD = "0010"
"""The newest migration; a test holds it to the scripts."""

_PATIENCE_S = 10.0
"""For another process to let go of the database."""
PATIENCE_MS: Final = 3_000
"""The same while clients wait, in milliseconds."""


class DatabaseRefused(Exception):
    """The sentence says what is wrong with the database or its URL and what to do."""


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///path`, its folder made if need be. Raises DatabaseRefused."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseRefused(f"{url!r} is not a store URL; write it like sqlite:///gonets.db") from None
    if parsed.get_backend_name() != "sqlite":
        raise DatabaseRefused(f"no driver for {parsed.get_backend_name()!r}; use sqlite:///path/to/gonets.db")
    if not parsed.database or parsed.database == ":memory:":
        raise DatabaseRefused("the store must be a file, so that it survives a restart: sqlite:///gonets.db")
    try:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseRefused(f"cannot make the folder of {parsed.database}: {error.strerror}") from None
    engine = create_engine(
        parsed,
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": _PATIENCE_S},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    _keep_journal(cursor)
    for pragma in (
        "synchronous = FULL",
        "temp_store = MEMORY",
        "cache_size = -65536",
        "wal_autocheckpoint = 4000",
        "journal_size_limit = 67108864",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def be_quick(connection: Connection) -> None:
    """Let this connection wait for another process no longer than clients wait for an answer."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")


def _keep_journal(cursor: Any) -> None:
    """Switch a new database to WAL. SQLite does not wait for another process that is just doing the same."""
    deadline = time.monotonic() + _PATIENCE_S
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            if cursor.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
                raise sqlite3.OperationalError("this file system cannot hold a database in WAL mode")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _begin(connection: Connection) -> None:
    """A transaction that may write takes the write lock at once: one that reads first could lose it half way."""
    reads = connection.get_execution_options().get("gonets_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def migrate(engine: Engine) -> None:
    """Bring the schema to HEAD. Quick when it is there already. Raises DatabaseRefused when it is from the future."""
    with engine.connect() as connection:
        current = None
        if inspect(connection).has_table("alembic_version"):
            current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if current == HEAD:
        return
    if current is not None and current > HEAD:
        raise DatabaseRefused(
            f"the store's schema {current} is newer than this program's {HEAD}; run a newer gonets"
        )
    from alembic import command  # noqa: PLC0415 - slow to import and rarely needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = engine
    command.upgrade(config, "head")
