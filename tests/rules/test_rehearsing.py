"""How what was sent would go by other routes, connectors and costs."""

import msgspec
import pytest

from gonets.model.costs import Cost
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import Millionths
from gonets.model.routing import ConnectorSetup, Route, Strategy
from gonets.model.tables import EMPTY, Tables
from gonets.rules.costs import by_connector
from gonets.rules.rehearsing import Bill, Rehearsal, Way, Went
from gonets.rules.routing import in_order

COSTS = [
    Cost("alpha", Channel.SMS, "7", Millionths(3)),
    Cost("beta", Channel.SMS, "", Millionths(2)),
    Cost("beta", Channel.SMS, "380", Millionths(9), "UAH"),
]


def tables(
    strategy: Strategy, weights: tuple[int, ...] = (), off: str = "", kind: str = "simulator"
) -> Tables:
    route = Route(RouteId(1), "new", "7", ("alpha", "beta"), strategy=strategy, weights=weights)
    west = msgspec.structs.replace(route, name="west", prefix="380", connectors=("beta",))
    connectors = {name: ConnectorSetup(name, kind, enabled=name != off) for name in ("alpha", "beta")}
    return msgspec.structs.replace(
        EMPTY,
        routes=in_order((route, west), connectors),
        connectors=connectors,
        costs=by_connector(COSTS),
    )


def went(recipient: str, parts: int = 1, channel: Channel = Channel.SMS) -> Went:
    cost = Millionths(5 * parts)
    return Went(AccountId(1), "Shop", channel, recipient, "old", "alpha", parts, cost, "RUB")


def ways(known: Tables, *sent: Went) -> dict[Way, int]:
    rehearsal = Rehearsal(known)
    for each in sent:
        rehearsal.add(each)
    return {then: outcome.parts for (_, then), outcome in rehearsal.outcomes.items()}


@pytest.mark.parametrize(
    ("known", "first"),
    [
        (tables(Strategy.PRIORITY), "alpha"),
        (tables(Strategy.PRIORITY, off="alpha"), "beta"),
        (tables(Strategy.COST), "beta"),
        (tables(Strategy.COST, off="beta"), "alpha"),
    ],
)
def test_a_part_would_go_to_whom_its_route_asks_first(known: Tables, first: str) -> None:
    assert ways(known, went("79031234567", 2)) == {Way("new", first): 2}


def test_a_route_by_weights_would_share_the_parts_so() -> None:
    known = tables(Strategy.WEIGHT, weights=(3, 1))
    assert ways(known, *([went("79031234567")] * 400)) == {Way("new", "alpha"): 300, Way("new", "beta"): 100}


def test_what_nobody_would_carry_is_told_so() -> None:
    known = tables(Strategy.PRIORITY, kind="smpp")
    assert ways(known, went("447700900123"), went("79031234567", channel=Channel.VIBER)) == {
        Way(): 2,
    }


def test_costs_as_they_were_and_would_be_stand_currency_by_currency() -> None:
    rehearsal = Rehearsal(tables(Strategy.COST))
    for each in (went("79031234567", 2), went("380441234567"), went("79031234567", 3, Channel.MMS)):
        rehearsal.add(each)
    old = Way("old", "alpha")
    assert rehearsal.outcomes[old, Way("new", "beta")].planned == Bill({"RUB": Millionths(4)})
    assert rehearsal.outcomes[old, Way("new", "beta")].written == Bill({"RUB": Millionths(10)})
    assert rehearsal.outcomes[old, Way("west", "beta")].planned == Bill({"UAH": Millionths(9)})
    assert rehearsal.outcomes[old, Way("new", "alpha")].planned == Bill(unknown=3)
