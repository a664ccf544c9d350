"""`gonets connector health`: how links have done, from the store, so that it works without the gateway."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import Column, CommandRefused, JsonOption, Styled, say, show_table, write_json
from gonets.cli.place import ConfigOption, DataOption, find_config, reading

if TYPE_CHECKING:
    from gonets.stores.links import Done

_BAR = 10
_GOOD, _FAIR = 0.9, 0.7


class HealthFacts(msgspec.Struct, frozen=True):
    """How one connector has done, as scripts read it."""

    name: str
    enabled: bool
    parts: int
    """Given to it of what was accepted in the period."""
    taken: int
    """Of these, by its upstream."""
    acceptance: float | None
    """Share of those taken."""
    delivery: float | None
    """Share of the delivered among those whose end is known."""
    receipt_p50_s: float | None
    receipt_p95_s: float | None
    uncertain: int
    unmatched: int
    """Receipts without a part that wait now."""
    states: dict[str, int]


def show_health(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One connector; else all.", show_default=False)
    ] = None,
    since: Annotated[
        str,
        typer.Option("--since", help="Of messages accepted since: 2026-03-02T09:30, in UTC, or 2h, 7d ago."),
    ] = "1h",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Show how links have done.

    What share of its parts the upstream took, what share of those that ended was delivered, and how long receipts
    took. Whether a running gateway prefers others to a link just now is at its admin port: /readyz and /metrics.
    """
    from gonets.stores import settings
    from gonets.stores.links import Done, done_since

    begins = given.moment_or_ago(since, datetime.now(UTC))
    with reading(find_config(config, data)) as connection:
        setups = {each.name: each for each in settings.list_connectors(connection)}
        done = done_since(connection, begins)
    if name is not None and name not in setups:
        raise CommandRefused(f"there is no connector {name!r}; `gonets connector list` shows what there is")
    facts = [
        _facts(each, setups[each].enabled, done.get(each, Done()))
        for each in setups
        if name is None or each == name
    ]
    if as_json:
        write_json(facts)
        return
    if not facts:
        say("There are no connectors yet: gonets connector add NAME --kind simulator")
        return
    columns = (
        Column("name", wrap=True),
        Column("is"),
        Column("parts", right=True),
        Column("taken"),
        Column("delivered"),
        Column("receipt after", right=True),
        Column("95 % within", right=True),
        Column("uncertain", right=True),
        Column("unmatched", right=True),
    )
    show_table(columns, [_row(each) for each in facts])


def _facts(name: str, enabled: bool, done: "Done") -> HealthFacts:
    from gonets.model.message import State
    from gonets.rules.health import share

    uncertain = done.states.get(State.UNCERTAIN, 0)
    return HealthFacts(
        name=name,
        enabled=enabled,
        parts=done.given,
        taken=done.taken,
        acceptance=_rounded(share(done.taken, done.taken + done.refused + uncertain)),
        delivery=_rounded(share(done.delivered, done.ended)),
        receipt_p50_s=_rounded(done.receipt_s(0.5)),
        receipt_p95_s=_rounded(done.receipt_s(0.95)),
        uncertain=uncertain,
        unmatched=done.unmatched,
        states={state.name.lower(): count for state, count in sorted(done.states.items())},
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _row(facts: HealthFacts) -> tuple[str | Styled, ...]:
    return (
        facts.name,
        "on" if facts.enabled else "off",
        f"{facts.parts:,}",
        _bar(facts.acceptance),
        _bar(facts.delivery),
        _seconds(facts.receipt_p50_s),
        _seconds(facts.receipt_p95_s),
        Styled(f"{facts.uncertain:,}", "yellow" if facts.uncertain else ""),
        Styled(f"{facts.unmatched:,}", "yellow" if facts.unmatched else ""),
    )


def _bar(share: float | None) -> str | Styled:
    """A share as a person sees it at a glance."""
    if share is None:
        return "–"
    style = "green" if share >= _GOOD else "yellow" if share >= _FAIR else "red"
    full = round(share * _BAR)
    return Styled(f"{'█' * full}{'░' * (_BAR - full)} {share:.1%}", style)


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1f} s" if value < 100 else f"{value / 60:.0f} min"
