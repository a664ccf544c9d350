"""One gateway for the stories of real SMPP clients."""

from collections.abc import Iterator

import pytest

from gonets.model.account import Tariff
from gonets.model.message import Channel
from gonets.stores import settings
from tests.processes import PRICE, GatewayProcess, Starting, prepare, running
from tests.stories.peers.clients import SYSTEM_ID


@pytest.fixture(scope="package")
def gateway(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """Ready, with one account that has the logins `plain` and `smsc`, and prices for texts and
    look-ups; it ends well."""
    place = prepare(
        tmp_path_factory.mktemp("peers"), logins={"smpp": SYSTEM_ID, "smsc": "smsc"}, smpp_window=300
    )
    with place.changing() as connection:
        settings.put_tariff(connection, Tariff("standard", Channel.HLR, "", PRICE))
    with running(place, starting) as gateway:
        yield gateway
        assert gateway.stop() == 0
        assert "Traceback" not in gateway.said()
