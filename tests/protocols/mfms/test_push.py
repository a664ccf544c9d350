"""Statuses handed over to a client of MFMS HPG."""

from datetime import UTC, datetime

import pytest

from gonets.model.account import Account
from gonets.model.message import AccountId, MessageId, State
from gonets.model.money import Millionths
from gonets.ports.stores import Notice
from gonets.protocols.mfms.push import HpgPush
from gonets.wire import forms
from gonets.wire.http import Reply, Request
from tests.protocols.mfms.recorded import MOSCOW

AT = 1331841187_000_000
"""2012-03-15 19:53:07 UTC."""


NOW = datetime(2026, 3, 2, tzinfo=UTC)


def account(url: str = "http://client.example/statuses") -> Account:
    return Account(AccountId(1), "CLIENT", "base", "RUB", Millionths(0), "RU", MOSCOW, push_url=url)


def notice(message: int, state: State, error: int = 0) -> Notice:
    return Notice(message, AccountId(1), MessageId(message), state, error, AT, AT)


def test_each_notice_has_its_own_index_in_one_request() -> None:
    notices = [notice(1001, State.UNDELIVERED, 1), notice(1002, State.DELIVERED)]
    assert HpgPush().ask(account(), notices, NOW) == Request(
        "GET",
        "http://client.example/statuses?providerId%5B0%5D=1001&status%5B0%5D=undelivered"
        "&dateTime%5B0%5D=2012.03.15%2023:53:07&reason%5B0%5D=unknown-subscriber"
        "&providerId%5B1%5D=1002&status%5B1%5D=delivered&dateTime%5B1%5D=2012.03.15%2023:53:07&reason%5B1%5D=",
    )


@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("http://a.example", "http://a.example?providerId"),
        ("http://a.example/x?key=1", "http://a.example/x?key=1&providerId"),
        ("http://a.example/x?", "http://a.example/x?providerId"),
        ("http://a.example/x?key=1&", "http://a.example/x?key=1&providerId"),
        ("http://a.example/x#top", "http://a.example/x?providerId"),
    ],
)
def test_a_query_that_the_url_has_stays_in_front(url: str, start: str) -> None:
    assert HpgPush().ask(account(url), [notice(1, State.DELIVERED)], NOW).path.startswith(start)


def test_a_hundred_notices_go_in_one_request_and_can_be_read_back() -> None:
    request = HpgPush().ask(account(), [notice(number, State.FAILED) for number in range(1, 101)], NOW)
    fields = forms.parse(request.path.partition("?")[2].encode())
    assert [value for name, value in fields if name.startswith(b"providerId")] == [
        b"%d" % number for number in range(1, 101)
    ]
    assert dict(fields)[b"status[99]"] == b"failed"
    assert dict(fields)[b"reason[99]"] == b"platform-error"
    assert dict(fields)[b"dateTime[99]"] == b"2012.03.15 23:53:07"


@pytest.mark.parametrize(
    ("status", "taken"), [(200, True), (201, False), (204, False), (302, False), (500, False)]
)
def test_http_200_takes_all_and_nothing_else_takes_any(status: int, taken: bool) -> None:
    assert HpgPush().hear(Reply(status, b"whatever")) is taken
