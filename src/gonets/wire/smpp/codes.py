"""The numbers of SMPP 3.4 §5: commands, statuses, tags, and what the fields of a message may hold.

Names are the specification's. Fields of a PDU are plain integers, for peers send what is in no table; `named`
and `status_sentence` put any of them into words.
"""

from enum import IntEnum
from typing import Final

INTERFACE_VERSION: Final = 0x34
"""SMPP 3.4 §5.2.4."""

RESPONSE: Final = 0x80000000
"""The bit that makes a command_id that of a response (§5.1.2.1)."""


class Command(IntEnum):
    """command_id (§5.1.2.1)."""

    BIND_RECEIVER = 0x00000001
    BIND_TRANSMITTER = 0x00000002
    QUERY_SM = 0x00000003
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    REPLACE_SM = 0x00000007
    CANCEL_SM = 0x00000008
    BIND_TRANSCEIVER = 0x00000009
    OUTBIND = 0x0000000B
    ENQUIRE_LINK = 0x00000015
    SUBMIT_MULTI = 0x00000021
    ALERT_NOTIFICATION = 0x00000102
    DATA_SM = 0x00000103
    GENERIC_NACK = 0x80000000
    BIND_RECEIVER_RESP = 0x80000001
    BIND_TRANSMITTER_RESP = 0x80000002
    QUERY_SM_RESP = 0x80000003
    SUBMIT_SM_RESP = 0x80000004
    DELIVER_SM_RESP = 0x80000005
    UNBIND_RESP = 0x80000006
    REPLACE_SM_RESP = 0x80000007
    CANCEL_SM_RESP = 0x80000008
    BIND_TRANSCEIVER_RESP = 0x80000009
    ENQUIRE_LINK_RESP = 0x80000015
    SUBMIT_MULTI_RESP = 0x80000021
    DATA_SM_RESP = 0x80000103


class Status(IntEnum):
    """command_status (§5.1.3), each with what it tells the one who asked."""

    sentence: str

    def __new__(cls, value: int, sentence: str = "") -> "Status":
        member = int.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member

    ESME_ROK = 0x00000000, "No error."
    ESME_RINVMSGLEN = 0x00000001, "The message is too long, too short or cannot be read."
    ESME_RINVCMDLEN = 0x00000002, "command_length does not fit the command."
    ESME_RINVCMDID = 0x00000003, "There is no such command, or not for this peer."
    ESME_RINVBNDSTS = 0x00000004, "The command needs another bind than the session has."
    ESME_RALYBND = 0x00000005, "The session is bound already."
    ESME_RINVPRTFLG = 0x00000006, "priority_flag has no such value."
    ESME_RINVREGDLVFLG = 0x00000007, "registered_delivery has no such value."
    ESME_RSYSERR = 0x00000008, "The system failed; the same may succeed later."
    ESME_RINVSRCADR = 0x0000000A, "The source address is not valid."
    ESME_RINVDSTADR = 0x0000000B, "The destination address is not valid."
    ESME_RINVMSGID = 0x0000000C, "message_id is not valid."
    ESME_RBINDFAIL = 0x0000000D, "The bind failed."
    ESME_RINVPASWD = 0x0000000E, "The password is wrong."
    ESME_RINVSYSID = 0x0000000F, "There is no such system_id."
    ESME_RCANCELFAIL = 0x00000011, "The message could not be cancelled."
    ESME_RREPLACEFAIL = 0x00000013, "The message could not be replaced."
    ESME_RMSGQFUL = 0x00000014, "Too many messages wait for their answers."
    ESME_RINVSERTYP = 0x00000015, "service_type is not valid."
    ESME_RINVNUMDESTS = 0x00000033, "number_of_dests is not valid."
    ESME_RINVDLNAME = 0x00000034, "The name of the distribution list is not valid."
    ESME_RINVDESTFLAG = 0x00000040, "dest_flag is neither an address nor a list."
    ESME_RINVSUBREP = 0x00000042, "A message cannot be replaced by submitting another."
    ESME_RINVESMCLASS = 0x00000043, "esm_class has no such value."
    ESME_RCNTSUBDL = 0x00000044, "Nothing can be sent to that distribution list."
    ESME_RSUBMITFAIL = 0x00000045, "The message was not taken."
    ESME_RINVSRCTON = 0x00000048, "source_addr_ton has no such value."
    ESME_RINVSRCNPI = 0x00000049, "source_addr_npi has no such value."
    ESME_RINVDSTTON = 0x00000050, "dest_addr_ton has no such value."
    ESME_RINVDSTNPI = 0x00000051, "dest_addr_npi has no such value."
    ESME_RINVSYSTYP = 0x00000053, "system_type is not valid."
    ESME_RINVREPFLAG = 0x00000054, "replace_if_present_flag has no such value."
    ESME_RINVNUMMSGS = 0x00000055, "The number of messages is not valid."
    ESME_RTHROTTLED = 0x00000058, "More messages a second than are allowed."
    ESME_RINVSCHED = 0x00000061, "schedule_delivery_time is not a valid time."
    ESME_RINVEXPIRY = 0x00000062, "validity_period is not a valid time."
    ESME_RINVDFTMSGID = 0x00000063, "There is no such predefined message."
    ESME_RX_T_APPN = 0x00000064, "The receiver failed for the moment; send it again."
    ESME_RX_P_APPN = 0x00000065, "The receiver failed for good; do not send it again."
    ESME_RX_R_APPN = 0x00000066, "The receiver refuses the message."
    ESME_RQUERYFAIL = 0x00000067, "The message could not be queried."
    ESME_RINVOPTPARSTREAM = 0x000000C0, "The optional parameters cannot be told apart."
    ESME_ROPTPARNOTALLWD = 0x000000C1, "An optional parameter is not allowed here."
    ESME_RINVPARLEN = 0x000000C2, "An optional parameter has a wrong length."
    ESME_RMISSINGOPTPARAM = 0x000000C3, "An optional parameter is missing that others need."
    ESME_RINVOPTPARAMVAL = 0x000000C4, "An optional parameter has no such value."
    ESME_RDELIVERYFAILURE = 0x000000FE, "The message could not be delivered."
    ESME_RUNKNOWNERR = 0x000000FF, "An error that has no number."


class Tag(IntEnum):
    """Tags of optional parameters (§5.3.1), and those of vendors that are in use."""

    DEST_ADDR_SUBUNIT = 0x0005
    DEST_NETWORK_TYPE = 0x0006
    DEST_BEARER_TYPE = 0x0007
    DEST_TELEMATICS_ID = 0x0008
    SOURCE_ADDR_SUBUNIT = 0x000D
    SOURCE_NETWORK_TYPE = 0x000E
    SOURCE_BEARER_TYPE = 0x000F
    SOURCE_TELEMATICS_ID = 0x0010
    QOS_TIME_TO_LIVE = 0x0017
    PAYLOAD_TYPE = 0x0019
    ADDITIONAL_STATUS_INFO_TEXT = 0x001D
    RECEIPTED_MESSAGE_ID = 0x001E
    MS_MSG_WAIT_FACILITIES = 0x0030
    PRIVACY_INDICATOR = 0x0201
    SOURCE_SUBADDRESS = 0x0202
    DEST_SUBADDRESS = 0x0203
    USER_MESSAGE_REFERENCE = 0x0204
    USER_RESPONSE_CODE = 0x0205
    SOURCE_PORT = 0x020A
    DESTINATION_PORT = 0x020B
    SAR_MSG_REF_NUM = 0x020C
    LANGUAGE_INDICATOR = 0x020D
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    SC_INTERFACE_VERSION = 0x0210
    CALLBACK_NUM_PRES_IND = 0x0302
    CALLBACK_NUM_ATAG = 0x0303
    NUMBER_OF_MESSAGES = 0x0304
    CALLBACK_NUM = 0x0381
    DPF_RESULT = 0x0420
    SET_DPF = 0x0421
    MS_AVAILABILITY_STATUS = 0x0422
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    DELIVERY_FAILURE_REASON = 0x0425
    MORE_MESSAGES_TO_SEND = 0x0426
    MESSAGE_STATE = 0x0427
    USSD_SERVICE_OP = 0x0501
    DISPLAY_TIME = 0x1201
    SMS_SIGNAL = 0x1203
    MS_VALIDITY = 0x1204
    ALERT_ON_MESSAGE_DELIVERY = 0x130C
    ITS_REPLY_TYPE = 0x1380
    ITS_SESSION_INFO = 0x1383
    DESTINATION_EMAIL = 0x1401
    """An e-mail address to send to, where destination_addr is too short for it; a C-octet string."""
    RECEIPT_PRICE = 0x2000
    """SMSC.ru's receipts: what the message cost, `n.nnnn`, a C-octet string."""
    RECEIPT_TYPE = 0x2001
    """SMSC.ru's receipts: what was sent, in the low four bits of two octets."""
    RECEIPT_PARTS = 0x2002
    """SMSC.ru's receipts: how many parts the message had, two octets."""


class Ton(IntEnum):
    """Type of number (§5.2.5)."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK_SPECIFIC = 3
    SUBSCRIBER_NUMBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6


class Npi(IntEnum):
    """Numbering plan indicator (§5.2.6)."""

    UNKNOWN = 0
    ISDN = 1
    """E.163 and E.164."""
    DATA = 3
    TELEX = 4
    LAND_MOBILE = 6
    NATIONAL = 8
    PRIVATE = 9
    ERMES = 10
    INTERNET = 14
    WAP_CLIENT_ID = 18


class MessageState(IntEnum):
    """message_state (§5.2.28); SCHEDULED and SKIPPED are SMPP 5.0's."""

    SCHEDULED = 0
    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8
    SKIPPED = 9


# ---- esm_class (§5.2.12): the mode in bits 0-1, the type in bits 2-5, GSM features in bits 6-7

ESM_MODE_MASK: Final = 0x03
ESM_DATAGRAM: Final = 0x01
ESM_TRANSACTION: Final = 0x02
ESM_STORE_AND_FORWARD: Final = 0x03

ESM_TYPE_MASK: Final = 0x3C
ESM_RECEIPT: Final = 0x04
"""deliver_sm, data_sm: an SMSC delivery receipt."""
ESM_DELIVERY_ACK: Final = 0x08
ESM_USER_ACK: Final = 0x10
ESM_CONVERSATION_ABORT: Final = 0x18
ESM_INTERMEDIATE: Final = 0x20
"""deliver_sm, data_sm: an intermediate delivery notification."""

ESM_UDHI: Final = 0x40
"""The message begins with a user data header."""
ESM_REPLY_PATH: Final = 0x80

# ---- registered_delivery (§5.2.17)

RECEIPT_MASK: Final = 0x03
RECEIPT_NEVER: Final = 0x00
RECEIPT_ALWAYS: Final = 0x01
RECEIPT_ON_FAILURE: Final = 0x02
RECEIPT_ON_SUCCESS: Final = 0x03
"""SMPP 5.0's; reserved in 3.4."""
RECEIPT_INTERMEDIATE: Final = 0x10

# ---- data_coding (§5.2.19); `coding` reads the rest of the octet

DATA_GSM: Final = 0x00
"""The SMSC's default alphabet, which is GSM 03.38."""
DATA_ASCII: Final = 0x01
DATA_OCTETS_2: Final = 0x02
DATA_LATIN_1: Final = 0x03
DATA_OCTETS: Final = 0x04
"""Binary; ISO-8859-1 where text is meant (SMSC.ru)."""
DATA_CYRILLIC: Final = 0x06
"""ISO-8859-5."""
DATA_HEBREW: Final = 0x07
"""ISO-8859-8."""
DATA_UCS2: Final = 0x08

# ---- dest_flag of submit_multi (§5.2.25)

DEST_ADDRESS: Final = 1
DEST_LIST: Final = 2


def named(numbers: type[IntEnum], value: int) -> str:
    """The specification's name of a number, or the number in hexadecimal where it has none.

    >>> named(Status, 0x58), named(Status, 0x400), named(Command, 4)
    ('ESME_RTHROTTLED', '0x00000400', 'submit_sm')
    """
    if value not in numbers._value2member_map_:
        return f"0x{value:08X}"
    name = numbers(value).name
    return name.lower() if numbers in {Command, Tag} else name


def status_sentence(status: int) -> str:
    """What a command_status says, in one sentence."""
    if status not in Status._value2member_map_:
        return "An error of the other side's own."
    return Status(status).sentence
