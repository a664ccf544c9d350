"""Phone bases and multicasts through SMS2's api_call.cgi against a whole gateway."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gonets.connectors.simulator.phones import Text, read_inbox
from gonets.stores import bases, settings
from tests.processes import GatewayProcess, curl, until
from tests.stories.sms2.houses import DEMO, LOGIN, PASSWORD, call

PHONE = "79119876543"


def make(gateway: GatewayProcess, name: str, phones: range | tuple[int, ...] = (), login: str = LOGIN) -> int:
    """A base of an account; its id."""
    with gateway.place.changing() as connection:
        account = settings.find_account(connection, login).id
        base = bases.create(connection, account, name, datetime.now(UTC))
        bases.add(connection, [(base, phones)])
    return int(base)


def delivered(gateway: GatewayProcess, text: str, count: int) -> list[Text]:
    """What the phones got with that text; waits for so many."""

    def found() -> list[Text]:
        inbox = [each for each in read_inbox(gateway.place.data / "phones") if each.text == text]
        return inbox if len(inbox) >= count else []

    return until(found, 15.0, f"{text!r} does not come to {count} phones")


def test_bases_are_listed_by_name(gateway: GatewayProcess) -> None:
    listed = {each["base_name"]: each for each in json.loads(call(gateway, "list_of_bases"))}
    assert list(listed) == sorted(listed)
    assert listed["Demo"] == {"base_name": "Demo", "id": listed["Demo"]["id"], "phones_total": "3"}
    assert listed["Protected"]["phones_total"] == "3"
    assert call(gateway, "list_of_bases", "modern", pass_="x") == "Error: authentication failure"


def test_a_list_has_the_form_of_the_document(gateway: GatewayProcess) -> None:
    assert call(gateway, "list_of_bases", "lister") == "[]"
    first, second = make(gateway, "Клиенты", login="lister"), make(gateway, "A", (79110000001,), "lister")
    assert call(gateway, "list_of_bases", "lister") == (
        f'[{{"base_name": "A", "id": "{second}", "phones_total": "1"}}, '
        rf'{{"base_name": "\u041a\u043b\u0438\u0435\u043d\u0442\u044b", "id": "{first}", "phones_total": "0"}}]'
    )


def test_a_number_goes_in_and_out_of_a_base(gateway: GatewayProcess) -> None:
    make(gateway, "Проба")

    def told(function: str, phone: str = PHONE) -> str:
        return call(gateway, function, base="Проба", phone=phone)

    assert told("get_base") == "No phones in base"
    assert told("is_phone_in_base") == "No"
    assert told("add_phone_to_base") == told("add_phone_to_base") == "Success"
    assert told("is_phone_in_base") == told("is_phone_in_base", "8 911 987-65-43") == "Yes"
    assert told("get_base") == PHONE
    assert told("remove_phone_from_base", "89119876543") == "Success"
    assert told("remove_phone_from_base") == "Error: can't remove phone number"
    assert told("get_base") == "No phones in base"
    for function in ("add_phone_to_base", "is_phone_in_base", "remove_phone_from_base"):
        for wrong in ("nobody", "", "7911"):
            assert told(function, wrong) == "Error: wrong phone number"


def test_names_in_windows_1251_are_read_too(gateway: GatewayProcess) -> None:
    make(gateway, "Города", (79110000001,))
    name = "".join(f"%{octet:02X}" for octet in "Города".encode("cp1251"))
    query = f"user={LOGIN}&pass={PASSWORD}&function=get_base&base={name}"
    assert curl(gateway.site(f"/api_call.cgi?{query}")) == b"79110000001"


def test_a_batch_tells_how_many_are_in_and_which_are_no_numbers(gateway: GatewayProcess) -> None:
    make(gateway, "Batch", (79110000001,))
    phones = "79110000001\r\n79110000002\r\n\r\nnobody\r\n8 911 000-00-03\r\n1728376"
    answer = call(gateway, "add_phone_to_base_batch", base="Batch", phones=phones)
    assert answer == '{"success"=>3, "errors"=>["nobody", "1728376"]}'
    assert call(gateway, "get_base", base="Batch") == "79110000001\n79110000002\n79110000003"


def test_a_batch_is_answered_in_json_where_the_account_wants_it(gateway: GatewayProcess) -> None:
    make(gateway, "Batch", login="modern")
    answer = call(gateway, "add_phone_to_base_batch", "modern", base="Batch", phones='79110000001\n"x"')
    assert answer == r'{"success": 1, "errors": ["\"x\""]}'


def test_a_batch_of_fifty_thousand_numbers_goes_in_and_comes_out(
    gateway: GatewayProcess, tmp_path: Path
) -> None:
    make(gateway, "Large")
    phones = [str(79210000000 + number) for number in range(50_000)]
    file = tmp_path / "body"
    auth = f"user={LOGIN}&pass={PASSWORD}&base=Large"
    file.write_text(f"{auth}&function=add_phone_to_base_batch&phones={'%0D%0A'.join(phones)}")
    url = gateway.site("/api_call.cgi")
    assert curl("--data-binary", f"@{file}", url) == b'{"success"=>50000, "errors"=>[]}'
    for http in ("--http1.1", "--http1.0"):
        assert curl(http, "--data", f"{auth}&function=get_base", url).decode().split("\n") == phones
    file.write_bytes(b"x" * 3_000_000)
    assert curl("--data-binary", f"@{file}", url) == b"Error: wrong function"


@pytest.mark.parametrize(
    "function",
    [
        "add_phone_to_base",
        "add_phone_to_base_batch",
        "is_phone_in_base",
        "get_base",
        "remove_phone_from_base",
    ],
)
def test_a_base_that_is_not_there_or_protected_is_told_so(gateway: GatewayProcess, function: str) -> None:
    def told(base: str, user: str = LOGIN) -> str:
        return call(gateway, function, user, base=base, phone=str(DEMO[0]), phones=str(DEMO[0]))

    assert told("Nowhere") == told("") == told("Demo", "modern") == "Error: wrong base"
    assert told("Protected") == "Error: base is protected"
    strange = f"user={LOGIN}&pass={PASSWORD}&function={function}&phone={PHONE}&base=De%00mo"
    assert curl("--data", strange, gateway.site("/api_call.cgi")) == b"Error: wrong base"


def test_a_multicast_reaches_each_number_of_its_bases_once(gateway: GatewayProcess) -> None:
    make(gateway, "Соседи", (DEMO[2], 79110000004, 79540000005, 992918888888))
    text = "Всем привет"
    answer = call(gateway, "start_multicast", message=text, from_="Test", bases="Demo,Protected, Соседи")
    assert answer == "Success"
    got = delivered(gateway, text, 4)
    assert sorted(each.recipient for each in got) == [str(phone) for phone in (*DEMO, 79110000004)]
    assert {each.sender for each in got} == {"Test"}


def test_a_multicast_in_the_past_starts_now_and_one_in_the_future_waits(gateway: GatewayProcess) -> None:
    def started(text: str, at: datetime) -> str:
        local = at.astimezone(ZoneInfo("Europe/Moscow")).strftime("%Y-%m-%d %H:%M")
        return call(gateway, "start_multicast", message=text, from_="Test", bases="Demo", start_at=local)

    now = datetime.now(UTC)
    assert started("Tomorrow", now + timedelta(days=1)) == "Success"
    assert started("Yesterday", now - timedelta(days=1)) == "Success"
    delivered(gateway, "Yesterday", 3)
    assert not [each for each in read_inbox(gateway.place.data / "phones") if each.text == "Tomorrow"]


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"bases": "Demo,Nowhere"}, "wrong base"),
        ({"bases": ""}, "wrong base"),
        ({"bases": ","}, "wrong base"),
        ({"start_at": "soon"}, "wrong function"),
        ({"message": ""}, "can't send this message"),
        ({"message": "Прuвет"}, "can't send this message"),
        ({"message": "x" * 269}, "can't send this message"),
        ({"from_": "ab"}, "can't send this message"),
        ({"from_": "Nobody"}, "unsupported sender"),
        ({"pass_": "x"}, "authentication failure"),
    ],
)
def test_a_multicast_that_cannot_be_sent_is_told_why(
    gateway: GatewayProcess, fields: dict[str, str], answer: str
) -> None:
    usual = {"message": "Hello", "from_": "Test", "bases": "Demo"}
    assert call(gateway, "start_multicast", **usual | fields) == f"Error: {answer}"
