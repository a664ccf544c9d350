"""A route by cost, in a whole gateway: each link gets what is cheapest by it, and the other's when that one is gone."""

from pathlib import Path
from typing import Final

from sqlalchemy import select
from typer.testing import CliRunner

from gonets.cli import app
from gonets.model.message import State
from gonets.stores.schema import parts
from tests.processes import LOGIN, PASSWORD, GatewayProcess, Place, curl, prepare, started, until

MOBILE: Final = "79161230000"
"""Cheaper by `east`."""
OTHER: Final = "380441230000"
"""Cheaper by `west`."""
_SOON_S: Final = 20.0


def change(place: Place, *words: str) -> None:
    """A command as a person types it."""
    done = CliRunner().invoke(app, [*words, "--config", str(place.config)])
    assert done.exit_code == 0, done.output


def furnish(place: Place) -> None:
    """Two simulated links in one route, each cheaper for one of two prefixes."""
    for name, mobile, other in (("east", "0.03", "0.09"), ("west", "0.04", "0.05")):
        change(place, "connector", "add", name, "--set", "receipt_delay=0.01")
        change(place, "connector", "cost", "set", name, mobile, "--prefix", "7")
        change(place, "connector", "cost", "set", name, other)
    links = ("--connector", "east", "--connector", "west")
    change(place, "route", "change", "all", *links, "--strategy", "cost")


def sent(gateway: GatewayProcess, recipient: str) -> int:
    query = f"login={LOGIN}&password={PASSWORD}&subject=Gonets&address={recipient}&text=Hello"
    answer = curl(gateway.url(f"/CLIENT/connectorX/send?{query}")).decode()
    assert answer.startswith("ok;0;"), answer
    return int(answer.rpartition(";")[2])


def way(gateway: GatewayProcess, part: int) -> tuple[str, int]:
    """Through which connector it left, and what it cost, once its link has answered or is gone."""

    def left() -> tuple[str, int] | None:
        query = select(parts.c.state, parts.c.connector, parts.c.cost).where(parts.c.id == part)
        with gateway.place.reading() as connection:
            state, connector, cost = connection.execute(query).one()
        return (connector, cost) if state > State.CLAIMED else None

    return until(left, _SOON_S, "it has not left")  # type: ignore[return-value] # it is not None then


def test_each_part_goes_by_the_cheapest_link_that_is_there(tmp_path: Path) -> None:
    place = prepare(tmp_path)
    furnish(place)
    with started(place) as gateway:
        gateway.listening()
        until(gateway.is_ready, _SOON_S, "the links are not up")
        ways = [(each, way(gateway, sent(gateway, each))) for each in (MOBILE, OTHER) * 5]
        assert {each for each in ways if each[0] == MOBILE} == {(MOBILE, ("east", 30_000))}
        assert {each for each in ways if each[0] == OTHER} == {(OTHER, ("west", 50_000))}
        change(place, "connector", "disable", "east")
        until(lambda: way(gateway, sent(gateway, MOBILE)) == ("west", 40_000), _SOON_S)
        change(place, "connector", "enable", "east")
        until(lambda: way(gateway, sent(gateway, MOBILE)) == ("east", 30_000), _SOON_S)
        assert gateway.stop() == 0
