"""Which way a message goes."""

import pytest

from gonets.rules.routing import route_of
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
