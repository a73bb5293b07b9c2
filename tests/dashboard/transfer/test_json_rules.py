"""Documents that one engine reads and another does not."""

from __future__ import annotations

import pytest

from dashboard.transfer.json_rules import Json, JsonNumbers, OneKey
from dashboard.transfer.rules import Rule, Sent

NUL, SURROGATE = '["\\u0000"]', '["\\ud800"]'
BACKSLASH = '["\\\\u0000"]'
CASES = [
    (Json(), ["null", "[1]", NUL, b"{}", "1e999"], ["", "{", "NaN", SURROGATE, "'a'"]),
    (Json(nul=False), [BACKSLASH, "[]"], [NUL]),
    (Json(texts=False), [SURROGATE], ["["]),
    (Json(doubles=True), ["1e308", "1" * 300], ["1e309", "1" * 400]),
    (Json(2), ["[[1]]", '["[[["]', '["\\"[[["]'], ["[[[1]]]", '[{"a": []}]']),
    (OneKey(), ['{"a": 1, "A": 2}', '[{"a": 1}, {"a": 1}]', "{"], ['{"a":1,"a":1}']),
    (OneKey(), [], ['{"a": {"b": 1, "\\u0062": 2}}']),
    (
        JsonNumbers(),
        ["18446744073709551615", "-9223372036854775808", "0.1", "1.0", "[", "1e5"],
        ["18446744073709551616", "0.12345678901234567890", "1e400"],
    ),
]


@pytest.mark.parametrize(("rule", "taken", "broken"), CASES)
def test_what_breaks_a_rule(rule: Rule, taken: list[Sent], broken: list[Sent]) -> None:
    assert [value for value in taken if rule.is_broken_by(value)] == []
    assert [value for value in broken if not rule.is_broken_by(value)] == []
