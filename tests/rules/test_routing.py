"""Which way a message goes."""

import pytest

from gonets.model.message import Channel
from gonets.model.routing import ConnectorSetup
from gonets.rules.routing import carried_by, route_of
from tests.rules.places import TABLES


@pytest.mark.parametrize(
    ("recipient", "name"),
    [
        ("79031111111", "to 7903"),
        ("79041111111", "to 7"),
        ("380675126767", None),
    ],
)
def test_the_longest_prefix_makes_the_way(recipient: str, name: str | None) -> None:
    route = route_of(recipient, TABLES)
    assert (route and route.name) == name


def test_a_route_that_names_no_connector_serves_nobody() -> None:
    assert "44" in TABLES.routes
    assert route_of("447700900123", TABLES) is None


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
