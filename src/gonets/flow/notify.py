"""Notify: hands statuses over to clients that asked for it.

A mailbox is emptied over whatever is there: connections on which its account hears (outlets: SMPP sessions), else its
push target; else what is in it stays. Each account is served by a task of its own, so a target that hangs or fails
delays nobody else. What a push target has not taken is tried again with back-off for a day; how often over a
connection, `rounds` says.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from datetime import timedelta
from urllib.parse import urlsplit

from structlog import get_logger

from gonets.flow.directory import Directory
from gonets.flow.meters import Meters
from gonets.flow.rounds import Round
from gonets.flow.stage import Stage
from gonets.model.account import Account, PushKind
from gonets.model.message import AccountId
from gonets.model.times import micros
from gonets.ports.clock import Clock
from gonets.ports.edges import NOTIFY_LANE, Bell, HttpClient, NoReply, Outlet, Pushing
from gonets.ports.stores import Attempt, Mail, Messages, Notice, StoreUnavailable
from gonets.wire.http import Reply

log = get_logger()

_PAGE = 1000
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 300.0
_PARTING_S = 1.0
_GIVE_UP_AFTER = timedelta(hours=24)
_LONGEST_HOST = 255
_LONGEST_OUTCOME = 64

Work = Callable[[AccountId], Awaitable[bool]]
"""Returns whether it did something, so that it is worth looking again at once."""


class Notify(Stage):
    """Serves every mailbox that has a push target."""

    lane = NOTIFY_LANE

    def __init__(
        self,
        pushing: Mapping[PushKind, Pushing],
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
        self._rounds: dict[AccountId, Round] = {}
        self._mail: set[AccountId] = set()
        """Accounts that are served and may have mail that was not read yet."""
        self._missed: set[AccountId] = set()
        """Accounts that may have got mail while they were served."""
        self._wakers: dict[AccountId, asyncio.Event] = {}
        """Of the accounts whose rounds are being made."""

    # ---- ports.edges.Post

    def join(self, account: AccountId, outlet: Outlet) -> None:
        """An account can hear over this from now on."""
        self._rounds.setdefault(account, Round()).join(outlet)
        self._mail.add(account)
        self._pauses.pop(account, None)
        self._wake(account)
        self._bell.ring(NOTIFY_LANE)

    def leave(self, account: AccountId, outlet: Outlet) -> None:
        """It can no more; what was handed over and not settled counts as not taken."""
        going = self._rounds.get(account)
        if going is None:
            return
        going.leave(outlet)
        if not going.open and going.idle:
            del self._rounds[account]
        self._wake(account)

    def settled(self, account: AccountId, taken: Sequence[int], refused: Sequence[int]) -> None:
        """These notices were taken, those were not; there may be room again."""
        going = self._rounds.get(account)
        if going is None:
            return
        now = self._clock.now()
        aside = going.settle(taken, refused, now)
        self._meters.handed(len(taken), len(refused))
        if aside:
            log.warning("notices set aside", action="notices_aside", account=account, count=len(aside))
        known = self._directory.tables.accounts.get(account)
        if known is not None:
            going.hand(known, now)
        self._wake(account)

    def _wake(self, account: AccountId) -> None:
        waker = self._wakers.get(account)
        if waker is not None:
            waker.set()

    # ---- the stage

    async def step(self) -> int:
        """Start serving each account that has mail and is neither served nor paused; returns 0: tasks do the work."""
        now = self._clock.now()
        for account in await self._messages.addressees(list(self._rounds)):
            until, _ = self._pauses.get(account, (0.0, 0.0))
            if account in self._wakers:
                self._mail.add(account)
                self._wake(account)
            elif account in self._serving:
                self._missed.add(account)
            elif until > now:
                continue
            elif account in self._rounds:
                self._begin(account, self._make_round, "round of")
            else:
                self._begin(account, self._push_all, "push to")
        return 0

    def _begin(self, account: AccountId, work: Work, what: str) -> None:
        self._serving[account] = asyncio.create_task(self._serve(account, work), name=f"{what} {account}")

    async def close(self) -> None:
        """Stop serving; what was not acknowledged stays in the mailbox."""
        tasks = list(self._serving.values())
        if self._wakers:  # whose outlets have gone, and what was taken is being dismissed
            await asyncio.wait([self._serving[account] for account in self._wakers], timeout=_PARTING_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, account_id: AccountId, work: Work) -> None:
        again = True
        try:
            again = await work(account_id)
        except StoreUnavailable:
            self._pause(account_id)
        except Exception:  # the door of a stage
            log.exception("push failed", action="push_failed", account=account_id)
            self._pause(account_id)
        finally:
            del self._serving[account_id]
            if again or account_id in self._missed:
                self._bell.ring(NOTIFY_LANE)
            self._missed.discard(account_id)

    async def _push_all(self, account_id: AccountId) -> bool:
        again = False
        while account_id not in self._rounds and await self.deliver(account_id):
            again = True
        return again or account_id in self._rounds

    async def _make_round(self, account_id: AccountId) -> bool:
        """Read, hand over and dismiss until there is nothing more, or nobody listens any more."""
        going = self._rounds[account_id]
        waker = self._wakers[account_id] = asyncio.Event()
        self._mail.add(account_id)
        try:
            while going.open or going.taken():
                waker.clear()
                taken = going.taken()
                if taken:
                    await self._messages.dismiss(taken)
                    going.dismissed(taken)
                if account_id in self._mail and going.open and going.wants():
                    self._mail.discard(account_id)
                    if await self._read(account_id, going):
                        self._mail.add(account_id)  # there may be more
                account = self._directory.tables.accounts.get(account_id)
                if account is not None:
                    going.hand(account, self._clock.now())
                if going.idle and account_id not in self._mail:
                    break
                if not going.taken() and not (account_id in self._mail and going.wants()):
                    await waker.wait()
        finally:
            del self._wakers[account_id]
            self._mail.discard(account_id)
            if not going.open and self._rounds.get(account_id) is going:
                del self._rounds[account_id]
        return True

    async def _read(self, account_id: AccountId, going: Round) -> bool:
        """Read on in a mailbox; returns whether there was something new.

        Ids ascend, but for those that are given again when the mailbox was empty in between.
        """
        page = await self._messages.notices(account_id, going.last, _PAGE)
        if not page and going.last:
            page = await self._messages.notices(account_id, 0, going.known() + _PAGE)
        new = going.read(page)
        if page:
            going.last = page[-1].id
        return new

    async def deliver(self, account_id: AccountId) -> int:
        """Push one page of an account's mail; returns how much left the mailbox, 0: stop for now."""
        account = self._directory.tables.accounts.get(account_id)
        if account is None or not account.push_url:  # the snapshot is older than the store
            self._pause(account_id)
            return 0
        pushing = self._pushing[account.push_kind]
        page = await self._page(account_id, pushing)
        gone: list[int] = []
        size = min(account.push_batch, pushing.most)
        batches = [page[start : start + size] for start in range(0, len(page), size)]
        attempts: list[Attempt] = []
        failed = False
        # One is enough to see whether a target is back.
        width = 1 if account_id in self._pauses else pushing.at_once
        while batches and not failed:
            some, batches = batches[:width], batches[width:]
            made = await asyncio.gather(*(self._push(account, pushing, batch) for batch in some))
            for batch, attempt in zip(some, made, strict=True):
                attempts.append(attempt)
                if attempt.taken:
                    gone.extend(each.id for each in batch)
            failed = not all(attempt.taken for attempt in made)
            width = pushing.at_once
        if failed:
            gone.extend(self._given_up(page, set(gone)))
        if attempts or gone:
            await asyncio.gather(self._messages.attempted(attempts), self._messages.dismiss(gone))
        if failed:
            self._pause(account_id)
            return 0
        self._pauses.pop(account_id, None)
        return len(gone)

    async def _page(self, account_id: AccountId, pushing: Pushing) -> Sequence[Mail]:
        """The oldest mail that can be pushed: what cannot waits for other ways."""
        page = await self._messages.notices(account_id, 0, _PAGE)
        while page:
            found = [each for each in page if pushing.carries(each)]
            if found:
                return found
            page = await self._messages.notices(account_id, page[-1].id, _PAGE)
        return ()

    async def _push(self, account: Account, pushing: Pushing, batch: Sequence[Mail]) -> Attempt:
        at, began = self._clock.at(), self._clock.now()
        request = pushing.ask(account, batch, at)
        reply = request if isinstance(request, NoReply) else await self._client.send(request)
        taken = isinstance(reply, Reply) and pushing.hear(reply)
        self._meters.pushed(len(batch), taken)
        outcome = f"HTTP {reply.status}" if isinstance(reply, Reply) else reply.error
        return Attempt(
            account=account.id,
            at=micros(at),
            kind=account.push_kind.value,
            host=_host(account.push_url),
            count=len(batch),
            first=_told(batch[0]),
            last=_told(batch[-1]),
            outcome=outcome[:_LONGEST_OUTCOME],
            taken=taken,
            millis=round((self._clock.now() - began) * 1000),
        )

    def _given_up(self, page: Sequence[Mail], gone: Set[int]) -> list[int]:
        oldest = micros(self._clock.at() - _GIVE_UP_AFTER)
        old = [each.id for each in page if each.created_at < oldest and each.id not in gone]
        if old:
            log.warning(
                "notices given up", action="notices_given_up", account=page[0].account, count=len(old)
            )
        return old

    def _pause(self, account: AccountId) -> None:
        _, pause = self._pauses.get(account, (0.0, 0.0))
        pause = min(max(pause * 2, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
        self._pauses[account] = (self._clock.now() + pause, pause)


def _told(mail: Mail) -> int:
    """Of which message it is, or under which id what a phone said is kept."""
    return mail.message if isinstance(mail, Notice) else mail.inbound


def _host(url: str) -> str:
    """Whom a URL names, without what it says to them."""
    try:
        return (urlsplit(url).hostname or "")[:_LONGEST_HOST]
    except ValueError:
        return ""
