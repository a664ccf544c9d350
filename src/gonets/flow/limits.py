"""How much one account, one address or one login may ask: rates and failed logins.

Decided in memory, saved every second and at a stop, so that a restart forgives nobody. What has no effect any more is
forgotten.
"""

import asyncio
from weakref import WeakValueDictionary

from structlog import get_logger

from gonets.model.account import Account
from gonets.model.calls import Login
from gonets.model.results import Refused
from gonets.model.times import micros
from gonets.ports.clock import Clock
from gonets.ports.stores import Saved, SavedLimits, StoreUnavailable
from gonets.rules.guarding import (
    NO_FAILURES,
    PER_ADDRESS,
    PER_LOGIN,
    Bucket,
    Failures,
    failed,
    from_saved,
    is_past,
    penalty,
    spend,
    to_saved,
)

log = get_logger()

_SAVE_EVERY_S = 1.0
_RATE, _ADDRESS, _LOGIN = "rate", "address", "login"
_FREE = {_ADDRESS: PER_ADDRESS, _LOGIN: PER_LOGIN}
_MOST_KEPT = 100_000
"""Addresses and logins remembered at once; beyond it those that are past are dropped, then the oldest."""


class Limits:
    """Buckets of accounts, failures of addresses and logins."""

    def __init__(self, saved: SavedLimits, clock: Clock, *, failed_logins: bool = True) -> None:
        """`failed_logins`: whether failed logins have consequences."""
        self._saved = saved
        self._clock = clock
        self._failed_logins = failed_logins
        self._buckets: dict[str, Bucket] = {}
        self._failures: dict[tuple[str, str], Failures] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._changed: set[tuple[str, str]] = set()

    async def load(self) -> None:
        """Take up what was saved. Raises StoreUnavailable."""
        for each in await self._saved.load():
            if each.kind == _RATE:
                self._buckets[each.key] = Bucket(each.level, each.at)
            elif each.kind in _FREE:
                self._failures[each.kind, each.key] = from_saved(int(each.level), each.at, _FREE[each.kind])

    def allows(self, account: Account, count: int) -> bool:
        """Whether the account's rate lets `count` more messages through now; if so they are counted."""
        if not account.rate:
            return True
        key = str(account.id)
        now = micros(self._clock.at())
        self._buckets[key], allowed = spend(self._buckets.get(key), count, account.rate, account.rate, now)
        self._changed.add((_RATE, key))
        return allowed

    def before_login(self, who: Login) -> float | Refused:
        """What stands before looking at a password: seconds to wait, or `too_many_requests`."""
        if not self._failed_logins or not self._failures:
            return 0.0
        kept = [self._failures.get(key, NO_FAILURES) for key in _keys(who)]
        return penalty(micros(self._clock.at()), *kept)

    def turn(self, who: Login) -> asyncio.Lock:
        """Held while a login is looked at: tries at the same moment wait for one another's consequences."""
        return self._turns.setdefault(_keys(who)[1][1], asyncio.Lock())

    def login_failed(self, who: Login) -> None:
        """A password was looked at and was wrong."""
        if not self._failed_logins:
            return
        now = micros(self._clock.at())
        if len(self._failures) >= _MOST_KEPT:
            self._forget(now)
        for key in _keys(who):
            self._failures[key] = failed(self._failures.get(key, NO_FAILURES), now, _FREE[key[0]])
            self._changed.add(key)

    def _forget(self, now: int) -> None:
        past = [key for key, failures in self._failures.items() if is_past(failures, now)]
        for key in past or list(self._failures)[: _MOST_KEPT // 10]:
            del self._failures[key]

    async def save(self) -> None:
        """Write what has changed since the last time; what has no effect any more goes. Raises StoreUnavailable."""
        now = micros(self._clock.at())
        changed, self._changed = self._changed, set()
        rows = [self._row(*each, now) for each in changed]
        if not rows:
            return
        try:
            await self._saved.save([row for row in rows if row is not None], now - 3_600_000_000)
        except StoreUnavailable:
            self._changed |= changed
            raise

    def _row(self, kind: str, key: str, now: int) -> Saved | None:
        if kind == _RATE:
            bucket = self._buckets[key]
            return Saved(kind, key, bucket.level, bucket.at)
        failures = self._failures.get((kind, key), NO_FAILURES)
        if is_past(failures, now):
            self._failures.pop((kind, key), None)
            return None
        level, at = to_saved(failures, _FREE[kind])
        return Saved(kind, key, float(level), at)

    async def run(self) -> None:
        """Save every second."""
        while True:
            await self._clock.sleep(_SAVE_EVERY_S)
            try:
                await self.save()
            except StoreUnavailable as error:
                log.warning("limits not saved", action="limits_unsaved", error=str(error))


def _keys(who: Login) -> tuple[tuple[str, str], tuple[str, str]]:
    login = who.login[:64].replace("\0", "\ufffd")  # SQLite ends a key there: two could not be saved as one
    return (_ADDRESS, who.address[:64]), (_LOGIN, f"{who.address[:64]} {who.protocol} {login}")
