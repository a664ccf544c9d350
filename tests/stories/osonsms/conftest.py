"""One gateway for the stories that only talk to it."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from tests.processes import GatewayProcess, Starting, prepare, running
from tests.stories.osonsms.houses import TOKEN, open_account, vault_of


@pytest.fixture(scope="package")
def gateway(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """Ready, with the logins `oson` (it has a token) and `moscow`; it ends well when all stories have been told."""
    place = prepare(tmp_path_factory.mktemp("oson"))
    vault = vault_of(place)
    with place.changing() as connection:
        open_account(connection, vault, "oson", token=TOKEN)
        open_account(connection, vault, "moscow", changes={"zone": ZoneInfo("Europe/Moscow")})
    with running(place, starting) as gateway:
        yield gateway
        assert gateway.stop() == 0
