"""Write planned rows past managers, signals and ``save``; keep what is consistent."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from django.core.management.color import no_style
from django.db import DatabaseError, transaction

from schema_rows.fields import Unknown
from schema_rows.planning import Plan, Rows

REFUSED = (DatabaseError, ValueError, TypeError, OverflowError, AttributeError)

MYSQL_FOREIGN_KEYS = """
    SELECT table_name, column_name, referenced_table_name, referenced_column_name
    FROM information_schema.key_column_usage
    WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
"""


def fill(plan: Plan) -> dict[str, str]:
    """Write all rows; return the tables that stayed empty, with the reason."""
    connection = plan.connection
    if connection.vendor == "sqlite":
        # No effect inside a transaction.
        connection.cursor().execute("PRAGMA foreign_keys = OFF")
    with transaction.atomic(using=plan.alias):
        if connection.vendor == "mysql":
            connection.cursor().execute("SET foreign_key_checks = 0")
        reasons = {
            rows.model._meta.label: reason
            for rows in plan.rows.values()
            if rows.count and (reason := _write(plan, rows))
        }
        _drop_orphans(connection)
    _set_counters(plan)
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA foreign_keys = ON")
    return reasons


def _write(plan: Plan, rows: Rows) -> str:
    """Write one table; the reason when not one row could be written."""
    try:
        _insert(plan, rows, range(rows.count))
        return ""
    except (*REFUSED, Unknown):
        pass
    written, reason = 0, ""
    for row in range(rows.count):
        for plainly in (False, True):
            try:
                _insert(plan, rows, [row], plainly=plainly)
                written += 1
                break
            except (*REFUSED, Unknown) as error:
                reason = f"{type(error).__name__}: {error}"
    return "" if written else reason


def _insert(plan: Plan, rows: Rows, numbers: Any, *, plainly: bool = False) -> None:
    objects = [
        SimpleNamespace(
            **{
                field.attname: rows.value(field, row, plainly=plainly)
                for field in rows.fields
            }
        )
        for row in numbers
    ]
    with transaction.atomic(using=plan.alias):
        rows.model._base_manager._insert(
            objects, fields=rows.fields, using=plan.alias, raw=True
        )


def _drop_orphans(connection: Any) -> None:
    """Delete rows that refer to rows which were refused, and what refers to those."""
    keys = list(_foreign_keys(connection))
    deleted = True
    while deleted:
        deleted = False
        for table, column, target, goal in keys:
            deleted |= _drop_orphans_of(connection, table, column, target, goal)


def _drop_orphans_of(
    connection: Any, table: str, column: str, target: str, goal: str
) -> bool:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        # A table of its own: MySQL refuses a subquery on what it deletes from.
        cursor.execute(
            f"SELECT DISTINCT a.{quote(column)} FROM {quote(table)} a"
            f" LEFT JOIN {quote(target)} b ON a.{quote(column)} = b.{quote(goal)}"
            f" WHERE a.{quote(column)} IS NOT NULL AND b.{quote(goal)} IS NULL"
        )
        lost = [value for (value,) in cursor.fetchall()]
        for value in lost:
            cursor.execute(
                f"DELETE FROM {quote(table)} WHERE {quote(column)} = %s", [value]
            )
    return bool(lost)


def _foreign_keys(connection: Any) -> Iterator[tuple[str, str, str, str]]:
    introspection = connection.introspection
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            # Table by table it opens every table each time.
            cursor.execute(MYSQL_FOREIGN_KEYS)
            yield from cursor.fetchall()
            return
        for info in introspection.get_table_list(cursor):
            if info.type != "t":
                continue
            relations = introspection.get_relations(cursor, info.name)
            for column, (other_column, other, *_) in relations.items():
                yield info.name, column, other, other_column


def _set_counters(plan: Plan) -> None:
    models = [rows.model for rows in plan.rows.values() if rows.count]
    with plan.connection.cursor() as cursor:
        for sql in plan.connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(sql)
