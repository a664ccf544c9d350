"""SMS Club as we call it, in each of its three ways: what is asked, and what each answer means."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gonets.model.calls import Call, Query, Submission, Submit
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
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Deferred, Found, Receipt, Refused, Rejected, Sent, Uncertain
from gonets.model.times import micros
from gonets.ports.edges import Sending
from gonets.ports.stores import Away
from gonets.protocols.smsclub.client import RESULTS, STATES, SmsClubSending, SmsClubSettings, Way
from gonets.protocols.smsclub.server import SmsClubServer
from gonets.protocols.smsclub.tables import REASON_TEXTS, SOAP_STATES
from gonets.protocols.smsclub.tables import STATES as WORDS
from gonets.wire.http import Reply, Request
from tests.clocks import START, TravelClock

LATER = Deferred(255, 0.0)
AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
WAYS = pytest.mark.parametrize("way", Way)
TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("АБЯабяёЄєІіЇїҐґ№€–{}[]~^\\|@£$\r\n\t&=+%; <>'\""),
        st.sampled_from("😀👩‍🚀🇺🇦Δ"),
        st.sampled_from(["]]>", "\r\n", "<![CDATA[", "&amp;"]).map(lambda each: each[0]),
    ),
    max_size=120,
)


def sending(way: Way, **changes: Any) -> SmsClubSending:
    usual = SmsClubSettings(url="http://sms.example.net/", user="user", password="p&ss<1>")
    return SmsClubSending(msgspec.structs.replace(usual, variant=way, **changes), TravelClock())


def message(*texts: str, **rest: Any) -> OutgoingMessage:
    """With a part for each text."""
    facts: dict[str, Any] = {"sender": "SMS Club", "recipient": "380675126767", "encoding": Encoding.UCS2}
    facts |= {"attempts": 1, "expires_at": None, **rest}
    texts = texts or ("Test",)
    return OutgoingMessage(
        tuple(
            Outgoing(
                id=PartId(n + 1), message=MessageId(1), number=n + 1, total=len(texts), text=each, **facts
            )
            for n, each in enumerate(texts)
        )
    )


def away(*ids: str) -> list[Away]:
    return [Away(PartId(n + 1), each, "380675126767", 0) for n, each in enumerate(ids)]


def arrived(request: Request) -> Request:
    """The same as a server sees it."""
    url = urlsplit(request.path)
    return msgspec.structs.replace(request, path=url.path, query=url.query.encode(), address="192.0.2.7")


def read(request: Request) -> Call:
    call = SmsClubServer().parse(arrived(request))
    assert isinstance(call, Call), call
    return call


def answered(request: Request, outcome: Any) -> Reply:
    return SmsClubServer().render(arrived(request), read(request), outcome)


def listed(way: Way, *items: str) -> Reply:
    """A list of ids and refusals, as that way writes it."""
    if way is Way.HTTP:
        return html("=IDS START=<br/>" + "".join(f"{each}<br/>" for each in items) + "=IDS END=<br/>")
    if way is Way.XML:
        inside = "".join(f"<mess>{each}</mess>\n" for each in items)
        return html(f"<response>\n<status>OK</status><text>Сообщений: 1</text><ids>{inside}</ids></response>")
    inside = "".join(f"<item>{each}</item>" for each in items)
    return enveloped(f'<n:sendSmsResponse xmlns:n="urn:x"><return>{inside}</return></n:sendSmsResponse>')


def refused(way: Way, said: str) -> Reply:
    """A whole request, as that way writes it."""
    if way is Way.HTTP:
        return html(said)
    if way is Way.XML:
        return html(f"<response><status>ERROR</status><text>{said}</text></response>")
    inside = f"<faultcode>SOAP-ENV:Client</faultcode><faultstring>{said}</faultstring>"
    return msgspec.structs.replace(enveloped(f"<SOAP-ENV:Fault>{inside}</SOAP-ENV:Fault>"), status=500)


def html(body: str) -> Reply:
    return Reply(200, body.encode(), "text/html; charset=utf-8")


def enveloped(body: str) -> Reply:
    envelope = "http://schemas.xmlsoap.org/soap/envelope/"
    return html(
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{envelope}"><SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>'
    )


# ---- what is asked


@WAYS
def test_it_is_a_sending_half(way: Way) -> None:
    half: Sending = sending(way)
    assert (half.most_asked, half.repeats_safely, half.fits([message()] * 3)) == (100, False, 1)


def test_over_http_the_text_is_windows_1251_in_base64_and_the_time_is_told() -> None:
    expires = micros(START + timedelta(seconds=61))
    request = sending(Way.HTTP).ask([message("При", "вет", expires_at=expires)])
    assert (request.method, request.path) == (
        "POST",
        "http://sms.example.net/hfw_smpp_addon/httpsendsmspost.php",
    )
    assert request.body == (
        b"username=user&password=p%26ss%3C1%3E&from=SMS%20Club&to=380675126767&text=z%2FDo4uXy&lifetime=2"
    )


@WAYS
def test_states_are_asked_for_in_one_list(way: Way) -> None:
    what = read(sending(way).poll(away("1001", "1002"))).what
    assert isinstance(what, Query)
    assert (what.messages, what.each_part) == ((MessageId(1001), MessageId(1002)), True)


@WAYS
@given(written=TEXTS, sender=st.sampled_from(["Club", "SMS Club", "380501234567"]))
def test_our_own_server_reads_what_was_meant(way: Way, written: str, sender: str) -> None:
    asked = message(written, sender=sender)
    assume(written and sending(way).unable(asked) is None)
    call = read(sending(way).ask([asked]))
    assert (call.who.login, call.who.password) == ("user", "p&ss<1>")
    assert isinstance(call.what, Submit)
    [item] = call.what.items
    assert item == Submission(sender, "380675126767", written)


@WAYS
def test_a_message_without_a_sender_gets_that_of_the_link(way: Way) -> None:
    what = read(sending(way, sender="Gonets").ask([message(sender="")])).what
    assert isinstance(what, Submit)
    assert isinstance(item := what.items[0], Submission)
    assert item.sender == "Gonets"


@WAYS
@pytest.mark.parametrize(
    ("changes", "able"),
    [
        ({}, True),
        ({"flash": True}, False),
        ({"octets": "00480065", "encoding": Encoding.UCS2}, True),
        ({"octets": "0102", "encoding": Encoding.OCTETS}, False),
        ({"header": "050003010201"}, False),
        *(({"channel": each}, each is Channel.SMS) for each in Channel),
    ],
)
def test_what_sms_club_has_no_word_for_is_refused(way: Way, changes: dict[str, Any], able: bool) -> None:
    assert (sending(way).unable(message(**changes)) is None) is able


@WAYS
def test_texts_that_cannot_arrive_as_they_are_are_refused(way: Way) -> None:
    assert sending(way).unable(message("a" * 1071)) is None
    assert sending(way).unable(message("a" * 1072)) == Rejected(21)
    assert sending(way).unable(message("я" * 470)) == Rejected(21)
    assert sending(way).unable(message("bell \a")) == Rejected(21)
    assert (sending(way).unable(message("😀")) is None) is (way is not Way.HTTP)


# ---- what is heard


@WAYS
@pytest.mark.parametrize(
    ("items", "results"),
    [
        (["000002", "000003"], (Sent("000002"), Sent("000003"))),
        (["000002"], (Sent("000002"), Sent("000002"))),
        (["1", "2", "3"], (Sent("2"), Sent("3"))),
        (["1", "2", "3", "4"], (Sent("2"), Sent("4"))),
        (["Неверно указан номер"], Rejected(1)),
        (["Phone in black list."], Rejected(13)),
        (["Повторное сообщение"], Uncertain()),
        (["Сегодня не работаем"], LATER),
        (["{17:4}"], Uncertain()),
        (["queued", "1001"], (Uncertain(), Sent("1001"))),
        (["1001", "Неверно указан номер"], (Sent("1001"), Rejected(1))),
        ([], Uncertain()),
    ],
)
def test_each_of_our_parts_has_the_id_of_the_one_it_ends_in(way: Way, items: list[str], results: Any) -> None:
    assert sending(way).hear([message("a", "b")], listed(way, *items)) == [results]


def test_of_a_list_that_is_cut_short_what_is_whole_counts_and_the_rest_is_in_doubt() -> None:
    reply = html("=IDS START=<br/>000002<br/>0000")
    assert sending(Way.HTTP).hear([message("a", "b")], reply) == [(Sent("000002"), Uncertain())]


@WAYS
@pytest.mark.parametrize(
    ("said", "result", "trouble"),
    [
        ("Не найдено соответствие пары логин\\пароль", LATER, True),
        ("Учетная запись заблокирована", LATER, True),
        ("Доступ с этого IP-адреса запрещён", LATER, True),
        ("Недостаточно средств на балансе.", LATER, True),
        ("Сервис временно недоступен", LATER, True),
        ("Превышен лимит запросов", Deferred(220, 0.0), False),
        ("Слишком много сообщений на этот номер", LATER, False),
        ("Не указаны обязательные параметры", Rejected(21), False),
        ("Неверно указано альфа-имя", Rejected(21), False),
        ("Текст сообщения запрещён", Rejected(21), False),
        ("Направление закрыто", Rejected(1), False),
        ("Phone in black list.", Rejected(13), False),
        ("Повторное сообщение", Uncertain(), False),
        ("Луна полна", LATER, False),
    ],
)
def test_each_refusal_means_one_thing(way: Way, said: str, result: object, trouble: bool) -> None:
    reply = refused(way, said)
    assert sending(way).hear([message("a", "b")], reply) == [result]
    assert bool(sending(way).trouble(reply)) is trouble


@WAYS
@pytest.mark.parametrize(
    ("reply", "result", "trouble"),
    [
        (Reply(200, b""), Uncertain(), False),
        (Reply(200, b"=IDS STA"), Uncertain(), False),
        (Reply(200, b"<?xml version='1.0'?><response><status>OK</sta"), Uncertain(), False),
        (html("<html><body>Технические работы</body></html>"), Uncertain(), False),
        (Reply(500, b"oops"), Uncertain(), False),
        (Reply(502, b""), Uncertain(), False),
        (Reply(503, b""), LATER, False),
        (Reply(429, "Превышен лимит запросов".encode()), Deferred(220, 0.0), False),
        (Reply(302, b""), LATER, True),
        (Reply(401, b""), LATER, True),
        (Reply(404, b"Not found"), LATER, True),
        (Reply(413, b""), Rejected(21), False),
    ],
)
def test_what_says_nothing_goes_by_its_http_status(
    way: Way, reply: Reply, result: object, trouble: bool
) -> None:
    assert sending(way).hear([message("a", "b")], reply) == [result]
    assert bool(sending(way).trouble(reply)) is trouble


@WAYS
@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_of_our_own_server_is_heard(way: Way, reason: Reason) -> None:
    request = sending(way).ask([message()])
    reply = answered(request, (Refused(reason),))
    plain = REASON_TEXTS[reason].rstrip(".").lower().replace("ё", "е")
    assert sending(way).hear([message()], reply) == [RESULTS[plain]]


@WAYS
def test_what_our_own_server_took_has_an_id_for_each_part(way: Way) -> None:
    reply = answered(sending(way).ask([message()]), (Accepted(MessageId(1001), 2),))
    assert sending(way).hear([message("a", "b")], reply) == [(Sent("1001"), Sent("1002"))]


@WAYS
@pytest.mark.parametrize("status", Status)
def test_every_status_of_our_own_server_is_heard(way: Way, status: Status) -> None:
    asked = away("1001", "1002", "1003")
    outcome = (
        Found(MessageId(1001), status, START),
        Refused(Reason.UNKNOWN_MESSAGE),
        Found(MessageId(1003), Status.DELIVERED, START),
    )
    reply = answered(sending(way).poll(asked), outcome)
    state = STATES[(SOAP_STATES if way is Way.SOAP else WORDS)[status]]
    wanted = [] if state is None else [Receipt("1001", state, 0, AT)]
    assert list(sending(way).told(asked, reply, AT)) == [*wanted, Receipt("1003", State.DELIVERED, 0, AT)]


def test_a_state_is_of_the_id_whatever_zeros_are_before_it_and_of_no_other() -> None:
    reply = html("=IDS START=<br/>2: delivrd<br/>7: DELIVRD<br/>nonsense<br/>=IDS END=<br/>")
    told = sending(Way.HTTP).told(away("000002", "000003"), reply, AT)
    assert list(told) == [Receipt("000002", State.DELIVERED, 0, AT)]


BOMB = (
    b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b"]><response><status>OK</status><ids><mess>&b;</mess></ids></response>"
)


@WAYS
@given(
    status=st.integers(100, 599),
    body=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda each: f"=IDS START=<br/>{each}<br/>".encode()),
        st.text(max_size=100).map(lambda each: f"<response><status>{each}</status></response>".encode()),
        st.text(max_size=100).map(lambda each: each.encode("cp1251", "replace")),
        st.sampled_from(
            [BOMB, b"<a>" * 100_000, b"<response>" + b"&" * 5_000, b"=IDS START=" + b"1<br/>" * 9_999]
        ),
        st.integers(0, 400).map(lambda end: listed(Way.SOAP, "1", "2").body[:end]),
    ),
)
def test_whatever_is_answered_is_heard_as_something(way: Way, status: int, body: bytes) -> None:
    reply = Reply(status, body)
    [said] = sending(way).hear([message("a", "b")], reply)
    results = said if isinstance(said, tuple) else (said, said)
    assert len(results) == 2
    assert all(isinstance(each, Sent | Deferred | Rejected | Uncertain) for each in results)
    assert isinstance(sending(way).trouble(reply), str)
    assert {each.remote_id for each in sending(way).told(away("1", "2"), reply, AT)} <= {"1", "2"}


@WAYS
def test_entities_are_not_read(way: Way) -> None:
    assert sending(way).hear([message()], Reply(200, BOMB)) == [Uncertain()]


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "sms.example.net"},
        {"url": "http://a:b@x"},
        {"url": "http://["},
        {"variant": "fax"},
        {"password": "\0"},
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"url": "http://x", "user": "me", **changes}, SmsClubSettings)
