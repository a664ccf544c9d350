"""The SOAP gate against a whole gateway, called by PHP's SoapClient as the document prints it, and by zeep."""

from typing import Any
from urllib.parse import urlsplit

import pytest
import zeep
from zeep.transports import Transport

from tests.processes import GatewayProcess, curl, until
from tests.stories.smsclub.club import GATE, php, received

LIST = ("380501234567", "380661234567", "380671234567", "380951234567", "380991234567")
"""The document's list of numbers in any form, but for the one that lacks a digit."""
TEXT = "Тест рассылки по протоколу soap"


def call(gateway: GatewayProcess, what: str, *arguments: str) -> Any:
    """What PHP got, or the fault."""
    return php("soap.php", gateway.site(GATE), what, *arguments)


def sent(gateway: GatewayProcess, what: str) -> list[str]:
    """The ids that PHP got, which are strings in a list."""
    answer = call(gateway, what)
    assert answer["type"] == "array", answer
    assert [key for key, _ in answer["came"]] == list(range(len(answer["came"])))
    ids = [value for _, value in answer["came"]]
    assert all(isinstance(each, str) and each.isdigit() for each in ids)
    return ids


def test_php_sends_to_one_recipient(gateway: GatewayProcess) -> None:
    [part] = sent(gateway, "one")
    got = received(gateway, int(part))
    assert (got.sender, got.recipient, got.text) == ("SMS CLUB", "380675126767", TEXT)


def test_php_sends_to_the_documents_list_without_the_number_that_is_none(gateway: GatewayProcess) -> None:
    parts = sent(gateway, "many")
    assert tuple(received(gateway, int(part)).recipient for part in parts) == LIST


def test_php_sends_to_a_list_with_gaps(gateway: GatewayProcess) -> None:
    assert len(sent(gateway, "sparse")) == 2


@pytest.mark.parametrize(
    "what", ["report of a number", "report of a string", "reports of numbers", "reports of strings"]
)
def test_php_gets_an_associative_array_of_states_by_ids(gateway: GatewayProcess, what: str) -> None:
    parts = sent(gateway, "many")
    asked = parts[:1] if what.startswith("report of") else [*parts, "3"]
    states = [[int(part), "DELIVRD"] for part in asked if part != "3"]
    expected = states + ([[3, "неверно указан id"]] if "3" in asked else [])

    def told() -> bool:
        answer = call(gateway, what, *asked)
        assert answer["type"] == "array"
        assert set(answer["keys"]) == {"integer"}
        return bool(answer["came"] == expected)

    until(told, 20.0, f"the states never become {expected}")


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("all wrong", "Неверно указан номер"),
        ("wrong password", "Не найдено соответствие пары логин\\пароль"),
    ],
)
def test_php_gets_a_fault_with_the_text(gateway: GatewayProcess, what: str, text: str) -> None:
    assert call(gateway, what) == {"faultcode": "SOAP-ENV:Client", "faultstring": text}


def test_php_knows_two_functions(gateway: GatewayProcess) -> None:
    functions = [function for _, function in call(gateway, "functions")["came"]]
    assert functions == [
        "anyType sendSms(anyType $login, anyType $password, anyType $alphaName, anyType $destAddr, anyType $text)",
        "anyType getReports(anyType $login, anyType $password, anyType $smcIds)",
    ]


def test_php_sends_to_ten_thousand_recipients_in_one_call(gateway: GatewayProcess) -> None:
    assert call(gateway, "huge", "10000")["came"] == 10_000


@pytest.mark.parametrize("query", ["", "?wsdl", "?WSDL"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_description_says_where_it_was_asked(gateway: GatewayProcess, query: str, scheme: str) -> None:
    url = gateway.site(GATE, scheme)
    described = curl("--insecure", "-w", "|%{http_code} %{content_type}", url + query).decode()
    assert f'<soap:address location="{url}"/>' in described
    assert described.endswith("|200 text/xml; charset=utf-8")
    named = curl("-H", "Host: gate.example:81", gateway.site(GATE) + query).decode()
    assert '<soap:address location="http://gate.example:81/soap/soapGateway.wsdl"/>' in named


def test_a_head_says_how_long_the_description_is(gateway: GatewayProcess) -> None:
    url = gateway.site(GATE)
    head = curl("--head", url).decode()
    assert f"\r\ncontent-length: {len(curl(url))}\r\n" in head


# ---- zeep


@pytest.fixture
def hosts() -> set[str]:
    """Those that zeep has asked."""
    return set()


@pytest.fixture
def client(gateway: GatewayProcess, hosts: set[str]) -> zeep.Client:
    transport = Transport(timeout=30, operation_timeout=30)
    transport.session.hooks["response"].append(lambda response, **_: hosts.add(urlsplit(response.url).netloc))
    return zeep.Client(gateway.site(GATE), transport=transport)


def test_zeep_needs_nobody_but_the_gate(
    gateway: GatewayProcess, client: zeep.Client, hosts: set[str]
) -> None:
    [part] = client.service.sendSms("user", "pass", "Zeep", "067 512-67-67", "Hello")
    assert client.service.getReports("user", "pass", part)[0].key == part
    assert hosts == {f"127.0.0.1:{gateway.ports['http']}"}


def test_zeep_sends_to_a_list_by_names_and_gets_a_list_of_ids(
    gateway: GatewayProcess, client: zeep.Client
) -> None:
    array = client.get_type("{http://schemas.xmlsoap.org/soap/encoding/}Array")
    recipients = zeep.xsd.AnyObject(array, array(item=["(050)123-45-67", "0671234567", "x"]))
    ids = client.service.sendSms(
        login="user", password="pass", alphaName="Zeep", destAddr=recipients, text="Привіт"
    )
    assert [received(gateway, int(part)).recipient for part in ids] == ["380501234567", "380671234567"]

    def told() -> bool:
        found = client.service.getReports("user", "pass", zeep.xsd.AnyObject(array, array(item=ids)))
        return {entry.key: entry.value for entry in found} == dict.fromkeys(ids, "DELIVRD")

    until(told, 10.0, "the states are not told")


def test_zeep_gets_a_fault(client: zeep.Client) -> None:
    with pytest.raises(zeep.exceptions.Fault) as raised:
        client.service.sendSms("user", "wrong", "Zeep", "0671234567", "Hello")
    assert (raised.value.code, raised.value.message) == (
        "SOAP-ENV:Client",
        "Не найдено соответствие пары логин\\пароль",
    )


def test_a_python_list_that_zeep_turned_into_one_string_is_no_number(client: zeep.Client) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="Неверно указан номер"):
        client.service.sendSms("user", "pass", "Zeep", ["0671234567", "0501234567"], "Hello")
