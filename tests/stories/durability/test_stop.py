"""A gateway that is asked to stop: what it answered is kept, what it sent is settled, and it is gone in time."""

import signal
import socket
from pathlib import Path
from typing import Final

from gonets.connectors.simulator.endings import ENDINGS
from gonets.model.message import State
from tests.processes import QUICK, Starting, curl, gonets, prepare, running, until
from tests.stories.durability.load import Load
from tests.stories.durability.proof import kept, prove, settled

_IN_TIME_S: Final = 10.0
"""An operator's patience, and what service managers wait before they kill."""
_APART: Final = ("9906", "9910", "9912", "9913")
"""Endings without an answer, which are uncertain however gently everything ends, and those that take seconds."""
_SEND: Final = (
    "/CLIENT/connectorX/send?login=CLIENT&password=P@ssw0rd&subject=Gonets&address=79161230000&text=Hello"
)


def test_a_stop_under_load_leaves_no_doubt_about_any_message(tmp_path: Path, starting: Starting) -> None:
    place = prepare(tmp_path)
    load = Load(3, endings=[each.digits for each in ENDINGS if each.digits not in _APART])
    with running(place, starting) as gateway, load.running(gateway.ports["mfms"]):
        until(lambda: len(load.taken) > 500, 30.0, "nothing is acknowledged")
        gateway.terminate()
        assert gateway.wait(_IN_TIME_S) == 0
    assert not load.torn
    assert not load.refused
    store = kept(place)
    assert load.taken.keys() <= store.keys()
    assert not {message.client_id for message in store.values()} & set(load.unanswered)
    doubtful = {State.CLAIMED, State.UNCERTAIN}
    assert not [part for message in store.values() for part in message.parts if part.state in doubtful]
    with running(place, starting) as gateway:
        until(lambda: settled(place), 60.0, "some parts never came to an end")
        prove(place, load, gateway.ports["mfms"], certain=True)
        assert gateway.stop() == 0


def test_a_stop_does_not_wait_for_a_slow_network_or_a_slow_client_and_what_got_no_answer_is_uncertain(
    tmp_path: Path,
    starting: Starting,
) -> None:
    place = prepare(tmp_path, network={**QUICK, "answer_delay": 30.0})
    load = Load(4, workers=4, endings=(), most=20)
    with (
        running(place, starting) as gateway,
        socket.create_connection(("127.0.0.1", gateway.ports["mfms"])) as slow,
    ):
        slow.sendall(
            b"POST /CLIENT/connectorX/send HTTP/1.1\r\nHost: gonets\r\nContent-Length: 100\r\n\r\nlogin="
        )
        with load.running(gateway.ports["mfms"]):
            until(lambda: len(load.requests) == 20, 30.0)
        until(lambda: {line.message for line in place.phones()} == load.taken.keys(), 10.0, "nothing is sent")
        gateway.terminate()
        assert gateway.wait(_IN_TIME_S) == 0
    assert not load.unanswered
    with running(place, starting):
        parts = [part for message in kept(place).values() for part in message.parts]
        assert len(parts) >= 20
        assert {part.state for part in parts} == {State.UNCERTAIN}
        assert len(place.phones()) == len(parts)


def test_a_stop_answers_the_request_that_is_coming_in(tmp_path: Path, starting: Starting) -> None:
    place = prepare(tmp_path)
    with (
        running(place, starting) as gateway,
        socket.create_connection(("127.0.0.1", gateway.ports["mfms"])) as late,
    ):
        late.settimeout(30.0)
        until(lambda: curl(gateway.url(_SEND)).startswith(b"ok;"), 10.0)
        fields = _SEND.partition("?")[2].encode()
        head = (
            f"POST /CLIENT/connectorX/send HTTP/1.1\r\nHost: gonets\r\nContent-Length: {len(fields)}\r\n\r\n"
        )
        late.sendall(head.encode() + fields[:10])
        until(gateway.is_ready, 10.0)  # answered on another connection, so the head has been read
        gateway.terminate()
        until(lambda: _refuses(gateway.ports["mfms"]), 10.0, "it still takes connections")
        late.sendall(fields[10:])
        with late.makefile("rb") as answer:
            said = answer.read()
        assert said.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\n\r\nok;0;" in said
        assert gateway.wait(_IN_TIME_S) == 0
    assert int(said.rpartition(b";")[2]) in kept(place)


def test_a_second_gateway_on_the_same_folder_is_refused_and_the_first_goes_on(
    tmp_path: Path, starting: Starting
) -> None:
    place = prepare(tmp_path)
    with running(place, starting) as gateway:
        second = gonets("serve", "--config", str(place.config))
        assert second.returncode == 1
        assert "another gateway is running" in second.stderr.splitlines()[-1]
        assert "Traceback" not in second.stderr
        assert curl(gateway.url(_SEND)).startswith(b"ok;0;")
        gateway.process.send_signal(signal.SIGINT)
        assert gateway.wait(_IN_TIME_S) == 0
    with running(place, starting) as gateway:
        assert gateway.stop() == 0


def _refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5.0).close()
    except ConnectionRefusedError:
        return True
    return False
