"""One value for every row, as PostgreSQL's SQL spells it."""

from __future__ import annotations

from ...columns import ColumnKind, ColumnType

TYPES = {
    ColumnKind.INTEGER: "int8",
    ColumnKind.BOOLEAN: "bool",
    ColumnKind.DECIMAL: "numeric",
    ColumnKind.FLOAT: "float8",
    ColumnKind.TEXT: "text",
    ColumnKind.BINARY: "bytea",
    ColumnKind.UUID: "uuid",
    ColumnKind.TIMESTAMP: "timestamp",
    ColumnKind.DATE: "date",
    ColumnKind.TIME: "time",
    ColumnKind.DURATION: "interval",
    ColumnKind.JSON: "jsonb",
    ColumnKind.ADDRESS: "inet",
}


def constant(kind: ColumnKind, value: str | None) -> tuple[str, ColumnType]:
    """Return SQL for a text of a kind, None for NULL, and the type that it has."""
    name = TYPES.get(kind, "text")
    if value is None:
        return f"NULL::{name}", ColumnType(name)
    octets = value if kind is ColumnKind.BINARY else value.encode().hex()
    # In hexadecimal: a statement is a format string of its driver.
    sql = f"decode('{octets}', 'hex')"
    if kind is not ColumnKind.BINARY:
        sql = f"convert_from({sql}, 'UTF8')"
    if kind is ColumnKind.DURATION:
        sql = f"({sql} || ' microseconds')"
    return f"{sql}::{name}", ColumnType(name)
