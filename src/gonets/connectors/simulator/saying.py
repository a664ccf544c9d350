"""What simulated phones say to us: a folder with a file for each part, which goes once the part was acknowledged.

Whoever wants a phone to say something writes files, each forced to disk and there as a whole or not at all; the
simulated network of that name, in whatever process it runs, finds them within a second. The order of their names is
the order in which they are said. A file that cannot be read is left alone.
"""

import os
import secrets
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

_FOLDER: Final = "@said"
"""A name in a file name holds no @: it is percent-encoded."""
_WHOLE: Final = ".json"

_encoder: Final = msgspec.json.Encoder()


class Spoken(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A part that a phone sends, as `model.results.Inbound` has it."""

    sender: str
    recipient: str
    text: str
    binary: bool = False
    reference: int = 0
    total: int = 1
    number: int = 1


_decoder: Final = msgspec.json.Decoder(Spoken)


def outbox(folder: Path, connector: str) -> Path:
    """Where the phones of a simulated network put what they say."""
    return folder / (quote(connector, safe="") + _FOLDER)


def say(folder: Path, connector: str, parts: Sequence[Spoken], at: int) -> None:
    """Let phones say these, in this order; they are on the disk then. `at`: Unix microseconds. Raises OSError."""
    place = outbox(folder, connector)
    place.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(4)
    for number, part in enumerate(parts):
        path = place / f"{at:020}-{token}-{number:03}"
        with path.open("xb") as file:
            file.write(_encoder.encode(part))
            file.flush()
            os.fsync(file.fileno())
        path.rename(path.with_suffix(_WHOLE))
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def spoken(folder: Path, connector: str, known: Collection[str], limit: int) -> list[tuple[str, Spoken]]:
    """The next so many that are not known yet, with the names by which they are `heard`; without a folder none."""
    try:
        paths = sorted(outbox(folder, connector).iterdir())
    except OSError:
        return []
    found: list[tuple[str, Spoken]] = []
    for path in paths:
        if len(found) >= limit:
            break
        if path.name in known or path.suffix != _WHOLE:
            continue
        try:
            found.append((path.name, _decoder.decode(path.read_bytes())))
        except (OSError, msgspec.DecodeError):
            continue
    return found


def heard(folder: Path, connector: str, names: Sequence[str]) -> None:
    """These were acknowledged; one that cannot be removed is said again by the next process."""
    for name in names:
        try:
            (outbox(folder, connector) / name).unlink(missing_ok=True)
        except OSError:
            continue
