"""How fast an upstream may be fed: a window and a rate that learn from its refusals, and when to call it again.

The rate follows what the upstream really takes. After a second in which it throttled more than one part in twenty,
the rate comes down to what it took, and from there grows by a twentieth a second: an upstream with a limit is fed at
that limit. Where that does not help, it is not the rate that is throttled, and for ten seconds nothing is cut: an
upstream that refuses by chance is not starved. The window, which is each session's own, comes down by three tenths
when the upstream says that its queue is full, and grows by one and a fiftieth a second. Neither ever exceeds what is
set.

`now` is monotonic seconds and never goes back.
"""

from math import inf
from typing import Final

SHORTEST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0

_SETTLES: Final = 2
"""Seconds after which a cut has to have helped: until then there are answers to what had left before."""
_BEARS: Final = 10
"""Seconds in which nothing is cut where that did not help."""
_BORNE: Final = 0.05
"""The share of parts throttled that changes nothing."""
_GROWTH: Final = 1.05
"""Of the rate, a second."""
_FORGIVEN: Final = 10.0
"""An upstream without a limit that was set is fed freely again once its rate has grown by this factor."""
_WINDOW_CUT: Final = 0.7
_WINDOW_GROWTH: Final = 1.02
_WINDOW_CUTS_S: Final = 0.5
"""From one cut to the next: the answers to what had left before the first say nothing new."""
_BURST_S: Final = 0.05
"""How much of the rate may leave at once."""


class Pacing:
    """The window of a session and the rate of a whole link, as they are learnt."""

    def __init__(self, window: int, rate: float, now: float) -> None:
        """`window`: parts that may wait for their answers, 1 or more; `rate`: parts a second, 0: no limit."""
        self._most = self._window = float(window)
        self._fastest = self._rate = rate or inf
        self._learnt = inf  # the rate at its last cut
        self._second = int(now)
        self._taken = self._throttled = 0  # in this second
        self._before = 0  # taken in the second before this one
        self._cut_in = self._bears_until = -_BEARS  # seconds
        self._full_at = -inf
        self._grown_at = self._filled_at = now
        self._allowed = 1.0

    # ---- what may be done

    def window(self, now: float) -> int:
        """How many parts may wait for their answers in each session, 1 or more."""
        passed = now - self._grown_at
        if passed > 0:
            self._grown_at = now
            if self._window < self._most:
                grown = self._window * _WINDOW_GROWTH ** min(passed, 1000.0) + passed
                self._window = min(self._most, grown)
        return int(self._window)

    def rate(self, now: float) -> float:
        """Parts a second of the whole link; infinity: as many as the windows let through."""
        self._look_back(now)
        return self._rate

    def allowed(self, now: float) -> float:
        """How many whole parts may leave now, as far as the rate goes."""
        self._look_back(now)
        self._fill(now)
        return self._allowed if self._allowed == inf else max(0.0, self._allowed // 1)

    def next_at(self, now: float) -> float:
        """When one more may leave, as far as the rate goes."""
        self._look_back(now)
        self._fill(now)
        return now if self._allowed >= 1 else now + (1 - self._allowed) / self._rate

    # ---- what happens

    def left(self, parts: int, now: float) -> None:
        """So many have left."""
        self._fill(now)
        self._allowed -= parts

    def taken(self, parts: int, now: float) -> None:
        """The upstream took so many."""
        self._look_back(now)
        self._taken += parts

    def throttled(self, now: float) -> None:
        """The upstream says of one: too many a second."""
        self._look_back(now)
        self._throttled += 1

    def full(self, now: float) -> None:
        """The upstream says of one: too many wait already."""
        self.window(now)
        if now - self._full_at >= _WINDOW_CUTS_S:
            self._full_at = now
            self._window = max(1.0, self._window * _WINDOW_CUT)

    # ---- learning

    def _look_back(self, now: float) -> None:
        """Draw the sum of the seconds that are over."""
        passed = int(now) - self._second
        if passed <= 0:
            return
        ended, self._second = self._second, int(now)
        taken, throttled = self._taken, self._throttled
        self._taken = self._throttled = 0
        self._fill(now)
        if throttled > _BORNE * (taken + throttled) and not self._bears(ended):
            self._cut_in = ended
            self._rate = self._learnt = min(self._rate, max(1.0, float(taken), float(self._before)))
        elif self._rate < self._fastest:
            growing = self._second - max(ended, self._cut_in + _SETTLES)
            self._rate *= _GROWTH ** min(max(0, growing), 1000)
            if self._rate >= min(self._fastest, self._learnt * _FORGIVEN):
                self._rate = self._fastest
        self._before = taken if passed == 1 else 0
        self._fill(now)

    def _bears(self, second: int) -> bool:
        """Whether throttling in that second is borne: a cut is too fresh to have helped, or has not."""
        if second < self._bears_until or second < self._cut_in + _SETTLES:
            return True
        if second == self._cut_in + _SETTLES:
            self._bears_until = second + _BEARS
            return True
        return False

    def _fill(self, now: float) -> None:
        if self._rate == inf:
            self._allowed = inf
        else:
            most = max(2.0, self._rate * _BURST_S)
            self._allowed = min(most, self._allowed + self._rate * max(0.0, now - self._filled_at))
        self._filled_at = now


def reconnect_after(failures: int, chance: float) -> float:
    """Seconds before a link is opened again, after so many failures in a row; 0: it had been bound.

    1 second, then at random up to twice as much each time, at most 60. `chance` is 0 to 1.
    """
    most = min(LONGEST_WAIT_S, SHORTEST_WAIT_S * 2.0 ** min(failures, 10))
    return SHORTEST_WAIT_S + chance * (most - SHORTEST_WAIT_S)
