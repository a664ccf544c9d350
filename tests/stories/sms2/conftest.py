"""One gateway for the stories that only talk to it."""

from collections.abc import Iterator

import pytest

from tests.processes import GatewayProcess, Starting, running
from tests.stories.sms2.houses import furnish


@pytest.fixture(scope="package")
def gateway(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """Ready, with the accounts of `houses.furnish`; it ends well when all stories have been told."""
    with running(furnish(tmp_path_factory.mktemp("sms2")), starting) as gateway:
        yield gateway
        assert gateway.stop() == 0
