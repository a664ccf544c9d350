"""However expansion, pauses, cancellation, sending and crashes fall together, each number gets one message at most.

What stages and people do to two campaigns over overlapping bases comes in batches that are made at once, by two
processes, some of whose steps die on the way. After each batch the counts add up and so does the money; in the end
what was not cancelled has reached every number, or says why not.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final, assert_never

import msgspec
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from gonets.flow.campaigns import Campaigns
from gonets.model.campaigns import CampaignState
from gonets.model.message import BaseId, CampaignId, State
from gonets.model.results import Deferred, Sent, Settled
from gonets.ports.stores import Placement, Wanted
from gonets.stores import bases, campaigns, stops
from gonets.stores.settings import SettingRefused
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, RUSSIA, SCALE, House, later, scaled
from tests.flow.works import Works

FIRST: Final = 79030000000
NUMBERS: Final = ({*range(FIRST, FIRST + 40, 2)}, {*range(FIRST, FIRST + 40, 3)})
STOPPED: Final = FIRST + 6


class Expand(msgspec.Struct, frozen=True):
    """A step of one process's stage; it dies after so many turns of the loop."""

    process: int
    dies: int | None


class Turn(msgspec.Struct, frozen=True):
    """What a person asks of a campaign."""

    campaign: int
    state: CampaignState


class Sweep(msgspec.Struct, frozen=True):
    campaign: int
    most: int


class Send(msgspec.Struct, frozen=True):
    """Claim, and answer every part."""

    most: int
    deferred: bool


class Place(msgspec.Struct, frozen=True):
    """What has come due."""


Happening = Expand | Turn | Sweep | Send | Place

happenings: Final[st.SearchStrategy[Happening]] = st.one_of(
    st.builds(Expand, process=st.integers(0, 1), dies=st.sampled_from([None, None, 1, 3, 6, 12])),
    st.builds(Expand, process=st.integers(0, 1), dies=st.none()),
    st.builds(
        Turn,
        campaign=st.integers(0, 1),
        state=st.sampled_from(
            [
                CampaignState.PAUSED,
                CampaignState.PAUSED,
                CampaignState.RUNNING,
                CampaignState.RUNNING,
                CampaignState.RUNNING,
                CampaignState.CANCELLED,
            ]
        ),
    ),
    st.builds(Sweep, campaign=st.integers(0, 1), most=st.sampled_from([1, 3, 100])),
    st.builds(Send, most=st.sampled_from([1, 5, 50]), deferred=st.booleans()),
    st.builds(Place),
)


class Post:
    """Two processes on one store, and two campaigns."""

    def __init__(self, house: House, both: Sequence[Works]) -> None:
        self.house = house
        self.both = both
        self.stages: list[Campaigns] = [
            works.expander(batch=batch, lead=15) for works, batch in zip(both, (4, 3), strict=True)
        ]
        self.campaigns: list[CampaignId] = []
        self.seconds = 0.0

    async def begin(self) -> None:
        made: list[BaseId] = []
        with transaction(self.house.engine) as connection:
            for number, phones in enumerate(NUMBERS):
                made.append(bases.create(connection, BANK, f"base {number}", START))
                bases.add(connection, [(made[-1], list(phones))])
        for text, of in (("Hello", made), ("Goodbye", made[:1])):
            wanted = Wanted(BANK, "mfms", "bank", "Bank", text, tuple(of), START)
            self.campaigns.append(await self.house.store.campaigns.start(wanted, START))

    async def let_happen(self, together: Sequence[Happening]) -> None:
        self.seconds += 30.0
        for works in self.both:
            works.clock.jump(30.0)
        await asyncio.gather(*(self.call(each) for each in together))

    def call(self, what: Happening) -> Awaitable[object]:
        match what:
            case Expand(process, dies):
                return self.step(self.stages[process], dies)
            case Turn(campaign, state):
                return self.turn(self.campaigns[campaign], state)
            case Sweep(campaign, most):
                return self.house.store.campaigns.sweep(self.campaigns[campaign], most, later(self.seconds))
            case Send(most, deferred):
                return self.send(most, deferred)
            case Place():
                return self.place()
        assert_never(what)

    async def step(self, stage: Campaigns, dies: int | None) -> None:
        stepping = asyncio.ensure_future(stage.step())
        if dies is not None:
            for _ in range(dies):
                await asyncio.sleep(0)
            stepping.cancel()
        with suppress(asyncio.CancelledError):
            await stepping

    async def turn(self, campaign: CampaignId, state: CampaignState) -> None:
        def change() -> None:
            with suppress(SettingRefused), transaction(self.house.engine) as connection:
                campaigns.turn(connection, campaign, state, later(self.seconds))

        await asyncio.to_thread(change)

    async def send(self, most: int, deferred: bool) -> None:
        claimed = await self.house.claim(most, at=later(self.seconds))
        answered = [
            Settled(part.id, Deferred(1, 0.0) if deferred and part.id % 3 == 0 else Sent(f"r{part.id}"))
            for part in claimed
        ]
        await self.house.store.messages.settle("alpha", answered, later(self.seconds))

    async def place(self) -> None:
        due, _ = await self.house.store.messages.due(later(self.seconds), 100)
        placed = [Placement(each.part, RUSSIA) for each in due]
        await self.house.store.messages.place(placed, later(self.seconds))

    def check(self) -> None:
        """What is always so."""
        assert self.house.flaws() == []
        for campaign, numbers in zip(self.campaigns, (NUMBERS[0] | NUMBERS[1], NUMBERS[0]), strict=True):
            with transaction(self.house.engine) as connection:
                stands = campaigns.find_campaign(connection, campaign)
            reached = [int(phone) for phone, _ in self.messages(campaign)]
            refused = self.house.rows(
                "SELECT phone FROM campaign_refusals WHERE campaign_id = :id", id=campaign
            )
            done = [*reached, *(phone for (phone,) in refused)]
            assert sorted(done) == sorted(number for number in numbers if number <= stands.cursor)
            assert (stands.accepted, stands.refused) == (len(reached), len(refused))
            if stands.unswept is None and stands.state in (CampaignState.PAUSED, CampaignState.CANCELLED):
                assert State.QUEUED not in {state for _, state in self.messages(campaign)}
            if stands.ended_at is not None and stands.state is not CampaignState.CANCELLED:
                assert set(done) == numbers

    def messages(self, campaign: CampaignId) -> list[tuple[str, State]]:
        """Recipient and state of each message."""
        rows = self.house.rows(
            "SELECT m.recipient, p.state FROM messages m JOIN parts p ON p.message_id = m.id"
            " WHERE m.campaign_id = :id",
            id=campaign,
        )
        return [(phone, State(state)) for phone, state in rows]

    async def end(self) -> None:
        """Let everything go on until nothing more happens; whatever was not cancelled reaches everybody."""
        for campaign in self.campaigns:
            await self.turn(campaign, CampaignState.RUNNING)
        for _ in range(40):
            await self.let_happen([Expand(0, None)])
            await self.let_happen([Place()])
            await self.let_happen([Send(50, deferred=False)])
        self.check()
        for campaign in self.campaigns:
            with transaction(self.house.engine) as connection:
                stands = campaigns.find_campaign(connection, campaign)
            assert stands.unswept is None
            states = {state for _, state in self.messages(campaign)}
            if stands.state is CampaignState.CANCELLED:
                assert states <= {State.SENT, State.CANCELLED}
            else:
                assert stands.state is CampaignState.FINISHED
                assert states <= {State.SENT, State.FAILED}


def test_whatever_falls_together_nobody_is_sent_to_twice_or_left_out(furnished: Path, tmp_path: Path) -> None:
    names = count()

    @examples(
        max_examples=scaled(300),
        deadline=None,
        derandomize=SCALE < 1,
        phases=(Phase.generate, Phase.shrink) if SCALE >= 1 else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.lists(happenings, min_size=1, max_size=5), min_size=5, max_size=25))
    def anything_happens(story: list[list[Happening]]) -> None:
        path = tmp_path / f"{next(names)}.db"
        shutil.copyfile(furnished, path)

        async def tell() -> None:
            houses = [House.open(f"sqlite:///{path}") for _ in range(2)]
            try:
                with transaction(houses[0].engine) as connection:
                    stops.add(connection, stops.EVERYONE, [STOPPED])
                async with Works(houses[0]) as one, Works(houses[1]) as other:
                    post = Post(houses[0], (one, other))
                    await post.begin()
                    for together in story:
                        await post.let_happen(together)
                        post.check()
                    await post.end()
            finally:
                for house in houses:
                    await house.store.close()
            path.unlink()

        asyncio.run(tell())

    anything_happens()
