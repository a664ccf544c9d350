"""One gateway for all the stories that only talk to it."""

from collections.abc import Iterator

import pytest

from tests.processes import GatewayProcess, Starting, running
from tests.stories.gateway.houses import furnish


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """Ready, with the accounts of `houses.furnish`; it ends well when they have all been told."""
    with running(furnish(tmp_path_factory.mktemp("gateway")), starting) as gateway:
        yield gateway
        assert gateway.stop() == 0
