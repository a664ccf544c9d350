"""How SMPP spells a status and a reason for a refusal; nothing here decides anything.

The tables are total: a test fails until every `Status` and every `Reason` has its line.
"""

from typing import Final

from gonets.model.message import Status
from gonets.model.reasons import PLATFORM_ERROR, Reason
from gonets.model.results import Refused
from gonets.wire.smpp import codes, tlvs
from gonets.wire.smpp.codes import Command, MessageState
from gonets.wire.smpp.pdu import Tlv

_Code = codes.Status

MESSAGE_STATES: Final[dict[Status, MessageState]] = {
    Status.SCHEDULED: MessageState.ENROUTE,
    Status.QUEUED: MessageState.ENROUTE,
    Status.SENT: MessageState.ENROUTE,
    Status.UNCERTAIN: MessageState.ENROUTE,
    Status.ACCEPTED: MessageState.ACCEPTED,
    Status.DELIVERED: MessageState.DELIVERED,
    Status.UNDELIVERED: MessageState.UNDELIVERABLE,
    Status.EXPIRED: MessageState.EXPIRED,
    Status.REJECTED: MessageState.REJECTED,
    Status.FAILED: MessageState.UNDELIVERABLE,
    Status.CANCELLED: MessageState.DELETED,
    Status.NO_REPORT: MessageState.UNKNOWN,
}
"""message_state (SMPP 3.4 §5.2.28); `wire.smpp.receipt.STATS` has the word of each for a receipt's `stat`."""

COMMAND_STATUSES: Final[dict[Reason, codes.Status]] = {
    Reason.BAD_CREDENTIALS: _Code.ESME_RINVPASWD,
    Reason.ACCOUNT_BLOCKED: _Code.ESME_RBINDFAIL,
    Reason.HOST_NOT_ALLOWED: _Code.ESME_RBINDFAIL,
    Reason.TOO_MANY_REQUESTS: _Code.ESME_RTHROTTLED,
    Reason.BAD_REQUEST: _Code.ESME_RINVCMDLEN,
    Reason.BAD_RECIPIENT: _Code.ESME_RINVDSTADR,
    Reason.RECIPIENT_DENIED: _Code.ESME_RINVDSTADR,
    Reason.DIRECTION_CLOSED: _Code.ESME_RINVDSTADR,
    Reason.NO_ROUTE: _Code.ESME_RINVDSTADR,
    Reason.BAD_SENDER: _Code.ESME_RINVSRCADR,
    Reason.UNKNOWN_SENDER: _Code.ESME_RINVSRCADR,
    Reason.BAD_TEXT: _Code.ESME_RINVMSGLEN,
    Reason.BLOCKED_TEXT: _Code.ESME_RSUBMITFAIL,
    Reason.DUPLICATE: _Code.ESME_RSUBMITFAIL,
    Reason.FLOOD: _Code.ESME_RTHROTTLED,
    Reason.NO_CREDIT: _Code.ESME_RSUBMITFAIL,
    Reason.UNKNOWN_MESSAGE: _Code.ESME_RINVMSGID,
    Reason.UNSUPPORTED: _Code.ESME_RINVCMDID,
    Reason.STORE_UNAVAILABLE: _Code.ESME_RSYSERR,
    Reason.UPSTREAM_UNAVAILABLE: _Code.ESME_RSYSERR,
}
"""command_status of whatever is refused (§5.1.3)."""

UNKNOWN_SYSTEM_ID: Final = _Code.ESME_RINVSYSID
"""Of `bad_credentials` where there is no such system_id."""

_FAILS: Final[dict[int, codes.Status]] = {
    Command.QUERY_SM: _Code.ESME_RQUERYFAIL,
    Command.CANCEL_SM: _Code.ESME_RCANCELFAIL,
    Command.REPLACE_SM: _Code.ESME_RREPLACEFAIL,
}
"""By operation: that it could not be done."""

_SYSTEM_FAILS: Final = frozenset(
    {Reason.TOO_MANY_REQUESTS, Reason.STORE_UNAVAILABLE, Reason.UPSTREAM_UNAVAILABLE}
)
"""Reasons that lie with the moment: they are told alike whatever was asked."""

_BINDS: Final = frozenset({Command.BIND_RECEIVER, Command.BIND_TRANSMITTER, Command.BIND_TRANSCEIVER})
_NOT_BOUND: Final = frozenset({Reason.ACCOUNT_BLOCKED, Reason.HOST_NOT_ALLOWED, Reason.BAD_CREDENTIALS})

_SENTENCES: Final[dict[Reason, str]] = {
    Reason.BAD_CREDENTIALS: "Check system_id and password.",
    Reason.ACCOUNT_BLOCKED: "The account is switched off; ask your provider.",
    Reason.HOST_NOT_ALLOWED: "The account may not be used from this address.",
    Reason.TOO_MANY_REQUESTS: "Slow down.",
    Reason.BAD_REQUEST: "A field of the request cannot be read.",
    Reason.BAD_RECIPIENT: "The destination is not a phone number.",
    Reason.RECIPIENT_DENIED: "The recipient does not want to get messages.",
    Reason.DIRECTION_CLOSED: "Messages to this direction are not open for the account.",
    Reason.NO_ROUTE: "No network serves this direction at present.",
    Reason.BAD_SENDER: "The source address is not of the allowed form.",
    Reason.UNKNOWN_SENDER: "The source address is not registered for the account.",
    Reason.BAD_TEXT: "The text cannot be sent.",
    Reason.BLOCKED_TEXT: "The text holds words that may not be sent.",
    Reason.DUPLICATE: "The same message was sent a moment ago.",
    Reason.FLOOD: "Too many messages to this recipient in a row.",
    Reason.NO_CREDIT: "The balance does not cover this message.",
    Reason.UNKNOWN_MESSAGE: "There is no such message of this account.",
    Reason.UNSUPPORTED: "The account may not do this.",
    Reason.STORE_UNAVAILABLE: "It could not be stored; try again later.",
    Reason.UPSTREAM_UNAVAILABLE: "No network can be reached at present.",
}
"""What is said of a reason where a refusal brings no sentence of its own."""


def command_status(command_id: int, refused: Refused) -> codes.Status:
    """What a refusal is in the answer to a request of this command."""
    reason = refused.reason
    if refused.unknown_login:
        return UNKNOWN_SYSTEM_ID
    if reason not in _SYSTEM_FAILS:
        fails = _FAILS.get(command_id)
        if fails is not None:
            return fails
        if reason in _NOT_BOUND and command_id not in _BINDS:
            return _Code.ESME_RSUBMITFAIL  # of a session that was bound before
    return COMMAND_STATUSES[reason]


def status_text(refused: Refused) -> tuple[Tlv, ...]:
    """additional_status_info_text (§5.3.2.11): the reason's name and one sentence, as `name: Sentence.`"""
    return tlvs.status_text(f"{refused.reason.value}: {refused.detail or _SENTENCES[refused.reason]}")


def error_of(status: Status, error: int) -> int:
    """The network error code that is told with a status, 0 to 999; a failure of our own is 255."""
    if status is Status.FAILED:
        return PLATFORM_ERROR
    return min(max(error, 0), 999)
