"""What guards an account: the options of `gonets account add` and `change` for it, and how it is shown.

Refuses what the guards could not keep: windows longer than a year, hours that are none, networks with stray bits.
"""

import re
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import CommandRefused
from gonets.model.account import Resend

if TYPE_CHECKING:
    from gonets.model.account import Account

OFF: Final = "off"
ANY: Final = "any"

_PANEL: Final = "Guards"
_HOURS: Final = re.compile("([0-9]{1,2}):([0-9]{2}) ?[-–] ?([0-9]{1,2}):([0-9]{2})")
_MOST_IN_ROW: Final = 10_000
_LONGEST_GAP: Final = 86_400
_FASTEST: Final = 1_000_000

DuplicateOption = Annotated[
    str | None,
    typer.Option(
        "--duplicate-window", help="Refuse the same again for 60s or 5m; off.", rich_help_panel=_PANEL
    ),
]
FloodOption = Annotated[
    str | None,
    typer.Option(
        "--flood",
        help="5/10s: at most 5 to one number in a row, less than 10s apart; off.",
        rich_help_panel=_PANEL,
    ),
]
RateOption = Annotated[
    int | None,
    typer.Option(
        "--rate",
        min=0,
        max=_FASTEST,
        help="Messages a second; 0: as many as come.",
        rich_help_panel=_PANEL,
    ),
]
NetworkOption = Annotated[
    list[str] | None,
    typer.Option(
        "--network",
        help="Where it may call from, such as 192.0.2.0/24; repeatable; any.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
QuietOption = Annotated[
    str | None,
    typer.Option(
        "--quiet",
        help="22:00-08:00: put off till the morning of the recipient; off.",
        rich_help_panel=_PANEL,
    ),
]
ResendOption = Annotated[
    Resend | None,
    typer.Option("--resend", help="What becomes of a part without an answer.", rich_help_panel=_PANEL),
]
DownOption = Annotated[
    bool | None,
    typer.Option(
        "--refuse-when-down/--keep-when-down",
        help="What comes while no link is up.",
        rich_help_panel=_PANEL,
    ),
]


class Policy(msgspec.Struct, frozen=True):
    """What was typed; None: not given."""

    duplicate: str | None = None
    flood: str | None = None
    rate: int | None = None
    networks: list[str] | None = None
    quiet: str | None = None
    resend: Resend | None = None
    refuse_when_down: bool | None = None


_USUAL: Final = {"smsc": Policy(duplicate="60s", flood="50/30s")}
"""By protocol, the guards that its accounts begin with."""


class PolicyFacts(msgspec.Struct, frozen=True):
    """The guards of an account as scripts read them."""

    duplicate_seconds: int
    flood_most: int
    flood_seconds: int
    rate: int
    networks: list[str]
    quiet: str | None
    resend: str
    refuse_when_down: bool


def guarded(account: "Account", policy: Policy, protocol: str) -> "Account":
    """The account with the guards that clients of a protocol count on, where none was asked for and it has none.

    SMSC.ru refuses the same message within a minute, and more than 50 to one number less than 30 seconds apart.
    """
    usual = _USUAL.get(protocol)
    if usual is None:
        return account
    return changed(
        account,
        Policy(
            duplicate=usual.duplicate if policy.duplicate is None and not account.duplicate_s else None,
            flood=usual.flood if policy.flood is None and not account.flood_most else None,
        ),
    )


def changed(account: "Account", policy: Policy) -> "Account":
    """The account with what is wanted in place of what was. Raises CommandRefused."""
    changes: dict[str, object] = {}
    if policy.duplicate is not None:
        changes["duplicate_s"] = 0 if policy.duplicate == OFF else given.seconds(policy.duplicate)
    if policy.flood is not None:
        changes["flood_most"], changes["flood_gap_s"] = _flood(policy.flood)
    if policy.rate is not None:
        changes["rate"] = policy.rate
    if policy.networks:
        changes["networks"] = _networks(policy.networks)
    if policy.quiet is not None:
        changes["quiet_from"], changes["quiet_to"] = _quiet(policy.quiet)
    if policy.resend is not None:
        changes["resend"] = policy.resend
    if policy.refuse_when_down is not None:
        changes["refuse_when_down"] = policy.refuse_when_down
    new: Account = msgspec.structs.replace(account, **changes)
    return new


def facts(account: "Account") -> PolicyFacts:
    """What is told of an account's guards."""
    return PolicyFacts(
        duplicate_seconds=account.duplicate_s,
        flood_most=account.flood_most,
        flood_seconds=account.flood_gap_s,
        rate=account.rate,
        networks=list(account.networks),
        quiet=None
        if account.quiet_from is None or account.quiet_to is None
        else f"{_clock(account.quiet_from)}-{_clock(account.quiet_to)}",
        resend=account.resend.value,
        refuse_when_down=account.refuse_when_down,
    )


def shown(facts: PolicyFacts) -> tuple[tuple[str, str], ...]:
    """Names and values for people."""
    duplicates = f"refused within {given.shown_seconds(facts.duplicate_seconds)}"
    flood = (
        f"at most {facts.flood_most} to one number in a row,"
        f" less than {given.shown_seconds(facts.flood_seconds)} apart"
    )
    resend = {
        Resend.NEVER_TWICE: "stay uncertain, never sent twice",
        Resend.NEVER_LOST: "sent again, never lost",
    }
    return (
        ("may call from", ", ".join(facts.networks) or "everywhere"),
        ("messages a second", str(facts.rate or "as many as come")),
        ("the same again", duplicates if facts.duplicate_seconds else "goes out again"),
        ("flood", flood if facts.flood_most and facts.flood_seconds else "not looked at"),
        ("quiet hours", f"{facts.quiet}, the recipient's time" if facts.quiet else "none"),
        ("unanswered parts", resend[Resend(facts.resend)]),
        ("while no link is up", "refused" if facts.refuse_when_down else "kept until one is"),
    )


def _flood(text: str) -> tuple[int, int]:
    if text == OFF:
        return 0, 0
    most, slash, gap = text.partition("/")
    if not slash or not most.isdecimal() or not most.isascii() or not 1 <= int(most[:9]) <= _MOST_IN_ROW:
        raise CommandRefused(f"{text!r} is no flood guard; write it like 5/10s, or off")
    apart = given.seconds(gap)
    if apart > _LONGEST_GAP:
        raise CommandRefused("messages more than a day apart are no flood")
    return int(most), apart


def _networks(texts: list[str]) -> tuple[str, ...]:
    from gonets.rules.hosts import parse_networks

    if texts in ([ANY], [""]):
        return ()
    try:
        parse_networks(texts)
    except ValueError as error:
        raise CommandRefused(str(error).removesuffix(".")) from None
    return tuple(dict.fromkeys(text.strip() for text in texts))


def _quiet(text: str) -> tuple[int | None, int | None]:
    if text == OFF:
        return None, None
    hours = _HOURS.fullmatch(text.strip())
    if hours is not None:
        begin, begin_minute, end, end_minute = map(int, hours.groups())
        first, last = 60 * begin + begin_minute, 60 * end + end_minute
        if (
            begin_minute < 60
            and end_minute < 60
            and first < 1440
            and last <= 1440
            and first != last
            and last - first != 1440
        ):
            return first, last % 1440
    raise CommandRefused(f"{text!r} are no hours of the day; write them like 22:00-08:00, or off")


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
