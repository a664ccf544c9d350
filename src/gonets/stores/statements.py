"""One statement per batch: rows go in as one JSON array and come out as one JSON array.

A cursor that steps row by row lets go of the interpreter's lock at each row and waits to get it back; a whole batch in
one step does so once. Statements are written in SQLAlchemy Core, compiled once and then run as text.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Subquery, bindparam, func, select
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import ColumnElement

_encode = msgspec.json.Encoder().encode


class Statement:
    """A Core statement whose text is compiled at its first run and kept."""

    def __init__(self, core: Executable) -> None:
        self._core = core
        self._text: dict[str, tuple[str, list[str] | None, dict[str, Any]]] = {}

    def run(self, connection: Connection, **values: object) -> Any:
        """Execute it within the connection's transaction; returns the driver's own cursor.

        Past SQLAlchemy's result machinery, which costs more than a small batch; errors are the driver's own too.
        """
        dialect = connection.dialect
        known = self._text.get(dialect.name)
        if known is None:
            compiled = self._core.compile(dialect=dialect)  # type: ignore[attr-defined]
            known = (str(compiled), compiled.positiontup, dict(compiled.params))
            self._text[dialect.name] = known
        sql, names, defaults = known
        driver: Any = connection.connection.driver_connection
        if names is None:
            return driver.execute(sql, {**defaults, **values})
        return driver.execute(sql, [values[name] if name in values else defaults[name] for name in names])

    def rows(self, connection: Connection, **values: object) -> str | bytes:
        """The single JSON array that a `gather` statement returns."""
        found: str | bytes = self.run(connection, **values).fetchone()[0]
        return found


def given(name: str, *columns: str) -> Subquery:
    """The JSON array of arrays bound to `name`, as rows with these columns, in this order."""
    source = func.json_each(bindparam(name)).table_valued("value", name=f"{name}_json")
    return select(
        *(func.json_extract(source.c.value, f"$[{n}]").label(column) for n, column in enumerate(columns))
    ).subquery(name)


def packed(rows: Sequence[Sequence[object]]) -> str:
    """Rows for a `given`."""
    return _encode(rows).decode()


def encoded(value: object) -> str:
    """One value as JSON, for a column that holds such."""
    return _encode(value).decode()


def gathered(*columns: ColumnElement[Any]) -> ColumnElement[str]:
    """All the rows of a select as one JSON array of arrays."""
    return func.json_group_array(func.json_array(*columns))
