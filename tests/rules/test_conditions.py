"""What a route asks of a message beside its prefix."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.account import Account
from gonets.model.calls import Submission
from gonets.model.message import Channel, RouteId
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.routing import Conditions, ConnectorSetup, Route, Traits
from gonets.model.tables import Tables
from gonets.rules.admission import Admitted, admit
from gonets.rules.conditions import READERS, Compiled, essence, facts_of
from gonets.rules.routing import candidate_of, in_order, looked_at
from tests.rules.places import ANYONE, BANK, TABLES, served

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""A Monday."""
PLAIN = Traits("shop", "retail", "Shop", "79031234567", Channel.SMS, "Your code is 1234", NOON)


def read(**said: str) -> Conditions:
    values: dict[str, Any] = {name: READERS[name](text) for name, text in said.items()}
    return Conditions(**values)


@pytest.mark.parametrize(
    ("said", "miss"),
    [
        ({}, ""),
        ({"account": "shop"}, ""),
        ({"account": "bank"}, "only for account bank"),
        ({"group": "retail", "account": "shop"}, ""),
        ({"group": "gold", "account": "shop"}, "only for group gold"),
        ({"group": "gold", "account": "bank"}, "only for account bank"),
        ({"sender": "SHOP"}, ""),
        ({"sender": "Shop2"}, "only for sender Shop2"),
        ({"channel": "sms"}, ""),
        ({"channel": "MAIL"}, "only for channel mail"),
        ({"text": r"\bCODE\b"}, ""),
        ({"text": "^code"}, "only for text ^code"),
        ({"hours": "12:00-12:01"}, ""),
        ({"hours": "11:00-12:00"}, "only 11:00-12:00 (UTC)"),
        ({"hours": "14:00-16:00", "zone": "Europe/Moscow"}, ""),
        ({"days": "mon"}, ""),
        ({"days": "tue-sun", "hours": "00:00-24:00"}, "only tue-sun 00:00-24:00 (UTC)"),
    ],
    ids=str,
)
def test_all_that_is_named_must_be_true_and_the_first_that_is_not_is_told(
    said: dict[str, str], miss: str
) -> None:
    test = Compiled(read(**said))
    assert test.miss(PLAIN) == miss
    assert test.fits(PLAIN) is (miss == "")


@pytest.mark.parametrize(
    ("moment", "fits"),
    [
        ("2026-03-06T21:59", False),
        ("2026-03-06T22:00", True),
        ("2026-03-07T05:59", True),
        ("2026-03-07T06:00", False),
        ("2026-03-07T23:00", False),
        ("2026-03-02T01:00", False),
    ],
)
def test_hours_over_midnight_belong_to_the_day_on_which_they_began(moment: str, fits: bool) -> None:
    """Friday's night ends on Saturday; Sunday's is none of those that are named, though it ends on a Monday."""
    test = Compiled(read(hours="22:00-06:00", days="mon-fri"))
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert test.fits(msgspec.structs.replace(PLAIN, at=at)) is fits


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("account", "a\nb"),
        ("account", " shop"),
        ("group", "x" * 65),
        ("sender", "x" * 33),
        ("channel", "pigeon"),
        ("text", "("),
        ("text", "a*"),
        ("text", "x" * 1001),
        ("text", "a\0"),
        ("text", "\ud83d"),
        ("hours", "9-18"),
        ("hours", "09:00-09:00"),
        ("hours", "24:00-09:00"),
        ("hours", "09:00-25:00"),
        ("days", "monday"),
        ("days", "mon,"),
        ("days", "mon-"),
        ("days", "mon-fri-sun"),
        ("zone", "Moscow"),
        ("zone", "../etc"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        READERS[name](text)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("MON-FRI", "mon-fri"),
        ("sat,sun", "sat,sun"),
        ("sat-mon", "mon,sat,sun"),
        ("mon,tue,wed,fri", "mon-wed,fri"),
        ("mon - wed, fri", "mon-wed,fri"),
        ("mon-sun", "mon-sun"),
        ("wed-wed", "wed"),
    ],
)
def test_days_are_written_as_people_do(written: str, shown: str) -> None:
    assert facts_of(read(days=written)) == {"days": shown, "zone": "UTC"}


conditions = st.builds(
    Conditions,
    account=st.sampled_from(["", "shop", "bank"]),
    group=st.sampled_from(["", "retail"]),
    sender=st.sampled_from(["", "Shop", "SHOP"]),
    channel=st.sampled_from([None, Channel.SMS, Channel.MAIL]),
    text=st.sampled_from(["", "code", "sale"]),
    hours=st.sampled_from([None, (540, 1080), (1320, 360), (0, 1440)]),
    days=st.sets(st.integers(0, 6), max_size=3).map(lambda days: tuple(sorted(days))),
)


@given(conditions)
def test_what_is_told_of_conditions_is_read_as_the_same(only: Conditions) -> None:
    again = read(**facts_of(only))
    assert again == only
    assert essence(again) == essence(only)


def test_two_say_the_same_whatever_the_case_of_their_sender() -> None:
    assert essence(read(sender="Shop")) == essence(read(sender="SHOP"))
    assert essence(read(sender="Shop")) != essence(read())


# ---- which of them


LINKS = {
    "phones": ConnectorSetup("phones", "simulator"),
    "smpp": ConnectorSetup("smpp", "smpp"),
    "mail": ConnectorSetup("mail", "smtp"),
}


def route(name: str, prefix: str = "", connector: str = "phones", **said: str) -> Route:
    return Route(RouteId(len(name)), name, prefix, (connector,), only=read(**said))


def at_home(*routes: Route) -> Tables:
    return served(msgspec.structs.replace(TABLES, connectors=LINKS), *routes)


def taken(traits: Traits, *routes: Route) -> str | None:
    found = candidate_of(traits, at_home(*routes))
    return None if found is None else found.route.name


ORDER = (
    route("prefix", "7903"),
    route("account", account="shop"),
    route("group", group="retail", sender="Shop", channel="sms", text="code", hours="00:00-24:00"),
    route("sender", sender="Shop", channel="sms", text="code", hours="00:00-24:00"),
    route("channel", channel="sms", text="code", hours="00:00-24:00", days="mon"),
    route("text", text="code", hours="00:00-24:00", days="mon"),
    route("hours", hours="00:00-24:00"),
    route("days", days="mon"),
    route("a name before"),
    route("another"),
)
"""Each fits, and comes before all after it."""


@pytest.mark.parametrize("number", range(len(ORDER)))
def test_the_longest_prefix_comes_first_then_what_is_named_then_the_name(number: int) -> None:
    assert taken(PLAIN, *reversed(ORDER[number:])) == ORDER[number].name


routes = st.lists(
    st.builds(
        lambda name, prefix, only, on, connector: Route(
            RouteId(0), name, prefix, (connector,), enabled=on, only=only
        ),
        st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h"]),
        st.sampled_from(["", "7", "79", "7903", "380"]),
        conditions,
        st.booleans(),
        st.sampled_from(list(LINKS)),
    ),
    unique_by=lambda each: each.name,
    max_size=8,
)
messages = st.builds(
    Traits,
    account=st.sampled_from(["shop", "bank"]),
    group=st.sampled_from(["retail", "gold"]),
    sender=st.sampled_from(["shop", "Bank"]),
    recipient=st.sampled_from(["79031234567", "79991234567", "380671234567", "7903@example.com"]),
    channel=st.sampled_from([Channel.SMS, Channel.MAIL]),
    text=st.sampled_from(["your code", "a sale", ""]),
    at=st.integers(0, 8 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
)


@given(routes, st.randoms(use_true_random=False), messages)
def test_the_order_is_total_and_not_that_of_declaration(
    known: list[Route], chance: Any, asked: Traits
) -> None:
    shuffled = list(known)
    chance.shuffle(shuffled)
    assert in_order(known, LINKS).keys() == in_order(shuffled, LINKS).keys()
    assert looked_at(asked, at_home(*known)) == looked_at(asked, at_home(*shuffled))


@given(routes, messages)
def test_what_is_told_of_the_routes_is_what_happens(known: list[Route], asked: Traits) -> None:
    found = candidate_of(asked, at_home(*known))
    looked = looked_at(asked, at_home(*known))
    assert [each.route for each in looked if each.taken] == ([] if found is None else [found.route])
    if found is not None:
        assert asked.recipient.startswith(found.route.prefix) or not found.route.prefix
        assert found.route.enabled


def test_mail_and_sms_to_everywhere_stand_side_by_side() -> None:
    both = (route("letters", connector="mail"), route("texts", connector="smpp"))
    mail = msgspec.structs.replace(PLAIN, recipient="ann@example.com", channel=Channel.MAIL)
    assert taken(PLAIN, *both) == "texts"
    assert taken(mail, *both) == "letters"
    assert taken(msgspec.structs.replace(PLAIN, channel=Channel.VIBER), *both) is None


def test_a_route_without_connectors_stops_what_fits_it_and_nothing_else() -> None:
    dark = msgspec.structs.replace(route("dark", "7903", account="shop"), connectors=())
    known = at_home(dark, route("all"))
    assert candidate_of(PLAIN, known) is None
    assert [each.miss for each in looked_at(PLAIN, known)] == ["has no connector", "stands after dark"]
    other = candidate_of(msgspec.structs.replace(PLAIN, account="bank"), known)
    assert other is not None
    assert other.route.name == "all"


# ---- at intake


def admitted(account: Account, tables: Tables, **more: Any) -> Admitted | Refused:
    item = msgspec.structs.replace(Submission("Bank", "79031111111", "Your code"), **more)
    return admit(item, account, "smsc", tables, NOON)


def way(account: Account, tables: Tables, **more: Any) -> str:
    verdict = admitted(account, tables, **more)
    assert isinstance(verdict, Admitted), verdict
    return verdict.route.name


def test_a_message_goes_by_the_route_of_its_account_sender_and_text() -> None:
    tables = at_home(
        route("theirs", account="Anyone"),
        route("codes", text="code"),
        route("named", sender="bank", text="sale"),
        route("rest"),
    )
    assert way(ANYONE, tables) == "theirs"
    assert way(BANK, tables) == "codes"
    assert way(BANK, tables, text="A sale") == "named"
    assert way(BANK, tables, text="Hello") == "rest"


def test_a_message_that_waits_is_judged_by_the_moment_at_which_it_may_leave() -> None:
    tables = at_home(route("night", hours="22:00-06:00"), route("day"))
    tonight = NOON.replace(hour=23)
    assert way(BANK, tables) == "day"
    assert way(BANK, tables, start_at=tonight) == "night"
    sleeping = msgspec.structs.replace(BANK, quiet_from=8 * 60, quiet_to=23 * 60)
    assert way(sleeping, msgspec.structs.replace(tables, accounts={})) == "day"
    moscow = at_home(route("after", hours="23:00-24:00", zone="Europe/Moscow"), route("before"))
    assert way(sleeping, moscow) == "after"


def test_what_no_route_fits_has_none_and_what_none_carries_is_unsupported() -> None:
    refused = admitted(BANK, at_home(route("theirs", account="Anyone")))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.NO_ROUTE
    refused = admitted(BANK, at_home(route("letters", connector="mail")))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.UNSUPPORTED
