"""Gives rows of a table the values of others, in PostgreSQL's SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...columns import ColumnType

if TYPE_CHECKING:
    from .session import PostgreSQLSession

# Of these, two values are equal only where they are the same in every bit. Numbers of
# any scale, intervals, JSON and floats have equals that are spelled in another way.
EXACT = {
    *("int2", "int4", "int8", "bool", "oid", "uuid", "bytea"),
    *("date", "time", "timestamp", "timestamptz"),
}


def differs(one: str, other: str, column_type: ColumnType) -> str:
    """Return the condition that two values are not the very same."""
    if column_type.name in EXACT:
        return f"{one} IS DISTINCT FROM {other}"
    return f'{one}::text COLLATE "C" IS DISTINCT FROM {other}::text COLLATE "C"'


def updating_sql(
    session: PostgreSQLSession,
    table: str,
    rows: str,
    key: Sequence[str],
    written: Sequence[str],
) -> str:
    """Return the statement of the contract."""
    quote = session.quote
    values = ", ".join(f"{quote(name)} = s.{quote(name)}" for name in written)
    same = " AND ".join(f"d.{quote(name)} = s.{quote(name)}" for name in key)
    return (
        f"UPDATE {session.rows_of(table)} d SET {values} "  # noqa: S608
        f"FROM {session.quote_table(rows)} s WHERE {same}"
    )
