"""The canonical text of what is hashed in Python."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.transfer import canonical
from dashboard.transfer.canonical import field
from dashboard.transfer.columns import ColumnKind


@given(st.floats(), st.floats())
def test_floats_by_their_bits(one: float, other: float) -> None:
    same = struct.pack("d", one) == struct.pack("d", other)
    fields = [field(ColumnKind.FLOAT)(value) for value in (one, other)]
    both_nan = one != one and other != other
    assert (fields[0] == fields[1]) is (same or both_nan)
    assert field(ColumnKind.FLOAT)(repr(one).encode()) == fields[0]


def test_zeros() -> None:
    of = field(ColumnKind.FLOAT)
    assert of(0.0) != of(-0.0) == of(b"-0")
    assert of(None) == b"!,"
    assert of(b"abc").startswith(b"?")
    # Rounded to a float it would be another number.
    assert of(2**62 + 1).startswith(b"?")
    assert of(2**62) == of(float(2**62))


def test_a_decimal_is_compared_with_a_float_by_its_shortest_digits() -> None:
    of = field(ColumnKind.DECIMAL)
    assert of(0.1) == of(b"0.1000") == b"0.1,"
    assert of(1e22) == of(b"10000000000000000000000.00")
    assert of(0.1 + 0.2) != of(b"0.3")
    assert of(-0.0) != of(b"0") == of(b"0.00")
    assert of(None) == b"!,"
    assert of(b"abc").startswith(b"?")


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
    make = field(ColumnKind.ADDRESS)
    assert make(one) == make(other)
    assert make(one) != make(b"10.0.0.1/24")
    assert make(one) != make(b"nowhere")


@given(st.lists(st.text() | st.none()), st.lists(st.text() | st.none()))
def test_a_row_of_texts_is_told_from_every_other(
    one: list[str | None], other: list[str | None]
) -> None:
    make = field(ColumnKind.TEXT)
    rows = [
        b"".join(make(value and value.encode()) for value in row)
        for row in (one, other)
    ]
    assert (rows[0] == rows[1]) is (one == other)


def test_a_long_text_is_hashed() -> None:
    make = field(ColumnKind.TEXT)
    assert make(b"a" * 1024) == b"1024:" + b"a" * 1024
    assert make(b"a" * 1025) == b"#" + hashlib.sha256(b"a" * 1025).hexdigest().encode()
