"""Stop lists: who gets nothing, whoever sends or from one account.

A list is its numbers in ascending order, eight octets each: a million of them is 8 MB, and a look-up a binary
search of twenty steps, about a microsecond. It is made once, off the hot path, and never changed; a list that
moved on is made anew. Refuses what is not a number: a recipient that is none (an e-mail address) is on no list.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from itertools import groupby
from typing import Final, TypeAlias

StopList: TypeAlias = "array[int]"
"""E.164 digits as numbers, ascending, none twice, type code `Q`. Fit to be a value in `Tables.stop_lists`."""

EVERYBODY: Final = 0
"""The scope of the list that holds for every account."""

_RUN: Final = 65_536
"""How many numbers are held as Python's own at a time while a list is made: about 4 MB."""


def is_stopped(recipient: str, account_id: int, lists: Mapping[int, StopList]) -> bool:
    """Whether a recipient (E.164 digits) is on the list of all accounts, or on this account's own."""
    if not lists:
        return False
    try:
        number = int(recipient)
    except ValueError:
        return False
    everybody = lists.get(EVERYBODY)
    if everybody is not None and holds(everybody, number):
        return True
    own = lists.get(account_id)
    return own is not None and holds(own, number)


def holds(numbers: StopList, number: int) -> bool:
    """Whether a number is on a list that `build` made."""
    place = bisect_left(numbers, number)
    return place < len(numbers) and numbers[place] == number


def build(chunks: Iterable[Iterable[int]]) -> StopList:
    """The list of all numbers in the chunks, in any order and as often as they come.

    Takes 16 octets a number at most while it works, however long the chunks are; 8 where they come in ascending
    order, as an index gives them, which is also the quickest. Raises OverflowError for a number below 0 or from
    2^64 on, TypeError for what is no whole number.
    """
    runs: list[StopList] = []
    held: list[int] = []
    for chunk in chunks:
        for number in chunk:
            held.append(number)
            if len(held) == _RUN:
                _lay_down(held, runs)
                held = []
    if held:
        _lay_down(held, runs)
    if len(runs) > 1:
        return array("Q", _distinct(merge(*runs)))
    return runs[0] if runs else array("Q")


def _lay_down(held: list[int], runs: list[StopList]) -> None:
    """Some numbers as a run of their own, or as the end of the last one where they all come after it."""
    run = array("Q", _distinct(iter(sorted(held))))
    if runs and run[0] > runs[-1][-1]:
        runs[-1].extend(run)
    else:
        runs.append(run)


def _distinct(numbers: Iterator[int]) -> Iterator[int]:
    return (number for number, _ in groupby(numbers))
