"""The round of one account: which of its notices are where, while it hears over connections of its own.

A notice is read from the mailbox, handed to an outlet with room, and settled: taken, so that it can be dismissed, or
not, so that it is handed over again after a pause that doubles. One that was not taken so often is set aside until the
account connects anew; the mailbox still has it. Nothing here waits or writes: `notify` reads, dismisses and sleeps.
"""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gonets.model.account import Account
from gonets.ports.edges import Outlet
from gonets.ports.stores import Mail

TRIES: Final = 8
"""How often a notice is handed over within one round."""
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 300.0
_MOST_UNTAKEN: Final = 1_000
"""Notices that are put off or set aside before no more are read: this client takes none at present."""


class Round:
    """Notices of one account on their way to its outlets, oldest first."""

    def __init__(self) -> None:
        self._outlets: list[Outlet] = []
        self._queue: deque[Mail] = deque()
        self._handed: dict[int, tuple[Outlet, Mail]] = {}
        self._again: list[tuple[float, int, Mail]] = []
        self._tries: dict[int, int] = {}
        self._aside: set[int] = set()
        self._taken: list[int] = []
        self.last = 0
        """The id of the notice that was read last."""

    # ---- outlets

    @property
    def open(self) -> bool:
        """Whether somebody listens."""
        return bool(self._outlets)

    def join(self, outlet: Outlet) -> None:
        """One more; what was set aside gets another chance."""
        self._outlets.append(outlet)
        self._aside.clear()
        self._tries.clear()
        self.last = 0

    def leave(self, outlet: Outlet) -> None:
        """One less. What it did not settle is handed to others, or stays in the mailbox if there are none."""
        if outlet not in self._outlets:
            return
        self._outlets.remove(outlet)
        back = [notice for each, notice in self._handed.values() if each is outlet]
        for notice in back:
            del self._handed[notice.id]
        if self._outlets:
            self._put_back(back)
            return
        self._queue.clear()
        self._again.clear()
        self._tries.clear()
        self._aside.clear()
        self.last = 0

    # ---- notices

    def wants(self) -> bool:
        """Whether more should be read: fewer wait than there is room for, and they are taken."""
        if len(self._again) + len(self._aside) >= _MOST_UNTAKEN:
            return False
        return len(self._queue) < max(1, sum(outlet.room() for outlet in self._outlets))

    def known(self) -> int:
        """How many that are still in the mailbox are known here."""
        return sum(map(len, (self._queue, self._handed, self._again, self._aside, self._taken)))

    def read(self, page: Iterable[Mail]) -> bool:
        """Take in what was read from the mailbox; returns whether any of it is new here."""
        waiting = {notice.id for notice in self._queue}
        waiting.update(self._handed, self._aside, self._taken, (notice.id for _, _, notice in self._again))
        new = [notice for notice in page if notice.id not in waiting]
        self._queue.extend(new)
        return bool(new)

    def hand(self, account: Account, now: float) -> None:
        """Hand over as much as there is room for, spread over the outlets."""
        self._take_up(now)
        outlets = self._outlets
        while self._queue:
            roomy = [(outlet, room) for outlet in outlets if (room := outlet.room()) > 0]
            if not roomy:
                return
            share = -(-len(self._queue) // len(roomy))
            for outlet, room in roomy:
                some = list(_popped(self._queue, min(room, share)))
                for notice in some:
                    self._handed[notice.id] = outlet, notice
                if some:
                    outlet.hand(some, account)

    def settle(self, taken: Iterable[int], refused: Iterable[int], now: float) -> list[int]:
        """What became of some that were handed over; returns those that are set aside now."""
        for notice in taken:
            if self._handed.pop(notice, None) is not None:
                self._tries.pop(notice, None)
                self._taken.append(notice)
        given_up = []
        for notice in refused:
            handed = self._handed.pop(notice, None)
            if handed is None:
                continue
            tries = self._tries[notice] = self._tries.get(notice, 0) + 1
            if tries >= TRIES:
                self._aside.add(notice)
                given_up.append(notice)
            else:
                pause = min(_FIRST_PAUSE_S * 2 ** (tries - 1), _LONGEST_PAUSE_S)
                heapq.heappush(self._again, (now + pause, notice, handed[1]))
        return given_up

    def taken(self) -> list[int]:
        """Those that were taken and can be dismissed; they are known until `dismissed`."""
        return list(self._taken)

    def dismissed(self, notices: Sequence[int]) -> None:
        """These, the first of `taken`, are in the mailbox no more."""
        del self._taken[: len(notices)]

    def due(self, now: float) -> bool:
        """Whether something that was put off is to be handed over again."""
        return bool(self._again) and self._again[0][0] <= now

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not (self._queue or self._handed or self._taken or self._again)

    def _take_up(self, now: float) -> None:
        back = []
        while self.due(now):
            back.append(heapq.heappop(self._again)[2])
        if back:
            self._put_back(back)

    def _put_back(self, notices: Sequence[Mail]) -> None:
        """Before what waits, the oldest first."""
        self._queue.extendleft(sorted(notices, key=lambda notice: notice.id, reverse=True))


def _popped(queue: deque[Mail], count: int) -> Iterator[Mail]:
    for _ in range(min(count, len(queue))):
        yield queue.popleft()
