"""MFMS HPG against a whole gateway, typed with curl as the document prints it."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.processes import GatewayProcess, until
from tests.stories.gateway.houses import CREDENTIALS, RECIPIENT, ask, number, send, status

_EXAMPLE = (
    f"{CREDENTIALS}&subject[0]=SUBJECT&address[0]=79031111111&text[0]=Hello"
    "&subject[1]=SUBJECT&address[1]=79032222222&text[1]=Hey,%20you"
)
_ENDINGS = {
    "9900": ("delivered", ""),
    "9901": ("undelivered", "unknown-subscriber"),
    "9902": ("undelivered", "absent-subscriber"),
    "9904": ("failed", "no-service"),
    "9907": ("delivered", ""),
    "9909": ("sent", ""),
    "9911": ("undelivered", "subscriber-barred"),
}
"""Last digits of the recipient, the status they end in, and the last field of its row."""


@pytest.mark.parametrize(("scheme", "arguments"), [("http", ()), ("https", ("--insecure",))])
def test_the_example_of_the_document_is_answered_as_it_says_and_delivered(
    gateway: GatewayProcess, scheme: str, arguments: tuple[str, ...]
) -> None:
    answer = ask(gateway, "/CLIENT/connectorX/send", _EXAMPLE, *arguments, scheme=scheme)
    found = re.fullmatch(r"ok;0;(\d+)\nok;1;(\d+)", answer)
    assert found, answer
    first, second = map(int, found.groups())
    query = f"{CREDENTIALS}&providerId[0]={first}&providerId[1]={second}"

    def delivered() -> re.Match[str] | None:
        rows = ask(gateway, "/CLIENT/connectorX/status", query, *arguments, scheme=scheme)
        date = r"\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d"
        return re.fullmatch(rf"ok;{first};delivered;{date};\nok;{second};delivered;{date};", rows)

    until(lambda: delivered() is not None, 10.0, "they are not delivered")
    texts = {int(line.message): (line.sender, line.recipient, line.text) for line in gateway.place.phones()}
    assert texts[first] == ("SUBJECT", "79031111111", "Hello")
    assert texts[second] == ("SUBJECT", "79032222222", "Hey, you")


def test_a_status_says_when_it_was_formed_in_the_zone_of_the_account(gateway: GatewayProcess) -> None:
    message = number(send(gateway, "STRICT"))
    until(lambda: status(gateway, message, "STRICT")[0] == "delivered", 10.0)
    written = status(gateway, message, "STRICT")[1]
    formed = datetime.strptime(written, "%Y.%m.%d %H:%M:%S").replace(tzinfo=ZoneInfo("Europe/Moscow"))
    assert abs(datetime.now(UTC) - formed) < timedelta(minutes=10)


def test_a_profile_may_have_another_password_parameter_and_dates_with_dashes(gateway: GatewayProcess) -> None:
    message = number(send(gateway, "CLIENT", "connector0"))
    query = f"login=CLIENT&pass=P@ssw0rd&providerId[a]={message}"
    until(lambda: status(gateway, message)[0] == "delivered", 10.0)
    row = ask(gateway, "/CLIENT/connector0/status", query)
    assert re.fullmatch(rf"ok;{message};delivered;\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d;", row), row


@pytest.mark.parametrize("ending", _ENDINGS)
def test_every_end_of_a_message_has_its_word_and_its_reason(gateway: GatewayProcess, ending: str) -> None:
    message = number(send(gateway, address=f"7916123{ending}"))
    word, reason = _ENDINGS[ending]
    until(lambda: status(gateway, message)[0] == word, 10.0, f"it does not come to {word}")
    assert status(gateway, message)[2] == reason


def test_a_long_cyrillic_text_arrives_whole(gateway: GatewayProcess) -> None:
    text = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 5
    message = number(send(gateway, text=text))
    until(lambda: status(gateway, message)[0] == "delivered", 10.0)
    parts = sorted(
        (line for line in gateway.place.phones() if line.message == message), key=lambda line: line.number
    )
    assert len(parts) > 1
    assert "".join(line.text for line in parts) == text


def test_a_message_without_a_key_is_one_and_a_form_that_is_posted_is_the_same(
    gateway: GatewayProcess,
) -> None:
    fields = f"{CREDENTIALS}&subject=Bank&address={RECIPIENT}&text=Hello&clientId=mine"
    assert re.fullmatch(r"ok;mine;\d+", ask(gateway, "//CLIENT//connectorX/send", fields))
    assert re.fullmatch(r"ok;mine;\d+", ask(gateway, "/CLIENT/connectorX/send", "", "--data", fields))
