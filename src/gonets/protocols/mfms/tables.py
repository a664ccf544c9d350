"""How MFMS HPG spells a status, a reason for a refusal and a moment; nothing here decides anything.

Both tables are total: a test fails until every `Status` and every `Reason` has its line.
"""

from datetime import datetime
from typing import Final

from gonets.model.message import Status
from gonets.model.reasons import PLATFORM_ERROR, Reason, undelivered_word

STATUS_WORDS: Final[dict[Status, bytes]] = {
    Status.SCHEDULED: b"delayed",
    Status.QUEUED: b"enqueued",
    Status.SENT: b"sent",
    Status.UNCERTAIN: b"sent",
    Status.ACCEPTED: b"sent",
    Status.DELIVERED: b"delivered",
    Status.UNDELIVERED: b"undelivered",
    Status.EXPIRED: b"undelivered",
    Status.REJECTED: b"failed",
    Status.FAILED: b"failed",
    Status.CANCELLED: b"cancelled",
    Status.NO_REPORT: b"sent",
}
"""MFMS PROTOCOL HPG, section 4; it has seven words."""

REASON_CODES: Final[dict[Reason, bytes]] = {
    Reason.BAD_CREDENTIALS: b"error-auth",
    Reason.ACCOUNT_BLOCKED: b"error-auth",
    Reason.HOST_NOT_ALLOWED: b"error-auth",
    Reason.TOO_MANY_REQUESTS: b"error-system",
    Reason.BAD_REQUEST: b"error-syntax",
    Reason.BAD_RECIPIENT: b"error-address-format",
    Reason.RECIPIENT_DENIED: b"error-address-unknown",
    Reason.DIRECTION_CLOSED: b"error-address-unknown",
    Reason.NO_ROUTE: b"error-address-unknown",
    Reason.BAD_SENDER: b"error-subject-format",
    Reason.UNKNOWN_SENDER: b"error-subject-unknown",
    Reason.BAD_TEXT: b"error-syntax",
    Reason.BLOCKED_TEXT: b"error-system",
    Reason.DUPLICATE: b"error-system",
    Reason.FLOOD: b"error-system",
    Reason.NO_CREDIT: b"error-system",
    Reason.UNKNOWN_MESSAGE: b"error-provider-id-unknown",
    Reason.UNSUPPORTED: b"error-syntax",
    Reason.STORE_UNAVAILABLE: b"error-system",
    Reason.UPSTREAM_UNAVAILABLE: b"error-system",
}
"""MFMS PROTOCOL HPG, section 3; it has eight codes besides `ok`."""

HTTP_STATUS: Final[dict[Reason, tuple[int, str]]] = {
    Reason.TOO_MANY_REQUESTS: (429, "Too many requests, wait a while before the next one."),
    Reason.STORE_UNAVAILABLE: (500, "The request could not be stored, send it again later."),
}
"""HTTP status and sentence where a whole request ends so. Every other answer is HTTP 200, since clients in
the field take anything else for a broken transport."""


def reason_word(status: Status, error: int) -> str:
    """The last field of a status row: why a message was not delivered, `""` for every other status.

    `failed` says that the fault lies with the platform (section 4), so there an error of 0 is
    `platform-error`.
    """
    match STATUS_WORDS[status]:
        case b"undelivered":
            return undelivered_word(error)
        case b"failed":
            return undelivered_word(error or PLATFORM_ERROR)
        case _:
            return ""


def written_date(local: datetime, dashed: bool) -> str:
    """`yyyy.MM.dd HH:mm:ss` of the document, or `yyyy-MM-dd HH:mm:ss` that deployed systems also use."""
    mark = "-" if dashed else "."
    year, month, day, hour, minute, second = local.timetuple()[:6]
    return f"{year:04d}{mark}{month:02d}{mark}{day:02d} {hour:02d}:{minute:02d}:{second:02d}"
