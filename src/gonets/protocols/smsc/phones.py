"""What a phone said, as deliver_sm: esm_class 0, from the phone to our number, without the TLVs of receipts.

Some clients take data_coding 0 for GSM 03.38, others for ASCII or (bound with system_type ISO) ISO-8859-1. So a text
has it only where all of them read the same; any other is UCS-2. Above 254 octets it is in message_payload, as a whole.
"""

from typing import Final

from gonets.ports.stores import Said
from gonets.protocols.smsc.receipts import numbered
from gonets.wire import gsm7
from gonets.wire.smpp import tlvs
from gonets.wire.smpp.codes import DATA_GSM, DATA_OCTETS, DATA_UCS2, Npi, Tag, Ton
from gonets.wire.smpp.fields import MOST_OCTETS
from gonets.wire.smpp.pdu import DeliverSm, Tlv

_ADDRESS: Final = 20
"""Characters of an address in SMPP."""
_SHORT_CODE: Final = 6
"""Digits of a number that is no international one."""
_MOST: Final = 0xFFFF
"""Octets of a TLV; more is cut off, and 255 parts are less."""


def said_of(said: Said) -> DeliverSm:
    """The deliver_sm of a message from a phone."""
    sender = said.sender.lstrip("+")
    number = said.recipient.lstrip("+")
    source_ton, source_npi = _address(sender)
    dest_ton, dest_npi = _address(number)
    data_coding, octets = _coded(said)
    payload: tuple[Tlv, ...] = ()
    if len(octets) > MOST_OCTETS:
        payload, octets = (tlvs.tlv(Tag.MESSAGE_PAYLOAD, octets[:_MOST]),), b""
    return DeliverSm(
        source_addr_ton=source_ton,
        source_addr_npi=source_npi,
        source_addr=sender[:_ADDRESS],
        dest_addr_ton=dest_ton,
        dest_addr_npi=dest_npi,
        destination_addr=number[:_ADDRESS],
        data_coding=data_coding,
        short_message=octets,
        tlvs=payload,
    )


def _coded(said: Said) -> tuple[int, bytes]:
    """data_coding and octets."""
    if said.binary:
        return DATA_OCTETS, bytes.fromhex(said.text)
    text = said.text
    if text.isascii() and gsm7.fits(text):
        octets = gsm7.encode(text)
        if octets == text.encode("ascii"):
            return DATA_GSM, octets
    return DATA_UCS2, text.encode("utf-16-be", "replace")


def _address(number: str) -> tuple[int, int]:
    """Type of number and numbering plan; a short code is of no type."""
    if number.isdigit() and len(number) <= _SHORT_CODE:
        return Ton.UNKNOWN, Npi.ISDN
    return numbered(number)
