"""Two gateways, one the upstream of the other over HTTP."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import select

from gonets.model.message import State
from gonets.stores.schema import parts
from tests.processes import GatewayProcess, Place, curl, gonets, until

QUICK: Final = {"first_poll": "0.2", "longest_poll": "1"}
"""Settings of a link that makes nobody wait for states."""

LONG: Final = "Это длинное сообщение, которое не помещается в одну часть. " * 4
"""Four parts."""


def link(near: Place, kind: str, prefix: str, settings: Mapping[str, str]) -> None:
    """Let a prefix go out of that place through a connector of a kind, called `far`."""
    words = [word for pair in {**QUICK, **settings}.items() for word in ("--set", "=".join(pair))]
    for command in (
        ["connector", "add", "far", "--kind", kind, *words],
        ["route", "add", "through", "--prefix", prefix, "--connector", "far"],
    ):
        done = gonets(*command, "--config", str(near.config))
        assert done.returncode == 0, done.stderr


def send(gateway: GatewayProcess, messages: Sequence[tuple[str, str]]) -> list[int]:
    """The ids of messages (recipient, text) that are sent to it over MFMS."""
    fields = ["login=CLIENT", "password=P@ssw0rd"]
    for key, (recipient, text) in enumerate(messages):
        fields += [f"subject[{key}]=Gonets", f"address[{key}]={recipient}", f"text[{key}]={text}"]
    words = [word for field in fields for word in ("--data-urlencode", field)]
    rows = curl(*words, gateway.url("/CLIENT/connectorX/send")).decode().split("\n")
    assert all(row.startswith("ok;") for row in rows), rows
    return [int(row.split(";")[2]) for row in rows]


def states(place: Place) -> list[State]:
    """Of all parts of a place, by id."""
    with place.reading() as connection:
        return [State(row[0]) for row in connection.execute(select(parts.c.state).order_by(parts.c.id))]


def all_become(place: Place, state: State, seconds: float = 60.0) -> None:
    """Wait until every part of a place is in that state."""
    until(lambda: set(states(place)) == {state}, seconds, f"not everything becomes {state.name}")


def status(gateway: GatewayProcess, message: int) -> str:
    """What a client of it is told of a message."""
    row = curl(
        gateway.url(f"/CLIENT/connectorX/status?login=CLIENT&password=P@ssw0rd&providerId[0]={message}")
    )
    return row.decode().split(";")[2]
