"""Octets as they come off a connection to PDUs, with three outcomes kept apart.

- **Need more.** The last PDU is not whole yet: nothing is said, and its octets are held.
- **This PDU is bad.** Its length holds, so the next one can be found: a `Bad` with what to tell whoever sent it.
- **The stream is lost.** A length under 16 or over 64 KiB (SMPP 3.4 §3.2): nothing after it can be found, so a
  `Lost` is the last that is ever said.

However the octets are cut, the outcomes are the same. Less than one PDU is held, so 64 KiB at most, and each octet
is copied a bounded number of times even if they come one by one.
"""

import struct
from typing import Final

import msgspec

from gonets.wire.smpp import codec
from gonets.wire.smpp.codec import HEADER, LARGEST
from gonets.wire.smpp.pdu import Malformed, Pdu

_LENGTH: Final = struct.Struct(">I")
_HEAD: Final = struct.Struct(">IIII")


class Bad(msgspec.Struct, frozen=True, gc=False):
    """A PDU that cannot be read."""

    command_id: int
    sequence_number: int
    command_status: int
    """What it would be answered with if it is a request."""
    detail: str
    """What is wrong, in words that may go to the peer."""


class Lost(msgspec.Struct, frozen=True, gc=False):
    """Nothing more can be read; to be answered with generic_nack and ESME_RINVCMDLEN, and closed."""

    command_length: int


Read = Pdu | Bad | Lost


class Stream:
    """One direction of one connection."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._wanted = 4  # octets that must be there before it is worth looking at them
        self._lost = False

    def __len__(self) -> int:
        """How many octets are held."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Read]:
        """What has become whole with these octets, in the order of the wire. Never raises for what they are."""
        if self._lost:
            return []
        held = self._held
        if held:
            held += data
            if len(held) < self._wanted:
                return []
            data = bytes(held)
            held.clear()
        found: list[Read] = []
        at, size = 0, len(data)
        length = 4
        while size - at >= 4:
            (length,) = _LENGTH.unpack_from(data, at)
            if not HEADER <= length <= LARGEST:
                self._lost = True
                found.append(Lost(length))
                return found
            if at + length > size:
                break
            found.append(_read(data, at, at + length))
            at += length
            length = 4
        self._wanted = length
        held += data[at:]
        return found


def _read(data: bytes, at: int, end: int) -> Read:
    try:
        return codec.decode(data, at, end)
    except Malformed as wrong:
        _, command_id, _, sequence_number = _HEAD.unpack_from(data, at)
        return Bad(command_id, sequence_number, wrong.command_status, str(wrong))
