"""SMS2's scripts for messages, their status, and money: what is read, and each octet that is answered."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from gonets.model.account import ProofKind
from gonets.model.calls import Balance, Login, Query, Submission, Submit
from gonets.model.message import MessageId, Status
from gonets.model.money import Millionths, parse_amount
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Funds, Outcome, Refused
from gonets.protocols.sms2.tables import REASON_TEXTS
from gonets.wire.http import Reply, Request
from tests.clocks import START
from tests.protocols.sms2.recorded import AUTH, WAYS, Fields, answered, called, got, posted, sms2, text

HELLO: dict[str, bytes] = {"phone": b"79119876543", "message": b"Hello", "from": b"Test"}

Way = Callable[[str, Fields], Request]


def sent(fields: Fields, way: Way = posted) -> Submission:
    """The one message of a request."""
    what = called(way("/sms.cgi", AUTH | HELLO | dict(fields))).what
    assert isinstance(what, Submit)
    (item,) = what.items
    assert isinstance(item, Submission)
    return item


def refused(fields: Fields) -> Reason:
    """Why the one message of a request cannot be read."""
    what = called(posted("/sms.cgi", AUTH | HELLO | dict(fields))).what
    assert isinstance(what, Submit)
    (item,) = what.items
    assert isinstance(item, Refused)
    assert item.detail.endswith(".")
    return item.reason


# ---- sms.cgi


def test_the_documents_own_line_is_read_and_answered_as_printed() -> None:
    line = b"user=your_login&pass=your_password&phone=79119876543&flash=0&message=Test&from=Test"
    request = Request("GET", "/sms.cgi", line, address="192.0.2.7")
    call = called(request)
    assert call.who == Login("sms2", "", "your_login", "your_password", "192.0.2.7", ProofKind.PASSWORD)
    assert call.what == Submit((Submission("Test", "79119876543", "Test"),))
    assert answered(request, (Accepted(MessageId(27460), 1),)) == Reply(
        200, b"Message successfully sent! Message_ID=27460", "text/plain"
    )


@pytest.mark.parametrize("way", WAYS)
def test_query_form_and_multipart_are_read_alike(way: Way) -> None:
    fields = {"message": "Привет & 100% = мир+?\r\n«№»".encode("cp1251")}
    assert sent(fields, way) == Submission("Test", "79119876543", "Привет & 100% = мир+?\r\n«№»")


def test_a_query_counts_before_a_body() -> None:
    request = Request("POST", "/sms.cgi", b"user=your_login&phone=1", "", b"phone=2&pass=your_password")
    call = called(request)
    assert (call.who.login, call.who.password) == ("your_login", "your_password")
    assert isinstance(call.what, Submit)
    assert [item.recipient for item in call.what.items if isinstance(item, Submission)] == ["1"]


@pytest.mark.parametrize("path", ["//sms.cgi", "/sms.cgi/", "///sms.cgi//"])
def test_doubled_slashes_count_as_one(path: str) -> None:
    request = got(path, AUTH | HELLO)
    assert isinstance(called(request).what, Submit)
    assert answered(request, (Accepted(MessageId(7), 1),)) == text("Message successfully sent! Message_ID=7")


def test_octets_are_windows_1251_unless_enc_says_utf_8() -> None:
    windows, utf_8 = "Привет".encode("cp1251"), "Привет".encode()
    assert sent({"message": windows}).text == "Привет"
    assert sent({"message": utf_8}).text == utf_8.decode("cp1251")
    assert sent({"message": windows, "enc": b"windows-1251"}).text == "Привет"
    for enc in (b"utf-8", b"UTF-8", b"Utf-8", b"utf8", b" utf-8\r\n"):
        assert sent({"message": utf_8, "enc": enc}).text == "Привет"


def test_raw_octets_and_blanks_in_a_body_are_read_as_they_are() -> None:
    body = (
        "user=your_login&pass=your_password&phone=79119876543&message=Скидка 50% на всё&enc=utf-8&from=Test"
    )
    request = Request("POST", "/sms.cgi", b"", "application/x-www-form-urlencoded", body.encode())
    what = called(request).what
    assert what == Submit((Submission("Test", "79119876543", "Скидка 50% на всё"),))


def test_login_stands_for_user_and_user_counts_where_both_are() -> None:
    form = {"login": b"your_login", "pass": b"your_password"} | HELLO
    assert called(posted("/sms.cgi", form)).who.login == "your_login"
    assert called(posted("/sms.cgi", form | {"user": b"shop"})).who.login == "shop"
    assert called(posted("/sms.cgi", form | {"user": b""})).who.login == "your_login"


@pytest.mark.parametrize("field", ["user", "pass"])
@pytest.mark.parametrize("value", [None, b"", b"\x98", b"a\x98b"])
def test_credentials_that_are_missing_or_cannot_be_read_are_none(field: str, value: bytes | None) -> None:
    fields = AUTH | HELLO
    if value is None:
        del fields[field]
    else:
        fields[field] = value
    who = called(posted("/sms.cgi", fields)).who
    assert {"user": who.login, "pass": who.password}[field] == ""


@pytest.mark.parametrize(
    ("flash", "is_flash"), [(b"1", True), (b" 1 ", True), (b"0", False), (b"", False), (b"11", False)]
)
def test_flash_1_is_a_flash_message(flash: bytes, is_flash: bool) -> None:
    assert sent({"flash": flash}).flash is is_flash
    assert not sent({}).flash


def test_send_at_is_a_moment_of_the_accounts_zone() -> None:
    assert sent({"send_at": b"2026-07-01 09:30"}).start_at == datetime(2026, 7, 1, 6, 30, tzinfo=UTC)
    assert sent({"send_at": b" 2026-07-01 09:30\n"}).start_at == datetime(2026, 7, 1, 6, 30, tzinfo=UTC)
    unknown = {"user": b"nobody", "send_at": b"2026-07-01 09:30"}
    assert sent(unknown).start_at == datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
    assert sent({"send_at": b""}).start_at is None


@pytest.mark.parametrize(
    "written",
    [
        b"tomorrow",
        b"2026-07-01",
        b"2026-07-01T09:30",
        b"01.07.2026 09:30",
        b"2026-02-30 09:30",
        b"2026-07-01 24:00",
        b"0000-01-01 00:00",
        b"0001-01-01 00:00",
        b"2026-7-1 9:30",
        "２０２６-07-01 09:30".encode(),
        b"\x98",
    ],
)
def test_a_send_at_that_is_no_moment_refuses_the_message(written: bytes) -> None:
    assert refused({"send_at": written}) is Reason.BAD_REQUEST


@pytest.mark.parametrize("field", ["message", "from"])
@pytest.mark.parametrize(("value", "enc"), [(b"a\x98", b""), (b"\xff", b"utf-8"), (b"\xd0", b"UTF-8")])
def test_a_message_that_cannot_be_read_is_refused(field: str, value: bytes, enc: bytes) -> None:
    assert refused({field: value, "enc": enc}) is Reason.BAD_TEXT


@pytest.mark.parametrize("value", [b"\x98", b"7911\x98987654", b"7911987654\0"])
def test_a_phone_that_cannot_be_read_is_no_number(value: bytes) -> None:
    recipient = sent({"phone": value}).recipient
    assert "\ufffd" in recipient
    assert "\0" not in recipient


def test_missing_fields_are_left_to_the_rules() -> None:
    what = called(posted("/sms.cgi", AUTH)).what
    assert what == Submit((Submission("", "", ""),))


@pytest.mark.parametrize("reason", Reason)
def test_a_refusal_is_answered_as_the_table_has_it(reason: Reason) -> None:
    status = {Reason.TOO_MANY_REQUESTS: 429, Reason.STORE_UNAVAILABLE: 500}.get(reason, 200)
    reply = Reply(status, b"Error: " + REASON_TEXTS[reason], "text/plain")
    request = posted("/sms.cgi", AUTH | HELLO)
    whole: Outcome = Refused(reason, "Whatever.")
    one: Outcome = (Refused(reason, "Whatever."),)
    assert answered(request, whole) == answered(request, one) == reply


# ---- sms_status2.cgi


@pytest.mark.parametrize("way", WAYS)
def test_a_status_is_asked_for_by_id(way: Way) -> None:
    request = way("/sms_status2.cgi", AUTH | {"mess_id": b"27460"})
    assert called(request).what == Query((MessageId(27460),))


@pytest.mark.parametrize(
    ("status", "word"),
    [
        *((each, "delivered") for each in (Status.DELIVERED,)),
        *(
            (each, "not_delivered")
            for each in (
                Status.UNDELIVERED,
                Status.EXPIRED,
                Status.REJECTED,
                Status.FAILED,
                Status.CANCELLED,
            )
        ),
        *(
            (each, "unknown")
            for each in (
                Status.SCHEDULED,
                Status.QUEUED,
                Status.SENT,
                Status.UNCERTAIN,
                Status.ACCEPTED,
                Status.NO_REPORT,
            )
        ),
    ],
)
def test_each_status_is_one_of_three_words(status: Status, word: str) -> None:
    request = got("/sms_status2.cgi", AUTH | {"mess_id": b"27460"})
    assert answered(request, (Found(MessageId(27460), status, START, 6),)) == text(f"Status: {word}")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (b"0027460", 27460),
        (b" 27460\r\n", 27460),
        (b"9223372036854775807", 2**63 - 1),
        (b"9223372036854775808", None),
        (b"99999999999999999999", None),
        (b"0", None),
        (b"-1", None),
        (b"1.0", None),
        (b"27460x", None),
        (b"", None),
        (b"\x98", None),
        ("２".encode(), None),
    ],
)
def test_what_is_no_id_is_asked_for_as_none(written: bytes, message: int | None) -> None:
    request = posted("/sms_status2.cgi", AUTH | {"mess_id": written})
    assert called(request).what == Query((None if message is None else MessageId(message),))


def test_a_status_without_an_id_is_of_no_message() -> None:
    request = got("/sms_status2.cgi", AUTH)
    assert called(request).what == Query((None,))
    assert answered(request, (Refused(Reason.UNKNOWN_MESSAGE),)) == text("Error: no such message")
    assert answered(request, Refused(Reason.BAD_CREDENTIALS)) == text("Error: authentication failure")


# ---- get_credit_info.cgi


@pytest.mark.parametrize("way", WAYS)
def test_the_balance_is_asked_for_with_credentials_alone(way: Way) -> None:
    request = way("/get_credit_info.cgi", AUTH)
    assert called(request).what == Balance()
    funds = Funds(parse_amount("5006.75"), parse_amount("10000"), "RUB")
    assert answered(request, funds) == text("Balance: 5006.75; Overdraft: -10000.00")


@pytest.mark.parametrize(
    ("balance", "overdraft", "answer"),
    [
        ("0", "0", "Balance: 0.00; Overdraft: 0.00"),
        ("9999.95", "0.5", "Balance: 9999.95; Overdraft: -0.50"),
        ("-0.05", "1", "Balance: -0.05; Overdraft: -1.00"),
        ("-1234567.8", "2000000", "Balance: -1234567.80; Overdraft: -2000000.00"),
        ("1.999999", "1.999999", "Balance: 1.99; Overdraft: -1.99"),
        ("-0.000001", "0.000001", "Balance: -0.01; Overdraft: 0.00"),
    ],
)
def test_money_has_two_decimals_and_is_never_more_than_there_is(
    balance: str, overdraft: str, answer: str
) -> None:
    funds = Funds(Millionths(parse_amount(balance)), Millionths(parse_amount(overdraft)), "RUB")
    assert answered(got("/get_credit_info.cgi", AUTH), funds) == text(answer)


# ---- what is none of it


@pytest.mark.parametrize("path", ["/", "/sms", "/SMS.cgi", "/cgi-bin/sms.cgi", "/sms.cgi/x", "/api.php5", ""])
def test_a_path_that_is_no_scripts_is_not_served(path: str) -> None:
    server = sms2()
    assert not server.serves(path)
    request = got(path, AUTH | HELLO)
    refusal = server.parse(request)
    assert isinstance(refusal, Refused)
    assert server.render(request, None, refusal) == text("Error: wrong function")


@pytest.mark.parametrize(
    "script", ["sms.cgi", "sms_status2.cgi", "get_credit_info.cgi", "api_call.cgi", "api.php"]
)
def test_the_five_scripts_are_served_at_the_root(script: str) -> None:
    assert sms2().serves(f"/{script}")


@pytest.mark.parametrize(
    ("path", "answer"),
    [("/sms.cgi", "can't send this message"), ("/api_call.cgi", "wrong function")],
)
def test_a_broken_form_is_refused_in_the_scripts_words(path: str, answer: str) -> None:
    server = sms2()
    request = Request("POST", path, b"", "multipart/form-data; boundary=x", b"--x\r\nContent-Disp")
    refusal = server.parse(request)
    assert isinstance(refusal, Refused)
    assert server.render(request, None, refusal) == text(f"Error: {answer}")
