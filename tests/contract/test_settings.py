"""Settings: each is added, listed, changed or refused with a sentence, and every change moves the revision on."""

from collections.abc import Callable
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import Connection

from gonets.model.account import Account, Credential, Profile, ProofKind, SenderState, Tariff
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import ONE, Millionths
from gonets.model.routing import Conditions, ConnectorSetup, Route
from gonets.model.tables import EMPTY
from gonets.rules.proofs import is_secret, md5_of
from gonets.stores import settings
from gonets.stores.settings import SettingRefused
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, SHOP, House, account, told

CREDENTIAL = Credential(SHOP, "mfms", "CLIENT", "$argon2id$hash")
PROFILE = Profile(SHOP, "CLIENT", "connector0", "login", "pass", dashed_dates=True)
TARIFF = Tariff("retail", Channel.SMS, "7954", Millionths(2 * ONE), closed=True, refund_undelivered=True)
SETUP = ConnectorSetup(
    "gamma", "simulator", {"window": 5, "rate": 0.5, "name": "Ж", "on": True}, enabled=False
)
ROUTE = Route(RouteId(0), "kyiv", "38044", ("beta", "alpha"))

Change = Callable[[Connection], object]


def add_another(connection: Connection) -> None:
    settings.add_account(connection, account("another"), START)


def switch_off(connection: Connection) -> None:
    shop = settings.find_account(connection, "shop")
    settings.change_account(connection, msgspec.structs.replace(shop, enabled=False))


CHANGES: dict[str, tuple[Change, ...]] = {
    "add an account": (add_another,),
    "change an account": (switch_off,),
    "add a credential": (lambda c: settings.add_credential(c, CREDENTIAL),),
    "change a secret": (
        lambda c: settings.add_credential(c, CREDENTIAL),
        lambda c: settings.change_secret(c, "mfms", "CLIENT", "other"),
    ),
    "put a credential": (
        lambda c: settings.put_credential(c, CREDENTIAL),
        lambda c: settings.put_credential(c, msgspec.structs.replace(CREDENTIAL, secret="other")),
    ),
    "set a password": (
        lambda c: settings.set_password(c, SHOP, "sms2", "shop", "one"),
        lambda c: settings.set_password(c, SHOP, "sms2", "shop", "another"),
    ),
    "remove a credential": (
        lambda c: settings.add_credential(c, CREDENTIAL),
        lambda c: settings.remove_credential(c, "mfms", "CLIENT", ProofKind.PASSWORD),
    ),
    "add a profile": (lambda c: settings.add_profile(c, PROFILE),),
    "register a sender": (lambda c: settings.put_sender(c, SHOP, "Shop", SenderState.REQUESTED),),
    "approve a sender": (
        lambda c: settings.put_sender(c, SHOP, "Shop", SenderState.REQUESTED),
        lambda c: settings.put_sender(c, SHOP, "Shop", SenderState.APPROVED),
    ),
    "forget a sender": (
        lambda c: settings.put_sender(c, SHOP, "Shop", SenderState.APPROVED),
        lambda c: settings.remove_sender(c, SHOP, "sHOP"),
    ),
    "set a price": (lambda c: settings.put_tariff(c, TARIFF),),
    "take a price away": (
        lambda c: settings.put_tariff(c, TARIFF),
        lambda c: settings.remove_tariff(c, "retail", Channel.SMS, "7954"),
    ),
    "add a connector": (lambda c: settings.add_connector(c, SETUP),),
    "switch a connector": (lambda c: settings.enable_connector(c, "alpha", False),),
    "add a route": (lambda c: settings.add_route(c, ROUTE),),
    "switch a route": (lambda c: settings.enable_route(c, "russia", False),),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_moves_the_revision_on(house: House, change: str) -> None:
    @told
    async def story() -> None:
        for step in CHANGES[change]:
            before = await house.store.settings.revision()
            with transaction(house.engine) as connection:
                step(connection)
            assert await house.store.settings.revision() > before
            assert (
                await house.store.settings.tables(START, EMPTY)
            ).revision == await house.store.settings.revision()

    story()


T = TypeVar("T")


def twice(add: Callable[[Connection, T], None], connection: Connection, what: T) -> None:
    add(connection, what)
    add(connection, what)


def after_adding(connection: Connection, change: Change) -> None:
    """A change where there is `CREDENTIAL` already."""
    settings.add_credential(connection, CREDENTIAL)
    change(connection)


REFUSALS: dict[str, tuple[Change, str]] = {
    "a name that is taken": (
        lambda c: settings.add_account(c, account("shop"), START),
        "there is an account 'shop' already",
    ),
    "changing to a name that is taken": (
        lambda c: settings.change_account(c, msgspec.structs.replace(account("bank"), id=SHOP)),
        "there is an account 'bank' already",
    ),
    "changing an account that is not there": (
        lambda c: settings.change_account(c, msgspec.structs.replace(account("ghost"), id=AccountId(99))),
        "there is no account 'ghost'",
    ),
    "looking for an account that is not there": (
        lambda c: settings.find_account(c, "ghost"),
        "there is no account 'ghost'",
    ),
    "a login that is taken": (
        lambda c: twice(settings.add_credential, c, CREDENTIAL),
        "the mfms login 'CLIENT' is taken",
    ),
    "a secret for no login": (
        lambda c: settings.change_secret(c, "mfms", "nobody", "hash"),
        "there is no mfms login 'nobody'",
    ),
    "a secret of a kind that the login does not have": (
        lambda c: after_adding(
            c, lambda c: settings.change_secret(c, "mfms", "CLIENT", "sealed", ProofKind.TOKEN)
        ),
        "there is no mfms login 'CLIENT' with a token",
    ),
    "a login of another account, by another kind of proof": (
        lambda c: after_adding(
            c,
            lambda c: settings.add_credential(
                c, Credential(BANK, "mfms", "CLIENT", "sealed", ProofKind.TOKEN)
            ),
        ),
        "the mfms login 'CLIENT' is taken",
    ),
    "a password for the login of another account": (
        lambda c: after_adding(c, lambda c: settings.set_password(c, BANK, "mfms", "CLIENT", "mine")),
        "the mfms login 'CLIENT' is taken",
    ),
    "removing a credential that is not there": (
        lambda c: settings.remove_credential(c, "mfms", "CLIENT", ProofKind.TOKEN),
        "there is no mfms login 'CLIENT' with a token",
    ),
    "a profile that is taken": (
        lambda c: twice(settings.add_profile, c, PROFILE),
        "the profile CLIENT/connector0 is taken",
    ),
    "forgetting a sender that is not there": (
        lambda c: settings.remove_sender(c, SHOP, "Ghost"),
        "the account has no sender 'Ghost'",
    ),
    "taking away a price that is not there": (
        lambda c: settings.remove_tariff(c, "retail", Channel.SMS, "999"),
        "the group 'retail' has no sms tariff for prefix '999'",
    ),
    "a connector's name that is taken": (
        lambda c: settings.add_connector(c, ConnectorSetup("alpha", "simulator")),
        "there is a connector 'alpha' already",
    ),
    "switching a connector that is not there": (
        lambda c: settings.enable_connector(c, "ghost", True),
        "there is no connector 'ghost'",
    ),
    "a route by a connector that is not there": (
        lambda c: settings.add_route(c, Route(RouteId(0), "x", "1", ("alpha", "ghost"))),
        "there is no connector 'ghost'",
    ),
    "a route's name that is taken": (
        lambda c: settings.add_route(c, Route(RouteId(0), "russia", "1", ("alpha",))),
        "there is a route 'russia' already",
    ),
    "a prefix that another route serves": (
        lambda c: settings.add_route(c, Route(RouteId(0), "x", "7", ("alpha",))),
        "the prefix '7' is served by the route 'russia'",
    ),
    "switching a route that is not there": (
        lambda c: settings.enable_route(c, "ghost", True),
        "there is no route 'ghost'",
    ),
    "a zone that is not there": (lambda c: settings.zone_of("Moscow"), "'Moscow' is not a time zone"),
    "a zone that is a path": (lambda c: settings.zone_of("../etc/passwd"), "is not a time zone"),
    "a zone that is a folder": (lambda c: settings.zone_of("Europe"), "'Europe' is not a time zone"),
    "a zone that is nothing": (lambda c: settings.zone_of(""), "'' is not a time zone"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_cannot_be_is_refused_with_a_sentence_and_changes_nothing(house: House, refusal: str) -> None:
    @told
    async def story() -> None:
        before = await house.store.settings.tables(START, EMPTY)
        change, sentence = REFUSALS[refusal]
        with pytest.raises(SettingRefused) as refused, transaction(house.engine) as connection:
            change(connection)
        assert sentence in str(refused.value)
        assert await house.store.settings.tables(START, EMPTY) == before

    story()


def test_what_a_refused_change_had_begun_is_undone(house: House) -> None:
    def add_and_fail() -> None:
        with transaction(house.engine) as connection:
            settings.add_account(connection, account("half"), START)
            settings.enable_route(connection, "ghost", True)

    with pytest.raises(SettingRefused):
        add_and_fail()
    assert house.rows("SELECT 1 FROM accounts WHERE name = 'half'") == []


def test_an_account_comes_back_as_it_was_added(house: House) -> None:
    whole = Account(
        id=AccountId(0),
        name="Магазин",
        group="wholesale",
        currency="UAH",
        overdraft=Millionths(5),
        home_country="UA",
        zone=ZoneInfo("Europe/Kyiv"),
        enabled=False,
        any_sender=False,
        default_sender="Shop",
        push_url="https://shop.example/push?a=b",
        push_batch=7,
        smpp_binds=3,
        smpp_window=20,
    )
    with transaction(house.engine) as connection:
        number = settings.add_account(connection, whole, START)
        assert settings.find_account(connection, "Магазин") == msgspec.structs.replace(whole, id=number)
        assert settings.balance_of(connection, number) == 0
        assert [each.name for each in settings.list_accounts(connection)] == [
            "bank",
            "poor",
            "shop",
            "Магазин",
        ]


def test_changing_an_account_leaves_its_money(house: House) -> None:
    with transaction(house.engine) as connection:
        changed = msgspec.structs.replace(
            account("shop", overdraft=9, push_url="http://x.example"), id=SHOP, push_batch=3
        )
        settings.change_account(connection, changed)
        assert settings.find_account(connection, "shop") == changed
        assert settings.balance_of(connection, SHOP) == 100 * ONE
    assert house.flaws() == []


def test_credentials_profiles_and_senders_are_listed(house: House) -> None:
    with transaction(house.engine) as connection:
        settings.add_credential(connection, CREDENTIAL)
        settings.add_profile(connection, PROFILE)
        settings.put_sender(connection, SHOP, "Zeta", SenderState.APPROVED)
        settings.put_sender(connection, SHOP, "Alpha", SenderState.REQUESTED)
        settings.put_sender(connection, BANK, "Bank", SenderState.REFUSED)
        assert settings.list_credentials(connection) == [CREDENTIAL]
        assert settings.list_profiles(connection) == [PROFILE]
        assert settings.list_senders(connection, SHOP) == [
            ("shop", "Alpha", SenderState.REQUESTED),
            ("shop", "Zeta", SenderState.APPROVED),
        ]
        assert settings.list_senders(connection)[0] == ("bank", "Bank", SenderState.REFUSED)
        settings.put_sender(connection, SHOP, "zETA", SenderState.REFUSED)
        assert settings.list_senders(connection, SHOP)[1] == ("shop", "zETA", SenderState.REFUSED)


def test_the_same_login_may_be_used_in_another_protocol(house: House) -> None:
    with transaction(house.engine) as connection:
        settings.add_credential(connection, CREDENTIAL)
        settings.add_credential(connection, msgspec.structs.replace(CREDENTIAL, protocol="sms2"))
        assert len(settings.list_credentials(connection)) == 2


def test_a_login_may_have_a_secret_of_each_kind(house: House) -> None:
    signs = Credential(SHOP, "osonsms", "oson", "sealed salt", ProofKind.SIGNATURE)
    bears = Credential(SHOP, "osonsms", "oson", "sealed token", ProofKind.TOKEN)
    with transaction(house.engine) as connection:
        settings.add_credential(connection, bears)
        settings.add_credential(connection, signs)
        assert settings.list_credentials(connection) == [signs, bears]
        settings.change_secret(connection, "osonsms", "oson", "other", ProofKind.TOKEN)
        assert [each.secret for each in settings.list_credentials(connection)] == ["sealed salt", "other"]
        settings.remove_credential(connection, "osonsms", "oson", ProofKind.SIGNATURE)
        assert [each.kind for each in settings.list_credentials(connection)] == [ProofKind.TOKEN]


def test_a_password_is_kept_in_each_form_that_the_protocol_asks_for_and_nowhere_as_it_is(
    house: House,
) -> None:
    with transaction(house.engine) as connection:
        for protocol in ("mfms", "sms2"):
            settings.set_password(connection, SHOP, protocol, "shop", "old")
            settings.set_password(connection, SHOP, protocol, "shop", "sesame")
        found = settings.list_credentials(connection)
    assert [(each.protocol, each.kind) for each in found] == [
        ("mfms", ProofKind.PASSWORD),
        ("sms2", ProofKind.MD5),
        ("sms2", ProofKind.PASSWORD),
    ]
    for each in found:
        assert is_secret(each.secret, md5_of("sesame") if each.kind is ProofKind.MD5 else "sesame")
        assert "sesame" not in each.secret
        assert md5_of("sesame") not in each.secret


def test_a_price_takes_the_place_of_what_it_was(house: House) -> None:
    with transaction(house.engine) as connection:
        settings.put_tariff(connection, TARIFF)
        cheaper = msgspec.structs.replace(TARIFF, price=Millionths(1), closed=False)
        settings.put_tariff(connection, cheaper)
        settings.put_tariff(connection, msgspec.structs.replace(TARIFF, group="other"))
        assert [t for t in settings.list_tariffs(connection) if t.prefix == "7954"] == [
            msgspec.structs.replace(TARIFF, group="other"),
            cheaper,
        ]
        settings.remove_tariff(connection, "retail", Channel.SMS, "7954")
        assert cheaper not in settings.list_tariffs(connection)


def test_connectors_and_routes_come_back_as_they_were_added(house: House) -> None:
    with transaction(house.engine) as connection:
        settings.add_connector(connection, SETUP)
        number = settings.add_route(connection, ROUTE)
        assert settings.list_connectors(connection)[-1] == SETUP
        assert msgspec.structs.replace(ROUTE, id=number) in settings.list_routes(connection)
        settings.enable_connector(connection, "gamma", True)
        assert settings.list_connectors(connection)[-1].enabled


def test_a_prefix_may_be_served_by_another_route_once_the_first_is_off(house: House) -> None:
    with transaction(house.engine) as connection:
        settings.enable_route(connection, "russia", False)
        settings.add_route(connection, Route(RouteId(0), "new", "7", ("beta",)))
    served = pytest.raises(SettingRefused, match="'7' is served by the route 'new'")
    with served, transaction(house.engine) as connection:
        settings.enable_route(connection, "russia", True)
    with transaction(house.engine) as connection:
        settings.enable_route(connection, "new", True)
        settings.enable_route(connection, "new", False)
        settings.enable_route(connection, "russia", True)


def test_several_routes_serve_a_prefix_where_they_ask_for_different_things(house: House) -> None:
    only = Conditions("shop", "retail", "Shop", Channel.MAIL, "win.+now", (1320, 360), (0, 4), "Europe/Kyiv")
    asked = msgspec.structs.replace(ROUTE, only=only)
    with transaction(house.engine) as connection:
        settings.add_route(connection, ROUTE)
        again = msgspec.structs.replace(asked, name="again")
        number = settings.add_route(connection, again)
        assert msgspec.structs.replace(again, id=number) in settings.list_routes(connection)
    other_case = msgspec.structs.replace(asked, only=msgspec.structs.replace(only, sender="SHOP"))
    same = pytest.raises(SettingRefused, match="served by the route 'again' under the same conditions")
    with same, transaction(house.engine) as connection:
        settings.change_route(connection, other_case)


# ---- the snapshot


@told
async def test_the_snapshot_holds_everything_by_what_it_is_looked_up_by(house: House) -> None:
    with transaction(house.engine) as connection:
        settings.add_credential(connection, CREDENTIAL)
        settings.add_profile(connection, PROFILE)
        settings.put_sender(connection, SHOP, "Shop", SenderState.APPROVED)
        settings.put_tariff(connection, TARIFF)
        settings.enable_route(connection, "ukraine", False)
        settings.enable_connector(connection, "beta", False)
    tables = await house.store.settings.tables(START, EMPTY)
    assert tables.accounts[SHOP].name == "shop"
    assert tables.credentials["mfms", "CLIENT", ProofKind.PASSWORD] == CREDENTIAL
    assert tables.profiles["CLIENT", "connector0"] == PROFILE
    assert tables.senders[SHOP, "shop"] is SenderState.APPROVED
    assert tables.tariffs["retail", "sms"]["7954"] == TARIFF
    assert tables.tariffs["retail", "sms"][""].price == ONE
    assert list(tables.routes) == ["7"]
    assert [(setup.name, setup.enabled) for setup in tables.connectors.values()] == [
        ("alpha", True),
        ("beta", False),
    ]


@told
async def test_the_snapshot_holds_routes_in_the_order_in_which_they_are_looked_at(house: House) -> None:
    with transaction(house.engine) as connection:
        for name, only in (
            ("by text", Conditions(text="win")),
            ("by account", Conditions(account="shop")),
            ("off", Conditions(group="retail")),
        ):
            route = Route(RouteId(0), name, "7", ("alpha",), name != "off", only=only)
            settings.add_route(connection, route)
    tables = await house.store.settings.tables(START, EMPTY)
    assert [each.route.name for each in tables.routes["7"]] == ["by account", "by text", "russia"]
    assert [each.test is None for each in tables.routes["7"]] == [False, False, True]
    assert list(tables.routes) == ["380", "7"]


@pytest.mark.parametrize("name", ["Shop", "SHOP 24", "Straße", "ÆØÅ", "İstanbul"])
def test_a_sender_is_found_by_its_name_in_lower_case(house: House, name: str) -> None:
    @told
    async def story() -> None:
        with transaction(house.engine) as connection:
            settings.put_sender(connection, SHOP, name, SenderState.APPROVED)
        assert (SHOP, name.lower()) in (await house.store.settings.tables(START, EMPTY)).senders

    story()


@told
async def test_the_zone_of_a_profile_is_its_accounts(house: House) -> None:
    with transaction(house.engine) as connection:
        settings.add_profile(connection, PROFILE)
        shop = settings.find_account(connection, "shop")
        settings.change_account(connection, msgspec.structs.replace(shop, zone=ZoneInfo("Asia/Dushanbe")))
    profile = (await house.store.settings.tables(START, EMPTY)).profiles["CLIENT", "connector0"]
    assert profile.zone == ZoneInfo("Asia/Dushanbe")


@told
async def test_without_a_change_the_revision_stays(house: House) -> None:
    before = await house.store.settings.revision()
    await house.send(await house.draft())
    assert await house.store.settings.revision() == before
