"""Accounts and what hangs on them."""

from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from gonets.model.message import AccountId, Channel
from gonets.model.money import Millionths


class Resend(StrEnum):
    """What becomes of a part that left and was never answered."""

    NEVER_TWICE = "never_twice"
    """It stays `uncertain` until a receipt or the deadline."""
    NEVER_LOST = "never_lost"
    """It is sent again, and may arrive twice."""


class PushKind(StrEnum):
    """In which form statuses, and what phones say, are handed over to a client's URL."""

    MFMS = "mfms"
    """MFMS HPG's: a GET with indexed parameters."""
    SMSC = "smsc"
    """SMSC.ru's HTTP handler: a form for each status."""
    WEBHOOK = "webhook"
    """Ours: signed JSON, with what phones say too."""


class Account(msgspec.Struct, frozen=True):
    """Who sends and pays."""

    id: AccountId
    name: str
    group: str
    """Names the tariffs that apply."""
    currency: str
    overdraft: Millionths
    """How far below zero the balance may go, 0 or more."""
    home_country: str
    """ISO 3166 alpha-2; completes national numbers."""
    zone: ZoneInfo
    enabled: bool = True
    any_sender: bool = False
    default_sender: str = ""
    push_url: str = ""
    """Where final statuses are pushed; empty: nowhere."""
    push_batch: int = 100
    """Statuses in one push at most, 1..100."""
    push_kind: PushKind = PushKind.MFMS
    push_fields: tuple[str, ...] = ()
    """SMSC.ru's fields that this client knows under another name, each as `name=other`."""
    push_secret_sealed: str = ""
    """What webhooks are signed with, sealed (`flow.vault`); empty: with the platform's own key."""
    duplicate_s: int = 0
    """The same message again within so many seconds is refused; 0: it is not."""
    flood_most: int = 0
    """More messages to one recipient than this ..."""
    flood_gap_s: int = 0
    """... with fewer seconds than this between neighbours are refused; 0: they are not."""
    rate: int = 0
    """Messages a second; 0: as many as come."""
    networks: tuple[str, ...] = ()
    """Where it may call from, as CIDR; empty: from everywhere."""
    quiet_from: int | None = None
    quiet_to: int | None = None
    """Minutes of the recipient's day, from and to, in which nothing is sent; None: it is sent at any time."""
    resend: Resend = Resend.NEVER_TWICE
    refuse_when_down: bool = False
    """Refuse with `upstream_unavailable` while no link of the route is up, instead of keeping it."""
    smpp_binds: int = 0
    """SMPP sessions at the same time; 0: as many as come."""
    smpp_window: int = 100
    """Messages of one SMPP session that may wait for their answers, and of ours to it."""
    batch_json: bool = False
    """SMS2 answers a batch in real JSON, not in the document's own notation."""


class ProofKind(StrEnum):
    """With what a client proves that a login is its own."""

    PASSWORD = "password"
    """The password as it is."""
    MD5 = "md5"
    """The hex MD5 of the password."""
    SIGNATURE = "signature"
    """The hex SHA-256 of what is asked and of a salt that both sides know."""
    TOKEN = "token"
    """A bearer token."""


class Credential(msgspec.Struct, frozen=True):
    """A way to log in; nothing in it opens anything without the key that lies outside of the store."""

    account: AccountId
    protocol: str
    login: str
    secret: str
    """Argon2id in its PHC string form, of the password or of its hex MD5 in lower case; or, sealed
    (`flow.vault`), the salt of signatures or the token."""
    kind: ProofKind = ProofKind.PASSWORD


class Profile(msgspec.Struct, frozen=True):
    """A named connector profile of an MFMS account: how its requests and answers are written."""

    account: AccountId
    client: str
    """The first path segment."""
    name: str
    """The second path segment."""
    login_field: str = "login"
    password_field: str = "password"
    dashed_dates: bool = False
    """`yyyy-MM-dd` in answers instead of `yyyy.MM.dd`."""
    zone: ZoneInfo = ZoneInfo("UTC")
    """The account's."""


class SenderState(StrEnum):
    """Of a registered sender name."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"


class Tariff(msgspec.Struct, frozen=True):
    """The price of one part to the numbers under a prefix, for a group of accounts."""

    group: str
    channel: Channel
    prefix: str
    """Leading digits of the recipient; empty: every number."""
    price: Millionths
    closed: bool = False
    refund_undelivered: bool = False
    currency: str = ""
    """Empty: the account's own. A tariff in another currency than the account's does not apply to it."""
    valid_from: int = 0
    """Unix microseconds; the latest version that has begun is in force."""
