"""E-mail addresses as clients write them.

Decides by form alone (RFC 5321 §4.1.2): a local part, `@`, and the full name of a domain. Refuses what no mail
exchanger on the Internet could be found for: a domain of one label, an address literal, letters beyond ASCII (a
domain of other letters has to come in its ASCII form, `xn--…`). Whether there is such a mailbox is not asked.
"""

import re
from typing import Final

LONGEST: Final = 254
"""Octets of an address: a path has 256 with its angle brackets (RFC 5321 §4.5.3.1.3)."""

_LONGEST_LOCAL: Final = 64
"""Octets of what stands before the last `@` (RFC 5321 §4.5.3.1.1)."""

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_QUOTED: Final = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"({_ATOM}(?:\.{_ATOM})*|{_QUOTED})@((?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL})")
"""A label of the domain has 63 octets at most; the last one is not a number."""


def address_of(raw: str) -> str | None:
    """An address without blanks round it and with its domain in lower case; None where it is none.

    The local part stays as it was written: whether case matters in it is its host's to say (RFC 5321 §2.4).
    """
    bare = raw.strip(" \t\r\n")
    if len(bare) > LONGEST:
        return None
    match = _ADDRESS.fullmatch(bare)
    if match is None or len(match[1]) > _LONGEST_LOCAL:
        return None
    return f"{match[1]}@{match[2].lower()}"
