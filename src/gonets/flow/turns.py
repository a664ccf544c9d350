"""Turns: whose part may leave, so that no later part to the same recipient overtakes an earlier one.

The connectors of one process share it. A link keeps the order of what it is given; what could break it is a second
link: a part waits while an earlier one of the same account, channel and recipient is on its way through another link,
or was put off for another try. It lives in memory alone: the order of what was put off before a restart is not kept.
"""

from bisect import insort
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Final

import msgspec

from gonets.model.message import AccountId, Channel, PartId
from gonets.model.results import Settled
from gonets.ports.stores import Claimable, PutOff

LOOK_AGAIN: Final = 100_000
"""Microseconds until a part is looked at again that waits for one on its way."""
GRACE: Final = 1_000_000
"""Microseconds for a part whose time has come to be back in its lane: from then on the lane keeps the order."""
MOST: Final = 200_000
"""Parts that are remembered; while there are more, those put off are not waited for."""

_Key = tuple[AccountId, Channel, str]


class _Ahead(msgspec.Struct, gc=False):
    """A part that later ones to its recipient may have to wait for."""

    key: _Key
    connector: str
    until: int
    """0: it is on its way through that connector; else when it comes due, Unix microseconds."""


class Turns:
    """Implements `ports.stores.Turns`; asked by the store's thread, told by the loop's."""

    def __init__(self) -> None:
        self._parts: dict[PartId, _Ahead] = {}
        self._by_key: dict[_Key, list[PartId]] = {}
        """The earliest first."""
        self._lock = Lock()
        self._swept_at = 0

    def take(self, connector: str, parts: Sequence[Claimable], now: int) -> Sequence[int]:
        """0 for each that may go to that connector; else until when it has to wait."""
        with self._lock:
            if len(self._parts) > MOST and now >= self._swept_at + GRACE:
                self._sweep(now)
            return [self._take(connector, part, now) for part in parts]

    def _take(self, connector: str, part: Claimable, now: int) -> int:
        key = (part.account, part.channel, part.recipient)
        until = self._until(connector, part.id, key, now)
        self._put(part.id, key, connector, until)
        return until

    def _until(self, connector: str, part: PartId, key: _Key, now: int) -> int:
        """Until when the first of the earlier ones that stands before it lets it wait: very many may stand there."""
        for other in self._by_key.get(key, ()):
            if other >= part:
                break
            ahead = self._parts[other]
            if not ahead.until:
                if ahead.connector != connector:
                    return now + LOOK_AGAIN
            elif ahead.until + GRACE > now:
                return ahead.until if ahead.until > now else now + LOOK_AGAIN
        return 0

    def _put(self, part: PartId, key: _Key, connector: str, until: int) -> None:
        known = self._parts.get(part)
        if known is not None:
            known.connector, known.until = connector, until
            return
        if until and len(self._parts) >= MOST:
            return
        self._parts[part] = _Ahead(key, connector, until)
        insort(self._by_key.setdefault(key, []), part)

    def settled(self, connector: str, settled: Sequence[Settled], put_off: Sequence[PutOff]) -> None:
        """These were answered through a connector, and some of them will be tried again."""
        again = {each.part: each.until for each in put_off}
        with self._lock:
            for each in settled:
                ahead = self._parts.get(each.part)
                if ahead is None or ahead.connector != connector:  # it is on its way through another by now
                    continue
                until = again.get(each.part)
                if until is None:
                    self._drop(each.part)
                else:
                    ahead.until = until

    def forget(self, connector: str) -> None:
        """Nothing is on its way through that connector."""
        with self._lock:
            self._drop_all([part for part, each in self._parts.items() if each.connector == connector])

    def _sweep(self, now: int) -> None:
        self._swept_at = now
        self._drop_all(
            [part for part, each in self._parts.items() if each.until and each.until + GRACE <= now]
        )

    def _drop_all(self, parts: Iterable[PartId]) -> None:
        for part in parts:
            self._drop(part)

    def _drop(self, part: PartId) -> None:
        key = self._parts.pop(part).key
        line = self._by_key[key]
        line.remove(part)
        if not line:
            del self._by_key[key]
