"""Texts and octets at the edges of what a column holds."""

from __future__ import annotations

import pytest

from dashboard.transfer.rules import Nothing, NotNull, Rule, Sent
from dashboard.transfer.text_rules import (
    Characters,
    CharacterSet,
    Cut,
    FilledOctets,
    NoNul,
    NoSpaceBehind,
    Octets,
    ValidText,
    Words,
    WordSet,
    Xml,
)

HALF = "\udcff"
CASES = [
    (NotNull(), ["", b""], []),
    (Nothing(), [], ["", "x"]),
    (Characters(3), ["", "abc", "🚲🚲🚲"], ["abcd"]),
    (Octets(4), ["🚲", b"abcd", HALF], ["🚲a", b"abcde"]),
    (Cut(2), ["é"], ["éa"]),
    (FilledOctets(2), ["é", b"ab", b"abc"], ["a", b""]),
    (NoSpaceBehind(), ["", "a", " a", "a\t", "a\u00a0"], [" ", "a "]),
    (NoNul(), ["0", "\\0", b"0"], ["\0", b"a\0", "a\0b"]),
    (ValidText(), ["é", b"\xc3\xa9"], [HALF, b"\xff", b"\xed\xa0\x80"]),
    (CharacterSet("cp1252"), ["€é", "\x81"], ["Ł", "🚲"]),
    (CharacterSet("ascii"), ["a"], ["é"]),
    (CharacterSet("utf8mb3"), ["€\uffff"], ["🚲"]),
    (Words(("a", "")), ["a", ""], ["A", "a ", "b"]),
    (WordSet(("a", "b")), ["", "a", "a,b"], ["b,a", "a,a", "c", "a,c", ","]),
    (Xml(), ["", "text", "<b>x</b><c/>"], ["<b>", "a & b", "</b>"]),
]


@pytest.mark.parametrize(("rule", "taken", "broken"), CASES)
def test_what_breaks_a_rule(rule: Rule, taken: list[Sent], broken: list[Sent]) -> None:
    assert [value for value in taken if rule.is_broken_by(value)] == []
    assert [value for value in broken if not rule.is_broken_by(value)] == []
