"""What a client hears as deliver_sm: receipts, final and intermediate.

The short_message is in the one form that deployed clients parse (`wire.smpp.receipt`), the TLVs say the same, and
three of SMSC.ru's own tell price, type and parts. Who sent the message is now the destination, and its recipient the
source.
"""

from datetime import tzinfo
from typing import Final

from gonets.model.message import Channel, Encoding, Status
from gonets.model.money import ONE, Millionths
from gonets.model.results import Lookup
from gonets.model.times import moment
from gonets.ports.stores import Notice
from gonets.protocols.smsc.tables import MESSAGE_STATES, error_of
from gonets.wire.smpp import hlr, receipt, tlvs
from gonets.wire.smpp.codes import ESM_INTERMEDIATE, ESM_RECEIPT, MessageState, Npi, Tag, Ton
from gonets.wire.smpp.fields import MOST_OCTETS
from gonets.wire.smpp.pdu import DeliverSm, Tlv

SMS, FLASH, BINARY = 0, 1, 2
TYPES: Final[dict[Channel, int]] = {
    Channel.SMS: SMS,
    Channel.HLR: 4,
    Channel.PING: 5,
    Channel.MMS: 6,
    Channel.CALL: 7,
    Channel.MAIL: 8,
    Channel.VIBER: 10,
}
"""What SMSC.ru's TLV 0x2001 says was sent, in its low four bits; a short message may be flash or binary besides."""

_ADDRESS: Final = 20
"""Characters of an address in SMPP; an e-mail address may be longer."""
_GSM_NETWORK: Final = b"\x03"
"""The kind of network in network_error_code (§5.3.2.31)."""
_TENTH_OF_THOUSANDTH: Final = ONE // 10_000


def receipt_of(notice: Notice, zone: tzinfo) -> DeliverSm:
    """The deliver_sm of a notice; dates are written in `zone`."""
    status = notice.state.status
    state = MESSAGE_STATES[status]
    error = error_of(status, notice.error)
    message_id = str(notice.message)
    parts = notice.parts
    source_ton, source_npi = numbered(notice.recipient)
    ton, npi = numbered(notice.sender)
    if notice.channel is Channel.HLR:
        written = _looked_up(message_id, state, error, notice.lookup or Lookup())
    else:
        written = receipt.write(
            message_id,
            state,
            error,
            moment(notice.accepted_at).astimezone(zone),
            moment(notice.at).astimezone(zone),
            sub=parts,
            dlvrd=parts if status is Status.DELIVERED else 0,
            text="" if notice.encoding is Encoding.OCTETS else notice.text,
        )
    told: tuple[Tlv, ...] = (
        tlvs.tlv(Tag.RECEIPTED_MESSAGE_ID, message_id),
        tlvs.tlv(Tag.MESSAGE_STATE, state),
        tlvs.tlv(Tag.NETWORK_ERROR_CODE, _GSM_NETWORK + error.to_bytes(2)),
        tlvs.tlv(Tag.RECEIPT_PRICE, price_of(notice.price)),
        tlvs.tlv(Tag.RECEIPT_TYPE, type_of(notice)),
        tlvs.tlv(Tag.RECEIPT_PARTS, parts),
    )
    if len(written) > MOST_OCTETS:  # a look-up with long names
        told, written = (*told, tlvs.tlv(Tag.MESSAGE_PAYLOAD, written)), b""
    return DeliverSm(
        source_addr_ton=source_ton,
        source_addr_npi=source_npi,
        source_addr=notice.recipient[:_ADDRESS],
        dest_addr_ton=ton,
        dest_addr_npi=npi,
        destination_addr=notice.sender[:_ADDRESS],
        esm_class=ESM_RECEIPT if notice.state.final else ESM_INTERMEDIATE,
        short_message=written,
        tlvs=told,
    )


def _looked_up(message_id: str, state: MessageState, error: int, found: Lookup) -> bytes:
    numbers = {
        name: value if value.isascii() and value.isdigit() else ""
        for name in ("imsi", "msc", "mcc", "mnc")
        for value in (getattr(found, name),)
    }
    return hlr.write(
        hlr.LookUp(
            id=message_id,
            stat=receipt.STATS[state],
            err=error,
            cn=found.cn,
            net=found.net,
            rcn=found.rcn,
            rnet=found.rnet,
            **numbers,
        )
    )


def numbered(address: str) -> tuple[int, int]:
    """Type of number and numbering plan of an address: a number's, or those of a name."""
    if address.isdigit():
        return Ton.INTERNATIONAL, Npi.ISDN
    return (Ton.ALPHANUMERIC if address else Ton.UNKNOWN), Npi.UNKNOWN


def price_of(amount: Millionths) -> str:
    """`n.nnnn`, rounded half up.

    >>> price_of(Millionths(1_250_000)), price_of(Millionths(50))
    ('1.2500', '0.0001')
    """
    units, rest = divmod((amount + _TENTH_OF_THOUSANDTH // 2) // _TENTH_OF_THOUSANDTH, 10_000)
    return f"{units}.{rest:04}"


def type_of(notice: Notice) -> int:
    """What was sent."""
    found = TYPES[notice.channel]
    if found != SMS:
        return found
    if notice.encoding is Encoding.OCTETS:
        return BINARY
    return FLASH if notice.flash else SMS
