"""One value for every row, as SQLite's SQL spells it."""

from __future__ import annotations

from ...columns import ColumnKind, ColumnType

NUMBERS = {
    ColumnKind.INTEGER: "bigint",
    ColumnKind.BOOLEAN: "bool",
    ColumnKind.DURATION: "bigint",
    ColumnKind.FLOAT: "real",
}
TEXTS = {
    ColumnKind.DECIMAL: "decimal",
    ColumnKind.UUID: "char",
    ColumnKind.TIMESTAMP: "datetime",
    ColumnKind.DATE: "date",
    ColumnKind.TIME: "time",
}


def constant(
    kind: ColumnKind, value: str | None, encoding: str
) -> tuple[str, ColumnType]:
    """Return SQL for a text of a kind, None for NULL, and the type that it has.

    ``encoding`` is that of the texts in the file.
    """
    sql, column_type = _spelled(kind, value or "", encoding)
    return (sql if value is not None else "NULL"), column_type


def _spelled(kind: ColumnKind, value: str, encoding: str) -> tuple[str, ColumnType]:
    if kind in NUMBERS:
        return value, ColumnType(NUMBERS[kind])
    if kind is ColumnKind.BINARY:
        return f"x'{value}'", ColumnType("blob")
    # In hexadecimal: a statement may be a format string of its driver.
    sql = f"CAST(x'{value.encode(encoding).hex()}' AS TEXT)"
    length = 32 if kind is ColumnKind.UUID else None
    return sql, ColumnType(TEXTS.get(kind, "text"), length=length)
