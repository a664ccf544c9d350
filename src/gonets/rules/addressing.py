"""Recipients as clients write them, made into E.164 digits without the plus (ITU-T E.164 §6).

Decides from the digits alone, by a table, and for the home countries that are not in it by their `plans`, made
once: no metadata is asked, for this runs once per message. Refuses letters, digits of other scripts, and whatever
is not as long as a number of its country; that a number is in use is not checked.
"""

import re
from typing import Final

from gonets.rules.plans import plan_of

_PUNCTUATION: Final = "".join(
    (
        " \t\r\n-()./",
        # Blanks
        "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
        # Marks of no width: numbers copied out of address books are wrapped in those of direction
        "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
        # Hyphens, dashes, minus
        "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d",
    )
)
_STRIPPED: Final = {**dict.fromkeys(map(ord, _PUNCTUATION)), 0xFF0B: "+"}

_PLAIN: Final = re.compile("7[0-9]{10}|(?:380|992)[0-9]{9}")
"""What is normal as it stands in every home country: most of the traffic."""

_NORMAL: Final = re.compile("7[0-9]{10}|(?:380|992)[0-9]{9}|(?!0|7|380|992)[0-9]{8,15}")

_NATIONAL: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    "RU": (re.compile("8([1-9][0-9]{9})|(9[0-9]{9})"), "7"),
    "UA": (re.compile("(?:80|0)([1-9][0-9]{8})"), "380"),
    "TJ": (re.compile("([1-9][0-9]{8})"), "992"),
}
"""By home country: how people there write numbers for one another, and the code they leave out."""

_NATIONAL_AFTER_PLUS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    "RU": (re.compile("8(9[0-9]{9})"), "7"),
    "UA": (re.compile("(?:80|0)([1-9][0-9]{8})"), "380"),
}
"""The same where somebody put a plus before it, as far as it cannot be a number abroad: 0, 80x and 89 are no
codes of countries (`+84912345678` is Vietnam's; without the plus it is how a Russian writes `+74912345678`)."""

HOMES: Final[dict[str, str]] = {"osonsms": "TJ"}
"""By protocol, whose national form is read whatever the account's home country: OsonSMS is spoken in Tajikistan, and
its clients send nine bare digits."""


def recipient_in(protocol: str, raw: str, home_country: str) -> str | None:
    """What `normalise` says of a recipient that a client of this protocol wrote."""
    home = HOMES.get(protocol)
    if home is not None and _NATIONAL[home][0].fullmatch(raw.translate(_STRIPPED)):
        home_country = home
    return normalise(raw, home_country)


def normalise(raw: str, home_country: str) -> str | None:
    """The E.164 digits of a recipient, 8 to 15 with no leading zero; None where it is no phone number.

    Blanks, hyphens, dashes, parentheses, dots, slashes and pluses are stripped. A leading plus or `00` says
    that the number is international; otherwise the national forms of the home country (ISO 3166 alpha-2) are
    completed first: UA `0675126767` and `80501111111`, RU `89119876543` and mobile numbers of ten digits, TJ
    nine digits. Numbers of Russia and Kazakhstan have 11 digits, those of Ukraine and Tajikistan 12.
    """
    if _PLAIN.fullmatch(raw):
        return raw
    bare = raw.translate(_STRIPPED)
    digits = bare.replace("+", "")
    if digits.startswith("00"):
        digits = digits[2:]
    else:
        forms = _NATIONAL_AFTER_PLUS if bare.startswith("+") else _NATIONAL
        national = forms.get(home_country)
        if national is not None and (match := national[0].fullmatch(digits)):
            digits = national[1] + match[match.lastindex or 0]
        elif home_country not in _NATIONAL:
            digits = _completed(digits, home_country, bare.startswith("+"))
    return digits if _NORMAL.fullmatch(digits) else None


def _completed(digits: str, home_country: str, after_plus: bool) -> str:
    """A national number with its country code, by the country's plan; any other digits as they are.

    What may be a number of the country with its code is one. A number without the prefix is completed where people
    write it so, and where it would be refused otherwise. After a plus only a prefix that no country code begins
    with can be meant.
    """
    plan = plan_of(home_country)
    if plan is None or plan.international.fullmatch(digits):
        return digits
    if (not after_plus or digits.startswith("0")) and (match := plan.prefixed.fullmatch(digits)):
        return plan.code + match[1]
    if not after_plus and plan.bare.fullmatch(digits) and (plan.writes_bare or not _NORMAL.fullmatch(digits)):
        return plan.code + digits
    return digits
