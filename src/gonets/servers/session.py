"""One SMPP connection: the asyncio shell round `wire.smpp.session`, which does the talking.

What one read brings is taken together: all messages in it are one call of the platform, and their answers one write,
made when all is durable. There is a task for a read that asks something, none for a message, and no timer: the server
calls `tick` about once a second.

A peer that does not take what is written to it is not read from. Beyond its account's window a message is answered
`ESME_RMSGQFUL` and beyond its rate `ESME_RTHROTTLED`; neither ends the session.
"""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final, cast

import msgspec
from structlog import get_logger

from gonets.model.account import Account
from gonets.model.calls import Login, Submission
from gonets.model.message import AccountId
from gonets.model.reasons import Reason
from gonets.model.results import Refused, Replaced
from gonets.ports.edges import SmppReading
from gonets.ports.stores import Mail
from gonets.servers.http import log_fault
from gonets.wire.smpp import events
from gonets.wire.smpp.codes import Command
from gonets.wire.smpp.events import Closed, Event, NotNow, Unanswered, Unreadable
from gonets.wire.smpp.pdu import (
    Bind,
    CancelSm,
    DataSm,
    DataSmResp,
    DeliverSmResp,
    GenericNack,
    Malformed,
    Pdu,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    answer_to,
)
from gonets.wire.smpp.roles import Mode, Role, State
from gonets.wire.smpp.session import Limits, Session

if TYPE_CHECKING:
    from gonets.servers.smpp import House

log = get_logger()

_SUBMITS: Final = frozenset({Command.SUBMIT_SM, Command.DATA_SM, Command.SUBMIT_MULTI})
_THROTTLED: Final = Refused(Reason.TOO_MANY_REQUESTS, "The account's rate is used up; slow down.")
_SWITCHED_OFF: Final = Refused(Reason.ACCOUNT_BLOCKED, "The account is switched off; ask your provider.")
_TOO_MANY_BINDS: Final = Refused(
    Reason.ACCOUNT_BLOCKED, "The account has as many sessions as it may have; close one."
)
_FAULT: Final = Refused(Reason.STORE_UNAVAILABLE, "An error on our side, try again later.")


class Guest(msgspec.Struct, frozen=True):
    """Who has bound a session."""

    account: AccountId
    who: Login
    reading: SmppReading


class SmppConnection(asyncio.Protocol):
    """One connection; `ports.edges.Outlet` while a receiver or transceiver is bound on it."""

    def __init__(self, house: "House", first: str) -> None:
        """`first`: the protocol that the listener is for, where a system_id is a login of several."""
        self._house = house
        self._first = first
        self._transport: asyncio.Transport | None = None
        self.session = Session(Role.SMSC, house.clock.now(), Limits(timers=house.timers))
        self.guest: Guest | None = None
        self._handed: dict[int, int] = {}
        """The notice that each sequence_number of ours carries."""
        self._parting = False
        self._full_since: float | None = None
        """Since when the peer takes nothing; None: it does."""

    # ---- the socket's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if not self._house.admits(self):
            log.warning("too many SMPP connections", action="smpp_refused")
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._handle(self.session.receive(data, self._house.clock.now()))

    def pause_writing(self) -> None:
        self._full_since = self._house.clock.now()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._full_since = None
        if self._transport is not None and not self._transport.is_closing() and not self._parting:
            self._transport.resume_reading()
        self._settle([], [])

    def connection_lost(self, error: Exception | None) -> None:
        self._handle(self.session.gone())
        self._transport = None
        self._house.forget(self)

    # ---- what the server does

    def tick(self, now: float) -> None:
        """Do what is due: timers of the session, and what has changed about the account."""
        if self.session.due() <= now:
            self._handle(self.session.tick(now))
        if self._full_since is not None and now - self._full_since > self._house.stuck_s:
            self._drop()
        if self.guest is None:
            return
        account = self._house.desk.account(self.guest.account)
        if account is None:
            self.part()
        elif account.smpp_window != self.session.limits.window:
            self._hold_to(account)

    def part(self) -> None:
        """Say goodbye, once all that is owed has been answered; nothing more is read until then."""
        self._parting = self.session.owing() > 0
        if self._transport is not None and not self._transport.is_closing():
            if self._parting:
                self._transport.pause_reading()
                return
            self._transport.resume_reading()
        self._handle(self.session.unbind(self._house.clock.now()))

    def abort(self) -> None:
        """End the connection at once."""
        self._drop()

    @property
    def listens(self) -> bool:
        """Whether receipts may be sent over this."""
        return self.session.state is State.BOUND and self.session.mode is not Mode.TRANSMITTER

    # ---- events

    def _handle(self, found: Sequence[Event]) -> None:
        requests: list[Pdu] = []
        taken: list[int] = []
        refused: list[int] = []
        for event in found:
            match event:
                case SubmitSm() | DataSm() | SubmitMulti() | QuerySm() | CancelSm() | ReplaceSm():
                    requests.append(event)
                case DeliverSmResp() | DataSmResp() | GenericNack():
                    notice = self._handed.pop(event.sequence_number, None)
                    if notice is not None:
                        (refused if event.command_status else taken).append(notice)
                case Unanswered() | Unreadable():
                    notice = self._handed.pop(event.sequence_number, None)
                    if notice is not None:
                        refused.append(notice)
                case Bind():
                    self._house.begin(self._bind(event))
                case Closed(why, detail):
                    if taken or refused:  # acknowledged in the same read; it counts while there is a guest
                        self._settle(taken, refused)
                    self._closed(why, detail)
                case _:
                    continue  # refused and answered by the session, or an answer to nothing
        if taken or refused:
            self._settle(taken, refused)
        if requests and self.guest is not None:
            self._house.begin(self._serve(self.guest, requests))
        self._flush()

    def _closed(self, why: events.Why, detail: str) -> None:
        guest, self.guest = self.guest, None
        if guest is not None:
            log.info(
                "SMPP session ended",
                action="smpp_unbound",
                account=guest.account,
                system_id=guest.who.login,
                why=why.value,
                detail=detail,
            )
            self._handed.clear()
            self._house.unbound(guest.account)
            self._house.post.leave(guest.account, self)
        self._flush()
        if self._transport is not None:
            if self._full_since is not None:
                self._transport.abort()
            else:
                self._transport.close()

    def _drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _flush(self) -> None:
        octets = self.session.octets()
        if octets and self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)

    def _settle(self, taken: Sequence[int], refused: Sequence[int]) -> None:
        if self.guest is not None:
            self._house.post.settled(self.guest.account, taken, refused)

    # ---- binding

    async def _bind(self, bind: Bind) -> None:
        house = self._house
        who = house.serving.login(bind, self._address(), self._first)
        try:
            found = await house.desk.log_in(who)
            if isinstance(found, Account) and not house.has_room(found):
                found = _TOO_MANY_BINDS
        except Exception as error:  # noqa: BLE001 - the door of a request
            log_fault(error)
            found = _FAULT
        if self.session.state is State.CLOSED:
            return
        self.session.answer(house.serving.welcome(bind, found))
        if isinstance(found, Refused):
            log.info(
                "bind refused", action="smpp_bind_refused", system_id=bind.system_id, reason=found.reason
            )
        elif self.session.state is State.BOUND:
            self._come_in(Guest(found.id, who, house.serving.conversation(who, bind)), found)
        self._flush()
        if self.listens:
            self._settle([], [])  # there is room now

    def _come_in(self, guest: Guest, account: Account) -> None:
        self.guest = guest
        self._hold_to(account)
        self._house.bound(account.id)
        if self.listens:
            self._house.post.join(account.id, self)
        log.info(
            "SMPP session bound",
            action="smpp_bound",
            account=account.id,
            system_id=guest.who.login,
            mode=None if self.session.mode is None else self.session.mode.value,
        )

    def _hold_to(self, account: Account) -> None:
        window = account.smpp_window
        self.session.limits = Limits(window, window, self._house.timers)

    def _address(self) -> str:
        peer = None if self._transport is None else self._transport.get_extra_info("peername")
        return str(peer[0]).removeprefix("::ffff:") if peer else ""

    # ---- serving

    async def _serve(self, guest: Guest, requests: Sequence[Pdu]) -> None:
        """Answer the requests of one read; neighbours that send messages are one call."""
        for sends, run in groupby(requests, lambda request: request.command_id in _SUBMITS):
            asked = list(run)
            try:
                if sends:
                    answers = await self._submit(guest, asked)
                else:
                    answers = [await self._ask(guest, request) for request in asked]
            except Exception as error:  # noqa: BLE001 - the door of a request
                log_fault(error)
                answers = [self._house.serving.answer(request, _FAULT) for request in asked]
            found: list[Event] = []
            for answer in answers:
                found += self._answer(answer)
            self._handle(found)
        if self._parting and not self.session.owing():
            self.part()

    def _answer(self, answer: Pdu) -> Sequence[Event]:
        try:
            return self.session.answer(answer)
        except Malformed as error:  # what we say has to fit; an answer without it does
            log_fault(error)
            return self.session.answer(
                answer_to(answer.command_id, answer.sequence_number, answer.command_status)
            )
        except NotNow:
            return ()

    async def _submit(self, guest: Guest, requests: Sequence[Pdu]) -> list[Pdu]:
        house = self._house
        account = house.desk.account(guest.account)
        if account is None:
            return [house.serving.answer(request, _SWITCHED_OFF) for request in requests]
        now = house.clock.at()
        items: list[Submission | Refused] = []
        counts: list[int] = []
        for request in requests:
            if account.rate and not house.desk.allows(guest.who, account, _destinations(request)):
                counts.append(0)
                continue
            read = guest.reading.read(request, now)
            items += read
            counts.append(len(read))
        results = await house.desk.submit(account, guest.who, items) if items else ()
        answers: list[Pdu] = []
        at = 0
        for request, count in zip(requests, counts, strict=True):
            outcome = results[at : at + count] if count else _THROTTLED
            answers.append(house.serving.answer(request, outcome))
            at += count
        return answers

    async def _ask(self, guest: Guest, request: Pdu) -> Pdu:
        house = self._house
        account = house.desk.account(guest.account)
        if account is None:
            return house.serving.answer(request, _SWITCHED_OFF)
        if account.rate and not house.desk.allows(guest.who, account, 1):
            return house.serving.answer(request, _THROTTLED)
        match request:
            case QuerySm():
                message = house.serving.message_id(request)
                return house.serving.answer(request, await house.desk.find(account, message))
            case CancelSm(message_id="", source_addr=sender, destination_addr=recipient):
                done = await house.desk.cancel_between(account, guest.who, sender, recipient)
                return house.serving.answer(request, done)
            case CancelSm():
                message = house.serving.message_id(request)
                return house.serving.answer(request, await house.desk.cancel(account, message))
            case _:
                return house.serving.answer(request, await self._replace(guest, account, request))

    async def _replace(self, guest: Guest, account: Account, request: Pdu) -> Replaced | Refused:
        house = self._house
        pending = await house.desk.pending(account, house.serving.message_id(request))
        if isinstance(pending, Refused):
            return pending
        item = guest.reading.replacement(request, pending, house.clock.at())
        if isinstance(item, Refused):
            return item
        return await house.desk.replace(account, guest.who, pending, item)

    # ---- an outlet

    def room(self) -> int:
        """How many notices it would take now."""
        return 0 if self._full_since is not None else self.session.room()

    def hand(self, notices: Sequence[Mail], account: Account) -> None:
        """Hand these over in one write."""
        now = self._house.clock.now()
        refused: list[int] = []
        for notice in notices:
            try:
                number = self.session.ask(self._house.serving.deliver(notice, account), now)
            except (NotNow, Malformed) as error:
                log_fault(error)
                refused.append(notice.id)
            else:
                self._handed[number] = notice.id
        self._flush()
        if refused:
            self._settle([], refused)


def _destinations(request: Pdu) -> int:
    return len(request.dest_address) if isinstance(request, SubmitMulti) else 1
