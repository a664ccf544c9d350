"""Whatever is sent to SMS Club, there is an answer and it is well formed."""

from urllib.parse import quote_from_bytes

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gonets.model.calls import Balance, Call, Query, Submit
from gonets.model.message import MessageId, Status
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Funds, Outcome, Refused
from gonets.protocols.smsclub.server import SmsClubServer
from gonets.protocols.smsclub.tables import REASON_TEXTS
from gonets.wire.http import Request
from tests.clocks import START
from tests.protocols.smsclub.recorded import ENVELOPE

SCRIPTS = [
    "/hfw_smpp_addon/httpsendsms.php",
    "/hfw_smpp_addon/httpsendsmspost.php",
    "/hfw_smpp_addon/httpgetsmsstate.php",
    "/hfw_smpp_addon/httpgetsmsstatepost.php",
    "/hfw_smpp_addon/httpgetbalance.php",
    "/hfw_smpp_addon/xmlsendsmspost.php",
    "/hfw_smpp_addon/xmlsendindividual.php",
    "/hfw_smpp_addon/xmlgetsmsstatepost.php",
    "/hfw_smpp_addon/xmlother.php",
    "/soap/soapGateway.wsdl",
    "/soap/other",
]
NAMES = ["username", "password", "from", "to", "text", "smscid", "smssid", "lifetime", "xmlrequest", "x:to"]
TAGS = ["login", "alphaName", "destAddr", "smcIds", "item", "key", "value", "ns1:sendSms", "ns1:getReports"]

values = st.sampled_from(
    [
        "",
        "1",
        "1;2;",
        ";",
        "0675126767",
        "QQ==",
        "QQ",
        "]]>",
        "<![CDATA[",
        "&lt;",
        "&#0;",
        "&x;",
        "<b>",
        "\0",
        "Ж",
    ]
) | st.text(max_size=12)
elements = st.builds(
    lambda name, value, closed: f"<{name}>{value}" + (f"</{name}>" if closed else ""),
    st.sampled_from(NAMES + TAGS),
    values,
    st.booleans(),
)
attributed = st.sampled_from(
    [
        '<destAddr xsi:type="ns2:Map"><item><key>1</key><value>2</value></item></destAddr>',
        '<smcIds SOAP-ENC:arrayType="xsd:int[2]"><item>1</item><item href="#1"/></smcIds>',
        '<destAddr href="#1"/><r id="1" href="#1"/>',
        '<text xsi:nil="true"/>',
    ]
)
contents = st.lists(elements | attributed, max_size=8).map("".join)
documents = st.builds(
    lambda head, content, end: head + "<r>" + content + end,
    st.sampled_from(
        [
            "",
            " \n",
            "<?xml version='1.0' encoding='utf-16'?>",
            "<!DOCTYPE r [<!ENTITY x 'y'>]>",
            "\ufeff",
            "<?xml",
        ]
    ),
    contents,
    st.sampled_from(["</r>", "", "</q>", "</r>\0", "</r><r/>"]),
)
envelopes = st.builds(
    lambda operation, content: ENVELOPE.format(f"<{operation}>{content}</{operation}>"),
    st.sampled_from(["ns1:sendSms", "ns1:getReports", "x", "sendSms"]),
    contents,
)
encoded = st.builds(
    lambda text, charset: text.encode(charset, "replace"),
    documents | envelopes,
    st.sampled_from(["utf-8", "cp1251", "utf-16", "utf-16-be", "latin-1"]),
)
forms = st.lists(
    st.builds(
        lambda name, value: name.encode() + b"=" + value,
        st.sampled_from(NAMES),
        st.binary(max_size=12)
        | values.map(str.encode)
        | encoded.map(lambda raw: quote_from_bytes(raw).encode()),
    ),
    max_size=8,
).map(b"&".join)
multiparts = st.builds(
    lambda name, value, end: (
        b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b%b' % (name.encode(), value, end)
    ),
    st.sampled_from(NAMES),
    encoded,
    st.sampled_from([b"\r\n--x--\r\n", b"", b"\r\n--x"]),
)
requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST"]),
    path=st.sampled_from(SCRIPTS) | st.text("/hfwsoap_", max_size=20),
    query=forms | st.binary(max_size=40),
    content_type=st.sampled_from(["", "text/xml", "multipart/form-data; boundary=x", "multipart/form-data"])
    | st.text(max_size=10),
    body=forms | encoded | multiparts | st.binary(max_size=60),
    host=st.sampled_from(["", "gate.example", '"<&']) | st.text(max_size=10),
)


def outcome_of(call: Call, refusals: list[Reason | None]) -> Outcome:
    """Every item refused or taken, as `refusals` says in turn."""
    turn = [refusals[place % len(refusals)] if refusals else None for place in range(1_000)]
    match call.what:
        case Submit(items):
            return tuple(
                item
                if isinstance(item, Refused)
                else Refused(reason)
                if reason
                else Accepted(MessageId(1), 2)
                for item, reason in zip(items, turn, strict=False)
            )
        case Query(messages):
            return tuple(
                Refused(Reason.UNKNOWN_MESSAGE)
                if message is None or reason
                else Found(message, Status.FAILED, START)
                for message, reason in zip(messages, turn, strict=False)
            )
        case Balance():
            return Funds(Millionths(-1), Millionths(1), "UAH")
        case _:
            raise AssertionError("SMS Club asks for nothing else")


@given(
    requests, st.lists(st.none() | st.sampled_from(Reason), max_size=4), st.none() | st.sampled_from(Reason)
)
def test_anything_sent_is_answered_in_the_manner_of_its_script(
    request: Request, refusals: list[Reason | None], whole: Reason | None
) -> None:
    server = SmsClubServer()
    read = server.parse(request)
    if isinstance(read, Refused):
        reply = server.render(request, None, read)
    else:
        reply = server.render(request, read, Refused(whole) if whole else outcome_of(read, refusals))
    assert reply.status in {200, 429, 500}
    text = reply.body.decode()
    if reply.content_type == "text/xml; charset=utf-8":
        etree.fromstring(reply.body)
        return
    assert reply.content_type == "text/html; charset=utf-8"
    if text in REASON_TEXTS.values():
        return
    assert isinstance(read, Call)
    assert reply.status == 200
    assert "\n" not in text
    *lines, nothing = text.split("<br/>")
    assert nothing == ""
    assert not [line for line in lines if set(line) & set("<>&")]
    if isinstance(read.what, Balance):
        assert lines == ["-0.0001", "0.0000"]
        return
    assert lines[0] == "=IDS START="
    assert lines[-1] == "=IDS END="
    if isinstance(read.what, Query):
        assert len(lines) == len(read.what.messages) + 2
        assert {line.count(":") for line in lines[1:-1]} == {1}
    else:
        assert all(line.isdigit() or line in REASON_TEXTS.values() for line in lines[1:-1])


@given(st.binary(max_size=300))
def test_no_octets_are_too_strange_for_a_query_or_a_body(octets: bytes) -> None:
    server = SmsClubServer()
    for script in SCRIPTS:
        for request in (Request("GET", script, octets), Request("POST", script, b"", "", octets)):
            read = server.parse(request)
            server.render(request, None, Refused(Reason.BAD_REQUEST))
            assert isinstance(read, Call | Refused)
