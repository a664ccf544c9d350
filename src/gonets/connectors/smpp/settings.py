"""What can be set of an SMPP link, and what each setting means.

Refused here, with a sentence: what cannot be. Long texts leave as they were cut, so there is no way to send them in
one piece; and headers with 16-bit references are not offered, for a full part has no room for one (3GPP TS 23.040
§9.2.3.24.8: 7 octets, and parts are cut for 6).
"""

from enum import StrEnum
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta


class BindMode(StrEnum):
    """How sessions are bound."""

    TRANSCEIVER = "transceiver"
    PAIR = "pair"
    """A transmitter and a receiver."""


class LongTexts(StrEnum):
    """What says which part of a long text this is."""

    UDH8 = "udh8"
    SAR = "sar"


class Ids(StrEnum):
    """In what an upstream writes the ids of its answers, where its receipts write them otherwise."""

    AUTO = "auto"
    SAME = "same"
    HEX = "hex"
    """Answers in hexadecimal, receipts in decimal."""
    DECIMAL = "decimal"
    """Answers in decimal, receipts in hexadecimal."""


class Validity(StrEnum):
    """How the upstream is told until when a part is worth sending."""

    RELATIVE = "relative"
    ABSOLUTE = "absolute"
    NONE = "none"


class Receipts(StrEnum):
    """Which receipts are asked for."""

    ALWAYS = "always"
    FAILURES = "failures"
    NEVER = "never"


class Alphabet(StrEnum):
    """What texts without Cyrillic and the like are sent in."""

    GSM = "gsm"
    LATIN_1 = "latin-1"


class Commands(StrEnum):
    """Whose commands in texts the upstream understands."""

    NONE = "none"
    SMSC = "smsc"


_Octet = Annotated[int, Meta(ge=0, le=255)]
_Ton = Annotated[int, Meta(ge=0, le=6)]
_Npi = Annotated[int, Meta(ge=0, le=18)]


class SmppSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What can be set; `msgspec.convert` makes it of a mapping, and names the field at fault if it cannot.

    `MEANINGS` says what each is for.
    """

    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65535)] = 2775
    system_id: Annotated[str, Meta(max_length=15)] = ""
    password: Annotated[str, Meta(max_length=64)] = ""
    system_type: Annotated[str, Meta(max_length=12)] = ""
    tls: bool = False
    ca_file: str = ""
    server_name: str = ""
    bind: BindMode = BindMode.TRANSCEIVER
    binds: Annotated[int, Meta(ge=1, le=64)] = 1
    window: Annotated[int, Meta(ge=1, le=10_000)] = 10
    rate: Annotated[float, Meta(ge=0.0)] = 0.0
    addr_ton: _Ton = 0
    addr_npi: _Npi = 0
    address_range: Annotated[str, Meta(max_length=40)] = ""
    name_ton: _Ton = 5
    name_npi: _Npi = 0
    number_ton: _Ton = 1
    number_npi: _Npi = 1
    short_ton: _Ton = 3
    short_npi: _Npi = 0
    recipient_ton: _Ton = 1
    recipient_npi: _Npi = 1
    plus: bool = False
    service_type: Annotated[str, Meta(max_length=5)] = ""
    alphabet: Alphabet = Alphabet.GSM
    gsm_coding: _Octet = 0
    latin_1_coding: _Octet = 3
    ucs2_coding: _Octet = 8
    long_texts: LongTexts = LongTexts.UDH8
    payload: bool = False
    validity: Validity = Validity.RELATIVE
    receipts: Receipts = Receipts.ALWAYS
    ids: Ids = Ids.AUTO
    zone: str = "UTC"
    commands: Commands = Commands.NONE
    answer_timeout: Annotated[float, Meta(gt=0.0)] = 30.0
    query_after: Annotated[float, Meta(ge=0.0)] = 0.0
    enquire_after: Annotated[float, Meta(gt=0.0)] = 30.0
    connect_timeout: Annotated[float, Meta(gt=0.0)] = 10.0

    def __post_init__(self) -> None:
        for name in ("host", "system_id", "password", "system_type", "address_range", "service_type"):
            value: str = getattr(self, name)
            if not value.isprintable() or any(ord(letter) > 0xFF for letter in value):
                raise ValueError(f"{name} has characters that SMPP cannot carry")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no zone {self.zone!r}; write it like Europe/Moscow") from None
        if not self.tls and (self.ca_file or self.server_name):
            raise ValueError("ca_file and server_name are for tls = true")


MEANINGS: Final[dict[str, str]] = {
    "host": "where the upstream listens; the one setting without a default",
    "port": "and at which port",
    "system_id": "our login there",
    "password": "our password there; kept sealed, never shown",
    "system_type": "as the upstream asks for it; most want nothing",
    "tls": "speak TLS, and verify whom we speak to",
    "ca_file": "PEM certificates to trust instead of the system's",
    "server_name": "the name in the certificate, where it is not the host",
    "bind": "transceiver, or pair: a transmitter and a receiver",
    "binds": "how many sessions at once",
    "window": "parts that may wait for their answers, in each session",
    "rate": "parts a second of the whole link; 0: no limit",
    "addr_ton": "type of number in the bind",
    "addr_npi": "numbering plan in the bind",
    "address_range": "the addresses we serve, in the bind",
    "name_ton": "type of number of a sender with letters",
    "name_npi": "numbering plan of a sender with letters",
    "number_ton": "type of number of a sender that is a phone number",
    "number_npi": "numbering plan of a sender that is a phone number",
    "short_ton": "type of number of a sender of up to six digits",
    "short_npi": "numbering plan of a sender of up to six digits",
    "recipient_ton": "type of number of recipients",
    "recipient_npi": "numbering plan of recipients",
    "plus": "write recipients with +",
    "service_type": "as the upstream asks for it; most want nothing",
    "alphabet": "gsm, or latin-1 where the upstream wants that for texts that need no UCS-2",
    "gsm_coding": "data_coding of GSM texts",
    "latin_1_coding": "data_coding of Latin-1 texts",
    "ucs2_coding": "data_coding of UCS-2 texts",
    "long_texts": "what marks the parts of a long text: udh8 (headers with 8-bit references) or sar (TLVs, 16-bit)",
    "payload": "put texts into the TLV message_payload",
    "validity": "tell until when a part is worth sending as relative or absolute time, or not: none",
    "receipts": "ask for them always, for failures, or never",
    "ids": "auto, same, hex or decimal: the base of ids in answers, where receipts have the other",
    "zone": "where the clock of the upstream's receipts stands",
    "commands": "smsc: the upstream knows SMSC.ru's commands; MMS, e-mail, calls and the like go there too",
    "answer_timeout": "seconds without an answer after which a part is uncertain",
    "query_after": "seconds without a receipt after which query_sm is sent, then ever more rarely; 0: never",
    "enquire_after": "seconds of silence after which the upstream is asked whether it is there",
    "connect_timeout": "seconds to wait for a connection",
}
"""By setting; all of them."""
