"""JSON documents in one spelling, whatever engine sent them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from decimal import Decimal
from typing import Any


class _NotPlainError(Exception):
    """The document needs the slow way."""


# Python takes no longer text for an integer.
MOST_DIGITS = sys.int_info.default_max_str_digits


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
