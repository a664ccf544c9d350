"""Campaigns: one text becomes a message to every number of its bases, a batch at a time, once its time has come.

A batch is one transaction, which first looks whether cursor and state are still what was read: after a crash, or
beside another process, nobody is sent to twice and nobody left out. A campaign is expanded only some way ahead of what
has left, so that it can be stopped quickly, and after each batch others have as long a turn.

It refuses no campaign: a number that may not be sent to is written down with its reason. While an account is switched
off its campaigns are paused, each with that as its reason, and go on when a person resumes them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from structlog import get_logger

from gonets.flow.directory import Directory
from gonets.flow.ids import IdBlocks
from gonets.flow.meters import Meters
from gonets.flow.stage import Stage
from gonets.model.account import Account
from gonets.model.calls import Login, Submission
from gonets.model.campaigns import Campaign, CampaignState
from gonets.model.message import CampaignId, Draft, MessageId, Priority
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Refused
from gonets.ports.clock import Clock
from gonets.ports.edges import CAMPAIGNS_LANE, ROUTER_LANE, Bell
from gonets.ports.stores import Campaigns as Store
from gonets.ports.stores import Expansion
from gonets.rules.admission import admit
from gonets.rules.drafts import draft_of

log = get_logger()

BATCH = 500
"""Numbers expanded in one transaction."""
SWEEP = 1000
"""Messages swept in one."""
LEAD = 20_000
"""Messages of one campaign that may wait to leave, about."""
_LONGEST_REST_S = 0.25
_LONGEST_WAIT_S = 1.0
_FULL_WAIT_S = 0.2
"""Before looking again whether enough has left."""


class Campaigns(Stage):
    """One per process; more do no harm, a number is expanded once."""

    lane = CAMPAIGNS_LANE

    def __init__(
        self,
        directory: Directory,
        campaigns: Store,
        ids: IdBlocks,
        clock: Clock,
        bell: Bell,
        meters: Meters,
        *,
        batch: int = BATCH,
        lead: int = LEAD,
    ) -> None:
        super().__init__(clock, bell)
        self._directory = directory
        self._campaigns = campaigns
        self._ids = ids
        self._meters = meters
        self._batch = batch
        self._lead = lead
        self._last = CampaignId(0)
        self._full = False
        self._took = 0.0
        self._next_at: datetime | None = None

    async def step(self) -> int:
        """Do one batch of the next campaign in turn that has one; returns how many numbers or messages it was."""
        began = self._clock.now()
        at = self._clock.at()
        busy, self._next_at = await self._campaigns.busy(at)
        self._full = False
        for campaign in self._in_turn(busy):
            self._last = campaign.id
            done = await self._advance(campaign, at)
            if done:
                self._took = self._clock.now() - began
                return done
        return 0

    def rest(self) -> float:
        """As long as the last batch took: whoever else writes has at least half of the time."""
        return min(self._took, _LONGEST_REST_S)

    def wait_at_most(self) -> float:
        """Seconds until the next campaign starts, at most a second: another process may have started one."""
        longest = _FULL_WAIT_S if self._full else _LONGEST_WAIT_S
        if self._next_at is None:
            return longest
        until = (self._next_at - self._clock.at()) / timedelta(seconds=1)
        return min(max(until, 0.0), longest)

    def _in_turn(self, busy: Sequence[Campaign]) -> Iterable[Campaign]:
        """Those after the last one served come first."""
        return sorted(busy, key=lambda campaign: campaign.id <= self._last)

    async def _advance(self, campaign: Campaign, at: datetime) -> int:
        if campaign.unswept is not None:
            swept = await self._campaigns.sweep(campaign.id, SWEEP, at)
            self._bell.ring(ROUTER_LANE)  # what was held may go
            if swept:
                return swept
        if campaign.state is not CampaignState.RUNNING or campaign.start_at > at:
            return 0
        account = self._directory.tables.accounts.get(campaign.account)
        if account is None or not account.enabled:
            return await self._pause(campaign, Reason.ACCOUNT_BLOCKED, at)
        if await self._campaigns.is_ahead(campaign.id, self._lead):
            self._full = True
            return 0
        numbers = await self._campaigns.numbers(campaign.bases, campaign.cursor, self._batch)
        return await self._expand(campaign, account, numbers, at)

    async def _pause(self, campaign: Campaign, reason: Reason, at: datetime) -> int:
        paused = await self._campaigns.pause(campaign.id, reason, at)
        if paused:
            log.warning("campaign paused", action="campaign_paused", campaign=campaign.id, reason=reason)
        return int(paused)

    async def _expand(
        self, campaign: Campaign, account: Account, numbers: Sequence[int], at: datetime
    ) -> int:
        """Write what becomes of these numbers; returns how many there were, and one for the end."""
        drafts: list[Draft] = []
        refused: list[tuple[int, Reason]] = []
        connectors: set[str] = set()
        results: list[Accepted | Refused] = []
        who = Login(campaign.protocol, "", campaign.login, "", "")
        tables = self._directory.tables
        for number in numbers:
            # With its plus a number is nobody's national one, whatever the account's home country.
            item = Submission(campaign.sender, f"+{number}", campaign.text, priority=Priority.LOW)
            verdict = admit(item, account, who.protocol, tables, at)
            if isinstance(verdict, Refused):
                refused.append((number, verdict.reason))
                results.append(verdict)
                continue
            first = MessageId(await self._ids.take(len(verdict.segments)))
            drafts.append(draft_of(first, account, who, item, verdict, campaign.id))
            connectors.update(verdict.route.connectors)
        ends = len(numbers) < self._batch
        cursor = numbers[-1] if numbers else campaign.cursor
        expansion = Expansion(campaign.id, campaign.cursor, cursor, drafts, refused, ends)
        written = await self._campaigns.expand(expansion, at)
        if written is None:  # it was paused or cancelled meanwhile, or another process was quicker
            return 1
        self._meters.submitted(who.protocol, [*results, *written])
        for lane in (*connectors, ROUTER_LANE):
            self._bell.ring(lane)
        if ends:
            log.info("campaign expanded", action="campaign_finished", campaign=campaign.id)
        return len(numbers) + ends
