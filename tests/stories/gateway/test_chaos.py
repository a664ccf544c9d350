"""Bad company: clients that hang up in the middle and clients that take for ever, beside good ones."""

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gonets.config import HttpConfig
from tests.processes import Starting, prepare, running, until
from tests.stories.durability.load import Load, Wanted, send_request
from tests.stories.durability.proof import kept, prove, settled

_HANGING_UP: Final = 8
_SLOW: Final = 40
_NONSENSE: Final = (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"\0" * 1000, b"POST / HTTP/9.9\r\n\r\n")


class Mob:
    """What the bad clients did so far."""

    def __init__(self) -> None:
        self.hung_up = 0
        self.cut_off = 0
        """Slow ones that the gateway lost patience with."""


@contextmanager
def mob(port: int, seed: int) -> Iterator[Mob]:
    """Bad clients, in a thread of their own, until the end."""
    did = Mob()
    ended = threading.Event()
    chance = random.Random(seed)
    body = b"subject=Gonets&address=79161230000&text=bad"

    async def hang_up() -> None:
        count = 0
        while not ended.is_set():
            count += 1
            request = send_request([Wanted(f"bad{chance.random()}", "79161230000", "bad")])
            piece = request[: chance.randrange(1, len(request) - 2)]
            if count % 5 == 0:
                piece = chance.choice(_NONSENSE)
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(piece)
                await writer.drain()
                if chance.random() < 0.5:
                    writer.transport.abort()
                writer.close()
                await writer.wait_closed()
            except OSError:
                pass
            did.hung_up += 1
            await asyncio.sleep(0.005)

    async def crawl() -> None:
        """An octet at a time, until it is told off or cut off; and again."""
        while not ended.is_set():
            head = b"POST /CLIENT/connectorX/send HTTP/1.1\r\nHost: gonets\r\nContent-Length: 9999\r\n\r\n"
            sent = head + body if chance.random() < 0.5 else head[:-4] + b"\r\nX-Slow: " + body
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                for octet in sent:
                    writer.write(bytes([octet]))
                    if ended.is_set() or await _heard(reader, 0.2):
                        break
                did.cut_off += not ended.is_set()
                writer.close()
                await writer.wait_closed()
            except OSError:
                did.cut_off += 1

    async def all_of_them() -> None:
        async with asyncio.TaskGroup() as bad:
            for _ in range(_HANGING_UP):
                bad.create_task(hang_up())
            for _ in range(_SLOW):
                bad.create_task(crawl())

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    try:
        yield did
    finally:
        ended.set()
        thread.join()


async def _heard(reader: asyncio.StreamReader, seconds: float) -> bool:
    """Whether anything comes, or the end, within so long."""
    try:
        await asyncio.wait_for(reader.read(1), seconds)
    except TimeoutError:
        return False
    return True


def test_good_clients_are_served_as_if_bad_ones_were_not_there(tmp_path: Path, starting: Starting) -> None:
    place = prepare(tmp_path, http=HttpConfig(head_seconds=2.0, body_seconds=2.0))
    with running(place, starting) as gateway:
        port = gateway.ports["mfms"]
        load = Load(6, workers=16, endings=())
        with mob(port, 7) as did, load.running(port):
            until(
                lambda: len(load.taken) > 1000 and did.hung_up > 200 and did.cut_off > _SLOW,
                60.0,
                f"not enough has happened: {did.__dict__}",
            )
        assert not load.refused
        assert not load.unanswered
        until(lambda: settled(place), 30.0, "some messages never came to an end")
        assert not [message for message in kept(place).values() if message.text == "bad"]
        prove(place, load, port, certain=True)
        assert set(load.taken.values()) == set(load.wanted)
        assert not gateway.lines("request_failed")
        assert gateway.stop() == 0
