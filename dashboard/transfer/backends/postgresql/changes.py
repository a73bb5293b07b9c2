"""What the operator may have changed, in PostgreSQL's SQL."""

from __future__ import annotations

from ...changes import Change, Changed, ChangedColumn, ChangeName
from ...columns import ColumnType
from ..changed_rows import unsupported

TEXTS = {"text", "varchar", "bpchar", "citext"}
OCTETS = {"bytea"}
MOMENTS = {"date", "timestamp", "timestamptz"}
INTEGERS = {"int2", "int4", "int8"}

# As RFC 3629 has it, in hexadecimal.
UTF8 = (
    "^(?:[0-7].|(?:c[2-9a-f]|d.)[89ab].|e0[ab].[89ab].|(?:e[1-9a-cef])(?:[89ab].){2}"
    "|ed[89].[89ab].|f0[9ab].(?:[89ab].){2}|f[1-3](?:[89ab].){3}|f48.(?:[89ab].){2})*$"
)
# Octets that cp1252 has no character for, and NUL, which no text has.
NOT_CP1252 = ("81", "8d", "8f", "90", "9d", "00")


def changed(column: ChangedColumn, name: str) -> Changed:
    """Return a column's change; see ``Session.changed``."""
    change, real = column.change, column.type
    match change.name:
        case ChangeName.STRIP_NUL | ChangeName.REPLACE_NUL if real.name in OCTETS:
            return _without_nul(change, name)
        case ChangeName.CUT if real.name in TEXTS:
            cut = f"left({name}, {change.number})::{real.name}"
            return Changed(f"char_length({name}) > {change.number}", cut)
        case ChangeName.DECODE_CP1252 if real.name in OCTETS:
            return _decoded(name)
        case ChangeName.ZERO_DATE_TO | ChangeName.ZERO_DATE_TO_NULL if (
            real.name in MOMENTS
        ):
            return _dated(change, name, real)
        case ChangeName.NONZERO_TO_TRUE if real.name in INTEGERS:
            return Changed(f"{name} NOT IN (0, 1)", f"1::{real.name}")
        case ChangeName.ROUND if real.name == "numeric":
            rounded = f"round({name}, {change.number})"
            return Changed(f"{name} <> {rounded}", f"{rounded}::{_numeric(real)}")
        case ChangeName.EMPTY_FOR_NULL if real.name in TEXTS | OCTETS:
            return Changed(f"{name} IS NULL", f"''::{real.name}")
    raise unsupported(column)


def _without_nul(change: Change, name: str) -> Changed:
    # No function replaces octets in octets: they are written out one by one.
    instead = change.argument.encode().hex()
    octets = f"regexp_replace(encode({name}, 'hex'), '(..)', '\\1,', 'g')"
    replaced = f"replace({octets}, '00,', '{instead}')"
    value = f"decode(replace({replaced}, ',', ''), 'hex')"
    return Changed(f"position('\\x00'::bytea IN {name}) > 0", value)


def _decoded(name: str) -> Changed:
    others = " AND ".join(
        f"position('\\x{octet}'::bytea IN {name}) = 0" for octet in NOT_CP1252
    )
    return Changed(
        f"encode({name}, 'hex') !~ '{UTF8}' AND {others}",
        f"convert_to(convert_from({name}, 'WIN1252'), 'UTF8')",
    )


def _dated(change: Change, name: str, real: ColumnType) -> Changed:
    # Infinity, and years of which no other engine has a date.
    condition = (
        f"{name} < '0001-01-01'::{real.name} OR {name} >= '10000-01-01'::{real.name}"
    )
    if change.name is ChangeName.ZERO_DATE_TO_NULL:
        return Changed(condition, "NULL")
    return Changed(condition, f"'{change.argument}'::{real.name}")


def _numeric(real: ColumnType) -> str:
    # With all of its digits, as other values of the column.
    if real.precision is None or real.scale is None:
        return "numeric"
    return f"numeric({real.precision}, {real.scale})"
