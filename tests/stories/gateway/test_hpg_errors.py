"""Every code of MFMS HPG, provoked from outside against a whole gateway."""

import pytest

from tests.processes import GatewayProcess, until
from tests.stories.gateway.houses import CREDENTIALS, RECIPIENT, ask, number, send


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"password": "wrong"}, "error-auth;0;"),
        ({"login": "nobody"}, "error-auth;0;"),
        ({"text": ""}, "error-syntax;0;"),
        ({"subject": ""}, "error-syntax;0;"),
        ({"address": ""}, "error-syntax;0;"),
        ({"priority": "soon"}, "error-syntax;0;"),
        ({"startTime": "tomorrow"}, "error-syntax;0;"),
        ({"validityPeriodMinutes": "-1"}, "error-syntax;0;"),
        ({"clientId": "a;b"}, "error-syntax;;"),
        ({"text": "x" * 50_000}, "error-syntax;0;"),
        ({"address": "abc"}, "error-address-format;0;"),
        ({"address": "7903"}, "error-address-format;0;"),
        ({"address": "79540000000"}, "error-address-unknown;0;"),
        ({"subject": "far too long a name"}, "error-subject-format;0;"),
        ({"subject": "Имя"}, "error-subject-format;0;"),
    ],
)
def test_a_message_that_is_not_taken_is_answered_with_its_code(
    gateway: GatewayProcess, fields: dict[str, str], answer: str
) -> None:
    assert send(gateway, "CLIENT", "connectorX", **fields) == answer


@pytest.mark.parametrize(
    ("client", "fields", "answer"),
    [
        ("STRICT", {"subject": "Shop"}, "error-subject-unknown;0;"),
        ("POOR", {}, "error-system;0;"),
        ("OFF", {}, "error-auth;0;"),
        ("ELSEWHERE", {}, "error-auth;0;"),
        ("NOBODY", {}, "error-auth;0;"),
    ],
)
def test_an_account_that_may_not_send_it_is_answered_with_its_code(
    gateway: GatewayProcess, client: str, fields: dict[str, str], answer: str
) -> None:
    assert send(gateway, client, "connector0", **fields) == answer


def test_the_same_message_again_is_refused_where_the_account_wants_it(gateway: GatewayProcess) -> None:
    number(send(gateway, "ONCE"))
    assert send(gateway, "ONCE") == "error-system;0;"
    number(send(gateway, "ONCE", text="Something else"))


def test_an_account_over_its_rate_is_told_to_wait_and_let_in_again(gateway: GatewayProcess) -> None:
    query = f"login=SLOW&password=P@ssw0rd&subject=Bank&address={RECIPIENT}&text=Hello"

    def answer() -> str:
        return ask(gateway, "/SLOW/connector0/send", query, "-w", " %{http_code}")

    refused = until(lambda: told if (told := answer()).endswith(" 429") else "", 10.0, "it is never refused")
    assert refused.startswith("error-system ")
    until(lambda: answer().startswith("ok;0;"), 10.0, "it is never let in again")


def test_one_bad_message_of_a_request_refuses_itself_only(gateway: GatewayProcess) -> None:
    query = "".join(
        f"&subject[{key}]=Bank&address[{key}]={address}&text[{key}]=Hello"
        for key, address in (("a", RECIPIENT), ("b", "abc"), ("c", RECIPIENT), ("d", "79540000000"))
    )
    rows = ask(gateway, "/CLIENT/connectorX/send", CREDENTIALS + query).split("\n")
    assert [row.split(";")[:2] for row in rows] == [
        ["ok", "a"],
        ["error-address-format", "b"],
        ["ok", "c"],
        ["error-address-unknown", "d"],
    ]


def test_a_request_that_cannot_be_read_is_a_bare_code(gateway: GatewayProcess) -> None:
    assert ask(gateway, "/CLIENT/connectorX/send", CREDENTIALS) == "error-syntax"
    assert ask(gateway, "/CLIENT/connectorX/status", CREDENTIALS) == "error-syntax"
    assert ask(gateway, "/CLIENT/connectorX/send", "login=CLIENT&password=wrong") == "error-auth"
    assert ask(gateway, "/CLIENT/connectorX/cancel", CREDENTIALS) == "error-syntax"
    assert ask(gateway, "/CLIENT", CREDENTIALS) == "error-syntax"


def test_ids_that_are_not_ours_are_unknown_even_where_somebody_else_has_them(gateway: GatewayProcess) -> None:
    theirs = number(send(gateway, "STRICT"))
    mine = number(send(gateway))
    query = "".join(
        f"&providerId[{key}]={provider}" for key, provider in enumerate((theirs, "7000000000", "x", mine))
    )
    rows = ask(gateway, "/CLIENT/connectorX/status", CREDENTIALS + query).split("\n")
    assert rows[:3] == [
        f"error-provider-id-unknown;{theirs};;;",
        "error-provider-id-unknown;7000000000;;;",
        "error-provider-id-unknown;x;;;",
    ]
    assert rows[3].startswith(f"ok;{mine};")
    wrong = ask(gateway, "/CLIENT/connectorX/status", f"login=CLIENT&password=wrong&providerId[0]={mine}")
    assert wrong == f"error-auth;{mine};;;"


def test_no_password_gets_into_the_log(gateway: GatewayProcess) -> None:
    send(gateway, "CLIENT", "connectorX", password="a-wrong-secret")
    assert "a-wrong-secret" not in gateway.said()
    assert "P@ssw0rd" not in gateway.said()
    assert "P%40ssw0rd" not in gateway.said()
