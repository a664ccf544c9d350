"""One gateway as the upstream of another: MFMS or SMPP in front, SMPP between them, phones behind the second."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from gonets.connectors.simulator.phones import read_inbox
from gonets.flow.vault import open_vault, seal_settings
from gonets.model.message import RouteId
from gonets.model.routing import ConnectorSetup, Route
from gonets.stores import settings
from gonets.wire.smpp.codes import Command
from tests.processes import LOGINS, PASSWORD, GatewayProcess, Starting, prepare, running, until
from tests.stories.durability.load import Wanted, send_request, status_request
from tests.stories.peers.clients import (
    EMOJI,
    LATIN,
    LONG_LATIN,
    LONG_RUSSIAN,
    PARTS,
    PERL,
    SENDER,
    SYSTEM_ID,
    Message,
    run,
)
from tests.stories.peers.mfms import ask
from tests.stories.peers.wiretap import Wiretap

PREFIX: Final = "7922"
"""Of numbers that go on to the second gateway."""
_FINAL: Final = frozenset({"delivered", "undelivered", "failed"})
_SECONDS: Final = 30.0


class Chain(NamedTuple):
    """Both gateways, and what was said between them."""

    front: GatewayProcess
    back: GatewayProcess
    tap: Wiretap


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[Chain]:
    behind = prepare(tmp_path_factory.mktemp("back"), logins={"smpp": "front"})
    place = prepare(tmp_path_factory.mktemp("front"), logins={**LOGINS, "smpp": SYSTEM_ID})
    with running(behind, starting) as back, Wiretap(back.ports["smpp"]) as tap:
        link: dict[str, int | float | str | bool] = {
            "host": "127.0.0.1",
            "port": tap.port,
            "system_id": "front",
            "password": PASSWORD,
            "binds": 2,
        }
        kept = seal_settings(link, "gonets", lambda: open_vault(place.data / "secret.key"))
        with place.changing() as connection:
            settings.add_connector(connection, ConnectorSetup("gonets", "smpp", kept))
            settings.add_route(connection, Route(RouteId(0), "gonets", PREFIX, ("gonets",)))
        with running(place, starting) as front:
            yield Chain(front, back, tap)
            assert front.stop() == 0
        assert back.stop() == 0


def send(front: GatewayProcess, texts: Sequence[tuple[str, str]]) -> list[int]:
    """Send each text to its number by MFMS; the ids in that order."""
    rows = ask(front, send_request([Wanted(str(index), to, text) for index, (to, text) in enumerate(texts)]))
    assert {row[0] for row in rows} == {"ok"}
    return [int(row[2]) for row in rows]


def statuses(front: GatewayProcess, ids: Sequence[int]) -> list[tuple[str, str]]:
    """Status and reason of each, by MFMS."""
    return [(row[2], row[4]) for row in ask(front, status_request(ids))]


def ended(front: GatewayProcess, ids: Sequence[int], endings: Sequence[tuple[str, str]]) -> None:
    until(lambda: all(status in _FINAL for status, _ in statuses(front, ids)), _SECONDS, "not all has ended")
    assert statuses(front, ids) == list(endings)


def test_what_is_delivered_behind_the_second_is_told_to_the_client_of_the_first(chain: Chain) -> None:
    texts = [
        (f"{PREFIX}000000{at}", text) for at, text in enumerate((LATIN, EMOJI, LONG_LATIN, LONG_RUSSIAN))
    ]
    ids = send(chain.front, texts)
    ended(chain.front, ids, [("delivered", "")] * len(ids))
    for number, text in texts:
        [shown] = read_inbox(chain.back.place.data / "phones", number)
        assert (shown.text, shown.sender) == (text, SENDER)
        assert shown.parts == (1 if len(text) < 100 else PARTS)


@pytest.mark.parametrize(
    ("ending", "status", "reason"),
    [
        ("9901", "undelivered", "unknown-subscriber"),
        ("9902", "undelivered", "absent-subscriber"),
        ("9903", "undelivered", "none"),
        ("9904", "failed", "no-service"),
        ("9907", "delivered", ""),
        ("9908", "delivered", ""),
        ("9911", "undelivered", "subscriber-barred"),
    ],
)
def test_how_it_ends_behind_the_second_is_how_it_ends_in_the_first(
    chain: Chain, ending: str, status: str, reason: str
) -> None:
    ended(chain.front, send(chain.front, [(f"{PREFIX}100{ending}", "Hello")]), [(status, reason)])


def test_parts_that_a_client_of_the_first_has_cut_are_joined_on_the_phone_behind_the_second(
    chain: Chain, tmp_path: Path
) -> None:
    messages = [
        Message(f"{alphabet} {way}", f"{PREFIX}200000{number}", text, alphabet, way)
        for number, (alphabet, text, way) in enumerate(
            [
                ("gsm", LONG_LATIN, "udh"),
                ("ucs2", LONG_RUSSIAN, "udh"),
                ("gsm", LONG_LATIN, "sar"),
                ("ucs2", LONG_RUSSIAN, "payload"),
            ]
        )
    ]
    done = run(PERL, chain.front, messages, tmp_path)
    assert done.said.statuses == {}
    assert {receipt.state for receipt in done.said.receipts} == {2}
    for message in messages:
        [shown] = read_inbox(chain.back.place.data / "phones", message.to)
        assert (shown.text, shown.parts) == (message.text, PARTS), message.key


def test_wireshark_finds_nothing_malformed_between_them(chain: Chain, tmp_path: Path) -> None:
    ended(chain.front, send(chain.front, [(f"{PREFIX}4000000", "Bye")]), [("delivered", "")])
    dissected = chain.tap.dissected(tmp_path)
    assert dissected.complaints == []
    assert dissected.commands[Command.SUBMIT_SM] == dissected.commands[Command.SUBMIT_SM_RESP] > 0
    assert dissected.commands[Command.DELIVER_SM] > 0
