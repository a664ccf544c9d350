"""One PDU: octets to a value and back (SMPP 3.4 §3.2).

A PDU is read by the table of `fields`, and the four that make up nearly all traffic by `swift`, which says the
same and is held to it by a test. Requests are read strictly, so that whoever sent one learns what is wrong. Answers
are read as far as they go, for nobody could be told: one without a body, or with only the beginning of it, has
the defaults of the missing fields, and a broken tail of TLVs is left out. A number of real peers leave out the body
of an answer that refuses (§4.4.2 asks them to), and some that of one that does not.

We write each answer with its body, whatever its status: clients are in use that take a bind_resp of sixteen octets
for an error.
"""

import struct
from typing import Final

from gonets.wire.smpp import fields, swift, tlvs
from gonets.wire.smpp.codes import RESPONSE, Command, Status, named
from gonets.wire.smpp.pdu import BY_COMMAND, AlertNotification, DeliverSm, Malformed, Outbind, Pdu

HEADER: Final = 16
"""Octets of a PDU's header: command_length, command_id, command_status, sequence_number."""
LARGEST: Final = 64 * 1024
"""Octets of a whole PDU that we read or write at most."""

_HEAD: Final = struct.Struct(">IIII")

FROM_NETWORK: Final = frozenset({DeliverSm, Outbind, AlertNotification})
"""Requests whose known TLVs may have any length (see `tlvs`)."""


def decode(data: bytes, at: int = 0, end: int | None = None) -> Pdu:
    """The value of the one PDU that is all of `data`, or of `data[at:end]`. Raises Malformed."""
    if end is None:
        end = len(data)
    if end - at < HEADER:
        raise Malformed(Status.ESME_RINVCMDLEN, f"{end - at} octets are too few for a header")
    length, command_id, command_status, sequence_number = _HEAD.unpack_from(data, at)
    if length != end - at:
        raise Malformed(Status.ESME_RINVCMDLEN, f"command_length is {length} and not {end - at}")
    reader = swift.READERS.get(command_id)
    if reader is not None:
        value = reader(data, at + HEADER, end, sequence_number, command_status)
        if value is not None:
            return value
    kind = BY_COMMAND.get(command_id)
    if kind is None:
        raise Malformed(Status.ESME_RINVCMDID, f"there is no command {named(Command, command_id)}")
    return read_by_table(kind, data, at + HEADER, end, sequence_number, command_status)


def encode(out: bytearray, value: Pdu, sequence_number: int | None = None) -> None:
    """Append a PDU, under another sequence_number than its own if one is given.

    Raises Malformed for a value that its fields cannot hold, and leaves `out` as it was.
    """
    if sequence_number is None:
        sequence_number = value.sequence_number
    writer = swift.WRITERS.get(type(value))
    if writer is not None and writer(out, value, sequence_number):
        return
    write_by_table(out, value, sequence_number)


def read_by_table(
    kind: type[Pdu], data: bytes, at: int, end: int, sequence_number: int, command_status: int
) -> Pdu:
    """What `decode` does for a command that is known, from the octet after the header on."""
    if kind.command_id & RESPONSE:
        values, at = fields.read(kind, data, at, end, partial=True)
        rest = tlvs.read_whole(data, at, end)
    else:
        values, at = fields.read(kind, data, at, end, partial=False)
        rest = tlvs.read(data, at, end, checked=kind not in FROM_NETWORK)
    return kind(sequence_number, command_status, rest, *values)


def write_by_table(out: bytearray, value: Pdu, sequence_number: int) -> None:
    """What `encode` does for any PDU."""
    body = bytearray()
    fields.write(body, value)
    tlvs.write(body, value.tlvs)
    length = HEADER + len(body)
    if length > LARGEST:
        raise Malformed(Status.ESME_RINVCMDLEN, f"a PDU cannot have {length} octets")
    try:
        head = _HEAD.pack(length, value.command_id, value.command_status, sequence_number)
    except struct.error:
        raise Malformed(
            Status.ESME_RUNKNOWNERR, "command_status and sequence_number are 32 bits each"
        ) from None
    out += head
    out += body
