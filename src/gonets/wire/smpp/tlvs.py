"""Optional parameters (SMPP 3.4 §5.3): tag, length and value, in any order, after the last mandatory field.

All of them are kept, known or not, in the order sent. Values are read when somebody asks for them, and leniently:
a number in any number of octets, a string with or without its NUL. `read` can hold those we know to the lengths of
§5.3.2; that is for what an ESME asks, where a refusal helps it. What a network reports is taken as it is, for a
receipt that is refused comes again and again.
"""

import struct
from collections.abc import Iterable
from typing import Final

from gonets.wire.smpp.codes import Status, Tag, named
from gonets.wire.smpp.pdu import Malformed, Tlv

NUMBERS: Final[dict[int, int]] = {
    Tag.DEST_ADDR_SUBUNIT: 1,
    Tag.DEST_NETWORK_TYPE: 1,
    Tag.DEST_BEARER_TYPE: 1,
    Tag.DEST_TELEMATICS_ID: 2,
    Tag.SOURCE_ADDR_SUBUNIT: 1,
    Tag.SOURCE_NETWORK_TYPE: 1,
    Tag.SOURCE_BEARER_TYPE: 1,
    Tag.SOURCE_TELEMATICS_ID: 1,
    Tag.QOS_TIME_TO_LIVE: 4,
    Tag.PAYLOAD_TYPE: 1,
    Tag.MS_MSG_WAIT_FACILITIES: 1,
    Tag.PRIVACY_INDICATOR: 1,
    Tag.USER_MESSAGE_REFERENCE: 2,
    Tag.USER_RESPONSE_CODE: 1,
    Tag.SOURCE_PORT: 2,
    Tag.DESTINATION_PORT: 2,
    Tag.SAR_MSG_REF_NUM: 2,
    Tag.LANGUAGE_INDICATOR: 1,
    Tag.SAR_TOTAL_SEGMENTS: 1,
    Tag.SAR_SEGMENT_SEQNUM: 1,
    Tag.SC_INTERFACE_VERSION: 1,
    Tag.CALLBACK_NUM_PRES_IND: 1,
    Tag.NUMBER_OF_MESSAGES: 1,
    Tag.DPF_RESULT: 1,
    Tag.SET_DPF: 1,
    Tag.MS_AVAILABILITY_STATUS: 1,
    Tag.DELIVERY_FAILURE_REASON: 1,
    Tag.MORE_MESSAGES_TO_SEND: 1,
    Tag.MESSAGE_STATE: 1,
    Tag.USSD_SERVICE_OP: 1,
    Tag.DISPLAY_TIME: 1,
    Tag.SMS_SIGNAL: 2,
    Tag.MS_VALIDITY: 1,
    Tag.ITS_REPLY_TYPE: 1,
    Tag.ITS_SESSION_INFO: 2,
    Tag.RECEIPT_TYPE: 2,
    Tag.RECEIPT_PARTS: 2,
}
"""Integers, by their octets."""

STRINGS: Final[dict[int, int]] = {
    Tag.ADDITIONAL_STATUS_INFO_TEXT: 256,
    Tag.RECEIPTED_MESSAGE_ID: 65,
    Tag.DESTINATION_EMAIL: 256,
    Tag.RECEIPT_PRICE: 32,
}
"""C-octet strings, by how many octets they have at most, the NUL included."""

OCTETS: Final[dict[int, tuple[int, int]]] = {
    Tag.SOURCE_SUBADDRESS: (2, 23),
    Tag.DEST_SUBADDRESS: (2, 23),
    Tag.CALLBACK_NUM_ATAG: (0, 65),
    Tag.CALLBACK_NUM: (4, 19),
    Tag.NETWORK_ERROR_CODE: (3, 3),
    Tag.MESSAGE_PAYLOAD: (0, 0xFFFF),
    Tag.ALERT_ON_MESSAGE_DELIVERY: (0, 1),
}
"""Octet strings, by the least and the most octets; SMPP 5.0 gave alert_on_message_delivery one."""

_LENGTHS: Final[dict[int, tuple[int, int]]] = {
    **{tag: (size, size) for tag, size in NUMBERS.items()},
    **{tag: (0, size) for tag, size in STRINGS.items()},
    **OCTETS,
}
_HEAD: Final = struct.Struct(">HH")
_ANY: Final = (0, 0xFFFF)


# ---- values


def octets(given: Iterable[Tlv], tag: int) -> bytes | None:
    """The value of the first parameter of a tag as it was sent; None: there is none."""
    for each in given:
        if each.tag == tag:
            return each.value
    return None


def number(given: Iterable[Tlv], tag: int) -> int | None:
    """The first parameter of a tag as a number; None: there is none, or it has no octet or more than eight."""
    value = octets(given, tag)
    return int.from_bytes(value) if value and len(value) <= 8 else None


def string(given: Iterable[Tlv], tag: int) -> str | None:
    """The first parameter of a tag as a string, up to its first NUL, as Latin-1; None: there is none."""
    value = octets(given, tag)
    return None if value is None else value.split(b"\0", 1)[0].decode("latin-1")


def tlv(tag: int, value: int | str | bytes) -> Tlv:
    """A parameter of a value: a number in the octets its tag has, a Latin-1 string with its NUL, octets as they are.

    Raises ValueError where the value does not suit the tag; an unknown tag takes octets and strings.
    """
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError(f"{named(Tag, tag)} cannot hold a NUL")
        value = value.encode("latin-1") + b"\0"
    elif isinstance(value, int):
        size = NUMBERS.get(tag)
        if size is None:
            raise ValueError(f"{named(Tag, tag)} is no number")
        if not 0 <= value < 1 << 8 * size:
            raise ValueError(f"{named(Tag, tag)} cannot be {value}")
        value = value.to_bytes(size)
    least, most = _LENGTHS.get(tag, _ANY)
    if not least <= len(value) <= most:
        raise ValueError(f"{named(Tag, tag)} cannot have {len(value)} octets")
    return Tlv(tag, value)


def status_text(text: str) -> tuple[Tlv, ...]:
    """additional_status_info_text (§5.3.2.11) for an answer: ASCII, and as much as it may hold."""
    plain = text.replace("\0", " ").encode("ascii", "replace")[: STRINGS[Tag.ADDITIONAL_STATUS_INFO_TEXT] - 1]
    return (Tlv(Tag.ADDITIONAL_STATUS_INFO_TEXT, plain + b"\0"),)


# ---- the wire


def read(data: bytes, at: int, end: int, checked: bool) -> tuple[Tlv, ...]:
    """All parameters from `at` to `end`.

    Raises Malformed where one runs past the end, and with `checked` where one we know has a wrong length.
    """
    found = []
    while at < end:
        if at + 4 > end:
            raise Malformed(Status.ESME_RINVOPTPARSTREAM, f"{end - at} octets are left, too few for a TLV")
        tag, length = _HEAD.unpack_from(data, at)
        at += 4
        if at + length > end:
            raise Malformed(
                Status.ESME_RINVOPTPARSTREAM, f"TLV {named(Tag, tag)} runs {at + length - end} octets too far"
            )
        if checked:
            least, most = _LENGTHS.get(tag, _ANY)
            if not least <= length <= most:
                raise Malformed(Status.ESME_RINVPARLEN, f"TLV {named(Tag, tag)} has {length} octets")
        found.append(Tlv(tag, data[at : at + length]))
        at += length
    return tuple(found)


def read_whole(data: bytes, at: int, end: int) -> tuple[Tlv, ...]:
    """The parameters from `at` to `end` that are whole, up to the first that is not.

    For answers: nobody could be told what is wrong with one, and its status counts.
    """
    found = []
    while at + 4 <= end:
        tag, length = _HEAD.unpack_from(data, at)
        at += 4
        if at + length > end:
            break
        found.append(Tlv(tag, data[at : at + length]))
        at += length
    return tuple(found)


def write(out: bytearray, given: Iterable[Tlv]) -> None:
    """Append parameters. Raises Malformed for a tag or a length beyond 16 bits."""
    for each in given:
        if not (0 <= each.tag <= 0xFFFF and len(each.value) <= 0xFFFF):
            raise Malformed(
                Status.ESME_RINVPARLEN, f"TLV {each.tag:#x} with {len(each.value)} octets cannot be written"
            )
        out += _HEAD.pack(each.tag, len(each.value))
        out += each.value
