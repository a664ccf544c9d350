"""How the load client of `gonets bench` asks in each protocol, and reads what it is answered: bytes on both sides.

All texts differ and recipients are 10,000, none with a magic ending. It is written by hand and strict: an answer that
is not to the letter of its protocol is malformed. It imports nothing of the gateway.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from typing import Final, Protocol
from urllib.parse import quote_plus

import msgspec

from gonets.cli.bind import HEAD
from gonets.cli.talk import Plan, Wire


class Answers(msgspec.Struct):
    """What the messages of one request were answered."""

    ids: list[bytes] = []
    refused: list[str] = []
    """A sentence for each that was."""
    malformed: list[str] = []


class Tongue(Protocol):
    """A protocol as a client speaks it."""

    def send(self, first: int, size: int) -> bytes:
        """Ask for the messages numbered `first` to `first + size - 1`."""

    def read(self, first: int, size: int, status: bytes, body: bytes) -> Answers:
        """What became of them; `status` as it was answered, in decimal digits."""


_TEXT: Final = "Your order is on its way, the courier calls before noon. Order "
_URL_TEXT: Final = quote_plus(_TEXT).encode()
_SENDER: Final = "Gonets"
_RECIPIENTS: Final = 10_000
_ENDINGS: Final = 9_900
"""Endings from 9900 on have a meaning in the simulated network."""


def recipient(number: int) -> bytes:
    """The recipient of a message: an international number in digits."""
    block, ending = divmod(number % _RECIPIENTS, _ENDINGS)
    return b"7916%03d%04d" % (100 + block, ending)


def _get(plan: Plan, target: bytes) -> bytes:
    return b"GET %b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (target, plan.port)


def _post(plan: Plan, path: bytes, content_type: bytes, body: bytes) -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (
        path,
        plan.port,
        content_type,
        len(body),
        body,
    )


def _all_refused(size: int, status: bytes, body: bytes) -> Answers:
    return Answers(refused=[f"HTTP status {status.decode()}: {body[:120]!r}"] * size)


class Mfms:
    """MFMS HPG, `send` and `status`; the number of a message is its key."""

    most = 100

    def __init__(self, plan: Plan) -> None:
        login = f"login={quote_plus(plan.login)}&password={quote_plus(plan.password)}"
        self._plan = plan
        self._send_head = f"{plan.path}/send?{login}".encode()
        self._status_head = f"{plan.path}/status?{login}".encode()

    def send(self, first: int, size: int) -> bytes:
        """A GET."""
        rows = [
            b"&subject%%5B%d%%5D=%b&address%%5B%d%%5D=%b&text%%5B%d%%5D=%b%d"
            % (number, _SENDER.encode(), number, recipient(number), number, _URL_TEXT, number)
            for number in range(first, first + size)
        ]
        return _get(self._plan, self._send_head + b"".join(rows))

    def read(self, first: int, size: int, status: bytes, body: bytes) -> Answers:
        """Rows."""
        rows = body.split(b"\n")
        if status != b"200" or len(rows) != size:
            return _all_refused(size, status, body)
        answers = Answers()
        for number, row in enumerate(rows, first):
            if row.startswith(b"ok;%d;" % number) and (given := row[row.rindex(b";") + 1 :]).isdigit():
                answers.ids.append(given)
            elif row.startswith(b"error-"):
                answers.refused.append(f"refused: {row[:120]!r}")
            else:
                answers.malformed.append(f"message {number} was answered {row[:120]!r}")
        return answers

    def status(self, ids: Sequence[bytes]) -> bytes:
        """Ask where these messages stand."""
        rows = [b"&providerId%%5B%d%%5D=%b" % (key, each) for key, each in enumerate(ids)]
        return _get(self._plan, self._status_head + b"".join(rows))


class _One:
    """A protocol that answers one message in a request, or several by one pattern."""

    most = 1
    answer: re.Pattern[bytes]
    """Of a whole answer; its group is the id."""
    status = b"200"

    def read(self, first: int, size: int, status: bytes, body: bytes) -> Answers:
        """One answer."""
        found = self.answer.fullmatch(body)
        if status == self.status and found is not None:
            return Answers(ids=[found[1]])
        return _all_refused(size, status, body)


class Sms2(_One):
    """SMS2, `sms.cgi` by a form."""

    answer = re.compile(rb"Message successfully sent! Message_ID=(\d+)")

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        login = f"user={quote_plus(plan.login)}&pass={quote_plus(plan.password)}&from={_SENDER}"
        self._head = login.encode()

    def send(self, first: int, size: int) -> bytes:
        """A POST."""
        body = b"%b&phone=%b&message=%b%d" % (self._head, recipient(first), _URL_TEXT, first)
        return _post(self._plan, b"/sms.cgi", b"application/x-www-form-urlencoded", body)


class OsonSms(_One):
    """OsonSMS, `sendsms_v1.php`; the password is the shared salt."""

    answer = re.compile(rb'\{"status":"ok",.*"msg_id":(\d+),.*\}')
    status = b"201"

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._login, self._salt = plan.login, plan.password

    def send(self, first: int, size: int) -> bytes:
        """A GET."""
        phone = recipient(first).decode()
        signed = f"bench-{first};{self._login};{_SENDER};{phone};{self._salt}"
        target = (
            f"/sendsms_v1.php?login={self._login}&from={_SENDER}&phone_number={phone}&txn_id=bench-{first}"
            f"&str_hash={hashlib.sha256(signed.encode()).hexdigest()}&msg={_URL_TEXT.decode()}{first}"
        )
        return _get(self._plan, target.encode())


class SmsClub:
    """SMS Club, `httpsendsmspost.php`: one text to many recipients."""

    most = 100

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        login = f"username={quote_plus(plan.login)}&password={quote_plus(plan.password)}&from={_SENDER}"
        self._head = login.encode()

    def send(self, first: int, size: int) -> bytes:
        """A POST."""
        text = quote_plus(base64.b64encode(f"{_TEXT}{first}".encode("cp1251")))
        body = b"%b&to=%b&text=%b" % (self._head, _recipients(first, size), text.encode())
        path = b"/hfw_smpp_addon/httpsendsmspost.php"
        return _post(self._plan, path, b"application/x-www-form-urlencoded", body)

    def read(self, first: int, size: int, status: bytes, body: bytes) -> Answers:
        """Items."""
        if status != b"200" or not (
            body.startswith(b"=IDS START=<br/>") and body.endswith(b"=IDS END=<br/>")
        ):
            return _all_refused(size, status, body)
        return _items(body.split(b"<br/>")[1:-2], size)


class SmsClubXml:
    """SMS Club, `xmlsendsmspost.php`: the document as the body."""

    most = 100
    _item = re.compile(rb"<mess>([^<]*)</mess>")

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def send(self, first: int, size: int) -> bytes:
        """A POST."""
        plan = self._plan
        document = (
            f"<?xml version='1.0' encoding='utf-8'?><request_sendsms><username><![CDATA[{plan.login}]]></username>"
            f"<password><![CDATA[{plan.password}]]></password><from><![CDATA[{_SENDER}]]></from>"
            f"<to><![CDATA[{_recipients(first, size).decode()}]]></to>"
            f"<text><![CDATA[{_TEXT}{first}]]></text></request_sendsms>"
        )
        return _post(plan, b"/hfw_smpp_addon/xmlsendsmspost.php", b"text/xml", document.encode())

    def read(self, first: int, size: int, status: bytes, body: bytes) -> Answers:
        """Items."""
        if status != b"200" or b"<status>OK</status>" not in body:
            return _all_refused(size, status, body)
        return _items(self._item.findall(body), size)


class SmsClubSoap:
    """SMS Club, `sendSms` by SOAP as PHP's client writes it."""

    most = 100
    _item = re.compile(rb"<item[^>]*>([^<]*)</item>")

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def send(self, first: int, size: int) -> bytes:
        """A POST."""
        plan, string = self._plan, 'xsi:type="xsd:string"'
        items = "".join(
            f"<item {string}>{recipient(number).decode()}</item>" for number in range(first, first + size)
        )
        envelope = (
            '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope'
            ' xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
            ' xmlns:ns1="urn:soapGateway" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            ' xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body><ns1:sendSms>'
            f"<login {string}>{plan.login}</login><password {string}>{plan.password}</password>"
            f"<alphaName {string}>{_SENDER}</alphaName>"
            f'<destAddr SOAP-ENC:arrayType="xsd:string[{size}]" xsi:type="SOAP-ENC:Array">{items}</destAddr>'
            f"<text {string}>{_TEXT}{first}</text></ns1:sendSms></SOAP-ENV:Body></SOAP-ENV:Envelope>"
        )
        return _post(plan, b"/soap/soapGateway.wsdl", b"text/xml; charset=utf-8", envelope.encode())

    def read(self, first: int, size: int, status: bytes, body: bytes) -> Answers:
        """Items."""
        if status != b"200":
            return _all_refused(size, status, body)
        return _items(self._item.findall(body), size)


class Smpp(_One):
    """SMPP 3.4, submit_sm with a receipt asked for; the number of a message and one more is its sequence_number."""

    answer = re.compile(rb"([0-9]+)\0")
    status = b"0"
    _SUBMIT_SM: Final = 4
    _HEAD: Final = b"\0\x05\0%b\0\x01\x01" % _SENDER.encode()
    """service_type and the addresses but for the recipient's digits."""

    def __init__(self, plan: Plan) -> None:
        pass  # who asks is said by the bind

    def send(self, first: int, size: int) -> bytes:
        """A submit_sm."""
        text = b"%b%d" % (_TEXT.encode(), first)
        # esm_class to validity_period, then registered_delivery 1, and the GSM alphabet
        body = b"%b%b\0\0\0\0\0\0\x01\0\0\0%c%b" % (self._HEAD, recipient(first), len(text), text)
        return HEAD.pack(HEAD.size + len(body), self._SUBMIT_SM, 0, first + 1) + body


def tongue(plan: Plan) -> Tongue:
    """That of a plan's protocol."""
    return _TONGUES[plan.protocol](plan)


_TONGUES: Final[dict[Wire, type[Mfms | Sms2 | SmsClub | SmsClubXml | SmsClubSoap | OsonSms | Smpp]]] = {
    Wire.MFMS: Mfms,
    Wire.SMS2: Sms2,
    Wire.SMSCLUB: SmsClub,
    Wire.SMSCLUB_XML: SmsClubXml,
    Wire.SMSCLUB_SOAP: SmsClubSoap,
    Wire.OSONSMS: OsonSms,
    Wire.SMPP: Smpp,
}

MOST_IN_REQUEST: Final = {wire: spoken.most for wire, spoken in _TONGUES.items()}
"""Messages in one request at most."""


def _recipients(first: int, size: int) -> bytes:
    return b";".join([recipient(number) for number in range(first, first + size)])


def _items(items: Sequence[bytes], size: int) -> Answers:
    """One item a message: an id, or why it was refused."""
    if len(items) != size:
        return Answers(malformed=[f"{size} messages got {len(items)} items"] * size)
    ids = [item for item in items if item.isdigit()]
    return Answers(ids, [f"refused: {item[:120]!r}" for item in items if not item.isdigit()])
