"""Who may log in, and how soon a change of settings is known."""

import asyncio

import msgspec
import pytest

from gonets.model.account import Account, Profile
from gonets.model.calls import Login
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.tables import EMPTY, Tables
from gonets.rules.proofs import hash_secret
from gonets.stores import settings
from gonets.stores.store import transaction
from tests.clocks import settle
from tests.contract.house import BANK, SHOP, House, told
from tests.flow.works import SHOP_LOGIN, Works


def login(**changes: str) -> Login:
    return msgspec.structs.replace(SHOP_LOGIN, **changes)


def switch_off(house: House) -> None:
    with transaction(house.engine) as connection:
        shop = settings.find_account(connection, "shop")
        settings.change_account(connection, msgspec.structs.replace(shop, enabled=False))


@told
async def test_with_the_right_secret_the_account_is_let_in(house: House) -> None:
    async with Works(house) as works:
        account = await works.directory.verify(SHOP_LOGIN)
        assert isinstance(account, Account)
        assert account.id == SHOP


@pytest.mark.parametrize(
    "who",
    [
        login(password="wrong"),
        login(password=""),
        login(password="SECRET"),
        login(password="secret\0"),
        login(password="\ud800"),
        login(login="nobody"),
        login(login=""),
        login(login="", password=""),
        login(login="SHOP"),
        login(protocol="sms2"),
        login(profile="CLIENT/nowhere"),
        login(profile="BANK/main"),
    ],
)
def test_with_anything_else_nobody_is_told_which_of_it_was_wrong(house: House, who: Login) -> None:
    @told
    async def story() -> None:
        with transaction(house.engine) as connection:
            settings.add_profile(connection, Profile(BANK, "BANK", "main"))
        async with Works(house) as works:
            refused = await works.directory.verify(who)
            unknown = await works.directory.verify(login(login="nobody"))
            assert refused == unknown
            assert isinstance(refused, Refused)
            assert refused.reason is Reason.BAD_CREDENTIALS

    story()


@told
async def test_an_account_logs_in_through_its_own_profile(house: House) -> None:
    with transaction(house.engine) as connection:
        settings.add_profile(connection, Profile(SHOP, "SHOP", "main"))
    async with Works(house) as works:
        assert isinstance(await works.directory.verify(login(profile="SHOP/main")), Account)


@told
async def test_only_who_knows_the_secret_learns_that_the_account_is_off(house: House) -> None:
    switch_off(house)
    async with Works(house) as works:
        right, wrong = (
            await works.directory.verify(SHOP_LOGIN),
            await works.directory.verify(login(password="x")),
        )
        assert isinstance(right, Refused)
        assert isinstance(wrong, Refused)
        assert (right.reason, wrong.reason) == (Reason.ACCOUNT_BLOCKED, Reason.BAD_CREDENTIALS)


@told
async def test_what_was_verified_is_known_for_a_minute(house: House) -> None:
    async with Works(house) as works:
        known, verify = works.directory.known, works.directory.verify
        assert known(SHOP_LOGIN) is None
        await verify(SHOP_LOGIN)
        works.clock.jump(60.0)
        assert known(SHOP_LOGIN) is not None
        assert known(login(password="wrong")) is None
        works.clock.jump(0.1)
        assert known(SHOP_LOGIN) is None
        assert isinstance(await verify(SHOP_LOGIN), Account)


@told
async def test_what_is_wrong_is_never_remembered(house: House) -> None:
    async with Works(house) as works:
        await works.directory.verify(login(password="wrong"))
        assert works.directory.known(login(password="wrong")) is None


@told
async def test_an_account_that_is_switched_off_is_not_known_any_more(house: House) -> None:
    async with Works(house) as works:
        await works.directory.verify(SHOP_LOGIN)
        switch_off(house)
        await works.directory.refresh()
        assert works.directory.known(SHOP_LOGIN) is None


@told
async def test_with_a_new_secret_the_old_one_opens_nothing(house: House) -> None:
    async with Works(house) as works:
        await works.directory.verify(SHOP_LOGIN)
        with transaction(house.engine) as connection:
            settings.change_secret(connection, "mfms", "shop", hash_secret("new"))
        await works.directory.refresh()
        assert isinstance(await works.directory.verify(SHOP_LOGIN), Refused)
        assert isinstance(await works.directory.verify(login(password="new")), Account)


@told
async def test_a_secret_hash_that_is_none_lets_nobody_in(house: House) -> None:
    with transaction(house.engine) as connection:
        settings.change_secret(connection, "mfms", "shop", "plain secret")
    async with Works(house) as works:
        assert isinstance(await works.directory.verify(login(password="plain secret")), Refused)


@told
async def test_many_who_log_in_at_once_are_all_let_in(house: House) -> None:
    async with Works(house) as works:
        found = await asyncio.gather(*(works.directory.verify(SHOP_LOGIN) for _ in range(20)))
        assert all(isinstance(account, Account) for account in found)


@told
async def test_one_who_leaves_while_being_verified_does_not_get_others_refused(house: House) -> None:
    with transaction(house.engine) as connection:
        settings.change_secret(connection, "mfms", "shop", hash_secret("secret"))
    async with Works(house) as works:
        leaving = asyncio.ensure_future(works.directory.verify(SHOP_LOGIN))
        await settle()
        staying = [asyncio.ensure_future(works.directory.verify(SHOP_LOGIN)) for _ in range(3)]
        await settle()
        leaving.cancel()
        assert all(isinstance(account, Account) for account in await asyncio.gather(*staying))


@told
async def test_when_too_many_passwords_wait_to_be_looked_at_one_more_is_told_to_come_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gonets.flow.directory._MOST_VERIFYING", 2)
    async with Works(house) as works:
        tries = [works.directory.verify(login(password=password)) for password in ("a", "b", "c", "secret")]
        found = await asyncio.gather(*tries)
        said = [each.reason if isinstance(each, Refused) else None for each in found]
        late = Reason.TOO_MANY_REQUESTS
        assert said == [Reason.BAD_CREDENTIALS, Reason.BAD_CREDENTIALS, late, late]
        assert isinstance(await works.directory.verify(SHOP_LOGIN), Account)


# ---- refreshed


@told
async def test_a_change_of_settings_is_known_after_a_refresh(house: House) -> None:
    async with Works(house) as works:
        seen: list[Tables] = []
        works.directory.on_change = seen.append
        assert not await works.directory.refresh()
        switch_off(house)
        assert works.directory.tables.accounts[SHOP].enabled
        assert await works.directory.refresh()
        assert not works.directory.tables.accounts[SHOP].enabled
        assert not await works.directory.refresh()
        assert seen == [works.directory.tables]


@told
async def test_a_change_of_settings_is_known_after_a_second(house: House) -> None:
    async with Works(house) as works:
        changed = asyncio.Event()
        works.directory.on_change = lambda tables: changed.set()
        running = asyncio.ensure_future(works.directory.run())
        switch_off(house)
        await works.clock.advance(1.0)
        await changed.wait()
        assert not works.directory.tables.accounts[SHOP].enabled
        running.cancel()


@told
async def test_while_the_store_is_away_the_last_settings_stay(house: House) -> None:
    async with Works(house) as works:
        before = works.directory.tables
        running = asyncio.ensure_future(works.directory.run())
        await house.store.close()
        for _ in range(3):
            await works.clock.advance(1.0)
        assert not running.done()
        assert works.directory.tables is before
        running.cancel()


@told
async def test_settings_are_read_while_another_process_writes(house: House) -> None:
    async with Works(house) as works:
        with transaction(house.engine):
            assert (await house.store.settings.tables(works.clock.at(), EMPTY)).accounts


@told
async def test_whatever_stands_in_wrong_logins_is_saved(house: House) -> None:
    async with Works(house) as works:
        for who in (login(login="a\0b"), login(login="a\0c")):
            works.limits.login_failed(who)
        await works.limits.save()
        assert house.rows("SELECT count(*) FROM guards WHERE kind = 'login'") == [(2,)]
