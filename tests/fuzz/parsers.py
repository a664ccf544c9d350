"""Every parser that reads what strangers send, fed with any octets: what hypothesis and atheris drive.

A parser is a dialect over HTTP: octets are made into a request, which is parsed and answered whatever it is. That it
raises nothing, and answers with octets under a status, is all that is asked of it here; what it should answer is asked
elsewhere.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote_from_bytes
from zoneinfo import ZoneInfo

import msgspec

from gonets.model.account import Account, Profile
from gonets.model.calls import (
    AddPhones,
    Balance,
    Call,
    HasPhone,
    ListBases,
    Query,
    ReadBase,
    RemovePhone,
    StartCampaign,
    Submit,
)
from gonets.model.message import AccountId, CampaignId, MessageId, Status
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import (
    Accepted,
    BaseFault,
    BaseLine,
    BaseRefused,
    BasesListed,
    CampaignStarted,
    Found,
    Funds,
    Outcome,
    PhoneHeld,
    PhoneRemoved,
    PhonesAdded,
    PhonesListed,
    Refused,
)
from gonets.ports.edges import Serving
from gonets.protocols.mfms.server import HpgServer
from gonets.protocols.osonsms.server import OsonServer
from gonets.protocols.sms2.server import Sms2Server
from gonets.protocols.smsclub.server import SmsClubServer
from gonets.wire.http import Reply, Request

_AT: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_URLENCODED: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data; boundary=frontier"
_TYPES: Final = ("", _URLENCODED, _MULTIPART, "text/xml; charset=utf-8", "multipart/form-data")
_METHODS: Final = ("GET", "POST")


class Parser(msgspec.Struct, frozen=True):
    """One dialect and how a proper request to it begins."""

    server: Serving
    paths: tuple[str, ...]
    samples: tuple[bytes, ...]
    """Octets for `feed`, each of which is a request that is read."""


def feed(parser: Parser, data: bytes) -> None:
    """Have these octets read and answered. The first four choose how they are sent."""
    request = asked(parser, data)
    server = parser.server
    read = server.parse(request)
    if isinstance(read, Refused):
        replies = [server.render(request, None, read)]
    else:
        choice = data[3] if len(data) > 3 else 0
        replies = [server.render(request, read, outcome) for outcome in outcomes(read, choice)]
    for reply in replies:
        check(reply)


def asked(parser: Parser, data: bytes) -> Request:
    """A request of any octets: path, method and content type by the first of them, then query and body."""
    choices = data[:4].ljust(4, b"\0")
    query, _, body = data[4:].partition(b"\n\n")
    return Request(
        _METHODS[choices[1] % len(_METHODS)],
        parser.paths[choices[0] % len(parser.paths)],
        query,
        _TYPES[choices[2] % len(_TYPES)],
        body,
        "192.0.2.7",
        "gate.example",
        authorization=query[:40].decode("latin-1") if choices[3] % 2 else "",
    )


def outcomes(call: Call, choice: int) -> Sequence[Outcome]:
    """What such a call may come to: done, and refused for one of the reasons."""
    reason = tuple(Reason)[choice % len(Reason)]
    return [_done(call, Refused(reason)), Refused(reason)]


def _done(call: Call, refused: Refused) -> Outcome:
    match call.what:
        case Submit(items):
            return tuple(
                item
                if isinstance(item, Refused)
                else refused
                if place % 3 == 2
                else Accepted(MessageId(1001), 2)
                for place, item in enumerate(items)
            )
        case Query(messages):
            statuses = tuple(Status)
            return tuple(
                Refused(Reason.UNKNOWN_MESSAGE)
                if message is None
                else Found(message, statuses[place % len(statuses)], _AT, place % 300)
                for place, message in enumerate(messages)
            )
        case Balance():
            return Funds(Millionths(-12_345_678), Millionths(5_000_000), "RUB")
        case ListBases():
            return BasesListed((BaseLine(1, 'Базы "все"', 3),))
        case ReadBase():
            return PhonesListed(_numbers())
        case AddPhones(_, phones):
            return PhonesAdded(1, phones)
        case HasPhone():
            return PhoneHeld(held=True)
        case RemovePhone():
            return PhoneRemoved()
        case StartCampaign(bases=()):
            return BaseRefused(BaseFault.UNKNOWN)
        case StartCampaign():
            return CampaignStarted(CampaignId(1))


async def _numbers() -> AsyncIterator[Sequence[int]]:
    yield (79031111111, 79032222222)


def check(reply: Reply) -> None:
    """An answer is one."""
    assert 200 <= reply.status < 600
    assert isinstance(reply.body, bytes)
    assert reply.content_type.isascii()
    if reply.rest is not None:
        assert all(isinstance(piece, bytes) for piece in asyncio.run(_read(reply.rest)))


async def _read(rest: AsyncIterator[bytes]) -> list[bytes]:
    return [piece async for piece in rest]


# ---- the dialects


def _sample(path: int, method: int, kind: int, rest: bytes) -> bytes:
    return bytes((path, method, kind, 0)) + rest


def _form(path: int, fields: bytes) -> tuple[bytes, ...]:
    """The same fields in a query, a form and a multipart form."""
    parts = b"".join(
        b'--frontier\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name, value)
        for name, _, value in (pair.partition(b"=") for pair in fields.split(b"&"))
    )
    return (
        _sample(path, 0, 0, fields),
        _sample(path, 1, 1, b"\n\n" + fields),
        _sample(path, 1, 2, b"\n\n" + parts + b"--frontier--\r\n"),
    )


def _mfms() -> Parser:
    profile = Profile(AccountId(1), "CLIENT", "connectorX", zone=ZoneInfo("Europe/Moscow"))
    rows = b"login=CLIENT&password=x&subject[0]=S&address[0]=79031111111&text[0]=Hello%20%D0%BF"
    more = b"&startTime[0]=2026.03.02%2009:30:00&validityPeriodMinutes=5&priority[0]=high"
    return Parser(
        HpgServer(lambda client, name: profile if name == "connectorX" else None, ZoneInfo("UTC")),
        ("/CLIENT/connectorX/send", "/CLIENT/connectorX/status", "//CLIENT/other/send"),
        (*_form(0, rows + more), *_form(1, b"login=CLIENT&password=x&providerId[0]=1001&providerId[a]=7")),
    )


def _osonsms() -> Parser:
    common = b"login=oson&str_hash=" + b"0" * 64 + b"&txn_id=t%201"
    return Parser(
        OsonServer(lambda protocol, login: ZoneInfo("Asia/Dushanbe"), lambda: _AT),
        ("/sendsms_v1.php", "/query_sm.php", "/query_sms.php", "/check_balance.php"),
        (
            *_form(0, common + b"&from=Oson&phone_number=992900000001&msg=%D0%9F+1"),
            *_form(1, common + b"&msg_id=266083"),
            *_form(3, common),
        ),
    )


def _sms2() -> Parser:
    account = Account(
        AccountId(1),
        "shop",
        "standard",
        "RUB",
        Millionths(0),
        "RU",
        ZoneInfo("Europe/Moscow"),
        batch_json=True,
    )
    common = b"user=shop&pass=x&enc=utf-8"
    base = common + b"&base=Demo&phone=79031111111&function="
    return Parser(
        Sms2Server(lambda protocol, login: account if login == "shop" else None),
        ("/sms.cgi", "/sms_status2.cgi", "/get_credit_info.cgi", "/api_call.cgi", "/api.php"),
        (
            *_form(
                0, common + b"&phone=79031111111&from=Shop&message=%D0%9F+1&flash=1&send_at=2026-03-02+09:30"
            ),
            *_form(1, common + b"&mess_id=27460"),
            *_form(2, common),
            *(
                sample
                for function in (b"list_of_bases", b"add_phone_to_base", b"get_base", b"is_phone_in_base")
                for sample in _form(3, base + function)
            ),
            *_form(3, base + b"add_phone_to_base_batch&phones=79031111111%0D%0Anobody"),
            *_form(
                3, base + b"start_multicast&message=Hi&from=Shop&bases=Demo,Two&start_at=2026-03-02+09:30"
            ),
            *_form(4, b"user=shop&hash=0123&phone=79031111111&subject=S&text=T&picture=GIF89a1"),
            *_form(4, b"user=shop&hash=0123&phone=79031111111&subject=S&text=T&picture=R0lGODlhAQABAA%3D%3D"),
        ),
    )


def _smsclub() -> Parser:
    http = b"username=user&password=pass&from=SMS+CLUB&to=0675126767;80501111111;&text=0s4%3D&lifetime=5"
    head = b"<?xml version='1.0' encoding='utf-8'?>"
    who = b"<username><![CDATA[user]]></username><password><![CDATA[pass]]></password>"
    send = (
        head
        + b"<request_sendsms>"
        + who
        + (
            b"<from><![CDATA[XML]]></from><to><![CDATA[80501111111;80502222222]]></to>"
            b"<text><![CDATA[\xd0\x9f]]></text><to>1</to><text>2</text></request_sendsms>"
        )
    )
    state = head + b"<request_getstate>" + who + b"<smscid><![CDATA[1001;1002]]></smscid></request_getstate>"
    envelope = (
        b'<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns1="urn:x"'
        b' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        b' xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>%b</SOAP-ENV:Body>'
        b"</SOAP-ENV:Envelope>"
    )
    items = (
        b'<%b SOAP-ENC:arrayType="xsd:string[2]" xsi:type="SOAP-ENC:Array"><item>1</item><item>2</item></%b>'
    )
    sms = (
        b"<ns1:sendSms><login>u</login><password>p</password><alphaName>SMS CLUB</alphaName>%b<text>t</text>"
        b"</ns1:sendSms>" % (items % (b"destAddr", b"destAddr"))
    )
    reports = b"<ns1:getReports><login>u</login><password>p</password>%b</ns1:getReports>" % (
        items % (b"smcIds", b"smcIds")
    )
    scripts = ("httpsendsms", "httpgetsmsstate", "httpgetbalance", "xmlsendsmspost", "xmlsendindividual")
    return Parser(
        SmsClubServer(),
        (
            *(f"/hfw_smpp_addon/{script}.php" for script in scripts),
            "/hfw_smpp_addon/xmlgetsmsstatepost.php",
            "/soap/soapGateway.wsdl",
        ),
        (
            *_form(0, http),
            *_form(1, b"username=user&password=pass&smscid=1001;00002;x"),
            *_form(2, b"username=user&password=pass"),
            *(_sample(path, 1, 3, b"\n\n" + send) for path in (3, 4)),
            *_form(3, b"xmlrequest=" + quote_from_bytes(send).encode()),
            _sample(5, 1, 3, b"\n\n" + state),
            _sample(6, 1, 3, b"\n\n" + envelope % sms),
            _sample(6, 1, 3, b"\n\n" + envelope % reports),
            _sample(6, 0, 0, b"wsdl"),
        ),
    )


PARSERS: Final[dict[str, Callable[[], Parser]]] = {
    "mfms": _mfms,
    "osonsms": _osonsms,
    "sms2": _sms2,
    "smsclub": _smsclub,
}
