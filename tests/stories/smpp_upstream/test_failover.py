"""A preferred link is cut while much waits: the second takes all of it, nothing twice, each recipient's in order."""

import asyncio
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from gonets.model.message import AccountId, Channel, Draft, Encoding, MessageId, Priority, RouteId, State
from gonets.model.results import Accepted
from gonets.model.routing import ConnectorSetup, Route
from gonets.stores import settings
from gonets.stores.store import open_store
from tests.contract.house import scaled
from tests.processes import PRICE, Place, prepare, started, until
from tests.smsc import smsc

WAITING: Final = scaled(10_000, least=2_000)
RECIPIENTS: Final = WAITING // 10
RATE: Final = 1_000
"""Parts a second that the preferred link takes; so most wait when it is cut."""
_OWNER: Final = AccountId(1)


def test_what_waits_for_a_link_that_is_cut_leaves_by_the_next_in_order_and_once(tmp_path: Path) -> None:
    place = prepare(tmp_path)
    with (
        smsc(journal=tmp_path / "first.jsonl") as first,
        smsc(journal=tmp_path / "second.jsonl") as second,
    ):
        with place.changing() as connection:
            for name, upstream, rate in (("first", first, RATE), ("second", second, 0)):
                link: dict[str, int | float | str | bool] = {
                    "host": "127.0.0.1",
                    "port": upstream.port,
                    "window": 100,
                    "rate": rate,
                }
                settings.add_connector(connection, ConnectorSetup(name, "smpp", link))
            route = settings.add_route(connection, Route(RouteId(0), "both", "79", ("first", "second")))
        asyncio.run(_fill(place, route))
        with started(place) as gateway:
            gateway.listening(60.0)
            until(lambda: len(first.journal("submit")) >= WAITING // 10, 60.0)
            assert second.journal("submit") == []
            first.kill()
            cut = time.monotonic()
            until(lambda: not _unsent(place), 120.0, "some still wait")
            took = time.monotonic() - cut
            assert gateway.stop() == 0
        one, two = first.journal("submit"), second.journal("submit")

    texts = [line["text"] for line in (*one, *two)]
    assert len(set(texts)) == len(texts), "some left twice"
    lost = {f"part {number}" for number in range(WAITING)} - set(texts)
    assert lost <= _uncertain(place)
    for journal in (one, two):
        for recipient, numbers in _by_recipient(journal).items():
            assert numbers == sorted(numbers), recipient
    before, after = _by_recipient(one), _by_recipient(two)
    for recipient in before.keys() & after.keys():
        assert before[recipient][-1] < after[recipient][0], recipient
    sys.stdout.write(
        f"\n{WAITING} waited, {len(one)} had left when the link was cut, {len(two)} left by the next within"
        f" {took:.1f} s; {len(lost)} were written and never read, and are uncertain\n"
    )


def _by_recipient(journal: list[dict[str, Any]]) -> dict[str, list[int]]:
    """The numbers of the messages that each recipient got, in the order in which they came."""
    found: dict[str, list[int]] = defaultdict(list)
    for line in journal:
        found[line["destination_addr"]].append(int(line["text"].removeprefix("part ")))
    return found


def _unsent(place: Place) -> int:
    with place.reading() as connection:
        rows = connection.exec_driver_sql(f"SELECT count(*) FROM parts WHERE state <= {State.CLAIMED:d}")
        return int(rows.scalar_one())


def _uncertain(place: Place) -> set[str]:
    """Texts of what left and was never answered."""
    with place.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT text FROM messages JOIN parts ON parts.message_id = messages.id"
            f" WHERE state = {State.UNCERTAIN:d}"
        )
        return {str(text) for (text,) in rows}


async def _fill(place: Place, route: RouteId) -> None:
    store = open_store(f"sqlite:///{place.data / 'gonets.db'}")
    try:
        ids = await store.messages.reserve(WAITING)
        drafts = [_draft(ids + number, number, route) for number in range(WAITING)]
        results = await store.messages.accept(drafts, datetime.now(UTC))
        assert all(isinstance(result, Accepted) for result in results)
    finally:
        await store.close()


def _draft(id_: int, number: int, route: RouteId) -> Draft:
    text = f"part {number}"
    return Draft(
        id=MessageId(id_),
        account=_OWNER,
        protocol="mfms",
        profile="",
        client_id=None,
        channel=Channel.SMS,
        priority=Priority.NORMAL,
        sender="Sender",
        recipient=f"79{number % RECIPIENTS:09d}",
        text=text,
        encoding=Encoding.GSM7,
        segments=(text,),
        price=PRICE,
        refund_undelivered=False,
        route=route,
        start_at=None,
        expires_at=None,
    )
