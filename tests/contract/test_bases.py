"""Phone bases: each number once, their count always right, read in pages and never as a whole."""

import asyncio

import pytest

from gonets.model.message import BaseId
from gonets.stores import bases
from gonets.stores.settings import SettingRefused
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, SHOP, House, told

NUMBERS = [79030000003, 79030000001, 380671234567]


def made(house: House, name: str = "Demo", owner: int = SHOP) -> BaseId:
    """An empty base."""
    with transaction(house.engine) as connection:
        return bases.create(connection, SHOP if owner == SHOP else BANK, name, START)


def counted(house: House, base: BaseId) -> int:
    """How many numbers it says it has, which are as many as it has."""
    [(says,)] = house.rows("SELECT phones FROM bases WHERE id = :id", id=base)
    assert house.rows("SELECT count(*) FROM base_phones WHERE base_id = :id", id=base) == [(says,)]
    return int(says)


@told
async def test_a_number_is_in_a_base_once_however_often_it_is_put_in(house: House) -> None:
    base = made(house)
    store = house.store.bases
    assert await store.add(base, [*NUMBERS, NUMBERS[0]]) == 3
    assert await store.add(base, [NUMBERS[1], 79030000002]) == 1
    assert counted(house, base) == 4
    assert await store.phones(base, -1, 10) == sorted([*NUMBERS, 79030000002])
    assert await store.holds(base, NUMBERS[2])
    assert not await store.holds(base, 79039999999)


@told
async def test_what_is_taken_out_counts_once(house: House) -> None:
    base = made(house)
    store = house.store.bases
    await store.add(base, NUMBERS)
    assert await store.remove(base, [NUMBERS[0], NUMBERS[0], 79039999999]) == 1
    assert counted(house, base) == 2
    assert not await store.holds(base, NUMBERS[0])


@told
async def test_adding_and_taking_out_at_once_leaves_the_count_right(house: House) -> None:
    base = made(house)
    store = house.store.bases
    calls = [store.add(base, range(start, start + 60)) for start in range(1000, 1200, 20)]
    calls += [store.remove(base, range(start, start + 30)) for start in range(1000, 1200, 50)]
    await asyncio.gather(*calls)
    counted(house, base)


@told
async def test_a_base_that_is_gone_takes_nothing(house: House) -> None:
    store = house.store.bases
    assert await store.add(BaseId(77), NUMBERS) is None
    assert await store.remove(BaseId(77), NUMBERS) is None
    assert await store.phones(BaseId(77), -1, 10) == []
    assert house.rows("SELECT count(*) FROM base_phones") == [(0,)]


@told
async def test_a_base_is_read_in_pages_by_number(house: House) -> None:
    base, other = made(house), made(house, "Other")
    store = house.store.bases
    await store.add(base, range(100, 350))
    await store.add(other, range(1000))
    read: list[int] = []
    while page := await store.phones(base, read[-1] if read else -1, 100):
        assert len(page) <= 100
        read += page
    assert read == list(range(100, 350))


@told
async def test_each_account_has_its_own_bases_and_case_matters(house: House) -> None:
    demo, theirs = made(house), made(house, owner=BANK)
    lower = made(house, "demo")
    store = house.store.bases
    assert [base.id for base in await store.list(SHOP)] == [demo, lower]
    found = await store.find(SHOP, ["demo", "DEMO", "Demo", "demo"])
    assert [base and base.id for base in found] == [lower, None, demo, lower]
    assert [base and base.id for base in await store.find(BANK, ["Demo"])] == [theirs]
    assert await store.find(SHOP, []) == []


@told
async def test_a_base_is_protected_and_opened_again(house: House) -> None:
    base = made(house)
    for protected in (True, False):
        with transaction(house.engine) as connection:
            bases.protect(connection, base, protected)
        assert [found.protected for found in await house.store.bases.list(SHOP)] == [protected]


@pytest.mark.parametrize("name", ["", " Demo", "a,b", "line\nbreak", "x" * 65])
def test_a_name_that_no_client_could_write_is_refused(house: House, name: str) -> None:
    with pytest.raises(SettingRefused, match="cannot name a base"):
        made(house, name)


def test_a_name_is_taken_once_per_account(house: House) -> None:
    made(house)
    made(house, owner=BANK)
    with pytest.raises(SettingRefused, match="already"):
        made(house)


@told
async def test_a_base_is_emptied_in_turns_and_then_gone(house: House) -> None:
    base = made(house)
    await house.store.bases.add(base, range(100, 350))
    taken = []
    while True:
        with transaction(house.engine) as connection:
            taken.append(bases.shrink(connection, base, 100))
        if not taken[-1]:
            break
        counted(house, base)
    assert taken == [100, 100, 50, 0]
    assert await house.store.bases.list(SHOP) == []
