"""A provider that is described by settings."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.message import (
    Channel,
    Encoding,
    MessageId,
    Outgoing,
    OutgoingMessage,
    PartId,
    State,
)
from gonets.model.results import Deferred, Receipt, Rejected, SendResult, Sent, Uncertain
from gonets.ports.edges import Sending
from gonets.ports.stores import Away
from gonets.protocols.custom.client import CustomSending
from gonets.protocols.custom.settings import MEANINGS, OURS, CustomSettings
from gonets.wire.http import Reply, Request

AT: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ACME: Final[dict[str, Any]] = {
    "url": "https://acme.example/v1/send",
    "body": '{"to": "+{recipient}", "from": "{sender}", "text": "{text}", "ref": {id}}',
    "body_kind": "json",
    "headers": "X-Api-Key: {token}\nAccept: application/json",
    "token": "key-1",
    "success": '"ok": ?true',
    "id": "$.id",
    "later": "busy",
    "refused": "bad number",
    "trouble": "no money",
    "status_url": "https://acme.example/v1/state/{remote_id}?key={token}",
    "status": "$.state",
    "states": "DELIVRD=delivered, FAILED=undelivered, queued=sent, No=rejected",
    "callback_token": "s3cret",
    "callback_id": "msg",
    "callback_status": "st",
}


def sending(**settings: Any) -> CustomSending:
    return CustomSending(msgspec.convert({**ACME, **settings}, CustomSettings))


def message(text: str = "Hello", **more: Any) -> OutgoingMessage:
    fields: dict[str, Any] = {"encoding": Encoding.GSM7, "sender": "Bank", "channel": Channel.SMS, **more}
    parts = [
        Outgoing(
            id=PartId(1001 + number),
            message=MessageId(1001),
            number=number + 1,
            total=2,
            recipient="79031234567",
            text=piece,
            attempts=1,
            expires_at=None,
            **fields,
        )
        for number, piece in enumerate((text[:3], text[3:]))
    ]
    return OutgoingMessage(tuple(parts))


AWAY: Final = Away(PartId(1001), "a/7", "79031234567", 0)


def test_it_is_a_sending_half() -> None:
    half: Sending = sending()
    assert half.fits([message(), message()]) == 1
    assert half.most_asked == 1
    assert sending(status_url="").most_asked == 0


def test_each_setting_has_its_sentence() -> None:
    assert set(MEANINGS) == set(CustomSettings.__struct_fields__)


# ---- asking


def test_a_message_is_one_request_with_all_of_its_text() -> None:
    assert sending().ask([message('Say "hi"\n')]) == Request(
        "POST",
        "https://acme.example/v1/send",
        content_type="application/json; charset=utf-8",
        body=b'{"to": "+79031234567", "from": "Bank", "text": "Say \\"hi\\"\\n", "ref": 1001}',
        headers=(("X-Api-Key", "key-1"), ("Accept", "application/json")),
    )


def test_a_form_and_a_url_are_percent_encoded_in_the_encoding() -> None:
    half = sending(
        url="http://a.example/s?u={login}&p={password}",
        login="me",
        password="p&q",
        body="to={recipient}&t={text}",
        body_kind="form",
        encoding="windows-1251",
        headers="Authorization: Basic {basic}",
    )
    asked = half.ask([message("Да & нет")])
    assert asked.path == "http://a.example/s?u=me&p=p%26q"
    assert asked.body == b"to=79031234567&t=%C4%E0%20%26%20%ED%E5%F2"
    assert asked.content_type == "application/x-www-form-urlencoded; charset=windows-1251"
    assert asked.headers == (("Authorization", "Basic bWU6cCZx"),)


@pytest.mark.parametrize(
    "more",
    [
        {"channel": Channel.MMS},
        {"flash": True},
        {"header": "050003010201"},
        {"octets": "00ff", "encoding": Encoding.OCTETS},
    ],
)
def test_what_such_a_provider_has_no_word_for_is_refused(more: dict[str, Any]) -> None:
    assert sending().unable(message(**more)) == Rejected(21)


def test_so_is_a_text_that_its_encoding_has_no_letters_for() -> None:
    assert sending(encoding="windows-1251").unable(message("你好")) == Rejected(21)
    assert sending().unable(message("你好")) is None


# ---- hearing


@pytest.mark.parametrize(
    ("status", "body", "result", "troubled"),
    [
        (200, b'{"ok": true, "id": 17}', Sent("17"), False),
        (200, b'{"ok":true}', Sent(""), False),
        (200, b'{"ok": false, "why": "busy"}', Deferred(255, 0.0), False),
        (200, b'{"ok": false, "why": "bad number"}', Rejected(255), False),
        (200, b'{"ok": false, "why": "no money"}', Deferred(255, 0.0), True),
        (200, b"what?", Uncertain(), False),
        (302, b"", Deferred(255, 0.0), True),
        (400, b"", Rejected(255), False),
        (401, b"", Deferred(255, 0.0), True),
        (402, b"", Deferred(255, 0.0), True),
        (429, b"", Deferred(220, 0.0), False),
        (500, b'{"ok": true}', Deferred(255, 0.0), False),
        (503, b"", Deferred(255, 0.0), False),
        (502, b"", Uncertain(), False),
        (504, b"<html>", Uncertain(), False),
    ],
)
def test_a_reply_means_what_the_settings_say_and_else_what_its_status_says(
    status: int, body: bytes, result: SendResult, troubled: bool
) -> None:
    half = sending()
    assert half.hear([message()], Reply(status, body)) == [result]
    assert bool(half.trouble(Reply(status, body))) is troubled


def test_without_patterns_any_2xx_took_it() -> None:
    half = sending(success="", later="", refused="", trouble="")
    assert half.hear([message()], Reply(202, b'{"id": "x1"}')) == [Sent("x1")]
    assert half.hear([message()], Reply(404, b"")) == [Rejected(255)]


# ---- states


def test_a_state_is_asked_for_by_their_id() -> None:
    assert sending().poll([AWAY]) == Request(
        "GET",
        "https://acme.example/v1/state/a%2F7?key=key-1",
        headers=(("X-Api-Key", "key-1"), ("Accept", "application/json")),
    )


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(200, b'{"state": "delivrd"}'), [Receipt("a/7", State.DELIVERED, 0, AT)]),
        (Reply(200, b'{"state": "FAILED"}'), [Receipt("a/7", State.UNDELIVERED, 0, AT)]),
        (Reply(200, b'{"state": "no"}'), [Receipt("a/7", State.REJECTED, 255, AT)]),
        (Reply(200, b'{"state": "queued"}'), []),
        (Reply(200, b'{"state": "unheard of"}'), []),
        (Reply(200, b"<html>"), []),
        (Reply(500, b'{"state": "DELIVRD"}'), []),
    ],
)
def test_their_word_is_ours_by_the_map_and_any_other_is_no_news(reply: Reply, told: list[Receipt]) -> None:
    assert list(sending().told([AWAY], reply, AT)) == told


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/", query=b"msg=17&st=DELIVRD&x=y"),
        Request("POST", "/", content_type="application/x-www-form-urlencoded", body=b"st=DELIVRD&msg=17"),
        Request("POST", "/", content_type="application/json", body=b'{"msg": 17, "st": "DELIVRD"}'),
        Request("POST", "/", content_type="text/plain", body=b' {"st": "delivrd", "msg": "17"}'),
    ],
)
def test_a_report_may_come_as_query_form_or_json(request_: Request) -> None:
    assert list(sending().reported(request_, AT)) == [Receipt("17", State.DELIVERED, 0, AT)]


def test_its_fields_may_lie_deeper() -> None:
    half = sending(callback_id="$.m.id", callback_status="$.m.s[0]")
    body = b'{"m": {"id": "x", "s": ["FAILED"]}}'
    assert list(half.reported(Request("POST", "/", body=body), AT)) == [
        Receipt("x", State.UNDELIVERED, 0, AT)
    ]


@given(st.binary(), st.binary(), st.sampled_from(["", "application/json", "multipart/form-data", "text/xml"]))
def test_whatever_is_reported_nothing_is_raised(query: bytes, body: bytes, kind: str) -> None:
    for receipt in sending().reported(Request("POST", "/", query, kind, body), AT):
        assert receipt.remote_id


def test_a_report_that_is_nested_without_end_tells_nothing() -> None:
    assert list(sending().reported(Request("POST", "/", body=b"[" * 60_000), AT)) == []


def test_only_who_knows_the_token_is_let_in() -> None:
    assert sending().lets_in("s3cret")
    assert not sending().lets_in("s3cre")
    assert not sending().lets_in("\udcff")
    assert not sending(callback_token="").lets_in("")


# ---- what cannot be set


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        ({"url": "acme.example/send"}, "url has to be like https"),
        ({"url": "https://{login}/send"}, "url has to be like https"),
        ({"url": "https://a.example/{txt}"}, r"url: there is no \{txt\}"),
        ({"body": '{"a": '}, "body: with values in its places it is no JSON"),
        ({"headers": "no colon"}, "headers: 'no colon' is no header field"),
        ({"encoding": "klingon"}, "there is no encoding 'klingon'"),
        ({"encoding": "base64"}, "there is no encoding 'base64'"),
        ({"success": "("}, "success: .* is no pattern"),
        ({"id": "id"}, "id: 'id' has to have one group"),
        ({"states": "A=arrived"}, "states: 'A=arrived' is not like DELIVRD=delivered"),
        ({"method": "GET"}, "body is for method = POST or PUT"),
        ({"status": ""}, "status_url needs id, status and states"),
        ({"status_url": "", "id": ""}, "callback_token needs id and states"),
        ({"callback_token": "a/b"}, "callback_token"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_that_names_the_setting(
    given_: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        sending(**given_)


def test_a_map_of_states_may_have_all_of_our_words() -> None:
    half = sending(states="\n".join(f"W{number} = {word}" for number, word in enumerate(OURS)))
    for number, state in enumerate(OURS.values()):
        told = half.told([AWAY], Reply(200, f'{{"state": "w{number}"}}'.encode()), AT)
        assert [each.state for each in told] == ([] if state is None else [state])
