"""A gateway with a number of ours and a login over SMPP."""

from collections.abc import Iterator
from typing import Final

import pytest

from gonets.stores import settings
from gonets.stores.numbers import add_number
from tests.processes import ACCOUNT, GatewayProcess, Place, Starting, prepare, running

NUMBER: Final = "4242"


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Prepared, and not started yet."""
    place = prepare(tmp_path_factory.mktemp("inbound"), logins={"mfms": "CLIENT", "smpp": "plain"})
    with place.changing() as connection:
        add_number(connection, NUMBER, "", settings.find_account(connection, ACCOUNT).id)
    return place


@pytest.fixture
def gateway(place: Place, starting: Starting) -> Iterator[GatewayProcess]:
    """One for each test: what waits in a mailbox would be heard by the next."""
    with running(place, starting) as started:
        yield started
        assert started.stop() == 0
        assert "Traceback" not in started.said()
