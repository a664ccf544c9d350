"""Recipients as clients write them, made into E.164 digits without the plus (ITU-T E.164 §6).

Decides from the digits alone, by a table: no numbering plan is asked, for this runs once per message. Refuses
letters, digits of other scripts, and whatever is not as long as a number of its country; that a number is in
use is not checked.
"""

import re
from typing import Final

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
    return digits if _NORMAL.fullmatch(digits) else None
