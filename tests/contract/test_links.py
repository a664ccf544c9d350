"""How connectors have done, as the store counts it."""

from gonets.model.message import State
from gonets.model.results import Receipt, Rejected, Sent, Uncertain
from gonets.stores.links import Done, done_since
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import UKRAINE, House, later, receipt, told


def done(house: House, seconds: float) -> dict[str, Done]:
    with transaction(house.engine) as connection:
        return done_since(connection, later(seconds))


@told
async def test_parts_are_counted_by_link_and_by_what_became_of_them(house: House) -> None:
    drafts = [await house.draft() for _ in range(4)]
    other = await house.draft(route=UKRAINE)
    await house.take(*drafts)
    await house.claim()
    await house.settle((1001, Sent("r1001")), (1002, Sent("r1002")), (1003, Rejected(1)), (1004, Uncertain()))
    await house.take(other, at=later(10))
    await house.claim(by="beta", at=later(10))
    ends = [receipt(1001, State.DELIVERED), receipt(1002, State.REJECTED)]
    await house.store.messages.apply("alpha", ends, later(7))
    stray = Receipt("stray", State.DELIVERED, 0, START)
    await house.store.messages.apply("beta", [stray], later(11))
    found = done(house, -60)
    alpha, beta = found["alpha"], found["beta"]
    assert alpha.states == {State.DELIVERED: 1, State.REJECTED: 2, State.UNCERTAIN: 1}
    assert (alpha.given, alpha.taken, alpha.refused, alpha.delivered, alpha.ended) == (4, 2, 1, 1, 2)
    assert alpha.unmatched == 0
    half = alpha.receipt_s(0.5)
    assert half is not None
    assert 5 <= half <= 10
    assert (beta.given, beta.taken, beta.unmatched) == (1, 0, 1)
    assert beta.receipt_s(0.5) is None
    assert set(done(house, 5)) == {"beta"}
