"""Two gateways on one store, and one that was killed: a txn_id is good for one message on all of them together."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.processes import GatewayProcess, Place, Starting, prepare, running
from tests.stories.osonsms.houses import message, open_account, send, vault_of

BURSTS = 10


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """With the login `oson`."""
    place = prepare(tmp_path)
    with place.changing() as connection:
        open_account(connection, vault_of(place), "oson")
    return place


@pytest.fixture
def second(tmp_path: Path, place: Place) -> Place:
    """A folder of its own, on the store and with the key file of the first."""
    beside = Place(tmp_path / "second", tmp_path / "second" / "data")
    beside.data.mkdir(parents=True)
    settings = place.config.read_text().replace(f'"{place.data}"', f'"{beside.data}"')
    settings = settings.replace('url = ""', f'url = "sqlite:///{place.data / "gonets.db"}"')
    settings = settings.replace('key_file = ""', f'key_file = "{place.data / "secret.key"}"')
    beside.config.write_text(settings)
    return beside


@pytest.fixture
def both(place: Place, second: Place, starting: Starting) -> Iterator[tuple[GatewayProcess, GatewayProcess]]:
    with running(place, starting) as one, running(second, starting) as other:
        yield one, other


def test_of_two_at_the_same_instant_in_two_processes_one_is_taken(
    both: tuple[GatewayProcess, GatewayProcess],
) -> None:
    with ThreadPoolExecutor(4) as pool:
        for burst in range(BURSTS):
            asked = [pool.submit(send, gateway, f"burst {burst}") for gateway in (*both, *both)]
            assert Counter(each.result().status for each in asked) == {201: 1, 409: 3}
    with both[0].place.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM messages").scalar_one() == BURSTS


def test_what_was_taken_before_a_power_cut_is_a_duplicate_after_it(place: Place, starting: Starting) -> None:
    with running(place, starting) as gateway:
        assert send(gateway, "order 7").status == 201
        gateway.kill()
    with running(place, starting) as gateway:
        assert send(gateway, "order 7").status == 409
        assert send(gateway, "order 8", msg=message("order 7")["msg"]).status == 201
