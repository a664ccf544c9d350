"""What becomes of a part that left and was never answered, as its account prefers."""

from gonets.model.account import Resend
from gonets.model.message import MessageId, State
from gonets.model.results import Cancelled, Deferred, Refused, Returned, Sent, Uncertain
from gonets.ports.stores import Placement
from tests.contract.house import RUSSIA, SHOP, House, first, later, told

DOUBTFUL = Deferred(255, 0.0, doubtful=True)


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


async def in_its_lane(house: House, *answers: Deferred | Returned) -> int:
    """A part that alpha was given so often, and that waits in its lane again."""
    draft = await house.draft()
    await house.take(draft)
    for answer in answers:
        assert [part.id for part in await house.claim(at=later(60))] == [first(draft)]
        await house.settle((draft.id, answer))
        await house.store.messages.place([Placement(first(draft), RUSSIA)], later(60))
    return int(draft.id)


@told
async def test_what_an_upstream_may_have_is_given_to_no_other(house: House) -> None:
    part = await in_its_lane(house, DOUBTFUL, Deferred(255, 0.0), Returned())
    assert await house.claim(by="beta", at=later(60)) == []
    assert [each.id for each in await house.claim(at=later(60))] == [part]
    await house.settle((part, Sent("abc")))
    assert house.states(part) == [State.SENT]
    assert house.flaws() == []


@told
async def test_what_an_upstream_certainly_has_not_is_given_to_another(house: House) -> None:
    part = await in_its_lane(house, Deferred(255, 0.0))
    assert [each.id for each in await house.claim(by="beta", at=later(60))] == [part]


@told
async def test_what_an_upstream_may_have_is_uncertain_and_charged_when_its_tries_are_used_up(
    house: House,
) -> None:
    for last in (DOUBTFUL, Deferred(255, 0.0)):
        part = await in_its_lane(house, DOUBTFUL)
        charged = house.balance()
        await house.claim(at=later(60))
        house.tamper("UPDATE parts SET attempts = 1000")
        await house.settle((part, last))
        assert house.states(part) == [State.UNCERTAIN]
        assert house.balance() == charged
    found = await house.store.messages.away("alpha", None, 10)
    assert [each.remote_id for each in found] == ["", ""]
    assert house.flaws() == []


@told
async def test_what_an_upstream_may_have_does_not_fail_for_want_of_a_route(house: House) -> None:
    draft = await house.draft()
    await house.take(draft)
    await house.claim()
    await house.settle((draft.id, DOUBTFUL))
    await house.store.messages.place([Placement(first(draft), None)], later(60))
    assert house.states(draft.id) == [State.UNCERTAIN]
    assert house.flaws() == []


@told
async def test_what_an_upstream_may_have_cannot_be_cancelled_but_is_not_sent_again(house: House) -> None:
    part = await in_its_lane(house, DOUBTFUL)
    charged = house.balance()
    message = MessageId(part)
    assert await house.store.messages.cancel(SHOP, [message], later(60)) == [Cancelled(message, 0, 1)]
    assert house.states(part) == [State.UNCERTAIN]
    assert house.balance() == charged
    assert await house.claim(at=later(60)) == []
    assert house.flaws() == []


@told
async def test_what_an_upstream_may_have_cannot_be_replaced(house: House) -> None:
    part = await in_its_lane(house, DOUBTFUL)
    pending = await house.store.messages.pending(SHOP, MessageId(part))
    assert isinstance(pending, Refused)


@told
async def test_what_waits_for_an_upstream_that_is_gone_comes_to_an_end(house: House) -> None:
    part = await in_its_lane(house, DOUBTFUL)
    assert await house.store.messages.sweep(later(30), 10, later(90)) == 0
    assert await house.store.messages.sweep(later(61), 10, later(90)) == 1
    assert house.states(part) == [State.NO_REPORT]
    assert house.flaws() == []
