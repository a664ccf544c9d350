"""A long message from a phone out of its parts, in whatever order and however often they come.

A message is whole when it has as many parts as they say, not when the last one comes. Parts belong together that
share connector, sender, recipient, reference and total, within 30 minutes of the first. Phones use references again,
some always the same one: a part whose place is taken by another text begins a message of its own, and one that fits
into several goes into the one that was heard of last, for a phone says one thing after the other.

An upstream repeats what it was not told that we have. A part that its message has already is dropped; where that
message is whole, a copy grows beside it, so that a new message which begins in the same words is not lost. A copy that
is never anything else is dropped when it is whole, or its time is up.

Pure: pieces of one key in, piles out. Refuses nothing: a part that cannot be one of a long message (number 0, or more
than the total) is a message by itself.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

PATIENCE_US: Final = 30 * 60 * 1_000_000
"""How long after its first part a message is waited for, in microseconds."""

GAP: Final = "[…]"
"""Stands in a text where a part is missing; for several in a row once."""


class Piece(msgspec.Struct, frozen=True, gc=False):
    """One part as it is kept."""

    id: int
    number: int
    """1 .. total."""
    text: str
    """Hexadecimal octets where it is binary."""
    binary: bool
    at: int
    """When it was heard, Unix microseconds."""


class Pile(msgspec.Struct, frozen=True, gc=False):
    """What is there of one message, in the order in which it came; at least one piece."""

    total: int
    pieces: tuple[Piece, ...]
    told: bool = False
    """It was handed over: nothing joins it any more."""

    @property
    def first(self) -> Piece:
        """The one that came first; its id is the message's."""
        return self.pieces[0]

    @property
    def whole(self) -> bool:
        """Whether all of it is there."""
        return len(self.pieces) == self.total

    def place(self, number: int) -> Piece | None:
        """Its part of that number; None: not there yet."""
        return next((piece for piece in self.pieces if piece.number == number), None)


def is_part(total: int, number: int) -> bool:
    """Whether a message with these numbers is one part of a long one."""
    return total > 1 and 1 <= number <= total


def heap(piles: Sequence[Pile], piece: Piece, total: int) -> tuple[tuple[Pile, ...], int | None]:
    """The piles of one key once a piece has come, and which of them it is on now; None: it was there, and is dropped.

    >>> one, two = Piece(7, 2, "world", False, 5), Piece(8, 1, "hello ", False, 6)
    >>> heap(heap((), one, 2)[0], two, 2) == ((Pile(2, (one, two)),), 0)
    True
    """
    fitting: int | None = None
    for index, pile in enumerate(piles):
        if pile.told or pile.whole or piece.at - pile.first.at >= PATIENCE_US:
            continue
        there = pile.place(piece.number)
        if there is None:
            if fitting is None or pile.pieces[-1].at >= piles[fitting].pieces[-1].at:
                fitting = index
        elif _same(there, piece):
            return tuple(piles), None
    if fitting is None:
        return (*piles, Pile(total, (piece,))), len(piles)
    grown = msgspec.structs.replace(piles[fitting], pieces=(*piles[fitting].pieces, piece))
    return (*piles[:fitting], grown, *piles[fitting + 1 :]), fitting


def is_copy(pile: Pile, others: Iterable[Pile]) -> bool:
    """Whether all of it was said in a message that was handed over, within 30 minutes before it."""
    return any(
        other.told
        and abs(pile.first.at - other.first.at) < PATIENCE_US
        and all(
            (there := other.place(each.number)) is not None and _same(there, each) for each in pile.pieces
        )
        for other in others
    )


def body(pile: Pile) -> tuple[str, bool]:
    """The text of a message and whether it is binary (hexadecimal octets), as far as it is there.

    Binary is only what is whole and binary in all its parts: octets with a hole would be other octets. Else octets
    stand in the text in brackets, and `GAP` where parts are missing.

    >>> body(Pile(3, (Piece(1, 3, "c", False, 0),)))
    ('[…]c', False)
    """
    if pile.whole and all(piece.binary for piece in pile.pieces):
        return "".join(piece.text for piece in _in_order(pile)), True
    written: list[str] = []
    expected = 1
    for piece in _in_order(pile):
        if piece.number > expected:
            written.append(GAP)
        written.append(f"[{piece.text}]" if piece.binary else piece.text)
        expected = piece.number + 1
    if expected <= pile.total:
        written.append(GAP)
    return "".join(written), False


def _in_order(pile: Pile) -> list[Piece]:
    return sorted(pile.pieces, key=lambda piece: piece.number)


def _same(one: Piece, other: Piece) -> bool:
    return one.text == other.text and one.binary == other.binary
