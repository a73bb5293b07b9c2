"""Key ranges ``(lower, upper]`` and the SQL that selects them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

KeyValue = int | float | Decimal | str | bytes
"""As the source's driver takes it, to the last bit."""
Key = tuple[KeyValue, ...]
Condition = tuple[str, list[KeyValue]]


@dataclass(frozen=True)
class KeyRange:
    """The rows after ``lower`` up to and including ``upper``.

    None is open-ended. The order is the source's own; a range found in one
    engine is never compared in another.
    """

    lower: Key | None = None
    upper: Key | None = None

    def __str__(self) -> str:
        return f"({_words(self.lower)}, {_words(self.upper)}]"


EVERYTHING = KeyRange()


def _words(key: Key | None) -> str:
    return "…" if key is None else ", ".join(map(readable, key))


def readable(value: KeyValue) -> str:
    """Return a key's value for people: printable, octets in hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    text = str(value)
    return text if text.isprintable() else text.encode("unicode_escape").decode()


# --- JSON -----------------------------------------------------------------


def from_json(value: object) -> Key | None:
    """Return the key that a JSON column holds, or None."""
    return tuple(map(_value, value)) if isinstance(value, list) else None


def to_json(key: Key | None) -> list[Any] | None:
    """Return what from_json turns back into the key."""
    return None if key is None else list(map(_item, key))


def _item(value: KeyValue) -> Any:
    match value:
        case bytes():
            return {"octets": value.hex()}
        case float():
            return {"float": value.hex()}
        case Decimal():
            return {"decimal": str(value)}
        case str() if not value.isprintable():
            # PostgreSQL's jsonb has no NUL, and no half of a surrogate pair.
            return {"text": value.encode("utf-8", "surrogateescape").hex()}
    return value


def _value(item: Any) -> KeyValue:
    match item:
        case {"octets": str(digits)}:
            return bytes.fromhex(digits)
        case {"float": str(digits)}:
            return float.fromhex(digits)
        case {"decimal": str(digits)}:
            return Decimal(digits)
        case {"text": str(digits)}:
            return bytes.fromhex(digits).decode("utf-8", "surrogateescape")
    found: int | str = item
    return found


# --- conditions -----------------------------------------------------------


def row_comparison(
    names: Sequence[str], placeholders: Sequence[str], key_range: KeyRange
) -> Condition:
    """Select a range by comparing rows, where the engine uses an index for it.

    ``names`` are quoted columns, ``placeholders`` what stands for their values.
    """
    left = _tuple(names)
    right = _tuple(placeholders)
    parts: list[str] = []
    values: list[KeyValue] = []
    for sign, key in ((">", key_range.lower), ("<=", key_range.upper)):
        if key is not None:
            parts.append(f"{left} {sign} {right}")
            values.extend(key)
    return " AND ".join(parts) or "1=1", values


def _tuple(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"({', '.join(items)})"


def spelled_out(
    names: Sequence[str], placeholders: Sequence[str], key_range: KeyRange
) -> Condition:
    """Select a range without a row comparison, which scans on MySQL.

    ``a >= x AND (a > x OR (a = x AND b > y))``: the first part gives the
    optimizer its range over the leading column.
    """
    parts: list[str] = []
    values: list[KeyValue] = []
    for step, key in ((_after, key_range.lower), (_up_to, key_range.upper)):
        if key is not None:
            sql, bound = step(names, placeholders, key)
            parts.append(sql)
            values.extend(bound)
    return " AND ".join(parts) or "1=1", values


def _after(names: Sequence[str], placeholders: Sequence[str], key: Key) -> Condition:
    return _bounded(names, placeholders, key, ">", ">")


def _up_to(names: Sequence[str], placeholders: Sequence[str], key: Key) -> Condition:
    return _bounded(names, placeholders, key, "<", "<=")


def _bounded(
    names: Sequence[str], placeholders: Sequence[str], key: Key, sign: str, last: str
) -> Condition:
    if len(names) == 1:
        return f"{names[0]} {last} {placeholders[0]}", list(key)
    sql, values = _nested(names, placeholders, key, sign, last)
    lead = f"{names[0]} {sign}= {placeholders[0]}"
    return f"{lead} AND ({sql})", [key[0], *values]


def _nested(
    names: Sequence[str], placeholders: Sequence[str], key: Key, sign: str, last: str
) -> Condition:
    name, placeholder = names[0], placeholders[0]
    if len(names) == 1:
        return f"{name} {last} {placeholder}", [key[0]]
    inner, values = _nested(names[1:], placeholders[1:], key[1:], sign, last)
    sql = f"{name} {sign} {placeholder} OR ({name} = {placeholder} AND ({inner}))"
    return sql, [key[0], key[0], *values]
