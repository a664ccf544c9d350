"""What can be set of any connector, whatever its kind; kept beside the settings of its kind, under the same names."""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

Setting = int | float | str | bool

_Share = Annotated[float, Meta(ge=0.0, le=0.99)]
_LONGEST_HOURS: Final = 24 * 366


class LinkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`msgspec.convert` makes it of a mapping, and names the field at fault if it cannot.

    `LINK_MEANINGS` says what each is for.
    """

    health: bool = True
    health_window: Annotated[float, Meta(ge=10.0, le=3600.0)] = 300.0
    health_samples: Annotated[int, Meta(ge=1, le=1_000_000)] = 20
    health_acceptance: _Share = 0.5
    health_uncertain: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.3
    health_delivery: _Share = 0.0
    health_silence: Annotated[float, Meta(ge=0.0, le=86_400.0)] = 60.0
    health_probes: Annotated[int, Meta(ge=1, le=6000)] = 6
    health_recovery: Annotated[int, Meta(ge=1, le=10_000)] = 5
    no_report_hours: Annotated[float, Meta(ge=0.0, le=_LONGEST_HOURS)] = 0.0


LINK_MEANINGS: Final[dict[str, str]] = {
    "health": "whether it is judged at all; false: it is always healthy",
    "health_window": "seconds that are looked back on",
    "health_samples": "answers in that time without which nothing is judged but silence",
    "health_acceptance": "share of the answers that must have taken their part; 0: any will do",
    "health_uncertain": "share of the parts that may go without an answer; 1: all of them",
    "health_delivery": "share of the final receipts that must say delivered; 0: any will do",
    "health_silence": "seconds without any answer while parts wait for theirs; 0: for ever",
    "health_probes": "parts a minute that an unhealthy link should get, so that it can recover",
    "health_recovery": "good answers after which it is healthy again",
    "no_report_hours": "hours without a receipt after which a part is no_report; 0: as in the config file",
}
"""By setting; all of them."""


def parted(settings: Mapping[str, Setting]) -> tuple[dict[str, Setting], dict[str, Setting]]:
    """What is said of any link, and what is left for its kind."""
    common = {name: value for name, value in settings.items() if name in LINK_MEANINGS}
    return common, {name: value for name, value in settings.items() if name not in common}
