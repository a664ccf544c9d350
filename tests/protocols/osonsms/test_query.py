"""OsonSMS `query_sm.php` and `check_balance.php`: what is read from a request, and what is answered."""

import pytest

from gonets.model.account import ProofKind
from gonets.model.calls import Balance, Query
from gonets.model.message import MessageId, Status
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Found, Funds, Refused
from gonets.protocols.osonsms.tables import FAULTS, STATUS_WORDS
from gonets.rules.proofs import is_proof
from gonets.wire.http import Reply
from tests.clocks import START
from tests.protocols.osonsms.recorded import (
    ASKING,
    BALANCE,
    COUNTING,
    QUERIES,
    QUERY,
    SALT,
    answered,
    called,
    error,
    got,
    hash_of,
    posted,
)

BOTH = pytest.mark.parametrize("path", [QUERY, QUERIES])


@BOTH
@pytest.mark.parametrize("status", Status)
def test_a_status_is_told_under_both_its_names_with_the_moment_of_the_answer(
    path: str, status: Status
) -> None:
    request = got(path, ASKING)
    assert called(request).what == Query((MessageId(266083),))
    word = STATUS_WORDS[status]
    body = f'{{"status":"{word}","message_state":"{word}","timestamp":"2017-12-13 15:12:15"}}'
    assert answered(request, (Found(MessageId(266083), status, START, 1),)) == Reply(
        200, body.encode(), "application/json"
    )


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("0266083", MessageId(266083)),
        ("9223372036854775807", MessageId(2**63 - 1)),
        ("9223372036854775808", None),
        ("9" * 100, None),
        ("0", None),
        ("-1", None),
        ("1.0", None),
        ("00040F63", None),
        (" 266083", None),
        ("٢", None),
    ],
)
def test_an_id_is_a_positive_number_and_anything_else_is_nobodys(
    written: str, message: MessageId | None
) -> None:
    assert called(got(QUERY, {**ASKING, "msg_id": written})).what == Query((message,))


@BOTH
def test_an_id_that_is_not_the_accounts_is_an_error(path: str) -> None:
    assert answered(got(path, ASKING), (Refused(Reason.UNKNOWN_MESSAGE),)) == Reply(
        422, error(107, "Message ID is invalid"), "application/json"
    )


@BOTH
@pytest.mark.parametrize("name", ASKING)
def test_each_field_of_a_query_is_mandatory(path: str, name: str) -> None:
    body = error(100, "One of the mandatory variables (login,str_hash,msg_id) not set.")
    assert answered(got(path, {**ASKING, name: ""}), ()) == Reply(422, body, "application/json")


def test_a_query_is_signed_over_the_message_and_the_login() -> None:
    signed = {**ASKING, "str_hash": hash_of("266083", "oson")}
    assert is_proof(called(got(QUERY, signed)).who, SALT)
    assert is_proof(called(got(QUERIES, {**signed, "txn_id": "t1"})).who, SALT)
    assert is_proof(called(posted(QUERY, signed)).who, SALT)
    assert not is_proof(called(got(QUERY, {**signed, "msg_id": "266084"})).who, SALT)


def test_under_its_other_name_it_may_be_signed_over_the_clients_own_id_and_only_there() -> None:
    signed = {**ASKING, "txn_id": "t1", "str_hash": hash_of("oson", "t1")}
    assert is_proof(called(got(QUERIES, signed)).who, SALT)
    assert not is_proof(called(got(QUERY, signed)).who, SALT)
    without = {name: value for name, value in signed.items() if name != "txn_id"}
    assert not is_proof(called(got(QUERIES, without)).who, SALT)


def test_a_hash_of_the_login_alone_opens_nothing() -> None:
    for txn_id in ({}, {"txn_id": ""}):
        for hashed in (hash_of("oson"), hash_of("oson", ""), hash_of("")):
            assert not is_proof(called(got(QUERIES, {**ASKING, **txn_id, "str_hash": hashed})).who, SALT)


@pytest.mark.parametrize(("path", "fields"), [(QUERY, ASKING), (QUERIES, ASKING), (BALANCE, COUNTING)])
def test_a_bearer_token_stands_in_for_a_hash(path: str, fields: dict[str, str]) -> None:
    bare = {name: value for name, value in fields.items() if name != "str_hash"}
    who = called(got(path, bare, "Bearer oson-demo-token")).who
    assert (who.kind, who.password) == (ProofKind.TOKEN, "oson-demo-token")


# ---- the balance


@pytest.mark.parametrize(
    ("balance", "written"),
    [(6_070_000, "6.07"), (0, "0.00"), (10_000_000_000, "10000.00"), (-1_500_000, "-1.50"), (-1, "-0.01")],
)
def test_a_balance_is_a_number_with_two_decimals(balance: int, written: str) -> None:
    request = got(BALANCE, COUNTING)
    assert called(request).what == Balance()
    funds = Funds(Millionths(balance), Millionths(50_000_000), "TJS")
    assert answered(request, funds) == Reply(
        200,
        f'{{"balance":{written},"timestamp":"2017-12-13 15:12:15"}}'.encode(),
        "application/json",
    )


@pytest.mark.parametrize("name", COUNTING)
def test_each_field_of_a_balance_is_mandatory(name: str) -> None:
    body = error(100, "One of the mandatory variables (login,str_hash,txn_id) not set.")
    assert answered(got(BALANCE, {**COUNTING, name: ""}), ()) == Reply(422, body, "application/json")


def test_a_balance_is_signed_over_the_clients_own_id_and_the_login() -> None:
    who = called(got(BALANCE, {**COUNTING, "str_hash": hash_of("b1", "oson")})).who
    assert is_proof(who, SALT)
    assert not is_proof(called(got(BALANCE, {**COUNTING, "str_hash": hash_of("oson", "b1")})).who, SALT)


@pytest.mark.parametrize("path", [QUERY, BALANCE])
@pytest.mark.parametrize(
    "reason",
    [
        Reason.BAD_CREDENTIALS,
        Reason.ACCOUNT_BLOCKED,
        Reason.HOST_NOT_ALLOWED,
        Reason.TOO_MANY_REQUESTS,
        Reason.STORE_UNAVAILABLE,
    ],
)
def test_who_may_not_ask_is_told_the_same_by_every_script(path: str, reason: Reason) -> None:
    request = got(path, ASKING | COUNTING)
    fault = FAULTS[reason]
    assert answered(request, Refused(reason)) == Reply(
        fault.http, error(fault.code, fault.msg), "application/json"
    )
