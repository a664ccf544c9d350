"""What is refused for what was accepted before: client ids, duplicates, floods; in any call, and after a restart."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from gonets.model.message import AccountId, Draft, Encoding, UserData
from gonets.model.money import ONE, Millionths
from gonets.model.results import Accepted, Refused
from gonets.rules.guarding import DUPLICATE, FLOOD, SEEN
from gonets.stores import coming, settings
from gonets.stores.coming import NO_CREDIT
from gonets.stores.store import transaction
from tests.contract.house import BANK, SHOP, House, later, told
from tests.contract.test_query_plans import HOT, plans_of


def guard(house: House, **changes: object) -> None:
    """Set the guards of the shop."""
    with transaction(house.engine) as connection:
        shop = settings.find_account(connection, "shop")
        settings.change_account(connection, msgspec.structs.replace(shop, **changes))


async def draft(house: House, payer: AccountId = SHOP, **changes: object) -> Draft:
    return msgspec.structs.replace(await house.draft(payer=payer), **changes)


async def taken(house: House, *drafts: Draft, seconds: float = 0.0) -> list[Refused | None]:
    """Why each draft of a call was refused, None where it was taken."""
    return reasons(await house.store.messages.accept(drafts, later(seconds)))


def reasons(results: Sequence[Accepted | Refused]) -> list[Refused | None]:
    return [each if isinstance(each, Refused) else None for each in results]


# ---- client ids


@told
async def test_a_client_id_is_good_for_one_message_of_its_account_for_ever(house: House) -> None:
    once: dict[str, Any] = {"client_id": "7", "once": "mfms shop 7"}
    assert await taken(house, *[await draft(house, **once) for _ in range(3)]) == [None, SEEN, SEEN]
    assert await taken(house, await draft(house, **once), seconds=10**8) == [SEEN]
    assert await taken(house, await draft(house, BANK, **once)) == [None]
    assert house.balance() == 99 * ONE


@told
async def test_one_who_does_not_ask_for_it_may_use_a_client_id_again(house: House) -> None:
    assert await taken(house, *[await draft(house, client_id="7") for _ in range(2)]) == [None, None]
    assert await taken(house, await draft(house, client_id="7", once="mfms shop 7")) == [None]


@told
async def test_a_message_that_is_refused_does_not_use_up_its_client_id(house: House) -> None:
    dear = await draft(house, client_id="7", once="mfms shop 7", price=Millionths(1000 * ONE))
    assert await taken(house, dear) == [NO_CREDIT]
    assert await taken(house, await draft(house, client_id="7", once="mfms shop 7")) == [None]


# ---- duplicates


@told
async def test_the_same_message_in_the_window_is_a_duplicate_and_another_is_not(house: House) -> None:
    guard(house, duplicate_s=60)
    assert await taken(house, await draft(house)) == [None]
    others: list[dict[str, Any]] = [{"text": "2"}, {"sender": "Other"}, {"recipient": "79031234568"}]
    drafts = [
        await draft(house),
        *[await draft(house, **other) for other in others],
        await draft(house, BANK),
    ]
    assert await taken(house, *drafts, seconds=59.9) == [DUPLICATE, None, None, None, None]


@told
async def test_after_the_window_it_is_none_any_more(house: House) -> None:
    guard(house, duplicate_s=60)
    assert await taken(house, await draft(house)) == [None]
    assert await taken(house, await draft(house), seconds=60.0) == [None]
    assert await taken(house, await draft(house), seconds=60.1) == [DUPLICATE]


@told
async def test_of_the_same_messages_in_one_call_and_in_one_transaction_one_is_taken(house: House) -> None:
    guard(house, duplicate_s=60)
    calls = [[await draft(house) for _ in range(2)] for _ in range(3)]
    results = await asyncio.gather(*(house.store.messages.accept(call, later(0)) for call in calls))
    assert reasons([each for result in results for each in result]) == [None] + [DUPLICATE] * 5


@told
async def test_what_was_refused_is_no_reason_to_refuse_another(house: House) -> None:
    guard(house, duplicate_s=60)
    assert await taken(house, await draft(house, price=Millionths(1000 * ONE))) == [NO_CREDIT]
    assert await taken(house, await draft(house)) == [None]


# ---- floods


@told
async def test_more_than_so_many_in_a_row_to_one_recipient_are_a_flood_whatever_they_say(
    house: House,
) -> None:
    guard(house, flood_most=3, flood_gap_s=10)
    drafts = [await draft(house, text=str(number), sender=f"s{number}") for number in range(5)]
    assert await taken(house, *drafts) == [None, None, None, FLOOD, FLOOD]
    assert await taken(house, await draft(house, recipient="79031234568")) == [None]
    assert await taken(house, await draft(house, BANK)) == [None]


@told
async def test_a_pause_ends_the_row(house: House) -> None:
    guard(house, flood_most=2, flood_gap_s=10)
    verdicts = [await taken(house, await draft(house), seconds=at) for at in (0, 9, 18, 19.1, 28.9, 29)]
    assert verdicts == [[None], [None], [FLOOD], [None], [None], [FLOOD]]


@told
async def test_both_guards_at_once_look_at_all_that_each_needs(house: House) -> None:
    guard(house, duplicate_s=100, flood_most=2, flood_gap_s=5)
    assert await taken(house, await draft(house, text="a"), seconds=0) == [None]
    assert await taken(house, await draft(house, text="b"), seconds=50) == [None]
    assert await taken(house, await draft(house, text="c"), seconds=54) == [None]
    wanted = [await draft(house, text=text) for text in ("a", "d")]
    assert await taken(house, *wanted, seconds=58) == [DUPLICATE, FLOOD]


# ---- all of them


@told
async def test_guards_outlive_the_process(house: House) -> None:
    guard(house, duplicate_s=60, flood_most=1, flood_gap_s=60)
    assert await taken(house, await draft(house, client_id="7", once="mfms shop 7")) == [None]
    again = House.open(house.url)
    try:
        wanted = [
            await draft(again, client_id="7", once="mfms shop 7"),
            await draft(again),
            await draft(again, text="2"),
        ]
        assert await taken(again, *wanted, seconds=1) == [SEEN, DUPLICATE, FLOOD]
    finally:
        await again.store.close()


@pytest.mark.parametrize("guards", [{"duplicate_s": 60}, {"flood_most": 3, "flood_gap_s": 10}])
def test_guards_ask_an_index(house: House, guards: dict[str, int]) -> None:
    guard(house, **guards)
    one = asyncio.run(draft(house, client_id="7", once="mfms shop 7"))
    plans = plans_of(house, lambda connection: coming.weigh(connection, one, 10**18))
    assert not [step for step in plans if HOT.match(step)]
    assert [step for step in plans if "messages_recipient" in step]


@told
async def test_equal_parts_of_one_message_that_its_client_cut_are_no_duplicates(house: House) -> None:
    guard(house, duplicate_s=60)

    async def part(reference: int, number: int) -> Draft:
        header = bytes((5, 0, 3, reference, 3, number))
        return await draft(house, user_data=UserData(b"1.", Encoding.GSM7, header))

    assert await taken(house, *[await part(7, number) for number in (1, 2, 3)]) == [None, None, None]
    assert await taken(house, await part(7, 2), await part(8, 2), seconds=59) == [DUPLICATE, DUPLICATE]
    assert await taken(house, await draft(house), seconds=59) == [None]
