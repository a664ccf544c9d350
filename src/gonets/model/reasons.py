"""Why a request is refused, and why a network gave up: two closed vocabularies."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a submission or request is refused; each dialect renders every one of them (a test holds it to that)."""

    BAD_CREDENTIALS = "bad_credentials"
    """Login or password wrong, missing or empty."""
    ACCOUNT_BLOCKED = "account_blocked"
    """The account is disabled."""
    HOST_NOT_ALLOWED = "host_not_allowed"
    """The source address is outside the account's list."""
    TOO_MANY_REQUESTS = "too_many_requests"
    """Over the account's rate, or too many failed logins from the address."""
    BAD_REQUEST = "bad_request"
    """A required field is missing, or the input cannot be parsed."""
    BAD_RECIPIENT = "bad_recipient"
    """Not a phone number, or, for an e-mail, not an address."""
    RECIPIENT_DENIED = "recipient_denied"
    """On a stop list."""
    DIRECTION_CLOSED = "direction_closed"
    """No tariff, or a closed prefix."""
    NO_ROUTE = "no_route"
    """No connector serves it."""
    BAD_SENDER = "bad_sender"
    """The sender is not of the allowed form."""
    UNKNOWN_SENDER = "unknown_sender"
    """The sender is not registered for the account."""
    BAD_TEXT = "bad_text"
    """Empty or too long."""
    BLOCKED_TEXT = "blocked_text"
    """Holds a stop word."""
    DUPLICATE = "duplicate"
    """The same message, or the same client id, was seen before."""
    FLOOD = "flood"
    """Too many to one recipient."""
    NO_CREDIT = "no_credit"
    """The balance less the price is under the overdraft limit."""
    UNKNOWN_MESSAGE = "unknown_message"
    """The id is not one of this account's messages."""
    UNSUPPORTED = "unsupported"
    """The account may not use this channel, or there is no such operation."""
    STORE_UNAVAILABLE = "store_unavailable"
    """It could not be made durable."""
    UPSTREAM_UNAVAILABLE = "upstream_unavailable"
    """The account is set to refuse when no link is up."""


UNDELIVERED_WORDS: dict[int, str] = {
    0: "none",
    1: "unknown-subscriber",
    6: "absent-subscriber",
    11: "no-service",
    12: "handset-error",
    13: "subscriber-barred",
    21: "not-supported",
    200: "virtual",
    219: "sim-changed",
    220: "operator-queue-full",
    255: "platform-error",
}
"""Network error codes in SMSC numbering, as words."""

PLATFORM_ERROR = 255


def undelivered_word(error: int) -> str:
    """The word for a network error code; codes without one of their own read `error-NNN`."""
    return UNDELIVERED_WORDS.get(error) or f"error-{error:03d}"
