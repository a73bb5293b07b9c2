"""What a spreadsheet makes of values, taken back where only the form has changed.

A value that may be another one by now is refused and never guessed: an exponent
stands for digits that are gone, a moment without seconds for some that were there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NoReturn

from django.utils.translation import gettext_lazy as _

from ..columns import ColumnKind

Spelling = Callable[[str], str]
"""Returns a value as its kind spells it; raises Misspelled."""


class Misspelled(ValueError):
    """A value that is none of its kind; ``wanted`` says what would be, for people."""

    def __init__(self, wanted: object) -> None:
        super().__init__()
        self.wanted = wanted


class Days(StrEnum):
    """In which order a date has its numbers where slashes are between them."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"


@dataclass(frozen=True)
class Habits:
    """How the program spells that has written a file."""

    decimal_comma: bool = False
    days: Days | None = None


INTEGER = re.compile(r"-?\d+")
DECIMAL = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|-?Infinity")
FLOAT = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?(?i:nan|inf(?:inity)?)")
# A spreadsheet writes a great E, no engine does.
EXPONENT = re.compile(r"[+-]?[\d.,]+E[+-]?\d+")
GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ ,.'\u00a0\u202f]\d{3})+")
DAY = re.compile(r"-?\d{4,}-\d\d-\d\d(?: BC)?|-?infinity")
CLOCK = re.compile(r"-?\d{2,3}:\d\d:\d\d(?:\.\d+)?")
MOMENT = re.compile(r"-?\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?: BC)?|-?infinity")
UUID = re.compile(
    r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)
OCTETS = re.compile(r"(?:[0-9a-fA-F]{2})*")
ADDRESS = re.compile(r"[0-9a-fA-F.:]+(?:/\d+)?")
PAUSE = re.compile(r"-?\d+|.*\b(?:years?|mons?|days?)\b.*")
# No text of theirs is empty, so that an emptied cell stands for NULL.
NEVER_EMPTY = {
    *(ColumnKind.INTEGER, ColumnKind.BOOLEAN, ColumnKind.DECIMAL, ColumnKind.FLOAT),
    *(ColumnKind.DATE, ColumnKind.TIME, ColumnKind.TIMESTAMP, ColumnKind.DURATION),
}
TRUTH = {"true": "1", "false": "0", "t": "1", "f": "0", "yes": "1", "no": "0"}

THREE = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")
SPACED = re.compile(r"(\S+)[ T](\d{1,2}):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]00:?00)?")
SHORT_CLOCK = re.compile(r"(\d{1,2}):(\d\d):(\d\d)(\.\d+)?")


def spelling(kind: ColumnKind, habits: Habits) -> Spelling | None:
    """Return what reads a kind's values, None where any text is one."""
    if kind in (ColumnKind.TEXT, ColumnKind.OTHER):
        return None
    pattern, wanted, otherwise = RULES[kind]

    def read(value: str) -> str:
        if pattern.fullmatch(value):
            return value
        if otherwise is None:
            raise Misspelled(wanted)
        return otherwise(value.strip(), habits, wanted)

    return _document if kind is ColumnKind.JSON else read


def _number(value: str, habits: Habits, wanted: object) -> str:
    text = value.removeprefix("+")
    if EXPONENT.fullmatch(text):
        raise Misspelled(_("all digits, which an exponent has lost"))
    if GROUPED.fullmatch(text) and not (habits.decimal_comma and "," in text):
        raise Misspelled(_("a number without signs between its thousands"))
    if habits.decimal_comma and re.fullmatch(r"-?\d+,\d+", text):
        text = text.replace(",", ".")
    if DECIMAL.fullmatch(text):
        return text
    raise Misspelled(wanted)


def _integer(value: str, habits: Habits, wanted: object) -> str:
    text = _number(value, habits, wanted)
    whole, __, rest = text.partition(".")
    if rest.strip("0") or not INTEGER.fullmatch(whole):
        raise Misspelled(wanted)
    return whole


def _float(value: str, habits: Habits, wanted: object) -> str:
    text = value.removeprefix("+")
    if habits.decimal_comma and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if FLOAT.fullmatch(text):
        return text
    raise Misspelled(wanted)


def _boolean(value: str, habits: Habits, wanted: object) -> str:
    found = TRUTH.get(value.lower())
    if found is None:
        raise Misspelled(wanted)
    return found


def _day(value: str, habits: Habits, wanted: object) -> str:
    match = THREE.fullmatch(value)
    if match is None:
        raise Misspelled(wanted)
    first, sign, second, third = match.groups()
    if len(first) == 4:
        order = (first, second, third)
    elif len(third) != 4:
        raise Misspelled(_("a year of four digits"))
    elif sign == "." or habits.days is Days.DMY:
        order = (third, second, first)
    elif habits.days is Days.MDY:
        order = (third, first, second)
    else:
        raise Misspelled(_("YYYY-MM-DD, or the order of its numbers by --dates"))
    try:
        return date(*map(int, order)).isoformat()
    except ValueError:
        raise Misspelled(wanted) from None


def _moment(value: str, habits: Habits, wanted: object) -> str:
    match = SPACED.fullmatch(value)
    if match is None:
        raise Misspelled(wanted)
    day, hours, minutes, seconds, fraction, __ = match.groups()
    if seconds is None:
        raise Misspelled(_("a moment with its seconds"))
    if not DAY.fullmatch(day):
        day = _day(day, habits, wanted)
    return f"{day} {hours:0>2}:{minutes}:{seconds}{fraction or ''}"


def _clock(value: str, habits: Habits, wanted: object) -> str:
    match = SHORT_CLOCK.fullmatch(value)
    if match is None:
        raise Misspelled(wanted)
    hours, minutes, seconds, fraction = match.groups()
    return f"{hours:0>2}:{minutes}:{seconds}{fraction or ''}"


def _document(value: str) -> str:
    try:
        json.loads(value, parse_constant=_no_constant)
    except RecursionError:
        # The database says whether it is too deep.
        return value
    except ValueError:
        raise Misspelled(_("JSON")) from None
    return value


def _no_constant(word: str) -> NoReturn:
    raise ValueError


Otherwise = Callable[[str, Habits, object], str]

RULES: Mapping[ColumnKind, tuple[re.Pattern[str], object, Otherwise | None]] = {
    ColumnKind.INTEGER: (INTEGER, _("a whole number"), _integer),
    ColumnKind.BOOLEAN: (INTEGER, _("0 or 1"), _boolean),
    ColumnKind.DECIMAL: (DECIMAL, _("a number"), _number),
    ColumnKind.FLOAT: (FLOAT, _("a number"), _float),
    ColumnKind.BINARY: (OCTETS, _("two hexadecimal digits for each octet"), None),
    ColumnKind.UUID: (UUID, _("32 hexadecimal digits"), None),
    ColumnKind.DATE: (DAY, _("a date as YYYY-MM-DD"), _day),
    ColumnKind.TIME: (CLOCK, _("a time as HH:MM:SS"), _clock),
    ColumnKind.TIMESTAMP: (MOMENT, _("a moment as YYYY-MM-DD HH:MM:SS"), _moment),
    ColumnKind.DURATION: (PAUSE, _("a whole number of microseconds"), None),
    ColumnKind.ADDRESS: (ADDRESS, _("an address"), None),
    ColumnKind.JSON: (re.compile(""), _("JSON"), None),
}
