"""Values of Django's own fields that every engine can hold, extremes first."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

TEXTS = (
    "",
    "plain",
    " leading and trailing ",
    "tab\there\nnew line\r\ncarriage return\\backslash",
    "\\N",
    "NULL",
    'it\'s "quoted", `so` to say; -- % %s {0} $1',
    "Grüße, naïve Œuvre, İstanbul",
    "日本語 العربية \u200fעברית",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301",
    "\x01\x1f\x7f\u0085\u2028",
)
JSONS: tuple[Any, ...] = (
    {},
    [],
    {"a": [1, 2.5, None, True], "ü": {"b": "x"}},
    [{"quote": '"', "backslash": "\\", "line": "\n\t"}],
    "text",
    12345678901234,
    -0.25,
    False,
    {"emoji": "\U0001f600", "": ""},
)
ADDRESSES = (
    "0.0.0.0",
    "255.255.255.255",
    "10.1.2.3",
    "::",
    "::1",
    "2001:db8::ff00:42:8329",
)
MOMENTS = (
    datetime(1000, 1, 2, tzinfo=UTC),
    datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2024, 3, 31, 1, 0, tzinfo=UTC),
    datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
    datetime(2024, 10, 27, 1, 30, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=UTC),
)
DAYS = (date(1000, 1, 1), date(9999, 12, 31), date(1970, 1, 1), date(2024, 2, 29))
TIMES = (time(0), time(23, 59, 59, 999999), time(12, 0, 0, 1), time(1, 2, 3))
SPANS = (
    timedelta(0),
    timedelta(days=36500, microseconds=1),
    -timedelta(days=36500, microseconds=1),
    timedelta(microseconds=-1),
    timedelta(hours=25, seconds=1),
)
FLOATS = (
    0.0,
    1.7976931348623157e308,
    -1.7976931348623157e308,
    2.2250738585072014e-308,
    0.1,
    1 / 3,
    -123456789.123456789,
)
BLOBS = (b"", b"\x00", bytes(range(256)), b"\\x41\n\t'", "é".encode("latin-1"))
RANGES = {
    "SmallIntegerField": (-32768, 32767),
    "IntegerField": (-2147483648, 2147483647),
    "BigIntegerField": (-(2**63), 2**63 - 1),
    "PositiveSmallIntegerField": (0, 32767),
    "PositiveIntegerField": (0, 2147483647),
    "PositiveBigIntegerField": (0, 2**63 - 1),
}
# A float of SQLite, which keeps decimals as such, has no more for certain.
CERTAIN_DIGITS = 15

Maker = Callable[[Any, int, random.Random], Any]


def _of(values: Sequence[Any]) -> Maker:
    return lambda field, row, chance: values[row % len(values)]


def _text(field: Any, row: int, chance: random.Random) -> str:
    longest = field.max_length or 300
    if row % (len(TEXTS) + 1) == len(TEXTS):
        return "".join(chance.choices("aé語\U0001f600 z", k=min(longest, 3000)))
    return TEXTS[row % (len(TEXTS) + 1)][:longest]


def _decimal(field: Any, row: int, chance: random.Random) -> Decimal:
    digits = min(field.max_digits or 12, CERTAIN_DIGITS)
    places = min(field.decimal_places or 0, digits)
    largest = 10**digits - 1
    number = (0, largest, -largest, 1, chance.randint(-largest, largest))[row % 5]
    return Decimal(number).scaleb(-places)


def _moment(field: Any, row: int, chance: random.Random) -> datetime:
    value = MOMENTS[row % len(MOMENTS)]
    return value if settings.USE_TZ else value.replace(tzinfo=None)


def _whole(field: Any, row: int, chance: random.Random) -> int:
    least, greatest = RANGES[field.get_internal_type()]
    choice = (least, greatest, 0, 1, chance.randint(least, greatest), row)
    return choice[row % len(choice)]


def _uuid(field: Any, row: int, chance: random.Random) -> uuid.UUID:
    extremes = (uuid.UUID(int=0), uuid.UUID(int=2**128 - 1))
    if row < len(extremes):
        return extremes[row]
    # MariaDB's own type refuses a part of those that no version makes.
    return uuid.UUID(int=chance.getrandbits(128), version=4)


def _blob(field: Any, row: int, chance: random.Random) -> bytes:
    return BLOBS[row % len(BLOBS)][: field.max_length or 300]


MAKERS: dict[str, Maker] = {
    "BinaryField": _blob,
    "BooleanField": _of((True, False)),
    "NullBooleanField": _of((True, False)),
    "DateField": _of(DAYS),
    "DateTimeField": _moment,
    "DecimalField": _decimal,
    "DurationField": _of(SPANS),
    "FloatField": _of(FLOATS),
    "GenericIPAddressField": _of(ADDRESSES),
    "IPAddressField": _of(ADDRESSES[:3]),
    "JSONField": _of(JSONS),
    "TimeField": _of(TIMES),
    "UUIDField": _uuid,
    **dict.fromkeys(
        [
            "CharField",
            "EmailField",
            "FileField",
            "FilePathField",
            "ImageField",
            "SlugField",
            "TextField",
            "URLField",
        ],
        _text,
    ),
    **dict.fromkeys(RANGES, _whole),
}
"""A value by the field's internal type, for the row of that number."""


def unique_value(field: Any, row: int, name: str) -> Any:
    """A value of which no two rows of a table have the same, on any engine."""
    number = row + 1
    match field.get_internal_type():
        case "BooleanField" | "NullBooleanField":
            return bool(row)
        case "DateField":
            return date(2000, 1, 1) + timedelta(days=row)
        case "DateTimeField":
            moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(hours=row)
            return moment if settings.USE_TZ else moment.replace(tzinfo=None)
        case "TimeField":
            return time(row // 60 % 24, row % 60)
        case "DurationField":
            return timedelta(seconds=row)
        case "DecimalField":
            return Decimal(number).scaleb(-(field.decimal_places or 0))
        case "FloatField":
            return number / 8
        case "GenericIPAddressField" | "IPAddressField":
            return f"10.0.{number // 256 % 256}.{number % 256}"
        case "UUIDField":
            return uuid.uuid5(uuid.NAMESPACE_OID, f"{name} {row}")
        case "BinaryField":
            return f"{number}".encode()
        case "JSONField":
            return {"number": number}
        case kind if kind in RANGES or kind.endswith("AutoField"):
            return number
    text = f"{number:x}"
    longest = field.max_length or 40
    return f"k{text}-ß{name}"[:longest] if longest > len(text) + 3 else text
