"""Our webhook: a POST of JSON with a batch of events, statuses and messages from phones, signed.

The schema is in docs/hearing.md and only ever grows: fields are added, none is removed or means something else. The
signature is over the timestamp, a full stop and the body, so that an old request cannot be sent again as a new one.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final, assert_never

import msgspec

from gonets.model.account import Account
from gonets.model.message import Channel, Status
from gonets.model.money import format_amount
from gonets.model.reasons import PLATFORM_ERROR, undelivered_word
from gonets.model.results import Lookup
from gonets.model.times import micros, moment
from gonets.ports.edges import NoReply, Sign
from gonets.ports.stores import Mail, Notice, Said
from gonets.wire.http import Reply, Request

VERSION: Final = 1
_UNTOLD: Final = frozenset({Status.UNDELIVERED, Status.REJECTED, Status.FAILED})
"""Statuses that have a reason."""


class StatusEvent(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="status"):
    """Where a message stands."""

    id: str
    """The same each time that it is told."""
    message: int
    status: Status
    final: bool
    reason: str
    """Why it was not delivered, in a word; empty for every other status."""
    error: int
    """The network's code of that, 0: none."""
    at: datetime
    """When this status was formed."""
    accepted_at: datetime
    sender: str
    recipient: str
    channel: Channel
    parts: int
    price: str
    """Of all its parts, in the account's currency."""
    currency: str
    lookup: Lookup | None = None
    """What a look-up found."""


class InboundEvent(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="inbound"):
    """What a phone says."""

    id: str
    inbound: int
    sender: str
    """The phone."""
    recipient: str
    """The number that it was sent to."""
    text: str
    """Hexadecimal octets where it is binary."""
    binary: bool
    keyword: str
    """The word by which it was told whose it is, empty: by the number."""
    at: datetime


class Batch(msgspec.Struct, frozen=True, gc=False):
    """The body of a request."""

    version: int
    account: str
    events: list[StatusEvent | InboundEvent]


_encode: Final = msgspec.json.Encoder().encode


class WebhookPush:
    """The pushing half; `ports.edges.Pushing`."""

    most: int = 100
    at_once: int = 1

    def __init__(self, sign: Sign) -> None:
        self._sign = sign

    def carries(self, mail: Mail) -> bool:
        """Everything."""
        return True

    def ask(self, account: Account, mail: Sequence[Mail], at: datetime) -> Request | NoReply:
        """A POST of the account's URL with an event for each, in their order."""
        events = [event_of(each, account) for each in mail]
        body = _encode(Batch(VERSION, account.name, events))
        timestamp = str(micros(at) // 1_000_000)
        signed = self._sign(account, timestamp.encode() + b"." + body)
        if isinstance(signed, NoReply):
            return signed
        batch = hashlib.sha256("\n".join(each.id for each in events).encode()).hexdigest()[:32]
        return Request(
            "POST",
            account.push_url,
            content_type="application/json",
            body=body,
            headers=(
                ("Gonets-Event", batch),
                ("Gonets-Timestamp", timestamp),
                ("Gonets-Key", signed.key),
                ("Gonets-Signature", signed.signature),
            ),
        )

    def hear(self, reply: Reply) -> bool:
        """Any HTTP 2xx takes all of them, whatever its body says; anything else takes none."""
        return 200 <= reply.status < 300


def event_of(mail: Mail, account: Account) -> StatusEvent | InboundEvent:
    """What is told of one piece of mail."""
    match mail:
        case Notice():
            status = mail.state.status
            failed = mail.error or (PLATFORM_ERROR if status is Status.FAILED else 0)
            return StatusEvent(
                id=f"m{mail.message}-{status.value}-{mail.at}",
                message=mail.message,
                status=status,
                final=mail.state.final,
                reason=undelivered_word(failed) if status in _UNTOLD else "",
                error=failed if status in _UNTOLD else mail.error,
                at=moment(mail.at),
                accepted_at=moment(mail.accepted_at),
                sender=mail.sender,
                recipient=mail.recipient,
                channel=mail.channel,
                parts=mail.parts,
                price=format_amount(mail.price),
                currency=account.currency,
                lookup=mail.lookup,
            )
        case Said():
            return InboundEvent(
                id=f"i{mail.inbound}",
                inbound=mail.inbound,
                sender=mail.sender,
                recipient=mail.recipient,
                text=mail.text,
                binary=mail.binary,
                keyword=mail.keyword,
                at=moment(mail.at),
            )
        case _:
            assert_never(mail)
