"""Numbers at the edges of what a column holds."""

from __future__ import annotations

import pytest

from dashboard.transfer.number_rules import (
    Canonical,
    Decimals,
    Digits,
    FloatBits,
    FloatDigits,
    FloatRange,
    NoNan,
    NoNegativeZero,
    NotNegative,
    Numeric,
    Unrounded,
    Whole,
)
from dashboard.transfer.rules import Rule, Sent

CASES = [
    (Whole(-128, 127), ["-128", "127", "007"], ["128", "-129", "1.0", "x", "1_0", ""]),
    (
        Whole(-128, 127, rounding=True),
        ["127.49", "-128.49", "1e2"],
        ["127.5", "-128.5", "NaN", "Infinity", "x"],
    ),
    (Unrounded(2), ["1.25", "1.2500", "x", "NaN", "100"], ["1.255", "1e-3"]),
    (Canonical(), ["0", "-7", "70", "1.50"], ["007", "00"]),
    (
        Decimals(12, 2),
        ["9999999999.99", "-9999999999.994", "1e9", "0"],
        ["9999999999.995", "9999999999.999999999", "-1e10", "NaN", "x"],
    ),
    (Decimals(40, 20), ["9" * 20 + "." + "9" * 20], ["9" * 20 + "." + "9" * 21]),
    (Decimals(5, 2, exact=True), ["999.99", "1.500"], ["1.005"]),
    (Decimals(5, 2, frozenset({"nan"})), ["NaN", "nan"], ["Infinity", "-inf"]),
    (Numeric(), ["1", "-1.5e300"], ["NaN", "inf", "x", "1_0"]),
    (Digits(), ["0.1", "0.5", "9007199254740992"], ["9007199254740993"]),
    (Digits(32), ["0.5"], ["16777217", "1e39"]),
    (FloatBits(32), ["0.5", "16777216"], ["0.1", "16777217", "1e39"]),
    (FloatBits(64), ["0.1", "NaN"], ["9007199254740993"]),
    (FloatDigits(), ["0.1", "nan"], ["0.30000000000000004"]),
    (FloatRange(32), ["3.4e38", "0", "1e-50", "inf"], ["3.5e38", "-1e39"]),
    (FloatRange(64, underflow=True), ["1e-320", "0.0"], ["1e-400", "1e400"]),
    (NoNegativeZero(), ["0", "0.0", "-1"], ["-0.0", "-0"]),
    (NotNegative(), ["0", "-0.0", "1", "NaN"], ["-1", "-0.001", "-inf"]),
    (NoNan(), ["1", "inf", "x"], ["NaN", "-nan"]),
]


@pytest.mark.parametrize(("rule", "taken", "broken"), CASES)
def test_what_breaks_a_rule(rule: Rule, taken: list[Sent], broken: list[Sent]) -> None:
    assert [value for value in taken if rule.is_broken_by(value)] == []
    assert [value for value in broken if not rule.is_broken_by(value)] == []
