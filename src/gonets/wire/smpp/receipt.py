"""Delivery receipts (SMPP 3.4 appendix B, which asks nothing and shows one form that everybody varies).

Written in one form, to the octet: what deployed clients parse. Read in all that networks are known to send: fields in
any order and any case, missing, not padded, with four digits of error, dates with or without seconds or none at all,
NULs in between or at the end (so UCS-2 too), and everything that TLVs say first, for there it cannot be misread.

The id a receipt names is often not the id the network gave when it took the message, letter for letter: one is
hexadecimal and the other decimal, or one has leading zeros. `id_forms` are the ids to look for, and `plain_id` is
how to keep one so that it is found.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import Final

import msgspec

from gonets.wire.smpp import tlvs
from gonets.wire.smpp.codes import ESM_INTERMEDIATE, ESM_RECEIPT, ESM_TYPE_MASK, MessageState, Tag
from gonets.wire.smpp.pdu import Tlv

STATS: Final[dict[MessageState, str]] = {
    MessageState.SCHEDULED: "ENROUTE",
    MessageState.ENROUTE: "ENROUTE",
    MessageState.DELIVERED: "DELIVRD",
    MessageState.EXPIRED: "EXPIRED",
    MessageState.DELETED: "DELETED",
    MessageState.UNDELIVERABLE: "UNDELIV",
    MessageState.ACCEPTED: "ACCEPTD",
    MessageState.UNKNOWN: "UNKNOWN",
    MessageState.REJECTED: "REJECTD",
    MessageState.SKIPPED: "SKIPPED",
}
"""What `stat` says (appendix B, table B-2)."""

_STATES: Final[dict[str, MessageState]] = {
    **{stat: state for state, stat in STATS.items()},
    "ENROUTE": MessageState.ENROUTE,
    "DELIVERED": MessageState.DELIVERED,
    "UNDELIVERED": MessageState.UNDELIVERABLE,
    "UNDELIVERABLE": MessageState.UNDELIVERABLE,
    "FAILED": MessageState.UNDELIVERABLE,
    "ACCEPTED": MessageState.ACCEPTED,
    "ACCEPTE": MessageState.ACCEPTED,
    "REJECTED": MessageState.REJECTED,
    "BUFFERED": MessageState.ENROUTE,
}
"""What networks write, in capitals."""

_TEXT_LENGTH: Final = 20

_KEY: Final = re.compile(
    r"(?:^|(?<=\s))(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat|err|text)[ ]?:", re.IGNORECASE
)
_NAMES: Final = ("id", "sub", "dlvrd", "submitdate", "donedate", "stat", "err", "text")
_USUAL: Final = re.compile(
    r"id:(\S+) sub:(\d+) dlvrd:(\d+) submit date:(\d+) done date:(\d+) stat:(\w+) err:(\w+) text:(.*)",
    re.ASCII | re.DOTALL,
)
"""The form that is written here, and by most."""
_DATES: Final = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?", re.ASCII)
_COUNT: Final = re.compile(r"\d{1,9}", re.ASCII)
_HEX: Final = re.compile(r"[0-9a-f]+")
_DECIMAL: Final = re.compile(r"[0-9]+")
_LONGEST_ID: Final = 64


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """What a receipt says; None is what it does not."""

    message_id: str
    """As it was sent, up to 64 characters."""
    state: MessageState | None = None
    error: int | None = None
    """The network's error code."""
    sub: int | None = None
    dlvrd: int | None = None
    submitted: datetime | None = None
    done: datetime | None = None
    stat: str = ""
    """As it was sent."""
    text: str = ""


def is_receipt(esm_class: int) -> bool:
    """Whether a deliver_sm or data_sm says that it is a receipt, final or intermediate (§5.2.12)."""
    return esm_class & ESM_TYPE_MASK in {ESM_RECEIPT, ESM_INTERMEDIATE}


def write(
    message_id: str,
    state: MessageState,
    error: int,
    submitted: datetime,
    done: datetime,
    *,
    sub: int = 1,
    dlvrd: int = 1,
    text: str = "",
) -> bytes:
    """The short_message of a receipt. Dates are written in the zone they have; `text` is what was sent, whole.

    >>> at = datetime(2025, 11, 25, 18, 20, tzinfo=UTC)
    >>> write("1001", MessageState.DELIVERED, 0, at, at, text="Hello")[:50]
    b'id:1001 sub:001 dlvrd:001 submit date:2511251820 d'
    """
    shown = text[:_TEXT_LENGTH] if text.isascii() else ""
    return (
        f"id:{message_id} sub:{sub:03} dlvrd:{dlvrd:03} submit date:{_minute(submitted)}"
        f" done date:{_minute(done)}"
        f" stat:{STATS[state]} err:{error:03} text:{shown}"
    ).encode("ascii")


def _minute(at: datetime) -> str:
    """YYMMDDhhmm; strftime takes three times as long."""
    return f"{at.year % 100:02}{at.month:02}{at.day:02}{at.hour:02}{at.minute:02}"


def read(octets: bytes, given: Iterable[Tlv] = (), zone: tzinfo = UTC) -> Receipt | None:
    """The receipt that user data and TLVs are; None: they name no message. Never raises.

    `zone` is where the network's clock stands; its dates do not say.
    """
    said = fields(octets)
    message_id = tlvs.string(given, Tag.RECEIPTED_MESSAGE_ID) or _first_word(said.get("id", ""))
    if not message_id or len(message_id) > _LONGEST_ID:
        return None
    stat = _first_word(said.get("stat", ""))
    return Receipt(
        message_id=message_id,
        state=_state(given, stat),
        error=_error(given, _first_word(said.get("err", ""))),
        sub=_count(said.get("sub", "")),
        dlvrd=_count(said.get("dlvrd", "")),
        submitted=_date(said.get("submitdate", ""), zone),
        done=_date(said.get("donedate", ""), zone),
        stat=stat,
        text=said.get("text", ""),
    )


def fields(octets: bytes) -> dict[str, str]:
    """The fields of a receipt's text by their names in small letters without gaps; `text` has all that follows it."""
    whole = characters(octets)
    usual = _USUAL.fullmatch(whole)
    return dict(zip(_NAMES, usual.groups(), strict=True)) if usual else fields_in_any_order(whole)


def fields_in_any_order(whole: str) -> dict[str, str]:
    """What `fields` does for the text of any receipt; for the usual form, which nearly all have, it is slow."""
    found: dict[str, str] = {}
    name, start = "", 0
    for key in _KEY.finditer(whole):
        if name:
            found.setdefault(name, whole[start : key.start()].strip())
        name, start = key[1].lower().replace(" ", "").replace("_", ""), key.end()
        if name == "text":
            break
    if name:
        rest = whole[start:]
        found.setdefault(name, rest if name == "text" else rest.strip())
    return found


def characters(octets: bytes) -> str:
    """The text of a receipt as characters: NULs at its end dropped, those that make it UCS-2 too, others spaces."""
    if b"\0" not in octets:
        return octets.decode("latin-1")
    octets = octets.rstrip(b"\0")
    ucs2 = len(octets) >= 2 and octets[0::2].count(0) == (len(octets) + 1) // 2
    return octets.replace(b"\0", b"" if ucs2 else b" ").decode("latin-1")


# ---- ids


def plain_id(message_id: str) -> str:
    """An id as it is kept to be found by any of `id_forms`: in small letters, without leading zeros."""
    return message_id.lower().lstrip("0") or message_id[:1]


def id_forms(message_id: str) -> tuple[str, ...]:
    """The ids to look for, most likely first: as it is, plain, and its number written in the other base.

    An id of digits may be decimal where the other was hexadecimal, or the reverse, so both are given.

    >>> id_forms("0A1B2C")
    ('0A1B2C', 'a1b2c', '662316')
    >>> id_forms("1001")
    ('1001', '3e9', '4097')
    """
    plain = plain_id(message_id)
    forms = [message_id, plain]
    if len(plain) <= _LONGEST_ID:
        if _DECIMAL.fullmatch(plain):
            forms.append(f"{int(plain):x}")
        if _HEX.fullmatch(plain):
            forms.append(str(int(plain, 16)))
    return tuple(dict.fromkeys(forms))


# ---- values


def _first_word(value: str) -> str:
    words = value.split(None, 1)
    return words[0] if words else ""


def _state(given: Iterable[Tlv], stat: str) -> MessageState | None:
    number = tlvs.number(given, Tag.MESSAGE_STATE)
    if number is not None and number in MessageState._value2member_map_:
        return MessageState(number)
    return _STATES.get(stat.upper())


def _error(given: Iterable[Tlv], err: str) -> int | None:
    octets = tlvs.octets(given, Tag.NETWORK_ERROR_CODE)
    if octets is not None and len(octets) == 3:
        return int.from_bytes(octets[1:])  # the first names the kind of network
    return _count(err)


def _count(value: str) -> int | None:
    return int(value) if _COUNT.fullmatch(value) else None


def _date(value: str, zone: tzinfo) -> datetime | None:
    found = _DATES.fullmatch(value)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups("0"))
    try:
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
