"""A table as a plan sees it: its columns under the plan's names, its filter's rows.

A subquery, which every engine merges into the statement around it: ranges of the
key are read along its index as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..filters import FILTERED, Where
from ..plan import SourceColumn, TablePlan
from .base import Session

# What such a table is called in a statement.
NAME = "migration_console_source"


def rows_read(session: Session, plan: TablePlan) -> tuple[str, str]:
    """Return the source's table of a plan and its rows, for FROM, both as SQL."""
    name = plan.source_table
    rows = session.rows_of(name)
    table, where = session.quote_table(name), of_source(plan)
    return rows_as(session, table, rows, plan.source_columns, where=where)


def rows_named(session: Session, plan: TablePlan) -> str:
    """Return the rows that take part, for FROM, for whoever asks by ``names_read``."""
    if plan.filter:
        return rows_read(session, plan)[1]
    return session.rows_of(plan.source_table)


def names_read(plan: TablePlan) -> Callable[[str], str]:
    """Return what tells a column's name in ``rows_named``; "" where it has none."""

    def name(column: str) -> str:
        there = plan.in_source(column)
        return column if plan.filter and there else there

    return name


def of_source(plan: TablePlan) -> Where | None:
    """Return which rows of the source take part; None for all."""
    return plan.filter.source if plan.filter else None


def rows_as(
    session: Session,
    table: str,
    rows: str,
    columns: Sequence[SourceColumn],
    name: str = NAME,
    where: Where | None = None,
) -> tuple[str, str]:
    """Return a table and its rows, both SQL, with columns under other names.

    Both stay as they are without ``columns`` and ``where``; else the table is called
    ``name``. A condition is over the new names.
    """
    if not columns and where is None:
        return table, rows
    quote = session.quote
    alias = quote(name)
    if columns:
        named = [f"{_value(session, one)} AS {quote(one.name)}" for one in columns]
        selected = ", ".join([*session.place_columns, *named])
        rows = f"(SELECT {selected} FROM {rows})"  # noqa: S608
    if where is None:
        return alias, f"{rows} {alias}"
    selected = ", ".join([*session.place_columns, *map(quote, where.columns)])
    condition = in_sql(session, where)
    kept = f"SELECT {selected} FROM {rows} {FILTERED} WHERE {condition}"  # noqa: S608
    return alias, f"({kept}) {alias}"


def in_sql(session: Session, where: Where) -> str:
    """Return a condition with its values written into it, for any statement.

    COPY takes no values, and what stands in FROM would have to give its own to every
    statement around it.
    """
    text = where.sql % tuple(map(session.reader.literal, where.values))
    # As the drivers that format a statement want it.
    return text.replace("%", "%%") if session.placeholder == "%s" else text


def _value(session: Session, column: SourceColumn) -> str:
    if column.is_filled:
        return session.constant(column.kind, column.constant)[0]
    return session.quote(column.in_source)
