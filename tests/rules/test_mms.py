"""MMS: one part with limits, prices and ways of its own."""

from datetime import UTC, datetime

import msgspec
import pytest

from gonets.model.account import Account, Tariff
from gonets.model.calls import Submission
from gonets.model.message import Channel, Picture
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.routing import ConnectorSetup
from gonets.model.tables import Tables
from gonets.rules.admission import Admitted, admit
from gonets.rules.texts import MMS_OCTETS
from gonets.rules.verdicts import Explained, explain
from gonets.rules.wording import Matcher
from tests.rules.places import ANYONE, BANK, DEFAULTING, TABLES, route, served

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PICTURE = Picture("c0ffee", "png", b"\x89PNG" + bytes(96))
"""100 octets."""
GOOD = Submission("", "8 (903) 111-11-11", "Привет", channel=Channel.MMS, subject="Весна", picture=PICTURE)
PRICES = {
    each.prefix: each
    for each in (
        Tariff("retail", Channel.MMS, "7", Millionths(7_000_000)),
        Tariff("retail", Channel.MMS, "7905", Millionths(0), closed=True),
    )
}
BARE: Tables = msgspec.structs.replace(
    TABLES,
    tariffs=TABLES.tariffs | {("retail", "mms"): PRICES},
    connectors={
        "east": ConnectorSetup("east", "simulator"),
        "north": ConnectorSetup("north", "simulator", enabled=False),
        "narrow": ConnectorSetup("narrow", "of another kind"),
    },
    stop_words={0: Matcher(("казино",), ())},
)
ROUTES = (
    *TABLES.each_route(),
    route("7906", "east", "narrow"),
    route("7907", "unknown"),
)
WAYS: Tables = served(BARE, *ROUTES)
"""Like `TABLES`, with prices of MMS, and connectors of which `narrow` carries none."""


def asked(**changes: object) -> Submission:
    return msgspec.structs.replace(GOOD, **changes)


def admitted(submission: Submission, account: Account = BANK, protocol: str = "sms2") -> Admitted:
    verdict = admit(submission, account, protocol, WAYS, AT)
    assert isinstance(verdict, Admitted), verdict
    return verdict


def reason(submission: Submission, account: Account = BANK, protocol: str = "sms2") -> Reason:
    verdict = admit(submission, account, protocol, WAYS, AT)
    assert isinstance(verdict, Refused)
    assert verdict.detail.endswith(".")
    return verdict.reason


def told(submission: Submission, protocol: str = "sms2") -> Explained:
    return explain(BANK, submission, protocol, WAYS, AT)


def test_an_mms_is_one_part_at_the_price_of_its_channel() -> None:
    taken = admitted(asked(text="ж" * 1_000))
    assert taken.segments == ("ж" * 1_000,)
    assert taken.tariff == PRICES["7"]
    assert taken.route.prefix == "7903"


def test_the_limits_of_sms2s_texts_are_not_those_of_its_mms() -> None:
    text = "Прuвет, это " + "ж" * 300
    assert admitted(asked(text=text)).text == text
    sms = Submission("Bank", "79031111111", text)
    assert reason(sms) is Reason.BAD_TEXT


def test_an_mms_without_a_sender_has_the_accounts_default_or_none() -> None:
    assert admitted(GOOD).sender == ""
    assert admitted(GOOD, ANYONE).sender == ""
    assert admitted(GOOD, DEFAULTING).sender == "Моя фирма"


def test_a_sender_that_is_given_has_to_be_one_the_account_may_use() -> None:
    assert admitted(asked(sender="Bank"), protocol="smsc").sender == "Bank"
    assert reason(asked(sender="Shop"), protocol="smsc") is Reason.UNKNOWN_SENDER
    assert reason(asked(sender="far too long a name"), protocol="smsc") is Reason.BAD_SENDER


def test_an_mms_has_to_say_or_to_show_something() -> None:
    assert admitted(asked(subject="", text=""))
    assert admitted(asked(subject="", picture=None), protocol="smsc")
    assert admitted(asked(text="", picture=None), protocol="smsc")
    assert reason(asked(subject="", text="", picture=None), protocol="smsc") is Reason.BAD_TEXT


def test_to_sms2_an_mms_without_a_picture_lacks_a_field() -> None:
    assert reason(asked(picture=None)) is Reason.BAD_REQUEST


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_subject_text_and_picture_have_300_kilobytes_together(more: int, fits: bool) -> None:
    subject, text = "ж" * 50, "ж" * 100_000  # two octets each
    left = MMS_OCTETS - 100 - 200_000
    submission = asked(subject=subject, text=text, picture=Picture("1", "gif", bytes(left + more)))
    if fits:
        assert admitted(submission)
    else:
        assert reason(submission) is Reason.BAD_TEXT
    assert MMS_OCTETS == 300 * 1024


@pytest.mark.parametrize("field", ["subject", "text"])
@pytest.mark.parametrize("value", ["\0", "a\0b", "\ud83d"])
def test_what_no_store_can_hold_is_bad(field: str, value: str) -> None:
    assert reason(asked(**{field: value})) is Reason.BAD_TEXT


@pytest.mark.parametrize("field", ["subject", "text"])
def test_stop_words_are_looked_for_in_subject_and_text(field: str) -> None:
    assert reason(asked(**{field: "Лучшее казино"})) is Reason.BLOCKED_TEXT


def test_directions_are_open_and_closed_by_the_prices_of_the_channel() -> None:
    assert reason(asked(recipient="79051111111")) is Reason.DIRECTION_CLOSED
    assert admitted(Submission("Bank", "79051111111", "Hello")).tariff.channel is Channel.SMS
    unpriced = msgspec.structs.replace(BANK, group="wholesale")
    assert reason(GOOD, unpriced) is Reason.DIRECTION_CLOSED


def test_a_way_with_a_connector_that_carries_no_mms_is_none_for_mms() -> None:
    assert reason(asked(recipient="79061111111")) is Reason.UNSUPPORTED
    assert admitted(asked(recipient="79071111111")).route.prefix == "7", "none carries it: it is passed over"
    alone = served(BARE, route("7907", "unknown"))
    refused = admit(asked(recipient="79071111111"), BANK, "sms2", alone, AT)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.UNSUPPORTED
    assert admitted(Submission("Bank", "79061111111", "Hello")).route.prefix == "7906"


def test_every_way_carries_sms_and_a_simulator_carries_all() -> None:
    for channel in Channel:
        assert WAYS.routes["7903"][0].carried[channel, False]
    assert WAYS.routes["7906"][0].carried[Channel.SMS, False]
    assert not WAYS.routes["7906"][0].carried[Channel.MMS, False]


def test_what_is_told_of_an_mms_before_is_what_happens() -> None:
    explained = told(GOOD)
    assert explained.refused is None
    assert explained.segments == ("Привет",)
    assert (explained.price, explained.total) == (7_000_000, 7_000_000)
    assert explained.explanation is None
    assert next(each.detail for each in explained.checks if each.name == "text") == "MMS, 1 part"
    refused = told(asked(recipient="79061111111")).refused
    assert refused is not None
    assert refused.reason is Reason.UNSUPPORTED
