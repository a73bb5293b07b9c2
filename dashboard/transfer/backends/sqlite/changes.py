"""What the operator may have changed, in SQLite's SQL and Python's functions.

SQLite's own functions end a text at its first NUL, and spell no decimal.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from ...changes import Change, Changed, ChangedColumn, ChangeName
from ...columns import ColumnKind
from ..changed_rows import unsupported
from .moments import NONE, day_sent, moment_sent

if TYPE_CHECKING:
    from .session import SQLiteSession

Stored = str | bytes | float | int | None


def changed(session: SQLiteSession, column: ChangedColumn, name: str) -> Changed:
    """Return a column's change; see ``Session.changed``."""
    change = column.change
    match change.name:
        case ChangeName.STRIP_NUL | ChangeName.REPLACE_NUL:
            return _without_nul(session, change, name)
        case ChangeName.CUT:
            octets, length = _octets(session, name), change.number
            # A character has at least one octet.
            long = f"length({octets}) > {length} AND mc_characters({octets}) > {length}"
            value = _text(session, f"mc_cut({octets}, {length})")
            return Changed(f"{_is_text(name)} AND {long}", value)
        case ChangeName.DECODE_CP1252:
            octets = _octets(session, name)
            value = f"mc_cp1252({octets})"
            return Changed(f"{_is_text(name)} AND {value} IS NOT NULL", value)
        case ChangeName.ZERO_DATE_TO | ChangeName.ZERO_DATE_TO_NULL:
            return _dated(session, column, name)
        case ChangeName.NONZERO_TO_TRUE:
            is_number = f"typeof({name}) IN ('integer', 'real')"
            return Changed(f"{is_number} AND {name} NOT IN (0, 1)", "1")
        case ChangeName.ROUND:
            stored = f"iif(typeof({name}) = 'text', CAST({name} AS BLOB), {name})"
            value = f"mc_rounded({stored}, {change.number})"
            is_number = f"typeof({name}) IN ('real', 'text')"
            return Changed(f"{is_number} AND {value} IS NOT NULL", value)
        case ChangeName.EMPTY_FOR_NULL:
            return Changed(f"{name} IS NULL", "''")
    raise unsupported(column)


def _is_text(name: str) -> str:
    return f"typeof({name}) IN ('text', 'blob')"


def _octets(session: SQLiteSession, name: str) -> str:
    # CAST gives the octets of the file's own encoding.
    is_utf8 = session.file.encoding == "UTF-8"
    return f"CAST({name} AS BLOB)" if is_utf8 else f"mc_utf8({name})"


def _text(session: SQLiteSession, octets: str) -> str:
    """Return the text of octets, also where they are no UTF-8."""
    is_utf8 = session.file.encoding == "UTF-8"
    return f"CAST({octets} AS TEXT)" if is_utf8 else f"mc_text({octets})"


def _without_nul(session: SQLiteSession, change: Change, name: str) -> Changed:
    octets, instead = _octets(session, name), change.argument.encode().hex()
    return Changed(
        f"{_is_text(name)} AND instr({octets}, x'00') > 0",
        _text(session, f"mc_replaced({octets}, x'{instead}')"),
    )


def _dated(session: SQLiteSession, column: ChangedColumn, name: str) -> Changed:
    change, octets = column.change, _octets(session, name)
    stored = f"iif(typeof({name}) = 'text', {octets}, {name})"
    function = "mc_no_day" if column.kind is ColumnKind.DATE else "mc_no_moment"
    condition = f"{name} IS NOT NULL AND {function}({stored})"
    if change.name is ChangeName.ZERO_DATE_TO_NULL:
        return Changed(condition, "NULL")
    return Changed(condition, f"'{change.argument}'")


# --- functions ------------------------------------------------------------


def _characters(octets: bytes) -> int:
    return len(octets.decode("utf-8", "surrogateescape"))


def _cut(octets: bytes, length: int) -> bytes:
    text = octets.decode("utf-8", "surrogateescape")
    return text[:length].encode("utf-8", "surrogateescape")


def _replaced(octets: bytes, instead: bytes) -> bytes:
    return octets.replace(b"\0", instead)


def _decoded(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


def _cp1252(octets: bytes) -> str | None:
    """Return the text of octets that are no UTF-8; None for others."""
    try:
        octets.decode()
    except UnicodeDecodeError:
        try:
            return octets.decode("cp1252")
        except UnicodeDecodeError:
            return None
    return None


def _rounded(value: bytes | float, scale: int) -> str | float | None:
    """Return a number that has more digits with as many; None for others."""
    try:
        exact = Decimal(value.decode() if isinstance(value, bytes) else repr(value))
        rounded = exact.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    except (InvalidOperation, UnicodeDecodeError):
        return None
    if rounded == exact:
        return None
    return str(rounded) if isinstance(value, bytes) else float(rounded)


def _no_day(value: Stored) -> bool:
    return day_sent(value) == NONE


def _no_moment(value: Stored) -> bool:
    # Whatever the zone: one of its own hours that is not a moment is no zero date.
    return moment_sent(value, "UTC") == NONE


FUNCTIONS: dict[str, tuple[int, Callable[..., Stored]]] = {
    "mc_characters": (1, _characters),
    "mc_cut": (2, _cut),
    "mc_replaced": (2, _replaced),
    "mc_text": (1, _decoded),
    "mc_cp1252": (1, _cp1252),
    "mc_rounded": (2, _rounded),
    "mc_no_day": (1, _no_day),
    "mc_no_moment": (1, _no_moment),
}
