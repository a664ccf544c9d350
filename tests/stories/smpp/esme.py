"""A client of ours over SMPP that does exactly what a test says; real clients have modules of their own."""

import socket
import ssl
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TypeVar

from gonets.wire.smpp import codec
from gonets.wire.smpp.codes import Command, Status
from gonets.wire.smpp.pdu import (
    Bind,
    BindTransceiver,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    Pdu,
    SubmitSm,
)
from gonets.wire.smpp.stream import Stream
from tests.processes import PASSWORD, GatewayProcess

PATIENCE_S: Final = 20.0

P = TypeVar("P", bound=Pdu)
T = TypeVar("T")


class Esme:
    """One connection.

    Everything that comes is kept in `heard`, in order; `answering` is what receipts are answered with (None: nothing).
    """

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self.socket = plain if context is None else context.wrap_socket(plain, server_hostname="localhost")
        self.heard: list[Pdu] = []
        self.ended = False
        self.answering: Callable[[DeliverSm], int | None] = lambda receipt: Status.ESME_ROK
        self._stream = Stream()
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, *requests: Pdu) -> list[int]:
        """Send requests in one write; their numbers."""
        out = bytearray()
        numbers = []
        for request in requests:
            self._number += 1
            numbers.append(self._number)
            codec.encode(out, request, self._number)
        self.socket.sendall(out)
        return numbers

    def answer(self, number: int) -> Pdu:
        """Wait for the answer to a request of ours."""
        return self.until(
            lambda: next(
                (
                    each
                    for each in self.heard
                    if each.command_id & 0x80000000 and each.sequence_number == number
                ),
                None,
            )
        )

    def ask(self, request: Pdu) -> Pdu:
        """Send a request and wait for its answer."""
        [number] = self.send(request)
        return self.answer(number)

    def submit(self, **fields: object) -> Pdu:
        """The answer to a submit_sm from `Bank` to 79031234567 that wants a receipt."""
        return self.ask(submit(**fields))

    def receipts(self, count: int) -> list[DeliverSm]:
        """Wait until so many receipts came; all that did."""
        return self.until(lambda: found if len(found := self.heard_of(DeliverSm)) >= count else None)

    def heard_of(self, kind: type[P]) -> list[P]:
        """What came of a kind."""
        return [each for each in self.heard if isinstance(each, kind)]

    def until(self, found: Callable[[], T | None]) -> T:
        """Read until there is something, and return it."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            result = found()
            if result is not None:
                return result
            assert not self.ended, f"the gateway has closed the connection; heard: {self._tail()}"
            assert time.monotonic() < deadline, f"nothing came; heard: {self._tail()}"
            self.read(deadline - time.monotonic())

    def _tail(self) -> str:
        return f"{len(self.heard)} PDUs, at last {self.heard[-3:]}"

    def read(self, seconds: float) -> None:
        """Read once, and answer what wants an answer."""
        self.socket.settimeout(max(0.01, seconds))
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            return
        except OSError:
            data = b""
        if not data:
            self.ended = True
            return
        for each in self._stream.feed(data):
            assert isinstance(each, Pdu), each
            self.heard.append(each)
            answer: Pdu | None = None
            if isinstance(each, DeliverSm):
                status = self.answering(each)
                answer = None if status is None else DeliverSmResp(each.sequence_number, status)
            elif isinstance(each, EnquireLink):
                answer = EnquireLinkResp(each.sequence_number)
            if answer is not None:
                out = bytearray()
                codec.encode(out, answer)
                self.socket.sendall(out)

    def closed(self) -> bool:
        """Read until the gateway closes the connection; True."""
        return self.until(lambda: self.ended or None)


def submit(**fields: object) -> SubmitSm:
    """A submit_sm from `Bank` to 79031234567 that wants a receipt."""
    usual: dict[str, object] = {
        "source_addr": "Bank",
        "destination_addr": "79031234567",
        "registered_delivery": 1,
        "short_message": b"Hello",
    }
    return SubmitSm(**{**usual, **fields})  # type: ignore[arg-type]


def bound(
    gateway: GatewayProcess,
    system_id: str = "plain",
    kind: type[Bind] = BindTransceiver,
    listener: str = "smpp",
    **fields: object,
) -> Esme:
    """A client that has bound."""
    esme = Esme(gateway.ports[listener])
    bind = kind(system_id=system_id, **{"password": PASSWORD, **fields})  # type: ignore[arg-type]
    answer = esme.ask(bind)
    assert answer.command_status == 0, answer
    assert answer.command_id == Command(kind.command_id) | 0x80000000
    return esme
