"""The canonical text of a row, the same from every engine.

A row is hashed as the fields of its columns, one behind the other, and no
field can be mistaken for another one's beginning:

    ``!``, where the value is NULL, then as below;
    a comma behind a text that holds none (numbers, moments, UUIDs);
    ``octets:`` before any other text, in UTF-8;
    ``#`` and the digest of a text of more than INLINE_OCTETS octets, and of
    every JSON document and every binary, so that a row stays small.

The names below say how a value is spelled. Two servers compare a column
inside themselves where both know the same name. What they cannot spell alike
is hashed here, from what they send. The digest is SHA-256, in hexadecimal: servers
under FIPS rules have no MD5, and MariaDB takes four times as long for one.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from ipaddress import ip_interface

from .canonical_json import canonical_json
from .columns import ColumnKind

INLINE_OCTETS = 1024
# What INLINE_OCTETS are sure to hold, at four octets a character.
INLINE_CHARACTERS = INLINE_OCTETS // 4

INTEGER = "integer"
"""Decimal digits; a boolean is 0 or 1."""
DECIMAL = "decimal"
"""Without zeros at the end, without an exponent."""
FLOAT_BITS = "float/bits"
"""The 64 bits in hexadecimal, or ``NaN``."""
FLOAT_TEXT = "float/text"
"""The shortest decimal text, as MariaDB spells it."""
TEXT = "text"
BINARY = "binary"
UUID = "uuid"
"""36 characters, lower case."""
UUID_HEX = "uuid/hex"
"""32 digits, lower case."""
INSTANT = "instant"
"""``YYYY-MM-DD HH:MM:SS[.f]`` in UTC, no zeros at the end."""
LOCAL = "local"
"""The same in the plan's zone."""
DATE = "date"
TIME = "time"
"""``HH:MM:SS[.f]``, no zeros at the end."""
INTERVAL = "interval"
"""PostgreSQL's months, days and microseconds in hexadecimal."""
MICROSECONDS = "microseconds"
JSON_TEXT = "json/text"
"""The document as it is spelled."""
INET = "inet"
ADDRESS = "address"
"""As inet spells it: the shortest form, the mask unless it is the host's."""
OTHER = "other/"
"""The engine's own text; its vendor follows."""

SPELLING = {JSON_TEXT, FLOAT_TEXT, ADDRESS}
"""Equal texts are equal values, but unequal ones may be equal values too."""

IN_PYTHON = {
    *(ColumnKind.FLOAT, ColumnKind.DECIMAL, ColumnKind.JSON),
    *(ColumnKind.ADDRESS, ColumnKind.TEXT),
}
"""The kinds that can be hashed here."""

COMMA_ENDED = {
    INTEGER,
    DECIMAL,
    FLOAT_BITS,
    FLOAT_TEXT,
    UUID,
    UUID_HEX,
    INSTANT,
    LOCAL,
    DATE,
    TIME,
    INTERVAL,
    MICROSECONDS,
    INET,
    ADDRESS,
}
ALWAYS_HASHED = {JSON_TEXT, BINARY}

digest = hashlib.sha256

Raw = bytes | float | int | None
Field = Callable[[Raw], bytes]


def is_comma_ended(canonical_form: str) -> bool:
    """Whether the form's texts hold no comma."""
    return (
        canonical_form in COMMA_ENDED or canonical_form.partition("/")[0] in COMMA_ENDED
    )


def with_scale(names: list[str], scale: int | None) -> list[str]:
    """Put first the text with all of its digits, by their number.

    Where both sides have the same number no zeros have to be cut off.
    """
    if scale is None or scale < 0:
        return names
    return [f"{names[0]}/{scale}", *names]


def is_always_hashed(canonical_form: str) -> bool:
    """Whether only the digest of the form's texts enters the row."""
    return canonical_form in ALWAYS_HASHED or canonical_form.startswith(OTHER)


def field(kind: ColumnKind) -> Field:
    """Return what makes a field of a raw value of this kind."""
    return FIELDS[kind]


def sum_of_digests(texts: Iterable[bytes]) -> int:
    """Return the sum of the first 64 bits of the texts' digests."""
    digests = b"".join([digest(text).digest()[:8] for text in texts])
    return sum(struct.unpack(f">{len(digests) // 8}Q", digests))


def _inline_or_hashed(text: bytes) -> bytes:
    if len(text) <= INLINE_OCTETS:
        return b"%d:%b" % (len(text), text)
    return b"#" + digest(text).hexdigest().encode()


def _octets(value: Raw) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def unreadable(value: bytes) -> bytes:
    """Return the field of a value that is none of its kind: equal to no other."""
    return b"?" + _inline_or_hashed(value)


def _text_field(value: Raw) -> bytes:
    return b"!" if value is None else _inline_or_hashed(_octets(value))


# --- floats ---------------------------------------------------------------


def _float_field(value: Raw) -> bytes:
    if value is None:
        return b"!,"
    try:
        return float_bits(exact_float(value)).encode() + b","
    except (ValueError, OverflowError):
        return unreadable(_octets(value))


def exact_float(value: float | str | bytes) -> float:
    """Return the float that a value is. Raises ValueError where there is none."""
    found = float(value)
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    if text.removeprefix("-").isdigit():
        whole = int(text)
        # The float itself, or the digits that are its shortest.
        if whole not in (int(found), Decimal(repr(found))):
            raise ValueError
    return found


def float_bits(value: float) -> str:
    """Return FLOAT_BITS; every NaN is the same."""
    return "NaN" if math.isnan(value) else struct.pack(">d", value).hex()


def float_text(value: float) -> str:
    """Return FLOAT_TEXT."""
    text = repr(value)
    size = abs(value)
    if size and not math.isfinite(size):
        return {"inf": "Infinity", "-inf": "-Infinity"}.get(text, "NaN")
    if size and not 1e-15 <= size < 1e15:
        _, digits, exponent = Decimal(text).as_tuple()
        figures = "".join(map(str, digits)).rstrip("0")
        power = int(exponent) + len(digits) - 1
        point = f".{figures[1:]}" if len(figures) > 1 else ""
        return f"{'-' if value < 0 else ''}{figures[0]}{point}e{power}"
    return decimal_text(text) if size else text.removesuffix(".0")


# --- decimals -------------------------------------------------------------


def decimal_text(text: str) -> str:
    """Return DECIMAL of any spelling. Raises InvalidOperation."""
    value = Decimal(text)
    if not value.is_finite():
        # As PostgreSQL spells it.
        return str(value)
    plain = format(value, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def _decimal_field(value: Raw) -> bytes:
    if value is None:
        return b"!,"
    text = repr(value) if isinstance(value, float) else _octets(value).decode("latin-1")
    try:
        spelled = decimal_text(text)
    except ArithmeticError:
        return unreadable(_octets(value))
    # A float keeps the sign of a zero, a decimal does not.
    is_negative_zero = spelled == "0" and text.startswith("-")
    return b"-0," if is_negative_zero else spelled.encode() + b","


# --- addresses ------------------------------------------------------------


def _address_field(value: Raw) -> bytes:
    if value is None:
        return b"!,"
    text = _octets(value)
    try:
        address = ip_interface(text.decode().strip())
    except ValueError:
        return unreadable(text)
    return str(address).encode() + b","


# --- JSON -----------------------------------------------------------------


def _json_field(value: Raw) -> bytes:
    if value is None:
        return b"!"
    text = _octets(value)
    # The same few documents fill many a column.
    if len(text) <= 200:
        return _short_json_field(text)
    return _long_json_field(text)


def _long_json_field(text: bytes) -> bytes:
    try:
        return _inline_or_hashed(canonical_json(text))
    except (ValueError, ArithmeticError, RecursionError):
        return unreadable(text)


_short_json_field = lru_cache(maxsize=4_096)(_long_json_field)


FIELDS: dict[ColumnKind, Field] = {
    ColumnKind.FLOAT: _float_field,
    ColumnKind.DECIMAL: _decimal_field,
    ColumnKind.JSON: _json_field,
    ColumnKind.ADDRESS: _address_field,
    ColumnKind.TEXT: _text_field,
}
