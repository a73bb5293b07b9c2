"""What the operator may have changed, in the SQL of MySQL and MariaDB."""

from __future__ import annotations

from ...changes import Change, Changed, ChangedColumn, ChangeName
from ...columns import ColumnType
from ..changed_rows import unsupported

TEXTS = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext"}
OCTETS = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}
# A conversion of more than max_allowed_packet is NULL: only of these sure to be none.
SHORT = TEXTS - {"mediumtext", "longtext"}
UTF8 = ("utf8mb4", "utf8mb3", "utf8")
MOMENTS = {"date": "DATE", "datetime": "DATETIME(6)", "timestamp": "DATETIME(6)"}
INTEGERS = {"tinyint", "smallint", "mediumint", "int", "bigint", "bit"}

# Octets that cp1252 has no character for; latin1 is cp1252 there, and has.
NOT_CP1252 = ("81", "8D", "8F", "90", "9D")


def changed(column: ChangedColumn, name: str) -> Changed:
    """Return a column's change; see ``Session.changed``."""
    change, real = column.change, column.type
    is_text = real.name in TEXTS | OCTETS
    match change.name:
        case ChangeName.STRIP_NUL | ChangeName.REPLACE_NUL if is_text:
            return _without_nul(column, name)
        case ChangeName.CUT if real.name in TEXTS:
            cut = f"LEFT({name}, {change.number})"
            return Changed(f"CHAR_LENGTH({name}) > {change.number}", cut)
        case ChangeName.DECODE_CP1252 if real.name in OCTETS:
            return _decoded(name)
        case ChangeName.ZERO_DATE_TO | ChangeName.ZERO_DATE_TO_NULL if (
            real.name in MOMENTS
        ):
            return _dated(change, name, real)
        case ChangeName.NONZERO_TO_TRUE if real.name in INTEGERS:
            return _truth(name, real)
        case ChangeName.ROUND if real.name == "decimal":
            rounded = f"ROUND({name}, {change.number})"
            return Changed(f"{name} <> {rounded}", rounded)
        case ChangeName.EMPTY_FOR_NULL if is_text:
            return Changed(f"{name} IS NULL", "''" if real.name in TEXTS else "X''")
    raise unsupported(column)


def _without_nul(column: ChangedColumn, name: str) -> Changed:
    real, character = column.type, column.change.argument
    instead = f"X'{character.encode().hex()}'"
    if real.name in OCTETS:
        value = f"REPLACE({name}, X'00', {instead})"
        return Changed(f"LOCATE(X'00', {name}) > 0", f"COALESCE({value}, {name})")
    charset = real.collation.partition("_")[0]
    if charset not in UTF8 or (charset != "utf8mb4" and character > "\uffff"):
        raise unsupported(column)
    octets = f"CAST({name} AS BINARY)"
    text = f"CONVERT(REPLACE({octets}, X'00', {instead}) USING {charset})"
    # Neither side of a CASE would give way to the other's collation.
    value = f"COALESCE({text} COLLATE {real.collation}, {name})"
    return Changed(f"LOCATE(X'00', {octets}) > 0", value)


def _decoded(name: str) -> Changed:
    # MariaDB's UTF-8 has surrogates; its UTF-16 has not.
    text = f"CONVERT(CONVERT({name} USING utf8mb4) USING utf16)"
    text = f"CAST(CONVERT({text} USING utf8mb4) AS BINARY)"
    value = f"CAST(CONVERT(CONVERT({name} USING latin1) USING utf8mb4) AS BINARY)"
    others = " AND ".join(f"LOCATE(X'{octet}', {name}) = 0" for octet in NOT_CP1252)
    # What is no UTF-8 becomes question marks, or NULL, and so does what is too long.
    condition = f"NOT ({text} <=> {name}) AND {value} IS NOT NULL AND {others}"
    return Changed(condition, value)


def _dated(change: Change, name: str, real: ColumnType) -> Changed:
    # The last day of the month, by a year below 100 that of a leap year like it.
    first = f"MAKEDATE(YEAR({name}), 1) + INTERVAL (MONTH({name}) - 1) MONTH"
    condition = (
        f"YEAR({name}) = 0 OR MONTH({name}) = 0 OR DAYOFMONTH({name}) = 0 "
        f"OR DAYOFMONTH({name}) > DAYOFMONTH(LAST_DAY({first}))"
    )
    if change.name is ChangeName.ZERO_DATE_TO_NULL:
        return Changed(condition, "NULL")
    return Changed(condition, f"CAST('{change.argument}' AS {MOMENTS[real.name]})")


def _truth(name: str, real: ColumnType) -> Changed:
    if real.name == "bit":
        return Changed(f"{name} + 0 NOT IN (0, 1)", "b'1'")
    return Changed(f"{name} NOT IN (0, 1)", "1")
