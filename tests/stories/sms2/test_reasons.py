"""Every reason for a refusal, provoked over SMS2 against a whole gateway: HTTP status and each octet of the answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec
import pytest
from sqlalchemy import text

from gonets.model.account import Tariff
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import ONE, Millionths
from gonets.model.reasons import Reason
from gonets.model.routing import ConnectorSetup, Route
from gonets.stores import settings, stops
from tests.processes import GatewayProcess, Place, Starting, curl, prepare, running
from tests.stories.sms2.houses import PASSWORD, SENT, open_account

EVERYONE: Final = AccountId(0)
USUAL: Final = {"from": "Test", "phone": "79031234567", "message": "Hello"}


class Case(msgspec.Struct, frozen=True):
    """A request, and what is answered."""

    answer: str
    """After `Error: `."""
    status: int = 200
    account: dict[str, object] = {}
    """How the account that asks is set, other than usual; each case has an account of its own."""
    fields: dict[str, str] = {}
    """Other than usual."""
    script: str = "sms.cgi"
    earlier: str | None = None
    """The text of a message that was taken a moment before; None: there was none."""
    store_is_down: bool = False


CASES: Final = {
    Reason.BAD_CREDENTIALS: Case("authentication failure", fields={"pass": "wrong"}),
    Reason.ACCOUNT_BLOCKED: Case("service is switched off", account={"enabled": False}),
    Reason.HOST_NOT_ALLOWED: Case(
        "authentication failure", account={"networks": ("192.0.2.0/24", "2001:db8::/32")}
    ),
    Reason.TOO_MANY_REQUESTS: Case("service is switched off", 429, account={"rate": 1}, earlier="Hello"),
    Reason.BAD_REQUEST: Case("can't send this message", fields={"phone": ""}),
    Reason.BAD_RECIPIENT: Case("unsupported phone number", fields={"phone": "992918888888"}),
    Reason.RECIPIENT_DENIED: Case("phone blacklisted", fields={"phone": "+7 (904) 000-00-00"}),
    Reason.DIRECTION_CLOSED: Case("direction is closed", fields={"phone": "79051234567"}),
    Reason.NO_ROUTE: Case("direction is closed", fields={"phone": "380675126767"}),
    Reason.BAD_SENDER: Case("can't send this message", fields={"from": "far too long a name"}),
    Reason.UNKNOWN_SENDER: Case("unsupported sender", fields={"from": "Somebody"}),
    Reason.BAD_TEXT: Case("can't send this message", fields={"message": "x" * 269}),
    Reason.BLOCKED_TEXT: Case("blocked text message", fields={"message": "Play at the CASINO"}),
    Reason.DUPLICATE: Case("message duplication", account={"duplicate_s": 60}, earlier="Hello"),
    Reason.FLOOD: Case(
        "message duplication", account={"flood_most": 1, "flood_gap_s": 60}, earlier="Good morning"
    ),
    Reason.NO_CREDIT: Case("your credit is null", fields={"phone": "79061234567"}),
    Reason.UNKNOWN_MESSAGE: Case("no such message", fields={"mess_id": "7"}, script="sms_status2.cgi"),
    Reason.UNSUPPORTED: Case("wrong function", fields={"function": "sing"}, script="api_call.cgi"),
    Reason.STORE_UNAVAILABLE: Case("service is switched off", 500, store_is_down=True),
    Reason.UPSTREAM_UNAVAILABLE: Case(
        "service is switched off", account={"refuse_when_down": True}, fields={"phone": "79071234567"}
    ),
}


def test_the_table_is_total() -> None:
    assert set(CASES) == set(Reason)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """A gateway with an account for each case, named after its reason, and something to refuse for each.

    79040000000 is on the stop list, 7905 is closed, 7906 costs more than anybody has, 7907 goes to a network that is
    switched off, and there is no route to 380.
    """
    place = prepare(tmp_path_factory.mktemp("strict"))
    furnish(place)
    with running(place, starting) as gateway:
        yield gateway
        assert gateway.stop() == 0


def furnish(place: Place) -> None:
    with place.changing() as connection:
        for reason, case in CASES.items():
            open_account(connection, reason.value, **case.account)
        stops.add(connection, EVERYONE, [79040000000])
        stops.put_words(connection, EVERYONE, "word", ["casino"])
        for prefix, price, closed in (
            ("7", 1, False),
            ("380", 1, False),
            ("7905", 0, True),
            ("7906", 10**6, False),
        ):
            settings.put_tariff(
                connection, Tariff("sms2", Channel.SMS, prefix, Millionths(price * ONE), closed)
            )
        settings.add_connector(connection, ConnectorSetup("dark", "simulator", enabled=False))
        settings.add_route(connection, Route(RouteId(0), "dark", "7907", ("dark",)))
        settings.add_route(connection, Route(RouteId(0), "russia", "7", ("phones",)))
        settings.enable_route(connection, "all", False)


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_is_answered_as_the_protocol_writes_it(strict: GatewayProcess, reason: Reason) -> None:
    case = CASES[reason]
    if case.earlier is not None:
        status, answer = ask(strict, reason, Case("", fields={"message": case.earlier}))
        assert (status, answer[: len(SENT)]) == (200, SENT)
    with without_store(strict.place, case.store_is_down):
        assert ask(strict, reason, case) == (case.status, f"Error: {case.answer}")


def ask(gateway: GatewayProcess, reason: Reason, case: Case) -> tuple[int, str]:
    """The HTTP status and the body."""
    fields = {"user": reason.value, "pass": PASSWORD} | USUAL | case.fields
    words = [word for name, value in fields.items() for word in ("--data-urlencode", f"{name}={value}")]
    told = curl(*words, "-w", "\n%{http_code}", gateway.site(f"/{case.script}")).decode("ascii")
    answer, _, status = told.rpartition("\n")
    return int(status), answer


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
