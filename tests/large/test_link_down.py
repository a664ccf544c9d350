"""A million messages that wait for a link that is down lie in the store, and not in the gateway's memory."""

import asyncio
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gonets.cli.peers import peak_mib
from gonets.model.message import AccountId, Channel, Draft, Encoding, MessageId, Priority, RouteId
from gonets.model.results import Accepted
from gonets.model.routing import ConnectorSetup, Route
from gonets.stores import settings
from gonets.stores.store import open_store
from tests.contract.house import scaled
from tests.processes import LOGIN, PASSWORD, PRICE, GatewayProcess, Place, curl, prepare, started

WAITING: Final = scaled(1_000_000)
MOST_MIB: Final = 300
"""That the gateway may have had resident at any time."""

_BATCH: Final = 5_000
_OWNER: Final = AccountId(1)


def test_messages_that_wait_for_a_link_cost_no_memory(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    place = prepare(tmp_path)
    with place.changing() as connection:
        upstream = {"host": "127.0.0.1", "port": port, "window": 100}
        settings.add_connector(connection, ConnectorSetup("down", "smpp", upstream))
        route = settings.add_route(connection, Route(RouteId(0), "down", "7", ("down",)))
    began = time.perf_counter()
    asyncio.run(_fill(place, route))
    filled = time.perf_counter() - began
    with started(place) as gateway:
        gateway.listening(120.0)
        ready, checks = gateway.ready()
        assert not ready
        assert not checks["link down"]
        for number in range(20):
            assert _send(gateway, number).startswith(f"ok;{number};")
        peak = peak_mib(gateway.process.pid)
        assert gateway.stop() == 0
    sys.stdout.write(f"\n{WAITING} wait (stored in {filled:.0f} s); the gateway had {peak:.0f} MiB at most\n")
    with place.reading() as connection:
        (waiting,) = connection.exec_driver_sql("SELECT count(*) FROM parts WHERE left_at IS NULL").one()
    assert waiting == WAITING + 20
    assert peak < MOST_MIB


def _send(gateway: GatewayProcess, number: int) -> str:
    query = (
        f"login={LOGIN}&password={PASSWORD}&subject[{number}]=Gonets&address[{number}]=79161234567"
        f"&text[{number}]=Hello"
    )
    return curl(gateway.url(f"/CLIENT/connectorX/send?{query}")).decode()


async def _fill(place: Place, route: RouteId) -> None:
    """Accept all of them, as intake would."""
    store = open_store(f"sqlite:///{place.data / 'gonets.db'}")
    try:
        for start in range(0, WAITING, _BATCH):
            count = min(_BATCH, WAITING - start)
            ids = await store.messages.reserve(count)
            drafts = [_draft(ids + number, start + number, route) for number in range(count)]
            results = await store.messages.accept(drafts, datetime.now(UTC))
            assert all(isinstance(result, Accepted) for result in results)
    finally:
        await store.close()


def _draft(id_: int, number: int, route: RouteId) -> Draft:
    text = f"Your order {number} is on its way, the courier calls before noon."
    return Draft(
        id=MessageId(id_),
        account=_OWNER,
        protocol="mfms",
        profile="",
        client_id=f"filled-{number}",
        channel=Channel.SMS,
        priority=Priority.NORMAL,
        sender="Sender",
        recipient=f"79{number:09d}",
        text=text,
        encoding=Encoding.GSM7,
        segments=(text,),
        price=PRICE,
        refund_undelivered=False,
        route=route,
        start_at=None,
        expires_at=None,
    )
