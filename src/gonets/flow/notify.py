"""Notify: hands final statuses over to clients that asked for it.

Each account is served by a task of its own, so a target that hangs or fails delays nobody else. What a client has not
taken is tried again with back-off for a day.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from structlog import get_logger

from gonets.flow.directory import Directory
from gonets.flow.meters import Meters
from gonets.flow.stage import Stage
from gonets.model.account import Account
from gonets.model.message import AccountId
from gonets.model.times import micros
from gonets.ports.clock import Clock
from gonets.ports.edges import NOTIFY_LANE, Bell, HttpClient, Pushing
from gonets.ports.stores import Messages, Notice, StoreUnavailable

log = get_logger()

_PAGE = 1000
_AT_ONCE = 8
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 300.0
_GIVE_UP_AFTER = timedelta(hours=24)


class Notify(Stage):
    """Serves every mailbox that has a push target."""

    lane = NOTIFY_LANE

    def __init__(
        self,
        pushing: Pushing,
        client: HttpClient,
        directory: Directory,
        messages: Messages,
        clock: Clock,
        bell: Bell,
        meters: Meters,
    ) -> None:
        super().__init__(clock, bell)
        self._pushing = pushing
        self._client = client
        self._directory = directory
        self._messages = messages
        self._meters = meters
        self._serving: dict[AccountId, asyncio.Task[None]] = {}
        self._pauses: dict[AccountId, tuple[float, float]] = {}

    async def step(self) -> int:
        """Start serving each account that has mail and is neither served nor paused; returns 0: tasks do the work."""
        now = self._clock.now()
        for account in await self._messages.addressees():
            until, _ = self._pauses.get(account, (0.0, 0.0))
            if account not in self._serving and until <= now:
                self._serving[account] = asyncio.create_task(self._serve(account), name=f"push to {account}")
        return 0

    async def close(self) -> None:
        """Stop serving; what was not acknowledged stays in the mailbox."""
        tasks = list(self._serving.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, account_id: AccountId) -> None:
        try:
            while await self.deliver(account_id):
                pass
        except StoreUnavailable:
            self._pause(account_id)
        except Exception:  # the door of a stage
            log.exception("push failed", action="push_failed", account=account_id)
            self._pause(account_id)
        finally:
            del self._serving[account_id]
            self._bell.ring(NOTIFY_LANE)

    async def deliver(self, account_id: AccountId) -> int:
        """Push one page of an account's mail; returns how many notices left the mailbox, 0: stop for now."""
        account = self._directory.tables.accounts.get(account_id)
        if account is None or not account.push_url:  # the snapshot is older than the store
            self._pause(account_id)
            return 0
        page = await self._messages.notices(account_id, 0, _PAGE)
        batches = [
            page[start : start + account.push_batch] for start in range(0, len(page), account.push_batch)
        ]
        gone: list[int] = []
        failed = False
        for start in range(0, len(batches), _AT_ONCE):
            some = batches[start : start + _AT_ONCE]
            outcomes = await asyncio.gather(*(self._push(account, batch) for batch in some))
            for batch, taken in zip(some, outcomes, strict=True):
                if taken:
                    gone.extend(notice.id for notice in batch)
                else:
                    failed = True
                    gone.extend(self._given_up(batch))
            if failed:
                break
        if gone:
            await self._messages.dismiss(gone)
        if failed:
            self._pause(account_id)
            return 0
        self._pauses.pop(account_id, None)
        return len(gone)

    async def _push(self, account: Account, batch: Sequence[Notice]) -> bool:
        reply = await self._client.send(self._pushing.ask(account, batch))
        taken = reply is not None and self._pushing.hear(reply)
        self._meters.pushed(len(batch), taken)
        return taken

    def _given_up(self, batch: Sequence[Notice]) -> list[int]:
        oldest = micros(self._clock.at() - _GIVE_UP_AFTER)
        old = [notice.id for notice in batch if notice.created_at < oldest]
        if old:
            log.warning(
                "notices given up", action="notices_given_up", account=batch[0].account, count=len(old)
            )
        return old

    def _pause(self, account: AccountId) -> None:
        _, pause = self._pauses.get(account, (0.0, 0.0))
        pause = min(max(pause * 2, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
        self._pauses[account] = (self._clock.now() + pause, pause)
