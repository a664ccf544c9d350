"""What an upstream hands over, as events: a receipt, a message from a phone, or nothing that anybody waits for.

Pure. A receipt is what says that it is one: by its esm_class, or by the TLV that names a message (some networks set
only that). Its text alone does not make one, for anybody with a phone can write such a text. Refused as news: states
on the way, and receipts that name no message.
"""

from datetime import datetime, tzinfo
from typing import Final

from gonets.connectors.smpp.answers import STATES
from gonets.model.results import Inbound, Lookup, Receipt
from gonets.wire.smpp import coding, hlr, receipt, segments, tlvs
from gonets.wire.smpp.codes import Tag
from gonets.wire.smpp.pdu import DataSm, DeliverSm
from gonets.wire.smpp.segments import Unfit

_LARGEST_ERROR: Final = 0x7FFFFFFF


def event_of(request: DeliverSm | DataSm, at: datetime, zone: tzinfo) -> Receipt | Inbound | None:
    """What a deliver_sm or data_sm says, heard at a moment; None: nothing that has to be kept.

    `zone` is where the upstream's clock stands.
    """
    if receipt.is_receipt(request.esm_class) or tlvs.octets(request.tlvs, Tag.RECEIPTED_MESSAGE_ID):
        return _receipt(request, at, zone)
    return _inbound(request, at)


def _receipt(request: DeliverSm | DataSm, at: datetime, zone: tzinfo) -> Receipt | None:
    data = segments.user_data(request)
    octets = b"" if isinstance(data, Unfit) else data
    found = receipt.read(octets, request.tlvs, zone)
    if found is None or found.state is None:
        return None
    state = STATES[found.state]
    if state is None:
        return None
    error = min(found.error or 0, _LARGEST_ERROR)
    return Receipt(
        found.message_id,
        state,
        error,
        found.done or at,
        _digits(request.source_addr),
        lookup=_lookup(octets) if b"imsi" in octets else None,
    )


def _lookup(octets: bytes) -> Lookup | None:
    """What a look-up found, where the receipt is that of one."""
    found = hlr.read(octets)
    if found is None:
        return None
    return Lookup(found.imsi, found.msc, found.mcc, found.mnc, found.cn, found.net, found.rcn, found.rnet)


def _inbound(request: DeliverSm | DataSm, at: datetime) -> Inbound:
    found = segments.segment(request)
    if isinstance(found, Unfit):
        # Taken all the same, as it is: refused it would come again and again.
        octets = b"" if isinstance(request, DataSm) else request.short_message
        return Inbound(request.source_addr, request.destination_addr, octets.hex(), at, binary=True)
    try:
        text, binary = coding.decode(found.text, request.data_coding), False
    except coding.Undecodable:
        text, binary = found.text.hex(), True
    which = found.concatenation
    if which is None:
        return Inbound(request.source_addr, request.destination_addr, text, at, binary)
    return Inbound(
        request.source_addr,
        request.destination_addr,
        text,
        at,
        binary,
        which.reference,
        which.total,
        which.number,
    )


def _digits(address: str) -> str:
    return address.lstrip("+")
