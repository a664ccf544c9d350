"""What a number look-up found, as SMSC.ru reports it: a receipt whose text is one line of eleven fields.

The four names are percent-encoded as PHP's urlencode does it. The line is made so that the two parsers of SMSC.ru's
own document read it: one turns every `: ` into `=&` and takes it for a query string, the other is a regular expression
that wants digits for numbers; so what would confuse them is refused.
"""

import re
from typing import Final
from urllib.parse import quote_plus, unquote_plus

import msgspec

from gonets.wire.smpp.receipt import characters

NAMES: Final = ("id", "stat", "err", "imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet")
_ENCODED: Final = frozenset({"cn", "net", "rcn", "rnet"})
_DIGITS: Final = frozenset({"imsi", "msc", "mcc", "mnc"})

_LINE: Final = re.compile(r"(?:^|\s)([a-z]+):(\S*)", re.IGNORECASE)


class LookUp(msgspec.Struct, frozen=True, gc=False):
    """The fields of a result; nothing is the empty string."""

    id: str
    stat: str
    err: int = 0
    imsi: str = ""
    msc: str = ""
    """The number of the operator's switch the subscriber is at."""
    mcc: str = ""
    mnc: str = ""
    cn: str = ""
    """The country of the subscriber's operator."""
    net: str = ""
    """The subscriber's operator."""
    rcn: str = ""
    """The country where the subscriber is abroad."""
    rnet: str = ""
    """The operator there."""


def write(found: LookUp) -> bytes:
    """The line. Raises ValueError where a number is no number, or the status no word."""
    if not (found.id.isascii() and found.id.isdigit()) or not re.fullmatch(r"\w+", found.stat, re.ASCII):
        raise ValueError("an id of digits and a status of letters are needed")
    if not 0 <= found.err <= 999:
        raise ValueError(f"err cannot be {found.err}")
    written = []
    for name in NAMES:
        value = getattr(found, name)
        if name == "err":
            value = f"{value:03}"
        elif name in _ENCODED:
            value = quote_plus(value).replace("~", "%7E")
        elif name in _DIGITS and value and not (value.isascii() and value.isdigit()):
            raise ValueError(f"{name} cannot be {value!r}")
        written.append(f"{name}:{value}")
    return " ".join(written).encode("ascii")


def read(octets: bytes) -> LookUp | None:
    """The result a receipt's text is; None: it is that of another receipt. Never raises.

    A look-up is known by its `imsi` field, filled or not.
    """
    said: dict[str, str] = {}
    for name, value in _LINE.findall(characters(octets)):
        said.setdefault(name.lower(), value)
    if "id" not in said or "imsi" not in said:
        return None
    err = said.get("err", "")
    return LookUp(
        id=said["id"],
        stat=said.get("stat", ""),
        err=int(err) if re.fullmatch(r"[0-9]{1,9}", err) else 0,
        imsi=said["imsi"],
        msc=said.get("msc", ""),
        mcc=said.get("mcc", ""),
        mnc=said.get("mnc", ""),
        cn=unquote_plus(said.get("cn", "")),
        net=unquote_plus(said.get("net", "")),
        rcn=unquote_plus(said.get("rcn", "")),
        rnet=unquote_plus(said.get("rnet", "")),
    )
