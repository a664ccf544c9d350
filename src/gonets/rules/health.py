"""How well a link does its work, by what its upstream answers and reports; whether it should be preferred to others.

Counted in buckets over a short window, by which it is judged, and over an hour, which people like to see. It becomes
unhealthy where, with enough samples in the short window,

- too few answers took their part (refusals for the recipient's or the text's own sake aside: they are no fault of it),
- too many parts were never answered,
- too few final receipts say delivered, where that is asked for,

and where nothing was answered for long while parts wait for their answers. It is healthy again after a number of good
answers in a row (of good receipts, where those were at fault). A bad one takes back as many good ones as the share that
is asked for allows, so that a link that takes most of what it gets recovers too, but none that is near the threshold.
What was counted until then is not held against it again.

Numbers come in by the batch. `now` is monotonic seconds and never goes back.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from enum import StrEnum
from math import ceil, inf
from typing import Final

import msgspec

from gonets.model.links import LinkSettings

BOUNDS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400)
"""Upper bounds, in seconds, of the bins in which times to a receipt are counted; one more has what is above."""
BINS: Final = len(BOUNDS_S) + 1

OF_THE_RECIPIENT: Final = frozenset((1, 6, 11, 12, 13, 21, 219))
"""Network error codes of a refusal that is for the sake of this recipient or this text, not the link's."""

LONG_S: Final = 3600.0
_BUCKETS: Final = 12


class Counts(msgspec.Struct, gc=False):
    """What came back through a link in some time."""

    taken: int = 0
    """Answers that took a part."""
    refused: int = 0
    """Answers that did not, for now or for good."""
    beside: int = 0
    """Refusals for the recipient's own sake."""
    uncertain: int = 0
    """Parts that were never answered."""
    receipts: int = 0
    unmatched: int = 0
    """Of the receipts: those whose part is not known."""
    delivered: int = 0
    ended: int = 0
    """Parts that a receipt brought to their end, delivered ones among them."""
    bins: list[int] = msgspec.field(default_factory=lambda: [0] * BINS)
    """How many of those took how long, by `BOUNDS_S`."""
    seconds: float = 0.0
    """The sum of those times."""

    def add(self, other: "Counts") -> None:
        """Count what the other has counted."""
        self.taken += other.taken
        self.refused += other.refused
        self.beside += other.beside
        self.uncertain += other.uncertain
        self.receipts += other.receipts
        self.unmatched += other.unmatched
        self.delivered += other.delivered
        self.ended += other.ended
        self.seconds += other.seconds
        if other.ended:
            self.bins = [mine + theirs for mine, theirs in zip(self.bins, other.bins, strict=True)]

    @property
    def judged(self) -> int:
        """Answers, and the lack of them, that say something of the link."""
        return self.taken + self.refused + self.uncertain

    @property
    def acceptance(self) -> float | None:
        """The share of the answers that took their part; None: there are none."""
        return share(self.taken, self.taken + self.refused)

    @property
    def doubt(self) -> float | None:
        """The share of the parts that were never answered; None: there are none."""
        return share(self.uncertain, self.judged)

    @property
    def delivery(self) -> float | None:
        """The share of the final receipts that say delivered; None: there are none."""
        return share(self.delivered, self.ended)

    @property
    def stray(self) -> float | None:
        """The share of the receipts whose part is not known; None: there are none."""
        return share(self.unmatched, self.receipts)


class Trouble(StrEnum):
    """What is wrong with an unhealthy link."""

    REFUSES = "refuses"
    """It takes too few parts."""
    UNSURE = "unsure"
    """Too many parts are never answered."""
    SILENT = "silent"
    """Nothing is answered at all."""
    LOSES = "loses"
    """Too little of what it takes is delivered."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """How a link is."""

    trouble: Trouble | None
    """None: it is healthy."""
    why: str
    """A few words for people."""

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.trouble is None


HEALTHY: Final = Verdict(None, "healthy")


def share(some: int, whole: int) -> float | None:
    """`some` of `whole`, 0 .. 1; None of nothing."""
    return some / whole if whole else None


def binned(seconds: Iterable[float]) -> list[int]:
    """How many of these are in each bin."""
    bins = [0] * BINS
    for each in seconds:
        bins[bisect_left(BOUNDS_S, each)] += 1
    return bins


def quantile(bins: Sequence[int], part: float) -> float | None:
    """The time, in seconds, that `part` (0 .. 1) of those counted have not exceeded; None: nothing was counted.

    Between the bounds of a bin it is a guess, as if what is in there were spread evenly; what is above the last bound
    is said to be at it.
    """
    whole = sum(bins)
    if not whole:
        return None
    wanted, before, low = part * whole, 0, 0.0
    for count, high in zip(bins, BOUNDS_S, strict=False):
        if count and before + count >= wanted:
            return low + (high - low) * max(0.0, wanted - before) / count
        before, low = before + count, float(high)
    return low


class _Sliding:
    """Counts over the last seconds, in buckets; the oldest leaves as a whole."""

    def __init__(self, seconds: float) -> None:
        self._width = seconds / _BUCKETS
        self._buckets: deque[tuple[int, Counts]] = deque()

    def add(self, counts: Counts, now: float) -> None:
        number = int(now // self._width)
        if not self._buckets or self._buckets[-1][0] != number:
            self._buckets.append((number, Counts()))
            self._drop(number)
        self._buckets[-1][1].add(counts)

    def sum(self, now: float) -> Counts:
        self._drop(int(now // self._width))
        whole = Counts()
        for _, counts in self._buckets:
            whole.add(counts)
        return whole

    def forget(self) -> None:
        self._buckets.clear()

    def _drop(self, number: int) -> None:
        while self._buckets and self._buckets[0][0] <= number - _BUCKETS:
            self._buckets.popleft()


class Health:
    """How one link is, as it is learnt."""

    def __init__(self, settings: LinkSettings, now: float) -> None:
        self._set = settings
        self._judged = _Sliding(settings.health_window)
        """Since it was unhealthy last."""
        self._short = _Sliding(settings.health_window)
        self._long = _Sliding(LONG_S)
        self.total = Counts()
        """Since the beginning."""
        self.verdict = HEALTHY
        self._score = 0
        """Good answers since it became unhealthy, less what bad ones took back."""
        self._away = 0
        self._left_at = -inf
        self._waiting_since = now
        self._probes, self._probed_at = 0.0, now

    # ---- what happens

    def left(self, parts: int, now: float) -> None:
        """So many parts were sent."""
        if not self._away and now - self._left_at > self._set.health_silence:
            self._waiting_since = now
        self._away += parts
        self._left_at = now
        self._fill(now)
        self._probes = max(0.0, self._probes - parts)

    def answered(self, counts: Counts, returned: int, now: float) -> None:
        """These answers were heard; `returned`: parts that never left, of which an upstream knows nothing."""
        heard = counts.taken + counts.refused + counts.beside
        self._away = max(0, self._away - heard - counts.uncertain - returned)
        if heard or (not self._away and not counts.uncertain):
            self._waiting_since = now
        self._count(counts, now)
        if self.verdict.trouble is not None and self.verdict.trouble is not Trouble.LOSES:
            least = self._set.health_acceptance
            self._credit(counts.taken, counts.refused + counts.uncertain, least)

    def reported(self, counts: Counts, now: float) -> None:
        """These receipts were heard."""
        self._count(counts, now)
        if self.verdict.trouble is Trouble.LOSES:
            self._credit(counts.delivered, counts.ended - counts.delivered, self._set.health_delivery)

    def _count(self, counts: Counts, now: float) -> None:
        self.total.add(counts)
        for window in (self._short, self._long, self._judged):
            window.add(counts, now)

    def _credit(self, good: int, bad: int, least: float) -> None:
        """Halfway between the share that is asked for and all of them, good and bad weigh the same."""
        self._score = max(0, self._score + good - ceil(bad * (1 + least) / (1 - least)))

    # ---- what it comes to

    def judge(self, now: float) -> Verdict:
        """The verdict as of now; another object than before where it has changed."""
        if not self._set.health:
            return self.verdict
        if self.verdict.trouble is None:
            self.verdict = self._find_trouble(now)
            if self.verdict.trouble is not None:
                self._score = 0
        elif self._score >= self._set.health_recovery:
            self.verdict = HEALTHY
            self._judged.forget()
        return self.verdict

    def _find_trouble(self, now: float) -> Verdict:
        wanted, seen = self._set, self._judged.sum(now)
        silent_s = now - self._waiting_since
        if self._away and 0 < wanted.health_silence <= silent_s:
            return Verdict(
                Trouble.SILENT, f"no answer for {silent_s:.0f} s while {self._away} parts wait for theirs"
            )
        if seen.judged >= wanted.health_samples:
            if (seen.doubt or 0.0) > wanted.health_uncertain:
                return Verdict(Trouble.UNSURE, f"{seen.uncertain} of {seen.judged} parts were never answered")
            answers = seen.taken + seen.refused
            if answers >= wanted.health_samples and (seen.acceptance or 0.0) < wanted.health_acceptance:
                return Verdict(Trouble.REFUSES, f"it took {seen.taken} of {answers} parts")
        if seen.ended >= wanted.health_samples and (seen.delivery or 0.0) < wanted.health_delivery:
            return Verdict(Trouble.LOSES, f"{seen.delivered} of {seen.ended} parts were delivered")
        return self.verdict

    def recent(self, now: float) -> Counts:
        """What was counted in the short window."""
        return self._short.sum(now)

    def last_hour(self, now: float) -> Counts:
        """What was counted in the last hour."""
        return self._long.sum(now)

    def probes(self, now: float) -> int:
        """How many parts an unhealthy link should get now, so that it can show that it works again."""
        self._fill(now)
        return int(self._probes)

    def _fill(self, now: float) -> None:
        """One is allowed at once, then they come evenly over the minute, and none is saved."""
        a_second = self._set.health_probes / 60.0
        self._probes = min(1.0, self._probes + (now - self._probed_at) * a_second)
        self._probed_at = now
