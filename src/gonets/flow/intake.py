"""Intake: what every dialect calls. Checks a call, prices it, and answers only after the commit."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, assert_never

import msgspec

from gonets.flow.directory import Directory
from gonets.flow.ids import IdBlocks
from gonets.flow.limits import Limits
from gonets.flow.meters import Meters
from gonets.model.account import Account
from gonets.model.calls import Balance, BaseCall, Call, Login, Query, Submission, Submit
from gonets.model.message import AccountId, Draft, MessageId, Pending
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, BaseOutcome, Cancelled, Found, Outcome, Refused, Replaced
from gonets.model.routing import Route
from gonets.ports.clock import Clock
from gonets.ports.edges import ROUTER_LANE, Bell
from gonets.ports.stores import Messages, StoreUnavailable
from gonets.rules.addressing import recipient_in
from gonets.rules.admission import Admitted, admit
from gonets.rules.drafts import draft_of
from gonets.rules.replacing import replaceable
from gonets.rules.routing import DOWN, is_down

_UNAVAILABLE = Refused(Reason.STORE_UNAVAILABLE, "The message could not be stored; try again in a minute.")
_TOO_MANY = Refused(Reason.TOO_MANY_REQUESTS, "The account's rate is used up; slow down.")
_UNKNOWN = Refused(Reason.UNKNOWN_MESSAGE, "There is no such message of this account.")
_NO_BASES = Refused(Reason.UNSUPPORTED, "There are no phone bases here.")

_TURN: Final = 1_000
"""Messages of one request that are taken before others have their turn."""
_MOST_UNDER_WAY: Final = 20_000
"""Messages that may be under way into the store: about two seconds of its work, where clients wait five."""

AnswerBases = Callable[[Account, Login, BaseCall], Awaitable[BaseOutcome | Refused]]
"""What becomes of a call about phone bases and campaigns, of an account that has logged in."""


async def _no_bases(account: Account, who: Login, what: BaseCall) -> BaseOutcome | Refused:
    return _NO_BASES


class Intake:
    """The one door: no message enters any other way."""

    def __init__(
        self,
        directory: Directory,
        messages: Messages,
        ids: IdBlocks,
        limits: Limits,
        clock: Clock,
        bell: Bell,
        meters: Meters,
        is_up: Callable[[str], bool] = lambda connector: True,
        bases: AnswerBases = _no_bases,
    ) -> None:
        """`is_up` tells whether a connector's link is; for accounts that refuse rather than wait. `bases` answers
        what is asked of phone bases."""
        self._directory = directory
        self._messages = messages
        self._ids = ids
        self._limits = limits
        self._is_up = is_up
        self._bases = bases
        self._clock = clock
        self._bell = bell
        self._meters = meters
        self._under_way = 0
        """Messages that are being made durable."""

    async def answer(self, call: Call) -> Outcome:
        """Do what is asked. Never raises for what a client or the store can do wrong."""
        who = call.who
        account = self._directory.known(who) or await self.log_in(who)
        if not isinstance(account, Refused) and account.rate:
            count = len(call.what.items) if isinstance(call.what, Submit) else 1
            if not self._limits.allows(account, count):
                account = _TOO_MANY
        if isinstance(account, Refused):
            self._meters.refused(who.protocol, account.reason)
            return account
        match call.what:
            case Submit(items):
                return await self.submit(account, who, items)
            case Query(wanted, each_part):
                return await self._find(account, wanted, each_part)
            case Balance():
                return await self._funds(account)
            case _:
                return await self._bases(account, who, call.what)
        assert_never(call.what)

    async def log_in(self, who: Login) -> Account | Refused:
        """The account, once its password was looked at, after what failed logins before it have earned."""
        async with self._limits.turn(who):
            account: Account | Refused | None = self._directory.known(who)  # it may be by now
            if account is not None:
                return account
            wait = self._limits.before_login(who)
            if isinstance(wait, Refused):
                return wait
            if wait:
                await self._clock.sleep(wait)
            account = await self._directory.verify(who)
            if isinstance(account, Refused) and account.reason is Reason.BAD_CREDENTIALS:
                self._limits.login_failed(who)
            return account

    def account(self, account: AccountId) -> Account | None:
        """The account as it is set now; None: there is none any more, or it is switched off."""
        found = self._directory.tables.accounts.get(account)
        return found if found is not None and found.enabled else None

    def allows(self, who: Login, account: Account, count: int) -> bool:
        """Whether the account's rate lets so many more messages through now; if so they are counted."""
        allowed = self._limits.allows(account, count)
        if not allowed:
            self._meters.refused(who.protocol, Reason.TOO_MANY_REQUESTS)
        return allowed

    async def submit(
        self, account: Account, who: Login, items: Sequence[Submission | Refused]
    ) -> tuple[Accepted | Refused, ...]:
        """Take each item or refuse it; returns when what was taken is durable and charged.

        A large request is taken in turns. Once the store has failed in one of them the rest is not tried.
        """
        at = self._clock.at()
        results: list[Accepted | Refused] = []
        for start in range(0, len(items), _TURN):
            taken = await self._take(account, who, items[start : start + _TURN], at)
            results += taken
            if _UNAVAILABLE in taken:
                results += [_UNAVAILABLE] * (len(items) - len(results))
                break
        self._meters.submitted(who.protocol, results)
        return tuple(results)

    async def _take(
        self, account: Account, who: Login, items: Sequence[Submission | Refused], at: datetime
    ) -> list[Accepted | Refused]:
        """What becomes of these, in one transaction."""
        results: list[Accepted | Refused] = []
        drafts: list[Draft] = []
        slots: list[int] = []
        routes: dict[str, Route] = {}
        try:
            for item in items:
                verdict = (
                    item
                    if isinstance(item, Refused)
                    else admit(item, account, who.protocol, self._directory.tables, at)
                )
                if (
                    account.refuse_when_down
                    and isinstance(verdict, Admitted)
                    and is_down(verdict.route, self._is_up)
                ):
                    verdict = DOWN
                if isinstance(verdict, Refused):
                    results.append(verdict)
                    continue
                first = await self._ids.take(len(verdict.segments))
                assert isinstance(item, Submission)
                drafts.append(draft_of(MessageId(first), account, who, item, verdict))
                slots.append(len(results))
                results.append(_UNAVAILABLE)
                routes[verdict.route.name] = verdict.route
            if drafts:
                for slot, result in zip(slots, await self._accept(drafts, at), strict=True):
                    results[slot] = result
        except StoreUnavailable:
            results.extend([_UNAVAILABLE] * (len(items) - len(results)))
            for slot in slots:
                results[slot] = _UNAVAILABLE
        self._ring(drafts, routes)
        return results

    async def _accept(self, drafts: Sequence[Draft], at: datetime) -> Sequence[Accepted | Refused]:
        """Have these made durable, unless so many are under way that the answer would come too late."""
        if self._under_way and self._under_way + len(drafts) > _MOST_UNDER_WAY:
            raise StoreUnavailable("more messages come in than can be stored in time")
        self._under_way += len(drafts)
        try:
            return await self._messages.accept(drafts, at)
        finally:
            self._under_way -= len(drafts)

    def _ring(self, drafts: list[Draft], routes: dict[str, Route]) -> None:
        for route in routes.values():
            for connector in route.connectors:
                self._bell.ring(connector)
        if any(draft.start_at is not None for draft in drafts):
            self._bell.ring(ROUTER_LANE)

    async def _find(self, account: Account, wanted: Sequence[MessageId | None], each_part: bool) -> Outcome:
        ids = [message for message in wanted if message is not None]
        find = self._messages.find_parts if each_part else self._messages.find
        try:
            found = await find(account.id, ids) if ids else []
        except StoreUnavailable:
            return _UNAVAILABLE
        known: dict[MessageId, Found] = {each.message: each for each in found if each is not None}
        return tuple(_UNKNOWN if message is None else known.get(message, _UNKNOWN) for message in wanted)

    async def find(self, account: Account, message: MessageId | None) -> Found | Refused:
        """Where a message stands; None is no id at all."""
        if message is None:
            return _UNKNOWN
        try:
            [found] = await self._messages.find(account.id, [message])
        except StoreUnavailable:
            return _UNAVAILABLE
        return found or _UNKNOWN

    async def cancel(self, account: Account, message: MessageId | None) -> Cancelled | Refused:
        """Stop and refund what of a message has not left; None is no id at all."""
        if message is None:
            return _UNKNOWN
        try:
            [done] = await self._messages.cancel(account.id, [message], self._clock.at())
        except StoreUnavailable:
            return _UNAVAILABLE
        return done

    async def pending(self, account: Account, message: MessageId | None) -> Pending | Refused:
        """A message of which nothing has left, as it is to be replaced; None is no id at all."""
        if message is None:
            return _UNKNOWN
        try:
            return await self._messages.pending(account.id, message)
        except StoreUnavailable:
            return _UNAVAILABLE

    async def replace(
        self, account: Account, who: Login, pending: Pending, item: Submission
    ) -> Replaced | Refused:
        """Send this instead, if it passes the checks, is from the same sender and nothing has left by now.

        What is said of no validity keeps the one that the message has.
        """
        at = self._clock.at()
        verdict = admit(item, account, who.protocol, self._directory.tables, at)
        if isinstance(verdict, Refused):
            return verdict
        refused = replaceable(pending, item, verdict, at)
        if refused is not None:
            return refused
        draft = draft_of(pending.id, account, who, item, verdict)
        if item.validity is None:
            draft = msgspec.structs.replace(draft, expires_at=pending.expires_at)
        try:
            done = await self._messages.replace(draft, at)
        except StoreUnavailable:
            return _UNAVAILABLE
        if isinstance(done, Replaced):
            self._ring([draft], {verdict.route.name: verdict.route})
        return done

    async def cancel_between(
        self, account: Account, who: Login, sender: str, recipient: str
    ) -> Cancelled | Refused:
        """The same of all that waits from a sender (empty: any) to a recipient; of none, `unknown_message`."""
        to = recipient_in(who.protocol, recipient, account.home_country)
        if to is None:
            return _UNKNOWN
        try:
            wanted = await self._messages.between(account.id, sender, to)
            done = await self._messages.cancel(account.id, wanted, self._clock.at()) if wanted else ()
        except StoreUnavailable:
            return _UNAVAILABLE
        stopped = [each for each in done if isinstance(each, Cancelled)]
        if not stopped:
            return _UNKNOWN
        return Cancelled(
            stopped[0].message, sum(each.parts for each in stopped), sum(each.left for each in stopped)
        )

    async def _funds(self, account: Account) -> Outcome:
        try:
            return await self._messages.funds(account.id)
        except StoreUnavailable:
            return _UNAVAILABLE
