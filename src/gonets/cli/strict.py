"""Every rule there is, for `gonets bench --rules`: what they cost is measured where none of them refuses anything.

A long stop list, many stop words, a duplicate window, a flood guard, a rate, networks and registered senders, all
drawn from a fixed seed so that every run has the same ones. None of them fits the load that is sent.
"""

import random
from collections.abc import Iterator
from typing import Final

import msgspec
from sqlalchemy import Connection

from gonets.model.account import Account, SenderState
from gonets.model.message import AccountId
from gonets.stores import settings, stops

STOPPED: Final = 1_000_000
"""Numbers on the stop list of all accounts."""
WORDS: Final = 10_000
"""Stop words of all accounts."""

_EVERYONE: Final = AccountId(0)
_CHUNK: Final = 50_000
_SENDER: Final = "Gonets"
_FIRST, _LAST = 79_300_000_000, 79_999_999_999
"""Between which the stopped numbers lie; the load goes to others."""
_SYLLABLES: Final = (
    *(
        "ба",
        "ве",
        "го",
        "ду",
        "жи",
        "зо",
        "ки",
        "ла",
        "мю",
        "не",
        "пы",
        "ро",
        "ся",
        "ту",
        "фэ",
        "хо",
        "ця",
        "шу",
    ),
    *(
        "ba",
        "ve",
        "go",
        "du",
        "zi",
        "zo",
        "ki",
        "la",
        "my",
        "ne",
        "py",
        "ro",
        "sa",
        "tu",
        "fe",
        "ho",
        "ca",
        "xu",
    ),
)


def strict(account: Account) -> Account:
    """That account with every guard that an account can have, none of them in its way."""
    return msgspec.structs.replace(
        account,
        any_sender=False,
        duplicate_s=60,
        flood_most=10,
        flood_gap_s=5,
        rate=1_000_000,
        networks=("127.0.0.0/8",),
    )


def lay_down(connection: Connection, owner: AccountId) -> None:
    """The registered sender, the stop list and the stop words."""
    settings.put_sender(connection, owner, _SENDER, SenderState.APPROVED)
    numbers = sorted(random.Random(1).sample(range(_FIRST, _LAST), STOPPED))
    for start in range(0, STOPPED, _CHUNK):
        stops.add(connection, _EVERYONE, numbers[start : start + _CHUNK])
    stops.put_words(connection, _EVERYONE, "word", _words())


def _words() -> Iterator[str]:
    """Words of four to six syllables, each of one alphabet, none twice."""
    chance = random.Random(2)
    half = len(_SYLLABLES) // 2
    known: set[str] = set()
    while len(known) < WORDS:
        alphabet = _SYLLABLES[:half] if chance.random() < 0.5 else _SYLLABLES[half:]
        word = "".join(chance.choices(alphabet, k=chance.randint(4, 6)))
        if word not in known:
            known.add(word)
            yield word
