"""The five clients of the table: each sends a text and hears of its end in its own protocol, as its document says."""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from gonets.cli.demo import house
from gonets.rules.proofs import md5_of
from gonets.wire.smpp.pdu import DeliverSm, SubmitSmResp
from gonets.wire.smpp.tlvs import tlv
from tests.processes import GatewayProcess, curl
from tests.stories.smpp.esme import Esme, bound, submit

SENDER: Final = "OsonSMS"
"""Registered where names must be."""
_PAYLOAD: Final = 0x0424


class Client(Protocol):
    """Software that was written for one provider."""

    name: str

    def send(self, recipient: str, text: str) -> str:
        """The id that its provider gives."""

    def delivered(self, sent: str) -> bool:
        """Whether its provider says so by now."""


def _form(url: str, *fields: tuple[str, str], get: bool = False) -> str:
    words = [word for name, value in fields for word in ("--data-urlencode", f"{name}={value}")]
    return curl(*(["-G"] if get else []), *words, url).decode()


class Mfms:
    """MFMS HPG: GET, an indexed row for each message."""

    name = "MFMS"

    def __init__(self, gateway: GatewayProcess) -> None:
        self._url = gateway.url("/CLIENT/connectorX/")
        self._login = (("login", house.MFMS_LOGIN), ("password", house.MFMS_PASSWORD))

    def send(self, recipient: str, text: str) -> str:
        rows = (("subject[0]", SENDER), ("address[0]", recipient), ("text[0]", text))
        answer = _form(f"{self._url}send", *self._login, *rows, get=True)
        found = re.match(r"ok;[^;]*;([0-9]+)", answer)
        assert found, answer
        return found[1]

    def delivered(self, sent: str) -> bool:
        answer = _form(f"{self._url}status", *self._login, ("providerId[0]", sent), get=True)
        return ";delivered;" in answer


class Sms2:
    """SMS2: CGI scripts, UTF-8 by `enc`."""

    name = "SMS2"

    def __init__(self, gateway: GatewayProcess) -> None:
        self._gateway = gateway
        self._login = (("user", house.SMS2_LOGIN), ("pass", house.SMS2_PASSWORD))

    def send(self, recipient: str, text: str) -> str:
        fields = (("phone", recipient), ("from", SENDER), ("message", text), ("enc", "utf-8"))
        answer = _form(self._gateway.site("/sms.cgi"), *self._login, *fields)
        found = re.fullmatch(r"Message successfully sent! Message_ID=([0-9]+)", answer)
        assert found, answer
        return found[1]

    def delivered(self, sent: str) -> bool:
        return (
            _form(self._gateway.site("/sms_status2.cgi"), *self._login, ("mess_id", sent))
            == "Status: delivered"
        )

    def send_mms(self, phone: str, subject: str, text: str, picture: Path) -> str:
        """The id of a multimedia message."""
        login = (("user", house.SMS2_LOGIN), ("hash", md5_of(house.SMS2_PASSWORD)))
        fields = (*login, ("phone", phone), ("subject", subject), ("text", text))
        words = [word for name, value in fields for word in ("--form-string", f"{name}={value}")]
        answer = curl(*words, "-F", f"picture=@{picture}", self._gateway.site("/api.php")).decode("ascii")
        assert answer.startswith("Ok_"), answer
        return answer.removeprefix("Ok_")


class SmsClub:
    """SMS Club over HTTP: the text in Base64 of windows-1251, an id for each part."""

    name = "SMS Club"

    def __init__(self, gateway: GatewayProcess) -> None:
        self._gateway = gateway
        self._login = (("username", house.SMSCLUB_LOGIN), ("password", house.SMSCLUB_PASSWORD))

    def send(self, recipient: str, text: str) -> str:
        said = b64encode(text.encode("cp1251")).decode()
        url = self._gateway.site("/hfw_smpp_addon/httpsendsmspost.php")
        answer = _form(url, *self._login, ("from", SENDER), ("to", recipient), ("text", said))
        ids = re.findall(r"([0-9]+)<br/>", answer)
        assert ids, answer
        return ";".join(ids)

    def delivered(self, sent: str) -> bool:
        url = self._gateway.site("/hfw_smpp_addon/httpgetsmsstate.php")
        answer = _form(url, *self._login, ("smscid", sent))
        return len(re.findall(r": DELIVRD<br/>", answer)) == len(sent.split(";"))


class Smsc:
    """SMSC.ru: SMPP, long texts in message_payload, receipts to the session."""

    name = "SMSC.ru"

    def __init__(self, esme: Esme) -> None:
        self._esme = esme

    def send(self, recipient: str, text: str) -> str:
        answer = self._ask(recipient, text)
        assert answer.command_status == 0, answer
        return answer.message_id

    def refused(self, recipient: str, text: str) -> int:
        """The command_status of what is not taken."""
        return self._ask(recipient, text).command_status

    def _ask(self, recipient: str, text: str) -> SubmitSmResp:
        latin = text.isascii()
        answer = self._esme.ask(
            submit(
                source_addr=SENDER,
                destination_addr=recipient,
                data_coding=0 if latin else 8,
                short_message=b"",
                tlvs=(tlv(_PAYLOAD, text.encode("ascii" if latin else "utf-16-be")),),
            )
        )
        assert isinstance(answer, SubmitSmResp)
        return answer

    def receipts(self) -> list[DeliverSm]:
        """All that came so far."""
        return self._esme.receipts(0)

    def delivered(self, sent: str) -> bool:
        self._esme.read(0.05)
        said = [each.short_message for each in self.receipts()]
        return any(b"id:" + sent.encode() + b" " in each and b"stat:DELIVRD" in each for each in said)


class Oson:
    """OsonSMS: JSON, signed."""

    name = "OsonSMS"

    def __init__(self, gateway: GatewayProcess) -> None:
        self._gateway = gateway
        self._number = 0

    def send(self, recipient: str, text: str) -> str:
        self._number += 1
        txn = f"table{self._number}"
        hashed = _hash(txn, house.OSON_LOGIN, SENDER, recipient)
        fields = (("from", SENDER), ("phone_number", recipient), ("msg", text), ("login", house.OSON_LOGIN))
        url = self._gateway.site("/sendsms_v1.php")
        answer = _form(url, *fields, ("txn_id", txn), ("str_hash", hashed), get=True)
        assert "msg_id" in answer, answer
        return str(json.loads(answer)["msg_id"])

    def delivered(self, sent: str) -> bool:
        fields = (("login", house.OSON_LOGIN), ("msg_id", sent), ("str_hash", _hash(sent, house.OSON_LOGIN)))
        answer = _form(self._gateway.site("/query_sm.php"), *fields, get=True)
        return bool(json.loads(answer).get("status") == "DELIVERED")


def _hash(*values: str) -> str:
    return hashlib.sha256(";".join((*values, house.OSON_SALT)).encode()).hexdigest()


@contextmanager
def clients(gateway: GatewayProcess) -> Iterator[tuple[Client, ...]]:
    """One of each."""
    with bound(gateway, house.SMSC_LOGIN, listener="smpp_smsc", password=house.SMSC_PASSWORD) as esme:
        yield Mfms(gateway), Sms2(gateway), SmsClub(gateway), Smsc(esme), Oson(gateway)
