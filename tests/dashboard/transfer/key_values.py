"""Values of keys: least, greatest, odd ones, and enough between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

MOST_ROWS = 200


def quoted(values: Sequence[str]) -> list[str]:
    return ["'" + value.replace("'", "''") + "'" for value in values]


TEXTS = [
    *["", " ", "a", "A", "b", "B", "Z", "z", "_", "é", "É", "e", "ö", "ß", "ss", "10"],
    *["9", "a b", "a-b", "ab", "a ", " a", "'", '"', "%s", "%", "\t", "\n", "🚲", "🚳"],
    *["\u00e9\u0301", "NULL", "0", "00", "01", "1", "x" * 60],
    *[f"{n * 37 % 101:x}-{n}" for n in range(60)],
]
NUMBERS = [
    *["0", "1", "-1", "7", "-7", "127", "-128", "32767", "-32768"],
    *[str(n * n * (-1) ** n) for n in range(40)],
]
INTEGERS = [*NUMBERS, "2147483647", "-2147483648"]
BIG = [*INTEGERS, "9223372036854775807", "-9223372036854775808", "9007199254740993"]
UNSIGNED = [
    *[str(abs(int(n))) for n in BIG[:-1]],
    *["18446744073709551615", "18446744073709551614", "9223372036854775808"],
]
DECIMALS = [
    *["0", "0.0001", "-0.0001", "1.5", "-1.5", "12345678901234567890.1234"],
    *["12345678901234567890.1235", "12345678901234567890.1236"],
    *["-99999999999999999999.9999", "99999999999999999999.9999"],
    *[f"{n * 7919}.{n:04}" for n in range(40)],
    *[f"9007199254740993.{n:04}" for n in range(20)],
]
DAYS = [
    *["0001-01-01", "0999-12-31", "1582-10-10", "1969-12-31", "1970-01-01"],
    *["2024-02-29", "9999-12-31", "2038-01-20"],
    *[f"2024-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(40)],
]
CLOCKS = [
    *[
        "00:00:00",
        "23:59:59.999999",
        "00:00:00.000001",
        "12:00:00.500000",
        "12:00:00.490000",
    ],
    *[f"{n % 24:02}:{n % 60:02}:00.{n * 3:06}" for n in range(1, 41)],
]
MOMENTS = [
    *[f"{day} 00:00:00" for day in DAYS[:8]],
    "9999-12-31 23:59:59.999999",
    *[f"2024-10-27 0{n % 4}:30:00.{n:06}" for n in range(1, 41)],
]
UUIDS = [
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "ff111111-0000-1000-8000-000000000000",
    "11111111-2222-1000-8000-000000000000",
    "01111111-2222-1000-8000-000000000000",
    *[f"{n * 97 % 256:02x}3e4567-e89b-42d3-a456-{n:012x}" for n in range(40)],
]
OCTETS = [
    *["", "00", "0000", "ff", "5c", "5c78", "27", "0a", "80", "c3a9", "c3", "2561"],
    *["00" * 16, "ff" * 16, "00" * 15 + "01", "61", "6100", "610061"],
    *[f"{n * 89 % 256:02x}{n:02x}fe00" for n in range(60)],
]
ADDRESSES = [
    *["0.0.0.0", "255.255.255.255", "10.0.0.1", "10.0.0.10", "10.0.0.9", "::1", "::"],
    *["2001:db8::1", "::ffff:1.2.3.4", "ffff::", "192.168.0.1"],
    *[f"10.1.{n}.{n * 7 % 256}" for n in range(30)],
]
WORDS = ["medium", "small", "large", "b", "a", "x large", "é"]


def hexed(values: Sequence[str], spelling: str) -> list[str]:
    return [spelling.format(value) for value in values]


def crossed(*columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(product(*columns))[:MOST_ROWS]


MIXED = crossed(
    quoted(["a", "B", "é", "a b", "%", ""]),
    quoted(
        ["2024-01-01 00:00:00.000001", "1970-01-01 00:00:00", "9999-12-31 01:02:03"]
    ),
    ["-1", "0", "9223372036854775807"],
)
