"""The demo's requests on their way: sent one after another over real sockets, and their messages watched to the end."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from gonets.cli.demo.asking import Ask, Caller, line_of
from gonets.cli.demo.doors import Answer, Doors
from gonets.cli.demo.showing import Reach, Scene, Show, Speech, got_it
from gonets.connectors.simulator.phones import Received
from gonets.ports.clock import Clock

PATIENCE_S: Final = 45.0
"""How long all the statuses may take."""

_POLL_S: Final = 0.25


class Shown(msgspec.Struct):
    """A request of the demo, what was answered, and what has become of it so far."""

    protocol: str
    what: str
    line: str
    """That sends it."""
    answer_form: str
    """`№` stands for an id in it, `…` for anything."""
    expected: str
    ids: tuple[str, ...] = ()
    status: int = 0
    """Of HTTP, or the exit code of `gonets smpp`."""
    answer: str = ""
    got: str = ""
    ok: bool = False


class Tour:
    """The demo's requests, in the order in which they are sent."""

    def __init__(self, doors: Doors, clock: Clock, phones: Callable[[], Sequence[Received]]) -> None:
        """`phones` gives what the simulated phones got so far."""
        self.told: list[Shown] = []
        self._doors = doors
        self._clock = clock
        self._phones = phones
        self._run = str(int(clock.at().timestamp() * 1_000_000))
        self._caller = Caller(doors)
        self._watched: list[tuple[Show, Shown, dict[str, str]]] = []
        """Messages that were taken, each with the status of each of its ids."""
        self._reaching: list[tuple[Reach, Shown]] = []
        self._first: dict[str, str] = {}

    async def send(self, show: Show) -> Shown:
        """Send one; returns when it was answered."""
        scene = Scene(self._clock.at(), self._run, self._first)
        ask = show.ask(scene)
        reach = None if show.reaches is None else show.reaches(scene)
        shown = Shown(
            show.speech.name,
            show.what,
            line_of(ask, self._doors),
            show.answer,
            show.expected,
        )
        self.told.append(shown)
        [answer] = await self._ask([ask])
        shown.status, shown.answer = answer.status, answer.body
        ids = show.ids_in(answer.body) if answer.status == show.status else None
        if ids is None:
            shown.got = answer.body or "nothing"
        elif ids:
            shown.ids = ids
            self._first.setdefault(show.speech.name, ids[0])
            self._watched.append((show, shown, {}))
        elif reach is not None:
            self._reaching.append((reach, shown))
        else:
            shown.got, shown.ok = shown.expected, True
        return shown

    async def watch(self, on_left: Callable[[int], None]) -> None:
        """Wait until all messages stand where they should, or `PATIENCE_S` seconds are over.

        One that should stay where it is, such as `sent`, has to be there still when the others are done. `on_left` is
        told how many are still on their way.
        """
        until = self._clock.now() + PATIENCE_S
        while self._clock.now() < until:
            await self._look()
            left = sum(
                shown.got != shown.expected and not _ended(show, shown) for show, shown, _ in self._watched
            )
            left += sum(shown.got != shown.expected for _, shown in self._reaching)
            on_left(left)
            if not left:
                break
            await self._clock.sleep(_POLL_S)
        for shown in (*(shown for _, shown, _ in self._watched), *(shown for _, shown in self._reaching)):
            shown.ok = shown.got == shown.expected

    async def _look(self) -> None:
        """Ask for the status of all that may still move, and look at the phones."""
        moving = [each for each in self._watched if not _ended(each[0], each[1])]
        for speech in {show.speech.name: show.speech for show, _, _ in moving}.values():
            ours = [each for each in moving if each[0].speech is speech]
            wanted = [each for _, shown, _ in ours for each in shown.ids]
            heard = await self._heard(speech, wanted)
            for _, shown, statuses in ours:
                statuses.update({each: heard[each] for each in shown.ids if each in heard})
                shown.got = ", ".join(dict.fromkeys(statuses.values()))
        if any(shown.got != shown.expected for _, shown in self._reaching):
            got = await asyncio.to_thread(self._phones)
            for reach, shown in self._reaching:
                reached = {each.recipient for each in got if each.text == reach.text}
                shown.got = got_it(reached & set(reach.phones))

    async def _heard(self, speech: Speech, ids: Sequence[str]) -> dict[str, str]:
        answers = await self._ask(speech.ask(ids))
        return dict(speech.hear(ids, [answer.body for answer in answers]))

    async def _ask(self, asks: Sequence[Ask]) -> list[Answer]:
        """The answers, or what went wrong in a few words."""
        return await asyncio.to_thread(lambda: [self._caller.ask(ask) for ask in asks])


def _ended(show: Show, shown: Shown) -> bool:
    return bool(shown.got) and all(
        status.partition(" ")[0] in show.speech.ended for status in shown.got.split(", ")
    )
