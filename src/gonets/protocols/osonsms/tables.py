"""How OsonSMS spells a status, a reason for a refusal and a moment; nothing here decides anything.

Both tables are total: a test fails until every `Status` and every `Reason` has its line.
"""

from datetime import datetime
from typing import Final

import msgspec

from gonets.model.message import Status
from gonets.model.reasons import Reason

STATUS_WORDS: Final[dict[Status, str]] = {
    Status.SCHEDULED: "ENROUTE",
    Status.QUEUED: "ENROUTE",
    Status.SENT: "ENROUTE",
    Status.UNCERTAIN: "ENROUTE",
    Status.ACCEPTED: "ACCEPTED",
    Status.DELIVERED: "DELIVERED",
    Status.UNDELIVERED: "UNDELIVERABLE",
    Status.EXPIRED: "EXPIRED",
    Status.REJECTED: "REJECTED",
    Status.FAILED: "UNDELIVERABLE",
    Status.CANCELLED: "DELETED",
    Status.NO_REPORT: "UNKNOWN",
}
"""The document names no statuses; these are the names of SMPP 3.4 §5.2.28, which the provider hands through."""


class Fault(msgspec.Struct, frozen=True):
    """A line of the document's tables of answers."""

    http: int
    code: int
    msg: str


NOT_SET: Final = Fault(422, 100, "One of the mandatory variables (%s) not set.")
"""With the script's own list in place of `%s`."""
NO_ACCOUNT: Final = Fault(401, 105, "Inactive or non-existent account")
"""For a login that does not exist as well as for one that is switched off."""
_NOT_SENT: Final = Fault(501, 112, "Error while sending sms.")
_SENDER: Final = Fault(422, 107, "Incorrect sender")

FAULTS: Final[dict[Reason, Fault]] = {
    Reason.BAD_CREDENTIALS: Fault(422, 106, "Incorrect hash"),
    Reason.ACCOUNT_BLOCKED: NO_ACCOUNT,
    Reason.HOST_NOT_ALLOWED: Fault(401, 114, "Host is not in whitelist"),
    Reason.TOO_MANY_REQUESTS: msgspec.structs.replace(_NOT_SENT, http=429),
    Reason.BAD_REQUEST: NOT_SET,
    Reason.BAD_RECIPIENT: _NOT_SENT,
    Reason.RECIPIENT_DENIED: _NOT_SENT,
    Reason.DIRECTION_CLOSED: _NOT_SENT,
    Reason.NO_ROUTE: _NOT_SENT,
    Reason.BAD_SENDER: _SENDER,
    Reason.UNKNOWN_SENDER: _SENDER,
    Reason.BAD_TEXT: NOT_SET,
    Reason.BLOCKED_TEXT: _NOT_SENT,
    Reason.DUPLICATE: Fault(409, 108, "Duplicate txn_id. It should be unique."),
    Reason.FLOOD: _NOT_SENT,
    Reason.NO_CREDIT: Fault(402, 119, "Balance overdraft limit has reached. Please top up your balance."),
    Reason.UNKNOWN_MESSAGE: Fault(422, 107, "Message ID is invalid"),
    Reason.UNSUPPORTED: _NOT_SENT,
    Reason.STORE_UNAVAILABLE: Fault(500, 109, "Unable to store message."),
    Reason.UPSTREAM_UNAVAILABLE: Fault(599, 113, "Unable to connect to smsc host."),
}
"""OsonSMS protocol 1.1, the answers to a message that is sent; it has ten codes. Who uses up the rate is told what
it is told when sending fails, under the HTTP status that says so; an unknown id has a code that the document keeps for
senders, with the provider's own words."""


def written_time(local: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS`, the document's `timestamp`."""
    return local.replace(microsecond=0, tzinfo=None).isoformat(" ")
