"""Receipts that come while the answer is still waited for, and the answer never comes."""

from gonets.model.results import Settled, Uncertain
from tests.connectors.smpp.peer import Wired, part, until
from tests.contract.house import told


@told
async def test_a_receipt_that_came_before_its_answer_was_lost_is_told_again_after_the_loss() -> None:
    async with Wired(lines=2, binds=2) as wired:
        wired.link.send([part(1), part(2, recipient="79160000002")])
        one, other = wired.smsc.peers
        if (await one.gets()).destination_addr != "79161234567":
            one, other = other, one
        other.report("700")
        other.report("701", recipient="79160000003")
        await until(lambda: len(wired.receipts()) == 2)
        one.drop()
        await until(lambda: len(wired.receipts()) == 3)
        first, _, settled, again = wired.heard
        assert settled == Settled(part(1).id, Uncertain())
        assert again == first


@told
async def test_a_receipt_is_not_told_again_when_the_answer_comes() -> None:
    async with Wired() as wired:
        wired.link.send([part(1)])
        submit = await wired.peer.gets()
        wired.peer.report("700")
        await until(lambda: len(wired.receipts()) == 1)
        wired.peer.take(submit, "700")
        await wired.settled(1)
        wired.link.send([part(2)])
        await wired.peer.gets()
        wired.peer.drop()
        assert await wired.settled(2) == [Uncertain()]
        assert len(wired.receipts()) == 1
