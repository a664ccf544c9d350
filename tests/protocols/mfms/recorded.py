"""Requests and a server for the tests of MFMS HPG."""

from typing import Final
from zoneinfo import ZoneInfo

from gonets.model.account import Profile
from gonets.model.calls import Call
from gonets.model.message import AccountId
from gonets.model.results import Outcome
from gonets.protocols.mfms.server import HpgServer
from gonets.wire.http import Reply, Request

MOSCOW: Final = ZoneInfo("Europe/Moscow")
PROFILES: Final = {
    ("CLIENT", "connectorX"): Profile(AccountId(1), "CLIENT", "connectorX", zone=ZoneInfo("UTC")),
    ("CLIENT", "connector0"): Profile(
        AccountId(1), "CLIENT", "connector0", password_field="pass", dashed_dates=True, zone=MOSCOW
    ),
    ("NY", "connector0"): Profile(AccountId(2), "NY", "connector0", zone=ZoneInfo("America/New_York")),
}
AUTH: Final = "login=CLIENT&password=P@ssw0rd&"


def hpg() -> HpgServer:
    return HpgServer(lambda client, connector: PROFILES.get((client, connector)), ZoneInfo("UTC"))


def sending(query: str | bytes, path: str = "/CLIENT/connectorX/send") -> Request:
    return Request("GET", path, query.encode() if isinstance(query, str) else query, address="192.0.2.7")


def asking(query: str | bytes, path: str = "/CLIENT/connectorX/status") -> Request:
    return sending(query, path)


def called(request: Request) -> Call:
    """The call a request is read as; fails where it is refused."""
    call = hpg().parse(request)
    assert isinstance(call, Call)
    return call


def answered(request: Request, outcome: Outcome) -> Reply:
    """The answer when the call comes to that, or the request's own refusal."""
    server = hpg()
    call = server.parse(request)
    if isinstance(call, Call):
        return server.render(request, call, outcome)
    return server.render(request, None, call)
