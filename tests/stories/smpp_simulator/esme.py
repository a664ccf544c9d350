"""smpplib as the client of `gonets smsc`: what it is answered and told, in the order in which it came."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from smpplib.client import Client
from smpplib.exceptions import ConnectionError as Broken
from smpplib.exceptions import PDUError

from gonets.wire.smpp.codec import encode
from gonets.wire.smpp.pdu import Bind, Pdu
from gonets.wire.smpp.receipt import Receipt, read
from gonets.wire.smpp.stream import Stream
from tests.smsc import PATIENCE_S, SmscProcess

USUAL: Final = "79161234567"


class Esme:
    """A session of smpplib. `came` has `("answer", status, id)`, `("receipt", id, stat)` and `("nack", status, "")`."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.came: list[tuple[str, Any, Any]] = []
        self.receipts: list[Receipt] = []
        client.set_message_sent_handler(
            lambda pdu: self.came.append(("answer", pdu.status, _text(pdu.message_id)))
        )
        client.set_error_pdu_handler(self._error)
        client.set_message_received_handler(self._received)

    def _received(self, pdu: Any) -> None:
        receipt = read(pdu.short_message)
        assert receipt is not None
        self.receipts.append(receipt)
        self.came.append(("receipt", receipt.message_id, receipt.stat))

    def _error(self, pdu: Any) -> None:
        if pdu.command == "generic_nack":  # of others the sent handler hears too
            self.came.append(("nack", pdu.status, ""))

    def send(self, recipient: str = USUAL, text: bytes = b"Hello", receipt: int = 1, **fields: Any) -> None:
        """Send a message; what it is answered comes by `until`."""
        self.client.send_message(
            source_addr_ton=5,
            source_addr="Gonets",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=recipient,
            short_message=text,
            registered_delivery=receipt,
            **fields,
        )

    def until(self, condition: Callable[[], object]) -> None:
        """Read until this is true."""
        while not condition():
            self.client.read_once(auto_send_enquire_link=False)

    def hears(self, count: int) -> list[tuple[str, Any, Any]]:
        """Everything that came, once it is so much."""
        self.until(lambda: len(self.came) >= count)
        return self.came

    def is_cut_off(self) -> bool:
        """Read until the connection ends."""
        try:
            self.until(lambda: False)
        except (Broken, OSError):
            return True
        return False


@contextmanager
def bound(
    smsc: SmscProcess, mode: str = "transceiver", system_id: str = "shop", password: str = "secret"
) -> Iterator[Esme]:
    """A session that is bound; it says goodbye unless it was cut off."""
    client = Client("127.0.0.1", smsc.port, timeout=PATIENCE_S, allow_unknown_opt_params=True)
    client.connect()
    try:
        esme = Esme(client)
        getattr(client, f"bind_{mode}")(system_id=system_id, password=password)
        yield esme
    finally:
        client._socket.close()
        client._socket = None
        client.state = "CLOSED"


def refused_bind(smsc: SmscProcess, system_id: str, password: str) -> int:
    """The command_status that a bind is refused with."""
    try:
        with bound(smsc, system_id=system_id, password=password):
            return 0
    except PDUError as error:
        return int(error.args[1])


def exchange(port: int, asked: Sequence[Pdu], count: int) -> list[Pdu]:
    """Write PDUs, those after a bind once it is answered, and return the first so many that come."""
    stream, found = Stream(), list[Pdu]()
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        for pdu in asked:
            out = bytearray()
            encode(out, pdu)
            connection.sendall(out)
            while isinstance(pdu, Bind) and not found:
                found += _pdus(stream.feed(connection.recv(65_536)))
        while len(found) < count:
            found += _pdus(stream.feed(connection.recv(65_536)))
    return found


def _pdus(read: Sequence[object]) -> list[Pdu]:
    assert all(isinstance(each, Pdu) for each in read)
    return [each for each in read if isinstance(each, Pdu)]


def _text(octets: bytes | None) -> str:
    return (octets or b"").rstrip(b"\0").decode()
