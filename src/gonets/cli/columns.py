"""The column of a CSV file that holds phone numbers, found by its title or its place, line by line.

Refuses what is no CSV, with the number of the line. What stands in the column is for others to read.
"""

import csv
from collections.abc import Iterator, Sequence
from typing import Final

from gonets.cli.console import CommandRefused

_TITLES: Final = frozenset({"phone", "phones", "number", "msisdn", "mobile", "tel", "телефон", "номер"})
"""By which a column of numbers is known, in any case."""
_SEPARATORS: Final = ",;\t|"


def number_cells(lines: Iterator[bytes], column: str | None) -> Iterator[tuple[int, str]]:
    """(line, what stands where a number should) of a CSV file; blank lines are nothing.

    Raises CommandRefused where it is no CSV or has no such column.
    """
    decoded = (line.decode(errors="replace") for line in lines)
    first = next(decoded, "").removeprefix("\ufeff")
    separator = max(_SEPARATORS, key=first.count)
    rows = csv.reader(_chained(first, decoded), delimiter=separator)
    try:
        head = next(rows, [])
        place, titled = _place(head, column)
        if not titled and any(cell.strip() for cell in head):
            yield rows.line_num, _cell(head, place)
        for row in rows:
            if any(cell and not cell.isspace() for cell in row):
                yield rows.line_num, _cell(row, place)
    except csv.Error as error:
        raise CommandRefused(f"line {rows.line_num}: it is not CSV: {error}") from None


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _place(head: Sequence[str], column: str | None) -> tuple[int, bool]:
    """Which column has the numbers, from 0, and whether the first line is one of titles. Raises CommandRefused."""
    titles = [cell.strip().lower() for cell in head]
    if column is None:
        known = [place for place, title in enumerate(titles) if title in _TITLES]
        return (known[0], True) if known else (0, False)
    if column.strip().lower() in titles:
        return titles.index(column.strip().lower()), True
    if column.isascii() and column.isdigit() and 1 <= int(column) <= max(len(head), 1):
        return int(column) - 1, any(title in _TITLES for title in titles)
    raise CommandRefused(f"there is no column {column!r}; the first line has {', '.join(head) or 'nothing'}")
