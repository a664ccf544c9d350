"""Which id a receipt means, on a link whose answers may write ids in another base than its receipts.

The first receipts teach it. While a link is strange, its receipts are told with the other ids they may mean, and
the store believes those only where the recipient is the same. Once a receipt has named an id exactly as its answer
had it, there is nothing more to ask. That answers are in another base is learnt from three receipts in a row, since
one may be a coincidence of digits; those told in vain before are told again, then in the base of the answers.

What is kept for that is bounded, and forgotten once the link is known.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec

from gonets.connectors.smpp.settings import Ids
from gonets.model.results import Receipt
from gonets.rules.remote_ids import is_same_number, key_of, to_decimal, to_hex

T = TypeVar("T")

_MOST_KEPT: Final = 10_000
_MOST_RECEIPTS: Final = 1_000
_ENOUGH: Final = 3
"""Receipts in a row that only make sense in another base."""

_ANSWER_OF: Final[dict[Ids, Callable[[str], str | None]]] = {Ids.HEX: to_hex, Ids.DECIMAL: to_decimal}
"""By what the answers are in: the answer's id of a receipt's."""


class IdForms:
    """What one link has taught so far."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        """AUTO: not known yet."""
        self._answers: OrderedDict[str, str] = OrderedDict()  # the recipient of each, by key
        self._told: deque[Receipt] = deque(maxlen=_MOST_RECEIPTS)
        self._meant: OrderedDict[str, tuple[Ids, str]] = (
            OrderedDict()
        )  # by the key of each id a receipt may mean
        self._in_a_row: tuple[Ids, int] = (Ids.AUTO, 0)

    def answered(self, remote_id: str, recipient: str) -> Sequence[Receipt]:
        """The upstream took a part under this id; returns earlier receipts to be told again."""
        if self.ids is not Ids.AUTO:
            return ()
        key = key_of(remote_id)
        ids, told = self._meant.get(key, (Ids.AUTO, ""))
        if ids is not Ids.AUTO and is_same_number(recipient, told):
            del self._meant[key]
            self._met(ids)
            return self._again()
        _put(self._answers, key, recipient)
        return ()

    def reported(self, receipt: Receipt) -> Sequence[Receipt]:
        """What to tell of a receipt as it came: itself in the form that is known, and perhaps earlier ones again."""
        if self.ids is Ids.SAME:
            return (receipt,)
        convert = _ANSWER_OF.get(self.ids)
        if convert is not None:
            return (_converted(receipt, convert),)
        for ids, remote_id in ((Ids.SAME, receipt.remote_id), *_others(receipt.remote_id)):
            key = key_of(remote_id)
            recipient = self._answers.get(key)
            if recipient is not None and is_same_number(recipient, receipt.recipient):
                del self._answers[key]
                self._met(ids)
                break
            if ids is Ids.SAME or key not in self._meant:
                _put(self._meant, key, (ids, receipt.recipient))
        self._told.append(receipt)
        return self._again() or (_with(receipt, receipt.remote_id, _ids(receipt.remote_id)),)

    def _met(self, ids: Ids) -> None:
        """An answer and a receipt have met, and this is what the answer is in."""
        before, times = self._in_a_row
        self._in_a_row = (ids, times + 1 if before is ids else 1)
        if ids is Ids.SAME or self._in_a_row[1] >= _ENOUGH:
            self.ids = ids

    def _again(self) -> Sequence[Receipt]:
        """Once it is known that ids differ: what was told so far, in the base of the answers."""
        if self.ids is Ids.AUTO:
            return ()
        told = list(self._told)
        for kept in (self._told, self._answers, self._meant):
            kept.clear()
        convert = _ANSWER_OF.get(self.ids)
        return () if convert is None else [_converted(receipt, convert) for receipt in told]


def _put(kept: OrderedDict[str, T], key: str, value: T) -> None:
    kept[key] = value
    if len(kept) > _MOST_KEPT:
        kept.popitem(last=False)


def _others(remote_id: str) -> list[tuple[Ids, str]]:
    """Other ids that the same digits may be, and what the answer is in then."""
    found = []
    for ids, convert in _ANSWER_OF.items():
        converted = convert(remote_id)
        if converted is not None and key_of(converted) != key_of(remote_id):
            found.append((ids, converted))
    return found


def _ids(remote_id: str) -> tuple[str, ...]:
    return tuple(each for _, each in _others(remote_id))


def _converted(receipt: Receipt, convert: Callable[[str], str | None]) -> Receipt:
    """In the base of the answers; the id as it came is then the other one."""
    converted = convert(receipt.remote_id)
    if converted is None:
        return receipt
    return _with(receipt, converted, (receipt.remote_id,))


def _with(receipt: Receipt, remote_id: str, others: tuple[str, ...]) -> Receipt:
    return msgspec.structs.replace(receipt, remote_id=remote_id, others=others)
