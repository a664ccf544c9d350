"""SMPP: listening sockets, the sessions on them, and the one clock that ticks for all.

Two thousand sessions that are idle cost a look at each a second. Refused here: connections beyond a limit, which are
ended at once, and sessions beyond their account's.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from gonets.model.account import Account
from gonets.model.message import AccountId
from gonets.ports.clock import Clock
from gonets.ports.edges import Desk, Post, SmppServing
from gonets.servers.session import SmppConnection
from gonets.servers.sockets import BACKLOG, CannotListen, Listener, bound
from gonets.wire.smpp.timers import Timers

_TICK_S: Final = 1.0


class Rules(msgspec.Struct, frozen=True):
    """What one peer may cost; times in seconds."""

    connections: int = 4_000
    """At a time; one more is ended at once."""
    bind_s: float = 30.0
    """From the connection to a bind that succeeds."""
    enquire_s: float = 30.0
    """Of silence, after which a session that can receive is asked whether it is there."""
    idle_s: float = 120.0
    """Of silence, after which a session ends."""
    answer_s: float = 30.0
    """For a peer to answer what we send; what is not answered is sent again."""
    stuck_s: float = 60.0
    """While a peer takes nothing of what is written to it."""
    grace_s: float = 2.0
    """For requests and receipts in flight when the server stops."""


class Door(msgspec.Struct, frozen=True):
    """A listener, and the protocol that it is for first, where a system_id is a login of several."""

    listener: Listener
    first: str


class Bound(msgspec.Struct, frozen=True):
    """The sessions of one account in one mode, as they stand."""

    account: AccountId
    mode: str
    sessions: int
    asked: int
    """Requests of the client that wait for our answers."""
    told: int
    """Receipts that wait for the client's."""


class House:
    """What the connections of one server share."""

    def __init__(self, serving: SmppServing, desk: Desk, post: Post, clock: Clock, rules: Rules) -> None:
        self.serving = serving
        self.desk = desk
        self.post = post
        self.clock = clock
        self.stuck_s = rules.stuck_s
        self.timers = Timers(rules.bind_s, rules.enquire_s, rules.idle_s, rules.answer_s)
        self._most = rules.connections
        self.connections: set[SmppConnection] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self._sessions: Counter[AccountId] = Counter()
        self.empty = asyncio.Event()
        """Set whenever the last connection goes."""

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Work on the requests of one read."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def admits(self, connection: SmppConnection) -> bool:
        """Take a connection in, if there is room for it."""
        if len(self.connections) >= self._most:
            return False
        self.connections.add(connection)
        return True

    def forget(self, connection: SmppConnection) -> None:
        """It has gone."""
        self.connections.discard(connection)
        if not self.connections:
            self.empty.set()

    def has_room(self, account: Account) -> bool:
        """Whether an account may have one more session."""
        return not account.smpp_binds or self._sessions[account.id] < account.smpp_binds

    def bound(self, account: AccountId) -> None:
        """An account has one session more."""
        self._sessions[account] += 1

    def unbound(self, account: AccountId) -> None:
        """An account has one session less."""
        self._sessions[account] -= 1
        if not self._sessions[account]:
            del self._sessions[account]


class SmppServer:
    """Listening sockets and their sessions, in the running event loop. `async with server:` starts and stops it."""

    def __init__(
        self,
        doors: Sequence[Door],
        serving: SmppServing,
        desk: Desk,
        post: Post,
        clock: Clock,
        rules: Rules = Rules(),  # noqa: B008 - frozen
    ) -> None:
        self._doors = doors
        self._rules = rules
        self._house = House(serving, desk, post, clock, rules)
        self._sockets: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._ticking: asyncio.TimerHandle | None = None

    @property
    def ports(self) -> tuple[int, ...]:
        """The bound ports, in the order of the doors; empty before `bind`."""
        return tuple(sock.getsockname()[1] for sock in self._sockets)

    def sessions(self) -> list[Bound]:
        """How many there are by account and mode, and what is under way on them."""
        found: dict[tuple[AccountId, str], list[int]] = {}
        for connection in self._house.connections:
            guest, session = connection.guest, connection.session
            if guest is not None and session.mode is not None:
                sums = found.setdefault((guest.account, session.mode.value), [0, 0, 0])
                sums[0] += 1
                sums[1] += session.owing()
                sums[2] += session.waiting()
        return [Bound(*key, *sums) for key, sums in found.items()]

    def bind(self) -> None:
        """Take the ports, all or none. Raises CannotListen."""
        try:
            for door in self._doors:
                self._sockets.append(bound(door.listener.host, door.listener.port))
        except CannotListen:
            self._close_sockets()
            raise

    async def start(self) -> None:
        """Serve; binds first if that was not done. Raises CannotListen."""
        if not self._sockets:
            self.bind()
        loop = asyncio.get_running_loop()
        for sock, door in zip(self._sockets, self._doors, strict=True):
            tls = door.listener.context
            self._servers.append(
                await loop.create_server(
                    lambda first=door.first: SmppConnection(self._house, first),
                    sock=sock,
                    ssl=tls,
                    backlog=BACKLOG,
                    ssl_handshake_timeout=None if tls is None else self._rules.bind_s,
                    ssl_shutdown_timeout=None if tls is None else self._rules.grace_s,
                )
            )
        self._tick()

    async def stop(self) -> None:
        """Accept nothing more, say goodbye, let what is in flight be answered for `grace_s` seconds, and close."""
        for server in self._servers:
            server.close()
        house = self._house
        for connection in tuple(house.connections):
            connection.part()
        await self._gone(self._rules.grace_s)
        for connection in tuple(house.connections):
            connection.abort()
        await self._gone(1.0)
        unfinished = list(house.tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        if self._ticking is not None:
            self._ticking.cancel()
        self._servers.clear()
        self._close_sockets()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _gone(self, at_most: float) -> None:
        """Wait until no connection is left, or that many seconds."""
        if not self._house.connections:
            return
        self._house.empty.clear()
        try:
            await asyncio.wait_for(self._house.empty.wait(), at_most)
        except TimeoutError:
            pass

    def _tick(self) -> None:
        self._ticking = asyncio.get_running_loop().call_later(_TICK_S, self._tick)
        now = self._house.clock.now()
        for connection in tuple(self._house.connections):
            connection.tick(now)

    def _close_sockets(self) -> None:
        for sock in self._sockets:
            sock.close()
        self._sockets.clear()
