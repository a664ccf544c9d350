"""Two thousand SMPP sessions that do nothing cost a gateway little memory and next to no processor time.

They bind to `gonets serve` and answer enquire_link, twice each. What they cost is read from /proc. Memory is asserted;
processor time is printed, for it belongs to the machine.
"""

import asyncio
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import uvloop

from gonets.cli.peers import cpu_seconds
from gonets.config import SmppConfig
from gonets.wire.smpp.events import Closed
from gonets.wire.smpp.pdu import BindTransceiver, BindTransceiverResp
from gonets.wire.smpp.roles import Role, State
from gonets.wire.smpp.session import Limits, Session
from gonets.wire.smpp.timers import Timers
from tests.contract.house import SCALE, scaled
from tests.processes import LOGIN, PASSWORD, Child, Place, prepare, running, serve

SESSIONS: Final = scaled(2_000)
ENQUIRIES: Final = 2
"""That each session answers while it is watched."""
ENQUIRE_S: Final = 10.0 if SCALE >= 1 else 1.0
MOST_KIB: Final = 33
"""Of memory for a session; with the rest under 100 MB for 2,000."""
SLACK_KIB: Final = 30_720
"""For all of them: to check the first password takes 19 MiB."""

_AT_ONCE: Final = 50
_PATIENCE_S: Final = 120.0


class Idle(asyncio.Protocol):
    """A client that binds and then only answers."""

    def __init__(self, crowd: "Crowd") -> None:
        self._crowd = crowd
        self._session = Session(Role.ESME, 0.0, Limits(timers=Timers(None, None, None, None)))
        self._transport: asyncio.Transport | None = None
        self.enquired = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._session.ask(BindTransceiver(system_id=LOGIN, password=PASSWORD), 0.0)
        self._transport.write(self._session.octets())

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        for event in self._session.receive(data, 0.0):
            assert not isinstance(event, Closed), event
            if isinstance(event, BindTransceiverResp):
                assert self._session.state is State.BOUND, event
                self._crowd.bound += 1
        octets = self._session.octets()
        if octets:
            self.enquired += 1
            self._transport.write(octets)
        self._crowd.news.set()

    def connection_lost(self, error: Exception | None) -> None:
        self._crowd.lost += 1
        self._crowd.news.set()


class Crowd:
    """All of them."""

    def __init__(self) -> None:
        self.bound = 0
        self.lost = 0
        self.news = asyncio.Event()
        self._sessions: list[Idle] = []

    async def come(self, port: int, count: int) -> None:
        """Bind so many."""
        loop = asyncio.get_running_loop()
        while len(self._sessions) < count:
            for _ in range(min(_AT_ONCE, count - len(self._sessions))):
                _, idle = await loop.create_connection(lambda: Idle(self), "127.0.0.1", port)
                self._sessions.append(idle)
            await self._until(lambda: self.bound == len(self._sessions))

    async def answer(self) -> None:
        """Until each has been asked so often from now on."""
        wanted = [idle.enquired + ENQUIRIES for idle in self._sessions]
        await self._until(
            lambda: all(idle.enquired >= most for idle, most in zip(self._sessions, wanted, strict=True))
        )

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while not condition():
                self.news.clear()
                await self.news.wait()


def test_idle_sessions_cost_little_and_stay(tmp_path: Path) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    place = prepare(tmp_path, smpp=SmppConfig(enquire_seconds=ENQUIRE_S), logins={"smpp": LOGIN})
    grown = uvloop.run(_watch(place))
    assert grown < SESSIONS * MOST_KIB + SLACK_KIB


async def _watch(place: Place) -> int:
    """By how many KiB the gateway has grown for them."""
    with running(place, _with_few_files) as gateway:
        pid = gateway.process.pid
        port = gateway.ports["smpp"]
        before = _resident_kib(pid)
        crowd = Crowd()
        await crowd.come(port, SESSIONS)
        began, cpu = time.monotonic(), cpu_seconds(pid)
        await crowd.answer()
        share = (cpu_seconds(pid) - cpu) / (time.monotonic() - began)
        grown = _resident_kib(pid) - before
        assert (crowd.bound, crowd.lost) == (SESSIONS, 0)
        sys.stdout.write(
            f"\n{SESSIONS} idle sessions, each asked every {ENQUIRE_S:g} s: {grown / 1024:.1f} MiB more,"
            f" {grown / SESSIONS:.1f} KiB each; {share:.1%} of a core over {time.monotonic() - began:.0f} s\n"
        )
        return grown


def _with_few_files(place: Place) -> Child:
    """A gateway as a login shell starts it: with a soft limit of 1,024 open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1_024, hard), hard))
    try:
        return serve(place)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _resident_kib(pid: int) -> int:
    """What a process has resident now (proc(5), VmRSS)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("the gateway has ended")
