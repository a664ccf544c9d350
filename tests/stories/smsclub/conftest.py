"""One gateway for all the stories that only talk to it."""

from collections.abc import Iterator

import pytest

from tests.processes import GatewayProcess, Starting, running
from tests.stories.smsclub.club import furnish


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """Ready, with the accounts of `club.furnish`; nothing of what it was asked may have surprised it."""
    with running(furnish(tmp_path_factory.mktemp("club")), starting) as gateway:
        yield gateway
        assert gateway.lines("request_failed") == []
        assert gateway.stop() == 0
