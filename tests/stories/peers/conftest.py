"""One gateway for the stories of real SMPP clients."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec
import pytest

from gonets.model.account import Credential, Tariff
from gonets.model.message import Channel
from gonets.model.money import Millionths
from gonets.rules.proofs import hash_secret
from gonets.stores import settings
from gonets.stores.money import top_up
from tests.processes import PASSWORD, PRICE, GatewayProcess, Starting, prepare, running
from tests.stories.peers.clients import SYSTEM_ID

ALONE: Final = "alone"
"""Of an account whose receipts no other client hears."""


@pytest.fixture(scope="package")
def gateway(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """Ready, with one account that has the logins `plain` and `smsc`, another that has `alone` and can pay for
    a few messages, and prices for texts and look-ups; it ends well."""
    place = prepare(
        tmp_path_factory.mktemp("peers"), logins={"smpp": SYSTEM_ID, "smsc": "smsc"}, smpp_window=300
    )
    with place.changing() as connection:
        settings.put_tariff(connection, Tariff("standard", Channel.HLR, "", PRICE))
        shared, *_ = settings.list_accounts(connection)
        at = datetime.now(UTC)
        alone = settings.add_account(connection, msgspec.structs.replace(shared, name=ALONE), at)
        settings.add_credential(connection, Credential(alone, "smsc", ALONE, hash_secret(PASSWORD)))
        top_up(connection, alone, Millionths(20 * PRICE), "for a few messages", at)
    with running(place, starting) as gateway:
        yield gateway
        assert gateway.stop() == 0
        assert "Traceback" not in gateway.said()
