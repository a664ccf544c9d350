"""Parts as submit_sm: who to whom, in which alphabet, which part of what, until when.

Pure. What a link cannot carry comes to `Rejected`, so that it is refused and not lost: a Latin-1 text that is neither
Latin-1 nor short enough for UCS-2, and an MMS with a picture, for SMSC.ru's command for MMS has words only.
"""

import re
from datetime import timedelta
from typing import Final

import msgspec

from gonets.connectors.smpp.answers import NOT_SUPPORTED
from gonets.connectors.smpp.settings import Alphabet, LongTexts, Receipts, SmppSettings, Validity
from gonets.model.message import Channel, Encoding, Outgoing, Speech
from gonets.model.results import Rejected
from gonets.model.times import moment
from gonets.wire import udh
from gonets.wire.smpp import coding, segments, times, tlvs
from gonets.wire.smpp.codes import (
    DATA_GSM,
    DATA_OCTETS,
    DATA_UCS2,
    ESM_UDHI,
    RECEIPT_ALWAYS,
    RECEIPT_NEVER,
    RECEIPT_ON_FAILURE,
    Tag,
)
from gonets.wire.smpp.fields import MOST_OCTETS
from gonets.wire.smpp.pdu import SubmitSm, Tlv
from gonets.wire.udh import Concatenation

_ON_AIR: Final = 140
"""Octets of one short message (3GPP TS 23.040 §9.2.3.24)."""
_NUMBER: Final = re.compile(r"\+?[0-9]+", re.ASCII)
_SHORT: Final = 6
"""Digits up to which a sender is a short number."""
_LONGEST_ADDRESS: Final = 20
"""Octets of destination_addr without its NUL (SMPP 3.4 §5.2.9)."""
_UNSENDABLE: Final = Rejected(NOT_SUPPORTED)

_REGISTERED: Final = {
    Receipts.ALWAYS: RECEIPT_ALWAYS,
    Receipts.FAILURES: RECEIPT_ON_FAILURE,
    Receipts.NEVER: RECEIPT_NEVER,
}
_CLASS: Final = 0x10
"""The bit of a data_coding that says that there is a message class (3GPP TS 23.038 §4); class 0 is flash."""


class _Content(msgspec.Struct, frozen=True, gc=False):
    """User data of a part, without what says which part it is."""

    octets: bytes
    data_coding: int


class Writer:
    """Writes parts as one link wants them."""

    def __init__(self, settings: SmppSettings) -> None:
        self._settings = settings
        self._registered = _REGISTERED[settings.receipts]
        self._plus = "+" if settings.plus else ""

    def pdu(self, part: Outgoing, at: int) -> SubmitSm | Rejected:
        """A part to be sent at a moment (Unix microseconds)."""
        settings = self._settings
        header = _header(part)
        content = self._content(part, 0 if header is None else len(header.octets()))
        if content is None:
            return _UNSENDABLE
        octets, esm_class = content.octets, 0
        extra: tuple[Tlv, ...] = ()
        if header is not None:
            which = header.concatenation()
            if settings.long_texts is LongTexts.SAR and which is not None and len(header.elements) == 1:
                extra = segments.to_sar(which)
            else:
                esm_class = ESM_UDHI
                octets = header.octets() + octets
        if settings.payload or len(octets) > MOST_OCTETS:
            extra = (*extra, tlvs.tlv(Tag.MESSAGE_PAYLOAD, octets))
            octets = b""
        source_ton, source_npi = self._source(part.sender)
        ton, npi, recipient = settings.recipient_ton, settings.recipient_npi, self._plus + part.recipient
        if part.channel is Channel.MAIL:
            ton, npi, recipient = 0, 0, part.recipient
            if len(recipient) > _LONGEST_ADDRESS:
                extra = (*extra, tlvs.tlv(Tag.DESTINATION_EMAIL, recipient))
                recipient = ""
        return SubmitSm(
            service_type=settings.service_type,
            source_addr_ton=source_ton,
            source_addr_npi=source_npi,
            source_addr=part.sender,
            dest_addr_ton=ton,
            dest_addr_npi=npi,
            destination_addr=recipient,
            esm_class=esm_class,
            validity_period=self._validity(part.expires_at, at),
            registered_delivery=self._registered,
            data_coding=content.data_coding,
            short_message=octets,
            tlvs=extra,
        )

    def source(self, part: Outgoing) -> tuple[int, int, str]:
        """A part's source address as it is sent: type of number, numbering plan, address."""
        return (*self._source(part.sender), part.sender)

    def _source(self, sender: str) -> tuple[int, int]:
        settings = self._settings
        if _NUMBER.fullmatch(sender) is None:
            return settings.name_ton, settings.name_npi
        if len(sender) <= _SHORT:
            return settings.short_ton, settings.short_npi
        return settings.number_ton, settings.number_npi

    def _validity(self, expires_at: int | None, at: int) -> str:
        if expires_at is None or self._settings.validity is Validity.NONE:
            return ""
        left = timedelta(microseconds=max(expires_at - at, 1_000_000))
        if self._settings.validity is Validity.RELATIVE:
            try:
                return times.write(times.relative(left))
            except ValueError:
                pass  # longer than a relative time can say
        return times.write(moment(expires_at))

    def _content(self, part: Outgoing, headed: int) -> _Content | None:
        """None: this link cannot carry it. `headed`: octets of the header that it has."""
        if part.channel is Channel.SMS:
            return self._as_it_came(part) or self._text(part, headed)
        command = _command(part)
        if command is None:
            return None
        data_coding = coding.choose(command)
        return _Content(coding.encode(command, data_coding), data_coding)

    def _as_it_came(self, part: Outgoing) -> _Content | None:
        """What a client made ready itself; None: that has to be written anew."""
        settings = self._settings
        if not part.octets or (part.encoding is Encoding.GSM7 and settings.alphabet is not Alphabet.GSM):
            return None
        data_coding = {
            Encoding.GSM7: settings.gsm_coding,
            Encoding.UCS2: settings.ucs2_coding,
            Encoding.OCTETS: DATA_OCTETS,
        }[part.encoding]
        return _Content(bytes.fromhex(part.octets), data_coding | (_CLASS if part.flash else 0))

    def _text(self, part: Outgoing, headed: int) -> _Content | None:
        settings = self._settings
        data_coding = settings.ucs2_coding
        if part.encoding is Encoding.GSM7:
            if settings.alphabet is Alphabet.GSM:
                octets = coding.encode(part.text, DATA_GSM)
                return _Content(octets, settings.gsm_coding | (_CLASS if part.flash else 0))
            try:
                # Latin-1 with a message class has no data_coding: those are sent in UCS-2.
                if not part.flash:
                    return _Content(part.text.encode("latin-1"), settings.latin_1_coding)
            except UnicodeEncodeError:
                pass
        octets = coding.encode(part.text, DATA_UCS2)
        if len(octets) > _ON_AIR - headed:
            return None
        return _Content(octets, data_coding | (_CLASS if part.flash else 0))


def _header(part: Outgoing) -> udh.Header | None:
    """What stands before the text; None: nothing."""
    if part.header:
        read = udh.split(bytes.fromhex(part.header))
        return None if isinstance(read, udh.Broken) else read.header
    if part.total == 1:
        return None
    # The message's id, so that all parts have the same and neighbours have others.
    return udh.Header((udh.concatenated(Concatenation(part.message & 0xFF, part.total, part.number)),))


def _command(part: Outgoing) -> str | None:
    """SMSC.ru's text command for what is no text message; None: it has none."""
    match part.channel:
        case Channel.SMS:
            return part.text
        case Channel.MMS:
            return None if part.picture else f"__MMS__: {part.text}\nsubj:{part.subject}"
        case Channel.MAIL:
            return f"__MAIL__: {part.text}\nsubj:{part.subject}"
        case Channel.CALL:
            speech = part.speech or Speech()
            parameters = f"\n~~~\n{speech.parameters}" if speech.parameters else ""
            return f"__CALL__: {part.text}\nvoice:{speech.voice.value}{parameters}"
        case Channel.VIBER:
            return f"__VIBER__: {part.text}"
        case Channel.HLR:
            return "__HLR__"
        case Channel.PING:
            return "__PING__"
