"""A gateway with logins over SMPP."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.processes import GatewayProcess, Starting, prepare, running

LOGINS: Final = {"mfms": "CLIENT", "smpp": "plain", "smsc": "smsc", "smsclub": "380501234567"}


@pytest.fixture
def gateway(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """One for each test: what waits in a mailbox would be heard by the next."""
    place = prepare(tmp_path_factory.mktemp("smpp"), logins=LOGINS)
    with running(place, starting) as started:
        yield started
        assert started.stop() == 0
        assert "Traceback" not in started.said()
        assert not started.lines("request_failed")
