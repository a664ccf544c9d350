"""Parts that a client of ours has made ready go to an upstream as they came: header, octets and all."""

import msgspec
import pytest

from gonets.connectors.smpp.outgoing import Writer
from gonets.connectors.smpp.settings import SmppSettings
from gonets.model.message import Encoding, Outgoing
from gonets.wire import gsm7
from gonets.wire.smpp import segments
from gonets.wire.smpp.pdu import SubmitSm
from tests.connectors.smpp.peer import part

SECOND_OF_THREE = "0500034d0302"
WIDE = "060804014d0302"
PORTS = "06050400501f90"


def written(given: Outgoing, **settings: object) -> SubmitSm:
    request = Writer(msgspec.convert({"host": "smsc", **settings}, SmppSettings)).pdu(given, 0)
    assert isinstance(request, SubmitSm)
    return request


@pytest.mark.parametrize("header", [SECOND_OF_THREE, WIDE, PORTS])
@pytest.mark.parametrize(
    ("encoding", "octets", "flash", "data_coding"),
    [
        (Encoding.GSM7, gsm7.encode("[Hi]"), False, 0x00),
        (Encoding.GSM7, gsm7.encode("[Hi]"), True, 0x10),
        (Encoding.UCS2, "Да".encode("utf-16-be") + b"\xd8\x3d", False, 0x08),
        (Encoding.OCTETS, b"\x00\x01\xff", False, 0x04),
        (Encoding.OCTETS, b"\x00\x01\xff", True, 0x14),
    ],
)
def test_header_and_octets_are_those_of_the_client(
    header: str, encoding: Encoding, octets: bytes, flash: bool, data_coding: int
) -> None:
    request = written(part(1, text="?", header=header, octets=octets.hex(), encoding=encoding, flash=flash))
    assert request.short_message == bytes.fromhex(header) + octets
    assert (request.esm_class, request.data_coding) == (0x40, data_coding)


def test_octets_without_a_header_are_no_text() -> None:
    request = written(part(1, text="0001ff", octets="0001ff", encoding=Encoding.OCTETS))
    assert (request.short_message, request.esm_class, request.data_coding) == (b"\x00\x01\xff", 0, 4)


def test_where_the_upstream_wants_parameters_a_header_that_only_says_which_part_it_is_becomes_them() -> None:
    request = written(part(1, text="Hi", header=SECOND_OF_THREE, octets=b"Hi".hex()), long_texts="sar")
    assert (request.short_message, request.esm_class) == (b"Hi", 0)
    found = segments.segment(request)
    assert isinstance(found, segments.Segment)
    assert found.concatenation is not None
    assert (found.concatenation.reference, found.concatenation.total, found.concatenation.number) == (
        77,
        3,
        2,
    )
    kept = written(part(1, text="Hi", header=PORTS, octets=b"Hi".hex()), long_texts="sar")
    assert (kept.short_message, kept.esm_class) == (bytes.fromhex(PORTS) + b"Hi", 0x40)


def test_where_the_upstream_wants_latin_1_a_part_in_gsm_is_written_anew() -> None:
    request = written(
        part(1, text="Café", header=SECOND_OF_THREE, octets=gsm7.encode("Café").hex()), alphabet="latin-1"
    )
    assert request.short_message == bytes.fromhex(SECOND_OF_THREE) + b"Caf\xe9"
    assert (request.esm_class, request.data_coding) == (0x40, 3)
