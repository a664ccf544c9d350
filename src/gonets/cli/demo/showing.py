"""What a show of the demo is: a request, the form of its answer, and how its end is asked after.

A form is an answer as a person reads it: `№` stands for an id in it and `…` for anything. It is what is compared,
and where the ids of a message are read.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from gonets.cli.demo.asking import Ask

ID: Final = "№"
ANYTHING: Final = "…"

_MARKS: Final = re.compile(f"({ID}|{ANYTHING})")
_MEANT: Final = {ID: "([0-9]+)", ANYTHING: ".*?"}


class Scene(msgspec.Struct, frozen=True):
    """What a request may be made of."""

    at: datetime
    run: str
    """Digits that no other run of the demo has, for what is good for one message."""
    ids: Mapping[str, str]
    """By protocol, the id of the first message that was taken through it."""

    def first(self, protocol: str) -> str:
        """That id; `0` where none was taken, which is nobody's."""
        return self.ids.get(protocol, "0")


class Reach(msgspec.Struct, frozen=True):
    """What simulated phones should get."""

    text: str
    phones: tuple[str, ...]


def got_it(phones: Collection[object]) -> str:
    """How a request ends that these phones got something of."""
    return f"{len(phones)} phones got it"


class Speech(msgspec.Struct, frozen=True):
    """How it is asked in a protocol where messages stand."""

    name: str
    """The protocol, as people call it."""
    ask: Callable[[Sequence[str]], Sequence[Ask]]
    """The requests for the status of these ids."""
    hear: Callable[[Sequence[str], Sequence[str]], Mapping[str, str]]
    """The statuses by id, out of the ids and the bodies of the answers, one for each request."""
    ended: frozenset[str]
    """First words of statuses after which no other comes."""


class Show(msgspec.Struct, frozen=True):
    """One request of the demo."""

    speech: Speech
    what: str
    ask: Callable[[Scene], Ask]
    answer: str
    """The form of its answer."""
    end: str = ""
    """The last status, of a message; else what the answer says in a few words, where it is long."""
    reaches: Callable[[Scene], Reach] | None = None
    """What phones get of it, where its answer has no id to ask with."""
    status: int = 200
    """Of its answer: of HTTP, or the exit code of `gonets smpp`."""
    late: bool = False
    """Whether it comes when all messages have come to their ends."""

    @property
    def expected(self) -> str:
        """How it should end, in a few words."""
        return self.end or self.answer

    def ids_in(self, body: str) -> tuple[str, ...] | None:
        """The ids that stand in an answer; None: it is not of the form that is expected."""
        found = _pattern(self.answer).fullmatch(body)
        return None if found is None else found.groups()


def _pattern(form: str) -> re.Pattern[str]:
    pieces = (_MEANT.get(piece) or re.escape(piece) for piece in _MARKS.split(form))
    return re.compile("".join(pieces), re.DOTALL)
