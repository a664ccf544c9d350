"""What a part costs: the tariff of the account's group and channel under the recipient's longest prefix."""

from gonets.model.account import Account, Tariff
from gonets.model.message import Channel
from gonets.model.tables import Tables
from gonets.rules.prefixes import longest


def tariff_of(account: Account, channel: Channel, recipient: str, tables: Tables) -> Tariff | None:
    """The tariff of one part to a recipient (E.164 digits); None where the group has no price for it.

    A closed tariff is returned like any other: whoever asks has to look at `closed`. A closed prefix inside
    an open one closes that prefix, and the other way round.
    """
    tariffs = tables.tariffs.get((account.group, channel))
    return None if tariffs is None else longest(tariffs, recipient)
