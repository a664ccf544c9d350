"""Declaring: what is said and what is there make what shall be; the difference is what it takes."""

from array import array

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.account import ProofKind, SenderState, Tariff
from gonets.model.message import Channel, RouteId
from gonets.model.money import ONE, Millionths
from gonets.model.platform import (
    EVERYONE,
    Change,
    Item,
    Platform,
    PlatformConsent,
    PlatformLogin,
    PlatformNumber,
    PlatformProfile,
    PlatformSender,
    PlatformWord,
    WordKind,
)
from gonets.model.routing import ConnectorSetup, Route
from gonets.rules.declaring import (
    HIDDEN,
    Difference,
    aimed,
    by_key,
    difference,
    differences,
    missing,
    title,
)
from tests.rules.platforms import account, stops

SHOP, BANK = account("shop"), account("bank")
LOGIN = PlatformLogin("shop", "sms2", "shop", ProofKind.PASSWORD, "$argon2id$one")
MD5 = PlatformLogin("shop", "sms2", "shop", ProofKind.MD5, "$argon2id$two")
WORD = PlatformWord(EVERYONE, WordKind.WORD, "casino")
OWN_WORD = PlatformWord("shop", WordKind.WORD, "bank")
NUMBER = PlatformNumber("shop", "4242", "win")
STOP, START = PlatformConsent("out", "stop"), PlatformConsent("in", "start")
TARIFF = Tariff("standard", Channel.SMS, "7", Millionths(ONE))
LATER = Tariff("standard", Channel.SMS, "7", Millionths(2 * ONE), valid_from=1_796_083_200_000_000)
LINK = ConnectorSetup("sim", "simulator")
ROUTE = Route(RouteId(0), "everything", "", ("sim",))
FULL = Platform(
    accounts=by_key([SHOP, BANK]),
    logins=by_key([LOGIN, MD5]),
    profiles=by_key([PlatformProfile("shop", "shop", "connector0")]),
    senders=by_key([PlatformSender("shop", "Shop", SenderState.APPROVED)]),
    words=by_key([WORD, OWN_WORD]),
    numbers=by_key([NUMBER]),
    consent=by_key([STOP, START]),
    tariffs=by_key([TARIFF, LATER]),
    connectors=by_key([LINK]),
    routes=by_key([ROUTE]),
)


def test_words_like_stop_are_pruned_only_where_some_of_their_kind_are_declared() -> None:
    enough = PlatformConsent("out", "enough")
    after = aimed(FULL, Platform(consent=by_key([enough])), prune=True, used={"shop"})
    assert list(after.consent.values()) == [START, enough]
    assert aimed(FULL, Platform(), prune=True, used={"shop"}).consent == FULL.consent


def test_a_number_that_is_declared_for_another_account_moves() -> None:
    moved = PlatformNumber("bank", "4242", "win")
    after = aimed(FULL, Platform(numbers=by_key([moved])), prune=False)
    assert list(after.numbers.values()) == [moved]
    assert [title(each.item) for each in difference(FULL, after)] == ["number 4242 win"]


def test_what_is_not_declared_stays() -> None:
    assert aimed(FULL, Platform(), prune=False, used={"shop"}) == FULL


def test_what_is_declared_is_added_or_changed_and_nothing_else() -> None:
    richer = msgspec.structs.replace(SHOP, rate=5)
    new = account("new")
    after = aimed(FULL, Platform(accounts=by_key([richer, new])), prune=False)
    assert difference(FULL, after) == [Change(None, new), Change(SHOP, richer)]


def test_prune_switches_off_what_has_history_and_ways_and_removes_the_rest() -> None:
    after = aimed(FULL, Platform(), prune=True, used={"bank"})
    assert list(after.accounts.values()) == [msgspec.structs.replace(BANK, enabled=False)]
    assert list(after.connectors.values()) == [msgspec.structs.replace(LINK, enabled=False)]
    assert list(after.routes.values()) == [msgspec.structs.replace(ROUTE, enabled=False)]
    assert not any((after.logins, after.profiles, after.senders, after.words, after.tariffs))


def test_an_account_that_prune_switches_off_keeps_what_hangs_on_it() -> None:
    after = aimed(FULL, Platform(), prune=True, used={"shop"})
    assert (after.logins, after.profiles, after.senders) == (FULL.logins, FULL.profiles, FULL.senders)
    assert list(after.words.values()) == [OWN_WORD]


def test_prune_takes_from_a_declared_account_what_is_not_declared_of_it() -> None:
    declared = Platform(accounts=by_key([SHOP]), logins=by_key([LOGIN]))
    after = aimed(FULL, declared, prune=True, used={"shop", "bank"})
    assert list(after.logins.values()) == [LOGIN]
    assert not after.senders


def test_pruning_twice_changes_nothing_more() -> None:
    once = aimed(FULL, Platform(), prune=True, used={"shop"})
    assert aimed(once, Platform(), prune=True, used={"shop"}) == once


def test_a_login_declared_for_another_account_leaves_nothing_with_the_first() -> None:
    moved = msgspec.structs.replace(LOGIN, account="bank")
    after = aimed(FULL, Platform(logins=by_key([moved])), prune=False)
    assert difference(FULL, after) == [Change(MD5, None), Change(LOGIN, moved)]


def test_numbers_join_a_stop_list_and_replace_it_with_prune() -> None:
    before = Platform(stop_lists=by_key([stops("shop", 1, 3)]))
    declared = Platform(stop_lists=by_key([stops("shop", 2, 3)]))
    assert aimed(before, declared, prune=False).stop_lists == by_key([stops("shop", 1, 2, 3)])
    assert aimed(before, declared, prune=True).stop_lists == declared.stop_lists
    assert aimed(before, Platform(), prune=True).stop_lists == before.stop_lists


def test_a_change_of_a_stop_list_is_told_in_numbers() -> None:
    change = Change(stops("shop", 1, 3), stops("shop", 2, 3, 4))
    assert differences(change) == [
        Difference("numbers", 2, 3),
        Difference("numbers added", 0, 2),
        Difference("numbers removed", 0, 1),
    ]


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_missing_numbers_are_those_of_one_list_and_not_of_the_other(ours: set[int], theirs: set[int]) -> None:
    found = missing(array("Q", sorted(ours)), array("Q", sorted(theirs)))
    assert list(found) == sorted(ours - theirs)


def test_a_changed_setting_is_told_as_it_was_and_will_be() -> None:
    change = Change(
        SHOP, msgspec.structs.replace(SHOP, overdraft=Millionths(50 * ONE), quiet_from=0, quiet_to=485)
    )
    assert differences(change) == [
        Difference("overdraft", "0.00", "50.00"),
        Difference("quiet_from", "", "00:00"),
        Difference("quiet_to", "", "08:05"),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LOGIN, msgspec.structs.replace(LOGIN, secret="other")),
        (LINK, ConnectorSetup("sim", "simulator", {"password": "hush"})),
        (LINK, ConnectorSetup("sim", "simulator", {"api_token": "hush"})),
        (SHOP, account("shop", push_url="https://me:hush@shop.example/a@b?c=1")),
    ],
    ids=["login", "password", "token", "url"],
)
def test_no_secret_is_told(before: Item, after: Item) -> None:
    told = repr(differences(Change(before, after)))
    assert "hush" not in told
    assert "argon2" not in told
    assert HIDDEN in told


def test_a_url_is_told_but_for_who_calls() -> None:
    change = Change(SHOP, account("shop", push_url="https://me:hush@shop.example/a@b?c=1"))
    assert differences(change) == [
        Difference("push_url", "", f"https://{HIDDEN}@shop.example/a@b?c=1"),
    ]


def test_each_thing_has_a_title() -> None:
    assert [title(each) for each in (SHOP, MD5, WORD, OWN_WORD, TARIFF, LATER, LINK, ROUTE)] == [
        "account shop",
        "login sms2 shop (md5)",
        "stop word 'casino' of everyone",
        "stop word 'bank' of shop",
        "tariff standard sms 7",
        "tariff standard sms 7 from 2026-12-01T00:00:00Z",
        "connector sim",
        "route everything",
    ]
