"""Whatever happens in whatever order, the rows stand where the rules say and the money adds up.

Chance does to a store what stages may do to it, in any order: unknown, early, late and repeated answers and receipts
included. Beside it a model of a few dictionaries does the same by `rules.lifecycle` alone, and both must agree.
"""

import asyncio
import random
import shutil
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gonets.model.ledger import EntryKind
from gonets.model.message import AccountId, Draft, MessageId, PartId, Priority, RouteId, State
from gonets.model.money import ONE
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import (
    Accepted,
    Cancelled,
    Deferred,
    Receipt,
    Rejected,
    SendResult,
    Sent,
    Settled,
    Uncertain,
)
from gonets.model.times import micros
from gonets.ports.stores import Placement
from gonets.rules.lifecycle import Stand, answer, correct, refunds, stand
from tests.contract.house import (
    BANK,
    POOR,
    RETRY,
    RUSSIA,
    SCALE,
    SHOP,
    UKRAINE,
    Counted,
    House,
    later,
    receipt,
    scaled,
)

T = TypeVar("T")

AWAY: Final = (State.SENT, State.UNCERTAIN, State.ACCEPTED)
TO_COME: Final = (State.SCHEDULED, State.DEFERRED)
LINKS: Final = {"alpha": (RUSSIA, UKRAINE), "beta": (UKRAINE,)}
REPORTED: Final = [State.DELIVERED, State.UNDELIVERED, State.EXPIRED, State.REJECTED, State.NO_REPORT]


@dataclass
class Row:
    """A part, as the model has it."""

    draft: Draft
    state: State
    route: RouteId
    at: int
    error: int = 0
    attempts: int = 0
    by: str | None = None
    left_at: datetime | None = None
    remote_id: str | None = None
    refunded: bool = False

    def become(self, state: State, at: datetime, error: int = 0) -> int:
        """Move it; returns what goes back to its account."""
        left_us = self.state >= State.CLAIMED
        back = not self.refunded and refunds(
            state, left_us=left_us, refund_undelivered=self.draft.refund_undelivered
        )
        self.state, self.error, self.at = state, error, micros(at)
        self.refunded = self.refunded or back
        return self.draft.price if back else 0


class AnyOrder:
    """The stages, gone wild."""

    def __init__(self, url: str, seed: int) -> None:
        self.runner = asyncio.Runner()
        self.house = House.open(url)
        self.chance = random.Random(seed)
        self.seconds = 0.0
        self.rows: dict[int, Row] = {}
        self.parked: dict[str, list[tuple[State, int]]] = {}
        self.money = {SHOP: 100 * ONE, BANK: 100 * ONE, POOR: 0}
        self.bound: set[int] = set()
        self.stood: dict[MessageId, State] = {}
        self.ends: dict[MessageId, list[tuple[State, int]]] = {}
        self.what_happens = {
            self.time_passes: 3,
            self.messages_are_accepted: 5,
            self.due_parts_are_placed: 5,
            self.parts_are_claimed: 8,
            self.answers_are_heard: 7,
            self.receipts_are_heard: 8,
            self.answers_and_receipts_are_heard_together: 4,
            self.messages_are_cancelled: 2,
            self.the_gateway_starts_again: 1,
            self.what_is_overdue_is_swept: 2,
            self.parked_receipts_are_forgotten: 1,
        }

    def close(self) -> None:
        self.run(self.house.store.close())
        self.runner.close()

    def step(self) -> None:
        """Let something happen, and see where the rows stand."""
        [happens] = self.chance.choices(list(self.what_happens), list(self.what_happens.values()))
        happens()
        self.note_ends()
        query = "SELECT id, state, status_at, error, attempts, remote_id, refunded FROM parts ORDER BY id"
        assert self.house.rows(query) == [
            (part, row.state, row.at, row.error, row.attempts, row.remote_id, row.refunded)
            for part, row in sorted(self.rows.items())
        ]

    # ---- what may happen

    def time_passes(self) -> None:
        self.seconds += self.chance.choice([0.5, 10.0, 10.0, 3600.0])

    def messages_are_accepted(self) -> None:
        """By several calls at once, which may share a transaction."""
        calls = [
            [self.draft() for _ in range(self.chance.randint(1, 3))] for _ in range(self.chance.randint(1, 3))
        ]
        results = self.at_once(*(self.house.store.messages.accept(call, self.now) for call in calls))
        for call, answers in zip(calls, results, strict=True):
            for draft, result in zip(call, answers, strict=True):
                cost = draft.price * len(draft.segments)
                floor = -3 * ONE if draft.account == POOR else 0
                afforded = self.money[draft.account] - cost >= floor
                assert isinstance(result, Accepted) == afforded
                if afforded:
                    self.money[draft.account] -= cost
                    self.lay_out(draft)

    def draft(self) -> Draft:
        start, validity = self.chance.choice([None, None, 5.0]), self.chance.choice([None, None, 30.0])
        return self.run(
            self.house.draft(
                payer=self.chance.choice([SHOP, BANK, BANK, POOR]),
                parts=self.chance.choice([1, 1, 2, 3]),
                price=self.chance.choice([0, ONE, ONE, 7 * ONE]),
                refund_undelivered=self.chance.random() < 0.5,
                priority=self.chance.choice(list(Priority)),
                route=self.chance.choice([RUSSIA, UKRAINE]),
                start_at=None if start is None else later(self.seconds + start),
                expires_at=None if validity is None else later(self.seconds + validity),
            )
        )

    def lay_out(self, draft: Draft) -> None:
        state = State.QUEUED if draft.start_at is None else State.SCHEDULED
        for part in range(draft.id, draft.id + len(draft.segments)):
            self.rows[part] = Row(draft, state, draft.route, micros(self.now))

    def due_parts_are_placed(self) -> None:
        """Some are named twice, some are not due any more."""
        route = self.chance.choice([RUSSIA, UKRAINE, UKRAINE, None])
        chosen = set(self.some(self.standing(*TO_COME)))
        stray = [part for part in self.some(sorted(self.rows)) if self.rows[part].state not in TO_COME]
        placements = [Placement(PartId(part), route) for part in (*chosen, *stray, *chosen)]
        assert self.run(self.house.store.messages.place(placements, self.now)) == len(chosen)
        for part in chosen:
            row = self.rows[part]
            if route is None:
                self.move(row, State.FAILED, PLATFORM_ERROR)
                continue
            if row.state is State.SCHEDULED:
                row.at = micros(self.now)
            row.state, row.route = State.QUEUED, route

    def parts_are_claimed(self) -> None:
        name, limit = self.chance.choice(["alpha", "alpha", "beta"]), self.chance.choice([1, 3, 20])
        claimed = self.run(self.house.claim(limit, by=name, routes=LINKS[name], at=self.now))
        waiting = [part for part in self.standing(State.QUEUED) if self.rows[part].route in LINKS[name]]
        good = [part for part in waiting if not self.is_late(part)]
        expected = [int(part.id) for part in claimed]
        assert len(expected) == min(limit, len(good))
        assert [self.rows[part].draft.priority for part in expected] == sorted(
            self.rows[part].draft.priority for part in expected
        )
        # Late ones expire as the claim comes past them, and it comes past those of each account in their order.
        expired = [part for part in waiting if self.house.states(part) == [State.EXPIRED]]
        assert all(self.is_late(part) for part in expired)
        for part in expired:
            self.move(self.rows[part], State.EXPIRED)
        lines: dict[tuple[int, int], list[int]] = {}
        for part in waiting:
            lines.setdefault((self.rows[part].draft.account, self.rows[part].draft.priority), []).append(part)
        for line in lines.values():
            gone = [part for part in expected if part in line]
            assert gone == [part for part in line if part in good][: len(gone)]
            assert not gone or all(part in expired for part in line if part < gone[-1] and part not in good)
        assert not self.bound.intersection(expected), "claimed twice without having been deferred"
        self.bound.update(expected)
        for part in expected:
            row = self.rows[part]
            row.state, row.by, row.left_at = State.CLAIMED, name, self.now
            row.attempts += 1

    def is_late(self, part: int) -> bool:
        expires_at = self.rows[part].draft.expires_at
        return expires_at is not None and expires_at <= self.now

    def answers_are_heard(self) -> None:
        heard = self.answers()
        self.run(self.house.store.messages.settle("alpha", heard, self.now))
        self.settled(heard)

    def receipts_are_heard(self) -> None:
        heard = self.receipts()
        assert self.run(self.house.store.messages.apply("alpha", heard, self.now)) == self.applied(heard)

    def answers_and_receipts_are_heard_together(self) -> None:
        answers, receipts, messages = self.answers(), self.receipts(), self.house.store.messages
        written = self.at_once(
            messages.settle("alpha", answers, self.now), messages.apply("alpha", receipts, self.now)
        )
        self.settled(answers)
        self.note_ends()
        assert written[1] == self.applied(receipts)

    def answers(self) -> list[Settled]:
        """To parts of `alpha`, most of them waiting for one; some twice."""
        waiting = [
            part for part in self.standing(State.CLAIMED, State.UNCERTAIN) if self.rows[part].by == "alpha"
        ]
        others = [part for part, row in self.rows.items() if row.by in ("alpha", None)]
        parts = self.some(waiting, 6) + self.some(waiting) + self.some(others, 1)
        return [Settled(PartId(part), self.result(part)) for part in parts]

    def result(self, part: int) -> SendResult:
        error = self.chance.randint(0, 2)
        return self.chance.choice(
            (Sent(f"r{part}"),) * 4
            + (Deferred(error, self.chance.choice([0.0, 5.0])), Rejected(error), Uncertain(error))
        )

    def settled(self, heard: Sequence[Settled]) -> None:
        """What the rules say that answers come to."""
        answered: list[int] = []
        for each in heard:
            row = self.rows[each.part]
            state = answer(row.state, each.result)
            if state is None:
                continue
            error = getattr(each.result, "error", 0)
            if isinstance(each.result, Deferred) and row.attempts >= RETRY.tries:
                state, error = State.FAILED, error or PLATFORM_ERROR
            self.move(row, state, error)
            if state is State.DEFERRED:
                self.bound.discard(each.part)
            if isinstance(each.result, Sent):
                row.remote_id = each.result.remote_id
                answered.append(each.part)
        for part in answered:
            for reported, error in self.parked.pop(f"r{part}", []):
                self.correct(self.rows[part], reported, error)

    def receipts(self) -> list[Receipt]:
        """For parts sent, not sent yet, of others and of nobody; some twice."""
        known = [part for part, row in self.rows.items() if row.remote_id is not None]
        parts = (
            self.some(known, 5)
            + self.some(known)
            + self.some(sorted(self.rows), 2)
            + self.some([9_999_999], 1)
        )
        return [
            receipt(part, state, self.chance.randint(0, 2), self.now)
            for part in parts
            for state in self.chance.sample([*REPORTED, State.ACCEPTED], self.chance.choice([1, 1, 2]))
        ]

    def applied(self, heard: Sequence[Receipt]) -> Counted:
        """What the rules say that receipts come to."""
        part_of = {row.remote_id: part for part, row in self.rows.items() if row.remote_id is not None}
        early = matched = 0
        for each in heard:
            part = part_of.get(each.remote_id)
            if part is None:
                early += 1
                self.parked.setdefault(each.remote_id, []).append((each.state, each.error))
            else:
                matched += self.correct(self.rows[part], each.state, each.error)
        return Counted(matched, early, len(heard) - early - matched)

    def messages_are_cancelled(self) -> None:
        owners = sorted({(row.draft.id, row.draft.account) for row in self.rows.values()})
        wanted = self.some([message for message, owner in owners if owner == BANK])
        foreign = self.some([message for message, owner in owners if owner != BANK], 1)
        cancel = self.house.store.messages.cancel
        results = self.run(cancel(BANK, [MessageId(each) for each in (*wanted, *foreign)], self.now))
        assert [isinstance(each, Cancelled) for each in results] == [True] * len(wanted) + [False] * len(
            foreign
        )
        for row in self.rows.values():
            if row.draft.id in wanted and row.state in (*TO_COME, State.QUEUED):
                self.move(row, State.CANCELLED)

    def the_gateway_starts_again(self) -> None:
        names = self.chance.choice([["alpha"], ["beta"], ["alpha", "beta"], []])
        lost = [part for part in self.standing(State.CLAIMED) if self.rows[part].by in names]
        assert self.run(self.house.store.messages.recover(names, self.now)) == len(lost)
        for part in lost:
            self.move(self.rows[part], State.UNCERTAIN)

    def what_is_overdue_is_swept(self) -> None:
        before = later(self.seconds - self.chance.choice([0.0, 10.0, 3000.0]))
        overdue = [part for part in self.standing(*AWAY) if (self.rows[part].left_at or before) < before]
        assert self.run(self.house.store.messages.sweep(before, 1000, self.now)) == len(overdue)
        for part in overdue:
            self.move(self.rows[part], State.NO_REPORT)

    def parked_receipts_are_forgotten(self) -> None:
        forgotten = self.run(self.house.store.messages.forget_parked(later(self.seconds + 1)))
        assert forgotten == sum(len(each) for each in self.parked.values())
        self.parked.clear()

    # ---- what holds in the end

    def the_money_adds_up(self) -> None:
        assert self.house.flaws() == []
        assert {payer: self.house.balance(payer) for payer in self.money} == self.money
        for payer, floor in ((SHOP, 0), (BANK, 0), (POOR, -3 * ONE)):
            charges = self.house.rows("SELECT balance FROM ledger WHERE account_id = :id", id=payer)
            assert all(balance >= floor for (balance,) in charges)
        refunded = [e.part for payer in self.money for e in self.house.entries(EntryKind.REFUND, payer)]
        assert len(refunded) == len(set(refunded))

    def clients_are_told_where_their_messages_stand(self) -> None:
        for payer in self.money:
            stands = {message: each for message, (owner, each) in self.stands().items() if owner == payer}
            found = self.run(self.house.store.messages.find(payer, list(stands)))
            for each, expected in zip(found, stands.values(), strict=True):
                assert each is not None
                assert each.status is expected.state.status
                assert (each.error, micros(each.at)) == (expected.error, expected.at)

    def the_mailbox_tells_each_end_once_and_in_order(self) -> None:
        told: dict[int, list[tuple[State, int]]] = {}
        for message, state, error in self.run(self.house.mail()):
            told.setdefault(message, []).append((state, error))
        assert told == self.ends
        assert self.house.rows("SELECT count(*) FROM mailbox WHERE account_id <> :bank", bank=BANK) == [(0,)]

    # ---- the model's own

    @property
    def now(self) -> datetime:
        return later(self.seconds)

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(call)

    def at_once(self, *calls: Coroutine[Any, Any, Any]) -> list[Any]:
        """Asked for together, these may share a transaction."""

        async def all_of_them() -> list[Any]:
            return await asyncio.gather(*calls)

        return self.run(all_of_them())

    def some(self, parts: Sequence[T], most: int = 3) -> list[T]:
        return self.chance.sample(parts, min(len(parts), self.chance.randint(0, most)))

    def standing(self, *states: State) -> list[int]:
        return [part for part in sorted(self.rows) if self.rows[part].state in states]

    def move(self, row: Row, state: State, error: int = 0) -> None:
        self.money[row.draft.account] += row.become(state, self.now, error)

    def correct(self, row: Row, reported: State, error: int) -> bool:
        """What a receipt makes of a part; whether it does."""
        corrected = correct(row.state, reported)
        if corrected is not None:
            self.move(row, corrected, error)
        return corrected is not None

    def note_ends(self) -> None:
        """Remember what must be told of now: the messages of BANK that have come to an end."""
        for message, (owner, each) in self.stands().items():
            if owner == BANK and each.state.final and self.stood.get(message) is not each.state:
                self.ends.setdefault(message, []).append((each.state, each.error))
            self.stood[message] = each.state

    def stands(self) -> dict[MessageId, tuple[AccountId, Stand]]:
        """The owner of each message and where it stands."""
        whole: dict[MessageId, list[Row]] = {}
        for _, row in sorted(self.rows.items()):
            whole.setdefault(row.draft.id, []).append(row)
        return {
            message: (group[0].draft.account, stand((row.state, row.error, row.at) for row in group))
            for message, group in whole.items()
        }


def test_whatever_happens_in_whatever_order_the_rules_hold(furnished: Path, tmp_path: Path) -> None:
    names = count()

    @settings(
        max_examples=scaled(400),
        deadline=None,
        derandomize=SCALE < 1,
        phases=(Phase.generate, Phase.shrink) if SCALE >= 1 else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 2**32 - 1), steps=st.integers(20, 100))
    def anything_happens(seed: int, steps: int) -> None:
        path = tmp_path / f"{next(names)}.db"
        shutil.copyfile(furnished, path)
        store = AnyOrder(f"sqlite:///{path}", seed)
        try:
            for _ in range(steps):
                store.step()
            store.the_money_adds_up()
            store.clients_are_told_where_their_messages_stand()
            store.the_mailbox_tells_each_end_once_and_in_order()
        finally:
            store.close()

    anything_happens()
