"""Phonebook: answers what clients ask of phone bases, and starts campaigns.

Knows an account's bases by their names. Refuses what the account has no base for, everything but a campaign on a
protected one, and a campaign whose message could be sent to nobody.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final, assert_never

from gonets.flow.directory import Directory
from gonets.model.account import Account
from gonets.model.calls import (
    AddPhones,
    BaseCall,
    HasPhone,
    ListBases,
    Login,
    ReadBase,
    RemovePhone,
    StartCampaign,
    Submission,
)
from gonets.model.campaigns import Base
from gonets.model.message import BaseId, Priority
from gonets.model.reasons import Reason
from gonets.model.results import (
    BaseFault,
    BaseLine,
    BaseOutcome,
    BaseRefused,
    BasesListed,
    CampaignStarted,
    PhoneHeld,
    PhoneRemoved,
    PhonesAdded,
    PhonesListed,
    Refused,
)
from gonets.ports.clock import Clock
from gonets.ports.edges import CAMPAIGNS_LANE, Bell
from gonets.ports.stores import Bases, Campaigns, StoreUnavailable, Wanted
from gonets.rules.addressing import recipient_in
from gonets.rules.admission import check_letter, check_words

_PAGE: Final = 5_000
"""Numbers read at a time."""
_TURN: Final = 2_000
"""Numbers looked at, and written in one transaction, before others have their turn."""

_UNKNOWN = BaseRefused(BaseFault.UNKNOWN)
_PROTECTED = BaseRefused(BaseFault.PROTECTED)
_NOT_REMOVED = BaseRefused(BaseFault.NOT_REMOVED)
_UNAVAILABLE = Refused(Reason.STORE_UNAVAILABLE, "This could not be stored; try again in a minute.")
_NO_NUMBER = Refused(Reason.BAD_RECIPIENT, "This is not a phone number; write it like 79031234567.")


class Phonebook:
    """The bases and campaigns of every account."""

    def __init__(
        self, directory: Directory, bases: Bases, campaigns: Campaigns, clock: Clock, bell: Bell
    ) -> None:
        self._directory = directory
        self._bases = bases
        self._campaigns = campaigns
        self._clock = clock
        self._bell = bell

    async def answer(self, account: Account, who: Login, what: BaseCall) -> BaseOutcome | Refused:
        """Do what is asked, for an account that has logged in. What it tells of a whole base is read while it is
        written out, and may raise StoreUnavailable half way; nothing else is raised."""
        try:
            match what:
                case ListBases():
                    return await self._list(account)
                case StartCampaign():
                    return await self._start(account, who, what)
                case _:
                    base = await self._open(account, what.base)
                    return (
                        base
                        if isinstance(base, BaseRefused)
                        else await self._use(account, base.id, who.protocol, what)
                    )
        except StoreUnavailable:
            return _UNAVAILABLE

    async def _list(self, account: Account) -> BasesListed:
        found = await self._bases.list(account.id)
        return BasesListed(tuple(BaseLine(base.id, base.name, base.phones) for base in found))

    async def _open(self, account: Account, name: str) -> Base | BaseRefused:
        """The account's base of that name, where a client may look into it."""
        [base] = await self._bases.find(account.id, [name])
        if base is None:
            return _UNKNOWN
        return _PROTECTED if base.protected else base

    async def _use(
        self,
        account: Account,
        base: BaseId,
        protocol: str,
        what: ReadBase | AddPhones | HasPhone | RemovePhone,
    ) -> BaseOutcome | Refused:
        match what:
            case ReadBase():
                first = await self._bases.phones(base, -1, _PAGE)
                return PhonesListed(self._batches(base, first))
            case AddPhones():
                return await self._add(account, base, protocol, what.phones)
            case HasPhone() | RemovePhone():
                digits = recipient_in(protocol, what.phone, account.home_country)
                if digits is None:
                    return _NO_NUMBER
                if isinstance(what, HasPhone):
                    return PhoneHeld(await self._bases.holds(base, int(digits)))
                removed = await self._bases.remove(base, [int(digits)])
                if removed is None:
                    return _UNKNOWN
                return PhoneRemoved() if removed else _NOT_REMOVED
        assert_never(what)

    async def _batches(self, base: BaseId, first: Sequence[int]) -> AsyncIterator[Sequence[int]]:
        batch = first
        while batch:
            yield batch
            batch = await self._bases.phones(base, batch[-1], _PAGE) if len(batch) == _PAGE else ()

    async def _add(
        self, account: Account, base: BaseId, protocol: str, phones: Sequence[str]
    ) -> PhonesAdded | BaseRefused:
        """A turn at a time. What was written before the store failed stays; to ask again is no harm."""
        count = 0
        wrong: list[str] = []
        for start in range(0, len(phones), _TURN):
            numbers: list[int] = []
            for phone in phones[start : start + _TURN]:
                digits = recipient_in(protocol, phone, account.home_country)
                if digits is None:
                    wrong.append(phone)
                else:
                    numbers.append(int(digits))
            if not numbers:
                await self._clock.sleep(0)
            elif await self._bases.add(base, numbers) is None:
                return _UNKNOWN
            count += len(numbers)
        return PhonesAdded(count, tuple(wrong))

    async def _start(
        self, account: Account, who: Login, what: StartCampaign
    ) -> CampaignStarted | BaseRefused | Refused:
        """The checks of a single message in their order; the bases stand where its recipient does."""
        at = self._clock.at()
        tables = self._directory.tables
        asked = Submission(what.sender, "", what.text, priority=Priority.LOW, start_at=what.start_at)
        letter = check_letter(asked, account, who.protocol, tables, at)
        if isinstance(letter, Refused):
            return letter
        found = await self._bases.find(account.id, what.bases)
        ids = dict.fromkeys(base.id for base in found if base is not None)
        if not found or None in found:
            return _UNKNOWN
        blocked = check_words(letter.text, "", account, tables)
        if blocked is not None:
            return blocked
        wanted = Wanted(
            account=account.id,
            protocol=who.protocol,
            login=who.login,
            sender=what.sender,
            text=what.text,
            bases=tuple(ids),
            start_at=letter.start_at or at,
        )
        started = await self._campaigns.start(wanted, at)
        self._bell.ring(CAMPAIGNS_LANE)
        return CampaignStarted(started)
