"""Of which country a number is, as far as its first digits tell: for sums, not for decisions."""

from typing import Final

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

HEAD: Final = 4
"""First characters of a recipient that are looked at."""
_OTHERS: Final = {"76": "KZ", "77": "KZ"}
"""Countries that share the code of a larger one, by more digits of it."""
_NOWHERE: Final = "001"
"""The region of codes that are no country's."""


def country_of(head: str) -> str:
    """`RU +7` of the first characters of an E.164 number; `e-mail` of an address.

    Who shares a country code with a larger country counts there, Kazakhstan apart.
    """
    if not head.isdecimal():
        return "e-mail"
    other = _OTHERS.get(head[:2])
    if other is not None:
        return f"{other} +{head[:1]}"
    for end in (1, 2, 3):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(head[:end]))
        if regions:
            return f"+{head[:end]}" if regions[0] == _NOWHERE else f"{regions[0]} +{head[:end]}"
    return f"+{head[:3]}"
