"""However submissions, answers, receipts, refunds and cancellations fall together, the money adds up.

What stages and people do to a store comes in batches of calls that are made at once and may share a transaction. After
each of them every balance is the sum of its ledger and not under its floor, nothing was refunded twice, and what
accounts have is what they paid in less the price of what was not refunded.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final, assert_never

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gonets.model.account import Resend
from gonets.model.ledger import EntryKind
from gonets.model.message import AccountId, Draft, MessageId, PartId, State
from gonets.model.money import ONE, Millionths
from gonets.model.results import Accepted, Deferred, Receipt, Rejected, SendResult, Sent, Settled, Uncertain
from gonets.ports.stores import Placement
from gonets.stores import settings as stored
from gonets.stores.money import top_up
from gonets.stores.store import transaction
from tests.contract.house import BANK, POOR, RUSSIA, SCALE, SHOP, House, later, scaled

PAYERS: Final = (SHOP, BANK, POOR)
FLOORS: Final = {SHOP: 0, BANK: 0, POOR: -3 * ONE}
LANDED: Final = (State.DELIVERED, State.UNDELIVERED, State.EXPIRED, State.REJECTED, State.NO_REPORT)


class Accept(msgspec.Struct, frozen=True):
    """A call with so many messages, all the same."""

    payer: AccountId
    messages: int
    parts: int
    price: int
    refund_undelivered: bool
    wait: float | None
    """Seconds until it may leave."""
    validity: float | None
    once: str | None


class Claim(msgspec.Struct, frozen=True):
    most: int


class Place(msgspec.Struct, frozen=True):
    routed: bool


class Answer(msgspec.Struct, frozen=True):
    """To every part whose number can be divided."""

    divisor: int
    result: type[SendResult]


class Report(msgspec.Struct, frozen=True):
    divisor: int
    state: State


class Cancel(msgspec.Struct, frozen=True):
    divisor: int
    by: AccountId | None


class Sweep(msgspec.Struct, frozen=True):
    """Of what waits for too long, and what has no receipt."""


class StartAgain(msgspec.Struct, frozen=True):
    """As after a crash: what is claimed was not answered."""


Happening = Accept | Claim | Place | Answer | Report | Cancel | Sweep | StartAgain

divisors: Final = st.sampled_from([1, 1, 2, 3, 5])
happenings: Final[st.SearchStrategy[Happening]] = st.one_of(
    st.builds(
        Accept,
        payer=st.sampled_from(PAYERS),
        messages=st.integers(1, 3),
        parts=st.integers(1, 3),
        price=st.sampled_from([0, ONE, ONE, 20 * ONE]),
        refund_undelivered=st.booleans(),
        wait=st.sampled_from([None, None, 3.0]),
        validity=st.sampled_from([None, None, 5.0]),
        once=st.sampled_from([None, None, "a", "b"]),
    ),
    st.builds(Claim, most=st.sampled_from([1, 5, 50])),
    st.builds(Place, routed=st.sampled_from([True, True, False])),
    st.builds(Answer, divisor=divisors, result=st.sampled_from([Sent, Sent, Deferred, Rejected, Uncertain])),
    st.builds(Report, divisor=divisors, state=st.sampled_from(LANDED)),
    st.builds(Cancel, divisor=divisors, by=st.sampled_from([None, *PAYERS])),
    st.builds(Sweep),
    st.builds(StartAgain),
)


class Till:
    """A store, and what came in and went out of it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.paid_in = {SHOP: 100 * ONE, BANK: 100 * ONE, POOR: 0}
        with transaction(house.engine) as connection:
            bank = stored.find_account(connection, "bank")
            stored.change_account(connection, msgspec.structs.replace(bank, resend=Resend.NEVER_LOST))

    async def let_happen(self, together: Sequence[Happening], at: datetime) -> None:
        """All of it at once; what was accepted is there, and nothing else is."""
        [(before,)] = self.house.rows("SELECT count(*) FROM messages")
        calls = [await self.call(each, at) for each in together]
        results = await asyncio.gather(*calls)
        taken = sum(
            isinstance(each, Accepted)
            for happening, answer in zip(together, results, strict=True)
            if isinstance(happening, Accept) and isinstance(answer, Sequence)
            for each in answer
        )
        assert self.house.rows("SELECT count(*) FROM messages") == [(before + taken,)]

    async def call(self, what: Happening, at: datetime) -> Awaitable[object]:
        messages = self.house.store.messages
        match what:
            case Accept():
                return messages.accept([await self.draft(what, at) for _ in range(what.messages)], at)
            case Claim(most):
                return self.house.claim(most, at=at)
            case Place(routed):
                due, _ = await messages.due(at, 100)
                return messages.place([Placement(each.part, RUSSIA if routed else None) for each in due], at)
            case Answer(divisor, result):
                settled = [Settled(part, answered(part, result)) for part in self.parts(divisor)]
                return messages.settle("alpha", settled, at)
            case Report(divisor, state):
                receipts = [Receipt(f"r{part}", state, 0, at) for part in self.parts(divisor)]
                return messages.apply("alpha", receipts, at)
            case Cancel(divisor, by):
                return messages.cancel(by, [MessageId(part) for part in self.parts(divisor)], at)
            case Sweep():
                return asyncio.gather(messages.expire(100, at), messages.sweep(at, 100, at))
            case StartAgain():
                return messages.recover(["alpha"], at)
        assert_never(what)

    async def draft(self, what: Accept, at: datetime) -> Draft:
        draft = await self.house.draft(
            parts=what.parts,
            payer=what.payer,
            price=what.price,
            refund_undelivered=what.refund_undelivered,
            start_at=None if what.wait is None else later_than(at, what.wait),
            expires_at=None if what.validity is None else later_than(at, what.validity),
            client_id=what.once,
        )
        return msgspec.structs.replace(draft, once=what.once or "")

    def parts(self, divisor: int) -> list[PartId]:
        """Those there are whose number it divides."""
        return [
            PartId(part)
            for (part,) in self.house.rows("SELECT id FROM parts ORDER BY id")
            if part % divisor == 0
        ]

    def top_up(self, payer: AccountId, at: datetime) -> None:
        with transaction(self.house.engine) as connection:
            top_up(connection, payer, Millionths(5 * ONE), "", at)
        self.paid_in[payer] += 5 * ONE

    def check(self) -> None:
        """What is always so."""
        assert self.house.flaws() == []
        for payer, paid_in in self.paid_in.items():
            spent = self.house.rows(
                "SELECT coalesce(sum(CASE WHEN p.refunded THEN 0 ELSE m.price END), 0)"
                " FROM messages m JOIN parts p ON p.message_id = m.id WHERE m.account_id = :id",
                id=payer,
            )
            assert self.house.balance(payer) == paid_in - spent[0][0]
            lowest = self.house.rows("SELECT min(balance) FROM ledger WHERE account_id = :id", id=payer)
            assert (lowest[0][0] or 0) >= FLOORS[payer]
            refunded = [entry.part for entry in self.house.entries(EntryKind.REFUND, payer)]
            assert len(refunded) == len(set(refunded))
        used = self.house.rows("SELECT account_id, client_id FROM messages WHERE client_id IS NOT NULL")
        assert len(used) == len(set(used)), "a client id is good for one message"


def answered(part: PartId, result: type[SendResult]) -> SendResult:
    match result.__name__:
        case "Sent":
            return Sent(f"r{part}")
        case "Deferred":
            return Deferred(0, 0.0)
        case "Rejected":
            return Rejected(1)
        case _:
            return Uncertain()


def later_than(at: datetime, seconds: float) -> datetime:
    return at + (later(seconds) - later(0))


def test_whatever_falls_together_the_money_adds_up(furnished: Path, tmp_path: Path) -> None:
    names = count()

    @settings(
        max_examples=scaled(400),
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
            house = House.open(f"sqlite:///{path}")
            till = Till(house)
            try:
                for number, together in enumerate(story):
                    await till.let_happen(together, later(4.0 * number))
                    if number % 4 == 0:
                        till.top_up(PAYERS[number // 4 % 3], later(4.0 * number))
                    till.check()
            finally:
                await house.store.close()
            path.unlink()

        asyncio.run(tell())

    anything_happens()
