"""Whether a message is taken, and which check answers first."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec
import pytest

from gonets.model.account import Account
from gonets.model.calls import Submission
from gonets.model.message import Encoding, UserData
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.rules.admission import Admitted, admit
from gonets.rules.stopping import build
from tests.rules.places import ANYONE, BANK, DEFAULTING, TABLES, route, served, tariff

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
GOOD = Submission(sender="Bank", recipient="8 (903) 111-11-11", text="Hello")


def asked(**changes: object) -> Submission:
    return msgspec.structs.replace(GOOD, **changes)


def admitted(submission: Submission, account: Account = BANK, protocol: str = "mfms") -> Admitted:
    verdict = admit(submission, account, protocol, TABLES, AT)
    assert isinstance(verdict, Admitted)
    return verdict


def reason(submission: Submission, account: Account = BANK, protocol: str = "mfms") -> Reason:
    verdict = admit(submission, account, protocol, TABLES, AT)
    assert isinstance(verdict, Refused)
    assert verdict.detail.endswith(".")
    return verdict.reason


def test_a_good_message_is_taken_with_all_that_was_found_out() -> None:
    taken = admitted(GOOD)
    assert taken == Admitted(
        sender="Bank",
        recipient="79031111111",
        text="Hello",
        encoding=Encoding.GSM7,
        segments=("Hello",),
        tariff=TABLES.tariffs[("retail", "sms")]["7"],
        route=TABLES.routes["7903"][0].route,
        start_at=None,
        expires_at=None,
    )


def test_a_long_text_is_taken_in_parts() -> None:
    taken = admitted(asked(text="ж" * 100))
    assert taken.encoding is Encoding.UCS2
    assert taken.segments == ("ж" * 67, "ж" * 33)
    assert taken.text == "ж" * 100


# Each row breaks one rule. In the order of the rows, every earlier one has to answer where two are broken.
BROKEN: list[tuple[str, dict[str, object], Reason]] = [
    ("no sender", {"sender": ""}, Reason.BAD_REQUEST),
    ("no recipient", {"recipient": ""}, Reason.BAD_REQUEST),
    ("no text", {"text": ""}, Reason.BAD_REQUEST),
    ("bad client id", {"client_id": "a\0b"}, Reason.BAD_REQUEST),
    ("bad start", {"start_at": AT + timedelta(days=400)}, Reason.BAD_REQUEST),
    ("bad validity", {"validity": timedelta(minutes=-1)}, Reason.BAD_REQUEST),
    ("bad sender", {"sender": "Неизвестный!"}, Reason.BAD_SENDER),
    ("unknown sender", {"sender": "Shop"}, Reason.UNKNOWN_SENDER),
    ("bad text", {"text": "ж" * 20_000}, Reason.BAD_TEXT),
    ("bad recipient", {"recipient": "nobody"}, Reason.BAD_RECIPIENT),
    ("no tariff", {"recipient": "+992937380000"}, Reason.DIRECTION_CLOSED),
    ("closed", {"recipient": "79541111111"}, Reason.DIRECTION_CLOSED),
    ("no route", {"recipient": "+380675126767"}, Reason.NO_ROUTE),
    ("route to nowhere", {"recipient": "+447700900123"}, Reason.NO_ROUTE),
]


@pytest.mark.parametrize(("changes", "expected"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_each_broken_rule_has_its_reason(changes: dict[str, object], expected: Reason) -> None:
    assert reason(asked(**changes)) is expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(first, second, id=f"{first[0]} before {second[0]}")
        for index, first in enumerate(BROKEN)
        for second in BROKEN[index + 1 :]
        if not first[1].keys() & second[1].keys()
    ],
)
def test_of_two_broken_rules_the_earlier_one_answers(
    first: tuple[str, dict[str, object], Reason], second: tuple[str, dict[str, object], Reason]
) -> None:
    assert admit(asked(**first[1], **second[1]), BANK, "mfms", TABLES, AT) == admit(
        asked(**first[1]), BANK, "mfms", TABLES, AT
    )


def test_a_direction_without_price_and_route_is_closed() -> None:
    assert reason(asked(recipient="+992937380000")) is Reason.DIRECTION_CLOSED


@pytest.mark.parametrize("protocol", ["mfms", "osonsms"])
def test_some_want_a_sender_even_where_the_account_has_a_default(protocol: str) -> None:
    assert reason(asked(sender=""), DEFAULTING, protocol) is Reason.BAD_REQUEST
    assert admitted(asked(sender="."), DEFAULTING, protocol).sender == "Моя фирма"


@pytest.mark.parametrize("protocol", ["mfms", "osonsms"])
def test_some_miss_a_text_that_is_empty_before_they_look_at_the_sender(protocol: str) -> None:
    assert reason(asked(text="", sender="Shop"), BANK, protocol) is Reason.BAD_REQUEST


def test_in_osonsms_a_number_of_nine_digits_is_tajik() -> None:
    tables = msgspec.structs.replace(
        served(TABLES, route("992", "south")), tariffs={("retail", "sms"): {"992": tariff("992", 1)}}
    )
    verdict = admit(asked(recipient="937380000"), ANYONE, "osonsms", tables, AT)
    assert isinstance(verdict, Admitted)
    assert verdict.recipient == "992937380000"


def test_elsewhere_the_default_stands_in_for_no_sender() -> None:
    assert admitted(asked(sender=""), DEFAULTING, "smsc").sender == "Моя фирма"
    assert reason(asked(sender=""), BANK, "smsc") is Reason.BAD_SENDER


def test_elsewhere_an_empty_text_is_a_bad_one_and_comes_after_the_sender() -> None:
    assert reason(asked(text=""), BANK, "smsc") is Reason.BAD_TEXT
    assert reason(asked(text="", sender="Shop"), BANK, "smsc") is Reason.UNKNOWN_SENDER
    assert reason(asked(text="", recipient="nobody"), BANK, "smsc") is Reason.BAD_TEXT


def test_sms2_knows_numbers_abroad_only_where_the_account_has_a_price_for_them() -> None:
    for recipient in ("+992937380000", "380675126767"):
        expected = Reason.NO_ROUTE if recipient.startswith("380") else Reason.BAD_RECIPIENT
        assert reason(asked(recipient=recipient), protocol="sms2") is expected
    assert reason(asked(recipient="+992937380000"), protocol="smsc") is Reason.DIRECTION_CLOSED


def test_to_sms2_a_russian_number_without_a_price_is_a_closed_direction() -> None:
    unpriced = msgspec.structs.replace(BANK, group="nobody's")
    assert reason(GOOD, unpriced, "sms2") is Reason.DIRECTION_CLOSED
    assert reason(asked(recipient="79541111111"), protocol="sms2") is Reason.DIRECTION_CLOSED
    assert reason(asked(recipient="380675126767"), unpriced, "sms2") is Reason.BAD_RECIPIENT


def test_to_sms2_a_number_abroad_is_no_number_before_it_is_one_that_is_stopped() -> None:
    stopped = msgspec.structs.replace(TABLES, stop_lists={0: build([[992937380000, 79031111111]])})
    abroad = admit(asked(recipient="992937380000"), BANK, "sms2", stopped, AT)
    assert isinstance(abroad, Refused)
    assert abroad.reason is Reason.BAD_RECIPIENT
    home = admit(GOOD, BANK, "sms2", stopped, AT)
    assert isinstance(home, Refused)
    assert home.reason is Reason.RECIPIENT_DENIED


def test_an_account_with_any_sender_uses_any() -> None:
    assert admitted(asked(sender="Shop"), ANYONE).sender == "Shop"


@pytest.mark.parametrize("text", ["\0", "Hello\0", "Привет\0", "\ud83d", "Привет \ude00"])
def test_a_text_that_no_store_can_hold_is_bad(text: str) -> None:
    assert reason(asked(text=text)) is Reason.BAD_TEXT


@pytest.mark.parametrize("client_id", ["\0", "id\ud83d"])
def test_a_client_s_id_that_no_store_can_hold_is_bad(client_id: str) -> None:
    assert reason(asked(client_id=client_id)) is Reason.BAD_REQUEST


@pytest.mark.parametrize("client_id", ["", "0", "заказ 7", "😀"])
def test_any_other_client_s_id_is_taken(client_id: str) -> None:
    assert admitted(asked(client_id=client_id))


@pytest.mark.parametrize("text", [" ", "\n", "Line\r\nline", "\t", "\x01"])
def test_blank_and_control_characters_are_text(text: str) -> None:
    assert "".join(admitted(asked(text=text)).segments) == text


@pytest.mark.parametrize(
    ("start", "start_at"),
    [
        (None, None),
        (AT, None),
        (AT - timedelta(seconds=1), None),
        (datetime.min.replace(tzinfo=UTC), None),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), None),
        (datetime(1, 1, 1, tzinfo=ZoneInfo("Asia/Dushanbe")), None),
        (AT + timedelta(microseconds=1), AT + timedelta(microseconds=1)),
        (AT + timedelta(days=366), AT + timedelta(days=366)),
        (datetime(2026, 3, 2, 12, 31, tzinfo=ZoneInfo("Europe/Moscow")), AT + timedelta(minutes=1)),
        (datetime(2026, 3, 2, 12, 29, tzinfo=ZoneInfo("Europe/Moscow")), None),
    ],
)
def test_a_start_that_is_not_ahead_is_now(start: datetime | None, start_at: datetime | None) -> None:
    taken = admitted(asked(start_at=start))
    assert taken.start_at == start_at
    assert taken.start_at is None or taken.start_at.tzinfo is UTC


@pytest.mark.parametrize(
    "start",
    [
        AT + timedelta(days=366, seconds=1),
        datetime.max.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))),
        datetime(9999, 12, 31, tzinfo=ZoneInfo("America/New_York")),
    ],
)
def test_a_start_of_another_age_is_refused(start: datetime) -> None:
    assert reason(asked(start_at=start, validity=timedelta(days=1))) is Reason.BAD_REQUEST


@pytest.mark.parametrize(
    ("validity", "kept"),
    [
        (timedelta(minutes=1), timedelta(minutes=1)),
        (timedelta(hours=5), timedelta(hours=5)),
        (timedelta(seconds=1), timedelta(minutes=1)),
        (timedelta(days=7), timedelta(days=7)),
        (timedelta(days=8), timedelta(days=7)),
        (timedelta.max, timedelta(days=7)),
    ],
)
def test_a_validity_counts_from_the_start_and_has_bounds(validity: timedelta, kept: timedelta) -> None:
    later = AT + timedelta(days=30)
    assert admitted(asked(validity=validity)).expires_at == AT + kept
    assert admitted(asked(validity=validity, start_at=AT - timedelta(days=30))).expires_at == AT + kept
    assert admitted(asked(validity=validity, start_at=later)).expires_at == later + kept


@pytest.mark.parametrize("validity", [None, timedelta(0)])
def test_no_validity_leaves_it_to_the_upstream(validity: timedelta | None) -> None:
    assert admitted(asked(validity=validity)).expires_at is None


def test_a_validity_over_a_change_of_clocks_is_as_long_as_it_says() -> None:
    # In New York the clocks go forward at 2:00 on 8 March 2026.
    start = datetime(2026, 3, 8, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    taken = admitted(asked(start_at=start, validity=timedelta(hours=1)))
    assert taken.expires_at == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


def test_a_validity_counts_from_the_end_of_quiet_hours() -> None:
    resting = msgspec.structs.replace(BANK, quiet_from=0, quiet_to=18 * 60)  # it is 12:30 in Moscow
    taken = admitted(asked(validity=timedelta(minutes=60)), resting)
    assert taken.start_at == datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    assert taken.expires_at == datetime(2026, 3, 2, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("encoding", "header", "most"),
    [
        (Encoding.GSM7, 0, 160),
        (Encoding.GSM7, 6, 153),
        (Encoding.GSM7, 7, 152),
        (Encoding.UCS2, 0, 140),
        (Encoding.UCS2, 6, 134),
        (Encoding.OCTETS, 0, 140),
        (Encoding.OCTETS, 7, 133),
    ],
)
def test_a_part_that_its_client_made_ready_is_one_part_as_long_as_the_air_carries(
    encoding: Encoding, header: int, most: int
) -> None:
    def made(length: int) -> Submission:
        return asked(text="a" * 300, user_data=UserData(b"a" * length, encoding, b"\0" * header))

    taken = admitted(made(most), protocol="smsc")
    assert (taken.encoding, taken.segments) == (encoding, ("a" * 300,))
    assert reason(made(most + 1), protocol="smsc") is Reason.BAD_TEXT


def test_a_part_made_ready_of_nothing_or_with_a_text_that_cannot_be_stored_is_a_bad_text() -> None:
    nothing = UserData(b"", Encoding.GSM7)
    assert reason(asked(text="", user_data=nothing), protocol="smpp") is Reason.BAD_TEXT
    assert admitted(
        asked(text="", user_data=UserData(b"", Encoding.OCTETS, b"\x01\x70\x00")), protocol="smpp"
    )
    ready = UserData(b"\0a\0\0", Encoding.UCS2)
    assert reason(asked(text="a\0", user_data=ready), protocol="smpp") is Reason.BAD_TEXT
