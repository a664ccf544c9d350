"""An ESME over a socket that waits: it binds as a transceiver, asks, hears, and unbinds.

`wire.smpp.session` does the talking. Whatever goes wrong with the other side is `CommandFailed` while it is bound, and
from then on the answer that a request got, or a sentence.
"""

import socket
import ssl
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec

from gonets.cli.console import CommandFailed, CommandRefused
from gonets.cli.smpp.texts import check
from gonets.wire.smpp import tlvs
from gonets.wire.smpp.codes import RESPONSE, Status, Tag, named, status_sentence
from gonets.wire.smpp.events import Closed, Event, Unanswered, Unreadable, Why
from gonets.wire.smpp.pdu import BindTransceiver, DataSm, DeliverSm, Pdu, answer_to
from gonets.wire.smpp.roles import Role
from gonets.wire.smpp.session import Limits, Session
from gonets.wire.smpp.timers import Timers

Answer = Pdu | Unanswered | Unreadable
Delivery = DeliverSm | DataSm

_LONGEST_TURN_S: Final = 60.0
_GOODBYE_S: Final = 2.0
"""For the other side to agree that it is over."""


class Peer(msgspec.Struct, frozen=True):
    """Whom to bind to, and as whom."""

    host: str
    port: int
    system_id: str
    password: str = ""
    tls: bool = False
    trusted: Path | None = None
    """With TLS: a PEM file with the certificate to trust; None: those that the system trusts."""
    unchecked: bool = False
    """With TLS: any certificate will do."""
    patience_s: float = 10.0
    """For the connection, and for each answer."""

    @property
    def name(self) -> str:
        """For people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@contextmanager
def bound(peer: Peer) -> Iterator["Esme"]:
    """A session that is bound, and unbound in the end.

    Raises CommandRefused for what cannot be asked, CommandFailed where it comes to no session.
    """
    bind = BindTransceiver(system_id=peer.system_id, password=peer.password)
    check(bind)
    with _connected(peer) as connection:
        esme = Esme(peer, connection)
        esme.bind(bind)
        try:
            yield esme
        finally:
            esme.leave()


class Esme:
    """One session."""

    def __init__(self, peer: Peer, connection: socket.socket) -> None:
        self.delivered: deque[Delivery] = deque()
        """What came and is owed an answer, oldest first."""
        self._peer = peer
        self._socket = connection
        timers = Timers(session_init=None, response=peer.patience_s)
        self._session = Session(Role.ESME, monotonic(), Limits(timers=timers))
        self._answers: dict[int, Answer] = {}
        self._closed: Closed | None = None
        self._was_bound = False

    def bind(self, bind: BindTransceiver) -> None:
        """Raises CommandFailed."""
        number = self._session.ask(bind, monotonic())
        while self._closed is None and number not in self._answers:
            self.turn(inf)
        answer = self._answers.pop(number)
        wrong = self.wrong(answer)
        if wrong:
            refused = isinstance(answer, Pdu)
            raise CommandFailed(f"{self._peer.name} refuses the bind: {wrong}" if refused else wrong)
        self._was_bound = True

    def ask(self, requests: Sequence[Pdu]) -> list[Answer | None]:
        """Send these, as the window allows, and wait for their answers; None: it was not sent any more."""
        waiting = deque(requests)
        numbers: list[int] = []
        while self._closed is None:
            while waiting and self._session.room():
                numbers.append(self._session.ask(waiting.popleft(), monotonic()))
            if not waiting and all(number in self._answers for number in numbers):
                break
            self.turn(inf)
        return [*(self._answers.pop(number) for number in numbers), *(None for _ in waiting)]

    def answer(self, delivery: Delivery, status: Status = Status.ESME_ROK) -> None:
        """Answer what was delivered."""
        answer = answer_to(delivery.command_id, delivery.sequence_number, status)
        self._hear(self._session.answer(answer))
        self._write()

    def turn(self, until: float) -> None:
        """Write what is to be written and read once, but not beyond that moment."""
        self._write()
        if self._closed is not None:
            return
        left = min(self._session.due(), until) - monotonic()
        self._socket.settimeout(max(0.001, min(left, _LONGEST_TURN_S)))
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            self._hear(self._session.tick(monotonic()))
        except OSError:
            self._hear(self._session.gone())
        else:
            self._hear(self._session.receive(data, monotonic()) if data else self._session.gone())
        self._write()

    def leave(self) -> None:
        """Unbind."""
        self._hear(self._session.unbind(monotonic()))
        until = monotonic() + _GOODBYE_S
        while self._closed is None and monotonic() < until:
            self.turn(until)

    # ---- in words

    @property
    def ended(self) -> str:
        """Why the session is over; empty while it is not."""
        if self._closed is None:
            return ""
        match self._closed.why:
            case Why.UNBOUND:
                return f"{self._peer.name} has ended the session"
            case Why.LOST:
                return f"what {self._peer.name} sends is no SMPP{'' if self._peer.tls else '; it may want --tls'}"
            case Why.SILENT | Why.NEVER_BOUND:
                return f"{self._peer.name} does not answer within {self._peer.patience_s:g} seconds"
            case Why.GONE if self._was_bound:
                return f"{self._peer.name} has closed the connection"
            case Why.GONE:
                hint = "" if self._peer.tls else "; it may want --tls"
                return f"{self._peer.name} has closed the connection instead of answering the bind{hint}"

    def wrong(self, answer: Answer | None) -> str:
        """What is wrong with an answer; empty: nothing is."""
        match answer:
            case None:
                return f"it was not sent, for {self.ended}"
            case Unanswered():
                return self.ended or f"no answer came within {self._peer.patience_s:g} seconds"
            case Unreadable():
                return f"its answer cannot be read: {answer.detail}"
            case Pdu():
                return status_words(answer) if answer.command_status else ""

    # ---- the session's octets and events

    def _write(self) -> None:
        octets = self._session.octets()
        if not octets:
            return
        self._socket.settimeout(self._peer.patience_s)
        try:
            self._socket.sendall(octets)
        except OSError:
            self._hear(self._session.gone())

    def _hear(self, found: Sequence[Event]) -> None:
        for event in found:
            match event:
                case DeliverSm() | DataSm():
                    self.delivered.append(event)
                case Closed():
                    self._closed = event
                case Unanswered() | Unreadable():
                    self._answers[event.sequence_number] = event
                case Pdu() if event.command_id & RESPONSE:
                    self._answers[event.sequence_number] = event
                case _:
                    continue  # the session has answered it, or nothing waits for it


def status_words(answer: Pdu) -> str:
    """The status of an answer by its name, its sentence, and what the other side says of it."""
    status = answer.command_status
    said = tlvs.string(answer.tlvs, Tag.ADDITIONAL_STATUS_INFO_TEXT)
    return f"{named(Status, status)}: {status_sentence(status)}{f' It says: {said}' if said else ''}"


# ---- the connection


@contextmanager
def _connected(peer: Peer) -> Iterator[socket.socket]:
    """Raises CommandFailed."""
    context = _context(peer) if peer.tls else None
    try:
        plain = socket.create_connection((peer.host, peer.port), peer.patience_s)
    except TimeoutError:
        raise CommandFailed(f"{peer.name} does not answer within {peer.patience_s:g} seconds") from None
    except (OSError, UnicodeError) as error:
        raise CommandFailed(f"cannot connect to {peer.name}: {_reason(error)}") from None
    with plain:
        if context is None:
            yield plain
            return
        with _secured(peer, plain, context) as secured:
            yield secured


def _secured(peer: Peer, plain: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    try:
        return context.wrap_socket(plain, server_hostname=peer.host)
    except ssl.SSLCertVerificationError as error:
        raise CommandFailed(
            f"the certificate of {peer.name} is not trusted: {error.verify_message}; --cacert FILE names one to trust"
        ) from None
    except TimeoutError:
        raise CommandFailed(f"{peer.name} does not answer within {peer.patience_s:g} seconds") from None
    except (OSError, ValueError) as error:
        raise CommandFailed(f"there is no TLS with {peer.name}: {_reason(error)}") from None


def _context(peer: Peer) -> ssl.SSLContext:
    """Raises CommandRefused for a file that is no certificate."""
    try:
        context = ssl.create_default_context(cafile=peer.trusted)
    except ssl.SSLError:
        raise CommandRefused(f"{peer.trusted} is no certificate in PEM") from None
    except OSError as error:
        raise CommandRefused(f"{peer.trusted} cannot be read: {error.strerror}") from None
    if peer.unchecked:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
