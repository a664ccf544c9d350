"""Every reason for a refusal, provoked over MFMS against a whole gateway: HTTP status and each octet of the answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import text

from gonets.model.account import Account, Credential, Profile, Tariff
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import ONE, Millionths
from gonets.model.reasons import Reason
from gonets.model.routing import ConnectorSetup, Route
from gonets.rules.proofs import hash_secret
from gonets.stores import settings, stops
from gonets.stores.money import top_up
from tests.processes import GatewayProcess, Place, prepare, running

EVERYONE: Final = AccountId(0)
PASSWORD: Final = "P@ssw0rd"
USUAL: Final = {"subject": "Sender", "address": "79031234567", "text": "Hello"}


class Case(msgspec.Struct, frozen=True):
    """A request, and what is answered."""

    answer: bytes
    status: int = 200
    account: dict[str, object] = {}
    """How the account that asks is set, other than usual; each case has an account of its own."""
    fields: dict[str, str] = {}
    """Of the message, other than usual."""
    password: str = PASSWORD
    operation: str = "send"
    earlier: str | None = None
    """The text of a message that was taken a moment before; None: there was none."""
    store_is_down: bool = False


CASES: Final = {
    Reason.BAD_CREDENTIALS: Case(b"error-auth;0;", password="wrong"),
    Reason.ACCOUNT_BLOCKED: Case(b"error-auth;0;", account={"enabled": False}),
    Reason.HOST_NOT_ALLOWED: Case(b"error-auth;0;", account={"networks": ("192.0.2.0/24", "2001:db8::/32")}),
    Reason.TOO_MANY_REQUESTS: Case(
        b"error-system The account's rate is used up; slow down.", 429, account={"rate": 1}, earlier="Hello"
    ),
    Reason.BAD_REQUEST: Case(b"error-syntax;0;", fields={"address": ""}),
    Reason.BAD_RECIPIENT: Case(b"error-address-format;0;", fields={"address": "nobody"}),
    Reason.RECIPIENT_DENIED: Case(b"error-address-unknown;0;", fields={"address": "+7 (904) 000-00-00"}),
    Reason.DIRECTION_CLOSED: Case(b"error-address-unknown;0;", fields={"address": "79051234567"}),
    Reason.NO_ROUTE: Case(b"error-address-unknown;0;", fields={"address": "12025550123"}),
    Reason.BAD_SENDER: Case(b"error-subject-format;0;", fields={"subject": "far too long a name"}),
    Reason.UNKNOWN_SENDER: Case(b"error-subject-unknown;0;", account={"any_sender": False}),
    Reason.BAD_TEXT: Case(b"error-syntax;0;", fields={"text": "x" * 50_000}),
    Reason.BLOCKED_TEXT: Case(b"error-system;0;", fields={"text": "Play at the Казинo"}),
    Reason.DUPLICATE: Case(b"error-system;0;", account={"duplicate_s": 60}, earlier="Hello"),
    Reason.FLOOD: Case(
        b"error-system;0;", account={"flood_most": 1, "flood_gap_s": 60}, earlier="Good morning"
    ),
    Reason.NO_CREDIT: Case(b"error-system;0;", fields={"address": "79061234567"}),
    Reason.UNKNOWN_MESSAGE: Case(
        b"error-provider-id-unknown;7;;;", fields={"providerId[0]": "7"}, operation="status"
    ),
    Reason.UNSUPPORTED: Case(b"error-syntax", operation="cancel"),
    Reason.STORE_UNAVAILABLE: Case(
        b"error-system The message could not be stored; try again in a minute.", 500, store_is_down=True
    ),
    Reason.UPSTREAM_UNAVAILABLE: Case(
        b"error-system;0;", account={"refuse_when_down": True}, fields={"address": "79071234567"}
    ),
}


def test_the_table_is_total() -> None:
    assert set(CASES) == set(Reason)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway with an account for each case, named after its reason, and something to refuse for each.

    79040000000 is on the stop list, 7905 is closed, 7906 costs more than anybody has, 7907 goes to a network that is
    switched off, and there is no route to 1.
    """
    place = prepare(tmp_path_factory.mktemp("strict"))
    furnish(place)
    with running(place) as gateway:
        yield gateway
        assert gateway.stop() == 0


def furnish(place: Place) -> None:
    at = datetime.now(UTC)
    secret = hash_secret(PASSWORD)
    with place.changing() as connection:
        for reason, case in CASES.items():
            usual = Account(
                id=AccountId(0),
                name=reason.value,
                group="standard",
                currency="RUB",
                overdraft=Millionths(0),
                home_country="RU",
                zone=ZoneInfo("UTC"),
                any_sender=True,
            )
            asks = settings.add_account(connection, msgspec.structs.replace(usual, **case.account), at)
            top_up(connection, asks, Millionths(100 * ONE), "to begin with", at)
            settings.add_credential(connection, Credential(asks, "mfms", reason.value, secret))
            settings.add_profile(connection, Profile(asks, reason.value, "connector0"))
        stops.add(connection, EVERYONE, [79040000000])
        stops.put_words(connection, EVERYONE, "word", ["казино"])
        for prefix, price, closed in (("7905", 0, True), ("7906", 1000 * ONE, False)):
            settings.put_tariff(
                connection, Tariff("standard", Channel.SMS, prefix, Millionths(price), closed)
            )
        settings.add_connector(connection, ConnectorSetup("dark", "simulator", enabled=False))
        settings.add_route(connection, Route(RouteId(0), "dark", "7907", ("dark",)))
        settings.add_route(connection, Route(RouteId(0), "russia", "7", ("phones",)))
        settings.enable_route(connection, "all", False)


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_is_answered_as_the_protocol_writes_it(strict: GatewayProcess, reason: Reason) -> None:
    case = CASES[reason]
    if case.earlier is not None:
        status, answer = ask(strict, reason, Case(b"", fields={"text": case.earlier}))
        assert (status, answer[:5]) == (200, b"ok;0;")
    with without_store(strict.place, case.store_is_down):
        assert ask(strict, reason, case) == (case.status, case.answer)


def ask(gateway: GatewayProcess, reason: Reason, case: Case) -> tuple[int, bytes]:
    """The HTTP status and the body."""
    fields = {"login": reason.value, "password": case.password}
    fields |= (USUAL if case.operation == "send" else {}) | case.fields
    query = "&".join(f"{name}={quote(value)}" for name, value in fields.items())
    connection = HTTPConnection("127.0.0.1", gateway.ports["mfms"], timeout=30)
    try:
        connection.request("GET", f"/{reason.value}/connector0/{case.operation}?{query}")
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextmanager
def without_store(place: Place, down: bool) -> Iterator[None]:
    """While nothing can be written, if `down`."""
    if not down:
        yield
        return
    with place.changing() as connection:
        connection.execute(text("ALTER TABLE parts RENAME TO parts_gone"))
    try:
        yield
    finally:
        with place.changing() as connection:
            connection.execute(text("ALTER TABLE parts_gone RENAME TO parts"))
