"""Every reason for a refusal, provoked over each gate of SMS Club against a whole gateway: the whole answer."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

import msgspec
import pytest
from sqlalchemy import text

from gonets.model.account import Tariff
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import ONE, Millionths
from gonets.model.reasons import Reason
from gonets.model.routing import ConnectorSetup, Route
from gonets.stores import settings, stops
from tests.processes import GatewayProcess, Place, prepare, running
from tests.stories.smsclub.club import FOLDER, GATE, add_account, exchange

EVERYONE: Final = AccountId(0)
PASSWORD: Final = "pass"
GATES: Final = ("http", "xml", "soap")


class Case(msgspec.Struct, frozen=True):
    """A message, and how it is answered."""

    answer: str
    status: int = 200
    """Of the scripts; a fault is HTTP 500 always."""
    by: str = "Client"
    """Whose fault it is, in SOAP."""
    account: dict[str, object] = {}
    """How the account that asks is set, other than usual; each case and gate has an account of its own."""
    sender: str = "Sender"
    to: str | None = "0671234567"
    """None: the field is missing."""
    text: str = "Hello"
    password: str = PASSWORD
    operation: str = "send"
    earlier: str | None = None
    """The text of a message that was taken a moment before; None: there was none."""
    store_is_down: bool = False


CASES: Final = {
    Reason.BAD_CREDENTIALS: Case("Не найдено соответствие пары логин\\пароль", password="wrong"),
    Reason.ACCOUNT_BLOCKED: Case("Учётная запись заблокирована", account={"enabled": False}),
    Reason.HOST_NOT_ALLOWED: Case(
        "Доступ с этого IP-адреса запрещён", account={"networks": ("192.0.2.0/24", "2001:db8::/32")}
    ),
    Reason.TOO_MANY_REQUESTS: Case("Превышен лимит запросов", 429, account={"rate": 1}, earlier="Hello"),
    Reason.BAD_REQUEST: Case("Не указаны обязательные параметры", to=None),
    Reason.BAD_RECIPIENT: Case("Неверно указан номер", to="nobody"),
    Reason.RECIPIENT_DENIED: Case("Phone in black list.", to="+380 (99) 000-00-01"),
    Reason.DIRECTION_CLOSED: Case("Направление закрыто", to="0391234567"),
    Reason.NO_ROUTE: Case("Направление закрыто", to="12025550123"),
    Reason.BAD_SENDER: Case("Неверно указано альфа-имя", sender="far too long a name"),
    Reason.UNKNOWN_SENDER: Case("Альфа-имя не зарегистрировано", account={"any_sender": False}),
    Reason.BAD_TEXT: Case("Неверно указан текст сообщения", text="x" * 1072),
    Reason.BLOCKED_TEXT: Case("Текст сообщения запрещён", text="Play at the Казинo"),
    Reason.DUPLICATE: Case("Повторное сообщение", account={"duplicate_s": 60}, earlier="Hello"),
    Reason.FLOOD: Case(
        "Слишком много сообщений на этот номер",
        account={"flood_most": 1, "flood_gap_s": 60},
        earlier="Good morning",
    ),
    Reason.NO_CREDIT: Case("Недостаточно средств на балансе", to="0661234567"),
    Reason.UNKNOWN_MESSAGE: Case("неверно указан id", operation="ask"),
    Reason.UNSUPPORTED: Case("Операция не поддерживается", operation="other"),
    Reason.STORE_UNAVAILABLE: Case("Сервис временно недоступен", 500, "Server", store_is_down=True),
    Reason.UPSTREAM_UNAVAILABLE: Case(
        "Сервис временно недоступен", 200, "Server", account={"refuse_when_down": True}, to="0631234567"
    ),
}


def test_the_table_is_total() -> None:
    assert set(CASES) == set(Reason)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway with an account for each case and gate, and something to refuse for each.

    380990000001 is on the stop list, 38039 is closed, 38066 costs more than anybody has, 38063 goes to a network that
    is switched off, and there is no route to 1.
    """
    place = prepare(tmp_path_factory.mktemp("strict"))
    furnish(place)
    with running(place) as gateway:
        yield gateway
        assert gateway.lines("request_failed") == []
        assert gateway.stop() == 0


def furnish(place: Place) -> None:
    with place.changing() as connection:
        for reason, case in CASES.items():
            for gate in GATES:
                add_account(connection, f"{gate} {reason.value}", PASSWORD, **case.account)
        stops.add(connection, EVERYONE, [380990000001])
        stops.put_words(connection, EVERYONE, "word", ["казино"])
        for prefix, price, closed in (("38039", 0, True), ("38066", 1_000_000 * ONE, False)):
            settings.put_tariff(
                connection, Tariff("standard", Channel.SMS, prefix, Millionths(price), closed)
            )
        settings.add_connector(connection, ConnectorSetup("dark", "simulator", enabled=False))
        settings.add_route(connection, Route(RouteId(0), "dark", "38063", ("dark",)))
        settings.add_route(connection, Route(RouteId(0), "ukraine", "380", ("phones",)))
        settings.enable_route(connection, "all", False)


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("reason", Reason)
def test_each_reason_is_answered_as_the_gate_writes_it(
    strict: GatewayProcess, reason: Reason, gate: str
) -> None:
    case = CASES[reason]
    login = f"{gate} {reason.value}"
    if case.earlier is not None:
        before = Case("", text=case.earlier, to=case.to)
        status, _, answer = ask(strict, gate, login, before)
        assert (status, b"1" in answer) == (200, True)
    with without_store(strict.place, case.store_is_down):
        assert ask(strict, gate, login, case) == written(gate, case)


def written(gate: str, case: Case) -> tuple[int, str, bytes]:
    """The answer that is due: status, content type and body."""
    asked_after = case.operation == "ask"
    if gate == "http":
        body = f"=IDS START=<br/>7: {case.answer}<br/>=IDS END=<br/>" if asked_after else case.answer
        return case.status, "text/html; charset=utf-8", body.encode()
    if gate == "xml":
        said = (
            f"<status>OK</status><text></text><entries><entry><smscid>7</smscid><state>{case.answer}</state></entry>"
            "</entries>"
            if asked_after
            else f"<status>ERROR</status><text>{case.answer}</text>"
        )
        body = f'<?xml version="1.0" encoding="utf-8"?><response>{said}</response>'
        return case.status, "text/xml; charset=utf-8", body.encode()
    said = (
        '<gate:getReportsResponse xmlns:gate="urn:soapGateway"><return xsi:type="apache:Map">'
        f'<item><key xsi:type="xsd:string">7</key><value xsi:type="xsd:string">{case.answer}</value></item>'
        "</return></gate:getReportsResponse>"
        if asked_after
        else f"<SOAP-ENV:Fault><faultcode>SOAP-ENV:{case.by}</faultcode><faultstring>{case.answer}</faultstring>"
        "</SOAP-ENV:Fault>"
    )
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/"'
        ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xmlns:apache="http://xml.apache.org/xml-soap"'
        ' SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>'
        f"{said}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    return 200 if asked_after else 500, "text/xml; charset=utf-8", body.encode()


def ask(gateway: GatewayProcess, gate: str, login: str, case: Case) -> tuple[int, str, bytes]:
    """Ask that over this gate: status, content type and body of the answer."""
    if gate == "http":
        return _ask_script(gateway, login, case)
    if gate == "xml":
        return _ask_xml(gateway, login, case)
    return _ask_soap(gateway, login, case)


def _ask_script(gateway: GatewayProcess, login: str, case: Case) -> tuple[int, str, bytes]:
    script = {"send": "httpsendsms.php", "ask": "httpgetsmsstate.php", "other": "httpsendmms.php"}[
        case.operation
    ]
    coded = b64encode(case.text.encode("cp1251")).decode()
    fields = {"username": login, "password": case.password, "from": case.sender, "text": coded, "smscid": "7"}
    if case.to is not None:
        fields["to"] = case.to
    body = "&".join(f"{name}={quote(value)}" for name, value in fields.items())
    return exchange(gateway, FOLDER + script, body.encode())


def _ask_xml(gateway: GatewayProcess, login: str, case: Case) -> tuple[int, str, bytes]:
    script = {"send": "xmlsendsmspost.php", "ask": "xmlgetsmsstatepost.php", "other": "xmlsendmms.php"}[
        case.operation
    ]
    to = "" if case.to is None else f"<to>{case.to}</to>"
    document = (
        f"<request><username>{login}</username><password>{case.password}</password><from>{case.sender}</from>{to}"
        f"<text>{case.text}</text><smscid>7</smscid></request>"
    )
    return exchange(gateway, FOLDER + script, document.encode())


def _ask_soap(gateway: GatewayProcess, login: str, case: Case) -> tuple[int, str, bytes]:
    operation = {"send": "sendSms", "ask": "getReports", "other": "sendMms"}[case.operation]
    to = "" if case.to is None else f"<destAddr>{case.to}</destAddr>"
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f"<{operation}><login>{login}</login><password>{case.password}</password><alphaName>{case.sender}</alphaName>"
        f"{to}<text>{case.text}</text><smcIds>7</smcIds></{operation}></e:Body></e:Envelope>"
    )
    return exchange(gateway, GATE, envelope.encode())


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
