"""Gives rows of a table the values of others, in MySQL's SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...columns import ColumnType

if TYPE_CHECKING:
    from .session import MySQLSession

FLOATS = {"float", "double"}


def differs(one: str, other: str, column_type: ColumnType) -> str:
    """Return the condition that two values are not the very same."""
    if column_type.collation:
        # Letters of another case, and spaces at the end, are equal by a collation.
        return f"NOT (CAST({one} AS BINARY) <=> CAST({other} AS BINARY))"
    if column_type.name == "json":
        # 1 and 1.0 are equal documents.
        return f"NOT (CAST({one} AS CHAR) <=> CAST({other} AS CHAR))"
    if column_type.name in FLOATS:
        # Zero has a sign, which no comparison of numbers sees.
        signs = f"CAST({one} AS CHAR) <=> CAST({other} AS CHAR)"
        return f"NOT ({one} <=> {other} AND {signs})"
    return f"NOT ({one} <=> {other})"


def updating_sql(
    session: MySQLSession,
    table: str,
    rows: str,
    key: Sequence[str],
    written: Sequence[str],
) -> str:
    """Return the statement of the contract; the few rows are read first."""
    quote = session.quote
    values = ", ".join(f"d.{quote(name)} = s.{quote(name)}" for name in written)
    same = " AND ".join(f"d.{quote(name)} = s.{quote(name)}" for name in key)
    return (
        f"UPDATE {session.quote_table(rows)} s "  # noqa: S608
        f"STRAIGHT_JOIN {session.quote_table(table)} d ON {same} SET {values}"
    )
