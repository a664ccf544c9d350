"""What a phone of `gonets smsc` says, as the deliver_sm that carry it."""

import secrets
from typing import Final

from gonets.cli.console import CommandRefused
from gonets.cli.smsc.network import Said
from gonets.protocols.smsc.receipts import numbered
from gonets.rules.splitting import split
from gonets.wire import udh
from gonets.wire.smpp import coding
from gonets.wire.smpp.codes import ESM_UDHI
from gonets.wire.smpp.pdu import DeliverSm
from gonets.wire.udh import Concatenation, Header

_WORDS: Final = 3
_ADDRESS: Final = 20
"""Characters of an address in SMPP."""


def said_of(text: str) -> list[Said]:
    """`FROM TO TEXT` as parts with 8-bit headers. Raises CommandRefused."""
    words = text.split(None, _WORDS - 1)
    if len(words) < _WORDS or any(len(each) > _ADDRESS or not each.isascii() for each in words[:2]):
        raise CommandRefused(f"{text!r} is not 'FROM TO TEXT'; write it like '79031234567 4242 Hello'")
    sender, recipient, body = words
    pieces = split(body)
    if pieces is None:
        raise CommandRefused("a text has 255 parts at most, and no half characters")
    total, reference = len(pieces.segments), secrets.randbelow(256)
    ton, npi = numbered(sender)
    said = []
    for number, segment in enumerate(pieces.segments, 1):
        header = b""
        if total > 1:
            header = Header((udh.concatenated(Concatenation(reference, total, number)),)).octets()
        request = DeliverSm(
            source_addr_ton=ton,
            source_addr_npi=npi,
            source_addr=sender,
            destination_addr=recipient,
            esm_class=ESM_UDHI if header else 0,
            data_coding=pieces.encoding,
            short_message=header + coding.encode(segment, pieces.encoding),
        )
        said.append(Said(request))
    return said
