"""Values by kind of field: NULL, least, greatest, empty, and what went wrong once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

ENGINES = ("postgresql", "mariadb", "mysql", "sqlite")
POSTGRESQL = frozenset({"postgresql"})
MARIADB = frozenset({"mariadb"})
MYSQL = frozenset({"mysql"})
BOTH = MARIADB | MYSQL
SQLITE = frozenset({"sqlite"})
EVERY = frozenset(ENGINES)


@dataclass(frozen=True)
class SQL:
    """An expression that only a server can make."""

    text: str


@dataclass(frozen=True)
class Value:
    """A value by its name on the page; each engine that can hold it does."""

    label: str
    value: Any
    engines: frozenset[str] = EVERY


NULL = Value("NULL", None)

INTEGERS = (
    NULL,
    *(
        Value(str(number), number)
        for number in (
            *(0, 1, -1, 127, -128, 255, 32_767, -32_768, 65_535, 8_388_608),
            *(2_147_483_647, -2_147_483_648, 4_294_967_295),
            *(2**63 - 1, -(2**63), 2**63, 2**64 - 1),
        )
    ),
    Value("year 1901", 1901, BOTH),
    Value("year 2155", 2155, BOTH),
    Value("text 'lots'", "lots", SQLITE),
    Value("text '05'", "05", SQLITE),
    Value("REAL 1.5", 1.5, SQLITE),
    Value("REAL 1e300", 1e300, SQLITE),
    Value("BLOB 01", b"\x01", SQLITE),
)

BOOLEANS = (
    NULL,
    *(Value(str(number), number, EVERY) for number in (0, 1, 2, -1, 127)),
    Value("false", False, POSTGRESQL),
    Value("true", True, POSTGRESQL),
    Value("bit 0", SQL("b'0'"), EVERY - SQLITE),
    Value("bit 1", SQL("b'1'"), EVERY - SQLITE),
    Value("text 't'", "t"),
    Value("text 'true'", "true"),
    Value("text '0'", "0"),
    Value("text '1'", "1"),
    Value("REAL 0.5", 0.5, SQLITE),
    Value("BLOB 01", b"\x01", SQLITE),
)

DECIMALS = (
    NULL,
    *(
        Value(text, Decimal(text))
        for text in (
            *("0", "1", "-1", "0.100000", "-0.000001", "123.456000", "0.01"),
            *("12345678901234.123456", "99999999999999.999999", "1000000"),
            *("-99999999999999.999999", "123456789012345", "90071992547409.93"),
            "12345678901234567890.12",
            "123456789012345678901234567890",
            *("0.1234567890123456789", "18446744073709551615"),
        )
    ),
    Value("1E-7", Decimal("1E-7")),
    Value("NaN", SQL("'NaN'"), POSTGRESQL),
    Value("Infinity", SQL("'Infinity'"), POSTGRESQL),
    Value("-Infinity", SQL("'-Infinity'"), POSTGRESQL),
    Value("REAL 0.1 + 0.2", 0.1 + 0.2, SQLITE),
    Value("REAL 1/3", 1 / 3, SQLITE),
    Value("REAL 1e22", 1e22, SQLITE),
    Value("REAL 1e300", 1e300, SQLITE),
    Value("REAL infinity", math.inf, SQLITE),
    Value("REAL -0.0", -0.0, SQLITE),
    Value("text 'abc'", "abc", SQLITE),
    Value("text 'NaN'", "NaN", SQLITE),
    Value("BLOB '1.5'", b"1.5", SQLITE),
    Value("$1.50", SQL("'1.50'::money"), POSTGRESQL),
)

FLOATS = (
    NULL,
    Value("0.0", 0.0),
    Value("-0.0", SQL("'-0.0'"), POSTGRESQL),
    Value("-0.0", SQL("-0e0"), BOTH),
    Value("-0.0", -0.0, SQLITE),
    *(
        Value(repr(number), number)
        for number in (
            *(0.1, 1 / 3, 0.1 + 0.2, -1.5, 1e15, 1e22, 123456.789, 16777217.0),
            *(1e-7, 3.4e38, 1.7976931348623157e308, -1.7976931348623157e308),
            *(2.2250738585072014e-308, 5e-324, 1e-15, 9007199254740993.0),
        )
    ),
    Value("NaN", SQL("'NaN'"), POSTGRESQL),
    Value("Infinity", SQL("'Infinity'"), POSTGRESQL),
    Value("-Infinity", SQL("'-Infinity'"), POSTGRESQL),
    Value("Infinity", math.inf, SQLITE),
    Value("-Infinity", -math.inf, SQLITE),
    Value("integer 2**62 + 1", 2**62 + 1, SQLITE),
    Value("text 'abc'", "abc", SQLITE),
    Value("BLOB '1.5'", b"1.5", SQLITE),
)

TEXTS = (
    NULL,
    Value("empty", ""),
    Value("a space", " "),
    Value("a", "a"),
    Value("space before", " a"),
    Value("space behind", "a "),
    Value("newline behind", "a\n"),
    Value("50 characters", "x" * 50),
    Value("100 characters", "y" * 100),
    Value("300 characters", "z" * 300),
    Value("70,000 characters", "l" * 70_000),
    Value("Straße", "Straße"),
    Value("€", "€"),
    Value("NFD é", "e\u0301"),
    Value("🚲", "🚲"),
    Value("RTL and BOM", "\ufeff\u202eabc\u200b"),
    Value("tab, newline, CR", "a\tb\nc\rd"),
    Value("backslashes", "\\N \\. \\\\ \\x41"),
    Value("\\N", "\\N"),
    Value("\\.", "\\."),
    Value("the word NULL", "NULL"),
    Value("quotes", "'\"`,;"),
    Value("percents", "%s 100% %(x)s"),
    Value("0x1A", "a\x1ab"),
    Value("NUL", "a\x00b", BOTH | SQLITE),
    Value("true", "true"),
    Value("00042", "00042"),
    Value("enum sad", "sad"),
    Value("set a,b", "a,b"),
    Value("enum ''", SQL("0"), BOTH),
    Value("octets FF", SQL("CAST(X'61FF' AS TEXT)"), SQLITE),
    Value("a lone surrogate", SQL("CAST(X'EDA0BD' AS TEXT)"), SQLITE),
    Value("BLOB 'abc'", b"abc", SQLITE),
    Value("BLOB FF FE", b"\xff\xfe", SQLITE),
    Value("octets of abc", b"abc", BOTH),
    Value("octets of é", "é".encode(), BOTH),
    Value("octets FF FE", b"\xff\xfe", BOTH),
    Value("bytea of abc", SQL("'\\x616263'::bytea"), POSTGRESQL),
    Value("bytea FF FE", SQL("'\\xfffe'::bytea"), POSTGRESQL),
    Value("bytea NUL", SQL("'\\x610062'::bytea"), POSTGRESQL),
    Value("integer 5", 5, SQLITE),
    Value("REAL 1.5", 1.5, SQLITE),
)

BINARIES = (
    NULL,
    Value("empty", b""),
    Value("all 256", bytes(range(256))),
    Value("16 octets", bytes(range(16))),
    Value("zeros", b"\x00\x00"),
    Value("zero behind", b"ab\x00"),
    Value("separators", b"\xfd\xfe\xff\x5c\x09\x0a\x0d\x1a"),
    Value("space behind", b"ab "),
    Value("\\x41 as octets", b"\\x41"),
    Value("300 octets", b"\xff" * 300),
    Value("70,000 octets", b"\x80" * 70_000),
    Value("text 'abc'", "abc", SQLITE),
    Value("text 'é'", "é", SQLITE),
    Value("integer 5", 5, SQLITE),
)

UUIDS = (
    NULL,
    Value("hyphens", "00112233-4455-6677-8899-aabbccddeeff"),
    Value("digits", "00112233445566778899aabbccddeeff"),
    Value("capitals", "AABBCCDD-EEFF-4011-8233-445566778899"),
    Value("capital digits", "AABBCCDDEEFF40118233445566778899"),
    Value("least", "00000000-0000-0000-0000-000000000000"),
    Value("greatest", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    Value("version 8, variant 0", "00112233-4455-8677-0899-aabbccddeeff"),
    Value("braces", "{00112233-4455-6677-8899-aabbccddeeff}"),
    Value("not hexadecimal", "nothex"),
    Value("empty", ""),
    Value("16 octets", bytes(range(0x40, 0x50))),
    Value("bytea", SQL("'\\x404142434445464748494a4b4c4d4e4f'::bytea"), POSTGRESQL),
)

DOCUMENTS = (
    NULL,
    Value("null", "null"),
    Value("true", "true"),
    Value("1", "1"),
    Value('""', '""'),
    Value("{}", "{}"),
    Value("[]", "[]"),
    Value("nested", '{"b": [1, {"x": null}], "a": {"b": {}}}'),
    Value("order of keys", '{"bb": 1, "a": 2}'),
    Value("a key twice", '{"a": 1, "a": 2}'),
    Value("spaces", '{ "a" :\t1 }'),
    Value("1.10", '{"a": 1.10}'),
    Value("1e2", '{"a": 1e2}'),
    Value("-0.0", "[-0.0]"),
    Value("long integer", "[12345678901234567890123]"),
    Value("long decimal", '{"n": 1.00000000000000000000000001}'),
    Value("1e400", "[1e400]"),
    Value("\\u00e9", '"\\u00e9"'),
    Value("\\/", '"a\\/b"'),
    Value("🚲", '"🚲"'),
    Value("\\u0000", '{"a": "\\u0000"}'),
    Value("a lone \\ud83d", '"\\ud83d"'),
    Value("100 deep", "[" * 100 + "]" * 100),
    Value("1,000 deep", "[" * 1000 + "]" * 1000),
    Value("NaN", "[NaN]"),
    Value("no JSON", "{a"),
    Value("empty text", ""),
    Value("70,000 characters", '"' + "d" * 70_000 + '"'),
    Value("BLOB {}", b"{}", SQLITE),
)

ADDRESSES = (
    NULL,
    Value("192.168.0.1", "192.168.0.1"),
    Value("0.0.0.0", "0.0.0.0"),
    Value("the longest", "fe80:1000:1000:1000:1000:1000:1000:1000"),
    Value("2001:db8::1", "2001:db8::1"),
    Value("2001:0DB8::0001", "2001:0DB8::0001"),
    Value("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
    Value("::", "::"),
    Value("192.168.0.1/24", "192.168.0.1/24"),
    Value("10.0.0.0/8", "10.0.0.0/8"),
    Value("a space behind", "10.0.0.1 "),
    Value("no address", "nowhere"),
    Value("empty", ""),
)

MOMENTS = (
    NULL,
    *(
        Value(text, text)
        for text in (
            *("2024-02-29 10:00:00", "2024-02-29 10:00:00.5", "1969-12-31 23:59:59"),
            *("2024-02-29 10:00:00.000001", "1970-01-01 00:00:01"),
            *("0001-01-01 00:00:00", "1000-01-01 00:00:00", "1900-01-01 00:00:00"),
            *("2038-01-19 03:14:07", "2038-01-19 03:14:08", "9999-12-31 00:00:00"),
            "9999-12-31 23:59:59.999999",
        )
    ),
    *(Value(text, text, POSTGRESQL) for text in ("infinity", "-infinity")),
    Value("BC", "0044-03-15 12:00:00 BC", POSTGRESQL),
    Value("year 10000", "10000-01-01 00:00:00", POSTGRESQL),
    Value("zero", "0000-00-00 00:00:00", BOTH),
    Value("day 0", "2024-02-00 00:00:00", BOTH),
    Value("with Z", "2024-01-01T10:00:00Z", SQLITE),
    Value("with an offset", "2024-01-01 10:00:00.5+02:00", SQLITE),
    Value("text 'garbage'", "garbage", SQLITE),
    Value("empty", "", SQLITE),
    Value("30 February", "2024-02-30 10:00:00", SQLITE),
    Value("INTEGER", 1_704_103_200, SQLITE),
    Value("REAL", 1_704_103_200.5, SQLITE),
    Value("BLOB 01", b"\x01", SQLITE),
)

DAYS = (
    NULL,
    *(
        Value(text, text)
        for text in ("2024-02-29", "0001-01-01", "1000-01-01", "1970-01-01")
    ),
    Value("9999-12-31", "9999-12-31"),
    *(Value(text, text, POSTGRESQL) for text in ("infinity", "-infinity")),
    Value("BC", "0044-03-15 BC", POSTGRESQL),
    Value("year 10000", "10000-01-01", POSTGRESQL),
    Value("zero", "0000-00-00", BOTH),
    Value("day 0", "2024-02-00", BOTH),
    Value("midnight", "2024-01-01 00:00:00", SQLITE),
    Value("ten o'clock", "2024-01-01 10:00:00", SQLITE),
    Value("text 'garbage'", "garbage", SQLITE),
    Value("INTEGER", 20_240_101, SQLITE),
    Value("BLOB 01", b"\x01", SQLITE),
)

CLOCKS = (
    NULL,
    *(
        Value(text, text)
        for text in ("00:00:00", "10:00:00", "10:00:00.5", "23:59:59.999999")
    ),
    Value("24:00:00", "24:00:00", EVERY - SQLITE),
    *(Value(text, text, BOTH) for text in ("25:00:00", "-838:59:59", "838:59:59")),
    Value("10:00", "10:00", SQLITE),
    Value("text 'noon'", "noon", SQLITE),
    Value("INTEGER", 10, SQLITE),
    Value("BLOB 01", b"\x01", SQLITE),
)

DAY = 86_400_000_000
PAUSES = (
    NULL,
    *(
        value
        for label, number, interval in (
            ("0", 0, "0"),
            ("1 µs", 1, "0.000001 s"),
            ("-1 µs", -1, "-0.000001 s"),
            ("1 day", DAY, "1 day"),
            ("24 hours", DAY, "24:00:00"),
            ("-23:59:59.999999", 1 - DAY, "-23:59:59.999999"),
            ("1,000,000 days", 1_000_000 * DAY, "1000000 days"),
        )
        for value in (
            Value(label, number, EVERY - POSTGRESQL),
            Value(label, SQL(f"interval '{interval}'"), POSTGRESQL),
        )
    ),
    Value("a month", SQL("interval '1 mon'"), POSTGRESQL),
    Value("greatest", 2**63 - 1, EVERY - POSTGRESQL),
    Value("least", -(2**63), EVERY - POSTGRESQL),
    Value("text '1 day'", "1 day", SQLITE),
    Value("REAL 1.5", 1.5, SQLITE),
)
