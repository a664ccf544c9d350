"""One gateway for the stories of real SMPP clients."""

from collections.abc import Iterator

import pytest

from tests.processes import GatewayProcess, Starting, prepare, running
from tests.stories.peers.clients import SYSTEM_ID


@pytest.fixture(scope="package")
def gateway(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """Ready, with one account that has the logins `peer` (plain) and `smsc`; it ends well."""
    place = prepare(
        tmp_path_factory.mktemp("peers"), logins={"smpp": SYSTEM_ID, "smsc": "smsc"}, smpp_window=300
    )
    with running(place, starting) as gateway:
        yield gateway
        assert gateway.stop() == 0
        assert "Traceback" not in gateway.said()
