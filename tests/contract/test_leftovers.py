"""What a crash or a silent network leaves behind."""

from gonets.model.message import State
from gonets.model.money import ONE
from gonets.model.results import Deferred, Sent, Uncertain
from tests.clocks import START
from tests.contract.house import UKRAINE, House, later, receipt, told

# ---- recovered


@told
async def test_what_a_connector_claimed_that_was_taken_away_since_is_recovered_too(house: House) -> None:
    here, gone = await house.draft(), await house.draft()
    await house.take(here, gone)
    assert len(await house.claim(1)) == 1
    assert len(await house.claim(1, by="taken away")) == 1
    assert await house.store.messages.recover(None, later(60)) == 2
    assert house.states(here.id) == [State.UNCERTAIN]
    assert house.states(gone.id) == [State.UNCERTAIN]


@told
async def test_at_start_what_was_claimed_and_not_answered_is_uncertain(house: House) -> None:
    claimed, sent, waiting = await house.draft(), await house.draft(), await house.draft()
    await house.send(sent)
    await house.take(claimed)
    await house.claim()
    await house.take(waiting)
    assert await house.store.messages.recover(["alpha"], later(60)) == 1
    assert house.states(claimed.id, sent.id, waiting.id) == [State.UNCERTAIN, State.SENT, State.QUEUED]
    assert await house.store.messages.recover(["alpha"], later(61)) == 0


@told
async def test_what_other_connectors_have_claimed_is_theirs(house: House) -> None:
    mine, theirs = await house.draft(route=UKRAINE), await house.draft(route=UKRAINE)
    await house.take(mine, theirs)
    await house.claim(1, by="alpha")
    await house.claim(1, by="beta")
    assert await house.store.messages.recover([], later(60)) == 0
    assert await house.store.messages.recover(["alpha"], later(60)) == 1
    assert house.states(mine.id, theirs.id) == [State.UNCERTAIN, State.CLAIMED]
    assert await house.store.messages.recover(["alpha", "beta"], later(60)) == 1


@told
async def test_an_uncertain_part_is_neither_due_nor_waiting_nor_refunded(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    await house.claim()
    await house.store.messages.recover(["alpha"], later(60))
    assert await house.claim(at=later(1e6)) == []
    assert await house.store.messages.due(later(1e6), 10) == ([], None)
    assert house.balance() == 99 * ONE


@told
async def test_more_than_one_batch_of_parts_is_recovered(house: House) -> None:
    draft = await house.draft(price=0, parts=5001)
    await house.take(draft)
    await house.claim(6000)
    assert await house.store.messages.recover(["alpha"], later(60)) == 5001
    assert set(house.states(*range(draft.id, draft.id + 5001))) == {State.UNCERTAIN}


# ---- swept


@told
async def test_what_was_sent_before_the_deadline_and_never_reported_on_is_no_report(house: House) -> None:
    early, late = await house.draft(), await house.draft()
    await house.send(early, at=later(0))
    await house.send(late, at=later(10))
    assert await house.store.messages.sweep(later(10), 100, later(20)) == 1
    assert house.states(early.id, late.id) == [State.NO_REPORT, State.SENT]
    assert await house.store.messages.sweep(later(10), 100, later(20)) == 0
    assert house.balance() == 98 * ONE


@told
async def test_connectors_with_deadlines_of_their_own_are_swept_by_these(house: House) -> None:
    mine, theirs = await house.draft(route=UKRAINE), await house.draft(route=UKRAINE)
    await house.take(mine, theirs)
    for draft, by in ((mine, "alpha"), (theirs, "beta")):
        await house.claim(1, by=by)
        await house.settle((draft.id, Sent(f"r{draft.id}")), by=by)
    sweep = house.store.messages.sweep
    assert await sweep(later(10), 100, later(20), {"alpha": later(-1), "beta": later(-1)}) == 0
    assert await sweep(later(-1), 100, later(20), {"beta": later(10)}) == 1
    assert house.states(mine.id, theirs.id) == [State.SENT, State.NO_REPORT]
    assert await sweep(later(10), 100, later(20), {"beta": later(-1)}) == 1
    assert house.states(mine.id) == [State.NO_REPORT]


@told
async def test_uncertain_and_accepted_parts_are_swept_like_sent_ones(house: House) -> None:
    doubtful, accepted = await house.draft(), await house.draft()
    await house.send(accepted)
    await house.store.messages.apply("alpha", [receipt(accepted.id, State.ACCEPTED)], START)
    await house.take(doubtful)
    await house.claim()
    await house.settle((doubtful.id, Uncertain()))
    assert await house.store.messages.sweep(later(1), 100, later(2)) == 2
    assert house.states(doubtful.id, accepted.id) == [State.NO_REPORT, State.NO_REPORT]


@told
async def test_parts_that_wait_are_claimed_or_have_ended_are_not_swept(house: House) -> None:
    waiting, claimed, deferred, ended = [await house.draft() for _ in range(4)]
    await house.send(ended)
    await house.store.messages.apply("alpha", [receipt(ended.id, State.DELIVERED)], START)
    await house.take(claimed, deferred)
    await house.claim()
    await house.settle((deferred.id, Deferred(1, 0.0)))
    await house.take(waiting)
    assert await house.store.messages.sweep(later(1e6), 100, later(1e6)) == 0
    assert house.states(waiting.id, claimed.id, deferred.id, ended.id) == [
        State.QUEUED,
        State.CLAIMED,
        State.DEFERRED,
        State.DELIVERED,
    ]


@told
async def test_a_sweep_takes_the_longest_silent_first_and_no_more_than_its_limit(house: House) -> None:
    drafts = [await house.draft() for _ in range(3)]
    for seconds, draft in zip((3, 1, 2), drafts, strict=True):
        await house.send(draft, at=later(seconds))
    assert await house.store.messages.sweep(later(60), 2, later(60)) == 2
    assert house.states(*(draft.id for draft in drafts)) == [State.SENT, State.NO_REPORT, State.NO_REPORT]
