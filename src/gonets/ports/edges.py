"""The platform's edges: connectors, what wakes a stage, and how statuses reach clients."""

from collections.abc import Sequence
from typing import Final, Protocol

from gonets.model.account import Account
from gonets.model.calls import Call
from gonets.model.message import Outgoing
from gonets.model.results import Event, Outcome, Refused
from gonets.ports.stores import Notice
from gonets.wire.http import Reply, Request

ROUTER_LANE: Final = " router"
CAMPAIGNS_LANE: Final = " campaigns"
NOTIFY_LANE: Final = " notify"
"""Lanes of the bell that are no connector's: a connector has one under its own name, which holds no blank."""


class Connector(Protocol):
    """A link to an upstream.

    It neither retries nor splits nor decides: it sends what it is given and tells what it hears.
    """

    name: str

    async def start(self) -> None:
        """Open it; returns once it tries, not once it is up."""

    def room(self) -> int:
        """How many parts it would take now: what is left of its window and rate; 0 when it is down."""

    def window(self) -> tuple[int, int]:
        """(parts sent and not answered, how many may be)."""

    def send(self, parts: Sequence[Outgoing]) -> None:
        """Send these, at most `room()`. Never waits for answers, never raises: what goes wrong is heard."""

    async def hear(self) -> Sequence[Event]:
        """Wait until something was heard and return all of it, in order; nothing once it is closed and all was heard.

        Every part sent is settled once.
        """

    def acknowledge(self, events: Sequence[Event]) -> None:
        """These are durable: tell the upstream so where its protocol can; what it is not told it sends again."""

    def refuse(self, events: Sequence[Event]) -> None:
        """These cannot be written now: let the upstream keep them, where its protocol can, and send them again."""

    async def close(self) -> None:
        """Part with the upstream; what was not answered by then is heard as `Uncertain` before `hear` ends."""


class Bell(Protocol):
    """Wakes a stage early. A ring may be lost and may be false: the rows are the queue."""

    def ring(self, lane: str) -> None:
        """There may be work in that lane. Cheap, never fails."""

    async def wait(self, lane: str, at_most: float) -> None:
        """Return when that lane rings, or after `at_most` seconds."""


class Serving(Protocol):
    """The serving half of a protocol over HTTP: pure functions."""

    def serves(self, path: str) -> bool:
        """Whether a path, without doubled slashes, is one of this protocol's."""

    def parse(self, request: Request) -> Call | Refused:
        """What is asked; `Refused` when nothing of it could be read. Never raises."""

    def render(self, request: Request, call: Call | None, outcome: Outcome) -> Reply:
        """The answer, byte for byte."""


class Pushing(Protocol):
    """How a protocol hands statuses over to a client: two pure functions."""

    def ask(self, account: Account, notices: Sequence[Notice]) -> Request:
        """The request that carries these; its `path` is the whole URL."""

    def hear(self, reply: Reply) -> bool:
        """Whether the client has taken all of them."""


class HttpClient(Protocol):
    """Sends one request; a peer that cannot be reached or is too slow is a reply too."""

    async def send(self, request: Request) -> Reply | None:
        """The reply, or None when there was none."""
