"""Ids are taken in blocks, and no two are ever the same."""

import asyncio

import pytest

from gonets.flow.ids import IdBlocks
from gonets.ports.stores import StoreUnavailable
from tests.contract.house import House, told


@told
async def test_ids_are_consecutive_from_1001(house: House) -> None:
    ids = IdBlocks(house.store.messages)
    assert [await ids.take(count) for count in (1, 3, 1)] == [1001, 1002, 1005]


@told
async def test_a_block_of_one_reserves_only_what_is_asked_for(house: House) -> None:
    ids = IdBlocks(house.store.messages, block=1)
    assert [await ids.take(count) for count in (1, 3, 1)] == [1001, 1002, 1005]
    assert await house.store.messages.reserve(1) == 1006


@told
async def test_a_message_of_more_parts_than_a_block_gets_its_ids_in_one_piece(house: House) -> None:
    ids = IdBlocks(house.store.messages, block=10)
    assert await ids.take(7) == 1001
    first = await ids.take(255)
    assert first > 1007
    assert await ids.take(1) >= first + 255


@told
async def test_blocks_grow_while_they_are_used_up(house: House) -> None:
    ids = IdBlocks(house.store.messages, block=10)
    taken = {await ids.take(1) for _ in range(1000)}
    assert taken == set(range(1001, 2001))
    reserved = await house.store.messages.reserve(1) - 1001
    assert reserved == 10 + 20 + 40 + 80 + 160 + 320 + 640


@told
async def test_two_processes_never_hand_out_the_same_id(house: House) -> None:
    one, other = IdBlocks(house.store.messages, block=3), IdBlocks(house.store.messages, block=5)
    firsts = await asyncio.gather(*((one, other)[n % 2].take(2) for n in range(200)))
    taken = [first + n for first in firsts for n in range(2)]
    assert len(set(taken)) == 400


@told
async def test_many_who_ask_at_once_get_ids_of_their_own(house: House) -> None:
    ids = IdBlocks(house.store.messages, block=4)
    firsts = await asyncio.gather(*(ids.take(3) for _ in range(100)))
    taken = [first + n for first in firsts for n in range(3)]
    assert len(set(taken)) == 300


@told
async def test_without_a_store_there_are_no_ids(house: House) -> None:
    ids = IdBlocks(house.store.messages, block=2)
    await ids.take(1)
    await house.store.close()
    assert await ids.take(1) == 1002
    with pytest.raises(StoreUnavailable):
        await ids.take(1)
