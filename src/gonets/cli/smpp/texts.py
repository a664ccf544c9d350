"""A text as the submit_sm that carry it: in GSM 7-bit where every character fits, else in UCS-2.

A text that is too long for one is cut, or goes whole in the TLV message_payload. Text commands of a provider are texts
like any other. Refused: what no 255 parts can hold, and addresses that SMPP has no room for.
"""

import re
from enum import StrEnum
from typing import Final

from gonets.cli.console import CommandRefused
from gonets.model.message import Encoding
from gonets.rules.splitting import split
from gonets.wire import udh
from gonets.wire.smpp import codec, coding, segments
from gonets.wire.smpp.codes import DATA_GSM, DATA_UCS2, ESM_UDHI, RECEIPT_ALWAYS, Npi, Tag, Ton
from gonets.wire.smpp.pdu import Malformed, Pdu, SubmitSm, Tlv
from gonets.wire.udh import Concatenation

_NUMBER: Final = re.compile(r"\+?[0-9]+")
_CODINGS: Final = {Encoding.GSM7: DATA_GSM, Encoding.UCS2: DATA_UCS2}


class Long(StrEnum):
    """How a text goes that is too long for one part."""

    UDH = "udh"
    """Cut, a user data header before each part."""
    SAR = "sar"
    """Cut, the three SAR parameters beside each part."""
    PAYLOAD = "payload"
    """Whole, for the SMSC to cut."""


def submits(
    sender: str, to: str, text: str, *, long: Long = Long.UDH, flash: bool = False, reference: int = 0
) -> tuple[SubmitSm, ...]:
    """The requests, in order; each asks for a receipt.

    `reference`, 0 to 255, is what the parts of one text have in common. Raises CommandRefused.
    """
    parted = split(text)
    if parted is None:
        raise CommandRefused("the text is no Unicode, or takes more than 255 parts")
    data_coding = _CODINGS[parted.encoding]
    pieces = parted.segments
    payload = long is Long.PAYLOAD and len(pieces) > 1
    if payload:
        pieces = (text,)
    source_ton, source_npi = _kind(sender)
    dest_ton, dest_npi = _kind(to)
    made = []
    for number, piece in enumerate(pieces, start=1):
        octets, esm_class = coding.encode(piece, data_coding), 0
        extra: tuple[Tlv, ...] = ()
        if payload:
            extra = (Tlv(Tag.MESSAGE_PAYLOAD, octets),)
            octets = b""
        elif len(pieces) > 1:
            which = Concatenation(reference, len(pieces), number)
            if long is Long.SAR:
                extra = segments.to_sar(which)
            else:
                esm_class = ESM_UDHI
                octets = udh.Header((udh.concatenated(which),)).octets() + octets
        request = SubmitSm(
            source_addr_ton=source_ton,
            source_addr_npi=source_npi,
            source_addr=sender,
            dest_addr_ton=dest_ton,
            dest_addr_npi=dest_npi,
            destination_addr=to,
            esm_class=esm_class,
            registered_delivery=RECEIPT_ALWAYS,
            data_coding=coding.flash(data_coding) if flash else data_coding,
            short_message=octets,
            tlvs=extra,
        )
        check(request)
        made.append(request)
    return tuple(made)


def check(request: Pdu) -> None:
    """Raises CommandRefused for a request that cannot be written."""
    try:
        codec.encode(bytearray(), request, 1)
    except Malformed as error:
        raise CommandRefused(str(error)) from None


def _kind(address: str) -> tuple[int, int]:
    """Type of number and numbering plan: of a number, of a name, or of nothing (SMPP 3.4 §5.2.5, §5.2.6)."""
    if _NUMBER.fullmatch(address):
        return Ton.INTERNATIONAL, Npi.ISDN
    return (Ton.ALPHANUMERIC if address else Ton.UNKNOWN), Npi.UNKNOWN
