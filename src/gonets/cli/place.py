"""Where the gateway lives: the config file or the data folder that a command works on, and the store in it.

Refuses to guess: a command that finds neither `gonets.toml` nor a data folder says so, and makes no store by the way.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gonets.cli.console import CommandRefused

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gonets.config import Config

CONFIG_NAME: Final = "gonets.toml"
CONFIG_VARIABLE: Final = "GONETS_CONFIG"
STORE_NAME: Final = "gonets.db"

_PANEL: Final = "Which gateway"

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help=f"Its settings; without it {CONFIG_VARIABLE} says where, and without that it is ./{CONFIG_NAME}.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        "-d",
        metavar="FOLDER",
        help=f"Its folder, with {CONFIG_NAME} or {STORE_NAME} in it, such as the demo's.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]


def find_config(config: Path | None, data: Path | None) -> "Config":
    """The settings that the two options, the environment or the current folder name.

    A folder without a config file, but with a store, has every setting at its default. Raises CommandRefused where
    nothing is found, ConfigRefused where the file is wrong.
    """
    from gonets.config import Config, read_config

    if config is not None and data is not None:
        raise CommandRefused("give --config or --data, not both")
    if data is not None:
        if (data / CONFIG_NAME).is_file():
            return read_config(data / CONFIG_NAME)
        if (data / STORE_NAME).is_file():
            return Config(data=str(data.resolve()))
        raise CommandRefused(
            f"there is neither {CONFIG_NAME} nor {STORE_NAME} in {data}; see `gonets init --help`"
        )
    if config is None:
        named = os.environ.get(CONFIG_VARIABLE)
        config = Path(named) if named else Path(CONFIG_NAME)
        if not named and not config.exists():
            raise CommandRefused(
                f"there is no {CONFIG_NAME} in this folder. `gonets init` makes one; --config or {CONFIG_VARIABLE}"
                " names one elsewhere, --data a folder such as the demo's"
            )
    return read_config(config)


@contextmanager
def changing(config: "Config") -> Iterator["Connection"]:
    """One transaction that may write; what raises rolls all of it back. Raises DatabaseRefused, StoreUnavailable."""
    from gonets.stores.store import open_database, transaction

    engine = open_database(config.store_url)
    try:
        with transaction(engine) as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def in_turns(config: "Config") -> Iterator["Callable[[], AbstractContextManager[Connection]]"]:
    """What begins a transaction that may write, for work that takes many. Raises DatabaseRefused, StoreUnavailable."""
    from gonets.stores.store import open_database, transaction

    engine = open_database(config.store_url)
    try:
        yield lambda: transaction(engine)
    finally:
        engine.dispose()


@contextmanager
def reading(config: "Config") -> Iterator["Connection"]:
    """One transaction that only reads, and holds up nobody who writes. Raises DatabaseRefused, StoreUnavailable."""
    from gonets.stores.store import open_database, transaction

    engine = open_database(config.store_url)
    try:
        with transaction(engine.execution_options(gonets_reads=True)) as connection:
            yield connection
    finally:
        engine.dispose()
