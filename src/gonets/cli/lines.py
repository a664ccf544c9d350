"""Files that people hand to commands, line by line and in little memory; `-` is the standard input.

Refuses what is not UTF-8 where it has to be text, with a sentence. What cannot be opened is the guard's.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from gonets.cli.console import CommandRefused, progress

FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="What to read; - is the standard input.", show_default=False)
]

_LONGEST = 65_536
"""Octets of a line; a longer one is handed out in pieces."""


@contextmanager
def raw_lines(file: str, sentence: str) -> Iterator[Iterator[bytes]]:
    """The lines of a file as they are, with a progress bar over its octets. Raises OSError."""
    with _opened(file) as source:
        size = None if file == "-" else Path(file).stat().st_size or None
        with progress(sentence, size, octets=True) as advance:
            yield _moving(source, advance)


@contextmanager
def text_lines(file: str, sentence: str) -> Iterator[Iterator[str]]:
    """The same as text, line ends kept. Raises CommandRefused, naming the line, where it is not UTF-8; OSError."""
    with raw_lines(file, sentence) as lines:
        yield _decoded(lines)


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    if file == "-":
        yield sys.stdin.buffer
        return
    with Path(file).open("rb") as source:
        yield source


def _moving(source: IO[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    held = 0
    while line := source.readline(_LONGEST):
        held += len(line)
        if held > _LONGEST:
            advance(held)
            held = 0
        yield line
    advance(held)


def _decoded(lines: Iterator[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        try:
            yield line.decode()
        except UnicodeDecodeError:
            raise CommandRefused(f"line {number}: it is not UTF-8 text") from None
