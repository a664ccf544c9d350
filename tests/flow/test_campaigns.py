"""Campaigns, one step at a time: each number once, in its time, with what is refused written down."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta

import msgspec
import pytest

from gonets.connectors.simulator.network import SimulatorSettings
from gonets.flow.campaigns import Campaigns
from gonets.model.calls import Call, StartCampaign
from gonets.model.campaigns import Campaign, CampaignState
from gonets.model.message import BaseId, CampaignId, Priority, State
from gonets.model.money import ONE
from gonets.model.reasons import Reason
from gonets.model.results import CampaignStarted
from gonets.ports.stores import StoreUnavailable
from gonets.stores import bases, campaigns, settings, stops
from gonets.stores.store import transaction
from tests.clocks import START, settle
from tests.contract.house import SHOP, House, told
from tests.flow.works import ANSWER, RECEIPT, SHOP_LOGIN, Works, text

FIRST = 79030000000


def filled(house: House, name: str, numbers: Sequence[int]) -> BaseId:
    """A base of the shop with these numbers."""
    with transaction(house.engine) as connection:
        base = bases.create(connection, SHOP, name, START)
        bases.add(connection, [(base, numbers)])
    return base


async def start(works: Works, *names: str, at: datetime | None = None, said: str = "Hello all") -> CampaignId:
    """A campaign of the shop."""
    outcome = await works.intake.answer(Call(SHOP_LOGIN, StartCampaign("Shop", said, names, at)))
    assert isinstance(outcome, CampaignStarted), outcome
    return outcome.campaign


def read(house: House, campaign: CampaignId) -> Campaign:
    with transaction(house.engine) as connection:
        return campaigns.find_campaign(connection, campaign)


def turn(house: House, campaign: CampaignId, state: CampaignState) -> None:
    with transaction(house.engine) as connection:
        campaigns.turn(connection, campaign, state, START)


def reached(house: House) -> list[int]:
    """The recipients of all messages, by message id."""
    return [int(number) for (number,) in house.rows("SELECT recipient FROM messages ORDER BY id")]


def refusals(house: House) -> dict[int, str]:
    return dict(house.rows("SELECT phone, reason FROM campaign_refusals"))


async def step_through(stage: Campaigns) -> list[int]:
    """What it does until there is nothing more to do now."""
    done = []
    while count := await stage.step():
        done.append(count)
    return done


def enable(house: House, enabled: bool) -> None:
    with transaction(house.engine) as connection:
        shop = settings.find_account(connection, "shop")
        settings.change_account(connection, msgspec.structs.replace(shop, enabled=enabled))


# ---- expanded


@told
async def test_every_number_of_all_bases_gets_one_message_in_a_low_lane(house: House) -> None:
    filled(house, "a", range(FIRST, FIRST + 10, 2))
    filled(house, "b", range(FIRST, FIRST + 10, 3))
    async with Works(house) as works:
        campaign = await start(works, "a", "b")
        expected = sorted({*range(FIRST, FIRST + 10, 2), *range(FIRST, FIRST + 10, 3)})
        assert await step_through(works.campaigns) == [4, 4 - 1 + 1]
        assert reached(house) == expected
        assert {row[0] for row in house.rows("SELECT priority FROM parts")} == {Priority.LOW}
        assert {*house.rows("SELECT sender, text, protocol, campaign_id FROM messages")} == {
            ("Shop", "Hello all", "mfms", campaign)
        }
        stands = read(house, campaign)
        assert (stands.state, stands.accepted, stands.refused) == (CampaignState.FINISHED, 7, 0)
        assert stands.ended_at == START
        assert house.balance() == 93 * ONE
        assert await works.rung("alpha")
        await works.leave(7)
        assert house.flaws() == []


@told
async def test_a_base_with_nobody_in_it_is_a_campaign_with_nothing_to_do(house: House) -> None:
    filled(house, "a", [])
    async with Works(house) as works:
        campaign = await start(works, "a")
        assert await step_through(works.campaigns) == [1]
        assert read(house, campaign).state is CampaignState.FINISHED


@told
async def test_a_campaign_begins_at_its_time(house: House) -> None:
    filled(house, "a", [FIRST])
    async with Works(house) as works:
        await start(works, "a", at=START + timedelta(seconds=100))
        assert await works.campaigns.step() == 0
        assert works.campaigns.wait_at_most() == 1.0
        works.clock.jump(99.5)
        assert await works.campaigns.step() == 0
        assert works.campaigns.wait_at_most() == pytest.approx(0.5)
        works.clock.jump(0.5)
        assert await step_through(works.campaigns) == [2]
        assert reached(house) == [FIRST]


@told
async def test_what_may_not_be_sent_to_is_written_down_with_its_reason(house: House) -> None:
    filled(house, "a", [FIRST, FIRST + 1, FIRST + 2, FIRST + 3, 491700000000])
    with transaction(house.engine) as connection:
        stops.add(connection, stops.EVERYONE, [FIRST + 1])
        shop = settings.find_account(connection, "shop")
        settings.change_account(connection, msgspec.structs.replace(shop, duplicate_s=600))
    async with Works(house) as works:
        await works.ask(msgspec.structs.replace(text(str(FIRST + 2)), sender="Shop", text="Hello all"))
        house.tamper("UPDATE accounts SET balance = 1000000, overdraft = 0 WHERE id = :id", id=SHOP)
        campaign = await start(works, "a")
        await step_through(works.campaigns)
        assert refusals(house) == {
            FIRST + 1: Reason.RECIPIENT_DENIED,
            FIRST + 2: Reason.DUPLICATE,
            FIRST + 3: Reason.NO_CREDIT,
            491700000000: Reason.NO_ROUTE,
        }
        stands = read(house, campaign)
        assert (stands.accepted, stands.refused) == (1, 4)
        assert house.balance() == 0


@told
async def test_numbers_of_elsewhere_are_not_taken_for_national_ones(house: House) -> None:
    filled(house, "a", [597123456])
    with transaction(house.engine) as connection:
        shop = settings.find_account(connection, "shop")
        settings.change_account(connection, msgspec.structs.replace(shop, home_country="TJ"))
        settings.add_route(
            connection, msgspec.structs.replace(settings.list_routes(connection)[0], name="x", prefix="")
        )
    async with Works(house) as works:
        await start(works, "a")
        await step_through(works.campaigns)
        assert reached(house) == [597123456]


@told
async def test_campaigns_take_turns(house: House) -> None:
    filled(house, "a", range(FIRST, FIRST + 12))
    async with Works(house) as works:
        one, two = await start(works, "a"), await start(works, "a", said="Hello again")
        for _ in range(4):
            assert await works.campaigns.step() == 4
        counts = Counter(house.rows("SELECT campaign_id FROM messages"))
        assert counts == {(one,): 8, (two,): 8}


@told
async def test_no_more_is_expanded_than_can_be_stopped_quickly(house: House) -> None:
    filled(house, "a", range(FIRST, FIRST + 60))
    async with Works(
        house, SimulatorSettings(answer_delay=ANSWER, receipt_delay=RECEIPT, window=100)
    ) as works:
        stage = works.expander(batch=4, lead=10)
        campaign = await start(works, "a")
        assert sum(await step_through(stage)) == 12
        assert stage.wait_at_most() < 1.0
        assert await stage.step() == 0
        gone = 0
        while read(house, campaign).state is CampaignState.RUNNING:
            left = await works.sender.step()
            gone += left
            await step_through(stage)
            assert read(house, campaign).accepted - gone <= 14 + left
        assert reached(house) == list(range(FIRST, FIRST + 60))


@told
async def test_others_have_as_long_a_turn_as_a_batch_took(house: House) -> None:
    filled(house, "a", range(FIRST, FIRST + 12))
    async with Works(house) as works:
        await start(works, "a")
        with house.engine.begin():  # somebody else writes
            stepping = asyncio.ensure_future(works.campaigns.step())
            await settle()
            works.clock.jump(0.1)
        assert await stepping == 4
        assert works.campaigns.rest() == pytest.approx(0.1)


# ---- whatever happens


@told
async def test_while_the_store_cannot_be_written_nothing_is_lost_and_then_it_goes_on(house: House) -> None:
    filled(house, "a", range(FIRST, FIRST + 6))
    async with Works(house) as works:
        campaign = await start(works, "a")
        for table in ("campaigns", "base_phones", "messages", "campaign_refusals", "ledger"):
            works.break_store(table)
            if table == "campaign_refusals":  # asked for only where something is refused
                with transaction(house.engine) as connection:
                    stops.add(connection, stops.EVERYONE, [FIRST])
                await works.directory.refresh()
            with pytest.raises(StoreUnavailable):
                await works.campaigns.step()
            works.mend_store(table)
            assert read(house, campaign).cursor == 0
        await step_through(works.campaigns)
        assert reached(house) == list(range(FIRST + 1, FIRST + 6))
        assert house.flaws() == []


@pytest.mark.parametrize("turns", range(12))
def test_a_step_that_dies_anywhere_leaves_nobody_out_and_sends_nobody_twice(house: House, turns: int) -> None:
    @told
    async def story() -> None:
        filled(house, "a", range(FIRST, FIRST + 10))
        async with Works(house) as works:
            campaign = await start(works, "a")
            for _ in range(6):
                dying = asyncio.ensure_future(works.campaigns.step())
                for _ in range(turns):
                    await asyncio.sleep(0.0005 if turns % 2 else 0)
                dying.cancel()
                with suppress(asyncio.CancelledError):
                    await dying
            await step_through(works.expander(batch=3))
            assert reached(house) == list(range(FIRST, FIRST + 10))
            stands = read(house, campaign)
            assert (stands.state, stands.accepted) == (CampaignState.FINISHED, 10)
            assert house.balance() == 90 * ONE
            assert house.flaws() == []

    story()


@asynccontextmanager
async def beside(house: House, count: int) -> AsyncIterator[list[Works]]:
    """So many processes on one store."""
    others = [House.open(house.url) for _ in range(count - 1)]
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Works(each)) for each in (house, *others)]
    for other in others:
        await other.store.close()


@told
async def test_two_processes_that_expand_one_campaign_send_to_nobody_twice(house: House) -> None:
    filled(house, "a", range(FIRST, FIRST + 60))
    async with beside(house, 2) as both:
        campaign = await start(both[0], "a")
        stages = [works.expander(batch=batch, lead=1000) for works, batch in zip(both, (4, 3), strict=True)]
        while any(await asyncio.gather(*(stage.step() for stage in stages))):
            pass
        assert sorted(reached(house)) == list(range(FIRST, FIRST + 60))
        stands = read(house, campaign)
        assert (stands.state, stands.accepted, stands.cursor) == (CampaignState.FINISHED, 60, FIRST + 59)
        assert house.flaws() == []


# ---- paused and cancelled


@told
async def test_a_paused_campaign_sends_nothing_until_it_is_resumed(house: House) -> None:
    filled(house, "a", range(FIRST, FIRST + 10))
    async with Works(house) as works:
        campaign = await start(works, "a")
        assert await works.campaigns.step() == 4
        turn(house, campaign, CampaignState.PAUSED)
        assert await step_through(works.campaigns) == [4]
        await works.leave(0)
        turn(house, campaign, CampaignState.RUNNING)
        await step_through(works.campaigns)
        assert await works.rung(" router")
        await works.router.step()
        await works.leave(10)
        assert reached(house) == list(range(FIRST, FIRST + 10))


@told
async def test_one_that_was_paused_and_resumed_before_its_time_still_waits_for_it(house: House) -> None:
    filled(house, "a", [FIRST])
    async with Works(house) as works:
        campaign = await start(works, "a", at=START + timedelta(seconds=50))
        for state in (CampaignState.PAUSED, CampaignState.RUNNING):
            turn(house, campaign, state)
        assert await step_through(works.campaigns) == []
        works.clock.jump(50)
        assert await step_through(works.campaigns) == [2]


@told
async def test_a_cancelled_campaign_expands_no_more_and_gives_back_what_had_not_left(house: House) -> None:
    filled(house, "a", range(FIRST, FIRST + 10))
    async with Works(house, SimulatorSettings(answer_delay=ANSWER, receipt_delay=RECEIPT, window=2)) as works:
        campaign = await start(works, "a")
        assert await works.campaigns.step() == 4
        await works.leave(2)
        turn(house, campaign, CampaignState.CANCELLED)
        assert await step_through(works.campaigns) == [4]
        await works.hear(ANSWER)
        await works.leave(0)
        assert works.states(1001, 1002, 1003, 1004) == [State.SENT] * 2 + [State.CANCELLED] * 2
        assert house.balance() == 98 * ONE
        assert house.flaws() == []


@told
async def test_a_cancellation_that_dies_half_way_goes_on_after_a_restart(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gonets.flow.campaigns.SWEEP", 3)
    filled(house, "a", range(FIRST, FIRST + 10))
    async with Works(house) as works:
        campaign = await start(works, "a")
        await step_through(works.campaigns)
        turn(house, campaign, CampaignState.CANCELLED)
        assert await works.campaigns.step() == 3
        assert house.balance() == 93 * ONE
        assert await step_through(works.expander()) == [3, 3, 1]
        assert house.balance() == 100 * ONE


@told
async def test_the_campaigns_of_an_account_that_is_switched_off_pause_and_say_why(house: House) -> None:
    filled(house, "a", range(FIRST, FIRST + 10))
    async with Works(house) as works:
        campaign = await start(works, "a")
        assert await works.campaigns.step() == 4
        enable(house, False)
        await works.directory.refresh()
        await step_through(works.campaigns)
        stands = read(house, campaign)
        assert (stands.state, stands.reason) == (CampaignState.PAUSED, Reason.ACCOUNT_BLOCKED)
        await works.leave(0)
        enable(house, True)
        await works.directory.refresh()
        assert await step_through(works.campaigns) == []
        turn(house, campaign, CampaignState.RUNNING)
        await step_through(works.campaigns)
        assert reached(house) == list(range(FIRST, FIRST + 10))
        assert read(house, campaign).reason == ""
