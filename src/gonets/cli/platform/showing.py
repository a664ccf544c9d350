"""What would change, or has changed: for people line by line in colours, for scripts as JSON. Secrets are hidden."""

from collections.abc import Sequence
from typing import Final

import msgspec

from gonets.cli.console import say, visible
from gonets.model.account import Account
from gonets.model.platform import Change, Item
from gonets.rules.declaring import Difference, Fact, differences, title

ADDED: Final = "added"
CHANGED: Final = "changed"
REMOVED: Final = "removed"
_SIGNS: Final = {ADDED: ("+", "green"), CHANGED: ("~", "yellow"), REMOVED: ("-", "red")}


class ChangeFacts(msgspec.Struct, frozen=True):
    """A change as scripts read it; of a thing that is added `before` is null, of one that is removed `after`."""

    change: str
    what: str
    settings: list[Difference]


class AppliedFacts(msgspec.Struct, frozen=True):
    """What came of a file, as scripts read it."""

    file: str
    applied: bool
    """False: nothing was to change, or it was a dry run."""
    revision: int
    """Of the settings, as it is now."""
    changes: list[ChangeFacts]


def change_facts(changes: Sequence[Change]) -> list[ChangeFacts]:
    """The changes for scripts."""
    return [ChangeFacts(_sort(each), title(each.item), differences(each)) for each in changes]


def show_changes(changes: Sequence[Change]) -> None:
    """The changes for people: what is added and removed with what matters of it, what is changed from old to new."""
    for change in changes:
        sort = _sort(change)
        sign, style = _SIGNS[sort]
        say(f"{sign} {visible(title(change.item))}", style)
        for each in differences(change):
            if sort == CHANGED:
                say(f"    {each.setting}: {_shown(each.before)} -> {_shown(each.after)}", style)
            elif sort == ADDED and (not _is_usual(change.item, each)):
                say(f"    {each.setting}: {_shown(each.after)}", style)


def counted(changes: Sequence[Change]) -> str:
    """How many of each sort: `2 added, 1 changed`."""
    sorts = [_sort(each) for each in changes]
    return ", ".join(f"{sorts.count(sort)} {sort}" for sort in _SIGNS if sort in sorts)


def _sort(change: Change) -> str:
    if change.before is None:
        return ADDED
    return REMOVED if change.after is None else CHANGED


def _is_usual(item: Item, each: Difference) -> bool:
    """Whether a new thing's setting goes without saying: off, empty or none."""
    if isinstance(item, Account) and each.setting == "enabled":
        return each.after is True
    return not each.after or each.after == "0.00"


def _shown(fact: Fact | None) -> str:
    match fact:
        case None:
            return "none"
        case bool():
            return "yes" if fact else "no"
        case "":
            return "none"
        case list():
            return ", ".join(map(str, fact)) or "none"
        case _:
            return str(fact)
