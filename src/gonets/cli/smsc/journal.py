"""What `gonets smsc` got, as JSON lines: for a test to judge by.

A line has its kind in `line`, its moment in `at` (Unix microseconds) and the session in `session` (from 1). All lines
of one read are one write, and stand in the file before anything of it is answered.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from gonets.cli.smsc.faults import Fate
from gonets.wire.smpp import coding
from gonets.wire.smpp.codes import Command, MessageState
from gonets.wire.smpp.pdu import DataSm, SubmitSm
from gonets.wire.smpp.segments import Unfit, segment


class Bound(msgspec.Struct, frozen=True, gc=False, tag="bind", tag_field="line"):
    """A bind, and what it was answered."""

    at: int
    session: int
    system_id: str
    command: str
    command_status: int


class Submitted(msgspec.Struct, frozen=True, gc=False, tag="submit", tag_field="line", kw_only=True):
    """A submit_sm or data_sm, and what became of it; its fields are those of SMPP where they have their names."""

    at: int
    session: int
    system_id: str
    command: str
    sequence_number: int
    source_addr: str
    destination_addr: str
    text: str | None
    """Without a user data header; None: it is no text of its data_coding."""
    octets: str
    """The user data in hexadecimal, as far as it can be told from a header."""
    data_coding: int
    esm_class: int
    registered_delivery: int
    part: tuple[int, int, int] | None
    """Of a long text: its reference, how many parts there are, and which this is."""
    validity_period: str
    tlvs: dict[str, str]
    """Tags and values in hexadecimal."""
    fate: Fate
    command_status: int
    """Of the answer, given or not."""
    message_id: str
    """As the answer has it; empty: it was not taken."""


class Told(msgspec.Struct, frozen=True, gc=False, tag="receipt", tag_field="line"):
    """The client's answer to a receipt."""

    at: int
    session: int
    message_id: str
    """As the receipt has it."""
    state: str
    command_status: int


class Ended(msgspec.Struct, frozen=True, gc=False, tag="end", tag_field="line"):
    """The end of a session."""

    at: int
    session: int
    why: str


Line = Bound | Submitted | Told | Ended

_encoder: Final = msgspec.json.Encoder()


def submitted(
    request: SubmitSm | DataSm,
    *,
    at: int,
    session: int,
    system_id: str,
    fate: Fate,
    command_status: int,
    message_id: str,
) -> Submitted:
    """The line of a request."""
    found = segment(request)
    octets, part, text = b"", None, None
    if not isinstance(found, Unfit):
        octets = found.text
        if found.concatenation is not None:
            part = (found.concatenation.reference, found.concatenation.total, found.concatenation.number)
        try:
            text = coding.decode(octets, request.data_coding)
        except coding.Undecodable:
            pass
    return Submitted(
        at=at,
        session=session,
        system_id=system_id,
        command=Command(request.command_id).name.lower(),
        sequence_number=request.sequence_number,
        source_addr=request.source_addr,
        destination_addr=request.destination_addr,
        text=text,
        octets=octets.hex(),
        data_coding=request.data_coding,
        esm_class=request.esm_class,
        registered_delivery=request.registered_delivery,
        part=part,
        validity_period=request.validity_period if isinstance(request, SubmitSm) else "",
        tlvs={f"{each.tag:04x}": each.value.hex() for each in request.tlvs},
        fate=fate,
        command_status=command_status,
        message_id=message_id,
    )


def told(at: int, session: int, message_id: str, state: MessageState, command_status: int) -> Told:
    """The line of an answer to a receipt."""
    return Told(at, session, message_id, state.name.lower(), command_status)


class Journal:
    """A file of such lines, written anew."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._file = path.open("wb", buffering=0)

    def keep(self, lines: Sequence[Line]) -> None:
        """Write these. Raises OSError."""
        self._file.write(_encoder.encode_lines(lines))

    def close(self) -> None:
        """Let the file go."""
        self._file.close()
