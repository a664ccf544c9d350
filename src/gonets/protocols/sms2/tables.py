"""How SMS2 spells a status, a reason for a refusal and what goes wrong with a base; nothing here decides anything.

The tables are total: a test fails until every `Status`, `Reason` and `BaseFault` has its line.
"""

from typing import Final

from gonets.model.message import Status
from gonets.model.reasons import Reason
from gonets.model.results import BaseFault

ERROR: Final = b"Error: %b"

STATUS_WORDS: Final[dict[Status, bytes]] = {
    Status.SCHEDULED: b"unknown",
    Status.QUEUED: b"unknown",
    Status.SENT: b"unknown",
    Status.UNCERTAIN: b"unknown",
    Status.ACCEPTED: b"unknown",
    Status.DELIVERED: b"delivered",
    Status.UNDELIVERED: b"not_delivered",
    Status.EXPIRED: b"not_delivered",
    Status.REJECTED: b"not_delivered",
    Status.FAILED: b"not_delivered",
    Status.CANCELLED: b"not_delivered",
    Status.NO_REPORT: b"unknown",
}
"""SMS gate, section 2.2; it has three words."""

REASON_TEXTS: Final[dict[Reason, bytes]] = {
    Reason.BAD_CREDENTIALS: b"authentication failure",
    Reason.ACCOUNT_BLOCKED: b"service is switched off",
    Reason.HOST_NOT_ALLOWED: b"authentication failure",
    Reason.TOO_MANY_REQUESTS: b"service is switched off",
    Reason.BAD_REQUEST: b"can't send this message",
    Reason.BAD_RECIPIENT: b"unsupported phone number",
    Reason.RECIPIENT_DENIED: b"phone blacklisted",
    Reason.DIRECTION_CLOSED: b"direction is closed",
    Reason.NO_ROUTE: b"direction is closed",
    Reason.BAD_SENDER: b"can't send this message",
    Reason.UNKNOWN_SENDER: b"unsupported sender",
    Reason.BAD_TEXT: b"can't send this message",
    Reason.BLOCKED_TEXT: b"blocked text message",
    Reason.DUPLICATE: b"message duplication",
    Reason.FLOOD: b"message duplication",
    Reason.NO_CREDIT: b"your credit is null",
    Reason.UNKNOWN_MESSAGE: b"no such message",
    Reason.UNSUPPORTED: b"wrong function",
    Reason.STORE_UNAVAILABLE: b"service is switched off",
    Reason.UPSTREAM_UNAVAILABLE: b"service is switched off",
}
"""SMS gate, sections 1.2, 2.2 and 3.2; after `Error: `."""

API_CALL_TEXTS: Final[dict[Reason, bytes]] = REASON_TEXTS | {
    Reason.BAD_REQUEST: b"wrong function",
    Reason.BAD_RECIPIENT: b"wrong phone number",
}
"""The same in api_call.cgi (section 3.2): there `wrong function` says that any parameter is wrong."""

FAULT_TEXTS: Final[dict[BaseFault, bytes]] = {
    BaseFault.UNKNOWN: b"wrong base",
    BaseFault.PROTECTED: b"base is protected",
    BaseFault.NOT_ADDED: b"can't add phone number",
    BaseFault.NOT_REMOVED: b"can't remove phone number",
}
"""SMS gate, section 3.2."""

HTTP_STATUS: Final[dict[Reason, int]] = {
    Reason.TOO_MANY_REQUESTS: 429,
    Reason.STORE_UNAVAILABLE: 500,
}
"""Every other answer is HTTP 200: clients in the field take anything else for a broken transport."""
