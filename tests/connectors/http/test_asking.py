"""When states are asked for, of what, and what is told of them."""

from typing import Final

from gonets.connectors.http.asking import Asking
from gonets.model.message import PartId, State
from gonets.model.results import Receipt, Sent, Settled
from gonets.model.times import micros
from gonets.ports.stores import Away
from tests.clocks import START, settle
from tests.connectors.http.provider import Does, Wired, answer, oson, part, parts_of, wired

LEFT: Final = micros(START)


def away(part_id: int, remote_id: str = "", left: float = 0.0) -> Away:
    return Away(PartId(part_id), remote_id or f"r{part_id}", "79161234567", LEFT + round(left * 1e6))


def receipt(remote_id: str, state: State) -> Receipt:
    return Receipt(remote_id, state, 0, START)


# ---- the table of turns


def turns(asking: Asking, until: float, most: int = 100) -> list[float]:
    """The moments up to then at which somebody is asked for, in vain."""
    moments = []
    while (due := asking.next_due()) is not None and due <= until:
        taken = asking.take(most, due, LEFT + round(due * 1e6))
        if taken:
            moments.append(due)
            asking.hear(taken, (), due, LEFT + round(due * 1e6))
    return moments


def test_the_waits_double_up_to_the_longest() -> None:
    asking = Asking(5.0, 300.0)
    asking.add(away(1), 0.0)
    assert turns(asking, 1500) == [5, 10, 20, 40, 80, 160, 320, 620, 920, 1220]


def test_after_three_days_nobody_is_asked_for_any_more() -> None:
    asking = Asking(5.0, 300.0)
    asking.add(away(1), 0.0)
    assert turns(asking, 80 * 3600)[-1] <= 72 * 3600
    assert len(asking) == 0


def test_what_was_sent_long_ago_is_asked_for_at_once_and_then_seldom() -> None:
    asking = Asking(5.0, 300.0)
    asking.add(away(1, left=-1000), 0.0, soon=True)
    assert turns(asking, 700) == [0, 300, 600]


def test_an_id_is_known_once_and_asked_for_until_its_end_is_written() -> None:
    asking = Asking(5.0, 300.0)
    asking.add(away(1, "x"), 0.0)
    asking.add(away(2, "x"), 0.0)
    [taken] = asking.take(100, 5.0, LEFT)
    end = receipt("x", State.DELIVERED)
    assert asking.hear([taken], [end], 5.0, LEFT) == [end]
    assert asking.next_due() is None
    asking.add(away(1, "x"), 6.0)
    assert asking.next_due() is None
    asking.unwritten(end, 7.0)
    [taken] = asking.take(100, 400.0, LEFT)
    assert asking.hear([taken], [end], 400.0, LEFT) == [end]
    asking.written(end)
    assert len(asking) == 0


def test_a_state_is_told_when_it_is_new() -> None:
    asking = Asking(5.0, 300.0)
    asking.add(away(1), 0.0)
    accepted = receipt("r1", State.ACCEPTED)
    assert asking.hear(asking.take(1, 5, LEFT), [accepted, receipt("r9", State.DELIVERED)], 5, LEFT) == [
        accepted
    ]
    assert asking.hear(asking.take(1, 10, LEFT), [accepted], 10, LEFT) == []
    assert asking.hear(asking.take(1, 20, LEFT), [receipt("r1", State.DELIVERED)], 20, LEFT) != []


def test_what_had_no_id_is_known_by_the_one_that_it_is_given() -> None:
    asking = Asking(5.0, 300.0)
    asking.add(Away(PartId(1), "", "7916", LEFT), 0.0, soon=True)
    taken = asking.take(1, 0.0, LEFT)
    told: list[Settled | Receipt] = [Settled(PartId(1), Sent("x")), receipt("x", State.ACCEPTED)]
    assert asking.hear(taken, told, 0.0, LEFT) == told
    assert [each.remote_id for each in asking.take(1, 5.0, LEFT)] == ["x"]


# ---- with a provider


def test_what_was_sent_is_asked_for_until_it_is_delivered() -> None:
    async def story(it: Wired) -> None:
        await it.send(*parts_of(100, 3), part(7))
        await it.settled(7)
        await it.clock.advance(5.0)
        await it.provider.asked(2)
        assert it.provider.requests[1].count("providerId") == 2  # of a message once, not of its parts
        it.provider.states = {"r100": "delivered", "r7": "undelivered"}
        await settle()
        while not it.receipts():
            await it.clock.advance(5.0)
        found = await it.told(2)
        assert {each.remote_id: each.state for each in found} == {
            "r100": State.DELIVERED,
            "r7": State.UNDELIVERED,
        }
        assert found[0].at.isoformat() == "2026-03-02T09:31:00+00:00"
        asked = len(it.provider.requests)
        await it.clock.advance(1000)
        assert len(it.provider.requests) == asked

    wired(story)


def test_what_it_is_told_to_follow_it_asks_for_at_once_a_hundred_at_a_time() -> None:
    async def story(it: Wired) -> None:
        it.provider.states = {f"r{n}": "delivered" for n in range(250)}
        it.link.follow([away(n) for n in range(250)])
        assert {each.remote_id for each in await it.told(250)} == set(it.provider.states)
        assert sorted(request.count("providerId") for request in it.provider.requests) == [50, 100, 100]

    wired(story)


def test_a_receipt_that_cannot_be_written_is_asked_for_again() -> None:
    async def story(it: Wired) -> None:
        it.provider.states = {"r1": "delivered"}
        it.link.follow([away(1)])
        [told] = await it.told(1)
        it.link.refuse([told])
        await it.clock.advance(300)
        assert len(await it.told(2)) == 2

    wired(story, acknowledges=False)


def test_a_question_without_an_answer_is_asked_again_later() -> None:
    async def story(it: Wired) -> None:
        it.provider.then.extend([Does.CLOSES, answer("<html>", "502 Bad"), answer("ok;r1;deliv")])
        it.provider.states = {"r1": "delivered"}
        it.link.follow([away(1)])
        for count in range(1, 5):
            await it.provider.asked(count)
            await settle()
            while len(it.provider.requests) == count < 4:
                await it.clock.advance(5.0)
        assert [each.state for each in await it.told(1)] == [State.DELIVERED]

    wired(story)


def test_what_was_never_answered_is_asked_for_where_our_own_id_is_known() -> None:
    async def story(it: Wired) -> None:
        it.provider.then.append(answer('{"status":"DELIVERED","message_state":"DELIVERED"}'))
        it.link.follow([Away(PartId(7), "", "992918888888", LEFT)])
        [told] = await it.told(1)
        assert it.results() == {7: [Sent("txn_id 7")]}
        assert (told.remote_id, told.state) == ("txn_id 7", State.DELIVERED)
        assert "/query_sms.php?login=oson&txn_id=7&str_hash=" in it.provider.requests[0]

    wired(story, speaks=oson)


def test_it_is_not_asked_for_where_our_own_id_says_nothing() -> None:
    async def story(it: Wired) -> None:
        it.link.follow([Away(PartId(7), "", "79161234567", LEFT)])
        await it.clock.advance(1000)
        assert it.provider.requests == []

    wired(story)
