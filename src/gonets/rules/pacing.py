"""How fast an upstream may be fed: a window and a rate that learn from its refusals, and when to call it again.

The rate follows what the upstream really takes. After a second in which it throttled more than one part in twenty,
the rate comes down to what it took, and from there grows by a twentieth a second: an upstream with a limit is fed at
that limit. The window, which is each session's own, comes down by the share that was refused after a second in which
the upstream said of more than one part in twenty that its queue is full, and grows by one and a fiftieth a second.

Where a cut does not help, it is not that of which there was too much: it is taken back, and for ten seconds there is no
other. So an upstream that refuses by chance is not starved. Neither rate nor window ever exceeds what is set.

`now` is monotonic seconds and never goes back.
"""

from enum import Enum
from math import inf
from typing import Final

SHORTEST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0

_SETTLES: Final = 2
"""Seconds after which a cut has to have helped: until then there are answers to what had left before."""
_BEARS: Final = 10
"""Seconds in which nothing is cut after a cut that did not help."""
_BORNE: Final = 0.05
"""The share of parts refused that changes nothing."""
_HELPED: Final = 0.75
"""Of the share that was refused before a cut: with no less than that refused after it, the cut has not helped."""
_GROWTH: Final = 1.05
"""Of the rate, a second."""
_FORGIVEN: Final = 10.0
"""An upstream without a limit that was set is fed freely again once its rate has grown by this factor."""
_WINDOW_GROWTH: Final = 1.02
_BURST_S: Final = 0.05
"""How much of the rate may leave at once."""


class _Verdict(Enum):
    """What refusals in one second call for."""

    CUT = "cut"
    UNDO = "undo"
    """The cut before has not helped."""
    NOTHING = "nothing"


class _Cuts:
    """When something was cut last, in whole seconds, and whether that helped."""

    def __init__(self) -> None:
        self.cut_in = self._bears_until = -_BEARS
        self._share = 0.0

    def judge(self, second: int, refused: int, asked: int) -> _Verdict:
        """What to do after a second in which so many of so many parts were refused."""
        if refused <= _BORNE * asked or second < self._bears_until or second < self.cut_in + _SETTLES:
            return _Verdict.NOTHING
        share = refused / asked
        if second == self.cut_in + _SETTLES and share > _HELPED * self._share:
            self._bears_until = second + _BEARS
            return _Verdict.UNDO
        self.cut_in, self._share = second, share
        return _Verdict.CUT


class Pacing:
    """The window of a session and the rate of a whole link, as they are learnt."""

    def __init__(self, window: int, rate: float, now: float) -> None:
        """`window`: parts that may wait for their answers, 1 or more; `rate`: parts a second, 0: no limit."""
        self._most = self._window = self._window_before = float(window)
        self._fastest = self._rate = self._rate_before = rate or inf
        self._learnt = inf  # the rate at its last cut
        self._second = int(now)
        self._taken = self._throttled = self._full = 0  # in this second
        self._before = 0  # taken in the second before this one
        self._rate_cuts, self._window_cuts = _Cuts(), _Cuts()
        self._grown_at = self._filled_at = now
        self._allowed = 1.0

    # ---- what may be done

    def window(self, now: float) -> int:
        """How many parts may wait for their answers in each session, 1 or more."""
        self._look_back(now)
        self._grow(now)
        return int(self._window)

    def _grow(self, now: float) -> None:
        passed = now - self._grown_at
        if passed > 0:
            self._grown_at = now
            if self._window < self._most:
                grown = self._window * _WINDOW_GROWTH ** min(passed, 1000.0) + passed
                self._window = min(self._most, grown)

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
        self._look_back(now)
        self._full += 1

    # ---- learning

    def _look_back(self, now: float) -> None:
        """Draw the sum of the seconds that are over."""
        passed = int(now) - self._second
        if passed <= 0:
            return
        ended, self._second = self._second, int(now)
        taken, throttled, full = self._taken, self._throttled, self._full
        self._taken = self._throttled = self._full = 0
        self._fill(now)
        match self._window_cuts.judge(ended, full, taken + throttled + full):
            case _Verdict.CUT:
                self._grow(ended + 1.0)
                self._window_before = self._window
                self._window = max(1.0, self._window * (taken + 1) / (taken + full + 1))
            case _Verdict.UNDO:
                self._window = self._window_before
            case _Verdict.NOTHING:
                pass
        verdict = self._rate_cuts.judge(ended, throttled, taken + throttled)
        if verdict is _Verdict.CUT:
            self._rate_before = self._rate
            self._rate = self._learnt = min(self._rate, max(1.0, float(taken), float(self._before)))
        elif verdict is _Verdict.UNDO:
            self._rate = self._rate_before
        elif self._rate < self._fastest:
            growing = self._second - max(ended, self._rate_cuts.cut_in + _SETTLES)
            self._rate *= _GROWTH ** min(max(0, growing), 1000)
            if self._rate >= min(self._fastest, self._learnt * _FORGIVEN):
                self._rate = self._fastest
        self._before = taken if passed == 1 else 0
        self._fill(now)

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
