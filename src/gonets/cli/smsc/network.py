"""The network behind `gonets smsc`: what becomes of each message, and the receipts that are owed.

A message's fate is drawn for all traffic (`faults`) and then told by its recipient (`connectors.simulator.endings`).
Receipts go to the session that sent the message if it can receive, else to any other of its system_id, and are kept
until there is one. Nothing outlives the process.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Final, NamedTuple, Protocol

import msgspec

from gonets.cli.smsc.faults import Fate, Faults, fates, ids
from gonets.cli.smsc.journal import Journal, Line
from gonets.connectors.simulator.endings import Answer, Ending, Told, ending_of
from gonets.model.message import Status as MessageStatus
from gonets.model.times import micros
from gonets.protocols.smsc.tables import MESSAGE_STATES
from gonets.wire.smpp import receipt
from gonets.wire.smpp.codes import (
    ESM_RECEIPT,
    ESM_UDHI,
    RECEIPT_ALWAYS,
    RECEIPT_MASK,
    RECEIPT_NEVER,
    RECEIPT_ON_SUCCESS,
    MessageState,
    Status,
    Tag,
)
from gonets.wire.smpp.pdu import Bind, DataSm, DeliverSm, SubmitSm, Tlv

REFUSALS: Final = {
    "9904": Status.ESME_RSUBMITFAIL,
    "9905": Status.ESME_RTHROTTLED,
    "9913": Status.ESME_RMSGQFUL,
}
"""What a recipient that is refused is refused with, by its ending's digits."""

_STATUSES: Final = {
    Fate.THROTTLED: Status.ESME_RTHROTTLED,
    Fate.NACKED: Status.ESME_RINVCMDID,
    Fate.DROPPED: Status.ESME_ROK,
}
"""What a message that is not taken is answered with, or would be."""

UNKNOWN: Final = (Tlv(0x14FF, b"gonets"), Tlv(0x3FFE, b""), Tlv(0xFFFF, bytes(range(32))))
"""Optional parameters that nobody knows: one of the vendors' range (SMPP 3.4 §5.3.1), two of reserved ones."""

FIRST_ID: Final = 1_000_001
"""Of a run with a seed: no small number, which would be the same in hexadecimal."""
_TWICE_S: Final = 0.1
"""From a receipt to its double."""
_AGAIN_S: Final = 1.0
"""After which a receipt that was refused for the moment is told again."""
_FOR_THE_MOMENT: Final = frozenset({Status.ESME_RMSGQFUL, Status.ESME_RTHROTTLED, Status.ESME_RX_T_APPN})
_REMEMBERED: Final = 100_000
"""Messages whose tries are counted."""
_SHOWN: Final = 20
"""Octets of a message that its receipt repeats."""

Message = SubmitSm | DataSm


class Verdict(NamedTuple):
    """What becomes of a message."""

    message: Message
    fate: Fate
    command_status: int
    answered: str = ""
    """Its id as the answer has it; empty: it was not taken."""
    reported: str = ""
    """And as its receipts have it."""
    ending: Ending | None = None


class Report(NamedTuple):
    """A receipt of a message that was taken."""

    message: Message
    message_id: str
    told: Told
    submitted: datetime
    done: datetime


class Said(NamedTuple):
    """A part of what a phone says to the client; told again until it is taken."""

    request: DeliverSm


Telling = Report | Said
"""What a session is told by deliver_sm."""


class Counts(msgspec.Struct):
    """What there was, printed at the end."""

    connections: int = 0
    binds: int = 0
    binds_refused: int = 0
    submits: int = 0
    taken: int = 0
    refused: int = 0
    """By their recipients' endings."""
    throttled: int = 0
    nacked: int = 0
    dropped: int = 0
    """Connections dropped before an answer, with the messages that were not taken for it."""
    dropped_after: int = 0
    lost: int = 0
    """Taken, and never answered."""
    not_done: int = 0
    """Queries, cancellations and the like."""
    malformed: int = 0
    """PDUs that the session refused by itself."""
    receipts_sent: int = 0
    receipts_taken: int = 0
    receipts_refused: int = 0
    receipts_again: int = 0
    """Told again because nobody had taken them."""
    said_taken: int = 0
    """Parts of what phones say that were taken."""


class Receiver(Protocol):
    """A session that receipts can go over."""

    @property
    def listens(self) -> bool:
        """Whether they can now."""

    def tell(self, reports: Sequence[Telling]) -> None:
        """Hand these over, or keep them in line until there is room."""


class Network:
    """Shared by all sessions; in one event loop."""

    def __init__(
        self,
        faults: Faults,
        journal: Journal | None = None,
        login: tuple[str, str] = ("", ""),
        said: Sequence[Said] = (),
    ) -> None:
        """`login`: system_id and password that a bind must have; each empty: any. `said`: what phones say to the first
        client that can hear it."""
        self.faults = faults
        self.counts = Counts()
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Raises OSError where the journal cannot be written."""
        self._journal = journal
        self._login = login
        self._draw = fates(faults)
        self._ids = ids(faults)
        self._numbers = count(FIRST_ID if faults.seed is not None else micros(datetime.now(UTC)))
        self._tries: dict[tuple[str, bytes], int] = {}
        self._receivers: dict[str, list[Receiver]] = {}
        self._kept: dict[str, deque[Telling]] = {}
        self._said = list(said)

    def keep(self, lines: Sequence[Line]) -> None:
        """Write lines into the journal, if there is one."""
        if self._journal is None or self.failed.done():
            return
        try:
            self._journal.keep(lines)
        except OSError as error:
            self.failed.set_exception(error)

    @property
    def keeps(self) -> bool:
        """Whether there is a journal."""
        return self._journal is not None

    def welcomes(self, bind: Bind) -> Status:
        """What a bind is answered."""
        system_id, password = self._login
        if system_id and bind.system_id != system_id:
            return Status.ESME_RINVSYSID
        if password and bind.password != password:
            return Status.ESME_RINVPASWD
        return Status.ESME_ROK

    # ---- messages

    def judge(self, messages: Sequence[Message]) -> list[Verdict]:
        """What becomes of these, which came in one read; after a dropped connection there is nothing more."""
        verdicts: list[Verdict] = []
        dropped = False
        for message in messages:
            verdict = Verdict(message, Fate.DROPPED, Status.ESME_ROK) if dropped else self._judge(message)
            verdicts.append(verdict)
            dropped = dropped or verdict.fate in {Fate.DROPPED, Fate.DROPPED_AFTER}
        self._count(verdicts)
        return verdicts

    def _judge(self, message: Message) -> Verdict:
        fate = self._draw()
        status = _STATUSES.get(fate)
        if status is not None:
            return Verdict(message, fate, status)
        ending = ending_of(message.destination_addr)
        if ending.refusal is not None and self._refuses(ending, message):
            return Verdict(message, Fate.REFUSED, REFUSALS[ending.digits])
        if ending.answer is Answer.LOST:
            fate = Fate.LOST
        return Verdict(message, fate, Status.ESME_ROK, *self._ids(next(self._numbers)), ending)

    def _refuses(self, ending: Ending, message: Message) -> bool:
        """Whether this try is one of those that are refused; the same text to the same recipient is another try."""
        if ending.refusals >= _REMEMBERED:
            return True
        key = (message.destination_addr, _octets(message))
        tries = self._tries.pop(key, 0) + 1
        if tries > ending.refusals:
            return False
        self._tries[key] = tries
        if len(self._tries) > _REMEMBERED:
            del self._tries[next(iter(self._tries))]
        return True

    def _count(self, verdicts: Sequence[Verdict]) -> None:
        counts = self.counts
        counts.submits += len(verdicts)
        for verdict in verdicts:
            if verdict.answered:
                counts.taken += 1
            if verdict.fate is not Fate.TAKEN:
                setattr(counts, verdict.fate.value, getattr(counts, verdict.fate.value) + 1)

    # ---- receipts

    def report(self, verdicts: Sequence[Verdict], system_id: str, receiver: Receiver, first: bool) -> None:
        """Owe the receipts of messages that are answered now: those that go before (`first`), or the rest."""
        if not self.faults.receipts:
            return
        at = datetime.now(UTC)
        due: dict[float, list[Report]] = {}
        for verdict in verdicts:
            ending = verdict.ending
            if ending is None or self._goes_first(ending) is not first:
                continue
            for told in ending.receipts:
                if _wanted(verdict.message.registered_delivery, told):
                    report = Report(verdict.message, verdict.reported, told, at, at)
                    delay = told.after + (self.faults.receipt_delay if told.usual and not first else 0.0)
                    due.setdefault(delay, []).append(report)
                    if self.faults.receipts_twice:
                        due.setdefault(delay + _TWICE_S, []).append(report)
        for delay, reports in due.items():
            if delay:
                self._later(delay, system_id, reports, receiver)
            else:
                self.tell(system_id, reports, receiver)

    def _goes_first(self, ending: Ending) -> bool:
        return self.faults.receipts_first or ending.answer is Answer.LATE

    def tell(self, system_id: str, reports: Sequence[Telling], receiver: Receiver | None = None) -> None:
        """Hand receipts over, to that session if it listens."""
        if receiver is None or not receiver.listens:
            listening = [each for each in self._receivers.get(system_id, ()) if each.listens]
            if not listening:
                self._kept.setdefault(system_id, deque()).extend(reports)
                return
            receiver = listening[self.counts.receipts_sent % len(listening)]
        receiver.tell(reports)

    def refused(self, system_id: str, report: Telling, status: int, receiver: Receiver) -> None:
        """A client refused a receipt; what it refused for the moment comes again, what a phone said always."""
        self.counts.receipts_refused += 1
        if status in _FOR_THE_MOMENT or isinstance(report, Said):
            self.counts.receipts_again += 1
            self._later(_AGAIN_S, system_id, [report], receiver)

    def _later(self, delay: float, system_id: str, reports: Sequence[Telling], receiver: Receiver) -> None:
        done = datetime.now(UTC)

        def tell() -> None:
            now = max(done, datetime.now(UTC))
            due = [each._replace(done=now) if isinstance(each, Report) else each for each in reports]
            self.tell(system_id, due, receiver)

        asyncio.get_running_loop().call_later(delay, tell)

    # ---- sessions

    def join(self, system_id: str, receiver: Receiver) -> None:
        """A session listens from now on."""
        self._receivers.setdefault(system_id, []).append(receiver)
        kept = [*self._kept.pop(system_id, ()), *self._said]
        self._said.clear()
        if kept:
            receiver.tell(kept)

    def leave(self, system_id: str, receiver: Receiver) -> None:
        """It does no more; harmless when it did not."""
        receivers = self._receivers.get(system_id, [])
        if receiver in receivers:
            receivers.remove(receiver)
            if not receivers:
                del self._receivers[system_id]

    def delivery(self, report: Telling) -> DeliverSm:
        """The PDU of what a phone says, or of a receipt; there sender and recipient have changed places."""
        if isinstance(report, Said):
            return report.request
        message, state = report.message, state_of(report)
        delivered = state is MessageState.DELIVERED
        text = receipt.write(
            report.message_id,
            state,
            report.told.error,
            report.submitted,
            report.done,
            dlvrd=1 if delivered else 0,
            text=_shown(message),
        )
        return DeliverSm(
            tlvs=(
                Tlv(Tag.RECEIPTED_MESSAGE_ID, report.message_id.encode() + b"\0"),
                Tlv(Tag.MESSAGE_STATE, bytes((state,))),
                *(UNKNOWN if self.faults.unknown_tlvs else ()),
            ),
            source_addr_ton=message.dest_addr_ton,
            source_addr_npi=message.dest_addr_npi,
            source_addr=message.destination_addr[:20],
            dest_addr_ton=message.source_addr_ton,
            dest_addr_npi=message.source_addr_npi,
            destination_addr=message.source_addr[:20],
            esm_class=ESM_RECEIPT,
            short_message=text,
        )


def state_of(report: Report) -> MessageState:
    """What a receipt says became of the message."""
    return MESSAGE_STATES[report.told.state.status]


def _wanted(registered_delivery: int, told: Told) -> bool:
    """Whether a receipt was asked for (SMPP 3.4 §5.2.17)."""
    wanted = registered_delivery & RECEIPT_MASK
    if wanted in {RECEIPT_NEVER, RECEIPT_ALWAYS}:
        return wanted == RECEIPT_ALWAYS
    delivered = told.state.status is MessageStatus.DELIVERED
    return told.state.final and delivered is (wanted == RECEIPT_ON_SUCCESS)


def _octets(message: Message) -> bytes:
    """What tells a message from another to the same recipient."""
    payload = b"".join(each.value for each in message.tlvs)
    return payload if isinstance(message, DataSm) else message.short_message + payload


def _shown(message: Message) -> str:
    if isinstance(message, DataSm) or message.esm_class & ESM_UDHI:
        return ""
    return (
        message.short_message[:_SHOWN].decode("ascii", "replace") if message.short_message.isascii() else ""
    )
