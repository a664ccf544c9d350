"""Requests and a server for the tests of SMS2."""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote_from_bytes
from zoneinfo import ZoneInfo

import msgspec

from gonets.model.account import Account
from gonets.model.calls import Call
from gonets.model.message import AccountId
from gonets.model.money import Millionths
from gonets.model.results import Outcome
from gonets.protocols.sms2.server import Sms2Server
from gonets.wire.http import Reply, Request

SHOP: Final = Account(
    id=AccountId(1),
    name="shop",
    group="standard",
    currency="RUB",
    overdraft=Millionths(0),
    home_country="RU",
    zone=ZoneInfo("Europe/Moscow"),
)
ACCOUNTS: Final = {"your_login": SHOP, "modern": msgspec.structs.replace(SHOP, batch_json=True)}
AUTH: Final = {"user": b"your_login", "pass": b"your_password"}
PNG: Final = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff & = + % --edge\r\n"
GIF: Final = b"GIF89a\x01\0\x01\0"
JPEG: Final = b"\xff\xd8\xff\xe0\0\x10JFIF\0"

Fields = Mapping[str, bytes]


def sms2() -> Sms2Server:
    return Sms2Server(lambda protocol, login: ACCOUNTS.get(login) if protocol == "sms2" else None)


def got(path: str, fields: Fields) -> Request:
    """By GET."""
    return Request("GET", path, _encoded(fields), address="192.0.2.7")


def posted(path: str, fields: Fields) -> Request:
    """As a form."""
    kind = "application/x-www-form-urlencoded; charset=windows-1251"
    return Request("POST", path, b"", kind, _encoded(fields), "192.0.2.7")


def in_parts(path: str, fields: Fields) -> Request:
    """As curl posts an array in PHP."""
    body = b"".join(
        b'--edge7\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name.encode(), value)
        for name, value in fields.items()
    )
    kind = "multipart/form-data; boundary=edge7"
    return Request("POST", path, b"", kind, body + b"--edge7--\r\n", "192.0.2.7")


WAYS: Final[tuple[Callable[[str, Fields], Request], ...]] = (got, posted, in_parts)
"""In which a request can be made."""


def _encoded(fields: Fields) -> bytes:
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in fields.items()).encode()


def called(request: Request) -> Call:
    """The call a request is read as; fails where it is refused."""
    call = sms2().parse(request)
    assert isinstance(call, Call)
    return call


def answered(request: Request, outcome: Outcome) -> Reply:
    """The answer when the call comes to that."""
    server = sms2()
    return server.render(request, called(request), outcome)


def text(body: str) -> Reply:
    """A whole answer of HTTP 200."""
    return Reply(200, body.encode("ascii"), "text/plain")
