"""SOAP 1.1 calls as clients write them, and answers as they read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gonets.wire import soap
from gonets.wire.soap import RpcCall

OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:ns1="urn:x" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/" xmlns:ns2="http://xml.apache.org/xml-soap"'
    ' SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>'
)
CLOSING = "</SOAP-ENV:Body></SOAP-ENV:Envelope>\n"


def envelope(body: str) -> bytes:
    return (OPENING + body + CLOSING).encode()


def argument(written: str, besides: str = "") -> soap.Value:
    """The value of an argument that is written so, with this after the operation."""
    call = soap.read_call(envelope(f"<ns1:do>{written}</ns1:do>{besides}"))
    assert call is not None
    [(name, value)] = call.arguments
    assert name == "a"
    return value


def test_an_operation_has_its_arguments_in_the_order_sent() -> None:
    body = '<ns1:do><b xsi:type="xsd:string">1</b><a xsi:type="xsd:int">2</a><b>3</b></ns1:do>'
    assert soap.read_call(envelope(body)) == RpcCall("do", (("b", "1"), ("a", "2"), ("b", "3")))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('<a xsi:type="xsd:string">Тест &lt;1&gt;</a>', "Тест <1>"),
        ('<a xsi:type="xsd:int">1234</a>', "1234"),
        ("<a>1234</a>", "1234"),
        ("<a/>", ""),
        ('<a xsi:type="xsd:string"> </a>', " "),
        ('<a xsi:nil="true"/>', None),
        ('<a xsi:nil="1"/>', None),
        ('<a xsi:nil="false">1</a>', "1"),
        (
            (
                '<a SOAP-ENC:arrayType="xsd:string[2]" xsi:type="SOAP-ENC:Array">'
                '<item xsi:type="xsd:string">1</item>\n<item xsi:type="xsd:string">2</item></a>'
            ),
            ("1", "2"),
        ),
        (
            (
                '<a SOAP-ENC:arrayType="xsd:ur-type[4]" xsi:type="SOAP-ENC:Array"><item xsi:type="xsd:int">1</item>'
                '<item xsi:nil="true"/><item/><item><item>1</item></item></a>'
            ),
            ("1", None, "", None),
        ),
        ('<a SOAP-ENC:arrayType="xsd:ur-type[0]" xsi:type="SOAP-ENC:Array"/>', ()),
        ('<a SOAP-ENC:arrayType="xsd:string[0]"/>', ()),
        ("<a><string>1</string><string>2</string></a>", ("1", "2")),
        (
            (
                '<a xsi:type="ns2:Map"><item><key xsi:type="xsd:int">1</key><value>x</value></item>'
                "<item><key>3</key><value>y</value></item></a>"
            ),
            ("x", "y"),
        ),
        ('<a xsi:type="ns2:Map"/>', ()),
        ('<a xsi:type="SOAP-ENC:Struct"><x xsi:type="xsd:string">1</x><y>2</y></a>', ("1", "2")),
    ],
)
def test_an_argument_is_a_text_nothing_or_a_list_of_them(written: str, value: soap.Value) -> None:
    assert argument(written) == value


@pytest.mark.parametrize(
    ("written", "besides", "value"),
    [
        ('<a href="#1"/>', '<multiRef id="1" xsi:type="xsd:string">x</multiRef>', "x"),
        (
            '<a href="#1"/>',
            '<multiRef id="1"><item>x</item><item href="#2"/></multiRef><r id="2">y</r>',
            ("x", "y"),
        ),
        ('<a href="#9"/>', "", ""),
        ('<a id="1" href="#1"/>', "", ""),
        ('<a href="#1"/>', '<r id="1" href="#2"/><r id="2" href="#1"/>', ""),
        ('<a href="#1"/>', '<r id="1"><item href="#1"/></r>', (None,)),
        ('<a href="http://127.0.0.1:9/#1"/>', '<r id="1">x</r>', ""),
    ],
)
def test_a_reference_is_followed_for_one_step_within_the_body(
    written: str, besides: str, value: soap.Value
) -> None:
    assert argument(written, besides) == value


def test_arguments_go_by_name_and_without_known_names_by_place() -> None:
    names = ("login", "password", "text")
    assert RpcCall("do", (("text", "t"), ("login", "l"), ("text", "u"))).values(names) == ["l", None, "t"]
    assert RpcCall("do", (("p0", "l"), ("p1", "p"))).values(names) == ["l", "p", None]
    assert RpcCall("do", (("p", "1"), ("p", "2"), ("p", "3"), ("p", "4"))).values(names) == ["1", "2", "3"]
    assert RpcCall("do", ()).values(names) == [None, None, None]


def test_headers_and_other_namespaces_are_not_looked_at() -> None:
    raw = envelope("<do xmlns='urn:other'><a>1</a></do>").replace(
        b"<SOAP-ENV:Body>",
        b"<SOAP-ENV:Header><x SOAP-ENV:mustUnderstand='1'/></SOAP-ENV:Header><SOAP-ENV:Body>",
    )
    assert soap.read_call(raw) == RpcCall("do", (("a", "1"),))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"<a/>",
        envelope(""),
        envelope("<do>"),
        envelope("<do>&x;</do>"),
        envelope("<do/>").replace(b"schemas.xmlsoap.org/soap/envelope/", b"www.w3.org/2003/05/soap-envelope"),
        envelope("<do/>").replace(b"<SOAP-ENV:Body>", b"").replace(b"</SOAP-ENV:Body>", b""),
        envelope("<do/>").replace(b"?>", b"?><!DOCTYPE x [<!ENTITY y 'z'>]>"),
        envelope("<do>" + "<a>" * 300 + "</a>" * 300 + "</do>"),
        envelope("<do>" + "<a/>" * 33 + "</do>"),
    ],
)
def test_what_is_no_call_is_refused(raw: bytes) -> None:
    assert soap.read_call(raw) is None


def test_ten_thousand_members_and_references_are_read_in_one_pass() -> None:
    items = "<item>380661234567</item>" * 10_000
    value = argument(f"<a>{items}</a>")
    assert value == ("380661234567",) * 10_000
    referring = '<a href="#1"/>' * 32
    referred = '<item href="#1"/>' * 20_000
    call = soap.read_call(envelope(f"<do>{referring}</do><r id='1'>{referred}</r>"))
    assert call is not None
    assert {len(value) for _, value in call.arguments if isinstance(value, tuple)} == {20_000}


def test_a_list_that_every_argument_refers_to_is_read_once() -> None:
    referring = '<a href="#1"/>' * 32
    referred = "<item>380661234567</item>" * 100
    call = soap.read_call(envelope(f"<do>{referring}</do><r id='1'>{referred}</r>"))
    assert call is not None
    assert len({id(value) for _, value in call.arguments}) == 1


def test_a_list_is_an_array_of_strings() -> None:
    assert soap.write_list("urn:x", "do", ["1001", "<&"]) == (
        b'<?xml version="1.0" encoding="utf-8"?>\n'
        b'<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
        b' xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/"'
        b' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        b' xmlns:apache="http://xml.apache.org/xml-soap"'
        b' SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>'
        b'<gate:doResponse xmlns:gate="urn:x"><return xsi:type="SOAP-ENC:Array" SOAP-ENC:arrayType="xsd:string[2]">'
        b'<item xsi:type="xsd:string">1001</item><item xsi:type="xsd:string">&lt;&amp;</item>'
        b"</return></gate:doResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )


def test_a_map_is_a_map_of_apache_soap() -> None:
    assert (
        b'<return xsi:type="apache:Map"><item><key xsi:type="xsd:string">7</key>'
        b'<value xsi:type="xsd:string">DELIVRD</value></item></return>'
    ) in soap.write_map("urn:x", "do", {"7": "DELIVRD"})


def test_a_fault_has_its_code_and_text() -> None:
    fault = soap.write_fault("Client", "Неверно <&>")
    assert fault.endswith(
        "<SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode>"
        "<faultstring>Неверно &lt;&amp;&gt;</faultstring></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>".encode()
    )


@given(st.binary(max_size=200) | st.text("<>/ahrefid=#'1 :SOAP-ENV", max_size=80).map(envelope))
def test_anything_is_a_call_or_none(raw: bytes) -> None:
    call = soap.read_call(raw)
    assert call is None or call.operation


@given(st.lists(st.text(max_size=10), max_size=5))
def test_any_answer_is_well_formed(values: list[str]) -> None:
    for answer in (
        soap.write_list("urn:x", "do", values),
        soap.write_map("urn:x", "do", {value: value for value in values}),
        *[soap.write_fault("Server", value) for value in values],
    ):
        etree.fromstring(answer)


@given(st.dictionaries(st.text("abc", min_size=1), st.text(st.characters(exclude_categories=["Cs", "Cc"]))))
def test_a_map_that_is_written_is_read_back(values: dict[str, str]) -> None:
    wanted = {
        key: value.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd") for key, value in values.items()
    }
    assert soap.read_map(soap.write_map("urn:x", "getReports", values)) == wanted


@given(st.text(st.sampled_from("aя\r\n\t &<>'\"😀]")))
def test_a_call_that_is_written_is_read_back(text: str) -> None:
    call = soap.read_call(soap.write_call("urn:x", "sendSms", {"login": "me", "text": text}))
    assert call is not None
    assert (call.operation, call.arguments) == ("sendSms", (("login", "me"), ("text", text)))


@pytest.mark.parametrize(
    "raw", [b"", b"<a/>", b"<html><body>no</body></html>", soap.write_fault("Client", "no")]
)
def test_what_holds_no_map_has_nothing_in_it(raw: bytes) -> None:
    assert not soap.read_map(raw)
