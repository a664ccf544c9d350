"""The client of docs/smpp.md, as it stands there, against an SMSC at the other end of a socket."""

import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gonets.wire.smpp import pdu, tlvs
from gonets.wire.smpp.codes import MessageState, Status, Tag
from gonets.wire.smpp.events import Closed, Event
from gonets.wire.smpp.pdu import BindTransceiver, BindTransceiverResp, DeliverSm, SubmitSm, SubmitSmResp
from gonets.wire.smpp.receipt import Receipt
from gonets.wire.smpp.roles import Role
from gonets.wire.smpp.session import Session
from tests.wire.smpp.ends import MESSAGE

PAGE = Path(__file__).parents[3] / "docs" / "smpp.md"
REPORT = DeliverSm(
    esm_class=4,
    short_message=b"id:1001 sub:001 dlvrd:001 stat:DELIVRD err:000 text:Hello",
    tlvs=(tlvs.tlv(Tag.RECEIPTED_MESSAGE_ID, "1001"),),
)

Client = Callable[[socket.socket, str, str, SubmitSm], Receipt | None]


@pytest.fixture
def send() -> Client:
    """The one function of the page."""
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    found: Client = names["send"]
    return found


def serve(connection: socket.socket, taken: bool) -> list[Event]:
    """An SMSC for one session: what it heard. Time stands still for it."""
    session = Session(Role.SMSC, 0.0)
    heard: list[Event] = []
    with connection:
        while data := connection.recv(65536):
            for event in session.receive(data, 0.0):
                heard.append(event)
                match event:
                    case BindTransceiver(password="secret"):
                        session.answer(BindTransceiverResp(event.sequence_number, system_id="Gonets"))
                    case BindTransceiver():
                        session.answer(BindTransceiverResp(event.sequence_number, Status.ESME_RINVPASWD))
                    case SubmitSm() if taken:
                        session.answer(SubmitSmResp(event.sequence_number, message_id="1001"))
                        session.ask(REPORT, 0.0)
                    case SubmitSm():
                        session.answer(SubmitSmResp(event.sequence_number, Status.ESME_RSUBMITFAIL))
                    case _:
                        pass
            connection.sendall(session.octets())
            if heard and isinstance(heard[-1], Closed):
                break
    return heard


def story(send: Client, password: str, taken: bool = True) -> tuple[Receipt | None, list[str]]:
    """What the client returns, and the names of what the SMSC heard."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(30.0)
    with ThreadPoolExecutor(1) as aside, ours:
        serving = aside.submit(serve, theirs, taken)
        found = send(ours, "smsc", password, MESSAGE)
        ours.close()
        return found, [type(event).__name__ for event in serving.result(timeout=30.0)]


def test_the_client_of_the_page_sends_a_message_and_reads_its_receipt(send: Client) -> None:
    found, heard = story(send, "secret")
    assert found is not None
    assert (found.message_id, found.state) == ("1001", MessageState.DELIVERED)
    assert heard == ["BindTransceiver", "SubmitSm", "DeliverSmResp", "Closed"]


def test_the_client_of_the_page_leaves_where_its_message_is_refused(send: Client) -> None:
    assert story(send, "secret", taken=False) == (None, ["BindTransceiver", "SubmitSm", "Closed"])


def test_the_client_of_the_page_leaves_where_its_bind_is_refused(send: Client) -> None:
    found, heard = story(send, "wrong")
    assert found is None
    assert heard == ["BindTransceiver"]


def test_the_page_names_every_module() -> None:
    text = PAGE.read_text(encoding="utf-8")
    modules = {path.stem for path in Path(pdu.__file__).parent.glob("*.py")} - {"__init__"}
    assert modules == set(re.findall(r"`(\w+)`", text.partition("A client that binds")[0])) & modules
