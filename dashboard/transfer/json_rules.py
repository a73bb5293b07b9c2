"""What the engines demand of a JSON document, beyond that it is one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .rules import Rule, Sent

ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
# What Python reads a lone surrogate as, and UTF-8 has no octets for.
SURROGATE = re.compile("[\ud800-\udfff]")
# A number that MySQL keeps as an integer of 64 bits.
LEAST, GREATEST = -(1 << 63), (1 << 64) - 1


class Twice(ValueError):
    """A key stands twice in an object."""


@dataclass(frozen=True)
class Json(Rule):
    """A document that an engine reads.

    ``depth`` is the deepest that it takes, None where nothing says so; with
    ``texts`` it reads strings, and refuses those that are none.
    """

    name = "json"
    depth: int | None = None
    texts: bool = True
    nul: bool = True
    doubles: bool = False

    def is_broken_by(self, value: Sent) -> bool:
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if not self.nul and ESCAPED_NUL.search(text):
            return True
        if self.depth is not None and _depth(text) > self.depth:
            return True
        try:
            found = json.loads(
                text,
                parse_float=_finite if self.doubles else str,
                parse_int=_finite if self.doubles else str,
                parse_constant=_none,
            )
        except ValueError:
            return True
        except RecursionError:
            # Deeper than Python reads; what is in there nobody has looked at.
            return False
        return self.texts and any(map(SURROGATE.search, _strings(found)))


def _finite(text: str) -> str:
    if float(text) in (float("inf"), -float("inf")):
        raise ValueError
    return text


def _none(text: str) -> str:
    raise ValueError(text)


def _strings(found: Any) -> list[str]:
    """Return every string of a document, keys included."""
    texts: list[str] = []
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            texts += one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str):
            texts.append(one)
    return texts


def _depth(text: str) -> int:
    """Return how deep a document goes, without the brackets in its strings."""
    deepest = depth = 0
    for bracket in re.sub(r'"(?:[^"\\]|\\.)*"', "", text):
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket in "]}":
            depth -= 1
    return deepest


@dataclass(frozen=True)
class OneKey(Rule):
    """A document in which no object has a key twice: one of the two is lost."""

    name = "json keys"
    refuses = False

    def is_broken_by(self, value: Sent) -> bool:
        try:
            json.loads(value, object_pairs_hook=_once)
        except Twice:
            return True
        except (ValueError, RecursionError):
            return False
        return False


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Twice
    return found


@dataclass(frozen=True)
class JsonNumbers(Rule):
    """A document whose numbers are integers of 64 bits, or doubles to the digit."""

    name = "json numbers"
    refuses = False

    def is_broken_by(self, value: Sent) -> bool:
        try:
            json.loads(value, parse_int=_kept, parse_float=_kept)
        except Twice:
            return True
        except (ValueError, RecursionError):
            return False
        return False


def _kept(text: str) -> int:
    number = Decimal(text)
    if number == number.to_integral_value() and LEAST <= number <= GREATEST:
        return 0
    kept = float(text)
    if kept in (float("inf"), -float("inf")) or Decimal(repr(kept)) != number:
        raise Twice
    return 0
