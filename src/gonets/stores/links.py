"""How connectors have done: counted in the store over what was accepted in a period, whether a gateway runs or not."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, case, func, select

from gonets.model.message import State
from gonets.model.times import micros
from gonets.rules.health import BINS, BOUNDS_S, quantile
from gonets.stores.margins import period
from gonets.stores.schema import messages, parked, parts

_REFUSED = (State.REJECTED, State.FAILED)
_REPORTED = (State.DELIVERED, State.UNDELIVERED, State.EXPIRED, State.REJECTED)
"""Ends that a receipt may have told."""


class Done(msgspec.Struct, gc=False):
    """What became of the parts that a connector was given in a period."""

    states: dict[State, int] = {}
    """By where they stand."""
    taken: int = 0
    """Those that the upstream gave an id."""
    refused: int = 0
    """Those that it did not, for good or until their tries were used up."""
    ended: int = 0
    """Those that it took and that a receipt brought to their end."""
    bins: list[int] = msgspec.field(default_factory=lambda: [0] * BINS)
    """Delivered parts by the time from sending to receipt, in the bins of `rules.health`."""
    unmatched: int = 0
    """Receipts of parts that are not known, which wait now; of whatever period."""

    @property
    def given(self) -> int:
        """All of them."""
        return sum(self.states.values())

    @property
    def delivered(self) -> int:
        """Those that are on a phone."""
        return self.states.get(State.DELIVERED, 0)

    def receipt_s(self, part: float) -> float | None:
        """Seconds to the receipt that `part` (0 .. 1) of the delivered have not exceeded; None: there are none."""
        return quantile(self.bins, part)


def done_since(connection: Connection, since: datetime) -> dict[str, Done]:
    """By connector, of the messages accepted from then on. It reads those, and nothing that is older."""
    found: dict[str, Done] = {}
    took = (parts.c.status_at - parts.c.left_at) / 1e6
    bin_of = case(*((took <= bound, number) for number, bound in enumerate(BOUNDS_S)), else_=len(BOUNDS_S))
    grouped = (
        select(
            parts.c.connector,
            parts.c.state,
            bin_of.label("bin"),
            func.count().label("count"),
            func.count(func.nullif(parts.c.remote_id, "")).label("taken"),
        )
        .select_from(parts.join(messages, messages.c.id == parts.c.message_id))
        .where(
            parts.c.id > period(connection, since)[0],
            messages.c.accepted_at >= micros(since),
            parts.c.connector.is_not(None),
        )
        .group_by(parts.c.connector, parts.c.state, bin_of)
    )
    for connector, state, number, count, taken in connection.execute(grouped):
        done = found.setdefault(connector, Done())
        done.taken += taken
        done.refused += count - taken if state in _REFUSED else 0
        done.ended += taken if state in _REPORTED else 0
        done.states[State(state)] = done.states.get(State(state), 0) + count
        if state == State.DELIVERED:
            done.bins[number] += count
    for connector, count in connection.execute(
        select(parked.c.connector, func.count()).group_by(parked.c.connector)
    ):
        found.setdefault(connector, Done()).unmatched = count
    return found
