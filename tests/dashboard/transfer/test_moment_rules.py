"""Moments, UUIDs and addresses at the edges of what a column holds."""

from __future__ import annotations

import pytest

from dashboard.transfer.moment_rules import (
    Address,
    Fraction,
    HexDigits,
    Moment,
    Uuid,
    UuidDigits,
)
from dashboard.transfer.rules import Rule, Sent

DIGITS = "1234567890abcdef1234567890ABCDEF"
HYPHENS = "12345678-90ab-cdef-1234-567890abcdef"
TIMESTAMP = Moment(
    "moment", zero=True, lowest="1970-01-01 00:00:01", highest="2038-01-19 03:14:07.9"
)
CASES = [
    (
        Moment("day"),
        ["2024-02-29", "0001-01-01", "9999-12-31"],
        ["2023-02-29", "0000-00-00", "10000-01-01", "2024-01-01 BC", "infinity", b"x"],
    ),
    (Moment("day", zero=True), ["0000-00-00"], ["2024-00-01"]),
    (Moment("day", real=False), ["2024-02-30", "2024-00-00"], ["2024-2-3", ""]),
    (
        Moment("clock", lowest="00:00:00", highest="23:59:59.999999"),
        ["00:00:00", "23:59:59.999999"],
        ["24:00:00", "-01:00:00", "838:59:59", "1:00:00", "12:60:00"],
    ),
    (
        TIMESTAMP,
        ["1970-01-01 00:00:01", "2038-01-19 03:14:07", "0000-00-00 00:00:00"],
        ["1970-01-01 00:00:00", "2038-01-19 03:14:08", "2024-01-01"],
    ),
    (Fraction(3), ["12:00:00", "12:00:00.123", "12:00:00.123000"], ["12:00:00.1234"]),
    (Fraction(0), ["12:00:00.000"], ["12:00:00.1"]),
    (Uuid(), [DIGITS, HYPHENS], [DIGITS[1:], HYPHENS + "0", "x" * 32, b"x" * 16]),
    (
        Uuid(strict=True),
        ["00000000-0000-4000-8000-000000000000", "f" * 32],
        ["00000000-0000-8000-0000-000000000000"],
    ),
    (UuidDigits(), ["", HYPHENS], ["0" * 33]),
    (HexDigits(), ["", "ff", HYPHENS], ["f", "xx"]),
    (
        Address(),
        ["10.0.0.1", "10.0.0.0/8", "::1", "::ffff:10.0.0.1", "::/0"],
        ["fe80::1%eth0", "10.0.0.1/255.0.0.0", "10.0.0.1/33", "10.0.0", "", "x"],
    ),
    (Address((4,), masked=False), ["10.0.0.1"], ["10.0.0.1/32", "::1"]),
]


@pytest.mark.parametrize(("rule", "taken", "broken"), CASES)
def test_what_breaks_a_rule(rule: Rule, taken: list[Sent], broken: list[Sent]) -> None:
    assert [value for value in taken if rule.is_broken_by(value)] == []
    assert [value for value in broken if not rule.is_broken_by(value)] == []
