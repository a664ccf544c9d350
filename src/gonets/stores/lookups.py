"""What look-ups found: written by whoever moves their parts, in the same transaction, and read by servers."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection, and_, delete, insert, select

from gonets.model.message import AccountId, MessageId
from gonets.model.results import Lookup
from gonets.stores.schema import lookups, messages
from gonets.stores.statements import Statement, gathered, given, packed

_FIELDS = Lookup.__struct_fields__
_kept = given("kept", "message_id", *_FIELDS)
_forget = Statement(delete(lookups).where(lookups.c.message_id.in_(select(_kept.c.message_id))))
_keep = Statement(insert(lookups).from_select(["message_id", *_FIELDS], select(*_kept.c)))

_sought = given("sought", "account_id", "id")
_read = Statement(
    select(
        gathered(messages.c.account_id, lookups.c.message_id, *(lookups.c[field] for field in _FIELDS))
    ).select_from(
        _sought.join(lookups, lookups.c.message_id == _sought.c.id).join(
            messages, and_(messages.c.id == _sought.c.id, messages.c.account_id == _sought.c.account_id)
        )
    )
)
_decode = msgspec.json.Decoder(
    list[tuple[AccountId, MessageId, str, str, str, str, str, str, str, str]]
).decode


def keep_lookups(connection: Connection, found: Mapping[MessageId, Lookup]) -> None:
    """Write what was found, in place of what was known of the same messages before."""
    if not found:
        return
    kept = packed([(message, *msgspec.structs.astuple(lookup)) for message, lookup in found.items()])
    _forget.run(connection, kept=kept)
    _keep.run(connection, kept=kept)


Reading = tuple[AccountId, Sequence[MessageId]]


def read_lookups(connection: Connection, batches: Sequence[Reading]) -> list[list[Lookup | None]]:
    """What the look-up of each message found; None where there is none, or it is not that account's."""
    sought = packed([(account, message) for account, wanted in batches for message in wanted])
    rows = _decode(_read.rows(connection, sought=sought))
    found = {(account, message): Lookup(*fields) for account, message, *fields in rows}
    return [[found.get((account, message)) for message in wanted] for account, wanted in batches]
