"""When a link over HTTP sends nothing for a while: its upstream cannot be reached, or says that there is no use.

Pure; `now` is monotonic seconds. After a pause one request tries whether it is over.
"""

from collections.abc import Callable
from typing import Final

from gonets.rules.pacing import reconnect_after

_TROUBLE_S: Final = 10.0
_LONGEST_TROUBLE_S: Final = 300.0


class Backing:
    """Whether a link may send now. Nothing is wrong with a new one."""

    def __init__(self, chance: Callable[[], float]) -> None:
        """`chance` gives numbers in [0, 1), which spread what comes back."""
        self._chance = chance
        self._failures = self._troubles = 0
        self._until = 0.0

    @property
    def tries(self) -> bool:
        """Whether something went wrong last, so that one request at a time has to show that it goes again."""
        return self._failures > 0 or self._troubles > 0

    def until(self) -> float:
        """The end of the pause, in the past where there is none."""
        return self._until

    def unreached(self, now: float) -> None:
        """A request had no reply: 1 second, then at random up to twice as long each time, at most a minute.

        Several that were under way together count as one.
        """
        if now < self._until:
            return
        self._failures += 1
        self._until = now + reconnect_after(self._failures, self._chance())

    def troubled(self, now: float) -> None:
        """The upstream says that nothing should be sent: 10 seconds, then twice as long each time, up to 5 minutes."""
        if now < self._until:
            return
        pause = min(_LONGEST_TROUBLE_S, _TROUBLE_S * 2.0 ** min(self._troubles, 10))
        self._troubles += 1
        self._failures = 0
        self._until = now + pause

    def answered(self) -> None:
        """A request had a reply, and nothing is wrong."""
        self._failures = self._troubles = 0
        self._until = 0.0
