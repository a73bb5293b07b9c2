"""Moments as SQLite keeps them: texts, whose spelling nobody checks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = r"\d{4}-\d\d-\d\d"
CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?"
DAY_LENGTH = 10

# Lines of one kind: a look at every value by itself costs more than all the rest.
LISTS = {
    name: re.compile(rf"(?:{one}\n)*", re.ASCII)
    for name, one in {"day": DAY, "clock": CLOCK, "moment": f"{DAY} {CLOCK}"}.items()
}
# Python cuts what is longer off.
LONG_FRACTION = re.compile(r"[.,]\d{7}")

Stored = bytes | str | float | None

# What goes on its way for a value that is no moment, so that nobody takes it:
# PostgreSQL takes a moment between signs that mean nothing to it.
NONE = "none"


def check(name: str, texts: Sequence[str]) -> None:
    """Raise ValueError where one of the texts is no ``day``, ``clock`` or ``moment``.

    MySQL has days that no calendar has, and times of more than a day; PostgreSQL
    has years before the first and after the 9999th, and infinity. Django reads
    none of them from SQLite.
    """
    lines = "".join([f"{text}\n" for text in texts])
    if not LISTS[name].fullmatch(lines):
        raise ValueError
    if name != "clock":
        for day in {text[:DAY_LENGTH] for text in texts}:
            _check_day(day)


@lru_cache(maxsize=1 << 14)
def _check_day(text: str) -> None:
    date.fromisoformat(text)


def moment_sent(value: Stored, zone: str) -> str | None:
    """Return a stored moment as a clock in the zone shows it; NONE for others."""
    if value is None:
        return None
    try:
        found = _read(_text(value))
        if found.tzinfo is not None:
            found = found.astimezone(ZoneInfo(zone))
            if found.fold:
                raise ValueError
        return found.replace(tzinfo=None).isoformat(" ")
    except (ValueError, OverflowError):
        return NONE


def day_sent(value: Stored) -> str | None:
    """Return a stored day, or a midnight, as a day; NONE for others."""
    if value is None:
        return None
    try:
        found = _read(_text(value))
    except ValueError:
        return NONE
    is_midnight = found.time() == time() and found.tzinfo is None
    return found.date().isoformat() if is_midnight else NONE


def clock_sent(value: Stored) -> str | None:
    """Return a stored time of day; NONE for others."""
    if value is None:
        return None
    try:
        text = _text(value)
        found = time.fromisoformat(text)
    except ValueError:
        return NONE
    if LONG_FRACTION.search(text) or found.tzinfo is not None:
        return NONE
    return found.isoformat()


def _text(value: bytes | str | float) -> str:
    """Return a stored text. Raises ValueError for a number."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, str):
        return value
    raise ValueError


def _read(text: str) -> datetime:
    if LONG_FRACTION.search(text):
        raise ValueError
    return datetime.fromisoformat(text)
