"""A mail server as a connector: any number of sessions, each opened again when it ends.

Theory of operation
-------------------

Each session takes one mail after another from what waits here, which is at most one more for each open session than
is being handed over. A session that ends under a mail says what became of it: `Returned` before the mail's last line
was written, `Uncertain` after it. What waits when there is no session left is returned.

We do not receive mail, so nobody tells us what a server makes of a mail that it took: by the setting
`delivered_when_taken` it is told as delivered, or it stays sent. Notifications (RFC 3461) go to the setting `sender`,
for people to read.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from random import random
from typing import Final

import structlog

from gonets.connectors.smtp.answers import NOT_SUPPORTED
from gonets.connectors.smtp.connection import Broken, Connection
from gonets.connectors.smtp.outgoing import mail_of
from gonets.connectors.smtp.settings import Security, SmtpSettings
from gonets.model.message import Outgoing, State
from gonets.model.results import Event, Receipt, Rejected, Returned, SendResult, Sent, Settled
from gonets.ports.clock import Clock
from gonets.rules.pacing import reconnect_after

_AHEAD: Final = 2
"""Mails that each session may have here: one that is handed over, one that waits."""
_LOOK_S: Final = 1.0
"""Between two looks at whether the sessions are still there."""

log = structlog.get_logger()


class Smtp:
    """Implements `ports.edges.Connector`."""

    def __init__(
        self, name: str, settings: SmtpSettings, clock: Clock, chance: Callable[[], float] = random
    ) -> None:
        """`chance` gives numbers in [0, 1), which spread reconnections. Raises OSError or ValueError where the CA file
        cannot be used."""
        self.name = name
        self.whole = False
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._context = (
            None
            if settings.security is Security.PLAIN
            else ssl.create_default_context(cafile=settings.ca_file or None)
        )
        self._connections: set[Connection] = set()
        self._waiting: deque[Outgoing] = deque()
        self._busy = 0
        self._heard: list[Event] = []
        self._turn = asyncio.Event()
        """Set, and another one put in its place, when there may be something to do for a session."""
        self._hearable = asyncio.Event()
        self._closing = self._closed = False
        self._tasks: list[asyncio.Task[None]] = []

    # ---- the port

    async def start(self) -> None:
        keeping = [self._keep() for _ in range(self._settings.connections)]
        self._tasks = [
            asyncio.create_task(work, name=f"link {self.name}") for work in (*keeping, self._look())
        ]

    def room(self) -> int:
        if self._closing:
            return 0
        taken, window = self.window()
        return max(0, window - taken)

    def window(self) -> tuple[int, int]:
        is_open = sum(connection.is_open for connection in self._connections)
        return len(self._waiting) + self._busy, is_open * _AHEAD

    def send(self, parts: Sequence[Outgoing]) -> None:
        self._waiting.extend(parts)
        if self._closing or not self._connections:
            self._return()
        self._wake()

    async def hear(self) -> Sequence[Event]:
        while not self._heard and not self._closed:
            self._hearable.clear()
            await self._hearable.wait()
        heard, self._heard = self._heard, []
        return heard

    def acknowledge(self, events: Sequence[Event]) -> None:
        """A mail server is told nothing."""

    def refuse(self, events: Sequence[Event]) -> None:
        """A mail server says nothing twice."""

    async def close(self) -> None:
        self._closing = True
        self._return()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._closed = True
        self._hearable.set()

    # ---- the sessions

    async def _keep(self) -> None:
        """Open a session, and open it again when it ends."""
        failures = 0
        while True:
            connection = Connection(self._settings, self._context)
            try:
                await connection.open()
                self._connections.add(connection)
                failures = 0 if await self._serve(connection) else failures + 1
            except Broken as error:
                failures += 1
                log.warning(
                    "mail server cannot be used",
                    action="upstream_unreachable",
                    connector=self.name,
                    error=str(error),
                )
            except Exception:  # the door of a connector
                failures += 1
                log.exception("link failed", action="link_failed", connector=self.name)
            finally:
                self._connections.discard(connection)
                connection.close()
                if not self._connections:
                    self._return()
            await self._clock.sleep(reconnect_after(failures, self._chance()))

    async def _serve(self, connection: Connection) -> bool:
        """Hand mails over until the session ends; whether it was good for anything."""
        answered = False
        opened_at = asked_at = self._clock.now()
        try:
            while connection.is_open:
                if self._waiting:
                    answered |= await self._hand_over(self._waiting.popleft(), connection)
                    asked_at = self._clock.now()
                elif self._clock.now() - asked_at >= self._settings.noop_after:
                    await connection.ask()
                    asked_at = self._clock.now()
                else:
                    await self._turn.wait()
        except asyncio.CancelledError:
            await connection.part()
            raise
        return answered or asked_at - opened_at > self._settings.noop_after

    async def _hand_over(self, part: Outgoing, connection: Connection) -> bool:
        """Whether the server has answered for it."""
        try:
            mail = mail_of(part, self._settings, self._clock.at())
        except Exception as error:  # noqa: BLE001 - what the library cannot write must not be lost, nor end a session
            log.error(
                "mail not written", action="link_failed", connector=self.name, error=type(error).__name__
            )
            mail = None
        if mail is None:
            self._settle(part, Rejected(NOT_SUPPORTED))
            return True
        self._busy += 1
        result: SendResult = Returned()
        try:
            result = await connection.send(mail)
        except asyncio.CancelledError:
            result = connection.without_answer()
            connection.close()
            raise
        finally:
            self._busy -= 1
            self._settle(part, result)
        return connection.is_open

    async def _look(self) -> None:
        while True:
            await self._clock.sleep(_LOOK_S)
            self._wake()

    # ---- what is heard

    def _settle(self, part: Outgoing, result: SendResult) -> None:
        self._heard.append(Settled(part.id, result))
        if isinstance(result, Sent) and self._settings.delivered_when_taken:
            self._heard.append(Receipt(result.remote_id, State.DELIVERED, 0, self._clock.at()))
        self._hearable.set()

    def _return(self) -> None:
        """What waits was never sent."""
        while self._waiting:
            self._settle(self._waiting.popleft(), Returned())

    def _wake(self) -> None:
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()
