"""The canonical text of JSON documents."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.transfer.canonical import field
from dashboard.transfer.canonical_json import canonical_json
from dashboard.transfer.columns import ColumnKind

JSON_FIELD = field(ColumnKind.JSON)

documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(documents)
def test_a_document_however_spelled(document: object) -> None:
    plain = json.dumps(document).encode()
    spaced = json.dumps(document, indent=3, ensure_ascii=False)
    turned = json.dumps(_turned(document), separators=(",", ":"))
    assert canonical_json(spaced.encode("utf-8", "surrogatepass")) == canonical_json(
        plain
    )
    assert canonical_json(turned.encode()) == canonical_json(plain)


def _turned(value: object) -> object:
    """Return the same with the keys in the opposite order."""
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return list(map(_turned, value)) if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1.0"),
        ("100", "1e2"),
        ("1.10", "1.1"),
        ("0", "-0.0"),
        ("1e5000", "10e4999"),
        ("1" + "0" * 4298, "1e4298"),
        ("1" + "0" * 4299, "1e4299"),
        ("1" + "0" * 4300, "1e4300"),
        ("12345678901234567890123", "1.2345678901234567890123E22"),
        ("0.1234567890123456789012345", "1.234567890123456789012345e-1"),
        ("1e-5000", "0.1e-4999"),
        ('"\\u00e9\\/"', '"é/"'),
        (
            '{"a": 1.00000000000000000001, "b": 1e2}',
            '{"b":100,"a":1.000000000000000000010}',
        ),
    ],
)
def test_equal_documents(one: str, other: str) -> None:
    assert canonical_json(one.encode()) == canonical_json(other.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", '"1"'),
        ("1", "true"),
        ("0", "false"),
        ("null", '"null"'),
        ("[]", "{}"),
        ("[1, 2]", "[2, 1]"),
        ("0.1", "0.10000000000000000001"),
        ("12345678901234567890123", "12345678901234567890124"),
        ("1e400", "1e401"),
        ('{"a": 1, "a": 1}', '{"a": 1}'),
        ('{"a": 1, "a": 2}', '{"a": 2, "a": 1}'),
        ('{"a": [1e400]}', '{"a": ["1e400"]}'),
        ('"é"', '"e\\u0301"'),
        ('{"": 1}', '{" ": 1}'),
    ],
)
def test_unequal_documents(one: str, other: str) -> None:
    assert canonical_json(one.encode()) != canonical_json(other.encode())


@pytest.mark.parametrize("text", [b"", b"[1", b"\xff", b"{1:2}", b"[" * 10_000])
def test_what_is_no_document_equals_only_itself(text: bytes) -> None:
    assert JSON_FIELD(text) == JSON_FIELD(bytes(text))
    assert JSON_FIELD(text).startswith(b"?")
    assert JSON_FIELD(text) != JSON_FIELD(text + b" ")


def test_null_is_not_the_null_of_a_document() -> None:
    assert JSON_FIELD(None) == b"!"
    assert JSON_FIELD(b"null") == b"4:null"
