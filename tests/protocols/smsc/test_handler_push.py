"""Statuses handed over to a client that was written for SMSC.ru's HTTP handler."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import msgspec
import pytest

from gonets.model.account import Account
from gonets.model.message import AccountId, Channel, MessageId, State, Status
from gonets.model.money import Millionths
from gonets.model.results import Lookup
from gonets.ports.stores import Notice, Said
from gonets.protocols.smsc.push import STATUS_NUMBERS, HandlerPush, status_number
from gonets.wire.http import Reply

AT = 1772443800_250_000
"""2026-03-02 09:30:00.25 UTC."""
NOW = datetime(2026, 3, 2, 9, 31, tzinfo=UTC)
NOTICE = Notice(
    5, AccountId(1), MessageId(1001), State.DELIVERED, 0, AT, AT, "Shop & Co", "79031234567", AT, "Hi", 2
)


def account(*fields: str) -> Account:
    zone = ZoneInfo("Europe/Moscow")
    url = "http://client.example/sms.php"
    return Account(
        AccountId(1), "shop", "base", "RUB", Millionths(0), "RU", zone, push_url=url, push_fields=fields
    )


def posted(notice: Notice, *fields: str) -> dict[str, str]:
    request = HandlerPush().ask(account(*fields), [notice], NOW)
    assert (request.method, request.path) == ("POST", "http://client.example/sms.php")
    assert request.content_type.startswith("application/x-www-form-urlencoded")
    return dict(parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True))


def test_every_status_has_a_number() -> None:
    assert set(STATUS_NUMBERS) == set(Status)


def test_a_status_is_a_form_with_nine_fields_in_the_zone_of_the_account() -> None:
    assert posted(msgspec.structs.replace(NOTICE, price=Millionths(1_250_000))) == {
        "id": "1001",
        "phone": "79031234567",
        "status": "1",
        "time": "02.03.2026 12:30:00",
        "ts": "1772443800",
        "err": "0",
        "cost": "1.25",
        "type": "0",
        "sender": "Shop & Co",
    }


def test_a_look_up_has_what_it_found_besides() -> None:
    found = Lookup("250011234567890", "79037011111", "250", "99", "Россия", "Билайн", "", "")
    fields = posted(msgspec.structs.replace(NOTICE, channel=Channel.HLR, lookup=found))
    assert list(fields)[9:] == ["imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet"]
    assert (fields["cn"], fields["net"], fields["rnet"], fields["type"]) == ("Россия", "Билайн", "", "4")


def test_a_look_up_that_found_nothing_has_its_fields_all_the_same() -> None:
    fields = posted(msgspec.structs.replace(NOTICE, channel=Channel.HLR, state=State.UNDELIVERED, error=1))
    assert len(fields) == 17
    assert fields["imsi"] == ""


def test_a_client_may_know_fields_under_other_names() -> None:
    fields = posted(NOTICE, "phone=msisdn", "id=sms[id]")
    assert list(fields)[:3] == ["sms[id]", "msisdn", "status"]
    assert "phone" not in fields


@pytest.mark.parametrize(
    ("status", "error", "number"),
    [
        (Status.UNDELIVERED, 0, 20),
        (Status.UNDELIVERED, 1, 22),
        (Status.UNDELIVERED, 6, 25),
        (Status.UNDELIVERED, 12, 20),
        (Status.REJECTED, 252, 23),
        (Status.FAILED, 0, 20),
        (Status.EXPIRED, 6, 3),
        (Status.CANCELLED, 0, -2),
        (Status.ACCEPTED, 0, 0),
        (Status.QUEUED, 0, -1),
    ],
)
def test_the_number_says_why_where_smsc_ru_has_one_for_it(status: Status, error: int, number: int) -> None:
    assert status_number(status, error) == number


def test_it_has_no_words_for_what_a_phone_says() -> None:
    said = Said(6, AccountId(1), 9, "79031234567", "1234", "STOP", False, AT, AT)
    assert HandlerPush().carries(NOTICE)
    assert not HandlerPush().carries(said)


def test_http_200_takes_it_and_nothing_else_does() -> None:
    assert HandlerPush().hear(Reply(200, b"whatever"))
    for status in (201, 204, 302, 404, 500):
        assert not HandlerPush().hear(Reply(status, b"OK"))
