"""MFMS HPG as we call it: what is asked, and what each answer means."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.calls import Query, Submission, Submit
from gonets.model.message import (
    Channel,
    Encoding,
    MessageId,
    Outgoing,
    OutgoingMessage,
    PartId,
    State,
    Status,
)
from gonets.model.reasons import UNDELIVERED_WORDS, Reason
from gonets.model.results import (
    Accepted,
    Deferred,
    Found,
    Receipt,
    Refused,
    Rejected,
    SendResult,
    Sent,
    Uncertain,
)
from gonets.model.times import micros
from gonets.ports.edges import Sending
from gonets.ports.stores import Away
from gonets.protocols.mfms.client import LONGEST_URL, RESULTS, STATES, HpgSending, HpgSettings
from gonets.protocols.mfms.server import HpgServer
from gonets.protocols.mfms.tables import REASON_CODES, STATUS_WORDS
from gonets.wire.http import Reply, Request
from tests.clocks import START, TravelClock
from tests.protocols.mfms.recorded import PROFILES

SETTINGS = HpgSettings(
    url="http://sms.example.net:9876/", client="CLIENT", connector="connector0", password="P@ss w&rd"
)
LATER = Deferred(255, 0.0)


def hpg(**changes: str) -> HpgSending:
    return HpgSending(msgspec.structs.replace(SETTINGS, **changes), TravelClock())


def message(number: int = 1, *texts: str, **rest: Any) -> OutgoingMessage:
    """With a part for each text."""
    facts: dict[str, Any] = {"sender": "Gonets", "recipient": "79161234567", "encoding": Encoding.GSM7}
    facts |= {"attempts": 1, "expires_at": None, **rest}
    texts = texts or ("Hello",)
    return OutgoingMessage(
        tuple(
            Outgoing(
                id=PartId(number + n),
                message=MessageId(number),
                number=n + 1,
                total=len(texts),
                text=text,
                **facts,
            )
            for n, text in enumerate(texts)
        )
    )


def arrived(request: Request) -> Request:
    """The same as a server sees it."""
    url = urlsplit(request.path)
    return Request(
        request.method, url.path, url.query.encode(), request.content_type, request.body, "192.0.2.7"
    )


def served() -> HpgServer:
    return HpgServer(lambda client, connector: PROFILES.get((client, connector)), ZoneInfo("UTC"))


# ---- what is asked


def test_it_is_a_sending_half() -> None:
    sending: Sending = hpg()
    assert (sending.most_asked, sending.repeats_safely) == (100, False)


def test_two_messages_are_asked_for_as_the_document_writes_them() -> None:
    request = hpg().ask([message(1), message(2, "При", "вет")])
    assert (request.method, request.body) == ("GET", b"")
    assert request.path == (
        "http://sms.example.net:9876/CLIENT/connector0/send?login=CLIENT&password=P%40ss%20w%26rd"
        "&subject%5B1%5D=Gonets&address%5B1%5D=79161234567&text%5B1%5D=Hello"
        "&subject%5B2%5D=Gonets&address%5B2%5D=79161234567&text%5B2%5D=%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82"
    )


def test_states_are_asked_for_by_their_ids() -> None:
    away = [Away(PartId(n), f"100{n}", "79161234567", 0) for n in (1, 2)]
    assert hpg(login="me", login_field="user", password_field="pass").poll(away).path == (
        "http://sms.example.net:9876/CLIENT/connector0/status?user=me&pass=P%40ss%20w%26rd"
        "&providerId%5B0%5D=1001&providerId%5B1%5D=1002"
    )


def test_a_message_says_for_how_many_minutes_it_is_worth_sending() -> None:
    path = hpg().ask([message(expires_at=micros(START + timedelta(seconds=61)))]).path
    assert path.endswith("&validityPeriodMinutes%5B1%5D=2")
    path = hpg().ask([message(expires_at=micros(START - timedelta(seconds=61)))]).path
    assert path.endswith("&validityPeriodMinutes%5B1%5D=1")


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=70))
def test_as_many_fit_as_make_no_longer_url_and_there_are_never_more_than_fifty(lengths: list[int]) -> None:
    sending = hpg()
    messages = [message(n * 100 + 1, "я" * length) for n, length in enumerate(lengths)]
    count = sending.fits(messages)
    assert 1 <= count <= min(50, len(messages))
    request = sending.ask(messages[:count])
    assert len(request.path) < LONGEST_URL
    if request.method == "POST":
        assert count == 1
    if count < min(50, len(messages)):
        assert sending.ask(messages[: count + 1]).method == "POST"


@pytest.mark.parametrize(
    ("changes", "able"),
    [
        ({}, True),
        ({"octets": "00480065", "encoding": Encoding.UCS2}, True),
        ({"octets": "0102", "encoding": Encoding.OCTETS}, False),
        ({"header": "050003010201"}, False),
        ({"flash": True}, False),
        *(({"channel": channel}, channel is Channel.SMS) for channel in Channel),
    ],
)
def test_what_hpg_has_no_word_for_is_refused_before_it_is_sent(changes: dict[str, Any], able: bool) -> None:
    assert (hpg().unable(message(**changes)) is None) is able


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.sampled_from(["Gonets", "a;b", "7&=%+ "]),
)
def test_what_we_ask_our_own_server_reads_as_the_same_message(text: str, sender: str) -> None:
    sending = hpg(password="P@ssw0rd", password_field="pass")
    half = len(text) // 2
    parts = (text[:half], text[half:]) if half else (text,)
    call = served().parse(arrived(sending.ask([message(7, *parts, sender=sender), message(9)])))
    assert not isinstance(call, Refused)
    assert (call.who.login, call.who.password) == ("CLIENT", "P@ssw0rd")
    assert call.what == Submit(
        (
            Submission(sender, "79161234567", text, "7"),
            Submission("Gonets", "79161234567", "Hello", "9"),
        )
    )


# ---- what answers mean


@pytest.mark.parametrize(
    ("status", "body", "results"),
    [
        (200, "ok;1;1001\nok;2;1002", [Sent("1001"), Sent("1002")]),
        (200, "ok;2;1002\r\nok;1;1001 \r\n\r\n", [Sent("1001"), Sent("1002")]),
        (200, "\ufeff OK ; 1 ; 1001 ;\nok;2;1002\n", [Sent("1001"), Sent("1002")]),
        (200, "error-address-format;1;\nok;2;1002", [Rejected(1), Sent("1002")]),
        (200, "error-address-unknown;1;\nerror-subject-format;2;", [Rejected(1), Rejected(21)]),
        (200, "error-subject-unknown;1;\nerror-syntax;2;", [Rejected(21), Rejected(21)]),
        (200, "error-auth;1;\nerror-system;2;", [LATER, LATER]),
        (200, "error-novel;1;\nok;2;1002", [LATER, Sent("1002")]),
        (200, "error-auth", [LATER, LATER]),
        (200, "error-syntax", [Rejected(21), Rejected(21)]),
        (200, "ok;1;1001", [Sent("1001"), Uncertain()]),
        (200, "ok;1;1001\nerror-system;1;\nerror-system;2;\nok;2;1002", [Sent("1001"), Sent("1002")]),
        (202, "accepted", [Uncertain(), Uncertain()]),
        (200, "ok;1;1001\nok;2", [Sent("1001"), Uncertain()]),
        (200, "ok;1;1001\nok;2;", [Sent("1001"), Uncertain()]),
        (200, "maybe;1;1001\nok;3;1", [Uncertain(), Uncertain()]),
        (200, "", [Uncertain(), Uncertain()]),
        (200, "<html>\n<title>Welcome; stranger</title>", [Uncertain(), Uncertain()]),
        (500, "error-system The request could not be stored.", [LATER, LATER]),
        (500, "", [LATER, LATER]),
        (503, "<html>busy</html>", [LATER, LATER]),
        (502, "<html>bad gateway</html>", [Uncertain(), Uncertain()]),
        (504, "", [Uncertain(), Uncertain()]),
        (429, "error-system Too many requests", [Deferred(220, 0.0), Deferred(220, 0.0)]),
        (404, "not found", [LATER, LATER]),
        (302, "", [LATER, LATER]),
        (400, "<h1>Bad request</h1>", [Rejected(21), Rejected(21)]),
    ],
)
def test_an_answer_says_of_each_message_what_became_of_it(
    status: int, body: str, results: list[SendResult]
) -> None:
    assert hpg().hear([message(1), message(2)], Reply(status, body.encode())) == results


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (200, "ok;1;1001\nerror-system;2;", False),
        (200, "error-auth;1;\nerror-auth;2;", True),
        (200, "error-auth", True),
        (200, "", False),
        (302, "", True),
        (401, "", True),
        (404, "", True),
        (500, "error-system", False),
    ],
)
def test_it_is_known_when_there_is_no_use_in_sending_more(status: int, body: str, trouble: bool) -> None:
    assert bool(hpg().trouble(Reply(status, body.encode()))) is trouble


AWAY = [Away(PartId(n), str(1000 + n), "79161234567", 0) for n in (1, 2)]


@pytest.mark.parametrize(
    ("row", "state", "error", "hour"),
    [
        ("ok;1001;delivered;2012.03.15 19:53:14;", State.DELIVERED, 0, 16),
        ("ok;1001;delivered;2012-03-15 19:53:14;\r", State.DELIVERED, 0, 16),
        ("ok;1001;undelivered;2012.03.15 19:53:07;unknown-subscriber", State.UNDELIVERED, 1, 16),
        ("ok;1001;undelivered;2012.03.15 19:53:07;error-077", State.UNDELIVERED, 77, 16),
        ("ok;1001;undelivered;2012.03.15 19:53:07;who knows", State.UNDELIVERED, 255, 16),
        ("ok;1001;undelivered;2012.99.15 19:53:07;", State.UNDELIVERED, 0, None),
        ("ok;1001;failed;2012.03.15 19:53:07;", State.REJECTED, 255, 16),
        ("ok;1001;cancelled", State.UNDELIVERED, 0, None),
    ],
)
def test_a_row_says_where_a_message_stands(row: str, state: State, error: int, hour: int | None) -> None:
    at = (
        START
        if hour is None
        else datetime(2012, 3, 15, hour, 53, int(row.split(";")[3].strip()[-2:]), tzinfo=UTC)
    )
    reply = Reply(200, f"{row}\nok;1002;sent;2012.03.15 19:53:14;\n".encode())
    assert hpg(zone="Asia/Baghdad").told(AWAY, reply, START) == [Receipt("1001", state, error, at)]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"error-provider-id-unknown;1001;;;\nerror-auth"),
        Reply(200, b"ok;1009;delivered;2012.03.15 19:53:14;"),
        Reply(200, b"ok;1001;eaten;2012.03.15 19:53:14;"),
        Reply(200, b"ok;1001;deliv"),
        Reply(500, b"ok;1001;delivered;2012.03.15 19:53:14;"),
        Reply(200, b"<html>\xff;;;"),
        Reply(200, b""),
    ],
)
def test_what_says_nothing_of_them_is_no_news(reply: Reply) -> None:
    assert not hpg().told(AWAY, reply, START)


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_answer_is_too_odd_to_be_heard(status: int, body: bytes) -> None:
    sending, reply = hpg(), Reply(status, body)
    assert len(sending.hear([message(1), message(2)], reply)) == 2
    assert isinstance(sending.trouble(reply), str)
    assert sending.told(AWAY, reply, START) is not None


# ---- both halves together


def test_every_code_and_status_that_our_server_says_is_in_the_tables() -> None:
    assert {code.decode() for code in REASON_CODES.values()} == set(RESULTS)
    assert {word.decode() for word in STATUS_WORDS.values()} == set(STATES)


@pytest.mark.parametrize("reason", Reason)
def test_what_our_server_refuses_was_not_taken(reason: Reason) -> None:
    request = arrived(hpg(password_field="pass").ask([message(1)]))
    call = served().parse(request)
    assert not isinstance(call, Refused)
    for outcome in (Refused(reason), (Refused(reason),)):
        [result] = hpg().hear([message(1)], served().render(request, call, outcome))
        assert isinstance(result, Rejected | Deferred)


def test_what_our_server_takes_is_sent() -> None:
    request = arrived(hpg(password_field="pass").ask([message(1)]))
    call = served().parse(request)
    assert not isinstance(call, Refused)
    reply = served().render(request, call, (Accepted(MessageId(1001), 3),))
    assert hpg().hear([message(1)], reply) == [Sent("1001")]


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("error", [0, *UNDELIVERED_WORDS, 99])
def test_what_our_server_says_of_a_status_comes_back_with_its_error(status: Status, error: int) -> None:
    sending = hpg(password_field="pass", zone="Europe/Moscow")
    request = arrived(sending.poll(AWAY[:1]))
    call = served().parse(request)
    assert not isinstance(call, Refused)
    assert call.what == Query((MessageId(1001),))
    reply = served().render(request, call, (Found(MessageId(1001), status, START, error),))
    told = sending.told(AWAY[:1], reply, START + timedelta(hours=1))
    state = STATES[STATUS_WORDS[status].decode()]
    if state is None:
        assert told == []
        return
    [receipt] = told
    assert isinstance(receipt, Receipt)
    assert (receipt.state, receipt.at) == (state, START)
    if status in (Status.UNDELIVERED, Status.EXPIRED):
        assert receipt.error == error
