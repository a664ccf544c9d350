"""Campaigns: started, expanded batch by batch, paused, resumed, cancelled.

A batch is one transaction: its messages are accepted and charged, its refusals written down and the cursor moved, or
none of it. What waits of a campaign follows a change of its state in sweeps from the newest message to the oldest;
meanwhile nothing of it can enter a lane, for the expansion and the router look at the state in their transactions.
"""

from collections.abc import Sequence
from datetime import datetime
from heapq import merge
from itertools import groupby, islice

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)

from gonets.model.campaigns import Campaign, CampaignState
from gonets.model.message import AccountId, BaseId, CampaignId, MessageId, PartId, State
from gonets.model.results import Accepted, Refused
from gonets.model.times import micros, moment
from gonets.ports.stores import Expansion, Wanted
from gonets.stores import bases, cancelling, coming, going
from gonets.stores.committer import Committer
from gonets.stores.schema import BUSY, campaign_refusals, campaigns, messages, parts
from gonets.stores.schema import bases as base_rows
from gonets.stores.settings import SettingRefused
from gonets.stores.statements import Statement, gathered, given, packed

_SAMPLE = 100
"""Messages looked at to say whether those of their time wait."""
_EVERY = 2**63 - 1
"""Above every message id."""


class _Row(msgspec.Struct, array_like=True):
    """A row of the table, its moments in Unix microseconds."""

    id: CampaignId
    account: AccountId
    protocol: str
    login: str
    sender: str
    text: str
    bases: tuple[BaseId, ...]
    state: CampaignState
    start_at: int
    created_at: int
    ended_at: int | None
    cursor: int
    accepted: int
    refused: int
    reason: str | None
    unswept: int | None

    def campaign(self) -> Campaign:
        return Campaign(
            id=self.id,
            account=self.account,
            protocol=self.protocol,
            login=self.login,
            sender=self.sender,
            text=self.text,
            bases=self.bases,
            state=self.state,
            start_at=moment(self.start_at),
            created_at=moment(self.created_at),
            ended_at=None if self.ended_at is None else moment(self.ended_at),
            cursor=self.cursor,
            accepted=self.accepted,
            refused=self.refused,
            reason=self.reason or "",
            unswept=self.unswept,
        )


_COLUMNS = (
    campaigns.c.id,
    campaigns.c.account_id,
    campaigns.c.protocol,
    campaigns.c.login,
    campaigns.c.sender,
    campaigns.c.text,
    func.json(campaigns.c.bases),
    campaigns.c.state,
    campaigns.c.start_at,
    campaigns.c.created_at,
    campaigns.c.ended_at,
    campaigns.c.cursor,
    campaigns.c.accepted,
    campaigns.c.refused,
    campaigns.c.reason,
    campaigns.c.unswept,
)
_decode = msgspec.json.Decoder(list[_Row]).decode

_RUNS: ColumnElement[str] = literal_column(f"'{CampaignState.RUNNING}'")
_busy = Statement(
    select(gathered(*_COLUMNS)).where(
        text(f"({BUSY})"), or_(campaigns.c.unswept.is_not(None), campaigns.c.start_at <= bindparam("now"))
    )
)
_next = Statement(
    select(func.min(campaigns.c.start_at)).where(
        text(f"({BUSY})"), campaigns.c.state == _RUNS, campaigns.c.start_at > bindparam("now")
    )
)
_one = Statement(select(gathered(*_COLUMNS)).where(campaigns.c.id == bindparam("campaign")))
_every = Statement(select(gathered(*_COLUMNS)))
_of_account = Statement(select(gathered(*_COLUMNS)).where(campaigns.c.account_id == bindparam("account")))

_unexpanded = Statement(select(gathered(*_COLUMNS)).where(campaigns.c.ended_at.is_(None)))
_wanted = given("wanted", "id")
_names = Statement(
    select(gathered(base_rows.c.id, base_rows.c.name)).select_from(
        _wanted.join(base_rows, base_rows.c.id == _wanted.c.id)
    )
)
_decode_names = msgspec.json.Decoder(list[tuple[BaseId, str]]).decode

_back = (
    select(messages.c.id)
    .where(messages.c.campaign_id == bindparam("campaign"))
    .order_by(messages.c.id.desc())
    .limit(bindparam("sample"))
    .offset(bindparam("back"))
    .subquery("back")
)
_waits_back = Statement(
    select(
        func.count(),
        func.count(parts.c.id).filter(parts.c.state.between(State.DEFERRED.value, State.QUEUED.value)),
    ).select_from(_back.join(parts, parts.c.id == _back.c.id))
)

_refusals = given("refusals", "phone", "reason")
_note_refusals = Statement(
    insert(campaign_refusals).from_select(
        ["campaign_id", "phone", "reason"],
        select(bindparam("campaign"), _refusals.c.phone, _refusals.c.reason),
    )
)
_move_on = Statement(
    update(campaigns)
    .where(campaigns.c.id == bindparam("campaign"))
    .values(
        cursor=bindparam("to"),
        accepted=campaigns.c.accepted + bindparam("taken"),
        refused=campaigns.c.refused + bindparam("not_taken"),
        state=bindparam("became"),
        ended_at=bindparam("ended"),
    )
)

_page = (
    select(messages.c.id, messages.c.parts)
    .where(messages.c.campaign_id == bindparam("campaign"), messages.c.id < bindparam("below"))
    .order_by(messages.c.id.desc())
    .limit(bindparam("most"))
    .subquery("page")
)
_read_page = Statement(select(func.json_group_array(_page.c.id)))
_decode_ids = msgspec.json.Decoder(list[MessageId]).decode
_parts_of_page = Statement(
    select(gathered(parts.c.id, parts.c.state)).select_from(
        _page.join(parts, and_(parts.c.id >= _page.c.id, parts.c.id < _page.c.id + _page.c.parts))
    )
)
_decode_parts = msgspec.json.Decoder(list[tuple[PartId, State]]).decode


class SqlCampaigns:
    """See `ports.stores.Campaigns`."""

    def __init__(self, writer: Committer, reader: Committer) -> None:
        self._writer = writer
        self._reader = reader

    async def start(self, wanted: Wanted, at: datetime) -> CampaignId:
        """Make it durable."""
        return await self._writer.do(start, (wanted, micros(at)))

    async def busy(self, at: datetime) -> tuple[Sequence[Campaign], datetime | None]:
        """Those with something to do, and when the next one starts."""
        return await self._reader.do(busy, micros(at))

    async def is_ahead(self, campaign: CampaignId, messages: int) -> bool:
        """Whether what was expanded so many messages ago still waits."""
        return await self._reader.do(is_ahead, (campaign, messages))

    async def numbers(self, bases: Sequence[BaseId], after: int, limit: int) -> Sequence[int]:
        """The next distinct numbers over these bases."""
        return await self._reader.do(numbers, (bases, after, limit))

    async def expand(self, expansion: Expansion, at: datetime) -> Sequence[Accepted | Refused] | None:
        """A batch, all of it or nothing."""
        return await self._writer.do(expand, (expansion, micros(at)))

    async def pause(self, campaign: CampaignId, reason: str, at: datetime) -> bool:
        """Pause a running one."""
        return await self._writer.do(pause, (campaign, reason, micros(at)))

    async def sweep(self, campaign: CampaignId, limit: int, at: datetime) -> int:
        """Let some of its messages follow its state."""
        return await self._writer.do(sweep, (campaign, limit, micros(at)))


# ---- for committers


def start(connection: Connection, asked: Sequence[tuple[Wanted, int]]) -> list[CampaignId]:
    """Write each down."""
    started = []
    for wanted, now in asked:
        values = {
            "account_id": wanted.account,
            "protocol": wanted.protocol,
            "login": wanted.login,
            "sender": wanted.sender,
            "text": wanted.text,
            "bases": msgspec.json.encode(wanted.bases).decode(),
            "state": CampaignState.RUNNING,
            "start_at": micros(wanted.start_at),
            "created_at": now,
        }
        made = connection.execute(insert(campaigns).values(**values)).inserted_primary_key
        assert made is not None
        started.append(CampaignId(made[0]))
    return started


def busy(connection: Connection, asked: Sequence[int]) -> list[tuple[list[Campaign], datetime | None]]:
    """For each moment: campaigns with something to do, by id, and when the next one starts."""
    found = []
    for now in asked:
        rows = sorted(_decode(_busy.rows(connection, now=now)), key=lambda row: row.id)
        coming_at = _next.run(connection, now=now).fetchone()[0]
        found.append(([row.campaign() for row in rows], None if coming_at is None else moment(coming_at)))
    return found


def is_ahead(connection: Connection, asked: Sequence[tuple[CampaignId, int]]) -> list[bool]:
    """For each (campaign, messages): whether most of what was expanded so many messages ago still waits."""
    ahead = []
    for campaign, back in asked:
        looked, waits = _waits_back.run(connection, campaign=campaign, back=back, sample=_SAMPLE).fetchone()
        ahead.append(waits * 2 > looked)
    return ahead


def numbers(connection: Connection, asked: Sequence[tuple[Sequence[BaseId], int, int]]) -> list[list[int]]:
    """For each (bases, number, limit): the next distinct numbers after that one over all the bases, ascending."""
    found = []
    for wanted, after, limit in asked:
        pages = bases.pages(connection, [(base, after, limit) for base in wanted])
        found.append(list(islice((number for number, _ in groupby(merge(*pages))), limit)))
    return found


def expand(
    connection: Connection, asked: Sequence[tuple[Expansion, int]]
) -> list[list[Accepted | Refused] | None]:
    """Each batch whole, or not at all where its campaign has moved on."""
    return [_expand(connection, expansion, now) for expansion, now in asked]


def _expand(connection: Connection, expansion: Expansion, now: int) -> list[Accepted | Refused] | None:
    campaign = read(connection, expansion.campaign)
    if campaign is None or campaign.state is not CampaignState.RUNNING or campaign.cursor != expansion.after:
        return None
    results: list[Accepted | Refused] = []
    if expansion.drafts:
        [results] = coming.accept(connection, [(expansion.drafts, now)])
    refused = [(phone, reason.value) for phone, reason in expansion.refused] + [
        (int(draft.recipient), result.reason.value)
        for draft, result in zip(expansion.drafts, results, strict=True)
        if isinstance(result, Refused)
    ]
    if refused:
        _note_refusals.run(connection, refusals=packed(refused), campaign=campaign.id)
    _move_on.run(
        connection,
        campaign=campaign.id,
        to=expansion.cursor,
        taken=len(expansion.drafts) + len(expansion.refused) - len(refused),
        not_taken=len(refused),
        became=(CampaignState.FINISHED if expansion.ends else CampaignState.RUNNING).value,
        ended=now if expansion.ends else None,
    )
    return results


def pause(connection: Connection, asked: Sequence[tuple[CampaignId, str, int]]) -> list[bool]:
    """For each (campaign, reason, moment): pause it where it is running."""
    paused = []
    for id_, reason, now in asked:
        campaign = read(connection, id_)
        running = campaign is not None and campaign.state is CampaignState.RUNNING
        if campaign is not None and running:
            _turn(connection, campaign, CampaignState.PAUSED, now, reason)
        paused.append(running)
    return paused


def sweep(connection: Connection, asked: Sequence[tuple[CampaignId, int, int]]) -> list[int]:
    """For each (campaign, limit, moment): let its next messages follow its state; how many were looked at."""
    return [_sweep(connection, *each) for each in asked]


def _sweep(connection: Connection, id_: CampaignId, limit: int, now: int) -> int:
    campaign = read(connection, id_)
    if campaign is None or campaign.unswept is None:
        return 0
    where = {"campaign": id_, "below": campaign.unswept, "most": limit}
    page = _decode_ids(_read_page.rows(connection, **where))
    if campaign.state is CampaignState.CANCELLED:
        cancelling.cancel(connection, [(None, page, now)])
    else:
        found = _decode_parts(_parts_of_page.rows(connection, **where))
        if campaign.state is CampaignState.PAUSED:
            going.hold(connection, [part for part, state in found if state is State.QUEUED], now)
        else:
            going.release(connection, [part for part, state in found if state is State.DEFERRED], now)
    left = page[-1] if len(page) == limit else None
    connection.execute(update(campaigns).where(campaigns.c.id == id_).values(unswept=left))
    return len(page)


# ---- by people


def read(connection: Connection, campaign: CampaignId) -> Campaign | None:
    """That campaign as it stands; None: there is none."""
    rows = _decode(_one.rows(connection, campaign=campaign))
    return rows[0].campaign() if rows else None


def find_campaign(connection: Connection, campaign: CampaignId) -> Campaign:
    """That campaign as it stands. Raises SettingRefused when there is none."""
    found = read(connection, campaign)
    if found is None:
        raise SettingRefused(f"there is no campaign {campaign}; `gonets campaign list` shows all")
    return found


def list_campaigns(connection: Connection, account: AccountId | None = None) -> list[Campaign]:
    """All campaigns, or those of one account, the newest first."""
    if account is None:
        rows = _decode(_every.rows(connection))
    else:
        rows = _decode(_of_account.rows(connection, account=account))
    return [row.campaign() for row in sorted(rows, key=lambda row: -row.id)]


def unexpanded(connection: Connection) -> list[Campaign]:
    """Those that have not got through all their numbers, and may yet."""
    rows = _decode(_unexpanded.rows(connection))
    return [row.campaign() for row in rows if row.state is not CampaignState.CANCELLED]


def base_names(connection: Connection, found: Sequence[Campaign]) -> dict[BaseId, str]:
    """The names of the bases of these campaigns, as far as they are still there."""
    wanted = packed([(base,) for base in {base for campaign in found for base in campaign.bases}])
    return dict(_decode_names(_names.rows(connection, wanted=wanted)))


_MAY_FOLLOW = {
    CampaignState.PAUSED: (CampaignState.RUNNING, CampaignState.FINISHED),
    CampaignState.RUNNING: (CampaignState.PAUSED,),
    CampaignState.CANCELLED: (CampaignState.RUNNING, CampaignState.FINISHED, CampaignState.PAUSED),
}
"""By what people ask for, the states that it may be asked in."""
_ASKED = {
    CampaignState.PAUSED: "paused",
    CampaignState.RUNNING: "resumed",
    CampaignState.CANCELLED: "cancelled",
}


def turn(connection: Connection, campaign: CampaignId, state: CampaignState, at: datetime) -> Campaign:
    """Pause, resume (RUNNING) or cancel a campaign; returns it as it stands then, to be swept.

    One whose numbers were all expanded before it was paused is FINISHED again when it is resumed. Raises SettingRefused
    when there is no such campaign, or it stands where that cannot be.
    """
    found = find_campaign(connection, campaign)
    if found.state not in _MAY_FOLLOW[state]:
        raise SettingRefused(f"campaign {campaign} is {found.state}; it cannot be {_ASKED[state]}")
    _turn(connection, found, state, micros(at), "")
    return find_campaign(connection, campaign)


def _turn(connection: Connection, campaign: Campaign, state: CampaignState, now: int, reason: str) -> None:
    ended_at = campaign.ended_at
    if state is CampaignState.RUNNING and ended_at is not None:
        state = CampaignState.FINISHED
    elif state is CampaignState.CANCELLED and ended_at is None:
        ended_at = moment(now)
    connection.execute(
        update(campaigns)
        .where(campaigns.c.id == campaign.id)
        .values(
            state=state,
            reason=reason or None,
            unswept=_EVERY,
            ended_at=None if ended_at is None else micros(ended_at),
        )
    )
