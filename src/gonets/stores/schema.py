"""The tables. Moments are Unix microseconds, amounts are millionths, enums are the model's own values.

Every index on a hot table is paid for by every message, so most are partial: they hold the rows that wait for
something and forget the rest.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    literal_column,
    text,
)

from gonets.model.message import State

metadata = MetaData()

WAITING = f"state = {State.QUEUED:d}"
TO_COME = f"state IN ({State.SCHEDULED:d}, {State.DEFERRED:d})"
BUSY = "state = 'running' OR unswept IS NOT NULL"
AWAY = f"state IN ({State.CLAIMED:d}, {State.SENT:d}, {State.UNCERTAIN:d}, {State.ACCEPTED:d})"
IN_PARTS = "total > 1"
UNJOINED = "waits"
UNROUTED = "account_id IS NULL"
OF_PHONES = "said_id IS NOT NULL"
"""Conditions of the partial indexes; a query must repeat them to the letter to be served by one."""

ID = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit key; SQLite gives its rowid only to INTEGER."""

counters = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""`id`: the next free message id. `revision`: moves on with every change of a setting."""

accounts = Table(
    "accounts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("tariff_group", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("overdraft", BigInteger, nullable=False),
    Column("home_country", String(2), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("any_sender", Boolean, nullable=False),
    Column("default_sender", String(32), nullable=False),
    Column("push_url", Text, nullable=False),
    Column("push_batch", SmallInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("duplicate_s", Integer, nullable=False, server_default="0"),
    Column("flood_most", Integer, nullable=False, server_default="0"),
    Column("flood_gap_s", Integer, nullable=False, server_default="0"),
    Column("rate", Integer, nullable=False, server_default="0"),
    Column("networks", Text, nullable=False, server_default="[]"),
    Column("quiet_from", SmallInteger),
    Column("quiet_to", SmallInteger),
    Column("resend", String(16), nullable=False, server_default="never_twice"),
    Column("refuse_when_down", Boolean, nullable=False, server_default=false()),
    Column("batch_json", Boolean, nullable=False, server_default=false()),
    Column("smpp_binds", Integer, nullable=False, server_default="0"),
    Column("smpp_window", Integer, nullable=False, server_default="100"),
    Column("push_kind", String(16), nullable=False, server_default="mfms"),
    Column("push_fields", Text, nullable=False, server_default="[]"),
    Column("push_secret_sealed", Text, nullable=False, server_default=""),
)
"""`networks` and `push_fields` are JSON arrays.

`balance` and `entries` (how many ledger rows) move with the ledger, in its transactions; the rest are settings."""

credentials = Table(
    "credentials",
    metadata,
    Column("id", ID, primary_key=True),
    Column("account_id", ID, nullable=False, index=True),
    Column("protocol", String(16), nullable=False),
    Column("login", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("secret", Text, nullable=False),
    UniqueConstraint("protocol", "login", "kind"),
)
"""`secret` is an Argon2id hash, or sealed under a key that is not in the store."""

profiles = Table(
    "profiles",
    metadata,
    Column("id", ID, primary_key=True),
    Column("account_id", ID, nullable=False, index=True),
    Column("client", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("login_field", String(64), nullable=False),
    Column("password_field", String(64), nullable=False),
    Column("dashed_dates", Boolean, nullable=False),
    UniqueConstraint("client", "name"),
)

senders = Table(
    "senders",
    metadata,
    Column("id", ID, primary_key=True),
    Column("account_id", ID, nullable=False),
    Column("name", String(32), nullable=False),
    Column("name_key", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    UniqueConstraint("account_id", "name_key"),
)

tariffs = Table(
    "tariffs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("tariff_group", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("prefix", String(15), nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("refund_undelivered", Boolean, nullable=False),
    Column("currency", String(3), nullable=False, server_default=""),
    Column("valid_from", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("tariff_group", "channel", "prefix", "valid_from", name="tariffs_version"),
)

connectors = Table(
    "connectors",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("settings", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
)
"""`settings` is a JSON object."""

costs = Table(
    "costs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("connector", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("prefix", String(15), nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    UniqueConstraint("connector", "channel", "prefix", name="costs_prefix"),
)
"""Of one part."""

routes = Table(
    "routes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("prefix", String(15), nullable=False),
    Column("connectors", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("strategy", String(16), nullable=False, server_default="priority"),
    Column("weights", Text, nullable=False, server_default="[]"),
    Column("conditions", Text, nullable=False, server_default="{}"),
)
"""`connectors` is a JSON array of names, the preferred first; `weights` one of whole numbers, in their order;
`conditions` an object, `model.routing.Conditions`."""

messages = Table(
    "messages",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("account_id", ID, nullable=False),
    Column("protocol", String(16), nullable=False),
    Column("profile", String(64), nullable=False),
    Column("client_id", Text),
    Column("channel", String(16), nullable=False),
    Column("sender", String(32), nullable=False),
    Column("recipient", String(254), nullable=False),
    Column("text", Text, nullable=False),
    Column("encoding", SmallInteger, nullable=False),
    Column("parts", SmallInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("refund_undelivered", Boolean, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("start_at", BigInteger),
    Column("expires_at", BigInteger),
    Column("comment", Text),
    Column("flash", Boolean, nullable=False, server_default=false()),
    Column("subject", Text),
    Column("picture", String(64)),
    Column("campaign_id", ID),
    Column("speech", Text),
    Column("hears", SmallInteger),
    Column("header", Text),
    Column("octets", Text),
    Index("messages_recipient", "recipient", "accepted_at"),
)
"""What was accepted; changes only where it is replaced before it has left (`stores.replacing`). `price` is of one part.
The parts of `id` are `id .. id + parts - 1`. `recipient` is E.164 digits or an e-mail address, `picture` its hash,
`speech` a JSON object. `hears` is NULL where the account's push target decides. `header` and `octets` are what its
client made ready in place of the text, in hexadecimal."""

Index(
    "messages_campaign",
    messages.c.campaign_id,
    messages.c.id,
    sqlite_where=text("campaign_id IS NOT NULL"),
    postgresql_where=text("campaign_id IS NOT NULL"),
)

media = Table(
    "media",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("octets", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""Pictures, each once; `hash` is the hex SHA-256 of its octets."""

parts = Table(
    "parts",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("message_id", ID, nullable=False),
    Column("number", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("status_at", BigInteger, nullable=False),
    Column("error", Integer, nullable=False),
    Column("route_id", ID, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("attempts", SmallInteger, nullable=False),
    Column("connector", String(64)),
    Column("left_at", BigInteger),
    Column("remote_id", String(64)),
    Column("refunded", Boolean, nullable=False),
    Column("segment", Text),
    Column("account_id", ID, nullable=False, server_default="0"),
    Column("cost", BigInteger),
    Column("cost_currency", String(3)),
)
"""Where each part stands. `left_at` is its last claim; `segment` is NULL where it is the whole text of the message;
`account_id` is its message's, said again for the sake of the lanes. `cost` is what it cost when its upstream took it,
NULL: unknown."""

Index(
    "parts_queued",
    parts.c.route_id,
    parts.c.priority,
    parts.c.account_id,
    parts.c.id,
    sqlite_where=text(WAITING),
    postgresql_where=text(WAITING),
)
Index(
    "parts_due",
    parts.c.due_at,
    sqlite_where=text(TO_COME),
    postgresql_where=text(TO_COME),
)
Index(
    "parts_away",
    parts.c.left_at,
    sqlite_where=text(AWAY),
    postgresql_where=text(AWAY),
)
REMOTE_KEY = func.lower(func.ltrim(parts.c.remote_id, literal_column("'0'")))
"""What a remote id is found by, as `rules.remote_ids.key_of` makes it."""

Index(
    "parts_remote",
    REMOTE_KEY,
    sqlite_where=text("remote_id IS NOT NULL"),
    postgresql_where=text("remote_id IS NOT NULL"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("account_id", ID, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("message_id", ID),
    Column("part_id", ID),
    Column("at", BigInteger, nullable=False),
    Column("note", Text),
    sqlite_with_rowid=False,
)
"""Append-only. Numbers run from 1 without a gap per account; `balance` is the balance after the row."""

seen = Table(
    "seen",
    metadata,
    Column("account_id", ID, primary_key=True, autoincrement=False),
    Column("client_id", String(255), primary_key=True),
    Column("message_id", ID, nullable=False),
    sqlite_with_rowid=False,
)
"""Client ids that are good for one message, for ever."""

bases = Table(
    "bases",
    metadata,
    Column("id", ID, primary_key=True),
    Column("account_id", ID, nullable=False),
    Column("name", String(64), nullable=False),
    Column("protected", Boolean, nullable=False),
    Column("phones", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("account_id", "name", name="bases_name"),
)
"""Phone bases; `phones` is how many rows of `base_phones` it has, and moves with them."""

base_phones = Table(
    "base_phones",
    metadata,
    Column("base_id", ID, primary_key=True, autoincrement=False),
    Column("phone", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""E.164 digits as a number."""

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", ID, primary_key=True),
    Column("account_id", ID, nullable=False, index=True),
    Column("protocol", String(16), nullable=False),
    Column("login", String(64), nullable=False),
    Column("sender", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("bases", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("start_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("cursor", BigInteger, nullable=False, server_default="0"),
    Column("accepted", BigInteger, nullable=False, server_default="0"),
    Column("refused", BigInteger, nullable=False, server_default="0"),
    Column("reason", String(32)),
    Column("unswept", BigInteger),
)
"""One text to every number of some bases (`bases`: a JSON array of ids). Numbers up to `cursor` are expanded: accepted
as messages, or refused and written down; both counts move with it. `reason`: why it was paused, where nobody asked for
it. `unswept`: its messages below this id have not followed its last change of state yet; NULL: all have."""

Index(
    "campaigns_busy",
    campaigns.c.start_at,
    sqlite_where=text(BUSY),
    postgresql_where=text(BUSY),
)

campaign_refusals = Table(
    "campaign_refusals",
    metadata,
    Column("campaign_id", ID, primary_key=True, autoincrement=False),
    Column("phone", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", String(32), nullable=False),
    sqlite_with_rowid=False,
)
"""Numbers of a campaign that got no message, and why."""

stop_list = Table(
    "stop_list",
    metadata,
    Column("account_id", ID, primary_key=True, autoincrement=False),
    Column("phone", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Numbers that get nothing; account 0: whoever sends."""

stop_words = Table(
    "stop_words",
    metadata,
    Column("id", ID, primary_key=True),
    Column("account_id", ID, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("account_id", "kind", "body", name="stop_words_once"),
)
"""`kind`: word or pattern; account 0: whoever sends."""

guards = Table(
    "guards",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("level", Float, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What rate limits and failed logins have come to, saved now and then so that a restart does not forget."""

parked = Table(
    "parked",
    metadata,
    Column("id", ID, primary_key=True),
    Column("connector", String(64), nullable=False),
    Column("remote_id", String(64), nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("error", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("heard_at", BigInteger, nullable=False),
    Column("recipient", String(21), nullable=False, server_default=""),
    Column("lookup", Text),
    Index("parked_remote", "connector", "remote_id"),
)
"""Receipts whose part has not told its remote id yet, by the key of the id they name. `lookup` is a JSON object, of
what is in `lookups` of others."""

lookups = Table(
    "lookups",
    metadata,
    Column("message_id", ID, primary_key=True, autoincrement=False),
    Column("imsi", Text, nullable=False),
    Column("msc", Text, nullable=False),
    Column("mcc", Text, nullable=False),
    Column("mnc", Text, nullable=False),
    Column("cn", Text, nullable=False),
    Column("net", Text, nullable=False),
    Column("rcn", Text, nullable=False),
    Column("rnet", Text, nullable=False),
)
"""What look-ups found, as `model.results.Lookup`; as long as an upstream writes it."""

Index(
    "parked_recipient",
    parked.c.recipient,
    sqlite_where=text("recipient <> ''"),
    postgresql_where=text("recipient <> ''"),
)

inbound = Table(
    "inbound",
    metadata,
    Column("id", ID, primary_key=True),
    Column("connector", String(64), nullable=False),
    Column("sender", String(21), nullable=False),
    Column("recipient", String(21), nullable=False),
    Column("text", Text, nullable=False),
    Column("binary", Boolean, nullable=False),
    Column("reference", Integer, nullable=False),
    Column("total", SmallInteger, nullable=False),
    Column("number", SmallInteger, nullable=False),
    Column("heard_at", BigInteger, nullable=False),
    Column("first_id", ID),
    Column("waits", Boolean, nullable=False, server_default=false()),
)
"""Messages from phones, each part as it came; `text` is hexadecimal where it is binary. `first_id` is the part of its
message that came first, NULL: this one. It `waits` until its message is in `said`."""

Index(
    "inbound_parts",
    inbound.c.sender,
    inbound.c.recipient,
    inbound.c.reference,
    inbound.c.total,
    inbound.c.heard_at,
    sqlite_where=text(IN_PARTS),
    postgresql_where=text(IN_PARTS),
)
Index(
    "inbound_waiting",
    inbound.c.heard_at,
    sqlite_where=text(UNJOINED),
    postgresql_where=text(UNJOINED),
)

said = Table(
    "said",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("connector", String(64), nullable=False),
    Column("sender", String(21), nullable=False),
    Column("recipient", String(21), nullable=False),
    Column("text", Text, nullable=False),
    Column("binary", Boolean, nullable=False),
    Column("parts", SmallInteger, nullable=False),
    Column("missing", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("account_id", ID),
    Column("keyword", String(64), nullable=False),
)
"""Whole messages from phones; `id` is that of the part in `inbound` that came first. `missing`: parts that never came.
`account_id` is NULL where nobody has its number."""

Index(
    "said_unrouted",
    said.c.id,
    sqlite_where=text(UNROUTED),
    postgresql_where=text(UNROUTED),
)

numbers = Table(
    "numbers",
    metadata,
    Column("number", String(21), primary_key=True),
    Column("keyword", String(64), primary_key=True),
    Column("account_id", ID, nullable=False),
)
"""Whose messages from phones are: by our number and the words that they begin with, both folded (`rules.hearing`)."""

consent_words = Table(
    "consent_words",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("word", String(64), primary_key=True),
)
"""Words by which phones ask for no more messages (`out`) and take that back (`in`), folded."""

mailbox = Table(
    "mailbox",
    metadata,
    Column("id", ID, primary_key=True),
    Column("account_id", ID, nullable=False),
    Column("message_id", ID, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("error", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("said_id", ID),
    Index("mailbox_account", "account_id", "id"),
)
"""Statuses, and messages from phones (where there is a `said_id`), on their way to clients; a row leaves when the
client has taken it, or when it is too old for it."""

Index(
    "mailbox_said",
    mailbox.c.account_id,
    mailbox.c.id,
    sqlite_where=text(OF_PHONES),
    postgresql_where=text(OF_PHONES),
)

push_attempts = Table(
    "push_attempts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("account_id", ID, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("host", String(255), nullable=False),
    Column("count", Integer, nullable=False),
    Column("first", ID, nullable=False),
    Column("last", ID, nullable=False),
    Column("outcome", String(64), nullable=False),
    Column("taken", Boolean, nullable=False),
    Column("millis", Integer, nullable=False),
    Index("push_attempts_account", "account_id", "id"),
)
"""Calls of clients' URLs: how much was handed over, from which message to which, and what came of it."""
