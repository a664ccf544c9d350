"""What is changed with the command line while a gateway runs, it follows by itself: no restart, no signal."""

from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from gonets.cli import app
from gonets.model.message import State
from gonets.stores.schema import connectors, messages, parts
from gonets.stores.settings import touch
from tests.processes import PASSWORD, GatewayProcess, Starting, curl, prepare, running, until

_SOON_S: Final = 5.0
"""It takes a second; the machine may be busy."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """One for all these tests; each puts back what it has changed."""
    with running(prepare(tmp_path_factory.mktemp("gateway")), starting) as gateway:
        yield gateway


@pytest.fixture
def change(gateway: GatewayProcess) -> Callable[..., None]:
    """Runs a command that changes something: the same as typed, but without a start of Python for each."""

    def run(*words: str) -> None:
        done = CliRunner().invoke(app, [*words, "--config", str(gateway.place.config)])
        assert done.exit_code == 0, done.output

    return run


def sent(gateway: GatewayProcess, recipient: str = "79161230000", password: str = PASSWORD) -> str:
    """The answer to a message to that number."""
    query = f"login=CLIENT&password={quote(password)}&subject=Gonets&address={recipient}&text=Hello"
    return curl(gateway.url(f"/CLIENT/connectorX/send?{query}")).decode()


def number(answer: str) -> int:
    """The id in an answer `ok`."""
    assert answer.startswith("ok;0;"), answer
    return int(answer.rpartition(";")[2])


def part(gateway: GatewayProcess, message: int) -> tuple[State, str | None, int]:
    """Where a message of one part stands, the connector it went to, and its price."""
    query = (
        select(parts.c.state, parts.c.connector, messages.c.price)
        .join(messages, messages.c.id == parts.c.message_id)
        .where(parts.c.id == message)
    )
    with gateway.place.reading() as connection:
        state, connector, price = connection.execute(query).one()
    return State(state), connector, price


def test_an_account_that_is_switched_off_is_kept_out_until_it_is_switched_on(
    gateway: GatewayProcess, change: Callable[..., None]
) -> None:
    change("account", "disable", "demo")
    until(lambda: sent(gateway) == "error-auth;0;", _SOON_S, "it is still let in")
    change("account", "enable", "demo")
    until(lambda: sent(gateway).startswith("ok;0;"), _SOON_S, "it is not let in again")


def test_a_new_password_lets_in_and_the_old_one_no_more(
    gateway: GatewayProcess, change: Callable[..., None]
) -> None:
    assert sent(gateway).startswith("ok;0;")
    change("account", "password", "demo", "--login", "CLIENT", "--password", "another")
    until(lambda: sent(gateway) == "error-auth;0;", _SOON_S, "the old password still lets in")
    assert sent(gateway, password="another").startswith("ok;0;")
    change("account", "password", "demo", "--login", "CLIENT", "--password", PASSWORD)
    until(lambda: sent(gateway).startswith("ok;0;"), _SOON_S)


def test_a_new_price_holds_for_the_next_messages_and_a_closed_direction_is_closed(
    gateway: GatewayProcess, change: Callable[..., None]
) -> None:
    before = number(sent(gateway))
    change("tariff", "set", "standard", "2.50")
    until(lambda: part(gateway, number(sent(gateway)))[2] == 2_500_000, _SOON_S, "the old price is charged")
    assert part(gateway, before)[2] == 1_000_000
    change("tariff", "set", "standard", "0", "--prefix", "7999", "--closed")
    closed = "error-address-unknown;0;"
    until(lambda: sent(gateway, "79990000000") == closed, _SOON_S, "the direction is still open")
    assert sent(gateway).startswith("ok;0;")


def test_a_link_that_is_switched_off_takes_nothing_and_what_waited_goes_when_it_is_on_again(
    gateway: GatewayProcess, change: Callable[..., None]
) -> None:
    change("connector", "disable", "phones")
    until(lambda: "link phones" not in gateway.ready()[1], _SOON_S, "the link is still open")
    waiting = number(sent(gateway))
    assert part(gateway, waiting)[0] is State.QUEUED
    change("connector", "enable", "phones")
    until(lambda: part(gateway, waiting)[0] is State.DELIVERED, _SOON_S, "it still waits")
    assert [line.message for line in gateway.place.phones() if line.message == waiting] == [waiting]


def test_a_new_route_carries_its_prefix_over_a_new_link(
    gateway: GatewayProcess, change: Callable[..., None]
) -> None:
    change("connector", "add", "second", "--set", "receipt_delay=0")
    change("route", "add", "ukraine", "--prefix", "380", "--connector", "second")

    def goes_over_it() -> bool:
        message = number(sent(gateway, "380675126767"))
        until(lambda: part(gateway, message)[0] is State.DELIVERED, 10.0, "it is not delivered")
        return part(gateway, message)[1] == "second"

    until(goes_over_it, _SOON_S, "it still goes the old way")
    other = number(sent(gateway))
    until(lambda: part(gateway, other)[0] is State.DELIVERED, 10.0)
    assert part(gateway, other)[1] == "phones"


def test_a_link_that_cannot_be_opened_holds_up_no_other_change(
    gateway: GatewayProcess, change: Callable[..., None]
) -> None:
    (gateway.place.data / "phones" / "broken.jsonl").mkdir()  # where its journal should be
    change("connector", "add", "broken")
    until(lambda: gateway.lines("link_refused"), _SOON_S, "nothing is said of it")
    told = ("host=127.0.0.1", "sender=a@example.com", "ca_file=\0")  # no file can be called so
    change("connector", "add", "odd", "--kind", "smtp", *(word for each in told for word in ("--set", each)))
    until(lambda: "odd" in str(gateway.lines("link_refused")), _SOON_S, "nothing is said of the other")
    change("connector", "add", "third")
    until(lambda: gateway.ready()[1].get("link third"), _SOON_S, "the next link is not opened")


def test_a_link_that_could_not_be_opened_is_not_ready_and_opens_by_itself_once_it_can(
    gateway: GatewayProcess, change: Callable[..., None]
) -> None:
    journal = gateway.place.data / "phones" / "stuck.jsonl"
    journal.mkdir()
    change("connector", "add", "stuck")
    until(lambda: gateway.ready()[1].get("link stuck") is False, _SOON_S, "nothing is said of it")
    journal.rmdir()
    until(lambda: gateway.ready()[1]["link stuck"], 30.0, "it is not opened")


def test_a_link_whose_settings_change_is_opened_anew(gateway: GatewayProcess) -> None:
    before = len(gateway.lines("link_opened"))
    with gateway.place.changing() as connection:
        connection.execute(update(connectors).values(settings='{"receipt_delay": 0.2}'))
        touch(connection)
    until(lambda: len(gateway.lines("link_opened")) > before, _SOON_S, "the link to be opened anew")
    message = number(sent(gateway))
    until(lambda: part(gateway, message)[0] is State.DELIVERED, _SOON_S, "the message to arrive")
