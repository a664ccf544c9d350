"""Which sender names an account may use.

A name registered for the account passes whatever its form. Any other must have the form its protocol allows,
and then needs an account that may use any name at all. Letters are Latin ones everywhere: a name travels as
an alphanumeric address in GSM 7-bit (3GPP TS 23.040 §9.1.2.5), at most eleven characters, which no Cyrillic
letter can enter.
"""

import re
from typing import Final

from gonets.model.account import Account, SenderState
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.tables import Tables

_DIGITS: Final = "[0-9]{1,15}"
"""A number as a sender: as long as E.164 lets one be."""

_AIR: Final = re.compile(f"(?=.*[^ ])[ -_a-~]{{1,11}}|{_DIGITS}")
"""What the air can carry: printable ASCII that is also GSM 7-bit, not all of it blank."""

FORMS: Final[dict[str, re.Pattern[str]]] = {
    "mfms": re.compile(f"(?=.*[^ ])[A-Za-z0-9 ._-]{{1,11}}|{_DIGITS}"),
    "sms2": re.compile("(?=.*[A-Za-z])[A-Za-z0-9]{3,11}"),
    "smsclub": re.compile("(?=.*[^ ])[A-Za-z0-9 ]{1,11}"),
}
"""By protocol; one whose specification names no form (SMSC.ru, OsonSMS) takes whatever the air can carry."""

BAD_FORM: Final = Refused(
    Reason.BAD_SENDER, "The sender has to be 1 to 11 Latin letters, digits or signs, or up to 15 digits."
)
BAD_FORMS: Final[dict[str, Refused]] = {
    "sms2": Refused(
        Reason.BAD_SENDER,
        "The sender has to be 3 to 11 Latin letters and digits, at least one of them a letter.",
    ),
    "smsclub": Refused(Reason.BAD_SENDER, "The sender has to be 1 to 11 Latin letters, digits and spaces."),
}
"""By protocol, where the sentence is another."""
NOT_REGISTERED: Final = Refused(
    Reason.UNKNOWN_SENDER, "This sender is not registered for the account; ask for it to be registered."
)


def check_sender(sender: str, protocol: str, account: Account, tables: Tables) -> str | Refused:
    """The sender to use, or `bad_sender`, or `unknown_sender`.

    An empty one or `.` means the account's default sender where it has one, and that is taken as it was set.
    A name whose registration was refused is not open to an account with any sender either. Where a protocol
    requires a sender, an empty one is for its caller to refuse before.
    """
    if sender in ("", ".") and account.default_sender:
        return account.default_sender
    state = tables.senders.get((account.id, sender.lower()))
    if state is SenderState.APPROVED:
        return sender
    if FORMS.get(protocol, _AIR).fullmatch(sender) is None:
        return BAD_FORMS.get(protocol, BAD_FORM)
    if account.any_sender and state is not SenderState.REFUSED:
        return sender
    return NOT_REGISTERED
