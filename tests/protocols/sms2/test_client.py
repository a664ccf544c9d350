"""SMS2 as we call it: what is asked, and what each answer means."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.account import ProofKind
from gonets.model.calls import Call, Query, Submission, Submit
from gonets.model.message import (
    Channel,
    Encoding,
    MessageId,
    Outgoing,
    OutgoingMessage,
    PartId,
    Picture,
    State,
    Status,
)
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Deferred, Found, Receipt, Refused, Rejected, Sent, Uncertain
from gonets.ports.edges import Sending
from gonets.ports.stores import Away
from gonets.protocols.sms2.client import RESULTS, STATES, Sms2Sending, Sms2Settings
from gonets.protocols.sms2.tables import REASON_TEXTS, STATUS_WORDS
from gonets.wire.http import Reply, Request
from tests.clocks import START
from tests.protocols.sms2.recorded import PNG, sms2, text

SETTINGS = Sms2Settings(url="https://sms.example.net/", user="your_login", password="your_password")
LATER = Deferred(255, 0.0)
AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
AWAY = Away(PartId(1), "27460", "79119876543", 0)
TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("АБЯабяёЄєІіЇїҐґ№€–{}[]~^\\|@£$Δ\r\n\t&=+%; \x98"),
        st.sampled_from("😀👩‍🚀🇺🇦"),
    ),
    max_size=120,
)


def sending() -> Sms2Sending:
    return Sms2Sending(SETTINGS)


def message(*texts: str, picture: Picture | None = None, **rest: Any) -> OutgoingMessage:
    """With a part for each text."""
    facts: dict[str, Any] = {"sender": "Test", "recipient": "79119876543", "encoding": Encoding.GSM7}
    facts |= {"attempts": 1, "expires_at": None, **rest}
    texts = texts or ("Test",)
    parts = tuple(
        Outgoing(id=PartId(n + 1), message=MessageId(1), number=n + 1, total=len(texts), text=each, **facts)
        for n, each in enumerate(texts)
    )
    return OutgoingMessage(parts, picture)


def arrived(request: Request) -> Request:
    """The same as a server sees it."""
    url = urlsplit(request.path)
    return msgspec.structs.replace(request, path=url.path, query=url.query.encode(), address="192.0.2.7")


def read(request: Request) -> Call:
    call = sms2().parse(arrived(request))
    assert isinstance(call, Call)
    return call


def submitted(request: Request) -> Submission:
    what = read(request).what
    assert isinstance(what, Submit)
    [item] = what.items
    assert isinstance(item, Submission)
    return item


def test_it_is_a_sending_half() -> None:
    half: Sending = sending()
    assert (half.most_asked, half.repeats_safely, half.fits([message()] * 3)) == (1, False, 1)


def test_a_message_is_asked_for_as_the_document_writes_it() -> None:
    request = sending().ask([message("При", "вет", flash=True)])
    assert (request.method, request.path) == ("POST", "https://sms.example.net/sms.cgi")
    assert request.content_type == "application/x-www-form-urlencoded"
    assert request.body == (
        b"user=your_login&pass=your_password&phone=79119876543&message=%CF%F0%E8%E2%E5%F2&from=Test&flash=1"
    )


def test_a_text_that_windows_1251_cannot_hold_is_utf_8() -> None:
    assert sending().ask([message("ok 😀")]).body == (
        b"user=your_login&pass=your_password&phone=79119876543&message=ok%20%F0%9F%98%80&from=Test&enc=utf-8"
    )


def test_a_state_is_asked_for_by_its_id() -> None:
    request = sending().poll([AWAY])
    assert (request.path, request.body) == (
        "https://sms.example.net/sms_status2.cgi",
        b"user=your_login&pass=your_password&mess_id=27460",
    )
    assert read(request).what == Query((MessageId(27460),))


@given(TEXTS, st.sampled_from(["Test", "your_login", "A1"]), st.booleans())
def test_our_own_server_reads_what_was_meant(written: str, sender: str, flash: bool) -> None:
    request = sending().ask([message(written, sender=sender, flash=flash)])
    who = read(request).who
    assert (who.login, who.password) == ("your_login", "your_password")
    assert submitted(request) == Submission(sender, "79119876543", written, flash=flash)


@given(TEXTS, TEXTS, st.one_of(st.none(), st.binary(max_size=500)))
def test_our_own_server_reads_an_mms_with_its_picture(subject: str, written: str, tail: bytes | None) -> None:
    octets = None if tail is None else PNG + tail
    picture = None if octets is None else Picture(hashlib.sha256(octets).hexdigest(), "png", octets)
    mms = message(written, picture=picture, channel=Channel.MMS, subject=subject, sender="")
    request = sending().ask([mms])
    who = read(request).who
    assert (who.login, who.kind) == ("your_login", ProofKind.MD5)
    assert who.password == hashlib.md5(b"your_password", usedforsecurity=False).hexdigest()
    assert submitted(request) == Submission(
        "", "79119876543", written, channel=Channel.MMS, subject=subject, picture=picture
    )


@pytest.mark.parametrize(
    ("changes", "able"),
    [
        ({}, True),
        ({"flash": True}, True),
        ({"octets": "00480065", "encoding": Encoding.UCS2}, True),
        ({"octets": "0102", "encoding": Encoding.OCTETS}, False),
        ({"header": "050003010201"}, False),
        *(({"channel": each}, each in {Channel.SMS, Channel.MMS}) for each in Channel),
    ],
)
def test_what_sms2_has_no_word_for_is_refused_before_it_is_sent(changes: dict[str, Any], able: bool) -> None:
    assert (sending().unable(message(**changes)) is None) is able


def test_a_text_longer_than_it_takes_is_refused_before_it_is_sent() -> None:
    assert sending().unable(message("я" * 200, "я" * 68)) is None
    assert sending().unable(message("я" * 200, "я" * 69)) == Rejected(21)
    assert sending().unable(message("я" * 300, channel=Channel.MMS)) is None


@pytest.mark.parametrize(
    ("reply", "result", "trouble"),
    [
        (text("Message successfully sent! Message_ID=27460"), Sent("27460"), False),
        (text("Message successfully sent! Message_ID=27460\r\n"), Sent("27460"), False),
        (text("Ok_27461"), Sent("27461"), False),
        (text("Error: authentication failure"), LATER, True),
        (text("Error: your credit is null"), LATER, True),
        (text("Error: service is switched off"), LATER, True),
        (text("Error: can't send this message"), Rejected(21), False),
        (text("Error: direction is closed"), Rejected(1), False),
        (text("Error: unsupported phone number"), Rejected(1), False),
        (text("Error: unsupported sender"), Rejected(21), False),
        (text("Error: phone blacklisted"), Rejected(13), False),
        (text("Error: blocked text message"), Rejected(21), False),
        (text("Error: message duplication"), Uncertain(), False),
        (text("Error: the moon is full"), LATER, False),
        (text("Message successfully sent! Message_ID="), Uncertain(), False),
        (text("Message success"), Uncertain(), False),
        (text(""), Uncertain(), False),
        (text("<html><body>Error: authentication failure</body></html>"), Uncertain(), False),
        (Reply(429, b"Error: service is switched off"), Deferred(220, 0.0), False),
        (Reply(500, b"Error: service is switched off"), LATER, True),
        (Reply(500, b"Internal Server Error"), Uncertain(), False),
        (Reply(502, b"Bad Gateway"), Uncertain(), False),
        (Reply(503, b""), LATER, False),
        (Reply(301, b""), LATER, True),
        (Reply(403, b""), LATER, True),
        (Reply(404, b"Not found"), LATER, True),
        (Reply(413, b""), Rejected(21), False),
    ],
)
def test_each_answer_means_one_thing(reply: Reply, result: object, trouble: bool) -> None:
    assert sending().hear([message("a", "b")], reply) == [result]
    assert bool(sending().trouble(reply)) is trouble


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("Status: delivered", State.DELIVERED),
        ("Status: not_delivered\n", State.UNDELIVERED),
        ("Status: unknown", None),
        ("Status: dancing", None),
        ("Error: no such message", None),
        ("", None),
    ],
)
def test_each_status_means_one_thing(said: str, state: State | None) -> None:
    wanted = [] if state is None else [Receipt("27460", state, 0, AT)]
    assert list(sending().told([AWAY], text(said), AT)) == wanted


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_of_our_own_server_is_heard(reason: Reason) -> None:
    request = arrived(sending().ask([message()]))
    reply = sms2().render(request, read(request), (Refused(reason),))
    known = Deferred(220, 0.0) if reply.status == 429 else RESULTS[REASON_TEXTS[reason].decode()]
    assert sending().hear([message()], reply) == [known]


def test_what_our_own_server_took_is_heard() -> None:
    for asked in (message(), message(channel=Channel.MMS)):
        request = arrived(sending().ask([asked]))
        reply = sms2().render(request, read(request), (Accepted(MessageId(1001), 2),))
        assert sending().hear([asked], reply) == [Sent("1001")]


@pytest.mark.parametrize("status", Status)
def test_every_status_of_our_own_server_is_heard(status: Status) -> None:
    request = arrived(sending().poll([AWAY]))
    reply = sms2().render(request, read(request), (Found(MessageId(27460), status, START),))
    state = STATES[STATUS_WORDS[status].decode()]
    wanted = [] if state is None else [Receipt("27460", state, 0, AT)]
    assert list(sending().told([AWAY], reply, AT)) == wanted


@given(
    st.integers(100, 599),
    st.one_of(
        st.binary(max_size=300),
        st.tuples(
            st.sampled_from([b"Error: ", b"Status: ", b"Ok_", b"Message successfully sent! Message_ID="]),
            st.binary(max_size=60),
        ).map(b"".join),
        st.just(b"Ok_1" * 1_000_000),
    ),
)
def test_whatever_is_answered_is_heard_as_something(status: int, body: bytes) -> None:
    reply = Reply(status, body)
    [result] = sending().hear([message("a", "b")], reply)
    assert isinstance(result, Sent | Deferred | Rejected | Uncertain)
    assert isinstance(sending().trouble(reply), str)
    assert all(each.remote_id == "27460" for each in sending().told([AWAY], reply, AT))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sms.example.net",
        "ftp://sms.example.net",
        "http://a:b@sms.example.net",
        "http://[",
        "http://x?y=1",
    ],
)
def test_a_url_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="url"):
        msgspec.convert({"url": url, "user": "me"}, Sms2Settings)
