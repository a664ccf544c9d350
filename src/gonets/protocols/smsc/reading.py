"""submit_sm, submit_multi and data_sm as submissions.

Read strictly where a field has a meaning for us, so that whoever sent it learns what is wrong; the rest is let pass:
service_type, esm_class of any mode, types of numbers, unknown TLVs. Whether the message may be sent is for the rules.

A text that is whole is a text, however long. A part that its client cut (a user data header, or SAR parameters), has
given another header, or that is binary, goes on as it came: `Submission.user_data`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gonets.model.calls import Submission
from gonets.model.message import Encoding, Hears, Pending, Priority, UserData
from gonets.rules.admission import FURTHEST_START
from gonets.wire import gsm7, udh
from gonets.wire.smpp import codes, coding, segments, times
from gonets.wire.smpp.codes import Status
from gonets.wire.smpp.coding import Alphabet
from gonets.wire.smpp.pdu import DataSm, ReplaceSm, SmeAddress, SubmitMulti, SubmitSm, Tlv
from gonets.wire.smpp.segments import Segment, Unfit
from gonets.wire.udh import Concatenation, Header

Message = SubmitSm | SubmitMulti | DataSm

_BINARY: Final = frozenset({0x02, 0x04, 0x14, 0x15, 0x16, 0x17, 0xF4, 0xF5, 0xF6, 0xF7})
"""data_codings of octets; those of 0x04 may be text as well, and are where they can."""
_ONLY_BINARY: Final = frozenset({0x02, 0xF4, 0xF5, 0xF6, 0xF7})
_CONTROLS: Final = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0)))) - frozenset("\t\n\f\r")
"""Of ISO-8859-1; octets with one of them are no text."""
_NOT_ASCII: Final = bytes(range(0x09)) + b"\x0b" + bytes(range(0x0E, 0x20)) + b"\x7f"
"""Controls, which no text in ASCII has and which are letters in GSM 03.38."""
_LETTERS: Final = frozenset({0x00, 0x04})
"""First octets of Latin and Cyrillic letters in UCS-2."""
_WIDE: Final = _LETTERS | {0x20, 0x21, 0xFE}
"""Of those, and of the punctuation among them; no text in GSM 03.38 has only such in every second place."""
_CODES: Final = frozenset(range(0x20)) - frozenset(b"\t\n\f\r")
"""What no plain ASCII text has."""
_PRIORITIES: Final = (Priority.NORMAL, Priority.HIGH, Priority.REALTIME, Priority.REALTIME)
"""By priority_flag (§5.2.14)."""
_HEARS: Final = tuple(
    (Hears.NOTHING, Hears.SUCCESS | Hears.FAILURE, Hears.FAILURE, Hears.SUCCESS)[asked & codes.RECEIPT_MASK]
    | (Hears.UNDERWAY if asked & codes.RECEIPT_INTERMEDIATE else Hears.NOTHING)
    for asked in range(256)
)
"""By registered_delivery (§5.2.17); what it asks of the recipient's phone is let pass."""
_BIG_MARK: Final = b"\xfe\xff"
_LITTLE_MARK: Final = b"\xff\xfe"

_NO_DESTINATION: Final = Unfit(Status.ESME_RINVDSTADR, "destination_addr is missing")
_LISTED: Final = Unfit(Status.ESME_RINVDLNAME, "there are no distribution lists here")
_REPLACING: Final = Unfit(
    Status.ESME_RINVSUBREP, "replace_if_present_flag is not served; use cancel_sm, then submit anew"
)
_BAD_PRIORITY: Final = Unfit(Status.ESME_RINVPRTFLG, "priority_flag is 0 to 3")
_BAD_REPLACING: Final = Unfit(Status.ESME_RINVREPFLAG, "replace_if_present_flag is 0")
_NO_CANNED: Final = Unfit(Status.ESME_RINVDFTMSGID, "there are no predefined messages here")
_TOO_LATE: Final = Unfit(Status.ESME_RINVEXPIRY, "validity_period ends before the message starts")
_TOO_FAR: Final = Unfit(Status.ESME_RINVSCHED, "schedule_delivery_time is at most a year ahead")


class Said(msgspec.Struct, frozen=True, gc=False):
    """What user data says."""

    text: str
    user_data: UserData | None = None


Dialect = Callable[[Submission, bytes, Alphabet, Sequence[Tlv]], Submission | Unfit]
"""What an account's own conventions make of a submission whose text stood in these octets and this alphabet, and which
had these TLVs."""


class Reader(msgspec.Struct, frozen=True):
    """How messages of one session are read."""

    iso: bool = False
    """Whether data_coding 0 is ISO-8859-1: it was bound with system_type `ISO`."""
    dialect: Dialect | None = None

    def read(self, message: SubmitSm | DataSm, now: datetime) -> Submission | Unfit:
        """The submission that a message to one destination is at the moment `now`."""
        return self._read(message, message.destination_addr, now)

    def read_multi(self, message: SubmitMulti, now: datetime) -> list[Submission | Unfit] | Unfit:
        """One for each destination, in their order; a sole refusal where none of it can be read."""
        addresses = [each for each in message.dest_address if isinstance(each, SmeAddress)]
        if len(addresses) < len(message.dest_address):
            return _LISTED
        named = [each.destination_addr.strip() for each in addresses]
        first = self._read(message, next(filter(None, named), ""), now)
        if isinstance(first, Unfit):
            return first
        return [msgspec.structs.replace(first, recipient=to) if to else _NO_DESTINATION for to in named]

    def read_replacement(self, request: ReplaceSm, pending: Pending, now: datetime) -> Submission | Unfit:
        """What a message that waits would be, had it been sent as a replace_sm has it (§4.10): what that does not
        give stays as it was. A start that is given counts; a validity counts from the start."""
        start_at = pending.start_at
        schedule = request.schedule_delivery_time
        if not schedule and start_at is not None and start_at > now:
            schedule = times.write(start_at)
        message = SubmitSm(
            source_addr=request.source_addr,
            destination_addr=pending.recipient,
            schedule_delivery_time=schedule,
            validity_period=request.validity_period,
            registered_delivery=request.registered_delivery,
            data_coding=_replaced_coding(request.short_message, pending.encoding),
            sm_default_msg_id=request.sm_default_msg_id,
            short_message=request.short_message,
            tlvs=request.tlvs,
        )
        found = self.read(message, now)
        if isinstance(found, Unfit):
            return found
        return msgspec.structs.replace(
            found,
            recipient=pending.recipient,
            start_at=found.start_at if request.schedule_delivery_time else start_at,
            flash=pending.flash,
        )

    def _read(self, message: Message, recipient: str, now: datetime) -> Submission | Unfit:
        segment = segments.segment(message)
        if isinstance(segment, Unfit):
            return segment
        priority, start_at, validity = Priority.NORMAL, None, None
        if not isinstance(message, DataSm):
            wrong = _flaw(message, segment)
            if wrong is not None:
                return wrong
            priority = _PRIORITIES[message.priority_flag]
            if message.schedule_delivery_time or message.validity_period:
                timed = _times(message, now)
                if isinstance(timed, Unfit):
                    return timed
                start_at, validity = timed
        data_coding = self._meant(message.data_coding, segment.text)
        said = self._said(segment, data_coding)
        if isinstance(said, Unfit):
            return said
        submission = Submission(
            sender=_sender(message.source_addr),
            recipient=recipient.strip(),
            text=said.text,
            priority=priority,
            start_at=start_at,
            validity=validity,
            flash=coding.message_class(message.data_coding) == 0,
            hears=_HEARS[message.registered_delivery],
            user_data=said.user_data,
        )
        if self.dialect is not None:
            kind = coding.alphabet(data_coding, self.iso)
            read = self.dialect(submission, segment.text, kind, message.tlvs)
            if isinstance(read, Unfit):
                return read
            submission = read
        return submission if submission.recipient else _NO_DESTINATION

    def _meant(self, data_coding: int, octets: bytes) -> int:
        """A client library has GSM 03.38 for ASCII, and says 1 of it; where the octets show that, it is read so."""
        gsm = data_coding == codes.DATA_ASCII and not self.iso and any(each in _NOT_ASCII for each in octets)
        return codes.DATA_GSM if gsm else data_coding

    def _said(self, segment: Segment, data_coding: int) -> Said | Unfit:
        octets = segment.text
        header = _header_of(segment)
        binary = data_coding in _ONLY_BINARY
        text = ""
        if not binary:
            try:
                text = coding.decode(octets, data_coding, self.iso)
            except coding.Undecodable as wrong:
                return Unfit(Status.ESME_RINVMSGLEN, f"the text cannot be read: {wrong}")
            binary = data_coding in _BINARY and not _CONTROLS.isdisjoint(text)
        if binary:
            return Said(octets.hex(), UserData(octets, Encoding.OCTETS, header))
        if not header:
            return Said(text)
        return Said(text, _ready(text, octets, coding.alphabet(data_coding, self.iso), header))


def _ready(text: str, octets: bytes, kind: Alphabet, header: bytes) -> UserData:
    """A part of text as it goes on: as it came where the air has its alphabet, and else in one that the air has."""
    if kind is Alphabet.GSM:
        return UserData(octets, Encoding.GSM7, header)
    if kind is Alphabet.UCS2:
        if octets.startswith(_LITTLE_MARK):
            octets = text.encode("utf-16-be")
        return UserData(octets.removeprefix(_BIG_MARK), Encoding.UCS2, header)
    if gsm7.fits(text):
        return UserData(gsm7.encode(text), Encoding.GSM7, header)
    if kind in {Alphabet.ASCII, Alphabet.LATIN_1}:
        return UserData(octets, Encoding.OCTETS, header)
    return UserData(text.encode("utf-16-be"), Encoding.UCS2, header)


def _header_of(segment: Segment) -> bytes:
    """The header that a part goes on with; nothing where it is a whole message."""
    header, which = segment.header, segment.concatenation
    if header is not None:
        alone = which is not None and which.total == 1 and len(header.elements) == 1
        return b"" if alone else header.octets()
    if which is None or which.total == 1:
        return b""
    # An 8-bit reference leaves room for the 153 septets that clients put into a part.
    return Header(
        (udh.concatenated(Concatenation(which.reference & 0xFF, which.total, which.number)),)
    ).octets()


def _replaced_coding(octets: bytes, was: Encoding) -> int:
    """The data_coding of a replace_sm, which has none (§4.10): UCS-2 where its octets show that, or where the message
    went out in it and these are not plain ASCII; else what the session has for 0."""
    if not octets or len(octets) % 2:
        return codes.DATA_GSM
    if was is Encoding.UCS2:
        return codes.DATA_GSM if octets.isascii() and not _CODES.intersection(octets) else codes.DATA_UCS2
    blocks = set(octets[::2])
    return codes.DATA_UCS2 if blocks <= _WIDE and blocks & _LETTERS else codes.DATA_GSM


def _sender(source: str) -> str:
    source = source.strip()
    return source[1:] if source[:1] == "+" and source[1:].isdigit() else source


def _flaw(message: SubmitSm | SubmitMulti, segment: Segment) -> Unfit | None:
    if message.priority_flag >= len(_PRIORITIES):
        return _BAD_PRIORITY
    if message.replace_if_present_flag:
        return _REPLACING if message.replace_if_present_flag == 1 else _BAD_REPLACING
    if message.sm_default_msg_id and not segment.text:
        return _NO_CANNED
    return None


def _times(
    message: SubmitSm | SubmitMulti, now: datetime
) -> tuple[datetime | None, timedelta | None] | Unfit:
    """When it starts and how long it holds from then on."""
    try:
        start_at = times.instant(message.schedule_delivery_time, now)
    except (times.BadTime, OverflowError) as wrong:
        return Unfit(Status.ESME_RINVSCHED, f"schedule_delivery_time: {wrong}")
    if start_at is not None and start_at - now > FURTHEST_START:
        return _TOO_FAR
    begins = now if start_at is None or start_at < now else start_at
    try:
        ends = times.instant(message.validity_period, begins)
    except (times.BadTime, OverflowError) as wrong:
        return Unfit(Status.ESME_RINVEXPIRY, f"validity_period: {wrong}")
    if ends is None:
        return start_at, None
    if ends <= begins and message.validity_period[-1:] != "R":
        return _TOO_LATE
    return start_at, ends - begins
