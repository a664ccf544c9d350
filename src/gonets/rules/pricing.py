"""What a part costs: the tariff of the account's group and channel under the recipient's longest prefix."""

from gonets.model.account import Account, Tariff
from gonets.model.message import Channel
from gonets.model.tables import Tables
from gonets.rules.prefixes import longest


def tariff_of(account: Account, channel: Channel, recipient: str, tables: Tables) -> Tariff | None:
    """The tariff of one part to a recipient (E.164 digits); None where the group has no price for it.

    A closed tariff is returned like any other: whoever asks has to look at `closed`. A closed prefix inside
    an open one closes that prefix, and the other way round. A tariff in another currency than the account's is
    none for it: a shorter prefix counts.
    """
    tariffs = tables.tariffs.get((account.group, channel))
    if tariffs is None:
        return None
    found = longest(tariffs, recipient)
    while found is not None and found.currency and found.currency != account.currency:
        found = longest(tariffs, found.prefix[:-1]) if found.prefix else None
    return found
