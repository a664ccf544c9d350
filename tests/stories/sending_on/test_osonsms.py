"""One gateway is the OsonSMS provider of another, and its answers get lost on the way."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gonets.model.message import State
from tests.processes import GatewayProcess, Place, Starting, prepare, running, until
from tests.stories.osonsms.houses import SALT, open_account, vault_of
from tests.stories.sending_on.chain import LONG, all_become, link, send, states


def provider(folder: Path) -> Place:
    """A place with the login `oson`."""
    place = prepare(folder)
    with place.changing() as connection:
        open_account(connection, vault_of(place), "oson")
    return place


def through(near: Place, url: str, **more: str) -> None:
    """Let Tajikistan go out there."""
    link(near, "osonsms", "992", {"url": url, "login": "oson", "pass_salt_hash": SALT, **more})


def test_every_message_is_on_a_phone_of_the_other_once_and_told_to_be_delivered(
    tmp_path: Path, starting: Starting
) -> None:
    far_place, near_place = provider(tmp_path / "far"), prepare(tmp_path / "near")
    wanted = [(f"99291{number:07}", f"Салом, {number} & 100%") for number in range(20)]
    with running(far_place, starting) as far:
        through(near_place, far.site(""))
        with running(near_place, starting) as near:
            send(near, [*wanted, ("992918888888", LONG)])
            all_become(near_place, State.DELIVERED)
            assert SALT not in near.said()
            assert near.stop() == 0
    phones = sorted(far_place.phones(), key=lambda each: (each.message, each.number))
    texts = Counter(each.text for each in phones if each.total == 1)
    assert texts == Counter(text for _, text in wanted)
    assert "".join(each.text for each in phones if each.total > 1) == LONG
    assert len(states(near_place)) == len(phones)


@contextmanager
def losing_answers(far: GatewayProcess, every: int) -> Iterator[str]:
    """The URL of a way to a gateway on which the first of every so many answers is lost."""
    loop = asyncio.new_event_loop()
    count = 0

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        try:
            there, back = await asyncio.open_connection("127.0.0.1", far.ports["http"])
            head = await reader.readuntil(b"\r\n\r\n")
            back.write(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            answer = await there.read()
            while more := await there.read():
                answer += more
            count += 1
            if count % every != 1:
                writer.write(answer)
                await writer.drain()
            back.close()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = loop.run_until_complete(asyncio.start_server(carry, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:

        async def end() -> None:
            server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def test_what_is_sent_again_after_its_answer_was_lost_arrives_once(
    tmp_path: Path, starting: Starting
) -> None:
    far_place, near_place = provider(tmp_path / "far"), prepare(tmp_path / "near")
    wanted = [(f"99291{number:07}", f"Number {number}") for number in range(12)]
    with running(far_place, starting) as far, losing_answers(far, every=3) as url:
        through(near_place, url)
        with running(near_place, starting) as near:
            send(near, wanted)
            all_become(far_place, State.DELIVERED)
            # What was taken without an answer is sent, though the other cannot be asked for it by our own id.
            until(
                lambda: (
                    set(states(near_place)) <= {State.DELIVERED, State.SENT}
                    and len(far_place.phones()) == len(wanted)
                ),
                60.0,
                "not everything is sent",
            )
    assert Counter(each.text for each in far_place.phones()) == Counter(text for _, text in wanted)
