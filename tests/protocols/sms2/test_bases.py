"""SMS2's api_call.cgi: its seven functions, what is read and each octet that is answered."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from gonets.model.calls import (
    AddPhones,
    HasPhone,
    ListBases,
    ReadBase,
    RemovePhone,
    StartCampaign,
    Submit,
)
from gonets.model.message import CampaignId
from gonets.model.reasons import Reason
from gonets.model.results import (
    BaseFault,
    BaseLine,
    BaseRefused,
    BasesListed,
    CampaignStarted,
    PhoneHeld,
    PhoneRemoved,
    PhonesAdded,
    PhonesListed,
    Refused,
)
from gonets.protocols.sms2.bases import MOST_PHONES
from gonets.wire.http import Reply, Request
from tests.protocols.sms2.recorded import AUTH, WAYS, Fields, answered, called, posted, text

PHONE = "79119876543"
MULTICAST: dict[str, str | bytes] = {"message": "Hi", "from": "Test", "bases": "Demo"}

Way = Callable[[str, Fields], Request]


def asking(
    function: str,
    fields: Mapping[str, str | bytes] | None = None,
    *,
    way: Way = posted,
    user: str = "your_login",
) -> Request:
    """A call of a function; texts are windows-1251."""
    given = {"user": user, "pass": "your_password", "function": function, **(fields or {})}
    return way(
        "/api_call.cgi",
        {name: each if isinstance(each, bytes) else each.encode("cp1251") for name, each in given.items()},
    )


def refusal(request: Request) -> Reason:
    what = called(request).what
    assert isinstance(what, Submit)
    (item,) = what.items
    assert isinstance(item, Refused)
    assert item.detail.endswith(".")
    return item.reason


# ---- what is asked


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("function", "fields", "what"),
    [
        ("list_of_bases", {}, ListBases()),
        ("add_phone_to_base", {"base": "Клиенты", "phone": PHONE}, AddPhones("Клиенты", (PHONE,))),
        (
            "add_phone_to_base_batch",
            {"base": "Demo", "phones": f"{PHONE}\n89119876544"},
            AddPhones("Demo", (PHONE, "89119876544")),
        ),
        ("is_phone_in_base", {"base": "Demo", "phone": PHONE}, HasPhone("Demo", PHONE)),
        ("get_base", {"base": "Demo"}, ReadBase("Demo")),
        ("remove_phone_from_base", {"base": "Demo", "phone": PHONE}, RemovePhone("Demo", PHONE)),
        (
            "start_multicast",
            {"message": "Привет", "from": "Test", "bases": "Demo,Клиенты"},
            StartCampaign("Test", "Привет", ("Demo", "Клиенты")),
        ),
    ],
)
def test_each_function_is_read(way: Way, function: str, fields: dict[str, str], what: object) -> None:
    assert called(asking(function, fields, way=way)).what == what


def test_names_are_utf_8_where_enc_says_so() -> None:
    request = asking("get_base", {"base": "Клиенты".encode(), "enc": "UTF-8"})
    assert called(request).what == ReadBase("Клиенты")


@pytest.mark.parametrize("function", ["", "list", "List_of_bases", "list_of_bases ", "get_base\0", "Ж"])
def test_what_is_no_function_is_a_wrong_one(function: str) -> None:
    request = asking(function)
    assert refusal(request) is Reason.UNSUPPORTED
    assert answered(request, (Refused(Reason.UNSUPPORTED),)) == text("Error: wrong function")


def test_no_function_is_a_wrong_one_too() -> None:
    assert refusal(posted("/api_call.cgi", AUTH)) is Reason.UNSUPPORTED


def test_what_is_missing_is_no_number_and_no_base() -> None:
    assert called(asking("add_phone_to_base")).what == AddPhones("", ("",))
    assert called(asking("is_phone_in_base")).what == HasPhone("", "")
    assert called(asking("get_base")).what == ReadBase("")
    assert called(asking("start_multicast")).what == StartCampaign("", "", ())


def test_what_cannot_be_read_is_no_number_and_no_base() -> None:
    assert called(asking("get_base", {"base": b"De\x98mo"})).what == ReadBase("De\ufffdmo")
    assert called(asking("get_base", {"base": b"De\0mo"})).what == ReadBase("De\ufffdmo")
    assert called(asking("add_phone_to_base", {"base": "Demo", "phone": b"7911\x98"})).what == AddPhones(
        "Demo", ("7911\ufffd",)
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", " \n\t"])
def test_the_numbers_of_a_batch_stand_one_on_a_line_whatever_ends_it(end: str) -> None:
    request = asking("add_phone_to_base_batch", {"base": "Demo", "phones": end.join("123") + end})
    assert called(request).what == AddPhones("Demo", ("1", "2", "3"))


def test_a_batch_has_bounds() -> None:
    most = asking("add_phone_to_base_batch", {"base": "Demo", "phones": "1\n" * MOST_PHONES})
    assert called(most).what == AddPhones("Demo", ("1",) * MOST_PHONES)
    request = asking("add_phone_to_base_batch", {"base": "Demo", "phones": "1\n" * (MOST_PHONES + 1)})
    assert refusal(request) is Reason.BAD_REQUEST
    assert answered(request, (Refused(Reason.BAD_REQUEST),)) == text("Error: wrong function")


def test_names_of_bases_are_parted_by_commas_and_blanks_round_them_do_not_count() -> None:
    request = asking("start_multicast", MULTICAST | {"bases": " Demo ,, База два,"})
    assert called(request).what == StartCampaign("Test", "Hi", ("Demo", "База два"))


def test_a_multicast_starts_at_a_moment_of_the_accounts_zone() -> None:
    request = asking("start_multicast", MULTICAST | {"start_at": "2026-07-01 09:30"})
    start_at = datetime(2026, 7, 1, 6, 30, tzinfo=UTC)
    assert called(request).what == StartCampaign("Test", "Hi", ("Demo",), start_at)
    assert called(asking("start_multicast", MULTICAST | {"start_at": ""})).what == StartCampaign(
        "Test", "Hi", ("Demo",)
    )
    for wrong in ("2026-07-01", "now", "2026-13-01 00:00"):
        assert refusal(asking("start_multicast", MULTICAST | {"start_at": wrong})) is Reason.BAD_REQUEST


@pytest.mark.parametrize("field", ["message", "from"])
def test_a_multicast_that_cannot_be_read_is_refused(field: str) -> None:
    request = asking("start_multicast", MULTICAST | {field: b"\x98"})
    assert refusal(request) is Reason.BAD_TEXT
    assert answered(request, (Refused(Reason.BAD_TEXT),)) == text("Error: can't send this message")


# ---- what is answered


def test_bases_are_listed_as_json_whose_values_are_all_strings() -> None:
    bases = BasesListed((BaseLine(7, "Demo", 3), BaseLine(12, 'Кли"енты', 1_000_000)))
    reply = answered(asking("list_of_bases"), bases)
    assert reply == text(
        '[{"base_name": "Demo", "id": "7", "phones_total": "3"}, '
        r'{"base_name": "\u041a\u043b\u0438\"\u0435\u043d\u0442\u044b", "id": "12", "phones_total": "1000000"}]'
    )
    assert json.loads(reply.body)[1]["base_name"] == 'Кли"енты'
    assert answered(asking("list_of_bases"), BasesListed(())) == text("[]")


def test_a_number_that_was_added_is_a_success_and_one_that_is_none_is_wrong() -> None:
    request = asking("add_phone_to_base", {"base": "Demo", "phone": PHONE})
    assert answered(request, PhonesAdded(1, ())) == text("Success")
    assert answered(request, PhonesAdded(0, (PHONE,))) == text("Error: wrong phone number")


def test_a_batch_is_answered_as_the_document_prints_it() -> None:
    request = asking("add_phone_to_base_batch", {"base": "Demo", "phones": "1"})
    assert answered(request, PhonesAdded(3, ("70987654321", "1728376"))) == text(
        '{"success"=>3, "errors"=>["70987654321", "1728376"]}'
    )
    assert answered(request, PhonesAdded(1, ())) == text('{"success"=>1, "errors"=>[]}')
    assert answered(request, PhonesAdded(0, ('a"b\\c', "Ж"))) == text(
        r'{"success"=>0, "errors"=>["a\"b\\c", "\u0416"]}'
    )


def test_a_batch_is_answered_in_json_where_the_account_wants_it() -> None:
    request = asking("add_phone_to_base_batch", {"base": "Demo", "phones": "1"}, user="modern")
    reply = answered(request, PhonesAdded(3, ('7"', "Ж")))
    assert reply == text(r'{"success": 3, "errors": ["7\"", "\u0416"]}')
    assert json.loads(reply.body) == {"success": 3, "errors": ['7"', "Ж"]}


def test_whether_a_number_is_in_a_base_is_yes_or_no() -> None:
    request = asking("is_phone_in_base", {"base": "Demo", "phone": PHONE})
    assert answered(request, PhoneHeld(True)) == text("Yes")
    assert answered(request, PhoneHeld(False)) == text("No")
    assert answered(request, Refused(Reason.BAD_RECIPIENT)) == text("Error: wrong phone number")


def test_removing_and_starting_are_answered_with_success() -> None:
    assert answered(asking("remove_phone_from_base"), PhoneRemoved()) == text("Success")
    assert answered(asking("start_multicast"), CampaignStarted(CampaignId(7))) == text("Success")


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (BaseFault.UNKNOWN, "wrong base"),
        (BaseFault.PROTECTED, "base is protected"),
        (BaseFault.NOT_ADDED, "can't add phone number"),
        (BaseFault.NOT_REMOVED, "can't remove phone number"),
    ],
)
def test_what_goes_wrong_with_a_base_has_its_text(fault: BaseFault, answer: str) -> None:
    assert answered(asking("get_base", {"base": "Demo"}), BaseRefused(fault)) == text(f"Error: {answer}")


# ---- the numbers of a base


async def batches(*of: Sequence[int]) -> AsyncIterator[Sequence[int]]:
    for batch in of:
        yield batch


def read(*of: Sequence[int]) -> tuple[Reply, list[bytes]]:
    """The reply, and the pieces of what follows its body."""

    async def pieces() -> tuple[Reply, list[bytes]]:
        reply = answered(asking("get_base", {"base": "Demo"}), PhonesListed(batches(*of)))
        assert reply.rest is not None
        return reply, [piece async for piece in reply.rest]

    return asyncio.run(pieces())


def test_numbers_are_written_one_on_a_line_while_they_are_read() -> None:
    reply, pieces = read([79110000001, 79110000002], [79110000003], [])
    assert (reply.status, reply.body, reply.content_type) == (200, b"", "text/plain")
    assert pieces == [b"79110000001\n79110000002", b"\n79110000003"]


def test_a_base_without_numbers_is_said_to_have_none() -> None:
    assert read()[1] == read([])[1] == read([], [])[1] == [b"No phones in base"]
