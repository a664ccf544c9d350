"""Which way a message goes."""

from typing import Any

import msgspec
import pytest

from gonets.model.message import Channel, RouteId
from gonets.model.routing import ConnectorSetup, Route, Strategy, Traits
from gonets.rules.routing import candidate_of, carried_by, may_take, weights_of
from tests.clocks import START
from tests.rules.places import TABLES, served


def traits(recipient: str, **more: Any) -> Traits:
    """Of an SMS of nobody in particular."""
    return msgspec.structs.replace(Traits("", "", "", recipient, Channel.SMS, "", START), **more)


@pytest.mark.parametrize(
    ("recipient", "name"),
    [
        ("79031111111", "to 7903"),
        ("79041111111", "to 7"),
        ("380675126767", None),
    ],
)
def test_the_longest_prefix_makes_the_way(recipient: str, name: str | None) -> None:
    candidate = candidate_of(traits(recipient), TABLES)
    assert (candidate and candidate.route.name) == name


def test_a_route_that_names_no_connector_serves_nobody() -> None:
    assert "44" in TABLES.routes
    assert candidate_of(traits("447700900123"), TABLES) is None


@pytest.mark.parametrize(
    ("kind", "settings", "carried"),
    [
        ("simulator", {}, frozenset(Channel)),
        ("smpp", {}, frozenset({Channel.SMS})),
        ("smpp", {"commands": "none"}, frozenset({Channel.SMS})),
        ("smpp", {"commands": "smsc"}, frozenset(Channel)),
        ("smtp", {}, frozenset({Channel.MAIL})),
        ("unheard of", {}, frozenset({Channel.SMS})),
    ],
)
def test_what_a_link_carries_depends_on_its_kind_and_the_commands_it_knows(
    kind: str, settings: dict[str, str], carried: frozenset[Channel]
) -> None:
    assert carried_by(ConnectorSetup("alpha", kind, dict(settings))) == carried


@pytest.mark.parametrize(
    ("kind", "settings", "bare", "pictured"),
    [
        ("simulator", {}, True, True),
        ("sms2", {}, True, True),
        ("smpp", {"commands": "smsc"}, True, False),
        ("smpp", {}, False, False),
        ("smsclub", {}, False, False),
    ],
)
def test_an_mms_with_a_picture_only_goes_where_pictures_are_carried(
    kind: str, settings: dict[str, str], bare: bool, pictured: bool
) -> None:
    route = Route(RouteId(1), "all", "", ("alpha",))
    tables = msgspec.structs.replace(
        TABLES, connectors={"alpha": ConnectorSetup("alpha", kind, dict(settings))}
    )
    tables = served(tables, route)
    for picture, carried in ((False, bare), (True, pictured)):
        found = candidate_of(traits("79031111111", channel=Channel.MMS, pictured=picture), tables)
        assert (found is not None) is carried


THREE = Route(RouteId(1), "three", "7", ("first", "second", "third"))


@pytest.mark.parametrize(
    ("taking", "may"),
    [
        ({"first", "second", "third"}, {"first"}),
        ({"second", "third"}, {"first", "second"}),
        ({"first"}, {"first"}),
        ({"third"}, {"first", "second", "third"}),
        (set(), {"first", "second", "third"}),
    ],
)
def test_a_connector_takes_only_while_none_before_it_does(taking: set[str], may: set[str]) -> None:
    assert {name for name in THREE.connectors if may_take(THREE, name, taking.__contains__)} == may


def test_by_weight_every_connector_may_take() -> None:
    shared = Route(RouteId(1), "shared", "7", ("first", "second"), strategy=Strategy.WEIGHT)
    assert all(may_take(shared, name, lambda _: True) for name in shared.connectors)


def test_connectors_without_weights_weigh_the_same() -> None:
    assert weights_of(THREE) == {"first": 1, "second": 1, "third": 1}
