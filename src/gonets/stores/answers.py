"""What upstreams answer to the parts that they were sent, and parts that were never answered."""

from collections.abc import Callable, Sequence
from typing import assert_never

import msgspec
from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    text,
)
from structlog import get_logger

from gonets.model.account import Resend
from gonets.model.costs import Costs
from gonets.model.message import MessageId, PartId, State
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred, Lookup, Rejected, Returned, Sent, Settled, Uncertain
from gonets.ports.stores import PutOff
from gonets.rules.lifecycle import answer, correct
from gonets.rules.remote_ids import key_of
from gonets.rules.retrying import RetryPolicy, next_try
from gonets.stores.costs import costs_of
from gonets.stores.lookups import keep_lookups
from gonets.stores.moves import Move, Standing, move, standings
from gonets.stores.receipts import recognise, unpark
from gonets.stores.schema import AWAY, parked, parts
from gonets.stores.statements import Statement, gathered, given, packed

log = get_logger()

_answered = given("answered", "connector", "remote_id")
_early = Statement(
    select(
        gathered(
            parked.c.id,
            parked.c.connector,
            parked.c.remote_id,
            parked.c.state,
            parked.c.error,
            func.json(parked.c.lookup),
        )
    ).select_from(
        _answered.join(
            parked,
            and_(parked.c.connector == _answered.c.connector, parked.c.remote_id == _answered.c.remote_id),
        )
    )
)
_decode_early = msgspec.json.Decoder(list[tuple[int, str, str, State, int, Lookup | None]]).decode

Settling = tuple[str, Sequence[Settled], int, Costs | None]
"""Connector, its answers, the moment in Unix microseconds."""


class Settler:
    """Writes answers; holds what decides the next try."""

    def __init__(self, retry: RetryPolicy, chance: Callable[[], float]) -> None:
        self._retry = retry
        self._chance = chance
        self._chances: dict[MessageId, float] = {}

    def settle(self, connection: Connection, batches: Sequence[Settling]) -> list[list[PutOff]]:
        """Write the answers of each batch, and the receipts that came before them; returns what is tried again."""
        now = max(at for _, _, at, _ in batches)
        found = standings(connection, {each.part for _, settled, _, _ in batches for each in settled})
        moves: dict[PartId, Move] = {}
        answered: dict[tuple[str, str], list[PartId]] = {}
        self._chances.clear()
        for connector, settled, at, _ in batches:
            for each in settled:
                standing = found.get(each.part)
                if standing is None:
                    continue
                current = moves[each.part].state if each.part in moves else standing.state
                became = self._became(standing, current, each, at)
                if became is not None:
                    moves[each.part] = became
                    if became.remote_id:
                        answered.setdefault((connector, key_of(became.remote_id)), []).append(each.part)
        if answered:
            _catch_up(connection, answered, moves)
        move(connection, list(moves.values()), now, costs_of(connection, batches))
        recognise(connection, moves.values(), now)
        put_off = {part: each.due_at for part, each in moves.items() if each.due_at is not None}
        return [
            [PutOff(each.part, put_off[each.part]) for each in settled if each.part in put_off]
            for _, settled, _, _ in batches
        ]

    def _became(self, standing: Standing, current: State, settled: Settled, now: int) -> Move | None:
        """What an answer makes of a part that is `current` by now; None: nothing, it does not wait for one."""
        state = answer(current, settled.result)
        if state is None:
            return None
        match settled.result:
            case Sent(remote_id):
                return Move(standing, state, remote_id=remote_id)
            case Rejected(error):
                return Move(standing, state, error)
            case Uncertain(error):
                return self._unanswered(standing, error, now)
            case Returned():
                return Move(standing, state, due_at=now, uncounted=True)
            case Deferred(error, after, doubtful):
                again_at = self._again_at(standing, after, now)
                if again_at is not None:
                    return Move(standing, state, error, again_at, "" if doubtful else None)
                if doubtful or standing.doubtful:
                    return Move(standing, State.UNCERTAIN, error)
                return Move(standing, State.FAILED, error or PLATFORM_ERROR)
        assert_never(settled.result)

    def _again_at(self, standing: Standing, after: float, now: int) -> int | None:
        """When a part is tried again, not after its validity has run out; None: its tries are used up."""
        # The same for all parts that were put off together: they may have to leave together.
        chance = self._chances.get(standing.message)
        if chance is None:
            chance = self._chances[standing.message] = self._chance()
        wait = next_try(standing.attempts, after, self._retry, chance)
        if wait is None:
            return None
        again_at = now + round(wait * 1_000_000)
        return again_at if standing.expires_at is None else min(again_at, max(now, standing.expires_at))

    def _unanswered(self, standing: Standing, error: int, now: int) -> Move:
        """What becomes of a part that left and was not answered: its account has said which doubt it prefers."""
        if standing.resend is Resend.NEVER_LOST:
            again_at = self._again_at(standing, 0, now)
            if again_at is not None:
                log.warning(
                    "part is sent again and may arrive twice", action="part_sent_again", part=standing.part
                )
                return Move(standing, State.DEFERRED, error, due_at=again_at)
        return Move(standing, State.UNCERTAIN, error)

    def recover(
        self, connection: Connection, batches: Sequence[tuple[Sequence[str] | None, int]]
    ) -> list[int]:
        """Parts that these connectors (None: any) claimed and never settled are unanswered for good."""
        counts = []
        for names, now in batches:
            count = 0
            for name in (None,) if names is None else names:
                ids = [row[0] for row in _decode_ids(_orphans.rows(connection, by=name))]
                for start in range(0, len(ids), _STEP):
                    found = standings(connection, ids[start : start + _STEP]).values()
                    moves = [self._unanswered(each, 0, now) for each in found]
                    move(connection, moves, now)
                    recognise(connection, moves, now)
                count += len(ids)
            counts.append(count)
        return counts


def _catch_up(
    connection: Connection, answered: dict[tuple[str, str], list[PartId]], moves: dict[PartId, Move]
) -> None:
    """Let receipts that came before these answers have their say."""
    early = _decode_early(_early.rows(connection, answered=packed(list(answered))))
    lookups: dict[MessageId, Lookup] = {}
    for _, connector, remote_id, state, error, lookup in early:
        for part in answered[connector, remote_id]:
            became = moves[part]
            corrected = correct(became.state, state)
            if corrected is not None:
                moves[part] = msgspec.structs.replace(became, state=corrected, error=error)
                if lookup is not None:
                    lookups[became.standing.message] = lookup
    keep_lookups(connection, lookups)
    if early:
        unpark(connection, [row[0] for row in early])


_orphans = Statement(
    select(gathered(parts.c.id)).where(
        text(AWAY),
        parts.c.state == literal_column(str(State.CLAIMED.value)),
        parts.c.connector == func.coalesce(bindparam("by"), parts.c.connector),
    )
)
_decode_ids = msgspec.json.Decoder(list[tuple[PartId]]).decode
_STEP = 5000
