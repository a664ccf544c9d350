"""Each channel through each check: what it is held to, and what does not concern it."""

from datetime import UTC, datetime
from typing import Final

import msgspec
import pytest

from gonets.model.account import Account, Tariff
from gonets.model.calls import Submission
from gonets.model.message import Channel, Picture, Speech, Voice
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.routing import ConnectorSetup
from gonets.model.tables import EMPTY, Tables
from gonets.rules.admission import Admitted, admit
from gonets.rules.channels import RULES
from gonets.rules.stopping import build
from gonets.rules.texts import CALL_LIMIT, MAIL_OCTETS, SUBJECT_CHARACTERS, VIBER_LIMIT
from gonets.rules.verdicts import explain
from gonets.rules.wording import Matcher
from tests.rules.places import BANK, DEFAULTING, TABLES, route, served

AT: Final = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)
"""23:30 in Moscow."""
NUMBER: Final = "79031111111"
ADDRESS: Final = "name@example.com"

GOOD: Final[dict[Channel, Submission]] = {
    Channel.SMS: Submission("Bank", NUMBER, "Hello"),
    Channel.MMS: Submission(
        "Bank", NUMBER, "Hello", channel=Channel.MMS, picture=Picture("1", "gif", b"GIF")
    ),
    Channel.MAIL: Submission("Bank", ADDRESS, "Hello", channel=Channel.MAIL, subject="Spring"),
    Channel.CALL: Submission(
        "Bank", NUMBER, "Hello", channel=Channel.CALL, speech=Speech(Voice.W3, "again=1")
    ),
    Channel.VIBER: Submission("Bank", NUMBER, "Hello", channel=Channel.VIBER),
    Channel.HLR: Submission("", NUMBER, "", channel=Channel.HLR),
    Channel.PING: Submission("", NUMBER, "", channel=Channel.PING),
}
PRICES: Final = {
    ("retail", channel.value): {
        "": Tariff("retail", channel, "", Millionths(1_000 + number)),
        "7905": Tariff("retail", channel, "7905", Millionths(1), closed=True),
    }
    for number, channel in enumerate(Channel)
}
BARE: Final[Tables] = msgspec.structs.replace(
    TABLES,
    tariffs=PRICES,
    connectors={
        "east": ConnectorSetup("east", "simulator"),
        "narrow": ConnectorSetup("narrow", "of another kind"),
    },
    stop_words={0: Matcher(("казино",), ())},
    stop_lists={0: build([[79031111112]])},
)
WAYS: Final[Tables] = served(BARE, route("", "east"), route("7906", "narrow", "east"))
"""Every channel is priced and carried everywhere, but under 7905 (closed) and 7906 (carried is SMS alone)."""

NUMBERED: Final = tuple(channel for channel in Channel if channel is not Channel.MAIL)
WORDLESS: Final = (Channel.HLR, Channel.PING)
WORDED: Final = tuple(channel for channel in Channel if channel not in WORDLESS)


def verdict(
    channel: Channel,
    account: Account = BANK,
    protocol: str = "smsc",
    tables: Tables = WAYS,
    **changes: object,
) -> Admitted | Refused:
    return admit(msgspec.structs.replace(GOOD[channel], **changes), account, protocol, tables, AT)


def admitted(
    channel: Channel,
    account: Account = BANK,
    protocol: str = "smsc",
    tables: Tables = WAYS,
    **changes: object,
) -> Admitted:
    taken = verdict(channel, account, protocol, tables, **changes)
    assert isinstance(taken, Admitted), taken
    return taken


def test_every_channel_has_rules_and_a_message_here() -> None:
    assert RULES.keys() == set(Channel)
    assert GOOD.keys() == set(Channel)


@pytest.mark.parametrize("channel", Channel)
def test_a_good_message_goes_out_in_one_part_at_the_price_of_its_channel(channel: Channel) -> None:
    taken = admitted(channel)
    assert taken.segments == (GOOD[channel].text,)
    assert taken.recipient == GOOD[channel].recipient
    assert taken.tariff == PRICES["retail", channel.value][""]
    assert taken.route.prefix == ""


NUL: Final = "a\0b"
HALF: Final = "a\ud83d"

REFUSALS: Final[tuple[tuple[Reason, tuple[Channel, ...], dict[str, object]], ...]] = (
    (Reason.BAD_REQUEST, tuple(Channel), {"recipient": ""}),
    (Reason.BAD_REQUEST, tuple(Channel), {"start_at": datetime(2028, 1, 1, tzinfo=UTC)}),
    (Reason.BAD_REQUEST, tuple(Channel), {"client_id": NUL}),
    (Reason.BAD_SENDER, WORDED, {"sender": "far too long a name"}),
    (Reason.UNKNOWN_SENDER, WORDED, {"sender": "Shop"}),
    (Reason.UNKNOWN_SENDER, (Channel.SMS, Channel.VIBER), {"sender": "."}),
    (Reason.BAD_SENDER, (Channel.SMS, Channel.VIBER), {"sender": ""}),
    (Reason.BAD_TEXT, (Channel.SMS, Channel.CALL, Channel.VIBER), {"text": ""}),
    (Reason.BAD_TEXT, (Channel.MMS, Channel.MAIL), {"text": "", "subject": "", "picture": None}),
    (Reason.BAD_TEXT, (Channel.MAIL,), {"subject": "two\nlines"}),
    (Reason.BAD_TEXT, (Channel.MAIL,), {"subject": "Spring\r"}),
    (Reason.BAD_TEXT, (Channel.MAIL,), {"subject": "s" * (SUBJECT_CHARACTERS + 1)}),
    (Reason.BAD_TEXT, (Channel.MMS, Channel.MAIL), {"subject": NUL}),
    (Reason.BAD_TEXT, (Channel.MMS, Channel.MAIL), {"subject": HALF}),
    (Reason.BAD_TEXT, (Channel.MMS, Channel.MAIL), {"text": "ж" * (MAIL_OCTETS // 2), "subject": "s"}),
    (Reason.BAD_TEXT, (Channel.CALL,), {"text": "ж" * (CALL_LIMIT.most + 1)}),
    (Reason.BAD_TEXT, (Channel.VIBER,), {"text": "ж" * (VIBER_LIMIT.most + 1)}),
    (Reason.BAD_TEXT, WORDED, {"text": NUL}),
    (Reason.BAD_TEXT, WORDED, {"text": HALF}),
    (Reason.BAD_TEXT, WORDLESS, {"text": "Hello"}),
    (Reason.BAD_RECIPIENT, NUMBERED, {"recipient": ADDRESS}),
    (Reason.BAD_RECIPIENT, NUMBERED, {"recipient": "12"}),
    (Reason.BAD_RECIPIENT, (Channel.MAIL,), {"recipient": NUMBER}),
    (Reason.BAD_RECIPIENT, (Channel.MAIL,), {"recipient": "name@localhost"}),
    (Reason.RECIPIENT_DENIED, NUMBERED, {"recipient": "79031111112"}),
    (Reason.DIRECTION_CLOSED, NUMBERED, {"recipient": "79051111111"}),
    (Reason.UNSUPPORTED, NUMBERED[1:], {"recipient": "79061111111"}),
    (Reason.BLOCKED_TEXT, WORDED, {"text": "Лучшее казино"}),
    (Reason.BLOCKED_TEXT, (Channel.MMS, Channel.MAIL), {"subject": "Казино"}),
)
"""Why, which channels, and what is changed about the good message."""


@pytest.mark.parametrize(
    ("reason", "channel", "changes"),
    [(reason, channel, changes) for reason, channels, changes in REFUSALS for channel in channels],
)
def test_a_refusal_has_its_reason_and_a_sentence(
    reason: Reason, channel: Channel, changes: dict[str, object]
) -> None:
    refused = admit(msgspec.structs.replace(GOOD[channel], **changes), BANK, "smsc", WAYS, AT)
    assert isinstance(refused, Refused), refused
    assert refused.reason is reason
    assert refused.detail.endswith(".")


@pytest.mark.parametrize("channel", Channel)
def test_without_a_price_of_its_own_or_a_way_a_channel_is_closed(channel: Channel) -> None:
    others = {key: prices for key, prices in PRICES.items() if key[1] != channel.value}
    unpriced = verdict(channel, tables=msgspec.structs.replace(WAYS, tariffs=others))
    assert isinstance(unpriced, Refused)
    assert unpriced.reason is Reason.DIRECTION_CLOSED
    lost = verdict(channel, tables=msgspec.structs.replace(WAYS, routes={}))
    assert isinstance(lost, Refused)
    assert lost.reason is Reason.NO_ROUTE


@pytest.mark.parametrize("channel", Channel)
def test_every_reason_of_admission_is_tried_on_every_channel_it_can_happen_to(channel: Channel) -> None:
    tried = {reason for reason, channels, _ in REFUSALS if channel in channels}
    cannot = {
        Channel.SMS: {Reason.UNSUPPORTED},
        Channel.MAIL: {Reason.RECIPIENT_DENIED, Reason.UNSUPPORTED},
        Channel.HLR: {Reason.BAD_SENDER, Reason.UNKNOWN_SENDER, Reason.BLOCKED_TEXT},
        Channel.PING: {Reason.BAD_SENDER, Reason.UNKNOWN_SENDER, Reason.BLOCKED_TEXT},
    }
    every = {reason for reason, _, _ in REFUSALS} - {Reason.DIRECTION_CLOSED}
    assert every - tried == cannot.get(channel, set())


# ---- what a channel lets pass


def test_a_text_may_be_as_long_as_its_channel_lets_it() -> None:
    assert admitted(Channel.CALL, text="ж" * 1_000).segments == ("ж" * 1_000,)
    assert admitted(Channel.VIBER, text="ж" * 1_000).segments == ("ж" * 1_000,)
    assert admitted(Channel.MAIL, text="ж" * (MAIL_OCTETS // 2), subject="").segments[0]
    assert admitted(Channel.MAIL, text="", subject="ж" * SUBJECT_CHARACTERS).segments == ("",)


def test_the_macros_of_a_viber_message_stay_as_they_are() -> None:
    text = "Spring <button:Open|https://shop.example/?a=1> <file:1>\n%20"
    assert admitted(Channel.VIBER, text=text).segments == (text,)


@pytest.mark.parametrize("channel", [Channel.MMS, Channel.MAIL, Channel.CALL])
@pytest.mark.parametrize("sender", ["", "."])
def test_where_the_network_names_the_sender_none_is_needed(channel: Channel, sender: str) -> None:
    assert admitted(channel, sender=sender).sender == ""
    assert admitted(channel, DEFAULTING, sender=sender).sender == "Моя фирма"


@pytest.mark.parametrize("channel", WORDLESS)
@pytest.mark.parametrize("sender", ["", ".", "Bank", "far too long a name", "casino"])
@pytest.mark.parametrize("account", [BANK, DEFAULTING], ids=["without a default", "with a default"])
def test_a_look_up_shows_no_sender_whatever_is_given(channel: Channel, sender: str, account: Account) -> None:
    assert admitted(channel, account, sender=sender).sender == ""


@pytest.mark.parametrize("channel", WORDLESS)
def test_a_look_up_lacks_no_field_where_messages_need_sender_and_text(channel: Channel) -> None:
    assert admitted(channel, protocol="mfms").text == ""


@pytest.mark.parametrize("channel", WORDLESS)
def test_a_look_up_may_have_a_comment(channel: Channel) -> None:
    taken = admitted(channel, text="\n~~~\norder 17")
    assert (taken.text, taken.comment, taken.segments) == ("", "order 17", ("",))


@pytest.mark.parametrize("channel", Channel)
def test_quiet_hours_put_off_what_is_said_and_no_look_up(channel: Channel) -> None:
    quiet = msgspec.structs.replace(BANK, quiet_from=20 * 60, quiet_to=8 * 60)
    start = admitted(channel, quiet).start_at
    if channel in WORDLESS:
        assert start is None
    else:
        # an address has no zone of its own: the account's, UTC, counts
        morning = 8 if channel is Channel.MAIL else 5
        assert start == datetime(2026, 3, 3, morning, 0, tzinfo=UTC)


# ---- addresses


def test_an_address_is_completed_by_no_home_country_and_is_taken_as_it_was_written() -> None:
    assert (
        admitted(Channel.MAIL, recipient=" 89031111111@Example.COM ").recipient == "89031111111@example.com"
    )


@pytest.mark.parametrize("local", ["7905", "79051111111", "7906", "79031111112"])
def test_digits_that_an_address_begins_with_are_no_prefix_and_on_no_stop_list(local: str) -> None:
    taken = admitted(Channel.MAIL, recipient=f"{local}@example.com")
    assert (taken.tariff.prefix, taken.route.prefix) == ("", "")


def test_an_address_has_a_price_and_a_way_only_under_the_empty_prefix() -> None:
    priced = {("retail", "mail"): {"7": Tariff("retail", Channel.MAIL, "7", Millionths(1))}}
    for tables, reason in (
        (msgspec.structs.replace(WAYS, tariffs=priced), Reason.DIRECTION_CLOSED),
        (served(BARE, route("7", "east")), Reason.NO_ROUTE),
    ):
        refused = verdict(Channel.MAIL, tables=tables, recipient="7903@example.com")
        assert isinstance(refused, Refused)
        assert refused.reason is reason


def test_a_protocol_of_one_countrys_numbers_says_of_an_address_without_a_price_that_it_is_closed() -> None:
    refused = verdict(Channel.MAIL, protocol="sms2", tables=EMPTY, sender="")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.DIRECTION_CLOSED


# ---- told before


@pytest.mark.parametrize("channel", Channel)
def test_what_is_told_before_is_what_happens(channel: Channel) -> None:
    told = explain(BANK, GOOD[channel], "smsc", WAYS, AT)
    taken = admitted(channel)
    assert told.refused is None
    assert (told.recipient, told.segments) == (taken.recipient, taken.segments)
    assert (told.price, told.total) == (taken.tariff.price, taken.tariff.price)
    assert told.routes[0].route == taken.route
    mailed = explain(BANK, GOOD[Channel.MAIL], "smsc", WAYS, AT)
    assert (told.explanation is None) is (channel is not Channel.SMS)
    assert [each.route.prefix for each in mailed.routes] == [""]
