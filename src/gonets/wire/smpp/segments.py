"""What a message PDU carries: its octets, and which part of a longer message they are.

The octets stand in short_message or in the TLV message_payload (SMPP 3.4 §4.4.1), and clients use either for texts of
any length. Which part they are is said by a user data header where esm_class has its bit (§5.2.12), or by the three
SAR parameters (§5.3.2.22 to .24). Both come to the same `udh.Concatenation`; a header counts where both are there.
"""

from typing import Final

import msgspec

from gonets.wire import udh
from gonets.wire.smpp import tlvs
from gonets.wire.smpp.codes import ESM_UDHI, Status, Tag
from gonets.wire.smpp.pdu import DataSm, ReplaceSm, ShortMessage, SubmitMulti, Tlv
from gonets.wire.udh import Concatenation, Header

Message = ShortMessage | DataSm | SubmitMulti

_SAR: Final = (Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM)


class Segment(msgspec.Struct, frozen=True, gc=False):
    """The user data of one PDU."""

    text: bytes
    """Without a header; what data_coding says."""
    header: Header | None = None
    concatenation: Concatenation | None = None
    """None: it is whole."""


class Unfit(msgspec.Struct, frozen=True, gc=False):
    """User data that cannot be understood, and what to answer."""

    command_status: Status
    detail: str


def user_data(message: Message | ReplaceSm) -> bytes | Unfit:
    """The octets, with a header if there is one, wherever they stand."""
    payload = tlvs.octets(message.tlvs, Tag.MESSAGE_PAYLOAD)
    short = b"" if isinstance(message, DataSm) else message.short_message
    if payload is None:
        return short
    if short and payload:
        return Unfit(
            Status.ESME_ROPTPARNOTALLWD, "message_payload is not allowed where short_message has octets"
        )
    return payload or short


def segment(message: Message) -> Segment | Unfit:
    """The user data taken apart."""
    data = user_data(message)
    if isinstance(data, Unfit):
        return data
    header = None
    if message.esm_class & ESM_UDHI:
        headed = udh.split(data)
        if isinstance(headed, udh.Broken):
            return Unfit(
                Status.ESME_RINVESMCLASS, f"esm_class says that there is a header, and {headed.detail}"
            )
        header, data = headed.header, headed.text
        found = header.concatenation()
        if found is not None:
            return Segment(data, header, found)
    said = from_sar(message.tlvs)
    if isinstance(said, Unfit):
        return said
    return Segment(data, header, said)


def from_sar(given: tuple[Tlv, ...]) -> Concatenation | Unfit | None:
    """Which part the SAR parameters say; None: there are none of them."""
    if not given:
        return None
    numbers = [tlvs.number(given, tag) for tag in _SAR]
    reference, total, number = numbers
    if reference is None and total is None and number is None:
        return None
    if reference is None or total is None or number is None:
        missing = _SAR[numbers.index(None)].name.lower()
        return Unfit(Status.ESME_RMISSINGOPTPARAM, f"{missing} is missing where the others are given")
    found = Concatenation(reference, total, number, wide=True)
    if not found.holds():
        return Unfit(Status.ESME_RINVOPTPARAMVAL, f"there is no segment {number} of {total}")
    return found


def to_sar(which: Concatenation) -> tuple[Tlv, ...]:
    """The SAR parameters that say which part it is. Raises ValueError where that cannot be."""
    if not which.holds():
        raise ValueError(f"{which} cannot be")
    return tuple(
        tlvs.tlv(tag, value)
        for tag, value in zip(_SAR, (which.reference, which.total, which.number), strict=True)
    )
