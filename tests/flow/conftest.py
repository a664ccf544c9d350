"""A furnished store for each test, with logins."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from gonets.model.account import Credential
from gonets.stores import settings
from gonets.stores.store import open_database, transaction
from tests.contract.house import BANK, POOR, SHOP, House, furnish


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file to copy; every account logs in to MFMS by its name and `secret`, quickly."""
    path = tmp_path_factory.mktemp("furnished") / "gonets.db"
    url = f"sqlite:///{path}"
    furnish(url)
    engine = open_database(url)
    secret_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("secret")
    with transaction(engine) as connection:
        for owner, login in ((SHOP, "shop"), (BANK, "bank"), (POOR, "poor")):
            settings.add_credential(connection, Credential(owner, "mfms", login, secret_hash))
    engine.dispose()
    return path


@pytest.fixture
def house(furnished: Path, tmp_path: Path) -> Iterator[House]:
    """The store alone."""
    path = tmp_path / "gonets.db"
    shutil.copyfile(furnished, path)
    found = House.open(f"sqlite:///{path}")
    yield found
    asyncio.run(found.store.close())
