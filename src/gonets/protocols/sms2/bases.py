"""SMS2's api_call.cgi: phone bases and multicasts (SMS gate, section 3).

The functions are a table. What cannot be read is refused as a message would be, after the credentials have been looked
at; whether a number is one, and whether a base is there, is not asked here.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from enum import Enum
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from gonets.model.calls import (
    AddPhones,
    BaseCall,
    HasPhone,
    ListBases,
    ReadBase,
    RemovePhone,
    StartCampaign,
    Submit,
)
from gonets.model.reasons import Reason
from gonets.model.results import (
    BaseOutcome,
    BaseRefused,
    BasesListed,
    CampaignStarted,
    PhoneHeld,
    PhoneRemoved,
    PhonesAdded,
    PhonesListed,
    Refused,
)
from gonets.protocols.sms2.fields import Fields, moment
from gonets.protocols.sms2.tables import API_CALL_TEXTS, ERROR, FAULT_TEXTS

MOST_PHONES: Final = 100_000
"""Of one batch."""

BATCH: Final = b"add_phone_to_base_batch"

_SUCCESS: Final = b"Success"
_EMPTY: Final = b"No phones in base"


class Notation(Enum):
    """How the answer to a batch is written."""

    PRINTED = "printed"
    """As the document has it: `{"success"=>2, "errors"=>["123"]}`."""
    JSON = "json"


def is_batch(fields: Fields) -> bool:
    """Whether the function is the one with an answer of its own kind."""
    return fields.octets(b"function") == BATCH


def read(fields: Fields, zone: ZoneInfo) -> BaseCall | Submit:
    """What is asked of bases; a `Submit` of nothing but its refusal where that cannot be read."""
    reader = _FUNCTIONS.get(fields.octets(b"function"))
    if reader is None:
        known = ", ".join(name.decode() for name in _FUNCTIONS)
        return _refused(Reason.UNSUPPORTED, f"There is no such function; there are {known}.")
    return reader(fields, zone)


def answer(outcome: BaseOutcome, batch: Notation | None) -> bytes | AsyncIterator[bytes]:
    """The text of an answer, or its pieces where the whole is too long to be held.

    `batch`: how the numbers of a batch are told of; None: it was a number alone.
    """
    match outcome:
        case BaseRefused(fault):
            return ERROR % FAULT_TEXTS[fault]
        case BasesListed(bases):
            return json.dumps(
                [
                    {"base_name": base.name, "id": str(base.id), "phones_total": str(base.phones)}
                    for base in bases
                ]
            ).encode()
        case PhonesListed(batches):
            return _lines(batches)
        case PhonesAdded(count, wrong):
            if batch is not None:
                return _told(count, wrong, batch)
            return ERROR % API_CALL_TEXTS[Reason.BAD_RECIPIENT] if wrong else _SUCCESS
        case PhoneHeld(held):
            return b"Yes" if held else b"No"
        case PhoneRemoved() | CampaignStarted():
            return _SUCCESS
        case _:
            assert_never(outcome)


def _told(count: int, wrong: Sequence[str], batch: Notation) -> bytes:
    """How many numbers of a batch are in the base now, and which are no numbers. ASCII, like every answer."""
    errors = json.dumps(wrong)
    match batch:
        case Notation.PRINTED:
            return f'{{"success"=>{count}, "errors"=>{errors}}}'.encode()
        case Notation.JSON:
            return f'{{"success": {count}, "errors": {errors}}}'.encode()
        case _:
            assert_never(batch)


async def _lines(batches: AsyncIterator[Sequence[int]]) -> AsyncIterator[bytes]:
    """One number a line, nothing after the last."""
    written = False
    async for batch in batches:
        if batch:
            lines = "\n".join(map(str, batch)).encode()
            yield b"\n" + lines if written else lines
            written = True
    if not written:
        yield _EMPTY


# ---- the functions


def _list(fields: Fields, zone: ZoneInfo) -> BaseCall:
    return ListBases()


def _add(fields: Fields, zone: ZoneInfo) -> BaseCall:
    return AddPhones(fields.text(b"base"), (fields.text(b"phone"),))


def _add_batch(fields: Fields, zone: ZoneInfo) -> BaseCall | Submit:
    lines = fields.text(b"phones").splitlines()
    phones = tuple(phone for line in lines if (phone := line.strip()))
    if len(phones) > MOST_PHONES:
        return _refused(Reason.BAD_REQUEST, f"A batch has {MOST_PHONES:,} numbers at most.")
    return AddPhones(fields.text(b"base"), phones)


def _has(fields: Fields, zone: ZoneInfo) -> BaseCall:
    return HasPhone(fields.text(b"base"), fields.text(b"phone"))


def _get(fields: Fields, zone: ZoneInfo) -> BaseCall:
    return ReadBase(fields.text(b"base"))


def _remove(fields: Fields, zone: ZoneInfo) -> BaseCall:
    return RemovePhone(fields.text(b"base"), fields.text(b"phone"))


def _start(fields: Fields, zone: ZoneInfo) -> BaseCall | Submit:
    sender, text = fields.exact(b"from"), fields.exact(b"message")
    if sender is None or text is None:
        return _refused(Reason.BAD_TEXT, "The message has octets that are no text in its charset.")
    start = fields.text(b"start_at").strip()
    start_at = moment(start, zone) if start else None
    if start and start_at is None:
        return _refused(Reason.BAD_REQUEST, "start_at must be written YYYY-MM-DD HH:MM.")
    bases = tuple(base for each in fields.text(b"bases").split(",") if (base := each.strip()))
    return StartCampaign(sender, text, bases, start_at)


_FUNCTIONS: Final[dict[bytes, Callable[[Fields, ZoneInfo], BaseCall | Submit]]] = {
    b"list_of_bases": _list,
    b"add_phone_to_base": _add,
    BATCH: _add_batch,
    b"is_phone_in_base": _has,
    b"get_base": _get,
    b"remove_phone_from_base": _remove,
    b"start_multicast": _start,
}
"""SMS gate, section 3.1."""


def _refused(reason: Reason, sentence: str) -> Submit:
    return Submit((Refused(reason, sentence),))
