"""Whether a message is taken: every check that needs no store, in the order that all protocols share.

Required fields, sender, text, recipient's form, direction and price, route: the first that fails is the
answer. What comes before (who asks) is the intake's, what comes after (credit) the store's, in the
transaction that charges. Nothing passes that a store or an upstream could not hold: U+0000, halves of
surrogate pairs, moments out of range. What is a channel's own stands in `channels`.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from gonets.model.account import Account, Tariff
from gonets.model.calls import Submission
from gonets.model.message import Encoding
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.routing import Route
from gonets.model.tables import Tables
from gonets.rules.channels import RULES
from gonets.rules.pricing import tariff_of
from gonets.rules.quiet import start_after_quiet
from gonets.rules.routing import candidate_of, looked_at, traits_of
from gonets.rules.splitting import Split
from gonets.rules.stopping import EVERYBODY, is_stopped
from gonets.rules.texts import without_comment

SENDER_REQUIRED: Final = frozenset({"mfms", "osonsms"})
"""Protocols in which a message without a sender lacks a field, whatever the account's default sender."""
TEXT_REQUIRED: Final = frozenset({"mfms", "osonsms"})
"""Protocols in which an empty text is a missing field; in the others it is a bad text."""

PICTURE_REQUIRED: Final = frozenset({"sms2"})
"""Protocols in which an MMS without a picture lacks a field: whoever sends one has forgotten to attach it."""

HOME_CODES: Final = {"sms2": "7"}
"""By protocol the country code of the only numbers that its document knows. Any other that the account has no tariff
for is no number there, where other protocols say that the direction is closed."""

COMMENTED: Final = frozenset({"smsc"})
"""Protocols in which a text may end in a comment that is not sent."""

SHORTEST_VALIDITY: Final = timedelta(minutes=1)
LONGEST_VALIDITY: Final = timedelta(days=7)
FURTHEST_START: Final = timedelta(days=366)

_NO_SENDER: Final = Refused(Reason.BAD_REQUEST, "The sender is missing.")
_NO_RECIPIENT: Final = Refused(Reason.BAD_REQUEST, "The recipient is missing.")
_NO_TEXT: Final = Refused(Reason.BAD_REQUEST, "The text is missing.")
_NO_PICTURE: Final = Refused(Reason.BAD_REQUEST, "The picture is missing.")
_BAD_CLIENT_ID: Final = Refused(
    Reason.BAD_REQUEST, "The message's own id holds characters that cannot be stored."
)
_BAD_VALIDITY: Final = Refused(Reason.BAD_REQUEST, "The validity period cannot be negative.")
_BAD_START: Final = Refused(Reason.BAD_REQUEST, "The start time can be at most a year ahead.")
_FOREIGN: Final = Refused(
    Reason.BAD_RECIPIENT, "The recipient has to be a number of Russia, like 79031234567."
)
_DENIED: Final = Refused(Reason.RECIPIENT_DENIED, "The recipient does not want to get messages.")
_BLOCKED: Final = Refused(Reason.BLOCKED_TEXT, "The text holds words that may not be sent.")
_CLOSED: Final = Refused(Reason.DIRECTION_CLOSED, "Messages to this direction are not open for the account.")
_NO_ROUTE: Final = Refused(Reason.NO_ROUTE, "No network serves this direction at present.")
_NOT_CARRIED: Final = Refused(
    Reason.UNSUPPORTED, "Messages of this kind cannot be sent to this direction at present."
)


class Check(msgspec.Struct, frozen=True):
    """One of the checks of `admit`."""

    name: str
    reasons: tuple[Reason, ...]
    """Those that its refusals have, and no other check's."""


CHECKS: Final = (
    Check("required fields", (Reason.BAD_REQUEST,)),
    Check("sender", (Reason.BAD_SENDER, Reason.UNKNOWN_SENDER)),
    Check("text", (Reason.BAD_TEXT,)),
    Check("recipient", (Reason.BAD_RECIPIENT,)),
    Check("stop lists", (Reason.RECIPIENT_DENIED,)),
    Check("price", (Reason.DIRECTION_CLOSED,)),
    Check("route", (Reason.NO_ROUTE, Reason.UNSUPPORTED)),
    Check("stop words", (Reason.BLOCKED_TEXT,)),
)
"""What `admit` looks at, in its order; by the reason of a refusal it is known which check it came from, and so what
was passed before and what was not reached."""

_NO_TIME: Final = timedelta(0)


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """A message that may be charged and sent."""

    sender: str
    recipient: str
    """E.164 digits, no plus; of an e-mail its address."""
    text: str
    encoding: Encoding
    segments: tuple[str, ...]
    """The text of each part, at least one; of all that is no SMS, one."""
    tariff: Tariff
    route: Route
    start_at: datetime | None
    """None: at once. Otherwise in the future, in the zone of the `at` it was admitted at."""
    expires_at: datetime | None
    """None: as long as the upstream will."""
    comment: str | None = None
    """What followed the text and is not sent."""


class Letter(msgspec.Struct, frozen=True, gc=False):
    """What of a message is the same whoever gets it, checked."""

    sender: str
    text: str
    comment: str | None
    parted: Split
    start_at: datetime | None
    """None: at once."""


def admit(
    submission: Submission, account: Account, protocol: str, tables: Tables, at: datetime
) -> Admitted | Refused:
    """What becomes of one submission at the moment `at`.

    A start time that is not in the future is now. A validity counts from the start; it is brought to between
    one minute and seven days (no network keeps a message longer), and zero is none given.
    """
    rules = RULES[submission.channel]
    if not submission.recipient and (submission.sender or rules.wordless or protocol not in SENDER_REQUIRED):
        return _NO_RECIPIENT  # of the required fields it comes after the sender and before the text
    letter = check_letter(submission, account, protocol, tables, at)
    if isinstance(letter, Refused):
        return letter

    recipient = rules.recipient(protocol, submission.recipient, account.home_country)
    if recipient is None:
        return rules.nobody
    tariff = tariff_of(account, submission.channel, recipient, tables)
    if tariff is None and rules.numbered and not recipient.startswith(HOME_CODES.get(protocol, "")):
        return _FOREIGN

    if tables.stop_lists and is_stopped(recipient, account.id, tables.stop_lists):
        return _DENIED

    if tariff is None or tariff.closed:
        return _CLOSED

    start_at = letter.start_at
    if account.quiet_from is not None and account.quiet_to is not None and not rules.wordless:
        start_at = _after_quiet(recipient, start_at, at, account)

    pictured = submission.picture is not None
    traits = traits_of(
        account, letter.sender, recipient, submission.channel, letter.text, start_at or at, pictured
    )
    candidate = candidate_of(traits, tables)
    if candidate is None:
        passed_over = any(not each.carried for each in looked_at(traits, tables))
        return _NOT_CARRIED if passed_over else _NO_ROUTE
    if not candidate.carries(traits):
        return _NOT_CARRIED

    if tables.stop_words:
        blocked = check_words(letter.text, submission.subject, account, tables)
        if blocked is not None:
            return blocked

    expires_at: datetime | None = None
    if submission.validity:
        expires_at = (start_at or at) + min(max(submission.validity, SHORTEST_VALIDITY), LONGEST_VALIDITY)
    return Admitted(
        letter.sender,
        recipient,
        letter.text,
        letter.parted.encoding,
        letter.parted.segments,
        tariff,
        candidate.route,
        start_at,
        expires_at,
        letter.comment,
    )


def check_letter(
    submission: Submission, account: Account, protocol: str, tables: Tables, at: datetime
) -> Letter | Refused:
    """The checks of `admit` that come before its recipient's, whatever that is."""
    text = submission.text
    rules = RULES[submission.channel]
    if not submission.sender and protocol in SENDER_REQUIRED and not rules.wordless:
        return _NO_SENDER
    if not text and protocol in TEXT_REQUIRED and not rules.wordless:
        return _NO_TEXT
    if rules.pictured and submission.picture is None and protocol in PICTURE_REQUIRED:
        return _NO_PICTURE
    if submission.client_id is not None and not _storable(submission.client_id):
        return _BAD_CLIENT_ID
    start_at: datetime | None = None
    if submission.start_at is not None:
        ahead = submission.start_at - at
        if ahead > FURTHEST_START:
            return _BAD_START
        if ahead > _NO_TIME:
            start_at = at + ahead
    if submission.validity and submission.validity < _NO_TIME:
        return _BAD_VALIDITY

    sender = rules.sender(submission.sender, protocol, account, tables)
    if isinstance(sender, Refused):
        return sender

    comment: str | None = None
    if protocol in COMMENTED:
        text, comment = without_comment(text)
    parted = rules.body(submission, text, protocol)
    if isinstance(parted, Refused):
        return parted
    return Letter(sender, text, comment, parted, start_at)


def check_words(text: str, subject: str, account: Account, tables: Tables) -> Refused | None:
    """`blocked_text` where a text (without its comment) or a subject holds a stop word; the last check of `admit`."""
    if _is_blocked(text, account, tables) or (subject and _is_blocked(subject, account, tables)):
        return _BLOCKED
    return None


def _is_blocked(text: str, account: Account, tables: Tables) -> bool:
    for scope in (EVERYBODY, account.id):
        matcher = tables.stop_words.get(scope)
        if matcher is not None and matcher.find(text) is not None:
            return True
    return False


def _after_quiet(
    recipient: str, start_at: datetime | None, at: datetime, account: Account
) -> datetime | None:
    """The start, put off to the end of the recipient's quiet hours where it falls into them."""
    if account.quiet_from is None or account.quiet_to is None:
        return start_at
    later = start_after_quiet(recipient, start_at or at, account.quiet_from, account.quiet_to, account.zone)
    return start_at if later is None else later


def _storable(value: str) -> bool:
    """Whether a column of text can hold it."""
    if "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
