"""From what the store has and what a person declares to what shall be, and what has to change for it.

Pure: two platforms in, a list of changes out; the command line, and whoever else lets people declare, share it.
It refuses nothing: whoever reads a declaration has checked it.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Final, TypeVar, assert_never

import msgspec

from gonets.model.account import Account, Tariff
from gonets.model.costs import Cost
from gonets.model.money import format_amount
from gonets.model.platform import (
    EVERYONE,
    Change,
    Item,
    Key,
    Platform,
    PlatformConsent,
    PlatformLogin,
    PlatformNumber,
    PlatformProfile,
    PlatformSender,
    PlatformStops,
    PlatformWord,
    key_of,
)
from gonets.model.routing import ConnectorSetup, Route
from gonets.model.times import moment
from gonets.rules.conditions import facts_of
from gonets.rules.stopping import StopList, build

Fact = str | int | float | bool | list[str] | list[int]
"""A value as files and scripts have it: amounts as decimals in a text, times of day as `22:00`."""

T = TypeVar("T", bound=Item)
Switched = TypeVar("Switched", Account, ConnectorSetup, Route)
Owned = TypeVar("Owned", PlatformLogin, PlatformProfile, PlatformSender, PlatformWord, PlatformNumber)


def by_key(items: Iterable[T]) -> dict[Key, T]:
    """Items as a `Platform` has them: by key, in the order of the keys; of two with one key the last."""
    found = {key_of(item): item for item in items}
    return {key: found[key] for key in sorted(found)}


# ---- what shall be


def aimed(before: Platform, declared: Platform, *, prune: bool, used: Set[str] = frozenset()) -> Platform:
    """What shall be: what is declared, and beside it what is there.

    With `prune` what is not declared goes: a route, a connector, and an account that has history (its name is in
    `used`) are switched off, the account with what hangs on it; everything else is removed. A stop list that is
    declared holds the numbers declared and those that are there; with `prune` no others. One that is not declared
    stays as it is, and so do words like STOP of a kind of which none is declared.

    A login belongs to one account: where it is declared for another than before, all of it moves or goes.
    """
    kept = {each.name for each in before.accounts.values() if not prune or each.name in used}
    off = {name for name in kept if (name,) not in declared.accounts} if prune else kept
    owners = {(each.protocol, each.login): each.account for each in declared.logins.values()}
    return Platform(
        accounts=by_key(
            (
                *_switched({key: each for key, each in before.accounts.items() if each.name in kept}, prune),
                *declared.accounts.values(),
            )
        ),
        logins=by_key(
            (
                *(
                    each
                    for each in _owned(before.logins, off, prune)
                    if owners.get((each.protocol, each.login), each.account) == each.account
                ),
                *declared.logins.values(),
            )
        ),
        profiles=by_key((*_owned(before.profiles, off, prune), *declared.profiles.values())),
        senders=by_key((*_owned(before.senders, off, prune), *declared.senders.values())),
        words=by_key((*_owned(before.words, off, prune), *declared.words.values())),
        stop_lists=by_key(
            (
                *before.stop_lists.values(),
                *(
                    _united(before.stop_lists.get(key), each, prune)
                    for key, each in declared.stop_lists.items()
                ),
            )
        ),
        numbers=by_key((*_owned(before.numbers, off, prune), *declared.numbers.values())),
        consent=by_key(
            (
                *(
                    each
                    for each in before.consent.values()
                    if not prune or all(each.kind != other.kind for other in declared.consent.values())
                ),
                *declared.consent.values(),
            )
        ),
        tariffs=by_key((*(() if prune else before.tariffs.values()), *declared.tariffs.values())),
        connectors=by_key((*_switched(before.connectors, prune), *declared.connectors.values())),
        costs=by_key((*(() if prune else before.costs.values()), *declared.costs.values())),
        routes=by_key((*_switched(before.routes, prune), *declared.routes.values())),
    )


def _switched(there: Mapping[Key, Switched], prune: bool) -> Iterator[Switched]:
    """What is there, switched off where it goes."""
    for each in there.values():
        yield msgspec.structs.replace(each, enabled=False) if prune else each


def _owned(there: Mapping[Key, Owned], off: Set[str], prune: bool) -> Iterator[Owned]:
    """What hangs on accounts and stays: with `prune` only what accounts have that are switched `off`."""
    return (each for each in there.values() if not prune or each.account in off)


def _united(there: PlatformStops | None, wanted: PlatformStops, prune: bool) -> PlatformStops:
    if prune or there is None:
        return wanted
    return PlatformStops(wanted.account, build((there.phones, wanted.phones)))


# ---- what changes


def difference(before: Platform, after: Platform) -> list[Change]:
    """What has to be added, changed and removed to come from one to the other; none where they are the same.

    Sort by sort, by key.
    """
    changes: list[Change] = []
    for sort in Platform.__struct_fields__:
        old: Mapping[Key, Item] = getattr(before, sort)
        new: Mapping[Key, Item] = getattr(after, sort)
        for key in sorted(old.keys() | new.keys()):
            was, becomes = old.get(key), new.get(key)
            if was != becomes:
                changes.append(Change(was, becomes))
    return changes


def missing(phones: StopList, there: StopList) -> Iterator[int]:
    """The numbers of one stop list that another has not, ascending; in one pass over both."""
    place, end = 0, len(there)
    for phone in phones:
        while place < end and there[place] < phone:
            place += 1
        if place == end or there[place] != phone:
            yield phone


NO_PHONES: Final[StopList] = array("Q")


def phones_of(item: Item | None) -> StopList:
    """The numbers of a stop list; none where it is not there."""
    return item.phones if isinstance(item, PlatformStops) else NO_PHONES


# ---- how it is told


class Difference(msgspec.Struct, frozen=True):
    """One setting of an item that is another than before; None: there was no such item, or will be none."""

    setting: str
    before: Fact | None
    after: Fact | None


HIDDEN: Final = "(hidden)"


def title(item: Item) -> str:
    """What it is and whose, for people: `login sms2 shop (md5) of shop`."""
    match item:
        case Account():
            return f"account {item.name}"
        case PlatformLogin():
            return f"login {item.protocol} {item.login} ({item.kind.value})"
        case PlatformProfile():
            return f"profile {item.client}/{item.name}"
        case PlatformSender():
            return f"sender {item.name} of {item.account}"
        case PlatformWord():
            return f"stop {item.kind.value} {item.body!r} of {_whose(item.account)}"
        case PlatformStops():
            return f"stop list of {_whose(item.account)}"
        case PlatformNumber():
            return f"number {item.number} {item.keyword}".rstrip()
        case PlatformConsent():
            return f"opt-{item.kind} word {item.word}"
        case Tariff():
            since = f" from {iso_of(item.valid_from)}" if item.valid_from else ""
            return f"tariff {item.group} {item.channel.value} {item.prefix or 'every number'}{since}"
        case Cost():
            return f"cost {item.connector} {item.channel.value} {item.prefix or 'every number'}"
        case ConnectorSetup():
            return f"connector {item.name}"
        case Route():
            return f"route {item.name}"
        case _:
            assert_never(item)


def differences(change: Change) -> list[Difference]:
    """The settings that change, those of an item that comes or goes all of them; secrets are hidden."""
    if isinstance(change.item, PlatformStops):
        old, new = phones_of(change.before), phones_of(change.after)
        added, removed = sum(1 for _ in missing(new, old)), sum(1 for _ in missing(old, new))
        return [
            Difference("numbers", len(old), len(new)),
            Difference("numbers added", 0, added),
            Difference("numbers removed", 0, removed),
        ]
    was = {} if change.before is None else facts(change.before)
    becomes = {} if change.after is None else facts(change.after)
    found = []
    for setting in was | becomes:
        old_fact, new_fact = was.get(setting), becomes.get(setting)
        if old_fact != new_fact:
            found.append(Difference(setting, _shown(setting, old_fact), _shown(setting, new_fact)))
    return found


def facts(item: Item) -> dict[str, Fact]:
    """The settings of an item by the names and in the forms that files have, without what its key says."""
    match item:
        case Account():
            return {
                "enabled": item.enabled,
                "group": item.group,
                "currency": item.currency,
                "overdraft": format_amount(item.overdraft),
                "home_country": item.home_country,
                "zone": item.zone.key,
                "any_sender": item.any_sender,
                "default_sender": item.default_sender,
                "push_url": item.push_url,
                "push_batch": item.push_batch,
                "push_kind": item.push_kind.value,
                "push_fields": list(item.push_fields),
                "push_secret_sealed": item.push_secret_sealed,
                "duplicate_s": item.duplicate_s,
                "flood_most": item.flood_most,
                "flood_gap_s": item.flood_gap_s,
                "rate": item.rate,
                "networks": list(item.networks),
                "quiet_from": _time_of_day(item.quiet_from),
                "quiet_to": _time_of_day(item.quiet_to),
                "resend": item.resend.value,
                "refuse_when_down": item.refuse_when_down,
                "smpp_binds": item.smpp_binds,
                "smpp_window": item.smpp_window,
                "batch_json": item.batch_json,
            }
        case PlatformLogin():
            return {"account": item.account, "secret": item.secret}
        case PlatformProfile():
            return {
                "account": item.account,
                "login_field": item.login_field,
                "password_field": item.password_field,
                "dashed_dates": item.dashed_dates,
            }
        case PlatformSender():
            return {"name": item.name, "state": item.state.value}
        case PlatformWord() | PlatformConsent():
            return {}
        case PlatformNumber():
            return {"account": item.account}
        case PlatformStops():
            return {"numbers": len(item.phones)}
        case Tariff():
            return {
                "price": format_amount(item.price),
                "currency": item.currency,
                "closed": item.closed,
                "refund_undelivered": item.refund_undelivered,
            }
        case Cost():
            return {"cost": format_amount(item.cost), "currency": item.currency}
        case ConnectorSetup():
            known: dict[str, Fact] = {"kind": item.kind, "enabled": item.enabled}
            return known | {f"settings.{name}": value for name, value in sorted(item.settings.items())}
        case Route():
            said: dict[str, Fact] = {
                "prefix": item.prefix,
                "connectors": list(item.connectors),
                "enabled": item.enabled,
                "strategy": item.strategy.value,
                "weights": list(item.weights),
            }
            return said | {f"only.{name}": each for name, each in facts_of(item.only).items()}
        case _:
            assert_never(item)


def iso_of(at: int) -> str:
    """Unix microseconds as ISO 8601 in UTC, no longer than it must be: `2026-12-01T00:00:00Z`."""
    return moment(at).isoformat().replace("+00:00", "Z")


_SECRET: Final = ("secret", "password", "token", "salt", "key")
"""What a setting with a secret in it has in its name, but for those that name a form's field."""


def _shown(setting: str, fact: Fact | None) -> Fact | None:
    """A fact as it may be shown."""
    if isinstance(fact, str) and fact:
        if any(word in setting for word in _SECRET) and not setting.endswith("_field"):
            return HIDDEN
        scheme, mark, rest = fact.partition("://")
        host = rest.partition("/")[0]
        if mark and "@" in host:
            return f"{scheme}://{HIDDEN}@{rest[host.rindex('@') + 1 :]}"
    return fact


def _time_of_day(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"


def _whose(account: str) -> str:
    return "everyone" if account == EVERYONE else account
