"""Nothing that breaks a rule is plain, and what Django writes is."""

from __future__ import annotations

import sqlite3
from random import Random

import pytest

from dashboard.transfer.backends.sqlite import plain
from dashboard.transfer.moment_rules import Moment, Uuid, UuidDigits
from dashboard.transfer.number_rules import (
    Canonical,
    Decimals,
    FloatBits,
    FloatRange,
    Numeric,
    Unrounded,
    Whole,
)
from dashboard.transfer.rules import Rule

RANDOM = Random(14)
NUMBERS: list[object] = [
    *(sign * n for sign in (1, -1) for n in (0, 1, 7, 99, 100, 999, 1000, 32768)),
    *(sign * 2**n + d for sign in (1, -1) for n in (31, 53, 62) for d in (-1, 0, 1)),
    *(-(2**63), 2**63 - 1, 0.1 + 0.2, 1e-5, 1e-300, 5e-324, 1e15, 1e16, 1e22, 1e307),
    *(1.7976931348623157e308, float("inf"), -float("inf"), 0.5, 99.995, 99.994, 999.5),
    *(-99.5, 1.005, 2.675, 4503599627370497.5, 999999999999999.9, "1.50", "007"),
    *(
        "1e3",
        "inf",
        "nan",
        "x",
        "",
        "1e400",
        "1e-400",
        "१२",
        b"12",
        b"\xff",
        "12\x00",
        "0.1",
    ),
    *(RANDOM.randrange(10**6) / 100 for _ in range(200)),
    *(RANDOM.uniform(-1, 1) * 10 ** RANDOM.randrange(-8, 20) for _ in range(300)),
    *(round(RANDOM.uniform(-1e9, 1e9), RANDOM.randrange(7)) for _ in range(300)),
]
NUMBER_RULES: list[Rule] = [
    *(Whole(-(2**31), 2**31 - 1), Whole(0, 1), Whole(-(2**63), 2**63 - 1), Canonical()),
    *(Numeric(), Numeric(frozenset({"nan"})), FloatBits(64), FloatRange(64)),
    *(FloatRange(64, underflow=True), *map(Unrounded, (-2, 0, 1, 2, 6, 14, 20))),
    *(
        Decimals(precision, scale, exact=exact)
        for precision, scale in ((2, 2), (4, 2), (10, 0), (12, 6), (20, 2), (3, -2))
        for exact in (False, True)
    ),
]
DAYS = ("2024-02-29", "2023-02-29", "2024-04-31", "0000-01-01", "0001-01-01")
DAYS += ("9999-12-31", "2024-13-01", "2024-00-10", "2024-01-00", "24-01-01", "2024-1-1")
CLOCKS = ("10:11:12", "24:00:00", "23:59:60", "10:11", "10:11:12.5", "10:11:12.123456")
CLOCKS += ("10:11:12.999999", "10:11:12.1234567", "10:11:12+02:00", "10:11:12 +00:00")
CLOCKS += ("-1:00:00", "10:11:12.12345x", "10:11:12.123456\x00", "१0:11:12")
MOMENTS: list[object] = [
    *(*DAYS, *CLOCKS),
    *(f"{day}{gap}{clock}" for day in DAYS for gap in " T" for clock in CLOCKS),
    *("2024-01-01 10:11:12\x00", "2024-01-01\x00", "10:11:12\x00", "now", ""),
    *(2460311, 2460311.5, 0, b"2024-01-01 10:11:12", b"2024-01-01", b"10:11:12"),
]
MOMENT_RULES: list[Rule] = [
    *map(Moment, ("moment", "day", "clock")),
    Moment("moment", lowest="1970-01-01 00:00:01", highest="2024-01-01 10:11:12"),
    Moment("day", zero=True, lowest="1000-01-01", highest="9999-12-31"),
    Moment("clock", lowest="00:00:00", highest="23:59:59.999999"),
]
UUIDS: list[object] = [
    *("6ba7b8109dad11d180b400c04fd430c8", "6BA7B8109DAD11D180B400C04FD430C8"),
    *("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b8109dadf1d100b400c04fd430c8"),
    *("6ba7b8109dad11d180b400c04fd430cg", "6ba7b8109dad11d180b400c04fd430c", ""),
    *("6ba7b8109dad11d180b400c04fd430c8\x00", b"6ba7b8109dad11d180b400c04fd430c8"),
    *(12345678901234567, "é" * 16, "6ba7b8109dad11d180b400c04fd430c\x00"),
]
UUID_RULES: list[Rule] = [Uuid(), Uuid(strict=True), UuidDigits()]
AFFINITIES = ("", "decimal", "datetime", "integer", "real", "text COLLATE NOCASE")


def suspects(rule: Rule, values: list[object], affinity: str) -> list[tuple[str, bool]]:
    """Return what is sent of each stored value, and whether it is suspected."""
    if isinstance(rule, Moment):
        found = plain.but("v", plain.plain_moment(rule, "v"))
    elif isinstance(rule, Uuid | UuidDigits):
        found = plain.but("v", plain.plain_uuid(rule, "v"))
    else:
        number = plain.plain_number(rule, "v")
        found = plain.but("v", number or "0")
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE t (v {affinity})")
    connection.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])
    rows = connection.execute(
        f"SELECT v, {found.condition} FROM t WHERE v IS NOT NULL"
    ).fetchall()
    connection.close()
    return [(_sent(value), bool(is_suspect)) for value, is_suspect in rows]


def _sent(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return repr(value) if isinstance(value, int | float) else str(value)


@pytest.mark.parametrize("affinity", AFFINITIES)
@pytest.mark.parametrize(
    ("rules", "values"),
    [(NUMBER_RULES, NUMBERS), (MOMENT_RULES, MOMENTS), (UUID_RULES, UUIDS)],
    ids=["numbers", "moments", "uuids"],
)
def test_what_breaks_a_rule_is_suspected(
    rules: list[Rule], values: list[object], affinity: str
) -> None:
    broken_ones = 0
    for rule in rules:
        judged = [
            (sent, rule.is_broken_by(sent), suspected)
            for sent, suspected in suspects(rule, values, affinity)
        ]
        broken_ones += sum(broken for _, broken, _ in judged)
        missed = [sent for sent, broken, suspected in judged if broken > suspected]
        assert not missed, (rule, missed)
    assert broken_ones > len(values)


@pytest.mark.parametrize(
    ("rule", "value", "affinity"),
    [
        (Moment("moment"), "2024-02-29 23:59:59.123456", "datetime"),
        (Moment("moment", highest="2038-01-19"), "2024-02-29 10:11:12", "datetime"),
        (Moment("day"), "2024-12-31", "date"),
        (Moment("clock", highest="23:59:59.999999"), "10:11:12", "time"),
        (Uuid(strict=True), "6ba7b8109dad41d180b400c04fd430c8", "char(32)"),
        (Decimals(10, 2, exact=True), 1234567.89, "decimal"),
        (Decimals(10, 2), 12, "decimal"),
        (Unrounded(2), 0.07, "decimal"),
        (FloatRange(64), 0.1 + 0.2, "real"),
        (FloatBits(64), 1e-300, "real"),
        (Whole(0, 1), 1, "bool"),
    ],
)
def test_what_django_writes_is_plain(rule: Rule, value: object, affinity: str) -> None:
    assert suspects(rule, [value], affinity) == [(_sent(value), False)]
