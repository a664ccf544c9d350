"""The mandatory fields of each PDU: one table by which they are read and written (SMPP 3.4 §4).

A field is of one of five kinds, each of which reads its value at a place in the octets and appends it to others.
What does not fit raises `Malformed` with the status that tells the sender which field it was; a field that runs
past the end of its PDU is ESME_RINVCMDLEN whatever it is.

Sizes are the specification's except where a comment names who needs more.
"""

import struct
from typing import Any, Final

import msgspec

from gonets.wire.smpp import pdu
from gonets.wire.smpp.codes import DEST_ADDRESS, DEST_LIST, Status
from gonets.wire.smpp.pdu import DistributionList, Malformed, Pdu, SmeAddress, Unsuccess

MOST_OCTETS: Final = 254
"""Of short_message (§4.4.1)."""
MOST_DESTINATIONS: Final = 254
"""Of submit_multi (§4.5.1)."""

_LONG: Final = struct.Struct(">I")


class CString(msgspec.Struct, frozen=True):
    """A C-octet string (§3.1): Latin-1 characters and a NUL."""

    name: str
    size: int
    """Octets at most, the NUL included."""
    status: Status
    """For one that is longer."""

    def read(self, data: bytes, at: int, end: int) -> tuple[str, int]:
        stop = data.find(0, at, end)
        if stop - at >= self.size or (stop < 0 and end - at >= self.size):
            raise Malformed(self.status, f"{self.name} is longer than {self.size - 1} characters")
        if stop < 0:
            raise Malformed(Status.ESME_RINVCMDLEN, f"{self.name} has no end")
        return data[at:stop].decode("latin-1"), stop + 1

    def write(self, out: bytearray, value: str) -> None:
        if len(value) >= self.size:
            raise Malformed(self.status, f"{self.name} is longer than {self.size - 1} characters")
        if "\0" in value:
            raise Malformed(self.status, f"{self.name} cannot hold a NUL")
        try:
            out += value.encode("latin-1")
        except UnicodeEncodeError:
            raise Malformed(self.status, f"{self.name} can hold nothing beyond Latin-1") from None
        out.append(0)


class Octet(msgspec.Struct, frozen=True):
    """An integer of one octet."""

    name: str
    status: Status = Status.ESME_RINVCMDLEN
    """For one that cannot be written; any octet can be read."""

    def read(self, data: bytes, at: int, end: int) -> tuple[int, int]:
        if at >= end:
            raise Malformed(Status.ESME_RINVCMDLEN, f"{self.name} is missing")
        return data[at], at + 1

    def write(self, out: bytearray, value: int) -> None:
        if not 0 <= value <= 0xFF:
            raise Malformed(self.status, f"{self.name} cannot be {value}")
        out.append(value)


class SizedOctets(msgspec.Struct, frozen=True):
    """Octets after one that counts them: sm_length and short_message."""

    name: str

    def read(self, data: bytes, at: int, end: int) -> tuple[bytes, int]:
        if at >= end:
            raise Malformed(Status.ESME_RINVCMDLEN, "sm_length is missing")
        start, stop = at + 1, at + 1 + data[at]
        if stop - start > MOST_OCTETS:
            raise Malformed(Status.ESME_RINVMSGLEN, f"sm_length is more than {MOST_OCTETS}")
        if stop > end:
            raise Malformed(Status.ESME_RINVCMDLEN, f"{self.name} runs {stop - end} octets too far")
        return data[start:stop], stop

    def write(self, out: bytearray, value: bytes) -> None:
        if len(value) > MOST_OCTETS:
            raise Malformed(Status.ESME_RINVMSGLEN, f"{self.name} is longer than {MOST_OCTETS} octets")
        out.append(len(value))
        out += value


_TON: Final = Octet("dest_addr_ton", Status.ESME_RINVDSTTON)
_NPI: Final = Octet("dest_addr_npi", Status.ESME_RINVDSTNPI)
_ADDRESS: Final = CString("destination_addr", 21, Status.ESME_RINVDSTADR)
_LIST: Final = CString("dl_name", 21, Status.ESME_RINVDLNAME)


class Destinations(msgspec.Struct, frozen=True):
    """number_of_dests and so many addresses or lists, each after its dest_flag (§4.5.1.1)."""

    name: str

    def read(self, data: bytes, at: int, end: int) -> tuple[tuple[SmeAddress | DistributionList, ...], int]:
        if at >= end:
            raise Malformed(Status.ESME_RINVCMDLEN, "number_of_dests is missing")
        count = data[at]
        at += 1
        self._check(count)
        found: list[SmeAddress | DistributionList] = []
        for _ in range(count):
            flag = data[at] if at < end else None
            at += 1
            if flag == DEST_ADDRESS:
                ton, at = _TON.read(data, at, end)
                npi, at = _NPI.read(data, at, end)
                address, at = _ADDRESS.read(data, at, end)
                found.append(SmeAddress(ton, npi, address))
            elif flag == DEST_LIST:
                name, at = _LIST.read(data, at, end)
                found.append(DistributionList(name))
            elif flag is None:
                raise Malformed(Status.ESME_RINVCMDLEN, "dest_flag is missing")
            else:
                raise Malformed(Status.ESME_RINVDESTFLAG, f"dest_flag cannot be {flag}")
        return tuple(found), at

    def write(self, out: bytearray, value: tuple[SmeAddress | DistributionList, ...]) -> None:
        self._check(len(value))
        out.append(len(value))
        for each in value:
            if isinstance(each, SmeAddress):
                out.append(DEST_ADDRESS)
                _TON.write(out, each.dest_addr_ton)
                _NPI.write(out, each.dest_addr_npi)
                _ADDRESS.write(out, each.destination_addr)
            else:
                out.append(DEST_LIST)
                _LIST.write(out, each.dl_name)

    @staticmethod
    def _check(count: int) -> None:
        if not 1 <= count <= MOST_DESTINATIONS:
            raise Malformed(Status.ESME_RINVNUMDESTS, f"number_of_dests cannot be {count}")


class Unsuccesses(msgspec.Struct, frozen=True):
    """no_unsuccess and so many addresses, each with its status (§4.5.2.1)."""

    name: str

    @staticmethod
    def read(data: bytes, at: int, end: int) -> tuple[tuple[Unsuccess, ...], int]:
        if at >= end:
            raise Malformed(Status.ESME_RINVCMDLEN, "no_unsuccess is missing")
        count = data[at]
        at += 1
        found = []
        for _ in range(count):
            ton, at = _TON.read(data, at, end)
            npi, at = _NPI.read(data, at, end)
            address, at = _ADDRESS.read(data, at, end)
            if at + 4 > end:
                raise Malformed(Status.ESME_RINVCMDLEN, "error_status_code is missing")
            found.append(Unsuccess(ton, npi, address, *_LONG.unpack_from(data, at)))
            at += 4
        return tuple(found), at

    @staticmethod
    def write(out: bytearray, value: tuple[Unsuccess, ...]) -> None:
        if len(value) > 0xFF:
            raise Malformed(Status.ESME_RINVNUMDESTS, f"no_unsuccess cannot be {len(value)}")
        out.append(len(value))
        for each in value:
            _TON.write(out, each.dest_addr_ton)
            _NPI.write(out, each.dest_addr_npi)
            _ADDRESS.write(out, each.destination_addr)
            if not 0 <= each.error_status_code <= 0xFFFFFFFF:
                raise Malformed(
                    Status.ESME_RUNKNOWNERR, f"error_status_code cannot be {each.error_status_code}"
                )
            out += _LONG.pack(each.error_status_code)


Field = CString | Octet | SizedOctets | Destinations | Unsuccesses

# ---- the table

_SERVICE_TYPE: Final = CString("service_type", 6, Status.ESME_RINVSERTYP)
_MESSAGE_ID: Final = CString("message_id", 65, Status.ESME_RINVMSGID)
_SCHEDULE: Final = CString("schedule_delivery_time", 17, Status.ESME_RINVSCHED)
_VALIDITY: Final = CString("validity_period", 17, Status.ESME_RINVEXPIRY)
_ESM_CLASS: Final = Octet("esm_class", Status.ESME_RINVESMCLASS)
_REGISTERED: Final = Octet("registered_delivery", Status.ESME_RINVREGDLVFLG)
_DATA_CODING: Final = Octet("data_coding")
_DEFAULT_ID: Final = Octet("sm_default_msg_id", Status.ESME_RINVDFTMSGID)
_SHORT_MESSAGE: Final = SizedOctets("short_message")
_SYSTEM_ID: Final = CString("system_id", 16, Status.ESME_RINVSYSID)
_PASSWORD: Final = CString("password", 65, Status.ESME_RINVPASWD)
"""9 in the specification; SMSC.ru's customers have longer ones."""


def _source(size: int = 21) -> tuple[Field, ...]:
    return (
        Octet("source_addr_ton", Status.ESME_RINVSRCTON),
        Octet("source_addr_npi", Status.ESME_RINVSRCNPI),
        CString("source_addr", size, Status.ESME_RINVSRCADR),
    )


def _destination(size: int = 21) -> tuple[Field, ...]:
    return _TON, _NPI, CString("destination_addr", size, Status.ESME_RINVDSTADR)


_BIND: Final[tuple[Field, ...]] = (
    _SYSTEM_ID,
    _PASSWORD,
    CString("system_type", 13, Status.ESME_RINVSYSTYP),
    Octet("interface_version", Status.ESME_RBINDFAIL),
    Octet("addr_ton", Status.ESME_RBINDFAIL),
    Octet("addr_npi", Status.ESME_RBINDFAIL),
    CString("address_range", 41, Status.ESME_RBINDFAIL),
)
_BIND_RESP: Final[tuple[Field, ...]] = (
    # 16 in the specification; a link should not fail for an SMSC that says more of itself.
    CString("system_id", 65, Status.ESME_RINVSYSID),
)
_HANDLING: Final[tuple[Field, ...]] = (
    _ESM_CLASS,
    Octet("protocol_id"),
    Octet("priority_flag", Status.ESME_RINVPRTFLG),
    _SCHEDULE,
    _VALIDITY,
    _REGISTERED,
    Octet("replace_if_present_flag", Status.ESME_RINVREPFLAG),
    _DATA_CODING,
    _DEFAULT_ID,
    _SHORT_MESSAGE,
)
_MESSAGE: Final[tuple[Field, ...]] = (_SERVICE_TYPE, *_source(), *_destination(), *_HANDLING)

FIELDS: Final[dict[type[Pdu], tuple[Field, ...]]] = {
    pdu.BindTransmitter: _BIND,
    pdu.BindTransmitterResp: _BIND_RESP,
    pdu.BindReceiver: _BIND,
    pdu.BindReceiverResp: _BIND_RESP,
    pdu.BindTransceiver: _BIND,
    pdu.BindTransceiverResp: _BIND_RESP,
    pdu.Outbind: (_SYSTEM_ID, _PASSWORD),
    pdu.Unbind: (),
    pdu.UnbindResp: (),
    pdu.EnquireLink: (),
    pdu.EnquireLinkResp: (),
    pdu.GenericNack: (),
    pdu.SubmitSm: _MESSAGE,
    pdu.SubmitSmResp: (_MESSAGE_ID,),
    pdu.DeliverSm: _MESSAGE,
    pdu.DeliverSmResp: (_MESSAGE_ID,),
    pdu.DataSm: (_SERVICE_TYPE, *_source(65), *_destination(65), _ESM_CLASS, _REGISTERED, _DATA_CODING),
    pdu.DataSmResp: (_MESSAGE_ID,),
    pdu.SubmitMulti: (_SERVICE_TYPE, *_source(), Destinations("dest_address"), *_HANDLING),
    pdu.SubmitMultiResp: (_MESSAGE_ID, Unsuccesses("unsuccess_sme")),
    pdu.QuerySm: (_MESSAGE_ID, *_source()),
    pdu.QuerySmResp: (
        _MESSAGE_ID,
        CString("final_date", 17, Status.ESME_RQUERYFAIL),
        Octet("message_state", Status.ESME_RQUERYFAIL),
        Octet("error_code", Status.ESME_RQUERYFAIL),
    ),
    pdu.CancelSm: (_SERVICE_TYPE, _MESSAGE_ID, *_source(), *_destination()),
    pdu.CancelSmResp: (),
    pdu.ReplaceSm: (
        _MESSAGE_ID,
        *_source(),
        _SCHEDULE,
        _VALIDITY,
        _REGISTERED,
        _DEFAULT_ID,
        _SHORT_MESSAGE,
    ),
    pdu.ReplaceSmResp: (),
    pdu.AlertNotification: (
        *_source(65),
        Octet("esme_addr_ton", Status.ESME_RINVDSTTON),
        Octet("esme_addr_npi", Status.ESME_RINVDSTNPI),
        CString("esme_addr", 65, Status.ESME_RINVDSTADR),
    ),
}
"""In the order of the wire, which is the order of the fields of the value."""


def read(kind: type[Pdu], data: bytes, at: int, end: int, partial: bool) -> tuple[list[Any], int]:
    """The values of a PDU's mandatory fields from `at` on, and where they end.

    With `partial` the octets may end between two fields: the values are then fewer. Raises Malformed.
    """
    values: list[Any] = []
    for field in FIELDS[kind]:
        if partial and at == end:
            break
        value, at = field.read(data, at, end)
        values.append(value)
    return values, at


def write(out: bytearray, value: Pdu) -> None:
    """Append a PDU's mandatory fields. Raises Malformed for what they cannot hold."""
    for field in FIELDS[type(value)]:
        field.write(out, getattr(value, field.name))
