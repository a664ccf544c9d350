"""What the channels have in common and what each has of its own: to whom, from whom, and what is said.

A table with one row per channel; `admission` looks its row up and asks it. All but SMS are one part each, whatever
their length. A look-up and a ping say nothing and show nobody a sender, so whatever sender is given is let go.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from gonets.model.account import Account
from gonets.model.calls import Submission
from gonets.model.message import Channel, Encoding, UserData
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.tables import Tables
from gonets.rules.addressing import recipient_in
from gonets.rules.emails import address_of
from gonets.rules.senders import check_sender
from gonets.rules.splitting import PART_OCTETS, Split, split
from gonets.rules.texts import CALL_LIMIT, VIBER_LIMIT, Whole, check_mail, check_mms, check_text, check_whole

_EMPTY: Final = Refused(Reason.BAD_TEXT, "The text is empty.")
_UNSPLIT: Final = Refused(Reason.BAD_TEXT, "The text has to be Unicode and fit into 255 parts.")
_PART_TOO_LONG: Final = Refused(
    Reason.BAD_TEXT, f"A part can have {PART_OCTETS} octets at most, its header included."
)
_WORDLESS: Final = Refused(Reason.BAD_TEXT, "A look-up or a ping has no text.")
_NO_NUMBER: Final = Refused(
    Reason.BAD_RECIPIENT, "The recipient is not a phone number; write it like 79031234567."
)
_NO_ADDRESS: Final = Refused(
    Reason.BAD_RECIPIENT, "The recipient is not an e-mail address; write it like name@example.com."
)

_UCS2: Final = Encoding.UCS2
_NOTHING: Final = Split(_UCS2, ("",))


class ChannelRules(msgspec.Struct, frozen=True):
    """One channel's own."""

    body: Callable[[Submission, str, str], Split | Refused]
    """How its text (without its comment) goes out, for a submission of a protocol, or `bad_text`."""
    sender: Callable[[str, str, Account, Tables], str | Refused]
    """The sender to use, of the one given, in a protocol, for an account; or a refusal."""
    recipient: Callable[[str, str, str], str | None] = recipient_in
    """Whom a protocol's client means, by the home country of its account; None: nobody."""
    nobody: Refused = _NO_NUMBER
    """What is said then."""
    numbered: bool = True
    """Whether its recipients are phone numbers, with prefixes and stop lists."""
    pictured: bool = False
    """Whether a picture may belong to it."""
    wordless: bool = False
    """Nothing is said and nobody disturbed: it needs neither text nor sender, and quiet hours do not hold it."""


# ---- what is said


def _short(submission: Submission, text: str, protocol: str) -> Split | Refused:
    """Of a text message: as many parts as it takes, or the one that its client made ready."""
    if submission.user_data is not None:
        return _ready(submission.user_data, text)
    if not text:
        return _EMPTY
    wrong = check_text(text, protocol)
    if wrong is not None:
        return wrong
    parted = split(text)
    if parted is None or (parted.encoding is _UCS2 and "\0" in text):
        return _UNSPLIT
    return parted


def _ready(user_data: UserData, text: str) -> Split | Refused:
    if not user_data.octets and not user_data.header:
        return _EMPTY
    if "\0" in text:
        return _UNSPLIT
    room = PART_OCTETS - len(user_data.header)
    if user_data.encoding is Encoding.GSM7:
        room = room * 8 // 7
    return Split(user_data.encoding, (text,)) if len(user_data.octets) <= room else _PART_TOO_LONG


def _whole(text: str, wrong: Refused | None) -> Split | Refused:
    return Split(_UCS2, (text,)) if wrong is None else wrong


def _shown(submission: Submission, text: str, protocol: str) -> Split | Refused:
    return _whole(text, check_mms(submission.subject, text, submission.picture))


def _mailed(submission: Submission, text: str, protocol: str) -> Split | Refused:
    return _whole(text, check_mail(submission.subject, text))


def _up_to(limit: Whole) -> Callable[[Submission, str, str], Split | Refused]:
    return lambda submission, text, protocol: _whole(text, check_whole(text, limit))


def _wordless(submission: Submission, text: str, protocol: str) -> Split | Refused:
    return _WORDLESS if text else _NOTHING


# ---- from whom and to whom


def _or_none(sender: str, protocol: str, account: Account, tables: Tables) -> str | Refused:
    """The account's default, or none, where none is given: such a network names the sender itself."""
    if sender in ("", "."):
        return account.default_sender
    return check_sender(sender, protocol, account, tables)


def _no_sender(sender: str, protocol: str, account: Account, tables: Tables) -> str | Refused:
    return ""


def _address(protocol: str, raw: str, home_country: str) -> str | None:
    return address_of(raw)


RULES: Final[dict[Channel, ChannelRules]] = {
    Channel.SMS: ChannelRules(_short, check_sender),
    Channel.MMS: ChannelRules(_shown, _or_none, pictured=True),
    Channel.MAIL: ChannelRules(_mailed, _or_none, _address, _NO_ADDRESS, numbered=False),
    Channel.CALL: ChannelRules(_up_to(CALL_LIMIT), _or_none),
    Channel.VIBER: ChannelRules(_up_to(VIBER_LIMIT), check_sender),
    Channel.HLR: ChannelRules(_wordless, _no_sender, wordless=True),
    Channel.PING: ChannelRules(_wordless, _no_sender, wordless=True),
}
"""By channel; all of them."""
