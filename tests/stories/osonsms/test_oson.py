"""OsonSMS against a whole gateway, typed with curl."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.processes import GatewayProcess, curl, until
from tests.stories.osonsms.houses import (
    JSON,
    TOKEN,
    ask,
    balance,
    message,
    send,
    signed,
    status,
)

_ENDINGS = {
    "9900": "DELIVERED",
    "9901": "UNDELIVERABLE",
    "9903": "EXPIRED",
    "9904": "REJECTED",
    "9906": "ENROUTE",
}
"""Last digits of the recipient, and the status they end in."""
_TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def fresh() -> str:
    """A txn_id that nobody has used."""
    return uuid4().hex


def test_a_message_is_taken_delivered_and_paid_for(gateway: GatewayProcess) -> None:
    before = balance(gateway).said["balance"]
    txn_id = fresh()
    answer = send(gateway, txn_id)
    assert (answer.status, answer.content_type) == (201, JSON)
    found = re.fullmatch(
        rf'{{"status":"ok","timestamp":"{_TIME}","txn_id":"{txn_id}","msg_id":(\d+),"smsc_msg_id":"([0-9A-F]{{8}})",'
        r'"smsc_msg_status":"success","smsc_msg_parts":1,"smc_msg_parts":1}',
        answer.body,
    )
    assert found, answer.body
    msg_id = int(found[1])
    assert int(found[2], 16) == msg_id
    until(lambda: status(gateway, msg_id).said["status"] == "DELIVERED", 10.0, "it is not delivered")
    told = status(gateway, msg_id)
    assert (told.status, told.content_type) == (200, JSON)
    assert re.fullmatch(
        rf'{{"status":"DELIVERED","message_state":"DELIVERED","timestamp":"{_TIME}"}}', told.body
    )
    after = balance(gateway)
    assert (after.status, after.content_type) == (200, JSON)
    assert re.fullmatch(rf'{{"balance":\d+\.\d\d,"timestamp":"{_TIME}"}}', after.body)
    assert after.said["balance"] == before - 1
    got = {int(line.message): line for line in gateway.place.phones()}[msg_id]
    assert (got.sender, got.recipient, got.text) == ("OsonSMS", "992918888888", "Салом!")


@pytest.mark.parametrize("ending", _ENDINGS)
def test_every_end_of_a_message_has_its_word(gateway: GatewayProcess, ending: str) -> None:
    msg_id = send(gateway, fresh(), phone_number=f"99291888{ending}").said["msg_id"]
    word = _ENDINGS[ending]
    until(lambda: status(gateway, msg_id).said["status"] == word, 10.0, f"it does not come to {word}")


def test_nine_bare_digits_reach_a_phone_in_tajikistan(gateway: GatewayProcess) -> None:
    msg_id = send(gateway, fresh(), phone_number="918887777").said["msg_id"]
    until(lambda: status(gateway, msg_id).said["status"] == "DELIVERED", 10.0)
    assert {line.message: line.recipient for line in gateway.place.phones()}[msg_id] == "992918887777"


def test_a_token_in_place_of_a_hash_opens_every_script(gateway: GatewayProcess) -> None:
    bearer = ("-H", f"Authorization: Bearer {TOKEN}")
    sent = ask(gateway, "sendsms_v1.php", message(fresh()), *bearer)
    assert sent.status == 201
    asked = {"login": "oson", "msg_id": str(sent.said["msg_id"])}
    assert ask(gateway, "query_sm.php", asked, *bearer).status == 200
    assert ask(gateway, "check_balance.php", {"login": "oson", "txn_id": "b1"}, *bearer).status == 200
    wrong = ask(
        gateway, "check_balance.php", {"login": "oson", "txn_id": "b1"}, "-H", "Authorization: Bearer no"
    )
    assert (wrong.status, wrong.said["error"]["code"]) == (422, 106)


def test_a_form_that_is_posted_over_tls_with_doubled_slashes_is_the_same(gateway: GatewayProcess) -> None:
    fields = signed("sendsms_v1.php", message(fresh()))
    words = [word for name, value in fields.items() for word in ("--data-urlencode", f"{name}={value}")]
    url = gateway.site("//sendsms_v1.php", "https")
    assert curl(*words, "--insecure", url).startswith(b'{"status":"ok",')


def test_a_query_by_its_other_name_may_be_signed_with_the_clients_own_id(gateway: GatewayProcess) -> None:
    txn_id = fresh()
    msg_id = send(gateway, txn_id).said["msg_id"]
    of_balance = signed("check_balance.php", {"login": txn_id, "txn_id": "oson"})
    fields = {"login": "oson", "txn_id": txn_id, "msg_id": str(msg_id), "str_hash": of_balance["str_hash"]}
    assert ask(gateway, "query_sms.php", fields).status == 200
    assert ask(gateway, "query_sm.php", fields).said["error"]["code"] == 106


# ---- txn_id


def test_a_txn_id_is_good_for_one_message_of_its_login_whatever_it_says(gateway: GatewayProcess) -> None:
    txn_id = fresh()
    assert send(gateway, txn_id).status == 201
    for changes in ({}, {"msg": "another"}, {"phone_number": "992900000000"}):
        again = send(gateway, txn_id, **changes)
        assert again.status == 409
        assert re.fullmatch(
            r'{"error":{"code":108,"msg":"Duplicate txn_id. It should be unique.",'
            rf'"timestamp":"{_TIME}"}}}}',
            again.body,
        )
    assert send(gateway, txn_id, login="moscow").status == 201


def test_a_refused_message_does_not_use_up_its_txn_id(gateway: GatewayProcess) -> None:
    txn_id = fresh()
    assert send(gateway, txn_id, phone_number="nobody").said["error"]["code"] == 112
    assert send(gateway, txn_id, **{"from": "far too long a name"}).said["error"]["code"] == 107
    assert send(gateway, txn_id, str_hash="wrong").said["error"]["code"] == 106
    assert send(gateway, txn_id, msg="").said["error"]["code"] == 100
    assert send(gateway, txn_id).status == 201


def test_of_many_at_the_same_instant_with_one_txn_id_one_is_taken(gateway: GatewayProcess) -> None:
    txn_id = fresh()
    with ThreadPoolExecutor(8) as pool:
        answers = [each.result() for each in [pool.submit(send, gateway, txn_id) for _ in range(8)]]
    assert Counter(answer.status for answer in answers) == {201: 1, 409: 7}


def test_a_txn_id_of_any_length_is_remembered(gateway: GatewayProcess) -> None:
    long = fresh() * 50
    assert send(gateway, long).said["txn_id"] == long
    assert send(gateway, long).status == 409
    assert send(gateway, long + "x").status == 201


# ---- when


@pytest.mark.parametrize(("login", "zone"), [("oson", "Asia/Dushanbe"), ("moscow", "Europe/Moscow")])
def test_an_answer_says_when_it_was_made(gateway: GatewayProcess, login: str, zone: str) -> None:
    written = balance(gateway, login).said["timestamp"]
    made = datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZoneInfo(zone))
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=10)


def test_no_salt_token_or_hash_gets_into_the_log(gateway: GatewayProcess) -> None:
    fields = signed("sendsms_v1.php", message(fresh()))
    ask(gateway, "sendsms_v1.php", fields, "-H", f"Authorization: Bearer {TOKEN}")
    said = gateway.said()
    assert fields["str_hash"] not in said
    assert TOKEN not in said
