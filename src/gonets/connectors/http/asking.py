"""When the upstream is asked for the state of what it has: seldom at first glance, and ever more seldom.

A message is asked for after the first wait, and then each time as long again as it has been away: the waits double, up
to the longest. It is asked for no more once a final state of it was heard, or three days after it was sent. What was
heard is kept until it is durable, so that what could not be written is asked for again.
"""

import heapq
from collections.abc import Sequence
from itertools import count
from typing import Final

import msgspec

from gonets.model.message import State
from gonets.model.results import Receipt, Sent, Settled
from gonets.ports.stores import Away

_GIVEN_UP: Final = 72 * 3600.0
"""Seconds after which a message is asked for no more; by then the platform says `no_report`."""


class _Asked:
    """What is away under one id."""

    __slots__ = ("away", "told", "waits")

    def __init__(self, away: Away) -> None:
        self.away = away
        self.told: State | None = None
        """The last state that was handed on."""
        self.waits = True
        """Whether it waits for its turn; else it is being asked for, or told to have ended."""


class Asking:
    """What is away through one link. `now` is monotonic seconds, `at` the same moment in Unix microseconds."""

    def __init__(self, first: float, longest: float) -> None:
        """The first wait and the longest one, in seconds."""
        self._first = first
        self._longest = longest
        self._order = count()
        self._known: dict[str, _Asked] = {}
        self._turns: list[tuple[float, int, str]] = []

    def __len__(self) -> int:
        """How much is away."""
        return len(self._known)

    def add(self, away: Away, now: float, *, soon: bool = False) -> None:
        """Ask for this too. `soon`: now, for it may have come to its end long ago."""
        key = key_of(away)
        if key not in self._known:
            self._known[key] = _Asked(away)
            self._wait(key, now if soon else now + self._first)

    def next_due(self) -> float | None:
        """When somebody has to be asked for next; None: nobody is waiting."""
        return self._turns[0][0] if self._turns else None

    def take(self, most: int, now: float, at: int) -> list[Away]:
        """Those whose turn it is, at most so many; what comes of it goes to `hear`."""
        taken: list[Away] = []
        while self._turns and self._turns[0][0] <= now and len(taken) < most:
            key = heapq.heappop(self._turns)[2]
            asked = self._known.get(key)
            if asked is None or not asked.waits:
                continue
            if at - asked.away.left_at > _GIVEN_UP * 1e6:
                del self._known[key]
                continue
            asked.waits = False
            taken.append(asked.away)
        return taken

    def hear(
        self, taken: Sequence[Away], told: Sequence[Settled | Receipt], now: float, at: int
    ) -> list[Settled | Receipt]:
        """What is new of what was told; those that have not come to an end are asked for again later."""
        keys = {key_of(away): away for away in taken}
        news: list[Settled | Receipt] = []
        ended: set[str] = set()
        for each in told:
            if isinstance(each, Settled):
                self._recognise(each, keys)
                news.append(each)
                continue
            asked = self._known.get(each.remote_id)
            if asked is None or each.remote_id not in keys:
                continue  # nobody asked for it
            if asked.told is not each.state:
                asked.told = each.state
                news.append(each)
            if each.state.final:
                ended.add(each.remote_id)
        for key, away in keys.items():
            if key in self._known and key not in ended:
                age = (at - away.left_at) / 1e6
                self._wait(key, now + min(self._longest, max(self._first, age)))
        return news

    def _recognise(self, settled: Settled, keys: dict[str, Away]) -> None:
        """What had no id may have one now, under which it is known from now on."""
        nameless = f" {settled.part}"
        if nameless not in keys or not isinstance(settled.result, Sent):
            return
        named = msgspec.structs.replace(keys.pop(nameless), remote_id=settled.result.remote_id)
        asked = self._known.pop(nameless, None)
        if asked is not None and named.remote_id not in self._known:
            asked.away = named
            keys[named.remote_id] = named
            self._known[named.remote_id] = asked

    def written(self, receipt: Receipt) -> None:
        """That is durable."""
        if receipt.state.final:
            self._known.pop(receipt.remote_id, None)

    def unwritten(self, receipt: Receipt, now: float) -> None:
        """That could not be written: it has to be heard again."""
        asked = self._known.get(receipt.remote_id)
        if asked is not None:
            asked.told = None
            if not asked.waits:
                self._wait(receipt.remote_id, now + self._longest)

    def _wait(self, key: str, due: float) -> None:
        self._known[key].waits = True
        heapq.heappush(self._turns, (due, next(self._order), key))


def key_of(away: Away) -> str:
    """What it is known by here: the upstream's id, or ours where it has none."""
    return away.remote_id or f" {away.part}"
