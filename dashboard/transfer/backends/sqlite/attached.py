"""Copies between two SQLite files inside SQLite, value by value as stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...keys import KeyRange
from ...plan import TablePlan
from ...rows import Counted
from ..base import Session
from ..projection import of_source, rows_as

if TYPE_CHECKING:
    from .session import SQLiteSession


def copy_attached(
    source: Session, destination: SQLiteSession, plan: TablePlan, key_range: KeyRange
) -> Counted | None:
    """Copy a range from an attached file inside the open transaction.

    None where the source is no SQLite file, or where a column is declared in
    two ways, renumbered, filled or changed: then its values are spelled anew; and
    where a filter asks other tables, which would be those of the destination. The
    transaction reads one state of the source, so both counts are of the same rows.
    """
    file, where = source.database_file(), of_source(plan)
    if file is None or not is_declared_alike(plan) or (where and not where.is_local):
        return None
    place, name = destination.schema_and_name(plan.table)
    if destination.schema_and_name(plan.source_table)[0] or place not in ("", "temp"):
        # Of another file that either session has attached.
        return None
    schema = destination.attached(file)
    if schema is None:
        return None
    quote = destination.quote
    table = f"{schema}.{quote(plan.source_table)}"
    selection, values = destination.reader.selection_from(
        *rows_as(destination, table, table, plan.source_columns, where=where),
        plan,
        key_range,
        destination.placeholder,
    )
    names = ", ".join(quote(column.name) for column in plan.written)
    # As in the loader: whatever fails ends the whole transaction.
    loaded = destination.execute(
        f"INSERT OR FAIL INTO {place or 'main'}.{quote(name)} ({names}) "
        f"SELECT {names} {selection}",
        values,
    )
    count = f"SELECT count(*) FROM (SELECT 1 {selection})"  # noqa: S608
    return Counted(int(destination.query(count, values)[0][0]), loaded)


def is_declared_alike(plan: TablePlan) -> bool:
    """Whether every column is declared alike and keeps its numbers and values."""
    return not any(one.is_filled for one in plan.source_columns) and all(
        column.source == column.destination
        and column.numbers is None
        and column.change is None
        for column in plan.columns
    )
