"""Values that copies break, each of which every engine can store unchanged."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

TEXTS = [
    "plain",
    "",
    " ",
    "trailing space ",
    " leading space",
    "tab\there",
    "line\nfeed",
    "carriage\rreturn",
    "both\r\nends\r\n",
    "back\\slash",
    "\\",
    "\\\\",
    "\\N",
    "\\.",
    "\\.\n",
    "\n\\.\n",
    "\\n \\t \\r \\0 \\x41",
    "NULL",
    "null",
    "None",
    "'single'",
    '"double"',
    '""',
    '"\\N"',
    "`back`",
    "comma, semicolon; bar|",
    "%s %(name)s 100%",
    "{} {{x}} ${y} $$z$$",
    "<b>&amp;</b>",
    "-- comment /* here */",
    "é è ü ß ẞ ı İ ſ",
    "e\u0301 decomposed",
    "Ελληνικά עברית العربية",
    "日本語 한국어 中文",
    "😀 👩‍👩‍👧‍👦 🇨🇭 𝔘𝔫𝔦",
    "\u200bzero\u200dwidth\ufeff",
    "\u202eright to left",
    "\x01\x02\x08\x0b\x0c\x1a\x1b\x7f",
    "\u0085\u00a0\u2028\u2029",
    "0",
    "1e5",
    "-1",
    "true",
    "2024-02-29",
    "t",
    "=1+1",
    "@import",
    "x" * 100,
]
LONG_TEXTS = [
    "A paragraph that is repeated. " * 40,
    "Zeile für Zeile\n" * 120,
    "😀" * 900,
    "\\\t\n'\"" * 300,
    "word " * 4000,
]
FLOATS = [
    0.0,
    1.0,
    -1.0,
    0.1,
    0.30000000000000004,
    1 / 3,
    1e15,
    1e16,
    1e-7,
    123456789.125,
    -2.5e-300,
    1.7976931348623157e308,
    2.2250738585072014e-308,
    9007199254740993.0,
]
DECIMALS = [
    Decimal(text)
    for text in ("0", "0.0001", "0.1", "1.1000", "10", "99.9999", "99999999.9999")
]
JSON_TEXTS = [
    None,
    "null",
    "true",
    "0",
    "-1.5",
    '""',
    '"text"',
    "[]",
    "{}",
    json.dumps({"b": 1, "a": [1, 2, {"c": None}], "é": "ü😀"}),
    json.dumps({"quote": '"', "back": "\\", "lines": "a\nb\tc\r", "slash": "a/b"}),
    json.dumps({"big": 12345678901234567890, "negative": -(2**63), "small": 1e-7}),
    json.dumps([[[[[["deep", {"er": [False, None, 0]}]]]]]]),
    json.dumps({"": "empty key", "NULL": "NULL", "\\N": "\\."}),
]
BYTES = [
    b"",
    b"\x00",
    bytes(range(256)),
    bytes(reversed(range(256))),
    b"\\x41",
    b"\\N\t\n\r\x1a",
    b"\xff\xfe\x80",
    b"plain ascii",
]
DATES = [
    date(1000, 1, 1),
    date(1582, 10, 15),
    date(1899, 12, 31),
    date(1969, 12, 31),
    date(1970, 1, 1),
    date(2000, 2, 29),
    date(2038, 1, 20),
    date(9999, 12, 30),
]
INSTANTS = [
    datetime(1000, 1, 2, tzinfo=UTC),
    datetime(1899, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2001, 9, 9, 1, 46, 40, 1, tzinfo=UTC),
    # The hours around the change of the clocks in Zurich and New York.
    datetime(2024, 3, 31, 0, 59, 59, 999999, tzinfo=UTC),
    datetime(2024, 3, 31, 1, 0, tzinfo=UTC),
    datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
    datetime(2024, 10, 27, 1, 30, tzinfo=UTC),
    datetime(2024, 11, 3, 5, 30, tzinfo=UTC),
    datetime(2024, 11, 3, 6, 30, 0, 120000, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    datetime(9999, 12, 30, 12, tzinfo=UTC),
]
TIMES = [time(0), time(12, 30), time(23, 59, 59, 999999), time(0, 0, 0, 1)]
DURATIONS = [
    timedelta(0),
    timedelta(microseconds=1),
    timedelta(microseconds=-1),
    timedelta(hours=23, minutes=59, seconds=59, microseconds=999999),
    timedelta(hours=24),
    timedelta(days=-3, hours=5),
    timedelta(days=36500, microseconds=123456),
]
INTEGERS = [0, 1, -1, 32767, 65536, 2**31 - 1, -(2**31)]
BIG_INTEGERS = [0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)]
ADDRESSES = [None, "192.0.2.1", "255.255.255.255", "2001:db8::1", "::1", "fe80::ff"]
KEY_PREFIXES = ["978-", "979_", "isbn ", "ISBN.", "b'", 'c"', "d\\", "%s", "e\t", "ü"]
ROLES = ["author", "editor", "translator", "illustrator"]
