"""SMS Club's document against a whole gateway: its lines typed with curl, its programs run by PHP and Perl."""

import re
from base64 import b64encode
from urllib.parse import quote

import pytest

from tests.processes import GatewayProcess, curl, until
from tests.stories.smsclub.club import FOLDER, ask, numbers, perl, php, received

SEND = "httpsendsms.php?username=user&password=pass&from=SMS CLUB&to=0675126767&text=d3d3LnNtc2NsZWludW9iaQ=="
STATE = "httpgetsmsstate.php?username=user&password=pass&smscid="
HEAD = '<?xml version="1.0" encoding="utf-8"?><response>'


def becomes(gateway: GatewayProcess, part: int, state: str) -> None:
    """Fails unless a part of `user` gets that state."""
    expected = f"=IDS START=<br/>{part}: {state}<br/>=IDS END=<br/>"
    until(lambda: ask(gateway, f"{STATE}{part}") == expected, 10.0, f"{part} does not become {state}")


def test_the_line_that_sends_is_answered_with_an_id_and_the_message_arrives(gateway: GatewayProcess) -> None:
    [part] = numbers(ask(gateway, SEND))
    got = received(gateway, part)
    assert (got.sender, got.recipient, got.text) == ("SMS CLUB", "380675126767", "www.smscleinuobi")
    becomes(gateway, part, "DELIVRD")


def test_the_line_that_sends_as_it_is_printed_names_no_sender_of_the_form(gateway: GatewayProcess) -> None:
    assert ask(gateway, SEND.replace("SMS CLUB", "SMS (B")) == "Неверно указано альфа-имя"


def test_the_line_that_asks_as_it_is_printed_names_no_ids(gateway: GatewayProcess) -> None:
    line = "httpgetsmsstate.php?username=user&password=pass&smscid00000"
    assert ask(gateway, line) == "Не указаны обязательные параметры"
    assert ask(gateway, STATE + "00000") == "=IDS START=<br/>00000: неверно указан id<br/>=IDS END=<br/>"


def test_the_line_that_asks_for_the_balance_is_answered_with_it_and_the_credit(
    gateway: GatewayProcess,
) -> None:
    found = re.fullmatch(
        r"\d{5}\.\d{4}<br/>500\.0000<br/>", ask(gateway, "httpgetbalance.php?username=user&password=pass")
    )
    assert found


def test_a_text_of_three_parts_to_two_recipients_has_six_ids_each_with_its_state(
    gateway: GatewayProcess,
) -> None:
    text = quote(b64encode(("Гонец доскакал. " * 11).encode("cp1251")).decode())
    line = f"httpsendsms.php?username=user&password=pass&from=Club&to=0671110001;0671110002;&text={text}"
    parts = numbers(ask(gateway, line))
    assert len(parts) == 6
    assert parts[:3] == [parts[0], parts[0] + 1, parts[0] + 2]
    assert parts[3:] == [parts[3], parts[3] + 1, parts[3] + 2]
    for part in parts:
        becomes(gateway, part, "DELIVRD")


def test_of_several_recipients_those_that_are_refused_stand_in_their_places(gateway: GatewayProcess) -> None:
    line = SEND.replace("0675126767", "0675126767;;nobody;%2B380(50)111-11-11;")
    answer = ask(gateway, line)
    wrong = "Неверно указан номер<br/>"
    found = re.fullmatch(rf"=IDS START=<br/>(\d+)<br/>{wrong}{wrong}(\d+)<br/>=IDS END=<br/>", answer)
    assert found, answer
    assert received(gateway, int(found[2])).recipient == "380501111111"


@pytest.mark.parametrize(
    ("ending", "state"),
    [("9901", "UNDELIV"), ("9903", "EXPIRED"), ("9904", "REJECTD"), ("9906", "ENROUTE"), ("9909", "ENROUTE")],
)
def test_a_part_ends_in_the_state_that_the_network_reports(
    gateway: GatewayProcess, ending: str, state: str
) -> None:
    [part] = numbers(ask(gateway, SEND.replace("0675126767", f"067512{ending}")))
    becomes(gateway, part, state)


def test_the_parts_of_another_account_are_unknown_ids(gateway: GatewayProcess) -> None:
    [part] = numbers(ask(gateway, SEND))
    line = f"httpgetsmsstate.php?username=username&password=password&smscid={part}"
    assert ask(gateway, line) == f"=IDS START=<br/>{part}: неверно указан id<br/>=IDS END=<br/>"


@pytest.mark.parametrize("script", ["httpsendsms.php", "httpsendsmspost.php", "/httpsendsmspost.php"])
@pytest.mark.parametrize("how", ["--data", "--form-string"])
def test_the_twin_by_post_takes_every_form(gateway: GatewayProcess, script: str, how: str) -> None:
    fields = SEND.partition("?")[2].replace("==", "")
    given = [word for field in fields.split("&") for word in (how, field)]
    assert len(numbers(ask(gateway, script, *given))) == 1


def test_answers_say_what_they_are_and_end_without_a_newline(gateway: GatewayProcess) -> None:
    written = ("-w", "|%{http_code} %{content_type}")
    answer = ask(gateway, SEND.replace("=pass", "=wrong"), *written)
    assert answer == "Не найдено соответствие пары логин\\пароль|200 text/html; charset=utf-8"
    answer = ask(gateway, "xmlsendsmspost.php", "--data", "xmlrequest=<r></r>", *written)
    assert answer == (
        HEAD + "<status>ERROR</status><text>Не найдено соответствие пары логин\\пароль</text></response>"
        "|200 text/xml; charset=utf-8"
    )


def test_scripts_answer_over_tls_as_well(gateway: GatewayProcess) -> None:
    assert (
        len(numbers(curl("--insecure", gateway.site(FOLDER + SEND.replace(" ", "+"), "https")).decode())) == 1
    )


def test_personal_messages_reach_each_its_own_recipient(gateway: GatewayProcess) -> None:
    document = (
        "<?xml version='1.0' encoding='utf-8'?><request_sendsms>\n<username><![CDATA[username]]></username>"
        "<password><![CDATA[password]]></password><from><![CDATA[XML]]></from>\n"
        "<to><![CDATA[80675126767]]></to><text><![CDATA[Пример русского текста ЮТФ-8]]></text>"
        "<to><![CDATA[80997777646]]></to><text><![CDATA[Example of text in UTF-8]]></text></request_sendsms>"
    )
    answer = ask(gateway, "xmlsendindividual.php", "--data-binary", document, "-H", "Content-Type: text/xml")
    found = re.fullmatch(
        re.escape(HEAD + "<status>OK</status><text>Сообщений: 2 (2 частей)</text><ids>")
        + r"<mess>(\d+)</mess><mess>(\d+)</mess></ids></response>",
        answer,
    )
    assert found, answer
    first, second = (received(gateway, int(part)) for part in found.groups())
    assert (first.recipient, first.text) == ("380675126767", "Пример русского текста ЮТФ-8")
    assert (second.recipient, second.text) == ("380997777646", "Example of text in UTF-8")


def test_ten_thousand_recipients_go_in_one_call_and_their_states_in_another(
    gateway: GatewayProcess, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("many") / "form"
    recipients = ";".join(str(380_670_000_000 + number) for number in range(10_000))
    file.write_text(f"username=user&password=pass&from=Club&to={recipients}&text=SGVsbG8h")
    parts = numbers(ask(gateway, "httpsendsmspost.php", "--data-binary", f"@{file}"))
    assert len(parts) == len(set(parts)) == 10_000
    file.write_text(f"username=user&password=pass&smscid={';'.join(map(str, parts))}")
    lines = ask(gateway, "httpgetsmsstatepost.php", "--data-binary", f"@{file}").split("<br/>")
    assert [line.partition(":")[0] for line in lines[1:-2]] == [str(part) for part in parts]
    assert {line.partition(" ")[2] for line in lines[1:-2]} <= {
        "ENROUTE",
        "DELIVRD",
        "EXPIRED",
        "UNDELIV",
        "REJECTD",
    }


def test_ten_thousand_personal_messages_go_in_one_document(
    gateway: GatewayProcess, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pairs = "".join(
        f"<to>{380_680_000_000 + number}</to><text><![CDATA[Dear {number}]]></text>"
        for number in range(10_000)
    )
    who = "<username>username</username><password>password</password><from>Club</from>"
    file = tmp_path_factory.mktemp("many") / "document"
    file.write_text(f"<request_sendsms>{who}{pairs}</request_sendsms>")
    answer = ask(gateway, "xmlsendindividual.php", "--data-binary", f"@{file}")
    assert answer.startswith(HEAD + "<status>OK</status><text>Сообщений: 10000 (10000 частей)</text>")
    last = int(answer.rpartition("<mess>")[2].partition("<")[0])
    got = received(gateway, last)
    assert (got.recipient, got.text) == ("380680009999", "Dear 9999")


# ---- its programs


def test_its_php_sends_xml_and_asks_after_the_state(gateway: GatewayProcess) -> None:
    answer = php("script.php", gateway.site(FOLDER), "send")
    found = re.fullmatch(
        re.escape(HEAD + "<status>OK</status><text>Сообщений: 1 (1 частей)</text><ids>")
        + r"<mess>(\d+)</mess></ids></response>",
        answer,
    )
    assert found, answer
    got = received(gateway, int(found[1]))
    assert (got.sender, got.recipient, got.text) == ("XML", "380675126767", "Пример русского ЮТФ-8 текста")
    expected = (
        f"{HEAD}<status>OK</status><text></text><entries><entry><smscid>{found[1]}</smscid><state>DELIVRD</state>"
        "</entry><entry><smscid>0001</smscid><state>неверно указан id</state></entry></entries></response>"
    )
    until(
        lambda: php("script.php", gateway.site(FOLDER), "state", f"{found[1]};0001") == expected,
        20.0,
        "its state is not told",
    )


def test_its_php_asks_for_the_balance(gateway: GatewayProcess) -> None:
    assert php("script.php", gateway.site(FOLDER), "balance") == "100000.0000<br/>500.0000<br/>"


def test_its_perl_sends_xml(gateway: GatewayProcess) -> None:
    head, _, answer = perl("send.pl", gateway.site(FOLDER)).partition("\n\n")
    assert head.startswith("HTTP/1.1 200 OK\n")
    assert "Content-Type: text/xml; charset=utf-8" in head
    found = re.fullmatch(
        re.escape(HEAD + "<status>OK</status><text>Сообщений: 1 (1 частей)</text><ids>")
        + r"<mess>(\d+)</mess></ids></response>\n?",
        answer,
    )
    assert found, answer
    got = received(gateway, int(found[1]))
    assert (got.sender, got.recipient, got.text) == ("SMS CLUB", "380675126767", "Тестовое сообщение")
