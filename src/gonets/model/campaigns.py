"""Phone bases and campaigns: one text to every number of some bases, once to each."""

from datetime import datetime
from enum import StrEnum

import msgspec

from gonets.model.message import AccountId, BaseId, CampaignId


class Base(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A named set of phone numbers of one account."""

    id: BaseId
    name: str
    phones: int
    """How many numbers are in it."""
    protected: bool
    """It may be sent to, and by a client neither read nor changed."""


class CampaignState(StrEnum):
    """What becomes of a campaign's numbers, and of its messages that wait in lanes."""

    RUNNING = "running"
    """Expands once its time has come."""
    PAUSED = "paused"
    """Does not expand, and what of it waits does not leave."""
    FINISHED = "finished"
    """Every number is expanded; its messages may still be on their way."""
    CANCELLED = "cancelled"
    """Does not expand any more, and what had not left is cancelled and refunded."""


class Campaign(msgspec.Struct, frozen=True, gc=False):
    """A campaign as it stands."""

    id: CampaignId
    account: AccountId
    protocol: str
    login: str
    sender: str
    text: str
    bases: tuple[BaseId, ...]
    state: CampaignState
    start_at: datetime
    created_at: datetime
    ended_at: datetime | None
    """When the last number was expanded, or it was cancelled before."""
    cursor: int
    """Numbers up to this one are expanded, those after it are not."""
    accepted: int
    refused: int
    reason: str
    """Why it was paused, where nobody asked for it (a `Reason`); else empty."""
    unswept: int | None
    """Its messages below this id have not followed its last change of state yet; None: all have."""
