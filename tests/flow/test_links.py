"""A link that is not healthy gets few parts, and what it says and is told of is counted."""

from gonets.model.results import Rejected, Settled
from tests.contract.house import House, told
from tests.flow.works import Works


@told
async def test_a_link_that_is_not_healthy_gets_a_part_now_and_then(house: House) -> None:
    async with Works(house) as works:
        drafts = [await house.draft() for _ in range(5)]
        await house.take(*drafts)
        works.fleet.well = False
        assert await works.sender.step() == 1
        works.fleet.well = True
        assert await works.sender.step() == 4


@told
async def test_what_a_link_answers_is_counted_when_it_is_written(house: House) -> None:
    async with Works(house) as works:
        drafts = [await house.draft() for _ in range(30)]
        await house.take(*drafts)
        await works.sender.step()
        works.pulse.settled([Settled(part, Rejected(8)) for part in [draft.id for draft in drafts]])  # type: ignore[arg-type]
        assert not works.pulse.verdict().healthy
        assert works.pulse.total.refused == 30
