"""The SOAP gate of SMS Club: what is read from a call, what is answered, and how the gate describes itself."""

import pytest
from lxml import etree

from gonets.model.calls import Login, Submission
from gonets.model.message import MessageId, Status
from gonets.model.reasons import Reason
from gonets.model.results import Found, Outcome, Refused
from gonets.protocols.smsclub.server import SmsClubServer
from gonets.protocols.smsclub.tables import REASON_TEXTS, SERVER_FAULTS, SOAP_STATES
from gonets.wire import soap
from gonets.wire.http import Reply, Request
from tests.clocks import START
from tests.protocols.smsclub.recorded import GATE, answered, called, called_gate, ids, items, taken

XML = "text/xml; charset=utf-8"
WHO = '<login xsi:type="xsd:string">user</login><password xsi:type="xsd:string">pass</password>'
UNKNOWN = Refused(Reason.UNKNOWN_MESSAGE)
WSDL_ADDRESS = "{http://schemas.xmlsoap.org/wsdl/soap/}address"


def sending(recipients: str, text: str = '<text xsi:type="xsd:string">Тест</text>') -> Request:
    name = '<alphaName xsi:type="xsd:string">SMS CLUB</alphaName>'
    return called_gate(f"<ns1:sendSms>{WHO}{name}{recipients}{text}</ns1:sendSms>")


def asking(wanted: str) -> Request:
    return called_gate(f"<ns1:getReports>{WHO}{wanted}</ns1:getReports>")


def array(name: str, kind: str, *values: str) -> str:
    """As PHP writes a list."""
    members = "".join(f'<item xsi:type="xsd:{kind}">{value}</item>' for value in values)
    return (
        f'<{name} SOAP-ENC:arrayType="xsd:{kind}[{len(values)}]" xsi:type="SOAP-ENC:Array">{members}</{name}>'
    )


def recipients_of(request: Request) -> list[str]:
    return [item.recipient for item in items(request) if isinstance(item, Submission)]


def fault(reason: Reason) -> Reply:
    code = "Server" if reason in SERVER_FAULTS else "Client"
    return Reply(500, soap.write_fault(code, REASON_TEXTS[reason]), XML)


def test_a_message_goes_to_one_recipient_and_its_ids_are_an_array() -> None:
    request = sending('<destAddr xsi:type="xsd:string">380675126767</destAddr>')
    assert called(request).who == Login("smsclub", "", "user", "pass", "192.0.2.7")
    assert items(request) == (Submission("SMS CLUB", "380675126767", "Тест"),)
    expected = soap.write_list("urn:soapGateway", "sendSms", ["1001", "1002"])
    assert answered(request, (taken(1001, 2),)) == Reply(200, expected, XML)


@pytest.mark.parametrize(
    ("recipients", "read"),
    [
        (
            array("destAddr", "string", "(050)123-45-67", "+380(99)123-45-67"),
            ["(050)123-45-67", "+380(99)123-45-67"],
        ),
        (array("destAddr", "int", "380675126767"), ["380675126767"]),
        ('<destAddr xsi:type="xsd:int">380675126767</destAddr>', ["380675126767"]),
        ('<destAddr xsi:type="xsd:string">1;2;</destAddr>', ["1", "2"]),
        (array("destAddr", "string", "1", "", "2"), ["1", " ", "2"]),
        ('<destAddr><item xsi:nil="true"/><item>1</item><item><x>2</x></item></destAddr>', [" ", "1", " "]),
        (
            (
                '<destAddr xsi:type="ns2:Map"><item><key xsi:type="xsd:int">1</key><value>5</value></item>'
                '<item><key xsi:type="xsd:string">x</key><value>6</value></item></destAddr>'
            ),
            ["5", "6"],
        ),
    ],
)
def test_recipients_are_a_string_a_number_or_any_list(recipients: str, read: list[str]) -> None:
    assert recipients_of(sending(recipients)) == read


def test_arguments_without_known_names_go_by_place() -> None:
    arguments = "".join(
        [
            f"<param{place}>{value}</param{place}>"
            for place, value in enumerate(("user", "pass", "A", "1", "T"))
        ]
    )
    request = called_gate(f"<ns1:sendSms>{arguments}</ns1:sendSms>")
    assert items(request) == (Submission("A", "1", "T"),)
    assert called(request).who.password == "pass"


def test_refused_recipients_are_left_out() -> None:
    request = sending(array("destAddr", "string", "1", "2", "3"))
    outcome = (Refused(Reason.BAD_RECIPIENT), taken(1001), Refused(Reason.FLOOD))
    assert answered(request, outcome).body == soap.write_list("urn:soapGateway", "sendSms", ["1001"])


def test_when_all_recipients_are_refused_it_is_a_fault_with_the_first_reason() -> None:
    request = sending(array("destAddr", "string", "1", "2"))
    outcome = (Refused(Reason.BAD_RECIPIENT), Refused(Reason.FLOOD))
    assert answered(request, outcome) == fault(Reason.BAD_RECIPIENT)


@pytest.mark.parametrize("reason", Reason)
def test_a_call_that_is_refused_is_a_fault(reason: Reason) -> None:
    request = sending('<destAddr xsi:type="xsd:string">1</destAddr>')
    assert answered(request, Refused(reason)) == fault(reason)
    assert answered(request, (Refused(reason),)) == fault(reason)


@pytest.mark.parametrize(
    "request_",
    [
        sending(""),
        sending('<destAddr xsi:nil="true"/>'),
        sending('<destAddr SOAP-ENC:arrayType="xsd:ur-type[0]" xsi:type="SOAP-ENC:Array"/>'),
        sending('<destAddr xsi:type="xsd:string"/>'),
        sending("<destAddr>1</destAddr>", ""),
        sending("<destAddr>1</destAddr>", '<text xsi:nil="true"/>'),
        sending("<destAddr>1</destAddr>", "<text><item>A</item></text>"),
        called_gate(f"<ns1:sendSms>{WHO}<destAddr>1</destAddr><text>A</text></ns1:sendSms>"),
    ],
)
def test_a_message_that_lacks_a_field_is_refused_once_the_password_was_right(request_: Request) -> None:
    [item] = items(request_)
    assert isinstance(item, Refused)
    assert item.reason is Reason.BAD_REQUEST


def test_credentials_that_are_missing_or_no_text_are_wrong_ones() -> None:
    who = called(called_gate("<ns1:getReports><login><item>user</item></login></ns1:getReports>")).who
    assert (who.login, who.password) == ("", "")


@pytest.mark.parametrize(
    ("wanted", "read"),
    [
        ('<smcIds xsi:type="xsd:int">1234</smcIds>', (1234,)),
        ('<smcIds xsi:type="xsd:string">1234</smcIds>', (1234,)),
        ('<smcIds xsi:type="xsd:string">1;2;</smcIds>', (1, 2)),
        (array("smcIds", "int", "1234", "3212", "2256"), (1234, 3212, 2256)),
        (array("smcIds", "string", "0001234", "x", "", "1.5"), (1234, None, None, None)),
        ('<smcIds xsi:type="ns2:Map"><item><key>a</key><value>7</value></item></smcIds>', (7,)),
        ('<smcIds xsi:nil="true"/>', ()),
        ("", ()),
    ],
)
def test_ids_are_a_number_a_string_or_any_list(wanted: str, read: tuple[int | None, ...]) -> None:
    assert ids(asking(wanted)) == read


def test_states_are_a_map_of_ids_as_they_were_asked_after() -> None:
    request = asking(array("smcIds", "string", "01234", "3212", "a&lt;b", "3212"))
    outcome: Outcome = (Found(MessageId(1234), Status.DELIVERED, START), UNKNOWN, UNKNOWN, UNKNOWN)
    states = {"01234": "DELIVRD", "3212": "неверно указан id", "a?b": "неверно указан id"}
    expected = soap.write_map("urn:soapGateway", "getReports", states)
    assert answered(request, outcome) == Reply(200, expected, XML)


@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_answered(status: Status) -> None:
    reply = answered(asking("<smcIds>7</smcIds>"), (Found(MessageId(7), status, START),))
    assert reply.body == soap.write_map("urn:soapGateway", "getReports", {"7": SOAP_STATES[status]})


def test_to_ask_after_nothing_lacks_a_field() -> None:
    assert answered(asking("<smcIds/>"), ()) == fault(Reason.BAD_REQUEST)


def test_an_operation_that_does_not_exist_is_not_supported() -> None:
    assert answered(called_gate("<ns1:getBalance/>"), ()) == fault(Reason.UNSUPPORTED)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<a/>",
        b"username=user&password=pass",
        called_gate("").body,
        called_gate("<ns1:sendSms>").body,
        b"<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>"
        + sending("<destAddr>&y;</destAddr>").body[39:],
        called_gate("<ns1:sendSms>" + "<a>" * 300 + "</a>" * 300 + "</ns1:sendSms>").body,
    ],
)
def test_what_is_no_call_is_a_fault_of_the_client(body: bytes) -> None:
    assert answered(Request("POST", GATE, b"", XML, body), ()) == fault(Reason.BAD_REQUEST)


def test_ten_thousand_recipients_are_read_in_one_call_and_endless_lists_are_not() -> None:
    many = [str(380_660_000_000 + number) for number in range(10_000)]
    assert recipients_of(sending(array("destAddr", "string", *many))) == many
    too_many = sending(f"<destAddr>{'<a>1</a>' * 20_001}</destAddr>")
    assert answered(too_many, ()) == fault(Reason.BAD_REQUEST)


# ---- the description


def address(request: Request) -> str | None:
    """Where the WSDL that is answered says that the gate is."""
    server = SmsClubServer()
    read = server.parse(request)
    assert isinstance(read, Refused)
    reply = server.render(request, None, read)
    assert (reply.status, reply.content_type) == (200, XML)
    found = [element.get("location") for element in etree.fromstring(reply.body).iter(WSDL_ADDRESS)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("query", [b"", b"wsdl", b"WSDL", b"x=1"])
@pytest.mark.parametrize(
    ("scheme", "host", "location"),
    [
        ("http", "gate.example", "http://gate.example/soap/soapGateway.wsdl"),
        ("https", "gate.example:8443", "https://gate.example:8443/soap/soapGateway.wsdl"),
        ("http", "127.0.0.1:8080", "http://127.0.0.1:8080/soap/soapGateway.wsdl"),
        ("http", "[::1]:8080", "http://[::1]:8080/soap/soapGateway.wsdl"),
        ("http", "", "http://localhost/soap/soapGateway.wsdl"),
        ("http", 'x"/><y z="', "http://localhost/soap/soapGateway.wsdl"),
        ("http", "a b", "http://localhost/soap/soapGateway.wsdl"),
        ("http", "gate.example/evil?", "http://localhost/soap/soapGateway.wsdl"),
        ("http", "user@gate.example", "http://localhost/soap/soapGateway.wsdl"),
    ],
)
def test_the_description_says_the_host_that_it_was_asked_at(
    query: bytes, scheme: str, host: str, location: str
) -> None:
    assert address(Request("GET", GATE, query, host=host, scheme=scheme)) == location


def test_the_description_imports_nothing() -> None:
    server = SmsClubServer()
    request = Request("GET", GATE, host="gate.example")
    root = etree.fromstring(server.render(request, None, Refused(Reason.BAD_REQUEST)).body)
    assert not [element for element in root.iter() if str(element.tag).endswith(("}import", "}include"))]
    assert not [element for element in root.iter() if "schemaLocation" in element.attrib]


def test_a_head_is_answered_like_a_get() -> None:
    assert address(Request("HEAD", GATE)) == "http://localhost/soap/soapGateway.wsdl"
