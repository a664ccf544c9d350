"""The demo's SMS Club: the HTTP scripts, the XML scripts, the SOAP gate, and refusals of each."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

from gonets.cli.demo.curl import Curl, Door, Fields, How
from gonets.cli.demo.house import CLOSED, LODGERS, SMSCLUB_LOGIN, SMSCLUB_PASSWORD, STOP_WORD, STOPPED
from gonets.cli.demo.showing import Scene, Show, Speech

_SENDER: Final = "Gonets"
_FOLDER: Final = "/hfw_smpp_addon/"
_SOAP: Final = "/soap/soapGateway.wsdl"
_XML_HEADERS: Final = (("Content-Type", "text/xml; charset=utf-8"),)
_SOAP_HEADERS: Final = (*_XML_HEADERS, ("SOAPAction", '"urn:soapGateway#call"'))
_WRONG: Final = "Не найдено соответствие пары логин\\пароль"
_LONG_TEXT: Final = "Гонец доскакал до Киева: это письмо кириллицей не помещается в одну часть. " * 2
"""More than 134 characters, so three parts of at most 67."""


# ---- the HTTP scripts


def _send(
    to: str,
    text: str = "Привіт від Гонця",
    how: How = How.QUERY,
    *,
    sender: str = _SENDER,
    password: str = SMSCLUB_PASSWORD,
    bare: bool = False,
) -> Callable[[Scene], Curl]:
    """A message, its text in Base64 of windows-1251; `bare`: as it is."""
    said = text if bare else b64encode(text.encode("cp1251")).decode()
    fields = (*_credentials(password=password), ("from", sender), ("to", to), ("text", said))
    name = "httpsendsmspost.php" if how is How.POST else "httpsendsms.php"
    charset = "cp1251" if bare else "utf-8"
    return lambda scene: Curl(_FOLDER + name, fields, how, charset=charset)


def _states(ids: Sequence[str]) -> list[Curl]:
    fields = (*_credentials(), ("smscid", ";".join(ids)))
    return [Curl(f"{_FOLDER}httpgetsmsstate.php", fields)]


def _heard(ids: Sequence[str], bodies: Sequence[str]) -> Mapping[str, str]:
    return dict(re.findall("([0-9]+): ([A-Z]+)<br/>", bodies[0]))


def _balance(login: str = SMSCLUB_LOGIN, password: str = SMSCLUB_PASSWORD) -> Callable[[Scene], Curl]:
    return lambda scene: Curl(f"{_FOLDER}httpgetbalance.php", _credentials(login, password))


def _credentials(login: str = SMSCLUB_LOGIN, password: str = SMSCLUB_PASSWORD) -> Fields:
    return ("username", login), ("password", password)


# ---- the XML scripts


def _xml(kind: str, *elements: tuple[str, str], password: str = SMSCLUB_PASSWORD) -> str:
    """A document."""
    named = (("username", SMSCLUB_LOGIN), ("password", password), *elements)
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in named)
    return f'<?xml version="1.0" encoding="utf-8"?><{kind}>{inside}</{kind}>'


def _xml_send(to: str, password: str = SMSCLUB_PASSWORD) -> Callable[[Scene], Curl]:
    """In a form's field."""
    elements = (("from", _SENDER), ("to", to), ("text", "Привіт у XML"))
    document = _xml("request_sendsms", *elements, password=password)
    return lambda scene: Curl(f"{_FOLDER}xmlsendsmspost.php", (("xmlrequest", document),), How.POST)


def _xml_send_each(pairs: Mapping[str, str], door: Door) -> Callable[[Scene], Curl]:
    """As the body itself, with a text of its own for each recipient."""
    elements = [each for to, text in pairs.items() for each in (("to", to), ("text", text))]
    document = _xml("request_sendsms", ("from", _SENDER), *elements)
    path = f"{_FOLDER}xmlsendindividual.php"
    return lambda scene: Curl(path, how=How.BODY, door=door, headers=_XML_HEADERS, body=document)


def _xml_state(scene: Scene) -> Curl:
    document = _xml("request_getstate", ("smscid", scene.first(SPEECH.name)))
    return Curl(f"{_FOLDER}xmlgetsmsstatepost.php", (("xmlrequest", document),), How.POST)


# ---- the SOAP gate


def _envelope(operation: str, *arguments: tuple[str, str]) -> Curl:
    """A call; all of its arguments are strings."""
    inside = "".join(f'<{name} xsi:type="xsd:string">{escape(value)}</{name}>' for name, value in arguments)
    body = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<SOAP-ENV:Body><gate:{operation} xmlns:gate="urn:soapGateway">{inside}</gate:{operation}>'
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    return Curl(_SOAP, how=How.BODY, headers=_SOAP_HEADERS, body=body)


def _soap_send(to: str, password: str = SMSCLUB_PASSWORD) -> Callable[[Scene], Curl]:
    return lambda scene: _envelope(
        "sendSms",
        ("login", SMSCLUB_LOGIN),
        ("password", password),
        ("alphaName", _SENDER),
        ("destAddr", to),
        ("text", "Привіт по SOAP"),
    )


def _soap_reports(scene: Scene) -> Curl:
    arguments = (("login", SMSCLUB_LOGIN), ("password", SMSCLUB_PASSWORD))
    return _envelope("getReports", *arguments, ("smcIds", scene.first(SPEECH.name)))


# ---- the shows

SPEECH: Final = Speech(
    "SMS Club", _states, _heard, frozenset({"DELIVRD", "UNDELIV", "EXPIRED", "REJECTD", "FAILED"})
)


def _taken(what: str, ask: Callable[[Scene], Curl], end: str = "DELIVRD", *, parts: int = 1) -> Show:
    return Show(SPEECH, what, ask, f"=IDS START=<br/>{'№<br/>' * parts}=IDS END=<br/>", end)


def _taken_xml(what: str, ask: Callable[[Scene], Curl], messages: int) -> Show:
    said = f"<text>Сообщений: {messages} ({messages} частей)</text>"
    return _answered_xml(what, ask, f"{said}<ids>{'<mess>№</mess>' * messages}</ids>", "DELIVRD")


def _answered_xml(
    what: str, ask: Callable[[Scene], Curl], content: str, end: str, *, status: str = "OK", late: bool = False
) -> Show:
    answer = f'<?xml version="1.0" encoding="utf-8"?><response><status>{status}</status>{content}</response>'
    return Show(SPEECH, what, ask, answer, end, late=late)


def _refused(what: str, ask: Callable[[Scene], Curl], why: str) -> Show:
    return Show(SPEECH, what, ask, why)


def _funds(what: str, ask: Callable[[Scene], Curl], *, late: bool = False) -> Show:
    return Show(SPEECH, what, ask, "…<br/>0.0000<br/>", "a balance", late=late)


SHOWS: Final = (
    _taken("by GET, the text in Base64", _send("380675120001")),
    _taken("by POST, to two in national forms", _send("0675120002;80675120003", how=How.POST), parts=2),
    _taken("three parts of Cyrillic", _send("380675120004", _LONG_TEXT), parts=3),
    _taken("a text that is not in Base64", _send("380675120005", "Привет от Гонца!", bare=True)),
    _taken_xml("XML in a field", _xml_send("380675120006"), 1),
    _taken_xml(
        "XML as the body, over TLS",
        _xml_send_each({"380675120007": "Один", "380675120008": "Два"}, Door.HTTPS),
        2,
    ),
    Show(SPEECH, "SOAP", _soap_send("380675120009"), '…<item xsi:type="xsd:string">№</item>…', "DELIVRD"),
    _taken("unknown number", _send("380675129901"), "UNDELIV"),
    _taken("it expires on the way", _send("380675129903"), "EXPIRED"),
    _taken("the network rejects it", _send("380675129904"), "REJECTD"),
    _taken("the receipt never comes", _send("380675129909"), "ENROUTE"),
    _refused("wrong password", _send("380675120010", password="wrong"), _WRONG),
    _answered_xml(
        "wrong password, in XML",
        _xml_send("380675120010", "wrong"),
        f"<text>{_WRONG}</text>",
        "ERROR",
        status="ERROR",
    ),
    Show(
        SPEECH,
        "wrong password, by SOAP",
        _soap_send("380675120010", "wrong"),
        f"…<faultcode>SOAP-ENV:Client</faultcode><faultstring>{_WRONG}</faultstring>…",
        "a fault",
        status=500,
    ),
    _refused(
        "a sender that is too long",
        _send("380675120010", sender="Gonets Gonets"),
        "Неверно указано альфа-имя",
    ),
    _refused("to a closed direction", _send(f"{CLOSED[1]}1230010"), "Направление закрыто"),
    _refused("to a number on the stop list", _send(str(STOPPED[1])), "Phone in black list."),
    _refused(
        "a stop word in the text", _send("380675120010", f"Try {STOP_WORD} now"), "Текст сообщения запрещён"
    ),
    *(
        _funds(f"what {lodger.name} has", _balance(lodger.name, lodger.secret))
        for lodger in LODGERS
        if lodger.protocol == "smsclub" and lodger.name != SMSCLUB_LOGIN
    ),
    Show(
        SPEECH,
        "where the first message stands",
        lambda scene: _states([scene.first(SPEECH.name)])[0],
        "=IDS START=<br/>…: DELIVRD<br/>=IDS END=<br/>",
        "DELIVRD",
        late=True,
    ),
    _answered_xml(
        "the same in XML",
        _xml_state,
        "<text></text><entries><entry><smscid>…</smscid><state>DELIVRD</state></entry></entries>",
        "DELIVRD",
        late=True,
    ),
    Show(
        SPEECH,
        "the same by SOAP",
        _soap_reports,
        '…<value xsi:type="xsd:string">DELIVRD</value>…',
        "DELIVRD",
        late=True,
    ),
    _funds("what is left", _balance(), late=True),
)
