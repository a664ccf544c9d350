"""Router, sender and sweeper, one step at a time, and how every stage runs."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from gonets.bells.local import LocalBell
from gonets.connectors.simulator.network import SimulatorSettings
from gonets.flow.stage import Stage
from gonets.flow.sweeper import Sweeper
from gonets.model.account import Tariff
from gonets.model.calls import Submission
from gonets.model.message import Channel, RouteId, State
from gonets.model.money import ONE, Millionths
from gonets.model.results import Inbound, Receipt
from gonets.model.routing import Conditions, Route
from gonets.ports.stores import StoreUnavailable
from gonets.stores import numbers, settings
from gonets.stores.schema import connectors
from gonets.stores.store import transaction
from tests.clocks import START, TravelClock, settle
from tests.contract.house import BANK, House, told
from tests.flow.works import ANSWER, RECEIPT, Works, text

# ---- router


@told
async def test_what_is_scheduled_enters_its_lane_at_its_time(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text(start_at=START + timedelta(seconds=30)))
        await works.rung("alpha")
        works.clock.jump(29.9)
        assert await works.router.step() == 0
        assert works.states(message) == [State.SCHEDULED]
        assert works.router.wait_at_most() == pytest.approx(0.1)
        works.clock.jump(0.1)
        assert await works.router.step() == 1
        assert works.states(message) == [State.QUEUED]
        assert await works.rung("alpha")


@told
async def test_the_router_looks_again_within_a_second_whatever_comes(house: House) -> None:
    async with Works(house) as works:
        assert await works.router.step() == 0
        assert works.router.wait_at_most() == 1.0
        await works.submit(text(start_at=START + timedelta(hours=1)))
        await works.router.step()
        assert works.router.wait_at_most() == 1.0
        works.clock.jump(7200)
        assert works.router.wait_at_most() == 0.0


@told
async def test_what_comes_due_goes_the_way_of_that_moment(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text(start_at=START + timedelta(seconds=30)))
        with transaction(house.engine) as connection:
            moscow = settings.add_route(connection, Route(RouteId(0), "moscow", "7903", ("beta",)))
        await works.directory.refresh()
        works.clock.jump(30)
        assert await works.router.step() == 1
        assert house.rows("SELECT route_id FROM parts WHERE id = :id", id=message) == [(moscow,)]
        assert await works.rung("beta")
        assert await works.sender.step() == 0


@pytest.mark.parametrize(
    ("only", "route"),
    [
        (Conditions(account="shop", group="retail", sender="SHOP"), "special"),
        (Conditions(text="later"), "special"),
        (Conditions(channel=Channel.SMS, hours=(0, 1440)), "special"),
        (Conditions(account="bank"), "russia"),
        (Conditions(sender="Bank"), "russia"),
        (Conditions(text="sooner"), "russia"),
        (Conditions(channel=Channel.MAIL), "russia"),
    ],
    ids=str,
)
def test_what_comes_due_goes_by_the_route_that_it_fits_as_a_whole(
    house: House, only: Conditions, route: str
) -> None:
    @told
    async def story() -> None:
        async with Works(house) as works:
            due = START + timedelta(seconds=30)
            message = await works.submit(Submission("Shop", "79031234567", "Till later. " * 20, start_at=due))
            with transaction(house.engine) as connection:
                settings.add_route(connection, Route(RouteId(0), "special", "7", ("beta",), only=only))
            await works.directory.refresh()
            works.clock.jump(30)
            assert await works.router.step() == 2
            query = "SELECT DISTINCT r.name FROM parts p JOIN routes r ON r.id = p.route_id WHERE message_id = :id"
            assert house.rows(query, id=message) == [(route,)]

    story()


@told
async def test_an_e_mail_that_comes_due_goes_the_way_of_every_number(house: House) -> None:
    with transaction(house.engine) as connection:
        settings.put_tariff(connection, Tariff("retail", Channel.MAIL, "", Millionths(ONE)))
        everywhere = settings.add_route(connection, Route(RouteId(0), "everywhere", "", ("alpha",)))
    async with Works(house) as works:
        letter = text("79031234567@example.com", start_at=START + timedelta(seconds=30), channel=Channel.MAIL)
        message = await works.submit(letter)
        works.clock.jump(30)
        assert await works.router.step() == 1
        assert house.rows("SELECT route_id FROM parts") == [(everywhere,)]
        await works.leave()
        await works.hear(ANSWER)
        await works.hear(RECEIPT)
        assert works.states(message) == [State.DELIVERED]


@told
async def test_what_no_route_serves_any_more_fails_and_is_refunded(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text(start_at=START + timedelta(seconds=30)))
        with transaction(house.engine) as connection:
            settings.enable_route(connection, "russia", False)
        await works.directory.refresh()
        works.clock.jump(30)
        assert await works.router.step() == 1
        assert works.states(message) == [State.FAILED]
        assert house.balance() == 100 * ONE


# ---- sender


@told
async def test_no_more_leave_than_the_network_has_room_for(house: House) -> None:
    async with Works(house, SimulatorSettings(answer_delay=ANSWER, receipt_delay=RECEIPT, window=3)) as works:
        for _ in range(5):
            await works.submit(text())
        await works.leave(3)
        assert await works.sender.step() == 0
        assert works.states(1004, 1005) == [State.QUEUED] * 2
        await works.hear(ANSWER)
        await works.leave(2)


@told
async def test_a_network_that_wants_whole_messages_gets_all_parts_of_one_beyond_its_room(
    house: House,
) -> None:
    async with Works(house, SimulatorSettings(answer_delay=ANSWER, receipt_delay=RECEIPT, window=1)) as works:
        await works.submit(Submission("Sender", "79031234567", "long " * 80))
        works.network.whole = True
        await works.leave(3)


@told
async def test_a_claim_is_committed_before_its_part_leaves(house: House) -> None:
    async with Works(house) as works:
        await works.submit(text())
        works.break_store("messages")
        with pytest.raises(StoreUnavailable):
            await works.sender.step()
        assert works.network.window() == (0, 100)
        works.mend_store("messages")
        await works.leave(1)
        assert works.network.window() == (1, 100)


@told
async def test_a_network_that_is_closed_gets_nothing(house: House) -> None:
    async with Works(house) as works:
        await works.submit(text())
        await works.network.close()
        assert await works.sender.step() == 0
        assert works.states(1001) == [State.QUEUED]


@told
async def test_what_waits_in_a_route_that_is_off_waits_on(house: House) -> None:
    async with Works(house) as works:
        await works.submit(text())
        for enabled, sent in ((False, 0), (True, 1)):
            with transaction(house.engine) as connection:
                settings.enable_route(connection, "russia", enabled)
            await works.directory.refresh()
            assert await works.sender.step() == sent


@told
async def test_a_message_past_its_validity_does_not_leave(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text(validity=timedelta(minutes=1)))
        works.clock.jump(60)
        await works.leave(0)
        assert works.states(message) == [State.EXPIRED]
        assert house.balance() == 100 * ONE


# ---- sweeper


@told
async def test_a_part_without_a_receipt_is_given_up_after_three_days(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text("79030009909"))
        await works.leave()
        await works.hear(ANSWER)
        works.clock.jump(72 * 3600 - 1)
        assert await works.sweeper.step() == 0
        works.clock.jump(2)
        assert await works.sweeper.step() == 1
        assert works.states(message) == [State.NO_REPORT]
        assert house.balance() == 99 * ONE
        assert await works.sweeper.step() == 0


@pytest.mark.parametrize("hours", [1, 100])
@told
async def test_a_connector_may_have_a_deadline_of_its_own_for_receipts(house: House, hours: int) -> None:
    with transaction(house.engine) as connection:
        connection.execute(
            update(connectors)
            .where(connectors.c.name == "alpha")
            .values(settings=json.dumps({"no_report_hours": hours}))
        )
        settings.touch(connection)
    async with Works(house) as works:
        message = await works.submit(text("79030009909"))
        await works.leave()
        await works.hear(ANSWER)
        sweeper = Sweeper(works.messages, works.clock, works.bell, directory=works.directory)
        works.clock.jump(hours * 3600 - 1)
        assert await sweeper.step() == 0
        works.clock.jump(2)
        assert await sweeper.step() == 1
        assert works.states(message) == [State.NO_REPORT]


@told
async def test_receipts_that_matched_nothing_are_forgotten_after_three_days(house: House) -> None:
    async with Works(house) as works:
        stray = Receipt("nobody's", State.DELIVERED, 0, START)
        await works.messages.apply("alpha", [stray], works.clock.at())
        works.clock.jump(72 * 3600)
        await works.sweeper.step()
        assert house.parked() == 1
        works.clock.jump(1)
        await works.sweeper.step()
        assert house.parked() == 0


# ---- running


class Steps(Stage):
    """A stage that does what its list says, one entry a step, and then has nothing to do."""

    lane = "steps"

    def __init__(self, clock: TravelClock, bell: LocalBell, *steps: int | Exception) -> None:
        super().__init__(clock, bell)
        self.to_come = list(steps)
        self.at: list[float] = []

    async def step(self) -> int:
        self.at.append(self._clock.now())
        result = self.to_come.pop(0) if self.to_come else 0
        if isinstance(result, Exception):
            raise result
        return result


def running(*steps: int | Exception) -> tuple[Steps, TravelClock, LocalBell]:
    clock = TravelClock()
    bell = LocalBell(clock)
    return Steps(clock, bell, *steps), clock, bell


@told
async def test_a_stage_steps_while_there_is_work_and_then_waits() -> None:
    stage, clock, bell = running(5, 5, 0)
    task = asyncio.ensure_future(stage.run())
    await settle()
    assert stage.at == [0.0, 0.0, 0.0]
    await clock.advance(0.5)
    assert stage.at == [0.0, 0.0, 0.0, 0.5]
    bell.ring("steps")
    await settle()
    assert stage.at[4:] == [0.5]
    stage.stop()
    await task


@told
async def test_a_stage_that_leaves_time_to_others_rests_after_what_it_did() -> None:
    stage, clock, _ = running(5, 5, 0)
    stage.rest = lambda: 0.2  # type: ignore[method-assign]
    task = asyncio.ensure_future(stage.run())
    await clock.advance(0.4)
    assert stage.at == [pytest.approx(each) for each in (0.0, 0.2, 0.4)]
    stage.stop()
    await task


@pytest.mark.parametrize("error", [StoreUnavailable("full"), ValueError("a bug")])
def test_a_step_that_failed_is_tried_again_half_a_second_later(error: Exception) -> None:
    @told
    async def story() -> None:
        stage, clock, _ = running(error, error, 1, 0)
        task = asyncio.ensure_future(stage.run())
        await settle()
        assert stage.at == [0.0]
        await clock.advance(1.0)
        assert stage.at == [0.0, 0.5, 1.0, 1.0]
        stage.stop()
        await task

    story()


@told
async def test_a_stage_that_is_stopped_ends_without_waiting() -> None:
    stage, clock, _ = running()
    task = asyncio.ensure_future(stage.run())
    await settle()
    stage.stop()
    await task
    assert clock.now() == 0.0


@told
async def test_a_long_message_from_a_phone_is_waited_for_half_an_hour(house: House) -> None:
    with transaction(house.engine) as connection:
        numbers.add_number(connection, "4242", "", BANK)
    async with Works(house) as works:
        part = Inbound("79031234567", "4242", "half", works.clock.at(), False, 7, 2, 1)
        await works.messages.keep("alpha", [part])
        works.clock.jump(30 * 60 - 1)
        assert await works.sweeper.step() == 0
        assert await house.said() == []
        works.clock.jump(1)
        assert await works.sweeper.step() == 1
        assert [each.text for each in await house.said()] == ["half[…]"]
        assert await works.sweeper.step() == 0
