"""Whether a message that waits may be replaced by another (SMPP 3.4 §4.10).

Its sender is part of what names it, and what kind of message it is stays as it was. Whether there is room for the new
parts, and whether something has left, is the store's to say.
"""

from datetime import datetime
from typing import Final

from gonets.model.calls import Submission
from gonets.model.message import Pending
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.rules.admission import Admitted

_OTHER_SENDER: Final = Refused(
    Reason.UNKNOWN_MESSAGE, "The message is from another source address; name the one it was sent with."
)
_OTHER_KIND: Final = Refused(
    Reason.UNSUPPORTED, "A message cannot become one of another kind; cancel it, and submit another."
)
_OUTLIVED: Final = Refused(
    Reason.BAD_REQUEST, "The message would start after its validity has ended; give a validity_period too."
)


def replaceable(pending: Pending, item: Submission, admitted: Admitted, at: datetime) -> Refused | None:
    """Why what was admitted at the moment `at` cannot take the place of a message; None: it can."""
    if admitted.sender != pending.sender:
        return _OTHER_SENDER
    if item.channel is not pending.channel:
        return _OTHER_KIND
    if item.validity is None and pending.expires_at is not None:
        starts = at if admitted.start_at is None else admitted.start_at
        if pending.expires_at <= starts:
            return _OUTLIVED
    return None
