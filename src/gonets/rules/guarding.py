"""Floods, duplicates, rates and failed logins as pure decisions.

All moments and spans are whole microseconds; moments are the wall clock's, for what is known here has to outlive a
restart. A clock that was set back makes nobody wait longer than it would have been. Buckets and failures are plain
numbers, saved as a level and a moment.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import msgspec

from gonets.model.calls import Submission
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.wire import udh

_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND

SEEN: Final = Refused(Reason.DUPLICATE, "This message id was used before; give each message its own.")
DUPLICATE: Final = Refused(Reason.DUPLICATE, "The same message was sent a moment ago.")
FLOOD: Final = Refused(Reason.FLOOD, "Too many messages to this recipient in a row; pause before the next.")

_LONGEST_KEY: Final = 255
"""Characters that the store keeps of a key."""


def once_key(submission: Submission, protocol: str, login: str) -> str:
    """Under which a client id that is good for one message is remembered; empty where the submission has none.

    What another login of the account has used is another key. A key that no column could hold is hashed.
    """
    if not submission.once or submission.client_id is None:
        return ""
    whose = login.replace("%", "%25").replace(" ", "%20")  # or `a b` with `c` would be `a` with `b c`
    key = f"{protocol} {whose} {submission.client_id}"
    return key if len(key) <= _LONGEST_KEY else f"sha256 {hashlib.sha256(key.encode()).hexdigest()}"


class Earlier(Protocol):
    """A message that the same account sent to the same recipient before."""

    @property
    def at(self) -> int: ...
    @property
    def channel(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def picture(self) -> str: ...
    @property
    def header(self) -> str: ...


def is_duplicate(
    earlier: Iterable[Earlier],
    channel: str,
    sender: str,
    text: str,
    now: int,
    window: int,
    *,
    subject: str = "",
    picture: str = "",
    header: str = "",
) -> bool:
    """Whether a message at `now` says again what one of those before it said, less than `window` ago.

    `earlier`: those of the same account to the same recipient, in any order. `text` is the decoded one without its
    comment, `picture` the hash of one, `header` the hexadecimal user data header of a part that its client cut: two
    different parts of a message are not the same, whatever they say. 0 for `window`: never.
    """
    return window > 0 and any(
        now - each.at < window
        and each.text == text
        and each.sender == sender
        and each.channel == channel
        and each.subject == subject
        and each.picture == picture
        and (each.header == header or _place(each.header) == _place(header))
        for each in earlier
    )


def _place(header: str) -> tuple[int, int]:
    """Which part of how many a header says; the reference that ties parts together is another at each try."""
    headed = udh.split(bytes.fromhex(header)) if header else None
    found = headed.header.concatenation() if isinstance(headed, udh.Headed) else None
    return (1, 1) if found is None else (found.number, found.total)


def is_flood(earlier: Sequence[int], now: int, most: int, gap: int) -> bool:
    """Whether one more message at `now` makes more than `most` in a row to one recipient.

    `earlier`: moments of those before it, the newest first; a row is unbroken while neighbours are less than `gap`
    apart. All in microseconds. 0 for `most` or `gap`: never.
    """
    if not most or not gap:
        return False
    in_row = 1
    for at in earlier:
        if now - at >= gap:
            break
        in_row += 1
        if in_row > most:
            return True
        now = at
    return False


class Bucket(msgspec.Struct, frozen=True, gc=False):
    """How many messages an account may send at once: a token bucket."""

    level: float
    """Tokens at the moment `at`, at most the burst; below zero where a large request has gone ahead of its time."""
    at: int


def spend(bucket: Bucket | None, n: int, rate: float, burst: float, now: int) -> tuple[Bucket, bool]:
    """The bucket after a request for `n` tokens at `now`, and whether they are there: all of them or none.

    `rate`: tokens that come back in a second, above 0; `burst`: how many it holds. None for a bucket: a full one.
    A request for more than the burst passes when the bucket is full, and what comes after it waits until that
    is made up for; it could never pass otherwise.
    """
    if bucket is None:
        level = burst
    else:
        level = min(burst, bucket.level + rate * max(0, now - bucket.at) / _SECOND)
    if level < min(n, burst):
        return Bucket(level, now), False
    return Bucket(level - n, now), True


def is_full(bucket: Bucket, rate: float, burst: float, now: int) -> bool:
    """Whether a bucket says no more than none at all, and may be forgotten."""
    return bucket.level + rate * max(0, now - bucket.at) / _SECOND >= burst


PER_LOGIN: Final = 10
"""Failed logins in a minute that one login from one address has free."""
PER_ADDRESS: Final = 100
"""Failed logins in a minute that one address has free."""

_DELAYS: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds by strikes; with more strikes than these the answer is a refusal."""

LOCKED: Final = Refused(
    Reason.TOO_MANY_REQUESTS, "Too many failed logins; check the password and wait a minute before the next."
)


class Failures(msgspec.Struct, frozen=True, gc=False):
    """Failed logins of one address, or of one login from one address, as far as they still count."""

    moments: tuple[int, ...]
    """Within a minute of one another, the latest last; no more than are free."""
    strikes: int = 0
    """How many of them were too many, the one included that used up what is free."""


NO_FAILURES: Final = Failures(())


def failed(failures: Failures, now: int, free: int) -> Failures:
    """The failures after one more at `now`, where `free` of them (1 or more) in a minute have no consequence.

    A minute without a failed login clears the slate. A login that is refused or waits is not a failed one: only a
    wrong password that was looked at is, so that a right one gets its chance a minute later.
    """
    if is_past(failures, now):
        failures = NO_FAILURES
    recent = (*(at for at in failures.moments if 0 <= now - at < _MINUTE), now)[-free:]
    if failures.strikes or len(recent) == free:
        return Failures(recent, min(failures.strikes + 1, len(_DELAYS)))
    return Failures(recent)


def is_past(failures: Failures, now: int) -> bool:
    """Whether these failures count no more at `now`, and may be forgotten."""
    return not failures.moments or not 0 <= now - failures.moments[-1] < _MINUTE


def penalty(now: int, *kept: Failures) -> float | Refused:
    """What stands before a login at `now`: seconds to wait before the password is looked at (0: none), or
    `too_many_requests`.

    `kept`: the failures that bear on it, those of the address and those of the login from the address; the
    strictest counts.
    """
    strikes = max((each.strikes for each in kept if not is_past(each, now)), default=0)
    return LOCKED if strikes >= len(_DELAYS) else _DELAYS[strikes]


def to_saved(failures: Failures, free: int) -> tuple[int, int]:
    """Failures as a level (how many) and a moment (of the latest); raises IndexError where there are none."""
    level = free + failures.strikes - 1 if failures.strikes else len(failures.moments)
    return level, failures.moments[-1]


def from_saved(level: int, at: int, free: int) -> Failures:
    """Failures from a level and a moment; when the earlier ones were is not known, so all count from the latest."""
    return Failures((at,) * min(level, free), min(max(0, level - free + 1), len(_DELAYS)))
