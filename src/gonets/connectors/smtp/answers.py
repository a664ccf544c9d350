"""What a mail server's answers come to: literal tables, total with a default.

Network error codes are those of `model.reasons`.
"""

import re
from typing import Final

from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred, Rejected, SendResult

_UNKNOWN: Final = 1
_ABSENT: Final = 6
_BARRED: Final = 13
NOT_SUPPORTED: Final = 21
_FULL: Final = 220

ENHANCED: Final[dict[str, int]] = {
    "1.1": _UNKNOWN,
    "1.2": _UNKNOWN,
    "1.3": _UNKNOWN,
    "1.6": _UNKNOWN,
    "1.10": _UNKNOWN,
    "2.0": _ABSENT,
    "2.1": _BARRED,
    "2.2": _FULL,
    "2.3": NOT_SUPPORTED,
    "3.4": NOT_SUPPORTED,
    "7.1": _BARRED,
}
"""By subject and detail of an enhanced status code (RFC 3463 §3): the network error code."""

CODES: Final[dict[int, int]] = {
    450: _ABSENT,
    452: _FULL,
    550: _UNKNOWN,
    551: _UNKNOWN,
    552: NOT_SUPPORTED,
    553: _UNKNOWN,
    556: _UNKNOWN,
}
"""By reply code (RFC 5321 §4.2.3, RFC 7504), where there is no enhanced one that we know; any other is a platform
error."""

OURS: Final = frozenset({530, 534, 535, 538})
"""Reply codes that are about our login (RFC 4954 §6) and say nothing against the mail: it is tried again."""

_ENHANCED: Final = re.compile(r"[245]\.(\d{1,3}\.\d{1,3})(?![.\d])")


def refusal_of(code: int, text: str) -> SendResult | None:
    """What an answer comes to that is no yes; None: it is a yes, or none that SMTP knows."""
    kind = code // 100
    if kind == 4 or code in OURS:
        return Deferred(_error_of(code, text), 0.0)
    if kind == 5:
        return Rejected(_error_of(code, text))
    return None


def _error_of(code: int, text: str) -> int:
    found = _ENHANCED.match(text)
    if found is not None and found[1] in ENHANCED:
        return ENHANCED[found[1]]
    return CODES.get(code, PLATFORM_ERROR)
