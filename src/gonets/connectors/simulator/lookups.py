"""What a look-up finds of a number in the simulated network.

Country and network are those that the number was given out in, as libphonenumber has it; the codes of mobile countries
and networks (ITU-T E.212) are in the tables below. SIM card and switch are made up from the number, so that who asks
again gets the same. Metadata is asked for look-ups only, and read at the first.

Who is in no network that is named here is in the first of its country. A country that is not named here goes by its
two letters (ISO 3166), with the codes that are set aside for test networks.
"""

from typing import Final, NamedTuple

import msgspec

from gonets.model.message import Status
from gonets.model.results import Lookup

ABROAD: Final = "9915"
"""Numbers that end so are found roaming."""


class Country(NamedTuple):
    """Where a number is at home."""

    name: str
    mcc: str
    networks: dict[str, str]
    """The mnc of each, by its name in libphonenumber; the first is the fallback."""


COUNTRIES: Final[dict[str, Country]] = {
    "RU": Country(
        "Russian Federation",
        "250",
        {
            "MTS": "01",
            "MegaFon": "02",
            "T2": "20",
            "Motiv": "35",
            "Sberbank-Telecom": "50",
            "Beeline": "99",
        },
    ),
    "UA": Country(
        "Ukraine",
        "255",
        {
            "Kyivstar": "03",
            "Vodafone": "01",
            "Intertelecom": "04",
            "lifecell": "06",
            "TriMob": "07",
            "PEOPLEnet": "21",
        },
    ),
    "TJ": Country(
        "Tajikistan", "436", {"Tcell": "01", "Megafon": "03", "Babilon-M": "04", "ZET-MOBILE": "05"}
    ),
    "KZ": Country("Kazakhstan", "401", {"Kcell/Activ": "02", "Beeline": "01", "T2": "77"}),
    "BY": Country("Belarus", "257", {"Velcom": "01", "MTS": "02", "Belcel": "03", "life:)": "04"}),
}
"""By region (ISO 3166 alpha-2)."""

_ELSEWHERE: Final = Lookup(mcc="001", mnc="01", net="Test PLMN 1-1")
"""A number of any other country."""

_VISITED: Final = ("Russian Federation", "MTS", "79160000000")
_VISITED_FROM_THERE: Final = ("Belarus", "Velcom", "375290000000")
"""Where a phone is found roaming: country, network, switch."""

_IMSI_DIGITS: Final = 15
_OWN_DIGITS: Final = 4
"""At the end of a number; its switch has zeros there."""


def look_up(number: str, outcome: Status) -> Lookup:
    """What is found of a number (E.164 digits) whose look-up ends so.

    Only of a phone that answers (DELIVERED) is there a SIM card and a switch; of any other, what its number tells.
    """
    home = _home(number)
    if outcome is not Status.DELIVERED:
        return home
    rest = _IMSI_DIGITS - len(home.mcc + home.mnc)
    imsi = f"{home.mcc}{home.mnc}{number[-rest:]:0>{rest}}"
    if number.endswith(ABROAD):
        rcn, rnet, msc = _VISITED if home.cn != _VISITED[0] else _VISITED_FROM_THERE
        return msgspec.structs.replace(home, imsi=imsi, msc=msc, rcn=rcn, rnet=rnet)
    return msgspec.structs.replace(home, imsi=imsi, msc=number[:-_OWN_DIGITS] + "0" * _OWN_DIGITS)


def _home(number: str) -> Lookup:
    """Country and network of a number."""
    region, carrier = _given_out(number)
    country = COUNTRIES.get(region)
    if country is None:
        return msgspec.structs.replace(_ELSEWHERE, cn=region, net=carrier or _ELSEWHERE.net)
    network = carrier if carrier in country.networks else next(iter(country.networks))
    return Lookup(mcc=country.mcc, mnc=country.networks[network], cn=country.name, net=network)


def _given_out(number: str) -> tuple[str, str]:
    """Region and name of the network that a number was given out in; each empty where that is not known."""
    import phonenumbers  # noqa: PLC0415 - a quarter of a second that only those pay who look numbers up
    from phonenumbers import carrier  # noqa: PLC0415

    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return "", ""
    region = phonenumbers.region_code_for_number(parsed)
    if region is None and parsed.country_code is not None:
        region = phonenumbers.region_code_for_country_code(parsed.country_code)
    return region or "", carrier.name_for_number(parsed, "en")
