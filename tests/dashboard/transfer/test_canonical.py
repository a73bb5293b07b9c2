"""The canonical text of what is hashed in Python."""

from __future__ import annotations

import hashlib
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.transfer import canonical
from dashboard.transfer.canonical import canonical_json, field
from dashboard.transfer.columns import Kind

JSON_FIELD = field(Kind.JSON)

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


@given(st.floats(), st.floats())
def test_floats_by_their_bits(one: float, other: float) -> None:
    same = struct.pack("d", one) == struct.pack("d", other)
    fields = [field(Kind.FLOAT)(value) for value in (one, other)]
    both_nan = one != one and other != other
    assert (fields[0] == fields[1]) is (same or both_nan)
    assert field(Kind.FLOAT)(repr(one).encode()) == fields[0]


def test_zeros() -> None:
    assert field(Kind.FLOAT)(0.0) != field(Kind.FLOAT)(-0.0)
    unsigned = field(Kind.FLOAT, signed_zero=False)
    assert unsigned(0.0) == unsigned(-0.0) == unsigned(b"-0")
    assert unsigned(None) == field(Kind.FLOAT)(None) == b"!,"
    assert unsigned(b"abc").startswith(b"?")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_float_reads_back(value: float) -> None:
    assert struct.pack("d", float(canonical.float_text(value))) == struct.pack(
        "d", value
    )


@pytest.mark.parametrize(
    ("spelled", "text"),
    [
        ("1.10", "1.1"),
        ("1e3", "1000"),
        ("-0.00", "0"),
        ("100", "100"),
        ("0.10", "0.1"),
        ("NaN", "NaN"),
        ("-12345678901234567890.120", "-12345678901234567890.12"),
    ],
)
def test_decimals(spelled: str, text: str) -> None:
    assert canonical.decimal_text(spelled) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"10.0.0.1", b"10.0.0.1/32"),
        (b"2001:DB8:0:0::1", b"2001:db8::1"),
        (b"::ffff:1.2.3.4", b"::FFFF:102:304"),
    ],
)
def test_addresses(one: bytes, other: bytes) -> None:
    make = field(Kind.ADDRESS)
    assert make(one) == make(other)
    assert make(one) != make(b"10.0.0.1/24")
    assert make(one) != make(b"nowhere")


@given(st.lists(st.text() | st.none()), st.lists(st.text() | st.none()))
def test_a_row_of_texts_is_told_from_every_other(
    one: list[str | None], other: list[str | None]
) -> None:
    make = field(Kind.TEXT)
    rows = [
        b"".join(make(value and value.encode()) for value in row)
        for row in (one, other)
    ]
    assert (rows[0] == rows[1]) is (one == other)


def test_a_long_text_is_hashed() -> None:
    make = field(Kind.TEXT)
    assert make(b"a" * 1024) == b"1024:" + b"a" * 1024
    assert make(b"a" * 1025) == b"#" + hashlib.sha256(b"a" * 1025).hexdigest().encode()
