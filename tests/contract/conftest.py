"""A furnished store for each test, on every kind of database that there is."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.house import House, furnish


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file to copy: migrating a new one takes a hundred times as long."""
    path = tmp_path_factory.mktemp("furnished") / "gonets.db"
    furnish(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a furnished store of the test's own."""
    assert request.param == "sqlite"
    path = tmp_path / "gonets.db"
    shutil.copyfile(request.getfixturevalue("furnished"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def house(url: str) -> Iterator[House]:
    """That store, open."""
    found = House.open(url)
    yield found
    asyncio.run(found.store.close())
