"""What the simulated phones keep: a journal of JSON lines, one per part, for tests and people to read.

A line is written before anything is answered, so a gateway that is killed never forgets what a phone got.
Lines are not forced to disk: the machine may forget its last second, the process nothing. What was
acknowledged is written too, so that the network knows after a restart which receipts it still owes.

The newest two files of a connector are kept, `<connector>.jsonl` and `<connector>@old.jsonl`; receipts owed
for parts in older ones are forgotten. One process writes to a journal; any number may read.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec
import structlog

from gonets.model.message import Channel, Encoding, MessageId, PartId, Speech, Status

_CURRENT: Final = ".jsonl"
_OLD: Final = "@old"
"""A name in a file name holds no @: it is percent-encoded."""
_PREVIOUS: Final = _OLD + _CURRENT

log = structlog.get_logger()


class Received(msgspec.Struct, frozen=True, gc=False, tag="received", tag_field="line", omit_defaults=True):
    """A part that the network took. What has a default is not written where it has that, nor in older journals."""

    part: PartId
    message: MessageId
    number: int
    """1 .. total."""
    total: int
    sender: str
    recipient: str
    text: str
    """Of this part alone."""
    encoding: Encoding
    remote_id: str
    at: int
    """When it was taken, Unix microseconds."""
    outcome: Status
    """Where it ends: DELIVERED is on the phone; UNDELIVERED and EXPIRED never reach it."""
    channel: Channel = Channel.SMS
    flash: bool = False
    subject: str = ""
    """Of an MMS or an e-mail."""
    picture: str = ""
    """The hash of its picture, hex SHA-256; empty: it has none."""
    speech: Speech | None = None
    """Of a call; None: as usual."""
    reference: int | None = None
    """What all parts of its text have in the headers that their client gave them, each of which is a message of its
    own here; None: they are one message."""


class Heard(msgspec.Struct, frozen=True, gc=False, tag="heard", tag_field="line"):
    """These parts' last receipts were acknowledged."""

    ids: list[str]
    """Remote ids."""


class Text(msgspec.Struct, frozen=True, gc=False):
    """A message as a person reads it on the phone, all its parts joined."""

    message: MessageId
    """That of its first part."""
    sender: str
    recipient: str
    text: str
    parts: int
    at: int
    """When the last of its parts was taken, Unix microseconds."""
    channel: Channel = Channel.SMS
    flash: bool = False
    """Shown at once, and not kept by a real phone."""
    subject: str = ""
    picture: str = ""
    """The hash of its picture; empty: it has none."""
    speech: Speech | None = None
    """How it was read out in a call; None: as usual."""


_encoder: Final = msgspec.json.Encoder()
_decoder: Final[msgspec.json.Decoder[Received | Heard]] = msgspec.json.Decoder(Received | Heard)


# ---- writing


class Journal:
    """The journal of one connector, opened for writing; `path` is its newest file."""

    def __init__(self, folder: Path, connector: str, limit: int) -> None:
        """`limit`: bytes after which a new file is begun."""
        name = quote(connector, safe="")
        self.path = folder / (name + _CURRENT)
        self._previous = folder / (name + _PREVIOUS)
        self._limit = limit
        self._file = -1
        self._failing = False
        # Where the file ends once what a failed write has left is cut off; None: nothing is left.
        self._cut_at: int | None = None

    def open(self) -> tuple[list[Received], int]:
        """Open it, making folder and file where missing, and cut off a torn last line.

        Returns the parts whose last receipts nobody acknowledged, oldest first, and the largest remote id of
        all lines, 0 when there is none. Raises OSError when it cannot be read and written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        self._cut_at = None
        newest = self.path.read_bytes()
        whole = newest.rfind(b"\n") + 1
        if whole != len(newest):
            os.ftruncate(self._file, whole)
        owed: dict[str, Received] = {}
        largest = 0
        for data in (_read(self._previous), newest[:whole]):
            for line in _lines(data):
                if isinstance(line, Received):
                    owed[line.remote_id] = line
                    largest = max(largest, int(line.remote_id))
                else:
                    for remote_id in line.ids:
                        owed.pop(remote_id, None)
        return list(owed.values()), largest

    def keep(self, lines: Sequence[Received]) -> bool:
        """Write these with one call; False: there was no room, and nothing of them is kept."""
        return self._append(_encoder.encode_lines(lines))

    def acknowledged(self, remote_ids: list[str]) -> None:
        """Note that their last receipts need not be told again. If that fails, they are, after a restart."""
        late = self._file < 0
        if late:
            # The last of what was heard is acknowledged after the network was closed.
            try:
                self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            except OSError:
                return
        self._append(_encoder.encode_lines((Heard(remote_ids),)))
        if late:
            self.close()

    def close(self) -> None:
        """Let the file go; harmless when it is not open."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _append(self, data: bytes) -> bool:
        end = 0
        written = 0
        error = "short write"
        try:
            if self._cut_at is not None:
                self._cut(self._cut_at)
            end = os.fstat(self._file).st_size
            self._cut_at = end
            written = os.write(self._file, data)
            if written < len(data):
                self._cut(end)
        except OSError as problem:
            error = problem.strerror or type(problem).__name__
        if written < len(data):
            if not self._failing:
                log.error(
                    "phones cannot keep parts", action="journal_failing", journal=self.path.name, error=error
                )
            self._failing = True
            return False
        self._cut_at = None
        if self._failing:
            log.info("phones keep parts again", action="journal_mended", journal=self.path.name)
        self._failing = False
        if end + written >= self._limit:
            self._rotate()
        return True

    def _cut(self, end: int) -> None:
        """Take back what a failed write has left behind: those parts were not taken. Raises OSError."""
        os.ftruncate(self._file, end)
        self._cut_at = None

    def _rotate(self) -> None:
        """Begin a new file; when that fails, the old one grows on and the next write tries again."""
        try:
            if self.path.exists():
                self.path.replace(self._previous)
            fresh = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        except OSError as problem:
            log.warning("journal not rotated", action="journal_not_rotated", error=type(problem).__name__)
            return
        os.close(self._file)
        self._file = fresh


# ---- reading


def read_phones(folder: Path, recipient: str | None = None, limit: int | None = None) -> list[Received]:
    """What was taken by all simulated networks that keep their journals in that folder, newest last.

    With `recipient` (E.164 digits, no plus, or an e-mail address) only what went there; with `limit` only the
    newest so many. A missing folder is an empty one. Raises OSError when a journal cannot be read.
    """
    wanted = "" if recipient is None else f'"recipient":{_encoder.encode(recipient).decode()}'
    found: list[Received] = []
    files = folder.glob("*" + _CURRENT)
    for connector in sorted({file.name.removesuffix(_CURRENT).removesuffix(_OLD) for file in files}):
        found += _newest(folder / (connector + _CURRENT), wanted.encode(), limit)
    found.sort(key=lambda line: line.at)
    return found if limit is None else found[len(found) - min(limit, len(found)) :]


def read_inbox(folder: Path, recipient: str | None = None, limit: int | None = None) -> list[Text]:
    """What people find on their phones, newest last: parts that were delivered, long texts joined.

    Look-ups are not among them: they ask the network and never get to a phone. A long text shows once all its parts
    are there. A text that came twice shows twice. `recipient`, `limit`
    (texts) and errors are those of `read_phones`.
    """
    waiting: dict[tuple[MessageId | str, str, int | None, int], dict[int, Received]] = {}
    texts: list[Text] = []
    for line in read_phones(folder, recipient):
        if line.outcome is not Status.DELIVERED or line.channel is Channel.HLR:
            continue
        whose = line.message if line.reference is None else line.sender
        key = (whose, line.recipient, line.reference, line.total)
        there = waiting.setdefault(key, {})
        there[line.number] = line
        if len(there) == line.total:
            del waiting[key]
            text = "".join(there[number].text for number in sorted(there))
            texts.append(
                Text(
                    there[min(there)].message,
                    line.sender,
                    line.recipient,
                    text,
                    line.total,
                    line.at,
                    line.channel,
                    line.flash,
                    line.subject,
                    line.picture,
                    line.speech,
                )
            )
    return texts if limit is None else texts[len(texts) - min(limit, len(texts)) :]


def _newest(journal: Path, wanted: bytes, limit: int | None) -> list[Received]:
    """The newest parts of one connector whose line holds `wanted`, newest last."""
    previous = journal.with_name(journal.name.removesuffix(_CURRENT) + _PREVIOUS)
    # The newest file first: if it is being renamed meanwhile, it is read twice and seen to be the same.
    newest = _read(journal)
    older = _read(previous)
    if newest and older.startswith(newest):
        older = b""
    found: list[Received] = []
    for data in (newest, older):
        # What stands behind the last newline is still being written.
        for raw in reversed(data[: data.rfind(b"\n") + 1].splitlines()):
            if limit is not None and len(found) >= limit:
                break
            if wanted in raw and isinstance(line := _line(raw), Received):
                found.append(line)
    return found[::-1]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _lines(data: bytes) -> Iterator[Received | Heard]:
    """The lines that can be read; a damaged one is passed over."""
    for raw in data.splitlines():
        line = _line(raw)
        if line is not None:
            yield line


def _line(raw: bytes) -> Received | Heard | None:
    try:
        return _decoder.decode(raw)
    except msgspec.DecodeError:
        return None
