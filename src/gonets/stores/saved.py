"""Rates and failed logins as last saved: `ports.stores.SavedLimits`."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, insert, select

from gonets.ports.stores import Saved
from gonets.stores.committer import Committer
from gonets.stores.schema import guards
from gonets.stores.statements import Statement, gathered, given, packed

_rows = given("rows", "kind", "key", "level", "at")
_load = Statement(
    select(gathered(guards.c.kind, guards.c.key, guards.c.level, guards.c.at)).select_from(guards)
)
_decode = msgspec.json.Decoder(list[Saved]).decode
_forget = Statement(
    delete(guards).where(
        guards.c.key.in_(select(_rows.c.key).where(and_(_rows.c.kind == guards.c.kind)).correlate(guards))
    )
)
_forget_old = Statement(delete(guards).where(guards.c.at < bindparam("before")))
_insert = Statement(
    insert(guards).from_select(
        ["kind", "key", "level", "at"], select(_rows.c.kind, _rows.c.key, _rows.c.level, _rows.c.at)
    )
)


class SqlSavedLimits:
    """See `ports.stores.SavedLimits`."""

    def __init__(self, writer: Committer, reader: Committer) -> None:
        self._writer = writer
        self._reader = reader

    async def load(self) -> Sequence[Saved]:
        """All that is saved."""
        return await self._reader.do(_all, None)

    async def save(self, rows: Sequence[Saved], before: int) -> None:
        """Write these in place of what was saved of them; drop what is older than `before`."""
        await self._writer.do(_save, (rows, before))


def _all(connection: Connection, asked: Sequence[None]) -> list[list[Saved]]:
    found = _decode(_load.rows(connection))
    return [found] * len(asked)


def _save(connection: Connection, batches: Sequence[tuple[Sequence[Saved], int]]) -> list[None]:
    for rows, before in batches:
        saved = packed([(row.kind, row.key, row.level, row.at) for row in rows])
        _forget.run(connection, rows=saved)
        _forget_old.run(connection, before=before)
        _insert.run(connection, rows=saved)
    return [None] * len(batches)
