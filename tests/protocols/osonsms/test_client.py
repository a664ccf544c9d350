"""OsonSMS as we call it: what is asked, and what each answer means."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.account import ProofKind
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
from gonets.model.reasons import Reason
from gonets.model.results import (
    Accepted,
    Deferred,
    Found,
    Receipt,
    Refused,
    Rejected,
    SendResult,
    Sent,
    Settled,
)
from gonets.ports.edges import Sending
from gonets.ports.stores import Away
from gonets.protocols.osonsms.client import RESULTS, STATES, OsonSending, OsonSettings
from gonets.protocols.osonsms.tables import FAULTS, STATUS_WORDS
from gonets.wire.http import Reply, Request
from tests.clocks import START
from tests.protocols.osonsms.recorded import SALT, hash_of, oson

SETTINGS = OsonSettings(url="https://api.example.net", login="oson", pass_salt_hash=SALT)
LATER = Deferred(255, 0.0)
DOUBT = Deferred(255, 0.0, doubtful=True)
STORED = (
    '{"status":"ok","timestamp":"2017-12-13 15:12:15","txn_id":"7","msg_id":266083,"smsc_msg_id":"00040F63",'
    '"smsc_msg_status":"success","smsc_msg_parts":1,"smc_msg_parts":1}'
)


def client(**changes: str) -> OsonSending:
    return OsonSending(msgspec.structs.replace(SETTINGS, **changes))


def message(*texts: str, **rest: Any) -> OutgoingMessage:
    """Number 7, with a part for each text."""
    facts: dict[str, Any] = {"sender": "OsonSMS", "recipient": "992918888888", "encoding": Encoding.UCS2}
    facts |= {"attempts": 1, "expires_at": None, **rest}
    texts = texts or ("Салом!",)
    return OutgoingMessage(
        tuple(
            Outgoing(
                id=PartId(7 + n),
                message=MessageId(7),
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
    return msgspec.structs.replace(request, path=url.path, query=url.query.encode(), address="192.0.2.7")


def fault(http: int, code: object) -> Reply:
    said = {"error": {"code": code, "msg": "…", "timestamp": "2017-12-13 15:12:15"}}
    return Reply(http, json.dumps(said).encode(), "application/json")


# ---- what is asked


def test_it_is_a_sending_half_that_may_be_told_twice() -> None:
    sending: Sending = client()
    assert (sending.most_asked, sending.repeats_safely, sending.fits([message()] * 3)) == (1, True, 1)


def test_a_message_is_asked_for_and_signed_as_the_document_says() -> None:
    request = client().ask([message("Са", "лом!")])
    assert request.method == "GET"
    url, _, query = request.path.partition("?")
    assert url == "https://api.example.net/sendsms_v1.php"
    assert dict(parse_qsl(query)) == {
        "from": "OsonSMS",
        "phone_number": "992918888888",
        "msg": "Салом!",
        "login": "oson",
        "txn_id": "7",
        "str_hash": hash_of("7", "oson", "OsonSMS", "992918888888"),
    }


def test_with_a_token_nothing_is_signed() -> None:
    request = client(pass_salt_hash="", token="oson-demo-token", prefix="g-").ask([message()])
    assert request.authorization == "Bearer oson-demo-token"
    assert "str_hash" not in request.path
    assert "txn_id=g-7" in request.path


def test_a_state_is_asked_for_by_the_id_that_was_given_or_else_by_ours() -> None:
    path = client().poll([Away(PartId(7), "266083", "992918888888", 0)]).path
    signed = hash_of("266083", "oson")
    assert path == f"https://api.example.net/query_sm.php?login=oson&txn_id=7&msg_id=266083&str_hash={signed}"
    signed = hash_of("oson", "7")
    for remote_id in ("txn_id 7", ""):
        path = client().poll([Away(PartId(7), remote_id, "992918888888", 0)]).path
        assert path == f"https://api.example.net/query_sms.php?login=oson&txn_id=7&str_hash={signed}"


def test_what_makes_no_url_is_posted() -> None:
    request = client().ask([message("я" * 1400)])
    assert (request.method, request.path) == ("POST", "https://api.example.net/sendsms_v1.php")
    assert dict(parse_qsl(request.body.decode()))["msg"] == "я" * 1400


@pytest.mark.parametrize(
    ("changes", "able"),
    [
        ({}, True),
        ({"octets": "0102", "encoding": Encoding.OCTETS}, False),
        ({"header": "050003010201"}, False),
        ({"flash": True}, False),
        *(({"channel": channel}, channel is Channel.SMS) for channel in Channel),
    ],
)
def test_what_it_has_no_word_for_is_refused_before_it_is_sent(changes: dict[str, Any], able: bool) -> None:
    assert (client().unable(message(**changes)) is None) is able


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.sampled_from(["OsonSMS", "a;b&=+"]))
def test_what_we_ask_our_own_server_reads_as_the_same_message(text: str, sender: str) -> None:
    request = arrived(client().ask([message(text[:2], text[2:], sender=sender)]))
    call = oson().parse(request)
    assert not isinstance(call, Refused)
    assert call.what == Submit((Submission(sender, "992918888888", text, "7", once=True),))
    assert (call.who.login, call.who.kind) == ("oson", ProofKind.SIGNATURE)
    assert call.who.password == hash_of(*call.who.signed.split(";"))


# ---- what answers mean


@pytest.mark.parametrize(
    ("reply", "attempts", "result"),
    [
        (Reply(201, STORED.encode()), 1, Sent("266083")),
        (Reply(200, b'\xef\xbb\xbf\n{"msg_id":"266083"}\n'), 1, Sent("266083")),
        (fault(409, 108), 2, Sent("txn_id 7")),
        (fault(409, "108"), 2, Sent("txn_id 7")),
        (Reply(409, b"Conflict"), 2, Sent("txn_id 7")),
        (fault(409, 108), 1, Rejected(255)),
        (fault(422, 100), 1, Rejected(21)),
        (fault(401, 105), 1, LATER),
        (fault(422, 106), 1, LATER),
        (fault(422, 107), 1, Rejected(21)),
        (fault(500, 109), 1, LATER),
        (fault(501, 112), 1, LATER),
        (fault(429, 112), 1, Deferred(220, 0.0)),
        (fault(599, 113), 1, LATER),
        (fault(401, 114), 1, LATER),
        (fault(402, 119), 1, LATER),
        (fault(422, 999), 1, Rejected(21)),
        (fault(422, "x"), 1, Rejected(21)),
        (Reply(201, STORED[:40].encode()), 1, DOUBT),
        (Reply(201, b'{"status":"ok"}'), 1, DOUBT),
        (Reply(200, b"<html>Welcome</html>"), 1, DOUBT),
        (Reply(200, b""), 1, DOUBT),
        (Reply(200, b'{"error":{"code":108},"msg_id":5}'), 2, Sent("txn_id 7")),
        (Reply(302, b""), 1, LATER),
        (Reply(502, b"<html>"), 1, DOUBT),
        (Reply(504, b"\xff"), 1, DOUBT),
        (Reply(429, b""), 1, Deferred(220, 0.0)),
    ],
)
def test_an_answer_says_what_became_of_the_message(reply: Reply, attempts: int, result: SendResult) -> None:
    assert client().hear([message(attempts=attempts)], reply) == [result]


@pytest.mark.parametrize(
    ("reply", "trouble"),
    [
        (Reply(201, STORED.encode()), False),
        (fault(409, 108), False),
        (fault(422, 107), False),
        (fault(501, 112), False),
        (fault(401, 105), True),
        (fault(422, 106), True),
        (fault(599, 113), True),
        (fault(401, 114), True),
        (fault(402, 119), True),
        (Reply(402, b""), True),
        (Reply(301, b""), True),
        (Reply(404, b"<html>"), True),
        (Reply(500, b""), False),
    ],
)
def test_it_is_known_when_there_is_no_use_in_sending_more(reply: Reply, trouble: bool) -> None:
    assert bool(client().trouble(reply)) is trouble


AWAY = [Away(PartId(7), "266083", "992918888888", 0)]


@pytest.mark.parametrize(
    ("word", "state"),
    [*STATES.items(), ("delivered", State.DELIVERED), ("EATEN", None), ("", None)],
)
def test_a_word_says_where_a_message_stands(word: str, state: State | None) -> None:
    body = json.dumps({"status": word, "message_state": word, "timestamp": "2017-12-13 15:12:15"})
    told = client().told(AWAY, Reply(200, body.encode()), START)
    error = 255 if state is State.REJECTED else 0
    assert list(told) == ([] if state is None else [Receipt("266083", state, error, START)])


@pytest.mark.parametrize(
    "reply", [fault(422, 107), Reply(200, b"<html>"), Reply(200, b"[1]"), Reply(200, b""), fault(200, 107)]
)
def test_what_says_nothing_of_it_is_no_news(reply: Reply) -> None:
    assert not client().told(AWAY, reply, START)


def test_what_was_never_answered_and_is_known_there_has_been_sent() -> None:
    nameless = [Away(PartId(7), "", "992918888888", 0)]
    told = client().told(nameless, Reply(200, b'{"status":"ENROUTE"}'), START)
    assert list(told) == [Settled(PartId(7), Sent("txn_id 7"))]
    assert not client().told(nameless, fault(422, 107), START)


@given(
    st.integers(100, 599),
    st.binary(max_size=200)
    | st.sampled_from([b"1", b'"x"', b'{"error":null}', b"[[[", b'{"x":' + b"[" * 60_000]),
)
def test_no_answer_is_too_odd_to_be_heard(status: int, body: bytes) -> None:
    sending, reply = client(), Reply(status, body)
    assert len(sending.hear([message()], reply)) == 1
    assert isinstance(sending.trouble(reply), str)
    assert sending.told(AWAY, reply, START) is not None


# ---- both halves together


def test_every_code_and_status_that_our_server_says_is_in_the_tables() -> None:
    assert {fault.code for fault in FAULTS.values()} == {*RESULTS, 108}
    assert set(STATUS_WORDS.values()) <= set(STATES)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.DUPLICATE])
def test_what_our_server_refuses_was_not_taken(reason: Reason) -> None:
    request = arrived(client().ask([message()]))
    call = oson().parse(request)
    assert not isinstance(call, Refused)
    [result] = client().hear([message()], oson().render(request, call, (Refused(reason),)))
    assert isinstance(result, Rejected | Deferred)


def test_what_our_server_takes_is_sent_and_what_it_has_already_is_too() -> None:
    request = arrived(client().ask([message()]))
    call = oson().parse(request)
    assert not isinstance(call, Refused)
    reply = oson().render(request, call, (Accepted(MessageId(1001), 2),))
    assert client().hear([message()], reply) == [Sent("1001")]
    reply = oson().render(request, call, (Refused(Reason.DUPLICATE),))
    assert client().hear([message(attempts=2)], reply) == [Sent("txn_id 7")]


@pytest.mark.parametrize("status", Status)
def test_what_our_server_says_of_a_status_comes_back(status: Status) -> None:
    request = arrived(client().poll(AWAY))
    call = oson().parse(request)
    assert not isinstance(call, Refused)
    assert call.what == Query((MessageId(266083),))
    reply = oson().render(request, call, (Found(MessageId(266083), status, START),))
    state = STATES[STATUS_WORDS[status]]
    assert [each.state for each in client().told(AWAY, reply, START) if isinstance(each, Receipt)] == (
        [] if state is None else [state]
    )
