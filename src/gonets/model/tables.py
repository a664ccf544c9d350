"""The platform's settings as one immutable snapshot in memory: no check on the hot path asks the store."""

from array import array
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol

import msgspec

from gonets.model.account import Account, Credential, Profile, ProofKind, SenderState, Tariff
from gonets.model.costs import Costs
from gonets.model.message import AccountId
from gonets.model.routing import Candidate, ConnectorSetup, Route

Network = IPv4Network | IPv6Network


class TextMatcher(Protocol):
    """Stop words and patterns, compiled."""

    def find(self, text: str) -> str | None:
        """The first that the text holds, None: none."""


class Tables(msgspec.Struct, frozen=True):
    """Everything a decision needs besides the message itself; replaced as a whole when `revision` moves on."""

    revision: int
    accounts: dict[AccountId, Account]
    credentials: dict[tuple[str, str, ProofKind], Credential]
    """By protocol, login and kind of proof."""
    profiles: dict[tuple[str, str], Profile]
    """By client and profile name."""
    senders: dict[tuple[AccountId, str], SenderState]
    """By account and the name in lower case."""
    tariffs: dict[tuple[str, str], dict[str, Tariff]]
    """Those in force, by group and channel, then by prefix."""
    routes: Mapping[str, tuple[Candidate, ...]]
    """Enabled ones, by prefix, in the order in which they are looked at (`rules.routing`)."""
    connectors: dict[str, ConnectorSetup]
    """By name."""
    stop_lists: Mapping[int, "array[int]"] = {}
    """Numbers that get nothing, sorted; by account, 0: whoever sends."""
    stop_words: Mapping[int, TextMatcher] = {}
    """By account, 0: whoever sends."""
    networks: Mapping[AccountId, tuple[Network, ...]] = {}
    """Of the accounts that may not call from everywhere."""
    stop_revision: int = 0
    """Of stop lists and stop words alone; 0: none were loaded."""
    costs: Mapping[str, Costs] = {}
    """What parts cost us, by connector."""
    stale_at: int | None = None
    """When the next version of a tariff begins, Unix microseconds; the snapshot holds until then."""

    def each_route(self) -> Iterator[Route]:
        """Every enabled route."""
        return (each.route for candidates in self.routes.values() for each in candidates)


EMPTY = Tables(0, {}, {}, {}, {}, {}, {}, {})
