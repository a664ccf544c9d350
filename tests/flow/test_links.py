"""Links come and go with the settings, and leave nothing behind that others wait for."""

from pathlib import Path

from prometheus_client import CollectorRegistry

from gonets.app import SystemClock
from gonets.app.links import Links
from gonets.bells.local import LocalBell
from gonets.config import Config, FlowConfig
from gonets.flow.directory import Directory
from gonets.flow.meters import Meters
from gonets.flow.vault import Vault
from gonets.model.message import State
from gonets.model.routing import ConnectorSetup
from gonets.stores import settings
from gonets.stores.store import transaction
from tests.contract.house import RUSSIA, House, first, told


@told
async def test_what_a_link_had_not_settled_when_it_was_taken_away_holds_up_nobody(house: House) -> None:
    clock = SystemClock()
    folder = str(Path(house.url.removeprefix("sqlite:///")).parent)
    vault = Vault(b"k" * 32)
    directory = Directory(house.store.settings, clock, b"k" * 32, vault)
    links = Links(
        Config(data=folder, flow=FlowConfig(stop_seconds=0)),
        directory,
        vault,
        house.store.messages,
        clock,
        LocalBell(clock),
        Meters(CollectorRegistry()),
    )
    with transaction(house.engine) as connection:
        settings.add_connector(connection, ConnectorSetup("spare", "simulator"))
    await directory.refresh()
    await links.relink()
    earlier, later = await house.draft(), await house.draft()
    await house.take(earlier)
    messages = house.store.messages
    claimed = await messages.claim("spare", [RUSSIA], 1, clock.at(), False, links.turns)
    assert [part.id for part in claimed] == [first(earlier)]
    with transaction(house.engine) as connection:
        settings.enable_connector(connection, "spare", False)
    await directory.refresh()
    await links.relink()
    assert house.states(earlier.id) == [State.UNCERTAIN]
    await house.take(later)
    claimed = await messages.claim("other", [RUSSIA], 1, clock.at(), False, links.turns)
    assert [part.id for part in claimed] == [first(later)]
    await links.stop(0)
