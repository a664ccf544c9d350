"""Requests and a server for the tests of OsonSMS."""

import hashlib
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from gonets.model.calls import Call
from gonets.model.results import Outcome
from gonets.protocols.osonsms.server import OsonServer
from gonets.wire.http import Reply, Request

AT: Final = datetime(2017, 12, 13, 10, 12, 15, 987_654, tzinfo=UTC)
"""When every answer is made; 15:12:15 by the dialect's own clock."""
SALT: Final = "0123456789abcdef0123456789abcdef"
ZONES: Final = {
    "oson": ZoneInfo("UTC"),
    "moscow": ZoneInfo("Europe/Moscow"),
    "greenwich": ZoneInfo("Etc/UTC"),
}

SEND: Final = "/sendsms_v1.php"
QUERY: Final = "/query_sm.php"
QUERIES: Final = "/query_sms.php"
BALANCE: Final = "/check_balance.php"

MESSAGE: Final = {
    "from": "OsonSMS",
    "phone_number": "992918888888",
    "msg": "Салом!",
    "login": "oson",
    "str_hash": "f" * 64,
    "txn_id": "test_1233",
}
"""All that a send needs; nobody looks at the hash."""
ASKING: Final = {"login": "oson", "str_hash": "f" * 64, "msg_id": "266083"}
COUNTING: Final = {"login": "oson", "str_hash": "f" * 64, "txn_id": "b1"}


def oson() -> OsonServer:
    return OsonServer(lambda protocol, login: ZONES.get(login) if protocol == "osonsms" else None, lambda: AT)


def hash_of(*values: str) -> str:
    """The document's recipe: values and salt, joined by semicolons."""
    return hashlib.sha256(";".join((*values, SALT)).encode()).hexdigest()


def got(path: str, fields: dict[str, str] | bytes, authorization: str = "") -> Request:
    query = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    return Request("GET", path, query, address="192.0.2.7", authorization=authorization)


def posted(path: str, fields: dict[str, str]) -> Request:
    form = "application/x-www-form-urlencoded; charset=UTF-8"
    return Request("POST", path, b"", form, urlencode(fields).encode(), "192.0.2.7")


def called(request: Request) -> Call:
    """The call a request is read as; fails where it is refused."""
    call = oson().parse(request)
    assert isinstance(call, Call)
    return call


def answered(request: Request, outcome: Outcome) -> Reply:
    """The answer when the call comes to that, or the request's own refusal."""
    server = oson()
    call = server.parse(request)
    if isinstance(call, Call):
        return server.render(request, call, outcome)
    return server.render(request, None, call)


def error(code: int, msg: str, at: str = "2017-12-13 15:12:15") -> bytes:
    """The whole body of an error."""
    return f'{{"error":{{"code":{code},"msg":"{msg}","timestamp":"{at}"}}}}'.encode()
