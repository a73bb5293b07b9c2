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
import json
import math
import struct
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from ipaddress import ip_interface
from typing import Any

from .columns import Kind

INLINE_OCTETS = 1024
# What INLINE_OCTETS are sure to hold, at four octets a character.
INLINE_CHARACTERS = INLINE_OCTETS // 4

INTEGER = "integer"
"""Decimal digits; a boolean is 0 or 1."""
DECIMAL = "decimal"
"""Without zeros at the end, without an exponent."""
FLOAT_BITS = "float/bits"
"""The 64 bits in hexadecimal, or ``NaN``."""
FLOAT_VALUE = "float/value"
"""The same with one zero, for engines that have no negative one."""
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

IN_PYTHON = {Kind.FLOAT, Kind.JSON, Kind.ADDRESS, Kind.TEXT}
"""The kinds that can be hashed here."""

COMMA_ENDED = {
    INTEGER,
    DECIMAL,
    FLOAT_BITS,
    FLOAT_VALUE,
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


def is_comma_ended(rendering: str) -> bool:
    """Whether the rendering's texts hold no comma."""
    return rendering in COMMA_ENDED or rendering.partition("/")[0] in COMMA_ENDED


def with_scale(names: list[str], scale: int | None) -> list[str]:
    """Put first the text with all of its digits, by their number.

    Where both sides have the same number no zeros have to be cut off.
    """
    if scale is None or scale < 0:
        return names
    return [f"{names[0]}/{scale}", *names]


def is_always_hashed(rendering: str) -> bool:
    """Whether only the digest of the rendering's texts enters the row."""
    return rendering in ALWAYS_HASHED or rendering.startswith(OTHER)


def field(kind: Kind, *, signed_zero: bool = True) -> Field:
    """Return what makes a field of a raw value of this kind.

    Without ``signed_zero`` both zeros of a float are the same.
    """
    if kind is Kind.FLOAT and not signed_zero:
        return _float_value_field
    return FIELDS[kind]


def number(texts: Iterable[bytes]) -> int:
    """Return the sum of the first 64 bits of the texts' digests."""
    digests = b"".join([digest(text).digest()[:8] for text in texts])
    return sum(struct.unpack(f">{len(digests) // 8}Q", digests))


def _free(text: bytes) -> bytes:
    if len(text) <= INLINE_OCTETS:
        return b"%d:%b" % (len(text), text)
    return b"#" + digest(text).hexdigest().encode()


def _octets(value: Raw) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def odd(value: bytes) -> bytes:
    """Return the field of a value that is none of its kind: equal to no other."""
    return b"?" + _free(value)


def _text_field(value: Raw) -> bytes:
    return b"!" if value is None else _free(_octets(value))


# --- floats ---------------------------------------------------------------


def _float_field(value: Raw, spell: Callable[[float], str] | None = None) -> bytes:
    if value is None:
        return b"!,"
    try:
        return (spell or float_bits)(float(value)).encode() + b","
    except ValueError:
        return odd(_octets(value))


def _float_value_field(value: Raw) -> bytes:
    return _float_field(value, float_value)


def float_value(value: float) -> str:
    """Return FLOAT_VALUE."""
    return float_bits(value or 0.0)


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
        return str(value)
    plain = format(value, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


# --- addresses ------------------------------------------------------------


def _address_field(value: Raw) -> bytes:
    if value is None:
        return b"!,"
    text = _octets(value)
    try:
        address = ip_interface(text.decode().strip())
    except ValueError:
        return odd(text)
    return str(address).encode() + b","


# --- JSON -----------------------------------------------------------------


class _NotPlainError(Exception):
    """The document needs the slow way."""


# Python takes no longer text for an integer.
MOST_DIGITS = sys.int_info.default_max_str_digits


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
        return _free(canonical_json(text))
    except (ValueError, ArithmeticError, RecursionError):
        return odd(text)


_short_json_field = lru_cache(maxsize=4_096)(_long_json_field)


def canonical_json(text: bytes) -> bytes:
    """Return the same bytes for every spelling of a document.

    Keys are sorted, numbers compared by their exact decimal value; a key that
    occurs twice is kept twice. Raises ValueError, and RecursionError for what
    is nested too deep.
    """
    spelled = text.decode()
    try:
        return _ENCODE(_plain_decoder.decode(spelled)).encode()
    except json.JSONDecodeError:
        raise
    except (_NotPlainError, ValueError):
        # A number that is too long is a ValueError, too.
        return b"~" + _written(_exact_decoder.decode(spelled)).encode()


def _plain_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotPlainError
    return found


def _plain_float(text: str) -> float:
    """Return an equal integer or float; which one depends on the value alone."""
    close = float(text)
    if repr(close) == text and not close.is_integer():
        return close
    exact = Decimal(text)
    if exact == 0:
        return 0
    if exact.adjusted() >= MOST_DIGITS:
        raise _NotPlainError
    if exact == exact.to_integral_value():
        return int(exact)
    if Decimal(repr(close)) != exact:
        raise _NotPlainError
    return close


class _Pairs(list[tuple[str, Any]]):
    """An object with all its pairs."""


_plain_decoder = json.JSONDecoder(
    object_pairs_hook=_plain_pairs, parse_float=_plain_float
)
_exact_decoder = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_int=Decimal, parse_float=Decimal
)
_ENCODE = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), check_circular=False
).encode


def _written(value: Any) -> str:
    if isinstance(value, _Pairs):
        return "{" + ",".join(_written_pairs(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, Decimal):
        return _written_number(value)
    return _ENCODE(value)


def _written_pairs(pairs: _Pairs) -> list[str]:
    times = Counter(key for key, _ in pairs)
    # Sorting is stable: what a repeated key held first stays first.
    return [
        f"{_ENCODE(key)}{'!' if times[key] > 1 else ''}:{_written(value)}"
        for key, value in sorted(pairs, key=lambda pair: pair[0])
    ]


def _written_number(value: Decimal) -> str:
    sign, digits, exponent = value.as_tuple()
    figures = "".join(map(str, digits)).strip("0")
    if not figures:
        return "0"
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return f"{'-' if sign else ''}{figures}e{int(exponent) + zeros}"


FIELDS: dict[Kind, Field] = {
    Kind.FLOAT: _float_field,
    Kind.JSON: _json_field,
    Kind.ADDRESS: _address_field,
    Kind.TEXT: _text_field,
}
