"""What phones say is kept as it came."""

from gonets.model.results import Inbound
from gonets.stores.inbound import newest
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import House, later, told

HELLO = Inbound("79031234567", "4242", "Привет\n€", START)
PART = Inbound("79031234567", "4343", "00ff", later(1), binary=True, reference=65535, total=3, number=2)


@told
async def test_messages_from_phones_are_kept_in_the_order_they_came(house: House) -> None:
    await house.store.messages.keep("alpha", [HELLO, PART])
    await house.store.messages.keep("beta", [HELLO])
    with transaction(house.engine) as connection:
        found = newest(connection, 10)
        assert [(each.connector, each.said) for each in found] == [
            ("alpha", HELLO),
            ("alpha", PART),
            ("beta", HELLO),
        ]
        assert [each.said for each in newest(connection, 1)] == [HELLO]
        assert [each.said for each in newest(connection, 10, recipient="4343")] == [PART]
        assert newest(connection, 10, sender="7999") == []


@told
async def test_the_same_message_may_come_twice_and_is_kept_twice(house: House) -> None:
    await house.store.messages.keep("alpha", [HELLO, HELLO])
    with transaction(house.engine) as connection:
        assert len(newest(connection, 10)) == 2
