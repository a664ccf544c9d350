"""What a part costs, and which connector of a route is the cheapest for it."""

import msgspec
import pytest

from gonets.model.costs import Cost
from gonets.model.message import Channel, RouteId
from gonets.model.money import Millionths
from gonets.model.routing import ConnectorSetup, Route, Strategy
from gonets.model.tables import EMPTY, Tables
from gonets.rules.costs import cheapest_first, cost_of
from gonets.rules.routing import may_take

ROUTE = Route(RouteId(1), "all", "", ("alpha", "beta", "gamma"), strategy=Strategy.COST)


def tables(*costs: Cost, gamma: str = "simulator") -> Tables:
    found: dict[str, dict[str, dict[str, Cost]]] = {}
    for each in costs:
        found.setdefault(each.connector, {}).setdefault(each.channel, {})[each.prefix] = each
    kinds = {"alpha": "simulator", "beta": "simulator", "gamma": gamma}
    setups = {name: ConnectorSetup(name, kind) for name, kind in kinds.items()}
    return msgspec.structs.replace(EMPTY, costs=found, connectors=setups)


def sms(connector: str, prefix: str, cost: int, currency: str = "RUB") -> Cost:
    return Cost(connector, Channel.SMS, prefix, Millionths(cost), currency)


def test_the_longest_prefix_of_the_channel_makes_the_cost() -> None:
    known = tables(
        sms("alpha", "", 1), sms("alpha", "7903", 3), Cost("alpha", Channel.MMS, "7", Millionths(9))
    ).costs["alpha"]
    assert [
        cost.cost if cost else None
        for cost in (
            cost_of(known, Channel.SMS, "79031234567"),
            cost_of(known, Channel.SMS, "380441234567"),
            cost_of(known, Channel.MMS, "380441234567"),
            cost_of(known, Channel.MAIL, "7903@example.com"),
        )
    ] == [3, 1, None, None]


@pytest.mark.parametrize(
    ("costs", "order"),
    [
        ((), ("alpha", "beta", "gamma")),
        ((sms("alpha", "", 3), sms("beta", "", 2), sms("gamma", "", 1)), ("gamma", "beta", "alpha")),
        ((sms("alpha", "", 3), sms("beta", "7", 4), sms("beta", "79", 2)), ("beta", "alpha", "gamma")),
        ((sms("beta", "", 2), sms("gamma", "", 2)), ("beta", "gamma", "alpha")),
        ((sms("gamma", "", 0),), ("gamma", "alpha", "beta")),
        ((sms("alpha", "", 9), sms("beta", "", 1, "USD"), sms("gamma", "", 8)), ("gamma", "alpha", "beta")),
        ((sms("beta", "380", 1),), ("alpha", "beta", "gamma")),
    ],
)
def test_the_cheapest_stands_first_and_the_unknown_last(
    costs: tuple[Cost, ...], order: tuple[str, ...]
) -> None:
    assert cheapest_first(ROUTE, Channel.SMS, "79031234567", tables(*costs)) == order


def test_who_does_not_carry_the_channel_is_no_choice_however_cheap() -> None:
    known = tables(Cost("gamma", Channel.VIBER, "", Millionths(0)), gamma="smpp")
    assert cheapest_first(ROUTE, Channel.VIBER, "79031234567", known) == ("alpha", "beta")


def test_every_connector_of_a_route_by_cost_may_look_for_its_parts() -> None:
    assert all(may_take(ROUTE, name, lambda each: True) for name in ROUTE.connectors)
