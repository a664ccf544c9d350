"""What the demo is made of, as data: its account, prices and routes, and the messages it shows.

The account is the one of the examples in MFMS' own document, so that they work as they are printed there.
"""

from datetime import datetime
from enum import Enum, auto
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from gonets.model.account import Account, Credential, Profile, Tariff
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import Millionths, parse_amount
from gonets.model.routing import ConnectorSetup, Route
from gonets.rules.proofs import hash_secret
from gonets.stores import money, settings

ACCOUNT: Final = "CLIENT"
LOGIN: Final = "CLIENT"
PASSWORD: Final = "P@ssw0rd"
PROTOCOL: Final = "mfms"
BALANCE: Final = "10000.00"

GROUP: Final = "demo"
PRICE: Final = "0.05"
CLOSED: Final = ("7954", "38039", "99254")
"""Prefixes that no message may go to."""

CONNECTOR: Final = "simulator"
ROUTE: Final = "everything"


class Dialect(msgspec.Struct, frozen=True):
    """How requests to one connector profile are written."""

    profile: str
    login_field: str
    password_field: str
    dashed_dates: bool = False


CONNECTOR_X: Final = Dialect("connectorX", "login", "password")
CONNECTOR_0: Final = Dialect("connector0", "login", "pass", dashed_dates=True)


class How(Enum):
    """How a request is made."""

    GET = auto()
    TLS = auto()
    """GET over HTTPS."""
    POST = auto()
    """The parameters as a form in the body."""


class Show(msgspec.Struct, frozen=True):
    """One message of the demo."""

    what: str
    recipient: str
    expected: str
    """The last status in MFMS' words, and the reason after a blank; or the code of the refusal."""
    text: str = "Hello from Gonets"
    how: How = How.GET
    dialect: Dialect = CONNECTOR_X
    start_in: int | None = None
    """Seconds ahead, as startTime; None: none given."""
    password: str = PASSWORD


LONG_TEXT: Final = (
    "Гонец доскакал: это длинное письмо кириллицей. Оно не помещается в одну часть и едет в трёх, "
    "каждая со своим номером и своей ценой, а на телефоне снова становится одним целым. Приятного чтения!"
)
"""More than 134 characters, so three parts of at most 67."""

SHOWS: Final = (
    Show("MFMS by GET", "79031230001", "delivered"),
    Show("MFMS over TLS", "79031230002", "delivered", how=How.TLS),
    Show("MFMS by POST", "79031230003", "delivered", how=How.POST),
    Show("MFMS by connector0", "79031230004", "delivered", dialect=CONNECTOR_0),
    Show("three parts of Cyrillic", "79031230005", "delivered", LONG_TEXT, How.POST),
    Show("for two seconds later", "79031230006", "delivered", start_in=2),
    Show("wrong password", "79031230007", "error-auth", password="wrong"),
    Show("to a closed direction", CLOSED[0] + "1230008", "error-address-unknown"),
    Show("delivered at once", "79031239900", "delivered"),
    Show("unknown number", "79031239901", "undelivered unknown-subscriber"),
    Show("the phone is away", "79031239902", "undelivered absent-subscriber"),
    Show("it expires on the way", "79031239903", "undelivered none"),
    Show("the network rejects it", "79031239904", "failed no-service"),
    Show("throttled three times", "79031239905", "delivered"),
    Show("the answer is lost", "79031239906", "sent"),
    Show("the receipt overtakes the answer", "79031239907", "delivered"),
    Show("the receipt comes twice", "79031239908", "delivered"),
    Show("the receipt never comes", "79031239909", "sent"),
    Show("accepted, then delivered", "79031239910", "delivered"),
    Show("the number is barred", "79031239911", "undelivered subscriber-barred"),
    Show("after five seconds", "79031239912", "delivered"),
    Show("refused at every try", "79031239913", "failed operator-queue-full"),
    Show("away at first, then delivered", "79031239914", "delivered"),
)
"""In the order in which they are sent. The endings 9900 to 9914 are those of the simulated network."""


def set_up(connection: Connection, at: datetime) -> None:
    """Put the demo's settings into a store; what is there already, changed or not, stays as it is."""
    accounts = {account.name: account.id for account in settings.list_accounts(connection)}
    account = accounts.get(ACCOUNT) or _add_account(connection, at)
    logins = {(each.protocol, each.login) for each in settings.list_credentials(connection)}
    if (PROTOCOL, LOGIN) not in logins:
        settings.add_credential(connection, Credential(account, PROTOCOL, LOGIN, hash_secret(PASSWORD)))
    profiles = {(each.client, each.name) for each in settings.list_profiles(connection)}
    for dialect in (CONNECTOR_X, CONNECTOR_0):
        if (ACCOUNT, dialect.profile) not in profiles:
            settings.add_profile(
                connection,
                Profile(
                    account,
                    ACCOUNT,
                    dialect.profile,
                    dialect.login_field,
                    dialect.password_field,
                    dialect.dashed_dates,
                ),
            )
    priced = {(each.group, each.prefix) for each in settings.list_tariffs(connection)}
    for tariff in (
        Tariff(GROUP, Channel.SMS, "", parse_amount(PRICE)),
        *(Tariff(GROUP, Channel.SMS, prefix, Millionths(0), closed=True) for prefix in CLOSED),
    ):
        if (GROUP, tariff.prefix) not in priced:
            settings.put_tariff(connection, tariff)
    if CONNECTOR not in {each.name for each in settings.list_connectors(connection)}:
        settings.add_connector(connection, ConnectorSetup(CONNECTOR, "simulator"))
    routes = settings.list_routes(connection)
    if not any(route.name == ROUTE or (route.enabled and not route.prefix) for route in routes):
        settings.add_route(connection, Route(RouteId(0), ROUTE, "", (CONNECTOR,)))


def _add_account(connection: Connection, at: datetime) -> AccountId:
    account = settings.add_account(
        connection,
        Account(
            id=AccountId(0),
            name=ACCOUNT,
            group=GROUP,
            currency="RUB",
            overdraft=Millionths(0),
            home_country="RU",
            zone=ZoneInfo("UTC"),
            any_sender=True,
        ),
        at,
    )
    money.top_up(connection, account, parse_amount(BALANCE), "to begin with", at)
    return account
