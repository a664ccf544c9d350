"""How waiting parts are bound to a connector: three lanes, in each of them the accounts by turns, oldest first.

A connector that has room gets the most urgent parts, but a small share of its room is kept for each less urgent lane
in which something waits, so that none starves. Within a lane every account that waits gets as many as any other; what
one has no use for, the others share. Which accounts wait is found by hopping through the index from one to the next:
some more than there is room for, however many accounts and parts wait.
"""

from collections.abc import Hashable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, and_, bindparam, func, or_, select, text, update

from gonets.model.message import AccountId, MessageId, Outgoing, PartId, Priority, RouteId, State
from gonets.ports.stores import Choice, Turns
from gonets.stores.moves import Move, move, standings
from gonets.stores.schema import WAITING, messages, parts
from gonets.stores.statements import Statement, gathered, given, packed

LANES: Final[tuple[tuple[Priority, ...], ...]] = (
    (Priority.REALTIME, Priority.HIGH),
    (Priority.NORMAL,),
    (Priority.LOW,),
)
"""Realtime, normal and bulk: the most urgent first, and within one the more urgent of its priorities."""
SHARES: Final = (0.0, 0.1, 0.05)
"""Of a connector's room, kept for each of these lanes while something waits in it."""
_MOST_ACCOUNTS = 1000
_ACCOUNTS_EACH = 4
"""Waiting accounts that are looked at in one claim: at most, and for each part that is asked for. Those after them have
their turn in the next."""
_MOST_LOOKS = 20
"""At a lane in one claim, where what was seen had expired or had to wait for an earlier part."""
_MOST_CHOOSING = 4
"""Looks at a lane in one claim, where parts in it may be for others."""
_CHOSEN_FROM = 100
"""Parts of each account that are looked at then at least."""


class Candidate(Outgoing, frozen=True, gc=False, array_like=True):
    """A waiting part, with what decides on its turn."""

    priority: Priority = Priority.NORMAL
    account: AccountId = AccountId(0)


_asked = given("asked", "route_id", "priority", "after")
_asked_next = (
    select(parts.c.account_id)
    .where(
        text(WAITING),
        parts.c.route_id == _asked.c.route_id,
        parts.c.priority == _asked.c.priority,
        parts.c.account_id > _asked.c.after,
    )
    .order_by(parts.c.account_id)
    .limit(1)
    .scalar_subquery()
)
_first_ones = select(_asked.c.route_id, _asked.c.priority, _asked_next.label("account_id")).cte(
    "waiting", recursive=True
)
_next_ones = (
    select(parts.c.account_id)
    .where(
        text(WAITING),
        parts.c.route_id == _first_ones.c.route_id,
        parts.c.priority == _first_ones.c.priority,
        parts.c.account_id > _first_ones.c.account_id,
    )
    .order_by(parts.c.account_id)
    .limit(1)
    .scalar_subquery()
)
_waiting = _first_ones.union_all(
    select(_first_ones.c.route_id, _first_ones.c.priority, _next_ones).where(
        _first_ones.c.account_id.is_not(None)
    )
)
_found = select(_waiting).where(_waiting.c.account_id.is_not(None)).limit(bindparam("most")).subquery("found")
_accounts = Statement(select(gathered(_found.c.route_id, _found.c.priority, _found.c.account_id)))
_decode_accounts = msgspec.json.Decoder(list[tuple[RouteId, Priority, AccountId]]).decode

_CANDIDATE = (
    parts.c.id,
    parts.c.message_id,
    parts.c.number,
    messages.c.parts,
    messages.c.sender,
    messages.c.recipient,
    func.coalesce(parts.c.segment, messages.c.text),
    messages.c.encoding,
    parts.c.attempts + 1,
    messages.c.expires_at,
    messages.c.channel,
    messages.c.flash,
    func.coalesce(messages.c.subject, ""),
    func.coalesce(messages.c.picture, ""),
    func.json(messages.c.speech),
    func.coalesce(messages.c.header, ""),
    func.coalesce(messages.c.octets, ""),
    parts.c.priority,
    parts.c.account_id,
)
_lines = given("lines", "route_id", "account_id", "after")


def _may_go(part: Any) -> Any:
    """What an upstream may have already goes to nobody else."""
    return or_(part.c.remote_id.is_(None), part.c.connector == bindparam("by"))


_ahead = parts.alias("ahead")
_head = (
    select(_ahead.c.id)
    .where(
        text(f"ahead.{WAITING}"),
        _ahead.c.route_id == _lines.c.route_id,
        _ahead.c.priority == bindparam("priority"),
        _ahead.c.account_id == _lines.c.account_id,
        _ahead.c.id > _lines.c.after,
        _may_go(_ahead),
    )
    .order_by(_ahead.c.id)
    .limit(bindparam("most"))
    .correlate(_lines)
)
_candidates = Statement(
    select(gathered(*_CANDIDATE)).select_from(
        _lines.join(parts, parts.c.id.in_(_head)).join(messages, messages.c.id == parts.c.message_id)
    )
)
_decode_candidates = msgspec.json.Decoder(
    list[Candidate], strict=False
).decode  # SQLite writes booleans as 0 and 1

_split = given("split", "id", "parts")
_siblings = Statement(
    select(gathered(parts.c.state, func.json_array(*_CANDIDATE))).select_from(
        _split.join(messages, messages.c.id == _split.c.id).join(
            parts,
            and_(
                parts.c.id >= _split.c.id,
                parts.c.id < _split.c.id + _split.c.parts,
                _may_go(parts),
            ),
        )
    )
)
_decode_siblings = msgspec.json.Decoder(list[tuple[State, Candidate]], strict=False).decode

_bound = given("bound", "id")
_bind = Statement(
    update(parts)
    .where(parts.c.id == _bound.c.id)
    .values(
        state=State.CLAIMED.value,
        connector=bindparam("by"),
        attempts=parts.c.attempts + 1,
        left_at=bindparam("now"),
    )
)
_late = given("late", "id", "until")
_put_off = Statement(
    update(parts).where(parts.c.id == _late.c.id).values(state=State.DEFERRED.value, due_at=_late.c.until)
)

Claiming = tuple[str, Sequence[RouteId], int, int, bool, Turns | None, Choice | None]
"""Connector, routes it serves, how many at most, the moment in Unix microseconds, whether whole messages, who knows
which parts have to wait for earlier ones, and who knows which are for it."""

Places = dict[tuple[Priority, AccountId], PartId]
"""By line: the last part that was looked at."""


class Claimer:
    """Binds waiting parts; remembers whose turn is next."""

    def __init__(self) -> None:
        self._credit: dict[str, list[float]] = {}
        """By connector: parts that each lane may claim before more urgent ones."""
        self._last: dict[tuple[str, Priority], AccountId] = {}
        """By connector and priority: the account after which the next turn begins."""
        self._horizon: dict[Priority, AccountId] = {}
        """In the claim that is being made, by priority: the last account that was looked for, where more may wait."""
        self._reached: set[Priority] = set()
        """Of those, where it has had its turn."""
        self._passed: dict[tuple[str, RouteId], tuple[Hashable, Places]] = {}
        """By connector and a route of which it chooses: by what it chose, and how far it has looked."""

    def claim(self, connection: Connection, claims: Sequence[Claiming]) -> list[list[Candidate]]:
        """Bind as many parts of these routes as are asked for; what is past its validity expires instead."""
        return [self._claim(connection, *asked) for asked in claims]

    def _claim(
        self,
        connection: Connection,
        connector: str,
        routes: Sequence[RouteId],
        limit: int,
        now: int,
        whole: bool,
        turns: Turns | None,
        choice: Choice | None = None,
    ) -> list[Candidate]:
        if limit <= 0 or not routes:
            return []
        waiting = self._lines(connection, connector, routes, _ACCOUNTS_EACH * limit)
        if not waiting:
            return []
        going = _Going(connection, connector, now, whole, turns, choice)
        if choice is not None:
            key, places = self._passed.get((connector, routes[0]), (None, {}))
            going.passed = places if key == choice.key else {}
            self._passed[connector, routes[0]] = (choice.key, going.passed)
        for number, count in self._kept(connector, waiting, limit):
            self._fill(going, waiting, LANES[number], count)
        for lane in LANES:
            self._fill(going, waiting, lane, limit - len(going.taken))
        if self._horizon and len(going.taken) < limit:
            waiting = self._lines(connection, connector, routes, _MOST_ACCOUNTS)
            for lane in LANES:
                self._fill(going, waiting, lane, limit - len(going.taken))
        credit = self._credit[connector]
        for number, lane in enumerate(LANES):
            credit[number] = max(0.0, credit[number] - going.count(lane))
        return going.in_order()

    def _lines(
        self, connection: Connection, connector: str, routes: Sequence[RouteId], most: int
    ) -> dict[Priority, dict[AccountId, list[RouteId]]]:
        """By priority about so many accounts that wait, in the order of their turns, and on which routes."""
        last = {priority: self._last.get((connector, priority), AccountId(0)) for priority in Priority}
        asked = [(route, priority, last[priority]) for route in routes for priority in Priority]
        most = max(2 * len(asked), min(most, _MOST_ACCOUNTS))
        found, ends = _accounts_after(connection, asked, most)
        again = [(route, priority, -1) for route, priority, after in asked if after]
        again = [each for each in again if each[:2] not in ends]
        if again:
            round_again, ends_again = _accounts_after(connection, again, most)
            found += [each for each in round_again if each[2] <= last[each[1]]]
            ends |= {line: end for line, end in ends_again.items() if end <= last[line[1]]}

        def turn(priority: Priority, account: AccountId) -> tuple[bool, AccountId]:
            return account <= last[priority], account

        self._horizon = {}
        self._reached.clear()
        for (_, priority), end in ends.items():
            nearest = self._horizon.get(priority, end)
            self._horizon[priority] = min(end, nearest, key=lambda each: turn(priority, each))
        lines: dict[Priority, dict[AccountId, list[RouteId]]] = {}
        for route, priority, account in sorted(found, key=lambda each: turn(each[1], each[2])):
            horizon = self._horizon.get(priority)
            if horizon is None or turn(priority, account) <= turn(priority, horizon):
                lines.setdefault(priority, {}).setdefault(account, []).append(route)
        return lines

    def _kept(
        self, connector: str, waiting: dict[Priority, dict[AccountId, list[RouteId]]], limit: int
    ) -> list[tuple[int, int]]:
        """Lanes that have earned something for themselves by now, and how much."""
        credit = self._credit.setdefault(connector, [0.0] * len(LANES))
        kept: list[tuple[int, int]] = []
        pressed = (
            False  # whether something more urgent waits: where nothing does, a lane has all the room as it is
        )
        for number, share in enumerate(SHARES):
            if not any(priority in waiting for priority in LANES[number]):
                credit[number] = 0.0
                continue
            if not pressed:
                pressed = True
                continue
            credit[number] = min(credit[number] + limit * share, 1 + limit * share)
            if credit[number] >= 1:
                kept.append((number, min(int(credit[number]), limit)))
        return kept

    def _fill(
        self,
        going: "_Going",
        waiting: dict[Priority, dict[AccountId, list[RouteId]]],
        lane: Iterable[Priority],
        count: int,
    ) -> None:
        """Take up to `count` parts of a lane, as many of each account that waits in it."""
        for priority in lane:
            lines = waiting.get(priority, {})
            looks = 0
            while count > 0 and lines and looks < going.most_looks:
                looks += 1
                share = max(1, count // len(lines))
                served = dict(list(lines.items())[:count])
                if len(served) < len(lines):
                    if priority not in self._reached:
                        self._last[going.connector, priority] = list(served)[-1]
                    waiting[priority] = lines = {
                        **{each: routes for each, routes in lines.items() if each not in served},
                        **served,
                    }
                elif priority in self._horizon:
                    self._reached.add(priority)
                    self._last[going.connector, priority] = self._horizon[priority]
                taken, dry = going.take(priority, served, share)
                count -= taken
                for account in dry:
                    del lines[account]


class _Going:
    """What one claim has taken so far."""

    def __init__(
        self,
        connection: Connection,
        connector: str,
        now: int,
        whole: bool,
        turns: Turns | None,
        choice: Choice | None,
    ) -> None:
        self.passed: Places = {}
        """How far each line was looked at, in this claim or one before it; nothing at the end of a line."""
        self.most_looks = _MOST_LOOKS if choice is None else _MOST_CHOOSING
        self._choice = choice
        self.connector = connector
        self.taken: list[Candidate] = []
        self._connection = connection
        self._now = now
        self._whole = whole
        self._turns = turns
        self._places: dict[MessageId, int] = {}
        """By message: its place among those of its account."""
        self._counts: dict[tuple[Priority, AccountId], int] = {}

    def take(
        self, priority: Priority, lines: dict[AccountId, list[RouteId]], share: int
    ) -> tuple[int, list[AccountId]]:
        """Bind up to `share` more parts of each account; returns how many in all, and which accounts have no more."""
        asked = [
            (route, account, self.passed.get((priority, account), 0))
            for account, routes in lines.items()
            for route in routes
        ]
        most = share if self._choice is None else max(share, _CHOSEN_FROM // len(lines))
        rows = _decode_candidates(
            _candidates.rows(
                self._connection, lines=packed(asked), priority=priority, most=most, by=self.connector
            )
        )
        by_account: dict[AccountId, list[Candidate]] = {account: [] for account in lines}
        for part in rows:
            by_account[part.account].append(part)
        found: list[Candidate] = []
        dry: list[AccountId] = []
        for account, each in by_account.items():
            each.sort(key=attrgetter("id"))
            able, last = self._chosen(each, share)
            found += able
            if last is not None:
                self.passed[priority, account] = last
            if len(each) < most and len(able) < share:
                dry.append(account)
                if self._choice is not None:  # the next claim begins anew
                    self.passed.pop((priority, account), None)
        before = len(self.taken)
        self._bind(self._able(found))
        return len(self.taken) - before, dry

    def _chosen(self, line: list[Candidate], share: int) -> tuple[list[Candidate], PartId | None]:
        """The first of a line that are for this connector, at most its share; and the last part that was passed."""
        if self._choice is None:
            able = line[:share]
            return able, able[-1].id if able else None
        able = []
        for part in line:
            if self._choice.chooses(part):
                able.append(part)
                if len(able) == share:
                    return able, part.id
        return able, line[-1].id if line else None

    def _able(self, found: list[Candidate]) -> list[Candidate]:
        """Those that may leave now; the others expire, or wait for an earlier part to the same recipient."""
        late = [part.id for part in found if part.expires_at is not None and part.expires_at <= self._now]
        if late:
            moves = [Move(each, State.EXPIRED) for each in standings(self._connection, late).values()]
            move(self._connection, moves, self._now)
            gone = set(late)
            found = [part for part in found if part.id not in gone]
        if self._whole:
            found = _with_siblings(self._connection, found, self.connector)
        if self._turns is None or not found:
            return found
        until = self._turns.take(self.connector, found, self._now)
        if any(until):
            rows = [(part.id, moment) for part, moment in zip(found, until, strict=True) if moment]
            _put_off.run(self._connection, late=packed(rows))
            found = [part for part, moment in zip(found, until, strict=True) if not moment]
        return found

    def _bind(self, found: Sequence[Candidate]) -> None:
        if not found:
            return
        rows = packed([(part.id,) for part in found])
        _bind.run(self._connection, bound=rows, by=self.connector, now=self._now)
        for part in found:
            if part.message not in self._places:
                line = part.priority, part.account
                self._places[part.message] = self._counts[line] = self._counts.get(line, 0) + 1
        self.taken += found

    def count(self, lane: Sequence[Priority]) -> int:
        """How many parts of a lane were taken."""
        return sum(part.priority in lane for part in self.taken)

    def in_order(self) -> list[Candidate]:
        """All of it: the most urgent first, then one message of each account after the other."""
        self.taken.sort(key=lambda part: (part.priority, self._places[part.message], part.id))
        return self.taken


def _accounts_after(
    connection: Connection, asked: Sequence[tuple[RouteId, Priority, int]], most: int
) -> tuple[list[tuple[RouteId, Priority, AccountId]], dict[tuple[RouteId, Priority], AccountId]]:
    """Accounts that wait, the next of each route and priority, then those after them; and the last of each where more
    may wait, for there were too many."""
    found = _decode_accounts(_accounts.rows(connection, asked=packed(asked), most=most))
    if len(found) < most:
        return found, {}
    lasts: dict[tuple[RouteId, Priority], AccountId] = {}
    counts: dict[tuple[RouteId, Priority], int] = {}
    for route, priority, account in found:
        line = route, priority
        lasts[line] = max(lasts.get(line, account), account)
        counts[line] = counts.get(line, 0) + 1
    fewest = max(counts.values()) - 1
    return found, {line: end for line, end in lasts.items() if counts[line] >= fewest}


def _with_siblings(connection: Connection, found: Sequence[Candidate], by: str) -> list[Candidate]:
    """Each message whole, in the place of its first part; not those of which some parts are still to come due."""
    split = {part.message: part.total for part in found if part.total > 1}
    if not split:
        return list(found)
    siblings: dict[MessageId, list[tuple[State, Candidate]]] = {message: [] for message in split}
    for state, part in _decode_siblings(_siblings.rows(connection, split=packed(list(split.items())), by=by)):
        siblings[part.message].append((state, part))
    taken: list[Candidate] = []
    for part in found:
        if part.total == 1:
            taken.append(part)
            continue
        group = siblings.pop(part.message, [])
        if not any(state in (State.SCHEDULED, State.DEFERRED) for state, _ in group):
            waiting = [each for state, each in group if state is State.QUEUED]
            taken += sorted(waiting, key=attrgetter("number"))
    return taken
