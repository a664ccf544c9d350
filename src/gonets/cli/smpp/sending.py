"""What is told of a text that was sent, and of messages that were asked after: values, each with its line.

Receipts are those of the messages sent here, by their ids; where a network writes its ids in another base in receipts,
by the recipient too. Any other receipt, and any message from a phone, is for somebody else who binds with the same
system_id: it is answered ESME_RX_T_APPN, so that it comes again.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import msgspec

from gonets.cli.console import written
from gonets.cli.smpp.esme import Delivery, Esme, Peer, bound
from gonets.cli.smpp.texts import check
from gonets.rules.remote_ids import is_same_number, key_of
from gonets.wire.smpp import receipt, times, tlvs
from gonets.wire.smpp.codes import MessageState, Status, Tag, named
from gonets.wire.smpp.pdu import MessageIdResp, Pdu, QuerySm, QuerySmResp, SubmitSm, Tlv
from gonets.wire.smpp.receipt import Receipt
from gonets.wire.smpp.segments import user_data

_UNDERWAY: Final = frozenset({MessageState.SCHEDULED, MessageState.ENROUTE, MessageState.ACCEPTED})
_NACKED: Final = "it was answered by a generic_nack"


class Taken(msgspec.Struct, frozen=True):
    """A part that the SMSC took."""

    number: int
    """Of the part, from 1."""
    total: int
    message_id: str

    def line(self) -> str:
        part = f", part {self.number} of {self.total}" if self.total > 1 else ""
        return f"message_id {self.message_id}{part}"


class NotTaken(msgspec.Struct, frozen=True):
    """A part that it refused, or that was not answered."""

    number: int
    total: int
    command_status: int | None
    """None: there was no answer."""
    why: str

    def line(self) -> str:
        what = f"part {self.number} of {self.total}" if self.total > 1 else "the message"
        return f"{what} {'has no answer' if self.command_status is None else 'was not taken'}: {self.why}"


class Reported(msgspec.Struct, frozen=True):
    """A receipt."""

    number: int
    """Of the part."""
    said: Receipt
    text: str
    """As it came."""
    given: tuple[Tlv, ...]
    """Its optional parameters."""

    @property
    def final(self) -> bool:
        """Whether no other comes after it."""
        return self.said.state not in _UNDERWAY

    def line(self) -> str:
        said = self.said
        if self.text:
            return self.text
        stat = "" if said.state is None else receipt.STATS[said.state]
        return f"id:{said.message_id} stat:{stat} err:{said.error or 0:03}"

    def parameters(self) -> dict[str, int | str]:
        """Its optional parameters by name: numbers, strings, and octets in hexadecimal."""
        return {named(Tag, each.tag): _value(each) for each in self.given}


class Missing(msgspec.Struct, frozen=True):
    """Parts whose final receipts did not come."""

    message_ids: tuple[str, ...]
    why: str

    def line(self) -> str:
        ids = " ".join(self.message_ids)
        return f"no final receipt of {ids}: {self.why}; `gonets smpp query` asks where a message stands"


class PutOff(msgspec.Struct, frozen=True):
    """What came that belongs to none of these parts."""

    texts: tuple[str, ...]
    """As they came."""

    def line(self) -> str:
        return f"put off with ESME_RX_T_APPN, being of other messages: {'; '.join(self.texts)}"


Told = Taken | NotTaken | Reported | Missing | PutOff


def send(peer: Peer, requests: Sequence[SubmitSm], wait_s: float) -> Iterator[Told]:
    """Send the parts of one text; each thing is told when it is known.

    Raises CommandFailed where there is no session.
    """
    with bound(peer) as esme:
        ids: dict[int, str] = {}
        for number, answer in enumerate(esme.ask(requests), start=1):
            wrong = esme.wrong(answer)
            if wrong or not isinstance(answer, MessageIdResp):
                status = answer.command_status if isinstance(answer, Pdu) else None
                yield NotTaken(number, len(requests), status, wrong or _NACKED)
                continue
            ids[number] = answer.message_id
            yield Taken(number, len(requests), answer.message_id)
        if wait_s > 0:
            yield from _receipts(esme, ids, requests[0].destination_addr, wait_s)


def _receipts(esme: Esme, ids: Mapping[int, str], recipient: str, wait_s: float) -> Iterator[Told]:
    """Hear the receipts of these message ids, by part, until all are final or time is over."""
    until = monotonic() + wait_s
    left = set(ids)
    others: list[str] = []
    while True:
        while esme.delivered:
            delivery = esme.delivered.popleft()
            found = _reported(delivery, ids, recipient)
            if found is None:
                others.append(_text_of(delivery))
                esme.answer(delivery, Status.ESME_RX_T_APPN)
                continue
            esme.answer(delivery)
            yield found
            if found.final:
                left.discard(found.number)
        if not left or esme.ended or monotonic() >= until:
            break
        esme.turn(until)
    if left:
        missing = tuple(ids[number] for number in sorted(left))
        yield Missing(missing, esme.ended or f"none has come within {wait_s:g} seconds")
    if others:
        yield PutOff(tuple(others))


def _reported(delivery: Delivery, ids: Mapping[int, str], recipient: str) -> Reported | None:
    """What a delivery reports on one of these parts; None: nothing."""
    octets = _octets(delivery)
    said = receipt.read(octets, delivery.tlvs) if receipt.is_receipt(delivery.esm_class) else None
    if said is None:
        return None
    keys = [key_of(said.message_id)]
    if is_same_number(recipient.lstrip("+"), delivery.source_addr):
        keys += [key_of(form) for form in receipt.id_forms(said.message_id)]
    for key in keys:
        for number, message_id in ids.items():
            if key and key == key_of(message_id):
                return Reported(number, said, _text_of(delivery), delivery.tlvs)
    return None


def _octets(delivery: Delivery) -> bytes:
    data = user_data(delivery)
    return data if isinstance(data, bytes) else b""


def _text_of(delivery: Delivery) -> str:
    return receipt.characters(_octets(delivery))


def _value(given: Tlv) -> int | str:
    if given.tag in tlvs.NUMBERS:
        return int.from_bytes(given.value)
    return (tlvs.string((given,), given.tag) or "") if given.tag in tlvs.STRINGS else given.value.hex()


def went_well(told: Sequence[Told]) -> bool:
    """Whether all was taken and, as far as was waited for, delivered."""
    return not any(
        isinstance(each, NotTaken | Missing)
        or (isinstance(each, Reported) and each.final and each.said.state is not MessageState.DELIVERED)
        for each in told
    )


# ---- asking after messages


class Standing(msgspec.Struct, frozen=True):
    """Where a message stands, by query_sm."""

    message_id: str
    command_status: int | None
    """None: there was no answer."""
    state: str = ""
    """The specification's name; empty where it is not told."""
    error_code: int = 0
    final_at: datetime | None = None
    why: str = ""
    """Why it is not told."""

    def line(self) -> str:
        if self.why:
            return f"{self.message_id}: {self.why}"
        error = f", error_code {self.error_code}" if self.error_code else ""
        final = "" if self.final_at is None else f", final_date {written(self.final_at)}"
        return f"{self.message_id}: {self.state}{error}{final}"


def query(peer: Peer, message_ids: Sequence[str], sender: str = "") -> list[Standing]:
    """Where these stand, in their order. Raises CommandRefused for an id that is none, CommandFailed where there is no
    session."""
    requests = [QuerySm(message_id=each, source_addr=sender) for each in message_ids]
    for request in requests:
        check(request)
    with bound(peer) as esme:
        answers = esme.ask(requests)
        found = []
        for message_id, answer in zip(message_ids, answers, strict=True):
            wrong = esme.wrong(answer)
            if wrong or not isinstance(answer, QuerySmResp):
                status = answer.command_status if isinstance(answer, Pdu) else None
                found.append(Standing(message_id, status, why=wrong or _NACKED))
                continue
            found.append(
                Standing(
                    message_id,
                    answer.command_status,
                    named(MessageState, answer.message_state),
                    answer.error_code,
                    _moment(answer.final_date),
                )
            )
        return found


def _moment(text: str) -> datetime | None:
    try:
        return times.instant(text, datetime.now(UTC))
    except (times.BadTime, OverflowError):
        return None
