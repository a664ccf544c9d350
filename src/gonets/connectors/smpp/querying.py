"""Which parts the upstream is to be asked after (query_sm, SMPP 3.4 §4.8), and what its answers say.

Pure. A part is asked after some time after it was taken, and again ever more rarely until a receipt or an answer ends
it. What is remembered is bounded: beyond that the oldest are left to their receipts. Refused: a part whose answer was
lost, for it has no id to ask by; and what says nothing, such as ESME_RQUERYFAIL or a state that is none.
"""

from collections import OrderedDict
from datetime import datetime
from heapq import heappop, heappush
from math import inf
from typing import Final

import msgspec

from gonets.connectors.smpp.answers import STATES
from gonets.model.message import PartId, State
from gonets.model.results import Receipt
from gonets.rules.remote_ids import is_same_number, key_of
from gonets.wire.smpp import times
from gonets.wire.smpp.codes import MessageState, Status
from gonets.wire.smpp.pdu import GenericNack, Pdu, QuerySmResp

MOST_FOLLOWED: Final = 100_000
_MOST_TIMES: Final = 12
"""Twice as long is waited each time; after so many it is left to its receipt."""
_LONGEST_S: Final = 6 * 3600.0
"""Between two questions."""


class Asked(msgspec.Struct, gc=False):
    """A part that the upstream has taken and that has not come to its end."""

    part: PartId
    remote_id: str
    recipient: str
    source: tuple[int, int, str] = (0, 0, "")
    """Its source address as it was sent: type of number, numbering plan, address. Empty: it is not known any more."""
    times: int = 0
    """How often it was asked after."""
    state: State | None = None
    """What the upstream has said of it."""


class Queries:
    """Parts by the moments at which they are to be asked after; `after`: seconds to the first, 0: never."""

    def __init__(self, after: float) -> None:
        self._after = after
        self._known: OrderedDict[str, Asked] = OrderedDict()  # by the key of the id
        self._turns: list[tuple[float, int, str]] = []  # moment, count of questions, key
        self._turn = 0

    @property
    def asks(self) -> bool:
        """Whether anything is asked at all."""
        return self._after > 0

    def stop(self) -> None:
        """The upstream does not know the question."""
        self._after = 0.0
        self._known.clear()
        self._turns.clear()

    def took(self, asked: Asked, now: float, ago: float = 0.0) -> None:
        """The upstream has it, since so many seconds."""
        key = key_of(asked.remote_id)
        if not self.asks or not key:
            return
        self._known[key] = asked
        if len(self._known) > MOST_FOLLOWED:
            self._known.popitem(last=False)
        self._put(key, now + max(0.0, self._after - ago))

    def told(self, receipt: Receipt) -> None:
        """A receipt has come; where it is an end, its part is not asked after any more."""
        if not self._known or not receipt.state.final or receipt.state is State.NO_REPORT:
            return
        key = key_of(receipt.remote_id)
        for each in (key, *map(key_of, receipt.others)):
            asked = self._known.get(each)
            if asked is not None and (each == key or is_same_number(asked.recipient, receipt.recipient)):
                del self._known[each]
                return

    def due(self, now: float, limit: int) -> list[Asked]:
        """Those to ask after now, at most so many; each is put off until it is answered or asked after again."""
        found: list[Asked] = []
        while self._turns and len(found) < limit and self._turns[0][0] <= now:
            _, _, key = heappop(self._turns)
            asked = self._known.get(key)
            if asked is None:
                continue
            asked.times += 1
            found.append(asked)
            if asked.times >= _MOST_TIMES:
                del self._known[key]
            else:
                self._put(key, now + min(self._after * 2**asked.times, _LONGEST_S))
        return found

    def next_at(self) -> float:
        """When the next is due."""
        return self._turns[0][0] if self._turns else inf

    def news(self, asked: Asked, answer: QuerySmResp, at: datetime) -> Receipt | None:
        """What an answer says of a part: its end, or that the network has accepted it; None: nothing new."""
        if answer.command_status:
            return None
        try:
            state = STATES[MessageState(answer.message_state)]
        except ValueError:
            return None
        if state is None or state is asked.state or state is State.NO_REPORT:
            return None  # NO_REPORT: the upstream does not know, which is no end of it
        asked.state = state
        if state.final:
            self._known.pop(key_of(asked.remote_id), None)
        return Receipt(asked.remote_id, state, answer.error_code, _ended(answer, at), asked.recipient)

    def _put(self, key: str, at: float) -> None:
        self._turn += 1
        heappush(self._turns, (at, self._turn, key))
        if len(self._turns) > 2 * MOST_FOLLOWED:
            kept = {each[2]: each for each in sorted(self._turns, reverse=True) if each[2] in self._known}
            self._turns = sorted(kept.values())


def is_unknown_question(answer: Pdu) -> bool:
    """Whether the upstream says that it does not know query_sm."""
    return isinstance(answer, GenericNack) or answer.command_status == Status.ESME_RINVCMDID


def _ended(answer: QuerySmResp, at: datetime) -> datetime:
    try:
        return times.instant(answer.final_date, at) or at
    except (times.BadTime, OverflowError):
        return at
