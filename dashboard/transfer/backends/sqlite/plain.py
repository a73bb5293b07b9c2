"""SQL for the values that cannot break a rule, so that nobody has to read them.

Most moments and numbers are as Django writes them. What is not as plain as that may
be right all the same: the rule itself decides, by the text that would be sent.
"""

from __future__ import annotations

from ...moment_rules import Moment, Uuid, UuidDigits
from ...number_rules import (
    Canonical,
    Decimals,
    FloatBits,
    FloatRange,
    Numeric,
    Unrounded,
    Whole,
)
from ...rules import Rule
from ..scanner import Suspects

LOWEST, HIGHEST = -(1 << 63) + 1, (1 << 63) - 1
# A double keeps every number of so many digits, and every integer below the other.
DIGITS = 15
WHOLE_BITS = 53
# Every double that is no infinity is below the next power of ten.
FINITE = "1e308"

MICROSECONDS = "." + "[0-9]" * 6
# Of a moment's form: what SQLite makes of it, its length, and its lowest text.
FORMS = {
    "moment": ("datetime", 19, "0001"),
    "day": ("date", 10, "0001"),
    "clock": ("time", 8, "00"),
}


def but(name: str, plain: str) -> Suspects:
    """Suspect every value but NULL and what is plain."""
    return Suspects(f"({name} IS NOT NULL AND NOT ifnull({plain}, 0))")


def plain_moment(rule: Moment, name: str) -> str:
    """Return SQL for moments of the calendar in Django's spelling.

    SQLite's own functions take a day and an hour too many, and once they calculate
    spell them as what they come to. A fraction might be rounded up to a second.
    """
    function, length, lowest = FORMS[rule.form]
    # A text ends with its first NUL for length(), and for those functions.
    octets = f"length(CAST({name} AS BLOB))"
    text = f"substr({name}, 1, {length})"
    parts = [f"{function}({text}, '+0 days') = {text} COLLATE BINARY"]
    spelled = f"{octets} = {length}"
    if rule.form != "day":
        fraction = f"{'?' * length}{MICROSECONDS}"
        long = f"{octets} = {length + 7} AND {name} GLOB '{fraction}'"
        spelled = f"({spelled} OR {long})"
    # A plus takes the column's affinity off, by which '0001' would be a number.
    parts += [spelled, f"+{name} >= '{max(lowest, rule.lowest)}' COLLATE BINARY"]
    if rule.highest:
        parts.append(f"+{name} <= '{rule.highest}' COLLATE BINARY")
    return f"({' AND '.join(parts)})"


def plain_uuid(rule: Uuid | UuidDigits, name: str) -> str:
    """Return SQL for 32 digits, as Django writes them; not of odd versions."""
    # Both end with a text's first NUL, but for the octets.
    parts = [f"length(CAST({name} AS BLOB)) = 32", f"length({name}) = 32"]
    parts.append(f"{name} NOT GLOB '*[^0-9a-f]*'")
    if isinstance(rule, Uuid) and rule.strict:
        parts.append(f"{name} NOT GLOB '{'?' * 12}[89a-f]???[0-7]*'")
    return f"(typeof({name}) = 'text' AND {' AND '.join(parts)})"


def plain_number(rule: Rule, name: str) -> str | None:
    """Return SQL for integers and floats that keep a rule; None of other rules."""
    is_below_zero = isinstance(rule, Decimals | Unrounded) and rule.scale < 0
    integer, real = _integers(rule, name), _reals(rule, name)
    if integer is None or is_below_zero:
        return None
    return (
        f"CASE typeof({name}) WHEN 'integer' THEN {integer} "
        f"WHEN 'real' THEN {real or '0'} ELSE 0 END"
    )


def _integers(rule: Rule, name: str) -> str | None:
    match rule:
        case Whole():
            lowest, highest = max(rule.lowest, LOWEST), min(rule.highest, HIGHEST)
        case Canonical() | Unrounded() | Numeric() | FloatRange(64):
            return "1"
        case FloatBits(64):
            highest = 1 << WHOLE_BITS
            lowest = -highest
        case Decimals():
            highest = min(_most(rule), HIGHEST)
            lowest = -highest
        case _:
            return None
    return f"{name} BETWEEN {lowest} AND {highest}"


def _reals(rule: Rule, name: str) -> str | None:
    """Return SQL for floats, which are sent in the fewest digits that are the same."""
    match rule:
        case Numeric() | FloatRange(64):
            # Nothing is too small for the other side's double.
            return f"{name} BETWEEN -{FINITE} AND {FINITE}"
        case FloatBits(64):
            return "1"
        case Unrounded(scale) if 0 < scale < DIGITS:
            return _rounded(name, scale)
        case Decimals() if not rule.exact:
            most = min(_most(rule), 10**DIGITS)
            return f"{name} BETWEEN -{most} AND {most}"
        case Decimals() if 0 < rule.scale < DIGITS:
            most = min(_most(rule), 10**DIGITS)
            within = f"{name} BETWEEN -{most} AND {most}"
            return f"{within} AND {_rounded(name, rule.scale)}"
    return None


def _most(rule: Decimals) -> int:
    """Return the highest integer that no rounding brings to the power."""
    return int(10 ** max(rule.precision - rule.scale, 0)) - 1


def _rounded(name: str, scale: int) -> str:
    most = 10 ** (DIGITS - scale)
    return f"{name} BETWEEN -{most} AND {most} AND {name} = round({name}, {scale})"
