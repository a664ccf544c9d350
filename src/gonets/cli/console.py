"""What a person or a script sees: sentences, tables, JSON, and errors as one sentence on the error output.

Texts and names come from strangers: they are printed as they are, never as markup, and their control characters are
made visible, so that no message can write to the terminal it is shown on. rich is loaded when something is printed.
"""

import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.model.message import Status

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

FAILED: Final = 1
"""Exit code: it was tried and did not work."""
REFUSED: Final = 2
"""Exit code: it was asked wrongly, or is refused."""

_PIPE_WIDTH: Final = 200
"""Columns where nobody looks: what reads a pipe cuts for itself."""

_GAP: Final = 2
"""Columns between two of a table."""
_NARROWEST: Final = 6
"""No column is squeezed below it."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.", rich_help_panel="Output")]

STATUS_STYLES: Final[dict[Status, str]] = {
    Status.SCHEDULED: "cyan",
    Status.QUEUED: "cyan",
    Status.SENT: "blue",
    Status.UNCERTAIN: "yellow",
    Status.ACCEPTED: "blue",
    Status.DELIVERED: "green",
    Status.UNDELIVERED: "red",
    Status.EXPIRED: "red",
    Status.REJECTED: "red",
    Status.FAILED: "bold red",
    Status.CANCELLED: "magenta",
    Status.NO_REPORT: "yellow",
}

_VISIBLE: Final = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x0A: "⏎",
    0x7F: "␡",
    **dict.fromkeys(range(128, 160), "�"),
    **dict.fromkeys((*range(8234, 8239), *range(8294, 8298), *range(55296, 57344)), "�"),
}
"""Control characters, and marks that turn the direction of what follows, as something that can be seen."""


class CommandRefused(Exception):
    """What was asked cannot be done; the sentence says why, and what to do instead."""


class CommandFailed(Exception):
    """It was tried and did not work; the sentence says what to do."""


class Styled(msgspec.Struct, frozen=True):
    """A text and how it looks."""

    text: str
    style: str


# ---- printing


def screen(error: bool = False) -> "Console":
    """The standard output, or the error output; as wide as a person's terminal, wide in a pipe."""
    from rich.console import Console

    console = Console(highlight=False, stderr=error)
    if console.is_terminal:
        return console
    return Console(highlight=False, stderr=error, width=max(console.width, _PIPE_WIDTH))


def say(sentence: str = "", style: str = "") -> None:
    """A line of text, never cut or wrapped by us."""
    screen().print(_text(Styled(sentence, style), keep="\n"), soft_wrap=True)


def show_line(line: str, why: str) -> None:
    """A command line to type, never cut, under what it is for."""
    say(f"  # {why}", "dim")
    say(f"  {line}")


def show_letter(heading: str, facts: str, body: str) -> None:
    """A message as a person reads it, its own lines kept."""
    from rich.text import Text

    console = screen()
    console.print(Text.assemble((visible(heading), "bold"), "  ", (visible(facts), "dim")))
    for line in body.splitlines():
        for piece in Text(visible(line)).wrap(console, max(console.width - 2, 1)):
            console.print(Text.assemble("  ", piece), soft_wrap=True)
    console.print()


def show_marked(pieces: Sequence[str], marks: Mapping[int, str], between: str = "│") -> None:
    """A text in its pieces with a sign between them, some of its characters in a style of their own.

    `marks`: styles by the character's place in the whole text.
    """
    from rich.text import Text

    console = screen()
    whole = Text()
    place = 0
    for number, piece in enumerate(pieces):
        if number:
            whole.append(between, "dim")
        for char in piece:
            whole.append(visible(char), marks.get(place, ""))
            place += 1
    for line in whole.wrap(console, max(console.width - 2, 1)):
        console.print(Text.assemble("  ", line), soft_wrap=True)


def warn(sentence: str) -> None:
    """A line on the error output that is no reason to stop."""
    screen(error=True).print(_text(Styled(sentence, "yellow")), soft_wrap=True)


def complain(sentence: str) -> None:
    """Say on the error output what went wrong."""
    from rich.text import Text

    screen(error=True).print(Text.assemble(("error: ", "bold red"), visible(sentence)), soft_wrap=True)


def write_json(value: object) -> None:
    """One JSON document on the standard output, its keys in the order given."""
    document = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(document.decode() + "\n")


@contextmanager
def waiting(sentence: str) -> Iterator[Callable[[str], None]]:
    """A spinner on the error output while something takes its time, and what changes its sentence.

    Nothing where nobody looks. What is printed meanwhile would be torn, so nothing should be.
    """
    console = screen(error=True)
    if not console.is_terminal:
        yield lambda sentence: None
        return
    with console.status(sentence) as spinner:
        yield spinner.update


@contextmanager
def progress(sentence: str, total: int | None, octets: bool = False) -> Iterator[Callable[[int], None]]:
    """A bar on the error output, and what moves it on by so many; nothing where nobody looks.

    `total` None: nobody knows how many there will be. `octets`: they are those of a file.
    """
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = screen(error=True)
    counted = DownloadColumn() if octets else MofNCompleteColumn()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        counted,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        task = bars.add_task(sentence, total=total)
        yield lambda count: bars.advance(task, count)


def own_name() -> str:
    """How this program is called from where we stand."""
    if shutil.which("gonets") is not None:
        return "gonets"
    started = Path(sys.argv[0])
    if started.name == "gonets" and started.is_file():
        return shlex.quote(str(started))
    return f"{shlex.quote(sys.executable)} -m gonets"


# ---- tables


class Column(msgspec.Struct, frozen=True):
    """How one column of a table is laid out."""

    title: str
    right: bool = False
    cut: bool = False
    """Shortened with `…` where the terminal is narrow; other columns keep what they hold."""
    wrap: bool = False
    """Continued on the next line where the terminal is narrow."""
    least: int = 0
    """Terminal columns that it has in any case."""


def show_table(columns: Sequence[Column], rows: Iterable[Sequence[str | Styled]], empty: str = "") -> None:
    """Rows under their titles, or the sentence `empty` where there are none."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    cells = [[_text(cell) for cell in row] for row in rows]
    if not cells and empty:
        say(empty)
        return
    console = screen()
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False, header_style="bold")
    for column, width in zip(columns, _widths(columns, cells, console.width), strict=True):
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=not column.wrap,
            overflow="ellipsis" if column.cut else "fold",
            width=width,
        )
    for row in cells:
        table.add_row(*row)
    console.print(table)


def _widths(columns: Sequence[Column], rows: "Sequence[Sequence[Text]]", room: int) -> list[int]:
    """How wide each column is, so that all fit in `room`: those that may be cut or wrapped share what is left."""
    wanted = [
        max([column.least, len(column.title), *(row[number].cell_len for row in rows)])
        for number, column in enumerate(columns)
    ]
    flexible = [number for number, column in enumerate(columns) if column.cut or column.wrap]
    left = room - _GAP * (len(columns) - 1)
    left -= sum(width for number, width in enumerate(wanted) if number not in flexible)
    for done, number in enumerate(sorted(flexible, key=lambda each: wanted[each])):
        share = max(left // (len(flexible) - done), columns[number].least, _NARROWEST)
        wanted[number] = min(wanted[number], share)
        left -= wanted[number]
    return wanted


def show_facts(facts: Iterable[tuple[str, str | Styled]]) -> None:
    """Name and value, one pair per line."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(name, _text(value))
    screen().print(table)


def _text(cell: str | Styled, keep: str = "") -> "Text":
    """For rich, with nothing in it that a terminal would obey; characters in `keep` are left."""
    from rich.text import Text

    plain, style = (cell.text, cell.style) if isinstance(cell, Styled) else (cell, "")
    return Text(keep.join(visible(piece) for piece in plain.split(keep)) if keep else visible(plain), style)


# ---- values


def visible(text: str) -> str:
    """The text with its control characters replaced by signs for them."""
    return text.translate(_VISIBLE)


def status_text(status: Status) -> Styled:
    """The status in its colour."""
    return Styled(status.value, STATUS_STYLES[status])


def on_off(enabled: bool) -> Styled:
    """`on` or `off`."""
    return Styled("on", "green") if enabled else Styled("off", "red")


def counted(count: int, what: str) -> str:
    """`1 part`, `2 parts`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def written(at: datetime) -> str:
    """A moment for people: `2026-03-02 09:30:00`, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def iso(at: datetime) -> str:
    """A moment for scripts: `2026-03-02T09:30:00.000000Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
