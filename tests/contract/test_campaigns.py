"""Campaigns in the store: a batch is all or nothing, and what waits follows the campaign's state."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec
import pytest

from gonets.model.campaigns import Campaign, CampaignState
from gonets.model.message import AccountId, BaseId, CampaignId, Draft, MessageId, PartId, State, Status
from gonets.model.money import ONE, Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Cancelled, Deferred, Refused, Rejected, Sent
from gonets.ports.stores import Expansion, Placement, Wanted
from gonets.stores import bases, campaigns, reports
from gonets.stores.settings import SettingRefused
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, POOR, RUSSIA, SHOP, House, later, receipt, told

FIRST = 79030000000


async def started(
    house: House, *, payer: AccountId = SHOP, at: datetime = START, of: Sequence[BaseId] = ()
) -> CampaignId:
    """A campaign; its bases are named only where a test reads them."""
    wanted = Wanted(payer, "sms2", "shop", "Shop", "Hello", tuple(of), at)
    return await house.store.campaigns.start(wanted, START)


async def drafts(house: House, campaign: CampaignId, first: int, count: int, **rest: object) -> list[Draft]:
    """Messages of a campaign to numbers in a row."""
    return [
        msgspec.structs.replace(
            await house.draft(price=1, **rest),  # type: ignore[arg-type]
            campaign=campaign,
            recipient=str(first + number),
        )
        for number in range(count)
    ]


async def expanded(
    house: House, campaign: CampaignId, count: int, *, ends: bool = False, **rest: object
) -> list[int]:
    """The next so many numbers of a campaign as messages, and their ids."""
    stands = read(house, campaign)
    batch = await drafts(house, campaign, max(stands.cursor + 1, FIRST), count, **rest)
    cursor = int(batch[-1].recipient) if batch else stands.cursor
    results = await house.store.campaigns.expand(
        Expansion(campaign, stands.cursor, cursor, batch, [], ends), START
    )
    assert results is not None
    assert all(isinstance(result, Accepted) for result in results)
    return [draft.id for draft in batch]


def read(house: House, campaign: CampaignId) -> Campaign:
    with transaction(house.engine) as connection:
        return campaigns.find_campaign(connection, campaign)


def turned(house: House, campaign: CampaignId, state: CampaignState) -> Campaign:
    with transaction(house.engine) as connection:
        return campaigns.turn(connection, campaign, state, later(5))


async def swept(house: House, campaign: CampaignId, most: int = 100) -> int:
    """Let everything follow; how many messages were looked at."""
    looked = 0
    while count := await house.store.campaigns.sweep(campaign, most, later(6)):
        looked += count
    assert read(house, campaign).unswept is None
    return looked


def reported(house: House, campaign: CampaignId) -> reports.Report:
    with transaction(house.engine) as connection:
        return reports.report(connection, campaign)


# ---- expanded


@told
async def test_a_batch_is_accepted_charged_and_counted_with_its_refusals(house: House) -> None:
    campaign = await started(house)
    batch = await drafts(house, campaign, FIRST, 3)
    refused = [(FIRST + 3, Reason.RECIPIENT_DENIED)]
    expansion = Expansion(campaign, 0, FIRST + 3, batch, refused, ends=False)
    assert await house.store.campaigns.expand(expansion, later(1)) == [Accepted(d.id, 1) for d in batch]
    stands = read(house, campaign)
    assert (stands.cursor, stands.accepted, stands.refused) == (FIRST + 3, 3, 1)
    assert (stands.state, stands.ended_at) == (CampaignState.RUNNING, None)
    assert house.balance() == 100 * ONE - 3
    assert house.rows("SELECT campaign_id, phone, reason FROM campaign_refusals") == [
        (campaign, FIRST + 3, "recipient_denied")
    ]
    assert house.flaws() == []


@told
async def test_the_same_batch_a_second_time_writes_nothing(house: House) -> None:
    campaign = await started(house)
    expansions = [
        Expansion(campaign, 0, FIRST + 2, await drafts(house, campaign, FIRST, 3), [(1, Reason.FLOOD)], False)
        for _ in range(3)
    ]
    results = await asyncio.gather(*(house.store.campaigns.expand(each, START) for each in expansions))
    assert [result is None for result in results] == [False, True, True]
    assert house.rows("SELECT count(*) FROM messages") == [(3,)]
    assert house.rows("SELECT count(*) FROM campaign_refusals") == [(1,)]
    assert house.flaws() == []


@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.CANCELLED])
def test_a_campaign_that_stands_still_expands_no_more(house: House, state: CampaignState) -> None:
    @told
    async def story() -> None:
        campaign = await started(house)
        batch = await drafts(house, campaign, FIRST, 2)
        turned(house, campaign, state)
        expansion = Expansion(campaign, 0, FIRST + 1, batch, [], ends=False)
        assert await house.store.campaigns.expand(expansion, later(6)) is None
        assert house.rows("SELECT count(*) FROM messages") == [(0,)]
        assert read(house, campaign).cursor == 0

    story()


@told
async def test_a_batch_that_fails_half_way_has_not_happened(house: House) -> None:
    campaign = await started(house)
    batch = await drafts(house, campaign, FIRST, 2)
    twice = [batch[0], msgspec.structs.replace(batch[1], id=batch[0].id)]  # no store takes an id twice
    with pytest.raises(Exception, match="UNIQUE"):
        await house.store.campaigns.expand(Expansion(campaign, 0, FIRST + 1, twice, [], False), START)
    assert (read(house, campaign).cursor, house.balance()) == (0, 100 * ONE)
    assert house.rows("SELECT count(*) FROM messages") == [(0,)]
    assert house.flaws() == []


@told
async def test_what_the_account_cannot_pay_is_written_down(house: House) -> None:
    campaign = await started(house, payer=POOR)
    batch = [
        msgspec.structs.replace(draft, price=ONE)
        for draft in await drafts(house, campaign, FIRST, 5, payer=POOR)
    ]
    results = await house.store.campaigns.expand(Expansion(campaign, 0, FIRST + 4, batch, [], True), START)
    assert results is not None
    assert [isinstance(each, Refused) for each in results] == [False] * 3 + [True] * 2
    assert (read(house, campaign).accepted, read(house, campaign).refused) == (3, 2)
    assert house.rows("SELECT phone, reason FROM campaign_refusals") == [
        (FIRST + 3, "no_credit"),
        (FIRST + 4, "no_credit"),
    ]


@told
async def test_the_last_batch_finishes_it(house: House) -> None:
    campaign = await started(house)
    await expanded(house, campaign, 2)
    await expanded(house, campaign, 0, ends=True)
    stands = read(house, campaign)
    assert (stands.state, stands.ended_at, stands.accepted) == (CampaignState.FINISHED, START, 2)
    assert await house.store.campaigns.busy(later(9)) == ([], None)


@told
async def test_numbers_come_once_over_all_bases_and_in_order(house: House) -> None:
    with transaction(house.engine) as connection:
        made = [bases.create(connection, SHOP, name, START) for name in ("a", "b", "c")]
    await house.store.bases.add(made[0], range(100, 200, 2))
    await house.store.bases.add(made[1], range(100, 200, 3))
    numbers = house.store.campaigns.numbers
    expected = sorted({*range(100, 200, 2), *range(100, 200, 3)})
    read_: list[int] = []
    while page := await numbers(made, read_[-1] if read_ else 0, 7):
        assert len(page) <= 7
        read_ += page
    assert read_ == expected
    assert await numbers([made[2], BaseId(77)], 0, 7) == []


# ---- in its time


@told
async def test_a_campaign_is_busy_from_its_start_on(house: House) -> None:
    soon, now = await started(house, at=later(60)), await started(house)
    busy, next_at = await house.store.campaigns.busy(START)
    assert ([each.id for each in busy], next_at) == ([now], later(60))
    busy, next_at = await house.store.campaigns.busy(later(60))
    assert ([each.id for each in busy], next_at) == ([soon, now], None)


@told
async def test_it_is_ahead_while_most_of_what_was_expanded_that_long_ago_waits(house: House) -> None:
    campaign = await started(house)
    is_ahead = house.store.campaigns.is_ahead
    assert not await is_ahead(campaign, 4)
    ids = await expanded(house, campaign, 10)
    assert await is_ahead(campaign, 4)
    assert not await is_ahead(campaign, 10)
    claimed = await house.claim(4)
    assert [part.message for part in claimed] == ids[:4]
    assert not await is_ahead(campaign, 4 + 2)
    assert await is_ahead(campaign, 1)


# ---- paused, resumed


@told
async def test_what_waits_of_a_paused_campaign_is_held_and_goes_when_it_is_resumed(house: House) -> None:
    campaign = await started(house)
    ids = await expanded(house, campaign, 5, parts=2)
    gone = await house.claim(3)
    turned(house, campaign, CampaignState.PAUSED)
    assert await swept(house, campaign, 2) == 5
    assert await house.claim() == []
    assert await house.store.messages.due(later(10**6), 100) == ([], None)
    found = await house.store.messages.find(SHOP, [MessageId(each) for each in ids])
    assert {each and each.status for each in found} == {Status.QUEUED}

    turned(house, campaign, CampaignState.RUNNING)
    assert await swept(house, campaign, 2) == 5
    due, _ = await house.store.messages.due(later(7), 100)
    assert len(due) == 10 - len(gone)
    placed = [Placement(each.part, RUSSIA) for each in due]
    assert await house.store.messages.place(placed, later(7)) == len(due)
    again = await house.claim(at=later(8))
    assert len({part.id for part in (*gone, *again)}) == 10
    assert house.flaws() == []


@told
async def test_no_part_of_a_paused_campaign_enters_a_lane_by_coming_due(house: House) -> None:
    campaign = await started(house)
    put_off, scheduled = (
        *await expanded(house, campaign, 1),
        *await expanded(house, campaign, 1, start_at=later(20)),
    )
    await house.claim()
    await house.settle((put_off, Deferred(1, 0.0)))
    turned(house, campaign, CampaignState.PAUSED)
    await swept(house, campaign)
    due, _ = await house.store.messages.due(later(60), 10)
    assert {each.part for each in due} == {put_off, scheduled}
    other = await house.draft(start_at=later(1))
    await house.take(other)
    placements = [Placement(PartId(part), RUSSIA) for part in (put_off, other.id, scheduled)]
    assert await house.store.messages.place(placements, later(60)) == 3
    assert [part.message for part in await house.claim(at=later(61))] == [other.id]
    assert house.states(put_off, scheduled) == [State.DEFERRED, State.DEFERRED]
    turned(house, campaign, CampaignState.RUNNING)
    await swept(house, campaign)
    due, _ = await house.store.messages.due(later(62), 10)
    assert {each.part for each in due} == {put_off, scheduled}


@told
async def test_resuming_hastens_nothing_that_waits_for_its_own_time(house: House) -> None:
    campaign = await started(house)
    [scheduled] = await expanded(house, campaign, 1, start_at=later(900))
    [put_off] = await expanded(house, campaign, 1)
    await house.claim()
    await house.settle((put_off, Deferred(1, 50.0)))
    turned(house, campaign, CampaignState.PAUSED)
    await swept(house, campaign)
    turned(house, campaign, CampaignState.RUNNING)
    await swept(house, campaign)
    assert (await house.store.messages.due(later(7), 10))[0] == []
    assert house.states(scheduled, put_off) == [State.SCHEDULED, State.DEFERRED]


@told
async def test_what_was_finished_before_it_was_paused_is_finished_when_resumed(house: House) -> None:
    campaign = await started(house)
    await expanded(house, campaign, 3, ends=True)
    assert turned(house, campaign, CampaignState.PAUSED).state is CampaignState.PAUSED
    await swept(house, campaign)
    assert await house.claim() == []
    resumed = turned(house, campaign, CampaignState.RUNNING)
    assert (resumed.state, resumed.ended_at) == (CampaignState.FINISHED, START)
    await swept(house, campaign)
    assert len((await house.store.messages.due(later(7), 10))[0]) == 3


@told
async def test_it_is_paused_for_a_reason_only_while_it_runs(house: House) -> None:
    campaign = await started(house)
    pause = house.store.campaigns.pause
    assert await pause(campaign, "account_blocked", later(1))
    assert not await pause(campaign, "no_route", later(1))
    assert not await pause(CampaignId(77), "no_route", later(1))
    assert (read(house, campaign).state, read(house, campaign).reason) == ("paused", "account_blocked")
    assert turned(house, campaign, CampaignState.RUNNING).reason == ""


# ---- cancelled


@told
async def test_what_has_not_left_of_a_cancelled_campaign_ends_and_is_refunded(house: House) -> None:
    campaign = await started(house, payer=BANK)
    ids = await expanded(house, campaign, 6, payer=BANK, parts=2)
    await house.claim(3)
    turned(house, campaign, CampaignState.PAUSED)
    await swept(house, campaign)
    cancelled = turned(house, campaign, CampaignState.CANCELLED)
    assert (cancelled.state, cancelled.ended_at) == (CampaignState.CANCELLED, later(5))
    assert await swept(house, campaign, 4) == 6
    parts = [part for each in ids for part in (each, each + 1)]
    assert house.states(*parts) == [State.CLAIMED] * 3 + [State.CANCELLED] * 9
    assert house.balance(BANK) == 100 * ONE - 3
    assert await swept(house, campaign) == 0
    assert house.flaws() == []


@told
async def test_a_part_of_a_cancelled_campaign_that_is_put_off_is_not_tried_again(house: House) -> None:
    campaign = await started(house)
    [part] = await expanded(house, campaign, 1)
    await house.claim()
    turned(house, campaign, CampaignState.CANCELLED)
    await swept(house, campaign)
    await house.settle((part, Deferred(1, 0.0)))
    assert await house.store.messages.place([Placement(PartId(part), RUSSIA)], later(60)) == 1
    assert house.states(part) == [State.CANCELLED]
    assert house.balance() == 100 * ONE
    assert house.flaws() == []


@told
async def test_two_who_sweep_at_once_refund_once(house: House) -> None:
    campaign = await started(house)
    await expanded(house, campaign, 20)
    turned(house, campaign, CampaignState.CANCELLED)
    await asyncio.gather(*(house.store.campaigns.sweep(campaign, 7, later(6)) for _ in range(8)))
    assert read(house, campaign).unswept is None
    assert house.balance() == 100 * ONE
    assert house.flaws() == []


@pytest.mark.parametrize(
    ("steps", "then"),
    [
        ([], CampaignState.RUNNING),
        ([CampaignState.PAUSED], CampaignState.PAUSED),
        ([CampaignState.CANCELLED], CampaignState.CANCELLED),
        ([CampaignState.CANCELLED], CampaignState.PAUSED),
        ([CampaignState.CANCELLED], CampaignState.RUNNING),
    ],
)
def test_what_makes_no_sense_is_refused_with_where_it_stands(
    house: House, steps: list[CampaignState], then: CampaignState
) -> None:
    @told
    async def story() -> None:
        campaign = await started(house)
        for state in steps:
            turned(house, campaign, state)
        with pytest.raises(SettingRefused, match=rf"campaign {campaign} is \w+; it cannot be"):
            turned(house, campaign, then)

    story()


def test_a_campaign_that_is_not_there_is_refused(house: House) -> None:
    with pytest.raises(SettingRefused, match="there is no campaign 77"):
        turned(house, CampaignId(77), CampaignState.PAUSED)


@told
async def test_messages_of_a_campaign_can_be_found_to_be_cancelled(house: House) -> None:
    mine, other = await started(house), await started(house)
    ids = await expanded(house, mine, 3)
    await expanded(house, other, 2)
    await house.take(await house.draft())
    waiting = house.store.messages.waiting
    assert list(await waiting(None, later(9), MessageId(0), 100, mine)) == ids
    assert list(await waiting(BANK, later(9), MessageId(0), 100, mine)) == []
    [gone, *_] = await house.store.messages.cancel(None, [MessageId(ids[0])], later(9))
    assert gone == Cancelled(MessageId(ids[0]), 1, 0)
    assert list(await waiting(None, later(9), MessageId(0), 100, mine)) == ids[1:]


# ---- reported on


@told
async def test_the_report_says_where_every_message_stands_and_what_it_cost(house: House) -> None:
    campaign, other = await started(house, payer=BANK), await started(house)
    ids = await expanded(house, campaign, 8, payer=BANK, parts=3, refund_undelivered=True)
    await expanded(house, other, 2)
    claimed = await house.claim(3 * 6)
    answers = {part.id: Sent(f"r{part.id}") for part in claimed}
    await house.settle(
        *((part, Rejected(1) if part == ids[4] + 2 else answer) for part, answer in answers.items())
    )
    states = {
        ids[0]: (State.DELIVERED, State.DELIVERED, State.DELIVERED),
        ids[1]: (State.DELIVERED, State.ACCEPTED, None),
        ids[2]: (State.DELIVERED, State.UNDELIVERED, State.EXPIRED),
        ids[3]: (State.EXPIRED, None, State.UNDELIVERED),
        ids[4]: (State.DELIVERED, State.DELIVERED, None),
    }
    for seconds, place in enumerate((1, 2, 0)):
        reports_ = [receipt(first + place, state) for first, each in states.items() if (state := each[place])]
        await house.store.messages.apply("alpha", reports_, later(seconds + 1))
    await house.store.messages.cancel(None, [MessageId(ids[7])], later(9))
    batch = Expansion(
        campaign, FIRST + 7, FIRST + 9, [], [(FIRST + 8, Reason.FLOOD), (FIRST + 9, Reason.FLOOD)], True
    )
    await house.store.campaigns.expand(batch, later(9))

    report = reported(house, campaign)
    found = await house.store.messages.find(BANK, [MessageId(each) for each in ids])
    expected: dict[Status, int] = {}
    for each in found:
        assert each is not None
        expected[each.status] = expected.get(each.status, 0) + 1
    assert report.statuses == expected
    assert len(expected) >= 6
    assert (report.refused, report.parts) == ({Reason.FLOOD: 2}, 24)
    assert report.charged == 24
    assert report.cost == 100 * ONE - house.balance(BANK)
    assert report.refunded > 0


@told
async def test_the_report_of_a_campaign_without_messages_is_all_nothing(house: House) -> None:
    nothing = Millionths(0)
    assert reported(house, await started(house)) == reports.Report({}, {}, 0, nothing, nothing)


@told
async def test_refusals_are_read_in_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "PAGE", 3)
    campaign = await started(house)
    refused = [(FIRST + n, Reason.NO_CREDIT if n % 2 else Reason.FLOOD) for n in range(7)]
    await house.store.campaigns.expand(Expansion(campaign, 0, FIRST + 6, [], refused, True), START)
    with transaction(house.engine) as connection:
        assert [row for page in reports.refusals(connection, campaign) for row in page] == refused


@told
async def test_campaigns_are_listed_the_newest_first(house: House) -> None:
    first, second, third = await started(house), await started(house, payer=BANK), await started(house)
    with transaction(house.engine) as connection:
        assert [each.id for each in campaigns.list_campaigns(connection)] == [third, second, first]
        assert [each.id for each in campaigns.list_campaigns(connection, BANK)] == [second]
