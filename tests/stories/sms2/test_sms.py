"""Messages through SMS2's scripts against a whole gateway, sent as its clients' software sends them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gonets.stores.history import MessageLine, history
from tests.processes import GatewayProcess, curl, until
from tests.stories.sms2.houses import (
    AUTH,
    LOGIN,
    PASSWORD,
    SENT,
    ask,
    call,
    number,
    perl,
    phone_of,
    php,
    send,
    status,
)

LETTER = "Привет! Скидка 50% & подарок: «ёж» № 1 + ещё"


def stored(gateway: GatewayProcess, message: int) -> MessageLine:
    with gateway.place.reading() as connection:
        [line] = history(connection, ids=(message,))
    return line


def delivered(gateway: GatewayProcess, message: int) -> None:
    until(lambda: status(gateway, message) == "Status: delivered", 10.0, "it is not delivered")


# ---- the document's own lines


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_line_for_a_browser_sends(gateway: GatewayProcess, scheme: str) -> None:
    line = f"/sms.cgi?user={LOGIN}&pass={PASSWORD}&phone=79119876543&flash=0&message=Test{scheme}&from=Test"
    answer = curl("--insecure", "-i", gateway.site(line, scheme)).decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "content-type: text/plain\r\n" in head.lower() + "\r\n"
    assert body == f"{SENT}{number(body)}"
    shown = phone_of(gateway, number(body))
    assert (shown.text, shown.sender, shown.recipient) == (f"Test{scheme}", "Test", "79119876543")


def test_the_form_in_html_sends_and_asks_with_login(gateway: GatewayProcess) -> None:
    form = {"login": LOGIN, "pass": PASSWORD}
    fields = {"phone": "79119876543", "from": "Test", "flash": "1", "message": "Two\r\nlines"}
    message = number(ask(gateway, "sms.cgi", form | fields))
    shown = phone_of(gateway, message)
    assert (shown.text, shown.flash) == ("Two\r\nlines", True)
    delivered(gateway, message)
    assert ask(gateway, "sms_status2.cgi", form | {"mess_id": str(message)}) == "Status: delivered"


def test_the_line_that_asks_after_a_message_is_answered(gateway: GatewayProcess) -> None:
    message = number(send(gateway))
    delivered(gateway, message)
    query = f"user={LOGIN}&pass={PASSWORD}&mess_id="
    assert curl(gateway.site(f"/sms_status2.cgi?{query}{message}")) == b"Status: delivered"
    assert curl(gateway.site(f"/sms_status2.cgi?{query}27460000")) == b"Error: no such message"


def test_the_client_in_php_sends_windows_1251_in_multipart(gateway: GatewayProcess) -> None:
    answer = php("send.php", gateway.site("/sms.cgi"), LOGIN, PASSWORD, "79119876543", "your_sender", LETTER)
    shown = phone_of(gateway, number(answer.decode()))
    assert (shown.text, shown.sender) == (LETTER, "your_sender")


def test_the_client_in_php_is_told_what_is_wrong(gateway: GatewayProcess) -> None:
    answer = php("send.php", gateway.site("/sms.cgi"), LOGIN, "wrong", "79119876543", "Test", LETTER)
    assert answer == b"Error: authentication failure"


def test_the_client_in_perl_sends_utf_8(gateway: GatewayProcess) -> None:
    answer = perl("send.pl", gateway.site("/sms.cgi"), LOGIN, PASSWORD, "79119876543", "", LETTER + "…")
    shown = phone_of(gateway, number(answer.decode()))
    assert (shown.text, shown.sender) == (LETTER + "…", LOGIN)


def test_the_script_for_1c_sends_raw_utf_8_that_nobody_has_escaped(gateway: GatewayProcess) -> None:
    letter = "Привет! Скидка 50% на всё: «ёж» № 1"
    body = f"user={LOGIN}&pass={PASSWORD}&phone=79119876543&message={letter}&enc=utf-8&from=your_sender"
    answer = curl("--data-binary", body, gateway.site("/sms.cgi"))
    assert phone_of(gateway, number(answer.decode())).text == letter


def test_a_line_for_a_browser_may_hold_raw_windows_1251(gateway: GatewayProcess) -> None:
    letter = "Привет из адреса"
    octets = letter.replace(" ", "+").encode("cp1251").decode("ascii", "surrogateescape")
    line = f"/sms.cgi?user={LOGIN}&pass={PASSWORD}&phone=79119876543&message={octets}&from=Test"
    assert phone_of(gateway, number(curl(gateway.site(line)).decode())).text == letter


# ---- what is sent and what is not


def test_flash_is_flash_on_the_phone_and_otherwise_not(gateway: GatewayProcess) -> None:
    assert phone_of(gateway, number(send(gateway, flash="1", message="Flash"))).flash
    assert not phone_of(gateway, number(send(gateway, flash="0", message="Plain"))).flash


def test_the_gateway_itself_makes_parts_of_a_long_text(gateway: GatewayProcess) -> None:
    message = number(send(gateway, message="Ж" * 268))
    shown = phone_of(gateway, message)
    assert (shown.text, shown.parts) == ("Ж" * 268, 4)
    delivered(gateway, message)
    assert send(gateway, message="Ж" * 269) == "Error: can't send this message"


def test_a_message_is_put_off_until_send_at_in_the_accounts_zone(gateway: GatewayProcess) -> None:
    later = (datetime.now(UTC) + timedelta(days=2)).replace(second=0, microsecond=0)
    local = later.astimezone(ZoneInfo("Europe/Moscow"))
    message = number(send(gateway, send_at=local.strftime("%Y-%m-%d %H:%M")))
    assert stored(gateway, message).start_at == later
    assert status(gateway, message) == "Status: unknown"
    assert send(gateway, send_at="tomorrow") == "Error: can't send this message"
    past = number(send(gateway, send_at="2020-01-01 00:00", message="Late"))
    assert phone_of(gateway, past).text == "Late"


@pytest.mark.parametrize(
    ("phone", "answer"),
    [
        ("89119876543", ""),
        ("+7 (911) 987-65-43", ""),
        ("380675126767", ""),
        ("77051234567", ""),
        ("79541234567", "direction is closed"),
        ("992918888888", "unsupported phone number"),
        ("12025550123", "unsupported phone number"),
        ("7911987654", "unsupported phone number"),
        ("nobody", "unsupported phone number"),
        ("", "can't send this message"),
    ],
)
def test_numbers_are_russian_unless_the_account_has_a_price_for_others(
    gateway: GatewayProcess, phone: str, answer: str
) -> None:
    told = send(gateway, phone=phone, message=f"To {phone or 'nobody'}")
    if answer:
        assert told == f"Error: {answer}"
    else:
        assert number(told)


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"message": ""}, "can't send this message"),
        ({"message": "Прuвет"}, "can't send this message"),
        ({"from_": "ab"}, "can't send this message"),
        ({"from_": "12345"}, "can't send this message"),
        ({"from_": "Отправитель"}, "can't send this message"),
        ({"from_": "Nobody"}, "unsupported sender"),
        ({"pass_": ""}, "authentication failure"),
        ({"user": "nobody"}, "authentication failure"),
    ],
)
def test_what_is_not_taken_is_answered_with_why(
    gateway: GatewayProcess, fields: dict[str, str], answer: str
) -> None:
    assert send(gateway, **fields) == f"Error: {answer}"


@pytest.mark.parametrize("octets", ["%98", "%D0%9F%98"])
def test_octets_that_are_no_windows_1251_are_refused_and_no_crash(
    gateway: GatewayProcess, octets: str
) -> None:
    body = f"user={LOGIN}&pass={PASSWORD}&phone=79119876543&from=Test&message={octets}"
    url = gateway.site("/sms.cgi")
    assert curl("--data", body, url) == b"Error: can't send this message"
    assert curl("--data", body.replace(PASSWORD, "x"), url) == b"Error: authentication failure"
    assert not gateway.lines("request_failed")


def test_what_was_not_delivered_and_what_nobody_knows_have_their_words(gateway: GatewayProcess) -> None:
    lost, unheard = (number(send(gateway, phone=f"7911123{end}", message="Hi")) for end in (9901, 9909))
    until(lambda: status(gateway, lost) == "Status: not_delivered", 10.0, "it is delivered after all")
    assert status(gateway, unheard) == "Status: unknown"


def test_a_message_of_somebody_else_is_none(gateway: GatewayProcess) -> None:
    message = number(send(gateway))
    assert status(gateway, message, user="modern") == "Error: no such message"
    assert ask(gateway, "sms_status2.cgi", AUTH) == "Error: no such message"


def test_the_balance_goes_down_by_the_price(gateway: GatewayProcess) -> None:
    def balance() -> str:
        return ask(gateway, "get_credit_info.cgi", {"user": "modern", "pass": PASSWORD})

    assert balance() == "Balance: 100000.00; Overdraft: 0.00"
    number(send(gateway, user="modern", phone="380675126767"))
    assert balance() == "Balance: 99998.00; Overdraft: 0.00"
    wrong = ask(gateway, "get_credit_info.cgi", {"user": "modern", "pass": "x"})
    assert wrong == "Error: authentication failure"


def test_functions_that_there_are_none_of_are_wrong(gateway: GatewayProcess) -> None:
    assert call(gateway, "delete_everything") == "Error: wrong function"
    assert call(gateway, "delete_everything", pass_="x") == "Error: authentication failure"


def test_no_password_gets_into_the_log(gateway: GatewayProcess) -> None:
    send(gateway, pass_="a-wrong-secret")
    for secret in ("a-wrong-secret", PASSWORD):
        assert secret not in gateway.said()
