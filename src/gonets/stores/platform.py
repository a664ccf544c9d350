"""The declared platform in the store: read as one value, and changed in one transaction.

Refuses to write changes that were made out from another state of the settings than the store is in, and any that
finds its row gone: then nothing is changed.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, assert_never

import msgspec
from sqlalchemy import Connection, Table, and_, delete, insert, select, update

from gonets.model.account import Account, Tariff
from gonets.model.costs import Cost
from gonets.model.message import AccountId, RouteId
from gonets.model.platform import (
    EVERYONE,
    Change,
    Item,
    Platform,
    PlatformConsent,
    PlatformLogin,
    PlatformNumber,
    PlatformProfile,
    PlatformSender,
    PlatformStops,
    PlatformWord,
    WordKind,
)
from gonets.model.routing import ConnectorSetup, Route
from gonets.rules.declaring import by_key, missing, phones_of, title
from gonets.rules.stopping import build
from gonets.stores import costs, numbers, schema, settings, stops
from gonets.stores.schema import (
    accounts,
    connectors,
    consent_words,
    counters,
    credentials,
    guards,
    profiles,
    routes,
    senders,
    stop_list,
    stop_words,
    tariffs,
)
from gonets.stores.settings import SettingRefused

_CHUNK: Final = 20_000

Values = dict[str, object]


# ---- read


def read_platform(connection: Connection, stop_lists: Collection[str] = ()) -> Platform:
    """All that is declared, with the stop lists of the accounts named (`EVERYONE`: the global one), if there are."""
    known = settings.list_accounts(connection)
    names = {account.id: account.name for account in known}
    scopes = {stops.EVERYONE: EVERYONE, **names}
    return Platform(
        accounts=by_key(msgspec.structs.replace(account, id=AccountId(0)) for account in known),
        logins=by_key(
            PlatformLogin(names[each.account], each.protocol, each.login, each.kind, each.secret)
            for each in settings.list_credentials(connection)
        ),
        profiles=by_key(
            PlatformProfile(
                names[each.account],
                each.client,
                each.name,
                each.login_field,
                each.password_field,
                each.dashed_dates,
            )
            for each in settings.list_profiles(connection)
        ),
        senders=by_key(
            PlatformSender(account, name, state) for account, name, state in settings.list_senders(connection)
        ),
        words=by_key(
            PlatformWord(scopes[account], WordKind(kind), body)
            for account, kind, body in stops.list_words(connection)
        ),
        stop_lists=by_key(
            PlatformStops(name, build(stops.pages(connection, scope)))
            for scope, name in scopes.items()
            if name in stop_lists
        ),
        numbers=by_key(
            PlatformNumber(names[account], number, keyword)
            for number, keyword, account in numbers.list_numbers(connection)
        ),
        consent=by_key(PlatformConsent(*each) for each in numbers.list_consent(connection)),
        tariffs=by_key(settings.list_tariffs(connection)),
        connectors=by_key(settings.list_connectors(connection)),
        costs=by_key(costs.list_costs(connection)),
        routes=by_key(
            msgspec.structs.replace(route, id=RouteId(0)) for route in settings.list_routes(connection)
        ),
    )


def accounts_with_history(connection: Connection) -> frozenset[str]:
    """Names of the accounts that sent or had money; a message is never accepted without a ledger entry."""
    return frozenset(connection.execute(select(accounts.c.name).where(accounts.c.entries > 0)).scalars())


def stop_list_sizes(connection: Connection) -> dict[str, int]:
    """How long each stop list is, by the account's name."""
    names = {stops.EVERYONE: EVERYONE} | {each.id: each.name for each in settings.list_accounts(connection)}
    return {names[scope]: size for scope, size in stops.sizes(connection).items()}


# ---- changed


def write_changes(connection: Connection, changes: Sequence[Change], revision: int, at: datetime) -> None:
    """Make all of the changes, or raise SettingRefused and leave it to the transaction that none is made.

    `revision` is the one at which the changes were made out. The revision moves on by one, at nothing to change not
    at all.
    """
    if not changes:
        return
    # The first write: it is the row at which changes of settings wait for one another.
    moved = update(counters).where(counters.c.name == "revision", counters.c.value == revision)
    if not connection.execute(moved.values(value=revision + 1)).rowcount:
        raise SettingRefused(
            "the settings have changed since they were read; nothing was done, try once more"
        )
    ids = {each.name: each.id for each in settings.list_accounts(connection)} | {EVERYONE: stops.EVERYONE}
    for change in changes:
        if isinstance(change.after, Account):
            ids[change.after.name] = _put_account(connection, change.after, ids.get(change.after.name), at)
    # Accounts go last: their ids must not come back in the same transaction.
    gone = [change.before for change in changes if change.after is None]
    for item in gone:
        if item is not None and not isinstance(item, Account | PlatformStops):
            _remove(connection, item, ids)
    for change in changes:
        if isinstance(change.item, PlatformStops):
            _change_stops(connection, change, ids[change.item.account])
        elif change.after is not None and not isinstance(change.after, Account):
            _put(connection, change.after, ids, new=change.before is None)
    for item in gone:
        if isinstance(item, Account):
            _remove_account(connection, ids[item.name], item.name)
    if any(isinstance(change.item, PlatformWord) for change in changes):
        _stops_moved(connection)
    connection.execute(
        update(counters).where(counters.c.name == "revision").values(value=revision + 1),
    )


def _put_account(
    connection: Connection, account: Account, known: AccountId | None, at: datetime
) -> AccountId:
    if known is None:
        return settings.add_account(connection, account, at)
    settings.change_account(connection, msgspec.structs.replace(account, id=known))
    return known


def _remove_account(connection: Connection, account: AccountId, name: str) -> None:
    """With what hangs on it. Raises SettingRefused where it has history."""
    where = (accounts.c.id == account, accounts.c.entries == 0)
    if not connection.execute(delete(accounts).where(*where)).rowcount:
        raise SettingRefused(f"the account {name!r} has history and cannot be removed; switch it off")
    for table in (credentials, profiles, senders, stop_words, schema.numbers):
        connection.execute(delete(table).where(table.c.account_id == account))
    if connection.execute(delete(stop_list).where(stop_list.c.account_id == account)).rowcount:
        _stops_moved(connection)
    connection.execute(delete(guards).where(guards.c.kind == "rate", guards.c.key == str(account)))


def _stops_moved(connection: Connection) -> None:
    """Stop lists or stop words are not what they were: processes load them anew."""
    moved = update(counters).where(counters.c.name == "stop_revision")
    connection.execute(moved.values(value=counters.c.value + 1))


def _change_stops(connection: Connection, change: Change, account: AccountId) -> None:
    old, new = phones_of(change.before), phones_of(change.after)
    for chunk in _chunks(missing(new, old)):
        stops.add(connection, account, chunk)
    for chunk in _chunks(missing(old, new)):
        stops.remove(connection, account, chunk)


def _chunks(phones: Iterable[int]) -> Iterable[list[int]]:
    rest = iter(phones)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _put(connection: Connection, item: Item, ids: Mapping[str, AccountId], *, new: bool) -> None:
    table, key, values = _row(item, ids)
    if new:
        connection.execute(insert(table).values(**key, **values))
    elif not connection.execute(update(table).where(_is(table, key)).values(**key, **values)).rowcount:
        raise SettingRefused(f"there is no {title(item)} any more; nothing was done")


def _remove(connection: Connection, item: Item, ids: Mapping[str, AccountId]) -> None:
    table, key, _ = _row(item, ids)
    if not connection.execute(delete(table).where(_is(table, key))).rowcount:
        raise SettingRefused(f"there is no {title(item)} any more; nothing was done")


def _is(table: Table, key: Values) -> Any:
    return and_(*(table.c[name] == value for name, value in key.items()))


def _row(item: Item, ids: Mapping[str, AccountId]) -> tuple[Table, Values, Values]:
    """Where an item is kept: its table, the columns that find it, and the others."""
    match item:
        case PlatformLogin():
            return (
                credentials,
                {"protocol": item.protocol, "login": item.login, "kind": item.kind.value},
                {"account_id": ids[item.account], "secret": item.secret},
            )
        case PlatformProfile():
            return (
                profiles,
                {"client": item.client, "name": item.name},
                {
                    "account_id": ids[item.account],
                    "login_field": item.login_field,
                    "password_field": item.password_field,
                    "dashed_dates": item.dashed_dates,
                },
            )
        case PlatformSender():
            return (
                senders,
                {"account_id": ids[item.account], "name_key": item.name.lower()},
                {"name": item.name, "state": item.state.value},
            )
        case PlatformWord():
            return (
                stop_words,
                {"account_id": ids[item.account], "kind": item.kind.value, "body": item.body},
                {},
            )
        case PlatformNumber():
            return (
                schema.numbers,
                {"number": item.number, "keyword": item.keyword},
                {"account_id": ids[item.account]},
            )
        case PlatformConsent():
            return (consent_words, {"kind": item.kind, "word": item.word}, {})
        case Tariff():
            return (
                tariffs,
                {
                    "tariff_group": item.group,
                    "channel": item.channel.value,
                    "prefix": item.prefix,
                    "valid_from": item.valid_from,
                },
                {
                    "price": item.price,
                    "closed": item.closed,
                    "refund_undelivered": item.refund_undelivered,
                    "currency": item.currency,
                },
            )
        case Cost():
            return (
                schema.costs,
                {"connector": item.connector, "channel": item.channel.value, "prefix": item.prefix},
                {"cost": item.cost, "currency": item.currency},
            )
        case ConnectorSetup():
            return (
                connectors,
                {"name": item.name},
                {"kind": item.kind, "settings": json.dumps(item.settings), "enabled": item.enabled},
            )
        case Route():
            return (
                routes,
                {"name": item.name},
                settings.route_values(item),
            )
        case Account() | PlatformStops():
            raise TypeError(f"a {type(item).__name__} is more than a row")
        case _:
            assert_never(item)
