"""The kinds of fields, each read and written."""

import pytest

from gonets.wire.smpp.codes import Status
from gonets.wire.smpp.fields import CString, Destinations, Field, Octet, SizedOctets, Unsuccesses
from gonets.wire.smpp.pdu import DistributionList, Malformed, SmeAddress, Unsuccess

NAME = CString("dl_name", 5, Status.ESME_RINVDLNAME)
FLAG = Octet("priority_flag", Status.ESME_RINVPRTFLG)
TEXT = SizedOctets("short_message")
PLACES = Destinations("dest_address")
FAILURES = Unsuccesses("unsuccess_sme")


@pytest.mark.parametrize(
    ("field", "octets", "value"),
    [
        (NAME, "00", ""),
        (NAME, "61626364 00", "abcd"),
        (NAME, "ff80 00", "\xff\x80"),
        (FLAG, "00", 0),
        (FLAG, "ff", 255),
        (TEXT, "00", b""),
        (TEXT, "03 616200", b"ab\0"),
        (TEXT, "fe" + "61" * 254, b"a" * 254),
        (PLACES, "01 01 01 01 373900", (SmeAddress(1, 1, "79"),)),
        (PLACES, "02 02 616200 01 00 00 00", (DistributionList("ab"), SmeAddress())),
        (FAILURES, "00", ()),
        (FAILURES, "01 01 01 3700 0000000b", (Unsuccess(1, 1, "7", 11),)),
    ],
)
def test_a_value_stands_as_the_specification_says(field: Field, octets: str, value: object) -> None:
    data = bytes.fromhex(octets)
    assert field.read(b"x" + data + b"y", 1, 1 + len(data)) == (value, 1 + len(data))
    out = bytearray()
    field.write(out, value)  # type: ignore[arg-type]
    assert out == data


@pytest.mark.parametrize(
    ("field", "octets", "status", "why"),
    [
        (NAME, "", Status.ESME_RINVCMDLEN, "dl_name has no end"),
        (NAME, "6162", Status.ESME_RINVCMDLEN, "dl_name has no end"),
        (NAME, "6162636465", Status.ESME_RINVDLNAME, "longer than 4"),
        (NAME, "6162636465 00", Status.ESME_RINVDLNAME, "longer than 4"),
        (FLAG, "", Status.ESME_RINVCMDLEN, "priority_flag is missing"),
        (TEXT, "", Status.ESME_RINVCMDLEN, "sm_length is missing"),
        (TEXT, "03 6162", Status.ESME_RINVCMDLEN, "short_message runs 1 octets too far"),
        (TEXT, "ff" + "61" * 255, Status.ESME_RINVMSGLEN, "more than 254"),
        (PLACES, "", Status.ESME_RINVCMDLEN, "number_of_dests is missing"),
        (PLACES, "00", Status.ESME_RINVNUMDESTS, "number_of_dests cannot be 0"),
        (PLACES, "ff", Status.ESME_RINVNUMDESTS, "number_of_dests cannot be 255"),
        (PLACES, "02 02 6100", Status.ESME_RINVCMDLEN, "dest_flag is missing"),
        (PLACES, "01 03 6100", Status.ESME_RINVDESTFLAG, "dest_flag cannot be 3"),
        (PLACES, "01 01 01", Status.ESME_RINVCMDLEN, "dest_addr_npi is missing"),
        (PLACES, "01 01 01 01" + "37" * 21 + "00", Status.ESME_RINVDSTADR, "longer than 20"),
        (PLACES, "01 02" + "37" * 21 + "00", Status.ESME_RINVDLNAME, "longer than 20"),
        (FAILURES, "", Status.ESME_RINVCMDLEN, "no_unsuccess is missing"),
        (FAILURES, "01 01 01 3700 000000", Status.ESME_RINVCMDLEN, "error_status_code is missing"),
        (FAILURES, "02 01 01 3700 0000000b", Status.ESME_RINVCMDLEN, "dest_addr_ton is missing"),
    ],
)
def test_what_cannot_be_read_says_which_field_it_is(
    field: Field, octets: str, status: Status, why: str
) -> None:
    data = bytes.fromhex(octets)
    # What follows the field's PDU is another PDU's and must not be read.
    with pytest.raises(Malformed, match=why) as raised:
        field.read(data + b"zz\0zz", 0, len(data))
    assert raised.value.command_status == status


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        (NAME, "abcde", Status.ESME_RINVDLNAME),
        (NAME, "a\0b", Status.ESME_RINVDLNAME),
        (NAME, "Жук", Status.ESME_RINVDLNAME),
        (FLAG, 256, Status.ESME_RINVPRTFLG),
        (FLAG, -1, Status.ESME_RINVPRTFLG),
        (TEXT, bytes(255), Status.ESME_RINVMSGLEN),
        (PLACES, (), Status.ESME_RINVNUMDESTS),
        (PLACES, (SmeAddress(),) * 255, Status.ESME_RINVNUMDESTS),
        (PLACES, (SmeAddress(256),), Status.ESME_RINVDSTTON),
        (PLACES, (SmeAddress(1, 256),), Status.ESME_RINVDSTNPI),
        (FAILURES, (Unsuccess(),) * 256, Status.ESME_RINVNUMDESTS),
        (FAILURES, (Unsuccess(error_status_code=2**32),), Status.ESME_RUNKNOWNERR),
    ],
)
def test_what_a_field_cannot_hold_is_not_written(field: Field, value: object, status: Status) -> None:
    with pytest.raises(Malformed) as raised:
        field.write(bytearray(), value)  # type: ignore[arg-type]
    assert raised.value.command_status == status
