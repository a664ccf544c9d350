"""The declared platform in the store: read whole, changed whole or not at all, one step of the revision."""

from array import array
from collections.abc import Sequence

import msgspec
import pytest

from gonets.flow.directory import Directory
from gonets.model.account import Credential, Profile, ProofKind, SenderState, Tariff
from gonets.model.costs import Cost
from gonets.model.message import Channel, RouteId
from gonets.model.money import ONE, Millionths
from gonets.model.platform import (
    EVERYONE,
    Change,
    Platform,
    PlatformConsent,
    PlatformLogin,
    PlatformNumber,
    PlatformProfile,
    PlatformSender,
    PlatformStops,
    PlatformWord,
    WordKind,
)
from gonets.model.routing import Conditions, ConnectorSetup, Route, Strategy
from gonets.model.tables import EMPTY
from gonets.rules.declaring import aimed, by_key, difference
from gonets.stores import numbers, settings, stops
from gonets.stores.platform import (
    accounts_with_history,
    read_platform,
    stop_list_sizes,
    write_changes,
)
from gonets.stores.settings import SettingRefused
from gonets.stores.store import transaction
from tests.clocks import START, TravelClock
from tests.contract.house import SHOP, House, account, told

LISTS = (EVERYONE, "shop", "new")


def platform(house: House) -> Platform:
    with transaction(house.engine) as connection:
        return read_platform(connection, LISTS)


def revision(house: House) -> int:
    with transaction(house.engine) as connection:
        return settings.revision(connection)


def write(house: House, changes: Sequence[Change]) -> None:
    with transaction(house.engine) as connection:
        write_changes(connection, changes, settings.revision(connection), START)


def furnish_fully(house: House) -> None:
    """Something of every sort."""
    with transaction(house.engine) as connection:
        for kind, secret in ((ProofKind.PASSWORD, "one"), (ProofKind.MD5, "two")):
            settings.add_credential(connection, Credential(SHOP, "sms2", "shop", secret, kind))
        settings.add_profile(connection, Profile(SHOP, "CLIENT", "connector0", "login", "pass", True))
        settings.put_sender(connection, SHOP, "Shop", SenderState.REQUESTED)
        settings.put_tariff(
            connection, Tariff("retail", Channel.SMS, "7", Millionths(2 * ONE), valid_from=1_000_000)
        )
        stops.put_words(connection, stops.EVERYONE, "word", ["casino"])
        stops.put_words(connection, SHOP, "pattern", ["win.+now"])
        numbers.add_number(connection, "4242", "win", SHOP)
        stops.add(connection, stops.EVERYONE, [79990000001])
        stops.add(connection, SHOP, [79990000002, 79990000003])


def other() -> Platform:
    """Something else of every sort."""
    return Platform(
        accounts=by_key([account("new", overdraft=ONE)]),
        logins=by_key([PlatformLogin("new", "sms2", "new", ProofKind.PASSWORD, "three")]),
        profiles=by_key([PlatformProfile("new", "new", "connector0")]),
        senders=by_key([PlatformSender("new", "New", SenderState.APPROVED)]),
        words=by_key([PlatformWord("new", WordKind.WORD, "old")]),
        stop_lists=by_key([PlatformStops("new", array("Q", [79990000009]))]),
        numbers=by_key([PlatformNumber("new", "4242", "win"), PlatformNumber("new", "4343")]),
        consent=by_key([PlatformConsent("out", "enough"), PlatformConsent("in", "again")]),
        tariffs=by_key([Tariff("retail", Channel.SMS, "380", Millionths(3), currency="UAH")]),
        connectors=by_key([ConnectorSetup("gamma", "simulator", {"window": 7})]),
        costs=by_key([Cost("gamma", Channel.SMS, "380", Millionths(5), "UAH")]),
        routes=by_key(
            [
                Route(
                    RouteId(0),
                    "kyiv",
                    "38044",
                    ("gamma", "alpha"),
                    strategy=Strategy.WEIGHT,
                    weights=(3, 1),
                    only=Conditions(account="new", text="win.+now", hours=(1320, 360), zone="Europe/Kyiv"),
                )
            ]
        ),
    )


def test_everything_that_is_declared_is_read(house: House) -> None:
    furnish_fully(house)
    found = platform(house)
    assert list(found.accounts) == [("bank",), ("poor",), ("shop",)]
    assert {each.id for each in found.accounts.values()} == {0}
    assert list(found.logins.values()) == [
        PlatformLogin("shop", "sms2", "shop", ProofKind.MD5, "two"),
        PlatformLogin("shop", "sms2", "shop", ProofKind.PASSWORD, "one"),
    ]
    assert list(found.profiles.values()) == [
        PlatformProfile("shop", "CLIENT", "connector0", "login", "pass", True)
    ]
    assert list(found.senders.values()) == [PlatformSender("shop", "Shop", SenderState.REQUESTED)]
    assert list(found.words.values()) == [
        PlatformWord(EVERYONE, WordKind.WORD, "casino"),
        PlatformWord("shop", WordKind.PATTERN, "win.+now"),
    ]
    assert list(found.numbers.values()) == [PlatformNumber("shop", "4242", "win")]
    assert PlatformConsent("out", "отписка") in found.consent.values()
    assert [(each.account, list(each.phones)) for each in found.stop_lists.values()] == [
        (EVERYONE, [79990000001]),
        ("shop", [79990000002, 79990000003]),
    ]
    assert [(each.prefix, each.valid_from) for each in found.tariffs.values()] == [
        ("", 0),
        ("7", 1_000_000),
    ]
    assert list(found.connectors) == [("alpha",), ("beta",)]
    assert list(found.routes) == [("russia",), ("ukraine",)]


def test_stop_lists_are_counted_and_read_only_where_asked_for(house: House) -> None:
    furnish_fully(house)
    with transaction(house.engine) as connection:
        assert stop_list_sizes(connection) == {EVERYONE: 1, "shop": 2}
        assert read_platform(connection).stop_lists == {}


def test_written_changes_lead_where_they_should_and_back(house: House) -> None:
    furnish_fully(house)
    before = platform(house)
    after = aimed(before, other(), prune=False)
    write(house, difference(before, after))
    assert platform(house) == after
    write(house, difference(after, before))
    assert platform(house) == before


def test_everything_changes_at_once(house: House) -> None:
    furnish_fully(house)
    before = platform(house)
    after = aimed(before, other(), prune=True, used={"bank", "shop"})
    write(house, difference(before, after))
    assert platform(house) == after
    assert list(after.accounts) == [("bank",), ("new",), ("shop",)]


def test_an_account_keeps_its_money_when_its_settings_change(house: House) -> None:
    before = platform(house)
    shop = before.accounts["shop",]
    write(house, [Change(shop, msgspec.structs.replace(shop, rate=5))])
    assert house.balance() == 100 * ONE
    assert house.flaws() == []


def test_the_revision_moves_once_and_a_running_gateway_follows(house: House) -> None:
    furnish_fully(house)

    @told
    async def story() -> None:
        directory = Directory(house.store.settings, TravelClock(), bytes(32))
        assert await directory.refresh()
        was = directory.tables.revision
        before = platform(house)
        write(house, difference(before, aimed(before, other(), prune=False)))
        assert await directory.refresh()
        assert directory.tables.revision == was + 1
        assert "38044" in directory.tables.routes
        assert 79990000009 in {each for numbers in directory.tables.stop_lists.values() for each in numbers}
        assert not await directory.refresh()

    story()


def test_without_changes_the_revision_stays(house: House) -> None:
    was = revision(house)
    write(house, [])
    assert revision(house) == was


def test_changes_made_out_from_an_older_state_are_refused(house: House) -> None:
    before = platform(house)
    was = revision(house)
    write(house, difference(before, aimed(before, other(), prune=False)))
    with (
        pytest.raises(SettingRefused, match="changed since they were read"),
        transaction(house.engine) as connection,
    ):
        write_changes(connection, [Change(before.routes["russia",], None)], was, START)
    assert ("russia",) in platform(house).routes


def test_a_failure_half_way_changes_nothing(house: House) -> None:
    furnish_fully(house)
    before = platform(house)
    was = revision(house)
    changes = difference(before, aimed(before, other(), prune=True, used={"bank", "shop"}))
    absent = Route(RouteId(0), "nowhere", "1", ("alpha",))
    for stray in (Change(absent, None), Change(absent, msgspec.structs.replace(absent, prefix="2"))):
        with pytest.raises(SettingRefused, match="no route nowhere any more"):
            write(house, [*changes, stray])
        assert platform(house) == before
        assert revision(house) == was


def test_an_account_that_never_sent_is_removed_with_all_that_hangs_on_it(house: House) -> None:
    before = platform(house)
    with_new = aimed(before, other(), prune=False)
    write(house, difference(before, with_new))
    write(house, [Change(with_new.accounts["new",], None)])
    after = platform(house)
    assert after.accounts == before.accounts
    assert (after.logins, after.profiles, after.senders, after.words) == ({}, {}, {}, {})
    assert house.rows("SELECT count(*) FROM stop_list") == [(0,)]


def test_an_account_with_history_is_never_removed(house: House) -> None:
    with transaction(house.engine) as connection:
        assert accounts_with_history(connection) == {"shop", "bank"}
    before = platform(house)
    with pytest.raises(SettingRefused, match="has history"):
        write(house, [Change(before.accounts["shop",], None)])
    assert platform(house) == before


def test_routes_may_change_places(house: House) -> None:
    before = platform(house)
    russia, ukraine = before.routes["russia",], before.routes["ukraine",]
    swapped = [
        Change(russia, msgspec.structs.replace(russia, prefix="380")),
        Change(ukraine, msgspec.structs.replace(ukraine, prefix="7")),
    ]
    write(house, swapped)
    assert [each.prefix for each in platform(house).routes.values()] == ["380", "7"]


def test_a_long_stop_list_is_written_in_chunks(house: House) -> None:
    phones = array("Q", range(79990000000, 79990050001))
    before = platform(house)
    declared = Platform(stop_lists=by_key([PlatformStops("shop", phones)]))
    after = aimed(before, declared, prune=False)
    write(house, difference(before, after))
    assert platform(house) == after
    write(house, difference(after, before))
    assert platform(house) == before


@told
async def test_a_stop_word_that_is_declared_is_known_at_the_next_refresh(house: House) -> None:
    before = await house.store.settings.tables(START, EMPTY)
    word = PlatformWord(EVERYONE, WordKind.WORD, "casino")
    with transaction(house.engine) as connection:
        write_changes(connection, [Change(None, word)], settings.revision(connection), START)
    after = await house.store.settings.tables(START, before)
    assert after.stop_words[0].find("a casino") == "casino"
