"""A route that is shared by weights: each connector takes its part of the whole."""

from gonets.flow.shares import BURST, Shares
from gonets.model.message import RouteId
from gonets.model.routing import Route, Strategy

ROUTE = Route(RouteId(1), "shared", "7", ("alpha", "beta"), strategy=Strategy.WEIGHT, weights=(3, 1))


def rounds(shares: Shares, count: int, *names: str) -> dict[str, int]:
    """Let each of these take all that it may, again and again."""
    taken = dict.fromkeys(names, 0)
    for _ in range(count):
        for name in names:
            shares.weigh(ROUTE, names)
            room = shares.room(ROUTE.id, name)
            shares.took(ROUTE.id, name, room)
            taken[name] += room
    return taken


def test_connectors_share_by_their_weights() -> None:
    taken = rounds(Shares(), 200, "alpha", "beta")
    assert abs(taken["alpha"] - 3 * taken["beta"]) <= 4 * BURST
    assert taken["beta"] > 1000


def test_who_is_ahead_of_its_share_waits_for_the_others() -> None:
    shares = Shares()
    shares.weigh(ROUTE, ("alpha", "beta"))
    assert shares.room(ROUTE.id, "alpha") == BURST
    shares.took(ROUTE.id, "alpha", int(BURST))
    assert shares.room(ROUTE.id, "alpha") == 0
    assert shares.room(ROUTE.id, "beta") == BURST


def test_who_comes_back_after_long_has_nothing_to_catch_up() -> None:
    shares = Shares()
    rounds(shares, 5, "alpha", "beta")
    shares.took(ROUTE.id, "alpha", 100_000)  # alone
    taken = rounds(shares, 100, "beta", "alpha")
    assert abs(taken["alpha"] - 3 * taken["beta"]) <= 12 * BURST
