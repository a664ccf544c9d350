"""Our webhook: what a client reads, and how it knows that it is ours."""

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gonets.flow.signing import Signer, public_octets, push_context
from gonets.flow.vault import Vault
from gonets.model.account import Account
from gonets.model.message import AccountId, Channel, MessageId, State
from gonets.model.money import Millionths
from gonets.model.results import Lookup
from gonets.ports.edges import NoReply
from gonets.ports.stores import Mail, Notice, Said
from gonets.protocols.rest.push import WebhookPush
from gonets.wire.http import Reply, Request

AT = 1772443800_250_000
NOW = datetime(2026, 3, 2, 9, 31, tzinfo=UTC)
STATUS = Notice(
    5,
    AccountId(1),
    MessageId(1001),
    State.UNDELIVERED,
    6,
    AT,
    AT,
    "Shop",
    "79031234567",
    AT - 2_000_000,
    "Привет",
    2,
    Millionths(100_000),
)
SAID = Said(6, AccountId(1), 9, "79031234567", "1234", "STOP", False, AT, AT, "stop")
SECRET = "a secret of sixteen characters and more"
VAULT = Vault(b"k" * 32)
ACCOUNT = Account(
    AccountId(1),
    "shop",
    "base",
    "RUB",
    Millionths(0),
    "RU",
    ZoneInfo("UTC"),
    push_url="https://shop.example/hook?a=b",
)
SEALED = msgspec.structs.replace(ACCOUNT, push_secret_sealed=VAULT.seal(SECRET, push_context("shop")))


def asked(account: Account = ACCOUNT, *mail: Mail, at: datetime = NOW) -> Request:
    request = WebhookPush(Signer(VAULT).sign).ask(account, mail or (STATUS, SAID), at)
    assert isinstance(request, Request)
    return request


def test_a_batch_tells_statuses_and_what_phones_say_in_their_order() -> None:
    request = asked()
    assert (request.method, request.path, request.content_type) == (
        "POST",
        "https://shop.example/hook?a=b",
        "application/json",
    )
    assert json.loads(request.body) == {
        "version": 1,
        "account": "shop",
        "events": [
            {
                "type": "status",
                "id": "m1001-undelivered-1772443800250000",
                "message": 1001,
                "status": "undelivered",
                "final": True,
                "reason": "absent-subscriber",
                "error": 6,
                "at": "2026-03-02T09:30:00.250000Z",
                "accepted_at": "2026-03-02T09:29:58.250000Z",
                "sender": "Shop",
                "recipient": "79031234567",
                "channel": "sms",
                "parts": 2,
                "price": "0.10",
                "currency": "RUB",
                "lookup": None,
            },
            {
                "type": "inbound",
                "id": "i9",
                "inbound": 9,
                "sender": "79031234567",
                "recipient": "1234",
                "text": "STOP",
                "binary": False,
                "keyword": "stop",
                "at": "2026-03-02T09:30:00.250000Z",
            },
        ],
    }


def test_what_a_look_up_found_is_told_with_its_status() -> None:
    found = Lookup("250011234567890", "79037011111", "250", "99", "Россия", "Билайн", "", "")
    [event] = json.loads(
        asked(ACCOUNT, msgspec.structs.replace(STATUS, channel=Channel.HLR, lookup=found)).body
    )["events"]
    assert event["lookup"]["net"] == "Билайн"


def test_a_failure_of_ours_is_called_one() -> None:
    failed = msgspec.structs.replace(STATUS, state=State.FAILED, error=0)
    [event] = json.loads(asked(ACCOUNT, failed).body)["events"]
    assert (event["status"], event["reason"], event["error"]) == ("failed", "platform-error", 255)


def test_an_event_and_a_batch_have_the_same_id_each_time_they_are_told() -> None:
    first, again = dict(asked().headers), dict(asked(at=datetime(2026, 3, 3, tzinfo=UTC)).headers)
    assert first["Gonets-Event"] == again["Gonets-Event"]
    assert first["Gonets-Timestamp"] != again["Gonets-Timestamp"]
    assert dict(asked(ACCOUNT, SAID).headers)["Gonets-Event"] != first["Gonets-Event"]


def test_without_a_secret_the_platforms_key_signs_timestamp_and_body() -> None:
    request = asked()
    headers = dict(request.headers)
    method, _, signature = headers["Gonets-Signature"].partition("=")
    octets = public_octets(VAULT.signing_key.public_key())
    key = Ed25519PublicKey.from_public_bytes(octets)
    assert method == "ed25519"
    assert headers["Gonets-Key"] == hashlib.sha256(octets).hexdigest()[:16]
    said = headers["Gonets-Timestamp"].encode() + b"." + request.body
    key.verify(base64.b64decode(signature), said)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature), said + b" ")


def test_with_a_secret_that_signs_timestamp_and_body() -> None:
    request = asked(SEALED)
    headers = dict(request.headers)
    said = headers["Gonets-Timestamp"].encode() + b"." + request.body
    expected = hmac.new(SECRET.encode(), said, hashlib.sha256).hexdigest()
    assert headers["Gonets-Signature"] == f"hmac-sha256={expected}"
    assert headers["Gonets-Key"] == hmac.new(SECRET.encode(), b"key id", hashlib.sha256).hexdigest()[:16]


def test_a_secret_that_does_not_open_signs_nothing() -> None:
    elsewhere = WebhookPush(Signer(Vault(b"x" * 32)).sign)
    assert elsewhere.ask(SEALED, [STATUS], NOW) == NoReply("its secret does not open", sent=False)


def test_a_secret_opens_for_its_own_account_only() -> None:
    other = msgspec.structs.replace(SEALED, name="bank")
    assert isinstance(WebhookPush(Signer(VAULT).sign).ask(other, [STATUS], NOW), NoReply)


def test_any_http_2xx_takes_all_of_them() -> None:
    push = WebhookPush(Signer(VAULT).sign)
    assert all(push.hear(Reply(status, b"")) for status in (200, 202, 204))
    assert not any(push.hear(Reply(status, b"ok")) for status in (199, 300, 302, 404, 500))


def test_the_platforms_key_is_the_same_as_long_as_its_key_file_is() -> None:
    octets = [public_octets(Vault(key * 32).signing_key.public_key()) for key in (b"k", b"k", b"x")]
    assert octets[0] == octets[1] != octets[2]


PAGE = (Path(__file__).parents[3] / "docs" / "hearing.md").read_text(encoding="utf-8")


def examples(language: str) -> list[str]:
    """The blocks of code in the page for clients."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_for_clients_shows_what_is_sent() -> None:
    [shown] = examples("json")
    assert json.loads(shown) == json.loads(asked().body)


@pytest.mark.parametrize(
    ("example", "account", "key"),
    [
        (0, SEALED, SECRET.encode()),
        (1, ACCOUNT, base64.b64encode(public_octets(VAULT.signing_key.public_key())).decode()),
    ],
)
def test_the_examples_for_clients_know_what_is_ours(example: int, account: Account, key: object) -> None:
    code: dict[str, Any] = {}
    exec(examples("python")[example], code)
    now = datetime.now(UTC)
    request = asked(account, at=now)
    headers = dict(request.headers)
    assert code["is_ours"](headers, request.body, key)
    assert not code["is_ours"](headers, request.body + b" ", key)
    old = asked(account, at=now - timedelta(minutes=6))
    assert not code["is_ours"](dict(old.headers), old.body, key)
