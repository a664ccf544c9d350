"""Whatever happens in whatever order, the rows stand where the rules say and the money adds up.

A machine does to a store what stages may do to it, in any order: unknown, early, late and repeated answers and receipts
included. Beside it a model of a few dictionaries does the same by `rules.lifecycle` alone, and both must agree.
"""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gonets.model.ledger import EntryKind
from gonets.model.message import AccountId, Draft, PartId, Priority, RouteId, State
from gonets.model.money import ONE
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Accepted, Deferred, Receipt, Rejected, Sent, Settled, Uncertain
from gonets.model.times import micros
from gonets.ports.stores import Applied, Placement
from gonets.rules.lifecycle import Stand, answer, correct, refunds, stand
from tests.contract.house import (
    BANK,
    POOR,
    RETRY,
    RUSSIA,
    SCALE,
    SHOP,
    UKRAINE,
    House,
    later,
    receipt,
    scaled,
)

T = TypeVar("T")

AWAY: Final = (State.SENT, State.UNCERTAIN, State.ACCEPTED)
TO_COME: Final = (State.SCHEDULED, State.DEFERRED)
LINKS: Final = {"alpha": (RUSSIA, UKRAINE), "beta": (UKRAINE,)}

REPORTED: Final = st.sampled_from([state for state in State if state.final] + [State.ACCEPTED] * 2)
RESULTS: Final = st.one_of(
    st.sampled_from(["sent", "sent", "sent"]),
    st.builds(Deferred, st.integers(0, 99), st.sampled_from([0.0, 5.0])),
    st.builds(Rejected, st.integers(0, 99)),
    st.builds(Uncertain, st.integers(0, 99)),
)


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


PHASES: Final = (Phase.explicit, Phase.reuse, Phase.generate)
"""Of a small run: making a failure shorter takes minutes."""


class AnyOrder(RuleBasedStateMachine):
    """The stages, gone wild."""

    def __init__(self, new_store: Callable[[], str]) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.house = House.open(new_store())
        self.seconds = 0.0
        self.rows: dict[int, Row] = {}
        self.parked: dict[str, dict[str, list[tuple[State, int]]]] = {name: {} for name in LINKS}
        self.money = {SHOP: 100 * ONE, BANK: 100 * ONE, POOR: 0}
        self.bound: set[int] = set()
        self.steps = 0

    def teardown(self) -> None:
        self.run(self.house.store.close())
        self.runner.close()

    # ---- what may happen

    @initialize()
    def begin(self) -> None:
        """Nothing has happened yet."""

    @rule(seconds=st.sampled_from([0.5, 10.0, 3600.0]))
    def time_passes(self, seconds: float) -> None:
        self.seconds += seconds

    @rule(
        calls=st.lists(
            st.lists(
                st.fixed_dictionaries(
                    {
                        "payer": st.sampled_from([SHOP, BANK, BANK, POOR]),
                        "parts": st.sampled_from([1, 1, 2, 3]),
                        "price": st.sampled_from([0, ONE, ONE, 7 * ONE]),
                        "refund_undelivered": st.booleans(),
                        "priority": st.sampled_from(Priority),
                        "route": st.sampled_from([RUSSIA, UKRAINE]),
                        "start": st.sampled_from([None, None, 5.0]),
                        "validity": st.sampled_from([None, 60.0, 60.0]),
                    }
                ),
                min_size=1,
                max_size=4,
            ),
            min_size=1,
            max_size=3,
        )
    )
    def messages_are_accepted(self, calls: list[list[dict[str, Any]]]) -> None:
        drafts = [[self.draft(**kind) for kind in call] for call in calls]
        accept = self.house.store.messages.accept
        results = self.at_once(*(accept(call, self.now) for call in drafts))
        for call, answers in zip(drafts, results, strict=True):
            for draft, result in zip(call, answers, strict=True):
                cost = draft.price * len(draft.segments)
                floor = -3 * ONE if draft.account == POOR else 0
                afforded = self.money[draft.account] - cost >= floor
                assert isinstance(result, Accepted) == afforded
                if afforded:
                    self.money[draft.account] -= cost
                    self.lay_out(draft)

    def draft(self, start: float | None, validity: float | None, **kind: Any) -> Draft:
        at = self.seconds
        return self.run(
            self.house.draft(
                **kind,
                start_at=None if start is None else later(at + start),
                expires_at=None if validity is None else later(at + validity),
            )
        )

    def lay_out(self, draft: Draft) -> None:
        state = State.QUEUED if draft.start_at is None else State.SCHEDULED
        for part in range(draft.id, draft.id + len(draft.segments)):
            self.rows[part] = Row(draft, state, draft.route, micros(self.now))

    @precondition(lambda self: self.standing(*TO_COME))
    @rule(data=st.data(), route=st.sampled_from([RUSSIA, UKRAINE, UKRAINE, None]))
    def due_parts_are_placed(self, data: st.DataObject, route: RouteId | None) -> None:
        chosen = self.some(data, self.standing(*TO_COME))
        placed = self.run(
            self.house.store.messages.place([Placement(PartId(part), route) for part in chosen], self.now)
        )
        assert placed == len(set(chosen))
        for part in set(chosen):
            row = self.rows[part]
            if route is None:
                self.give(row, row.become(State.FAILED, self.now, PLATFORM_ERROR))
            else:
                if row.state is State.SCHEDULED:
                    row.at = micros(self.now)
                row.state, row.route = State.QUEUED, route

    @precondition(lambda self: self.standing(State.QUEUED))
    @rule(limit=st.integers(1, 6), name=st.sampled_from(sorted(LINKS)))
    def parts_are_claimed(self, limit: int, name: str) -> None:
        claimed = self.run(self.house.claim(limit, by=name, routes=LINKS[name], at=self.now))
        expected: list[int] = []
        while not expected:
            waiting = [part for part in self.standing(State.QUEUED) if self.rows[part].route in LINKS[name]]
            waiting.sort(key=lambda part: (self.rows[part].draft.priority, part))
            late = [part for part in waiting[:limit] if self.is_late(part)]
            expected = [part for part in waiting[:limit] if part not in late]
            for part in late:
                self.give(self.rows[part], self.rows[part].become(State.EXPIRED, self.now))
            if not late:
                break
        assert [part.id for part in claimed] == expected
        assert not self.bound.intersection(expected), "claimed twice without having been deferred"
        self.bound.update(expected)
        for part in expected:
            row = self.rows[part]
            row.state, row.by, row.left_at = State.CLAIMED, name, self.now
            row.attempts += 1

    def is_late(self, part: int) -> bool:
        expires_at = self.rows[part].draft.expires_at
        return expires_at is not None and expires_at <= self.now

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def answers_are_heard(self, data: st.DataObject) -> None:
        heard = self.answers(data)
        self.run(self.house.store.messages.settle("alpha", heard, self.now))
        self.settled(heard)

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def receipts_are_heard(self, data: st.DataObject) -> None:
        heard = self.receipts(data)
        assert self.run(self.house.store.messages.apply("alpha", heard, self.now)) == self.applied(heard)

    @precondition(lambda self: self.standing(State.CLAIMED))
    @rule(data=st.data())
    def answers_and_receipts_are_heard_together(self, data: st.DataObject) -> None:
        answers, receipts = self.answers(data), self.receipts(data)
        messages = self.house.store.messages
        written = self.at_once(
            messages.settle("alpha", answers, self.now), messages.apply("alpha", receipts, self.now)
        )
        self.settled(answers)
        assert written[1] == self.applied(receipts)

    def answers(self, data: st.DataObject) -> list[Settled]:
        """To any part of `alpha`, most of them waiting for one; some twice."""
        mine = [part for part in sorted(self.rows) if self.rows[part].by in ("alpha", None)]
        waiting = [part for part in self.standing(State.CLAIMED, State.UNCERTAIN) if part in mine]
        heard = []
        for part in self.some(data, waiting * 3 + mine) if mine else []:
            result = data.draw(RESULTS)
            heard.append(Settled(PartId(part), Sent(f"r{part}") if result == "sent" else result))
        return heard

    def settled(self, heard: Sequence[Settled]) -> None:
        """What the rules say that answers come to."""
        answered: set[int] = set()
        for each in heard:
            row = self.rows[each.part]
            state = answer(row.state, each.result)
            if state is None:
                continue
            error = getattr(each.result, "error", 0)
            if isinstance(each.result, Deferred) and row.attempts >= RETRY.tries:
                state, error = State.FAILED, error or PLATFORM_ERROR
            self.give(row, row.become(state, self.now, error))
            if state is State.DEFERRED:
                self.bound.discard(each.part)
            if isinstance(each.result, Sent):
                row.remote_id = each.result.remote_id
                answered.add(each.part)
        for part in answered:
            row = self.rows[part]
            assert row.remote_id is not None
            for reported, error in self.parked["alpha"].pop(row.remote_id, []):
                corrected = correct(row.state, reported)
                if corrected is not None:
                    self.give(row, row.become(corrected, self.now, error))

    def receipts(self, data: st.DataObject) -> list[Receipt]:
        """For parts sent, not sent yet, of others and of nobody; some twice."""
        known = [part for part in sorted(self.rows) if self.rows[part].remote_id is not None]
        chosen = self.some(data, known * 3 + sorted(self.rows) + [9_999_999])
        return [
            receipt(part, data.draw(REPORTED), data.draw(st.integers(0, 255)), self.now) for part in chosen
        ]

    def applied(self, heard: Sequence[Receipt]) -> Applied:
        """What the rules say that receipts come to."""
        part_of = {row.remote_id: part for part, row in self.rows.items() if row.remote_id is not None}
        early = unchanged = 0
        for each in heard:
            part = part_of.get(each.remote_id)
            if part is None:
                early += 1
                self.parked["alpha"].setdefault(each.remote_id, []).append((each.state, each.error))
                continue
            row = self.rows[part]
            corrected = correct(row.state, each.state)
            if corrected is None:
                unchanged += 1
            else:
                self.give(row, row.become(corrected, self.now, each.error))
        return Applied(len(heard) - early - unchanged, early, unchanged)

    @rule(names=st.lists(st.sampled_from(sorted(LINKS)), unique=True))
    def the_gateway_starts_again(self, names: list[str]) -> None:
        lost = [part for part in self.standing(State.CLAIMED) if self.rows[part].by in names]
        assert self.run(self.house.store.messages.recover(names, self.now)) == len(lost)
        for part in lost:
            self.rows[part].become(State.UNCERTAIN, self.now)

    @precondition(lambda self: self.standing(*AWAY))
    @rule(ago=st.sampled_from([0.0, 5.0, 600.0]))
    def what_is_overdue_is_swept(self, ago: float) -> None:
        before = later(self.seconds - ago)
        overdue = []
        for part in self.standing(*AWAY):
            left_at = self.rows[part].left_at
            assert left_at is not None
            if left_at < before:
                overdue.append(part)
        assert self.run(self.house.store.messages.sweep(before, 1000, self.now)) == len(overdue)
        for part in overdue:
            self.rows[part].become(State.NO_REPORT, self.now)

    @rule()
    def parked_receipts_are_forgotten(self) -> None:
        parked = sum(len(each) for each in self.parked["alpha"].values())
        forgotten = self.run(self.house.store.messages.forget_parked(later(self.seconds + 1)))
        assert forgotten == parked
        self.parked["alpha"].clear()

    # ---- what holds all the time

    @invariant()
    def the_rows_stand_where_the_rules_say(self) -> None:
        query = "SELECT id, state, status_at, error, attempts, remote_id, refunded FROM parts ORDER BY id"
        assert self.house.rows(query) == [
            (part, row.state, row.at, row.error, row.attempts, row.remote_id, row.refunded)
            for part, row in sorted(self.rows.items())
        ]

    @invariant()
    def all_the_rest_agrees(self) -> None:
        """Looked at now and then: it takes longer than what happened."""
        self.steps += 1
        if self.steps % 8 == 0:
            self.the_money_adds_up()
            self.clients_are_told_where_their_messages_stand()
            self.the_mailbox_tells_the_newest_end_of_each_message()

    def the_money_adds_up(self) -> None:
        assert self.house.flaws() == []
        assert {payer: self.house.balance(payer) for payer in self.money} == self.money
        assert min(self.money[SHOP], self.money[BANK]) >= 0
        assert self.money[POOR] >= -3 * ONE
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

    def the_mailbox_tells_the_newest_end_of_each_message(self) -> None:
        told: dict[int, list[tuple[State, int]]] = {}
        for message, state, error in self.run(self.house.mail()):
            told.setdefault(message, []).append((state, error))
        for message, (owner, each) in self.stands().items():
            notices = told.pop(message, [])
            assert all(one[0] is not other[0] for one, other in pairwise(notices))
            if owner == BANK and each.state.final:
                assert notices[-1] == (each.state, each.error)
            else:
                assert owner == BANK or not notices
        assert not told

    # ---- the machine's own

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

    def some(self, data: st.DataObject, parts: Sequence[int]) -> list[int]:
        return data.draw(st.lists(st.sampled_from(parts), min_size=1, max_size=6))

    def standing(self, *states: State) -> list[int]:
        return [part for part in sorted(self.rows) if self.rows[part].state in states]

    def give(self, row: Row, amount: int) -> None:
        self.money[row.draft.account] += amount

    def stands(self) -> dict[Any, tuple[AccountId, Stand]]:
        """The owner of each message and where it stands."""
        whole: dict[Any, list[Row]] = {}
        for _, row in sorted(self.rows.items()):
            whole.setdefault(row.draft.id, []).append(row)
        return {
            message: (group[0].draft.account, stand((row.state, row.error, row.at) for row in group))
            for message, group in whole.items()
        }


def test_whatever_happens_in_whatever_order_the_rules_hold(furnished: Path, tmp_path: Path) -> None:
    stores = iter(range(10**6))

    def new_store() -> str:
        path = tmp_path / f"{next(stores)}.db"
        shutil.copyfile(furnished, path)
        return f"sqlite:///{path}"

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: AnyOrder(new_store),
        settings=settings(
            max_examples=scaled(600),
            stateful_step_count=40,
            deadline=None,
            derandomize=SCALE < 1,
            phases=PHASES if SCALE < 1 else tuple(Phase),
            suppress_health_check=list(HealthCheck),
        ),
    )
