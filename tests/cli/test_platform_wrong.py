"""Wrong platform files: each kind of mistake is one error that names the file, the line and the key."""

from pathlib import Path

import pytest

from gonets.cli.platform.document import PlatformRefused, document_of
from gonets.cli.platform.reading import declared
from gonets.flow.vault import Vault
from gonets.model.message import RouteId
from gonets.model.platform import Platform
from gonets.model.routing import ConnectorSetup, Route
from gonets.rules.declaring import by_key

FILE = Path("platform.toml")
THERE = Platform(
    connectors=by_key([ConnectorSetup("sim", "simulator")]),
    routes=by_key([Route(RouteId(0), "everything", "", ("sim",))]),
)
"""What the store has: every number is served by the route `everything`."""

WRONG: dict[str, tuple[str, int, str, str]] = {
    "an unknown table": ("[account.shop]", 1, "account", "did you mean accounts?"),
    "an unknown key": ("[accounts.shop]\noverdarft = '1'", 2, "accounts.shop.overdarft", "mean overdraft?"),
    "no TOML": ("[accounts.shop]\nrate = ", 2, "rate", "invalid value"),
    "an open text": ("a = 1\nb = 'x", 2, "b", "expected"),
    "an account twice": ("[accounts.a]\nrate = 1\n[accounts.a]", 3, "[accounts.a]", "twice"),
    "a key twice": ("[accounts.a]\nrate = 1\nnetworks = []\nrate = [\n1]", 4, "rate", "overwrite"),
    "an account as a number": ("accounts = { a = 1 }", 1, "accounts.a", "write a table"),
    "accounts as a number": ("accounts = 1", 1, "accounts", "write a table"),
    "a name with a slash": ('[accounts."a/b"]', 1, 'accounts."a/b"', "no slash"),
    "a text for a flag": ("[accounts.a]\nenabled = 'yes'", 2, "accounts.a.enabled", "true or false"),
    "a flag for a number": ("[accounts.a]\nrate = true", 2, "accounts.a.rate", "a whole number"),
    "a fraction": ("[accounts.a]\nrate = 1.5", 2, "accounts.a.rate", "a whole number"),
    "below zero": ("[accounts.a]\nrate = -1", 2, "accounts.a.rate", "0 to 1000000"),
    "over a bound": ("[accounts.a]\npush_batch = 101", 2, "accounts.a.push_batch", "1 to 100"),
    "a float as money": ("[accounts.a]\noverdraft = 1.5", 2, "accounts.a.overdraft", "as a text"),
    "no amount": ("[accounts.a]\noverdraft = '1,5'", 2, "accounts.a.overdraft", "12.50"),
    "an amount below zero": ("[accounts.a]\noverdraft = '-1'", 2, "accounts.a.overdraft", "below zero"),
    "no currency": ("[accounts.a]\ncurrency = 'rub'", 2, "accounts.a.currency", "three capital"),
    "no country": ("[accounts.a]\nhome_country = 'Russia'", 2, "accounts.a.home_country", "two capital"),
    "no zone": ("[accounts.a]\nzone = 'Moscow'", 2, "accounts.a.zone", "time zone"),
    "no URL": ("[accounts.a]\npush_url = 'bank'", 2, "accounts.a.push_url", "http://"),
    "no policy": ("[accounts.a]\nresend = 'often'", 2, "accounts.a.resend", "never_twice, never_lost"),
    "no network": ("[accounts.a]\nnetworks = [\n'::/0',\n'x']", 4, "accounts.a.networks[1]", "network"),
    "no hour": ("[accounts.a]\nquiet_from = '25:00'", 2, "accounts.a.quiet_from", "22:00"),
    "half an hour": (
        "[accounts.a]\nquiet_from = '8:00'\nquiet_to = '08:00'",
        2,
        "accounts.a.quiet_from",
        "22:00",
    ),
    "no quiet hours": (
        "[accounts.a]\nquiet_from = '08:00'\nquiet_to = '08:00'",
        3,
        "accounts.a.quiet_to",
        "the same",
    ),
    "half of quiet hours": ("[accounts.a]\nquiet_to = '08:00'", 2, "accounts.a.quiet_to", "both"),
    "no state": ("[accounts.a.senders]\nMe = 'ok'", 2, "accounts.a.senders.Me", "approved"),
    "no sender": ("[accounts.a.senders]\n'Мы' = 'approved'", 2, 'accounts.a.senders."Мы"', "Latin"),
    "a sender twice": (
        "[accounts.a.senders]\nMe = 'approved'\nME = 'refused'",
        3,
        "accounts.a.senders.ME",
        "line 2",
    ),
    "a word twice": ("[everyone]\nstop_words = ['a',\n'a']", 3, "everyone.stop_words[1]", "twice"),
    "no word": ("[everyone]\nstop_words = [' ']", 2, "everyone.stop_words[0]", "no letter"),
    "a number for a word": ("[everyone]\nstop_words = [1]", 2, "everyone.stop_words[0]", "write a text"),
    "no pattern": ("[everyone]\nstop_patterns = [\n'a', '(']", 3, "everyone.stop_patterns[1]", "read"),
    "no stop list": ("[everyone]\nstop_list_file = 'no'", 2, "everyone.stop_list_file", "No such file"),
    "an unknown protocol": (
        "[[accounts.a.logins]]\nprotocol = 'fax'",
        2,
        "accounts.a.logins[0].protocol",
        "mfms",
    ),
    "no login": ("[[accounts.a.logins]]\nprotocol = 'mfms'", 1, "accounts.a.logins[0]", "its login"),
    "no secret": (
        "[[accounts.a.logins]]\nprotocol='mfms'\nlogin='a'",
        1,
        "accounts.a.logins[0]",
        "needs a secret",
    ),
    "no hash": (
        "[[accounts.a.logins]]\nprotocol='mfms'\nlogin='a'\npassword_hash='x'",
        4,
        "accounts.a.logins[0].password_hash",
        "Argon2id",
    ),
    "another protocol's secret": (
        "[[accounts.a.logins]]\nprotocol='mfms'\nlogin='a'\ntoken='x'",
        4,
        "accounts.a.logins[0].token",
        "it has password, password_hash",
    ),
    "two secrets of a kind": (
        "[[accounts.a.logins]]\nprotocol='osonsms'\nlogin='a'\ntoken_sealed='eA=='\ntoken='x'",
        5,
        "accounts.a.logins[0].token",
        "another secret",
    ),
    "a login of two accounts": (
        (
            "[[accounts.a.logins]]\nprotocol='mfms'\nlogin='x'\npassword='x'\n"
            "[[accounts.b.logins]]\nprotocol='mfms'\nlogin='x'\npassword='x'"
        ),
        7,
        "accounts.b.logins[0].login",
        "line 1",
    ),
    "logins as a table": ("[accounts.a]\nlogins = {}", 2, "accounts.a.logins", "write an array"),
    "a profile without a name": ("[[accounts.a.profiles]]", 1, "accounts.a.profiles[0]", "its name"),
    "a profile that is no URL": (
        "[accounts.a]\nprofiles=[{name='a b'}]",
        2,
        "accounts.a.profiles[0].name",
        "letters",
    ),
    "a profile with one field": (
        "[accounts.a]\nprofiles=[{name='b', login_field='password'}]",
        2,
        "accounts.a.profiles[0]",
        "different names",
    ),
    "a profile twice": (
        "[accounts.a]\nprofiles=[{name='b'}]\n[accounts.c]\nprofiles=[{client='a',name='b'}]",
        4,
        "accounts.c.profiles[0]",
        "line 2",
    ),
    "an unknown channel": ("[tariffs.a]\nfax = []", 2, "tariffs.a.fax", "sms"),
    "a tariff without a price": ("[tariffs.a]\nsms = [{}]", 2, "tariffs.a.sms[0]", "price"),
    "a tariff twice": (
        "[tariffs.a]\nsms = [{price='1'},\n{price='2'}]",
        3,
        "tariffs.a.sms[1]",
        "at line 2",
    ),
    "no prefix": ("[tariffs.a]\nsms = [{price='1', prefix='+7'}]", 2, "tariffs.a.sms[0].prefix", "7903"),
    "a moment without an offset": (
        "[tariffs.a]\nsms = [{price='1', valid_from=2026-01-01T00:00:00}]",
        2,
        "tariffs.a.sms[0].valid_from",
        "no offset",
    ),
    "a day for a moment": (
        "[tariffs.a]\nsms = [{price='1', valid_from=2026-01-01}]",
        2,
        "tariffs.a.sms[0].valid_from",
        "such as 2026",
    ),
    "an unknown kind": ("[connectors.a]\nkind = 'pigeon'", 2, "connectors.a.kind", "simulator"),
    "a wrong setting": (
        "[connectors.a.settings]\nwindow = 'x'",
        2,
        "connectors.a.settings.window",
        "Expected `int`",
    ),
    "a table as a setting": ("[connectors.a.settings.x]", 1, "connectors.a.settings.x", "a single value"),
    "an unknown connector": (
        "[routes.a]\nconnectors = ['sim',\n'x']",
        3,
        "routes.a.connectors[1]",
        "there is no connector 'x'",
    ),
    "as many weights as connectors": (
        "[routes.a]\nconnectors = ['sim']\nprefix = '8'\nweights = [1, 2]",
        4,
        "routes.a.weights",
        "1 connectors and 2 weights",
    ),
    "a weight of nothing": (
        "[routes.a]\nconnectors = ['sim']\nprefix = '8'\nweights = [0]",
        4,
        "routes.a.weights[0]",
        "out of bounds",
    ),
    "a strategy of chance": (
        "[routes.a]\nconnectors = ['sim']\nprefix = '8'\nstrategy = 'chance'",
        4,
        "routes.a.strategy",
        "none of priority, weight",
    ),
    "a route of nobody": (
        "[routes.a]\nconnectors = ['sim']\nonly = { account = 'ghost' }",
        3,
        "routes.a.only.account",
        "there is no account 'ghost'",
    ),
    "a route with no hours": (
        "[routes.a]\nconnectors = ['sim']\nonly = { hours = '9-18' }",
        3,
        "routes.a.only.hours",
        "09:00-18:00",
    ),
    "a route with a pattern that is none": (
        "[routes.a]\nconnectors = ['sim']\nonly = { text = '(' }",
        3,
        "routes.a.only.text",
        "cannot be read",
    ),
    "a route with an unknown condition": (
        "[routes.a]\nconnectors = ['sim']\nonly = { acount = 'shop' }",
        3,
        "routes.a.only.acount",
        "did you mean account?",
    ),
    "a route with a zone of nothing": (
        "[routes.a]\nconnectors = ['sim']\nonly = { zone = 'Europe/Moscow' }",
        3,
        "routes.a.only.zone",
        "hours or days",
    ),
    "two routes that ask the same": (
        (
            "[routes.b]\nconnectors = ['sim']\nonly = { sender = 'shop' }\n"
            "[routes.a]\nconnectors = ['sim']\nonly = { sender = 'Shop' }\nprefix = ''"
        ),
        7,
        "routes.a.prefix",
        "under the same conditions",
    ),
    "a route to nowhere": ("[routes.a]\nprefix = '8'", 1, "routes.a.connectors", "needs a connector"),
    "a prefix that is served": (
        "[routes.a]\nconnectors = ['sim']\nprefix = ''",
        3,
        "routes.a.prefix",
        "'everything' already",
    ),
    "a prefix twice": (
        "[routes.b]\nconnectors = ['sim']\nprefix = '8'\n[routes.a]\nconnectors = ['sim']\nprefix = '8'",
        6,
        "routes.a.prefix",
        "'b' already",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_line_and_key(case: str) -> None:
    text, line, key, why = WRONG[case]
    with pytest.raises(PlatformRefused) as refused:
        declared(document_of(FILE, text), THERE, lambda: Vault(bytes(32)))
    assert str(refused.value).startswith(f"platform.toml, line {line}: {key}: ")
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)
