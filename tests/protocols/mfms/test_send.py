"""MFMS HPG `send`: what is read from a request, and what is answered."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from gonets.model.calls import Login, Submission, Submit
from gonets.model.message import MessageId, Priority
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Outcome, Refused
from gonets.wire.http import Reply, Request
from tests.protocols.mfms.recorded import AUTH, answered, called, hpg, sending

ONE = "subject[0]=SUBJECT&address[0]=79031111111&text[0]=Hello"


def items(request: Request) -> Sequence[Submission | Refused]:
    what = called(request).what
    assert isinstance(what, Submit)
    return what.items


def only(request: Request) -> Submission:
    (item,) = items(request)
    assert isinstance(item, Submission)
    return item


def unreadable(request: Request) -> list[bool]:
    """Of each message whether it is refused as one that cannot be read."""
    return [isinstance(item, Refused) and item.reason is Reason.BAD_REQUEST for item in items(request)]


def accepted(request: Request) -> Outcome:
    """Every readable message taken, with ids from 1001 on."""
    results = [
        item if isinstance(item, Refused) else Accepted(MessageId(1001 + place), 1)
        for place, item in enumerate(items(request))
    ]
    return tuple(results)


def test_the_documents_own_example_is_read_and_answered_as_printed() -> None:
    request = sending(
        "login=CLIENT&password=P@ssw0rd&subject[0]=SUBJECT&address[0]=79031111111&text[0]=Hello"
        "&subject[1]=SUBJECT&address[1]=79032222222&text[1]=Hey,%20you"
    )
    call = called(request)
    assert call.who == Login("mfms", "CLIENT/connectorX", "CLIENT", "P@ssw0rd", "192.0.2.7")
    assert items(request) == (
        Submission("SUBJECT", "79031111111", "Hello", "0"),
        Submission("SUBJECT", "79032222222", "Hey, you", "1"),
    )
    outcome = (Accepted(MessageId(1001), 1), Accepted(MessageId(1002), 1))
    assert answered(request, outcome) == Reply(200, b"ok;0;1001\nok;1;1002", "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        (ONE, ["0"]),
        (ONE.replace("[", "%5B").replace("]", "%5d"), ["0"]),
        (ONE.replace("0", "order%20№7"), ["order №7"]),
        ("subject=S&address=79031111111&text=Hi", ["0"]),
        ("subject=S&address=79031111111&text=Hi&clientId=77", ["77"]),
        ("subject=S&address=79031111111&text=Hi&clientId=", ["0"]),
        ("subject[]=S&address[]=79031111111&text[]=Hi", [""]),
        ("subject[a]b]=S&address[a]b]=79031111111&text[a]b]=Hi", ["a]b"]),
        ("subject=S&address[0]=79031111111&text[0]=Hi", ["0"]),
        ("subject=S&address=79031111111&text[8]=Hi&clientId=8", ["8"]),
    ],
)
def test_a_key_is_any_string_and_is_the_client_id(query: str, keys: list[str]) -> None:
    assert [item.client_id for item in items(sending(AUTH + query)) if isinstance(item, Submission)] == keys


def test_rows_stand_in_the_order_in_which_keys_first_appear_in_any_parameter() -> None:
    request = sending(
        "priority[c]=low&text[b]=B&subject[a]=S&login=CLIENT&address[b]=792&text[a]=A&text[c]=C&subject[c]=S"
        "&address[a]=791&address[c]=793&subject[b]=S"
    )
    assert answered(request, accepted(request)).body == b"ok;c;1001\nok;b;1002\nok;a;1003"


def test_messages_with_and_without_a_key_go_in_one_request() -> None:
    request = sending(AUTH + "subject=S&address=791&text=A&subject[7]=S&address[7]=792&text[7]=B&clientId=x")
    assert answered(request, accepted(request)).body == b"ok;x;1001\nok;7;1002"


def test_of_a_repeated_parameter_the_first_counts() -> None:
    item = only(sending(AUTH + ONE + "&text[0]=Bye&login=OTHER&subject[0]=X"))
    assert (item.text, item.sender) == ("Hello", "SUBJECT")
    assert called(sending(AUTH + ONE + "&login=OTHER")).who.login == "CLIENT"


def test_unknown_parameters_are_ignored_and_make_no_row() -> None:
    request = sending(AUTH + ONE + "&flash[9]=1&text[5=x&providerId[3]=5&[]=&=&text%00[4]=x")
    assert answered(request, accepted(request)).body == b"ok;0;1001"


@pytest.mark.parametrize("missing", ["subject", "address", "text"])
def test_a_message_without_a_required_field_is_refused_alone(missing: str) -> None:
    request = sending(AUTH + ONE.replace(missing, "other") + "&subject[1]=S&address[1]=79&text[1]=T")
    assert answered(request, accepted(request)).body == b"error-syntax;0;\nok;1;1002"


@pytest.mark.parametrize("value", ["%FF", "%D0", "%ED%A0%80", "%C0%AF"])
@pytest.mark.parametrize("field", ["subject", "address", "text", "priority", "startTime"])
def test_a_value_that_is_not_utf_8_is_refused_alone(field: str, value: str) -> None:
    request = sending(f"{AUTH}{field}[0]={value}&{ONE}&subject[1]=S&address[1]=79&text[1]=T")
    assert answered(request, accepted(request)).body == b"error-syntax;0;\nok;1;1002"


@pytest.mark.parametrize("key", ["a;b", "%3B", "a%0Ab", "%0D", "a%00", "%FF"])
def test_a_key_that_would_break_the_answer_is_not_echoed(key: str) -> None:
    request = sending(f"{AUTH}subject[{key}]=S&address[{key}]=79&text[{key}]=T&" + ONE)
    assert answered(request, accepted(request)).body == b"error-syntax;;\nok;0;1002"
    refused = answered(request, Refused(Reason.BAD_CREDENTIALS)).body
    assert refused == b"error-syntax;;\nerror-auth;0;"


def test_utf_8_is_read_and_echoed_octet_for_octet() -> None:
    request = sending(
        AUTH + "subject[ключ]=Имя&address[ключ]=79&text[ключ]=%D0%9F%D1%80%D0%B8%20+%F0%9F%98%80"
    )
    assert only(request) == Submission("Имя", "79", "При  😀", "ключ")
    assert answered(request, accepted(request)).body == "ok;ключ;1001".encode()


@pytest.mark.parametrize(
    ("word", "priority"),
    [
        ("low", Priority.LOW),
        ("normal", Priority.NORMAL),
        ("high", Priority.HIGH),
        ("realtime", Priority.REALTIME),
        ("", Priority.NORMAL),
    ],
)
def test_a_priority_is_one_of_four_words(word: str, priority: Priority) -> None:
    assert only(sending(f"{AUTH}{ONE}&priority[0]={word}")).priority is priority


@pytest.mark.parametrize(
    ("path", "written", "start_at"),
    [
        ("/CLIENT/connectorX/send", "2030.01.02%2003:04:05", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("/CLIENT/connectorX/send", "2030.01.02+03:04:05", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("/CLIENT/connector0/send", "2030.01.02+03:04:05", datetime(2030, 1, 2, 0, 4, 5, tzinfo=UTC)),
        ("/CLIENT/connector0/send", "2030-01-02+03:04:05", datetime(2030, 1, 2, 0, 4, 5, tzinfo=UTC)),
        # New York skips 02:30 on that day and has 01:30 twice on the other
        ("/NY/connector0/send", "2026.03.08+02:30:00", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        ("/NY/connector0/send", "2026.11.01+01:30:00", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ],
)
def test_a_start_time_is_in_the_accounts_zone(path: str, written: str, start_at: datetime) -> None:
    assert only(sending(f"{AUTH}{ONE}&startTime[0]={written}", path)).start_at == start_at


def test_validity_is_in_minutes() -> None:
    assert only(sending(f"{AUTH}{ONE}&validityPeriodMinutes[0]=90")).validity == timedelta(minutes=90)


@pytest.mark.parametrize(
    "optional",
    [
        "priority[0]=urgent",
        "priority[0]=LOW",
        "startTime[0]=tomorrow",
        "startTime[0]=2030-01-02+03:04:05",
        "startTime[0]=2030.13.02+03:04:05",
        "startTime[0]=2030.02.30+03:04:05",
        "startTime[0]=2030.01.02+24:00:00",
        "startTime[0]=2030.01.02",
        "startTime[0]=0000.01.02+03:04:05",
        "startTime[0]=٢٠٣٠.01.02+03:04:05",
        "validityPeriodMinutes[0]=0",
        "validityPeriodMinutes[0]=-5",
        "validityPeriodMinutes[0]=1.5",
        "validityPeriodMinutes[0]=" + "9" * 5000,
        "validityPeriodMinutes[0]=٥",
    ],
)
def test_an_optional_field_that_cannot_be_read_refuses_its_message(optional: str) -> None:
    assert unreadable(sending(f"{AUTH}{ONE}&{optional}&subject[1]=S&address[1]=79&text[1]=T")) == [
        True,
        False,
    ]


def test_a_start_time_at_the_edge_of_the_calendar_is_refused_not_fatal() -> None:
    request = sending(f"{AUTH}{ONE}&startTime[0]=0001.01.01+00:00:00", "/CLIENT/connector0/send")
    assert unreadable(request) == [True]


def test_an_optional_field_without_a_key_holds_for_messages_that_do_not_say_otherwise() -> None:
    request = sending(
        f"{AUTH}{ONE}&subject[1]=S&address[1]=79&text[1]=T&priority[1]=high&priority=low&validityPeriodMinutes=5"
    )
    first, second = items(request)
    assert isinstance(first, Submission)
    assert isinstance(second, Submission)
    assert (first.priority, second.priority) == (Priority.LOW, Priority.HIGH)
    assert first.validity == second.validity == timedelta(minutes=5)


def test_a_posted_form_is_read_after_the_query_string() -> None:
    request = Request(
        "POST",
        "/CLIENT/connectorX/send",
        b"login=CLIENT&text[1]=first",
        "application/x-www-form-urlencoded; charset=UTF-8",
        b"password=P@ssw0rd&text[0]=A&subject[0]=S&address[0]=7&subject[1]=S&address[1]=8&text[1]=second",
    )
    assert items(request) == (Submission("S", "8", "first", "1"), Submission("S", "7", "A", "0"))
    assert called(request).who.password == "P@ssw0rd"


def test_a_body_of_another_type_holds_no_parameters() -> None:
    request = Request("POST", "/CLIENT/connectorX/send", AUTH.encode(), "application/json", ONE.encode())
    assert items(request) == ()


@pytest.mark.parametrize("path", ["//CLIENT///connectorX//send", "/CLIENT/connectorX/send/"])
def test_doubled_slashes_in_a_path_count_as_one(path: str) -> None:
    assert only(sending(AUTH + ONE, path)).text == "Hello"


@pytest.mark.parametrize(
    "path",
    ["", "/", "/CLIENT", "/CLIENT/connectorX", "/CLIENT/connectorX/cancel", "/a/b/c/send", "/CLIENT/x/SEND"],
)
def test_an_unknown_path_is_a_syntax_error(path: str) -> None:
    assert answered(sending(AUTH + ONE, path), ()) == Reply(200, b"error-syntax")


@pytest.mark.parametrize("query", ["", "&&&", "foo=bar", "clientId=7&priority=low", "text=", "%", "[0]=1"])
def test_a_request_without_credentials_and_message_is_a_syntax_error(query: str) -> None:
    request = sending(query.replace("text=", "texts="))
    assert answered(request, ()) == Reply(200, b"error-syntax")


def test_credentials_without_a_message_are_judged_before_the_missing_message() -> None:
    request = sending(AUTH)
    assert items(request) == ()
    assert answered(request, Refused(Reason.BAD_CREDENTIALS)) == Reply(200, b"error-auth")
    assert answered(request, ()) == Reply(200, b"error-syntax")


def test_the_names_of_the_credentials_are_the_profiles() -> None:
    request = sending("login=CLIENT&password=no&pass=P@ssw0rd&" + ONE, "/CLIENT/connector0/send")
    assert called(request).who == Login("mfms", "CLIENT/connector0", "CLIENT", "P@ssw0rd", "192.0.2.7")


def test_an_unknown_profile_never_gets_a_password_through() -> None:
    request = sending(AUTH + ONE, "/CLIENT/connector9/send")
    assert called(request).who == Login("mfms", "CLIENT/connector9", "CLIENT", "", "192.0.2.7")
    assert answered(request, Refused(Reason.BAD_CREDENTIALS)).body == b"error-auth;0;"


def test_credentials_that_are_missing_or_not_utf_8_are_empty() -> None:
    assert called(sending(ONE)).who == Login("mfms", "CLIENT/connectorX", "", "", "192.0.2.7")
    assert called(sending("login=%FF&password=%FF&" + ONE)).who.password == ""


@pytest.mark.parametrize("reason", [Reason.BAD_CREDENTIALS, Reason.ACCOUNT_BLOCKED, Reason.HOST_NOT_ALLOWED])
def test_wrong_credentials_are_said_to_every_key(reason: Reason) -> None:
    request = sending("login=CLIENT&password=no&" + ONE + "&text[1]=T")
    assert answered(request, Refused(reason, "why")) == Reply(200, b"error-auth;0;\nerror-auth;1;")


def test_a_refused_message_has_its_code_and_no_id() -> None:
    request = sending(AUTH + ONE + "&subject[1]=S&address[1]=79&text[1]=T")
    outcome = (Refused(Reason.BAD_RECIPIENT, "why"), Accepted(MessageId(1001), 1))
    assert answered(request, outcome).body == b"error-address-format;0;\nok;1;1001"


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_can_be_answered_to_one_message_and_to_all(reason: Reason) -> None:
    request = sending(AUTH + ONE + "&subject[1]=S&address[1]=79&text[1]=T")
    for outcome in (Refused(reason), (Refused(reason), Accepted(MessageId(1001), 1)), (Refused(reason),) * 2):
        reply = answered(request, outcome)
        whole = outcome[1] == outcome[0] if isinstance(outcome, tuple) else True
        expected = (
            {Reason.TOO_MANY_REQUESTS: 429, Reason.STORE_UNAVAILABLE: 500}.get(reason, 200) if whole else 200
        )
        assert reply.status == expected
        assert reply.body.startswith(b"error-")
        assert not reply.body.endswith(b"\n")


def test_our_own_failure_is_http_500_with_the_code_and_one_sentence() -> None:
    request = sending(AUTH + ONE)
    said = Refused(Reason.STORE_UNAVAILABLE, "The store is full,\r\ntry later.")
    expected = Reply(500, b"error-system The store is full, try later.")
    assert answered(request, said) == expected
    assert answered(request, (said,)) == expected
    silent = answered(request, Refused(Reason.STORE_UNAVAILABLE))
    assert silent == Reply(500, b"error-system The request could not be stored, send it again later.")


def test_too_many_requests_are_http_429() -> None:
    reply = answered(sending(AUTH + ONE), Refused(Reason.TOO_MANY_REQUESTS))
    assert reply == Reply(429, b"error-system Too many requests, wait a while before the next one.")


def test_a_message_that_could_not_be_stored_beside_one_that_was_is_its_own_row() -> None:
    request = sending(AUTH + ONE + "&text[1]=T")
    outcome = (Refused(Reason.STORE_UNAVAILABLE), Accepted(MessageId(5), 1))
    assert answered(request, outcome) == Reply(200, b"error-system;0;\nok;1;5")


def test_a_request_that_was_never_read_has_a_bare_answer() -> None:
    reply = hpg().render(sending(""), None, Refused(Reason.BAD_REQUEST, "The request is too long."))
    assert reply == Reply(200, b"error-syntax")


def test_ten_thousand_keys_are_ten_thousand_rows() -> None:
    query = AUTH + "&".join(f"text[k{number}]=T" for number in range(10_000))
    request = sending(query)
    rows = answered(request, accepted(request)).body.split(b"\n")
    assert rows == [b"error-syntax;k%d;" % number for number in range(10_000)]
