"""The HTTP scripts of SMS Club: what is read from a request, and what is answered."""

from base64 import b64encode
from datetime import timedelta
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.calls import Balance, Login, Submission
from gonets.model.message import MessageId, Status
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Found, Funds, Refused
from gonets.protocols.smsclub.http_scripts import meant_text
from gonets.protocols.smsclub.server import SmsClubServer
from gonets.protocols.smsclub.tables import REASON_TEXTS, STATES
from gonets.wire.http import Reply
from tests.clocks import START
from tests.protocols.smsclub.recorded import WHO, answered, asked, called, ids, items, posted, said, taken

SEND = "httpsendsms.php"
STATE = "httpgetsmsstate.php"
BALANCE = "httpgetbalance.php"
TEXT = "SGVsbG8h"
ONE = f"{WHO}from=SMS CLUB&to=0675126767&text={TEXT}"
UNKNOWN = Refused(Reason.UNKNOWN_MESSAGE)


def found(part: int, status: Status) -> Found:
    return Found(MessageId(part), status, START)


def text_of(sent: str) -> str:
    [item] = items(asked(SEND, f"{WHO}from=A&to=1&text={sent}"))
    assert isinstance(item, Submission)
    return item.text


def test_a_message_to_one_recipient_is_read_and_its_id_is_the_answer() -> None:
    request = asked(SEND, ONE)
    assert called(request).who == Login("smsclub", "", "user", "pass", "192.0.2.7")
    assert items(request) == (Submission("SMS CLUB", "0675126767", "Hello!"),)
    assert answered(request, (taken(1001),)) == Reply(
        200, b"=IDS START=<br/>1001<br/>=IDS END=<br/>", "text/html; charset=utf-8"
    )


def test_each_part_has_its_id_in_the_order_of_the_recipients() -> None:
    request = asked(SEND, ONE.replace("0675126767", "0675126767;80501111111;+380(99)1"))
    assert said(request, (taken(1004, 2), taken(1001), taken(1002, 2))) == (
        "=IDS START=<br/>1004<br/>1005<br/>1001<br/>1002<br/>1003<br/>=IDS END=<br/>"
    )


def test_a_refused_recipient_stands_in_its_place_as_its_text() -> None:
    request = asked(SEND, ONE.replace("0675126767", "0675126767;x;0675126768"))
    assert said(request, (taken(1001), Refused(Reason.BAD_RECIPIENT), taken(1002, 2))) == (
        "=IDS START=<br/>1001<br/>Неверно указан номер<br/>1002<br/>1003<br/>=IDS END=<br/>"
    )


def test_when_all_recipients_are_refused_the_first_reason_is_the_answer() -> None:
    request = asked(SEND, ONE.replace("0675126767", "x;0675126768"))
    refused = (Refused(Reason.BAD_RECIPIENT), Refused(Reason.RECIPIENT_DENIED))
    assert said(request, refused) == "Неверно указан номер"


def test_when_nothing_could_be_stored_that_is_the_answer_whatever_else_was_wrong() -> None:
    request = asked(SEND, ONE.replace("0675126767", "x;0675126768"))
    refused = (Refused(Reason.BAD_RECIPIENT), Refused(Reason.STORE_UNAVAILABLE))
    assert answered(request, refused) == Reply(
        500, "Сервис временно недоступен".encode(), "text/html; charset=utf-8"
    )


@pytest.mark.parametrize("reason", Reason)
def test_a_request_that_is_refused_is_answered_with_the_text_alone(reason: Reason) -> None:
    status = {Reason.TOO_MANY_REQUESTS: 429, Reason.STORE_UNAVAILABLE: 500}.get(reason, 200)
    expected = Reply(status, REASON_TEXTS[reason].encode(), "text/html; charset=utf-8")
    assert answered(asked(SEND, ONE), Refused(reason)) == expected


@pytest.mark.parametrize("script", ["httpsendsms.php", "httpsendsmspost.php"])
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/x-www-form-urlencoded",
        "text/plain",
        "text/xml; charset=windows-1251",
        "nonsense",
        "*/*",
    ],
)
def test_a_script_takes_get_and_post_whatever_its_name_and_the_content_type_say(
    script: str, content_type: str
) -> None:
    expected = (Submission("SMS CLUB", "0675126767", "Hello!"),)
    assert items(asked(script, ONE)) == expected
    assert items(posted(script, ONE, content_type)) == expected


def test_a_form_may_be_multipart() -> None:
    fields = {"username": "user", "password": "pass", "from": "A", "to": "1;2", "text": TEXT}
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    body = "".join(parts) + "--x--\r\n"
    request = posted(SEND, body, "multipart/form-data; boundary=x")
    assert [item.recipient for item in items(request) if isinstance(item, Submission)] == ["1", "2"]
    broken = posted(SEND, body[:-9], "multipart/form-data; boundary=x")
    assert said(broken, ()) == "Не указаны обязательные параметры"


@pytest.mark.parametrize(
    ("to", "recipients"),
    [
        ("1", ["1"]),
        ("1;2", ["1", "2"]),
        ("1;2;", ["1", "2"]),
        ("1;2;;; ;", ["1", "2"]),
        (" 1 ;%0A2\r\n", ["1", "2"]),
        ("1;;2", ["1", " ", "2"]),
        (";1", [" ", "1"]),
        ("%2B380 (67) 512-67-67;380;80;0", ["+380 (67) 512-67-67", "380", "80", "0"]),
        ("%FF;1", ["\ufffd", "1"]),
    ],
)
def test_recipients_are_a_list_in_which_empty_ones_keep_their_place(to: str, recipients: list[str]) -> None:
    read = items(asked(SEND, f"{WHO}from=A&to={to}&text={TEXT}"))
    assert [item.recipient for item in read if isinstance(item, Submission)] == recipients
    assert len(read) == len(recipients)


@pytest.mark.parametrize("missing", ["from", "to", "text"])
def test_a_message_that_lacks_a_field_is_refused_once_the_password_was_right(missing: str) -> None:
    [item] = items(asked(SEND, ONE.replace(f"{missing}=", "other=")))
    assert isinstance(item, Refused)
    assert item.reason is Reason.BAD_REQUEST


@pytest.mark.parametrize("to", ["", ";", " ; ;"])
def test_a_list_without_recipients_is_a_missing_field(to: str) -> None:
    [item] = items(asked(SEND, f"{WHO}from=A&to={to}&text={TEXT}"))
    assert isinstance(item, Refused)
    assert item.reason is Reason.BAD_REQUEST


def test_an_empty_text_or_sender_is_for_the_rules() -> None:
    assert items(asked(SEND, f"{WHO}from=&to=1&text=")) == (Submission("", "1", ""),)


def test_credentials_that_are_missing_are_wrong_ones() -> None:
    who = called(asked(SEND, "from=A&to=1&text=QQ==")).who
    assert (who.login, who.password) == ("", "")
    assert called(asked(BALANCE, "username=%FF&password=%D1%84")).who.login == "\ufffd"


def test_of_a_repeated_parameter_the_first_counts_and_unknown_ones_do_not() -> None:
    request = asked(SEND, ONE + "&to=9&text=QQ==&username=x&translit=1&=&&")
    assert items(request) == (Submission("SMS CLUB", "0675126767", "Hello!"),)
    assert called(request).who.login == "user"


@pytest.mark.parametrize(
    ("lifetime", "validity"),
    [("", None), ("60", timedelta(hours=1)), ("0", timedelta(0)), ("9999999", timedelta(minutes=9999999))],
)
def test_a_lifetime_is_a_validity_in_minutes(lifetime: str, validity: timedelta | None) -> None:
    [item] = items(asked(SEND, f"{ONE}&lifetime={lifetime}"))
    assert isinstance(item, Submission)
    assert item.validity == validity


@pytest.mark.parametrize("lifetime", ["-1", "x", "1.5", "99999999", "١", "%FF", " "])
def test_a_lifetime_that_is_no_number_is_refused(lifetime: str) -> None:
    [item] = items(asked(SEND, f"{ONE}&lifetime={lifetime}"))
    assert isinstance(item, Refused)
    assert item.reason is Reason.BAD_REQUEST


# ---- the text


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("d3d3LnNtc2NsZWludW9iaQ==", "www.smscleinuobi"),
        ("d3d3LnNtc2NsZWludW9iaQ", "www.smscleinuobi"),
        ("d3d3LnNtc2NsZWludW9iaQ=", "www.smscleinuobi"),
        ("d3d3LnNtc2NsZWludW9iaQ=====", "www.smscleinuobi"),
        ("SGVsbG8h", "Hello!"),
        ("SGVsbG8h=", "Hello!"),
        (quote(b64encode("Привіт, їжаче!".encode("cp1251")).decode()), "Привіт, їжаче!"),
        ("z/Do4uXy", "Привет"),
        ("++++", "ыпѕ"),
        ("%2B%2B%2B%2B", "ыпѕ"),
        ("    ", "ыпѕ"),
        ("QQkKDUI=", "A\t\n\rB"),
        ("Test", "Mл-"),
        ("", ""),
        ("====", ""),
        ("SGVsbG8h%0A", "Hello!"),
        ("QQ==%0D%0A", "A"),
    ],
)
def test_a_text_is_windows_1251_in_base64_repaired(sent: str, text: str) -> None:
    assert text_of(sent) == text


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("Hello", "Hello"),
        ("Hello,%20world!", "Hello, world!"),
        ("Hello world", "Hello world"),
        ("%CF%F0%E8%E2%B3%F2", "Привіт"),
        ("QQ==QQ==", "QQ==QQ=="),
        ("QQ=x", "QQ=x"),
        ("SGVs%0AbG8h", "SGVs\nbG8h"),
        ("QQ==%0AQQ==", "QQ==\nQQ=="),
        ("AAAA", "AAAA"),
        ("GxtB", "GxtB"),
        ("f39/", "f39/"),
        ("%98", "\ufffd"),
        ("a%00b%01", "a\0b\x01"),
    ],
)
def test_what_is_no_base64_of_a_text_is_plain_windows_1251(sent: str, text: str) -> None:
    assert text_of(sent) == text


@given(st.text(max_size=60))
def test_a_text_survives_base64_with_lost_pluses_and_equal_signs(text: str) -> None:
    octets = text.translate(dict.fromkeys((*range(32), 127), " ")).encode("cp1251", "ignore")
    sent = b64encode(octets)
    for written in (sent, sent.rstrip(b"="), sent + b"=", sent.replace(b"+", b" ")):
        assert meant_text(written) == octets.decode("cp1251")


LONG = "Довгий лист, який не вміщується в один рядок Base64 і тому складений. Їжак!"


@pytest.mark.parametrize("length", [64, 76])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [b"", b"\n", b"\r\n"])
def test_base64_may_be_folded_as_perl_and_others_do(length: int, end: bytes, last: bytes) -> None:
    sent = b64encode(LONG.encode("cp1251"))
    lines = [sent[start : start + length] for start in range(0, len(sent), length)]
    assert len(lines) > 1
    assert meant_text(end.join(lines) + last) == LONG


@given(st.binary(max_size=40))
def test_any_octets_are_a_text(sent: bytes) -> None:
    text = meant_text(sent)
    text.encode()
    [item] = items(asked(SEND, f"{WHO}from=A&to=1&text={quote_from_bytes(sent)}"))
    assert isinstance(item, Submission)
    assert item.text == text


# ---- states


def test_states_are_answered_id_by_id() -> None:
    request = asked(STATE, WHO + "smscid=000002;000003;5")
    assert ids(request) == (2, 3, 5)
    outcome = (found(2, Status.DELIVERED), UNKNOWN, found(5, Status.EXPIRED))
    assert answered(request, outcome) == Reply(
        200,
        "=IDS START=<br/>000002: DELIVRD<br/>000003: неверно указан id<br/>5: EXPIRED<br/>=IDS END=<br/>".encode(),
        "text/html; charset=utf-8",
    )


@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_answered(status: Status) -> None:
    body = said(asked(STATE, WHO + "smscid=7"), (found(7, status),))
    assert body == f"=IDS START=<br/>7: {STATES[status]}<br/>=IDS END=<br/>"


def test_unknown_ids_alone_are_still_a_list() -> None:
    body = said(posted("httpgetsmsstatepost.php", WHO + "smscid=1;1;x;"), (UNKNOWN, UNKNOWN, UNKNOWN))
    line = "неверно указан id<br/>"
    assert body == f"=IDS START=<br/>1: {line}1: {line}x: {line}=IDS END=<br/>"


@pytest.mark.parametrize(
    ("sent", "asked_after", "echo"),
    [
        ("0", None, "0"),
        ("-1", None, "-1"),
        ("1.5", None, "1.5"),
        ("abc_9", None, "abc_9"),
        ("9223372036854775807", 9223372036854775807, "9223372036854775807"),
        ("9223372036854775808", None, "9223372036854775808"),
        ("00000000000000000000000000000000000000007", 7, "0000000000000000000000000000000000000000"),
        ("9" * 5000, None, "9" * 40),
        ("<br/>=IDS END=<br/>", None, "?br???IDS?END??br??"),
        ("<script>alert(1)</script>", None, "?script?alert?1???script?"),
        ("1: DELIVRD", None, "1??DELIVRD"),
        ("1%0D%0A2", None, "1??2"),
        ("1%00", None, "1?"),
        ("%26lt", None, "?lt"),
        ("%FF%D1%84", None, "??"),
        ("١", None, "?"),
        (" 12 ", 12, "12"),
    ],
)
def test_an_id_is_repeated_only_as_far_as_it_cannot_break_the_answer(
    sent: str, asked_after: int | None, echo: str
) -> None:
    request = asked(STATE, f"{WHO}smscid={sent}")
    assert ids(request) == (asked_after,)
    assert said(request, (UNKNOWN,)) == f"=IDS START=<br/>{echo}: неверно указан id<br/>=IDS END=<br/>"


@pytest.mark.parametrize("query", ["smscid=", "smscid=;;", "smscid00000", ""])
def test_to_ask_after_nothing_lacks_a_field(query: str) -> None:
    request = asked(STATE, WHO + query)
    assert ids(request) == ()
    assert said(request, ()) == "Не указаны обязательные параметры"
    assert said(request, Refused(Reason.BAD_CREDENTIALS)) == "Не найдено соответствие пары логин\\пароль"


@pytest.mark.parametrize(("script", "name"), [(SEND, "to"), (STATE, "smscid")])
def test_a_list_may_be_long_but_not_endless(script: str, name: str) -> None:
    start = f"{WHO}from=A&text={TEXT}&{name}="
    most = called(posted(script, start + "380661234567;" * 20_000)).what
    assert len(getattr(most, "items", ()) or getattr(most, "messages", ())) == 20_000
    for more in ("380661234567;" * 20_001, ";" * 900_000 + "1"):
        assert said(posted(script, start + more), ()) == "Не указаны обязательные параметры"


# ---- the balance


@pytest.mark.parametrize(
    ("balance", "overdraft", "body"),
    [
        (1034_170_000, 0, "1034.1700<br/>0.0000<br/>"),
        (0, 500_000_000, "0.0000<br/>500.0000<br/>"),
        (-12_345_600, 1_000, "-12.3456<br/>0.0010<br/>"),
        (-1, 1_999_999, "-0.0001<br/>1.9999<br/>"),
    ],
)
def test_a_balance_is_two_amounts(balance: int, overdraft: int, body: str) -> None:
    for request in (asked(BALANCE, WHO), posted(BALANCE, WHO)):
        assert called(request).what == Balance()
        assert answered(request, Funds(Millionths(balance), Millionths(overdraft), "UAH")) == Reply(
            200, body.encode(), "text/html; charset=utf-8"
        )


# ---- paths


@pytest.mark.parametrize(
    ("path", "serves"),
    [
        ("/hfw_smpp_addon/httpsendsms.php", True),
        ("/hfw_smpp_addon/anything", True),
        ("/soap/soapGateway.wsdl", True),
        ("/httpsendsms.php", False),
        ("/", False),
        ("/CLIENT/connectorX/send", False),
    ],
)
def test_its_folders_are_served(path: str, serves: bool) -> None:
    assert SmsClubServer().serves(path) is serves


@pytest.mark.parametrize(
    "path", ["//hfw_smpp_addon//httpsendsms.php", "/httpsendsms.php", "/hfw_smpp_addon/httpsendsms.php/"]
)
def test_doubled_slashes_count_as_one_and_a_host_of_its_own_needs_no_folder(path: str) -> None:
    server = SmsClubServer()
    request = asked(SEND, ONE)
    elsewhere = type(request)("GET", path, request.query)
    assert not isinstance(server.parse(elsewhere), Refused)


@pytest.mark.parametrize(
    ("path", "status", "start"),
    [
        ("/hfw_smpp_addon/httpsendmms.php", 200, "Операция не поддерживается"),
        ("/hfw_smpp_addon/", 200, "Операция не поддерживается"),
        ("/hfw_smpp_addon/x/httpsendsms.php", 200, "Операция не поддерживается"),
        ("/soap/httpsendsms.php", 500, "<?xml"),
        ("/hfw_smpp_addon/soapGateway.wsdl", 200, "Операция не поддерживается"),
        ("/", 200, "Операция не поддерживается"),
        ("/soap/other.wsdl", 500, "<?xml"),
        (
            "/hfw_smpp_addon/xmlsendmms.php",
            200,
            (
                '<?xml version="1.0" encoding="utf-8"?><response><status>ERROR</status>'
                "<text>Операция не поддерживается</text></response>"
            ),
        ),
    ],
)
def test_a_script_that_does_not_exist_is_an_operation_that_is_not_supported(
    path: str, status: int, start: str
) -> None:
    server = SmsClubServer()
    request = type(asked(SEND, ""))("POST", path, ONE.encode())
    read = server.parse(request)
    assert isinstance(read, Refused)
    assert read.reason is Reason.UNSUPPORTED
    reply = server.render(request, None, read)
    assert reply.status == status
    assert reply.body.decode().startswith(start)
