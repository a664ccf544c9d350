"""Binds and answers, octet by octet."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from gonets.model.account import Account
from gonets.model.calls import Submission
from gonets.model.message import AccountId, Channel, Encoding, Hears, MessageId, Pending, Status
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Cancelled, Found, Refused, Replaced
from gonets.protocols.smsc.server import SmppServing
from gonets.wire.smpp import codec
from gonets.wire.smpp.codes import Command
from gonets.wire.smpp.pdu import (
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    CancelSm,
    DataSm,
    Pdu,
    QuerySm,
    ReplaceSm,
    SmeAddress,
    SubmitMulti,
    SubmitSm,
)
from tests.protocols.smsc.asked import NOW, submit

LOGINS = {"smsc": ["smsc", "shared"], "smpp": ["plain", "shared"], "smsclub": ["380501234567"]}


def protocol_of(login: str, protocols: Sequence[str]) -> str:
    return next((each for each in protocols if login in LOGINS[each]), protocols[0])


SERVING = SmppServing(protocol_of)
ACCOUNT = Account(AccountId(1), "shop", "g", "RUB", Millionths(0), "RU", ZoneInfo("UTC"))


def octets(pdu: Pdu) -> str:
    """In hexadecimal, without the length."""
    out = bytearray()
    codec.encode(out, pdu)
    return out[4:].hex(" ")


# ---- binds


@pytest.mark.parametrize(
    ("system_id", "first", "protocol"),
    [
        ("smsc", "smpp", "smsc"),
        ("plain", "smsc", "smpp"),
        ("380501234567", "smpp", "smsclub"),
        ("shared", "smpp", "smpp"),
        ("shared", "smsc", "smsc"),
        ("shared", "smsclub", "smpp"),
        ("nobody", "smsclub", "smsclub"),
    ],
)
def test_a_system_id_is_a_login_of_the_protocol_that_has_it(
    system_id: str, first: str, protocol: str
) -> None:
    who = SERVING.login(BindTransceiver(system_id=system_id, password="pw"), "192.0.2.1", first)
    assert (who.protocol, who.login, who.password) == (protocol, system_id, "pw")
    assert (who.address, who.tells_unknown) == ("192.0.2.1", True)


@pytest.mark.parametrize("kind", [BindTransmitter, BindReceiver, BindTransceiver])
def test_a_bind_is_answered_by_its_own_command_with_our_name_and_version(kind: type[Bind]) -> None:
    command = f"80 00 00 0{kind.command_id:x}"
    answer = octets(SERVING.welcome(kind(5), ACCOUNT))
    assert answer == f"{command} 00 00 00 00 00 00 00 05 47 6f 6e 65 74 73 00 02 10 00 01 34"


def test_a_client_of_an_earlier_version_is_told_no_version() -> None:
    answer = octets(SERVING.welcome(BindTransceiver(5, interface_version=0x33), ACCOUNT))
    assert answer == "80 00 00 09 00 00 00 00 00 00 00 05 47 6f 6e 65 74 73 00"


def test_a_refused_bind_has_its_body_too() -> None:
    answer = octets(SERVING.welcome(BindTransceiver(5), Refused(Reason.BAD_CREDENTIALS)))
    assert answer == "80 00 00 09 00 00 00 0e 00 00 00 05 47 6f 6e 65 74 73 00"


@pytest.mark.parametrize(
    ("system_id", "system_type", "text"),
    [
        ("smsc", "ISO", "caf_é"),
        ("plain", "ISO", None),
        ("smsc", "", None),
        ("smsc", "iso", None),
    ],
)
def test_only_smsc_ru_has_the_system_type_iso(system_id: str, system_type: str, text: str | None) -> None:
    bind = BindTransceiver(system_id=system_id, system_type=system_type)
    talk = SERVING.conversation(SERVING.login(bind, "", "smpp"), bind)
    [found] = talk.read(submit(short_message=b"caf_\xe9"), NOW)
    assert (None if isinstance(found, Refused) else found.text) == text


# ---- messages


def told(request: Pdu, *results: Accepted | Refused) -> str:
    return octets(SERVING.answer(request, results))


def test_a_message_is_answered_with_the_decimal_id_of_its_first_part() -> None:
    accepted = Accepted(MessageId(1001), 3)
    assert told(SubmitSm(7), accepted) == "80 00 00 04 00 00 00 00 00 00 00 07 31 30 30 31 00"
    assert told(DataSm(7), accepted) == "80 00 01 03 00 00 00 00 00 00 00 07 31 30 30 31 00"


def test_a_refused_message_has_a_status_an_empty_id_and_the_reason() -> None:
    answer = told(SubmitSm(7), Refused(Reason.FLOOD, "Stop."))
    assert answer.startswith("80 00 00 04 00 00 00 58 00 00 00 07 00 00 1d 00 0d ")
    assert bytes.fromhex(answer)[17:] == b"flood: Stop.\0"


TO = tuple(SmeAddress(1, 1, number) for number in ("79031234567", "7", "79031234568"))


def test_submit_multi_is_answered_with_the_first_id_and_who_was_refused() -> None:
    request = SubmitMulti(7, dest_address=TO)
    answer = SERVING.answer(
        request, (Accepted(MessageId(1001), 1), Refused(Reason.BAD_RECIPIENT), Accepted(MessageId(1002), 1))
    )
    assert octets(answer) == ("80 00 00 21 00 00 00 00 00 00 00 07 31 30 30 31 00 01 01 01 37 00 00 00 00 0b")


def test_submit_multi_of_which_nobody_was_taken_is_refused() -> None:
    request = SubmitMulti(7, dest_address=TO[:2])
    answer = SERVING.answer(request, (Refused(Reason.NO_CREDIT), Refused(Reason.BAD_RECIPIENT)))
    assert octets(answer).startswith(
        "80 00 00 21 00 00 00 45 00 00 00 07 00 02 01 01 37 39 30 33 31 32 33 34 35 36 37 00 00 00 00 45"
        " 01 01 37 00 00 00 00 0b 00 1d"
    )


def test_submit_multi_that_cannot_be_read_is_refused_as_a_whole() -> None:
    request = SubmitMulti(7, dest_address=TO, priority_flag=9)
    [refused] = SERVING.conversation(SERVING.login(BindTransceiver(), "", "smpp"), BindTransceiver()).read(
        request, NOW
    )
    assert isinstance(refused, Refused)
    answer = SERVING.answer(request, [refused])
    assert octets(answer).startswith("80 00 00 21 00 00 00 06 00 00 00 07 00 00 00 1d")


# ---- what was sent before


@pytest.mark.parametrize(
    ("given", "number"),
    [("1001", 1001), ("0001001", 1001), (" 7 ", 7), ("0", None), ("", None), ("3e9", None), ("9" * 19, None)],
)
@pytest.mark.parametrize("kind", [QuerySm, CancelSm, ReplaceSm])
def test_an_id_is_a_positive_decimal_number(
    kind: type[QuerySm] | type[CancelSm] | type[ReplaceSm], given: str, number: int | None
) -> None:
    assert SERVING.message_id(kind(message_id=given)) == number


def test_a_query_tells_state_date_and_error() -> None:
    final = Found(MessageId(1001), Status.UNDELIVERED, NOW, 6)
    assert octets(SERVING.answer(QuerySm(7), final)) == (
        "80 00 00 03 00 00 00 00 00 00 00 07 31 30 30 31 00 " + b"260302093000000+\0".hex(" ") + " 05 06"
    )
    under_way = Found(MessageId(1001), Status.SENT, NOW)
    assert octets(SERVING.answer(QuerySm(7), under_way)) == (
        "80 00 00 03 00 00 00 00 00 00 00 07 31 30 30 31 00 00 01 00"
    )


def test_an_error_code_beyond_an_octet_is_the_largest_octet() -> None:
    answer = octets(SERVING.answer(QuerySm(7), Found(MessageId(1), Status.REJECTED, NOW, 999)))
    assert answer.endswith(" 08 ff")


@pytest.mark.parametrize(
    ("request_", "outcome", "status"),
    [
        (CancelSm(7), Cancelled(MessageId(1), 2, 0), "00"),
        (CancelSm(7), Cancelled(MessageId(1), 1, 1), "00"),
        (CancelSm(7), Cancelled(MessageId(1), 0, 1), "11"),
        (CancelSm(7), Refused(Reason.UNKNOWN_MESSAGE), "11"),
        (ReplaceSm(7), Refused(Reason.UNKNOWN_MESSAGE), "13"),
        (QuerySm(7), Refused(Reason.UNKNOWN_MESSAGE), "67"),
    ],
)
def test_what_was_not_done_has_the_status_of_its_operation(
    request_: Pdu, outcome: Cancelled | Refused, status: str
) -> None:
    answer = octets(SERVING.answer(request_, outcome))
    command = f"80 00 00 0{Command(request_.command_id).value:x}"
    assert answer.startswith(f"{command} 00 00 00 {status} 00 00 00 07")


# ---- replaced

PENDING = Pending(
    MessageId(1001), "Bank", "79031234567", Channel.SMS, Encoding.GSM7, 1, None, None, flash=True
)


def replacement(pending: Pending = PENDING, protocol: str = "smpp", **fields: object) -> Submission:
    """What a message is replaced by."""
    bind = BindTransceiver()
    reading = SERVING.conversation(SERVING.login(bind, "", protocol), bind)
    found = reading.replacement(ReplaceSm(**{"source_addr": "Bank", **fields}), pending, NOW)  # type: ignore[arg-type]
    assert isinstance(found, Submission), found
    return found


WIDE = msgspec.structs.replace(PENDING, encoding=Encoding.UCS2)


@pytest.mark.parametrize(
    ("pending", "octets_", "text"),
    [
        (PENDING, b"Hello\x02", "Hello$"),
        (PENDING, "Привет".encode("utf-16-be"), "Привет"),
        (PENDING, "Hello, Бот".encode("utf-16-be"), "Hello, Бот"),
        (PENDING, b"\x00homes", "@homes"),
        (PENDING, b" a b c", " a b c"),
        (WIDE, b"Hello!", "Hello!"),
        (WIDE, "Hello!".encode("utf-16-be"), "Hello!"),
        (WIDE, "Ура \U0001f389".encode("utf-16-be"), "Ура \U0001f389"),
        (WIDE, b"Hello", "Hello"),
    ],
)
def test_a_replacement_has_no_data_coding_and_is_read_by_its_octets(
    pending: Pending, octets_: bytes, text: str
) -> None:
    assert replacement(pending, short_message=octets_).text == text


def test_what_a_replacement_does_not_give_stays() -> None:
    start_at = NOW + timedelta(hours=1, microseconds=7)
    pending = msgspec.structs.replace(PENDING, start_at=start_at)
    found = replacement(pending, short_message=b"x", validity_period="000000010000000R")
    assert (found.recipient, found.flash, found.start_at) == ("79031234567", True, start_at)
    assert found.validity == timedelta(hours=1)
    given = replacement(pending, short_message=b"x", schedule_delivery_time="000000000500000R")
    assert (given.start_at, given.validity) == (NOW + timedelta(minutes=5), None)
    assert given.hears is Hears.NOTHING


def test_a_replacement_of_smsc_ru_may_have_a_command() -> None:
    assert replacement(protocol="smsc", short_message=b"__VIBER__: Hello").channel is Channel.VIBER


def test_what_was_replaced_has_an_answer_of_a_header_alone() -> None:
    assert octets(SERVING.answer(ReplaceSm(7), Replaced(MessageId(1001), 1))) == (
        "80 00 00 07 00 00 00 00 00 00 00 07"
    )
