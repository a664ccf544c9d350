"""What the scripts and the SOAP gate of SMS Club read and tell alike: lists of recipients and ids, who asks, and what
a call came to as a whole.

A list has `;` between its items. Empty items after the last are nobody's meaning; an empty one before it stands in
its place, so that the places of an answer stay those of the question. Refused: lists of more than 20,000.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from gonets.model.calls import Call, Login, Query, Submission, Submit
from gonets.model.message import message_id
from gonets.model.reasons import Reason
from gonets.model.results import Outcome, Refused
from gonets.protocols.smsclub.tables import HTTP_STATUS
from gonets.wire.http import Request

PROTOCOL: Final = "smsclub"

_MOST: Final = 20_000
"""Recipients or ids in one call: about as many numbers as an array of a SOAP call holds within the payload."""

_ENDS: Final = "; \t\r\n"
_UNSAFE: Final = re.compile(r"[^0-9A-Za-z._-]")
_LONGEST_ECHO: Final = 40

MISSING: Final = Refused(Reason.BAD_REQUEST, "A required field is missing.")
TOO_MANY: Final = Refused(Reason.BAD_REQUEST, f"One call may name {_MOST} recipients or ids at most.")


class SmsClubCall(Call, frozen=True, gc=False):
    """A call with what its answer repeats."""

    echoes: tuple[str, ...] = ()
    """Of each id that is asked after, what may be written of it."""


def login(username: str | None, password: str | None, request: Request) -> Login:
    """Who asks; what is missing is wrong."""
    return Login(PROTOCOL, "", username or "", password or "", request.address)


def listed(written: str) -> list[str]:
    """The items of a list, without the blanks around them; of one that is too long some more than may be."""
    written = written.rstrip(_ENDS)
    return [item.strip() for item in written.split(";", _MOST + 1)] if written else []


def submissions(
    sender: str | None, recipients: Sequence[str], text: str | None, validity: timedelta | None = None
) -> list[Submission | Refused]:
    """One text to each of these; a single refusal where a field is missing."""
    if sender is None or text is None or not recipients:
        return [MISSING]
    # An empty recipient of a list is no missing field but a number that is wrong, which a blank is too.
    return [Submission(sender, recipient or " ", text, validity=validity) for recipient in recipients]


def sending(who: Login, items: Sequence[Submission | Refused]) -> Call | Refused:
    """The call that sends these."""
    return TOO_MANY if len(items) > _MOST else SmsClubCall(who, Submit(tuple(items)))


def asking(who: Login, ids: Sequence[str]) -> Call | Refused:
    """The call that asks after these parts."""
    if len(ids) > _MOST:
        return TOO_MANY
    query = Query(tuple([message_id(written.encode()) for written in ids]), each_part=True)
    return SmsClubCall(who, query, tuple([_echo(written) for written in ids]))


def refusal(call: Call | None, outcome: Outcome) -> Reason | None:
    """Why nothing came of a call; None where something did.

    When each recipient was refused it is the first one's reason, unless the platform failed at one of them: then
    the call may be made again. A call that names nothing lacks a field.
    """
    if isinstance(outcome, Refused):
        return outcome.reason
    if not isinstance(outcome, tuple):
        return None
    if not outcome:
        return Reason.BAD_REQUEST
    if call is None or not isinstance(call.what, Submit):
        return None
    reasons = [result.reason for result in outcome if isinstance(result, Refused)]
    if len(reasons) < len(outcome):
        return None
    return next((reason for reason in reasons if reason in HTTP_STATUS), reasons[0])


def _echo(written: str) -> str:
    """An id as it is repeated: what no id is made of could end an item, a line or a tag of the answer (which calls
    itself HTML), so each such character shows as `?`."""
    return _UNSAFE.sub("?", written[:_LONGEST_ECHO])
