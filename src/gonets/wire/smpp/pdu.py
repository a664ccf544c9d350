"""Every PDU of SMPP 3.4 as a value, with the fields of §4 in the order in which they are written.

Strings are Latin-1, so that each octet a peer sends is one character and goes back as it came; whatever has a
charset (`short_message`, the values of TLVs) stays octets. A `sequence_number` of 0 is none yet: a session gives
a request its number when it is sent, and an answer takes the one of its request (`answer_to`).

Nothing is checked here. What can be written and read is in `fields`, and `codec` says what is wrong.
"""

from typing import ClassVar, Final

import msgspec

from gonets.wire.smpp.codes import RESPONSE, Command


class Malformed(ValueError):
    """A PDU that cannot be read, or written. `command_status` is what a peer that sent it is to be told."""

    def __init__(self, command_status: int, detail: str) -> None:
        super().__init__(detail)
        self.command_status = command_status


class Tlv(msgspec.Struct, frozen=True, gc=False):
    """An optional parameter as it stands on the wire (§5.3); `tlvs` reads and makes values."""

    tag: int
    value: bytes


class Pdu(msgspec.Struct, frozen=True, gc=False):
    """What each PDU has: the header without its length, and optional parameters in the order sent.

    The command is the class. All fields have defaults, so that a sender names only what matters.
    """

    command_id: ClassVar[int]

    sequence_number: int = 0
    command_status: int = 0
    """0 in a request."""
    tlvs: tuple[Tlv, ...] = ()


# ---- binding (§4.1, §4.2)


class Bind(Pdu, frozen=True, gc=False):
    """What the three binds have in common."""

    system_id: str = ""
    password: str = ""
    system_type: str = ""
    interface_version: int = 0x34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


class BindResp(Pdu, frozen=True, gc=False):
    """What the three answers to binds have in common."""

    system_id: str = ""


class BindTransmitter(Bind, frozen=True, gc=False):
    """Asks for a session in which the ESME sends messages."""

    command_id = Command.BIND_TRANSMITTER


class BindTransmitterResp(BindResp, frozen=True, gc=False):
    command_id = Command.BIND_TRANSMITTER_RESP


class BindReceiver(Bind, frozen=True, gc=False):
    """Asks for a session in which the ESME gets messages and receipts."""

    command_id = Command.BIND_RECEIVER


class BindReceiverResp(BindResp, frozen=True, gc=False):
    command_id = Command.BIND_RECEIVER_RESP


class BindTransceiver(Bind, frozen=True, gc=False):
    """Asks for a session in which the ESME does both."""

    command_id = Command.BIND_TRANSCEIVER


class BindTransceiverResp(BindResp, frozen=True, gc=False):
    command_id = Command.BIND_TRANSCEIVER_RESP


class Outbind(Pdu, frozen=True, gc=False):
    """The SMSC asks the ESME to bind as a receiver; it has no answer but that bind."""

    command_id = Command.OUTBIND

    system_id: str = ""
    password: str = ""


class Unbind(Pdu, frozen=True, gc=False):
    command_id = Command.UNBIND


class UnbindResp(Pdu, frozen=True, gc=False):
    command_id = Command.UNBIND_RESP


class EnquireLink(Pdu, frozen=True, gc=False):
    """Asks whether the other side is there (§4.11)."""

    command_id = Command.ENQUIRE_LINK


class EnquireLinkResp(Pdu, frozen=True, gc=False):
    command_id = Command.ENQUIRE_LINK_RESP


class GenericNack(Pdu, frozen=True, gc=False):
    """Refuses what could not even be recognised (§4.3); its number is that of what was sent, or 0."""

    command_id = Command.GENERIC_NACK


# ---- messages (§4.4 to §4.7)


class ShortMessage(Pdu, frozen=True, gc=False):
    """What submit_sm and deliver_sm have in common; sm_length is the length of `short_message`."""

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""
    """Up to 254 octets; longer ones go into the TLV message_payload, with nothing here."""


class MessageIdResp(Pdu, frozen=True, gc=False):
    """What the answers to submit_sm, deliver_sm and data_sm have in common."""

    message_id: str = ""
    """Nothing in an answer to deliver_sm."""


class SubmitSm(ShortMessage, frozen=True, gc=False):
    """An ESME sends a message to one destination."""

    command_id = Command.SUBMIT_SM


class SubmitSmResp(MessageIdResp, frozen=True, gc=False):
    command_id = Command.SUBMIT_SM_RESP


class DeliverSm(ShortMessage, frozen=True, gc=False):
    """An SMSC hands a message or a receipt to an ESME."""

    command_id = Command.DELIVER_SM


class DeliverSmResp(MessageIdResp, frozen=True, gc=False):
    command_id = Command.DELIVER_SM_RESP


class DataSm(Pdu, frozen=True, gc=False):
    """A message in either direction, its octets in the TLV message_payload."""

    command_id = Command.DATA_SM

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0


class DataSmResp(MessageIdResp, frozen=True, gc=False):
    command_id = Command.DATA_SM_RESP


class SmeAddress(msgspec.Struct, frozen=True, gc=False):
    """A destination of submit_multi that is an address (dest_flag 1)."""

    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""


class DistributionList(msgspec.Struct, frozen=True, gc=False):
    """A destination of submit_multi that the SMSC keeps a list for (dest_flag 2)."""

    dl_name: str = ""


class Unsuccess(msgspec.Struct, frozen=True, gc=False):
    """An address that submit_multi was refused for, and why."""

    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    error_status_code: int = 0


class SubmitMulti(Pdu, frozen=True, gc=False):
    """One message to up to 254 destinations; number_of_dests is how many there are."""

    command_id = Command.SUBMIT_MULTI

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_address: tuple[SmeAddress | DistributionList, ...] = ()
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""


class SubmitMultiResp(Pdu, frozen=True, gc=False):
    """The id, and the destinations that were refused; no_unsuccess is how many there are."""

    command_id = Command.SUBMIT_MULTI_RESP

    message_id: str = ""
    unsuccess_sme: tuple[Unsuccess, ...] = ()


# ---- what was sent before (§4.8 to §4.10), and whether somebody can be reached (§4.12)


class QuerySm(Pdu, frozen=True, gc=False):
    command_id = Command.QUERY_SM

    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""


class QuerySmResp(Pdu, frozen=True, gc=False):
    command_id = Command.QUERY_SM_RESP

    message_id: str = ""
    final_date: str = ""
    """Nothing while the message is on its way."""
    message_state: int = 0
    error_code: int = 0


class CancelSm(Pdu, frozen=True, gc=False):
    """Cancels one message by its id, or without an id all between two addresses."""

    command_id = Command.CANCEL_SM

    service_type: str = ""
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""


class CancelSmResp(Pdu, frozen=True, gc=False):
    command_id = Command.CANCEL_SM_RESP


class ReplaceSm(Pdu, frozen=True, gc=False):
    """Puts another text and other times into a message that has not left."""

    command_id = Command.REPLACE_SM

    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""


class ReplaceSmResp(Pdu, frozen=True, gc=False):
    command_id = Command.REPLACE_SM_RESP


class AlertNotification(Pdu, frozen=True, gc=False):
    """The SMSC says that a subscriber can be reached again; it has no answer."""

    command_id = Command.ALERT_NOTIFICATION

    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    esme_addr_ton: int = 0
    esme_addr_npi: int = 0
    esme_addr: str = ""


PDUS: Final[tuple[type[Pdu], ...]] = (
    BindTransmitter,
    BindTransmitterResp,
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    Outbind,
    Unbind,
    UnbindResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
    DeliverSm,
    DeliverSmResp,
    DataSm,
    DataSmResp,
    SubmitMulti,
    SubmitMultiResp,
    QuerySm,
    QuerySmResp,
    CancelSm,
    CancelSmResp,
    ReplaceSm,
    ReplaceSmResp,
    AlertNotification,
)

BY_COMMAND: Final[dict[int, type[Pdu]]] = {int(kind.command_id): kind for kind in PDUS}


def answer_to(command_id: int, sequence_number: int, command_status: int = 0) -> Pdu:
    """The answer to a request, with nothing but its header: the command's own, or generic_nack where it has none.

    `msgspec.structs.replace` puts fields into it; for what a handler knows, it makes the answer by its class.
    """
    kind = BY_COMMAND.get(command_id | RESPONSE, GenericNack)
    return kind(sequence_number, command_status)
