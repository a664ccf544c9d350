"""A session of the load client of `gonets bench` over SMPP: a transceiver, by hand, so that a gateway is not measured
against its own code. It imports nothing of the gateway.

What one read brings is answered by one write: receipts are taken, and the next messages go. Refused (`LoadBroken`): a
bind that is not accepted, and what is no SMPP.
"""

import asyncio
import re
import struct
from collections.abc import Callable
from typing import Final, cast

from gonets.cli.talk import LoadBroken, OnAnswer, Sink, hurry

HEAD: Final = struct.Struct(">IIII")
"""command_length, command_id, command_status, sequence_number."""

_SUBMIT_SM_RESP: Final = 0x80000004
_DELIVER_SM: Final = 0x00000005
_DELIVER_SM_RESP: Final = 0x80000005
_UNBIND: Final = 0x00000006
_BIND_TRANSCEIVER: Final = 0x00000009
_BIND_TRANSCEIVER_RESP: Final = 0x80000009
_ENQUIRE_LINK: Final = 0x00000015
_ENQUIRE_LINK_RESP: Final = 0x80000015
_LARGEST: Final = 65_536

_RECEIPT: Final = re.compile(
    rb"id:([0-9]+) sub:001 dlvrd:00[01] submit date:[0-9]{10} done date:[0-9]{10} stat:([A-Z]{7}) err:[0-9]{3} text:"
)
_WORDS: Final = {
    b"DELIVRD": b"delivered",
    b"UNDELIV": b"undelivered",
    b"EXPIRED": b"undelivered",
    b"REJECTD": b"failed",
    b"DELETED": b"cancelled",
}
"""What the sink calls a final `stat`."""


class Bind(asyncio.Protocol):
    """A session with a window of requests in flight; to its owner like `talk.Talk`.

    The request of a message has its number and one more as the sequence_number.
    """

    __slots__ = (
        "transport",
        "on_answer",
        "on_lost",
        "first",
        "size",
        "at",
        "bound",
        "_sink",
        "_asked",
        "_out",
        "_held",
    )

    def __init__(self, on_answer: OnAnswer, on_lost: Callable[[], None], sink: Sink) -> None:
        self.transport: asyncio.Transport | None = None
        self.on_answer = on_answer
        self.on_lost = on_lost
        self.first = 0
        self.size = 1
        self.at = 0.0
        self.bound: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the gateway has accepted the bind."""
        self._sink = sink
        self._asked: dict[int, float] = {}
        self._out: list[bytes] = []
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        hurry(transport)
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance

    def bind(self, login: str, password: str) -> None:
        """Ask for a session; `bound` is the answer."""
        body = b"%b\0%b\0\0\x34\0\0\0" % (login.encode(), password.encode())
        self._write(HEAD.pack(16 + len(body), _BIND_TRANSCEIVER, 0, 1) + body)

    def ask(self, request: bytes) -> None:
        """Write the request of message `first`; its answer goes to `on_answer`."""
        self._asked[self.first + 1] = self.at
        self._write(request)

    def data_received(self, data: bytes) -> None:
        if self._held:
            data = self._held + data
        told: list[tuple[bytes, bytes]] = []
        start = 0
        while len(data) - start >= HEAD.size:
            length, command, status, number = HEAD.unpack_from(data, start)
            end = start + length
            if not HEAD.size <= length <= _LARGEST:
                raise LoadBroken(f"the gateway sent what is no PDU: {data[start : start + 120]!r}")
            if end > len(data):
                break
            body = data[start + HEAD.size : end]
            if command == _SUBMIT_SM_RESP:
                self._answered(number, status, body)
            elif command == _DELIVER_SM:
                told += self._told(number, body)
            elif command == _ENQUIRE_LINK:
                self._out.append(HEAD.pack(16, _ENQUIRE_LINK_RESP, 0, number))
            elif command == _BIND_TRANSCEIVER_RESP:
                self._accepted(status)
            elif command == _UNBIND:
                raise LoadBroken("the gateway ends a session")
            else:
                self._sink.malformed.append(f"the gateway sent a PDU of command {command:#010x}")
            start = end
        self._held = data[start:]
        self._flush()
        if told:
            self._sink.hear(told)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if not self.bound.done():
            self.bound.set_exception(LoadBroken("the gateway closed a connection instead of a session"))
        self.on_lost()

    def _accepted(self, status: int) -> None:
        if status:
            self.bound.set_exception(LoadBroken(f"the gateway refused a bind: command_status {status:#010x}"))
        else:
            self.bound.set_result(None)

    def _answered(self, number: int, status: int, body: bytes) -> None:
        at = self._asked.pop(number, None)
        if at is None:
            self._sink.malformed.append(f"an answer came to nothing that was asked, number {number}")
            return
        self.first, self.at = number - 1, at
        self.on_answer(self, b"%d" % status, body)

    def _told(self, number: int, body: bytes) -> list[tuple[bytes, bytes]]:
        """A receipt; what is none is kept as malformed."""
        self._out.append(HEAD.pack(17, _DELIVER_SM_RESP, 0, number) + b"\0")
        found = _RECEIPT.search(body)
        if found is None:
            self._sink.malformed.append(f"a receipt was {body[:120]!r}")
            return []
        return [(found[1], _WORDS.get(found[2], found[2]))]

    def _write(self, octets: bytes) -> None:
        """With all else that is written in this turn of the loop."""
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        self._out.append(octets)

    def _flush(self) -> None:
        if self._out and self.transport is not None:
            self.transport.write(b"".join(self._out))
            self._out.clear()
