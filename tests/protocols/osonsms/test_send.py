"""OsonSMS `sendsms_v1.php`: what is read from a request, and what is answered."""

import hashlib

import pytest

from gonets.model.account import ProofKind
from gonets.model.calls import Login, Submission, Submit
from gonets.model.message import MessageId
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Refused
from gonets.protocols.osonsms.tables import FAULTS
from gonets.rules.proofs import is_proof
from gonets.wire.http import Reply, Request
from tests.protocols.osonsms.recorded import (
    MESSAGE,
    SALT,
    SEND,
    answered,
    called,
    error,
    got,
    hash_of,
    oson,
    posted,
)

NOT_SET = "One of the mandatory variables (from,phone_number,msg,login,str_hash,txn_id) not set."


def only(request: Request) -> Submission | Refused:
    what = called(request).what
    assert isinstance(what, Submit)
    (item,) = what.items
    return item


def test_a_message_is_read_and_answered_as_the_document_prints_it() -> None:
    request = got(SEND, MESSAGE)
    call = called(request)
    assert call.who == Login(
        "osonsms",
        "",
        "oson",
        "f" * 64,
        "192.0.2.7",
        ProofKind.SIGNATURE,
        signed="test_1233;oson;OsonSMS;992918888888",
        tells_unknown=True,
    )
    assert only(request) == Submission("OsonSMS", "992918888888", "Салом!", "test_1233", once=True)
    assert answered(request, (Accepted(MessageId(266083), 1),)) == Reply(
        201,
        b'{"status":"ok","timestamp":"2017-12-13 15:12:15","txn_id":"test_1233","msg_id":266083,'
        b'"smsc_msg_id":"00040F63","smsc_msg_status":"success","smsc_msg_parts":1,"smc_msg_parts":1}',
        "application/json",
    )


def test_the_number_of_parts_is_told_under_both_its_names() -> None:
    body = answered(got(SEND, MESSAGE), (Accepted(MessageId(1001), 3),)).body
    assert b'"msg_id":1001,"smsc_msg_id":"000003E9",' in body
    assert body.endswith(b'"smsc_msg_parts":3,"smc_msg_parts":3}')


@pytest.mark.parametrize(
    ("txn_id", "written"),
    [
        ("заказ 7", '"txn_id":"заказ 7"'),
        ('a"b\\c\n', r'"txn_id":"a\"b\\c\n"'),
        (" 0 ", '"txn_id":" 0 "'),
        ("0", '"txn_id":"0"'),
    ],
)
def test_a_txn_id_is_any_text_and_is_repeated_as_it_came(txn_id: str, written: str) -> None:
    request = got(SEND, MESSAGE | {"txn_id": txn_id})
    assert called(request).who.signed == f"{txn_id};oson;OsonSMS;992918888888"
    assert written.encode() in answered(request, (Accepted(MessageId(1001), 1),)).body


@pytest.mark.parametrize("slashes", ["/", "//", "///"])
def test_slashes_may_be_doubled(slashes: str) -> None:
    request = got(f"{slashes}sendsms_v1.php", MESSAGE)
    assert only(request) == only(got(SEND, MESSAGE))


def test_the_scripts_stand_at_the_root_and_nowhere_else() -> None:
    served = [SEND, "/query_sm.php", "/query_sms.php", "/check_balance.php"]
    assert all(oson().serves(path) for path in served)
    others = ["/", "", "/sendsms.php", "/SENDSMS_V1.PHP", "/a/sendsms_v1.php", "/sendsms_v1.php/x"]
    assert not any(oson().serves(path) for path in others)


def test_a_script_that_does_not_exist_is_an_error_of_the_dialect() -> None:
    assert answered(got("/sendsms_v9.php", MESSAGE), ()) == Reply(
        501, error(112, "Error while sending sms."), "application/json"
    )


def test_a_form_that_is_posted_is_the_same() -> None:
    assert called(posted(SEND, MESSAGE)) == called(got(SEND, MESSAGE))


def test_parameters_that_nobody_knows_are_ignored_and_of_two_the_first_counts() -> None:
    known = got(SEND, MESSAGE)
    more = got(SEND, b"is_confidential=true&" + known.query + b"&channel=telegram&from=Other&txn_id=t2")
    assert called(more) == called(known)


# ---- what is not set


@pytest.mark.parametrize("name", MESSAGE)
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_each_field_is_mandatory_and_the_answer_names_them_all(name: str, how: str) -> None:
    fields = {**MESSAGE, name: ""} if how == "empty" else {k: v for k, v in MESSAGE.items() if k != name}
    refused = oson().parse(got(SEND, fields))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.BAD_REQUEST
    assert answered(got(SEND, fields), ()) == Reply(422, error(100, NOT_SET), "application/json")


def test_nothing_at_all_is_the_same_error() -> None:
    assert answered(got(SEND, b""), ()).body == error(100, NOT_SET)


def test_a_broken_form_is_the_same_error() -> None:
    broken = Request("POST", SEND, b"", "multipart/form-data; boundary=x", b"--x\r\ncut short")
    assert answered(broken, ()) == Reply(422, error(100, NOT_SET), "application/json")


@pytest.mark.parametrize("name", ["from", "phone_number", "msg", "txn_id"])
def test_what_is_no_utf8_is_the_same_error_once_it_is_known_who_asks(name: str) -> None:
    query = "&".join(f"{key}={'%FF' if key == name else 'x'}" for key in MESSAGE)
    request = got(SEND, query.encode())
    item = only(request)
    assert item == Refused(Reason.BAD_REQUEST, "Values must be UTF-8.")
    assert answered(request, (item,)).body == error(100, NOT_SET)


def test_a_login_that_is_no_utf8_is_nobodys() -> None:
    who = called(got(SEND, b"from=a&phone_number=b&msg=c&login=%FF&str_hash=d&txn_id=e")).who
    assert (who.login, who.tells_unknown) == ("", True)


# ---- who asks


@pytest.mark.parametrize("case", ["lower", "upper"])
def test_a_hash_is_of_the_values_exactly_as_they_were_sent_and_its_hex_of_any_case(case: str) -> None:
    sent = {**MESSAGE, "txn_id": "№ 7", "from": "Oson SMS", "phone_number": "+992 (91) 888-88-88"}
    hashed = hash_of("№ 7", "oson", "Oson SMS", "+992 (91) 888-88-88")
    sent["str_hash"] = hashed.upper() if case == "upper" else hashed
    assert is_proof(called(got(SEND, sent)).who, SALT)
    assert is_proof(called(posted(SEND, sent)).who, SALT)
    assert not is_proof(called(got(SEND, {**sent, "phone_number": "992918888888"})).who, SALT)


def test_a_hash_is_of_octets_that_are_no_utf8_too() -> None:
    hashed = hashlib.sha256(b"\xff;oson;\xd1;992;" + SALT.encode()).hexdigest()
    query = f"from=%D1&phone_number=992&msg=x&login=oson&str_hash={hashed}&txn_id=%FF"
    assert is_proof(called(got(SEND, query.encode())).who, SALT)


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer oson-demo-token",
        "bearer oson-demo-token",
        "BEARER  oson-demo-token ",
        "\tBearer oson-demo-token\t",
    ],
)
def test_a_bearer_token_stands_in_for_a_hash(authorization: str) -> None:
    fields = {name: value for name, value in MESSAGE.items() if name != "str_hash"}
    for request in (got(SEND, fields, authorization), got(SEND, {**fields, "str_hash": ""}, authorization)):
        who = called(request).who
        assert (who.login, who.kind, who.password) == ("oson", ProofKind.TOKEN, "oson-demo-token")
        assert who.tells_unknown


def test_a_token_may_hold_any_octets() -> None:
    fields = {name: value for name, value in MESSAGE.items() if name != "str_hash"}
    as_received = "Bearer " + "ключ".encode().decode("latin-1")
    assert is_proof(called(got(SEND, fields, as_received)).who, "ключ")


def test_who_sends_both_is_known_by_the_hash() -> None:
    who = called(got(SEND, MESSAGE, "Bearer oson-demo-token")).who
    assert (who.kind, who.password) == (ProofKind.SIGNATURE, "f" * 64)


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic b3NvbjpvcmRlcg==", "Bearer a b"])
def test_without_a_hash_and_a_token_the_hash_is_what_is_not_set(authorization: str) -> None:
    fields = {name: value for name, value in MESSAGE.items() if name != "str_hash"}
    assert answered(got(SEND, fields, authorization), ()).body == error(100, NOT_SET)


def test_with_a_token_the_login_has_to_be_named_all_the_same() -> None:
    fields = {name: value for name, value in MESSAGE.items() if name not in {"str_hash", "login"}}
    assert answered(got(SEND, fields, "Bearer oson-demo-token"), ()).body == error(100, NOT_SET)


# ---- refused


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("whole", [True, False])
def test_each_reason_is_answered_by_its_line_of_the_table(reason: Reason, whole: bool) -> None:
    refused = Refused(reason, "A sentence that this dialect has no room for.")
    fault = FAULTS[reason]
    msg = NOT_SET if fault.code == 100 else fault.msg
    assert answered(got(SEND, MESSAGE), refused if whole else (refused,)) == Reply(
        fault.http, error(fault.code, msg), "application/json"
    )


def test_a_login_that_does_not_exist_is_told_from_a_wrong_hash() -> None:
    wrong, unknown = Refused(Reason.BAD_CREDENTIALS), Refused(Reason.BAD_CREDENTIALS, unknown_login=True)
    assert answered(got(SEND, MESSAGE), wrong) == Reply(422, error(106, "Incorrect hash"), "application/json")
    assert answered(got(SEND, MESSAGE), unknown) == Reply(
        401, error(105, "Inactive or non-existent account"), "application/json"
    )


# ---- when


@pytest.mark.parametrize(
    ("login", "written"),
    [
        ("oson", "2017-12-13 15:12:15"),
        ("nobody", "2017-12-13 15:12:15"),
        ("moscow", "2017-12-13 13:12:15"),
        ("greenwich", "2017-12-13 10:12:15"),
    ],
)
def test_an_answer_says_when_it_was_made_where_the_account_is_or_else_in_dushanbe(
    login: str, written: str
) -> None:
    request = got(SEND, {**MESSAGE, "login": login})
    assert f'"timestamp":"{written}"'.encode() in answered(request, (Accepted(MessageId(1), 1),)).body
    assert answered(request, Refused(Reason.BAD_CREDENTIALS)).body == error(106, "Incorrect hash", written)
    unset = got(SEND, {**MESSAGE, "login": login, "msg": ""})
    assert answered(unset, ()).body == error(100, NOT_SET, written)
