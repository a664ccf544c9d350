"""Files of stop lists: a number a line, `#` before a comment. They may have millions of lines; memory is bounded.

Refuses what is no number, naming file and line.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from gonets.cli.platform.document import PlatformRefused
from gonets.rules.stopping import StopList, build

_NUMBER: Final = re.compile(rb"\+?([1-9][0-9]{4,14})")
_SHOWN: Final = 40


def read_numbers(path: Path) -> StopList:
    """The numbers of a file, in whatever order they stand there. Raises PlatformRefused, OSError."""
    return build((_numbers(path),))


def _numbers(path: Path) -> Iterator[int]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            written = line.partition(b"#")[0].strip().removeprefix(b"\xef\xbb\xbf")
            if not written:
                continue
            found = _NUMBER.fullmatch(written)
            if found is None:
                shown = written[:_SHOWN].decode("utf-8", "replace")
                raise PlatformRefused(
                    f"{path}, line {number}: {shown!r} is no phone number; write it like 79031234567"
                )
            yield int(found[1])


def write_numbers(path: Path, chunks: Iterable[Iterable[int]], heading: str) -> int:
    """Write a list, readable by its owner only and in place of the file that was; returns how many. Raises OSError."""
    from gonets.cli.platform.writing import replacing

    count = 0
    with replacing(path) as file:
        file.write(f"# {heading}\n")
        for chunk in chunks:
            phones = list(chunk)
            file.writelines(f"{phone}\n" for phone in phones)
            count += len(phones)
    return count
