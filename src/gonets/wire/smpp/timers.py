"""The timers of a session (SMPP 3.4 §7.2) as values: what is due next, and when. Nothing here runs.

`now` is monotonic seconds, and so is every moment below. How long each request may wait for its answer is the
session's to know (`window`); the rest is here.
"""

from enum import Enum
from math import inf
from typing import Final

import msgspec


class Timers(msgspec.Struct, frozen=True, gc=False):
    """How long things may take, in seconds; None: for ever."""

    session_init: float | None = 30.0
    """From the connection to a bind that succeeds; without it the session ends."""
    enquire_link: float | None = 30.0
    """Of silence from the other side, after which it is asked whether it is there."""
    inactivity: float | None = 120.0
    """Of silence, after which the session ends."""
    response: float | None = 60.0
    """From a request to its answer; without it the request counts as unanswered, and the session goes on."""


class Due(Enum):
    """What can become due."""

    INIT = "init"
    """The session should have been bound."""
    ENQUIRE = "enquire"
    """It is time to send enquire_link."""
    INACTIVE = "inactive"
    """The other side has been silent for too long."""


class Watch(msgspec.Struct, frozen=True, gc=False):
    """What the timers look at."""

    opened: float
    """When the connection was made."""
    heard: float
    """When a PDU came last."""
    bound: bool = False
    enquiring: bool = False
    """An enquire_link may be sent: the other side expects such things, and none waits for its answer."""


Next = tuple[float, Due]

NEVER: Final[Next] = (inf, Due.INACTIVE)


def due(timers: Timers, watch: Watch) -> Next:
    """What is due next, and when; infinity where nothing ever is."""
    found = NEVER
    if timers.inactivity is not None:
        found = watch.heard + timers.inactivity, Due.INACTIVE
    if timers.session_init is not None and not watch.bound:
        found = min(found, (watch.opened + timers.session_init, Due.INIT), key=_moment)
    if timers.enquire_link is not None and watch.enquiring:
        found = min(found, (watch.heard + timers.enquire_link, Due.ENQUIRE), key=_moment)
    return found


def _moment(which: Next) -> float:
    return which[0]
