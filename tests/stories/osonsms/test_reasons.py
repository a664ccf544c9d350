"""Every reason for a refusal, provoked over OsonSMS against a whole gateway: status and each octet of the answer."""

import re
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
from tests.stories.osonsms.houses import JSON, ask, message, open_account, send, signed, vault_of

EVERYONE: Final = AccountId(0)
NOT_SENT: Final = "Error while sending sms."


class Case(msgspec.Struct, frozen=True):
    """A request, and what is answered."""

    status: int
    code: int
    msg: str
    account: dict[str, object] = {}
    """How the account that asks is set, other than usual; each case has an account of its own."""
    fields: dict[str, str] = {}
    """Of the message, other than usual."""
    script: str = "sendsms_v1.php"
    earlier: dict[str, str] | None = None
    """Of a message that was taken a moment before, other than usual; None: there was none."""
    store_is_down: bool = False


CASES: Final = {
    Reason.BAD_CREDENTIALS: Case(422, 106, "Incorrect hash", fields={"str_hash": "0" * 64}),
    Reason.ACCOUNT_BLOCKED: Case(401, 105, "Inactive or non-existent account", account={"enabled": False}),
    Reason.HOST_NOT_ALLOWED: Case(
        401, 114, "Host is not in whitelist", account={"networks": ("192.0.2.0/24", "2001:db8::/32")}
    ),
    Reason.TOO_MANY_REQUESTS: Case(429, 112, NOT_SENT, account={"rate": 1}, earlier={}),
    Reason.BAD_REQUEST: Case(
        422,
        100,
        "One of the mandatory variables (from,phone_number,msg,login,str_hash,txn_id) not set.",
        fields={"msg": "", "str_hash": "wrong too"},
    ),
    Reason.BAD_RECIPIENT: Case(501, 112, NOT_SENT, fields={"phone_number": "nobody"}),
    Reason.RECIPIENT_DENIED: Case(501, 112, NOT_SENT, fields={"phone_number": "+992 (904) 00-00-00"}),
    Reason.DIRECTION_CLOSED: Case(501, 112, NOT_SENT, fields={"phone_number": "992541234567"}),
    Reason.NO_ROUTE: Case(501, 112, NOT_SENT, fields={"phone_number": "12025550123"}),
    Reason.BAD_SENDER: Case(422, 107, "Incorrect sender", fields={"from": "far too long a name"}),
    Reason.UNKNOWN_SENDER: Case(422, 107, "Incorrect sender", account={"any_sender": False}),
    Reason.BAD_TEXT: Case(
        422,
        100,
        "One of the mandatory variables (from,phone_number,msg,login,str_hash,txn_id) not set.",
        fields={"msg": "x" * 50_000},
    ),
    Reason.BLOCKED_TEXT: Case(501, 112, NOT_SENT, fields={"msg": "Play at the Казинo"}),
    Reason.DUPLICATE: Case(409, 108, "Duplicate txn_id. It should be unique.", earlier={"msg": "once"}),
    Reason.FLOOD: Case(
        501, 112, NOT_SENT, account={"flood_most": 1, "flood_gap_s": 60}, earlier={"txn_id": "t0"}
    ),
    Reason.NO_CREDIT: Case(
        402,
        119,
        "Balance overdraft limit has reached. Please top up your balance.",
        fields={"phone_number": "992551234567"},
    ),
    Reason.UNKNOWN_MESSAGE: Case(
        422, 107, "Message ID is invalid", fields={"msg_id": "7"}, script="query_sm.php"
    ),
    Reason.STORE_UNAVAILABLE: Case(500, 109, "Unable to store message.", store_is_down=True),
    Reason.UPSTREAM_UNAVAILABLE: Case(
        599,
        113,
        "Unable to connect to smsc host.",
        account={"refuse_when_down": True},
        fields={"phone_number": "992561234567"},
    ),
}
BY_HOST_ONLY: Final = {Reason.UNSUPPORTED}
"""A script that OsonSMS has not is nobody's, unless the host is OsonSMS's alone: told by the test of that."""


def test_the_table_is_total() -> None:
    assert CASES.keys() | BY_HOST_ONLY == set(Reason)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """A gateway with an account for each case, named after its reason, and something to refuse for each.

    992904000000 is on the stop list, 99254 is closed, 99255 costs more than anybody has, 99256 goes to a network that
    is switched off, and there is no route to 1. On the host `oson.example` nothing but OsonSMS is spoken.
    """
    place = prepare(tmp_path_factory.mktemp("strict"))
    furnish(place)
    config = place.config.read_text().replace("[hosts]", '[hosts]\n"oson.example" = "osonsms"')
    place.config.write_text(config)
    with running(place, starting) as gateway:
        yield gateway
        assert gateway.stop() == 0


def furnish(place: Place) -> None:
    vault = vault_of(place)
    with place.changing() as connection:
        for reason, case in CASES.items():
            open_account(connection, vault, reason.value, changes=case.account)
        stops.add(connection, EVERYONE, [992904000000])
        stops.put_words(connection, EVERYONE, "word", ["казино"])
        for prefix, price, closed in (("99254", 0, True), ("99255", 5000 * ONE, False)):
            tariff = Tariff("standard", Channel.SMS, prefix, Millionths(price), closed)
            settings.put_tariff(connection, tariff)
        settings.add_connector(connection, ConnectorSetup("dark", "simulator", enabled=False))
        settings.add_route(connection, Route(RouteId(0), "dark", "99256", ("dark",)))
        settings.add_route(connection, Route(RouteId(0), "tajikistan", "992", ("phones",)))
        settings.enable_route(connection, "all", False)


@pytest.mark.parametrize("reason", CASES)
def test_each_reason_is_answered_as_the_protocol_writes_it(strict: GatewayProcess, reason: Reason) -> None:
    case = CASES[reason]
    if case.earlier is not None:
        assert send(strict, **{"txn_id": "t1", "login": reason.value, **case.earlier}).status == 201
    fields = {"login": reason.value, **case.fields}
    if case.script == "sendsms_v1.php":
        fields = message("t1", **fields)
    with without_store(strict.place, case.store_is_down):
        answer = ask(strict, case.script, signed(case.script, fields))
    assert (answer.status, answer.content_type) == (case.status, JSON)
    assert re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "NOW", answer.body) == (
        f'{{"error":{{"code":{case.code},"msg":"{case.msg}","timestamp":"NOW"}}}}'
    )


def test_a_login_that_does_not_exist_is_told_so(strict: GatewayProcess) -> None:
    answer = send(strict, "t1", login="nobody")
    assert (answer.status, answer.said["error"]["code"]) == (401, 105)


def test_a_script_that_does_not_exist_is_an_error_of_the_dialect_where_the_host_is_its_own(
    strict: GatewayProcess,
) -> None:
    """And of nobody's elsewhere."""
    host = ("-H", "Host: oson.example:8080")
    answer = ask(strict, "sendsms_v9.php", {}, *host)
    assert (answer.status, answer.content_type) == (501, JSON)
    assert (answer.said["error"]["code"], answer.said["error"]["msg"]) == (112, NOT_SENT)
    assert ask(strict, "sendsms_v9.php", {}).status == 404
    assert ask(strict, "check_balance.php", {}, *host).said["error"]["code"] == 100


def test_the_status_that_http_has_no_name_for_has_one_on_its_line(strict: GatewayProcess) -> None:
    fields = signed(
        "sendsms_v1.php", message("t2", login="upstream_unavailable", phone_number="992561234567")
    )
    words = [word for name, value in fields.items() for word in ("--data-urlencode", f"{name}={value}")]
    head = curl("--get", *words, "-D", "-", "-o", "/dev/null", strict.site("/sendsms_v1.php"))
    assert head.startswith(b"HTTP/1.1 599 Network Connect Timeout Error\r\n")


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
