"""When a part that was put off is tried again, and when no more."""

from typing import Final

import msgspec


class RetryPolicy(msgspec.Struct, frozen=True):
    """How patient we are. Raises ValueError where a part would wait for ever, or not at all."""

    first: float = 1.0
    """Seconds from the first try to the second."""
    factor: float = 2.0
    """How much longer each wait is than the one before, 1 or more."""
    most: float = 300.0
    """Seconds of the longest wait."""
    tries: int = 8
    """How often a part is sent at most, the first time included."""

    def __post_init__(self) -> None:
        if not 0 < self.first <= self.most < float("inf"):
            raise ValueError("retries: first has to be above 0 and no more than most")
        if not self.factor >= 1:
            raise ValueError("retries: factor has to be 1 or more")
        if self.tries < 1:
            raise ValueError("retries: tries has to be 1 or more")


DEFAULT: Final = RetryPolicy()

_SPREAD: Final = 0.1


def next_try(attempts: int, after: float, policy: RetryPolicy = DEFAULT, chance: float = 0.5) -> float | None:
    """Seconds to wait before the next try; None: the tries are used up and the part fails.

    `attempts` counts the tries so far, the one that was put off included. `after` is what the upstream asked
    for, in seconds, 0 where it said nothing: never tried earlier than that, unless it is beyond the longest
    wait. `chance`, 0 to 1, spreads our own wait over 10 % to either side, so that parts put off together do
    not come back together; 0.5 leaves it as it is.
    """
    if attempts >= policy.tries:
        return None
    try:
        wait = policy.first * policy.factor ** max(0, attempts - 1)
    except OverflowError:
        wait = policy.most
    wait = min(wait, policy.most) * (1 + _SPREAD * (2 * chance - 1))
    wait = max(wait, after)
    return min(wait, policy.most)
