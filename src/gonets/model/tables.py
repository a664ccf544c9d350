"""The platform's settings as one immutable snapshot in memory: no check on the hot path asks the store."""

import msgspec

from gonets.model.account import Account, Credential, Profile, SenderState, Tariff
from gonets.model.message import AccountId
from gonets.model.routing import ConnectorSetup, Route


class Tables(msgspec.Struct, frozen=True):
    """Everything a decision needs besides the message itself; replaced as a whole when `revision` moves on."""

    revision: int
    accounts: dict[AccountId, Account]
    credentials: dict[tuple[str, str], Credential]
    """By protocol and login."""
    profiles: dict[tuple[str, str], Profile]
    """By client and profile name."""
    senders: dict[tuple[AccountId, str], SenderState]
    """By account and the name in lower case."""
    tariffs: dict[tuple[str, str], dict[str, Tariff]]
    """By group and channel, then by prefix."""
    routes: dict[str, Route]
    """Enabled ones, by prefix."""
    connectors: dict[str, ConnectorSetup]
    """By name."""


EMPTY = Tables(0, {}, {}, {}, {}, {}, {}, {})
