"""A table of the source as a plan sees it: its columns under the plan's names.

A subquery, which every engine merges into the statement around it: ranges of the
key are read along its index as ever.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..plan import SourceColumn, TablePlan
from .base import Session

# What such a table is called in a statement.
NAME = "migration_console_source"


def rows_read(session: Session, plan: TablePlan) -> tuple[str, str]:
    """Return the source's table of a plan and its rows, for FROM, both as SQL."""
    name = plan.source_table
    rows = session.rows_of(name)
    return rows_as(session, session.quote_table(name), rows, plan.source_columns)


def rows_as(
    session: Session,
    table: str,
    rows: str,
    columns: Sequence[SourceColumn],
    name: str = NAME,
) -> tuple[str, str]:
    """Return a table and its rows, both SQL, with columns under other names.

    Both stay as they are without ``columns``; else the table is called ``name``.
    """
    if not columns:
        return table, rows
    quote = session.quote
    named = [f"{_value(session, one)} AS {quote(one.name)}" for one in columns]
    alias = quote(name)
    selected = ", ".join([*session.place_columns, *named])
    return alias, f"(SELECT {selected} FROM {rows}) {alias}"  # noqa: S608


def _value(session: Session, column: SourceColumn) -> str:
    if column.is_filled:
        return session.constant(column.kind, column.constant)[0]
    return session.quote(column.in_source)
