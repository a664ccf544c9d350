"""MFMS HPG `status`: which ids are asked for, and how they are answered."""

from datetime import UTC, datetime

import pytest

from gonets.model.calls import Query
from gonets.model.message import MessageId, Status
from gonets.model.reasons import Reason
from gonets.model.results import Found, Refused
from gonets.protocols.mfms.tables import STATUS_WORDS
from gonets.wire.http import Reply, Request
from tests.protocols.mfms.recorded import AUTH, answered, asking, called

UNKNOWN = Refused(Reason.UNKNOWN_MESSAGE)
AT = datetime(2012, 3, 15, 19, 53, 7, tzinfo=UTC)


def ids(request: Request) -> tuple[MessageId | None, ...]:
    what = called(request).what
    assert isinstance(what, Query)
    return what.messages


def found(message: int, status: Status, error: int = 0, at: datetime = AT) -> Found:
    return Found(MessageId(message), status, at, error)


def test_the_documents_own_example_is_answered_as_printed() -> None:
    request = asking(AUTH + "providerId[0]=1002&providerId[1]=1001")
    assert ids(request) == (1002, 1001)
    outcome = (
        found(1002, Status.DELIVERED, at=datetime(2012, 3, 15, 19, 53, 14, tzinfo=UTC)),
        found(1001, Status.UNDELIVERED, error=1),
    )
    assert answered(request, outcome) == Reply(
        200,
        b"ok;1002;delivered;2012.03.15 19:53:14;\nok;1001;undelivered;2012.03.15 19:53:07;unknown-subscriber",
        "text/plain; charset=utf-8",
    )


def test_dates_are_in_the_accounts_zone_and_the_profiles_format() -> None:
    request = asking("login=CLIENT&pass=P&providerId[0]=5", "/CLIENT/connector0/status")
    assert answered(request, (found(5, Status.SENT),)).body == b"ok;5;sent;2012-03-15 23:53:07;"


@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_answered(status: Status) -> None:
    body = answered(asking(AUTH + "providerId=7"), (found(7, status),)).body
    reason = {b"undelivered": b"none", b"failed": b"platform-error"}.get(STATUS_WORDS[status], b"")
    assert body == b"ok;7;%b;2012.03.15 19:53:07;%b" % (STATUS_WORDS[status], reason)


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("providerId[0]=1001", (1001,)),
        ("providerId%5B0%5D=1001", (1001,)),
        ("providerId=1001", (1001,)),
        ("providerId=1001&providerId=1002", (1001,)),
        ("providerId[0]=1001&providerId[0]=1002", (1001,)),
        ("providerId[b]=1002&providerId[a]=1001&providerId[c]=1002", (1002, 1001, 1002)),
        ("providerId[x;y]=1001", (1001,)),
        ("providerId[0=1001&providerIds[0]=5&providerId0]=6", ()),
        ("providerId[0]=9223372036854775807", (2**63 - 1,)),
        ("providerId[0]=0001001", (1001,)),
    ],
)
def test_each_key_asks_for_one_id_and_the_first_counts(query: str, asked: tuple[int, ...]) -> None:
    assert ids(asking(AUTH + query)) == asked


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "0",
        "-1",
        "%2B1",
        "1.0",
        "1e3",
        "0x10",
        "abc",
        "9223372036854775808",
        "9" * 5000,
        "1 1",
        "%20",
        "ид",
    ],
)
def test_what_is_no_positive_integer_is_an_unknown_id_and_is_echoed(sent: str) -> None:
    request = asking(f"{AUTH}providerId[0]={sent}")
    assert ids(request) == (None,)
    echo = sent.replace("%2B", "+").replace("%20", " ")
    assert answered(request, (UNKNOWN,)).body == f"error-provider-id-unknown;{echo};;;".encode()


def test_digits_that_are_not_ascii_are_no_id() -> None:
    assert ids(asking(AUTH + "providerId[0]=١٠٠١")) == (None,)


@pytest.mark.parametrize("sent", ["1;2", "1%0A", "%0D", "%FF", "1%00"])
def test_an_id_that_would_break_the_answer_is_not_echoed(sent: str) -> None:
    request = asking(f"{AUTH}providerId[0]={sent}&providerId[1]=5")
    outcome = (UNKNOWN, found(5, Status.SENT))
    body = b"error-provider-id-unknown;;;;\nok;5;sent;2012.03.15 19:53:07;"
    assert answered(request, outcome).body == body


def test_wrong_credentials_are_said_to_every_id_in_five_fields() -> None:
    request = asking("login=CLIENT&password=no&providerId[0]=1001&providerId[1]=1%3B")
    refused = answered(request, Refused(Reason.BAD_CREDENTIALS))
    assert refused == Reply(200, b"error-auth;1001;;;\nerror-auth;;;;")


def test_a_request_for_no_id_has_a_bare_answer() -> None:
    assert answered(asking(AUTH), Refused(Reason.BAD_CREDENTIALS)).body == b"error-auth"
    assert answered(asking(AUTH), ()).body == b"error-syntax"
    assert answered(asking(""), ()).body == b"error-syntax"


def test_a_store_that_is_down_is_http_500() -> None:
    reply = answered(asking(AUTH + "providerId[0]=1"), Refused(Reason.STORE_UNAVAILABLE, "Try later."))
    assert reply == Reply(500, b"error-system Try later.")
