"""One value for every row, as MySQL's SQL spells it."""

from __future__ import annotations

from ...columns import ColumnKind, ColumnType

# The longest text that is taken for a varchar, in characters.
VARCHAR = 1_000
COLLATION = "utf8mb4_bin"

NUMBERS = {
    ColumnKind.INTEGER: "bigint",
    ColumnKind.BOOLEAN: "tinyint",
    ColumnKind.DURATION: "bigint",
}
MOMENTS = {
    ColumnKind.TIMESTAMP: ("datetime", "DATETIME(6)"),
    ColumnKind.TIME: ("time", "TIME(6)"),
    ColumnKind.DATE: ("date", "DATE"),
}


def constant(kind: ColumnKind, value: str | None) -> tuple[str, ColumnType]:
    """Return SQL for a text of a kind, None for NULL, and the type that it has."""
    sql, column_type = _spelled(kind, value or "")
    return (sql if value is not None else "NULL"), column_type


def _spelled(kind: ColumnKind, value: str) -> tuple[str, ColumnType]:
    if kind in NUMBERS:
        return value, ColumnType(NUMBERS[kind])
    if kind in MOMENTS:
        name, sql = MOMENTS[kind]
        scale = 6 if "(" in sql else None
        return f"CAST('{value}' AS {sql})", ColumnType(name, scale=scale)
    match kind:
        case ColumnKind.DECIMAL:
            scale = len(value.partition(".")[2])
            return value, ColumnType("decimal", precision=65, scale=scale)
        case ColumnKind.FLOAT:
            number = value if "e" in value else f"{value}e0"
            return number, ColumnType("double")
        case ColumnKind.BINARY:
            return f"X'{value}'", ColumnType("longblob")
    # In hexadecimal: a statement is a format string of its driver.
    sql = f"CONVERT(X'{value.encode().hex()}' USING utf8mb4)"
    if kind is ColumnKind.UUID:
        return sql, ColumnType("char", length=32, collation=COLLATION)
    if kind is ColumnKind.JSON or len(value) > VARCHAR:
        return sql, ColumnType("longtext", collation=COLLATION)
    length = max(len(value), 1)
    return sql, ColumnType("varchar", length=length, collation=COLLATION)
