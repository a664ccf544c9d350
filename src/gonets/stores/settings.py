"""The platform's settings: listed, and changed one at a time, each change moving the revision on.

Changes are refused with a sentence (`SettingRefused`) when a name is taken or missing; nothing is half done.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from gonets.model.account import (
    Account,
    Credential,
    Profile,
    ProofKind,
    PushKind,
    Resend,
    SenderState,
    Tariff,
)
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import Millionths
from gonets.model.routing import ANYTHING, Conditions, ConnectorSetup, Route, Strategy
from gonets.model.times import micros
from gonets.rules.conditions import essence
from gonets.rules.proofs import password_credentials
from gonets.stores.schema import (
    accounts,
    connectors,
    counters,
    credentials,
    profiles,
    routes,
    senders,
    tariffs,
)


class SettingRefused(Exception):
    """The sentence says why, and what to do."""


def revision(connection: Connection) -> int:
    """Moves on with every change."""
    found = connection.execute(select(counters.c.value).where(counters.c.name == "revision")).scalar_one()
    return int(found)


def touch(connection: Connection) -> None:
    """Say that a setting has changed."""
    connection.execute(
        update(counters).where(counters.c.name == "revision").values(value=counters.c.value + 1)
    )


# ---- read


def list_accounts(connection: Connection) -> list[Account]:
    """Every account, by name."""
    return [_account(row) for row in connection.execute(select(accounts).order_by(accounts.c.name))]


def find_account(connection: Connection, name: str) -> Account:
    """The account of that name. Raises SettingRefused when there is none."""
    row = connection.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
    if row is None:
        raise SettingRefused(f"there is no account {name!r}; `gonets account list` shows all")
    return _account(row)


def balance_of(connection: Connection, account: AccountId) -> Millionths:
    """What the account has now."""
    return Millionths(
        connection.execute(select(accounts.c.balance).where(accounts.c.id == account)).scalar_one()
    )


def _account(row: Any) -> Account:
    return Account(
        id=AccountId(row.id),
        name=row.name,
        group=row.tariff_group,
        currency=row.currency,
        overdraft=Millionths(row.overdraft),
        home_country=row.home_country,
        zone=ZoneInfo(row.zone),
        enabled=row.enabled,
        any_sender=row.any_sender,
        default_sender=row.default_sender,
        push_url=row.push_url,
        push_batch=row.push_batch,
        push_kind=PushKind(row.push_kind),
        push_fields=tuple(json.loads(row.push_fields)),
        push_secret_sealed=row.push_secret_sealed,
        duplicate_s=row.duplicate_s,
        flood_most=row.flood_most,
        flood_gap_s=row.flood_gap_s,
        rate=row.rate,
        networks=tuple(json.loads(row.networks)),
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        resend=Resend(row.resend),
        refuse_when_down=row.refuse_when_down,
        batch_json=row.batch_json,
        smpp_binds=row.smpp_binds,
        smpp_window=row.smpp_window,
    )


def list_credentials(connection: Connection) -> list[Credential]:
    """Every credential, by protocol, login and kind; secrets are hashed or sealed."""
    order = (credentials.c.protocol, credentials.c.login, credentials.c.kind)
    return [
        Credential(AccountId(row.account_id), row.protocol, row.login, row.secret, ProofKind(row.kind))
        for row in connection.execute(select(credentials).order_by(*order))
    ]


def list_profiles(connection: Connection) -> list[Profile]:
    """Every MFMS profile."""
    query = select(profiles, accounts.c.zone).join(accounts, accounts.c.id == profiles.c.account_id)
    return [
        Profile(
            account=AccountId(row.account_id),
            client=row.client,
            name=row.name,
            login_field=row.login_field,
            password_field=row.password_field,
            dashed_dates=row.dashed_dates,
            zone=ZoneInfo(row.zone),
        )
        for row in connection.execute(query.order_by(profiles.c.client, profiles.c.name))
    ]


def list_senders(
    connection: Connection, account: AccountId | None = None
) -> list[tuple[str, str, SenderState]]:
    """(account name, sender, state) of every registered sender, or of one account's."""
    query = select(accounts.c.name.label("account"), senders.c.name, senders.c.state).join(
        accounts, accounts.c.id == senders.c.account_id
    )
    if account is not None:
        query = query.where(senders.c.account_id == account)
    rows = connection.execute(query.order_by(accounts.c.name, senders.c.name))
    return [(row.account, row.name, SenderState(row.state)) for row in rows]


def list_tariffs(connection: Connection) -> list[Tariff]:
    """Every version of every tariff, by group and prefix, the oldest version first."""
    order = (tariffs.c.tariff_group, tariffs.c.channel, tariffs.c.prefix, tariffs.c.valid_from)
    return [
        Tariff(
            group=row.tariff_group,
            channel=Channel(row.channel),
            prefix=row.prefix,
            price=Millionths(row.price),
            closed=row.closed,
            refund_undelivered=row.refund_undelivered,
            currency=row.currency,
            valid_from=row.valid_from,
        )
        for row in connection.execute(select(tariffs).order_by(*order))
    ]


def list_routes(connection: Connection) -> list[Route]:
    """Every route, by prefix and name."""
    return [
        Route(
            RouteId(row.id),
            row.name,
            row.prefix,
            tuple(json.loads(row.connectors)),
            row.enabled,
            Strategy(row.strategy),
            tuple(json.loads(row.weights)),
            _read_conditions(row.conditions),
        )
        for row in connection.execute(select(routes).order_by(routes.c.prefix, routes.c.name))
    ]


def list_connectors(connection: Connection) -> list[ConnectorSetup]:
    """Every connector, by name."""
    return [
        ConnectorSetup(row.name, row.kind, json.loads(row.settings), row.enabled)
        for row in connection.execute(select(connectors).order_by(connectors.c.name))
    ]


# ---- changed


def add_account(connection: Connection, account: Account, at: datetime) -> AccountId:
    """Add one with an empty purse; its `id` is ignored and the new one returned."""
    values = _account_values(account) | {"balance": 0, "entries": 0, "created_at": micros(at)}
    result = _insert(connection, accounts, values, f"there is an account {account.name!r} already")
    return AccountId(result)


def change_account(connection: Connection, account: Account) -> None:
    """Replace the settings of the account with that id; its money stays. Raises SettingRefused."""
    change = update(accounts).where(accounts.c.id == account.id).values(**_account_values(account))
    try:
        changed = connection.execute(change).rowcount
    except IntegrityError:
        raise SettingRefused(f"there is an account {account.name!r} already") from None
    if not changed:
        raise SettingRefused(f"there is no account {account.name!r}; `gonets account list` shows all")
    touch(connection)


def _account_values(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "tariff_group": account.group,
        "currency": account.currency,
        "overdraft": account.overdraft,
        "home_country": account.home_country,
        "zone": account.zone.key,
        "enabled": account.enabled,
        "any_sender": account.any_sender,
        "default_sender": account.default_sender,
        "push_url": account.push_url,
        "push_batch": account.push_batch,
        "push_kind": account.push_kind.value,
        "push_fields": json.dumps(account.push_fields),
        "push_secret_sealed": account.push_secret_sealed,
        "duplicate_s": account.duplicate_s,
        "flood_most": account.flood_most,
        "flood_gap_s": account.flood_gap_s,
        "rate": account.rate,
        "networks": json.dumps(account.networks),
        "quiet_from": account.quiet_from,
        "quiet_to": account.quiet_to,
        "resend": account.resend,
        "refuse_when_down": account.refuse_when_down,
        "batch_json": account.batch_json,
        "smpp_binds": account.smpp_binds,
        "smpp_window": account.smpp_window,
    }


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises SettingRefused."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingRefused(f"{name!r} is not a time zone; write one like Europe/Moscow or UTC") from None


def add_credential(connection: Connection, credential: Credential) -> None:
    """Add a way to log in. The same login of one protocol belongs to one account. Raises SettingRefused."""
    _refuse_others(connection, credential)
    values = {
        "account_id": credential.account,
        "protocol": credential.protocol,
        "login": credential.login,
        "kind": credential.kind,
        "secret": credential.secret,
    }
    _insert(connection, credentials, values, _taken(credential))


def put_credential(connection: Connection, credential: Credential) -> None:
    """Add a way to log in, or give one of the same account another secret. Raises SettingRefused."""
    _refuse_others(connection, credential)
    where = _of_login(credential.protocol, credential.login, credential.kind)
    if not connection.execute(update(credentials).where(*where).values(secret=credential.secret)).rowcount:
        add_credential(connection, credential)


def set_password(
    connection: Connection, account: AccountId, protocol: str, login: str, password: str
) -> None:
    """Add a login with a password or change its password, in every form that the protocol asks for.

    The hashes take tens of milliseconds each; where others wait for the transaction, make them before it
    (`rules.proofs.password_credentials`) and put them. Raises SettingRefused.
    """
    for credential in password_credentials(account, protocol, login, password):
        put_credential(connection, credential)


def change_secret(
    connection: Connection, protocol: str, login: str, secret: str, kind: ProofKind = ProofKind.PASSWORD
) -> None:
    """Give a login another secret of one kind, hashed or sealed. Raises SettingRefused when there is no such login."""
    where = _of_login(protocol, login, kind)
    if not connection.execute(update(credentials).where(*where).values(secret=secret)).rowcount:
        raise SettingRefused(f"there is no {protocol} login {login!r} with a {kind}")
    touch(connection)


def remove_credential(connection: Connection, protocol: str, login: str, kind: ProofKind) -> None:
    """Take a way to log in away. Raises SettingRefused when there is none."""
    where = _of_login(protocol, login, kind)
    _delete(connection, credentials, where, f"there is no {protocol} login {login!r} with a {kind}")


def _of_login(protocol: str, login: str, kind: ProofKind) -> tuple[ColumnElement[bool], ...]:
    return (
        credentials.c.protocol == protocol,
        credentials.c.login == login,
        credentials.c.kind == kind,
    )


def _refuse_others(connection: Connection, credential: Credential) -> None:
    """Raise SettingRefused where the login is another account's, by whatever kind of proof.

    The revision is moved first: it is the one row that changes of settings wait for one another at.
    """
    touch(connection)
    others = select(credentials.c.id).where(
        credentials.c.protocol == credential.protocol,
        credentials.c.login == credential.login,
        credentials.c.account_id != credential.account,
    )
    if connection.execute(others.limit(1)).first() is not None:
        raise SettingRefused(_taken(credential))


def _taken(credential: Credential) -> str:
    return f"the {credential.protocol} login {credential.login!r} is taken"


def add_profile(connection: Connection, profile: Profile) -> None:
    """Add an MFMS connector profile."""
    values = {
        "account_id": profile.account,
        "client": profile.client,
        "name": profile.name,
        "login_field": profile.login_field,
        "password_field": profile.password_field,
        "dashed_dates": profile.dashed_dates,
    }
    _insert(connection, profiles, values, f"the profile {profile.client}/{profile.name} is taken")


def put_sender(connection: Connection, account: AccountId, name: str, state: SenderState) -> None:
    """Register a sender name, or change the state of a registered one."""
    key = name.lower()
    where = (senders.c.account_id == account, senders.c.name_key == key)
    if not connection.execute(update(senders).where(*where).values(name=name, state=state)).rowcount:
        values = {"account_id": account, "name": name, "name_key": key, "state": state}
        connection.execute(insert(senders).values(**values))
    touch(connection)


def remove_sender(connection: Connection, account: AccountId, name: str) -> None:
    """Forget a registered sender. Raises SettingRefused when it is not registered."""
    where = (senders.c.account_id == account, senders.c.name_key == name.lower())
    _delete(connection, senders, where, f"the account has no sender {name!r}")


def put_tariff(connection: Connection, tariff: Tariff) -> None:
    """Set the price of a prefix for a group from a moment on, in place of the version that began then."""
    where = (
        tariffs.c.tariff_group == tariff.group,
        tariffs.c.channel == tariff.channel,
        tariffs.c.prefix == tariff.prefix,
        tariffs.c.valid_from == tariff.valid_from,
    )
    connection.execute(delete(tariffs).where(*where))
    connection.execute(
        insert(tariffs).values(
            tariff_group=tariff.group,
            channel=tariff.channel,
            prefix=tariff.prefix,
            price=tariff.price,
            closed=tariff.closed,
            refund_undelivered=tariff.refund_undelivered,
            currency=tariff.currency,
            valid_from=tariff.valid_from,
        )
    )
    touch(connection)


def remove_tariff(connection: Connection, group: str, channel: Channel, prefix: str) -> None:
    """Take a price away. Raises SettingRefused when there is none."""
    where = (tariffs.c.tariff_group == group, tariffs.c.channel == channel, tariffs.c.prefix == prefix)
    _delete(connection, tariffs, where, f"the group {group!r} has no {channel} tariff for prefix {prefix!r}")


def add_connector(connection: Connection, setup: ConnectorSetup) -> None:
    """Add a link to an upstream."""
    values = {
        "name": setup.name,
        "kind": setup.kind,
        "settings": json.dumps(setup.settings),
        "enabled": setup.enabled,
    }
    _insert(connection, connectors, values, f"there is a connector {setup.name!r} already")


def enable_connector(connection: Connection, name: str, enabled: bool) -> None:
    """Switch one on or off. Raises SettingRefused when there is none."""
    where = connectors.c.name == name
    if not connection.execute(update(connectors).where(where).values(enabled=enabled)).rowcount:
        raise SettingRefused(f"there is no connector {name!r}")
    touch(connection)


def add_route(connection: Connection, route: Route) -> RouteId:
    """Add a route; its `id` is ignored and the new one returned. No two that are on say the same."""
    _refuse_unknown(connection, route)
    if route.enabled:
        _refuse_second(connection, route)
    values = {"name": route.name} | route_values(route)
    return RouteId(_insert(connection, routes, values, f"there is a route {route.name!r} already"))


def change_route(connection: Connection, route: Route) -> None:
    """Let a route be as this says, by its name; what waits in it goes on by it. Raises SettingRefused."""
    _refuse_unknown(connection, route)
    if route.enabled:
        _refuse_second(connection, route)
    where = routes.c.name == route.name
    if not connection.execute(update(routes).where(where).values(**route_values(route))).rowcount:
        raise SettingRefused(f"there is no route {route.name!r}")
    touch(connection)


def route_values(route: Route) -> dict[str, object]:
    """The columns of a route besides its name."""
    return {
        "prefix": route.prefix,
        "connectors": json.dumps(route.connectors),
        "enabled": route.enabled,
        "strategy": route.strategy.value,
        "weights": json.dumps(route.weights),
        "conditions": _encode(route.only).decode(),
    }


_encode = msgspec.json.Encoder().encode
_read_conditions = msgspec.json.Decoder(Conditions).decode


def _refuse_unknown(connection: Connection, route: Route) -> None:
    """Raise SettingRefused where a connector of the route, or its account, is not there."""
    names = {setup.name for setup in list_connectors(connection)}
    missing = [name for name in route.connectors if name not in names]
    if missing:
        raise SettingRefused(f"there is no connector {missing[0]!r}; add it first: `gonets connector add`")
    if route.only.account:
        find_account(connection, route.only.account)


def enable_route(connection: Connection, name: str, enabled: bool) -> None:
    """Switch one on or off; parts that wait in a route that is off wait on. Raises SettingRefused."""
    route = next((each for each in list_routes(connection) if each.name == name), None)
    if route is None:
        raise SettingRefused(f"there is no route {name!r}")
    if enabled:
        _refuse_unknown(connection, route)
        _refuse_second(connection, route)
    connection.execute(update(routes).where(routes.c.name == name).values(enabled=enabled))
    touch(connection)


def _refuse_second(connection: Connection, route: Route) -> None:
    """Raise SettingRefused where another route serves the prefix under the same conditions."""
    for each in list_routes(connection):
        if (
            each.enabled
            and each.name != route.name
            and each.prefix == route.prefix
            and essence(each.only) == essence(route.only)
        ):
            under = " under the same conditions" if route.only != ANYTHING else ""
            raise SettingRefused(
                f"the prefix {route.prefix!r} is served by the route {each.name!r}{under}; switch that off first"
            )


def _insert(connection: Connection, table: Table, values: dict[str, object], taken: str) -> int:
    try:
        result = connection.execute(insert(table).values(**values))
    except IntegrityError:
        raise SettingRefused(taken) from None
    touch(connection)
    key = result.inserted_primary_key
    return key[0] if key is not None and isinstance(key[0], int) else 0


def _delete(connection: Connection, table: Table, where: Sequence[Any], missing: str) -> None:
    if not connection.execute(delete(table).where(*where)).rowcount:
        raise SettingRefused(missing)
    touch(connection)
