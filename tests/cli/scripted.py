"""An SMSC on a real socket that says what a test has written down, in a thread of its own."""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Final, Self

import msgspec

from gonets.wire.smpp import codec
from gonets.wire.smpp.codes import ESM_RECEIPT
from gonets.wire.smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    DeliverSm,
    DeliverSmResp,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from gonets.wire.smpp.stream import Stream

PATIENCE_S: Final = 20.0

Line = Pdu | bytes | None
"""To write: a PDU, octets; None: end the connection."""
Script = Callable[[Pdu], Sequence[Line]]


class Scripted:
    """Takes one connection; `heard` is all that came, in order. `with Scripted(script) as smsc`."""

    def __init__(self, script: Script, first: bytes = b"") -> None:
        """`first`: what is written to whatever comes first, and then the connection ends."""
        self.heard: list[Pdu] = []
        self._script = script
        self._first = first
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE_S)
        self.port: int = self._listening.getsockname()[1]
        self._thread = Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join(PATIENCE_S)
        self._listening.close()
        assert not self._thread.is_alive()

    def submitted(self) -> list[SubmitSm]:
        """The messages that came."""
        return [each for each in self.heard if isinstance(each, SubmitSm)]

    def answers(self) -> list[DeliverSmResp]:
        """The answers to what was delivered."""
        return [each for each in self.heard if isinstance(each, DeliverSmResp)]

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with connection, suppress(ConnectionError):  # a client that has gone
            connection.settimeout(PATIENCE_S)
            self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        if self._first:
            connection.recv(65536)
            connection.sendall(self._first)
            return
        stream = Stream()
        while data := connection.recv(65536):
            for pdu in stream.feed(data):
                assert isinstance(pdu, Pdu)
                self.heard.append(pdu)
                for line in self._script(pdu):
                    if line is None:
                        return
                    connection.sendall(octets(line))


def octets(line: Pdu | bytes) -> bytes:
    if isinstance(line, bytes):
        return line
    out = bytearray()
    codec.encode(out, line)
    return bytes(out)


def polite(submit: Callable[[SubmitSm], Sequence[Line]]) -> Script:
    """Lets everybody bind and go; `submit` says what a message is answered with."""

    def script(pdu: Pdu) -> Sequence[Line]:
        match pdu:
            case BindTransceiver():
                return [BindTransceiverResp(pdu.sequence_number, system_id="smsc")]
            case Unbind():
                return [UnbindResp(pdu.sequence_number), None]
            case SubmitSm():
                return submit(pdu)
            case _:
                return []

    return script


def taken(submit: SubmitSm, message_id: str = "1001") -> SubmitSmResp:
    """The answer to a message that is taken."""
    return SubmitSmResp(submit.sequence_number, message_id=message_id)


def report(
    message_id: str, stat: str = "DELIVRD", number: int = 1, recipient: str = "79031234567"
) -> DeliverSm:
    """A receipt."""
    text = f"id:{message_id} sub:001 dlvrd:001 submit date:2511251820 done date:2511251821 stat:{stat} err:000 text:"
    return DeliverSm(number, source_addr=recipient, esm_class=ESM_RECEIPT, short_message=text.encode())


def refused(answer: Pdu, status: int, **fields: object) -> Pdu:
    """An answer that refuses."""
    return msgspec.structs.replace(answer, command_status=status, **fields)
