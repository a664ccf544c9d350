"""What becomes of a part that left and was never answered, as its account prefers."""

from gonets.model.account import Resend
from gonets.model.message import State
from gonets.model.results import Uncertain
from tests.contract.house import House, later, told


async def unanswered(house: House, resend: Resend) -> int:
    """A claimed part of an account with that policy."""
    house.tamper("UPDATE accounts SET resend = :resend", resend=resend.value)
    draft = await house.draft()
    await house.take(draft)
    await house.claim()
    return int(draft.id)


@told
async def test_a_part_of_a_never_twice_account_stays_uncertain(house: House) -> None:
    part = await unanswered(house, Resend.NEVER_TWICE)
    await house.settle((part, Uncertain()))
    assert house.states(part) == [State.UNCERTAIN]


@told
async def test_a_part_of_a_never_lost_account_is_sent_again(house: House) -> None:
    part = await unanswered(house, Resend.NEVER_LOST)
    await house.settle((part, Uncertain()))
    assert house.states(part) == [State.DEFERRED]
    due, _ = await house.store.messages.due(later(60), 10)
    assert [each.part for each in due] == [part]


@told
async def test_a_restart_sends_again_what_a_never_lost_account_had_claimed(house: House) -> None:
    part = await unanswered(house, Resend.NEVER_LOST)
    assert await house.store.messages.recover(["alpha"], later(5)) == 1
    assert house.states(part) == [State.DEFERRED]
    assert house.flaws() == []


@told
async def test_a_part_that_is_never_answered_is_uncertain_when_its_tries_are_used_up(house: House) -> None:
    part = await unanswered(house, Resend.NEVER_LOST)
    house.tamper("UPDATE parts SET attempts = 1000")
    await house.settle((part, Uncertain()))
    assert house.states(part) == [State.UNCERTAIN]
