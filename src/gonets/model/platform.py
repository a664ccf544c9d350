"""What people declare about the platform, as one value: to be read, written to a file, compared, applied.

Things are known by the names that people gave them; the ids `Account`, `Route` and the like carry are the store's
own, and 0 here. Balances, messages and whatever else comes about by itself are no part of it.
"""

from array import array
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

import msgspec

from gonets.model.account import Account, ProofKind, SenderState, Tariff
from gonets.model.costs import Cost
from gonets.model.routing import ConnectorSetup, Route

EVERYONE = ""
"""In place of an account's name: whoever sends."""


class WordKind(StrEnum):
    """How a text is looked through."""

    WORD = "word"
    PATTERN = "pattern"


class PlatformLogin(msgspec.Struct, frozen=True):
    """One kind of proof of a login."""

    account: str
    protocol: str
    login: str
    kind: ProofKind
    secret: str
    """As it is stored: hashed or sealed."""


class PlatformProfile(msgspec.Struct, frozen=True):
    """An MFMS profile."""

    account: str
    client: str
    name: str
    login_field: str = "login"
    password_field: str = "password"
    dashed_dates: bool = False


class PlatformSender(msgspec.Struct, frozen=True):
    """A registered sender name; the same in any case."""

    account: str
    name: str
    state: SenderState


class PlatformWord(msgspec.Struct, frozen=True):
    """A stop word or pattern, of an account or of everyone."""

    account: str
    kind: WordKind
    body: str


class PlatformStops(msgspec.Struct, frozen=True):
    """A stop list, of an account or of everyone."""

    account: str
    phones: "array[int]"
    """E.164 digits as numbers, ascending, none twice, type code `Q`."""


class PlatformNumber(msgspec.Struct, frozen=True):
    """A number of ours whose messages from phones an account gets, those that begin with a keyword or all others."""

    account: str
    number: str
    """Folded, as `rules.hearing.number_key` does."""
    keyword: str = ""
    """Folded; empty: what begins with no other keyword of the number."""


class PlatformConsent(msgspec.Struct, frozen=True):
    """A word by which a phone asks for no more messages (`out`), or takes that back (`in`)."""

    kind: str
    word: str
    """Folded, as `rules.hearing.consent_key` does."""


Item: TypeAlias = (
    Account
    | PlatformLogin
    | PlatformProfile
    | PlatformSender
    | PlatformWord
    | PlatformStops
    | PlatformNumber
    | PlatformConsent
    | Tariff
    | ConnectorSetup
    | Cost
    | Route
)

Key: TypeAlias = tuple[str, ...]
"""What makes an item the same one, beside its type."""


class Platform(msgspec.Struct, frozen=True):
    """All that is declared, each sort by its key (see `key_of`) and in the order of the keys."""

    accounts: Mapping[Key, Account] = {}
    logins: Mapping[Key, PlatformLogin] = {}
    profiles: Mapping[Key, PlatformProfile] = {}
    senders: Mapping[Key, PlatformSender] = {}
    words: Mapping[Key, PlatformWord] = {}
    stop_lists: Mapping[Key, PlatformStops] = {}
    """Only those that somebody asked for: they may be long."""
    numbers: Mapping[Key, PlatformNumber] = {}
    consent: Mapping[Key, PlatformConsent] = {}
    tariffs: Mapping[Key, Tariff] = {}
    connectors: Mapping[Key, ConnectorSetup] = {}
    costs: Mapping[Key, Cost] = {}
    routes: Mapping[Key, Route] = {}


class Change(msgspec.Struct, frozen=True):
    """One item that is added (nothing before), removed (nothing after) or changed."""

    before: Item | None
    after: Item | None

    @property
    def item(self) -> Item:
        """As it will be, or was."""
        item = self.before if self.after is None else self.after
        assert item is not None, "a change has two sides, and one of them is something"
        return item


def key_of(item: Item) -> Key:
    """What makes it the same item, whatever else is said of it; as the store's own constraints have it."""
    match item:
        case Account() | ConnectorSetup() | Route():
            return (item.name,)
        case PlatformLogin():
            return (item.protocol, item.login, item.kind.value)
        case PlatformProfile():
            return (item.client, item.name)
        case PlatformSender():
            return (item.account, item.name.lower())
        case PlatformWord():
            return (item.account, item.kind.value, item.body)
        case PlatformStops():
            return (item.account,)
        case PlatformNumber():
            return (item.number, item.keyword)
        case PlatformConsent():
            return (item.kind, item.word)
        case Cost():
            return (item.connector, item.channel.value, item.prefix)
        case Tariff():
            return (item.group, item.channel.value, item.prefix, f"{item.valid_from:020d}")
