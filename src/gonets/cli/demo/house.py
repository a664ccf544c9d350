"""What the demo is made of, as data: accounts with logins and senders, phone bases, prices, stop lists, the network.

The accounts are those of the examples in the providers' own documents, so that they work as they are printed there.
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from gonets.flow.vault import Vault
from gonets.model.account import Account, Credential, Profile, ProofKind, SenderState, Tariff
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import Millionths, parse_amount
from gonets.model.routing import ANYTHING, ConnectorSetup, Route
from gonets.rules.proofs import SEALED, password_credentials, seal_context
from gonets.stores import bases, money, settings, stops

BALANCE: Final = "10000.00"
GROUP: Final = "demo"
PRICES: Final = {
    Channel.SMS: "0.05",
    Channel.MMS: "1.50",
    Channel.MAIL: "0.01",
    Channel.CALL: "0.90",
    Channel.VIBER: "0.40",
    Channel.HLR: "0.02",
    Channel.PING: "0.03",
}
CLOSED: Final = ("7954", "38039", "99254")
"""Prefixes that no message may go to: Russia's, Ukraine's, Tajikistan's."""
STOPPED: Final = (79990000001, 380990000001, 992900000001)
"""Numbers that get nothing; likewise."""
STOP_WORD: Final = "casino-blocked"

BASES: Final = {"Demo": (79031250001, 79031250002, 79031250003), "Protected": (79031250011, 79031250012)}
"""Phone bases of the SMS2 account."""
PROTECTED: Final = "Protected"
"""The one that clients may send to, and neither read nor change."""

CONNECTOR: Final = "simulator"
ROUTE: Final = "everything"

MFMS_LOGIN: Final = "CLIENT"
MFMS_PASSWORD: Final = "P@ssw0rd"
SMS2_LOGIN: Final = "your_login"
SMS2_PASSWORD: Final = "your_password"
SMSCLUB_LOGIN: Final = "user"
SMSCLUB_PASSWORD: Final = "pass"
SMSC_LOGIN: Final = "smsc"
SMSC_PASSWORD: Final = "smscpass"
PLAIN_LOGIN: Final = "plain"
PLAIN_PASSWORD: Final = "plainpw"
OSON_LOGIN: Final = "oson"
OSON_SALT: Final = "0123456789abcdef0123456789abcdef"
OSON_TOKEN: Final = "oson-demo-token"


class Lodger(msgspec.Struct, frozen=True):
    """An account with its only login, which is its name."""

    name: str
    protocol: str
    secret: str
    """The password, or the salt."""
    home_country: str
    currency: str
    token: str = ""
    balance: str = BALANCE
    senders: tuple[str, ...] = ()
    """Registered, and no others may be used; empty: any may."""
    enabled: bool = True
    networks: tuple[str, ...] = ()
    guarded: bool = False
    """Whether the same message again, and too many to one number, are refused."""


_RUSSIAN: Final = ("RU", "RUB")
_UKRAINIAN: Final = ("UA", "UAH")
_TAJIK: Final = ("TJ", "TJS")
_OSON_SENDERS: Final = ("OsonSMS",)

LODGERS: Final = (
    Lodger(MFMS_LOGIN, "mfms", MFMS_PASSWORD, *_RUSSIAN),
    Lodger(
        SMS2_LOGIN,
        "sms2",
        SMS2_PASSWORD,
        *_RUSSIAN,
        senders=("Test", "your_login", "your_sender", "Sms2Demo"),
        guarded=True,
    ),
    Lodger("poor", "sms2", "poor", *_RUSSIAN, balance="0.00", guarded=True),
    Lodger("off", "sms2", "off", *_RUSSIAN, enabled=False, guarded=True),
    Lodger(SMSCLUB_LOGIN, "smsclub", SMSCLUB_PASSWORD, *_UKRAINIAN),
    Lodger("username", "smsclub", "password", *_UKRAINIAN),
    Lodger("380675126767", "smsclub", "pass123", *_UKRAINIAN),
    Lodger("380501234567", "smsclub", "123456", *_UKRAINIAN),
    Lodger(SMSC_LOGIN, "smsc", SMSC_PASSWORD, *_RUSSIAN, guarded=True),
    Lodger(PLAIN_LOGIN, "smpp", PLAIN_PASSWORD, *_RUSSIAN),
    Lodger(OSON_LOGIN, "osonsms", OSON_SALT, *_TAJIK, token=OSON_TOKEN, senders=_OSON_SENDERS),
    Lodger("blocked", "osonsms", OSON_SALT, *_TAJIK, senders=_OSON_SENDERS, enabled=False),
    Lodger("elsewhere", "osonsms", OSON_SALT, *_TAJIK, senders=_OSON_SENDERS, networks=("192.0.2.0/24",)),
)

_DUPLICATE_S: Final = 60
_FLOOD_MOST: Final = 5
_FLOOD_GAP_S: Final = 10
"""Of those who are guarded."""


class MfmsProfile(msgspec.Struct, frozen=True):
    """How requests to one connector profile are written."""

    name: str
    password_field: str
    dashed_dates: bool = False


CONNECTOR_X: Final = MfmsProfile("connectorX", "password")
CONNECTOR_0: Final = MfmsProfile("connector0", "pass", dashed_dates=True)


def set_up(connection: Connection, vault: Vault, at: datetime) -> None:
    """Put all of it into a store; what is there already, changed or not, stays as it is."""
    accounts = {account.name: account.id for account in settings.list_accounts(connection)}
    logins = {(each.protocol, each.login, each.kind) for each in settings.list_credentials(connection)}
    for lodger in LODGERS:
        account = accounts.get(lodger.name)
        if account is None:
            account = accounts[lodger.name] = _add_account(connection, lodger, at)
        for kind, secret in _secrets(lodger):
            if (lodger.protocol, lodger.name, kind) not in logins:
                for credential in _credentials(account, lodger, kind, secret, vault):
                    settings.put_credential(connection, credential)
    _add_profiles(connection, accounts[MFMS_LOGIN])
    _add_bases(connection, accounts[SMS2_LOGIN], at)
    _add_prices(connection)
    stops.add(connection, stops.EVERYONE, STOPPED)
    stops.put_words(connection, stops.EVERYONE, "word", [STOP_WORD])
    _add_network(connection)


def _add_account(connection: Connection, lodger: Lodger, at: datetime) -> AccountId:
    account = settings.add_account(
        connection,
        Account(
            id=AccountId(0),
            name=lodger.name,
            group=GROUP,
            currency=lodger.currency,
            overdraft=Millionths(0),
            home_country=lodger.home_country,
            zone=ZoneInfo("UTC"),
            enabled=lodger.enabled,
            any_sender=not lodger.senders,
            duplicate_s=_DUPLICATE_S if lodger.guarded else 0,
            flood_most=_FLOOD_MOST if lodger.guarded else 0,
            flood_gap_s=_FLOOD_GAP_S if lodger.guarded else 0,
            networks=lodger.networks,
        ),
        at,
    )
    for name in lodger.senders:
        settings.put_sender(connection, account, name, SenderState.APPROVED)
    balance = parse_amount(lodger.balance)
    if balance:
        money.top_up(connection, account, balance, "to begin with", at)
    return account


def _secrets(lodger: Lodger) -> list[tuple[ProofKind, str]]:
    if lodger.protocol != "osonsms":
        return [(ProofKind.PASSWORD, lodger.secret)]
    tokens = [(ProofKind.TOKEN, lodger.token)] if lodger.token else []
    return [(ProofKind.SIGNATURE, lodger.secret), *tokens]


def _credentials(
    account: AccountId, lodger: Lodger, kind: ProofKind, secret: str, vault: Vault
) -> tuple[Credential, ...]:
    """What is kept of a secret; hashes take tens of milliseconds each."""
    if kind not in SEALED:
        return password_credentials(account, lodger.protocol, lodger.name, secret)
    sealed = vault.seal(secret, seal_context(lodger.protocol, lodger.name, kind))
    return (Credential(account, lodger.protocol, lodger.name, sealed, kind),)


def _add_profiles(connection: Connection, account: AccountId) -> None:
    known = {(each.client, each.name) for each in settings.list_profiles(connection)}
    for each in (CONNECTOR_X, CONNECTOR_0):
        if (MFMS_LOGIN, each.name) not in known:
            settings.add_profile(
                connection,
                Profile(account, MFMS_LOGIN, each.name, "login", each.password_field, each.dashed_dates),
            )


def _add_bases(connection: Connection, account: AccountId, at: datetime) -> None:
    """Those that are not there yet, with their numbers."""
    [known] = bases.listed(connection, [account])
    for name, phones in BASES.items():
        if name not in {base.name for base in known}:
            base = bases.create(connection, account, name, at, protected=name == PROTECTED)
            bases.add(connection, [(base, phones)])


def _add_prices(connection: Connection) -> None:
    known = {(each.group, each.channel, each.prefix) for each in settings.list_tariffs(connection)}
    for channel, price in PRICES.items():
        closed = () if channel is Channel.MAIL else CLOSED  # addresses have no prefixes
        for tariff in (
            Tariff(GROUP, channel, "", parse_amount(price)),
            *(Tariff(GROUP, channel, prefix, Millionths(0), closed=True) for prefix in closed),
        ):
            if (GROUP, channel, tariff.prefix) not in known:
                settings.put_tariff(connection, tariff)


def _add_network(connection: Connection) -> None:
    """The simulated one, and a route to it for every number."""
    if CONNECTOR not in {each.name for each in settings.list_connectors(connection)}:
        settings.add_connector(connection, ConnectorSetup(CONNECTOR, "simulator"))
    routes = settings.list_routes(connection)
    if not any(
        route.name == ROUTE or (route.enabled and not route.prefix and route.only == ANYTHING)
        for route in routes
    ):
        settings.add_route(connection, Route(RouteId(0), ROUTE, "", (CONNECTOR,)))
