"""What a part costs."""

import msgspec
import pytest

from gonets.model.account import Account
from gonets.model.message import Channel
from gonets.rules.pricing import tariff_of
from tests.rules.places import BANK, TABLES, tariff


@pytest.mark.parametrize(
    ("recipient", "prefix"),
    [
        ("79031111111", "7"),
        ("79541111111", "7954"),
        ("79549999111", "79549999"),
        ("380675126767", "380"),
        ("38167512676", None),
        ("992937380000", None),
    ],
)
def test_the_longest_prefix_makes_the_price(recipient: str, prefix: str | None) -> None:
    tariff = tariff_of(BANK, Channel.SMS, recipient, TABLES)
    assert (tariff and tariff.prefix) == prefix


def test_a_closed_prefix_is_returned_as_closed() -> None:
    closed = tariff_of(BANK, Channel.SMS, "79541111111", TABLES)
    reopened = tariff_of(BANK, Channel.SMS, "79549999111", TABLES)
    assert closed is not None
    assert closed.closed
    assert reopened is not None
    assert not reopened.closed


def test_the_empty_prefix_is_every_number_s() -> None:
    wholesale = msgspec.structs.replace(BANK, group="wholesale")
    tariff = tariff_of(wholesale, Channel.SMS, "992937380000", TABLES)
    assert tariff is not None
    assert tariff.price == 1_000_000


def test_a_group_without_tariffs_has_no_price() -> None:
    stranger = msgspec.structs.replace(BANK, group="nobody")
    assert tariff_of(stranger, Channel.SMS, "79031111111", TABLES) is None


def test_a_price_in_another_currency_is_none_for_the_account() -> None:
    dollars = [tariff("7", 1), tariff("7903", 2), tariff("79031", 3)]
    tables = msgspec.structs.replace(
        TABLES,
        tariffs={
            ("retail", "sms"): {
                each.prefix: msgspec.structs.replace(each, currency=currency)
                for each, currency in zip(dollars, ("", "USD", "RUB"), strict=True)
            }
        },
    )

    def price(account: Account, recipient: str) -> int | None:
        found = tariff_of(account, Channel.SMS, recipient, tables)
        return None if found is None else found.price

    american = msgspec.structs.replace(BANK, currency="USD")
    assert [price(BANK, number) for number in ("79031111111", "79039999999", "79161111111")] == [3, 1, 1]
    assert [price(american, number) for number in ("79031111111", "79039999999", "79161111111")] == [2, 2, 1]


def test_where_every_price_is_in_another_currency_there_is_none() -> None:
    only = msgspec.structs.replace(tariff("", 1), currency="USD", closed=True)
    tables = msgspec.structs.replace(TABLES, tariffs={("retail", "sms"): {"": only}})
    assert tariff_of(BANK, Channel.SMS, "79031111111", tables) is None
