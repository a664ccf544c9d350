"""A small platform for the rules to decide about."""

from zoneinfo import ZoneInfo

import msgspec

from gonets.model.account import Account, SenderState, Tariff
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import Millionths
from gonets.model.routing import Route
from gonets.model.tables import EMPTY, Tables
from gonets.rules.routing import in_order

BANK = Account(
    id=AccountId(1),
    name="Bank",
    group="retail",
    currency="RUB",
    overdraft=Millionths(0),
    home_country="RU",
    zone=ZoneInfo("UTC"),
)
"""May use only what is registered for it."""
ANYONE = msgspec.structs.replace(BANK, id=AccountId(2), name="Anyone", any_sender=True)
DEFAULTING = msgspec.structs.replace(BANK, id=AccountId(3), name="Defaulting", default_sender="Моя фирма")


def tariff(prefix: str, price: int, *, group: str = "retail", closed: bool = False) -> Tariff:
    return Tariff(group=group, channel=Channel.SMS, prefix=prefix, price=Millionths(price), closed=closed)


def route(prefix: str, *connectors: str) -> Route:
    return Route(id=RouteId(len(prefix) + 1), name=f"to {prefix}", prefix=prefix, connectors=connectors)


def served(tables: Tables, *routes: Route) -> Tables:
    """The same platform with these routes alone, by its connectors."""
    return msgspec.structs.replace(tables, routes=in_order(routes, tables.connectors))


TABLES: Tables = msgspec.structs.replace(
    EMPTY,
    senders={
        (BANK.id, "bank"): SenderState.APPROVED,
        (BANK.id, "ооо «ромашка»"): SenderState.APPROVED,
        (BANK.id, "new"): SenderState.REQUESTED,
        (BANK.id, "casino"): SenderState.REFUSED,
        (ANYONE.id, "new"): SenderState.REQUESTED,
        (ANYONE.id, "casino"): SenderState.REFUSED,
    },
    tariffs={
        ("retail", "sms"): {
            each.prefix: each
            for each in (
                tariff("7", 2_000_000),
                tariff("7954", 2_000_000, closed=True),
                tariff("79549999", 3_000_000),
                tariff("380", 4_000_000),
                tariff("44", 9_000_000),
            )
        },
        ("wholesale", "sms"): {"": tariff("", 1_000_000, group="wholesale")},
    },
    routes=in_order((route("7", "east"), route("7903", "north", "east"), route("44")), {}),
)
